"""A duty that asks for a telephone call as well (YZ 第十九条): one word that it was made, and nobody is called out for it
again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import demo, duties
from bot.channels.simulated import SMS
from conversations.flows.alerts import Caller, Seen, Story, is_taking
from conversations.flows.overdue import CALL, CLOCK, overdue_text
from conversations.text import ROOM_OF_TWO, chinese, shortened
from storage.database import Database
from storage.models import Alert, Clock, Contact, Place
from storage.running import running_of
from tests.support.clock import FakeClock
from tests.support.town import Somebody, Town, person, wired

COORDINATOR, COUNTY = person("coordinator-1"), person("county-1")
HOSPITAL, TOWNSHIP = person("institution-1"), person("township-1")
PREGNANT = ("李梅怀孕了，28岁，末次月经5月3号", "就这些", "对")
DIED = ("李梅今天早上在县人民医院去世了", "杨梅坑村", "产后或流产后", "就这些", "对")


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with database.transaction() as tx:
        await Contact.all().using_db(tx).update(locale="zh_CN")
        await Place.filter(id=demo.COUNTY_ID).using_db(tx).update(programme="yuzhong")
    async with wired(database, clock) as town:
        yield town


async def pass_time(town: Town, **by: float) -> None:
    town.clock.advance(**by)
    await town.app.clocks.check()
    await town.app.alerts.check()


async def urged(town: Town, who: Somebody) -> list[str]:
    return [one.text for one in await town.letters(who, "notice") if one.text.startswith("【催办】")]


async def the_clock(town: Town) -> Clock:
    rows = await Clock.filter(woman_id__isnull=False).using_db(town.database.reading)
    (clock,) = [row for row in rows if running_of(row).name == "maternal_death_to_county"]
    return clock


async def a_death_in_hospital(town: Town, *, reported: bool = True) -> Clock:
    """Told by the hospital, the county's system has the card, and nobody has said a word of the call; it is overdue."""
    await town.say(COORDINATOR, *PREGNANT)
    town.clock.advance(minutes=1)
    await town.say(HOSPITAL, *DIED)
    clock = await the_clock(town)
    assert "phone_call" in clock.details["stops"]
    if reported:
        async with town.database.transaction() as tx:
            await duties.delivered(tx, [f"{clock.cause}.1"], town.clock())
    await pass_time(town, hours=25)
    assert (await the_clock(town)).state == "running"
    return clock


async def press(town: Town, who: Somebody, label: str) -> list[str]:
    """The button of the newest letter that has it; what is answered."""
    letters = await town.letters(who)
    (value,) = [
        value
        for letter in [
            one for one in letters if any(label in text for row in one.buttons for text, _ in row)
        ][-1:]
        for row in letter.buttons
        for text, value in row
        if label in text
    ]
    assert await town.submit(town.inbound(who, "", kind="button", button=value)) == [None]
    return [letter.text for letter in (await town.letters(who))[len(letters) :]]


def call_of(clock: Clock) -> dict[str, Any]:
    (told,) = [act for act in clock.details["acts"] if act["kind"] == "phone_call"]
    return dict(told)


async def test_one_tap_says_that_the_call_was_made_and_ends_the_daily_calling(town: Town) -> None:
    await a_death_in_hospital(town)
    for who in (HOSPITAL, COUNTY):
        (said,) = await urged(town, who)
        assert "电话已报" in said
    (answer,) = await press(town, HOSPITAL, "电话已报")
    assert "电话" in answer
    assert "区妇幼保健院" in answer
    clock = await the_clock(town)
    assert (clock.state, clock.ended) == ("stopped", "acknowledged")
    told = call_of(clock)
    staff = person("institution-1").contact_id
    assert (told["by"], told["contact"], told["to"]) == ("institution", staff, "county")
    assert told["at"] == town.clock().isoformat()
    before = len(await urged(town, HOSPITAL)), len(await urged(town, COUNTY))
    for _ in range(10):
        await pass_time(town, days=1)
    assert (len(await urged(town, HOSPITAL)), len(await urged(town, COUNTY))) == before


async def test_the_county_says_that_she_was_called(town: Town) -> None:
    await a_death_in_hospital(town, reported=False)
    await press(town, COUNTY, "电话已报")
    clock = await the_clock(town)
    assert clock.state == "stopped"  # her own word: she was called, and has it
    assert call_of(clock)["by"] == "county"


async def test_a_call_is_no_card(town: Town) -> None:
    """YZ 第十九条 asks for both: without the county's word it is asked for again, but not for the call."""
    await a_death_in_hospital(town, reported=False)
    await press(town, HOSPITAL, "电话已报")
    assert (await the_clock(town)).state == "running"
    for _ in range(3):
        await pass_time(town, days=1)
    last = (await urged(town, HOSPITAL))[-1]
    assert "电话已报" not in last
    async with town.database.transaction() as tx:
        await duties.delivered(tx, [f"{(await the_clock(town)).cause}.1"], town.clock())
    assert (await the_clock(town)).state == "stopped"


async def test_whoever_took_it_can_still_say_so_and_so_can_a_colleague(town: Town) -> None:
    await a_death_in_hospital(town)
    await town.say(COUNTY, "收到")
    assert (await the_clock(town)).state == "running"  # nobody has said a word of the call
    (answer,) = await press(town, HOSPITAL, "电话已报")
    assert "接手" not in answer
    assert (await the_clock(town)).state == "stopped"


@pytest.mark.parametrize(
    "words", ["电话已报", "电话已经报了", "电话报过了", "已电话报告", "打过电话了", "电话已报1"]
)
async def test_it_can_be_said(town: Town, words: str) -> None:
    assert is_taking(words)
    await a_death_in_hospital(town)
    await town.say(HOSPITAL, words)
    assert (await the_clock(town)).state == "stopped"


def test_by_sms_it_is_told_how(clock: FakeClock) -> None:
    """No buttons there: the words are in the letter, in no more than two parts."""
    nobody = Caller("", "", "clock")
    her = Caller("李梅", "", "woman")
    story = Story(CLOCK, (f"{CALL}county",), clock(), ("孕产妇死亡报区妇幼保健院",), nobody, (her,), ())
    for number, several in ((1, False), (2, True)):
        seen = Seen(SMS, "古陂镇杨梅坑村", number, several, clock())
        said = chinese(shortened(overdue_text(story, seen, 0), clock().date()))
        assert f"电话已报{number if several else ''}”" in said
        assert len(said) <= ROOM_OF_TWO
    done = replace(story, signs=())
    assert "电话" not in chinese(overdue_text(done, Seen(SMS, "", 1, False, clock()), 0))


async def test_said_in_the_list_of_duties_it_is_kept_too(town: Town) -> None:
    await a_death_in_hospital(town)
    (listed,) = await town.say(COUNTY, "催办")
    assert "有1件" in listed
    await town.say(COUNTY, "1", "电话报过了")
    clock = await the_clock(town)
    assert clock.state == "stopped"
    assert call_of(clock)["contact"] == COUNTY.contact_id
    (alert,) = await Alert.filter(kind="clock", woman_id__isnull=False).using_db(town.database.reading)
    assert alert.acknowledged_at is not None


async def test_where_nothing_asks_for_a_call_nothing_offers_it(town: Town) -> None:
    async with town.database.transaction() as tx:
        row = await Place.get(id=demo.COUNTY_ID, using_db=tx)
    assert row.programme == "yuzhong"
    await town.say(COORDINATOR, *PREGNANT)
    town.clock.advance(minutes=1)
    await town.say(COORDINATOR, "李梅今天早上在家里去世了", "怀孕期间", "就这些", "对")
    await pass_time(town, hours=25)
    said = await urged(town, TOWNSHIP)
    assert said
    assert all("电话已报" not in text for text in said)
    (answer,) = await town.say(TOWNSHIP, "电话已报")
    rows = await Clock.filter(state="running", woman_id__isnull=False).using_db(town.database.reading)
    assert rows
    assert not [act for row in rows for act in row.details["acts"] if act["kind"] == "phone_call"]
    assert answer


async def test_who_was_not_told_cannot_say_so(town: Town) -> None:
    clock = await a_death_in_hospital(town)
    other = person("township-3")
    await town.say(other, "电话已报")
    assert (await the_clock(town)).state == "running"
    assert clock.due_at + timedelta(days=1) > town.clock()
