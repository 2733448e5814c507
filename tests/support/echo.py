"""A program that understands nothing and repeats what it hears, to test phones and page alone."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.channels.base import Channel, Inbound, Letter
from bot.channels.simulated import CHAT, SMS, SimulatedChannel
from bot.looking import Looking
from conversations.text import Joined, Sayable, Text
from storage.database import Database


def chinese(text: Sayable, locale: str) -> str:
    """The Chinese wording whatever the locale, which stands in front for others."""
    if isinstance(text, Joined):
        return text.separator.join(chinese(part, locale) for part in text.parts)
    values = {
        name: chinese(value, "zh_CN") if isinstance(value, (Text, Joined)) else value
        for name, value in text.values.items()
    }
    words = text.id.format(**values)
    return words if locale == "zh_CN" else f"{locale}:{words}"


class EchoPipeline:
    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels
        self._numbers = itertools.count(1)
        self.heard: list[Inbound] = []

    async def submit(self, inbound: Inbound) -> None:
        self.heard.append(inbound)
        channel = self._channels[inbound.channel]
        buttons = ((("对", "yes"), ("取消", "no")),) if channel.traits.buttons else ()
        words = inbound.text or inbound.button or inbound.phone
        await channel.send(inbound.address, Letter(f"reply-{next(self._numbers)}", f"收到：{words}", buttons))


class EchoProgram:
    """Has what the page needs of a program."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.channels: dict[str, Channel] = {
            traits.name: SimulatedChannel(traits, clock) for traits in (CHAT, SMS)
        }
        self.pipeline = EchoPipeline(self.channels)
        self.woken = 0

    by_the_clock: tuple[Looking, ...] = ()

    async def look(self) -> None:
        """Nothing falls due here."""

    def wake(self) -> None:
        self.woken += 1


def delivery(
    body: Mapping[str, Any] | None = None, *, event: str = "pregnancy", version: int = 1
) -> dict[str, Any]:
    """What the county would be sent."""
    return {
        "type": "report.filed" if version == 1 else "report.corrected",
        "timestamp": "2026-11-22T02:00:00Z",
        "data": {
            "report_id": "a" * 32,
            "version": version,
            "supersedes": version - 1 or None,
            "event": event,
            "subject_ids": ["b" * 32],
            "woman_id": "b" * 32,
            "pregnancy_id": "c" * 32,
            "village": {
                "id": "xf-gupo-yangmeikeng",
                "name": "杨梅坑村",
                "path": ["信丰县", "古陂镇", "杨梅坑村"],
            },
            "event_time": None,
            "known_time": "2026-11-22T02:00:00Z",
            "recorded_time": "2026-11-22T02:00:00Z",
            "author_role": "coordinator",
            "channel": "chat",
            "channel_trust": "high",
            "verification": "unverified",
            "programme": "xinfeng",
            "schema_version": 1,
            "withdrawn": False,
            "body": body if body is not None else {"woman_name": "李梅", "age": 28, "lmp": "2026-09-03"},
        },
    }
