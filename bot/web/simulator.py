"""The demonstration page: phones side by side, the county's inbox, and a clock that can be moved forward.

It is the training mode too. It never runs beside real data: only databases marked as a demonstration are
opened, only 127.0.0.1 is bound, and `serve` does not mount it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from importlib.resources import files
from typing import Any, Protocol
from urllib.parse import quote

import orjson
from aiohttp import web

from bot import demo
from bot.channels.base import Channel, Inbound
from bot.channels.simulated import Bubble, SimulatedChannel
from bot.demo import PEOPLE, Person, SimClock
from bot.files.door import TYPES, Door
from bot.files.leaving import PATH
from bot.looking import Looking
from bot.web.guard import LOOPBACK, add_security_headers, guard, refusal
from bot.web.inbox import Arrival, CountyInbox
from bot.web.leaps import Leaper
from bot.web.remembering import keep, put_back
from bot.web.timeline import timeline, women
from bot.web.view import Render, View, phone_id
from storage.database import Database

COUNTY_PATH = "/demo/county"
"""Where the demonstration county takes its deliveries."""

LONGEST_TEXT = 4096
"""Characters in one message, as on Telegram."""
LONGEST_LEAP = timedelta(days=400)
_HEARTBEAT_SECONDS = 15.0
_EVENTS_WAITING = 500

_FILES = {
    "/": ("index.html", "text/html"),
    "/static/simulator.css": ("simulator.css", "text/css"),
    "/static/simulator.js": ("simulator.js", "text/javascript"),
    "/static/favicon.svg": ("favicon.svg", "image/svg+xml"),
}


class BindRefused(Exception):
    """The demonstration listens on 127.0.0.1 only: it has no passwords. Leave --host out."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class Pipeline(Protocol):
    def submit(self, inbound: Inbound) -> Awaitable[Any]: ...


class Program(Protocol):
    """What the page needs of the running program."""

    @property
    def pipeline(self) -> Pipeline: ...
    @property
    def channels(self) -> Mapping[str, Channel]: ...
    @property
    def database(self) -> Database: ...
    @property
    def by_the_clock(self) -> Sequence[Looking]: ...
    def wake(self) -> None: ...
    async def look(self) -> None: ...


class Simulator:
    """The page's server side: state, events and what the people on the phones do."""

    def __init__(self, app: Program, clock: SimClock, inbox: CountyInbox, render: Render) -> None:
        self._app = app
        self._clock = clock
        self._inbox = inbox
        self._render = render
        self._channels = {
            name: channel for name, channel in app.channels.items() if isinstance(channel, SimulatedChannel)
        }
        self._phones: dict[str, tuple[Person, SimulatedChannel]] = {
            phone_id(person, name): (person, self._channels[name])
            for person in PEOPLE
            for name in person.channels
            if name in self._channels
        }
        self._by_address = {
            (channel.traits.name, person.address(channel.traits.name)): phone
            for phone, (person, channel) in self._phones.items()
        }
        self._readers: dict[asyncio.Queue[bytes | None], View] = {}
        self._leaper = Leaper(
            app.database,
            [table for worker in app.by_the_clock for table in worker.waits_for],
            clock, app.look, app.wake, self._ticked,
        )  # fmt: skip
        self._happened = 0
        self._stop_listening: list[Callable[[], None]] = []

    def routes(self) -> list[web.RouteDef]:
        return [
            *(web.get(path, _static(*where)) for path, where in _FILES.items()),
            web.get("/demo/state", self.get_state),
            web.get("/demo/events", self.get_events),
            web.get("/demo/women", self.get_women),
            web.get("/demo/women/{woman}", self.get_timeline),
            web.get("/demo/files/{phone}/{bubble}", self.get_file),
            web.post("/demo/say", self.say),
            web.post("/demo/clock", self.move_clock),
            web.post(COUNTY_PATH, self._inbox.receive),
        ]

    async def start(self, _app: web.Application) -> None:
        """Show what was there before a restart, and begin to listen to phones and inbox."""
        await put_back(self._app.database, self._channels, self._inbox)
        for channel in self._channels.values():
            name = channel.traits.name
            channel.keep = lambda letter: keep(self._app.database, letter)
            self._stop_listening.append(
                channel.listen(lambda address, bubble, name=name: self._bubble(name, address, bubble))  # type: ignore[misc]
            )
        self._stop_listening.append(self._inbox.listen(self._arrived))

    async def stop(self, _app: web.Application) -> None:
        """Stop listening and let every open page go."""
        for stop in self._stop_listening:
            stop()
        self._stop_listening.clear()
        for channel in self._channels.values():
            channel.keep = None
        for queue in self._readers:
            _put(queue, None)

    async def get_state(self, request: web.Request) -> web.Response:
        """Everything the page shows, in the language asked for."""
        return web.Response(
            body=orjson.dumps(self._state(self._view(request))), content_type="application/json"
        )

    async def get_events(self, request: web.Request) -> web.StreamResponse:
        """Server-Sent Events: first the whole state, then each bubble, arrival and the clock as they come."""
        view = self._view(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_EVENTS_WAITING)
        queue.put_nowait(_event("state", self._state(view)))
        self._readers[queue] = view
        try:
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), _HEARTBEAT_SECONDS)
                except TimeoutError:
                    event = _event("clock", self._clock_now(view))
                if event is None:
                    break
                await response.write(event)
        except ConnectionResetError:
            pass
        finally:
            del self._readers[queue]
        return response

    async def get_women(self, request: web.Request) -> web.Response:
        """Everybody on the roster, to choose from."""
        view = self._view(request)
        found = await women(self._app.database, self._clock())
        return web.Response(
            body=orjson.dumps([view.woman(one) for one in found]), content_type="application/json"
        )

    async def get_timeline(self, request: web.Request) -> web.Response:
        """What was told, reminded, reported and acknowledged of one woman, oldest first."""
        view = self._view(request)
        found = await timeline(self._app.database, request.match_info["woman"], self._clock())
        if found is None:
            return refusal(404, "nobody of that id")
        return web.Response(
            body=orjson.dumps([view.entry(entry) for entry in found]), content_type="application/json"
        )

    async def get_file(self, request: web.Request) -> web.Response:
        """The file that came with a message on a phone."""
        person, channel = self._phones.get(request.match_info["phone"], (None, None))
        if person is None or channel is None:
            return refusal(404, "no such phone")
        document = channel.document(person.address(channel.traits.name), request.match_info["bubble"])
        if document is None:
            return refusal(404, "no such file")
        kind = TYPES.get(document.name.rpartition(".")[2], "application/octet-stream")
        named = f"attachment; filename*=UTF-8''{quote(document.name)}"
        return web.Response(body=document.content, content_type=kind, headers={"Content-Disposition": named})

    async def say(self, request: web.Request) -> web.Response:
        """The person on a phone writes `text`, presses `button`, or shares her number (`contact`)."""
        said = await _json_object(request)
        phone = self._phones.get(str(said.get("phone")))
        if phone is None:
            return refusal(404, "no such phone")
        person, channel = phone
        address = person.address(channel.traits.name)
        text, button = said.get("text"), said.get("button")
        inbound: Inbound | None
        if isinstance(button, str):
            inbound = channel.press(address, button)
        elif said.get("contact") is True:
            inbound = channel.share_phone(address, person.phone)
        elif isinstance(text, str) and text.strip() and len(text) <= LONGEST_TEXT:
            inbound = channel.write(address, text)
        else:
            return refusal(400, f"text of 1 to {LONGEST_TEXT} characters, a button, or contact: true")
        if inbound is None:
            return refusal(404, "no such button on this phone")
        await self._app.pipeline.submit(inbound)
        self._app.wake()
        return web.json_response({})

    async def move_clock(self, request: web.Request) -> web.Response:
        """Move the clock forward by `hours` or `days`, or (`to`: next) until something happens on a phone or at the
        county. All that falls due on the way is done at its time; answered when the clock stands where it is to."""
        asked = await _json_object(request)
        if self._leaper.under_way:
            return refusal(409, "the clock is being moved")
        if asked.get("to") == "next":
            met = await self._leaper.to_next(lambda: self._happened)
            return web.json_response({"moments": met})
        try:
            leap = timedelta(hours=float(asked.get("hours", 0)), days=float(asked.get("days", 0)))
        except (TypeError, ValueError, OverflowError):
            return refusal(400, "hours or days, as a number")
        if not timedelta(0) < leap <= LONGEST_LEAP:
            return refusal(400, f"between 0 and {LONGEST_LEAP.days} days")
        met = await self._leaper.by(leap)
        return web.json_response({"moments": met})

    async def _ticked(self) -> None:
        """The clock was moved: kept, so that a restart in the middle of a leap does not turn it back."""
        await demo.remember_clock(self._app.database, self._clock)
        self._tell("clock", self._clock_now)

    def _clock_now(self, view: View) -> dict[str, Any]:
        return {**view.clock(self._clock()), "moving": self._leaper.under_way}

    def _view(self, request: web.Request) -> View:
        return View(self._render, "en" if request.query.get("lang") == "en" else "zh_CN")

    def _state(self, view: View) -> dict[str, Any]:
        now = self._clock()
        return {
            "lang": view.locale.partition("_")[0],
            "strings": view.strings(),
            "clock": self._clock_now(view),
            "phones": [
                {
                    **view.phone(person, channel.traits.name, now),
                    "bubbles": [
                        view.bubble(channel.traits.name, bubble, self._document_url(phone, bubble))
                        for bubble in channel.bubbles(person.address(channel.traits.name))
                    ],
                }
                for phone, (person, channel) in self._phones.items()
            ],
            "inbox": [view.arrival(arrival) for arrival in self._inbox.arrivals],
        }

    def _bubble(self, channel: str, address: str, bubble: Bubble) -> None:
        phone = self._by_address.get((channel, address))
        self._happened += not bubble.mine
        if phone is not None:
            url = self._document_url(phone, bubble)
            self._tell("bubble", lambda view: {"phone": phone, "bubble": view.bubble(channel, bubble, url)})

    def _document_url(self, phone: str, bubble: Bubble) -> str:
        """Where its file is fetched; nothing where it has none, or it was before a restart."""
        person, channel = self._phones[phone]
        found = bubble.document and channel.document(person.address(channel.traits.name), bubble.id)
        return f"/demo/files/{phone}/{bubble.id}" if found else ""

    def _arrived(self, arrival: Arrival) -> None:
        self._happened += 1
        self._tell("arrival", lambda view: view.arrival(arrival))

    def _tell(self, name: str, make: Callable[[View], dict[str, Any]]) -> None:
        for queue, view in self._readers.items():
            _put(queue, _event(name, make(view)))


def mount(
    web_app: web.Application, app: Program, *, clock: SimClock, inbox: CountyInbox, render: Render
) -> Simulator:
    """Add the page to an aiohttp application that serves nothing else."""
    simulator = Simulator(app, clock, inbox, render)
    web_app.middlewares.append(guard(frozenset({COUNTY_PATH}), forms=PATH))
    web_app.on_response_prepare.append(add_security_headers)
    web_app.add_routes(simulator.routes())
    web_app.add_routes(Door(app.database, clock, render).routes())
    web_app.on_startup.append(simulator.start)
    web_app.on_shutdown.append(simulator.stop)
    return simulator


def loopback_socket(port: int, host: str = LOOPBACK) -> socket.socket:
    """A socket bound to 127.0.0.1, so that the port is known before anything is wired (0: a free one)."""
    if host not in (LOOPBACK, "localhost"):
        raise BindRefused
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((LOOPBACK, port))
    except OSError:
        bound.close()
        raise
    return bound


async def run_demo(
    app: Program,
    sock: socket.socket,
    *,
    clock: SimClock,
    inbox: CountyInbox,
    render: Render,
    ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve the page on `sock` until cancelled; `ready(url)` is called once it answers.

    Refuses a socket that is not on 127.0.0.1 and a database that is not a demonstration.
    """
    host, port = sock.getsockname()[:2]
    if host != LOOPBACK:
        raise BindRefused
    await demo.check_demonstration(app.database)
    web_app = web.Application(client_max_size=1024 * 1024)
    mount(web_app, app, clock=clock, inbox=inbox, render=render)
    runner = web.AppRunner(web_app, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, sock).start()
        ready(f"http://{LOOPBACK}:{port}/")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _static(name: str, content_type: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    body = files("bot.web").joinpath("static", name).read_bytes()

    async def serve(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=content_type, charset="utf-8")

    return serve


async def _json_object(request: web.Request) -> dict[str, Any]:
    with suppress(orjson.JSONDecodeError):
        said = orjson.loads(await request.read())
        if isinstance(said, dict):
            return said
    return {}


def _event(name: str, data: dict[str, Any]) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


def _put(queue: asyncio.Queue[bytes | None], event: bytes | None) -> None:
    if queue.full():  # a page that does not read: let it go, it comes back and gets the whole state
        while not queue.empty():
            queue.get_nowait()
        event = None
    queue.put_nowait(event)
