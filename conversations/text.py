"""Sentences as data: a message id and its values, put into a reader's language only at the edge.

The message id *is* the Chinese wording, so the code reads as the conversation does; the catalogues in
`locales/` translate it. `T` is the one marker Babel extracts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

Value = "str | int | float | date | datetime | Text | Joined"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in no language yet: `id` is its Chinese wording with `{named}` places for `values`.

    `values` may hold plain strings and numbers, dates and datetimes (written in the reader's manner) and
    further texts. `plural` and `count` are set for sentences whose translations depend on a number. `sms` says the
    same in fewer words, with the same values, for where a part has 70 characters (`shortened`).
    """

    id: str
    values: Mapping[str, object] = field(default_factory=dict)
    plural: str | None = None
    count: int | None = None
    sms: Text | None = None

    def __bool__(self) -> bool:
        return bool(self.id)

    def __hash__(self) -> int:
        return hash((self.id, tuple(sorted((k, str(v)) for k, v in self.values.items()))))

    def with_values(self, **values: object) -> Self:
        """The same sentence with further values filled in."""
        return type(self)(self.id, {**self.values, **values}, self.plural, self.count, self.sms)


@dataclass(frozen=True, slots=True)
class Joined:
    """Several texts in a row, each on a line of its own unless `separator` says otherwise."""

    parts: tuple[Text | Joined, ...]
    separator: str = "\n"


Sayable = Text | Joined


def T(message_id: str, /, *, sms: Text | None = None, **values: object) -> Text:  # noqa: N802 - so that it stands out
    """Mark a sentence for translation. `message_id` is the Chinese wording, `sms` a shorter one: `T("…", sms=T("…"))`."""
    return Text(message_id, values, sms=sms)


def shortened(text: Sayable) -> Sayable:
    """The text as it is said by SMS: every sentence in its shorter words, where it has some."""
    if isinstance(text, Joined):
        return Joined(tuple(shortened(part) for part in text.parts), text.separator)
    said = Text(text.sms.id, text.values) if text.sms is not None else text
    values = {name: shortened(v) if isinstance(v, (Text, Joined)) else v for name, v in said.values.items()}
    return Text(said.id, values, said.plural, said.count)


def plain(words: str) -> Text:
    """Words that are nobody's to translate (a name, a number), as a text."""
    return Text("{words}", {"words": words}) if words else Text("")


def lines(*parts: Sayable | None) -> Joined:
    """The parts, one a line; `None` and empty ones are left out."""
    return Joined(tuple(part for part in parts if part))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an answer was not taken: a sentence that says what was wrong and shows an example.

    Returned, never raised: a refusal is an answer, and loses nothing said before.
    """

    text: Text


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Words with more than one honest meaning: to be asked about, never guessed.

    `options` are `(value, label)` pairs, likeliest first.
    """

    field: str
    options: tuple[tuple[object, Text], ...]
