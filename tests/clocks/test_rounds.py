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
from storage.models import Audit, Clock, Contact, Post
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


# ── done ────────────────────────────────────────────────────────────────────────────────────────────────


async def overdue(town: Town, days: int = 20) -> None:
    """The entry of November, due on 10 December, is overdue."""
    await a_death(town)
    await pass_days(town, days)
    assert await heard(town, COUNTY, "【催办】", "年报系统")


async def press(town: Town, who: Somebody, label: str, of: str = "") -> str:
    letters = await town.letters(who)
    shown = [row for one in letters if of in one.text for row in one.buttons]
    value = [value for row in shown for text, value in row if text.startswith(label)][-1]
    assert await town.submit(town.inbound(who, "", kind="button", button=value)) == [None]
    return (await town.letters(who))[len(letters) :][0].text


async def done_by(town: Town) -> list[tuple[str, str]]:
    (row,) = [row for row in await running(town, "national_entry") if row.state == "stopped"]
    assert row.ended == "done"
    assert row.stopped_at == town.clock()
    return [(act["kind"], act["contact"]) for act in row.details["acts"]]


async def test_it_speaks_of_the_duty_and_of_no_woman(town: Town) -> None:
    await overdue(town)
    (said,) = await heard(town, COUNTY, "【催办】", "年报系统")
    assert "孕产妇" not in said
    labels = [
        text
        for one in await town.letters(COUNTY, "notice")
        if one.text == said
        for row in one.buttons
        for text, _ in row
    ]
    assert labels == ["我来处理", "办好了"]


async def test_one_tap_says_that_it_is_done(town: Town) -> None:
    await overdue(town)
    assert "年报系统" in await press(town, COUNTY, "办好了")
    assert await done_by(town) == [("done", COUNTY.contact_id)]
    noted = await Audit.filter(action="clock.done", actor=COUNTY.contact_id).using_db(town.database.reading)
    assert len(noted) == 1
    before = len(await heard(town, COUNTY, "【催办】", "年报系统"))
    await pass_days(town, 15)
    assert len(await heard(town, COUNTY, "【催办】", "年报系统")) == before


@pytest.mark.parametrize("words", ["办好了", "录好了", "报上去了", "交了", "已经录好了", "都录完了。"])
async def test_it_can_be_said(town: Town, words: str) -> None:
    await overdue(town)
    await town.say(COUNTY, words)
    assert await done_by(town) == [("done", COUNTY.contact_id)]


async def test_who_takes_it_has_not_done_it_and_can_say_so_later(town: Town) -> None:
    await overdue(town)
    await press(town, COUNTY, "我来处理")
    assert [row.state for row in await running(town, "national_entry")] == ["running"]
    await town.say(COUNTY, "录好了")
    assert await done_by(town) == [("done", COUNTY.contact_id)]


async def test_it_is_done_before_it_is_due(town: Town) -> None:
    """Warned of only: the one that runs; and in 催办, by its title."""
    await a_death(town)
    await pass_days(town, 1)
    await town.say(COUNTY, "录好了")
    assert await done_by(town) == [("done", COUNTY.contact_id)]


async def test_it_is_done_in_the_list_of_duties(town: Town) -> None:
    await a_death(town)
    await pass_days(town, 1)
    await town.say(COUNTY, "催办")
    rows = [text for row in (await town.letters(COUNTY))[-1].buttons for text, _ in row]
    (mine,) = [text for text in rows if "年报系统" in text]
    await press(town, COUNTY, mine)
    await press(town, COUNTY, "办好了")
    assert await done_by(town) == [("done", COUNTY.contact_id)]


async def test_several_are_told_apart_by_their_titles(town: Town) -> None:
    await overdue(town, 50)  # the bulletin of the quarter too
    answer = (await town.say(COUNTY, "办好了"))[0]
    assert "年报系统" in answer
    assert "孕产信息专报" in answer
    assert "孕产妇" not in answer
    await press(town, COUNTY, "办好了：死亡个案")
    assert await done_by(town) == [("done", COUNTY.contact_id)]
    assert [row.state for row in await running(town, "bulletin")] == ["running"]


async def test_words_of_a_colleague_who_owes_nothing_are_hers(town: Town) -> None:
    await overdue(town)
    await town.say(COORDINATOR, "录好了")
    await town.say(person("township-1"), "办好了")
    assert [row.state for row in await running(town, "national_entry")] == ["running"]


# ── the next period ─────────────────────────────────────────────────────────────────────────────────────


async def test_one_letter_names_both_periods(town: Town) -> None:
    await a_death(town)
    await pass_days(town, 12)  # 4 December
    await town.say(COORDINATOR, "张桂花怀孕了，26岁，末次月经5月1号", "就这些", "对")
    town.clock.advance(minutes=1)
    await town.say(COORDINATOR, "张桂花今天早上在家里去世了", "怀孕期间", "就这些", "对")
    assert len(await town.reports(event="maternal_death")) == 2
    await pass_days(town, 33)  # 6 January, before the warning of the 7th
    before = len(await heard(town, COUNTY, "【催办】", "年报系统"))
    await pass_days(town, 2)
    (warned,) = (await heard(town, COUNTY, "【提醒】", "年报系统"))[1:]
    assert "上一期（原定2026年12月10日前）的也还没有办好" in warned
    assert len(await heard(town, COUNTY, "【催办】", "年报系统")) == before
    await pass_days(town, 12)
    later = (await heard(town, COUNTY, "【催办】", "年报系统"))[before:]
    assert 1 <= len(later) <= 2  # one chain, a week apart
    assert all("上一期" in text for text in later)
    await press(town, COUNTY, "办好了", "年报系统")
    assert {row.state for row in await running(town, "national_entry")} == {"stopped"}


async def test_the_older_goes_on_where_only_the_newer_is_done(town: Town) -> None:
    from bot import duties

    await a_death(town)
    await pass_days(town, 12)
    await town.say(COORDINATOR, "张桂花怀孕了，26岁，末次月经5月1号", "就这些", "对")
    town.clock.advance(minutes=1)
    await town.say(COORDINATOR, "张桂花今天早上在家里去世了", "怀孕期间", "就这些", "对")
    await pass_days(town, 36)
    older, newer = await running(town, "national_entry")
    assert older.next_check_at is None
    async with town.database.transaction() as tx:
        await duties.word(tx, newer.id, "done", "county", town.clock())
    before = len(await heard(town, COUNTY, "【催办】", "年报系统"))
    await pass_days(town, 8)
    assert len(await heard(town, COUNTY, "【催办】", "年报系统")) == before + 1
