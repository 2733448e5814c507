"""From the `[sms]` tables to gateways, the channel and the last look: everything SMS that the service runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import structlog

from bot.channels.sms.aliyun import AliyunGateway, AliyunSettings, Template
from bot.channels.sms.areas import Areas, by_id
from bot.channels.sms.caps import Caps
from bot.channels.sms.channel import SmsChannel
from bot.channels.sms.configuration import (
    CAPABILITIES,
    EVERYWHERE,
    AliyunTable,
    Caller,
    KannelTable,
    PhoneTable,
    SmsSettings,
)
from bot.channels.sms.gateway import Clock, Gateway, Login, Submit
from bot.channels.sms.guards import Loop
from bot.channels.sms.kannel import KannelGateway, KannelSettings
from bot.channels.sms.last_look import LastLook
from bot.channels.sms.phone_gateway import PhoneGateway
from bot.channels.sms.receipts import Receipts
from bot.outbox.letters import Recheck, as_stored
from bot.outbox.shelf import where
from storage.database import Database
from storage.organisation import load_organisation

log = structlog.get_logger()

SETTLE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sms:
    """What the service runs: `gateways` are called at their routes, `channel` sends, `recheck` looks at every
    letter before it leaves (on other channels too: there it asks nothing)."""

    gateways: tuple[Gateway, ...]
    channel: SmsChannel
    recheck: Recheck

    async def run(self, stop: asyncio.Event) -> None:
        """See to the phones' letters now and then until `stop` is set."""
        while not stop.is_set():
            try:
                await self.settle()
            except Exception as error:
                log.error("sms.settle_failed", **where(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(SETTLE_EVERY.total_seconds()):
                    await stop.wait()

    async def settle(self) -> None:
        """What phones did not fetch or report on in time is let go, though they call no more."""
        for gateway in self.gateways:
            if isinstance(gateway, PhoneGateway):
                await gateway.settle()


async def set_up(
    settings: SmsSettings,
    database: Database,
    *,
    session: aiohttp.ClientSession,
    submit: Submit,
    changed: Callable[[], None],
    alarm: Callable[[str, str], Awaitable[object]],
    clock: Clock,
    nonce: Callable[[], str],
    then: Recheck = as_stored,
) -> Sms:
    """All of it. `changed` is called after a delivery report changed something, `alarm` (kind, detail) when a
    day's parts are spent. Raises `BadAreas` where [sms.areas] names a place that is none."""
    organisation = await load_organisation(database.reading)
    places = by_id(settings.areas, organisation)
    capabilities = {name: CAPABILITIES[kind] for kind, name, _ in settings.gateways()}
    areas = Areas(database, capabilities, places, settings.areas.get(EVERYWHERE, ()))
    used = {name for names in settings.areas.values() for name in names}
    for name in capabilities.keys() - used:
        log.warning(
            "sms.gateway_unused", gateway=name, detail="no area names it; what comes in by it is taken"
        )

    caps = Caps(database, clock, settings.caps, alarm, max_parts=settings.max_parts, then=then)
    loop = Loop(settings.loop.times, timedelta(minutes=settings.loop.minutes))
    recheck = LastLook(database, caps, loop=loop, own=settings.own)
    note = Receipts(database, clock, changed).note

    def made(name: str, table: KannelTable | PhoneTable | AliyunTable) -> Gateway:
        login = _login(name, table)
        match table:
            case KannelTable():
                return KannelGateway(
                    name, _kannel(table), login, session=session, submit=submit, note=note, clock=clock,
                    signature=table.signature, tail=table.tail,
                )  # fmt: skip
            case PhoneTable():
                return PhoneGateway(
                    name, login, database=database, recheck=recheck, submit=submit, note=note, clock=clock,
                    parts_per_hour=table.parts_per_hour, max_parts=settings.max_parts,
                    signature=table.signature, tail=table.tail,
                )  # fmt: skip
            case AliyunTable():
                return AliyunGateway(
                    name, _aliyun(table), login, session=session, submit=submit, note=note, clock=clock,
                    nonce=nonce,
                )  # fmt: skip

    gateways: Sequence[Gateway] = [made(name, table) for _, name, table in settings.gateways()]
    channel = SmsChannel(gateways, areas, max_parts=settings.max_parts, own=settings.own)
    return Sms(tuple(gateways), channel, recheck)


def _login(name: str, table: Caller) -> Login:
    return Login(table.caller or name, table.caller_password.get_secret_value())


def _kannel(table: KannelTable) -> KannelSettings:
    return KannelSettings(
        url=table.url,
        user=table.user,
        password=table.password.get_secret_value(),
        public_url=table.public_url.rstrip("/"),
        sender=table.sender,
        smsc=table.smsc,
        validity=timedelta(hours=table.validity_hours),
        timeout=timedelta(seconds=table.timeout_seconds),
    )


def _aliyun(table: AliyunTable) -> AliyunSettings:
    return AliyunSettings(
        key_id=table.key_id,
        key_secret=table.key_secret.get_secret_value(),
        sign_name=table.sign_name,
        templates=tuple(Template(code, words) for code, words in table.templates.items()),
        endpoint=table.endpoint,
        timeout=timedelta(seconds=table.timeout_seconds),
    )
