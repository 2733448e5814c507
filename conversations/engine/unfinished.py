"""Reports that were begun and not finished: when each is looked at again, and which of them must not wait in silence.

Everybody is nudged once, and again the next morning. Who began to tell of a death, an end, a critical case or a red grade
may be the only one who knows: where the nudge goes unanswered, others are told (flows/begun.py), and from the first word on
her reminders are held (bot/unfinished.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from conversations.care.programme import NATIONAL, programme
from conversations.engine.state import State, Talk
from conversations.flows import FLOWS
from conversations.local_time import LOCAL

NUDGED_AFTER: Final = timedelta(hours=2)  # (u)
"""After its last word a report is asked for."""
TOLD_AFTER: Final = timedelta(hours=2)  # deaths 2 h (u), requirements.md §3
"""After the nudge others are told of what must not wait."""
ENDS: Final = frozenset({"maternal_death", "woman_death", "child_death", "pregnancy_loss", "birth"})
"""Flows that tell of a death, or of how a pregnancy ended."""
HOLDS: Final = ENDS | {"critical_case"}
"""Flows after which a cheerful word may hurt."""
KEPT: Final = HOLDS | {"risk_grade", "unclear"}
"""Flows that may be looked after here; of the last two only what is grave."""

NUDGE, TELL, MORNING, DONE = range(4)
"""What comes next of a talk (`Talk.reminded`)."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A report that must not wait in silence, as far as it was told. `since`: when its author first told of it."""

    id: str
    flow: str
    holds: bool
    since: datetime
    name: str = ""
    woman_id: str | None = None
    village_id: str | None = None


def _talks(state: State) -> Iterator[Talk]:
    yield from (talk for talk in (state.talk, *state.waiting) if talk is not None)


def grave(talk: Talk) -> bool:
    """Whether others must hear of it where it is not finished."""
    if talk.amends is not None:
        return False  # it was reported
    if talk.flow == "unclear":
        return bool(ENDS.intersection(talk.answers.get("meanings") or ()))
    if talk.flow == "risk_grade":  # in a coordinator's mouth all three high colours are one
        return talk.answers.get("colour") == "red" or bool(talk.answers.get("key_follow_up"))
    return talk.flow in HOLDS


def _waits(talk: Talk) -> bool:
    flow = FLOWS.get(talk.flow)
    return flow is not None and ((flow.event is not None and talk.begun) or grave(talk))


def begun(session: Mapping[str, Any] | None) -> tuple[Begun, ...]:
    """Those of a session that must not wait in silence."""
    if not session or not may_be_begun(session):
        return ()
    return tuple(_begun(talk) for talk in _talks(State.load(session)) if grave(talk))


def may_be_begun(session: Mapping[str, Any] | None) -> frozenset[str]:
    """The ids of its talks among which such may be: asked of every message, so no more is looked at."""
    if not session:
        return frozenset()
    talks = (session.get("talk"), *session.get("waiting", ()))
    return frozenset(one["id"] for one in talks if one and one["flow"] in KEPT)


def _begun(talk: Talk) -> Begun:
    answers, flow = talk.answers, FLOWS[talk.flow]
    told = answers.get("told") or {}
    name = answers.get(flow.subject) or told.get("woman_name") or told.get("mother_name")
    return Begun(
        talk.id,
        talk.flow,
        talk.flow != "risk_grade",
        datetime.fromisoformat(talk.known_at),
        str(name or ""),
        answers.get("woman_id"),
        answers.get("village_id"),
    )


def put_off(state: State, now: datetime, hand: Talk | None) -> datetime | None:
    """She has just said something to the report in `hand`: when that one is looked at next, and those nobody has looked at
    yet; and the first moment of all."""
    for talk in filter(_waits, _talks(state)):
        if talk.reminded < DONE and (talk is hand or not talk.due):
            talk.due = _next(talk, now).isoformat()
    return first_due(state)


def first_due(state: State) -> datetime | None:
    """When the next of its reports is to be looked at."""
    waiting = [talk for talk in _talks(state) if _waits(talk) and talk.reminded < DONE]
    return min((datetime.fromisoformat(talk.due) for talk in waiting if talk.due), default=None)


def look(state: State, now: datetime) -> tuple[list[Talk], list[Talk]]:
    """What its time has come for: the reports to be asked for, and those others are to be told of."""
    asked: list[Talk] = []
    told: list[Talk] = []
    for talk in filter(_waits, _talks(state)):
        if talk.reminded >= DONE or (talk.due and datetime.fromisoformat(talk.due) > now):
            continue
        (told if talk.reminded == TELL and grave(talk) else asked).append(talk)
        talk.reminded += 1 if grave(talk) or talk.reminded != NUDGE else 2
        talk.due = _next(talk, now).isoformat() if talk.reminded < DONE else ""
    return asked, told


def _next(talk: Talk, now: datetime) -> datetime:
    if talk.reminded == MORNING or (talk.reminded == TELL and not grave(talk)):
        day = now.astimezone(LOCAL).date() + timedelta(days=1)
        return datetime.combine(day, programme(NATIONAL).quiet.ends, LOCAL)
    return now + (NUDGED_AFTER if talk.reminded == NUDGE else TOLD_AFTER)
