"""Work that falls due by the clock: one waiting loop for whatever has a `next_check_at`."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import ClassVar

import structlog

from bot.logs import whereabouts
from bot.writing import Writer
from storage.database import Database
from storage.fields import Table
from storage.organisation import Organisation
from storage.reading import moment, rows

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=30)
"""The longest time between two looks: for what another process has written, and a clock that was set."""
SHORTEST = timedelta(seconds=1)
"""Pause after a look that failed (disk full, server restarting), or left something undone."""


class Looking(ABC):
    """Looks whenever one of the rows it waits for is due, and now and then, until told to stop. A look that fails is
    logged, and tried again."""

    waits_for: ClassVar[tuple[type[Table], ...]]
    """The tables whose `next_check_at` says when."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Callable[[], datetime],
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        """`committed` is called when there is something to send."""
        self._database = database
        self._writer = writer
        self._clock = clock
        self.committed = committed
        self._organisation: Organisation | None = None
        self._awake = asyncio.Event()

    @abstractmethod
    async def check(self) -> int:
        """Do all that is due now; how much."""

    def wake(self) -> None:
        """Look now: something was committed, the clock was moved, or we are to stop."""
        self._awake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look whenever something is due until `stop` is set (and `wake` called)."""
        while not stop.is_set():
            self._awake.clear()
            try:
                await self.check()
                wait = await self.until_next()
            except Exception as error:
                log.error("looking.failed", at=type(self).__name__, error=whereabouts(error))
                wait = SHORTEST
            with suppress(TimeoutError):
                async with asyncio.timeout(wait.total_seconds()):
                    await self._awake.wait()

    async def next_due(self) -> datetime | None:
        """When something is due next; None: nothing is."""
        found = await first_due(self._database, [(table.__name__, table) for table in self.waits_for])
        return min(found.values(), default=None)

    async def until_next(self) -> timedelta:
        """How long nothing is due."""
        due = await self.next_due()
        return LOOK_EVERY if due is None else min(max(due - self._clock(), SHORTEST), LOOK_EVERY)


async def first_due(database: Database, tables: Iterable[tuple[str, type[Table]]]) -> dict[str, datetime]:
    """When the first row of each of these is due, by the name it is asked under; without those where none is."""
    query = " UNION ALL ".join(
        f"SELECT '{name}', MIN(next_check_at) FROM {table._meta.db_table} WHERE next_check_at IS NOT NULL"  # noqa: S608
        for name, table in tables
    )
    found: dict[str, datetime] = {}
    for name, due in await rows(database.reading, query):
        if due is not None:
            found[name] = min(moment(due), found.get(name, moment(due)))
    return found


async def each(
    name: str,
    ids: Iterable[object],
    do: Callable[[str], Awaitable[int]],
    committed: Callable[[], None] = lambda: None,
) -> int:
    """`do` each of these; how much was done. One that fails is logged and does not hold up the others: the first such
    error is raised once `committed` was told of what was done."""
    done = 0
    failed: Exception | None = None
    for one in map(str, ids):
        try:
            done += await do(one)
        except Exception as error:
            log.error(f"{name}.one_failed", id=one, error=whereabouts(error))
            failed = failed or error
    if done:
        committed()
    if failed is not None:
        raise failed
    return done
