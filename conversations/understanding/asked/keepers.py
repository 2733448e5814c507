"""Whose women are asked for: 张医生负责的, 孙桂花管的, 我包保的."""

from __future__ import annotations

import re
from typing import Any, Final

from conversations.asking.question import ME

from ..name_words import DOUBLE_SURNAMES, SURNAMES
from ..names import is_name

_TITLES: Final = r"医生|大夫|医师|护士长|护士|主任|院长|所长|站长|书记|专干|干部|老师|大姐|姐|阿姨|嫂"
_HOW: Final = r"(?:包保|包联|联系包保|包)|(?:负责(?:包保|管理|跟进|随访)?|管理?|跟进?|跟踪|名下|手[里上头])"
_KEEPS: Final = re.compile(
    rf"(?:[归由是])?(?P<who>我(?:自己|本人)?|[\u4e00-\u9fff]{{2,4}}?|[\u4e00-\u9fff]{{1,2}}(?:{_TITLES}))"
    rf"(?:在)?(?P<how>{_HOW})(?:着|了)?(?:的|(?=(?:有|都|是)?(?:哪|谁|几|多少)))"
)
_WHOSE: Final = re.compile(
    rf"(?P<who>我(?:自己|本人)?|[\u4e00-\u9fff]{{2,4}}?|[\u4e00-\u9fff]{{1,2}}(?:{_TITLES}))(?:的)?包保(?:对象|名单|人员|户)"
)
_MYSELF: Final = (ME, "我自己", "我本人")
_MINE_ALL: Final = ("管", "名下", "手", "跟")
"""我管的, 我手上的 are all of hers."""


def keeper_at(text: str, at: int) -> tuple[int, dict[str, Any]] | None:
    """The colleague whose women are asked for at `at`, and where that ends: 包保 by name only, 负责 and 管 also as the
    coordinator of a village."""
    match = _KEEPS.match(text, at) or _WHOSE.match(text, at)
    if match is None:
        return None
    who, how = match["who"], match.groupdict().get("how") or "包保"
    if who in _MYSELF:
        if how.startswith(_MINE_ALL):
            return None
        who = ME
    elif who.startswith(ME) or not _is_called(who):
        return None
    by_name = "包" in how
    return match.end(), {"responsible": who, **({"by_name": True} if by_name else {})}


def _is_called(who: str) -> bool:
    titled = re.fullmatch(rf"(?P<bare>.+?)(?:{_TITLES})", who)
    if titled is None:
        return is_name(who)
    bare = titled["bare"]
    return bare in SURNAMES or bare in DOUBLE_SURNAMES or is_name(bare)
