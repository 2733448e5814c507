"""A process that sends what is due and ends, or is killed on its way (`YUNGUAN_FAULT`).

python -m tests.support.crash_child URL NOW outbox FILE     letters go into FILE, a line each
python -m tests.support.crash_child URL NOW reminders FILE  the same by SMS, with the last look of the program
python -m tests.support.crash_child URL NOW county URL      deliveries go to a receiver
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import datetime
from random import Random

import aiohttp

from bot.care_letters import CareRecheck
from bot.channels.base import Accepted, Letter, Outcome
from bot.county import CountyDeliveries, DestinationSettings
from bot.outbox import Outbox
from bot.wording import render
from conversations.message import ChannelTraits
from storage.database import Database, open_database
from tests.support.databases import fixed_keyring
from tests.support.receiver import SECRET


class Provider:
    """Takes a letter by writing it down, as durably as the test can see."""

    traits = ChannelTraits(name="chat")

    def __init__(self, path: str) -> None:
        self._path = path

    async def send(self, address: str, letter: Letter) -> Outcome:
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, f"{letter.id}\n".encode())
        os.close(descriptor)
        return Accepted(letter.id)


async def send(database: Database, now: datetime, what: str, where: str) -> None:
    if what == "outbox":
        await Outbox(database, {"chat": Provider(where)}, lambda: now, Random(1), at_once=4).drain()
        return
    if what == "reminders":
        recheck = CareRecheck(database, lambda: now, lambda: "x" * 32, render, {"sms": Provider.traits})
        await Outbox(database, {"sms": Provider(where)}, lambda: now, Random(1), recheck).drain()
        return
    async with aiohttp.ClientSession() as session:
        county = {"county": DestinationSettings(where, SECRET)}
        await CountyDeliveries(database, county, session, lambda: now, Random(1), at_once=4).drain()


async def main(url: str, now: str, what: str, where: str) -> None:
    database = await open_database(url, fixed_keyring())
    try:
        await send(database, datetime.fromisoformat(now), what, where)
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
