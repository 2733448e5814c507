from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from storage.database import Database
from tests.support.clock import FakeClock
from tests.support.desk import Desk
from tests.support.letters import Letters
from tests.support.provider import Noted, Provider, providing


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with providing() as running:
        yield running


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def noted() -> Noted:
    return Noted()


@pytest.fixture
def letters(database: Database, clock: FakeClock) -> Letters:
    return Letters(database, clock)
