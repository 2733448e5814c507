"""What the page shows of bubbles, arrivals and the clock: JSON in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
from borax.calendars.lunardate import LunarDate

from bot.channels.simulated import Bubble
from bot.channels.sms.parts import sms_length
from bot.demo import Person, place_name
from bot.web import strings
from bot.web.inbox import Arrival
from bot.web.timeline import Entry, Known
from conversations.local_time import LOCAL
from conversations.records import EVENTS, FIELDS
from conversations.text import Sayable

Render = Callable[[Sayable, str], str]
"""A text in a locale: `bot.wording.render`."""


class View:
    """The page in one locale."""

    def __init__(self, render: Render, locale: str) -> None:
        self._render = render
        self.locale = locale

    def say(self, text: Sayable) -> str:
        return self._render(text, self.locale)

    def strings(self) -> dict[str, str]:
        """The page's own sentences by key."""
        return {key: self.say(text) for key, text in strings.PAGE.items()}

    def clock(self, now: datetime) -> dict[str, Any]:
        """`now` as local ISO time, and its lunar day in words."""
        local = now.astimezone(LOCAL)
        lunar = LunarDate.from_solar(local.date())
        if self.locale == "zh_CN":
            month = f"{'闰' if lunar.leap else ''}{lunar.cn_month}"
            words = strings.LUNAR.with_values(month=month, day=lunar.cn_day)
        else:
            words = strings.LUNAR.with_values(month=lunar.month, day=lunar.day)
        return {"now": local.isoformat(timespec="milliseconds"), "lunar": self.say(words)}

    def phone(self, person: Person, channel: str, now: datetime) -> dict[str, Any]:
        """Whose phone it is, for the frame around its bubbles."""
        today = now.astimezone(LOCAL).date()
        return {
            "id": phone_id(person, channel),
            "person": person.key,
            "name": person.name,
            "role": person.role,
            "role_name": self.say(strings.ROLES[person.role]),
            "place": place_name(person.place_id, self.locale),
            "channel": channel,
            "channel_name": self.say(strings.CHANNELS[channel]),
            "number": person.phone,
            "lang": person.locale.partition("_")[0],
            "hints": [self._render(hint, person.locale) for hint in strings.hints(person.role, today)],
        }

    def bubble(self, channel: str, bubble: Bubble, document_url: str = "") -> dict[str, Any]:
        """One message; an SMS says in how many parts it went. `document_url`: where its file is, while there is one."""
        return {
            "id": bubble.id,
            "mine": bubble.mine,
            "text": bubble.text,
            "at": bubble.at.astimezone(LOCAL).isoformat(timespec="seconds"),
            "buttons": [[{"label": label, "data": data} for label, data in row] for row in bubble.buttons],
            "ask_phone": bubble.ask_phone,
            "gone": bubble.gone,
            "parts": sms_length(bubble.text).parts if channel == "sms" else None,
            "document": {"name": bubble.document, "url": document_url} if bubble.document else None,
        }

    def arrival(self, arrival: Arrival) -> dict[str, Any]:
        """One delivered report as a card."""
        report = arrival.report
        event = str(report.get("event", ""))
        author = str(report.get("author_role", ""))
        body = report.get("body")
        return {
            "id": arrival.webhook_id,
            "report_id": report.get("report_id", arrival.webhook_id),
            "event": event,
            "event_name": self.say(EVENTS[event].title) if event in EVENTS else event,
            "solemn": event in EVENTS and EVENTS[event].solemn,
            "place": _place(report.get("village")),
            "author": self.say(strings.ROLES[author]) if author in strings.ROLES else author,
            "version": report.get("version", 1),
            "withdrawn": bool(report.get("withdrawn")),
            "schema_ok": arrival.schema_ok,
            "received": arrival.received_at.astimezone(LOCAL).isoformat(timespec="seconds"),
            "fields": list(self._fields(body)) if isinstance(body, Mapping) else [],
            "raw": orjson.dumps(dict(arrival.payload), option=orjson.OPT_INDENT_2).decode(),
        }

    def woman(self, known: Known) -> dict[str, Any]:
        """Somebody whose course can be chosen."""
        place = place_name(known.place_id, self.locale) if known.place_id else ""
        return {"id": known.id, "name": known.name, "place": place, "state": self.say(known.state)}

    def entry(self, entry: Entry) -> dict[str, Any]:
        """One step of a course."""
        return {
            "at": entry.at.astimezone(LOCAL).isoformat(timespec="seconds"),
            "kind": entry.kind,
            "title": self.say(entry.title),
            "by": self.say(entry.by) if entry.by is not None else "",
            "words": [self.say(words) for words in entry.words],
            "notes": [self.say(note) for note in entry.notes],
        }

    def _fields(self, body: Mapping[str, Any]) -> Iterator[dict[str, str]]:
        for name, value in body.items():
            if name == "children" and _all_mappings(value):
                for number, child in enumerate(value, 1):
                    label = strings.CHILD if len(value) == 1 else strings.CHILD_NUMBERED.with_values(n=number)
                    yield {"label": self.say(label), "value": " · ".join(v for _, v in self._said(child))}
            elif name == "extra" and isinstance(value, Mapping):
                yield from ({"label": key, "value": str(answer)} for key, answer in value.items())
            else:
                yield from ({"label": label, "value": words} for label, words in self._said({name: value}))

    def _said(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, value in values.items():
            field = FIELDS.get(name)
            if value is None:
                continue
            if field is None:
                yield name, str(value)
                continue
            try:
                yield self.say(field.label), self.say(field.say(value, masked=False))
            except (TypeError, ValueError):  # not what the schema says: shown as it came
                yield self.say(field.label), str(value)


def _all_mappings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)


def _place(village: object) -> str:
    if not isinstance(village, Mapping):
        return ""
    names: list[str] = [*village.get("path", ()), village.get("name", "")]
    return " ".join(dict.fromkeys(names[1:]))


def phone_id(person: Person, channel: str) -> str:
    """The page's name for one person's phone on one channel."""
    return f"{channel}:{person.key}"
