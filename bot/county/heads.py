"""Once a day the head of the audit log goes to the county: whoever could rewrite the log here cannot rewrite it there.

A delivery like any other, signed, tried again and kept (deliver.py), in a lane of its own. Its id is the day it closes:
however often the service starts anew, and in however many processes it runs, a day's head is queued once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import orjson
import structlog

from bot.county.envelope import as_body
from bot.logs import whereabouts
from bot.writing import Writer
from conversations.local_time import LOCAL
from storage.bulk import insert_many
from storage.chain import Head
from storage.database import Database
from storage.models import Delivery
from storage.reading import rows

log = structlog.get_logger()

EVENT = "audit_head"
LOOK_EVERY = timedelta(minutes=10)
"""The longest time between two looks at the date."""
AFTER_FAILURE = timedelta(minutes=1)

_AT = "SELECT seq, mac FROM audit WHERE seq > 0 AND at < ? ORDER BY seq DESC LIMIT 1"


def schema() -> dict[str, Any]:
    """The JSON Schema of what the county receives."""
    data = {
        "event": {"const": EVENT},
        "date": {"type": "string", "format": "date"},
        "count": {"type": "integer", "minimum": 1},
        "mac": {"type": "string", "minLength": 44, "maxLength": 44},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "yunguan audit log: its head at the end of a day",
        "description": "`count`: rows so far, numbered from 1 without gaps; `mac`: the seal of the last of them. "
        "A later head never has a smaller count. To be kept, and shown when the log is examined.",
        "type": "object",
        "properties": {
            "type": {"const": "audit.head"},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": {
                "type": "object", "properties": data, "required": list(data), "additionalProperties": False,
            },
        },
        "required": ["type", "timestamp", "data"],
        "additionalProperties": False,
    }  # fmt: skip


async def queued(database: Database) -> list[Head]:
    """The heads that were sent, or are on their way; one that lost its body is passed over."""
    payloads = await Delivery.filter(event=EVENT).using_db(database.reading).values_list("payload", flat=True)
    told = [orjson.loads(str(payload))["data"] for payload in payloads if payload]
    return [Head(one["count"], one["mac"]) for one in told]


class AuditHeads:
    """Queues the head of each day that is over."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Callable[[], datetime],
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._committed = committed
        self._done: date | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Queue one after every midnight, until `stop` is set."""
        while not stop.is_set():
            wait = LOOK_EVERY
            try:
                await self.check()
            except Exception as error:
                log.error("audit.head_failed", error=whereabouts(error))
                wait = AFTER_FAILURE
            with suppress(TimeoutError):
                async with asyncio.timeout(wait.total_seconds()):
                    await stop.wait()

    async def check(self) -> int:
        """Queue the head of yesterday, unless it is; how many were queued. What days of an outage would have sent is
        in it: each head stands for all rows before."""
        now = self._clock()
        today = now.astimezone(LOCAL).date()
        if self._done == today:
            return 0
        day = today - timedelta(days=1)
        async with self._database.transaction() as tx:
            await tx.lock([EVENT])
            delivery_id = f"{EVENT}.{day.isoformat()}"
            made = 0
            if not await Delivery.filter(id=delivery_id).using_db(tx).exists():
                head = await _at_the_end(tx, day)
                if head is not None:
                    await self._writer.number_on(tx)
                    await insert_many(tx, Delivery, [self._delivery(delivery_id, day, head, now)])
                    made = 1
        self._done = today
        if made:
            self._committed()
        return made

    def _delivery(self, delivery_id: str, day: date, head: Head, now: datetime) -> Delivery:
        content = {
            "type": "audit.head",
            "timestamp": now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "data": {"event": EVENT, "date": day.isoformat(), "count": head.seq, "mac": head.mac},
        }
        return Delivery(
            id=delivery_id,
            seq=self._writer.seq(now),
            lane=EVENT,
            destination=self._writer.destination,
            event=EVENT,
            payload=as_body(content),
            state="queued",
            attempts=0,
            due_at=now,
            created_at=now,
            updated_at=now,
        )


async def _at_the_end(tx: Any, day: date) -> Head | None:
    """The last row of that day or before, here; None: there is none."""
    midnight = datetime.combine(day + timedelta(days=1), time(), LOCAL).astimezone(UTC)
    at: Any = midnight.isoformat(" ") if tx.capabilities.dialect == "sqlite" else midnight
    found = await rows(tx, _AT, at)
    return Head(found[0][0], found[0][1]) if found else None
