from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from storage.database import Database
from tests.support.clock import FakeClock
from tests.support.county import Office
from tests.support.receiver import Receiver, receiving


@pytest.fixture
async def receiver(clock: FakeClock) -> AsyncIterator[Receiver]:
    async with receiving(clock=clock) as county:
        yield county


@pytest.fixture
async def office(database: Database, clock: FakeClock, receiver: Receiver) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession() as session:
        yield Office(database, clock, receiver, session)
        assert not receiver.unsigned
        assert not receiver.changed
