"""Personal names in Chinese messages: 李梅, 欧阳小红, 阿依古丽·买买提, 买买提江.

A name is a surname, one or two characters more, and an edge on either side: the end of the message,
punctuation, digits, or a word that stands beside names (叫, 孕妇, 的 before; 怀孕, 生了, 今年 after). No
dictionary of given names is needed, so unusual ones are found too; what surnames also mean (周五, 高危, 方便)
is listed.
"""

from __future__ import annotations

import re

from conversations.understanding.found import Found
from conversations.understanding.name_words import (
    AFTER,
    AFTER_A_NUMBER,
    AFTER_HUAI,
    BEFORE,
    DOUBLE_SURNAMES,
    ENGLISH_BESIDE_NAMES,
    EVERYDAY,
    NEVER_A_PAIR,
    NEVER_ALONE,
    NEVER_GIVEN,
    NEVER_LAST,
    NOT_NAMES,
    PINYIN_SURNAMES,
    SURNAMES,
    TRANSLITERATED,
    TRANSLITERATED_ENDINGS,
)
from conversations.understanding.normalise import HAN

_HAN = re.compile(rf"[{HAN}]")
_PLAIN = re.compile(rf"[{HAN}]{{2,4}}")
_DOTTED = re.compile(rf"[{HAN}]{{1,12}}(?:·[{HAN}]{{1,12}}){{1,3}}")
_PART = re.compile(rf"[{HAN}]{{1,8}}")
_TRANSLITERATED = re.compile(f"(?!里)[{''.join(sorted(TRANSLITERATED))}]{{3,7}}")
_ENDINGS = tuple(TRANSLITERATED_ENDINGS)
_SURNAME = re.compile(f"{'|'.join(sorted(DOUBLE_SURNAMES))}|[{''.join(sorted(SURNAMES - EVERYDAY))}]")

_BEFORE = tuple(BEFORE)
_AFTER = tuple(AFTER)
_AFTER_WORDS = tuple(word for word in AFTER if len(word) > 1)
# Beside a dotted name a single character decides only where it cannot be part of one.
_BEFORE_DOTTED = tuple(word for word in BEFORE if len(word) > 1 or word in "叫是的村组里号岁了")
_AFTER_DOTTED = tuple(word for word in AFTER if len(word) > 1 or word in "孕死亡的是了在今昨岁已住")

# 12周三天, 40余天, 3万, 两段, 3点钟: a measure, not a surname.
_MEASURES = frozenset("周余万时段季岁钟车单")
_NUMERALS = frozenset("0123456789〇零一二两三四五六七八九十几半")


def is_name(text: str) -> bool:
    """Whether the whole of `text` is a personal name; kin words, weekdays and 高危 are none."""
    if "·" in text:
        return _is_dotted(text)
    if _PLAIN.fullmatch(text):
        if text[:2] in DOUBLE_SURNAMES:
            return len(text) > 2 and _is_given(text[2:])
        if text[0] in SURNAMES and not _begins_word(text, 0):
            # Four characters only with both parents' surnames: 陈李佳慧.
            given = text[1:] if len(text) < 4 else text[2:] if text[1] in SURNAMES else ""
            if given and _is_given(given):
                return True
    return bool(_TRANSLITERATED.fullmatch(text)) and text.endswith(_ENDINGS)


def shorter_names(name: str) -> tuple[str, ...]:
    """The names that a name, as it was read, begins with, the longest first: of 李梅摔 (李梅摔了一跤) 李梅.

    For when nobody has the whole of it: a word after a name may have been taken for the end of the name."""
    return tuple(name[:end] for end in range(len(name) - 1, 1, -1) if is_name(name[:end]))


def find_names(text: str, *, after: int = 0) -> list[Found[str]]:
    """The personal names in `text` from the index `after` on, in their order."""
    if after == 0 and is_name(text):
        start = 1 if text[0] in EVERYDAY and is_name(text[1:]) else 0  # 查王芳
        return [Found(text[start:], start, len(text), text[start:])]
    places = _dotted(text, after) if "·" in text else []
    position = after
    while match := _SURNAME.search(text, position):
        start, position = match.start(), match.start() + 1
        if _free(places, start) and (end := _end(text, start, len(match.group()))):
            places.append((start, end))
            position = end
    for match in _TRANSLITERATED.finditer(text, after):
        start, end = match.span()
        if (
            match.group().endswith(_ENDINGS)
            and _free(places, start)
            and _free(places, end - 1)
            and _opens(text, start)
            and _closes(text, end)
        ):
            places.append((start, end))
    return [Found(text[start:end], start, end, text[start:end]) for start, end in sorted(places)]


_LATIN_WORD = r"[A-Z](?:[a-z]+|[A-Z]+)(?:['’-][A-Za-z]+)?"
_LATIN = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(PINYIN_SURNAMES)}) {_LATIN_WORD}(?![A-Za-z0-9])", re.I)
_LATIN_ANSWER = re.compile(r"[A-Za-z]{2,}(?:['’ -]+[A-Za-z]{2,}){1,3}")


def find_latin_names(text: str) -> list[Found[str]]:
    """Chinese names in Latin letters: Chen Fang, LI Hong. Both words begin with a capital."""
    return [
        Found(match[0], *match.span(), match[0])
        for match in _LATIN.finditer(text)
        if all(word[0].isupper() for word in match[0].split())
        and match[0].split()[1].lower() not in ENGLISH_BESIDE_NAMES
    ]


def is_latin_name(text: str) -> bool:
    """Whether the whole of `text`, given where a name was asked for, is one in Latin letters."""
    words = re.split(r"['’ -]+", text.lower())
    return _LATIN_ANSWER.fullmatch(text) is not None and ENGLISH_BESIDE_NAMES.isdisjoint(words)


def _free(places: list[tuple[int, int]], index: int) -> bool:
    return not any(start <= index < end for start, end in places)


def _begins_word(text: str, index: int) -> bool:
    """Whether another word than a name begins there. 周三 does, but not where it goes on to 周三妹."""
    if text[index : index + 2] not in NOT_NAMES:
        return False
    return text[index] != "周" or text[index + 2 : index + 3] not in AFTER_A_NUMBER


def _is_given(given: str) -> bool:
    if len(given) == 2 and given[0] == "怀" and given[1] not in AFTER_HUAI:
        given = given[1]
    if not NEVER_GIVEN.isdisjoint(given):
        return False
    return given not in NEVER_ALONE if len(given) == 1 else given not in NEVER_A_PAIR


def _is_dotted(text: str) -> bool:
    parts = text.split("·")
    return len(parts) <= 4 and all(
        _PART.fullmatch(part) and _DOTTED_NEVER.isdisjoint(part) and part not in AFTER for part in parts
    )


_DOTTED_NEVER = frozenset("的了是吗怀孕产岁斤个号月周她我你")


def _opens(text: str, index: int) -> bool:
    return index == 0 or not _HAN.match(text[index - 1]) or text.endswith(_BEFORE, 0, index)


def _closes(text: str, index: int) -> bool:
    return index >= len(text) or not _HAN.match(text[index]) or text.startswith(_AFTER, index)


def _end(text: str, start: int, surname: int) -> int:
    """Where the name that begins at `start` ends; 0 where none begins.

    Two characters after the surname rather than one, unless a whole word begins after the first: 李梅|生了,
    but 王春生|怀孕.
    """
    if surname == 1:
        if _begins_word(text, start):
            return 0
        weekday = text[max(0, start - 2) : start - 1] in ("周", "期", "拜")  # 周五周莉来产检
        if start and text[start] in _MEASURES and text[start - 1] in _NUMERALS and not weekday:
            return 0
    if not _opens(text, start):
        return 0
    best, one, two = 0, start + surname + 1, start + surname + 2
    for end in (one, two):
        if end > len(text) or not _HAN.match(text[end - 1]):
            break
        if end == two and (text[one] in NEVER_LAST or (best and text.startswith(_AFTER_WORDS, one))):
            break
        if _is_given(text[start + surname : end]) and _closes(text, end):
            best = end
    return best


def _dotted(text: str, after: int) -> list[tuple[int, int]]:
    """The dotted names, without the words that stand right before and after them."""
    places = []
    for match in _DOTTED.finditer(text, after):
        start, end = match.span()
        left, right = text.index("·", start), text.rindex("·", start, end)
        start = next(
            (i for i in range(left - 1, start, -1) if text.endswith(_BEFORE_DOTTED, start, i)), start
        )
        end = next((i for i in range(right + 2, end) if text.startswith(_AFTER_DOTTED, i)), end)
        if _is_dotted(text[start:end]):
            places.append((start, end))
    return places
