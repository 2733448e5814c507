from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.database import Database
from tests.support.clock import FakeClock
from tests.support.town import Town, wired


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    """The demonstration county, at work."""
    from bot import demo

    await demo.seed(database, clock)
    async with wired(database, clock) as town:
        yield town
