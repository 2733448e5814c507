"""The audit log as a chain: rows in the order of their numbers, each sealed over itself and the row before it.

Rows wait on their transaction (`Transaction.audit`) and are numbered, sealed and written as the last thing before its
commit: one look at the head, one statement for all of them. On PostgreSQL the writers take turns for just that long;
nothing is locked after it, so nobody waits for two. The key of the seals is no key of the data, and stays when those
are replaced (storage/crypto.py). The head is kept beside the rows, sealed too, so that a tail cut off is missed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from typing import TYPE_CHECKING

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient

from storage.bulk import insert_many, upsert_many
from storage.crypto import Keyring
from storage.reading import rows

if TYPE_CHECKING:
    from storage.models import Audit
    from storage.transaction import Transaction

HEAD = "audit_head"
"""The setting that keeps the head: its number and its seal."""
LOCK = "audit"
AT_ONCE = 2_000
"""Rows that are looked at together."""

_SEALED = ("at", "actor", "role", "action", "subject", "record", "why", "channel", "outcome")
"""What a seal covers besides the number and the seal before it: all there is."""
_LAST = "SELECT seq, mac FROM audit WHERE seq > 0 ORDER BY seq DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of the chain: its number and its seal."""

    seq: int = 0
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain does not hold. `seq`: the first number that is wrong; `how`: changed, missing, cut."""

    seq: int
    how: str


def seal(keyring: Keyring, row: Audit, before: str) -> str:
    """The seal of a row that follows the one sealed with `before`."""
    values = [row.seq, before]
    for name in _SEALED:
        value = getattr(row, name)
        values.append(_moment(value) if isinstance(value, datetime) else value)
    return keyring.audit_mac(orjson.dumps(values))


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _head_seal(keyring: Keyring, head: Head) -> str:
    return keyring.audit_mac(orjson.dumps(["head", head.seq, head.mac]))


async def last(connection: BaseDBAsyncClient) -> Head:
    """The head as the rows have it."""
    found = await rows(connection, _LAST)
    return Head(found[0][0], found[0][1]) if found else Head()


async def write(tx: Transaction, waiting: Sequence[Audit], keyring: Keyring) -> None:
    """Number, seal and insert these rows after the last one. Nothing may be locked after it in this transaction."""
    from storage.models import Audit, Setting

    if not waiting:
        return
    await tx.lock([LOCK])
    head = await last(tx)
    for row in waiting:
        row.seq = head.seq + 1
        row.mac = seal(keyring, row, head.mac)
        head = Head(row.seq, row.mac)
    await insert_many(tx, Audit, waiting)
    kept = Setting(key=HEAD, value=f"{head.seq} {_head_seal(keyring, head)}")
    await upsert_many(tx, Setting, [kept], conflict=("key",), update=("value",))


async def chunks(connection: BaseDBAsyncClient, after: int = 0) -> AsyncIterator[list[Audit]]:
    """The rows of the chain in their order, some at a time."""
    from storage.models import Audit

    while found := await Audit.filter(seq__gt=after).order_by("seq").limit(AT_ONCE).using_db(connection):
        yield found
        after = found[-1].seq


async def verify(
    connection: BaseDBAsyncClient, keyring: Keyring, heads: Sequence[Head] = ()
) -> tuple[Head, Broken | None]:
    """Look at every row: the head as far as the chain holds, and where it breaks first, if it does. `heads`: what was
    told of it elsewhere, which must still stand in it."""
    kept = await _kept(connection)  # read first: the log may grow meanwhile
    told = {one.seq: one.mac for one in heads}
    head = Head()
    async for some in chunks(connection):
        for row in some:
            if row.seq != head.seq + 1:
                return head, Broken(head.seq + 1, "missing")
            if not compare_digest(seal(keyring, row, head.mac), row.mac):
                return head, Broken(row.seq, "changed")
            if row.seq in told and not compare_digest(told[row.seq], row.mac):
                return head, Broken(row.seq, "changed")
            if (
                kept is not None
                and row.seq == kept[0]
                and kept[1] != _head_seal(keyring, Head(row.seq, row.mac))
            ):
                return head, Broken(row.seq, "changed")
            head = Head(row.seq, row.mac)
    furthest = max([kept[0] if kept is not None else 0, *told])
    if furthest > head.seq or (kept is None and head.seq):
        return head, Broken(head.seq + 1, "cut")
    return head, None


async def _kept(connection: BaseDBAsyncClient) -> tuple[int, str] | None:
    from storage.models import Setting

    row = await Setting.filter(key=HEAD).using_db(connection).first()
    if row is None:
        return None
    number, _, mac = row.value.partition(" ")
    return (int(number) if number.isdigit() else 0), mac
