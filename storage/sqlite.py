"""SQLite: one connection that writes, one that reads.

Readers on a connection of their own see the last commit and never wait for the writer (WAL). The writer
begins IMMEDIATE: a deferred transaction that reads first fails with "database is locked" as soon as
another process has written, whatever the timeout.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper

from storage.transaction import Transaction

PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",  # a commit survives a power cut; costs one fsync
    "foreign_keys": "ON",
    "busy_timeout": 10_000,  # ms to wait for another process
    "journal_size_limit": 64 * 1024 * 1024,  # bytes of WAL kept after a checkpoint
    "temp_store": "MEMORY",
    "secure_delete": "FAST",  # zeroes what is deleted wherever a page is written anyway
}


class SqliteTransaction(Transaction, SqliteTransactionWrapper):  # type: ignore[misc]  # savepoint
    """A transaction on the writing connection."""

    async def run(self, statement: str) -> None:
        async with self._connection.execute(statement):
            pass

    async def begin(self) -> None:
        await self.run("BEGIN IMMEDIATE")

    async def lock(self, names: Iterable[str]) -> None:
        pass


class SqliteEngine:
    """The writing side, and what Tortoise is told for the reading side."""

    dialect = "sqlite"
    tables = "SELECT name FROM sqlite_master WHERE type = 'table'"

    def __init__(self, credentials: dict[str, Any]) -> None:
        self._temporary: TemporaryDirectory[str] | None = None
        path = credentials.pop("file_path")
        if path == ":memory:":
            # two connections cannot share a database in memory: a file that goes away stands in for it
            self._temporary = TemporaryDirectory(prefix="yunguan-")
            path = f"{self._temporary.name}/memory.db"
        self.path = Path(path)
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        given = {
            name: value
            for name, value in credentials.items()
            if name not in ("journal_mode", "journal_size_limit")
        }
        pragmas = PRAGMAS | given
        self.reading = {
            "engine": "tortoise.backends.sqlite",
            "credentials": {"file_path": str(self.path), **pragmas, "query_only": "ON"},
        }
        self._writer = SqliteClient(str(self.path), connection_name="sqlite", **pragmas)
        self._lock = asyncio.Lock()

    async def open(self) -> None:
        await self._writer.create_connection(with_db=True)

    async def close(self) -> None:
        try:
            await self._writer.close()
        finally:
            if self._temporary is not None:
                self._temporary.cleanup()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Transaction]:
        """The writing connection for one transaction; the others queue."""
        async with self._lock:
            yield SqliteTransaction(self._writer)

    async def compact(self, tables: Iterable[str]) -> bool:
        """Rebuild the file and empty its write-ahead log; False where a reader keeps the log from it."""
        async with self._lock:
            tx = SqliteTransaction(self._writer)
            await tx.run("VACUUM")
            found = await tx.execute_query_dict("PRAGMA wal_checkpoint(TRUNCATE)")
            return not found[0]["busy"]

    @asynccontextmanager
    async def unguarded(self) -> AsyncIterator[Transaction]:
        """The same with foreign keys off, as rebuilding a table needs it: dropping the old one would delete
        the rows that refer to it. `PRAGMA foreign_key_check` must be empty before the commit."""
        async with self.connection() as tx:
            await tx.run("PRAGMA foreign_keys = OFF")
            try:
                yield tx
            finally:
                await tx.run("PRAGMA foreign_keys = ON")
