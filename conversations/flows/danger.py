"""Danger signs go before everything: what to do and whom to call at once, and those on duty alerted."""

from __future__ import annotations

from conversations.care.danger_advice import advice, past_advice
from conversations.engine.flow import Context
from conversations.message import Effect, RaiseAlert, Reply
from conversations.understanding import understand
from conversations.understanding.danger import Signs, signs
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


def danger_turn(told: Signs, context: Context) -> tuple[Reply, tuple[Effect, ...]]:
    """The answer to danger signs, and the alert.

    Signs of now are an alarm, whoever tells of them. Those said to be over are a task of today: for the
    coordinator, when not she herself tells of them.
    """
    speaker = context.speaker
    if told.now:
        reply = advice(told.now, speaker.role, alerted=True, office_phone=speaker.office_phone)
        return Reply(reply, kind="danger"), (_alert(DANGER, told.now, context),)
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
