"""What women answer on their own phones: which of them it is, and what she was told there."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.engine.flow import Context
from conversations.engine.state import Talk
from conversations.facts import HerCare, HerFact, Lookup
from conversations.message import Speaker
from conversations.text import T

WITH_NAME = T("这部手机上不止一位在用，请连名字一起回，比如“愿意，王芳”“去过了，王芳”。")
"""Where several women may have meant it: nobody is named, or it would tell who is pregnant."""


def her_lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    """What must be known of the women behind this contact."""
    return (HerCare(speaker.contact_id, speaker.women),) if speaker.women else ()


def hers(context: Context) -> tuple[HerFact, ...]:
    """The living women behind this contact."""
    speaker = context.speaker
    found: tuple[HerFact, ...] = (
        context.facts[HerCare(speaker.contact_id, speaker.women)] if speaker.women else ()
    )
    return found


def the_one(women: Sequence[HerFact], talk: Talk, context: Context) -> HerFact | None:
    """Who of them answers: the only one, unless another on this phone is named; the one she names; the one who was
    meant a moment ago."""
    meant = {one.woman_id for one in women}
    if any(
        one.name and one.name in context.message.text for one in hers(context) if one.woman_id not in meant
    ):
        return None
    if len(women) == 1:
        return women[0]
    named = [one for one in women if one.name and one.name in context.message.text]
    if len(named) == 1:
        return named[0]
    return next((one for one in women if one.woman_id == talk.answers.get("woman_id")), None)


def is_pressed(talk: Talk, *, parts: int) -> tuple[str, ...] | None:
    """The arguments of the button that was pressed, if one was and it has as many as it must."""
    pressed = talk.answers.get("go")
    if not isinstance(pressed, list) or len(pressed) != parts:
        return None
    return tuple(str(one) for one in pressed)
