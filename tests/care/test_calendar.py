from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.care import calendar
from conversations.care.calendar import (
    BadHolidays,
    Every,
    Period,
    add_working_days,
    due,
    end_of,
    guessed,
    install_holidays,
    is_day_end,
    is_working_day,
    last_day,
    period_due,
    period_of,
    periods,
    read_holidays,
)
from conversations.care.lengths import Age, Length, add_months
from conversations.local_time import LOCAL


@pytest.fixture
def own_holidays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(calendar, "_years", {})
    is_working_day.cache_clear()
    yield
    is_working_day.cache_clear()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        ("2026-03-05 09:30", "24h", "2026-03-06 09:30"),
        ("2026-03-05 23:50", "10min", "2026-03-06 00:00"),
        ("2026-03-05 00:00", "same day", "2026-03-06 00:00"),
        ("2026-03-05 23:59", "same day", "2026-03-06 00:00"),
        ("2026-03-05 23:59", "3d", "2026-03-09 00:00"),
        ("2026-03-05 00:00", "10d", "2026-03-16 00:00"),
        ("2026-03-10 23:59", "ten-day period", "2026-03-11 00:00"),
        ("2026-03-11 00:00", "ten-day period", "2026-03-21 00:00"),
        ("2026-03-21 00:00", "ten-day period", "2026-04-01 00:00"),
        ("2026-02-28 12:00", "ten-day period", "2026-03-01 00:00"),
        ("2026-01-31 12:00", "1month", "2026-03-01 00:00"),
        ("2026-03-05 12:00", "1month", "2026-04-06 00:00"),
        ("2026-03-06 12:00", "3wd", "2026-03-12 00:00"),  # a Friday
        ("2026-09-30 12:00", "3wd", "2026-10-11 00:00"),  # 1–7 October off, Saturday the 10th made up
        ("2026-10-09 12:00", "1wd", "2026-10-11 00:00"),  # a make-up Saturday
        ("2026-09-18 12:00", "3wd", "2026-09-23 00:00"),  # Sunday 20 September is made up
    ],
)
def test_what_is_due_when(start: str, length: str, end: str) -> None:
    assert due(at(start), Length.parse(length)) == at(end)


def test_days_are_counted_in_china_wherever_the_clock_stands() -> None:
    start = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)  # already the 6th at home
    assert due(start, Length.parse("1d")) == at("2026-03-08 00:00")


def test_the_day_shown_is_the_one_that_ends() -> None:
    assert last_day(at("2026-03-08 00:00")) == date(2026, 3, 7)
    assert last_day(at("2026-03-08 09:30")) == date(2026, 3, 8)
    assert is_day_end(at("2026-03-08 00:00"))
    assert not is_day_end(at("2026-03-08 09:30"))


def test_make_up_workdays_are_worked_and_holidays_not() -> None:
    assert is_working_day(date(2026, 10, 10))
    assert not is_working_day(date(2026, 10, 7))
    assert not is_working_day(date(2026, 10, 11))


def test_a_year_nobody_knows_is_guessed_by_its_weekends(own_holidays: None) -> None:
    assert guessed(2090)
    assert not guessed(2026)
    assert is_working_day(date(2090, 10, 2))  # a Monday
    assert not is_working_day(date(2090, 10, 1))  # a Sunday


def test_a_county_adds_a_year(own_holidays: None) -> None:
    install_holidays("[2090]\noff = [2090-10-02]\nwork = [2090-10-07]\n")
    assert not guessed(2090)
    assert not is_working_day(date(2090, 10, 2))
    assert is_working_day(date(2090, 10, 7))
    assert due(at("2090-09-29 12:00"), Length.parse("1wd")) == at("2090-10-04 00:00")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[2090", "is not TOML"),
        ("[ninety]\noff = []\nwork = []", "a table named after a year"),
        ("[2090]\noff = []", "with off"),
        ("[2090]\noff = [2091-10-02]\nwork = []", "no day of that year"),
        ("[2090]\noff = [2090-10-01]\nwork = []", "is a weekend day"),
        ("[2090]\noff = []\nwork = [2090-10-02]", "is no weekend day"),
    ],
)
def test_a_broken_holiday_file_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadHolidays, match=reason):
        read_holidays(text)


@pytest.mark.parametrize(
    ("day", "every", "first", "last"),
    [
        (date(2026, 3, 10), "ten_day", date(2026, 3, 1), date(2026, 3, 10)),
        (date(2026, 3, 11), "ten_day", date(2026, 3, 11), date(2026, 3, 20)),
        (date(2026, 3, 31), "ten_day", date(2026, 3, 21), date(2026, 3, 31)),
        (date(2028, 2, 21), "ten_day", date(2028, 2, 21), date(2028, 2, 29)),
        (date(2026, 12, 31), "month", date(2026, 12, 1), date(2026, 12, 31)),
        (date(2026, 11, 22), "quarter", date(2026, 10, 1), date(2026, 12, 31)),
        (date(2026, 1, 1), "quarter", date(2026, 1, 1), date(2026, 3, 31)),
    ],
)
def test_periods_are_those_of_the_calendar(day: date, every: Every, first: date, last: date) -> None:
    assert period_of(day, every) == Period(first, last)


def test_by_the_fifth_after_the_quarter() -> None:
    quarter = period_of(date(2026, 11, 22), "quarter")
    assert period_due(quarter, 5) == end_of(date(2027, 1, 5))
    assert period_due(quarter, None) == end_of(date(2026, 12, 31))


days = st.dates(date(2004, 1, 1), date(2060, 12, 31))
moments = st.datetimes(datetime(2004, 1, 1), datetime(2060, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001
lengths = st.sampled_from(
    ["10min", "2h", "48h", "same day", "3d", "3wd", "15wd", "1month", "ten-day period"]
).map(Length.parse)


@given(moments, lengths)
def test_nothing_is_due_before_it_starts(start: datetime, length: Length) -> None:
    assert due(start, length) > start


@given(moments, moments, lengths)
def test_what_starts_later_is_due_no_earlier(one: datetime, other: datetime, length: Length) -> None:
    earlier, later = sorted((one, other))
    assert due(earlier, length) <= due(later, length)


@given(moments, st.integers(1, 30), st.sampled_from(["h", "d", "wd", "month"]))
def test_who_has_longer_is_due_no_earlier(start: datetime, count: int, unit: str) -> None:
    assert due(start, Length.parse(f"{count}{unit}")) <= due(start, Length.parse(f"{count + 1}{unit}"))


@given(days, st.integers(1, 20))
def test_working_days_end_on_one(day: date, count: int) -> None:
    last = add_working_days(day, count)
    assert is_working_day(last)
    between = (day + timedelta(days=n) for n in range(1, (last - day).days + 1))
    assert sum(map(is_working_day, between)) == count


@given(days, st.sampled_from(["ten_day", "month", "quarter"]))
def test_periods_follow_each_other_without_a_gap(day: date, every: Every) -> None:
    row = list(islice(periods(every, day), 12))
    assert row[0].first <= day <= row[0].last
    for one, following in pairwise(row):
        assert following.first == one.last + timedelta(days=1)


@given(days, st.integers(-30, 30))
def test_months_keep_the_day_or_take_the_last(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(lengths)
def test_lengths_are_written_as_they_are_read(length: Length) -> None:
    assert Length.parse(str(length)) == length


@pytest.mark.parametrize("text", ["", "0h", "h", "24 hours", "-1d", "24", 24, None, "10日"])
def test_what_is_no_length_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="not a length"):
        Length.parse(text)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("16w", date(2026, 4, 23), date(2026, 4, 29)),
        ("7d", date(2026, 1, 8), date(2026, 1, 8)),
        ("3m", date(2026, 4, 1), date(2026, 4, 30)),
        ("4y", date(2030, 1, 1), date(2030, 12, 31)),
    ],
)
def test_ages_are_completed(text: str, first: date, last: date) -> None:
    age = Age.parse(text)
    assert (age.first_day(date(2026, 1, 1)), age.last_day(date(2026, 1, 1))) == (first, last)
    assert str(age) == text


def test_a_child_of_29_february_has_its_months_too() -> None:
    assert Age.parse("1y").first_day(date(2028, 2, 29)) == date(2029, 2, 28)
    assert Age.parse("12m").last_day(date(2028, 2, 29)) == date(2029, 3, 28)


@pytest.mark.parametrize("text", ["", "w", "16", "-3w", "16 weeks", 16, None])
def test_what_is_no_age_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="not an age"):
        Age.parse(text)
