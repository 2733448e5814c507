"""What the county receives for one version of a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from conversations.message import Report

ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
TIME = {"type": "string", "format": "date-time"}


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


def schema(event: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of an event's envelope, given the schema of its body: what `docs/` publishes."""
    properties = {
        "report_id": ID,
        "version": {"type": "integer", "minimum": 1},
        "supersedes": {"type": ["integer", "null"], "minimum": 1},
        "event": {"const": event},
        "subject_ids": {"type": "array", "items": ID},
        "woman_id": ID,
        "pregnancy_id": {"anyOf": [ID, {"type": "null"}]},
        "village": {
            "anyOf": [
                _object(
                    {
                        "id": ID,
                        "name": {"type": "string"},
                        "path": {"type": "array", "items": {"type": "string"}},
                    }
                ),
                {"type": "null"},
            ]
        },
        "event_time": {"type": ["string", "null"], "description": "ISO date or date-time, as far as known"},
        "known_time": TIME,
        "recorded_time": TIME,
        "author_role": {"type": "string"},
        "channel": {"type": "string"},
        "channel_trust": {"enum": ["high", "low"]},
        "verification": {"enum": ["unverified", "verified", "returned"]},
        "programme": {"type": "string"},
        "schema_version": {"type": "integer", "minimum": 1},
        "withdrawn": {"type": "boolean"},
        "body": dict(body),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event,
        **_object(
            {
                "type": {"enum": ["report.filed", "report.corrected", "report.withdrawn"]},
                "timestamp": TIME,
                "data": _object(properties),
            }
        ),
    }


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    # Receivers must ignore fields they do not know, so that we can add one: additionalProperties stays open.
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _type(report: Report) -> str:
    if report.withdrawn:
        return "report.withdrawn"
    return "report.filed" if report.supersedes is None else "report.corrected"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
