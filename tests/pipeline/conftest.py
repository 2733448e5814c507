from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot import demo
from storage.crypto import Keyring
from storage.database import Database, open_database
from tests.support.clock import FakeClock
from tests.support.town import OpenTowns, Somebody, Town, person, wired


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with wired(database, clock) as town:
        yield town


@pytest.fixture
async def open_towns(
    town: Town, database_url: str, keyring: Keyring, clock: FakeClock
) -> AsyncIterator[OpenTowns]:
    async with AsyncExitStack() as stack:

        async def open_(count: int) -> list[Town]:
            towns = []
            for _ in range(count):
                other = await open_database(database_url, keyring)
                stack.push_async_callback(other.close)
                towns.append(await stack.enter_async_context(wired(other, clock)))
            return towns

        yield open_


@pytest.fixture
def coordinator() -> Somebody:
    return person("coordinator-1")


@pytest.fixture
def township() -> Somebody:
    return person("township-1")
