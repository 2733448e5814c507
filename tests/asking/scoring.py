"""Scoring a corpus of roster questions: each line is asked, and its question must be exactly what was expected.

A line: `{"text", "role", "today", "before"?, "places"?, "question"}`; questions are plain (`to_plain`), null where the text
is no question to the roster. `python -m tests.asking.scoring NAME` prints the figure and every miss of one file.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from conversations.asking.grammar import read_question
from conversations.asking.plain import from_plain, to_plain

HERE = Path(__file__).parent


@dataclass(slots=True)
class Score:
    """How many lines were understood exactly, and what was heard instead."""

    lines: int = 0
    right: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def accuracy(self) -> float:
        return self.right / self.lines

    def __str__(self) -> str:
        return f"{self.right}/{self.lines} = {self.accuracy:.1%}"


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a corpus."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def asked(line: dict[str, Any]) -> dict[str, Any] | None:
    """What is understood of one line, plainly."""
    before = from_plain(line["before"]) if line.get("before") is not None else None
    question = read_question(
        line["text"],
        date.fromisoformat(line["today"]),
        line["role"],
        before,
        places=tuple(line.get("places", ())),
    )
    return to_plain(question) if question is not None else None


def expected(line: dict[str, Any]) -> dict[str, Any] | None:
    """What should be, written as `to_plain` writes it."""
    return to_plain(from_plain(line["question"])) if line["question"] is not None else None


def score(path: Path) -> Score:
    """A whole corpus."""
    total = Score()
    for line in lines(path):
        total.lines += 1
        got, wanted = asked(line), expected(line)
        if got == wanted:
            total.right += 1
        else:
            total.misses.append(f"{line['text']} ({line['role']}): {got}, not {wanted}")
    return total


def main() -> None:
    total = score(HERE / f"{sys.argv[1]}.jsonl")
    print(total, *total.misses, sep="\n")


if __name__ == "__main__":
    main()
