"""What a text costs as SMS (GSM 03.38 or UCS-2, how many parts), and how it is shortened to cost no more."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Two units each: an escape and the character."""

_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z.,:/@#*+_%-]*[0-9A-Za-z%]")
"""A number, date, address or word: never shown in part, half a phone number is worse than none."""
_BREAKS = ("\n", "。！？!?；;", "，,、 ")
"""Where a text is best cut, from best to worst: after these."""
_ZWJ = "\u200d"
_VIRAMA = 9
"""The combining class of signs that tie two Indic letters into one."""
_AM = "\u0e33\u0eb3"
"""Thai and Lao vowels that belong to the letter before them."""
_FLAGS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
"""Two of these make a flag."""
_LONE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class SmsLength:
    """`units` in the encoding's own (septets, or 16-bit units); `parts` as the network bills them."""

    encoding: Literal["gsm7", "ucs2"]
    units: int
    parts: int


def sms_length(text: str) -> SmsLength:
    """How long `text` is as SMS: 160/153 septets or 70/67 UCS-2 units a part.

    Neither an escaped character nor a surrogate pair is cut in two, so a part may stay one unit short.
    """
    if _GSM7.union(_GSM7_EXTENDED).issuperset(text):
        sizes = [2 if character in _GSM7_EXTENDED else 1 for character in text]
        return SmsLength("gsm7", sum(sizes), _parts(sizes, single=160, joined=153))
    sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return SmsLength("ucs2", sum(sizes), _parts(sizes, single=70, joined=67))


def fit(text: str, max_parts: int, *, before: str = "", after: str = "", keep: Sequence[str] = ()) -> str:
    """`before` + `text` + `after` in at most `max_parts` parts; where it is too long, `text` is shortened.

    `before` is a signature (【孕管】), `after` a way out (回T退订): both are counted and never shortened, and
    not doubled where the text has them already. A shortened text ends after a line, a sentence or a clause if
    that wastes no more than half of the room, and in "…"; it is never cut within a number, a word, a
    character with its accents, or any of the names in `keep`, unless not even one of these fits.
    """
    text = _LONE.sub("\ufffd", text).strip()
    before = "" if text.startswith(before) else before
    after = "" if text.endswith(after) else after

    def fits(body: str) -> bool:
        return sms_length(before + body + after).parts <= max_parts

    if fits(text):
        return before + text + after
    if not fits(""):
        raise ValueError("the signature alone is longer than a message may be")
    mark = "..." if sms_length(before + text + after).encoding == "gsm7" else "…"
    room = _longest(lambda end: fits(text[:end].rstrip() + mark), len(text))
    if room == 0 and not fits(mark):
        mark = ""
    end = _cut(text, room, keep)
    return before + text[:end].rstrip() + mark + after


def _longest(good: Callable[[int], bool], high: int) -> int:
    """The highest `end` up to `high` that is good; the lower ones are then good too (0 counts as good)."""
    low = 0
    while low < high:
        middle = (low + high + 1) // 2
        if good(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _cut(text: str, room: int, keep: Sequence[str]) -> int:
    """The best place to cut, at most `room` characters from the start."""
    whole = _spans(text, keep)

    def allowed(end: int) -> bool:
        return not any(start < end < stop for start, stop in whole)

    for marks in _BREAKS:
        for end in range(room, room // 2, -1):
            if text[end - 1] in marks and allowed(end) and not _joined(text, end):
                return end
    for end in range(room, 0, -1):
        if allowed(end) and not _joined(text, end):
            return end
    return next((end for end in range(room, 0, -1) if not _joined(text, end)), room)


def _spans(text: str, keep: Sequence[str]) -> list[tuple[int, int]]:
    names = [re.escape(name) for name in sorted(keep, key=len, reverse=True) if name]
    patterns = [_NUMBER, *([re.compile("|".join(names))] if names else [])]
    return [match.span() for pattern in patterns for match in pattern.finditer(text)]


def _joined(text: str, end: int) -> bool:
    """Whether the characters on both sides of `end` are one to the eye: accents, emoji sequences, flags,
    Korean syllables (UAX #29, without its rarest rules)."""
    if not 0 < end < len(text):
        return False
    left, right = text[end - 1], text[end]
    if left + right == "\r\n" or left == _ZWJ or right == _ZWJ:
        return True
    if unicodedata.category(right).startswith("M") or "\U0001f3fb" <= right <= "\U0001f3ff" or right in _AM:
        return True
    if "\u1160" <= right <= "\u11ff" and "\u1100" <= left <= "\u11ff":
        return True
    if unicodedata.combining(left) == _VIRAMA and unicodedata.category(right) == "Lo":
        return True
    return right in _FLAGS and (end - len(text[:end].rstrip(_FLAGS))) % 2 == 1


def _parts(sizes: Iterable[int], *, single: int, joined: int) -> int:
    sizes = list(sizes)
    if sum(sizes) <= single:
        return 1
    parts, room = 1, joined
    for size in sizes:
        if size > room:
            parts, room = parts + 1, joined
        room -= size
    return parts
