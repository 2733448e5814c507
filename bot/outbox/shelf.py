"""One destination's rows in a table: how they are leased, given back, and what became of them noted.

A lease is the row's `lease_until`: a mark counts only while it is unchanged, so a process that slept too
long cannot overwrite what another has decided since.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import F, RawSQL
from tortoise.queryset import QuerySet

from bot.outbox.backoff import Next
from bot.outbox.states import States
from storage.crypto import Undecryptable
from storage.database import Transaction
from storage.models import Delivery, Outgoing
from storage.reading import full_rows, moment
from storage.reading import rows as rows_of

log = structlog.get_logger()

Row = TypeVar("Row", Outgoing, Delivery)
Outcome = TypeVar("Outcome")
Clock = Callable[[], datetime]

SWEEP = 200
"""Rows whose lease ran out that are settled in one transaction."""
SWEEP_EVERY = timedelta(seconds=5)
"""How often leases are looked at, at most: they run for minutes."""
LOUDNESS = {"accept": "debug", "refuse": "warning", "lose": "warning"}


@dataclass(frozen=True, slots=True)
class Taken(Generic[Row]):
    """What a claim brought: `rows` to carry, and whether others were `swept` out of the way, so that it is
    worth looking again at once."""

    rows: Sequence[Row]
    swept: bool = False


@dataclass(frozen=True, slots=True)
class Done(Generic[Row, Outcome]):
    """What became of one row that was carried, and what follows from it."""

    row: Row
    outcome: Outcome
    next: Next


class Shelf(ABC, Generic[Row, Outcome]):
    """The rows one courier serves."""

    model: type[Row]
    states: ClassVar[States]
    plain: ClassVar[tuple[str, ...]] = ("id", "attempts")
    """What is read of a row to settle it unseen: nothing encrypted."""
    column: ClassVar[str]
    """Where the other side's word is kept: its name for the message, its status."""
    waits: ClassVar[RawSQL]
    """Whether an earlier row of the lane must go first."""
    urgencies: ClassVar[tuple[str, ...]] = ("",)
    """Classes of rows, the most urgent first: what more holds of them. Each is asked for along an index, so that a
    claim stops at the first heads it finds, however many wait."""
    destination: ClassVar[str]
    """The column that names the destination."""
    name: str
    lease: timedelta
    """Longer than carrying a row may take, and a commit after it."""
    _next_sweep: datetime | None = None

    @abstractmethod
    def rows(self, db: BaseDBAsyncClient) -> QuerySet[Row]:
        """This destination's rows."""

    @abstractmethod
    async def carry(self, row: Row) -> Done[Row, Outcome]:
        """Bring one row to its destination. Never raises."""

    @abstractmethod
    def after_crash(self, row: Row, now: datetime) -> Next:
        """What follows when a lease ran out: whoever held it is gone, and nobody knows how far it came."""

    @abstractmethod
    def word(self, outcome: Outcome) -> str | int | None:
        """What is kept of the other side's answer."""

    def too_late(self, row: Row, now: datetime) -> bool:
        """Whether nobody wants this row any more."""
        return False

    async def closed(self, db: BaseDBAsyncClient) -> bool:
        """Whether nothing may go out for now."""
        return False

    async def also(self, tx: Transaction, done: Sequence[Done[Row, Outcome]], now: datetime) -> None:
        """What else is committed with the marks."""

    def claimed(self) -> None:
        """Called when leases are committed, before anything is carried."""

    async def marked(self, done: Sequence[Done[Row, Outcome]]) -> None:
        """Called when marks are committed. Never raises."""

    async def claim(self, tx: Transaction, now: datetime, limit: int) -> Taken[Row]:
        """Lease up to `limit` rows that are due, the most urgent first, only the head of each lane."""
        swept = await self._sweep(tx, now)
        if await self.closed(tx):
            return Taken((), swept)
        ids: list[str] = []
        for urgency in self.urgencies:
            if len(ids) < limit:
                found = await rows_of(tx, self._picking(tx, urgency), self.name, now, limit - len(ids))
                ids += [row_id for (row_id,) in found]
        if not ids:
            return Taken((), swept)
        try:
            by_id = {row.id: row for row in await full_rows(tx, self.model, "id", ids)}
        except Undecryptable:
            await self._set_damaged_aside(tx, ids, now)
            return Taken((), swept=True)
        rows = [by_id[row_id] for row_id in ids]
        late = [row for row in rows if self.too_late(row, now)]
        rows = [row for row in rows if not self.too_late(row, now)]
        await self._step(tx, late, Next("expire", error="expired"), now)
        if rows:
            lease_until = now + self.lease
            state = self.states.after("queued", "claim")
            await self._only(tx, rows).update(
                state=state, attempts=F("attempts") + 1, lease_until=lease_until, updated_at=now
            )
            for row in rows:
                row.state, row.attempts, row.lease_until = state, row.attempts + 1, lease_until
        return Taken(rows, swept or bool(late))

    async def next_due(self, db: BaseDBAsyncClient) -> datetime | None:
        """When there will be something to claim if nothing new comes."""
        moments: list[Any] = list(
            await rows_of(db, self._asking("lease_until", "state = 'sending'"), self.name)
        )
        if not await self.closed(db):
            moments += await rows_of(db, self._asking("due_at", self._head), self.name)
        return min((moment(found) for (found,) in moments), default=None)

    async def mark(self, tx: Transaction, done: Sequence[Done[Row, Outcome]], now: datetime) -> None:
        """Note what became of rows, as far as their lease is still ours: one statement for all."""
        query = (
            f"UPDATE {self.model._meta.db_table} SET state = ?, due_at = ?, {self.column} = ?, error = ?,"  # noqa: S608
            " updated_at = ?, lease_until = NULL WHERE id = ? AND state = 'sending' AND lease_until = ?"
        )
        await tx.execute_many(
            _placeholders(tx, query),
            [
                [
                    self.states.after("sending", one.next.step),
                    one.next.due_at or one.row.due_at,
                    self.word(one.outcome),
                    one.next.error,
                    now,
                    one.row.id,
                    one.row.lease_until,
                ]
                for one in done
            ],
        )
        await self.also(tx, done, now)

    async def adopt(self, tx: Transaction, now: datetime) -> None:
        """End the leases of whoever was here before us."""
        self._next_sweep = None
        await self.rows(tx).filter(state="sending").update(lease_until=now)

    @property
    def _head(self) -> str:
        """What is to go next in its lane."""
        states = ", ".join(f"'{state}'" for state in self.states.before("claim"))
        return f"state IN ({states}) AND NOT {self.waits.sql}"

    def _picking(self, tx: Transaction, urgency: str) -> str:
        """Asks which rows are due. `due_at` stands there in a form no index fits: they are wanted in the order of
        `seq`, of which few are taken."""
        table = self.model._meta.db_table
        column = f"{table}.due_at"
        locked = "" if tx.capabilities.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
        return (
            f"SELECT id FROM {table} WHERE {self.destination} = ? AND {self._head}{urgency and ' AND '}{urgency}"  # noqa: S608
            f" AND COALESCE({column}, {column}) <= ? ORDER BY seq LIMIT ?{locked}"
        )

    @property
    def _lost(self) -> str:
        """Asks whether any lease ran out."""
        return (
            f"SELECT id FROM {self.model._meta.db_table} WHERE {self.destination} = ?"  # noqa: S608
            " AND state = 'sending' AND lease_until <= ? LIMIT 1"
        )

    def _asking(self, column: str, which: str) -> str:
        """Asks for the earliest of a column."""
        return (
            f"SELECT {column} FROM {self.model._meta.db_table} WHERE {self.destination} = ? AND {which}"  # noqa: S608
            f" ORDER BY {column} LIMIT 1"
        )

    def _only(self, tx: Transaction, rows: Sequence[Row]) -> QuerySet[Row]:
        return self.rows(tx).filter(id__in=[row.id for row in rows])

    async def _sweep(self, tx: Transaction, now: datetime) -> bool:
        """Settle what a process that is gone had in its hands."""
        if self._next_sweep is not None and now < self._next_sweep:
            return False
        self._next_sweep = now + SWEEP_EVERY
        if not await rows_of(tx, self._lost, self.name, now):
            return False
        lost = (
            await self.rows(tx)
            .filter(state="sending", lease_until__lte=now)
            .only("state", *self.plain)
            .limit(SWEEP)
            .select_for_update(skip_locked=True)
        )
        settled = [(row, self.after_crash(row, now)) for row in lost]
        for step in {step for _, step in settled}:
            await self._step(tx, [row for row, its in settled if its == step], step, now)
        self._next_sweep = None
        return bool(lost)

    async def _set_damaged_aside(self, tx: Transaction, ids: Sequence[Any], now: datetime) -> None:
        """One row that cannot be read must not hold up the others."""
        for row_id in ids:
            row = self.rows(tx).filter(id=row_id)
            try:
                await row.first()
            except Undecryptable:
                await row.update(
                    state=self.states.after("sending", "refuse"), error="unreadable", updated_at=now
                )
                log.error("outbox.unreadable", box=self.name, id=row_id)

    async def _step(self, tx: Transaction, rows: Sequence[Row], step: Next, now: datetime) -> None:
        for state in {row.state for row in rows}:
            changes: dict[str, Any] = {"due_at": step.due_at} if step.due_at else {}
            await self._only(tx, [row for row in rows if row.state == state]).update(
                state=self.states.after(state, step.step),
                error=step.error,
                lease_until=None,
                updated_at=now,
                **changes,
            )
        for row in rows:
            self.tell(row, step)

    def tell(self, row: Row, step: Next) -> None:
        """Log a step, by ids and codes only."""
        tell = getattr(log, LOUDNESS.get(step.step, "info"))
        tell(f"outbox.{step.step}", box=self.name, id=row.id, attempts=row.attempts, reason=step.error)


def _placeholders(tx: Transaction, query: str) -> str:
    """A query written with `?` as the database wants it."""
    if tx.capabilities.dialect == "sqlite":
        return query
    head, *rest = query.split("?")
    return head + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))


def where(error: BaseException) -> dict[str, Any]:
    """An error as it may be logged: its type and place, not its words, which may quote personal data."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return {"error": type(error).__name__}
    file = Path(place.tb_frame.f_code.co_filename).name
    return {"error": type(error).__name__, "at": f"{file}:{place.tb_lineno}"}
