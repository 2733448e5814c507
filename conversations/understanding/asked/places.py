"""Villages and townships as questions name them: 古陂村, 古陂, 塘背."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .phrases import RULES

PLACE = re.compile(
    r"(?P<name>(?:(?![的个哪几各每没谁我俺咱你这那别其有按分全到孕胎检不除非未是要了])[\u4e00-\u9fff]){1,5}?)"
    r"(?P<kind>村委会|村|社区|街道|(?<![返回下城家老同外异])乡|镇)(?!医|民|干|长|委|卫|支|主|级)"
)
LEADS = frozenset("把将给从由和跟与及查看到去请让在住有里再也还换改成只")
"""Words before a place that may begin its name too: 和塘背村, but 和平村."""
_NOPLACE = re.compile(
    r"[病症血糖压胎孕产检查周岁月天疤瘢肝梅毒肥胖贫双医院药术剖宫生育娃孩婆婚男女老少不没无未非除什怎么为能会可吃喝注意备比以只换改再应肯千万页批次条好坏已完过做报评级期常近级低高风险危急她他它你我谁今昨前]"
)
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]{2,3}")


def bare_place(name: str) -> str:
    """古陂村, 古陂镇: 古陂. 李村 stays what it is."""
    for ending in ("村委会", "村", "社区", "街道", "乡", "镇"):
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name[: -len(ending)]
    return name


def known_place(text: str, at: int, places: Iterable[str]) -> tuple[int, str] | None:
    """The place of those known that is named at `at`, and where its name ends."""
    for name in places:
        short = bare_place(name)
        if len(short) >= 2 and text.startswith(short, at):
            end = at + len(short)
            ending = _PLACE_ENDING.match(text, end)
            return (ending.end() if ending else end), short
        if text.startswith(name, at):
            return at + len(name), short
    return None


_PLACE_ENDING = re.compile(r"村委会|村|社区|街道|乡|镇")


def unknown_run(text: str, at: int) -> str | None:
    """Two or three characters nobody knows, before the first phrase or after it: perhaps a village's name."""
    for length in (2, 3):
        run = text[at : at + length]
        if not _HAN_RUN.fullmatch(run) or _NOPLACE.search(run):
            return None
        after = at + length
        if after < len(text) and any(pattern.match(text, after) for _, pattern, _ in RULES):
            return run
    return None
