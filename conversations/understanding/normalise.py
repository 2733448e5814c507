"""One way of writing for every message, before anything is read from it.

Phones, keyboards and copied tables write the same words in full and half width, with invisible marks
between them. Names must come through unharmed: rare characters stay, and the dot of 阿依古丽·买买提 is
made one of the many that look like it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST = 800
"""Characters of a message that are read for what it reports; no report is longer, and nothing is to take long.
Danger signs are heard in all of it."""

HAN = r"\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Han characters, to be put inside a character class; the extensions and 〇 included."""

# Controls, format marks (bidi, zero width, soft hyphen, BOM, tags), fillers that show nothing, variation
# selectors, the box around keycap digits, lone surrogates and noncharacters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\ufdd0-\ufdef\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]+"
)
_DOTS = re.compile(rf"(?<=[{HAN}]) ?[·•‧∙⋅・･․] ?(?=[{HAN}])")
_PUNCTUATION = str.maketrans("‐‑‒–—−➕“”‘’", "------+\"\"''")

_TRADITIONAL = str.maketrans(
    "號後農曆陰陽舊閏臘歲個這兩點時週禮節國慶勞動鐘萬懷經電話機聯繫過來裡裏間滿產沒兒婦聖誕當餘將約證碼換",
    "号后农历阴阳旧闰腊岁个这两点时周礼节国庆劳动钟万怀经电话机联系过来里里间满产没儿妇圣诞当余将约证码换",
)
"""The words that dates, numbers and phones stand beside, as Traditional writers type them."""


def simplify(text: str) -> str:
    """`text` with the Traditional characters that parsers look for written simplified, each in its place.

    For recognising words only: a place in it is a place in `text`, and what is kept, a name above all, is cut
    from `text` itself.
    """
    return text.translate(_TRADITIONAL)


@lru_cache(maxsize=1024)
def normalise(text: str) -> str:
    """`text` in one way of writing: NFKC, nothing invisible, one name dot, one dash, no stray space.

    A line break stays one (`\\n`), any other white space is one blank. Doing it twice changes nothing.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_PUNCTUATION)
    text = _INVISIBLE.sub("", text)
    text = "\n".join(row for row in map(_row, text.splitlines()) if row)
    return text if text.isascii() else _DOTS.sub("·", text)


def _row(line: str) -> str:
    return " ".join(line.split())
