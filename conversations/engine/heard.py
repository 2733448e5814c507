"""What a message did to a session so far, while it is being heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from conversations.engine.flow import Context, Flow
from conversations.engine.state import State, Talk
from conversations.ids import derived_id
from conversations.message import Effect, Reply
from conversations.text import Sayable
from conversations.understanding import Understood, understand

READING = "reading"
"""The step of a talk that is being read back."""
UNLOCKING = "unlock"
"""The step of a talk that waits for her PIN (engine/trust.py)."""


@dataclass(slots=True)
class Heard:
    """What a message did to the session before any fact is known."""

    state: State
    remarks: list[Sayable] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    quick: Talk | None = None
    action: Literal["ask", "file", "code", "cancel", "idle"] = "ask"


def understand_for(text: str, context: Context) -> Understood:
    speaker = context.speaker
    return understand(
        text, today=context.today, speaker=speaker.role, villages=tuple(v.name for v in speaker.villages)
    )


def new_talk(flow: Flow, context: Context, answers: Mapping[str, Any], number: int = 0) -> Talk:
    return Talk(
        id=derived_id(context.message.id, "talk", str(number))[:8],
        flow=flow.name,
        version=flow.version,
        known_at=context.message.sent_at.isoformat(),
        answers=dict(answers),
    )
