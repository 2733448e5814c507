from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from bot.channels.telegram import Pace, client
from storage.database import Database
from tests.support.botapi import BotApi
from tests.support.clock import FakeClock
from tests.support.prompt import nothing_waits
from tests.support.receiver import Receiver, receiving
from tests.support.serving import Service, Start, serving, settle_county


@pytest.fixture(autouse=True)
def no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a second for each message."""
    monkeypatch.setattr(client, "Pace", Pace.unlimited)


@pytest.fixture
async def telegram(clock: FakeClock) -> AsyncIterator[BotApi]:
    async with BotApi(clock=clock) as server:
        yield server


@pytest.fixture
async def county(clock: FakeClock) -> AsyncIterator[Receiver]:
    async with receiving(clock=clock) as receiver:
        yield receiver


@pytest.fixture
async def start(database: Database, telegram: BotApi, county: Receiver, clock: FakeClock) -> Start:
    """Start the service, by default with polling."""
    await settle_county(database)
    await nothing_waits(database)

    def started(mode: str = "polling", **tables: Any) -> AbstractAsyncContextManager[Service]:
        return serving(database, telegram, county, clock, mode, **tables)

    return started
