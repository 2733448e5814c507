"""Killed while an alarm goes out: it is sent again, and the escalation goes on after the restart."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from storage.models import Outgoing
from tests.support.forked import start_forked
from tests.support.town import Town
from tests.support.watch import COLLEAGUE, COORDINATOR, COUNTY, TOWNSHIP, Watch

ROOT = Path(__file__).parents[2]


async def child(url: str, town: Town, taken: Path, fault: str = "") -> int:
    """A process that sends what is due, and is killed at that point, if one is named."""
    process = await start_forked(
        *("tests.support.crash_child", url, town.clock().isoformat(), "outbox", str(taken)),
        cwd=ROOT,
        env={**os.environ, "YUNGUAN_FAULT": fault},
        stdout=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


@pytest.mark.kernel_fault
@pytest.mark.parametrize("fault", ["outbox.claimed", "outbox.accepted", "outbox.accepted:3", "outbox.marked"])
async def test_an_alarm_in_doubt_is_sent_again(
    town: Town, watch: Watch, database_url: str, tmp_path: Path, fault: str
) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    rows = Outgoing.filter(kind="danger").using_db(town.database.reading)
    alarms = {row.id: row.contact_id for row in await rows}
    assert {TOWNSHIP.contact_id, COLLEAGUE.contact_id} <= set(alarms.values())
    taken = tmp_path / "provider"
    taken.touch()
    assert await child(database_url, town, taken, fault) == -signal.SIGKILL
    town.clock.advance(minutes=5)
    assert await child(database_url, town, taken) == 0
    times = Counter(taken.read_text().split())
    assert all(times[alarm] in (1, 2) for alarm in alarms)
    if fault.startswith("outbox.accepted"):
        assert 2 in times.values()
    town.clock.advance(minutes=5)
    assert await town.app.alerts.check() == 1
    assert len(await watch.alarms(COUNTY)) == 1
