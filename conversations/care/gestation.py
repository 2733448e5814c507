"""Gestation: weeks and days, due dates, what dates a pregnancy, ages, the classes of death. Plain dates, completed
units.

Sources: due date = LMP + 280 days (NS); neonatal 0–27 days, infant under one year, under five (field.md);
maternal death to 42 days after the end of the pregnancy (XF, YZ 19); stillbirth from 28 weeks (RC 三(一)4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from conversations.care.rules import DatingRule
from conversations.text import T, Text

TERM = timedelta(days=280)
MATERNAL_DAYS = 42
STILLBIRTH_WEEKS = 28


def weeks_on(lmp: date, day: date) -> tuple[int, int]:
    """Completed weeks and further days of gestation on `day`; negative when it lies before `lmp`."""
    return divmod((day - lmp).days, 7)


def due_date(lmp: date) -> date:
    return lmp + TERM


def lmp_of(*, due: date) -> date:
    return due - TERM


def age_on(born: date, day: date) -> int:
    """Completed years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def restriction(told: Mapping[str, Any], today: date) -> Literal["under_14", "minor"] | None:
    """Under 14: mandatory reporting; under 18: restricted view (requirements.md §2). By the birth date told, else the
    age; None where neither is."""
    born, age = told.get("birth_date"), told.get("age", told.get("her_age"))
    years = age_on(date.fromisoformat(born), today) if born else age
    if not isinstance(years, int):
        return None
    return "under_14" if years < 14 else "minor" if years < 18 else None


def child_death_class(born: date, died: date) -> Literal["neonatal", "infant", "under_five"] | None:
    """The class of a child's death from its age; None from five years on. A child of 28 days is an infant."""
    if (died - born).days <= 27:
        return "neonatal"
    age = age_on(born, died)
    if age < 1:
        return "infant"
    return "under_five" if age < 5 else None


def lmp_from(answers: dict[str, object], told_on: date) -> date | None:
    """The LMP as far as the answers date it: told itself, from the due date, or from weeks (and days) on the
    day they were told."""
    if isinstance(lmp := answers.get("lmp"), str):
        return date.fromisoformat(lmp)
    if isinstance(due := answers.get("due_date"), str):
        return lmp_of(due=date.fromisoformat(due))
    weeks, days = answers.get("gestational_weeks"), answers.get("gestational_days")
    if isinstance(weeks, int):
        return told_on - timedelta(weeks=weeks, days=days if isinstance(days, int) else 0)
    return None


# ── what dates a pregnancy ──────────────────────────────────────────────────────────────────────────────

Basis = Literal["lmp", "due_date", "weeks", "ultrasound"]

_RANK: tuple[Basis, ...] = ("lmp", "due_date", "weeks")  # (u): as told by herself, the most direct first


@dataclass(frozen=True, slots=True)
class DatingFact:
    """One thing told that dates a pregnancy, as the LMP it amounts to.

    `on`: the day it was true (of an ultrasound when it was made, of weeks the day they were told);
    `told_at`: when we heard it, which decides between two of one kind; `report_id`: in which report.
    """

    basis: Basis
    lmp: date
    on: date
    told_at: datetime
    report_id: str = ""


@dataclass(frozen=True, slots=True)
class Dated:
    """What a pregnancy is dated by, why, and everything ever told that does not count (now)."""

    fact: DatingFact
    reason: Text
    set_aside: tuple[DatingFact, ...] = ()

    @property
    def lmp(self) -> date:
        return self.fact.lmp

    @property
    def due(self) -> date:
        return due_date(self.fact.lmp)


def ultrasound(made_on: date, weeks: int, days: int, told_at: datetime, report_id: str = "") -> DatingFact:
    """An ultrasound that measured so many weeks and days on the day it was made."""
    return DatingFact("ultrasound", made_on - timedelta(weeks=weeks, days=days), made_on, told_at, report_id)


def dated_by(facts: Iterable[DatingFact], rule: DatingRule) -> Dated | None:
    """Which of all that was told dates the pregnancy, and why; None when nothing does.

    Of one kind the newest word counts (a correction), of ultrasounds the earliest made. The LMP goes before a due
    date, and that before weeks; an early ultrasound goes before them all when it is further from them than the
    rule allows; any ultrasound when there is nothing else.
    """
    told = sorted(facts, key=lambda one: (one.told_at, one.report_id))
    if not told:
        return None
    newest = {one.basis: one for one in told}
    own = next((newest[basis] for basis in _RANK if basis in newest), None)
    scan = _earliest(told)
    chosen, reason = _choose(own, scan, rule)
    return Dated(chosen, reason, tuple(one for one in told if one != chosen))


def _earliest(told: list[DatingFact]) -> DatingFact | None:
    """The ultrasound made first; of those made on one day the one told last."""
    by_day = {one.on: one for one in told if one.basis == "ultrasound"}
    return by_day[min(by_day)] if by_day else None


def _choose(own: DatingFact | None, scan: DatingFact | None, rule: DatingRule) -> tuple[DatingFact, Text]:
    if own is None:
        assert scan is not None  # there is something, and it is not hers
        return scan, T("只有B超的孕周，按B超推算。")
    if scan is None:
        return own, _REASONS[own.basis]
    apart = abs((scan.lmp - own.lmp).days)
    if scan.on > rule.ultrasound_until.last_day(scan.lmp):
        return own, T("B超做得晚，孕周仍按原来的推算。")
    if apart <= rule.differs_by:
        return own, T("和早孕B超相差{days}天，不用改，仍按原来的推算。", days=apart)
    return scan, T("早孕B超和原来的推算相差{days}天，按B超推算。", days=apart)


_REASONS: dict[Basis, Text] = {
    "lmp": T("按末次月经推算。"),
    "due_date": T("按预产期推算。"),
    "weeks": T("按说的孕周推算。"),
}
