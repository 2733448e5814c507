"""Stretches of days as questions name them: 下个月, 12月, 三月到五月, 未来两周, 最近一个月, 国庆前, 10月1号到15号.

Which days are meant may depend on what is asked of them: 1月 is the next one where births are expected and the last
one where reports came in. So a stretch is found once and read towards either side.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from ..calendars import Prefer
from ..dates import find_dates
from ..numerals import number

SOON = 30
"""Days that 最近, 近期 and 快生了 look ahead or back."""
ABOUT = 7
"""Days before and after that 前后 means."""

Days = tuple[date | None, date | None]
"""First and last day, both included; None where that side is open."""

_N = r"[一二三四五六七八九十]{1,2}|\d{1,2}"
_TO = r"\s*(?:到|至|~|-+|—+|和)\s*"
_PART = r"(?P<part>上旬|中旬|下旬|上半月|下半月|月?初|月?底|月?末(?!次))?"
_MONTH = re.compile(
    rf"(?P<near>上上|下下|上|这|本|当|下)个?月(?:份)?(?!度){_PART}"
    rf"|(?:(?P<year>今年|明年|去年|20\d\d年)的?)?(?<![\d一二三四五六七八九])(?P<month>{_N})月(?:份)?(?!\d|[一二三四五六七八九十]|[号日])"
    rf"(?:(?P<range>{_TO})(?P<last>{_N})月(?:份)?(?![\d一二三四五六七八九十初])|{_PART.replace('part', 'ofmonth')})"
    rf"|(?<![\d一二三四五六七八九])(?P<bare>{_N})(?:到|至|~|-+|—+)(?P<last2>{_N})月(?:份)?(?![\d一二三四五六七八九十初])"
)
_DAYS = re.compile(
    rf"(?<!\d)(?P<m1>{_N})(?:月|\.|/)(?P<d1>\d{{1,2}}|[一二三]?十?[一二三四五六七八九十])[号日]?{_TO}"
    rf"(?:(?P<m2>{_N})(?:月|\.|/))?(?P<d2>\d{{1,2}}|[一二三]?十?[一二三四五六七八九十])[号日]?(?![\d月周岁个])(?:之间|期间)?"
)
_WEEK = re.compile(
    r"(?P<near>上上|下下|上|这|本|当|下)(?:一)?个?(?:周|星期|礼拜)(?![一二三四五六日天末]|\d)(?:之?内|里)?"
)
_COUNTED = re.compile(
    r"(?P<way>未来|今后|往后|最近|近|接下来|接下去|再过|过去|前|这|之后)?的?"
    r"(?P<n>半|[一二两三四五六七八九十]{1,3}|\d{1,2})(?P<unit>个?月|个?(?:周|星期|礼拜)|天|日|年)(?P<within>之?内|以内|里)?"
)
_QUARTER = re.compile(
    r"(?P<near>上|这|本|下)(?:一)?个?季度?|(?:(?P<year>今年|明年|去年|20\d\d年?)的?)?(?:第?(?P<n>[一二三四1-4])季度|q(?P<q>[1-4]))"
)
_YEAR = re.compile(
    r"(?P<year>今年|本年|明年|去年|20\d\d年)(?P<half>上半年|下半年|年?底前?|年内|以来|内)?|(?P<bare>上半年|下半年|年底前|年前)"
)
_NEAR = {"上上": -2, "上": -1, "下": 1, "下下": 2}
_WORDS = re.compile(
    r"(?P<today>今天|今日|本日|当天|当日|today)|(?P<yesterday>昨天|昨日)|(?P<tomorrow>明天|明日)|(?P<soon>最近|近期|近来)"
)
_ENGLISH = re.compile(r"(?P<near>this|next|last)\s+(?P<unit>week|month)")
_EDGE = re.compile(r"\s*(?:(?P<about>前后|左右|期间)|(?P<before>(?:之|以)?前)|(?P<after>(?:之|以)?后|起))")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days named between `start` and `end` of a text: `ahead` where they lie before us, `back` where behind."""

    start: int
    end: int
    ahead: Days
    back: Days

    def days(self, prefer: Prefer) -> Days:
        """The days meant by who asks about the future (due) or the past (reported)."""
        return self.ahead if prefer == "future" else self.back


def stretches(text: str, today: date) -> list[Stretch]:
    """All stretches of days in a folded `text`; they may overlap, the longest at a place is the one to take."""
    found = [*_months(text, today), *_weeks(text, today), *_counted(text, today), *_longer(text, today)]
    return [*found, *_named(text, today)]


def _both(match: re.Match[str], days: Days | None) -> list[Stretch]:
    return [Stretch(*match.span(), days, days)] if days else []


def month(index: int) -> Days:
    """A whole month; `index` counts months from the year 0."""
    year, ordinal = index // 12, index % 12 + 1
    return date(year, ordinal, 1), date(year, ordinal, monthrange(year, ordinal)[1])


def _part(days: Days, part: str | None) -> Days:
    """The ten days, or the half, of a month that 上旬 or 底 names."""
    first = days[0]
    if not part or first is None:
        return days
    last = monthrange(first.year, first.month)[1]
    if part.endswith("半月"):
        low, high = (1, 15) if part[0] == "上" else (16, last)
    else:
        kind = part.removeprefix("月")[0]
        low, high = {"上": (1, 10), "初": (1, 10), "中": (11, 20)}.get(kind, (21, last))
    return first.replace(day=low), first.replace(day=high)


def _year(word: str | None, today: date) -> int | None:
    if not word:
        return None
    if word[0].isdigit():
        return int(word[:4])
    return today.year + {"去": -1, "明": 1}.get(word[0], 0)


def _ordinal(words: str | None, most: int) -> int | None:
    value = number(words) if words else None
    return value if isinstance(value, int) and 1 <= value <= most else None


def _months(text: str, today: date) -> list[Stretch]:
    found: list[Stretch] = []
    this = today.year * 12 + today.month - 1
    for match in _MONTH.finditer(text):
        if match["near"]:
            found += _both(match, _part(month(this + _NEAR.get(match["near"], 0)), match["part"]))
            continue
        first = _ordinal(match["month"] or match["bare"], 12)
        last = _ordinal(match["last"] or match["last2"], 12) if match["range"] or match["bare"] else first
        if first is None or last is None:
            continue
        year = _year(match["year"], today)
        ahead, back = (
            (year if year is not None else today.year + shift) * 12 + first - 1
            for shift in (int(first < today.month), -int(first > today.month))
        )
        more = (last - first) % 12
        found.append(
            Stretch(
                *match.span(),
                *(
                    (
                        _part(month(begins), match["ofmonth"])[0],
                        _part(month(begins + more), match["ofmonth"])[1],
                    )
                    for begins in (ahead, back)
                ),
            )
        )
    return found


def _weeks(text: str, today: date) -> list[Stretch]:
    found: list[Stretch] = []
    for match in _WEEK.finditer(text):
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=_NEAR.get(match["near"], 0))
        found += _both(match, (monday, monday + timedelta(days=6)))
    for match in _WORDS.finditer(text):
        if match["soon"]:
            reach = timedelta(days=SOON)
            found.append(Stretch(*match.span(), (today, today + reach), (today - reach, today)))
        else:
            day = today + timedelta(days=1 if match["tomorrow"] else -1 if match["yesterday"] else 0)
            found += _both(match, (day, day))
    for match in _ENGLISH.finditer(text):
        shift = {"last": -1, "next": 1}.get(match["near"], 0)
        if match["unit"] == "month":
            found += _both(match, month(today.year * 12 + today.month - 1 + shift))
        else:
            monday = today - timedelta(days=today.weekday()) + timedelta(weeks=shift)
            found += _both(match, (monday, monday + timedelta(days=6)))
    return found


def _counted(text: str, today: date) -> list[Stretch]:
    """未来两周, 最近一个月, 三天内: seen from today."""
    found: list[Stretch] = []
    for match in _COUNTED.finditer(text):
        if not (match["way"] or match["within"]):
            continue
        many = 0.5 if match["n"] == "半" else number(match["n"].replace("两", "二"))
        if many is None:
            continue
        unit = match["unit"].removeprefix("个")
        length = {"月": 30, "天": 1, "日": 1, "年": 365}.get(unit, 7)
        reach = timedelta(days=round(length * many))
        ahead, back = (today, today + reach), (today - reach, today)
        if match["way"] in ("过去", "前"):
            ahead = back
        elif match["way"] in ("未来", "今后", "往后", "接下来", "接下去", "再过", "之后"):
            back = ahead
        found.append(Stretch(*match.span(), ahead, back))
    return found


def _longer(text: str, today: date) -> list[Stretch]:
    """Quarters, halves and years."""
    found: list[Stretch] = []
    for match in _QUARTER.finditer(text):
        quarter = (today.month - 1) // 3
        year = _year(match["year"], today) if match["year"] else today.year
        assert year is not None
        if match["near"]:
            index = year * 12 + 3 * (quarter + _NEAR.get(match["near"], 0))
        else:
            index = year * 12 + 3 * ((_ordinal(match["n"] or match["q"], 4) or 1) - 1)
        found += _both(match, (month(index)[0], month(index + 2)[1]))
    for match in _YEAR.finditer(text):
        year = _year(match["year"], today) or today.year
        half = match["half"] or match["bare"] or ""
        first, last = date(year, 1, 1), date(year, 12, 31)
        if half == "上半年":
            last = date(year, 6, 30)
        elif half == "下半年":
            first = date(year, 7, 1)
        elif "底" in half or (half in ("年前", "年内") and year == today.year):
            found.append(Stretch(*match.span(), (max(first, today), last), (first, last)))
            continue
        found += _both(match, (first, last))
    return found


def _named(text: str, today: date) -> list[Stretch]:
    """Between two days, until or from a day, about a day, on a day."""
    found: list[Stretch] = []
    for match in _DAYS.finditer(text):
        ahead, back = _between(match, today, 1), _between(match, today, -1)
        if ahead and back:
            found.append(Stretch(*match.span(), ahead, back))
    for start, end, day in _days(text, today):
        edge = _EDGE.match(text, end)
        if edge is None:
            found.append(Stretch(start, end, (day, day), (day, day)))
        elif edge["about"]:
            days = day - timedelta(days=ABOUT), day + timedelta(days=ABOUT)
            found.append(Stretch(start, edge.end(), days, days))
        elif edge["before"]:
            found.append(
                Stretch(start, edge.end(), (today, day) if day >= today else (None, day), (None, day))
            )
        else:
            found.append(Stretch(start, edge.end(), (day, None), (day, None)))
    return found


def _days(text: str, today: date) -> list[tuple[int, int, date]]:
    """The days named outright. 前 and 后 are taken off first: 国庆前 names no day, 国庆 does."""
    blanked = re.sub(
        r"(?<=[节庆旦日号夕午])(?:前后|左右|期间|[之以]?[前后])", lambda found: " " * len(found[0]), text
    )
    return [
        (one.start, one.end, one.value)
        for one in find_dates(blanked, today, prefer="future")
        if isinstance(one.value, date)
    ]


def _between(match: re.Match[str], today: date, side: int) -> Days | None:
    """10月1号到15号: the next such stretch (`side` 1), or the last."""
    m1, m2 = _ordinal(match["m1"], 12), _ordinal(match["m2"] or match["m1"], 12)
    d1, d2 = _ordinal(match["d1"], 31), _ordinal(match["d2"], 31)
    if m1 is None or m2 is None or d1 is None or d2 is None:
        return None
    try:
        first = date(today.year, m1, d1)
        last = date(today.year + (m2 < m1), m2, d2)
        if first > last:
            return None
        if side > 0 and last < today:
            first, last = first.replace(year=first.year + 1), last.replace(year=last.year + 1)
        elif side < 0 and first > today:
            first, last = first.replace(year=first.year - 1), last.replace(year=last.year - 1)
    except ValueError:
        return None
    return first, last
