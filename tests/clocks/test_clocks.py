"""Duties with a time, from the report that starts one to the word that stops it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot import demo, duties
from storage.database import Database
from storage.models import Address, Alert, Clock, Contact, Outgoing, Post
from storage.running import running_of
from tests.support.clock import FakeClock
from tests.support.receiver import Receiver, receiving
from tests.support.town import Somebody, Town, person, wired

COORDINATOR, TOWNSHIP, COUNTY = person("coordinator-1"), person("township-1"), person("county-1")
HOSPITAL, ELSEWHERE = person("institution-1"), person("township-3")
PREGNANT = ("李梅怀孕了，28岁，末次月经5月3号", "就这些", "对")
DIED = ("李梅今天早上在家里去世了", "怀孕期间", "就这些", "对")


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with database.transaction() as tx:
        await Contact.all().using_db(tx).update(locale="zh_CN")
    async with wired(database, clock) as town:
        yield town


async def running(town: Town, **of: Any) -> list[Clock]:
    rows = Clock.filter(state="running", woman_id__isnull=False, **of)
    return await rows.using_db(town.database.reading).order_by("due_at")


async def heard(town: Town, who: Somebody, head: str) -> list[str]:
    return [one.text for one in await town.letters(who, "notice") if one.text.startswith(head)]


async def a_death_at_home(town: Town) -> Clock:
    """Filed; what is owed for it: the township reports it to the county within a day (u)."""
    await town.say(COORDINATOR, *PREGNANT)
    town.clock.advance(minutes=1)
    answer = await town.say(COORDINATOR, *DIED)
    assert "报" in answer[0]
    (report,) = await town.reports(event="maternal_death")
    (clock,) = await running(town, cause=report.report_id)
    assert (clock.owner, clock.due_at - clock.started_at) == ("township", timedelta(hours=24))
    return clock


async def pass_time(town: Town, **by: float) -> None:
    town.clock.advance(**by)
    await town.app.clocks.check()
    await town.app.alerts.check()


# ── starting and stopping ───────────────────────────────────────────────────────────────────────────────


async def test_what_is_filed_here_the_township_has(town: Town) -> None:
    """The village's own duty ends with the report: the township reads the same roster."""
    await a_death_at_home(town)
    own = await Clock.filter(owner="coordinator").using_db(town.database.reading)
    assert {running_of(row).name for row in own} == {"village_fact", "village_death"}
    assert {(row.state, row.ended, row.next_check_at) for row in own} == {("stopped", "acknowledged", None)}


async def test_the_countys_word_stops_it(town: Town) -> None:
    clock = await a_death_at_home(town)
    async with town.database.transaction() as tx:
        await duties.delivered(tx, [f"{clock.cause}.1"], town.clock())
    assert await running(town, cause=clock.cause, owner="township") == []
    following = await running(town, cause=clock.cause)  # what runs from the county's receipt (XF 四(八)3)
    assert {row.owner for row in following} == {"county"}
    assert {row.started_at for row in following} == {town.clock()}
    (stopped,) = await Clock.filter(id=clock.id).using_db(town.database.reading)
    assert (stopped.ended, stopped.stopped_at) == ("acknowledged", town.clock())
    await pass_time(town, days=2)
    assert await heard(town, TOWNSHIP, "【催办】") == []


async def test_a_real_delivery_stops_it(town: Town, clock: FakeClock) -> None:
    """Through the outbox, over HTTP, with a signature."""
    async with receiving(clock=clock) as county:
        await _served_by(town, county)
        assert await running(town, owner="township") == []
        (stopped,) = await Clock.filter(owner="township").using_db(town.database.reading)
        assert stopped.ended == "acknowledged"


async def _served_by(town: Town, county: Receiver) -> None:
    from bot.bootstrap import wire
    from bot.channels.simulated import CHAT, SMS, SimulatedChannel
    from bot.county.deliver import DestinationSettings
    from tests.support.receiver import SECRET

    channels = {traits.name: SimulatedChannel(traits, town.clock) for traits in (CHAT, SMS)}
    destinations = {"county": DestinationSettings(county.url, SECRET)}
    async with wire(
        town.database, channels, destinations=destinations, clock=town.clock, random_bytes=os.urandom
    ) as app:
        served = Town(town.database, town.clock, app)
        await a_death_at_home(served)
        await app.settle()


async def test_a_withdrawn_report_owes_nothing(town: Town) -> None:
    clock = await a_death_at_home(town)
    await town.say(COORDINATOR, "撤回", "1", "报错人了", "对")
    (report,) = [one for one in await town.reports(event="maternal_death") if one.is_latest]
    assert report.withdrawn
    (row,) = await Clock.filter(id=clock.id).using_db(town.database.reading)
    assert (row.state, row.ended) == ("stopped", "void")
    await pass_time(town, days=2)
    assert await heard(town, TOWNSHIP, "【催办】") == []


async def test_a_correction_asks_the_rules_again(town: Town) -> None:
    """Not at home but in the hospital: the hospital owes it, three working days from the event (XF 四(八)2)."""
    clock = await a_death_at_home(town)
    await town.say(COORDINATOR, "更正", "1", "改4", "县人民医院", "对")
    (report,) = [one for one in await town.reports(event="maternal_death") if one.is_latest]
    if report.body.get("place_kind") != "hospital":
        pytest.fail(f"corrected to {report.body}")
    names = {running_of(row).name for row in await running(town, cause=clock.cause)}
    assert "maternal_death_to_county" in names
    assert "death_outside_to_county" not in names


# ── told of ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_its_owner_is_warned_before(town: Town) -> None:
    await a_death_at_home(town)
    await pass_time(town, hours=10)
    assert await heard(town, TOWNSHIP, "【提醒】") == []
    await pass_time(town, hours=2)  # half of its time, and 22:00: after the night
    assert await heard(town, TOWNSHIP, "【提醒】") == []
    await pass_time(town, hours=10)
    (said,) = await heard(town, TOWNSHIP, "【提醒】")
    assert "李*" in said
    assert "11月23日" in said
    assert await heard(town, COUNTY, "【") == []
    await pass_time(town, minutes=30)
    assert len(await heard(town, TOWNSHIP, "【提醒】")) == 1


async def test_it_climbs_from_its_owner_upward_until_somebody_takes_it(town: Town) -> None:
    await a_death_at_home(town)
    await pass_time(town, hours=24)
    for who in (TOWNSHIP, COUNTY):
        assert len(await heard(town, who, "【催办】")) == 1
    for who in (COORDINATOR, ELSEWHERE, HOSPITAL):
        assert await heard(town, who, "【催办】") == []
    (answer,) = await town.say(TOWNSHIP, "收到")
    assert "由您来办" in answer  # a duty: nobody is in danger, and nobody to be called at once
    assert "联系" not in answer
    assert (await town.letters(TOWNSHIP, "reply"))[-1].text == answer
    await pass_time(town, hours=23, minutes=59)
    assert len(await heard(town, COUNTY, "【催办】")) == 1
    (clock,) = await running(town)
    assert clock.owner == "township"  # she sees to it; the county has not got it yet


async def test_taken_and_forgotten_it_is_told_again(town: Town) -> None:
    await a_death_at_home(town)
    await pass_time(town, hours=24)
    for told in (1, 2, 3):
        for who in (TOWNSHIP, COUNTY):
            assert len(await heard(town, who, "【催办】")) == told
        await town.say(TOWNSHIP, "收到")
        await town.say(TOWNSHIP, "收到")
        await pass_time(town, hours=23)
        assert len(await heard(town, COUNTY, "【催办】")) == told
        await pass_time(town, hours=1)
    first, *_, last = await heard(town, COUNTY, "【催办】")
    assert "之前有同事在办" not in first
    assert "之前有同事在办" in last
    (clock,) = await running(town)
    await town.say(TOWNSHIP, "收到")
    async with town.database.transaction() as tx:
        await duties.delivered(tx, [f"{clock.cause}.1"], town.clock())
    await pass_time(town, days=2)
    assert len(await heard(town, COUNTY, "【催办】")) == 4


async def test_each_time_it_was_taken_and_forgotten_one_rung_more_is_told_at_once(town: Town) -> None:
    """A ladder of three: its owner and the one above her first, then the county."""
    clock = await a_death_at_home(town)
    async with town.database.transaction() as tx:
        row = await Clock.get(id=clock.id, using_db=tx)
        due = row.due_at
        steps = [[due.isoformat(), "coordinator"], [due.isoformat(), "township"]]
        steps.append([(due + timedelta(days=5)).isoformat(), "county"])
        row.details = row.details | {"owner": "coordinator", "steps": steps}
        await row.save(using_db=tx, update_fields=["details"])
    await pass_time(town, hours=24)
    assert await heard(town, COUNTY, "【催办】") == []
    await town.say(COORDINATOR, "收到")
    await pass_time(town, hours=24)
    for who, told in ((COORDINATOR, 2), (TOWNSHIP, 2), (COUNTY, 1)):
        assert len(await heard(town, who, "【催办】")) == told


async def test_the_countys_officer_may_say_so(town: Town) -> None:
    await a_death_at_home(town)
    await pass_time(town, hours=24)
    await town.say(COUNTY, "收到")
    assert await running(town) == []


async def test_it_is_called_out_no_more_once_it_is_done(town: Town) -> None:
    clock = await a_death_at_home(town)
    await pass_time(town, hours=24)
    async with town.database.transaction() as tx:
        await duties.delivered(tx, [f"{clock.cause}.1"], town.clock())
    (alert,) = await Alert.filter(kind="clock").using_db(town.database.reading)
    assert alert.acknowledged_at is not None
    waiting = Outgoing.filter(contact_id=COUNTY.contact_id, state="queued", kind="notice")
    texts = [row.payload["text"] for row in await waiting.using_db(town.database.reading)]
    assert not [text for text in texts if text.startswith("【催办】")]
    await pass_time(town, days=3)
    assert len(await heard(town, COUNTY, "【催办】")) == 1


async def test_nobody_is_woken(town: Town) -> None:
    town.clock.advance(hours=11, minutes=59)  # 22:00 when it is filed
    await a_death_at_home(town)
    await pass_time(town, hours=24)
    assert await heard(town, TOWNSHIP, "【催办】") == []
    await pass_time(town, hours=9, minutes=59)
    assert await heard(town, TOWNSHIP, "【催办】") == []
    await pass_time(town, minutes=1)
    assert len(await heard(town, TOWNSHIP, "【催办】")) == 1


async def test_after_three_days_off_it_is_told_once(town: Town) -> None:
    await a_death_at_home(town)
    await pass_time(town, days=3)
    assert len(await heard(town, TOWNSHIP, "【催办】")) == 1
    assert await heard(town, TOWNSHIP, "【提醒】") == []


async def test_an_empty_office_is_passed_over(town: Town) -> None:
    await a_death_at_home(town)
    async with town.database.transaction() as tx:
        await Post.filter(role="township").using_db(tx).update(state="revoked")
    await pass_time(town, hours=24)
    assert len(await heard(town, COUNTY, "【催办】")) == 1


async def test_two_processes_tell_it_once(town: Town) -> None:
    import asyncio

    await a_death_at_home(town)
    town.clock.advance(hours=24)
    await asyncio.gather(*(town.app.clocks.check() for _ in range(4)))
    assert len(await heard(town, TOWNSHIP, "【催办】")) == 1


# ── colours ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_no_letter_tells_a_colour_where_it_may_not(town: Town, database: Database) -> None:
    """A red grade by a hospital: named to the county on a chat, not by SMS."""
    async with database.transaction() as tx:
        row = await Address.filter(contact_id=HOSPITAL.contact_id).using_db(tx).first()
        assert row is not None
    await town.say(COORDINATOR, *PREGNANT)
    town.clock.advance(minutes=1)
    answer = await town.say(HOSPITAL, "李梅评估红色，11月21号，县妇幼保健院", "杨梅坑村", "就这些", "对")
    rows = await running(town)
    if not any(running_of(row).name == "red_to_county" for row in rows):
        pytest.fail(f"no clock of a red grade: {answer}, {[running_of(row).name for row in rows]}")
    for hours in (12, 12, 24, 24):
        await pass_time(town, hours=hours)
    for who in (COORDINATOR, TOWNSHIP, HOSPITAL, COUNTY):
        for text in await heard(town, who, "【提醒】"):
            assert "红" not in text
    for text in await heard(town, COORDINATOR, "【催办】"):
        assert "红" not in text
