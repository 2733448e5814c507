"""SMS that wait in the outbox, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from bot.channels.base import Letter
from bot.channels.sms.channel import SmsChannel
from bot.channels.sms.gateway import Gateway
from bot.outbox import Outbox, Recheck, as_stored
from storage.database import Database
from storage.models import Contact, Outgoing
from tests.support.clock import FakeClock


class Letters:
    """Writes SMS into the outbox as the pipeline does, and looks at what became of them."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database = database
        self.clock = clock
        self._seq = 0

    def outbox(self, *gateways: Gateway, recheck: Recheck = as_stored, max_parts: int = 4) -> Outbox:
        """An outbox that sends all SMS by these gateways, the first that carries them."""
        names = [gateway.name for gateway in gateways]

        async def route(number: str) -> Sequence[str]:
            return names

        channel = SmsChannel(gateways, route, max_parts=max_parts)
        return Outbox(self.database, {"sms": channel}, self.clock, Random(1), recheck)

    async def write(
        self,
        *texts: str,
        to: str = "13800001234",
        kind: str = "reply",
        expires: timedelta = timedelta(hours=24),
        **more: Any,
    ) -> list[str]:
        """Queue these; their ids."""
        now = self.clock()
        contact = f"c{to.strip('+')}".ljust(32, "0")
        ids = []
        async with self.database.transaction() as tx:
            if not await Contact.filter(id=contact).using_db(tx).exists():
                await Contact.create(id=contact, created_at=now, using_db=tx)
            for text in texts:
                self._seq += 1
                ids.append(f"{self._seq:032x}")
                values: dict[str, Any] = {
                    "id": ids[-1],
                    "seq": self._seq,
                    "lane": contact,
                    "contact_id": contact,
                    "channel": "sms",
                    "address": to,
                    "kind": kind,
                    "payload": Letter("", text).as_payload(),
                    "state": "queued",
                    "attempts": 0,
                    "created_at": now,
                    "updated_at": now,
                    "due_at": now,
                    "expires_at": now + expires,
                }
                await Outgoing.create(**(values | more), using_db=tx)
        return ids

    async def row(self, letter_id: str) -> Outgoing:
        return await Outgoing.get(id=letter_id, using_db=self.database.reading)

    async def states(self, ids: Sequence[str]) -> list[str]:
        return [(await self.row(letter_id)).state for letter_id in ids]
