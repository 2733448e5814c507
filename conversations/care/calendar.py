"""Working days and due times, all in China's one time.

Holidays and make-up workdays come from `chinesecalendar`; for years it does not know from a holiday file (see
holidays.toml), and where that is silent too the weekend rule stands in and `guessed` says so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from chinese_calendar import is_workday

from conversations.care.lengths import Length, add_months
from conversations.local_time import LOCAL

Every = Literal["ten_day", "month", "quarter"]

_DAY = timedelta(days=1)


class BadHolidays(Exception):
    """A holiday file that cannot be used: the year, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Year:
    """The days of one year that differ from the weekend rule."""

    off: frozenset[date]
    work: frozenset[date]


def read_holidays(text: str) -> dict[int, Year]:
    """The years of a holiday file. A day outside its year, a day off at a weekend or a make-up workday on a
    weekday is refused: it is a slip of the pen, and would move deadlines silently."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise BadHolidays(f"is not TOML: {wrong}") from None
    return dict(_year(year, days) for year, days in table.items())


def _year(year: str, days: object) -> tuple[int, Year]:
    if not (year.isdigit() and len(year) == 4 and isinstance(days, dict) and set(days) == {"off", "work"}):
        raise BadHolidays(f"[{year}]: a table named after a year, with off = […] and work = […]")
    for key, weekend in (("off", False), ("work", True)):
        for day in days[key]:
            if type(day) is not date or day.year != int(year):
                raise BadHolidays(f"[{year}] {key}: {day} is no day of that year")
            if (day.weekday() > 4) is not weekend:
                raise BadHolidays(f"[{year}] {key}: {day} is {'no' if weekend else 'a'} weekend day")
    return int(year), Year(frozenset(days["off"]), frozenset(days["work"]))


_years: dict[int, Year] = read_holidays(
    files("conversations.care").joinpath("holidays.toml").read_text("utf-8")
)


def install_holidays(text: str) -> None:
    """Add the years of a county's holiday file, all or none; they go before the library's."""
    _years.update(read_holidays(text))
    is_working_day.cache_clear()


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Whether offices work that day: holidays off, make-up workdays on; the weekend rule for guessed years."""
    if (year := _years.get(day.year)) is not None:
        return day in year.work or (day.weekday() < 5 and day not in year.off)
    try:
        return bool(is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def guessed(year: int) -> bool:
    """Whether the holidays of this year are not known, so that the weekend rule stands in."""
    if year in _years:
        return False
    try:
        is_workday(date(year, 1, 1))
    except NotImplementedError:
        return True
    return False


# ── due times ───────────────────────────────────────────────────────────────────────────────────────────


def midnight(day: date) -> datetime:
    """00:00 of a day, local."""
    return datetime.combine(day, time(), LOCAL)


def end_of(day: date) -> datetime:
    """24:00 of a day, local: the first moment that is too late. `last_day` gives the day back."""
    return midnight(day + _DAY)


def last_day(due_at: datetime) -> date:
    """The day a due time is shown with: of 24:00 the day it ends, not the one it begins."""
    return (due_at.astimezone(LOCAL) - timedelta(microseconds=1)).date()


def is_day_end(due_at: datetime) -> bool:
    """Whether it is 24:00 of a day, to be shown as the day alone."""
    return due_at.astimezone(LOCAL).time() == time()


def due(start: datetime, length: Length) -> datetime:
    """When what started then is due (aware): minutes and hours exactly, all else at 24:00 local of the last
    day, the day it starts not counted. A ten-day period ends with the one `start` lies in."""
    if length.unit == "min":
        return start + timedelta(minutes=length.count)
    if length.unit == "h":
        return start + timedelta(hours=length.count)
    day = start.astimezone(LOCAL).date()
    if length.unit == "ten_day":
        return end_of(period_of(day, "ten_day").last)
    if length.unit == "month":
        return end_of(add_months(day, length.count))
    if length.unit == "wd":
        return end_of(add_working_days(day, length.count))
    return end_of(day + length.count * _DAY)


def add_working_days(day: date, count: int) -> date:
    """The `count`-th working day after `day`, which is not counted itself; 0: `day`."""
    while count > 0:
        day += _DAY
        count -= is_working_day(day)
    return day


# ── periods ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Period:
    """A ten-day period (上旬 to the 10th, 中旬 to the 20th, 下旬 to the end), a month, or a quarter; both days
    included."""

    first: date
    last: date


def period_of(day: date, every: Every) -> Period:
    """The period a day lies in."""
    first_of_month = day.replace(day=1)
    if every == "ten_day":
        tenth = min((day.day - 1) // 10, 2)
        first = first_of_month.replace(day=tenth * 10 + 1)
        last = first.replace(day=(tenth + 1) * 10) if tenth < 2 else add_months(first_of_month, 1) - _DAY
        return Period(first, last)
    months = 1 if every == "month" else 3
    first = add_months(first_of_month, -((day.month - 1) % months))
    return Period(first, add_months(first, months) - _DAY)


def period_due(period: Period, day: int | None) -> datetime:
    """When what is owed for a period is due: 24:00 of the `day`-th of the month after it, or of its last day."""
    if day is None:
        return end_of(period.last)
    return end_of((period.last + _DAY).replace(day=day))


def periods(every: Every, since: date) -> Iterator[Period]:
    """The period `since` lies in, and all after it."""
    while True:
        period = period_of(since, every)
        yield period
        since = period.last + _DAY
