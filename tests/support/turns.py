"""Turns that go otherwise than the engine would have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

from bot import pipeline
from conversations.engine.machine import Listening
from conversations.facts import Facts
from conversations.message import Message, Turn

Advance = Callable[[Mapping[str, Any] | None, Message, Facts, datetime], Turn]


def advance_by(monkeypatch: pytest.MonkeyPatch, advance: Advance) -> None:
    """From now on the pipeline hears as ever and goes on by `advance(session, message, facts, now)`."""

    class Otherwise(Listening):
        def __init__(
            self, session: Mapping[str, Any] | None, message: Message, now: datetime, **_: bool
        ) -> None:
            super().__init__(session, message, now)
            self._session = session

        def advance(self, facts: Facts) -> Turn:
            return advance(self._session, self._message, facts, self._now)

    monkeypatch.setattr(pipeline, "Listening", Otherwise)
