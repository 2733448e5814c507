"""`yunguan rotate-key`: a new key that encrypts, everything sealed anew with it, and at last the old key gone.

The key of the blind indexes stays: what PINs, codes, links and county keys were made of is not kept, so they could
not be made anew, and the ids of acts follow from it, by which nobody is reminded twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from bot import audit
from bot.faults import fault
from bot.refusals import CommandRefused
from storage import keycheck
from storage.crypto import Keyring, Undecryptable, key_of
from storage.database import Database, StillRead, open_database
from storage.fields import Table, encrypted_fields
from storage.occupancy import InUse, alone
from storage.tables import columns, pages, tables

log = structlog.get_logger()

Tell = Callable[[str], None]
Clock = Callable[[], Any]


class RotationRefused(CommandRefused):
    """The keys stay as they are; the message says why."""


async def rotate(url: str, key_file: Path, tell: Tell, clock: Clock) -> None:
    """Make a new key, unless one was made and not finished, and seal everything with it. May be killed at any moment
    and run again. Raises `RotationRefused` while the service runs."""
    await _with_database(url, key_file, tell, clock, _rotate)


async def finish(url: str, key_file: Path, tell: Tell, clock: Clock) -> None:
    """Take the old keys out of the key file. Refused while anything is sealed with one of them."""
    await _with_database(url, key_file, tell, clock, _finish)


async def _with_database(url: str, key_file: Path, tell: Tell, clock: Clock, step: Any) -> None:
    database = await open_database(url, Keyring.from_file(key_file))
    try:
        try:
            async with alone(database):
                _unchanged(database.keyring, key_file)
                keyring = await _begun(database, key_file, tell) if step is _rotate else database.keyring
                await step(database, keyring, key_file, tell, clock)
        except InUse as error:
            raise RotationRefused(
                f"{error}: a service with the old keys could not read what has new ones"
            ) from None
        except StillRead as error:
            raise RotationRefused(f"{error}; then run it again") from None
    finally:
        await database.close()


def _unchanged(keyring: Keyring, key_file: Path) -> None:
    """Nobody has put other keys there since they were read: written over, they would be lost, and the data with them."""
    now = Keyring.from_file(key_file)
    if (now.newest, now.old) != (keyring.newest, keyring.old):
        raise RotationRefused(
            f"the keys in {key_file} were replaced meanwhile: look who does it, and run it again"
        )


async def _begun(database: Database, key_file: Path, tell: Tell) -> Keyring:
    """The ring with its new key, in the key file before anything is sealed with it."""
    keyring = database.keyring
    if keyring.old:
        tell(f"going on with key {keyring.newest}")
        return keyring
    keyring = keyring.rotated()
    keyring.to_file(key_file, replace=True)
    fault("rotation.begun")
    tell(f"new key {keyring.newest}, in {key_file}: take it to where its copy is kept, beside the old one")
    return keyring


async def _rotate(database: Database, keyring: Keyring, key_file: Path, tell: Tell, clock: Clock) -> None:
    sealed, lost = 0, 0
    for model in tables():
        count, damaged = await reseal(database, model, keyring)
        sealed, lost = sealed + count, lost + len(damaged)
        if count:
            tell(f"{columns(model).table}: {count} sealed anew")
        for row in damaged:
            tell(f"{columns(model).table} {row}: cannot be read with any key here, left as it is")
    async with database.transaction() as tx:
        await keycheck.write(tx, keyring)
        audit.by_operator(tx, "key.rotate", clock(), record=keyring.newest)
    await database.compact()
    if lost:
        tell(f"{lost} rows stay with an old key: keep it, and see docs/privacy.md")
    else:
        tell("everything has the new key; start the service, and when all is well: rotate-key --finish")


async def reseal(database: Database, model: type[Table], keyring: Keyring) -> tuple[int, list[str]]:
    """Seal every value of a table anew that the newest key did not seal: how many rows, and which cannot be read."""
    names = encrypted_fields(model)
    if not names:
        return 0, []
    its = columns(model)
    where = [its.names[list(model._meta.fields_db_projection).index(name)] for name in names]
    contexts = [model._meta.fields_map[name].context for name in names]  # type: ignore[attr-defined]
    done, damaged = 0, []
    async for page in pages(database.reading, model, where):
        changes: list[list[Any]] = []
        for key, *sealed in page:
            if all(one is None or keyring.is_newest(one) for one in sealed):
                continue
            try:
                fresh = [
                    one if one is None or keyring.is_newest(one)
                    else keyring.encrypt(keyring.decrypt(one, context), context)
                    for one, context in zip(sealed, contexts, strict=True)
                ]  # fmt: skip
            except Undecryptable as error:
                log.error("rotation.unreadable", table=its.table, id=str(key), why=str(error))
                damaged.append(str(key))
                continue
            changes.append([*fresh, key])
        if changes:
            await _update(database, its.table, its.key, where, changes)
            done += len(changes)
            fault("rotation.chunk")
    return done, damaged


async def _update(
    database: Database, table: str, key: str, names: list[str], changes: list[list[Any]]
) -> None:
    sqlite = database.dialect == "sqlite"
    marks = ["?" if sqlite else f"${number}" for number in range(1, len(names) + 2)]
    new = ", ".join(f'"{name}" = {mark}' for name, mark in zip(names, marks, strict=False))
    async with database.transaction() as tx:
        await tx.execute_many(f'UPDATE "{table}" SET {new} WHERE "{key}" = {marks[-1]}', changes)  # noqa: S608 (our names)


async def sealed_with(database: Database) -> dict[str, Counter[str]]:
    """How many values each key has sealed, by key id and table."""
    found: dict[str, Counter[str]] = {}
    for model in tables():
        names = encrypted_fields(model)
        its = columns(model)
        where = [its.names[list(model._meta.fields_db_projection).index(name)] for name in names]
        if where:
            async for page in pages(database.reading, model, where):
                for _, *sealed in page:
                    for one in sealed:
                        if one is not None:
                            found.setdefault(key_of(one), Counter())[its.table] += 1
    return found


async def _finish(database: Database, keyring: Keyring, key_file: Path, tell: Tell, clock: Clock) -> None:
    if not keyring.old:
        raise RotationRefused("there is one key only: nothing to finish")
    used = await sealed_with(database)
    for old in [key for key in used if key != keyring.newest]:
        tables_ = ", ".join(f"{table} {count}" for table, count in sorted(used[old].items()))
        raise RotationRefused(
            f"key {old or 'of no known kind'} is still in use ({tables_}): run rotate-key first"
        )
    async with database.transaction() as tx:
        await keycheck.write(tx, keyring)
        audit.by_operator(tx, "key.finish", clock(), record=keyring.newest)
    await database.compact()  # what the old key sealed lies nowhere in the files any more
    keyring.only_newest().to_file(key_file, replace=True)
    tell(f"key {keyring.newest} alone is left in {key_file}")
    tell(
        "backups made before the rotation need the old key: keep its copy until the last of them has expired"
    )
