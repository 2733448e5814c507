"""Numbers for Prometheus: how messages flow, and what waits. Labels name channels, kinds and states only;
nobody can be told from them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from datetime import time as clock

from prometheus_client import (
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from tortoise.functions import Count, Sum

from bot.channels.base import Accepted, Channel, Inbound, Letter, Outcome, Refused
from bot.pipeline import Round
from conversations.local_time import LOCAL
from conversations.message import ChannelTraits
from storage.database import Database
from storage.models import Delivery, Destination, Outgoing

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
NOT_DONE = ("queued", "sending", "offered", "fetched", "failed", "dead", "unknown")
"""States of letters that somebody or something still waits for, or should look at."""
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The numbers of one running service."""

    def __init__(self) -> None:
        own = self.registry = CollectorRegistry()
        for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
            own.register(collector)
        self._taken = Counter(
            "yunguan_messages_taken",
            "Messages stored, with all they led to",
            ["channel", "kind"],
            registry=own,
        )
        self._not_taken = Counter(
            "yunguan_messages_not_taken", "Messages that could not be stored", ["channel"], registry=own
        )
        self._waiting = Gauge(
            "yunguan_messages_waiting", "Messages taken in, not committed yet", registry=own
        )
        self._seconds = Histogram(
            "yunguan_message_seconds",
            "From arrival to the commit",
            ["channel"],
            buckets=SECONDS,
            registry=own,
        )
        self._set_aside = Counter(
            "yunguan_messages_set_aside", "Messages stored, but not played: for a person", registry=own
        )
        self._put_off = Counter(
            "yunguan_messages_put_off", "Times a message waited for fresh facts", registry=own
        )
        self._batch = Histogram(
            "yunguan_batch_messages", "Messages of one commit", buckets=SIZES, registry=own
        )
        self._commit_seconds = Histogram(
            "yunguan_commit_seconds", "One batch, from loading to commit", buckets=SECONDS, registry=own
        )
        self._sends = Counter(
            "yunguan_sends",
            "Attempts to send a letter, by what became of it",
            ["channel", "outcome"],
            registry=own,
        )
        self._send_seconds = Histogram(
            "yunguan_send_seconds", "One attempt to send a letter", ["channel"], buckets=SECONDS, registry=own
        )
        self._outgoing = Gauge(
            "yunguan_outgoing", "Letters that are not done with", ["channel", "kind", "state"], registry=own
        )
        self._deliveries = Gauge(
            "yunguan_deliveries", "Reports not acknowledged", ["destination", "event", "state"], registry=own
        )
        self._sms_parts = Gauge(
            "yunguan_sms_parts_today",
            "SMS parts handed to a gateway since midnight",
            ["gateway"],
            registry=own,
        )
        self._paused = Gauge("yunguan_destination_paused", "1 while paused", ["destination"], registry=own)

    @asynccontextmanager
    async def taking(self, inbound: Inbound) -> AsyncIterator[None]:
        """Around one message's way in."""
        started = time.perf_counter()
        with self._waiting.track_inprogress():
            try:
                yield
            except BaseException:
                self._not_taken.labels(inbound.channel).inc()
                raise
        self._taken.labels(inbound.channel, inbound.kind).inc()
        self._seconds.labels(inbound.channel).observe(time.perf_counter() - started)

    def batch(self, round_: Round, seconds: float) -> None:
        """One batch of the pipeline."""
        self._batch.observe(len(round_.stored))
        self._commit_seconds.observe(seconds)
        self._set_aside.inc(round_.set_aside)
        self._put_off.inc(len(round_.put_off))

    def around(self, channel: Channel) -> Channel:
        """The channel, its sending counted."""
        return _Counted(channel, self._sends, self._send_seconds)

    async def text(self, database: Database, now: datetime) -> bytes:
        """The page Prometheus reads. Rows that are done with are not counted: they grow for ever."""
        db = database.reading
        for gauge in (self._outgoing, self._deliveries, self._paused, self._sms_parts):
            gauge.clear()
        letters = Outgoing.filter(state__in=NOT_DONE).using_db(db)
        for channel, kind, state, count in await (
            letters.annotate(count=Count("id"))
            .group_by("channel", "kind", "state")
            .values_list("channel", "kind", "state", "count")
        ):
            self._outgoing.labels(channel, kind, state).set(count)
        reports = Delivery.filter(state__in=("queued", "sending", "dead")).using_db(db)
        for destination, event, state, count in await (
            reports.annotate(count=Count("id"))
            .group_by("destination", "event", "state")
            .values_list("destination", "event", "state", "count")
        ):
            self._deliveries.labels(destination, event, state).set(count)
        midnight = datetime.combine(now.astimezone(LOCAL).date(), clock.min, LOCAL)
        today = Outgoing.filter(channel="sms", handed_at__gte=midnight, parts__isnull=False).using_db(db)
        for gateway, parts in await (
            today.annotate(total=Sum("parts")).group_by("gateway").values_list("gateway", "total")
        ):
            self._sms_parts.labels(gateway).set(parts)
        for destination, paused in await Destination.all().using_db(db).values_list("name", "paused"):
            self._paused.labels(destination).set(int(paused))
        return generate_latest(self.registry)


class _Counted:
    """A channel whose letters are counted."""

    def __init__(self, channel: Channel, sends: Counter, seconds: Histogram) -> None:
        self._channel, self._sends, self._seconds = channel, sends, seconds

    @property
    def traits(self) -> ChannelTraits:
        return self._channel.traits

    async def send(self, address: str, letter: Letter) -> Outcome:
        name = self._channel.traits.name
        with self._seconds.labels(name).time():
            outcome = await self._channel.send(address, letter)
        became = (
            "accepted" if isinstance(outcome, Accepted)
            else "refused" if isinstance(outcome, Refused)
            else "in_doubt" if outcome.doubt
            else "later"
        )  # fmt: skip
        self._sends.labels(name, became).inc()
        return outcome
