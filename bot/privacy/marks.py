"""What tells who a woman is, and where it stands besides her own records: in messages, drafts, letters to colleagues.

Names and numbers are looked for in what the encrypted columns say, so whatever table is added later is searched, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from conversations.paring import GONE

SHORTEST = 5
"""Characters of a number, or of a name in Latin letters, that is looked for; a Chinese name has two."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Names and numbers of hers (`words`), the longest first, and her ids."""

    words: tuple[str, ...]
    ids: frozenset[str]

    @classmethod
    def of(cls, words: Iterable[str], ids: Iterable[str]) -> Marks:
        """What is long enough to be told from chance."""
        long_enough = {
            word for word in map(str.strip, words)
            if word != GONE and len(word) >= (SHORTEST if word.isascii() else 2)
        }  # fmt: skip
        return cls(tuple(sorted(long_enough, key=lambda word: (-len(word), word))), frozenset(ids))

    def stand_in(self, value: Any) -> bool:
        """Whether any of them stands anywhere in this plain value."""
        if isinstance(value, str):
            return value in self.ids or any(word in value for word in self.words)
        if isinstance(value, dict):
            return any(self.stand_in(one) for pair in value.items() for one in pair)
        return isinstance(value, Collection) and any(map(self.stand_in, value))

    def without(self, value: Any) -> Any:
        """The value with each of her names and numbers struck out; ids tell nothing and stay."""
        if isinstance(value, str):
            for word in self.words:
                value = value.replace(word, GONE)
            return value
        if isinstance(value, dict):
            return {self.without(key): self.without(one) for key, one in value.items()}
        return [self.without(one) for one in value] if isinstance(value, list) else value
