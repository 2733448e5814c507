"""Words are kept for so long and no longer: messages in and out, idle conversations, what was said of a danger, and
county bodies that have arrived. That a message came or went stays, and what was reported stays.

Found without a mark of their own: a value without words is as short as no other, and letters and messages are numbered
in the order of time, so each round goes on where the last one ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast

import orjson
import structlog
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from bot.county.heads import EVENT as AUDIT_HEAD
from bot.logs import whereabouts
from bot.privacy.erasing import NO_LETTER, NO_MESSAGE
from storage.bulk import update_many, upsert_many
from storage.database import Database
from storage.fields import Table
from storage.models import Alert, Announcement, Delivery, Inbound, Outgoing, Session, Setting
from storage.reading import readable, rows
from storage.transaction import Transaction

log = structlog.get_logger()

LOOK_EVERY = timedelta(hours=1)
AFTER_FAILURE = timedelta(minutes=1)
AT_ONCE = 200
"""Rows that share a transaction: nobody waits for them for long."""
BETWEEN = 0.05
"""Seconds between two such transactions."""
_FINISHED = ("sent", "delivered", "failed", "dead", "expired", "unknown")
_CONVERSATION_OVER: dict[str, Any] = {}


class Retention:
    """Lets words go when their time is over. Works beside the service."""

    def __init__(self, database: Database, keep: timedelta, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._keep = keep
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Look every hour until `stop` is set."""
        while not stop.is_set():
            wait = LOOK_EVERY
            try:
                await self.check(stop)
            except Exception as error:
                log.error("retention.failed", error=whereabouts(error))
                wait = AFTER_FAILURE
            with suppress(TimeoutError):
                async with asyncio.timeout(wait.total_seconds()):
                    await stop.wait()

    async def check(self, stop: asyncio.Event | None = None) -> int:
        """Everything whose time is over; how many values lost their words."""
        before = self._clock() - self._keep
        done = 0
        for step in (
            self._inbound,
            self._outgoing,
            self._deliveries,
            self._sessions,
            self._alerts,
            self._notices,
        ):
            while not (stop is not None and stop.is_set()):
                found = await step(before)
                done += found
                if found < AT_ONCE:
                    break
                await asyncio.sleep(BETWEEN)
        if done:
            log.info("retention.done", values=done)
        return done

    async def _inbound(self, before: datetime) -> int:
        """Ids of what came in begin with its time (storage/ids.py)."""
        start, end = await self._mark("inbound"), f"{int(before.timestamp() * 1000):012x}" + "f" * 20
        where = "id > ? AND id <= ? AND received_at < ?"
        keys = await self._worded(Inbound, "payload", NO_MESSAGE, where, start, end, before)
        async with self._database.transaction() as tx:
            await update_many(tx, Inbound, [(NO_MESSAGE, key) for key in keys], names=("payload",))
            await _go_on(tx, "inbound", keys[-1] if len(keys) == AT_ONCE else end)
        return len(keys)

    async def _outgoing(self, before: datetime) -> int:
        where = f"state IN ({', '.join(map(repr, _FINISHED))})"
        waiting = Outgoing.exclude(state__in=_FINISHED)
        return await self._numbered(Outgoing, NO_LETTER, where, waiting, before)

    async def _deliveries(self, before: datetime) -> int:
        waiting = Delivery.exclude(state="acknowledged")
        where = f"state = 'acknowledged' AND event <> '{AUDIT_HEAD}'"  # words of nobody, and the doctor compares them
        return await self._numbered(Delivery, "", where, waiting, before)

    async def _numbered(
        self, model: type[Table], blank: Any, where: str, waiting: QuerySet[Any], before: datetime
    ) -> int:
        """Rows with a `seq`; those that are not finished (`waiting`) keep their words, and are looked at again."""
        name = model._meta.db_table
        start, end = int(await self._mark(name) or 0), int(before.timestamp() * 1_000_000)
        where = f"seq > ? AND seq <= ? AND created_at < ? AND {where}"
        keys = await self._worded(model, "payload", blank, where, start, end, before, order="seq")
        async with self._database.transaction() as tx:
            await update_many(tx, model, [(blank, key) for key in keys], names=("payload",))
            if len(keys) < AT_ONCE:
                rest = waiting.filter(seq__gt=start, seq__lte=end).order_by("seq").limit(1).using_db(tx)
                first = cast(list[int], await rest.values_list("seq", flat=True))
                await _go_on(tx, name, str(first[0] - 1 if first else end))
        return len(keys)

    async def _sessions(self, before: datetime) -> int:
        """An unfinished report nobody has touched for months is told anew."""
        keys = await self._worded(Session, "data", _CONVERSATION_OVER, "updated_at < ?", before)
        async with self._database.transaction() as tx:
            old = Session.filter(contact_id__in=list(keys), updated_at__lt=before).using_db(tx)
            for session in await old.only("contact_id", "version"):
                values = [(_CONVERSATION_OVER, session.version + 1, None, session.contact_id)]
                await update_many(tx, Session, values, names=("data", "version", "next_check_at"))
        return len(keys)

    async def _alerts(self, before: datetime) -> int:
        """What was said of a danger is a message, too; what it was, and when it was taken, stays."""
        mark = await self._mark("alert")
        old = Alert.filter(raised_at__lt=before).order_by("raised_at", "id").limit(AT_ONCE)
        if mark:
            old = old.filter(raised_at__gte=datetime.fromisoformat(mark))
        found, _ = await readable(old.using_db(self._database.reading))
        worded = [one for one in found if one.details.get("words") or one.details.get("answer")]
        values = [(one.details | {"words": [], "answer": ""}, one.id) for one in worded]
        async with self._database.transaction() as tx:
            await update_many(tx, Alert, values, names=("details",))
            if found:
                await _go_on(tx, "alert", found[-1].raised_at.isoformat())
        return len(worded)

    async def _notices(self, before: datetime) -> int:
        """What a notice to many said."""
        keys = await self._worded(Announcement, "words", "", "created_at < ?", before)
        async with self._database.transaction() as tx:
            await update_many(tx, Announcement, [("", key) for key in keys], names=("words",))
        return len(keys)

    async def _mark(self, name: str) -> str:
        """Up to where everything is done."""
        found = await Setting.filter(key=f"retention.{name}").using_db(self._database.reading).first()
        return found.value if found is not None else ""

    async def _worded(
        self,
        model: type[Table],
        column: str,
        blank: Any,
        where: str,
        *values: Any,
        order: str | None = None,
    ) -> Sequence[str]:
        """Keys of rows that still have words, the oldest first."""
        table, key = model._meta.db_table, model._meta.db_pk_column
        plain = b"" if blank == "" else orjson.dumps(blank)
        shortest = len(self._database.keyring.encrypt(plain, b""))
        statement = (
            f'SELECT "{key}" FROM "{table}" WHERE {where} AND length("{column}") > {shortest}'  # noqa: S608 (our names)
            f' ORDER BY "{order or key}" LIMIT {AT_ONCE}'
        )
        reading = self._database.reading
        given = [_moment(reading, value) if isinstance(value, datetime) else value for value in values]
        return [str(row[0]) for row in await rows(reading, statement, *given)]


def _moment(connection: BaseDBAsyncClient, moment: datetime) -> Any:
    """A time as the dialect compares it."""
    return moment.isoformat(" ") if connection.capabilities.dialect == "sqlite" else moment


async def _go_on(tx: Transaction, name: str, value: str) -> None:
    """Next time from here."""
    mark = Setting(key=f"retention.{name}", value=value)
    await upsert_many(tx, Setting, [mark], conflict=("key",), update=("value",))
