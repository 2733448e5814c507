"""Gestation: weeks and days, due dates, ages, the classes of death. Plain dates, completed units.

Sources: due date = LMP + 280 days (NS); neonatal 0–27 days, infant under one year, under five (field.md);
maternal death to 42 days after the end of the pregnancy (XF, YZ 19); stillbirth from 28 weeks (RC 三(一)4).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

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
