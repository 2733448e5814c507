"""Days named by the lunar calendar and by festivals, and the years that a day without a year may mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import Literal, NamedTuple

from borax.calendars.lunardate import LunarDate, TermUtils

Prefer = Literal["past", "future"]

YEARS_AWAY = 8
"""How far a 29 February without a year is looked for: over 1900 and 2100 none is further away."""
LUNAR_YEARS_AWAY = 3
"""How far a lunar day without a year is looked for: a 30th may be missing, a leap month seldom comes."""


class NoSuchDay(ValueError):
    """The words name a day that the calendar does not have."""


@lru_cache(maxsize=1024)
def lunar_day(year: int, month: int, day: int, leap: bool = False) -> date:
    """The day of that lunar date; `NoSuchDay` where that year has no such leap month or day."""
    try:
        found: date = LunarDate(year, month, day, int(leap)).to_solar_date()
    except (ValueError, TypeError, IndexError) as error:
        raise NoSuchDay from error
    return found


@lru_cache(maxsize=64)
def lunar_month_of(day: date) -> tuple[int, int, bool]:
    """The lunar year and month that `day` lies in, and whether that is a leap month."""
    try:
        lunar = LunarDate.from_solar(day)
    except (ValueError, IndexError) as error:
        raise NoSuchDay from error
    return lunar.year, lunar.month, bool(lunar.leap)


def leap_years(month: int, around: int) -> list[int]:
    """The lunar years near `around` that have a leap `month`, nearest first; for an example in a refusal."""
    found = []
    for year in range(max(1900, around - 40), min(2100, around + 20)):
        try:
            lunar_day(year, month, 1, True)
        except NoSuchDay:
            continue
        found.append(year)
    return sorted(found, key=lambda year: abs(year - around))


def first_of_lunar_month(inside: date) -> date:
    """The first day of the lunar month that `inside` lies in."""
    year, month, leap = lunar_month_of(inside)
    return lunar_day(year, month, 1, leap)


def _nearest(days: Iterable[Callable[[], date]], today: date, prefer: Prefer) -> date:
    """The first of `days` that exists and lies on the preferred side of `today`, today itself included."""
    for find in days:
        try:
            day = find()
        except ValueError:
            continue
        if day <= today if prefer == "past" else day >= today:
            return day
    raise NoSuchDay


def _years(this: int, prefer: Prefer, most: int) -> list[int]:
    """The years to look in, in order; one beyond `this` first, for days shifted over its edge."""
    step = -1 if prefer == "past" else 1
    return [this + step * steps for steps in range(-1, most + 1)]


def solar_without_year(month: int, day: int, today: date, prefer: Prefer) -> date:
    """The latest such day not after `today`, or the next not before it."""
    years = _years(today.year, prefer, YEARS_AWAY)
    return _nearest((partial(date, year, month, day) for year in years), today, prefer)


def lunar_without_year(month: int, day: int, leap: bool, today: date, prefer: Prefer) -> date:
    """As `solar_without_year`, by the lunar calendar: its year begins up to seven weeks after ours."""
    years = _years(lunar_month_of(today)[0], prefer, LUNAR_YEARS_AWAY)
    return _nearest((partial(lunar_day, year, month, day, leap) for year in years), today, prefer)


# --- festivals --------------------------------------------------------------------------------------------


class Festival(NamedTuple):
    """A festival's day in a year, which is the lunar year where `lunar`."""

    day: Callable[[int], date]
    lunar: bool = False


def _solar(month: int, day: int) -> Festival:
    return Festival(lambda year: date(year, month, day))


def _lunar(month: int, day: int) -> Festival:
    return Festival(lambda year: lunar_day(year, month, day), lunar=True)


def _term(name: str) -> Festival:
    index = TermUtils.name2index(name)

    def day(year: int) -> date:
        found: date = TermUtils.nth_term_day(year, index)
        return found

    return Festival(day)


_EVE = Festival(lambda year: lunar_day(year + 1, 1, 1) - timedelta(days=1), lunar=True)

FESTIVALS: dict[str, Festival] = {
    name: what
    for names, what in (
        ("元旦", _solar(1, 1)),
        ("三八妇女节 三八节 妇女节", _solar(3, 8)),
        ("五一劳动节 劳动节 五一", _solar(5, 1)),
        ("六一儿童节 儿童节 六一", _solar(6, 1)),
        ("八一建军节 建军节", _solar(8, 1)),
        ("教师节", _solar(9, 10)),
        ("十一国庆 国庆 十一", _solar(10, 1)),
        ("圣诞", _solar(12, 25)),
        ("大年初一 年初一 春节", _lunar(1, 1)),
        ("元宵", _lunar(1, 15)),
        ("端午 端阳", _lunar(5, 5)),
        ("七夕", _lunar(7, 7)),
        ("中元节 七月半 鬼节", _lunar(7, 15)),
        ("中秋 八月半", _lunar(8, 15)),
        ("重阳", _lunar(9, 9)),
        ("腊八", _lunar(12, 8)),
        ("除夕 大年三十 年三十 大年夜", _EVE),
        *((name, _term(name)) for name in ("清明", "冬至", "夏至", "立春", "立夏", "立秋", "立冬")),
    )
    for name in names.split()
}
"""Festivals and turns of the season by their names, without a final 节."""


def festival(name: str, year: int | None, shift: int, today: date, prefer: Prefer) -> date:
    """The day `shift` days after the festival: of that year, or the latest not after `today` (or next)."""
    what, offset = FESTIVALS[name], timedelta(days=shift)
    if year is not None:
        return what.day(year) + offset
    this = lunar_month_of(today)[0] if what.lunar else today.year

    def shifted(year: int) -> date:
        return what.day(year) + offset

    years = _years(this, prefer, LUNAR_YEARS_AWAY)
    return _nearest((partial(shifted, year) for year in years), today, prefer)
