"""The demonstration page over an echoing program, on a real port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import orjson

from bot import demo
from bot.county.signing import Signer
from bot.demo import SimClock
from bot.web.inbox import CountyInbox
from bot.web.simulator import loopback_socket, run_demo
from storage.database import Database
from tests.support.clock import FakeClock
from tests.support.echo import EchoProgram, chinese

SECRET = "whsec_" + "ZGVtb25zdHJhdGlvbiBjb3VudHkgc2VjcmV0IQ=="


@dataclass
class Page:
    """A running page, and a client that speaks as the page itself does."""

    url: str
    http: aiohttp.ClientSession
    program: EchoProgram
    clock: SimClock
    inbox: CountyInbox

    async def state(self, lang: str = "zh") -> dict[str, Any]:
        async with self.http.get(f"{self.url}demo/state", params={"lang": lang}) as answer:
            assert answer.status == 200
            found: dict[str, Any] = orjson.loads(await answer.read())
            return found

    async def bubbles(self, phone: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = next(
            shown["bubbles"] for shown in (await self.state())["phones"] if shown["id"] == phone
        )
        return found

    async def post(self, path: str, said: object, **headers: str) -> int:
        own = {"Origin": self.url.rstrip("/"), "Content-Type": "application/json", **headers}
        sent = {name: value for name, value in own.items() if value}
        async with self.http.post(f"{self.url}{path}", data=orjson.dumps(said), headers=sent) as answer:
            return answer.status

    async def deliver(
        self, payload: object, *, delivery_id: str = "r.1", secret: str = SECRET, at: datetime | None = None
    ) -> int:
        body = orjson.dumps(payload).decode()
        headers = Signer(secret).headers(delivery_id, body, at or self.clock())
        headers["Content-Type"] = "application/json"
        async with self.http.post(f"{self.url}demo/county", data=body, headers=headers) as answer:
            return answer.status


@asynccontextmanager
async def echo_page(database: Database, clock: FakeClock) -> AsyncIterator[Page]:
    """The page on the demonstration county; its time stands an hour ahead of `clock`."""
    sim_clock = SimClock(clock, timedelta(hours=1))
    await demo.seed(database, sim_clock)
    program = EchoProgram(database, sim_clock)
    inbox = CountyInbox(SECRET, sim_clock, clock)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        run_demo(
            program, loopback_socket(0), clock=sim_clock, inbox=inbox, render=chinese, ready=ready.set_result
        )
    )
    try:
        waiting: set[asyncio.Future[Any]] = {serving, ready}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            yield Page(ready.result(), http, program, sim_clock, inbox)
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
