"""Searching for many patterns at once, quickly: those are tried whose characters the text has.

A search for dozens of alternatives at every place of a message is most of the work of understanding it, and
nearly all alternatives cannot be there. Which characters a pattern cannot do without is read from the pattern
itself, so no list of them can be forgotten when a word is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from re import _parser  # type: ignore[attr-defined]  # the only reader of patterns there is
from typing import Any

_WIDEST_RANGE = 12
_EVERYWHERE = frozenset("了的是一不没有在月日号天年生子孩李 ,，0123456789")
_COMMON = frozenset("小上下去来出大人家我发打怀孕产要个儿这两三后")
"""Characters so frequent in messages that a pattern is better known by another it needs."""


def needed(pattern: str, flags: int = 0) -> frozenset[str] | None:
    """Characters of which every match of `pattern` holds at least one; `None` if there are no such."""
    return _of_sequence(_parser.parse(pattern, flags))


def _of_sequence(items: Any) -> frozenset[str] | None:
    known = [one for one in (_of_item(str(op), value) for op, value in items) if one is not None]
    return min(known, key=_how_often, default=None)


def _how_often(letters: frozenset[str]) -> int:
    """Roughly how likely a message has one of these."""
    return sum(20 if letter in _EVERYWHERE else 5 if letter in _COMMON else 1 for letter in letters)


def _of_item(op: str, value: Any) -> frozenset[str] | None:
    if op == "LITERAL":
        return frozenset(chr(value))
    if op == "IN":
        return _of_class(value)
    if op == "SUBPATTERN":
        return _of_sequence(value[3])
    if op == "BRANCH":
        branches = [_of_sequence(branch) for branch in value[1]]
        return None if None in branches else frozenset().union(*(one for one in branches if one is not None))
    if op in {"MAX_REPEAT", "MIN_REPEAT"} and value[0] > 0:
        return _of_sequence(value[2])
    return None


def _of_class(members: Any) -> frozenset[str] | None:
    found: set[str] = set()
    for op, value in members:
        if str(op) == "LITERAL":
            found.add(chr(value))
        elif str(op) == "RANGE" and value[1] - value[0] < _WIDEST_RANGE:
            found.update(map(chr, range(value[0], value[1] + 1)))
        else:
            return None
    return frozenset(found)


class Scanner:
    """Named patterns, searched for together; compiled when first searched for, as most commands understand nothing."""

    def __init__(self, patterns: Mapping[str, str], flags: int = 0) -> None:
        self._given = patterns
        self._flags = flags

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
        return [(name, re.compile(pattern, self._flags)) for name, pattern in self._given.items()]

    @cached_property
    def _possible(self) -> tuple[int, dict[str, int]]:
        """The patterns possible in any text, and those a letter makes possible, as bits of a number."""
        always, by_letter = 0, dict[str, int]()
        for rank, pattern in enumerate(self._given.values()):
            letters = needed(pattern, self._flags)
            if letters is None:
                always |= 1 << rank
            for letter in letters or ():
                by_letter[letter] = by_letter.get(letter, 0) | 1 << rank
        return always, by_letter

    def find(
        self, text: str, start: int = 0, end: int | None = None, blocked: Sequence[tuple[int, int]] = ()
    ) -> list[tuple[str, int, int]]:
        """Name, start and end of what matches outside `blocked` places, in order.

        Of overlapping ones the first counts, of those that begin together the one declared first.
        """
        stop = len(text) if end is None else end
        possible, by_letter = self._possible
        for letter in text[start:stop]:
            possible |= by_letter.get(letter, 0)
        found: list[tuple[int, int, int, str]] = []
        while possible:
            rank = (possible & -possible).bit_length() - 1
            possible &= possible - 1
            name, pattern = self._patterns[rank]
            for match in pattern.finditer(text, start, stop):
                found.append((match.start(), rank, match.end(), name))
        if blocked:
            found = [one for one in found if not any(_cuts(one, place) for place in blocked)]
        if len(found) > 1:
            found.sort()
        return list(_apart(found))


def _cuts(found: tuple[int, int, int, str], place: tuple[int, int]) -> bool:
    """Whether a match shares letters with a place without having it wholly inside (去李梅家)."""
    start, _, end, _ = found
    return place[0] < end and start < place[1] and not (start < place[0] and place[1] < end)


def _apart(found: list[tuple[int, int, int, str]]) -> Iterator[tuple[str, int, int]]:
    edge = -1
    for start, _, end, name in found:
        if start >= edge and end > start:
            yield name, start, end
            edge = end
