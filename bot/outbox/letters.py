"""The outbox of messages to people.

Order: within a contact and channel a letter waits for every earlier unfinished one that is at least as
urgent. So replies keep their order, and neither they nor a danger alert ever wait for a reminder that is
being tried again, nor what cannot wait for a notice that waits for the morning. Danger goes before everything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import RawSQL
from tortoise.queryset import QuerySet

from bot.channels.base import Accepted, Channel, Later, Letter, Offered, Outcome, Refused
from bot.faults import fault
from bot.outbox.backoff import Next, after_crash, retry, short
from bot.outbox.courier import Courier
from bot.outbox.shelf import Clock, Done, Shelf, where
from bot.outbox.states import OUTGOING
from storage.bulk import update_many
from storage.database import Database, Transaction
from storage.models import Address, Outgoing

log = structlog.get_logger()

SEND_TIMEOUT = timedelta(seconds=60)
"""A channel that has not answered by then is in doubt."""
AT_ONCE = 64
"""Letters on their way on one channel at a time."""
MESSAGE_ID_LENGTH = 80

URGENCY = "CASE {}.kind WHEN 'danger' THEN 0 WHEN 'reply' THEN 1 WHEN 'urgent' THEN 2 ELSE 3 END"
"""How urgent the letters of a table are, in SQL: the lower, the sooner."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Not to be sent any more; `reason`, without personal data, is kept with the row."""

    reason: str


Recheck = Callable[[Outgoing], Awaitable[Letter | Drop | Later]]
"""The last look before a letter leaves: its words as of now, `Drop`, or `Later` (quiet hours). It may put
another address on the row: a changed phone is followed."""


async def as_stored(row: Outgoing) -> Letter | Drop | Later:
    """The letter as it was written down: the recheck for what needs none."""
    return Letter.from_payload(row.id, row.payload)


class Otherwise(Protocol):
    """What follows where a letter finds nobody: who has blocked the channel, who does not answer."""

    def check_at(self, row: Outgoing, now: datetime) -> datetime | None:
        """When to look whether this letter, sent now, was answered; None: it asks nothing."""

    async def blocked(self, tx: Transaction, row: Outgoing, now: datetime) -> None:
        """She has blocked us there; within the transaction that notes it."""

    def committed(self) -> None:
        """Letters may have been queued instead."""


class LetterShelf(Shelf[Outgoing, Outcome | Drop]):
    """One channel's letters."""

    model = Outgoing
    states = OUTGOING
    plain = ("id", "attempts", "kind")
    column = "provider_message_id"
    destination = "channel"
    urgencies = (
        *("kind = 'danger'", "kind = 'reply'", "kind = 'urgent'"),
        "kind IN ('notice', 'condolence', 'reminder')",
    )
    waits = RawSQL(
        "EXISTS (SELECT 1 FROM outgoing earlier WHERE earlier.lane = outgoing.lane"  # noqa: S608
        " AND earlier.state IN ('queued', 'sending') AND earlier.channel = outgoing.channel"
        f" AND +earlier.seq < outgoing.seq AND {URGENCY.format('earlier')} <= {URGENCY.format('outgoing')})"
    )
    lease = SEND_TIMEOUT + timedelta(seconds=60)

    def __init__(
        self,
        name: str,
        channel: Channel,
        recheck: Recheck,
        clock: Clock,
        random: Random,
        otherwise: Otherwise | None = None,
    ) -> None:
        self.name = name
        self._otherwise = otherwise
        self._channel = channel
        self._recheck = recheck
        self._clock = clock
        self._random = random

    def rows(self, db: BaseDBAsyncClient) -> QuerySet[Outgoing]:
        return Outgoing.filter(channel=self.name).using_db(db)

    async def carry(self, row: Outgoing) -> Done[Outgoing, Outcome | Drop]:
        outcome = await self._attempt(row)
        if isinstance(outcome, Drop):
            return Done(row, outcome, Next("expire", error=short(outcome.reason)))
        step = retry(row.kind, row.attempts, row.expires_at, outcome, self._clock(), self._random)
        return Done(row, outcome, step)

    def after_crash(self, row: Outgoing, now: datetime) -> Next:
        return after_crash(row.kind, now)

    def too_late(self, row: Outgoing, now: datetime) -> bool:
        return row.expires_at <= now

    def word(self, outcome: Outcome | Drop) -> str | None:
        if isinstance(outcome, Accepted):
            return outcome.message_id[:MESSAGE_ID_LENGTH] or None
        return None

    async def also(
        self, tx: Transaction, done: Sequence[Done[Outgoing, Outcome | Drop]], now: datetime
    ) -> None:
        taken: list[tuple[str | int | datetime | None, ...]] = []
        asked: list[tuple[datetime, str]] = []
        for one in done:
            if self._otherwise is not None and isinstance(one.outcome, Accepted):
                check_at = self._otherwise.check_at(one.row, now)
                asked += [(check_at, one.row.id)] if check_at is not None else []
            match one.outcome:
                case Refused(blocked=True):
                    await self._block(tx, one.row)
                    if self._otherwise is not None:
                        await self._otherwise.blocked(tx, one.row, now)
                case Offered(gateway=gateway):
                    taken.append((gateway, None, None, one.row.id))
                case Accepted(gateway=gateway, parts=parts) | Later(gateway=gateway, parts=parts) if gateway:
                    # what was in doubt may have gone out, and is paid for
                    taken.append((gateway, (one.row.parts or 0) + parts, now, one.row.id))
        await update_many(tx, Outgoing, taken, names=("gateway", "parts", "handed_at"))
        await update_many(tx, Outgoing, asked, names=("next_check_at",))

    def claimed(self) -> None:
        fault("outbox.claimed")

    async def marked(self, done: Sequence[Done[Outgoing, Outcome | Drop]]) -> None:
        fault("outbox.marked")
        for one in done:
            self.tell(one.row, one.next)
        if self._otherwise is not None and any(
            isinstance(one.outcome, Refused) and one.outcome.blocked for one in done
        ):
            self._otherwise.committed()

    async def _attempt(self, row: Outgoing) -> Outcome | Drop:
        try:
            letter = await self._recheck(row)
        except Exception as error:
            log.error("outbox.recheck_failed", id=row.id, kind=row.kind, **where(error))
            return Later("recheck failed")
        if isinstance(letter, (Drop, Later)):
            return letter
        try:
            async with asyncio.timeout(SEND_TIMEOUT.total_seconds()):
                outcome = await self._channel.send(row.address, letter)
        except Exception as error:  # a mistake in the channel, or no answer: who knows how far it came
            log.error("outbox.send_failed", id=row.id, kind=row.kind, channel=self.name, **where(error))
            return Later("no answer" if isinstance(error, TimeoutError) else "channel failed", doubt=True)
        if isinstance(outcome, Accepted):
            fault("outbox.accepted")
        return outcome

    async def _block(self, tx: Transaction, row: Outgoing) -> None:
        """She blocked us there: no more tries at this address until she writes again."""
        addresses = await Address.filter(contact__outgoing__id=row.id, channel=row.channel).using_db(tx)
        ids = [address.id for address in addresses if address.address == row.address]
        await Address.filter(id__in=ids, state="active").using_db(tx).update(state="blocked")


class Outbox:
    """Sends what is queued for people, each channel at its own pace."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        clock: Clock,
        random: Random,
        recheck: Recheck = as_stored,
        at_once: int = AT_ONCE,
        otherwise: Otherwise | None = None,
    ) -> None:
        self._by_channel = {
            name: Courier(
                database, LetterShelf(name, channel, recheck, clock, random, otherwise), clock, at_once
            )
            for name, channel in channels.items()
        }
        self._couriers = tuple(self._by_channel.values())

    def wake(self) -> None:
        """Say that letters were queued. Call it after the commit."""
        for courier in self._couriers:
            courier.wake()

    async def run(self, stop: asyncio.Event) -> None:
        """Send what becomes due until `stop` is set; what is under way then is waited for, a little."""
        async with asyncio.TaskGroup() as group:
            for courier in self._couriers:
                group.create_task(courier.run(stop))

    async def drain(self, channels: Collection[str] | None = None) -> None:
        """Send everything that is due now, on these channels only, if any are named, one channel after the other. For
        tests and simulations; not beside `run`."""
        for name in self._by_channel if channels is None else channels:
            await self._by_channel[name].drain()
