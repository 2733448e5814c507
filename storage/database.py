"""The database: opened once, read by models as they are, written inside `transaction()` only."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from tortoise import context as tortoise_context
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext
from tortoise.exceptions import ConfigurationError, DBConnectionError

from storage import chain, crypto, keycheck
from storage.crypto import Keyring
from storage.sqlite import SqliteEngine
from storage.transaction import Transaction

__all__ = ["Database", "DatabaseUnusable", "Transaction", "open_database"]

APP = "yunguan"  # models refer to each other as "yunguan.Place"


class DatabaseUnusable(Exception):
    """The database cannot be opened as the URL says."""


class StillRead(Exception):
    """Somebody reads the database, and what he reads cannot be taken out of its files."""


class _Engine(Protocol):
    dialect: str
    reading: dict[str, Any]
    tables: str

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    def connection(self) -> AbstractAsyncContextManager[Transaction]: ...
    def unguarded(self) -> AbstractAsyncContextManager[Transaction]: ...
    async def compact(self, tables: Iterable[str]) -> bool: ...


class Database:
    """An open database. Models read from the one opened last; hand over `tx` or `reading` to be explicit."""

    def __init__(self, engine: _Engine, context: TortoiseContext, keyring: Keyring) -> None:
        self._engine = engine
        self._context = context
        self.keyring = keyring

    @property
    def dialect(self) -> str:
        """sqlite or postgres."""
        return self._engine.dialect

    @property
    def reading(self) -> BaseDBAsyncClient:
        """The connection for reads outside a transaction: sees the last commit, never waits for a writer."""
        return self._context.connections.get(self.dialect)

    @property
    def path(self) -> Path | None:
        """The file it is in; None on PostgreSQL."""
        return getattr(self._engine, "path", None)

    async def tables(self) -> set[str]:
        """Names of the tables there are."""
        return {row["name"] for row in await self.reading.execute_query_dict(self._engine.tables)}

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """One transaction: committed at the end, rolled back by any error or cancellation.

        On SQLite one at a time, the others queue; never open one inside another, use `tx.savepoint()`.
        """
        return _transaction(self._engine.connection(), self.keyring)

    def schema_change(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction in which tables may be rebuilt: foreign keys are off on SQLite."""
        return _transaction(self._engine.unguarded(), self.keyring)

    def session(self) -> AbstractAsyncContextManager[Transaction]:
        """A connection of one's own, without a transaction: for locks that outlast one."""
        return self._engine.connection()

    async def compact(self) -> None:
        """Write everything anew, so that no byte of what was deleted or overwritten stays in the files. Takes the
        database for itself, and as much free space as it has. Raises `StillRead`: old pages stay then."""
        if not await self._engine.compact(await self.tables()):
            raise StillRead("the database is still read by another program (a backup?): wait for its end")

    async def close(self) -> None:
        """Close all connections. Must be called, in a `finally`: an open one keeps the process alive."""
        _open.remove(self)
        _install_last()
        try:
            await self._context.close_connections()
        finally:
            await self._engine.close()


@asynccontextmanager
async def _transaction(
    connection: AbstractAsyncContextManager[Transaction], keyring: Keyring
) -> AsyncIterator[Transaction]:
    async with connection as tx:
        try:
            await tx.begin()
            yield tx
            await chain.write(tx, tx.audit, keyring)
            await tx.commit()
        except BaseException:
            with suppress(Exception):  # the connection is gone, and the transaction with it
                await asyncio.shield(tx.rollback())
            raise


# Databases of this process, oldest first. Tortoise keeps its state in a context variable that tasks made
# elsewhere do not see; its process-wide fallback serves them all, and follows the database opened last.
_open: list[Database] = []


def _install_last() -> None:
    last = _open[-1] if _open else None
    tortoise_context._global_context = last._context if last else None
    crypto.use(last.keyring if last else None)
    apps = last._context.apps if last else None
    if last is not None and apps is not None and apps.apps:
        # what a model asks by is kept in its class: another dialect, open meanwhile, has left its own there
        for model in apps.apps[APP].values():
            model._meta.default_connection = last.dialect
        apps._build_initial_querysets()


def _engine(url: str) -> _Engine:
    try:
        settings = expand_db_url(url.replace("sqlite::memory:", "sqlite://:memory:"))
    except ConfigurationError as error:
        raise DatabaseUnusable(f"database URL: {error}") from None
    kind = settings["engine"].rpartition(".")[2]
    if kind == "sqlite":
        return SqliteEngine(settings["credentials"])
    if kind == "asyncpg":
        try:
            from storage.postgres import PostgresEngine
        except ImportError:
            raise DatabaseUnusable("PostgreSQL needs asyncpg: pip install 'yunguan[postgres]'") from None
        return PostgresEngine(settings["credentials"])
    raise DatabaseUnusable("database URL: must begin with sqlite:// or postgres://")


async def open_database(url: str, keyring: Keyring) -> Database:
    """Open `sqlite:///absolute/path.db`, `sqlite://relative.db`, `sqlite://:memory:` or `postgres://…`.

    Installs the key ring for the encrypted fields, and refuses one the database was not written with
    (`WrongKey`). The schema is left as it is: see `storage.migrate`.
    """
    try:
        engine = _engine(url)
        try:
            await engine.open()
        except BaseException:
            await engine.close()
            raise
    except (OSError, sqlite3.Error, DBConnectionError) as error:
        raise DatabaseUnusable(f"the database cannot be opened: {error}") from None
    context = TortoiseContext()
    database = Database(engine, context, keyring)
    _open.append(database)
    _install_last()
    try:
        await context.init(
            config={
                "connections": {engine.dialect: engine.reading},
                "apps": {APP: {"models": ["storage.models"], "default_connection": engine.dialect}},
            },
            use_tz=True,
            timezone="UTC",
        )
        if "setting" in await database.tables():
            await keycheck.check(database.reading, keyring)
    except BaseException:
        await database.close()
        raise
    return database
