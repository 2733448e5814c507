"""The service of one county: one process, one HTTP server, until it is told to stop.

It starts in this order: the database fits this program (the keys were checked when it was opened), the
background work, the HTTP server, and only then messages are taken in. It stops in the opposite order, and
finishes what it has in hand. A part that fails ends the whole process with a line that names it: whoever
started it starts it again, and nothing is lost; a service half of which is dead would be missed by nobody.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta

import structlog
from aiohttp import web

from bot.bootstrap import App, real_clock, wire
from bot.channels.base import Channel, Inbound
from bot.channels.sms.reception import routes
from bot.channels.telegram import PATH, TelegramChannel, TelegramStopped, poll, register, webhook
from bot.county import door
from bot.county.deliver import DestinationSettings
from bot.files.door import Door
from bot.logs import whereabouts
from bot.metrics import CONTENT_TYPE, Metrics
from bot.pipeline import NotTaken
from bot.privacy.retention import Retention
from bot.programmes import loosened
from bot.refusals import CommandRefused
from bot.settings import CountySettings, Settings, TelegramSettings
from bot.wording import render
from storage.bulk import upsert_many
from storage.care_facts import LINKS
from storage.database import Database
from storage.migrate import pending
from storage.models import Setting
from storage.occupancy import InUse, serving
from storage.organisation import load_organisation

log = structlog.get_logger()

DATABASE_PATIENCE = 2.0
"""Seconds the database has to answer before the service is not ready."""
REQUESTS_PATIENCE = 10.0
"""Seconds that requests under way have to end when the service stops."""


class CannotServe(CommandRefused):
    """The service cannot start, or has ended by itself; the message says why and what to do."""


def spare_the_collector() -> None:
    """What is loaded by now stays for good: look for cyclic garbage among the rest only, and less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


async def serve(
    settings: Settings,
    database: Database,
    *,
    clock: Callable[[], datetime] = real_clock,
    stop: asyncio.Event | None = None,
    sock: socket.socket | None = None,
    listening: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve until SIGTERM or SIGINT (or until `stop` is set). Raises `CannotServe`.

    `sock`: a bound socket to listen on instead of the settings' host and port. `listening` is told the URL.
    """
    if missing := await pending(database):
        raise CannotServe(
            f"database.url = {settings.database.shown!r}: older than this program "
            f"(without {', '.join(missing)}); run `yunguan migrate`"
        )
    if complaints := loosened(settings, await load_organisation(database.reading)):
        raise CannotServe("\n".join(complaints))
    if settings.county is None:
        log.warning("service.no_county", detail="reports wait in the outbox until [county] is set")
    metrics = Metrics()
    with _told_to_stop(stop) as stop:
        async with _occupied(database), _telegram(settings.telegram, clock) as telegram:
            channels: dict[str, Channel] = {}
            if telegram is not None:
                channels[telegram.traits.name] = telegram
            async with wire(
                database,
                channels,
                destinations=_destinations(settings.county),
                clock=clock,
                sms=settings.sms,
                public_url=settings.http.public_url,
                around=metrics.around,
            ) as app:
                app.pipeline.observed = metrics.batch
                spare_the_collector()
                await _Service(settings, app, telegram, metrics, sock, listening).run(stop)


class _Service:
    """The parts, and who watches over them."""

    def __init__(
        self,
        settings: Settings,
        app: App,
        telegram: TelegramChannel | None,
        metrics: Metrics,
        sock: socket.socket | None,
        listening: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._app = app
        self._telegram = telegram
        self._metrics = metrics
        self._sock = sock
        self._listening = listening
        self._parts: dict[str, asyncio.Task[None]] = {}
        self._stopping = False
        app.take = self._submit

    @property
    def _working(self) -> bool:
        """Whether there is somebody to play what comes in."""
        return not self._parts["background"].done()

    async def run(self, stop: asyncio.Event) -> None:
        """Start everything, wait, end everything."""
        enough, finish = asyncio.Event(), asyncio.Event()
        self._parts["background"] = asyncio.create_task(self._app.run(finish))
        self._parts["audit"] = asyncio.create_task(self._app.heads.run(finish))
        keep = timedelta(days=self._settings.retention.messages_days)
        retention = Retention(self._app.database, keep, self._app.clock)
        self._parts["retention"] = asyncio.create_task(retention.run(finish))
        waiting = asyncio.create_task(stop.wait())
        failed: dict[str, str] = {}
        try:
            async with self._http():
                if self._telegram is not None:
                    self._parts["telegram"] = asyncio.create_task(self._take_in(self._telegram, enough))
                await asyncio.wait({waiting, *self._parts.values()}, return_when=asyncio.FIRST_COMPLETED)
                failed = {part: "ended by itself" for part, task in self._parts.items() if task.done()}
                self._stopping = True
                log.info("service.stopping")
                enough.set()
                if "telegram" in self._parts:
                    failed |= await _ended("telegram", self._parts["telegram"])
            # the server is down and every request under way was answered: nothing more comes in
        finally:
            waiting.cancel()
            finish.set()
            failed |= await _ended("background", self._parts["background"])
            failed |= await _ended("retention", self._parts["retention"])
            failed |= await _ended("audit", self._parts["audit"])
        if failed:
            raise CannotServe("; ".join(f"{part}: {why}" for part, why in failed.items()))
        log.info("service.stopped")

    # ── messages in ─────────────────────────────────────────────────────────────────────────────────────

    async def _take_in(self, telegram: TelegramChannel, enough: asyncio.Event) -> None:
        """Telegram's updates, until it is enough."""
        settings = self._settings.telegram
        assert settings is not None
        noting = asyncio.create_task(self._note_links(telegram))
        try:
            await self._take_updates(telegram, settings, enough)
        finally:
            noting.cancel()

    async def _note_links(self, telegram: TelegramChannel) -> None:
        """Keep how links to the bot begin (conversations/flows/linking.py); without it there are none until the next
        start."""
        address = await telegram.link_address()
        if address is None:
            return
        async with self._app.database.transaction() as tx:
            kept = Setting(key=LINKS, value=address)
            await upsert_many(tx, Setting, [kept], conflict=("key",), update=("value",))

    async def _take_updates(
        self, telegram: TelegramChannel, settings: TelegramSettings, enough: asyncio.Event
    ) -> None:
        if settings.mode == "polling":
            await poll(telegram, self._submit, enough, blocked=self._blocked)
            return
        url, secret = settings.public_url.rstrip("/") + PATH, settings.webhook_secret.get_secret_value()
        registering = asyncio.create_task(register(telegram, url, secret))
        ending = asyncio.create_task(enough.wait())
        try:
            await asyncio.wait({registering, ending}, return_when=asyncio.FIRST_COMPLETED)
            if registering.done():
                await registering
            await ending
        finally:
            registering.cancel()
            ending.cancel()

    async def _submit(self, inbound: Inbound) -> None:
        """Into the pipeline, counted. Without background work nobody would ever answer."""
        async with self._metrics.taking(inbound):
            if not self._working:
                raise NotTaken("stopping")
            await self._app.pipeline.submit(inbound)

    async def _blocked(self, address: str, blocked: bool) -> None:
        assert self._telegram is not None
        await self._app.blocked(self._telegram.traits.name, address, blocked)

    # ── HTTP ────────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def _http(self) -> AsyncIterator[None]:
        """Our server, up within the block; afterwards all requests under way are answered."""
        site = web.Application()
        site.router.add_get("/healthz", self._alive)
        site.router.add_get("/readyz", self._ready)
        site.router.add_get("/metrics", self._numbers)
        telegram = self._settings.telegram
        if telegram is not None and telegram.mode == "webhook":
            assert self._telegram is not None
            secret = telegram.webhook_secret.get_secret_value()
            site.router.add_post(PATH, webhook(self._telegram, self._submit, secret, blocked=self._blocked))
        if self._app.sms is not None:
            site.router.add_routes(routes(self._app.sms.gateways))
        if self._settings.http.public_url:
            site.router.add_routes(Door(self._app.database, self._app.clock, render).routes())
        site.router.add_routes(door.routes(self._app.database, self._app.told, self._app.clock))
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=REQUESTS_PATIENCE)
        await runner.setup()
        try:
            url = await self._listen(runner)
            log.info("service.listening", url=url)
            self._listening(url)
            yield
        finally:
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> str:
        http = self._settings.http
        try:
            if self._sock is not None:
                await web.SockSite(runner, self._sock).start()
            else:
                await web.TCPSite(runner, http.host, http.port).start()
        except OSError as error:
            raise CannotServe(
                f"http.host = {http.host!r}, http.port = {http.port}: cannot listen there: "
                f"{error.strerror}; is another one running?"
            ) from None
        host, port = runner.addresses[0][:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def _alive(self, request: web.Request) -> web.Response:
        """The process answers."""
        return web.json_response({"alive": True})

    async def _ready(self, request: web.Request) -> web.Response:
        """It can take messages in: the database answers, the background works, nobody told it to stop."""
        state = {
            "database": await self._database_answers(),
            "working": self._working,
            "taking_in": not self._stopping,
        }
        ready = all(state.values())
        return web.json_response({"ready": ready, **state}, status=200 if ready else 503)

    async def _numbers(self, request: web.Request) -> web.Response:
        page = await self._metrics.text(self._app.database, self._app.clock())
        return web.Response(body=page, headers={"Content-Type": CONTENT_TYPE})

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(DATABASE_PATIENCE):
                return await Setting.filter(key="key_check").using_db(self._app.database.reading).exists()
        except Exception as error:
            log.warning("service.database_silent", error=whereabouts(error))
            return False


# ── parts ───────────────────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def _occupied(database: Database) -> AsyncIterator[None]:
    """Nobody rotates keys, erases or moves the database meanwhile."""
    try:
        async with serving(database):
            yield
    except InUse as error:
        raise CannotServe(f"{error}") from None


@asynccontextmanager
async def _telegram(
    settings: TelegramSettings | None, clock: Callable[[], datetime]
) -> AsyncIterator[TelegramChannel | None]:
    """The channel, if there is a bot; closed when the last letter under way is out."""
    if settings is None:
        yield None
        return
    channel = TelegramChannel(
        settings.token.get_secret_value(),
        clock=clock,
        say=render,
        masked=settings.masked is True,
        base_url=f"{settings.base_url.rstrip('/')}/bot",
    )
    try:
        yield channel
    finally:
        await channel.close()


def _destinations(county: CountySettings | None) -> Mapping[str, DestinationSettings]:
    if county is None:
        return {}
    return {county.name: DestinationSettings(county.url, county.secret.get_secret_value(), county.timeout)}


@contextmanager
def _told_to_stop(stop: asyncio.Event | None) -> Iterator[asyncio.Event]:
    """An event that a first SIGTERM or SIGINT sets; a second one ends the process as if we were not here."""
    if stop is not None:
        yield stop
        return
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    signals = (signal.SIGTERM, signal.SIGINT)

    def tell() -> None:
        told.set()
        forget()

    def forget() -> None:
        for one in signals:
            loop.remove_signal_handler(one)

    for one in signals:
        loop.add_signal_handler(one, tell)
    try:
        yield told
    finally:
        forget()


async def _ended(part: str, task: asyncio.Task[None]) -> dict[str, str]:
    """Wait for a part to end; why it ended by an error, if it did, in words that quote nobody."""
    await asyncio.wait({task})
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    if error is None:
        return {}
    log.critical("service.failed", part=part, error=whereabouts(error))
    # TelegramStopped is ours, and made for a person to read
    return {part: str(error) if isinstance(error, TelegramStopped) else whereabouts(error)}
