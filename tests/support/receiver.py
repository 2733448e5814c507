"""A county system for tests: a real HTTP server that checks signatures, knows repeats by their id, and
answers as it is told."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from unittest.mock import patch

import orjson
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1jb3VudHktZm9yLXRlc3Rz"


@dataclass(frozen=True, slots=True)
class Say:
    """One answer. `until`: not before this is set. `cut`: no answer at all, the connection is closed.
    `taken`: whether the report is kept before that."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    until: asyncio.Event | None = None
    cut: bool = False
    taken: bool = False


class Receiver:
    """Answers by `script` first, then 200. With a `clock` that is the time signatures are checked against."""

    def __init__(self, secret: str = SECRET, clock: Callable[[], datetime] | None = None) -> None:
        self.script: deque[Say] = deque()
        self.always: Callable[[dict[str, Any]], Say | None] | None = None
        self.reports: dict[str, dict[str, Any]] = {}
        """What was kept, by webhook id, in the order of arrival."""
        self.attempts: list[str] = []
        """The id of every request with a good signature."""
        self.timestamps: list[int] = []
        self.unsigned = 0
        self.changed: list[str] = []
        """Ids that came again with another body: never right."""
        self.busiest = 0
        """The most requests that were open at a time."""
        self._open = 0
        self._bodies: dict[str, bytes] = {}
        self._webhook = Webhook(secret)
        self._clock = clock
        self._runner: web.AppRunner | None = None
        self._socket = self._hold(0)
        self._port = self._socket.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/reports"

    @property
    def repeats(self) -> int:
        """Requests for a report that had come before."""
        return sum(self._counts().values()) - len(self._counts())

    def _counts(self) -> Counter[str]:
        return Counter(self.attempts)

    @staticmethod
    def _hold(port: int) -> socket.socket:
        """A port that is ours but refuses connections until somebody listens on it."""
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", port))
        return held

    async def up(self) -> None:
        app = web.Application()
        app.router.add_post("/reports", self._answer)
        app.router.add_get("/reports", self._elsewhere)
        self._runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def down(self) -> None:
        """Stop listening: connections are refused, the port stays ours."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()
            self._socket = self._hold(self._port)

    async def close(self) -> None:
        await self.down()
        self._socket.close()

    def _verify(self, request: web.Request, body: bytes) -> bool:
        clock = self._clock

        class Now(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) if clock is None else clock()

        with patch("standardwebhooks.webhooks.datetime", Now):
            try:
                self._webhook.verify(body, dict(request.headers), json_parse=False)
            except WebhookVerificationError:
                return False
        return True

    async def _elsewhere(self, request: web.Request) -> web.Response:
        raise AssertionError("a redirect was followed")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self._open += 1
        self.busiest = max(self.busiest, self._open)
        try:
            return await self._say(request)
        finally:
            self._open -= 1

    async def _say(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if request.content_type != "application/json" or not self._verify(request, body):
            self.unsigned += 1
            return _closing(web.Response(status=401))
        webhook_id = request.headers["webhook-id"]
        self.attempts.append(webhook_id)
        self.timestamps.append(int(request.headers["webhook-timestamp"]))
        if self._bodies.setdefault(webhook_id, body) != body:
            self.changed.append(webhook_id)
        content = orjson.loads(body)
        said = self.always(content) if self.always else None
        say = said or (self.script.popleft() if self.script else Say())
        if say.until is not None:
            await say.until.wait()
        if (200 <= say.status < 300 and not say.cut) or say.taken:
            self.reports.setdefault(webhook_id, content)
        if say.cut:
            assert request.transport is not None
            request.transport.close()
        return _closing(web.Response(status=say.status, headers=say.headers, body=say.body))


def _closing(response: web.Response) -> web.Response:
    response.force_close()  # no connection outlives `down`
    return response


@asynccontextmanager
async def receiving(
    secret: str = SECRET, clock: Callable[[], datetime] | None = None
) -> AsyncIterator[Receiver]:
    """A receiver that is up."""
    receiver = Receiver(secret, clock)
    await receiver.up()
    try:
        yield receiver
    finally:
        await receiver.close()
