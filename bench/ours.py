# ruff: noqa: T201
"""The service as `yunguan serve` runs it, on a county of as many villages and coordinators as are asked for.

python -m bench.ours DATABASE-FILE CONTACTS OUTSIDE-URL SECRET [intake]      prints its URL; SIGTERM ends it

With `intake`, messages are taken in, answered and committed as always, but what they lead to stays in the
outbox: neither letters nor reports are sent.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import datetime
from pathlib import Path

from aiohttp import web

from bot.bootstrap import real_clock, wire
from bot.channels.telegram import PATH, TelegramChannel, webhook
from bot.county.deliver import DestinationSettings
from bot.logs import configure
from bot.service import serve, spare_the_collector
from bot.settings import Settings
from bot.wording import render
from storage.bulk import insert_many
from storage.crypto import Keyring
from storage.database import Database, open_database
from storage.migrate import migrate
from storage.models import Address, Contact, Place, Post, Staff
from storage.organisation import save_places


async def settle(database: Database, contacts: int, now: datetime) -> None:
    """A county with ten villages to a township, and a coordinator in each."""
    blind = database.keyring.blind
    places = [Place(id="xf", kind="county", name="信丰县", programme="xinfeng")]
    for number in range(contacts):
        township = f"t{number // 10}"
        if number % 10 == 0:
            places.append(Place(id=township, parent_id="xf", kind="township", name=f"第{number // 10}镇"))
        places.append(Place(id=f"v{number}", parent_id=township, kind="village", name=f"第{number}村"))
    numbers = range(contacts)
    async with database.transaction() as tx:
        await save_places(tx, places)
        await insert_many(
            tx,
            Staff,
            [
                Staff(
                    id=f"s{n}", name="黄秀兰", phone=f"136{n:08d}", phone_index=blind("phone", f"136{n:08d}")
                )
                for n in numbers
            ],
        )
        await insert_many(
            tx,
            Post,
            [
                Post(
                    id=f"p{n}",
                    staff_id=f"s{n}",
                    place_id=f"v{n}",
                    role="coordinator",
                    state="active",
                    since=now,
                )
                for n in numbers
            ],
        )
        await insert_many(
            tx,
            Contact,
            [Contact(id=f"c{n}", staff_id=f"s{n}", locale="zh_CN", created_at=now) for n in numbers],
        )
        await insert_many(
            tx,
            Address,
            [
                Address(
                    id=f"a{n}",
                    contact_id=f"c{n}",
                    channel="telegram",
                    address=str(1_000_000 + n),
                    address_index=blind("address", str(1_000_000 + n)),
                    state="active",
                )
                for n in numbers
            ],
        )


async def take_in(settings: Settings, database: Database) -> None:
    """The webhook and the pipeline behind it, nothing else."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    assert settings.telegram is not None
    assert settings.county is not None
    secret = settings.telegram.webhook_secret.get_secret_value()
    county = {"county": DestinationSettings(settings.county.url, settings.county.secret.get_secret_value())}
    telegram = TelegramChannel("1:bench", clock=real_clock, say=render, base_url=settings.telegram.base_url)
    async with wire(database, {"telegram": telegram}, destinations=county) as app:
        site = web.Application()
        site.router.add_post(PATH, webhook(telegram, app.pipeline.submit, secret))
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        spare_the_collector()
        print(f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}", flush=True)
        await app.pipeline.run(stop)
        await runner.cleanup()
    await telegram.close()


async def main(file: str, contacts: str, outside: str, secret: str, what: str = "") -> None:
    configure("warning", json_lines=True)
    keys = Path(file).with_suffix(".keys")
    Keyring.generate().to_file(keys)
    settings = Settings(
        database={"url": f"sqlite://{file}", "keys": keys},  # type: ignore[arg-type]
        telegram={  # type: ignore[arg-type]
            "token": "1:bench",
            "mode": "webhook",
            "public_url": "https://bench.invalid",
            "webhook_secret": secret,
            "base_url": outside,
        },
        county={"url": f"{outside}/county", "secret": "whsec_" + "YmVuY2htYXJrcyBvbmx5LCBubyBzZWNyZXQ="},  # type: ignore[arg-type]
        http={"port": 0},  # type: ignore[arg-type]
    )
    database = await open_database(settings.database.url, Keyring.from_file(keys))
    try:
        await migrate(database)
        await settle(database, int(contacts), real_clock())
        if what == "intake":
            await take_in(settings, database)
            return
        await serve(settings, database, listening=lambda url: print(url + PATH, flush=True))
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
