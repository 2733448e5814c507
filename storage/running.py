"""Duties as they are stored, as the rules have them."""

from __future__ import annotations

from datetime import datetime

from conversations.care.clocks import Running, Step
from storage.models import Clock


def running_of(row: Clock) -> Running:
    """A stored clock as the rules have it."""
    told = row.details
    return Running(
        name=told["name"],
        cause=row.cause,
        title=told["title"],
        owner=told["owner"],
        to=told["to"],
        started=row.started_at,
        due=row.due_at,
        warn=tuple(map(datetime.fromisoformat, told["warn"])),
        steps=tuple(Step(datetime.fromisoformat(at), office) for at, office in told["steps"]),
        stops=tuple(told["stops"]),
        follow_up=told["follow_up"],
    )
