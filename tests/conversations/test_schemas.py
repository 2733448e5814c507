"""The schemas in docs/schemas are those the program files by."""

from __future__ import annotations

from pathlib import Path

from jsonschema import Draft202012Validator

from bot.county.schemas import published
from conversations.records import EVENTS, envelope_schema

PUBLISHED = Path(__file__).parents[2] / "docs" / "schemas"


def test_what_is_published_is_what_is_filed() -> None:
    generated = published()
    assert {file.name for file in PUBLISHED.iterdir()} == set(generated)
    for name, text in generated.items():
        assert (PUBLISHED / name).read_text(encoding="utf-8") == text, (
            f"yunguan schemas --out docs/schemas: {name}"
        )


def test_every_schema_is_one() -> None:
    for event in EVENTS:
        Draft202012Validator.check_schema(envelope_schema(event))
