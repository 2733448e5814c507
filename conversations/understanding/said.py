"""What all forms of naming a day share: a match and its day of speaking, pieces of patterns, answers."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from conversations.text import Ambiguous, Refusal, T, Text
from conversations.understanding.calendars import NoSuchDay, Prefer, lunar_month_of
from conversations.understanding.numerals import number


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, both ends included: what 上个月, 9月底 or 这周 name."""

    start: date
    end: date


Reading = date | Period | Refusal | Ambiguous | None
"""A reader's answer; None where the words turn out to name no day."""


@dataclass(frozen=True, slots=True)
class Said:
    """One match of a form, and the day it was said on."""

    match: re.Match[str]
    today: date
    prefer: Prefer

    def __getitem__(self, name: str) -> str | None:
        """The words of that group; None where the form has no such group or it matched nothing."""
        return self.match[name] or None if name in self.match.re.groupindex else None

    @property
    def words(self) -> str:
        """All that matched."""
        return self.match.group()

    @property
    def whole(self) -> bool:
        """Whether the message says nothing else."""
        return len(self.words) == len(self.match.string)

    def wanted(self, day: date) -> bool:
        """Whether `day` lies on the preferred side of the day of speaking."""
        return day <= self.today if self.prefer == "past" else day >= self.today


class Form(NamedTuple):
    """A way of naming a day: the characters it may begin with, its pattern, and who reads it."""

    first: str
    pattern: re.Pattern[str]
    read: Callable[[Said], Reading]


def form(first: str, pattern: str, read: Callable[[Said], Reading]) -> Form:
    """A form from its pattern as text."""
    return Form(first, re.compile(pattern), read)


# --- pieces of patterns -----------------------------------------------------------------------------------

FIGURES = "0123456789"
SPELT = "一二三四五六七八九"
DIGIT = f"〇零{SPELT}"

YEAR = (
    rf"(?:(?P<year>(?:19|20)[0-9]{{2}}|[0-9]{{2}}|[一二][{DIGIT}]{{3}}|[{DIGIT}]{{2}}) ?年"
    r"|(?P<iso>(?:19|20)[0-9]{2})[./\- ]"
    r"|(?P<ryear>大前年|前年|去年|旧年|上年|今年|本年|明年|来年|后年)的?)"
)
YEAR_FIRST = f"{FIGURES}{DIGIT}大前去旧上今本明来后"

LUNAR = "农历|阴历|旧历|古历|老历|夏历"
SOLAR = "阳历|公历|新历|国历|西历"
CALENDAR = (
    rf"(?P<{{}}>(?:{LUNAR}|{SOLAR})[的是:,]? ?"
    rf"|[农阴阳](?=[闰正冬腊元{FIGURES}{SPELT}十][0-9一二]?[月./\-]))?"
)
CALENDAR_FIRST = "农阴旧古老夏阳公新国西"
AFTER = rf"(?: ?\(?(?P<after>{LUNAR}|{SOLAR})\)?)?"

DAY = rf"(?P<day>初[{FIGURES}{SPELT}十]|[0-9]{{1,2}}|[廿卅][{SPELT}]?|[一二三]?十[{SPELT}]?|[{SPELT}])"

COUNTED = "个周星礼天岁斤公千克kKgG次点时胎人:℃度%元块厘毫米小分例名户组栋楼单床室村队多余"
"""What makes the number before it an amount, not a day."""

NO_COUNT = rf"(?![{FIGURES}{DIGIT}十廿百月]|[./+]?[0-9]| ?[{COUNTED}]|[\-~到至])"

COUNT = rf"(?:[0-9]{{1,3}}|[{SPELT}两十廿卅]{{1,3}}|十?几|好几|半)"

PART = rf"(?:初(?![{FIGURES}{SPELT}十])|[上中下]旬|底|末(?!次)|中(?![午秋旬])|头上)"


# --- readers' tools ---------------------------------------------------------------------------------------


def whole_number(word: str | None) -> int:
    """The number of a day, month or year word, 初 or not; `NoSuchDay` where it is none."""
    value = number(word.removeprefix("初")) if word else None
    if not isinstance(value, int):
        raise NoSuchDay
    return value


_YEARS_ON = {"大前年": -3, "前年": -2, "去年": -1, "旧年": -1, "上年": -1, "明年": 1, "来年": 1, "后年": 2}


def year_of(said: Said, *, lunar: bool) -> int | None:
    """The year the words state, if any. Two digits are of this century unless that lies over a year ahead.

    去年 counts lunar years before a lunar day: in January, last year's 腊月 is a year ago, not a few days.
    """
    if relative := said["ryear"]:
        this = lunar_month_of(said.today)[0] if lunar else said.today.year
        return this + _YEARS_ON.get(relative, 0)
    word = said["year"] or said["iso"]
    if word is None:
        return None
    year = whole_number(word)
    return year if len(word) > 2 else century(year, said.today)


def century(two_digits: int, today: date) -> int:
    """The year of two digits: 26 is 2026, 95 is 1995."""
    year = 2000 + two_digits
    return year if year <= today.year + 1 else year - 100


def month_part(year: int, month: int, part: str | None) -> Period:
    """A month, or the ten days of it that 初, 中旬 or 底 name."""
    last = calendar.monthrange(year, month)[1]
    parts = {"初": (1, 10), "上": (1, 10), "头": (1, 10), "中": (11, 20), "下": (21, last), "底": (21, last)}
    start, end = parts.get("底" if part == "末" else (part or " ")[0], (1, last))
    return Period(date(year, month, start), date(year, month, end))


def months_on(today: date, months: int) -> tuple[int, int]:
    """Year and month that lie so many months after that of `today`."""
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return year, month + 1


def impossible(words: str) -> Refusal:
    """There is no such day."""
    return Refusal(T("没有{words}这一天，请再看一下日期，比如 9月3号 或 2026.9.3。", words=words))


def which_day(words: str) -> Refusal:
    """The words leave the day open."""
    return Refusal(T("{words}是哪一天？请说到日，比如 9月3号。", words=words))


def either(*readings: tuple[date, Text]) -> Ambiguous:
    """Several days, each with the words to tell it by, likeliest first."""
    return Ambiguous("date", tuple((day.isoformat(), label) for day, label in readings))
