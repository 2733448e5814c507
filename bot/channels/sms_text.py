"""What a text costs as SMS: GSM 03.38 or UCS-2, and in how many parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENDED = frozenset("^{}\\[~]|€\f")
"""Two units each: an escape and the character."""


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
