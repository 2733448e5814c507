"""Words that name an infection or a colour, or let one guess it: what is not quoted, not asked in a village, not written into
a programme (requirements.md §4). Here alone, so that a word added is known everywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from conversations.care.rules import Colour

_NAMED = r"[艾爱愛]滋|hiv|梅毒|乙肝|丙肝|肝炎|淋病|湿疣|疱疹|性病|结核"
_SPREADS = r"传染|感染"
_CARRIED = r"大三阳|小三阳"
_ENGLISH = r"aids|syphilis|hepatitis|infect|tuberculosis"
_DRUGS = r"吸毒|毒品"


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)


INFECTION: Final = _any(_NAMED, _SPREADS, _CARRIED, _ENGLISH, _DRUGS, r"性传播|生殖器溃疡|流脓")
"""Words that name an infection, a sexually transmitted disease or drugs, or hint at one."""

NOT_QUOTED: Final = _any(_NAMED, _SPREADS, _CARRIED, _ENGLISH, r"肺炎|新冠|流感|病毒|阳性|携带")
"""Nobody's diagnosis travels in a message: her own words with one of these are not quoted."""

_COLOUR = re.compile(r"橙|紫|[绿黄红](?:色|标|牌|码|级|区)")
_GUESSED = _any(r"[橙橘红紫]色?(?:风险|预警|标|级|的|$)|[橙橘红紫]色", _NAMED, _DRUGS, r"传染病")
_AN_INFECTION = _any(_NAMED, _CARRIED, _ENGLISH, _DRUGS, r"传染|性传播")
_ILLNESS = _any(_NAMED, _SPREADS, _DRUGS, r"阳性|橙色|红色|紫色|精神病|精神疾病")

COLOUR_OF: Final[Mapping[str, Colour]] = {
    "绿": "green",
    "黄": "yellow",
    "橙": "orange",
    "橘": "orange",
    "红": "red",
    "紫": "purple",
}
"""Each colour by the one character it is called by."""


_CLAUSE = re.compile(r"[^,，。;；!！?？\n]+")
_FOUND = re.compile(r"阳性?|\+|携带|大三阳|小三阳|查出|检出|确诊|得了|患|是|有|染上")
_NOT_FOUND = re.compile(
    r"阴性?|疫苗|未见|排除|预防|宣传|宣教|怀疑过|不是|(?:没|未|无)(?:有|得|查出|检出|发现)?|(?:筛查|检查|检测|抽血|化验)(?:了|过|了没有)?$"
)


def infection_found(words: str) -> str | None:
    """The part of these words that tells of an infection she has: 梅毒阳性, 查出乙肝; None: none, or none is said to be
    found (乙肝疫苗打了, HIV阴性)."""
    for match in _CLAUSE.finditer(words):
        clause = match[0].strip()
        if INFECTION.search(clause) and not _NOT_FOUND.search(clause) and _FOUND.search(clause):
            return clause
    return None


def tells(words: str) -> bool:
    """Whether these words tell a colour or an infection: never where a coordinator or a woman reads."""
    return bool(INFECTION.search(words) or _COLOUR.search(words))


def tells_infection(words: str) -> bool:
    """Whether words name, or let one guess, what no answer of ours repeats."""
    return _GUESSED.search(words) is not None


def names_infection(words: str) -> bool:
    """Whether words name an infection: what was told of her and is read back to who told it (伤口有点红 names none)."""
    return _AN_INFECTION.search(words) is not None


def tells_illness(words: str) -> bool:
    """Whether words that go to a colleague's phone name an illness or a colour."""
    return _ILLNESS.search(words) is not None
