"""`yunguan restore`: a backup into an empty place, whole or not at all, safe to go on from.

What was made of it is prepared in a copy: migrated, those erased since erased again, and nothing sent a second time.
Between the backup and now others may have happened that it does not know: a letter that waited then was sent since, a
reminder that fell due since was told since. So letters under way become `unknown`, and reminders due by now are noted
as lost in the outage. Danger is told again rather than not at all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot import audit
from bot.acts import new_act
from bot.privacy.backups import LAST, STAMP, BackupRefused, made_at, sync
from bot.privacy.erased import remembered
from bot.privacy.erasing import forget
from conversations.care.plan import Outlook
from storage.bulk import upsert_many
from storage.cases import load_cases
from storage.copying import CopyRefused, copy
from storage.crypto import Keyring, WrongKey
from storage.database import Database, open_database
from storage.migrate import migrate
from storage.models import CareAct, Erasure, Outgoing, Pregnancy, Setting
from storage.occupancy import InUse, alone, alone_at
from storage.organisation import load_organisation

UNDER_WAY = ("queued", "sending", "offered", "fetched")
"""States of letters that may have gone out since the backup."""
AT_ONCE = 200


class RestoreRefused(BackupRefused):
    """Nothing was restored, and nothing changed; the message says why."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done besides. `made_at`: when the backup was."""

    made_at: datetime
    migrations: int
    erased: int
    unknown: int
    outage: int


async def restore(
    url: str,
    key_file: Path,
    file: Path,
    now: datetime,
    channels: Collection[str],
    tell: Callable[[str], None],
) -> Restored:
    """Put a backup in the place the configuration names, which must be empty. `channels`: those the service will have.
    Raises `RestoreRefused`."""
    if not file.is_file():
        raise RestoreRefused(f"{file}: there is no such file")
    keyring = Keyring.from_file(key_file)
    made = made_at(file)
    target = _file_of(url)
    try:
        if target is not None:
            with alone_at(target):
                done = await _into_file(target, keyring, key_file, file, made, now, channels)
        else:
            done = await _into_server(url, keyring, key_file, file, made, now, channels)
    except (InUse, CopyRefused) as error:
        raise RestoreRefused(str(error)) from None
    except WrongKey as error:
        raise RestoreRefused(
            f"{file}: {error}; a backup made before a rotation needs the key file of that time"
        ) from None
    tell(f"restored as of {made.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    tell(f"{done.migrations} migrations applied, {done.erased} erased since then erased again")
    tell(
        f"{done.unknown} messages in doubt, not sent again (outbox list); {done.outage} reminders noted as lost"
    )
    tell("what was told after that moment is lost here: have colleagues tell it again")
    return done


def _file_of(url: str) -> Path | None:
    if not url.startswith("sqlite://"):
        return None
    return Path(url.removeprefix("sqlite://").partition("?")[0])


async def _into_file(
    target: Path,
    keyring: Keyring,
    key_file: Path,
    file: Path,
    made: datetime,
    now: datetime,
    channels: Collection[str],
) -> Restored:
    if any(
        path.exists() and path.stat().st_size for path in (target, target.with_name(target.name + "-wal"))
    ):
        raise RestoreRefused(f"{target} is there already: move it away first, nothing is overwritten")
    part = target.with_name(f".{target.name}.restoring")
    try:
        _copy_file(file, part)
        done = await _prepared(part, keyring, key_file, made, now, channels)
        sync(part)
        os.replace(part, target)
        sync(target.parent)
        return done
    finally:
        for end in ("", "-wal", "-shm"):
            part.with_name(part.name + end).unlink(missing_ok=True)


async def _into_server(
    url: str,
    keyring: Keyring,
    key_file: Path,
    file: Path,
    made: datetime,
    now: datetime,
    channels: Collection[str],
) -> Restored:
    with tempfile.TemporaryDirectory(prefix="yunguan-restore-") as folder:
        part = Path(folder) / "restoring.db"
        _copy_file(file, part)
        done = await _prepared(part, keyring, key_file, made, now, channels)
        source = await open_database(f"sqlite://{part}", keyring)
        try:
            target = await open_database(url, keyring)
            try:
                async with alone(target):
                    await migrate(target)
                    await copy(source, target)
            finally:
                await target.close()
        finally:
            await source.close()
    return done


def _copy_file(file: Path, part: Path) -> None:
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with suppress(PermissionError):
        shutil.copyfile(file, part)
        return
    raise RestoreRefused(f"{file}: cannot be read")


async def _prepared(
    part: Path, keyring: Keyring, key_file: Path, made: datetime, now: datetime, channels: Collection[str]
) -> Restored:
    """The copy as the service may go on from it."""
    database = await open_database(f"sqlite://{part}", keyring)
    try:
        migrations = await migrate(database)
        erased = await _erase_again(database, key_file, now)
        unknown = await _in_doubt(database, now)
        outage = await _reminded_since(database, channels, now)
        async with database.transaction() as tx:
            await Setting.filter(key=STAMP).using_db(tx).delete()
            last = Setting(key=LAST, value=made.astimezone(UTC).isoformat())
            await upsert_many(tx, Setting, [last], conflict=("key",), update=("value",))
            audit.by_operator(tx, "restore", now, record=made.astimezone(UTC).isoformat(timespec="seconds"))
        await database.compact()
    finally:
        await database.close()
    return Restored(made, len(migrations), erased, unknown, outage)


async def _erase_again(database: Database, key_file: Path, now: datetime) -> int:
    """Who was erased after the backup was made."""
    known = {
        str(one) for one in await Erasure.all().using_db(database.reading).values_list("woman_id", flat=True)
    }
    organisation = await load_organisation(database.reading)
    missing = [one for one in remembered(key_file) if one.woman_id not in known]
    for one in missing:
        async with database.transaction() as tx:
            await forget(tx, organisation, one.woman_id, now, one.why)
    return len(missing)


async def _in_doubt(database: Database, now: datetime) -> int:
    """Letters that were under way when the backup was made; those about danger stay, and go out again."""
    async with database.transaction() as tx:
        await Outgoing.filter(next_check_at__isnull=False).using_db(tx).update(next_check_at=None)
        letters = Outgoing.filter(state__in=UNDER_WAY).exclude(kind="danger").using_db(tx)
        return await letters.update(state="unknown", error="restored", lease_until=None, updated_at=now)


async def _reminded_since(database: Database, channels: Collection[str], now: datetime) -> int:
    """Reminders to women that are due by now: noted, not told, for each was perhaps told since the backup."""
    organisation = await load_organisation(database.reading)
    due = Pregnancy.filter(next_check_at__lte=now).order_by("id").using_db(database.reading)
    ids = [str(one) for one in await due.values_list("id", flat=True)]
    noted = 0
    for start in range(0, len(ids), AT_ONCE):
        async with database.transaction() as tx:
            loaded = await load_cases(tx, ids[start : start + AT_ONCE], organisation, channels)
            rows = [
                new_act(database.keyring, one, replace(act, skip="outage"), now)
                for one in loaded.values()
                for act in Outlook(one.case, now).due()
                if act.to == "woman" and act.kind == "remind" and act.skip is None
            ]
            await upsert_many(tx, CareAct, rows, conflict=("id",), update=())
            noted += len(rows)
    return noted
