"""The one place that wires everything. It takes its clock, ids, secrets and clients as arguments."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random, SystemRandom

import aiohttp

from bot.alarms import Alarms
from bot.alerts import Alerts
from bot.announcing import AnnouncementRecheck, Announcing
from bot.care import Care
from bot.care_letters import CareRecheck
from bot.channels.base import Channel, Inbound
from bot.channels.sms.channel import SmsChannel
from bot.channels.sms.configuration import SmsSettings
from bot.channels.sms.gateway import Submit
from bot.channels.sms.setup import Sms, set_up
from bot.clocks import Clocks
from bot.consent import Consent
from bot.county.deliver import CountyDeliveries, DestinationSettings
from bot.county.heads import AuditHeads
from bot.county.taking import Taking
from bot.drafts import Drafts
from bot.fallback import Fallback
from bot.files.leaving import FileRecheck
from bot.files.making import Files
from bot.looking import Looking
from bot.monthly import Monthly
from bot.outbox import Outbox, Recheck
from bot.pipeline import Pipeline
from bot.quiet import QuietRecheck
from bot.wording import Render, render
from bot.writing import DEFAULT_DESTINATION, Writer
from storage.database import Database
from storage.ids import id_source
from storage.models import Address

Clock = Callable[[], datetime]


def real_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class App:
    """The wired program. `run` works until told to stop; `settle` does, in tests and scripts, all that is due.

    `take`: where messages that SMS gateways bring go in; the pipeline, unless somebody wants to see them first.
    `told`: what the county system tells.
    """

    database: Database
    channels: Mapping[str, Channel]
    pipeline: Pipeline
    outbox: Outbox
    deliveries: CountyDeliveries
    drafts: Drafts
    alerts: Alerts
    care: Care
    clocks: Clocks
    heads: AuditHeads
    clock: Clock
    render: Render
    told: Taking
    take: Submit
    files: Files
    announcing: Announcing
    monthly: Monthly
    sms: Sms | None = None
    fallback: Fallback | None = None

    @property
    def by_the_clock(self) -> tuple[Looking, ...]:
        """Whoever does what falls due by the clock, in the order in which it is done."""
        workers = (
            self.care,
            self.drafts,
            self.clocks,
            self.alerts,
            self.monthly,
            self.files,
            self.announcing,
        )
        return workers if self.fallback is None else (*workers, self.fallback)

    async def run(self, stop: asyncio.Event) -> None:
        """Everything that works in the background, until `stop` is set. Messages taken in are finished first."""
        letters = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.outbox.run(letters))
            group.create_task(self.deliveries.run(letters))
            for worker in self.by_the_clock:
                group.create_task(worker.run(letters))
            if self.sms is not None:
                group.create_task(self.sms.run(letters))
            await self.pipeline.run(stop)
            letters.set()
            self.wake()

    def wake(self) -> None:
        """Look at everything that may be due: something was committed, or the clock was moved."""
        self.outbox.wake()
        self.deliveries.wake()
        for worker in self.by_the_clock:
            worker.wake()

    async def look(self) -> None:
        """Do everything that has fallen due by the clock, once. Not beside `run`."""
        for worker in self.by_the_clock:
            await worker.check()

    async def settle(self) -> None:
        """Tell, send and deliver everything that is due now. Not beside `run`."""
        await self.look()
        await self.outbox.drain()
        await self.deliveries.drain()

    async def blocked(self, channel: str, address: str, is_blocked: bool) -> None:
        """Somebody shut the bot out on a channel, or let it in again."""
        index = self.database.keyring.blind("address", address)
        async with self.database.transaction() as tx:
            rows = Address.filter(channel=channel, address_index=index).exclude(state="revoked").using_db(tx)
            await rows.update(state="blocked" if is_blocked else "active")


@contextlib.asynccontextmanager
async def wire(
    database: Database,
    channels: Mapping[str, Channel],
    *,
    destinations: Mapping[str, DestinationSettings],
    clock: Clock = real_clock,
    random_bytes: Callable[[int], bytes] = os.urandom,
    random: Random | None = None,
    words: Render = render,
    sms: SmsSettings | None = None,
    around: Callable[[Channel], Channel] = lambda channel: channel,
    http: Callable[[], aiohttp.ClientSession] = aiohttp.ClientSession,
    public_url: str = "",
) -> AsyncIterator[App]:
    """An `App` on an open database. The first destination receives every report.

    `sms`: gateways to be run besides `channels`. `around` is put around every channel, to watch it. `http` makes the
    client that reaches county systems and gateways. `public_url`: where our own server is reached, for files. Raises
    `CommandRefused` where a setting does not fit what is stored.
    """
    ids = id_source(clock, random_bytes)
    chance = random or SystemRandom()
    session = http()
    try:
        traits = {name: channel.traits for name, channel in channels.items()}
        if sms is not None:
            traits[SmsChannel.traits.name] = SmsChannel.traits
        writer = Writer(database.keyring, ids, words, next(iter(destinations), DEFAULT_DESTINATION), traits)

        def sendable() -> None:
            app.outbox.wake()

        alarms = Alarms(database, writer, clock, sendable)
        recheck: Recheck = Consent(database, CareRecheck(database, clock, ids, words, traits))
        recheck = AnnouncementRecheck(database, clock, traits, recheck)
        recheck = QuietRecheck(clock, FileRecheck(database, clock, recheck))
        short = fallback = None
        if sms is not None:

            async def take(inbound: Inbound) -> None:
                await app.take(inbound)

            short = await set_up(
                sms, database, session=session, submit=take, changed=sendable, alarm=alarms, clock=clock,
                nonce=lambda: random_bytes(16).hex(), then=recheck,
            )  # fmt: skip
            recheck = short.recheck
            channels = {**channels, short.channel.traits.name: short.channel}
            fallback = Fallback(database, writer, clock, sms.fallback, sendable)
        channels = {name: around(channel) for name, channel in channels.items()}
        outbox = Outbox(database, channels, clock, chance, recheck, otherwise=fallback)
        deliveries = CountyDeliveries(database, destinations, session, clock, chance, alarms)

        def committed() -> None:
            outbox.wake()
            deliveries.wake()
            if writer.files_wanted:
                writer.files_wanted = False
                files.wake()
            if writer.summaries_wanted:
                writer.summaries_wanted = False
                monthly.wake()

        pipeline = Pipeline(database, writer, traits, clock, ids, random_bytes, committed)
        drafts = Drafts(database, writer, clock, committed)
        alerts = Alerts(database, writer, clock, committed)
        care = Care(database, writer, clock, ids, traits, committed)
        clocks = Clocks(database, writer, clock, committed)
        files = Files(database, writer, clock, random_bytes, traits, public_url, sendable)
        announcing = Announcing(database, writer, clock, sendable)

        def told() -> None:
            outbox.wake()
            files.wake()

        monthly = Monthly(database, writer, clock, traits, told)
        heads = AuditHeads(database, writer, clock, committed)
        app = App(
            database, channels, pipeline, outbox, deliveries, drafts, alerts, care, clocks, heads, clock,
            words,
            told=Taking(database, writer, clock, ids, committed), take=pipeline.submit, files=files, announcing=announcing,
            monthly=monthly,
            sms=short,
            fallback=fallback,
        )  # fmt: skip
        yield app
    finally:
        await session.close()
