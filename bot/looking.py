"""Work that falls due by the clock: one waiting loop for whatever has a `next_check_at`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bot.logs import whereabouts
from storage.database import Database
from storage.fields import Table

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=30)
"""The longest time between two looks: for what another process has written, and a clock that was set."""
SHORTEST = timedelta(seconds=1)
"""Pause after a look that failed (disk full, server restarting), or left something undone."""


class Looking:
    """Looks whenever one of these rows is due, and now and then, until told to stop.

    `rows`: the table that has a `next_check_at`; `check`: does all that is due. One that fails is logged, and
    looked at again.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        rows: type[Table],
        check: Callable[[], Awaitable[object]],
        clock: Callable[[], datetime],
    ) -> None:
        self._name = name
        self._database = database
        self._rows = rows
        self._check = check
        self._clock = clock
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look now: something was committed, the clock was moved, or we are to stop."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set (and `wake` called)."""
        while not stop.is_set():
            self._wake.clear()
            try:
                await self._check()
                wait = await self.until_next()
            except Exception as error:
                log.error("looking.failed", at=self._name, error=whereabouts(error))
                wait = SHORTEST
            with suppress(TimeoutError):
                async with asyncio.timeout(wait.total_seconds()):
                    await self._wake.wait()

    async def next_due(self) -> datetime | None:
        """When the first of them is due; None: nothing is."""
        rows = self._rows.filter(next_check_at__isnull=False).order_by("next_check_at").limit(1)
        found = await rows.using_db(self._database.reading).values_list("next_check_at", flat=True)
        return found[0] if found else None  # type: ignore[return-value]

    async def until_next(self) -> timedelta:
        """How long nothing is due."""
        due = await self.next_due()
        return LOOK_EVERY if due is None else min(max(due - self._clock(), SHORTEST), LOOK_EVERY)


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
