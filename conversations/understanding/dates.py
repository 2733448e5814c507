"""Days, as people name them in a message: 9月3号, 2026.9.3, 昨晚, 上周五, 农历八月十五, 国庆后三天.

One pattern finds where a day is named, one small reader for each way of naming it says which day it is. A
day that does not exist is refused, a period too wide to be a day (月底, 上个月) asks for the day, and a day
with two honest readings is `Ambiguous`. Clock times and weeks of pregnancy live in `times` and `weeks` and are
offered here too.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from conversations.text import Ambiguous, Refusal, T
from conversations.understanding.calendars import (
    FESTIVALS,
    NoSuchDay,
    Prefer,
    festival,
    leap_years,
    lunar_day,
    lunar_month_of,
    lunar_without_year,
    solar_without_year,
)
from conversations.understanding.found import Found
from conversations.understanding.ids import SPACED_ID
from conversations.understanding.normalise import simplify
from conversations.understanding.numerals import number
from conversations.understanding.times import find_times
from conversations.understanding.weeks import Weeks, due_from_lmp, find_weeks, lmp_from_due, lmp_from_weeks

__all__ = [
    "Period",
    "Weeks",
    "due_from_lmp",
    "find_dates",
    "find_periods",
    "find_times",
    "find_weeks",
    "lmp_from_due",
    "lmp_from_weeks",
]


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, both ends included: what 上个月, 9月底 or 这周 name."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class _Said:
    """One match of a form, with what its reader needs to know."""

    match: re.Match[str]
    today: date
    prefer: Prefer

    def __getitem__(self, name: str) -> str | None:
        found = self.match[name]
        return found if found else None

    @property
    def words(self) -> str:
        return self.match.group()


Reading = date | Period | Refusal | Ambiguous | None

# --- pieces ---------------------------------------------------------------------------------------------

_C = "〇零一二三四五六七八九"
_N = rf"(?:[0-9]{{1,3}}|[一二两三四五六七八九十廿卅半]{{1,3}})"
_UNITS = "个周星礼天岁斤公千克kKgG次点时胎孕人:℃度%元块厘毫米小分例名户组栋楼单床室村队多余"
_YEAR = (
    rf"(?:(?P<year>(?:19|20)[0-9]{{2}}|(?<![0-9])[0-9]{{2}}|[一二][{_C}]{{3}}|(?<![{_C}十])[{_C}]{{2}}) ?年"
    r"|(?P<iso>(?<![0-9])(?:19|20)[0-9]{2})[./\- ]"
    r"|(?P<ryear>大前年|前年|去年|旧年|上年|今年|本年|明年|来年|后年)的?)"
)
_LUNAR = "农历|阴历|旧历|古历|老历|夏历"
_SOLAR = "阳历|公历|新历|国历|西历"
_CAL = rf"(?P<{{}}>(?:{_LUNAR}|{_SOLAR})[的是:,]? ?|[农阴阳](?=[闰正冬腊元0-9一二三四五六七八九十]))?"
_MONTH = r"(?P<leap>闰)?(?P<month>[0-9]{1,2}|十[一二]?|[一二三四五六七八九正元冬腊])"
_DAY = (
    rf"(?P<day>初[0-9一二三四五六七八九十]|[0-9]{{1,2}}|[廿卅][一二三四五六七八九]?|[一二三]?十[一二三四五六七八九]?"
    rf"|[一二三四五六七八九])"
)
_NO_UNIT = rf"(?![0-9{_C}十廿百]|[./+]?[0-9]| ?[{_UNITS}]|[\-~到至])"
_SUFFIX = rf"(?: ?\(?(?P<after>{_LUNAR}|{_SOLAR})\)?)?"
_PART = r"(?:初(?![0-9一二三四五六七八九十])|上旬|中旬|下旬|底|末(?!次)|中(?![午秋])|头上)"

# --- readers --------------------------------------------------------------------------------------------


def _lunar_months(word: str) -> int | None:
    return {"正": 1, "冬": 11, "腊": 12}.get(word)


def _int(word: str | None) -> int:
    value = number(word.removeprefix("初")) if word else None
    if not isinstance(value, int):
        raise NoSuchDay
    return value


def _year(said: _Said, lunar: bool) -> int | None:
    """The year the words state, if any. Two digits are of this century unless that lies over a year ahead."""
    if relative := said["ryear"]:
        this = lunar_month_of(said.today)[0] if lunar else said.today.year
        steps = {
            "大前年": -3,
            "前年": -2,
            "去年": -1,
            "旧年": -1,
            "上年": -1,
            "明年": 1,
            "来年": 1,
            "后年": 2,
        }
        return this + steps.get(relative, 0)
    word = said["year"] or said["iso"]
    if word is None:
        return None
    year = _int(word)
    if len(word) > 2:
        return year
    return 2000 + year if 2000 + year <= said.today.year + 1 else 1900 + year


def _month_day(said: _Said) -> Reading:
    month_word, day_word = said["month"] or "", said["day"] or ""
    calendar_word = said["cal"] or said["cal2"] or said["after"] or ""
    named = _lunar_months(month_word)
    month = named or (1 if month_word == "元" else _int(month_word))
    day = _int(day_word)
    leap = said["leap"] is not None
    spelt = not day_word[0].isascii() and not month_word[0].isascii()
    must_be_solar = calendar_word[:2] in _SOLAR.split("|") or calendar_word[:1] == "阳"
    lunar = not must_be_solar and bool(calendar_word or named or leap or day_word[0] in "初廿卅")
    if lunar:
        return _lunar(said, month, day, leap)
    solar = _solar(said, month, day)
    if must_be_solar or said["unit"] or not spelt or day <= 10 or month_word == "元":
        return solar
    other = _lunar(said, month, day, leap)
    if isinstance(other, Refusal):
        return solar
    if isinstance(solar, Refusal):
        return other
    return _either(
        (other, T("{date}（农历{words}）", date=other, words=f"{month_word}月{day_word}")),
        (solar, T("{date}（阳历）", date=solar)),
    )


def _solar(said: _Said, month: int, day: int) -> date | Refusal:
    year = _year(said, lunar=False)
    try:
        if year is None:
            return solar_without_year(month, day, said.today, said.prefer)
        return date(year, month, day)
    except ValueError:
        return _impossible(said.words)


def _lunar(said: _Said, month: int, day: int, leap: bool) -> date | Refusal:
    year = _year(said, lunar=True)
    try:
        if year is None:
            return lunar_without_year(month, day, leap, said.today, said.prefer)
        return lunar_day(year, month, day, leap)
    except ValueError:
        pass
    if leap and 1 <= month <= 12:
        return _no_leap_month(said, month, year)
    return Refusal(
        T(
            "农历没有{words}这一天，请再看一下，例如 农历八月十五；也可以说公历，例如 9月3号。",
            words=said.words,
        )
    )


def _no_leap_month(said: _Said, month: int, year: int | None) -> Refusal:
    near = leap_years(month, year or said.today.year)
    values = {"words": said.words, "month": month, "year": year or said.today.year}
    if not near:
        return Refusal(T("{year}年农历没有闰{month}月，请再看一下；也可以说公历，例如 9月3号。", **values))
    return Refusal(
        T(
            "{year}年农历没有闰{month}月（{near}年才有），请再看一下；也可以说公历，例如 9月3号。",
            near=near[0],
            **values,
        )
    )


def _impossible(words: str) -> Refusal:
    return Refusal(T("没有{words}这一天，请再看一下日期，例如 9月3号 或 2026.9.3。", words=words))


def _which_day(words: str) -> Refusal:
    return Refusal(T("{words}是哪一天？请说到日，例如 9月3号。", words=words))


def _either(*readings: tuple[date, object]) -> Ambiguous:
    return Ambiguous("date", tuple((day.isoformat(), label) for day, label in readings))  # type: ignore[misc]


def _part_of_month(year: int, month: int, part: str | None) -> Period:
    last = calendar.monthrange(year, month)[1]
    first_day, last_day = {
        "初": (1, 10), "上": (1, 10), "中": (11, 20), "下": (21, last), "底": (21, last), "末": (21, last), "头": (1, 10),
    }.get((part or " ")[0], (1, last))  # fmt: skip
    return Period(date(year, month, first_day), date(year, month, last_day))


def _shift_month(today: date, months: int) -> tuple[int, int]:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return year, month + 1


def _month_only(said: _Said) -> Reading:
    word = said["month"] or ""
    if word in "正冬腊" or said["leap"] or (said["cal"] or said["cal2"] or "阳")[0] != "阳":
        return _which_day(said.words)
    month = 1 if word == "元" else _int(word)
    if not 1 <= month <= 12:
        return _impossible(said.words)
    year = _year(said, lunar=False)
    if year is None:
        passed = month > said.today.month if said.prefer == "past" else month < said.today.month
        year = said.today.year + (0 if not passed else -1 if said.prefer == "past" else 1)
    return _part_of_month(year, month, said["part"])


_STEPS = {"上上": -2, "上": -1, "前": -1, "这": 0, "本": 0, "当": 0, "下": 1, "下下": 2}


def _relative_month(said: _Said) -> Reading:
    step = _STEPS[said["which"] or "这"]
    day_word = said["day"]
    if day_word and day_word[0] in "初廿卅":
        return _relative_lunar(said, step, _int(day_word))
    year, month = _shift_month(said.today, step)
    if day_word:
        return date(year, month, _int(day_word))
    return _part_of_month(year, month, said["part"])


def _relative_lunar(said: _Said, step: int, day: int) -> date:
    """上个月初六: the sixth of the lunar month before the one we are in."""
    year, month, leap = lunar_month_of(said.today)
    first = lunar_day(year, month, 1, leap)
    for _ in range(abs(step)):
        first = _first_of_lunar_month(first + timedelta(days=-1 if step < 0 else 30))
    year, month, leap = lunar_month_of(first)
    return lunar_day(year, month, day, leap)


def _first_of_lunar_month(inside: date) -> date:
    return lunar_day(*lunar_month_of(inside)[:2], 1, lunar_month_of(inside)[2])


def _day_only(said: _Said) -> Reading:
    """6号: the latest such day, whatever its month; 初六, 廿三: the same by the lunar calendar."""
    word = said["day"] or ""
    day = _int(word)
    back = range(0, -14, -1) if said.prefer == "past" else range(14)
    if word[0] in "初廿卅":
        inside = said.today
        for _ in back:
            try:
                found = lunar_day(*lunar_month_of(inside)[:2], day, lunar_month_of(inside)[2])
                if found <= said.today if said.prefer == "past" else found >= said.today:
                    return found
            except NoSuchDay:
                pass
            first = _first_of_lunar_month(inside)
            inside = first + timedelta(days=-1 if said.prefer == "past" else 31)
        raise NoSuchDay
    for months in back:
        try:
            found = date(*_shift_month(said.today, months), day)
        except ValueError:
            continue
        if found <= said.today if said.prefer == "past" else found >= said.today:
            return found
    raise NoSuchDay


_DAYS = {"大大前": -4, "大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3, "大大后": 4}


def _named_day(said: _Said) -> Reading:
    return said.today + timedelta(days=_DAYS[said["named"] or "今"])


def _ago(said: _Said) -> Reading:
    value = number(said["n"] or "")
    if value is None or (said["unit"] or "")[-1] == "月" or said["vague"]:
        return _which_day(said.words)
    days = value * (1 if said["unit"] in ("天", "日") else 7)
    if days != int(days):
        return _which_day(said.words)
    return said.today + timedelta(days=int(days) * (-1 if said["side"] == "前" else 1))


def _vague(said: _Said) -> Reading:
    return _which_day(said.words)


_WEEKDAYS = {
    word: index
    for index, words in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7"))
    for word in words
}


def _weekday(said: _Said) -> Reading:
    which, word = said["which"], said["weekday"]
    monday = said.today - timedelta(days=said.today.weekday()) + timedelta(weeks=_STEPS.get(which or "", 0))
    if word is None:
        return Period(monday, monday + timedelta(days=6))
    if word == "末":
        saturday = monday + timedelta(days=5)
        return _either(
            (saturday, T("{date}（周六）", date=saturday)),
            (saturday + timedelta(days=1), T("{date}（周日）", date=saturday + timedelta(days=1))),
        )
    index = _WEEKDAYS[word]
    if which:
        return monday + timedelta(days=index)
    away = (index - said.today.weekday()) % 7
    if said.prefer == "past" and away:
        away -= 7
    return said.today + timedelta(days=away)


def _festival(said: _Said) -> Reading:
    if said["about"]:
        return _which_day(said.words)
    name = said["festival"] or ""
    shift = 0
    if said["next"]:
        shift = 1
    elif said["before"]:
        shift = -1
    elif said["n"]:
        value = number(said["n"])
        if not isinstance(value, int):
            return _which_day(said.words)
        shift = value * (7 if said["unit"] not in ("天", "日") else 1) * (-1 if said["side"] == "前" else 1)
    year = _year(said, lunar=FESTIVALS[name][1])
    return festival(name, year, shift, said.today, said.prefer)


def _separated(said: _Said) -> Reading:
    year = _year(said, lunar=False)
    assert year is not None
    return date(year, int(said["m"] or 0), int(said["d"] or 0))


def _compact(said: _Said) -> Reading:
    digits = said.words
    whole = len(digits) == len(said.match.string)
    if len(digits) == 8:
        year = int(digits[:4])
    else:
        short = int(digits[:2])
        year = 2000 + short if 2000 + short <= said.today.year + 1 else 1900 + short
        if abs(year - said.today.year) > 1 and not whole:
            return None
    try:
        return date(year, int(digits[-4:-2]), int(digits[-2:]))
    except ValueError:
        return (
            _impossible(digits)
            if len(digits) == 8 and (whole or 1900 <= year <= said.today.year + 1)
            else None
        )


# What stands before a number that is measured, counted or listed, not dated.
_MEASURED = re.compile(
    r"(?:血红蛋白|血色素|血糖|血压|体温|体重|[Hh][Bb]|[A-Za-z]{2,}|[重糖酮酸压温长径高宽厚孕产胎第号编约共是][值为:是约 ]*"
    r"|[男女孩娃][ ,]*(?=[2-5]\.))$"
)
_LABEL = re.compile(r"(?:LMP|EDC|EDD|EDB|DOB|lmp|edc|edd|[经期日间于为是])[:是为 ]*$")


def _two_numbers(said: _Said) -> Reading:
    match = said.match
    month, day = int(said["m"] or 0), int(said["d"] or 0)
    cal = said["cal"] or ""
    before = match.string[max(0, match.start() - 8) : match.start()]
    if not cal and _MEASURED.search(before) and not _LABEL.search(before):
        return None
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    if cal and cal[0] in "农阴旧古老夏":
        return _lunar(said, month, day, False)
    try:
        year = _year(said, lunar=False)
        return date(year, month, day) if year else solar_without_year(month, day, said.today, said.prefer)
    except ValueError:
        whole = len(said.words) == len(match.string)
        return _impossible(said.words) if whole or said["unit"] or year else None


# --- the forms, in the order in which they are tried at each place ----------------------------------------

_FESTIVAL_NAMES = "|".join(sorted((name for name in FESTIVALS if name != "十一"), key=len, reverse=True))
_SURNAME = "[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文]"
_GIVEN = "妹英姑娣花凤秀香兰莲珍姐嫂婆"

_FORMS: tuple[tuple[str, Callable[[_Said], Reading]], ...] = (
    (SPACED_ID, lambda said: None),
    # 2026年农历八月十五, 9月3号, 九月初三, 闰六月初五, 去年12月3号
    (
        rf"{_CAL.format('cal')}(?:(?<![0-9]){_YEAR} ?)?{_CAL.format('cal2')}(?<![0-9]){_MONTH} ?月份?的?[ /]?{_DAY}"
        rf"(?: ?(?P<unit>[日号])|{_NO_UNIT}){_SUFFIX}",
        _month_day,
    ),
    # 26.9.3, 1995/9/3, 2026-09-03, 26年9.3
    (
        r"(?<![0-9./\-+:])(?:(?P<iso>(?:19|20)[0-9]{2})(?: ?[./\-,年] ?| )|(?P<year>[0-9]{2})(?:[./\-]|年))"
        r"(?P<m>[0-9]{1,2})(?: ?[./\-,] ?| )(?P<d>[0-9]{1,2})[日号]?(?P<ryear>(?!))?(?![0-9+/%]|[.\-][0-9])",
        _separated,
    ),
    (
        r"(?<![0-9./\-+:#])(?:(?:19|20)[0-9]{6}|[0-9]{2}[01][0-9][0-3][0-9])(?![0-9./%+]|[Xx]|-[0-9]| ?[克个元块gG])",
        _compact,
    ),
    # 9.3, 9-3, 9/3
    (
        rf"{_CAL.format('cal')}(?<![0-9./\-+:A-KN-Za-ce-z])(?P<m>[0-9]{{1,2}})[./\-](?P<d>[0-9]{{1,2}})"
        rf"(?P<year>(?!))?(?P<iso>(?!))?(?P<ryear>(?!))?(?: ?(?P<unit>[日号])(?![0-9楼线床房])|(?![0-9+/:%]|[.\-][0-9]| ?[{_UNITS}年月万cmM斤]|[wW]))",
        _two_numbers,
    ),
    # 9月底, 8月, 正月
    (
        rf"(?<![孕怀0-9个])(?<!怀孕){_CAL.format('cal')}(?:(?<![0-9]){_YEAR} ?)?{_CAL.format('cal2')}(?<![0-9]){_MONTH} ?月(?![经子余多大龄半嫂饼]|怀胎)份?"
        rf"(?P<part>{_PART})?",
        _month_only,
    ),
    # 上个月六号, 这个月初, 下月5号
    (
        rf"(?P<which>上上|上|这|本|当|下下|下)个?月(?![经子])份?的?(?: ?{_DAY}(?: ?[日号]|{_NO_UNIT})|(?P<part>{_PART}))?",
        _relative_month,
    ),
    (r"月[初底末](?!次)", _vague),
    # 大前天, 昨晚, 今早, 后天
    (
        r"(?P<named>大{0,2}前(?=[天日])|前(?=[晚夜])|昨|今(?!年|后)|明(?=[天日早晚儿])|大{0,2}后(?=[天日]))(?:[天日儿晚早晨夜]|(?<=今)$|(?<=昨)$)(?:[晚夜](?=里|上|间))?",
        _named_day,
    ),
    (r"前(?:几|两|些|一?阵子?|段)(?:天|日子|时间)?|这几天", _vague),
    # 三天前, 两周后, 3个月前
    (
        rf"(?<![0-9产后术第])(?P<n>{_N})(?P<vague>[多来几])?(?P<unit>天|日|个?星期|个?礼拜|周|个月)(?:以|之)?(?P<side>前|后)(?![天日])",
        _ago,
    ),
    # 上周五, 周一, 这个礼拜天
    (
        rf"(?<![0-9一二两三四五六七八九十几个每逢第])(?P<which>上上|上|这|本|下下|下)?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末](?![0-9{_C}十{_GIVEN}]|[天个]))",
        _weekday,
    ),
    (r"(?P<which>上上|上|这|本|下下|下)个?(?P<weekday>(?!))?(?:周(?![岁围])|星期|礼拜)", _weekday),
    # 中秋那天, 国庆后三天, 去年端午前两天
    (
        rf"(?:{_YEAR} ?)?(?:(?<!{_SURNAME})|(?=..(?:节|那|当|前|后)))(?<![{_C}])(?P<festival>{_FESTIVAL_NAMES}|十一(?=那天|当天|假期|长假|放假|前|后))节?(?![{_C}])"
        rf"(?P<about>前后|左右|期间|假期|长假|放假|那几天|(?:过|之|以)?[前后](?:几天|不久))?"
        rf"(?:的?(?P<next>第二天|次日|后一天|隔天)|的?(?P<before>前一天|前一日|头一天|前夜)"
        rf"|(?:过|之|以)?(?P<side>前|后)第?(?P<n>{_N})(?P<unit>天|日|个?星期|个?礼拜|周)|那天|当天|那日|当日)?",
        _festival,
    ),
    # 6号, 初六, 廿三
    (
        r"(?<![0-9第院村路街巷弄组队栋楼湾屯号编证])(?:(?P<day>初[一二三四五六七八九十]|廿[一二三四五六七八九]?|[0-9]{1,2}(?=[日号])|(?:[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?=[日号]))[日号]?)"
        r"(?![楼线床房病院码栋学毕班年级生辍女男])",
        _day_only,
    ),
)

_READERS = tuple((re.compile(pattern), reader) for pattern, reader in _FORMS)
_ANY = re.compile(
    "|".join(f"(?P<f{i}>{re.sub(r'[(][?]P<[a-z0-9]+>', '(?:', p)})" for i, (p, _) in enumerate(_FORMS))
)
_HINT = re.compile(
    r"[0-9]|[月天日号昨今周期拜节初廿夕秋午庆旦明宵晚]|五一|六一|[立冬夏][春夏秋冬至]|腊八|春节|七夕|圣诞"
)


def _scan(text: str, today: date, prefer: Prefer) -> list[Found[date | Period]]:
    if not _HINT.search(text):
        return []
    plain = simplify(text)
    found: list[Found[date | Period]] = []
    position = 0
    while match := _ANY.search(plain, position):
        position = match.end() if match.end() > match.start() else match.end() + 1
        pattern, reader = _READERS[int((match.lastgroup or "f0")[1:])]
        inner = pattern.match(plain, match.start())
        assert inner is not None
        try:
            value = reader(_Said(inner, today, prefer))
        except (ValueError, OverflowError):
            value = _impossible(inner.group())
        if value is not None:
            found.append(Found(value, match.start(), match.end(), text[match.start() : match.end()]))
    return found


def find_dates(text: str, today: date, *, prefer: Prefer = "past") -> list[Found[date]]:
    """The days `text` names, in order, relative ones seen from `today`.

    A month and day without a year is the latest one not after `today`, or with `prefer="future"` (due dates,
    appointments) the next one not before it. Periods (月底, 上个月, 上周) are refused with the question which
    day; a bare 这个月 or 这周 names no day and is left to `find_periods`. Where both calendars are meant by the same
    words (九月十五), the value is `Ambiguous("date", …)` with ISO dates, likeliest first.
    """
    found: list[Found[date]] = []
    for one in _scan(text, today, prefer):
        if isinstance(one.value, Period):
            if one.text[0] in "这這本当當":
                continue
            found.append(Found(_which_day(one.text), one.start, one.end, one.text))
        else:
            found.append(Found(one.value, one.start, one.end, one.text))
    return found


def find_periods(text: str, today: date, *, prefer: Prefer = "past") -> list[Found[Period]]:
    """The stretches of days `text` names (9月, 上个月底, 下周), for questions about the roster."""
    return [
        Found(one.value, one.start, one.end, one.text)
        for one in _scan(text, today, prefer)
        if isinstance(one.value, Period)
    ]
