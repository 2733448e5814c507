"""The catalogues hold every sentence of the code, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from bot.wording import DOMAIN, LOCALES
from conversations.care.danger_advice import FIRST_AID
from conversations.care.texts import STAGE_TEXTS, SUPPORT_TEXTS

ROOT = Path(__file__).parent.parent


@cache
def said() -> frozenset[str]:
    """Every sentence the code may say: what stands in `T("…")`."""
    with (ROOT / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(str(ROOT), methods, options, keywords={"T": None})
    return frozenset(str(message) for _, _, message, _, _ in found if message)


@cache
def catalogue(locale: str) -> Catalog:
    with files("locales").joinpath(locale, "LC_MESSAGES", f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=locale, abort_invalid=True)


def entries(locale: str) -> dict[str, Message]:
    return {str(message.id): message for message in catalogue(locale) if message.id}


def placeholders(pattern: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(pattern) if name is not None)


def unequal(locale: str) -> Iterator[str]:
    for wording, message in entries(locale).items():
        translation = str(message.string)
        try:
            same = set(placeholders(translation)) == set(placeholders(wording))
        except ValueError:  # a brace too many
            same = False
        if translation and not same:
            yield wording


def test_the_code_says_something() -> None:
    assert len(said()) > 100


@pytest.mark.parametrize("locale", LOCALES)
def test_every_sentence_is_in_the_catalogue(locale: str) -> None:
    missing = sorted(said() - entries(locale).keys())
    assert not missing, "run `make messages`: " + "\n".join(missing)


@pytest.mark.parametrize("locale", LOCALES)
def test_no_sentence_in_the_catalogue_is_stale(locale: str) -> None:
    stale = sorted(entries(locale).keys() - said())
    assert not stale, "run `make messages`: " + "\n".join(stale)
    assert not catalogue(locale).obsolete


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != "zh_CN"])
def test_every_sentence_is_translated(locale: str) -> None:
    """In Chinese the wording is the id, and may stay empty."""
    empty = sorted(wording for wording, message in entries(locale).items() if not message.string)
    assert not empty, f"translate in locales/{locale}: " + "\n".join(empty)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_has_the_places_of_its_sentence(locale: str) -> None:
    assert list(unequal(locale)) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_translation_is_a_guess(locale: str) -> None:
    assert [wording for wording, message in entries(locale).items() if message.fuzzy] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_advice_is_in_the_catalogue_with_its_source(locale: str) -> None:
    """Whoever translates or approves a piece of advice reads beside it where it comes from."""
    advice = [*STAGE_TEXTS.values(), *SUPPORT_TEXTS.values(), *FIRST_AID.values()]
    said_of = {wording: " ".join(message.auto_comments) for wording, message in entries(locale).items()}
    assert [text.id for text in advice if "NOTE:" not in said_of[text.id]] == []
