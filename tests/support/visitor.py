"""Somebody at the demonstration's page, over HTTP: she says, reads, moves the clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import orjson

from storage.database import Database
from tests.support.demo_program import Demonstration, demonstration
from tests.support.waiting import until

COORDINATOR = "chat:coordinator-1"
TOWNSHIP = "chat:township-1"
COUNTY = "chat:county-1"
HER = "sms:woman-1"
FOUND = "李梅怀孕了，28岁，末次月经9月3号，电话19900000101是她自己的，发短信方便"


@dataclass
class Visitor:
    """Speaks as the page does. `demo`: what runs behind it."""

    demo: Demonstration
    http: aiohttp.ClientSession

    async def get(self, path: str, **query: str) -> Any:
        async with self.http.get(self.demo.url + path, params=query) as answer:
            assert answer.status == 200, answer.status
            return orjson.loads(await answer.read())

    async def post(self, path: str, **said: Any) -> Any:
        headers = {"Origin": self.demo.url.rstrip("/")}
        async with self.http.post(self.demo.url + path, json=said, headers=headers) as answer:
            assert answer.status == 200, answer.status
            return orjson.loads(await answer.read())

    async def bubbles(self, phone: str) -> list[dict[str, Any]]:
        shown = (await self.get("demo/state"))["phones"]
        found: list[dict[str, Any]] = next(one["bubbles"] for one in shown if one["id"] == phone)
        return found

    async def heard(self, phone: str) -> list[tuple[str, str]]:
        """What this phone was sent: minute and words."""
        return [(one["at"][:16], one["text"]) for one in await self.bubbles(phone) if not one["mine"]]

    async def says(self, phone: str, *texts: str) -> None:
        """One after the other, each when the one before was answered."""
        for text in texts:
            before = len(await self.heard(phone))
            await self.post("demo/say", phone=phone, text=text)
            await self.until_heard(phone, before + 1)

    async def until_heard(self, phone: str, count: int) -> None:
        async def heard() -> bool:
            return len(await self.heard(phone)) >= count

        await until(heard)

    async def finds(self) -> None:
        """A pregnancy is reported by the coordinator, and the woman is asked whether she wants reminders."""
        await self.says(COORDINATOR, FOUND, "就这些", "对")
        await self.until_heard(HER, 1)

    async def moves(self, **leap: Any) -> dict[str, Any]:
        """Move the clock; what the page is told."""
        told: dict[str, Any] = await self.post("demo/clock", **leap)
        return told

    async def course(self, lang: str = "zh") -> list[dict[str, Any]]:
        """The course of the only woman there is."""
        (woman,) = await self.get("demo/women", lang=lang)
        steps: list[dict[str, Any]] = await self.get(f"demo/women/{woman['id']}", lang=lang)
        return steps


@asynccontextmanager
async def visiting(database: Database, clock: Callable[[], datetime]) -> AsyncIterator[Visitor]:
    """The whole demonstration, and somebody at its page."""
    async with demonstration(database, clock) as demo, aiohttp.ClientSession() as http:
        yield Visitor(demo, http)
