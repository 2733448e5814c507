"""Words go when their time is over, what was reported stays, and nothing waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot import demo
from bot.privacy import retention
from bot.privacy.retention import Retention
from storage.database import Database
from storage.models import Alert, CareAct, Contact, Delivery, Inbound, Outgoing, Report, Session
from tests.support.clock import FakeClock
from tests.support.plainly import where_said
from tests.support.registrar import Registrar
from tests.support.town import Town, person, wired
from tests.support.waiting import until

KEEP = timedelta(days=183)
WORDS = "夜里总是头痛得厉害"


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with database.transaction() as tx:
        await Contact.all().using_db(tx).update(locale="zh_CN")
    async with wired(database, clock) as town:
        yield town


async def states(database: Database) -> list[tuple[Any, ...]]:
    """Everything about messages but their words."""
    db = database.reading
    return [
        *await Inbound.all().using_db(db).order_by("id").values_list("id", "state", "received_at"),
        *await Outgoing.all()
        .using_db(db)
        .order_by("id")
        .values_list("id", "state", "attempts", "updated_at"),
        *await Delivery.all()
        .using_db(db)
        .order_by("id")
        .values_list("id", "state", "attempts", "updated_at"),
    ]


async def test_words_go_and_reports_stay(town: Town) -> None:
    database, clock, clerk = town.database, town.clock, Registrar(town)
    who = person("coordinator-1")
    await clerk.found()
    await town.say(who, f"李梅{WORDS}")
    await town.say(who, "李梅大出血了")
    await town.app.settle()
    async with database.transaction() as tx:
        await Outgoing.filter(state="queued").using_db(tx).update(state="sent")
        await Delivery.all().using_db(tx).update(state="acknowledged")
    reports = [(row.id, row.body, row.event_time) for row in await town.reports()]
    assert reports
    acts = await CareAct.all().using_db(database.reading).count()
    looker = Retention(database, KEEP, clock)
    clock.advance(days=182, hours=23)
    assert await looker.check() == 0
    said = await where_said(database, WORDS, "大出血")
    assert {one.partition(".")[0] for one in said} >= {"inbound", "outgoing", "alert"}
    before = await states(database)
    clock.advance(hours=2)
    await town.say(person("coordinator-3"), "帮助")  # what is new keeps its words
    newest = len(await where_said(database, "帮助"))
    assert newest
    assert await looker.check() > 5
    assert await where_said(database, WORDS, "大出血") == []
    assert len(await where_said(database, "帮助")) == newest
    assert set(before) <= set(await states(database))
    assert [(row.id, row.body, row.event_time) for row in await town.reports()] == reports
    assert await CareAct.all().using_db(database.reading).count() == acts
    assert await looker.check() == 0  # once is enough
    alert = await Alert.all().using_db(database.reading).first()
    assert alert is not None
    assert alert.details["signs"]
    # a conversation begun half a year ago begins anew, politely
    assert await town.say(who, "李梅今天去产检了")


async def test_what_is_not_finished_keeps_its_words(town: Town) -> None:
    database, clock, clerk = town.database, town.clock, Registrar(town)
    await clerk.found()
    clock.advance(minutes=1)
    await clerk.found("张桂花", phone="19900000102")
    async with database.transaction() as tx:
        first, second = await Delivery.all().using_db(tx).order_by("seq")
        await Delivery.filter(id=first.id).using_db(tx).update(state="dead")
        await Delivery.filter(id=second.id).using_db(tx).update(state="acknowledged")
    looker = Retention(database, KEEP, clock)
    clock.advance(days=400)
    await looker.check()
    rows = {row.id: row.payload for row in await Delivery.all().using_db(database.reading)}
    assert ("李梅" in rows[first.id], rows[second.id]) == (True, "")
    async with database.transaction() as tx:  # put back by hand, and taken by the county at last
        await Delivery.filter(id=first.id).using_db(tx).update(state="acknowledged")
    await looker.check()
    assert {row.payload for row in await Delivery.all().using_db(database.reading)} == {""}


async def test_in_small_pieces(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 3)
    monkeypatch.setattr(retention, "BETWEEN", 0)
    for number in range(4):
        await town.together(*((person(f"coordinator-{n}"), f"{WORDS}{number}") for n in (1, 2, 3)))
    town.clock.advance(days=200)
    async with town.database.transaction() as tx:
        await Outgoing.all().using_db(tx).update(state="sent")
    await Retention(town.database, KEEP, town.clock).check()
    assert await where_said(town.database, WORDS) == []
    assert await Inbound.all().using_db(town.database.reading).count() == 12


async def test_beside_the_service_until_it_stops(town: Town) -> None:
    await town.say(person("coordinator-1"), WORDS)
    town.clock.advance(days=200)
    async with town.database.transaction() as tx:
        await Outgoing.all().using_db(tx).update(state="sent")
    stop = asyncio.Event()
    running = asyncio.create_task(Retention(town.database, KEEP, town.clock).run(stop))

    async def gone() -> bool:
        return not await where_said(town.database, WORDS)

    await until(gone)
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_a_failure_is_not_the_end(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(retention, "AFTER_FAILURE", timedelta(seconds=0.01))
    looker, stop, times = Retention(town.database, KEEP, town.clock), asyncio.Event(), []

    async def fails(stop: asyncio.Event | None = None) -> int:
        times.append(1)
        if len(times) < 3:
            raise RuntimeError(WORDS)
        assert stop is not None
        stop.set()
        return 0

    monkeypatch.setattr(looker, "check", fails)
    await asyncio.wait_for(looker.run(stop), 5)
    assert len(times) == 3
    assert WORDS not in capsys.readouterr().out


async def test_sessions_that_are_in_use_stay(town: Town) -> None:
    who, other = person("coordinator-1"), person("coordinator-3")
    await town.say(other, "张桂花怀孕了")
    town.clock.advance(days=190)
    await town.say(who, "李梅怀孕了")
    await Retention(town.database, KEEP, town.clock).check()
    sessions = {row.contact_id: row.data for row in await Session.all().using_db(town.database.reading)}
    assert sessions[who.contact_id]["talk"]
    assert sessions[other.contact_id] == {}
    assert await town.say(other, "帮助")


async def test_reports_are_never_looked_at(town: Town) -> None:
    await Registrar(town).found()
    before = [row.body for row in await Report.all().using_db(town.database.reading)]
    town.clock.advance(days=4000)
    await Retention(town.database, KEEP, town.clock).check()
    assert [row.body for row in await Report.all().using_db(town.database.reading)] == before
