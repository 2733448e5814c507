"""Resident identity numbers (公民身份号码, GB 11643): 18 characters that carry birth date and sex.

The check digit is python-stdnum's; birth date and province are checked here, because its table of counties
knows not all of the old ones and its birth dates may lie in the future.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from stdnum.cn import ric

from conversations.text import Refusal, T
from conversations.understanding.found import Found

Sex = Literal["male", "female"]


@dataclass(frozen=True, slots=True)
class ResidentId:
    """A number whose check digit, birth date and province are right. A final x is written X."""

    number: str
    birth_date: date
    sex: Sex


# The two digits a county code begins with (GB/T 2260), Hong Kong, Macao, Taiwan and foreigners included.
_PROVINCES = frozenset(
    str(code)
    for codes in ((11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72), (81, 84), (91, 92))
    for code in range(*codes)
)

SPACED_ID = r"(?<![0-9])[0-9]{6}[ \-]?[0-9]{4}[ \-]?[0-9]{4}[ \-]?[0-9]{3}[ \-]?[0-9Xx×](?![0-9Xx×])"
"""A number of 18 in its natural groups, as a piece of a pattern: dates and phones inside it are none."""

_EIGHTEEN = re.compile(SPACED_ID)
_RUN = re.compile(r"(?<![0-9])[0-9]{12,20}[Xx×]?(?![0-9])")
_DATE_AND_PHONE = re.compile(r"(?:19|20)[0-9]{6}1[3-9][0-9]{9}")
_CUE = re.compile(r"(?:身份证|证件)(?:号码?)?[是为:,， ]*$")


def find_resident_ids(text: str, today: date | None = None) -> list[Found[ResidentId]]:
    """The identity numbers in `text`; with `today`, one born after it is refused.

    Refused, with what is wrong: a wrong check digit, an impossible birth date, an unknown province, the old
    number of 15 digits, and runs of 16, 17 or 19 digits, which are an identity number with a slip in it.
    """
    if len(text) < 12:
        return []
    found: list[Found[ResidentId]] = []
    taken = 0
    for match in _EIGHTEEN.finditer(text):
        found.append(Found(_read(match.group(), today), match.start(), match.end(), match.group()))
        taken = match.end()
    for match in _RUN.finditer(text):
        if any(one.start < match.end() and match.start() < one.end for one in found):
            continue
        refusal = _wrong_length(
            match.group(), bool(_CUE.search(text, max(0, match.start() - 8), match.start()))
        )
        if refusal:
            found.append(Found(refusal, match.start(), match.end(), match.group()))
            taken = max(taken, match.end())
    return sorted(found, key=lambda one: one.start)


def _read(written: str, today: date | None) -> ResidentId | Refusal:
    number = re.sub(r"[ \-]", "", written).upper().replace("×", "X")
    if number[:2] not in _PROVINCES:
        return Refusal(
            T("身份证号的前两位 {province} 不是哪个省的代码，请对着身份证再看一下。", province=number[:2])
        )
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        born = None
    if born is None or born.year < 1900 or (today is not None and born > today):
        return Refusal(
            T("身份证号里的出生日期不对，请对着身份证再看一下。第7到14位是出生年月日，比如 19950903。")
        )
    if ric.calc_check_digit(number) != number[-1]:
        return Refusal(
            T(
                "身份证号对不上，可能有一位写错了。请对着身份证再写一遍18位，末位是 X 的也写上，"
                "比如 36072219950903000X 这样的格式。"
            )
        )
    return ResidentId(number, born, "male" if int(number[16]) % 2 else "female")


def _wrong_length(written: str, asked: bool) -> Refusal | None:
    digits = written.rstrip("Xx×")
    length = len(written)
    if length == 15 and (asked or _old(digits)):
        return Refusal(T("这是15位的老身份证号，请说新的18位号码，比如 36072219950903000X 这样的格式。"))
    likely = asked or (length in (16, 17, 19) and digits[:2] in _PROVINCES)
    if not likely or length == 18 or _DATE_AND_PHONE.fullmatch(digits):
        return None
    return Refusal(
        T(
            "身份证号应是18位，这里有{length}位，请再看一下，比如 36072219950903000X 这样的格式。",
            length=length,
        )
    )


def _old(digits: str) -> bool:
    try:
        date(1900 + int(digits[6:8]), int(digits[8:10]), int(digits[10:12]))
    except ValueError:
        return False
    return digits[:2] in _PROVINCES
