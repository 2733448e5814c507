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
