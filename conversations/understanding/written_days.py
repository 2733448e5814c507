"""Days as they are written: 9月3号, 2026.9.3, 20260903, 农历八月十五, 九月初三, 闰六月初五, 9.3, 6号."""

from __future__ import annotations

import re
from datetime import date, timedelta

from conversations.text import Refusal, T, Text
from conversations.understanding.calendars import (
    NoSuchDay,
    first_of_lunar_month,
    leap_years,
    lunar_day,
    lunar_month_of,
    lunar_without_year,
    solar_without_year,
)
from conversations.understanding.ids import SPACED_ID
from conversations.understanding.said import (
    AFTER,
    CALENDAR,
    CALENDAR_FIRST,
    COUNTED,
    DAY,
    FIGURES,
    LUNAR,
    NO_COUNT,
    PART,
    SOLAR,
    SPELT,
    YEAR,
    YEAR_FIRST,
    Reading,
    Said,
    century,
    either,
    form,
    impossible,
    month_part,
    months_on,
    which_day,
    whole_number,
    year_of,
)

_LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12}
_SOLAR_WORDS = (*SOLAR.split("|"), "阳")


def _calendar_said(said: Said) -> str:
    """ "lunar" or "solar" where the calendar is named, else nothing."""
    word = said["cal"] or said["cal2"] or said["after"]
    return "" if not word else "solar" if word.startswith(_SOLAR_WORDS) else "lunar"


def _month_day(said: Said) -> Reading:
    month_word, day_word = said["month"] or "", said["day"] or ""
    named = _LUNAR_MONTHS.get(month_word)
    month = named or (1 if month_word == "元" else whole_number(month_word))
    day, leap = whole_number(day_word), said["leap"] is not None
    which = _calendar_said(said)
    if not which and (named or leap or day_word[0] in "初廿卅"):
        which = "lunar"
    spelt = month_word[0] in f"{SPELT}十" and day_word[0] in f"{SPELT}十"
    if not which and (said["unit"] or not spelt):
        which = "solar"
    if which == "lunar":
        return _lunar(said, month, day, leap)
    solar = _solar(said, month, day)
    if which == "solar":
        return solar
    lunar = _lunar(said, month, day, leap)
    if isinstance(solar, Refusal) or isinstance(lunar, Refusal):
        return lunar if isinstance(solar, Refusal) and not isinstance(lunar, Refusal) else solar
    return _both(said, month, day, lunar, solar)


def _both(said: Said, month: int, day: int, lunar: date, solar: date) -> Reading:
    """九月十五: lunar first, as villagers speak.

    Not so for the days to ten, which would be 初, save 三月三 and its like; nor where a year is given.
    """
    words = said.words
    by_lunar: tuple[date, Text] = (lunar, T("{date}（农历{words}）", date=lunar, words=words))
    by_solar: tuple[date, Text] = (solar, T("{date}（阳历）", date=solar))
    if said["year"] or said["iso"] or (day <= 10 and month != day):
        return either(by_solar, by_lunar)
    return either(by_lunar, by_solar)


def _new_year(said: Said) -> Reading:
    return _lunar(said, 1, whole_number(said["day"]), False)


def _open(said: Said) -> Reading:
    return which_day(said.words)


def _solar(said: Said, month: int, day: int) -> date | Refusal:
    year = year_of(said, lunar=False)
    try:
        if year is None:
            return solar_without_year(month, day, said.today, said.prefer)
        return date(year, month, day)
    except ValueError:
        return impossible(said.words)


def _lunar(said: Said, month: int, day: int, leap: bool) -> date | Refusal:
    year = year_of(said, lunar=True)
    try:
        if year is None:
            return lunar_without_year(month, day, leap, said.today, said.prefer)
        return lunar_day(year, month, day, leap)
    except NoSuchDay:
        return _no_such_lunar_day(said, month, leap, year or said.today.year)


def _no_such_lunar_day(said: Said, month: int, leap: bool, year: int) -> Refusal:
    words = said.words
    near = leap_years(month, year) if leap else []
    if not leap or year in near:
        return Refusal(
            T("农历没有{words}这一天，请再看一下，比如 农历八月十五；说公历也行，比如 9月3号。", words=words)
        )
    if not near:
        return Refusal(T("农历没有闰{month}月，请再看一下；说公历也行，比如 9月3号。", month=month))
    return Refusal(
        T(
            "{year}年农历没有闰{month}月，最近的是{near}年。请再看一下；说公历也行，比如 9月3号。",
            year=year,
            month=month,
            near=near[0],
        )
    )


def _month_only(said: Said) -> Reading:
    word = said["month"] or ""
    if word in _LUNAR_MONTHS or said["leap"] or _calendar_said(said) == "lunar":
        return which_day(said.words)
    month = 1 if word == "元" else whole_number(word)
    if not 1 <= month <= 12:
        return impossible(said.words)
    year = year_of(said, lunar=False)
    if year is None:
        year = said.today.year
        if said.prefer == "past" and month > said.today.month:
            year -= 1
        elif said.prefer == "future" and month < said.today.month:
            year += 1
    return month_part(year, month, said["part"])


def _month_end(said: Said) -> Reading:
    return month_part(said.today.year, said.today.month, said["part"])


def _separated(said: Said) -> Reading:
    if _calendar_said(said) == "lunar":
        return _lunar(said, int(said["month"] or 0), int(said["day"] or 0), False)
    return _solar(said, int(said["month"] or 0), int(said["day"] or 0))


def _compact(said: Said) -> Reading:
    """20260903, 260903 (a year of birth only as the whole answer), and 0903 as the whole answer."""
    digits = said.words
    month, day = int(digits[-4:-2]), int(digits[-2:])
    if len(digits) == 4:
        return solar_without_year(month, day, said.today, said.prefer) if said.whole else None
    year = int(digits[:4]) if len(digits) == 8 else century(int(digits[:2]), said.today)
    if len(digits) == 6 and not said.whole and abs(year - said.today.year) > 1:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return impossible(digits) if len(digits) == 8 else None


# What stands before a number that is measured, counted or listed; and what makes a day of it nevertheless.
_MEASURED = re.compile(
    r"(?:血红蛋白|血色素|[压温重糖酮酸长径高宽厚孕产胎第编约共只][值为是:约了号 ]*|[A-Za-z]{2,}:? ?|#|No\.?)$"
)
_NEWBORN = re.compile(r"[男女孩娃儿][ ,]*$")
_DATED = re.compile(r"(?:LMP|EDC|EDD|EDB|DOB|[经期日间于])[:是为在 ]*$", re.IGNORECASE)


def _two_numbers(said: Said) -> Reading:
    month, day = int(said["month"] or 0), int(said["day"] or 0)
    which = _calendar_said(said)
    start = said.match.start()
    before = said.match.string[max(0, start - 8) : start]
    if not which and _MEASURED.search(before) and not _DATED.search(before):
        return None
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    if 2 <= month <= 5 and day <= 9 and _NEWBORN.search(before):  # 生了个女孩3.2
        return None
    if which == "lunar":
        return _lunar(said, month, day, False)
    found = _solar(said, month, day)
    sure = said.whole or said["unit"] or which
    return found if sure or not isinstance(found, Refusal) else None


def _day_only(said: Said) -> Reading:
    """6号: the latest such day of any month; 初六, 廿三 and 农历十六 the same by the lunar calendar."""
    word = said["day"] or ""
    day = whole_number(word)
    lunar = _calendar_said(said) == "lunar" or word[0] in "初廿卅"
    inside = said.today
    for months in range(14):
        try:
            if lunar:
                year, month, leap = lunar_month_of(inside)
                found = lunar_day(year, month, day, leap)
            else:
                found = date(*months_on(said.today, -months if said.prefer == "past" else months), day)
            if said.wanted(found):
                return found
        except ValueError:
            pass
        first = first_of_lunar_month(inside) if lunar else inside
        inside = first + timedelta(days=-1 if said.prefer == "past" else 31)
    raise NoSuchDay


_NOT_AFTER = r"(?<![0-9./\-+#])(?<![0-9]:)"
_MONTH = rf"(?P<leap>闰)?(?P<month>[0-9]{{1,2}}|[一二三]?十[{SPELT}]?|[{SPELT}正元冬腊])"
_DATE_FIRST = f"{YEAR_FIRST}{CALENDAR_FIRST}闰正元冬腊十"

FORMS = (
    # Dates inside an identity number are none.
    form(FIGURES, SPACED_ID, lambda said: None),
    # 八月二十几号 leaves the day open.
    form(
        _DATE_FIRST,
        rf"(?<![0-9]){CALENDAR.format('cal')}(?:{YEAR} ?)?{CALENDAR.format('cal2')}{_MONTH} ?月份?"
        r"(?:[一二三]?十|[一二12])?[几多][日号]?(?!个|天|斤|周|岁|次|月|胎)",
        _open,
    ),
    # 大年初二, 年初五
    form("大年新", rf"(?:大年|新年|年)(?P<day>初[{SPELT}十])", _new_year),
    # 2026年农历八月十五, 9月3号, 九月初三, 闰六月初五, 去年12月3号
    form(
        _DATE_FIRST,
        rf"(?<![0-9]){CALENDAR.format('cal')}(?:{YEAR} ?)?{CALENDAR.format('cal2')}{_MONTH} ?月份?的?"
        rf"[ /]?{DAY}(?: ?(?P<unit>[日号])|{NO_COUNT}){AFTER}",
        _month_day,
    ),
    # 2026-09-03, 1995/9/3, 2026 9 3, 农历2026.8.15
    form(
        FIGURES + CALENDAR_FIRST,
        rf"{_NOT_AFTER}{CALENDAR.format('cal')}(?P<iso>(?:19|20)[0-9]{{2}})(?: ?[./\-,年] ?| )"
        r"(?P<month>[0-9]{1,2})(?: ?[./\-,] ?| )(?P<day>[0-9]{1,2})[日号]?"
        rf"(?![0-9+/%:点时]|[.\-][0-9]){AFTER}",
        _separated,
    ),
    # 26.9.3, 95/9/3, 26年9.3
    form(
        FIGURES,
        rf"{_NOT_AFTER}(?P<year>[0-9]{{2}})(?:年|(?P<gap>[./\-]))(?P<month>[0-9]{{1,2}})(?(gap)(?P=gap)|[./\-])"
        rf"(?P<day>[0-9]{{1,2}})[日号]?(?![0-9+/%:点时]|[.\-][0-9]){AFTER}",
        _separated,
    ),
    # 20260903, 260903, 0903
    form(
        FIGURES,
        rf"{_NOT_AFTER}(?:(?:19|20)[0-9]{{6}}|[0-9]{{2}}[01][0-9][0-3][0-9]|0[1-9][0-3][0-9])"
        r"(?![0-9./%+Xx]|-[0-9]| ?[克个元块]| ?[gG](?![0-9]))",
        _compact,
    ),
    # 9.3, 9-3, 9/3
    form(
        FIGURES + CALENDAR_FIRST,
        rf"{_NOT_AFTER}{CALENDAR.format('cal')}(?P<month>[0-9]{{1,2}})[./\-](?P<day>[0-9]{{1,2}})"
        r"(?: ?(?P<unit>[日号])(?![0-9楼线床房])"
        rf"|(?![0-9+/:%]|[.\-][0-9]| ?[{COUNTED}年月万cmMwW])){AFTER}",
        _two_numbers,
    ),
    # 9月底, 8月, 正月; not 怀孕3月, 3月余, 十月怀胎
    form(
        _DATE_FIRST,
        r"(?<![0-9孕怀])(?<!怀了|停经|孕了)"
        rf"{CALENDAR.format('cal')}(?:{YEAR} ?)?{CALENDAR.format('cal2')}{_MONTH} ?"
        rf"月(?![经子余多大龄半嫂饼身]|怀胎| ?[0-9]+天)份?(?P<part>{PART})?",
        _month_only,
    ),
    form("月", rf"月(?P<part>[初底末](?!次|[{SPELT}十]))", _month_end),
    # 农历十六, 阴历初六
    form(
        CALENDAR_FIRST,
        rf"(?P<cal>{LUNAR}|{SOLAR})[的是]? ?{DAY}(?:[日号]|{NO_COUNT})",
        _day_only,
    ),
    # 6号, 初六, 廿三; not 3号楼, 王家村12号, 读初二
    form(
        f"{FIGURES}{SPELT}十廿初",
        r"(?<![0-9第院村路街巷弄组队栋楼湾屯号编证读上念十至~\-])"
        rf"(?P<day>(?:[0-9]{{1,2}}|[一二三]?十[{SPELT}]?|[{SPELT}])(?=[日号])|初[{SPELT}十]|廿[{SPELT}]?)"
        r"[日号]?"
        r"(?![楼线床房病院码栋学毕班年级生辍女男])",
        _day_only,
    ),
)
