from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot import demo
from storage.database import Database
from storage.models import Contact
from tests.support.clock import FakeClock
from tests.support.town import Town, wired


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    """Everybody reads Chinese."""
    await demo.seed(database, clock)
    async with database.transaction() as tx:
        await Contact.all().using_db(tx).update(locale="zh_CN")
    async with wired(database, clock) as town:
        yield town
