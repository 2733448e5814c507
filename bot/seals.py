"""Button data that only the one it was shown to can press: the value, and a short keyed seal over her and it."""

from __future__ import annotations

import hmac

from storage.crypto import Keyring

SEAL_LENGTH = 9
"""Characters of base64: 54 bits, of which a forger has one online guess a message. One more, and the issuer's
`go:confirm_joiner:<id>:yes` would not fit."""
MAX_DATA = 64
"""Bytes Telegram allows."""


def seal(keyring: Keyring, contact_id: str, value: str) -> str:
    """What goes into the button."""
    data = f"{value}~{_mac(keyring, contact_id, value)}"
    if len(data.encode()) > MAX_DATA:
        raise ValueError(f"button value too long: {len(data.encode())} bytes")
    return data


def unseal(keyring: Keyring, contact_id: str, data: str) -> str | None:
    """The value, or None when the button was not ours, or not hers."""
    value, _, mac = data.rpartition("~")
    told, right = _bytes(mac), _bytes(_mac(keyring, contact_id, value))
    return value if value and hmac.compare_digest(told, right) else None


def _mac(keyring: Keyring, contact_id: str, value: str) -> str:
    # in hexadecimal: a blind index does not tell 1 from full-width 1, a seal must
    return keyring.blind("button", f"{contact_id}|{_bytes(value).hex()}")[:SEAL_LENGTH]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
