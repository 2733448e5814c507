"""Ids that follow from what they are made of, so that a turn played again makes the same ones."""

from __future__ import annotations

from hashlib import sha256


def derived_id(*parts: str) -> str:
    """32 hex digits from the parts."""
    return sha256("\x1f".join(parts).encode()).hexdigest()[:32]
