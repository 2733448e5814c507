"""Clock times: 下午三点半, 15:30, 凌晨2点, 昨晚8点, 3pm."""

from __future__ import annotations

import re

from conversations.text import Ambiguous, Refusal, T
from conversations.understanding.found import Found
from conversations.understanding.normalise import simplify
from conversations.understanding.numerals import number

_C = "〇零一二两三四五六七八九十"
_PART = (
    "凌晨|清早|清晨|早晨|早上|早起|上午|前晌|头晌|中午|正午|晌午|下午|后晌|下晌|午后|傍晚|晚上|夜里|夜晚|黑里|黑夜|黑间"
    "|半夜|深夜|后半夜|午夜"
    "|[早晚夜](?![饭产])"
)
_TIME = re.compile(
    rf"(?:(?P<part>{_PART})的?(?:大概|大约|差不多|快)? ?)?(?<![0-9.:])(?:"
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::[0-9]{2})?(?![0-9:]) ?(?P<half>[aApP]\.?[mM]\b)?"
    rf"|(?P<oclock>[0-9]{{1,2}}|[{_C}]{{1,3}})(?P<unit>点|时(?!间|候))(?P<tail>钟|整|半|(?P<quarter>[一三13])刻|过?(?P<past>[0-9]{{1,2}}|[{_C}]{{1,3}})分?)?"
    rf"(?![0-9{_C}]* ?(?:公斤|千克|斤|kg|厘米|度)|[0-9点儿])(?P<about>多|左右|来钟)?"
    r"|(?P<en>[0-9]{1,2}) ?(?P<enhalf>[aApP]\.?[mM])\b)"
)
_EXAMPLE = "下午3点半 或 15:30"


def find_times(text: str) -> list[Found[str]]:
    """The clock times in `text` as "HH:MM".

    With a part of the day (下午三点) the hour is sure; a bare 3点 is asked about, 15点, 8:30 and 8时15分 are taken
    as they stand. A part of the day alone (半夜) is no time; 有一点出血 is none either.
    """
    if not any(mark in text for mark in "点點时時:mM"):
        return []
    found: list[Found[str]] = []
    plain = simplify(text)
    for match in _TIME.finditer(plain):
        value = _read(match)
        if value is not None:
            found.append(Found(value, match.start(), match.end(), text[match.start() : match.end()]))
    return found


def _read(match: re.Match[str]) -> str | Refusal | Ambiguous | None:
    word = match["hour"] or match["oclock"] or match["en"]
    hour = number(word)
    if not isinstance(hour, int):
        return None
    if word == "一" and not match["part"] and not match["tail"] and not match["about"]:
        return None
    minute = _minute(match)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return Refusal(
            T("没有{words}这个时间，请再看一下，比如 {example}。", words=match.group(), example=_EXAMPLE)
        )
    if half := match["half"] or match["enhalf"]:
        return f"{hour % 12 + (12 if half[0] in 'pP' else 0):02d}:{minute:02d}" if hour <= 12 else None
    if part := match["part"]:
        return f"{_in_part(part, hour) % 24:02d}:{minute:02d}"
    # 8时15分 is how the papers write it, by 24 hours.
    written = match["unit"] == "时" and match["past"]
    if match["oclock"] and 1 <= hour <= 12 and not word.startswith("0") and not written:
        early, late = f"{hour % 12:02d}:{minute:02d}", f"{hour % 12 + 12:02d}:{minute:02d}"
        first, second = (late, early) if hour in (12, 1, 2, 3, 4, 5) else (early, late)
        return Ambiguous("time", tuple((one, T("{time}", time=one)) for one in (first, second)))
    return f"{hour % 24:02d}:{minute:02d}"


def _minute(match: re.Match[str]) -> int:
    if match["minute"]:
        return int(match["minute"])
    if match["quarter"]:
        return 45 if match["quarter"] in "三3" else 15
    if match["tail"] == "半":
        return 30
    value = number(match["past"]) if match["past"] else 0
    return value if isinstance(value, int) else 99


def _in_part(part: str, hour: int) -> int:
    """The hour by 24 that `part` of the day makes of a clock's `hour`."""
    if hour > 12 or hour == 0:
        return hour
    if part in ("下午", "午后", "傍晚", "后晌", "下晌"):
        return hour % 12 + 12
    if part in ("中午", "正午", "晌午"):
        return hour if hour >= 10 else hour + 12
    if part in ("晚上", "晚", "夜里", "夜晚", "夜", "半夜", "深夜", "后半夜", "午夜", "黑里", "黑夜", "黑间"):
        return hour % 12 if hour == 12 or hour <= 4 else hour + 12
    return hour % 12 if part == "凌晨" else hour
