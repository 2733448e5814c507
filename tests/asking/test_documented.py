"""docs/roster-questions.md says what is so: every example in it is played."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from conversations.asking.grammar import read_question
from conversations.asking.plain import from_plain
from conversations.asking.question import Question

PAGE = Path(__file__).parents[2] / "docs" / "roster-questions.md"
TODAY = date(2026, 11, 22)
_EXAMPLE = re.compile(r"`([^`]+)` → (?:`(\{[^`]*\})`|(none))")
EXAMPLES = [
    (said.replace("\\|", "|"), json.loads(plain) if plain else None)
    for said, plain, _ in _EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
]


def test_the_page_has_examples_of_every_filter() -> None:
    shown = {name for _, plain in EXAMPLES for name in plain or {}}
    rare = {"phone", "resident_id", "age_to", "weeks_to", "visit_from", "visit_to"}
    assert shown | rare >= set(Question.__dataclass_fields__)
    assert sum(plain is None for _, plain in EXAMPLES) >= 9


@pytest.mark.parametrize(("said", "plain"), EXAMPLES, ids=[said for said, _ in EXAMPLES])
def test_the_page_says_what_is_so(said: str, plain: dict[str, object] | None) -> None:
    role, _, words = said.rpartition(": ")
    earlier, _, text = words.rpartition(" | ")
    before = read_question(earlier, TODAY, role or "township") if earlier else None
    assert bool(earlier) == (before is not None)
    question = read_question(text, TODAY, role or "township", before)
    assert question == (from_plain(plain) if plain is not None else None)
