"""Ids: 32 hexadecimal digits, made by us, so that rows which refer to each other can be written in bulk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

IdSource = Callable[[], str]


def new_id(now: datetime, random_bytes: Callable[[int], bytes]) -> str:
    """A new id in the manner of UUID version 7: ids of later milliseconds sort after earlier ones."""
    milliseconds = int(now.timestamp() * 1000)
    noise = int.from_bytes(random_bytes(10))
    value = (milliseconds & (1 << 48) - 1) << 80 | noise
    value = value & ~(0xF << 76) | 0x7 << 76  # version
    value = value & ~(0x3 << 62) | 0x2 << 62  # variant
    return f"{value:032x}"


def id_source(clock: Callable[[], datetime], random_bytes: Callable[[int], bytes]) -> IdSource:
    """A source of new ids."""
    return lambda: new_id(clock(), random_bytes)
