"""A newborn's weight: 6斤8两, 六斤半, 3.2公斤, 三公斤二, 3200克, and 2900 where a weight was asked for."""

from __future__ import annotations

import re

from conversations.text import Ambiguous, Refusal, T
from conversations.understanding.found import Found
from conversations.understanding.numerals import CHINESE, DIGITS, NUMERAL, number

JIN = 500
"""Grams in one 斤 (市斤)."""
LIANG = 50
"""Grams in one 两: ten make a 斤."""

# A 两 or a tenth after the unit: 6斤8两, 6斤8, 6斤半, 三公斤二.
_NOT_REST = "(?![0-9.周岁天月日号点时胎个年斤])"
_REST = (
    "(?:零|又| (?=[0-9一二三四五六七八九]{{1,2}} ?[两兩]))?(?P<{}>半|[0-9]{{1,2}}"
    + _NOT_REST
    + "|[一二三四五六七八九十]{{1,2}}"
    + _NOT_REST
    + ")"
)
_WEIGHT = re.compile(
    rf"(?<![0-9.])(?:"
    rf"(?P<kg>{NUMERAL}) ?(?:公斤|千克|kg|KG|Kg|kG)(?:{_REST.format('tenth')}(?P<kgliang> ?两)?)?"
    rf"|(?P<jin>{NUMERAL}|半) ?市?斤(?:{_REST.format('liang')} ?[两兩量]?)?"
    rf"|(?P<g>{NUMERAL}) ?(?:克|[gG](?![A-Za-z/]))(?!/)"
    rf"|(?P<only>[0-9]+|{CHINESE}+) ?[两兩](?![{DIGITS}个周天次年月胎岁])"
    rf")"
)
_BARE = re.compile(r"(?<![0-9.:/+\-])(?:[0-9]{3,4}|[1-9]\.[0-9]{1,2})(?![0-9.:/+\-]|年)")
_OF_A_CHILD = re.compile(
    r"(?:[男女](?:娃|孩|婴|宝|伢|儿)?|儿子|女儿|闺女|千金) ?(?P<weight>[1-9]\.[0-9]{1,2})(?![0-9.:月号日时点斤公千生出])"
)
_CHANGE = re.compile(r"(?:[长胖瘦重轻涨掉增减][了加]|血红蛋白|血色素|[Hh][Bb]) ?:?$")
_EXAMPLE = T("体重没看明白，请说成 6斤8两、3.2公斤 或 3200克。")


def find_weights(text: str, *, bare: bool = False) -> list[Found[int]]:
    """The weights `text` speaks of, in grams (1斤 = 500 g, 1两 = 50 g); 6斤多 counts as 6斤.

    With `bare`, numbers without a unit count too: 2900 as grams, 3.2 and 6.8 as the unit that makes a
    newborn of them, asking where both do. A 两 of ten or more is refused: it would be another 斤.
    """
    found: list[Found[int]] = []
    if "斤" in text or "克" in text or "两" in text or "兩" in text or "g" in text or "G" in text:
        for match in _WEIGHT.finditer(text):
            if _CHANGE.search(text, max(0, match.start() - 6), match.start()):
                continue
            value = _grams(match)
            if value is not None:
                found.append(Found(value, match.start(), match.end(), match.group()))
    if bare and not found:
        for match in _BARE.finditer(text):
            plain = _bare(match.group())
            if plain is not None:
                found.append(Found(plain, match.start(), match.end(), match.group()))
    return found


def find_weights_of_children(text: str) -> list[Found[int]]:
    """Weights without a unit right after a child: 男娃3.2. They may be days too."""
    found = []
    for match in _OF_A_CHILD.finditer(text):
        if isinstance(grams := _bare(match["weight"]), int):
            found.append(Found(grams, *match.span("weight"), match["weight"]))
    return found


def _grams(match: re.Match[str]) -> int | Refusal | None:
    kind = "kg" if match["kg"] else "jin" if match["jin"] else "g" if match["g"] else "only"
    amount = number(match[kind])
    if amount is None:
        return Refusal(_EXAMPLE)
    if kind == "g":
        return round(amount) if amount >= 100 else None
    if kind == "only":
        return round(amount * LIANG) if 1 <= amount <= 140 else None
    rest = match["tenth"] if kind == "kg" else match["liang"]
    part = number(rest) if rest else 0
    if part is None or part >= 10 or (part and amount != int(amount)):
        return Refusal(_EXAMPLE)
    if kind == "jin":
        return round(amount * JIN + (JIN / 2 if rest == "半" else part * LIANG))
    tenth = LIANG if match["kgliang"] else 100
    return round(amount * 1000 + (500 if rest == "半" else part * tenth))


def _bare(text: str) -> int | Ambiguous | None:
    if "." not in text:
        return int(text) if 300 <= int(text) <= 7000 else None
    readings = [
        grams for grams in (round(float(text) * 1000), round(float(text) * JIN)) if 2000 <= grams <= 5000
    ]
    if len(readings) == 1:
        return readings[0]
    options = tuple((grams, T("{grams}克", grams=grams)) for grams in readings)
    return Ambiguous("birth_weight_g", options) if options else None
