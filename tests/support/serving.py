"""The whole service over real HTTP: Telegram on one side, a county on the other, a few places between."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import aiohttp

from bot.service import serve
from bot.settings import Settings
from conversations.message import Role
from storage.database import Database
from storage.models import Address, Contact, Place, Post, Staff
from storage.organisation import save_places
from tests.support.botapi import BotApi, Shown, User
from tests.support.clock import FakeClock
from tests.support.people import phone, resident_id
from tests.support.receiver import SECRET, Receiver
from tests.support.waiting import PATIENCE, until

WEBHOOK_SECRET = "webhook-secret-of-the-tests"

COUNTY, TOWNSHIP, OTHER_TOWNSHIP = "xf", "xf-gupo", "xf-daa"
VILLAGE, NEXT_VILLAGE = "xf-gupo-yang", "xf-gupo-shi"

PLACES = (
    (COUNTY, None, "county", "信丰县"),
    (TOWNSHIP, COUNTY, "township", "古陂镇"),
    (OTHER_TOWNSHIP, COUNTY, "township", "大阿镇"),
    (VILLAGE, TOWNSHIP, "village", "杨梅坑村"),
    (NEXT_VILLAGE, TOWNSHIP, "village", "石桥村"),
)


async def settle_county(database: Database, programme: str = "xinfeng") -> None:
    """Write the places."""
    places = [
        Place(id=id_, parent_id=parent, kind=kind, name=name, programme=None if parent else programme)
        for id_, parent, kind, name in PLACES
    ]
    async with database.transaction() as tx:
        await save_places(tx, places)


async def employ(
    database: Database, user: User, name: str, role: Role, place_id: str, now: datetime, number: int = 0
) -> str:
    """Give a person on Telegram an office, as if she had joined before; the id of her contact."""
    own = phone(number or user.id)
    staff_id, contact_id, index = f"staff-{user.id}", f"contact-{user.id}", database.keyring.blind
    async with database.transaction() as tx:
        await Staff.create(id=staff_id, name=name, phone=own, phone_index=index("phone", own), using_db=tx)
        await Post.create(
            id=f"post-{user.id}", staff_id=staff_id, place_id=place_id, role=role, state="active", since=now,
            using_db=tx,
        )  # fmt: skip
        await Contact.create(id=contact_id, staff_id=staff_id, created_at=now, using_db=tx)
        await Address.create(
            id=f"address-{user.id}",
            contact_id=contact_id,
            channel="telegram",
            address=str(user.id),
            address_index=index("address", str(user.id)),
            state="active",
            using_db=tx,
        )
    user.started = True
    return contact_id


@dataclass
class Service:
    """A running service and what stands around it."""

    url: str
    telegram: BotApi
    county: Receiver
    database: Database
    http: aiohttp.ClientSession
    stop: asyncio.Event
    task: asyncio.Task[None]

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(f"{self.url}{path}") as answer:
            return answer.status, await answer.text()

    async def arrived(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait until the county has so many reports; all it has."""

        async def there() -> bool:
            return len(self.county.reports) >= count

        await until(there)
        return list(self.county.reports.values())

    @property
    def said(self) -> list[str]:
        """Every text the bot asked Telegram to show to anybody."""
        calls = [call for call in self.telegram.calls if call.method in ("sendMessage", "editMessageText")]
        return [str(call.params["text"]) for call in calls]


Start = Callable[..., AbstractAsyncContextManager[Service]]
"""Starts the service: `async with start("webhook") as service`."""


def settings_for(
    telegram: BotApi | None,
    county: Receiver | None,
    mode: str = "polling",
    url: str = "",
    *,
    masked: bool | None = True,
    **tables: Any,
) -> Settings:
    """Settings of the service in these tests; `database` is opened by the test."""
    values: dict[str, Any] = {
        "database": {"url": "sqlite:///nowhere/yunguan.db", "keys": "/elsewhere/keys"},
        **tables,
    }
    if telegram is not None:
        values["telegram"] = {
            "token": telegram.token,
            "base_url": telegram.url.removesuffix("/bot"),
            "mode": mode,
            "public_url": url,
            "webhook_secret": WEBHOOK_SECRET,
            "masked": masked,
        }
    if county is not None:
        values["county"] = {"url": county.url, "secret": SECRET, "timeout_seconds": 5}
    return Settings(**values)


@asynccontextmanager
async def serving(
    database: Database,
    telegram: BotApi,
    county: Receiver,
    clock: Callable[[], datetime],
    mode: str,
    **tables: Any,
) -> AsyncIterator[Service]:
    """The service, listening; stopped in an orderly way at the end. `tables`: further settings."""
    sock = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    stop, ready = asyncio.Event(), asyncio.Event()
    settings = settings_for(telegram, county, mode, url, **tables)
    task = asyncio.create_task(
        serve(settings, database, clock=clock, stop=stop, sock=sock, listening=lambda _: ready.set())
    )
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            yield Service(url, telegram, county, database, http, stop, task)
    finally:
        waiting.cancel()
        stop.set()
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait({task})
    await task


async def talk(user: User, *lines: str) -> Shown:
    """Say each line after the answer to the one before; the last answer."""
    answer: Shown | None = None
    for line in lines:
        user.says(line)
        answer = await user.hears(within=PATIENCE)
    assert answer is not None
    return answer


async def hears_of(user: User, *words: str) -> Shown:
    """The bot's next message to her in which all of these words stand; others before it are passed over."""
    while True:
        said = await user.hears(within=PATIENCE)
        if all(word in said.text for word in words):
            return said


HER_NAME, HER_PHONE = "李红梅", phone(5678)
HER_ID = resident_id(date(1998, 3, 5), "female", seq=7)


async def report_everything(service: Service, database: Database, clock: FakeClock) -> None:
    """A pregnancy told with all personal data, a birth, and a defect, by Telegram; filed."""
    telegram = service.telegram
    lian, xiu = telegram.user(1001), telegram.user(1002)
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    await employ(database, xiu, "温秀英", "township", TOWNSHIP, clock())
    await talk(
        lian, f"李红梅怀孕了，末次月经2月10号，电话{HER_PHONE}，身份证{HER_ID}", "她本人的", "就这些", "对"
    )
    await service.arrived(1)  # signed and checked at the same time of day
    clock.advance(hours=1)
    await talk(lian, "李红梅昨晚生了，女孩，6斤8两，平安，县医院顺产", "就这些", "对")
    await service.arrived(2)
    clock.advance(hours=1)
    await talk(lian, "李红梅的孩子有唐氏综合征", "就这些", "对")
    await service.arrived(3)
