"""The JSON Schemas of what the county receives, as published in `docs/schemas/` and as deliveries are checked against."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from bot.county import heads
from conversations.records import EVENTS, envelope_schema


def published() -> dict[str, str]:
    """File name -> text, one per event, and that of the audit log's head."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    schemas = {event: envelope_schema(event) for event in EVENTS} | {heads.EVENT: heads.schema()}
    return {f"{event}.json": orjson.dumps(one, option=options).decode() for event, one in schemas.items()}


@cache
def _validator(event: str) -> Any:
    from jsonschema import Draft202012Validator

    schema = heads.schema() if event == heads.EVENT else envelope_schema(event)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def fits(payload: object) -> bool:
    """Whether a delivery has the shape its event's schema says."""
    if not isinstance(payload, dict) or not isinstance(payload.get("data"), dict):
        return False
    event = payload["data"].get("event")
    return (event in EVENTS or event == heads.EVENT) and bool(_validator(str(event)).is_valid(payload))
