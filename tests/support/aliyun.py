"""Aliyun's SMS service for tests: checks the signature of every call by a computation of its own, from the
description of signature version 1.0 (its published example is among the tests)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import parse_qsl

import orjson

from tests.support.provider import Asked

SECRET = "testSecret"
PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"


def percent(text: str) -> str:
    """Byte by byte, as the description says it."""
    return "".join(chr(byte) if byte in PLAIN else f"%{byte:02X}" for byte in text.encode())


def hmac_sha1(key: bytes, message: bytes) -> bytes:
    """RFC 2104, written out."""
    block = key.ljust(64, b"\0")
    inner = hashlib.sha1(bytes(b ^ 0x36 for b in block) + message).digest()  # noqa: S324
    return hashlib.sha1(bytes(b ^ 0x5C for b in block) + inner).digest()  # noqa: S324


def signature(method: str, parameters: Mapping[str, str], secret: str = SECRET) -> str:
    """The signature of these parameters."""
    pairs = sorted(parameters.items(), key=lambda pair: pair[0].encode())
    canonical = "&".join(f"{percent(name)}={percent(value)}" for name, value in pairs)
    told = f"{method}&%2F&{percent(canonical)}"
    return base64.b64encode(hmac_sha1(f"{secret}&".encode(), told.encode())).decode()


def parameters_of(asked: Asked) -> dict[str, str]:
    """The parameters of a call whose signature is right."""
    found = dict(parse_qsl(asked.body.decode(), keep_blank_values=True, strict_parsing=True))
    told = found.pop("Signature")
    assert told == signature(asked.method, found), "SignatureDoesNotMatch"
    return found


def answer(code: str, **more: str) -> bytes:
    """What the service says."""
    return orjson.dumps({"Code": code, "Message": "说明 13800001234", "RequestId": "8F6C", **more})
