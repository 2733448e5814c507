"""Days named by the lunar calendar and by festivals, and the years that a day without a year may mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from borax.calendars.lunardate import LunarDate, TermUtils

Prefer = Literal["past", "future"]

YEARS_BACK = 8
"""A 29 February without a year is looked for this many years: over 1900 and 2100 none is further away."""
LUNAR_YEARS_BACK = 3
"""A lunar day without a year is looked for this many years: a 30th may be missing, a leap month seldom comes."""


class NoSuchDay(ValueError):
    """The words name a day that the calendar does not have."""


@lru_cache(maxsize=1024)
def lunar_day(year: int, month: int, day: int, leap: bool = False) -> date:
    """The day of that lunar date; `NoSuchDay` when that year has no such leap month, or the month no such day."""
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


def nearest(candidates: Iterable[Callable[[], date]], today: date, prefer: Prefer) -> date:
    """The first candidate that exists and lies on the preferred side of `today`, today itself included."""
    for candidate in candidates:
        try:
            day = candidate()
        except ValueError:
            continue
        if day <= today if prefer == "past" else day >= today:
            return day
    raise NoSuchDay


def solar_without_year(month: int, day: int, today: date, prefer: Prefer) -> date:
    """The latest such day not after `today`, or the next not before it."""
    step = -1 if prefer == "past" else 1
    years = (today.year + step * back for back in range(YEARS_BACK + 1))
    return nearest(((lambda year=year: date(year, month, day)) for year in years), today, prefer)


def lunar_without_year(month: int, day: int, leap: bool, today: date, prefer: Prefer) -> date:
    """As `solar_without_year`, by the lunar calendar: its year begins up to seven weeks after ours."""
    this, _, _ = lunar_month_of(today)
    step = -1 if prefer == "past" else 1
    years = (this + step * back for back in range(LUNAR_YEARS_BACK + 1))
    return nearest(((lambda year=year: lunar_day(year, month, day, leap)) for year in years), today, prefer)


def _eve(year: int) -> date:
    return lunar_day(year + 1, 1, 1) - timedelta(days=1)


def _term(name: str) -> Callable[[int], date]:
    index = TermUtils.name2index(name)

    def day(year: int) -> date:
        found: date = TermUtils.nth_term_day(year, index)
        return found

    return day


def _solar(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _lunar(month: int, day: int) -> Callable[[int], date]:
    return lambda year: lunar_day(year, month, day)


FESTIVALS: dict[str, tuple[Callable[[int], date], bool]] = {
    **{name: (_solar(1, 1), False) for name in ("元旦",)},
    **{name: (_solar(3, 8), False) for name in ("三八妇女节", "三八节", "妇女节")},
    **{name: (_solar(5, 1), False) for name in ("五一劳动节", "五一节", "劳动节", "五一")},
    **{name: (_solar(6, 1), False) for name in ("六一儿童节", "六一节", "儿童节", "六一")},
    **{name: (_solar(8, 1), False) for name in ("八一建军节", "建军节")},
    **{name: (_solar(9, 10), False) for name in ("教师节",)},
    **{name: (_solar(10, 1), False) for name in ("十一国庆节", "十一国庆", "国庆节", "国庆", "十一")},
    **{name: (_solar(12, 25), False) for name in ("圣诞节", "圣诞")},
    **{name: (_lunar(1, 1), True) for name in ("大年初一", "年初一", "春节", "正月初一")},
    **{name: (_lunar(1, 15), True) for name in ("元宵节", "元宵")},
    **{name: (_lunar(5, 5), True) for name in ("端午节", "端阳节", "端午")},
    **{name: (_lunar(7, 7), True) for name in ("七夕节", "七夕")},
    **{name: (_lunar(7, 15), True) for name in ("中元节", "七月半", "鬼节")},
    **{name: (_lunar(8, 15), True) for name in ("八月十五中秋", "八月半", "中秋节", "中秋")},
    **{name: (_lunar(9, 9), True) for name in ("重阳节", "重阳")},
    **{name: (_lunar(12, 8), True) for name in ("腊八节", "腊八")},
    **{name: (_eve, True) for name in ("大年三十", "年三十", "大年夜", "除夕")},
    **{name: (_term(name), False) for name in ("冬至", "夏至", "立春", "立夏", "立秋", "立冬")},
    **{name: (_term("清明"), False) for name in ("清明节", "清明")},
}
"""What each festival's name means: the day in a year, and whether that is a lunar year."""


def festival(name: str, year: int | None, shift: int, today: date, prefer: Prefer) -> date:
    """The festival's day, `shift` days on. `shift_years` as in 去年中秋 is given as the year itself."""
    find, lunar = FESTIVALS[name]
    offset = timedelta(days=shift)
    if year is not None:
        return find(year) + offset
    this = lunar_month_of(today)[0] if lunar else today.year
    # One year further on the other side too: 除夕后两天 lies in the next lunar year.
    steps = (1, 0, -1, -2) if prefer == "past" else (-1, 0, 1, 2)
    years = (this + step for step in steps)
    return nearest(((lambda year=year: find(year) + offset) for year in years), today, prefer)
