"""The demonstration's clock moved: through every moment at which something falls due on the way, in their order, with
all that is due at each done before the next one comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.county.deliver import DeliveryShelf
from bot.demo import SimClock
from bot.logs import whereabouts
from bot.outbox.letters import LetterShelf
from storage.database import Database
from storage.fields import Table
from storage.models import Delivery, Outgoing
from storage.reading import moment, rows

log = structlog.get_logger()

DAY = timedelta(days=1)
"""The longest step: what comes round is started by looking at each day."""
EXACT = 600
"""Moments that are met exactly; who leaves an alert unanswered for weeks has thousands of them."""
COARSE = 100
"""Steps for the rest of the way, then."""
NEXT_WITHIN = timedelta(days=120)
"""How far it is looked for something that is seen on a phone."""
PATIENCE = 5.0
"""Seconds (real ones) that the work of one moment may take before the clock goes on without it."""
POLL = 0.008
"""Seconds between two looks whether all is done."""

_GOES = {
    Outgoing: f"NOT {LetterShelf.waits.sql}",
    Delivery: " AND ".join(
        (f"NOT {DeliveryShelf.waits.sql}", "destination NOT IN (SELECT name FROM destination WHERE paused)")
    ),
}
"""What is sent, and when the next of it can go."""

Tables = Sequence[type[Table]]


async def next_moment(database: Database, tables: Tables, after: datetime) -> datetime | None:
    """When something falls due next after that time, in `tables` by their `next_check_at`; None: nothing does."""
    query = " UNION ALL ".join(
        [f"SELECT MIN(next_check_at) FROM {_name(table)} WHERE next_check_at > ?" for table in tables]  # noqa: S608
        + [
            f"SELECT MIN(due_at) FROM {_name(table)} WHERE state = 'queued' AND due_at > ? AND {goes}"  # noqa: S608
            for table, goes in _GOES.items()
        ]
    )
    found = [row[0] for row in await rows(database.reading, query, *[after] * (len(tables) + len(_GOES)))]
    return min((moment(at) for at in found if at is not None), default=None)


async def undone(database: Database, tables: Tables, now: datetime) -> frozenset[tuple[str, str]]:
    """What is due and not done yet, or on its way: table and id."""
    query = " UNION ALL ".join(
        [f"{_ids(table)} WHERE next_check_at <= ?" for table in tables]
        + [
            f"{_ids(table)} WHERE state = 'queued' AND due_at <= ? AND {goes}"
            for table, goes in _GOES.items()
        ]
        + [f"{_ids(table)} WHERE state = 'sending'" for table in _GOES]
    )
    found = await rows(database.reading, query, *[now] * (len(tables) + len(_GOES)))
    return frozenset((row[0], row[1]) for row in found)


def _name(table: type[Table]) -> str:
    return table._meta.db_table


def _ids(table: type[Table]) -> str:
    return f"SELECT '{_name(table)}', {table._meta.db_pk_column} FROM {_name(table)}"  # noqa: S608


@dataclass(slots=True)
class Leaper:
    """Moves the clock, one leap at a time. `tables`: whose `next_check_at` says when something falls due; `look`: does what
    has; `wake`: has the program look by itself, and send what is to be sent; `ticked`: called when the clock stands
    elsewhere."""

    database: Database
    tables: Tables
    clock: SimClock
    look: Callable[[], Awaitable[None]]
    wake: Callable[[], None]
    ticked: Callable[[], Awaitable[None]]
    under_way: bool = False

    async def by(self, leap: timedelta) -> int:
        """Forward by `leap`; how many moments were met."""
        start = self.clock()
        return await self._go(start, start + leap)

    async def to_next(self, happened: Callable[[], int]) -> int:
        """Forward until more has `happened`, through the moments that only the program notices. Where nothing is due
        any more the clock stays."""
        start = self.clock()
        return await self._go(start, start + NEXT_WITHIN, happened)

    async def _go(self, now: datetime, target: datetime, happened: Callable[[], int] | None = None) -> int:
        self.under_way = True
        try:
            return await self._steps(now, target, happened)
        finally:
            self.under_way = False
            await self.ticked()

    async def _steps(self, now: datetime, target: datetime, happened: Callable[[], int] | None) -> int:
        given_up = await self._settle(frozenset())
        before = happened() if happened else 0
        met, least = 0, timedelta(0)
        while now < target and not (happened and happened() > before):
            due = await next_moment(self.database, self.tables, now)
            if happened and (due is None or due > target):
                break
            step = min(due or target, now + DAY)
            now = min(max(step, now + least), target)
            self.clock.move_to(now)
            await self.ticked()
            given_up = await self._settle(given_up)
            met += 1
            if met == EXACT:
                least = (target - now) / COARSE
        return met

    async def _settle(self, given_up: frozenset[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Do all that is due, and wait until it is sent, as long as our patience lasts; what it is given up on."""
        try:
            await self.look()
        except Exception as error:  # the others of its kind are done; it is tried again at the next moment
            log.error("leaps.look_failed", error=whereabouts(error))
        self.wake()
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE
        while left := await undone(self.database, self.tables, self.clock()) - given_up:
            if loop.time() > until:
                return given_up | left
            await asyncio.sleep(POLL)
        return given_up
