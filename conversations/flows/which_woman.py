"""Which woman is meant, where several live behind one phone.

Nobody is listed: on a family's phone that would tell who is pregnant. She says her name, and whatever she says, the
answer is the same; `State.about` remembers her for the conversation.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from conversations.engine.flow import Context, Step
from conversations.engine.state import Talk
from conversations.facts import Lookup, WomanFact, WomenBehind
from conversations.message import Speaker
from conversations.text import T
from conversations.understanding.readers import READERS


def _read(text: str, today: date) -> Any:
    """A name; anything else she says meanwhile is kept as more of the same."""
    name = READERS["woman_name"](text, today)
    return name if isinstance(name, str) else {"more": text}


WHICH = Step(
    "woman_name",
    T("请问您叫什么名字？"),
    fills=("woman_name", "woman_id"),
    read=_read,
    help=T("说姓名就行，比如：李梅。不方便说就回“跳过”。"),
)
"""Asked where `settle_woman` does not know her."""


def own_women(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    """What must be known to tell them apart."""
    return (WomenBehind(speaker.women),) if len(speaker.women) > 1 else ()


def settle_woman(talk: Talk, context: Context) -> WomanFact | None:
    """Note in the answers (`woman_id`) who is meant, if that is known: the only one, or the one of that name."""
    women = context.speaker.women
    if len(women) == 1:
        talk.answers["woman_id"] = women[0]
        return None
    if talk.answers.get("woman_id") not in (None, *women):
        talk.answers.pop("woman_id")
    known: tuple[WomanFact, ...] = context.facts[WomenBehind(women)] if women else ()
    if (name := talk.answers.get("woman_name")) and not talk.answers.get("woman_id"):
        named = [one for one in known if one.name == name]
        talk.answers["woman_id"] = named[0].id if len(named) == 1 else None
    return next((one for one in known if one.id == talk.answers.get("woman_id")), None)
