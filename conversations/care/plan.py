"""What is due in a case now, and when to look again: computed, never planned ahead.

`candidates` (conversations/care/candidates.py) says what a case gives reason for; here that is read against what was
done already (`Case.acts`) and the time. So a changed date, phone or end needs no planning anew, and whoever was away
for three days finds what is still useful once, and the rest not at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from conversations.care.candidates import (
    Act,
    about_of,
    askable,
    base_of,
    candidates,
    last_seen,
    stopped,
    unreached,
)
from conversations.care.case import ActState, Case, Reason, To
from conversations.care.colours import Rhythm, follow_up
from conversations.care.programme import Programme
from conversations.local_time import LOCAL

__all__ = ["Act", "Outlook", "after_quiet", "due", "next_look", "still_due"]

SAME: Final = timedelta(days=14)
"""By so much a corrected date may move what she was told before it is worth telling again. (u)"""
ASKED_AT_MOST: Final = 3
"""Tries to get one question of consent to her. (u)"""


class Outlook:
    """One case at one moment."""

    def __init__(self, case: Case, now: datetime) -> None:
        self.case = case
        self.now = now
        self._all = {act.key: act for act in candidates(case, now.astimezone(LOCAL).date())}
        self._acts: dict[str, list[ActState]] = {}
        for key, state in case.acts.items():
            self._acts.setdefault(base_of(key), []).append(state)

    def due(self) -> tuple[Act, ...]:
        """What is to be told now, each once, the earliest first: with `skip` what is to be recorded only."""
        found = [self._fresh(act) for act in self._waiting() if act.due <= self.now]
        return tuple(sorted(found, key=lambda act: (act.due, act.key)))

    def next_look(self) -> datetime | None:
        """When something is due next, if nothing changes: now, where something is; None: never."""
        return min((max(act.due, self.now) for act in self._waiting()), default=None)

    def still_due(self, key: str) -> Literal[True] | Reason:
        """Whether an act made earlier is still to be told to whom it was made for, or why not."""
        state, act = self.case.acts.get(key), self._all.get(base_of(key))
        if act is None:
            return self._gone(base_of(key))
        if state is not None and state.to == "woman":
            if act.skip is not None:
                return act.skip
            if act.to != "woman":
                return unreached(self.case) or "no_consent"
        if act.until <= self.now:
            return "stale"
        slack = timedelta(0) if state is None or state.to == "woman" else SAME
        return "stale" if act.due > self.now + slack else True

    def act(self, key: str) -> Act | None:
        """What there is reason for under this key, or under the one it repeats."""
        return self._all.get(base_of(key))

    def over(self) -> tuple[tuple[str, Reason], ...]:
        """The acts somebody may still do or answer although there is no reason for them any more, each with why."""
        asked = [(key, self.still_due(key)) for key, state in self.case.acts.items() if state.open]
        return tuple((key, reason) for key, reason in asked if reason is not True)

    def _waiting(self) -> Iterable[Act]:
        return (act for act in self._all.values() if not self._told(act))

    def _told(self, act: Act) -> bool:
        told = self._acts.get(act.key, ())
        if act.kind == "consent" and len(told) >= ASKED_AT_MOST:
            return True
        return any(_counts(state, act) for state in told)

    def _fresh(self, act: Act) -> Act:
        """The act as it is to be recorded: stale where its time is over, under a key of its own."""
        if act.skip is None and act.until <= self.now:
            act = replace(act, skip="stale")
        told = len(self._acts.get(act.key, ()))
        return replace(act, key=f"{act.key}~{told + 1}") if told else act

    def _gone(self, key: str) -> Reason:
        """Why there is no reason for this act any more."""
        case, course, rule = self.case, self.case.course, key.removeprefix("miss:").split(":", 1)[0]
        to = self._to(key)
        if (ended := stopped(case, about_of(key), to, self.now.astimezone(LOCAL).date())) is not None:
            return ended
        if not case.real or (not case.newest and rule not in ("child", "newborn")):
            return "ended"
        if rule in ("postnatal", "day42", "child", "newborn", "support") and course.end is None:
            return "ended"
        if rule in ("child", "newborn") and not any(child.died is None for child in course.children):
            return "ended"
        if rule == "consent":
            if not key.startswith(f"consent:{case.reach.mark}"):
                return "wrong_number"
            return askable(case) or "answered_already"
        if rule == "support":
            return unreached(case) or "ended"
        if rule == "followup":
            return self._not_followed_up(key)
        return (unreached(case) if to == "woman" else None) or "answered_already"

    def _to(self, key: str) -> To:
        return next(
            (state.to for name, state in self.case.acts.items() if base_of(name) == key), "coordinator"
        )

    def _not_followed_up(self, key: str) -> Reason:
        case, (_, mode, day, *_more) = self.case, key.split(":")
        if follow_up(case.programme, case.grade) == Rhythm():
            return "ended"
        seen = last_seen(case, "home" if mode == "home" else "phone")
        return "answered_already" if seen >= date.fromisoformat(day) else "stale"


def _counts(state: ActState, act: Act) -> bool:
    """Whether what was done before is this act. Not where it was made for dates far from the present ones, or where
    what ended it was taken back since."""
    if act.skip is not None:
        return True
    if state.state == "skipped":
        again = act.kind == "consent" or act.to != state.to
        return not again and state.reason in ("stale", "outage") and state.at >= act.due
    if state.state == "done" and state.reason not in (None, "stale") and state.to != "woman":
        return False
    return state.at >= act.since - SAME


def after_quiet(programme: Programme, now: datetime) -> datetime:
    """`now`, or the end of the programme's quiet hours it lies in."""
    local, quiet = now.astimezone(LOCAL), programme.quiet
    hour = local.time()
    over_midnight = quiet.begins > quiet.ends
    inside = hour >= quiet.begins or hour < quiet.ends if over_midnight else quiet.begins <= hour < quiet.ends
    if not inside:
        return now
    day = local.date() + timedelta(days=int(over_midnight and hour >= quiet.begins))
    return datetime.combine(day, quiet.ends or time(), LOCAL).astimezone(now.tzinfo)


def due(case: Case, now: datetime) -> tuple[Act, ...]:
    """What is to be told now, each once: with `skip` what is to be recorded only."""
    return Outlook(case, now).due()


def next_look(case: Case, now: datetime) -> datetime | None:
    """When something is due next, if nothing changes; None: never."""
    return Outlook(case, now).next_look()


def still_due(case: Case, key: str, now: datetime) -> Literal[True] | Reason:
    """Whether an act made earlier is still to be told to whom it was made for, or why not."""
    return Outlook(case, now).still_due(key)
