"""Short codes for those trained on them: `P 周玉梅 20260901 137…`, `孕 李梅 9.3`, `生 王芳 9.20 女 6斤8两`.

A code stands first, the rest is positional only in so far as the first date is the one the code is about. It is
written out in words, and read as they are.
"""

from __future__ import annotations

import re

_CODE = re.compile(
    r"^\s*(?P<code>p|yq|hy|孕|怀|b|fm|生|产|l|lc|流|md|孕亡|产亡|cd|娃亡|童亡|儿亡)(?:[\s:：,，+]+|(?=[#＃]))[#＃]?(?P<rest>\S.*)$",
    re.I | re.S,
)
_WORDS = {
    **dict.fromkeys(("p", "yq", "hy", "孕", "怀"), "怀孕"),
    **dict.fromkeys(("b", "fm", "生", "产"), "分娩"),
    **dict.fromkeys(("l", "lc", "流"), "流产"),
    **dict.fromkeys(("md", "孕亡", "产亡"), "孕产妇死亡"),
    **dict.fromkeys(("cd", "娃亡", "童亡", "儿亡"), "孩子死亡"),
}
_DATE = re.compile(
    r"(?<![\d.])(?:(?:19|20)\d\d[-./年]?\d{1,2}[-./月]?\d{1,2}[日号]?|\d{1,2}[./月-]\d{1,2}[日号]?)(?![\d.斤公千])"
)
_LABELLED = re.compile(r"末次|月经|lmp|预产|edd|edc|孕?\d{1,2}\s*(?:周|\+\d)", re.I)


def expand(text: str) -> str:
    """`text` with a leading short code written out; any other text as it is."""
    match = _CODE.match(text)
    if match is None:
        return text
    words = _WORDS[match["code"].lower()]
    rest = match["rest"]
    if words == "怀孕" and not _LABELLED.search(rest):
        rest = _DATE.sub(lambda m: "末次月经" + m[0], rest, count=1)
    return f"{words} {rest}"
