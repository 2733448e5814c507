"""What the county receives for one version of a report. Its JSON Schema: conversations/records.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from conversations.message import Report


@dataclass(frozen=True, slots=True)
class Village:
    """Where a report belongs. `path`: the names above it and its own, from the county down."""

    id: str
    name: str
    path: tuple[str, ...]


def envelope(report: Report, village: Village | None) -> dict[str, Any]:
    """The report as JSON-plain data: a full version, never a difference."""
    return {
        "type": _type(report),
        "timestamp": _time(report.recorded_time),
        "data": {
            "report_id": report.report_id,
            "version": report.version,
            "supersedes": report.supersedes,
            "event": report.event,
            "subject_ids": list(report.subject_ids),
            "woman_id": report.woman_id,
            "pregnancy_id": report.pregnancy_id,
            "village": None if village is None else {**asdict(village), "path": list(village.path)},
            "event_time": report.event_time,
            "known_time": _time(report.known_time),
            "recorded_time": _time(report.recorded_time),
            "author_role": report.author_role,
            "channel": report.channel,
            "channel_trust": report.channel_trust,
            "verification": report.verification,
            "programme": report.programme,
            "schema_version": report.schema_version,
            "withdrawn": report.withdrawn,
            "body": dict(report.body),
        },
    }


def as_body(content: Mapping[str, Any]) -> str:
    """The exact text that is stored, signed and sent."""
    return orjson.dumps(content).decode()


def _type(report: Report) -> str:
    if report.withdrawn:
        return "report.withdrawn"
    return "report.filed" if report.supersedes is None else "report.corrected"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
