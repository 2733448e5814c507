"""A file that names a whole county: noted row by row, while everybody else goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import audit
from storage import chain
from storage.crypto import Keyring
from storage.models import Audit
from tests.support.clock import FakeClock
from tests.support.databases import opened, sqlite_url

WOMEN = [f"w{number}" for number in range(2_300)]


class Turns:
    """How often something was done between two turns of the event loop."""

    def __init__(self) -> None:
        self.most = self._now = self.all = 0

    def counting(self, do: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*values: Any, **named: Any) -> Any:
            self._now += 1
            self.all += 1
            self.most = max(self.most, self._now)
            return do(*values, **named)

        return counted

    async def watch(self) -> None:
        while True:
            self._now = 0
            await asyncio.sleep(0)


async def test_the_looks_of_a_large_file_let_others_at_the_work_and_hold(
    tmp_path: Path, keyring: Keyring, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted, sealed = Turns(), Turns()
    monkeypatch.setattr(audit, "note", noted.counting(audit.note))
    monkeypatch.setattr(chain, "seal", sealed.counting(chain.seal))
    async with opened(sqlite_url(tmp_path), keyring) as database:
        async with asyncio.TaskGroup() as group:
            watching = [group.create_task(one.watch()) for one in (noted, sealed)]
            async with database.transaction() as tx:
                await audit.looked_at_many(
                    tx, "c1", "county", WOMEN, "file.list", "chat", clock(), record="f1"
                )
                assert not await Audit.all().using_db(tx).exists()
            for task in watching:
                task.cancel()
        assert (noted.all, sealed.all) == (len(WOMEN), len(WOMEN))
        assert noted.most <= audit.AT_ONCE < len(WOMEN)
        assert sealed.most <= chain.WRITTEN_AT_ONCE < len(WOMEN)
        monkeypatch.undo()
        rows = await Audit.all().order_by("seq").using_db(database.reading)
        assert [row.subject for row in rows] == WOMEN
        head, broken = await chain.verify(database.reading, keyring)
        assert (head.seq, broken) == (len(WOMEN), None)


async def test_looks_that_are_not_committed_leave_nothing(
    tmp_path: Path, keyring: Keyring, clock: FakeClock
) -> None:
    async with opened(sqlite_url(tmp_path), keyring) as database:

        async def fail_in_the_end() -> None:
            async with database.transaction() as tx:
                await audit.looked_at_many(tx, "c1", "county", WOMEN, "file.list", "chat", clock())
                audit.looked(tx, "c1", "county", ["w"], "w" * 41, "chat", clock())

        with pytest.raises(ValueError, match="not a why"):
            await fail_in_the_end()
        assert not await Audit.all().using_db(database.reading).exists()
        assert await chain.verify(database.reading, keyring) == (chain.Head(), None)
