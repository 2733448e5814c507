"""The list of the erased, kept beside the keys: a backup knows only of those who were erased before it was made.

One JSON line each, ids only, beside the key file and readable by its owner alone. Written before the database is, so
that a restored backup never remembers somebody who was forgotten.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import orjson

Why = Literal["wish", "retention"]


@dataclass(frozen=True, slots=True)
class Erased:
    """One woman who was erased."""

    woman_id: str
    at: datetime
    why: Why


def list_beside(key_file: Path) -> Path:
    """Where the list lies."""
    return key_file.with_name(f"{key_file.name}.erased")


def remember(key_file: Path, erased: Iterable[Erased]) -> None:
    """Add to the list, surely on the disk when this returns."""
    lines = b"".join(
        orjson.dumps({"woman": one.woman_id, "at": one.at.isoformat(), "why": one.why}) + b"\n"
        for one in erased
    )
    path = list_beside(key_file)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "rb+") as file:
        if file.seek(0, os.SEEK_END) and file.seek(-1, os.SEEK_END) is not None and file.read(1) != b"\n":
            lines = b"\n" + lines  # a line that was cut off must not take the next one along
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remembered(key_file: Path) -> list[Erased]:
    """Everybody on the list, each once. A line cut off by a power failure was never followed by an erasure."""
    path = list_beside(key_file)
    if not path.exists():
        return []
    found: dict[str, Erased] = {}
    for line in path.read_bytes().splitlines():
        try:
            told = orjson.loads(line)
            one = Erased(told["woman"], datetime.fromisoformat(told["at"]), told["why"])
        except (ValueError, KeyError, TypeError):
            continue
        found.setdefault(one.woman_id, one)
    return list(found.values())
