from __future__ import annotations

from datetime import date, timedelta

import pytest

from conversations.care.gestation import age_on, child_death_class, due_date, lmp_from, lmp_of, weeks_on

LMP = date(2026, 9, 3)


@pytest.mark.parametrize(
    ("days", "weeks"), [(0, (0, 0)), (6, (0, 6)), (7, (1, 0)), (80, (11, 3)), (280, (40, 0)), (-1, (-1, 6))]
)
def test_weeks_are_completed_ones(days: int, weeks: tuple[int, int]) -> None:
    assert weeks_on(LMP, LMP + timedelta(days=days)) == weeks


def test_the_due_date_is_280_days_on() -> None:
    assert due_date(LMP) == date(2027, 6, 10)
    assert lmp_of(due=due_date(LMP)) == LMP


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(2012, 11, 22), date(2026, 11, 21), 13),
        (date(2012, 11, 22), date(2026, 11, 22), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
    ],
)
def test_age_is_completed_years(born: date, day: date, years: int) -> None:
    assert age_on(born, day) == years


@pytest.mark.parametrize(
    ("born", "died", "kind"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), "neonatal"),
        (date(2026, 1, 1), date(2026, 1, 28), "neonatal"),  # 27 days
        (date(2026, 1, 1), date(2026, 1, 29), "infant"),
        (date(2026, 1, 1), date(2026, 12, 31), "infant"),
        (date(2026, 1, 1), date(2027, 1, 1), "under_five"),
        (date(2026, 1, 1), date(2030, 12, 31), "under_five"),
        (date(2026, 1, 1), date(2031, 1, 1), None),
    ],
)
def test_the_class_of_a_childs_death_follows_from_its_age(born: date, died: date, kind: str | None) -> None:
    assert child_death_class(born, died) == kind


def test_the_lmp_follows_from_whatever_dates_it() -> None:
    told = date(2026, 11, 22)
    assert lmp_from({"lmp": "2026-09-03", "due_date": "2027-01-01"}, told) == LMP
    assert lmp_from({"due_date": "2027-06-10"}, told) == LMP
    assert lmp_from({"gestational_weeks": 11, "gestational_days": 3}, told) == LMP
    assert lmp_from({"gestational_weeks": 11}, told) == LMP + timedelta(days=3)
    assert lmp_from({}, told) is None
