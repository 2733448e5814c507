"""Whom never to answer, when to fall silent, and the words that end or resume it. Pure: no clock, no tables.

An unknown sender is no machine: she is answered once a day (the conversation's business). Danger goes before
all of this: nothing here is asked about a danger alert.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

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
        recent = sorted((at, _bare(text)) for at, text in heard if now - self.window < at <= now)
        return bool(recent) and sum(text == recent[-1][1] for _, text in recent) > self.times


Word = Literal["opt_out", "opt_in", "wrong_number"]

_OUT = re.compile(
    r"(?:回复?)?(?:td|tui\s*ding|退订|取消订阅|stop|stopall|unsubscribe|quit)"
    r"|(?:请|请你|求)?(?:你们?)?(?:不要|别|不用|莫|勿)再?(?:给?(?:我|俺))?(?:再)?(?:发|打扰|骚扰|提醒)(?:我|了|短信|信息|消息|来)*(?:了)?"
    r"|停止(?:发送|短信)|拒收(?:短信)?|不想?再?(?:收|接收|看)到?(?:你们的|这些|这种)?(?:短信|信息|消息)?了?"
)
_IN = re.compile(
    r"(?:我要|请|回复?)?(?:恢复|重新订阅|继续发送?|start|unstop|resume)(?:短信|提醒|订阅|接收|发送)?(?:吧|了)?"
)
_WRONG = re.compile(
    r"(?:你们?)?(?:发|打|找|弄|搞)错(?:人|号|号码|电话)?了?|(?:我)?不认识(?:她|这个?人)|(?:这|此)(?:个)?(?:号码?|电话|手机)(?:不是|已经不是)(?:她|她的|本人)(?:了|的)?"
    r"|wrong\s*number"
)
_LETTERS = frozenset("tnr")


def word(text: str, *, woman: bool, question_open: bool) -> Word | None:
    """The whole message as one of the words that must always work: 退订, 恢复, 打错了.

    T, N and R alone are opt-outs from a woman who was asked nothing: otherwise they are answers, and staff
    never lose their work messages by a letter. To staff 打错了 is a slip of the finger. A word inside a longer
    message is the conversation's business.
    """
    bare = _bare(text)
    if bare in _LETTERS:
        return "opt_out" if woman and not question_open else None
    for found, pattern in (("opt_out", _OUT), ("opt_in", _IN), ("wrong_number", _WRONG)):
        if pattern.fullmatch(bare) and (woman or found != "wrong_number"):
            return found  # type: ignore[return-value]
    return None


def _bare(text: str) -> str:
    """Without case, width, spaces at the ends, punctuation and signs."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(c for c in plain if unicodedata.category(c)[0] in "LNZ" or c.isspace())
    return " ".join(kept.split())
