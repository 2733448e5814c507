"""What the county may tell us, at `/county/v1/…`: the shape of each call, and the OpenAPI document of them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

Kind = Literal["assessments", "referrals", "tracing"]

_DATE = {"type": "string", "format": "date"}
_UNSEEN = r"\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff"
"""Characters that break a line, turn it round or cannot be seen: with them somebody could forge what stands in a letter."""
_ID = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": f"^[^{_UNSEEN}]*(?![\\s\\S])"}
_WORDS = {
    "type": "string",
    "minLength": 1,
    "maxLength": 200,
    "pattern": f"^[^{_UNSEEN}]*[^{_UNSEEN}\\s][^{_UNSEEN}]*(?![\\s\\S])",
    "description": "words on one line",
}
_SUBJECT = {
    "description": "Whom it is about: as she is named in our reports, or by her resident ID number.",
    "oneOf": [
        {
            "type": "object",
            "properties": {"woman_id": _ID},
            "required": ["woman_id"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"resident_id": {"type": "string", "pattern": "^[0-9]{17}[0-9X]$"}},
            "required": ["resident_id"],
            "additionalProperties": False,
        },
    ],
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of call."""

    summary: str
    properties: Mapping[str, Any]
    required: tuple[str, ...]

    @property
    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"subject": _SUBJECT, **self.properties},
            "required": ["subject", *self.required],
            "additionalProperties": False,
        }


SHAPES: Final[Mapping[Kind, Shape]] = {
    "assessments": Shape(
        "A hospital's assessment (风险评估): the newest one replaces the older, up or down (XF 四(三)5).",
        {
            "date": _DATE | {"description": "the day she was assessed"},
            "colour": {
                "enum": ["green", "yellow", "orange", "red"],
                "description": "the highest of this assessment",
            },
            "purple": {"type": "boolean", "description": "an infectious disease stands beside the colour"},
            "factors": {"type": "array", "items": _WORDS, "maxItems": 20},
            "institution": _WORDS,
        },
        ("date", "colour", "institution"),
    ),
    "referrals": Shape(
        "What became of a referral (转诊反馈).",
        {
            "date": _DATE | {"description": "the day she was received, or found not to have come"},
            "institution": _WORDS,
            "received": {"type": "boolean"},
            "finding": _WORDS,
            "next_appointment": _DATE,
        },
        ("date", "institution", "received"),
    ),
    "tracing": Shape(
        "Please find her and tell us (追访).",
        {"reason": _WORDS, "until": _DATE},
        ("reason",),
    ),
}

_ERROR = {
    "type": "object",
    "properties": {
        "error": {"type": "string"},
        "at": {"type": "array", "items": {"type": "string"}, "description": "what of the body is wrong"},
    },
    "required": ["error"],
}
_ANSWERS = {
    "200": "Taken, or known already by its webhook-id: nothing happens twice.",
    "401": "No valid key, signature or time.",
    "404": "We know nobody of that name in your county. Of women elsewhere the same is said.",
    "409": "Another body came under this webhook-id before.",
    "413": "The body is too long.",
    "422": "The body has not the shape of this call.",
    "503": "Not stored; please repeat with the same webhook-id.",
}


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI 3.1 document of these calls."""
    headers = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": words}
        for name, words in (
            ("webhook-id", "names the call; a repeat is known by it"),
            ("webhook-timestamp", "seconds since 1970, at most 5 minutes from our clock"),
            ("webhook-signature", "v1, and HMAC-SHA256 of id.timestamp.body (Standard Webhooks)"),
        )
    ]
    return {
        "openapi": "3.1.0",
        "info": {"title": "yunguan: county to village", "version": "1"},
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            f"/county/v1/{kind}": {
                "post": {
                    "summary": shape.summary,
                    "parameters": headers,
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": shape.schema}},
                    },
                    "responses": {
                        status: {"description": words}
                        | ({} if status == "200" else {"content": {"application/json": {"schema": _ERROR}}})
                        for status, words in _ANSWERS.items()
                    },
                }
            }
            for kind, shape in SHAPES.items()
        },
    }
