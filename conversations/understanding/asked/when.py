"""Stretches of days as questions name them: 下个月, 12月, 腊月, 三月到五月, 未来两周, 最近一个月, 国庆前, 10月1号到15号.

Which days are meant may depend on what is asked of them: 1月 is the next one where births are expected and the last
one where reports came in. So a stretch is found once and read towards either side.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from ..calendars import Prefer, first_of_lunar_month, lunar_day, lunar_month_of, lunar_without_year
from ..dates import find_dates
from ..numerals import number

SOON = 30
"""Days that 最近, 近期 and 快生了 look ahead or back."""
ABOUT = 7
"""Days before and after that 前后 means."""

Days = tuple[date | None, date | None]
"""First and last day, both included; None where that side is open."""

_N = r"[一二三四五六七八九十]{1,2}|\d{1,2}"
_TO = r"\s*(?:到|至|~|-+|—+)\s*"
_AND = r"\s*(?:[、,，/和与跟及]|以及)\s*"
_PART = r"(?P<part>上旬|中旬|下旬|上半月|下半月|月?初|月?底|月?末(?!次))?"
_MONTH = re.compile(
    rf"(?P<again>再)?(?P<near>上上|下下|上|这|本|当|下)(?:(?<=[上下])一)?个?月(?:份)?(?!度){_PART}"
    rf"|(?:(?P<year>今年|明年|去年|20\d\d年)的?)?(?<![\d一二三四五六七八九])(?P<month>{_N})月(?:份)?(?!\d|[一二三四五六七八九十]|[号日])"
    rf"(?:(?P<range>{_TO})(?P<last>{_N})月(?:份)?(?![\d一二三四五六七八九十初])|{_PART.replace('part', 'ofmonth')})"
    rf"|(?<![\d一二三四五六七八九])(?P<bare>{_N})(?:到|至|~|-+|—+)(?P<last2>{_N})月(?:份)?(?![\d一二三四五六七八九十初])"
)
_THIS_OR_NEXT = re.compile(
    r"(?<![上下这本当个每按满足\d一二三四五六七八九十半两几正腊冬闰年])月(?P<part>初|中旬?|底|末(?!次))(?P<before>(?:之|以)?前)?(?!经)"
)
"""月底要生的: of this month, or of the next where it is over here; 月底前: from now until then."""
_LISTED = re.compile(
    rf"(?<![\d一二三四五六七八九十.])(?:{_N})月?(?:份)?(?:{_AND}(?:{_N})(?:月(?:份)?)?)+(?<=[月份])(?!\d|[一二三四五六七八九十]|[号日初])"
)
_DAYS = re.compile(
    rf"(?<!\d)(?P<m1>{_N})(?:月|\.|/)(?P<d1>\d{{1,2}}|[一二三]?十?[一二三四五六七八九十])[号日]?(?:{_TO}|(?P<and>{_AND}))"
    rf"(?:(?P<m2>{_N})(?:月|\.|/))?(?P<d2>\d{{1,2}}|[一二三]?十?[一二三四五六七八九十])[号日]?(?![\d月周岁个])(?:之间|期间)?"
)
_WEEK = re.compile(
    r"(?P<again>再)?(?P<near>上上|下下|上|这|本|当|下)(?:一)?个?(?:周|星期|礼拜)(?![一二三四五六日天末]|\d)(?:之?内|里)?"
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
_TWICE = ("上上", "下下")
_WORDS = re.compile(
    r"(?P<today>今天|今日|本日|当天|当日|today)|(?P<yesterday>昨天|昨日)|(?P<tomorrow>明天|明日)|(?P<soon>最近|近期|近来)"
)
_ENGLISH = re.compile(r"(?P<near>this|next|last)\s+(?P<unit>week|month)")
_EDGE = re.compile(
    r"\s*(?:(?P<holiday>那几[天日]|(?:小?长假|假期|放假)(?:期间|那几天)?)|(?P<about>前后|左右|期间)|(?P<before>(?:之|以)?前)|(?P<after>(?:之|以)?后|起))"
)
_HOLIDAYS = (
    ("国庆", 0, 6),
    ("十一", 0, 6),
    ("五一", 0, 4),
    ("劳动节", 0, 4),
    ("春节", -1, 6),
    ("初一", -1, 6),
    ("除夕", 0, 7),
    ("过年", 0, 7),
)
"""Days before and after the day itself that are free (全国年节及纪念日放假办法 with the days usually moved to them); of the
others three days are meant, of new year the three after it."""
_AS_LONG = re.compile(r"(?:十一|国庆|五一|劳动)[^前后]{0,3}期间")
_LUNAR = re.compile(r"(?:农历|阴历)?(?P<name>[正冬腊])月(?:份)?(?:里头?)?(?![初十廿底末一二三\d])")
_LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12}
_AFTER_NEW_YEAR = re.compile(r"(?<![\u4e00-\u9fff\d])年后")
_NEW_YEAR = re.compile(r"过年(?![货夜])(?P<after>(?:之|以)?后)?")
_NATIONAL = re.compile(
    r"(?<![\d〇零一二三四五六七八九十])十一(?=那几[天日]|小?长假|假期|放假|期间|[之以]?[前后](?![天周个]))"
)
_SIDE = re.compile(
    r"(?:(?<=[节庆旦日号夕午秋阳宵])|(?<=五一)|(?<=十一)|(?<=清明))"
    r"(?:那几[天日]|(?:小?长假|假期|放假)(?:期间|那几天)?|前后|左右|期间|[之以]?[前后])"
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days named between `start` and `end` of a text: `ahead` where they lie before us, `back` where behind.

    `step`: how many of its `unit` they are from this one, where they were named so (下个月: 1); `again`: named from those
    spoken of last (再下个月).
    """

    start: int
    end: int
    ahead: Days
    back: Days
    unit: Literal["month", "week"] | None = None
    step: int = 0
    again: bool = False

    def days(self, prefer: Prefer) -> Days:
        """The days meant by who asks about the future (due) or the past (reported)."""
        return self.ahead if prefer == "future" else self.back


def stretches(text: str, today: date) -> list[Stretch]:
    """All stretches of days in a folded `text`; they may overlap, the longest at a place is the one to take."""
    found = [
        *_months(text, today),
        *_parts(text, today),
        *_weeks(text, today),
        *_counted(text, today),
        *_longer(text, today),
        *_lunar(text, today),
    ]
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


def _through(first: int, last: int, part: str | None) -> Days:
    return _part(month(first), part)[0], _part(month(last), part)[1]


def _year(word: str | None, today: date) -> int | None:
    if not word:
        return None
    if word[0].isdigit():
        return int(word[:4])
    return today.year + {"去": -1, "明": 1}.get(word[0], 0)


def _ordinal(words: str | None, most: int) -> int | None:
    value = number(words) if words else None
    return value if isinstance(value, int) and 1 <= value <= most else None


def _steps(match: re.Match[str]) -> tuple[bool, int]:
    """下个月 is one on, 下下个月 two; so is 再下个月, where nothing was spoken of before."""
    step = _NEAR.get(match["near"], 0)
    again = bool(match["again"]) and abs(step) == 1
    return again, step * 2 if again else step


def _begins(first: int, more: int, today: date) -> tuple[int, int]:
    """Where such months begin: the next that are not over, and the last that have begun."""
    this = today.year * 12 + today.month - 1
    ahead = next(at for at in range(this - more, this + 12) if at % 12 == first - 1)
    return ahead, this - (this - first + 1) % 12


def _listed(text: str, today: date) -> list[Stretch]:
    """11、12月, 10月、11月和12月: months one after the other. Others are no stretch, and so not covered by any."""
    found: list[Stretch] = []
    for match in _LISTED.finditer(text):
        named = [_ordinal(one, 12) for one in re.findall(_N, match[0])]
        first, last = named[0], named[-1]
        if first is None or last is None or None in named:
            continue
        if [(first + away - 1) % 12 + 1 for away in range(len(named))] != named:
            continue
        more = len(named) - 1
        ahead, back = _begins(first, more, today)
        found.append(
            Stretch(
                *match.span(),
                (month(ahead)[0], month(ahead + more)[1]),
                (month(back)[0], month(back + more)[1]),
            )
        )
    return found


def _months(text: str, today: date) -> list[Stretch]:
    found: list[Stretch] = _listed(text, today)
    this = today.year * 12 + today.month - 1
    for match in _MONTH.finditer(text):
        if match["near"]:
            again, step = _steps(match)
            days = _part(month(this + step), match["part"])
            whole: Literal["month"] | None = None if match["part"] else "month"
            found.append(Stretch(*match.span(), days, days, whole, step, again))
            if match["near"] in _TWICE:  # 看一下下个月
                days = _part(month(this + step // 2), match["part"])
                found.append(Stretch(match.start("near") + 1, match.end(), days, days, whole, step // 2))
            continue
        first = _ordinal(match["month"] or match["bare"], 12)
        last = _ordinal(match["last"] or match["last2"], 12) if match["range"] or match["bare"] else first
        if first is None or last is None:
            continue
        year = _year(match["year"], today)
        more = (last - first) % 12
        ahead, back = (year * 12 + first - 1,) * 2 if year is not None else _begins(first, more, today)
        found.append(
            Stretch(
                *match.span(),
                _through(ahead, ahead + more, match["ofmonth"]),
                _through(back, back + more, match["ofmonth"]),
            )
        )
    return found


def _parts(text: str, today: date) -> list[Stretch]:
    this = today.year * 12 + today.month - 1
    found: list[Stretch] = []
    for match in _THIS_OR_NEXT.finditer(text):
        part = match["part"].removesuffix("旬")
        here = _part(month(this), part)
        assert here[0] is not None
        assert here[1] is not None
        ahead = here if here[1] >= today else _part(month(this + 1), part)
        back = here if here[0] <= today else _part(month(this - 1), part)
        if match["before"]:
            ahead, back = (today, ahead[1]), (None, back[1])
        found.append(Stretch(*match.span(), ahead, back))
    return found


def _lunar(text: str, today: date) -> list[Stretch]:
    """腊月, 正月, 冬月: months of the lunar calendar by names that no other has."""
    found: list[Stretch] = []
    for match in _LUNAR.finditer(text):
        number = _LUNAR_MONTHS[match["name"]]
        this = lunar_month_of(today)[0]
        months = [_lunar_month(this + away, number) for away in (-1, 0, 1)]
        ahead = next(days for days in months if days[1] >= today)
        back = next(days for days in reversed(months) if days[0] <= today)
        found.append(Stretch(*match.span(), ahead, back))
    for match in _AFTER_NEW_YEAR.finditer(text):
        day = lunar_without_year(1, 1, False, today, "future")
        found.append(Stretch(*match.span(), (day, None), (day, None)))
    return found


def _lunar_month(year: int, number: int) -> tuple[date, date]:
    """Its first and last day; a leap one after it is another."""
    first = lunar_day(year, number, 1)
    return first, first_of_lunar_month(first + timedelta(days=32)) - timedelta(days=1)


def _weeks(text: str, today: date) -> list[Stretch]:
    found: list[Stretch] = []
    for match in _WEEK.finditer(text):
        again, step = _steps(match)
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        days = monday, monday + timedelta(days=6)
        found.append(Stretch(*match.span(), days, days, "week", step, again))
        if match["near"] in _TWICE:
            nearer = (days[0] - timedelta(weeks=step // 2), days[1] - timedelta(weeks=step // 2))
            found.append(Stretch(match.start("near") + 1, match.end(), nearer, nearer, "week", step // 2))
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
        if edge is not None and (edge["holiday"] or _AS_LONG.match(text, start)):
            before, after = _holiday(text[start:end])
            days = day - timedelta(days=before), day + timedelta(days=after)
            found.append(Stretch(start, edge.end(), days, days))
        elif edge is None:
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


def _holiday(name: str) -> tuple[int, int]:
    """Days before and after a festival that 那几天 and 假期 mean."""
    if "元旦" in name:
        return 0, 2
    return next(((-first, last) for word, first, last in _HOLIDAYS if word in name), (1, 1))


def _days(text: str, today: date) -> list[tuple[int, int, date]]:
    """The days named outright. 前 and 后 are taken off first: 国庆前 names no day, 国庆 does. 过年 begins on 除夕, what
    comes after it on 春节."""
    lunar = _NEW_YEAR.sub(lambda found: ("春节" if found["after"] else "除夕") + found[0][2:], text)
    blanked = _SIDE.sub(lambda found: " " * len(found[0]), _NATIONAL.sub("国庆", lunar))
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
        if first > last or (match["and"] and last - first != timedelta(days=1)):
            return None
        if side > 0 and last < today:
            first, last = first.replace(year=first.year + 1), last.replace(year=last.year + 1)
        elif side < 0 and first > today:
            first, last = first.replace(year=first.year - 1), last.replace(year=last.year - 1)
    except ValueError:
        return None
    return first, last
