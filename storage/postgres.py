"""PostgreSQL: a pool; what is not in a transaction of ours may only read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper

from storage.transaction import Transaction, lock_number


class PostgresTransaction(Transaction, TransactionWrapper):  # type: ignore[misc]  # savepoint
    """A transaction on a pooled connection."""

    async def run(self, statement: str) -> None:
        await self._connection.execute(statement)

    async def begin(self) -> None:
        await self.run("BEGIN")

    async def commit(self) -> None:
        await self.run("COMMIT")
        self._finalized = True

    async def rollback(self) -> None:
        await self.run("ROLLBACK")
        self._finalized = True

    async def lock(self, names: Iterable[str]) -> None:
        numbers = sorted({lock_number(name) for name in names})
        if numbers:
            await self._connection.execute(
                "SELECT pg_advisory_xact_lock(n) FROM (SELECT unnest($1::bigint[]) AS n) AS numbers",
                numbers,
            )


class PostgresEngine:
    """The writing side, and what Tortoise is told for the reading side."""

    dialect = "postgres"
    tables = "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"

    def __init__(self, credentials: dict[str, Any]) -> None:
        self.reading = {
            "engine": "tortoise.backends.asyncpg",
            "credentials": {
                **credentials,
                "server_settings": {"default_transaction_read_only": "on", "timezone": "UTC"},
            },
        }
        self._writer = AsyncpgDBClient(connection_name="postgres", **credentials)

    async def open(self) -> None:
        await self._writer.create_connection(with_db=True)

    async def close(self) -> None:
        await self._writer.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Transaction]:
        """A connection for one transaction."""
        assert self._writer._pool is not None
        async with self._writer._pool.acquire() as connection:
            tx = PostgresTransaction(self._writer)
            tx._connection = connection
            yield tx

    def unguarded(self) -> AbstractAsyncContextManager[Transaction]:
        """The same: PostgreSQL alters tables in place."""
        return self.connection()

    async def compact(self, tables: Iterable[str]) -> bool:
        """Rewrite every table. The write-ahead log keeps old pages until its segments are used again."""
        async with self.connection() as session:
            for table in sorted(tables):
                await session.run(f'VACUUM (FULL) "{table}"')
        return True
