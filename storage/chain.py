"""The audit log as a chain: rows in the order of their numbers, each sealed over itself and the row before it.

Rows wait on their transaction (`Transaction.audit`) and are numbered, sealed and written as the last thing before its
commit: one look at the head, one statement for all of them, or for each five hundred where a file names thousands.
On PostgreSQL the writers take turns for just that long; nothing is locked after it, so nobody waits for two. The key
of the seals is no key of the data, and stays when those are replaced (storage/crypto.py). The head is kept beside the
rows, sealed too, so that a tail cut off is missed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from operator import attrgetter
from typing import TYPE_CHECKING, Literal

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
WRITTEN_AT_ONCE = 500
"""Rows that are sealed and written together: some milliseconds, after which others are let at the work."""

_SEALED = ("at", "actor", "role", "action", "subject", "record", "why", "channel", "outcome")
"""What a seal covers besides the number and the seal before it: all there is."""
_OF = attrgetter(*_SEALED)
_BELOW = "SELECT COUNT(*) FROM audit WHERE seq < 1"
_LAST = "SELECT seq, mac FROM audit WHERE seq > 0 ORDER BY seq DESC LIMIT 1"
_SOME = f"SELECT seq, mac, {', '.join(_SEALED)} FROM audit WHERE seq > ? ORDER BY seq LIMIT {AT_ONCE}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of the chain: its number and its seal."""

    seq: int = 0
    mac: str = ""


How = Literal["changed", "missing", "cut"]


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain does not hold. `seq`: the first number that is wrong; `cut`: it and all after it are gone."""

    seq: int
    how: How


def seal(keyring: Keyring, seq: int, before: str, values: Sequence[object]) -> str:
    """The seal of the row of this number and these values (`_SEALED`) that follows the one sealed with `before`. Raises
    `ValueError` for values no row of ours has."""
    at = values[0]
    if isinstance(at, str):  # as SQLite keeps it
        at = datetime.fromisoformat(at)
    if not isinstance(at, datetime):
        raise ValueError("not a time")
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return keyring.audit_mac(orjson.dumps([seq, before, moment, *values[1:]]))


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
    for start in range(0, len(waiting), WRITTEN_AT_ONCE):
        some = waiting[start : start + WRITTEN_AT_ONCE]
        head = _sealed(keyring, head, some)
        await insert_many(tx, Audit, some)
    kept = Setting(key=HEAD, value=f"{head.seq} {_head_seal(keyring, head)}")
    await upsert_many(tx, Setting, [kept], conflict=("key",), update=("value",))


def _sealed(keyring: Keyring, head: Head, waiting: Sequence[Audit]) -> Head:
    """Number and seal these rows after `head`; the new head."""
    seq, mac = head.seq, head.mac
    for row in waiting:
        seq += 1
        row.seq, row.mac = seq, (mac := seal(keyring, seq, mac, _OF(row)))
    return Head(seq, mac)


async def _in_order(connection: BaseDBAsyncClient) -> AsyncIterator[tuple[int, str, Sequence[object]]]:
    """Number, seal and values of every row of the chain, read some at a time."""
    after = 0
    while found := await rows(connection, _SOME, after):
        for seq, mac, *values in found:
            yield seq, mac, values
        after = found[-1][0]


async def verify(
    connection: BaseDBAsyncClient, keyring: Keyring, heads: Sequence[Head] = ()
) -> tuple[Head, Broken | None]:
    """Look at every row: the head as far as the chain holds, and where it breaks first, if it does. `heads`: what was
    told of it elsewhere, which must still stand in it."""
    kept = await _kept(connection)  # read first: the log may grow meanwhile
    told = {one.seq: one.mac for one in heads}
    head = Head()
    async for seq, mac, values in _in_order(connection):
        if seq != head.seq + 1:
            return head, Broken(head.seq + 1, "missing")
        here = Head(seq, mac)
        if not (
            _is_sealed(keyring, seq, head.mac, values, mac)
            and compare_digest(told.get(seq, mac), mac)
            and (kept is None or kept[0] != seq or compare_digest(kept[1], _head_seal(keyring, here)))
        ):
            return head, Broken(seq, "changed")
        head = here
    furthest = max([kept[0] if kept is not None else 0, *told])
    # read again: rows beyond what was kept are the log's own growth, or the kept head is an older one put back
    now = await _kept(connection)
    if furthest > head.seq or (head.seq and (now is None or now[0] < head.seq)):
        return head, Broken(head.seq + 1, "cut")
    return head, None


def _is_sealed(keyring: Keyring, seq: int, before: str, values: Sequence[object], mac: str) -> bool:
    try:
        return compare_digest(seal(keyring, seq, before, values), mac)
    except (ValueError, TypeError):  # SQLite takes anything in any column
        return False


async def unsealed(connection: BaseDBAsyncClient) -> int:
    """How many rows have numbers below the first: from before there were seals, or put there since. They prove nothing."""
    return int((await rows(connection, _BELOW))[0][0])


async def _kept(connection: BaseDBAsyncClient) -> tuple[int, str] | None:
    from storage.models import Setting

    row = await Setting.filter(key=HEAD).using_db(connection).first()
    if row is None:
        return None
    number, _, mac = row.value.partition(" ")
    return (int(number) if number.isdigit() else 0), mac
