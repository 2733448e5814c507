"""PINs: six digits that a colleague chose, and that are asked for before names are shown by SMS."""

from __future__ import annotations

import re

_PIN = re.compile(r"\s*(?:(?:pin码?|密码)\s*[是:：]?)?\s*([0-9](?:\s?[0-9]){5})\s*[。.]?\s*", re.I)
_NAMED = re.compile(r"(?<![a-z])pin(?![a-z])|密码", re.I)
_STRAIGHT = "01234567890"


def pin_in(text: str) -> str | None:
    """The PIN a (normalised) message is: six digits, blanks between them or not."""
    match = _PIN.fullmatch(text)
    return "".join(match[1].split()) if match is not None else None


def names_pin(text: str) -> bool:
    """Whether a message speaks of a PIN: it may hold one, or a wrong try at one."""
    return _NAMED.search(text) is not None


def is_weak(pin: str) -> bool:
    """Whether it would be guessed in five tries: all digits alike, or straight up or down."""
    return len(set(pin)) == 1 or pin in _STRAIGHT or pin[::-1] in _STRAIGHT
