"""How far a pregnancy is, as people say it: 孕12周加3天, 12+3周, 三十二周零两天, 快5个月, 停经40天."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from conversations.text import Refusal, T
from conversations.understanding.found import Found
from conversations.understanding.normalise import simplify
from conversations.understanding.numerals import CHINESE, NUMERAL, number

TERM = timedelta(days=280)
"""From the first day of the last menstruation to the due date (Naegele)."""
WEEKS_A_MONTH = 4
"""A month of pregnancy in Chinese counting (孕月): ten of them make the forty weeks."""
MOST_WEEKS = 45


@dataclass(frozen=True, slots=True)
class Weeks:
    """Completed weeks of pregnancy, and the days beyond them where they were said.

    `rough` where the words give no more than an estimate (months, 多, 快): not to be dated by without asking.
    """

    weeks: int
    days: int | None = None
    rough: bool = False


def lmp_from_weeks(weeks: Weeks, on: date) -> date:
    """First day of the last menstruation of a pregnancy that is so far on the day `on`."""
    return on - timedelta(weeks=weeks.weeks, days=weeks.days or 0)


def due_from_lmp(lmp: date) -> date:
    """The due date: 280 days after the last menstruation began."""
    return lmp + TERM


def lmp_from_due(due: date) -> date:
    """The last menstruation that a due date speaks of."""
    return due - TERM


_PREGNANT = r"(?:怀孕|怀了|孕周|孕期|停经|有孕|身孕|怀上|孕)(?:[已大]?[有经概约满]|快|了|是|为|:|在)* ?"
_N = NUMERAL
_NUMBERS = f"0-9{CHINESE[1:-1]}"
_WEEKS = re.compile(
    rf"(?P<pregnant>{_PREGNANT})?(?<![0-9.+])(?:"
    rf"(?P<plus>[0-9]{{1,2}}) ?\+ ?(?P<plusdays>[0-9])(?![0-9])(?: ?(?P<plusunit>周|[wW](?![A-Za-z])))?"
    rf"|(?P<weeks>{_N})\+? ?(?:个?(?:周|星期|礼拜)|[wW](?![A-Za-z]))(?P<over>多|余|左右)?"
    rf"(?:(?P<half>半)| ?(?:[+加零又]|加上)? ?(?P<days>{_N}) ?(?:天|[dD](?![A-Za-z]))"
    r"| ?\+ ?(?P<daysplus>[0-9])(?![0-9]))?"
    rf"|(?P<nearly>快|将近|不到|差不多)?(?P<months>{_N})(?P<more>多|来)?"
    rf"(?P<ge>个(?P<halfmonth>半)?(?P<more2>多|来)?)?月(?P<more3>多|余)?(?(ge)|(?![{_NUMBERS}初廿份底末日号经]))"
    rf"|(?P<stopped>{_N})(?P<stoppedmore>多|来)?天)"
    rf"(?![岁围一次]|以?[前内](?!几|天|检)|以?后)"
)
_ENGLISH = re.compile(
    r"(?i:(?<![0-9.])(?<!every )(?<!in )(?P<weeks>[0-9]{1,2})[ \-]?weeks?\b"
    r"(?:,? ?(?:and|plus|\+)? ?(?P<days>[0-9]) ?days?\b)?"
    r"(?! ?(?:ago|old|later|after|post|earlier|before|until|to go|left)))"
)
_ELSEWHERE = re.compile(
    r"(?:产后|术后|生后|产褥|出生|还有|还差|再过|过|隔|每|提前|推迟|提早|满月|宝宝|孩子|小孩|婴儿|娃|儿子|女儿"
    r"|下|上|第|结婚|停药|吃了|流产)[了已的有满]* ?$"
)
_CONTEXT = re.compile(r"[怀孕]|有喜|有了|身子|肚子|停经|没来|月经|末次|大肚")
_WHOLE = re.compile(r"^(?:大?概|大约|差不多|快|有|已经|应该|现在|今天|她|是|都|才|刚|满)*$")
_TAIL = re.compile(r"^(?:了|吧|左右|啦|的样子|哦|多|呢|身孕|的身孕|\.|。|!)*$")


def find_weeks(text: str) -> list[Found[Weeks]]:
    """The gestations `text` states. Weeks after birth, ages and 两周前 are none.

    Months count four weeks each and are `rough`, and count only where pregnancy is spoken of, or where they
    are the whole answer. More than 45 weeks, or days over 6, are refused.
    """
    if not any(mark in text for mark in "周週期拜+wW月天"):
        return []
    plain = simplify(text)
    found: list[Found[Weeks]] = []
    for match in _WEEKS.finditer(plain):
        value = _read(match, plain)
        if value is not None:
            found.append(Found(value, match.start(), match.end(), text[match.start() : match.end()]))
    for match in _ENGLISH.finditer(plain) if "eek" in plain else ():
        days = int(match["days"]) if match["days"] else None
        value = _weeks(int(match["weeks"]), days, rough=False, words=match.group())
        found.append(Found(value, match.start(), match.end(), match.group()))
    return found


def _read(match: re.Match[str], text: str) -> Weeks | Refusal | None:
    before, after = text[: match.start()], text[match.end() :]
    pregnant = bool(match["pregnant"])
    whole = bool(_WHOLE.match(before) and _TAIL.match(after))
    if not pregnant and _ELSEWHERE.search(before[-8:]):
        return None
    if match["plus"]:
        if not (pregnant or whole or match["plusunit"]):
            return None
        return _weeks(int(match["plus"]), int(match["plusdays"]), rough=False, words=match.group())
    if match["weeks"]:
        return _said_weeks(match, pregnant or whole)
    if match["months"]:
        if not match["ge"]:  # 怀孕3月余; 3月 by itself is March
            return _months(match) if pregnant else None
        return _months(match) if pregnant or whole or _CONTEXT.search(text) else None
    if "停经" not in (match["pregnant"] or ""):
        return None
    days = number(match["stopped"])
    if not isinstance(days, int) or days > MOST_WEEKS * 7:
        return None
    return Weeks(days // 7, days % 7, rough=bool(match["stoppedmore"]))


def _said_weeks(match: re.Match[str], sure: bool) -> Weeks | Refusal | None:
    value = number(match["weeks"])
    if value is None or (not sure and not 4 <= value <= MOST_WEEKS):
        return None
    days_word = match["days"] or match["daysplus"]
    days = number(days_word) if days_word else 3 if match["half"] else None
    if isinstance(days, float):
        return None
    rough = bool(match["over"] or match["half"] or value != int(value))
    return _weeks(int(value), days, rough=rough, words=match.group())


def _weeks(weeks: int, days: int | None, *, rough: bool, words: str) -> Weeks | Refusal:
    if weeks > MOST_WEEKS or weeks < 1:
        return Refusal(T("孕周一般在1到43周，{words}请再看一下，比如 孕12周加3天。", words=words))
    if days is not None and days > 6:
        return Refusal(T("{words}里的天数应在0到6之间，请再看一下，比如 孕12周加3天。", words=words))
    return Weeks(weeks, days, rough)


def _months(match: re.Match[str]) -> Weeks | None:
    value = number(match["months"])
    if value is None or not 0.5 <= value <= 10:
        return None
    weeks = value * WEEKS_A_MONTH
    if match["halfmonth"] or match["more"] or match["more2"] or match["more3"]:
        weeks += WEEKS_A_MONTH / 2
    elif match["nearly"]:
        weeks -= 1
    return Weeks(max(1, round(weeks)), None, rough=True)
