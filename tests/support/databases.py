"""Databases for tests: a fresh one each, on SQLite, or with DB=postgres in the environment on PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from storage.crypto import Keyring
from storage.database import Database, open_database
from storage.migrate import migrate
from tests.support.leaks import files_below
from tests.support.postgres import Server


def on_postgres() -> bool:
    """Whether `database` is on PostgreSQL."""
    return os.environ.get("DB", "sqlite") == "postgres"


def fixed_keyring() -> Keyring:
    """The same keys in every test."""
    return Keyring([bytes(range(32))], bytes(range(32, 64)))


def sqlite_url(folder: Path) -> str:
    """The URL of a database file in this folder."""
    return f"sqlite://{folder}/yunguan.db"


@asynccontextmanager
async def fresh_postgres(server: Server) -> AsyncIterator[str]:
    """The URL of a new, empty database, dropped at the end."""
    name = f"t{uuid.uuid4().hex}"
    await server.execute(f"CREATE DATABASE {name}")
    try:
        yield server.url(name)
    finally:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def opened(url: str, keyring: Keyring, *, migrated: bool = True) -> AsyncIterator[Database]:
    """An open database, closed at the end."""
    database = await open_database(url, keyring)
    try:
        if migrated:
            await migrate(database)
        yield database
    finally:
        await database.close()


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
