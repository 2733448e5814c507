"""Offices by the titles of the programme that rules where a text is read."""

from __future__ import annotations

from dataclasses import replace

from conversations.care.programme import Programme, programme
from conversations.message import Speaker
from conversations.text import Joined, Sayable, Text, Title


def rules_where(speaker: Speaker) -> str | None:
    """The programme that rules where she works or lives; None: nobody knows where that is."""
    return speaker.programme if speaker.place_id or speaker.women else None


def labelled(label: Text, name: str | None) -> Text:
    """`titled`, for a label: she may write what she reads on it."""
    return _text(label, programme(name)) if name is not None else label


def titled(text: Sayable, name: str | None) -> Sayable:
    """The text with every office called what the programme of this name calls it; None: the place is not known, and
    plain words stay. What is filled already stays as it is."""
    return _filled(text, programme(name)) if name is not None else text


def _filled(text: Sayable, rules: Programme) -> Sayable:
    if isinstance(text, Joined):
        return Joined(tuple(_filled(part, rules) for part in text.parts), text.separator)
    return _text(text, rules)


def _text(text: Text, rules: Programme) -> Text:
    if not text.values:
        return text
    return replace(text, values={name: _value(value, rules) for name, value in text.values.items()})


def _value(value: object, rules: Programme) -> object:
    if isinstance(value, (Text, Joined)):
        return _filled(value, rules)
    if isinstance(value, Title) and not value.called:
        return Title(value.office, rules.title_of(value.office))
    return value
