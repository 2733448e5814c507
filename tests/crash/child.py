"""The whole program as a process of its own: messages come in over HTTP, letters and reports go out over HTTP.

python -m tests.crash.child DATABASE-URL SECONDS-AHEAD PROVIDER-URL COUNTY-URL

Prints the URL it listens at. YUNGUAN_FAULT kills it on its way, SIGTERM ends it.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import datetime, timedelta

import aiohttp
from aiohttp import web

from bot.bootstrap import App, real_clock, wire
from bot.channels.base import Accepted, Inbound, Later, Letter, Outcome
from bot.channels.simulated import CHAT
from bot.county.deliver import DestinationSettings
from bot.demo import SimClock
from bot.pipeline import NotTaken
from storage.database import Database, open_database
from tests.support.databases import fixed_keyring
from tests.support.prompt import install_prompt
from tests.support.receiver import SECRET


class HttpChannel:
    """Sends letters to the provider in the parent process."""

    traits = CHAT

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def send(self, address: str, letter: Letter) -> Outcome:
        try:
            async with self._session.post(
                self._url, json={"id": letter.id, "to": address, "text": letter.text}
            ) as answer:
                return Accepted(await answer.text())
        except aiohttp.ClientError:
            return Later("no answer", doubt=True)


def door(app: App) -> web.Application:
    """Where the provider brings messages: 200 once the message is committed."""

    async def take(request: web.Request) -> web.Response:
        said = await request.json()
        sent_at = datetime.fromisoformat(said.pop("sent_at"))
        try:
            await app.pipeline.submit(Inbound(**said, sent_at=sent_at, received_at=app.clock()))
        except NotTaken:
            return web.Response(status=503)
        return web.Response()

    server = web.Application()
    server.router.add_post("/", take)
    return server


async def serve(database: Database, ahead: float, provider: str, county: str) -> None:
    install_prompt()  # the county's programme: everything is on its way to it at once
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    clock = SimClock(real_clock, timedelta(seconds=ahead))
    async with aiohttp.ClientSession() as session:
        channel = HttpChannel(provider, session)
        destinations = {"county": DestinationSettings(county, SECRET)}
        async with wire(database, {"chat": channel}, destinations=destinations, clock=clock) as app:
            runner = web.AppRunner(door(app), handle_signals=False, shutdown_timeout=1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            print(f"http://127.0.0.1:{runner.addresses[0][1]}/", flush=True)
            try:
                await app.run(stop)
            finally:
                await runner.cleanup()


async def main(url: str, ahead: str, provider: str, county: str) -> None:
    database = await open_database(url, fixed_keyring())
    try:
        await serve(database, float(ahead), provider, county)
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
