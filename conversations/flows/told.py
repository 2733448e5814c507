"""What an opening message tells besides its event: 李梅转诊反馈：接诊，评估橙色，住院观察, part by part."""

from __future__ import annotations

import re
from datetime import date

from conversations.understanding.dates import find_dates, find_times
from conversations.understanding.lexicon import fold
from conversations.understanding.normalise import normalise
from conversations.understanding.people import told_of

_BREAK = re.compile(r"[,，。;；!！、\n]+|(?<!\d)[:：]|\s+")
_VILLAGE = re.compile(r"(?:在|是|住)?[\u4e00-\u9fff]{1,8}村(?:的|人)?")
_EDGE = " ,，。.;；:："
LONGEST = 200
"""Characters kept of what was told."""


def parts(text: str, name: str, today: date) -> list[str]:
    """The parts of a message that are about her, without her name, her village and the days and times they begin with."""
    found: list[str] = []
    for piece in _BREAK.split(told_of(normalise(text), name)):
        said = (piece.replace(name, " ") if name else piece).strip(_EDGE).lstrip("的了")
        for find in (lambda words: find_dates(words, today), find_times):
            when = find(fold(said))
            if when and when[0].start == 0:
                said = said[when[0].end :].strip(_EDGE).lstrip("的了")
        if said and not _VILLAGE.fullmatch(said):
            found.append(said)
    return found


def together(said: list[str]) -> str:
    """The parts as one finding."""
    return "，".join(said)[:LONGEST]
