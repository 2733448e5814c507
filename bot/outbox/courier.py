"""The worker both outboxes share: lease what is due, carry it, note what became of it.

A courier serves one destination (a channel, a county system) and holds a bounded number of rows at a time,
so that a slow destination delays only its own. One transaction notes all that came back and leases all that
may go out; under load many rows share a commit by themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Generic

import structlog

from bot.outbox.shelf import Clock, Done, Outcome, Row, Shelf, Taken, where
from storage.database import Database

log = structlog.get_logger()

GRACE = timedelta(seconds=10)
"""How long a stopping courier waits for what is under way; the rest is left to its lease."""
POLL_ALONE = timedelta(seconds=60)
"""A look at the table though nobody called: for rows a person put back from another process."""
POLL_SHARED = timedelta(seconds=5)
"""The same where several processes share the database."""
NOT_AT_ONCE = timedelta(milliseconds=100)
"""Before looking again: at rows that are due but in another process's hands, or when busy."""
AFTER_FAILURE = timedelta(seconds=1)
"""Pause after a transaction of ours failed (disk full, server restarting)."""


class Courier(Generic[Row, Outcome]):
    """Serves one shelf until told to stop. `limit` rows are on their way at a time, at most."""

    def __init__(self, database: Database, shelf: Shelf[Row, Outcome], clock: Clock, limit: int) -> None:
        self._database = database
        self._shelf: Shelf[Row, Outcome] = shelf
        self._clock = clock
        self._limit = limit
        self._alone = database.dialect == "sqlite"
        self._wake = asyncio.Event()
        self._flying: set[asyncio.Task[None]] = set()
        self._back: list[Done[Row, Outcome]] = []

    def wake(self) -> None:
        """Say that something may be due. Call it after the commit that queued it."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Carry what becomes due until `stop` is set. On SQLite, where there is one process only, what an
        earlier one had in its hands is settled at once, its leases notwithstanding."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self.wake())
        try:
            if self._alone:
                await self._safely(self._adopt)
            while not stop.is_set():
                self._wake.clear()
                wait = await self._safely(self._tick)
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait.total_seconds()):
                        await self._wake.wait()
            if self._flying:
                await asyncio.wait(self._flying, timeout=GRACE.total_seconds())
            await self._safely(self._note_the_last)
        finally:
            for task in (stopping, *self._flying):
                task.cancel()
            await asyncio.gather(stopping, *self._flying, return_exceptions=True)

    async def drain(self) -> None:
        """Carry everything that is due now, and return when nothing is under way. Not beside `run`."""
        while True:
            taken = await self._note(self._limit - len(self._flying))
            if self._flying:
                await asyncio.wait(self._flying, return_when=asyncio.FIRST_COMPLETED)
            elif not (taken.rows or taken.swept or self._back):
                return

    async def _tick(self) -> timedelta:
        """Note what came back and lease what is due, in one transaction. How long nothing more is to do."""
        free = self._limit - len(self._flying)
        taken = await self._note(free)
        if taken.swept:
            return timedelta()
        poll = POLL_ALONE if self._alone else POLL_SHARED
        if len(taken.rows) == free:
            return poll  # hands full: the first that comes back wakes us
        if taken.rows:
            return NOT_AT_ONCE  # what comes back soon is noted first, and more may be due by then
        due = await self._shelf.next_due(self._database.reading)
        return poll if due is None else min(max(due - self._clock(), NOT_AT_ONCE), poll)

    async def _note(self, free: int = 0) -> Taken[Row]:
        back, self._back = self._back, []
        taken: Taken[Row] = Taken(())
        if not back and not free:
            return taken
        now = self._clock()
        try:
            async with self._database.transaction() as tx:
                if back:
                    await self._shelf.mark(tx, back, now)
                if free:
                    taken = await self._shelf.claim(tx, now, free)
        except BaseException:
            self._back[:0] = back
            raise
        if taken.rows:
            self._shelf.claimed()
        for row in taken.rows:
            task = asyncio.create_task(self._carry(row))
            self._flying.add(task)
        if back:
            await self._shelf.marked(back)
        return taken

    async def _carry(self, row: Row) -> None:
        done = await self._shelf.carry(row)
        # In this order, in one go: whoever wakes must find a hand free and the result in it.
        self._back.append(done)
        if (me := asyncio.current_task()) is not None:
            self._flying.discard(me)
        self._wake.set()

    async def _note_the_last(self) -> timedelta:
        await self._note()
        return timedelta()

    async def _adopt(self) -> timedelta:
        async with self._database.transaction() as tx:
            await self._shelf.adopt(tx, self._clock())
        return timedelta()

    async def _safely(self, work: Callable[[], Awaitable[timedelta]]) -> timedelta:
        """A failing database stops nothing for good: what came back is kept and noted later."""
        try:
            return await work()
        except Exception as error:
            log.error("outbox.transaction_failed", box=self._shelf.name, **where(error))
            await asyncio.sleep(AFTER_FAILURE.total_seconds())
            return timedelta()
