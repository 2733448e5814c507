"""A case for pure tests, and the days that pass over it: what is told is noted in it, as the worker does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from conversations.care.case import ActState, Case, Reach
from conversations.care.plan import Act, Outlook, after_quiet
from conversations.care.programme import programme
from conversations.care.visits import Course
from conversations.local_time import LOCAL

LMP = date(2026, 9, 3)
FOUND = date(2026, 10, 20)
"""At 6+5 weeks."""
REACHED = Reach(
    consent="yes",
    consent_at=datetime(2026, 10, 20, 9, tzinfo=LOCAL),
    hers=True,
    safe=True,
    there=True,
    mark="m",
)
"""She said yes on her own phone."""


def case(rules: str = "national", **changes: Any) -> Case:
    """A woman found early who said yes; `course` takes the fields of a course."""
    course = Course(**{"registered": FOUND, "lmp": LMP, **changes.pop("course", {})})
    values: dict[str, Any] = {"name": "李梅", "phone": "19900000150", "village": "杨梅坑村", "reach": REACHED}
    return Case("p", "w", programme(rules), course, **{**values, **changes})


def at(day: date | str, hour: int = 8, minute: int = 0) -> datetime:
    """A local moment."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime.combine(day, time(hour, minute), LOCAL)


Events = Callable[[date, Case], Case]


def unchanged(day: date, case: Case) -> Case:
    return case


class Days:
    """Lets days pass over a case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.told: list[tuple[date, Act]] = []
        self.today = max(case.course.registered, FOUND)
        self._seen: Case | None = None
        self._next: datetime | None = None

    def look(self, now: datetime) -> tuple[Act, ...]:
        """One look, as the worker takes it."""
        if after_quiet(self.case.programme, now) > now:
            return ()
        self._close(now)
        acts = Outlook(self.case, now).due()
        made = {act.key: ActState(now, act.to, "skipped" if act.skip else "sent", act.skip) for act in acts}
        assert not made.keys() & self.case.acts.keys()
        self.case = replace(self.case, acts={**self.case.acts, **made})
        for act in acts:
            self.told.append((now.date(), act))
            if act.kind == "consent":
                asked = replace(self.case.reach, consent="asked", consent_at=now)
                self.case = replace(self.case, reach=asked)
        return acts

    def _close(self, now: datetime) -> None:
        acts = dict(self.case.acts)
        for key, reason in Outlook(self.case, now).over():
            told = acts[key].to == "woman" and reason == "stale"
            acts[key] = replace(acts[key], state="done", reason=None if told else reason)
        self.case = replace(self.case, acts=acts)

    def until(self, day: date | str, events: Events = unchanged) -> Days:
        """The mornings before that day, `events` first; a look where something is due or has changed."""
        last = date.fromisoformat(day) if isinstance(day, str) else day
        while self.today < last:
            self.case = events(self.today, self.case)
            now = at(self.today)
            if self.case is not self._seen or (self._next is not None and self._next <= now):
                self.look(now)
                self._seen, self._next = self.case, Outlook(self.case, now).next_look()
            self.today += timedelta(days=1)
        return self

    def answer(self, key: str, answer: str) -> None:
        known = self.case.acts[key]
        state = replace(known, state="answered", answer=answer, answered=at(self.today))  # type: ignore[arg-type]
        self.case = replace(self.case, acts={**self.case.acts, key: state})

    def lines(self, *to: str) -> list[str]:
        """What was told, a line each: day, to whom, key."""
        return [
            f"{day} {act.to} {act.key}" + (f" ({act.skip})" if act.skip else "")
            for day, act in self.told
            if not to or act.to in to
        ]

    def made(self, *to: str) -> list[str]:
        return [act.key for _, act in self.told if (not to or act.to in to) and act.skip is None]
