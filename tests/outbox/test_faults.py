from __future__ import annotations

import ast
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.faults import POINTS

ROOT = Path(__file__).parents[2]


def named_in_code() -> set[str]:
    found = set()
    for package in ("bot", "storage", "conversations"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "fault":
                    assert isinstance(node.args[0], ast.Constant), f"{file}: name points in full"
                    found.add(str(node.args[0].value))
    return found


def test_the_list_of_points_is_that_of_the_code() -> None:
    assert sorted(POINTS) == sorted(named_in_code())


@pytest.mark.parametrize(
    ("variable", "printed", "killed"),
    [
        ("", "1 2 3 ", False),
        ("outbox.marked", "1 2 3 ", False),
        ("outbox.claimed", "", True),
        ("outbox.claimed:1", "", True),
        ("outbox.claimed:3", "1 2 ", True),
        ("outbox.claimed:9", "1 2 3 ", False),
    ],
)
def test_a_point_kills_at_the_passage_that_was_asked_for(variable: str, printed: str, killed: bool) -> None:
    code = (
        "from bot.faults import fault\n"
        "for n in (1, 2, 3):\n"
        "    fault('outbox.claimed')\n"
        "    print(n, end=' ', flush=True)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={"YUNGUAN_FAULT": variable},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.returncode) == (printed, -signal.SIGKILL if killed else 0)
