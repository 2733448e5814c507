"""Who is told of what, in which order, until somebody takes it: one entry a kind of alert.

A clock that runs out is one more entry. What is told is worded by the flow the alert comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from conversations.flows.alerts import (
    LINK,
    NEW_PHONE,
    NOT_OVER,
    NUMBER,
    QUESTION,
    SAFETY,
    TOLD_OVER,
    UNMATCHED,
    Rows,
    Seen,
    Story,
    alert_buttons,
    alert_text,
    coming_text,
    more_text,
    past_buttons,
    taken_text,
)
from conversations.flows.begun import BEGUN, begun_buttons, begun_text
from conversations.flows.change_phone import changed_text, new_phone_buttons, new_phone_text
from conversations.flows.danger import DANGER, PAST
from conversations.flows.linking import link_buttons, link_text, linked_text
from conversations.flows.not_over import not_over_buttons, not_over_text
from conversations.flows.number import checked_text, number_buttons, number_text
from conversations.flows.overdue import CLOCK, duty_buttons, overdue_text, taken_up_text
from conversations.flows.questions import answer_text, answered_text, question_buttons, question_text
from conversations.flows.told_over import settling_buttons, told_over_buttons, told_over_text
from conversations.flows.tracing import TRACING, found_text, tracing_text
from conversations.flows.unmatched import looked_up_text, unmatched_text
from conversations.flows.unsafe import safety_text
from conversations.message import Role, Speaker
from conversations.text import Sayable


def _nothing_besides(alert_id: str, story: Story) -> Rows:
    return ()


def _no_buttons(alert_id: str) -> Rows:
    return ()


@dataclass(frozen=True, slots=True)
class AlertKind:
    """How one kind of alert climbs, and in which words.

    `rungs`: who is told, level by level, those below again. `every`: how long a level has before the next one
    is told, and how often all are told again at the top; None: told once. `ends`: how long after it was raised
    it is told again no more; None: until it is taken. `letter`: the outbox kind. `at_night`: whether it may wake
    people up. `answered`: an answer takes it; what is said after that is a new one.

    Words: `tell` (also of its age in minutes) and `more` (whether it is taken) to those told of it, `taken` to the
    other colleagues once somebody has it, `back` to whoever told of it.
    """

    rungs: tuple[tuple[Role, ...], ...]
    every: timedelta | None
    letter: Literal["danger", "urgent", "notice"]
    at_night: bool
    tell: Callable[[Story, Seen, int], Sayable]
    more: Callable[[Story, Seen, bool], Sayable]
    taken: Callable[[Story, Seen, Speaker, bool], Sayable]
    back: Callable[[Story, Speaker, bool], Sayable | None]
    buttons: Callable[[str], Rows]
    ends: timedelta | None = None
    answered: bool = False
    besides: Callable[[str, Story], Rows] = _nothing_besides
    """Buttons that depend on what it tells."""


def _tell(story: Story, seen: Seen, minutes: int) -> Sayable:
    return alert_text(story, seen, minutes=minutes)


def _more(story: Story, seen: Seen, taken: bool) -> Sayable:
    return more_text(story, seen, taken=taken)


def _taken(story: Story, seen: Seen, taker: Speaker, reached: bool) -> Sayable:
    return taken_text(story, seen, taker, reached=reached)


def _work(
    rungs: tuple[tuple[Role, ...], ...],
    tell: Callable[[Story, Seen, int], Sayable],
    taken: Callable[[Story, Seen, Speaker, bool], Sayable],
    buttons: Callable[[str], Rows],
    *,
    ends: timedelta,
    letter: Literal["urgent", "notice"] = "notice",
) -> AlertKind:
    """What waits for a colleague and for nobody's life: by day, told on every day (u) in the same words."""
    return AlertKind(
        rungs,
        timedelta(days=1),
        letter,
        at_night=False,
        tell=tell,
        more=lambda story, seen, taken: tell(story, seen, 0),
        taken=taken,
        back=_nothing_back,
        buttons=buttons,
        ends=ends,
    )


def _nothing_back(story: Story, taker: Speaker, reached: bool) -> None:
    return None


KINDS: Mapping[str, AlertKind] = {
    # design.md, Precedence: at once; unacknowledged for 10 minutes (u) the county; then again until it is
    DANGER: AlertKind(
        (("coordinator", "township"), ("county",)),
        timedelta(minutes=10),
        "danger",
        at_night=True,
        tell=_tell,
        more=_more,
        taken=_taken,
        back=lambda story, taker, reached: coming_text(story, reached=reached),
        buttons=alert_buttons,
    ),
    # told to no neighbour: the township, and the county with the next round
    SAFETY: AlertKind(
        (("township",), ("county",)),
        timedelta(minutes=10),
        "danger",
        at_night=True,
        tell=safety_text,
        more=lambda story, seen, taken: safety_text(story, seen, 0),
        taken=_taken,
        back=_nothing_back,
        buttons=alert_buttons,
    ),  # (u)
    PAST: AlertKind(
        (("coordinator",), ("township",), ("county",)),
        None,
        "notice",
        at_night=False,
        tell=_tell,
        more=_more,
        taken=_taken,
        back=_nothing_back,
        buttons=past_buttons,
    ),
    # unanswered for two days (u) the township is asked; after a week (u) it is no question any more
    QUESTION: AlertKind(
        (("coordinator",), ("township",)),
        timedelta(days=2),
        "notice",
        at_night=False,
        tell=question_text,
        more=lambda story, seen, taken: question_text(story, seen, 0),
        taken=answered_text,
        back=answer_text,
        buttons=question_buttons,
        ends=timedelta(days=7),
        answered=True,
    ),
    NEW_PHONE: _work(
        (("coordinator",), ("township",)),
        new_phone_text,
        changed_text,
        new_phone_buttons,
        ends=timedelta(days=7),
    ),  # (u)
    LINK: _work(
        (("coordinator",), ("township",)), link_text, linked_text, link_buttons, ends=timedelta(days=7)
    ),  # (u)
    NUMBER: replace(
        _work(
            (("coordinator",), ("township",)), number_text, checked_text, _no_buttons, ends=timedelta(days=7)
        ),
        besides=number_buttons,
    ),  # (u)
    # a day (u) for the village, then the township alone is not enough
    TRACING: _work(
        (("coordinator", "township"), ("county",)),
        tracing_text,
        found_text,
        alert_buttons,
        ends=timedelta(days=14),
        letter="urgent",  # the first time at night too, where the county asks for it
    ),
    # both at once, as of a gap of a 重点随访; a day (u) for them, then the county
    TOLD_OVER: replace(
        _work(
            (("coordinator", "township"), ("county",)),
            told_over_text,
            _taken,
            told_over_buttons,
            ends=timedelta(days=14),
        ),
        besides=settling_buttons,
    ),  # (u)
    NOT_OVER: replace(
        _work(
            (("coordinator", "township"), ("county",)),
            not_over_text,
            _taken,
            told_over_buttons,
            ends=timedelta(days=14),
        ),
        besides=not_over_buttons,
    ),  # (u)
    # a day (u) for the township, then the county; of a hospital's its county at once (bot/unfinished.py)
    BEGUN: _work(
        (("township",), ("county",)), begun_text, _taken, begun_buttons, ends=timedelta(days=14)
    ),  # (u)
    # a day (u) for the township, then the county
    UNMATCHED: _work(
        (("township",), ("county",)), unmatched_text, looked_up_text, alert_buttons, ends=timedelta(days=14)
    ),  # (u)
    # who is told and when are the programme's: each has a ladder of its own
    CLOCK: replace(
        _work((("county",),), overdue_text, taken_up_text, _no_buttons, ends=timedelta(days=30)),  # (u)
        besides=duty_buttons,
    ),
}


def kind_of(name: str, details: Mapping[str, Any]) -> AlertKind:
    """The kind of one alert, with the ladder it brings along, if it does."""
    kind, own = KINDS[name], details.get("ladder")
    if own is None:
        return kind
    rungs = tuple(tuple(rung) for rung in own["rungs"]) or kind.rungs
    return replace(kind, rungs=rungs, every=timedelta(seconds=own["every"]))
