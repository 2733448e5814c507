"""A report as the engine files it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from conversations.message import Report

FILED = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
WOMAN = "a" * 32


def report(number: int = 1, **changes: Any) -> Report:
    """A pregnancy found, of an invented woman; reports of one `number` belong to one pregnancy."""
    values: dict[str, Any] = {
        "report_id": f"{number:032x}",
        "version": 1,
        "event": "pregnancy",
        "woman_id": WOMAN,
        "pregnancy_id": f"{number:x}".rjust(32, "b"),
        "subject_ids": (WOMAN,),
        "event_time": "2026-11-21",
        "known_time": FILED,
        "recorded_time": FILED,
        "author_role": "coordinator",
        "channel": "chat",
        "channel_trust": "high",
        "programme": "xinfeng",
        "body": {"woman_name": "王小芳", "lmp": "2026-09-03"},
    }
    return Report(**(values | changes))
