"""The wired program on the demonstration county, with people who write to it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from bot import demo
from bot.bootstrap import App, wire
from bot.channels.base import Channel, Inbound, Letter
from bot.channels.simulated import CHAT, SMS, SimulatedChannel
from bot.county.deliver import DestinationSettings
from bot.demo import PEOPLE
from bot.pipeline import NotTaken, Pipeline
from storage.database import Database
from storage.models import Address, Contact, Outgoing, Post, Report, Staff
from tests.support.clock import FakeClock

VILLAGE = "xf-gupo-yangmeikeng"
TOWNSHIP = "xf-gupo"

NAMES = tuple(
    family + given
    for given in ("秀英", "桂兰", "小芳", "春梅", "丽娟", "海燕", "晓红", "美玲", "雪莲", "玉珍")
    for family in "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗"
)
"""Made-up women, each of another name."""

_numbers = itertools.count(1)
_seeds = itertools.count(1)


@dataclass(frozen=True)
class Somebody:
    """Who writes, and from where."""

    contact_id: str
    address: str
    channel: str = "chat"

    def by(self, channel: str, address: str) -> Somebody:
        return Somebody(self.contact_id, address, channel)


def person(key: str) -> Somebody:
    """Somebody of the demonstration county."""
    (found,) = (one for one in PEOPLE if one.key == key)
    channel = found.channels[0]
    return Somebody(demo.contact_id(found), found.address(channel), channel)


def _no_network() -> dict[str, DestinationSettings]:
    return {
        "county": DestinationSettings("http://127.0.0.1:9/", "whsec_" + "bm9ib2R5IGlzIHRoZXJlIGF0IGFsbA==")
    }


class Town:
    """The wired program on the demonstration county. What is said together shares a batch."""

    def __init__(self, database: Database, clock: FakeClock, app: App) -> None:
        self.database = database
        self.clock = clock
        self.app = app

    @property
    def pipeline(self) -> Pipeline:
        return self.app.pipeline

    def inbound(self, who: Somebody, text: str, **more: Any) -> Inbound:
        number = next(_numbers)
        values: dict[str, Any] = {
            "channel": who.channel,
            "address": who.address,
            "provider_id": f"{who.channel}{number}",
            "message_id": str(number),
            "sent_at": self.clock(),
            "received_at": self.clock(),
            "text": text,
        }
        return Inbound(**(values | more))

    async def submit(self, *inbounds: Inbound) -> list[BaseException | None]:
        """Bring these, all before the pipeline looks; for each, None once it is taken, or why not."""
        return await submit(self.pipeline, *inbounds)

    async def say(self, who: Somebody, *texts: str) -> list[str]:
        """Say these one after the other; what is answered to the last."""
        before = await self.letters(who)
        for text in texts:
            before = await self.letters(who)
            assert await self.submit(self.inbound(who, text)) == [None]
        return [letter.text for letter in (await self.letters(who))[len(before) :]]

    async def together(self, *said: tuple[Somebody, str]) -> None:
        """Say these at once, in this order."""
        inbounds = [self.inbound(who, text) for who, text in said]
        assert await self.submit(*inbounds) == [None] * len(inbounds)

    async def letters(self, who: Somebody, *kinds: str) -> list[Letter]:
        """What was written to her, in order; of these kinds only, if any are named."""
        rows = (
            await Outgoing.filter(contact_id=who.contact_id).using_db(self.database.reading).order_by("seq")
        )
        return [Letter.from_payload(row.id, row.payload) for row in rows if not kinds or row.kind in kinds]

    async def reports(self, **of: Any) -> list[Report]:
        return await Report.filter(**of).using_db(self.database.reading).order_by("recorded_time", "id")

    async def hire(self, name: str, place_id: str = VILLAGE, role: str = "coordinator") -> Somebody:
        """One more who works there."""
        blind = self.database.keyring.blind
        async with self.database.transaction() as tx:
            phone = f"1370{abs(hash(name)) % 10**7:07d}"
            await Staff(id=f"s-{name}", name="黄秀兰", phone=phone, phone_index=blind("phone", phone)).save(
                using_db=tx, force_create=True
            )
            await Post.create(
                id=f"p-{name}",
                staff_id=f"s-{name}",
                place_id=place_id,
                role=role,
                state="active",
                since=self.clock(),
                using_db=tx,
            )
            await Contact.create(id=f"c-{name}", staff_id=f"s-{name}", created_at=self.clock(), using_db=tx)
            await Address(
                id=f"a-{name}",
                contact_id=f"c-{name}",
                channel="chat",
                address=f"chat-{name}",
                address_index=blind("address", f"chat-{name}"),
                state="active",
            ).save(using_db=tx, force_create=True)
        return Somebody(f"c-{name}", f"chat-{name}")

    async def also_reached(self, who: Somebody) -> None:
        """She can be reached there, too."""
        async with self.database.transaction() as tx:
            await Address(
                id=f"{who.channel}-{who.contact_id}",
                contact_id=who.contact_id,
                channel=who.channel,
                address=who.address,
                address_index=self.database.keyring.blind("address", who.address),
                state="active",
            ).save(using_db=tx, force_create=True)

    async def crew(self, count: int, place_id: str = VILLAGE) -> list[Somebody]:
        return [await self.hire(f"crew{number}", place_id) for number in range(count)]


async def submit(pipeline: Pipeline, *inbounds: Inbound) -> list[BaseException | None]:
    """Bring these to a pipeline that is not running, and let it run until it has done with them."""
    tasks = [asyncio.create_task(pipeline.submit(inbound)) for inbound in inbounds]
    await asyncio.sleep(0)  # every task is started: all of them wait in the queue
    stop = asyncio.Event()
    stop.set()
    await pipeline.run(stop)
    found: Sequence[BaseException | None] = await asyncio.gather(*tasks, return_exceptions=True)
    for one in found:
        assert one is None or isinstance(one, NotTaken), one
    return list(found)


@asynccontextmanager
async def wired(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    """The program as after a start, on this database."""
    channels: dict[str, Channel] = {traits.name: SimulatedChannel(traits, clock) for traits in (CHAT, SMS)}
    chance = Random(next(_seeds))
    async with wire(
        database,
        channels,
        destinations=_no_network(),
        clock=clock,
        random_bytes=chance.randbytes,
        random=chance,
    ) as app:
        yield Town(database, clock, app)


OpenTowns = Callable[[int], Awaitable[list[Town]]]
"""Opens the program so many times more on the same database, as processes of their own would be."""
