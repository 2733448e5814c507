"""The JSON Schemas of the reports, as published in `docs/schemas/` and as deliveries are checked against."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from conversations.records import EVENTS, envelope_schema


def published() -> dict[str, str]:
    """File name -> text, one per event."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return {
        f"{event}.json": orjson.dumps(envelope_schema(event), option=options).decode() for event in EVENTS
    }


@cache
def _validator(event: str) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(envelope_schema(event), format_checker=Draft202012Validator.FORMAT_CHECKER)


def fits(payload: object) -> bool:
    """Whether a delivery has the shape its event's schema says."""
    if not isinstance(payload, dict) or not isinstance(payload.get("data"), dict):
        return False
    event = payload["data"].get("event")
    return event in EVENTS and bool(_validator(str(event)).is_valid(payload))
