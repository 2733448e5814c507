"""Whom never to answer, and when to fall silent. Pure: no clock, no tables.

An unknown sender is no machine: she is answered once a day (the conversation's business). Danger goes before
all of this: nothing here is asked about a danger alert.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.understanding.consent import bare

SHORTEST = 8
"""Digits. Shorter numbers are services (10086, 12306), not people."""

_PREFIX = re.compile(r"^(?:\+|00)?86(?=1[3-9]\d{9}$)")
_SPACES = re.compile(r"[\s\-().\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_LANDLINE = re.compile(r"^(?:\+|00)86(?=[1-9])")


def canonical(number: str) -> str:
    """A sender's number as it is stored and compared: 11 digits for a mobile, whatever prefix it came with.

    +86 138 0000 1234, 008613800001234 and 86-13800001234 are 13800001234; +86 797 1234567 is 07971234567;
    other countries keep their +; what is no number stays as it is.
    """
    plain = unicodedata.normalize("NFKC", _SPACES.sub("", unicodedata.normalize("NFKC", number)))
    if mobile := _PREFIX.match(plain):
        return plain[mobile.end() :]
    if (home := _LANDLINE.match(plain)) and plain[home.end() :].isdecimal():
        rest = plain[home.end() :]
        return rest if is_service(rest) else "0" + rest
    if plain.startswith("00") and plain.isdecimal():
        return "+" + plain[2:]
    return plain


def is_service(number: str) -> bool:
    """A number only services have: 106 (the operators' gateways), 95, 100, 12 and on; or too short for people."""
    return len(number) < SHORTEST or number.startswith(("106", "95", "100", "12"))


def is_machine(number: str, own: Collection[str] = ()) -> bool:
    """Whether nobody reads what is sent to this (canonical) number: services, names, ourselves."""
    digits = number.removeprefix("+")
    if not (digits.isdecimal() and digits.isascii()):
        return True
    return is_service(digits) or number in own


@dataclass(frozen=True, slots=True)
class Loop:
    """When two programs talk to each other: the same text more than `times` times within `window`."""

    times: int = 3
    window: timedelta = timedelta(minutes=10)

    def closed(self, heard: Iterable[tuple[datetime, str]], now: datetime) -> bool:
        """Whether the newest text came too often. `heard`: when and what one number wrote, in any order."""
        recent = sorted((at, bare(text)) for at, text in heard if now - self.window < at <= now)
        return bool(recent) and sum(text == recent[-1][1] for _, text in recent) > self.times
