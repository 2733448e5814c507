"""A desk from which letters are put into the outbox, and the channels they leave by."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from bot.channels.base import Accepted, Letter, Outcome
from bot.outbox import Outbox
from conversations.message import ChannelTraits
from storage.database import Database
from storage.models import Address, Contact, Outgoing
from tests.support.clock import FakeClock

Answer = Outcome | BaseException


@dataclass
class ScriptedChannel:
    """Notes what is sent, answers by `script` first, then accepts. `gate` holds every send until set."""

    name: str = "chat"
    script: list[Answer] = field(default_factory=list)
    gate: asyncio.Event | None = None
    sent: list[tuple[str, str]] = field(default_factory=list)
    under_way: int = 0
    busiest: int = 0

    @property
    def traits(self) -> ChannelTraits:
        return ChannelTraits(name=self.name)

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.sent]

    async def was_asked(self) -> bool:
        return bool(self.sent)

    async def send(self, address: str, letter: Letter) -> Outcome:
        self.sent.append((address, letter.text))
        self.under_way += 1
        self.busiest = max(self.busiest, self.under_way)
        try:
            if self.gate is not None:
                await self.gate.wait()
            await asyncio.sleep(0)
            answer = self.script.pop(0) if self.script else Accepted(f"m{len(self.sent)}")
            if isinstance(answer, BaseException):
                raise answer
            return answer
        finally:
            self.under_way -= 1


class Post:
    """Writes letters into the outbox as the pipeline does, and looks at what became of them."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database = database
        self.clock = clock
        self.chat = ScriptedChannel("chat")
        self.sms = ScriptedChannel("sms")
        self._seq = 0

    def outbox(self, **settings: Any) -> Outbox:
        channels = {"chat": self.chat, "sms": self.sms}
        return Outbox(self.database, channels, self.clock, Random(1), **settings)

    async def write(
        self,
        *texts: str,
        to: str = "c1",
        kind: str = "reply",
        channel: str = "chat",
        expires: timedelta = timedelta(hours=6),
        due: timedelta = timedelta(),
        **more: Any,
    ) -> list[str]:
        now = self.clock()
        contact = to.ljust(32, "0")
        ids = []
        async with self.database.transaction() as tx:
            if not await Contact.filter(id=contact).using_db(tx).exists():
                await Contact.create(id=contact, created_at=now, using_db=tx)
            for text in texts:
                self._seq += 1
                ids.append(f"{self._seq:032x}")
                await Outgoing.create(
                    id=ids[-1],
                    seq=self._seq,
                    lane=contact,
                    contact_id=contact,
                    channel=channel,
                    address=f"address of {to}",
                    kind=kind,
                    payload=Letter("", text).as_payload(),
                    created_at=now,
                    updated_at=now,
                    due_at=now + due,
                    expires_at=now + expires,
                    **{"state": "queued", "attempts": 0, **more},
                    using_db=tx,
                )
        return ids

    async def crashed(self, *texts: str, **more: Any) -> list[str]:
        """Letters that a process had in its hands when it died."""
        lease = self.clock() + timedelta(seconds=120)
        return await self.write(*texts, state="sending", attempts=1, lease_until=lease, **more)

    async def address(self, of: str, channel: str, address: str) -> Address:
        async with self.database.transaction() as tx:
            return await Address.create(
                id=f"{channel}{of}".ljust(32, "0"),
                contact_id=of.ljust(32, "0"),
                channel=channel,
                address=address,
                address_index=f"{channel} {of}",
                using_db=tx,
            )

    async def row(self, letter_id: str) -> Outgoing:
        return await Outgoing.get(id=letter_id, using_db=self.database.reading)

    async def has(self, letter_id: str, state: str) -> bool:
        return (await self.row(letter_id)).state == state

    async def states(self, ids: Sequence[str]) -> list[str]:
        return [(await self.row(letter_id)).state for letter_id in ids]
