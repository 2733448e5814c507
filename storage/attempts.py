"""Tries with a code or a PIN: per contact, purpose and local day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from conversations.local_time import LOCAL
from storage.bulk import upsert_many
from storage.models import Attempt
from storage.transaction import Transaction


def attempt_id(contact_id: str, purpose: str, now: datetime) -> str:
    """The row they are counted in."""
    return f"{contact_id}:{purpose}:{now.astimezone(LOCAL).date().isoformat()}"


async def tried(tx: Transaction, contact_id: str, purpose: str, now: datetime) -> int:
    """How many there were today."""
    row = await Attempt.filter(id=attempt_id(contact_id, purpose, now)).using_db(tx).first()
    return row.count if row else 0


async def tried_by(tx: Transaction, contacts: Iterable[str], purpose: str, now: datetime) -> int:
    """How many there were today from any of these contacts."""
    ids = [attempt_id(contact_id, purpose, now) for contact_id in contacts]
    return sum([row.count for row in await Attempt.filter(id__in=ids).using_db(tx)])


async def count_try(tx: Transaction, contact_id: str, purpose: str, now: datetime) -> None:
    """One more."""
    count = await tried(tx, contact_id, purpose, now) + 1
    row = Attempt(id=attempt_id(contact_id, purpose, now), count=count)
    await upsert_many(tx, Attempt, [row], conflict=("id",), update=("count",))
