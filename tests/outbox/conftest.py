from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.channels.base import Later, Letter
from bot.outbox import Drop, as_stored
from storage.database import Database
from storage.models import Outgoing
from tests.support.clock import FakeClock
from tests.support.post import Post


@pytest.fixture
def post(database: Database, clock: FakeClock) -> Post:
    return Post(database, clock)


@pytest.fixture
def dropping() -> Callable[[str], Callable[[Outgoing], Awaitable[Letter | Drop | Later]]]:
    """A recheck that drops letters with this text."""

    def make(text: str) -> Callable[[Outgoing], Awaitable[Letter | Drop | Later]]:
        async def recheck(row: Outgoing) -> Letter | Drop | Later:
            letter = await as_stored(row)
            return Drop("reason gone") if isinstance(letter, Letter) and letter.text == text else letter

        return recheck

    return make
