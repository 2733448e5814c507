"""The demonstration page over an echoing program."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.database import Database
from tests.support.clock import FakeClock
from tests.support.demo_page import Page, echo_page
from tests.support.visitor import Visitor, visiting


@pytest.fixture
async def page(database: Database, clock: FakeClock) -> AsyncIterator[Page]:
    async with echo_page(database, clock) as page:
        yield page


@pytest.fixture
async def visitor(database: Database, clock: FakeClock) -> AsyncIterator[Visitor]:
    async with visiting(database, clock) as visitor:
        yield visitor


@pytest.fixture(autouse=True)
def nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The county gets every report at once: what waits for the township is tests/county/test_holding.py's."""
    monkeypatch.setattr("bot.county.holding.waits", lambda report: False)
