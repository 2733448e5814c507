from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bot import demo
from storage.crypto import Keyring
from storage.database import Database, open_database
from storage.models import Contact
from tests.support.clock import FakeClock
from tests.support.town import OpenTowns, Town, wired
from tests.support.watch import Watch


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    """Everybody reads Chinese."""
    await demo.seed(database, clock)
    async with database.transaction() as tx:
        await Contact.all().using_db(tx).update(locale="zh_CN")
    async with wired(database, clock) as town:
        yield town


@pytest.fixture
def watch(town: Town) -> Watch:
    return Watch(town)


@pytest.fixture
async def open_towns(
    town: Town, database_url: str, keyring: Keyring, clock: FakeClock
) -> AsyncIterator[OpenTowns]:
    """`await open_towns(n)`: the program n times more on the same database, as processes of their own."""
    async with AsyncExitStack() as stack:

        async def open_(count: int) -> list[Town]:
            towns = []
            for _ in range(count):
                other = await open_database(database_url, keyring)
                stack.push_async_callback(other.close)
                towns.append(await stack.enter_async_context(wired(other, clock)))
            return towns

        yield open_
