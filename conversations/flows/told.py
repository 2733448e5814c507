"""What an opening message tells besides its event: 李梅转诊反馈：接诊，评估橙色，住院观察, part by part."""

from __future__ import annotations

import re
from datetime import date

from conversations.understanding.dates import find_dates
from conversations.understanding.lexicon import fold
from conversations.understanding.normalise import normalise

_BREAK = re.compile(r"[,，。;；!！、\n]+|(?<!\d)[:：]|\s+")
_EDGE = " ,，。.;；:："
LONGEST = 200
"""Characters kept of what was told."""


def parts(text: str, name: str, today: date) -> list[str]:
    """The parts of a message, without her name and without the days they begin with; empty ones left out."""
    found: list[str] = []
    for piece in _BREAK.split(normalise(text)):
        said = (piece.replace(name, " ") if name else piece).strip(_EDGE).lstrip("的了")
        days = find_dates(fold(said), today)
        if days and days[0].start == 0:
            said = said[days[0].end :].strip(_EDGE).lstrip("的了")
        if said:
            found.append(said)
    return found


def together(said: list[str]) -> str:
    """The parts as one finding."""
    return "，".join(said)[:LONGEST]
