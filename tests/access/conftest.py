from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot import demo
from storage.database import Database
from tests.support.clock import FakeClock
from tests.support.town import Somebody, Town, person, wired


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with wired(database, clock) as town:
        yield town


@pytest.fixture
def coordinator() -> Somebody:
    return person("coordinator-1")


@pytest.fixture
def township() -> Somebody:
    return person("township-1")


@pytest.fixture
def county() -> Somebody:
    return person("county-1")
