"""The time a paper is about: a quarter (2026Q3), a month (2026-09) or a year (2026)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Self

from conversations.care.lengths import add_months

STATISTICAL_YEAR: Final = (10, 1)
"""Month and day the year of maternal health statistics begins, one year before its name: 1 Oct – 30 Sep
(全国妇幼卫生调查制度, 报告期; as the county's five documents do not say it: (u))."""

_DAY = timedelta(days=1)
_NAME = re.compile(r"(?P<year>20\d\d)(?:Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?")
_ORDINAL: Final = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Period:
    """`name` as it is written (2026Q3, 2026-09, 2026); both days included. `statistical`: the year is that of the
    statistics, which begins in October."""

    name: str
    first: date
    last: date
    statistical: bool = False

    @classmethod
    def read(cls, name: str, *, statistical: bool = False) -> Self | None:
        """The period of this name; None: it is none. `statistical`: how a year is meant."""
        match = _NAME.fullmatch(name.strip().upper())
        if match is None:
            return None
        year = int(match["year"])
        if match["quarter"]:
            first, months = date(year, 3 * int(match["quarter"]) - 2, 1), 3
        elif match["month"]:
            first, months = date(year, int(match["month"]), 1), 1
        else:
            first, months = (date(year - 1, *STATISTICAL_YEAR) if statistical else date(year, 1, 1)), 12
        last = add_months(first, months) - _DAY
        return cls(match[0], first, last, statistical=statistical and months == 12)

    @classmethod
    def quarter_of(cls, day: date) -> Self:
        """The quarter a day lies in."""
        return cls._known(f"{day.year}Q{(day.month + 2) // 3}")

    @classmethod
    def month_of(cls, day: date) -> Self:
        """The month a day lies in."""
        return cls._known(f"{day.year}-{day.month:02d}")

    @classmethod
    def _known(cls, name: str) -> Self:
        found = cls.read(name)
        assert found is not None, name
        return found

    def before(self) -> Self:
        """The period of the same length before it."""
        day = self.first - _DAY
        if "Q" in self.name:
            return self.quarter_of(day)
        if "-" in self.name:
            return self.month_of(day)
        found = self.read(str(int(self.name) - 1), statistical=self.statistical)
        assert found is not None
        return found

    def holds(self, day: date | None) -> bool:
        """Whether a day lies in it."""
        return day is not None and self.first <= day <= self.last

    @property
    def title(self) -> str:
        """2026年第三季度; 2026年9月; 2026年; 2026统计年度（2025年10月1日至2026年9月30日）."""
        year = self.name[:4]
        if "Q" in self.name:
            return f"{year}年第{_ORDINAL[int(self.name[-1])]}季度"
        if "-" in self.name:
            return f"{year}年{int(self.name[-2:])}月"
        if self.statistical:
            return f"{year}统计年度（{_said(self.first)}至{_said(self.last)}）"
        return f"{year}年"


def _said(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


# ── as people say it ────────────────────────────────────────────────────────────────────────────────────

_YEAR = r"(?:(?P<year>20\d\d)年?|(?P<last_year>去年|上年)|(?P<this_year>今年))?的?"
_SAID_QUARTER = re.compile(_YEAR + r"第?(?:(?P<q>[一二三四1-4])季度?|(?P<q2>[1-4])季|Q(?P<q3>[1-4]))", re.I)
_SAID_MONTH = re.compile(_YEAR + r"(?<!第)(?P<m>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月份?(?!\d)")
_SAID_YEAR = re.compile(r"(?P<year>20\d\d)年?(?:度)?")


def said_period(text: str, today: date) -> Period | None:
    """The period words name (三季度, 上季度, 9月, 上个月, 去年, 2026Q3), the newest that has begun where they name no
    year; None where they name none."""
    if (plain := re.search(r"20\d\d(?:Q[1-4]|-(?:0[1-9]|1[0-2]))(?!\d)", text, re.I)) is not None:
        return Period.read(plain[0])
    if re.search(r"上(?:一|个)?个?季度?", text):
        return Period.quarter_of(today).before()
    if re.search(r"[本这](?:个)?季度?", text):
        return Period.quarter_of(today)
    if re.search(r"上(?:一|个)?个?月", text):
        return Period.month_of(today).before()
    if re.search(r"[本这](?:个)?月", text):
        return Period.month_of(today)
    if (match := _SAID_QUARTER.search(text)) is not None:
        number = _number(match["q"] or match["q2"] or match["q3"])
        return _dated(match, today, lambda year: Period.read(f"{year}Q{number}"))
    if (match := _SAID_MONTH.search(text)) is not None:
        month = _number(match["m"])
        return _dated(match, today, lambda year: Period.read(f"{year}-{month:02d}"))
    if re.search(r"今年|本年", text):
        return Period.read(str(today.year))
    if re.search(r"去年|上年", text):
        return Period.read(str(today.year - 1))
    if (match := _SAID_YEAR.search(text)) is not None:
        return Period.read(match["year"])
    return None


def _dated(match: re.Match[str], today: date, made: object) -> Period | None:
    assert callable(made)
    if match["year"]:
        year = int(match["year"])
    elif match["last_year"]:
        year = today.year - 1
    else:
        year = today.year
        if not match["this_year"]:
            period: Period | None = made(year)
            if period is not None and period.first > today:
                year -= 1
    found: Period | None = made(year)
    return found


def _number(word: str) -> int:
    if word.isdigit():
        return int(word)
    if word.startswith("十"):
        return 10 + (_ORDINAL.index(word[1]) if len(word) > 1 else 0)
    return _ORDINAL.index(word)
