"""SQLite without its thread: in a simulation nobody else waits, and handing each statement over and back takes longer
than most of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import aiosqlite


class _Straight(aiosqlite.Connection):
    """A connection whose statements are run where they are asked for."""

    def __await__(self) -> Generator[Any, None, aiosqlite.Connection]:
        return self._connect().__await__()

    async def _connect(self) -> aiosqlite.Connection:
        self._connection = self._connector()
        return self

    async def _execute(self, fn: Callable[..., Any], *args: Any, **named: Any) -> Any:
        if self._connection is None:
            raise ValueError("Connection closed")
        return fn(*args, **named)

    def stop(self) -> None:
        """No thread is to be ended."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _connect(database: str, **settings: Any) -> aiosqlite.Connection:
    return _Straight(lambda: sqlite3.connect(database, **settings), 64)


@contextmanager
def straight() -> Iterator[None]:
    """Connections opened meanwhile have no thread."""
    threaded = aiosqlite.connect
    aiosqlite.connect = _connect  # type: ignore[assignment]
    try:
        yield
    finally:
        aiosqlite.connect = threaded
