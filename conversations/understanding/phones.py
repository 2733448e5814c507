"""Mobile numbers: 11 digits in whatever groups, with or without +86."""

from __future__ import annotations

import re

from conversations.text import Refusal, T
from conversations.understanding.found import Found
from conversations.understanding.ids import SPACED_ID
from conversations.understanding.normalise import simplify
from conversations.understanding.numerals import number

_GAP = r"[ \-.]{1,3}"
_SPELT = "〇零一二三四五六七八九幺"
# Digits are joined over gaps only in groups that people use, so that the 2 of "1380000123 2胎" is not taken
# for the digit that is missing.
_MOBILE = re.compile(
    r"(?<![0-9])(?:(?:\+|00)?86[ \-]{0,2}|\+)?"
    rf"(?P<digits>1[3-9][0-9]{{9}}|1[3-9][0-9]{{1,6}}(?:{_GAP}[0-9]{{3,8}}){{1,2}}"
    rf"|1[3-9][0-9](?:{_GAP}[0-9]{{2}}){{4}}|1(?:{_GAP}[0-9]){{10}})(?![0-9])"
)
_AFTER_DATE = re.compile(r"(?<![0-9])(?:(?:19|20)[0-9]{6})(?P<digits>1[3-9][0-9]{9})(?![0-9])")
_SPOKEN = re.compile(rf"(?P<digits>[一幺][三四五六七八九][{_SPELT}]{{9}})(?![{_SPELT}])")
_ONE_OFF = re.compile(
    r"(?<![0-9])(?<![册编证卡]号)(?P<digits>(?:\+?86 ?)?1[3-9](?:[0-9]{8}|[0-9]{10})|1[012][0-9]{9}"
    rf"|1[3-9][0-9](?:{_GAP}[0-9]{{3,5}}){{2}})(?![0-9Xx])"
)
_CUED = re.compile(
    r"(?:电话|手机|联系方式|[Tt][Ee][Ll])(?:号码?)?(?:改成|换成|换了|改为|是|为)?[:, ]*"
    r"(?P<digits>\+?[0-9](?:[ \-]?[0-9]){4,14})(?![0-9])"
)
_ID = re.compile(SPACED_ID)
_HINT = re.compile(rf"[0-9](?:[ \-.]*[0-9]){{4}}|[一幺][{_SPELT}]{{10}}")


def find_phones(text: str) -> list[Found[str]]:
    """The mobile numbers in `text`, as 11 digits.

    A number meant as one, by its beginning or by 电话 before it, is refused where it is too long or too
    short, or a fixed line's.
    """
    if not _HINT.search(text):
        return []
    found: list[Found[str]] = []
    masked = _ID.sub(lambda match: "#" * len(match.group()), simplify(text))
    for pattern in (_MOBILE, _AFTER_DATE, _SPOKEN, _ONE_OFF, _CUED):
        for match in pattern.finditer(masked):
            start, end = match.start() if pattern is _MOBILE else match.start("digits"), match.end()
            if any(one.start < end and start < one.end for one in found):
                continue
            written = text[start:end]
            if pattern in (_ONE_OFF, _CUED):
                found.append(Found(_refusal(written), start, end, written))
            elif len(digits := _digits(match["digits"])) == 11:
                found.append(Found(digits, start, end, written))
    return sorted(found, key=lambda one: one.start)


def _digits(written: str) -> str:
    return str(number(written)) if written[0] in "一幺" else re.sub(r"[^0-9]", "", written)


def _refusal(written: str) -> Refusal:
    """What is wrong with it, without the number: it may be read where nobody's number must stand."""
    digits = _digits(written)
    if digits.startswith("0") and not digits.startswith("00"):
        return Refusal(T("这个号像是座机，收不到短信。请说手机号，比如 19900000101。"))
    if len(digits) == 11:
        return Refusal(T("这个号不像手机号，请再看一下，比如 19900000101。"))
    return Refusal(T("手机号应是11位，这里有{n}位，请再看一下，比如 19900000101。", n=len(digits)))
