"""Duties that come round: owed every period, or only where something happened in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import pytest

from bot import demo
from conversations.care.clocks import Told, periodic
from conversations.care.programme import programme
from conversations.local_time import LOCAL
from storage.database import Database
from storage.models import Clock, Contact, Post
from storage.running import running_of
from tests.support.clock import FakeClock
from tests.support.town import Somebody, Town, person, wired

COORDINATOR, COUNTY, HOSPITAL = person("coordinator-1"), person("county-1"), person("institution-1")
PREGNANT = ("李梅怀孕了，28岁，末次月经5月3号", "就这些", "对")
DIED = ("李梅今天早上在家里去世了", "怀孕期间", "就这些", "对")


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with database.transaction() as tx:
        await Contact.all().using_db(tx).update(locale="zh_CN")
    async with wired(database, clock) as town:
        yield town


async def heard(town: Town, who: Somebody, head: str, of: str = "") -> list[str]:
    letters = [one.text for one in await town.letters(who, "notice") if one.text.startswith(head)]
    return [text for text in letters if of in text]


async def pass_days(town: Town, days: int) -> None:
    for _ in range(days):
        town.clock.advance(days=1)
        await town.app.clocks.check()
        await town.app.alerts.check()


async def running(town: Town, name: str) -> list[Clock]:
    rows = await Clock.filter(woman_id__isnull=True, place_id="xf").using_db(town.database.reading)
    return sorted((row for row in rows if running_of(row).name == name), key=lambda row: row.due_at)


async def a_death(town: Town) -> None:
    await town.say(COORDINATOR, *PREGNANT)
    town.clock.advance(minutes=1)
    await town.say(COORDINATOR, *DIED)
    assert await town.reports(event="maternal_death")


# ── whether it is owed ──────────────────────────────────────────────────────────────────────────────────


async def test_it_is_started_for_its_office_once(town: Town) -> None:
    await a_death(town)
    for _ in range(2):
        await pass_days(town, 1)
    (entry,) = await running(town, "national_entry")
    assert entry.due_at == datetime(2026, 12, 11, tzinfo=LOCAL)  # the end of the 10th
    count = await Clock.filter(woman_id__isnull=True).using_db(town.database.reading).count()
    town.app.clocks._started_on = None
    await town.app.clocks.check()
    assert await Clock.filter(woman_id__isnull=True).using_db(town.database.reading).count() == count
    await pass_days(town, 16)  # past 8 December, three days before (u)
    (said,) = await heard(town, COUNTY, "【提醒】", "年报系统")
    assert "孕产妇" not in said


async def test_where_nobody_died_no_entry_is_asked_for(town: Town) -> None:
    await town.app.clocks.check()
    await pass_days(town, 60)
    assert await running(town, "national_entry") == []
    assert await running(town, "bulletin") != []  # that is owed whatever happened
    assert [text for who in (COUNTY, HOSPITAL) for text in await heard(town, who, "【", "年报系统")] == []


async def test_what_was_taken_back_is_owed_no_more(town: Town) -> None:
    await a_death(town)
    await pass_days(town, 1)
    assert [row.state for row in await running(town, "national_entry")] == ["running"]
    await town.say(COORDINATOR, "撤回", "1", "报错人了", "对")
    await pass_days(town, 1)
    assert [(row.state, row.ended) for row in await running(town, "national_entry")] == [("stopped", "void")]
    await pass_days(town, 30)
    assert await heard(town, COUNTY, "【", "年报系统") == []


def due_of(told: Told, name: str = "national_entry", county: str = "xinfeng") -> list[str]:
    found = periodic(programme(county), date(2026, 1, 1), date(2026, 12, 31), [told])
    return [f"{one.due - timedelta(seconds=1):%m-%d}" for one in found if one.name == name]


@pytest.mark.parametrize(
    ("event", "day", "recorded", "due"),
    [
        ("maternal_death", "2026-03-05", "2026-03-05", ["04-10"]),
        ("child_death", "2026-03-31", "2026-04-02", ["04-10"]),
        ("maternal_death", "2026-03-31", "2026-04-09", ["05-10"]),  # too late to be warned of it
        ("maternal_death", "2026-01-05", "2026-06-09", ["07-10"]),  # known months later, and not lost
        ("maternal_death", None, "2026-03-05", ["04-10"]),
        ("birth", "2026-03-05", "2026-03-05", []),
    ],
)
def test_it_belongs_to_the_period_it_happened_in(
    event: str, day: str | None, recorded: str, due: list[str]
) -> None:
    at = datetime.fromisoformat(f"{recorded} 15:00").replace(tzinfo=LOCAL)
    assert due_of(Told(event, date.fromisoformat(day) if day else None, at)) == due


@pytest.mark.parametrize(
    ("county", "name", "due"),
    [
        ("kaifeng", "national_entry", ["04-10"]),  # KF 二(四)1: 孕产妇死亡个案月报
        ("kaifeng", "data_check", ["03-31"]),
        ("rencheng", "national_entry", ["04-10"]),  # RC 四(一)
        ("rencheng", "death_review", ["03-31"]),
    ],
)
def test_of_a_womans_death_alone(county: str, name: str, due: list[str]) -> None:
    at = datetime(2026, 3, 5, 15, tzinfo=LOCAL)
    assert due_of(Told("maternal_death", at.date(), at), name, county) == due
    assert due_of(Told("child_death", at.date(), at), name, county) == []


async def test_an_office_nobody_holds_owes_nothing_that_comes_round(town: Town) -> None:
    await a_death(town)
    await pass_days(town, 1)
    places = Clock.filter(woman_id__isnull=True).using_db(town.database.reading)
    owing = {str(place) for place in await places.values_list("place_id", flat=True)}
    assert owing
    held = Post.filter(state="active").using_db(town.database.reading)
    assert owing <= {str(place) for place in await held.values_list("place_id", flat=True)}


async def test_it_is_called_out_weekly_at_most(town: Town) -> None:
    await a_death(town)
    await pass_days(town, 60)
    assert 1 <= len(await heard(town, COUNTY, "【催办】", "年报系统")) <= 10
