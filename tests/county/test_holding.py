"""What waits for the township's word before the county gets it (design.md, Reports): never long, and never in the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot import demo
from bot.outbox import listing
from conversations.local_time import LOCAL
from storage.database import Database
from storage.models import Delivery
from tests.support.clock import FakeClock
from tests.support.town import Town, person, wired

COORDINATOR, TOWNSHIP, HOSPITAL = person("coordinator-1"), person("township-1"), person("institution-1")
PREGNANT = ("李梅怀孕了，28岁，末次月经5月3号", "就这些", "对")
BOOKED = ("李梅今天建册了，县妇幼保健院", "就这些", "对")


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with wired(database, clock) as town:
        yield town


async def going(town: Town) -> list[tuple[str, str, timedelta]]:
    """What lies ready, in order: event, version, how long it waits."""
    rows = await Delivery.all().using_db(town.database.reading).order_by("seq")
    return [(row.event, row.id.rpartition(".")[2], row.due_at - town.clock()) for row in rows]


NOW = timedelta(0)


async def test_a_pregnancy_waits_until_the_third_day_ends(town: Town) -> None:
    await town.say(COORDINATOR, *PREGNANT)
    (row,) = await Delivery.all().using_db(town.database.reading)
    assert row.due_at.astimezone(LOCAL).isoformat() == "2026-11-26T00:00:00+08:00"
    assert row.state == "queued"


async def test_verified_all_its_versions_go_at_once_in_order(town: Town) -> None:
    await town.say(COORDINATOR, *PREGNANT)
    town.clock.advance(minutes=5)
    await town.say(COORDINATOR, "更正", "年龄改成29", "对")
    assert all(wait > timedelta(days=3) for *_, wait in await going(town))
    await town.say(TOWNSHIP, "核实", "属实")
    assert await going(town) == [(event, version, NOW) for event, version in
        (("pregnancy", "1"), ("pregnancy", "2"), ("pregnancy", "3"))]  # fmt: skip


async def test_returned_it_goes_on_waiting_and_no_longer_than_before(town: Town) -> None:
    await town.say(COORDINATOR, *PREGNANT)
    ((_, _, wait),) = await going(town)
    town.clock.advance(hours=4)
    await town.say(TOWNSHIP, "核实", "退回", "日期请再核对", "对")
    assert [one for *_, one in await going(town)] == [wait - timedelta(hours=4)] * 2


async def test_taken_back_the_county_hears_of_both(town: Town) -> None:
    await town.say(COORDINATOR, *PREGNANT)
    town.clock.advance(minutes=5)
    await town.say(COORDINATOR, "撤回", "报错人了", "对")
    assert [wait for *_, wait in await going(town)] == [NOW, NOW]


async def test_corrected_after_it_went_out_it_does_not_wait_again(town: Town) -> None:
    await town.say(COORDINATOR, *PREGNANT)
    town.clock.advance(days=4)
    async with town.database.transaction() as tx:
        await Delivery.all().using_db(tx).update(state="acknowledged", error=None)
    await town.say(COORDINATOR, "更正", "年龄改成29", "对")
    assert (await going(town))[-1] == ("pregnancy", "2", NOW)


@pytest.mark.parametrize(
    ("who", "said", "event"),
    [
        (COORDINATOR, ("李梅今天早上在家里去世了", "怀孕期间", "就这些", "对"), "maternal_death"),
        (COORDINATOR, ("李梅今天流产了", "就这些", "对"), "pregnancy_loss"),
        (HOSPITAL, ("杨梅坑村李梅评估红色，11月21号，县妇幼保健院", "就这些", "对"), "risk_grade"),
    ],
)
async def test_what_must_not_wait_takes_along_what_waits(
    town: Town, who: object, said: tuple[str, ...], event: str
) -> None:
    await town.say(COORDINATOR, *PREGNANT)
    town.clock.advance(minutes=5)
    await town.say(who, *said)  # type: ignore[arg-type]
    assert await going(town) == [("pregnancy", "1", NOW), (event, "1", NOW)]


async def test_what_can_wait_waits_behind_it(town: Town) -> None:
    """Versions about one pregnancy arrive in order."""
    await town.say(COORDINATOR, *PREGNANT)
    town.clock.advance(minutes=5)
    await town.say(COORDINATOR, *BOOKED)
    (_, _, wait), booked = await going(town)
    assert wait > timedelta(days=3)
    assert booked == ("booking", "1", NOW)


async def test_a_girl_under_14_never_waits(town: Town) -> None:
    await town.say(COORDINATOR, "李梅怀孕了，13岁，末次月经5月3号", "就这些", "对")
    ((_, _, wait),) = await going(town)
    assert wait == NOW


async def test_what_an_officer_files_does_not_wait(town: Town) -> None:
    await town.say(TOWNSHIP, "杨梅坑村李梅怀孕了，28岁，末次月经5月3号", "就这些", "对")
    ((_, _, wait),) = await going(town)
    assert wait == NOW


async def test_resuming_a_paused_county_does_not_let_it_go(town: Town) -> None:
    await town.say(COORDINATOR, *PREGNANT)
    async with town.database.transaction() as tx:
        await listing.resume(tx, "county", town.clock())
    ((_, _, wait),) = await going(town)
    assert wait > timedelta(days=3)
