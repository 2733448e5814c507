"""What a parser hands back: a value, and where in the message it stood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from conversations.text import Ambiguous, Refusal

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Found(Generic[V]):
    """One thing a message says: what it means, and the words that say it.

    `start` and `end` are indices into the normalised message, `text` the words between them. `value` is a
    `Refusal` where the words are meant as such a thing but cannot be one, `Ambiguous` where they have two
    honest meanings.
    """

    value: V | Refusal | Ambiguous
    start: int
    end: int
    text: str
