"""Sentences as data: a message id and its values, put into a reader's language only at the edge.

The message id *is* the Chinese wording, so the code reads as the conversation does; the catalogues in
`locales/` translate it. `T` is the one marker Babel extracts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Self

Value = "str | int | float | date | datetime | NearDay | Title | Text | Joined"


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
    """Mark a sentence for translation. `message_id` is the Chinese wording, `sms` a shorter one: `T("…", sms=T("…"))`.

    A place named as an office (`TITLES`) is filled with what the office is called where it is read."""
    titles = _titles_in(message_id, sms.id if sms is not None else "")
    return Text(message_id, {**titles, **values} if titles else values, sms=sms)


@dataclass(frozen=True, slots=True)
class Title:
    """What an office is called: `called` by the programme of the place (care/titles.py), in plain words where no place
    is known and in other languages."""

    office: str
    called: str = ""


@lru_cache(4096)
def _titles_in(*ids: str) -> dict[str, Title]:
    return {name: Title(name) for name in TITLES if any(f"{{{name}}}" in said for said in ids)}


TITLES = (
    "coordinator",
    "coordinator_there",
    "township",
    "township_there",
    "county",
    "county_there",
    "doctor",
    "clinic",
)
"""The places of a sentence that are offices. `_there`: said to colleagues of another one. `doctor`, `clinic`: what a woman
knows the coordinator and the township's office by."""
PLAIN_TITLES: dict[str, Text] = {
    "coordinator": T("村里的同事"),
    "township": T("镇上的同事"),
    "county": T("县里的同事"),
    "doctor": T("村里的医生"),
    "clinic": T("卫生院"),
}


def plain_title(title: Title) -> Text:
    """An office in plain words."""
    return PLAIN_TITLES[title.office.removesuffix("_there")]


@dataclass(frozen=True, slots=True)
class NearDay:
    """A day of which nobody doubts the year: said without it."""

    day: date


NEAR = timedelta(days=300)
"""Days within this of today are near: what is past and what is to come, as a last period and a due date, stay apart."""

ROOM = 59
"""Chinese characters in an SMS of one part (70), beside a signature (【…】, 6) and a way out (回T退订, 5)."""
ROOM_OF_TWO = 123
"""The same in two parts, of 67."""


def shortened(text: Sayable, today: date) -> Sayable:
    """The text as it is said by SMS: every sentence in its shorter words, where it has some, near days without
    their year. It stays the same when shortened again."""
    if isinstance(text, Joined):
        return Joined(tuple(shortened(part, today) for part in text.parts), text.separator)
    said = Text(text.sms.id, text.values) if text.sms is not None else text
    values = {name: _shortened_value(value, today) for name, value in said.values.items()}
    return Text(said.id, values, said.plural, said.count)


def _shortened_value(value: object, today: date) -> object:
    if isinstance(value, (Text, Joined)):
        return shortened(value, today)
    if isinstance(value, date) and not isinstance(value, datetime) and abs(value - today) <= NEAR:
        return NearDay(value)
    return value


def unlabelled(label: Text) -> Text:
    """A label that is left out by SMS: what stands after it speaks for itself (28岁, 顺产)."""
    return replace(label, sms=Text(""))


def how_many_fit(first: Sayable, items: Sequence[Sayable], last: Sayable, room: int, today: date) -> int:
    """How many of these lines fit by SMS between `first` and `last` in `room` characters; at least one."""
    left = room - len(chinese(shortened(lines(first, last), today)))
    for number, item in enumerate(items):
        left -= len(chinese(shortened(item, today))) + 1
        if left < 0:
            return max(1, number)
    return len(items)


def chinese(text: object) -> str:
    """A text in Chinese, as its ids have it: for comparing, and for counting what fits where."""
    if isinstance(text, Joined):
        return text.separator.join(said for part in text.parts if (said := chinese(part)))
    if isinstance(text, Text):
        return text.id.format_map({name: chinese(value) for name, value in text.values.items()})
    if isinstance(text, Title):
        return text.called or plain_title(text).id
    if isinstance(text, NearDay):
        return f"{text.day.month}月{text.day.day}日"
    if isinstance(text, date) and not isinstance(text, datetime):
        return f"{text.year}年{text.month}月{text.day}日"
    return str(text)


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
