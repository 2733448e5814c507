"""`yunguan backup`: one file, of one moment, as sealed as the database itself; and the old ones removed.

A backup is always an SQLite file, from whatever database it was made: `restore` puts it into either. Its columns are
encrypted, the keys are not in it, and it is never written where a copy of one folder would carry both.
"""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from bot import audit
from bot.refusals import CommandRefused
from storage.bulk import upsert_many
from storage.copying import CopyRefused, copy
from storage.database import Database, open_database
from storage.migrate import migrate
from storage.models import Setting

NAME = re.compile(r"yunguan-(\d{8}T\d{6}Z)\.backup")
PART = re.compile(r"\.yunguan-(\d{8}T\d{6}Z)\.backup\.part(?:-journal|-wal|-shm)?")
"""What a backup is called while it is made."""
UNFINISHED_FOR = timedelta(days=1)
"""A backup that is not finished by then was killed."""
STAMP = "backup"
"""The setting in a backup that says when it was made, and of what."""
LAST = "last_backup"
"""The setting in the database that says when the last backup was made."""


class BackupRefused(CommandRefused):
    """There is no new backup; the message says why."""


async def backup(
    database: Database,
    key_file: Path,
    out: Path,
    now: datetime,
    tell: Callable[[str], None],
    keep_days: int | None = None,
) -> Path:
    """Write a backup to `out`, a new file or a folder (where the file's name carries the time), and remove backups in
    that folder older than `keep_days`. The service may run meanwhile."""
    folder = out if out.is_dir() else out.parent
    _safe(database, key_file, folder, out)
    if keep_days is not None and (keep_days < 1 or not out.is_dir()):
        raise BackupRefused(
            "--keep-days needs 1 or more, and a folder as --out: the names there carry the days"
        )
    file = out / f"yunguan-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.backup" if out.is_dir() else out
    if file.exists():
        raise BackupRefused(f"{file} is there already; a backup is never overwritten")
    with _unfinished(file) as part:
        if database.path is not None:
            await asyncio.to_thread(_sqlite_into, database.path, part)
        else:
            await _any_into(database, part)
        await asyncio.to_thread(_stamp_and_check, part, database.dialect, now)
        os.replace(part, file)
    sync(file)
    sync(folder)
    async with database.transaction() as tx:
        last = Setting(key=LAST, value=now.astimezone(UTC).isoformat())
        await upsert_many(tx, Setting, [last], conflict=("key",), update=("value",))
        audit.by_operator(tx, "backup", now)
    tell(str(file))
    for old in _expired(folder, now, keep_days):
        old.unlink()
        tell(f"{old}: expired, removed")
    return file


def _safe(database: Database, key_file: Path, folder: Path, out: Path) -> None:
    """The keys lie neither beside the data nor beside the backups."""
    if not folder.is_dir():
        raise BackupRefused(f"{folder}: there is no such folder")
    if database.path is not None and beside(key_file, database.path):
        raise BackupRefused(
            f"database.keys = {str(key_file)!r}: lies under the data directory; move it elsewhere first"
        )
    if any(
        key.is_relative_to(one) or one.is_relative_to(key.parent)
        for key in _names(key_file)
        for one in _names(folder)
    ):
        absent = "" if out.exists() or out.suffix else f"there is no such folder as {out}, and "
        raise BackupRefused(
            f"--out: {absent}the key file {key_file} lies in or above {folder}; a copy of one folder would carry both: "
            "name another folder"
        )


def beside(key_file: Path, data: Path) -> bool:
    """Whether the keys lie in or below the folder of the data, by any of the names the two have: what copies a folder may
    follow links."""
    folders = {one.parent for one in _names(data)}
    return any(key.is_relative_to(folder) for key in _names(key_file) for folder in folders)


def _names(path: Path) -> set[Path]:
    """As it is called, and as it is found."""
    return {Path(os.path.abspath(path)), path.resolve()}


@contextmanager
def _unfinished(file: Path) -> Iterator[Path]:
    """A file only we can read, gone if it was not finished."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise BackupRefused(f"{file.parent}: cannot be written: {error.strerror}") from None
    try:
        yield part
    except (OSError, sqlite3.Error, CopyRefused) as error:
        raise BackupRefused(f"the backup could not be made: {error}") from None
    finally:
        for leftover in (part, part.with_name(part.name + "-wal"), part.with_name(part.name + "-shm")):
            leftover.unlink(missing_ok=True)


def _sqlite_into(source: Path, part: Path) -> None:
    """What is committed at this moment, without free pages: nothing deleted comes along."""
    with closing(sqlite3.connect(source, timeout=60)) as connection:
        connection.execute("VACUUM INTO ?", (str(part),))


async def _any_into(database: Database, part: Path) -> None:
    """Every table of one moment."""
    target = await open_database(f"sqlite://{part}", database.keyring)
    try:
        await migrate(target)
        await copy(database, target)
        await target.compact()
    finally:
        await target.close()


def _stamp_and_check(part: Path, dialect: str, now: datetime) -> None:
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        stamp = orjson.dumps({"at": now.astimezone(UTC).isoformat(), "of": dialect}).decode()
        with connection:
            connection.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)", (STAMP, stamp))
        if (said := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(f"integrity check: {said}")


def made_at(file: Path) -> datetime:
    """When a backup was made, by its own stamp. Raises `BackupRefused` where it is none, or damaged."""
    try:
        with closing(sqlite3.connect(f"file:{file.resolve()}?mode=ro&immutable=1", uri=True)) as connection:
            if (said := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                raise BackupRefused(f"{file}: damaged ({said}); take another backup")
            found = connection.execute("SELECT value FROM setting WHERE key = ?", (STAMP,)).fetchone()
    except sqlite3.Error as error:
        raise BackupRefused(f"{file}: not a backup, or damaged ({error}); take another one") from None
    if found is None:
        raise BackupRefused(f"{file}: a database, but no backup made by `yunguan backup`")
    return datetime.fromisoformat(orjson.loads(found[0])["at"])


def sync(path: Path) -> None:
    """On the disk for good: a file, or the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _expired(folder: Path, now: datetime, keep_days: int | None) -> list[Path]:
    """Backups by the names we give, and nothing else that lies there."""
    if keep_days is None:
        return []
    found = []
    for file in sorted(folder.iterdir()):
        kept = timedelta(days=keep_days)
        match = NAME.fullmatch(file.name)
        if match is None and (match := PART.fullmatch(file.name)):
            kept = UNFINISHED_FOR
        if match is not None and file.is_file():
            made = datetime.strptime(match[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            if made < now - kept:
                found.append(file)
    return found
