"""The summary of a month: right figures, to the right people, once, by day, and without a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from random import Random

import pytest

from bot import demo
from bot.demo import PEOPLE
from bot.papers.demonstration import data_set, put
from bot.papers.making import sheets
from conversations.asking.question import Question
from conversations.care.programme import programme
from conversations.facts import MonthFact, RosterAsked
from conversations.flows.monthly import is_empty, summary
from conversations.local_time import LOCAL
from conversations.message import Report
from conversations.papers.month import MonthCounts, month_before, told_at
from conversations.papers.period import Period
from conversations.text import ROOM, chinese, shortened
from storage.database import Database
from storage.models import Address, FileJob, Monthly, Outgoing, Post
from storage.month_facts import month_fact
from storage.organisation import load_organisation
from storage.queries import answer
from tests.support.clock import FakeClock
from tests.support.town import Town, person, wired

QUARTER = Period.quarter_of(date(2026, 7, 1))
DUE = datetime(2026, 10, 8, 9, tzinfo=LOCAL)
"""The first working day of October 2026 is the 8th."""
NAMED = re.compile(r"橙|红色|紫|梅毒|乙肝|艾滋|HIV|\d{11}")


@pytest.fixture
async def filled(database: Database) -> Database:
    """The demonstration county with the made-up women of the third quarter."""
    await demo.seed(database, lambda: DUE - timedelta(days=300))
    reports, _, _ = data_set(QUARTER)
    await put(database, reports, {}, {}, [f"{one.report_id}.{one.version}" for one in reports])
    return database


@pytest.fixture
async def town(filled: Database, clock: FakeClock) -> AsyncIterator[Town]:
    """It at work, the evening before the summary is due."""
    clock.now = DUE - timedelta(hours=14)
    async with wired(filled, clock) as town:
        await town.app.monthly.check()
        yield town


def newest() -> list[Report]:
    """What stands of the data set."""
    last = {one.report_id: one for one in data_set(QUARTER)[0]}
    return [one for one in last.values() if not one.withdrawn]


async def fact(
    database: Database, place: str = "xf", month: str = "2026-09", role: str = "county"
) -> MonthFact:
    organisation = await load_organisation(database.reading)
    period = Period.read(month)
    assert period is not None
    return await month_fact(database.reading, organisation, place, period, DUE, role)


# ── the figures ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("month", ["2026-07", "2026-08", "2026-09"])
async def test_what_happened_is_what_a_plain_count_of_the_reports_finds(filled: Database, month: str) -> None:
    by_case: dict[str | None, list[Report]] = {}
    for one in newest():
        by_case.setdefault(one.pregnancy_id, []).append(one)
    known = Counter(
        min(r.known_time for r in of).astimezone(LOCAL).strftime("%Y-%m") for case, of in by_case.items()
    )
    births = [one for one in newest() if one.event == "birth" and one.body["date"].startswith(month)]
    losses = [one for one in newest() if one.event == "pregnancy_loss" and one.body["date"].startswith(month)]
    stillborn = [one for one in losses if one.body["loss_kind"] == "stillbirth"]
    deaths = [one for one in newest() if one.event == "maternal_death" and one.body["date"].startswith(month)]
    found = (await fact(filled, month=month)).month
    assert found.newly == known[month]
    assert found.deliveries == len(births) + len(stillborn) > 0
    assert found.live_births == sum(
        c.get("alive") is not False for one in births for c in one.body["children"]
    )
    assert found.losses == len(losses) - len(stillborn)
    assert found.maternal_deaths == len(deaths)


async def test_it_says_what_the_paper_says(filled: Database) -> None:
    organisation = await load_organisation(filled.reading)
    for place, role in (("xf", "county"), ("xf-gupo", "township")):
        for month in ("2026-07", "2026-08", "2026-09"):
            (sheet,) = await sheets(filled.reading, organisation, "附表2", month, place, DUE, role)
            found = (await fact(filled, place, month, role)).month
            told = {number: sheet.rows[number - 1][2] for number in (13, 15, 20)}
            assert told == {13: found.deliveries, 15: found.live_births, 20: found.maternal_deaths}


async def test_the_month_before_is_the_summary_of_that_month(filled: Database) -> None:
    assert (await fact(filled, month="2026-09")).before == (await fact(filled, month="2026-08")).month
    townships = [
        one.id for one in (await load_organisation(filled.reading)).places.values() if one.kind == "township"
    ]
    parts = [(await fact(filled, one, role="township")).month for one in townships]
    assert sum(parts, MonthCounts()) == (await fact(filled)).month


@pytest.mark.parametrize(("place", "role"), [("xf", "county"), ("xf-gupo", "township")])
async def test_what_is_now_is_what_the_roster_answers(filled: Database, place: str, role: str) -> None:
    organisation = await load_organisation(filled.reading)
    villages = tuple(one.id for one in organisation.villages_under(place))
    found = await fact(filled, place, role=role)
    by = "township" if role == "county" else "village"

    async def asked(question: Question) -> RosterAsked:
        return RosterAsked(villages, question, DUE.date(), sees=True, by=by, limit=0)  # type: ignore[arg-type]

    async def count(question: Question) -> int:
        lookup = await asked(question)
        return int((await answer(filled.reading, [lookup], DUE, organisation))[lookup][0].total)

    assert found.pregnant == await count(Question(stage="pregnant")) > 0
    assert found.high_risk == await count(Question(high_risk=True)) > 0
    assert found.owed == await count(Question(postnatal_due=True))
    overdue = await asked(Question(overdue=True))
    groups = (await answer(filled.reading, [overdue], DUE, organisation))[overdue][0].groups
    assert dict(found.overdue) == {name: number for _, name, number in groups} != {}


# ── the words ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_month_in_which_nothing_was_is_one_line() -> None:
    empty = MonthFact(
        "古陂镇", "2026-10", DUE.date(), MonthCounts(), MonthCounts(newly=3), pregnant=12, high_risk=2
    )
    assert is_empty(empty)
    said = chinese(summary(empty))
    assert "\n" not in said
    assert "0" not in said.replace("10月", "")


def test_no_line_is_there_only_to_say_nothing() -> None:
    chance = Random(7)
    for _ in range(300):
        numbers = [chance.choice((0, 0, 1, 12)) for _ in range(20)]
        made = MonthFact(
            "古陂镇", "2026-10", DUE.date(), MonthCounts(*numbers[:7]), MonthCounts(*numbers[7:14]), numbers[14],
            numbers[15], (("石桥村", 2),) if numbers[16] else (), numbers[17], numbers[18], numbers[19],
        )  # fmt: skip
        said = chinese(summary(made))
        lines = said.split("\n")
        assert len(lines) == len(set(lines))
        for line in lines[1:]:
            assert re.search(r"[1-9]", line) or line.startswith("想看"), line
        short = chinese(shortened(summary(made), DUE.date()))
        assert "\n" not in short
        assert len(short) <= ROOM, short
        assert not NAMED.search(said + short)
        assert "！" not in said


async def test_nobody_is_named(filled: Database) -> None:
    names = {one.body["woman_name"] for one in newest()}
    for place, role in (("xf", "county"), ("xf-gupo", "township")):
        said = chinese(summary(await fact(filled, place, role=role)))
        assert not any(name in said for name in names)
        assert not NAMED.search(said)


# ── to whom, and when ───────────────────────────────────────────────────────────────────────────────────


async def letters(town: Town) -> list[Outgoing]:
    found = await Outgoing.filter(kind="notice").using_db(town.database.reading).order_by("seq")
    words = ("月小结", "也没有等着办的事", "summary of", "nothing waits")  # one of the offices reads English
    return [one for one in found if any(word in one.payload["text"] for word in words)]


def offices() -> int:
    return sum(one.role in ("township", "county") for one in PEOPLE)


@pytest.mark.parametrize("name", ["national", "xinfeng", "kaifeng", "gaoping", "rencheng", "yuzhong"])
def test_the_day_is_the_programmes(name: str) -> None:
    rules = programme(name)
    assert told_at(rules, Period.month_of(date(2026, 9, 5))) == DUE
    assert told_at(rules, Period.month_of(date(2026, 10, 5))).date().isoformat() == "2026-11-02"
    assert rules.source("summary.at") is None, "taken from nowhere, and said so"


async def test_each_office_has_it_once_on_the_day_and_not_before(town: Town, clock: FakeClock) -> None:
    clock.now = DUE - timedelta(minutes=1)
    await town.app.monthly.check()
    assert await letters(town) == []
    clock.now = DUE
    await town.app.monthly.check()
    await town.app.monthly.check()
    found = await letters(town)
    assert len(found) == len({one.contact_id for one in found}) == offices()
    for later in range(1, 40):
        clock.now = DUE + timedelta(hours=6 * later)
        await town.app.monthly.check()
    assert len(await letters(town)) == offices()


async def test_two_processes_tell_it_once(town: Town, clock: FakeClock) -> None:
    clock.now = DUE
    async with wired(town.database, clock) as other:
        await town.app.monthly.check()
        await other.app.monthly.check()
    assert len(await letters(town)) == offices()


@pytest.mark.parametrize(
    ("away", "told"), [(timedelta(days=3), True), (timedelta(days=9), True), (timedelta(days=12), False)]
)
async def test_after_an_outage_it_is_told_once_or_too_old(
    town: Town, clock: FakeClock, away: timedelta, told: bool
) -> None:
    clock.now = DUE + away
    await town.app.monthly.check()
    clock.now += timedelta(hours=1)
    await town.app.monthly.check()
    assert len(await letters(town)) == (offices() if told else 0)


async def test_an_outage_that_ends_at_night_waits_for_the_morning(town: Town, clock: FakeClock) -> None:
    clock.now = DUE + timedelta(hours=14)  # 23:00
    await town.app.monthly.check()
    assert await letters(town) == []
    assert not await FileJob.all().using_db(town.database.reading).exists()
    clock.now = DUE + timedelta(hours=23)  # 08:00
    await town.app.monthly.check()
    assert len(await letters(town)) == offices()


async def test_an_office_that_was_empty_then_is_not_told(town: Town, clock: FakeClock) -> None:
    async with town.database.transaction() as tx:
        await Post.filter(role="township").using_db(tx).update(since=DUE + timedelta(minutes=5))
    clock.now = DUE + timedelta(days=1)
    await town.app.monthly.check()
    roles = Counter(one.role for one in PEOPLE)
    assert len(await letters(town)) == roles["county"]


async def test_who_holds_no_office_any_more_or_blocked_us_has_none(town: Town, clock: FakeClock) -> None:
    county = person("county-1")
    async with town.database.transaction() as tx:
        await Post.filter(role="township").using_db(tx).update(state="revoked", until=clock.now)
        await Address.filter(contact_id=county.contact_id).using_db(tx).update(state="blocked")
    clock.now = DUE
    await town.app.monthly.check()
    assert county.contact_id not in {one.contact_id for one in await letters(town)}
    assert not [one for one in await letters(town) if "古陂镇9月" in one.payload["text"]]
    waiting = Monthly.filter(period="2026-09", next_check_at__isnull=False).using_db(town.database.reading)
    assert not await waiting.exists()


async def test_a_picture_goes_with_it_where_documents_do(town: Town, clock: FakeClock) -> None:
    clock.now = DUE
    await town.app.monthly.check()
    county = person("county-1")
    jobs = await FileJob.all().using_db(town.database.reading)
    assert county.contact_id in {job.contact_id for job in jobs}
    assert {job.what for job in jobs} == {"chart"}
    clock.now = DUE + timedelta(hours=14)
    await town.app.files.check()
    made = await FileJob.filter(state="made").using_db(town.database.reading)
    assert made == [], "nobody asked for it: not at night"
    clock.now = DUE + timedelta(hours=24)
    await town.app.files.check()
    made = await FileJob.filter(state="made").using_db(town.database.reading)
    assert len(made) == len(jobs)


async def test_where_there_are_too_many_women_it_is_sent_after(
    town: Town, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.month_facts.AT_ONCE", 3)
    county = person("county-1")
    clock.now = DUE + timedelta(hours=14)  # at night, but she asks
    said = await town.say(county, "上个月汇总")
    assert "正在算" in said[-1]
    await town.app.monthly.check()
    found = (
        await Outgoing.filter(contact_id=county.contact_id).using_db(town.database.reading).order_by("-seq")
    )
    assert found[0].payload["text"].startswith("信丰县9月小结：")
    assert found[0].kind == "reply"
    await town.app.monthly.check()
    again = (
        await Outgoing.filter(contact_id=county.contact_id).using_db(town.database.reading).order_by("-seq")
    )
    assert again[0].id == found[0].id


@pytest.mark.parametrize("key", ["coordinator-1", "institution-1"])
async def test_it_is_for_the_offices_only(town: Town, key: str) -> None:
    said = await town.say(person(key), "上个月汇总")
    assert not any("小结" in line or "新报" in line for line in said)


def test_the_month_is_the_one_that_is_over() -> None:
    assert month_before(date(2026, 1, 4)).name == "2025-12"
