"""The real program on the demonstration county, with its page and its county inbox on a real port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot import demo
from bot.bootstrap import App, wire
from bot.channels.base import Channel
from bot.channels.simulated import CHAT, SMS, SimulatedChannel
from bot.county.deliver import DestinationSettings
from bot.demo import SimClock
from bot.web.inbox import CountyInbox
from bot.web.simulator import COUNTY_PATH, loopback_socket, run_demo
from bot.wording import Render, render
from storage.database import Database
from tests.support.demo_page import SECRET
from tests.support.prompt import nothing_waits


@dataclass
class Demonstration:
    """Everything `yunguan demo` runs."""

    url: str
    app: App
    clock: SimClock
    inbox: CountyInbox


@asynccontextmanager
async def demonstration(
    database: Database, real: Callable[[], datetime], words: Render = render
) -> AsyncIterator[Demonstration]:
    """A running demonstration on `database`, seeded if it was empty; the county gets every report at once."""
    clock = await demo.restored_clock(database, real)
    await demo.seed(database, clock)
    await nothing_waits(database)
    sock = loopback_socket(0)
    county = DestinationSettings(f"http://127.0.0.1:{sock.getsockname()[1]}{COUNTY_PATH}", SECRET)
    channels: dict[str, Channel] = {traits.name: SimulatedChannel(traits, clock) for traits in (CHAT, SMS)}
    inbox = CountyInbox(SECRET, clock, real)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    async with wire(database, channels, destinations={"county": county}, clock=clock, words=words) as app:
        working = asyncio.create_task(app.run(stop))
        serving = asyncio.create_task(
            run_demo(app, sock, clock=clock, inbox=inbox, render=words, ready=ready.set_result)
        )
        try:
            waiting: set[asyncio.Future[Any]] = {serving, working, ready}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            yield Demonstration(ready.result(), app, clock, inbox)
        finally:
            stop.set()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            await working
