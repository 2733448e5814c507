"""Databases for tests: a fresh one each, on SQLite, or with DB=postgres in the environment on PostgreSQL.

Each is migrated like any other, but once in a process: the next ones are copies of the first. And no power is cut in a
test: what a killed process wrote stays without being forced to the disk, which is what a commit waits for.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from storage.crypto import Keyring
from storage.database import Database, open_database
from storage.migrate import migrate
from storage.sqlite import PRAGMAS
from tests.support.leaks import files_below
from tests.support.postgres import Server


def on_postgres() -> bool:
    """Whether `database` is on PostgreSQL."""
    return os.environ.get("DB", "sqlite") == "postgres"


SHIPPED = dict(PRAGMAS)
"""What SQLite is told outside of tests."""


def no_power_cut() -> None:
    """From now on SQLite forces nothing to the disk in this process."""
    PRAGMAS["synchronous"] = "OFF"


def fixed_keyring() -> Keyring:
    """The same keys in every test."""
    return Keyring([bytes(range(32))], bytes(range(32, 64)))


def sqlite_url(folder: Path) -> str:
    """The URL of a database file in this folder."""
    return f"sqlite://{folder}/yunguan.db"


@asynccontextmanager
async def fresh_postgres(server: Server, *, migrated: bool = False) -> AsyncIterator[str]:
    """The URL of a new database, dropped at the end: empty, or migrated with the fixed keys."""
    name = f"t{uuid.uuid4().hex}"
    if migrated and not server.template:
        await server.execute("CREATE DATABASE template_migrated")
        async with opened(server.url("template_migrated"), fixed_keyring()):
            pass
        server.template = "template_migrated"
    await server.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {server.template}" if migrated else ""))
    try:
        yield server.url(name)
    finally:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def opened(url: str, keyring: Keyring, *, migrated: bool = True) -> AsyncIterator[Database]:
    """An open database, closed at the end."""
    file = _to_be_made(url) if migrated and _same(keyring, fixed_keyring()) else None
    if file is not None:
        shutil.copy(await _template(), file)
    database = await open_database(url, keyring)
    try:
        if migrated and file is None:
            await migrate(database)
        yield database
    finally:
        await database.close()


def _to_be_made(url: str) -> Path | None:
    """The SQLite file of this URL where none lies there yet."""
    file = Path(url.removeprefix("sqlite://").partition("?")[0])
    return file if url.startswith("sqlite:///") and file.parent.is_dir() and not file.exists() else None


def _same(one: Keyring, other: Keyring) -> bool:
    """Whether they seal and find alike, by the note a database keeps of its keys (storage/keycheck.py)."""
    return (one.newest, one.blind("code", "same")) == (other.newest, other.blind("code", "same"))


@cache
def _templates() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="yunguan-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


async def _template() -> Path:
    """A SQLite file that was migrated with the fixed keys and closed."""
    made = _templates() / "yunguan.db"
    if not made.exists():
        making = made.with_suffix(".making")
        database = await open_database(f"sqlite://{making}", fixed_keyring())
        try:
            await migrate(database)
        finally:
            await database.close()
        making.rename(made)
    return made


async def files_of(database: Database, server: Server | None = None) -> list[Path]:
    """The files this database is in, its write-ahead log among them, as they lie there while it is open."""
    if server is None:
        rows = await database.reading.execute_query_dict("PRAGMA database_list")
        file = Path(rows[0]["file"])
        return sorted(file.parent.glob(f"{file.name}*"))
    await server.execute("CHECKPOINT")
    rows = await database.reading.execute_query_dict(
        "SELECT oid FROM pg_database WHERE datname = current_database()"
    )
    return files_below([server.data / "base" / str(rows[0]["oid"]), server.data / "pg_wal"])
