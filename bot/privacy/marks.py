"""What tells who a woman is, and where it stands besides her own records: in messages, drafts, letters to colleagues.

Names and numbers are looked for in what the encrypted columns say, so whatever table is added later is searched, too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conversations.paring import GONE

SHORTEST = 5
"""Characters of a number, or of a name in Latin letters, that is looked for; a Chinese name has two."""


@dataclass(frozen=True)
class Marks:
    """Names and numbers of hers (`words`) and her ids; `others`: longer names of others that hold one of hers, and are
    not hers where they stand (王芳芳)."""

    words: frozenset[str]
    ids: frozenset[str]
    others: frozenset[str] = frozenset()

    @classmethod
    def of(cls, words: Iterable[str], ids: Iterable[str], names: Iterable[str] = ()) -> Marks:
        """What is long enough to be told from chance. `names`: of everybody else."""
        long_enough = {
            word for word in map(str.strip, words)
            if word != GONE and len(word) >= (SHORTEST if word.isascii() else 2)
        }  # fmt: skip
        others = {name for name in names if any(word in name and word != name for word in long_enough)}
        return cls(frozenset(long_enough), frozenset(ids), frozenset(others - long_enough))

    @cached_property
    def _any(self) -> re.Pattern[str]:
        """Each of them, the longest first."""
        every = sorted(self.words | self.others, key=lambda word: (-len(word), word))
        return re.compile("|".join(map(re.escape, every)) or r"(?!)")

    def stand_in(self, value: Any) -> bool:
        """Whether any of them stands anywhere in this plain value."""
        if isinstance(value, str):
            return value in self.ids or any(one[0] in self.words for one in self._any.finditer(value))
        if isinstance(value, dict):
            return any(self.stand_in(one) for pair in value.items() for one in pair)
        return isinstance(value, Collection) and any(map(self.stand_in, value))

    def without(self, value: Any) -> Any:
        """The value with each of her names and numbers struck out; ids tell nothing and stay."""
        if isinstance(value, str):
            return self._any.sub(lambda one: GONE if one[0] in self.words else one[0], value)
        if isinstance(value, dict):
            return {self.without(key): self.without(one) for key, one in value.items()}
        return [self.without(one) for one in value] if isinstance(value, list) else value
