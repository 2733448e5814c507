"""Holds a whole log to the laws: `yunguan simulate … --json > FILE`, then `python -m tests.simulate.check_log FILE`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from tests.simulate.laws import LAWS, log_of

SHOWN = 10
"""What breaks a law, at most so many of it."""


def main(files: Sequence[str]) -> int:
    """0: every law holds in each of these logs."""
    broken = 0
    for name in files:
        with Path(name).open("rb") as lines:
            log = log_of(map(orjson.loads, lines))
        print(f"{name}: {len(log.told)} events")
        for law, check in LAWS.items():
            found = check(log)
            broken += bool(found)
            print(f"  {law}: {len(found) or 'holds'}", *found[:SHOWN], sep="\n    ")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
