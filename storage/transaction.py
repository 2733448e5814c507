"""The unit of work: one transaction on one connection, with savepoints, the same on both dialects."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tortoise.backends.base.client import TransactionalDBClient

if TYPE_CHECKING:
    from storage.models import Audit


class Transaction(TransactionalDBClient):
    """What a model writes with: `Woman.filter(…).using_db(tx)`, `bulk_create(…, using_db=tx)`."""

    _depth = 0

    @cached_property
    def audit(self) -> list[Audit]:
        """Rows of the audit log to be written last, with the commit (storage/chain.py); a savepoint that is undone
        takes its own along."""
        return []

    async def run(self, statement: str) -> None:
        """Run one statement without values."""
        raise NotImplementedError

    async def lock(self, names: Iterable[str]) -> None:
        """Hold these names until the transaction ends, against other processes.

        Taken in sorted order, so that two transactions never wait for each other. On SQLite nothing is to
        be done: a transaction already excludes all others.
        """
        raise NotImplementedError

    @asynccontextmanager
    async def _nested(self) -> AsyncIterator[Transaction]:
        name = f"sp{self._depth}"
        noted = len(self.audit)
        self._depth += 1
        try:
            await self.run(f"SAVEPOINT {name}")
            try:
                yield self
            except BaseException:
                del self.audit[noted:]
                await self.run(f"ROLLBACK TO SAVEPOINT {name}")
                await self.run(f"RELEASE SAVEPOINT {name}")
                raise
            await self.run(f"RELEASE SAVEPOINT {name}")
        finally:
            self._depth -= 1

    def savepoint(self) -> AbstractAsyncContextManager[Transaction]:  # type: ignore[override]
        """What happens inside is kept or undone as a whole; an error undoes it and goes on to the caller."""
        return self._nested()

    def _in_transaction(self) -> Any:
        # Tortoise's own nested transactions (bulk_create, get_or_create) become savepoints
        return self._nested()

    async def savepoint_rollback(self) -> None:
        raise NotImplementedError("use `async with tx.savepoint()`")

    async def release_nested(self) -> None:
        raise NotImplementedError("use `async with tx.savepoint()`")


def lock_number(name: str) -> int:
    """The signed 64-bit number that stands for a name in PostgreSQL's advisory locks."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
