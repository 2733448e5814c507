from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from bot.channels.telegram import Pace, client
from storage.database import Database
from tests.support.botapi import BotApi
from tests.support.clock import FakeClock
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

    def started(mode: str = "polling", **tables: Any) -> AbstractAsyncContextManager[Service]:
        return serving(database, telegram, county, clock, mode, **tables)

    return started


@pytest.fixture(autouse=True)
def nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The county gets every report at once: what waits for the township is tests/county/test_holding.py's."""
    monkeypatch.setattr("bot.county.holding.waits", lambda report: False)
