"""Danger signs go before everything: what to do and whom to call at once, and those on duty alerted."""

from __future__ import annotations

import re

from conversations.care.danger_advice import advice, past_advice
from conversations.engine.flow import Context
from conversations.message import CountAttempt, Effect, RaiseAlert, Reply
from conversations.text import T, lines
from conversations.understanding import understand
from conversations.understanding.danger import Signs, signs
from conversations.understanding.normalise import normalise
from conversations.understanding.unsafe import unsafe

DANGER = "danger"
PAST = "danger_past"
WORDS_KEPT = 200
"""Characters of what was said that go with the alert."""


def danger_told(text: str, context: Context) -> Signs:
    """The danger signs of normalised words. That somebody at home hurts her, and no more, is none on her own phone: he may
    read what it is answered (flows/unsafe.py)."""
    told = signs(text)
    hurt_at_home = told.now == ("injury",) and context.speaker.role == "woman" and unsafe(text) is not None
    return Signs((), ()) if hurt_at_home else told


_WHERE = T("请再回我一句：人在哪个村，您的电话是多少，我马上转给值班的同事。")
_TOLD_WHERE = re.compile(r"[\u4e00-\u9fff]{1,6}[村镇乡组]|(?<!\d)1[3-9]\d[\d\- ]{8,10}(?!\d)")


def tells_where(text: str) -> bool:
    """Whether these words name a village or a number to call."""
    return _TOLD_WHERE.search(normalise(text)) is not None


def told_where(context: Context) -> RaiseAlert:
    """What a stranger answers to that, on its way to those who were alerted."""
    return _alert(DANGER, (), context)


def danger_turn(told: Signs, context: Context) -> tuple[Reply, tuple[Effect, ...]]:
    """The answer to danger signs, and the alert.

    Signs of now are an alarm, whoever tells of them. Those said to be over are a task of today: for the
    coordinator, when not she herself tells of them.
    """
    speaker = context.speaker
    if told.now:
        reply = advice(told.now, speaker.role, alerted=True, office_phone=speaker.office_phone)
        alert = _alert(DANGER, told.now, context)
        if speaker.standing != "unknown" or tells_where(context.message.text):
            return Reply(reply, kind="danger"), (alert,)
        return Reply(lines(reply, _WHERE), kind="danger"), (alert, CountAttempt(DANGER))
    alert = _alert(PAST, told.past, context)
    hers = speaker.role == "woman" or (speaker.standing == "active" and speaker.role != "coordinator")
    alerted = hers and (speaker.role == "woman" or alert.woman_name is not None)
    return Reply(past_advice(speaker.role, alerted=alerted)), (alert,) if alerted else ()


def _alert(kind: str, signs: tuple[str, ...], context: Context) -> RaiseAlert:
    """Where it is, as far as the words tell: a village that is the speaker's, else her own place."""
    speaker, words = context.speaker, context.message.text
    fields = understand(
        words, today=context.today, speaker=speaker.role, villages=tuple(v.name for v in speaker.villages)
    ).fields
    village = next((v.id for v in speaker.villages if v.name == fields.get("village")), None)
    staff = speaker.standing == "active" and speaker.role != "woman"
    return RaiseAlert(
        kind,
        signs,
        " ".join(words.split())[:WORDS_KEPT],
        place_id=village or speaker.place_id,
        woman_name=(fields.get("woman_name") or fields.get("mother_name")) if staff else None,
        phone=fields.get("phone"),
    )
