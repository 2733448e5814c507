"""Keys with which the county system calls us: shown once, kept as keyed hashes, two valid while one replaces the other."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bot.refusals import CommandRefused
from storage.database import Database
from storage.models import CountyKey, Place

PREFIX = "whsec_"
"""A key is a Standard Webhooks secret: the county signs with it, and shows it."""
KEY_BYTES = 32
ID_LENGTH = 8
"""Hex digits that name a key, in lists and logs."""
VALID_AT_ONCE = 2


class KeyNotPossible(CommandRefused):
    """The key cannot be made or revoked; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the county of a key. `key_id` for the audit."""

    key_id: str
    place_id: str


async def make(database: Database, place_id: str, now: datetime, random_bytes: Callable[[int], bytes]) -> str:
    """A new key for a county, to be shown once. Raises `KeyNotPossible`."""
    secret = random_bytes(KEY_BYTES)
    async with database.transaction() as tx:
        await tx.lock(["county_key"])
        place = await Place.filter(id=place_id).using_db(tx).first()
        if place is None or place.kind != "county":
            raise KeyNotPossible(f"{place_id}: not a county; `yunguan invite --places` lists the places")
        valid = await CountyKey.filter(place_id=place_id, revoked_at__isnull=True).using_db(tx)
        if len(valid) >= VALID_AT_ONCE:
            ids = ", ".join(one.id for one in valid)
            raise KeyNotPossible(
                f"{place_id} has {len(valid)} valid keys ({ids}); revoke the old one first: "
                f"yunguan county-key revoke {valid[0].id}"
            )
        await CountyKey.create(
            id=sha256(secret).hexdigest()[:ID_LENGTH],
            place_id=place_id,
            key_index=database.keyring.blind("county_key", secret.hex()),
            created_at=now,
            using_db=tx,
        )
    return PREFIX + b64encode(secret).decode()


async def revoke(database: Database, key_id: str, now: datetime) -> None:
    """End a key at once. Raises `KeyNotPossible`."""
    async with database.transaction() as tx:
        valid = CountyKey.filter(id=key_id, revoked_at__isnull=True).using_db(tx)
        if not await valid.update(revoked_at=now):
            raise KeyNotPossible(f"{key_id}: no valid key of this name; `yunguan county-key list` shows them")


async def lines(database: Database) -> list[str]:
    """Every key, newest first: id, county, since when, until when."""
    keys = await CountyKey.all().order_by("-created_at", "id").using_db(database.reading)
    return [
        f"{key.id}\t{key.place_id}\t{key.created_at:%Y-%m-%d}\t"
        + (f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid")
        for key in keys
    ]


async def caller(database: Database, key: str) -> Caller | None:
    """Whose key this is; None: nobody's (any more). It is found by its keyed hash, so no comparison tells by its
    time how much of a guess was right."""
    try:
        secret = b64decode(key.removeprefix(PREFIX), validate=True)
    except ValueError:
        return None
    index = database.keyring.blind("county_key", secret.hex())
    valid = CountyKey.filter(key_index=index, revoked_at__isnull=True).using_db(database.reading)
    row = await valid.first()
    return Caller(row.id, row.place_id) if row is not None else None
