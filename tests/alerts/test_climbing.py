"""Nobody answers: after ten minutes the county is told, then everybody every ten minutes; restarts, outages and several
processes change nothing of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.alerts import Alerts
from bot.looking import SHORTEST
from storage.models import Alert, AlertTold, Outgoing, Post
from tests.support.town import OpenTowns, Town, wired
from tests.support.watch import COLLEAGUE, COORDINATOR, COUNTY, NEIGHBOUR, TOWNSHIP, Watch


async def test_ten_minutes_then_the_county(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    assert await watch.minutes(9) == 0
    assert await watch.alarms(COUNTY) == []
    assert await watch.minutes(1) == 1
    (letter,) = await watch.alarms(COUNTY)
    assert "已经10分钟了，还没有人接手" in letter.text
    assert len(await watch.alarms(TOWNSHIP)) == 1


async def test_then_everybody_every_ten_minutes_until_somebody_takes_it(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    assert await watch.minutes(60) == 6
    assert len(await watch.alarms(COUNTY)) == 6
    assert len(await watch.alarms(TOWNSHIP)) == 6  # not at the tenth minute, when the county was
    assert len(await watch.alarms(COLLEAGUE)) == 6
    rows = await AlertTold.all().using_db(town.database.reading)
    assert {row.contact_id: row.times for row in rows} == {
        TOWNSHIP.contact_id: 6, COLLEAGUE.contact_id: 6, COUNTY.contact_id: 6,
    }  # fmt: skip
    await watch.press(COUNTY, "ack")
    assert await watch.minutes(60) == 0


async def test_who_comes_to_the_office_later_is_told_in_the_next_round(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    newcomer = await town.hire("new", "xf-gupo", "township")
    async with town.database.transaction() as tx:
        await Post.filter(id="post-township-2").using_db(tx).update(state="revoked")
    await watch.minutes(10)
    assert len(await watch.alarms(newcomer)) == 1
    assert len(await watch.alarms(COLLEAGUE)) == 1  # the first one only


async def test_after_an_outage_one_round_to_everybody(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    await watch.minutes(5)
    town.clock.advance(hours=2)
    assert await town.app.alerts.check() == 1
    assert await town.app.alerts.check() == 0
    await town.app.outbox.drain()
    for who, times in ((TOWNSHIP, 2), (COLLEAGUE, 2), (COUNTY, 1)):
        assert len(await watch.alarms(who)) == times
    assert await watch.minutes(10) == 1


async def test_restarted_at_every_minute(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    for _ in range(30):
        town.clock.advance(minutes=1)
        async with wired(town.database, town.clock) as again:
            await again.app.alerts.check()
            await again.app.outbox.drain()
    assert len(await watch.alarms(COUNTY)) == 3
    async with wired(town.database, town.clock) as again:
        await Watch(again).press(COUNTY, "met")
    assert await watch.minutes(30) == 0


async def test_several_processes_tell_each_round_once(
    town: Town, watch: Watch, open_towns: OpenTowns
) -> None:
    others = await open_towns(3)
    await town.together((COORDINATOR, "李梅流血了"), (NEIGHBOUR, "张三抽搐了"))
    for _ in range(4):
        town.clock.advance(minutes=10)
        told = await asyncio.gather(*(one.app.alerts.check() for one in (town, *others)))
        assert sum(told) == 2
    rows = await AlertTold.filter(contact_id=COUNTY.contact_id).using_db(town.database.reading)
    assert [row.times for row in rows] == [4, 4]


async def test_a_channel_that_is_down_does_not_pile_them_up(town: Town, watch: Watch) -> None:
    """What still waits to be sent is overtaken by the next round: she gets one message, not twelve."""
    await town.say(COORDINATOR, "李梅流血了")
    for _ in range(12):
        town.clock.advance(minutes=10)
        await town.app.alerts.check()
    waiting = Outgoing.filter(contact_id=TOWNSHIP.contact_id, state="queued", kind="danger")
    assert await waiting.using_db(town.database.reading).count() == 1


async def test_the_worker_sleeps_until_it_is_time(town: Town, watch: Watch) -> None:
    rounds = asyncio.Event()
    worker = Alerts(town.database, town.app.alerts._writer, town.clock, rounds.set)
    await town.say(COORDINATOR, "李梅流血了")
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    try:
        town.clock.advance(minutes=10)
        worker.wake()
        async with asyncio.timeout(10):
            await rounds.wait()
    finally:
        stop.set()
        worker.wake()
        await running
    assert len(await watch.alarms(COUNTY)) == 1


async def test_it_is_looked_at_in_time(town: Town) -> None:
    looking = town.app.alerts
    assert await looking.until_next() == timedelta(seconds=30)
    await town.say(COORDINATOR, "李梅流血了")
    town.clock.advance(minutes=9, seconds=52)
    assert await looking.until_next() == timedelta(seconds=8)
    town.clock.advance(minutes=1)
    assert await looking.until_next() == SHORTEST


async def test_one_that_cannot_be_told_on_does_not_hold_up_the_others(
    town: Town, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.together((COORDINATOR, "李梅流血了"), (NEIGHBOUR, "张三抽搐了"))
    first = (await watch.alerts())[0]
    real = town.app.alerts._writer.escalation.climb

    async def broken(tx: object, alert: Alert, *more: object) -> list[Outgoing]:
        if alert.id == first.id:
            raise RuntimeError("no")
        return await real(tx, alert, *more)  # type: ignore[arg-type]

    town.clock.advance(minutes=10)
    with monkeypatch.context() as while_broken:
        while_broken.setattr(town.app.alerts._writer.escalation, "climb", broken)
        with pytest.raises(RuntimeError):
            await town.app.alerts.check()
    assert len(await watch.alarms(COUNTY)) == 1
    assert await town.app.alerts.check() == 1
    assert len(await watch.alarms(COUNTY)) == 2
