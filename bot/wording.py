"""Texts in a reader's language: the one place where message ids become sentences.

The catalogues are read from their `.po` files at the start, so there is nothing compiled to forget.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from importlib.resources import files

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.channels.base import Said
from conversations.local_time import LOCAL
from conversations.text import Joined, NearDay, Sayable, Text, Title, plain_title

LOCALES = ("zh_CN", "en")
DEFAULT_LOCALE = "zh_CN"
DOMAIN = "yunguan"

Render = Callable[[Sayable, str], str]


@cache
def catalogue(locale: str) -> gettext.NullTranslations:
    """The catalogue of a language; an unknown one is read as Chinese."""
    if locale not in LOCALES:
        locale = DEFAULT_LOCALE
    source = files("locales").joinpath(locale, "LC_MESSAGES", f"{DOMAIN}.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source), locale=locale))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def operator_locale(environment: Mapping[str, str]) -> str:
    """The language of whoever works at the command line, as her terminal says; Chinese unless it speaks another."""
    spoken = next((said for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (said := environment.get(name))), "")
    return "en" if spoken.startswith("en") else DEFAULT_LOCALE


LONGEST_FILLED = 20
"""Characters of a name, a place or a number; longer ones are sentences of their own."""


def render(text: Sayable, locale: str = DEFAULT_LOCALE) -> Said:
    """The words of a text in `locale`, dates in that language's manner; with what was filled into them."""
    if isinstance(text, Text) and not text.values and text.plural is None:
        return _fixed(text.id, locale)
    return Said(_words(text, locale), dict.fromkeys(_filled(text)))


@lru_cache(2048)
def _fixed(message_id: str, locale: str) -> Said:
    """A sentence into which nothing is filled."""
    return Said(catalogue(locale).gettext(message_id) if message_id else "")


def _filled(text: Sayable) -> Iterator[str]:
    for value in text.parts if isinstance(text, Joined) else text.values.values():
        if isinstance(value, (Text, Joined)):
            yield from _filled(value)
        elif isinstance(value, str) and 1 < len(value) <= LONGEST_FILLED:
            yield value


def _words(text: Sayable, locale: str) -> str:
    if isinstance(text, Joined):
        return text.separator.join(said for part in text.parts if (said := _words(part, locale)))
    if not text.id:
        return ""
    translations = catalogue(locale)
    if text.plural is not None and text.count is not None:
        pattern = translations.ngettext(text.id, text.plural, text.count)
    else:
        pattern = translations.gettext(text.id)
    if not text.values:
        return pattern
    return pattern.format_map({name: _value(value, locale) for name, value in text.values.items()})


def _value(value: object, locale: str) -> object:
    if isinstance(value, (Text, Joined)):
        return _words(value, locale)
    if isinstance(value, Title):
        by_title = value.called and locale.startswith("zh")
        return value.called if by_title else _words(plain_title(value), locale)
    if isinstance(value, datetime):
        return _date(value.astimezone(LOCAL).date(), locale) + value.astimezone(LOCAL).strftime(" %H:%M")
    if isinstance(value, date):
        return _date(value, locale)
    if isinstance(value, NearDay):
        return _near(value.day, locale)
    return value


@cache
def _date(day: date, locale: str) -> str:
    return format_date(day, format="long" if locale.startswith("zh") else "d MMM y", locale=locale)


@cache
def _near(day: date, locale: str) -> str:
    return format_date(day, format="M月d日" if locale.startswith("zh") else "d MMM", locale=locale)
