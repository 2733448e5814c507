"""A desk from which reports are filed for the county."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import aiohttp

from bot.county import CountyDeliveries, DestinationSettings, delivery
from bot.outbox import as_text, outbox_rows
from conversations.message import Report
from storage.database import Database
from storage.models import Delivery, Destination
from tests.support.clock import FakeClock
from tests.support.receiver import SECRET, Receiver


class Office:
    """Files reports as the pipeline does, and looks at what became of them."""

    def __init__(
        self, database: Database, clock: FakeClock, receiver: Receiver, session: aiohttp.ClientSession
    ) -> None:
        self.database = database
        self.clock = clock
        self.receiver = receiver
        self.session = session
        self.alarms: list[tuple[str, str]] = []
        self._seq = 0

    def deliveries(
        self, timeout: float = 5, more: dict[str, DestinationSettings] | None = None, **settings: Any
    ) -> CountyDeliveries:
        county = DestinationSettings(self.receiver.url, SECRET, timedelta(seconds=timeout))
        return CountyDeliveries(
            self.database,
            {"county": county, **(more or {})},
            self.session,
            self.clock,
            Random(1),
            alarm=self._alarm,
            **settings,
        )

    async def _alarm(self, kind: str, detail: str) -> None:
        self.alarms.append((kind, detail))

    async def file(self, *reports: Report, to: str = "county", **changes: Any) -> list[str]:
        rows = []
        for report in reports:
            self._seq += 1
            row = delivery(report, None, to, self._seq, self.clock())
            rows.append(row.update_from_dict(changes) if changes else row)
        async with self.database.transaction() as tx:
            for row in rows:
                await row.save(using_db=tx, force_create=True)
        return [row.id for row in rows]

    async def row(self, delivery_id: str) -> Delivery:
        return await Delivery.get(id=delivery_id, using_db=self.database.reading)

    async def has(self, delivery_id: str, state: str) -> bool:
        return (await self.row(delivery_id)).state == state

    async def states(self, ids: Sequence[str]) -> list[str]:
        return [(await self.row(delivery_id)).state for delivery_id in ids]

    async def paused(self) -> bool:
        rows = Destination.filter(name="county", paused=True).using_db(self.database.reading)
        return await rows.exists()

    async def listed(self) -> str:
        """What `yunguan outbox list` prints, without its heading."""
        return as_text(await outbox_rows(self.database, self.clock())).partition("\n")[2]

    async def settle(self, **after: float) -> None:
        """Time passes, then everything due goes out."""
        self.clock.advance(**after)
        await self.deliveries().drain()
