"""An SMS service for tests: a real HTTP server that notes what it is asked and answers as it is told; and a
server of ours that gateways call."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.sms.gateway import Gateway, Receipt
from bot.channels.sms.reception import routes


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Say:
    """An answer; `cut`: none, the connection is closed; `stall`: none, ever."""

    status: int = 202
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    stall: bool = False


class Provider:
    """Answers by `script`, then by `always`."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.script: deque[Say] = deque()
        self.always = Say()
        self._over = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self._server.make_url("/send"))

    async def up(self) -> None:
        await self._server.start_server()

    async def close(self) -> None:
        self._over.set()
        await self._server.close()

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(
            Asked(request.method, request.path_qs, request.headers.copy(), await request.read())
        )
        say = self.script.popleft() if self.script else self.always
        if say.stall:
            await self._over.wait()
        if say.cut:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=say.status, body=say.body, headers=say.headers)


class Noted(list[tuple[str, Receipt]]):
    """Delivery reports as gateways hand them on."""

    async def __call__(self, gateway: str, receipt: Receipt) -> None:
        self.append((gateway, receipt))


@asynccontextmanager
async def providing() -> AsyncIterator[Provider]:
    provider = Provider()
    await provider.up()
    try:
        yield provider
    finally:
        await provider.close()


@asynccontextmanager
async def serving(gateways: Sequence[Gateway], max_body: int = 256 * 1024) -> AsyncIterator[str]:
    """Our own server for what gateways bring; its URL."""
    app = web.Application()
    app.router.add_routes(routes(gateways, max_body))
    server = TestServer(app)
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()
