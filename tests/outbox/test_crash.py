"""Killed between any two of our steps, then started again: nothing is lost, and each kind behaves as
"What once means" says."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.outbox import outbox_rows
from storage.database import Database
from storage.models import Delivery, Outgoing
from tests.support.clock import FakeClock
from tests.support.county import Office
from tests.support.forked import start_forked
from tests.support.post import Post
from tests.support.receiver import Receiver, receiving
from tests.support.reports import report

KINDS = ("reply", "danger", "reminder", "condolence", "notice", "urgent")
AGAIN = ("reply", "danger")
ROOT = Path(__file__).parents[2]


async def child(url: str, clock: FakeClock, what: str, where: str, fault: str = "") -> int:
    process = await start_forked(
        *("tests.support.crash_child", url, clock().isoformat(), what, where),
        cwd=ROOT,
        env={**os.environ, "YUNGUAN_FAULT": fault},
        stdout=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


@pytest.mark.kernel_fault
@pytest.mark.parametrize("fault", ["outbox.claimed", "outbox.accepted", "outbox.accepted:6", "outbox.marked"])
async def test_letters(
    database: Database, database_url: str, clock: FakeClock, post: Post, tmp_path: Path, fault: str
) -> None:
    kinds: dict[str, str] = {}
    for n in range(3):
        for kind in KINDS:
            (letter,) = await post.write(f"{kind} {n}", kind=kind, to=f"{kind}{n}")
            kinds[letter] = kind
    taken = tmp_path / "provider"
    taken.touch()

    assert await child(database_url, clock, "outbox", str(taken), fault) == -signal.SIGKILL
    before = Counter(taken.read_text().split())
    if fault == "outbox.claimed":
        assert not before
    clock.advance(minutes=10)
    assert await child(database_url, clock, "outbox", str(taken)) == 0

    times = Counter(taken.read_text().split())
    states = dict(await Outgoing.all().using_db(database.reading).values_list("id", "state"))
    listed = {line.id: line.state for line in await outbox_rows(database, clock())}
    for letter, kind in kinds.items():
        if kind in AGAIN:
            assert times[letter] in (1, 2)
            assert states[letter] == "sent"
        else:
            assert times[letter] <= 1
            assert states[letter] == "sent" or listed[letter] == "unknown"
    doubted = [letter for letter in kinds if times[letter] == 2 or states[letter] == "unknown"]
    assert len(doubted) <= 4  # no more than were under way
    if fault.startswith("outbox.accepted"):
        assert doubted


@pytest.fixture
async def county(clock: FakeClock) -> AsyncIterator[Receiver]:
    async with receiving(clock=clock) as receiver:
        yield receiver


@pytest.mark.kernel_fault
@pytest.mark.parametrize("fault", ["county.claimed", "county.sent", "county.sent:5", "county.marked"])
async def test_deliveries(
    database: Database, database_url: str, clock: FakeClock, county: Receiver, fault: str
) -> None:
    async with aiohttp.ClientSession() as session:
        office = Office(database, clock, county, session)
        ids = []
        for n in range(1, 6):
            ids += await office.file(report(n), report(n, version=2, supersedes=1))

    assert await child(database_url, clock, "county", county.url, fault) == -signal.SIGKILL
    clock.advance(minutes=10)
    assert await child(database_url, clock, "county", county.url) == 0

    assert await Delivery.filter(state="acknowledged").using_db(database.reading).count() == len(ids)
    assert sorted(county.reports) == sorted(ids)
    assert county.unsigned == 0
    assert county.changed == []
    assert county.repeats <= 4  # no more than were under way
    for first, second in zip(ids[::2], ids[1::2], strict=True):
        arrived = list(county.reports)
        assert arrived.index(first) < arrived.index(second)
