"""Numbers as people write them: 28, ２８, 二十八, 廿八, 一八〇, 两千三百, 三点二, 半."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import cn2an

DIGITS = "〇零一二两三四五六七八九幺兩"
"""Chinese digits, for character classes."""

CHINESE = rf"[{DIGITS}十百千廿卅]"

NUMERAL = rf"(?:[0-9]{{1,12}}(?:\.[0-9]{{1,6}})?|{CHINESE}{{1,12}}(?:点[{DIGITS}]{{1,6}})?)"
"""One numeral, Arabic or Chinese, as a piece of a pattern without groups; `number` reads what it matches."""

_ARABIC = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_SPELT = re.compile(rf"(?:{CHINESE}|[万萬亿壹贰叁肆伍陆柒捌玖拾佰仟卌俩仨])+(?:点[{DIGITS}]+)?")
_PLAIN = str.maketrans(
    {"廿": "二十", "卅": "三十", "卌": "四十", "兩": "两", "俩": "两", "仨": "三", "幺": "一", "萬": "万"}
)


@lru_cache(maxsize=4096)
def number(text: str) -> int | float | None:
    """The number that the whole of `text` says, or None. 半 is 0.5; 三千二 is 3200; 一八〇 is 180."""
    text = unicodedata.normalize("NFKC", text).strip()
    if _ARABIC.fullmatch(text):
        return float(text) if "." in text else int(text)
    if text == "半":
        return 0.5
    if not _SPELT.fullmatch(text) or len(text) > 16:
        return None
    text = text.translate(_PLAIN)
    if text[0] in "百千":
        text = "一" + text
    try:
        value = cn2an.cn2an(text, "smart")
    except (ValueError, KeyError):  # KeyError: 二十零
        return None
    whole = int(value)
    return whole if whole == value else float(value)
