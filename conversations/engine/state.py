"""What is kept of a conversation between two messages: plain data, with step ids and a flow version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, Self

import orjson

from conversations.text import Joined, Text, Title

SESSION_VERSION = 1
CONVERSATION = timedelta(minutes=30)  # (u)
"""How long after its last word a conversation on a family's phone is still the same woman's."""


def text_as_plain(text: object) -> Any:
    """A text (and the texts and dates inside it) as JSON-plain data."""
    if isinstance(text, Text):
        values = {key: text_as_plain(value) for key, value in text.values.items()}
        return {"$text": text.id, "values": values} | ({"$sms": text.sms.id} if text.sms is not None else {})
    if isinstance(text, Joined):
        return {"$joined": [text_as_plain(part) for part in text.parts], "separator": text.separator}
    if isinstance(text, Title):
        return {"$title": text.office, "called": text.called}
    if isinstance(text, date):
        return {"$date": text.isoformat()}
    return text


def text_from_plain(plain: Any) -> Any:
    """The inverse of `text_as_plain`."""
    if not isinstance(plain, dict):
        return plain
    if "$text" in plain:
        values = {key: text_from_plain(value) for key, value in plain["values"].items()}
        return Text(plain["$text"], values, sms=Text(plain["$sms"]) if "$sms" in plain else None)
    if "$joined" in plain:
        return Joined(tuple(text_from_plain(part) for part in plain["$joined"]), plain["separator"])
    if "$title" in plain:
        return Title(plain["$title"], plain["called"])
    return date.fromisoformat(plain["$date"])


@dataclass(slots=True)
class Talk:
    """One report (or other errand) under way.

    `answers`: field -> value, JSON-plain. Those in `drawn` were not said but follow from what is known, and
    are drawn anew whenever that changes; nothing is drawn for those in `hers`, which she wants to say herself.
    `given`: answers another errand began it with, which 重来 keeps. `passed`: steps said to be unknown or
    left out. `trail`: steps asked, for 返回; `before`: the answers before 改 3, for 返回 too.
    `step`: the one being asked, "reading" at the reading back, None when not yet begun.
    `offered`: the choices shown, [value, label, further words]; a number or a button means one of them.
    `shown`: choices of earlier steps that came from facts. `doubt`: the field an ambiguity is about, while
    `offered` holds its meanings. `amends`: the report version this one corrects, with its body.
    `known_at`: when the author first told of it. `late`: sent time of a message long on its way.
    `programme`: whose rules its questions follow, once begun. `opened`: its opening words are said. `said`: her messages that told it, to be taken off the channel.
    `unproven`: something of it came from where a sender can be forged. `reminded`, `due`: what comes next of it where it
    lies unfinished, and when (engine/unfinished.py).
    """

    id: str
    flow: str
    version: int
    known_at: str
    programme: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    drawn: list[str] = field(default_factory=list)
    hers: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    trail: list[str] = field(default_factory=list)
    step: str | None = None
    turn: int = 0
    offered: list[list[Any]] = field(default_factory=list)
    shown: dict[str, list[list[Any]]] = field(default_factory=dict)
    doubt: str | None = None
    before: dict[str, Any] | None = None
    read_at: str | None = None
    code: str | None = None
    misses: int = 0
    opened: bool = False
    hinted: bool = False
    amends: dict[str, Any] | None = None
    late: str | None = None
    said: list[str] = field(default_factory=list)
    reminded: int = 0
    due: str = ""
    unproven: bool = False
    secret: str = field(default="", repr=False)
    """A PIN said in the message being heard; not part of what is stored."""

    @property
    def begun(self) -> bool:
        return self.step is not None

    def has(self, *names: str) -> bool:
        """Whether any of these fields is known."""
        answers = self.answers
        for name in names:  # noqa: SIM110 (asked all the time: a generator costs as much again)
            if answers.get(name) is not None:
                return True
        return False

    def told(self, name: str) -> bool:
        """Whether she said it herself."""
        return name not in self.drawn and self.answers.get(name) is not None

    def draw(self, name: str, value: Any) -> None:
        """Note what follows from what is known; None: nothing does. What she said herself stays."""
        if self.told(name) or name in self.hers:
            return
        if value is None:
            self.answers.pop(name, None)
            self.drawn = [one for one in self.drawn if one != name]
        else:
            self.answers[name] = value
            if name not in self.drawn:
                self.drawn.append(name)

    def day(self, name: str) -> date | None:
        """A date among the answers."""
        value = self.answers.get(name)
        return date.fromisoformat(value) if value else None

    @property
    def stamp(self) -> str:
        """What a button of the current question carries, so that an old one is known as old."""
        return f"{self.id}.{self.turn}"


@dataclass(slots=True)
class State:
    """A contact's session: the errand in hand and those that wait (parked midway, or not yet begun).

    `unlocked`: channel -> when her PIN was said there. `about`: which woman behind a shared phone was meant last,
    and when (`woman_id`, `at`). `listed`: the ids of what was listed last with numbers, and when (`ids`, `at`).
    `roster`: what was asked of the roster last, and what was shown (flows/roster_query.py).
    `passed_on`: drafts that went to whoever has the village now, to be told once (engine/passing.py). `filed`: the code
    by which the last report was filed.
    """

    talk: Talk | None = None
    waiting: list[Talk] = field(default_factory=list)
    unlocked: dict[str, str] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    listed: dict[str, Any] = field(default_factory=dict)
    roster: dict[str, Any] = field(default_factory=dict)
    passed_on: list[dict[str, str]] = field(default_factory=list)
    filed: str = ""

    @classmethod
    def load(cls, data: Mapping[str, Any] | None, *, given: bool = False) -> Self:
        """From stored data, which stays as it is, unless it is `given` away; an unknown or empty session is a fresh one."""
        if not data or data.get("v") != SESSION_VERSION:
            return cls()
        if not given:
            data = orjson.loads(orjson.dumps(data))  # a copy, faster than copying by hand
        talk = data.get("talk")
        return cls(
            _revive(talk) if talk else None,
            [_revive(one) for one in data.get("waiting", ())],
            data.get("unlocked") or {},
            data.get("about") or {},
            data.get("listed") or {},
            data.get("roster") or {},
            data.get("passed_on") or [],
            data.get("filed") or "",
        )

    def remember(self, woman_id: str, now: datetime) -> None:
        """Note which woman behind a shared phone is meant."""
        self.about = {"woman_id": woman_id, "at": now.isoformat()}

    def remembered(self, now: datetime) -> str | None:
        """Who was meant a moment ago."""
        if self.about and now - datetime.fromisoformat(self.about["at"]) <= CONVERSATION:
            return self.about["woman_id"]
        return None

    def dump(self) -> dict[str, Any]:
        """JSON-plain, for storing: it shares its lists with this state, which is done with by then."""
        return {
            "v": SESSION_VERSION,
            "talk": _plain(self.talk) if self.talk else None,
            "waiting": [_plain(one) for one in self.waiting],
            "unlocked": self.unlocked,
            "about": self.about,
            "listed": self.listed,
            "roster": self.roster,
            **({"passed_on": self.passed_on} if self.passed_on else {}),
            **({"filed": self.filed} if self.filed else {}),
        }


_FIELDS = tuple(name for name in Talk.__dataclass_fields__ if name != "secret")
_KNOWN = frozenset(_FIELDS)
_VALUES = attrgetter(*_FIELDS)


def _plain(talk: Talk) -> dict[str, Any]:
    return dict(zip(_FIELDS, _VALUES(talk), strict=True))


def _revive(stored: Mapping[str, Any]) -> Talk:
    if stored.keys() <= _KNOWN:
        return Talk(**stored)
    return Talk(**{key: value for key, value in stored.items() if key in _KNOWN})
