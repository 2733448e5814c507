from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from conversations.care.gestation import Basis, DatingFact, dated_by, due_date, ultrasound, weeks_on
from conversations.care.programme import programme

RULE = programme("national").dating
LMP = date(2026, 3, 1)


def told(day: int) -> datetime:
    return datetime(2026, 4, 1, 9, tzinfo=UTC) + timedelta(days=day)


def fact(basis: Basis, lmp: date, day: int = 0) -> DatingFact:
    return DatingFact(basis, lmp, told(day).date(), told(day), f"r{day}")


def test_nothing_told_dates_nothing() -> None:
    assert dated_by([], RULE) is None


def test_the_last_period_goes_before_due_date_and_weeks() -> None:
    facts = [fact("weeks", LMP + timedelta(3)), fact("due_date", LMP + timedelta(2)), fact("lmp", LMP)]
    dated = dated_by(facts, RULE)
    assert dated is not None
    assert (dated.lmp, dated.due) == (LMP, due_date(LMP))
    assert dated.reason.id == "按末次月经推算。"
    assert len(dated.set_aside) == 2


def test_a_correction_counts_and_what_it_corrects_is_kept() -> None:
    wrong, right = fact("lmp", LMP), fact("lmp", LMP - timedelta(30), day=5)
    dated = dated_by([right, wrong], RULE)
    assert dated is not None
    assert dated.fact == right
    assert dated.set_aside == (wrong,)


def test_an_early_ultrasound_far_from_the_period_wins() -> None:
    scan = ultrasound(LMP + timedelta(weeks=12), 10, 6, told(60))
    dated = dated_by([fact("lmp", LMP), scan], RULE)
    assert dated is not None
    assert dated.fact == scan
    assert dated.reason.values == {"days": 8}
    assert weeks_on(dated.lmp, LMP + timedelta(weeks=12)) == (10, 6)


def test_one_close_to_the_period_changes_nothing() -> None:
    scan = ultrasound(LMP + timedelta(weeks=12), 11, 0, told(60))
    dated = dated_by([fact("lmp", LMP), scan], RULE)
    assert dated is not None
    assert dated.lmp == LMP
    assert dated.set_aside == (scan,)


def test_a_late_one_never_goes_before_her_own_word() -> None:
    at_13_6 = ultrasound(LMP + timedelta(weeks=20), 13, 6, told(60))
    at_14_0 = ultrasound(LMP + timedelta(weeks=20), 14, 0, told(60))
    early, late = dated_by([fact("lmp", LMP), at_13_6], RULE), dated_by([fact("lmp", LMP), at_14_0], RULE)
    assert early is not None
    assert late is not None
    assert early.fact == at_13_6
    assert late.lmp == LMP


def test_a_late_one_dates_when_nothing_else_does() -> None:
    scan = ultrasound(date(2026, 9, 1), 26, 0, told(150))
    dated = dated_by([scan], RULE)
    assert dated is not None
    assert dated.fact == scan


def test_of_several_ultrasounds_the_earliest_counts_and_of_one_day_the_last_word() -> None:
    first = ultrasound(LMP + timedelta(weeks=9), 7, 0, told(60))
    again = ultrasound(LMP + timedelta(weeks=9), 7, 2, told(80))
    later = ultrasound(LMP + timedelta(weeks=12), 9, 0, told(90))
    dated = dated_by([fact("lmp", LMP), later, first, again], RULE)
    assert dated is not None
    assert dated.fact == again
    assert set(dated.set_aside) == {fact("lmp", LMP), first, later}


facts = st.builds(
    fact,
    st.sampled_from(["lmp", "due_date", "weeks", "ultrasound"]),
    st.dates(date(2026, 1, 1), date(2026, 12, 1)),
    st.integers(0, 200),
)


@given(st.lists(facts, min_size=1, max_size=8, unique=True))
def test_nothing_told_is_ever_lost(
    row: list[DatingFact],
) -> None:
    dated, other = dated_by(row, RULE), dated_by(reversed(row), RULE)
    assert dated is not None
    assert other is not None
    assert sorted([dated.fact, *dated.set_aside], key=repr) == sorted(row, key=repr)
    assert sorted([other.fact, *other.set_aside], key=repr) == sorted(row, key=repr)
