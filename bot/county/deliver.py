"""Deliveries to county systems: every report version once, in order within a pregnancy, signed afresh at each
attempt. At least once with a stable id, so exactly once there (design.md, "What once means")."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import aiohttp
import structlog
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import RawSQL
from tortoise.queryset import QuerySet

from bot import duties
from bot.county.answers import Answer, following, judge, no_answer
from bot.county.envelope import Village, as_body, envelope
from bot.county.signing import Signer
from bot.faults import fault
from bot.outbox import listing
from bot.outbox.backoff import Next
from bot.outbox.courier import Courier
from bot.outbox.shelf import Clock, Done, Shelf, where
from bot.outbox.states import DELIVERY
from conversations.message import Report
from storage.database import Database, Transaction
from storage.models import Delivery, Destination

log = structlog.get_logger()

AT_ONCE = 8
"""Deliveries on their way to one destination at a time."""

Alarm = Callable[[str, str], Awaitable[None]]
"""`alarm(kind, detail)`: "destination_paused" or "delivery_dead"; the detail names ids and codes only."""


@dataclass(frozen=True, slots=True)
class DestinationSettings:
    """A county system: where, the shared secret (`whsec_…`), and how long one attempt may take."""

    url: str
    secret: str = field(repr=False)
    timeout: timedelta = timedelta(seconds=20)


def delivery(report: Report, village: Village | None, destination: str, seq: int, now: datetime) -> Delivery:
    """The row that delivers this version, not yet saved: to be committed with the report itself."""
    return Delivery(
        id=f"{report.report_id}.{report.version}",
        seq=seq,
        lane=report.pregnancy_id or report.woman_id,
        destination=destination,
        event=report.event,
        payload=as_body(envelope(report, village)),
        state="queued",
        attempts=0,
        due_at=now,
        created_at=now,
        updated_at=now,
    )


async def no_alarm(kind: str, detail: str) -> None:
    """Nobody to alarm: the log has it."""


class DeliveryShelf(Shelf[Delivery, Answer]):
    """One destination's deliveries."""

    model = Delivery
    states = DELIVERY
    column = "last_status"
    destination = "destination"
    waits = RawSQL(
        "EXISTS (SELECT 1 FROM delivery earlier WHERE earlier.lane = delivery.lane"
        " AND earlier.state IN ('queued', 'sending') AND earlier.destination = delivery.destination"
        " AND +earlier.seq < delivery.seq)"
    )

    def __init__(
        self,
        name: str,
        settings: DestinationSettings,
        session: aiohttp.ClientSession,
        clock: Clock,
        random: Random,
        alarm: Alarm,
    ) -> None:
        self.name = name
        self.lease = settings.timeout + timedelta(seconds=60)
        self._url = settings.url
        self._timeout = aiohttp.ClientTimeout(total=settings.timeout.total_seconds())
        self._signer = Signer(settings.secret)
        self._session = session
        self._clock = clock
        self._random = random
        self._alarm = alarm
        self._paused_now: str | None = None

    def rows(self, db: BaseDBAsyncClient) -> QuerySet[Delivery]:
        return Delivery.filter(destination=self.name).using_db(db)

    async def closed(self, db: BaseDBAsyncClient) -> bool:
        return await Destination.filter(name=self.name, paused=True).using_db(db).exists()

    async def carry(self, row: Delivery) -> Done[Delivery, Answer]:
        answer = await self._attempt(row)
        return Done(row, answer, following(answer, row.attempts, self._clock(), self._random))

    def after_crash(self, row: Delivery, now: datetime) -> Next:
        # The county knows a repeat by its id.
        return Next("postpone", now, "lease ran out")

    def word(self, outcome: Answer) -> int | None:
        return outcome.status

    async def also(self, tx: Transaction, done: Sequence[Done[Delivery, Answer]], now: datetime) -> None:
        """What the county has acknowledged stops its clocks in the commit that marks it. A pause is committed with the
        marks that tell of it, so that nothing more is claimed."""
        have = [one.row.id for one in done if one.outcome.verdict == "acknowledged"]
        if have:
            await duties.delivered(tx, have, now)
        reason = next((one.outcome.reason for one in done if one.outcome.verdict == "pause"), None)
        if reason is None:
            return
        await Destination.bulk_create([Destination(name=self.name)], ignore_conflicts=True, using_db=tx)
        if (
            await Destination.filter(name=self.name, paused=False)
            .using_db(tx)
            .update(paused=True, reason=reason, since=now)
        ):
            self._paused_now = reason

    def claimed(self) -> None:
        fault("county.claimed")

    async def marked(self, done: Sequence[Done[Delivery, Answer]]) -> None:
        fault("county.marked")
        for one in done:
            self.tell(one.row, one.next)
            if one.outcome.verdict == "dead":
                await self.raise_alarm("delivery_dead", f"{self.name}: {one.row.id}, {one.outcome.reason}")
        if self._paused_now is not None:
            reason, self._paused_now = self._paused_now, None
            await self.raise_alarm("destination_paused", f"{self.name}: {reason}")

    async def raise_alarm(self, kind: str, detail: str) -> None:
        log.error(f"county.{kind}", detail=detail)
        try:
            await self._alarm(kind, detail)
        except Exception as error:
            log.error("county.alarm_failed", kind=kind, **where(error))

    async def _attempt(self, row: Delivery) -> Answer:
        now = self._clock()
        try:
            async with self._session.post(
                self._url,
                data=row.payload.encode(),
                headers={
                    "content-type": "application/json",
                    **self._signer.headers(row.id, row.payload, now),
                },
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                # The status says all: the body, which may quote what we sent, is never read.
                answer = judge(response.status, response.headers.get("retry-after"), now)
        except TimeoutError:
            return no_answer("timeout")
        except (aiohttp.ClientError, OSError) as error:
            return no_answer(type(error).__name__)
        except Exception as error:
            log.error("county.attempt_failed", id=row.id, **where(error))
            return no_answer("attempt failed")
        fault("county.sent")
        return answer


class CountyDeliveries:
    """Delivers what is queued for county systems, each destination at its own pace."""

    def __init__(
        self,
        database: Database,
        destinations: Mapping[str, DestinationSettings],
        session: aiohttp.ClientSession,
        clock: Clock,
        random: Random,
        alarm: Alarm = no_alarm,
        at_once: int = AT_ONCE,
    ) -> None:
        self._database = database
        self._clock = clock
        self._shelves = {
            name: DeliveryShelf(name, settings, session, clock, random, alarm)
            for name, settings in destinations.items()
        }
        self._couriers = {
            name: Courier(database, shelf, clock, at_once) for name, shelf in self._shelves.items()
        }

    def wake(self) -> None:
        """Say that deliveries were queued. Call it after the commit."""
        for courier in self._couriers.values():
            courier.wake()

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver what becomes due until `stop` is set. A destination that is paused when we start raises
        its alarm again: the first may have been lost."""
        for name, shelf in self._shelves.items():
            for row in await Destination.filter(name=name, paused=True).using_db(self._database.reading):
                await shelf.raise_alarm("destination_paused", f"{name}: {row.reason}")
        async with asyncio.TaskGroup() as group:
            for courier in self._couriers.values():
                group.create_task(courier.run(stop))

    async def drain(self) -> None:
        """Deliver everything that is due now. For tests and simulations; not beside `run`."""
        await asyncio.gather(*(courier.drain() for courier in self._couriers.values()))

    async def resume(self, destination: str) -> None:
        """End a destination's pause; all that waited for it is tried at once."""
        async with self._database.transaction() as tx:
            await listing.resume(tx, destination, self._clock())
        self._couriers[destination].wake()
