"""Papers of a real database: the same figures as from plain reports, of the place that is asked for, for who may have them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot import demo
from bot.demo import PEOPLE
from bot.papers.demonstration import data_set, put
from bot.papers.making import NAMES, NoSuchPaper, NotHers, sheets
from bot.papers.report import explained, run
from bot.refusals import CommandRefused
from conversations.local_time import LOCAL
from conversations.message import Report
from conversations.papers.counting import weight
from conversations.papers.factors import UNNAMED, factor_names
from conversations.papers.facts import contribution
from conversations.papers.futable2 import figures
from conversations.papers.names import PAPERS, paper_named, period_asked
from conversations.papers.period import Period
from conversations.papers.sheet import Sheet
from storage import paper_facts
from storage.database import Database
from storage.models import Assignment, Clock, Post, QuarterlyCount
from storage.organisation import load_organisation
from tests.papers.county import material
from tests.support.clock import FakeClock
from tests.support.town import Somebody, Town, person

QUARTER = Period("2026Q3", date(2026, 7, 1), date(2026, 9, 30))
NOW = datetime(2026, 10, 3, 9, tzinfo=LOCAL)


@pytest.fixture
async def filled(database: Database) -> Database:
    """The demonstration county with the made-up women of the quarter."""
    await demo.seed(database, lambda: NOW - timedelta(days=300))
    reports, counts, _ = data_set(QUARTER)
    await put(
        database,
        reports,
        {(place, "2026Q3"): filled for place, filled in counts.items()},
        {one.report_id: "staff-coordinator-1" for one in reports if one.village_id == "xf-gupo-yangmeikeng"},
        [f"{one.report_id}.{one.version}" for one in reports],
    )
    return database


async def made(
    database: Database,
    name: str,
    place: str = "xf",
    role: str = "county",
    period: str = "2026Q3",
    now: datetime = NOW,
    **who: str,
) -> tuple[Sheet, ...]:
    organisation = await load_organisation(database.reading)
    return await sheets(database.reading, organisation, name, period, place, now, role, **who)


def standing() -> dict[str, list[Report]]:
    """By woman, what stands of the data set."""
    last = {one.report_id: one for one in data_set(QUARTER)[0]}
    found: dict[str, list[Report]] = {}
    for one in last.values():
        found.setdefault(one.woman_id, []).append(one)
    return found


async def test_the_stored_figures_are_those_of_the_plain_reports(filled: Database) -> None:
    by_woman = standing()
    pure = material(
        contributions=tuple(contribution(woman, told) for woman, told in by_woman.items()), forms=()
    )
    (sheet,) = await made(filled, "附表2")
    expected = figures(pure)
    counted = [n for n, one in expected.items() if one.value is not None]
    assert len(counted) == 11
    for number in counted:
        assert sheet.rows[number - 1][2] == expected[number].value, number
        assert sorted(sheet.traces[number - 1][2]) == sorted(expected[number].traces)


async def test_it_makes_no_difference_how_many_women_are_read_at_a_time(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await made(filled, "附表3")
    monkeypatch.setattr(
        paper_facts, "_WOMEN", paper_facts._WOMEN.replace(f"LIMIT {paper_facts.CHUNK}", "LIMIT 7")
    )
    assert await made(filled, "附表3") == whole


async def test_the_townships_add_up_to_the_county(filled: Database) -> None:
    (county,) = await made(filled, "附表2")
    organisation = await load_organisation(filled.reading)
    townships = [one.id for one in organisation.places.values() if one.kind == "township"]
    total = 0
    for one in townships:
        (sheet,) = await made(filled, "附表2", one, "township")
        total += sheet.rows[12][2] if isinstance(sheet.rows[12][2], int) else 0
    assert total == county.rows[12][2]


async def test_what_was_known_too_long_ago_is_not_even_read(filled: Database) -> None:
    (sheet,) = await made(filled, "附表2", period="2028Q3", now=NOW.replace(year=2028))
    assert {row[2] for row in sheet.rows} == {"未采集"}
    organisation = await load_organisation(filled.reading)
    villages = [one.id for one in organisation.villages_under("xf")]
    assert await paper_facts.how_many(filled.reading, villages, date(2028, 7, 1), 1000) == 0
    assert await paper_facts.how_many(filled.reading, villages, date(2026, 7, 1), 5) == 5


async def test_a_colleague_named_responsible_makes_a_case_file(filled: Database) -> None:
    (before,) = await made(filled, "附表3")
    assert before.rows[-1][4] == "未采集"
    (ledger,) = await made(filled, "ledger")
    women = ledger.women
    by_woman = standing()
    async with filled.transaction() as tx:
        for number, woman in enumerate(women):
            pregnancy = next(one.pregnancy_id for one in by_woman[woman] if one.pregnancy_id)
            await Assignment(
                id=f"assignment-{number}", woman_id=woman, pregnancy_id=pregnancy, staff_id="staff-township-1",
                issuer_id=None, since=NOW, until=None,
            ).save(using_db=tx, force_create=True)  # fmt: skip
    (after,) = await made(filled, "附表3")
    assert after.rows[-1][4] == len(set(women))
    (ledger,) = await made(filled, "ledger")
    assert {row[13] for row in ledger.rows} == {"温秀英"}


# ── who is given which ──────────────────────────────────────────────────────────────────────────────────


async def test_each_paper_is_for_its_offices_only(filled: Database) -> None:
    places = {"coordinator": "xf-gupo-yangmeikeng", "township": "xf-gupo", "institution": "xf-fubao"}
    for name in NAMES:
        for role in ("coordinator", "township", "institution", "county", "woman", "unknown"):
            place = places.get(role, "xf")
            if role in PAPERS[name].roles:
                assert await made(filled, name, place, role, staff_id=f"staff-{role}-1"), (name, role)
            else:
                with pytest.raises(NotHers):
                    await made(filled, name, place, role, staff_id="staff-coordinator-1")


async def test_a_coordinator_has_her_own_services_and_nothing_without_her_name(filled: Database) -> None:
    summary, details = await made(
        filled, "services", "xf-gupo-yangmeikeng", "coordinator", staff_id="staff-coordinator-1"
    )
    assert [row[0] for row in summary.rows] == ["邓小莲"]
    assert details.rows
    assert {row[5] for row in details.rows} == {"杨梅坑村"}
    assert not any("色" in str(cell) for sheet in (summary, details) for row in sheet.rows for cell in row)
    with pytest.raises(NotHers):
        await made(filled, "services", "xf-gupo-yangmeikeng", "coordinator")


async def test_whom_she_served_where_she_works_no_more_is_not_named(filled: Database) -> None:
    async with filled.transaction() as tx:
        await Post.filter(staff_id="staff-coordinator-1").using_db(tx).update(state="revoked", until=NOW)
        await Post(
            id="post-new", staff_id="staff-coordinator-1", place_id="xf-gupo-shiqiao", role="coordinator", state="active",
            since=NOW,
        ).save(using_db=tx, force_create=True)  # fmt: skip
    summary, details = await made(
        filled, "services", "xf-gupo-shiqiao", "coordinator", staff_id="staff-coordinator-1"
    )
    assert sum(int(str(row[-1])) for row in summary.rows)
    assert {row[4] for row in details.rows} == {""}
    assert details.women == ()


async def test_papers_that_name_women_say_whom(filled: Database) -> None:
    for name in ("roster", "ledger"):
        (sheet,) = await made(filled, name)
        assert len(sheet.women) == len(sheet.rows) > 0
    for name in ("附表2", "附表3", "附件2", "indicators", "coordinators"):
        assert not any(sheet.women for sheet in await made(filled, name))


@pytest.mark.parametrize(
    ("role", "told", "named"),
    [
        ("county", "乙肝病毒携带", True),
        ("institution", "梅毒", True),
        ("township", "乙肝病毒携带", False),
        ("township", "梅毒", False),
        ("township", "瘢痕子宫", True),
    ],
)
def test_an_infection_is_named_only_to_whom_it_may_be_asked_of(role: str, told: str, named: bool) -> None:
    names = factor_names(material(role=role), [told])
    assert len(names) == 1
    assert (names[0] != UNNAMED) is named


async def test_the_ledger_knows_nothing_of_purple(filled: Database) -> None:
    (sheet,) = await made(filled, "ledger")
    assert sheet.rows
    assert not any("紫" in str(cell) for row in sheet.rows for cell in row)
    assert {str(row[8])[0] for row in sheet.rows} == {"红", "橙"}


# ── the records behind a figure, files ──────────────────────────────────────────────────────────────────


async def test_every_figure_is_explained_by_records_that_add_up_to_it(filled: Database) -> None:
    names = {one.body["woman_name"] for one in data_set(QUARTER)[0]}
    for name in ("附表2", "附表3", "附件2", "indicators"):
        for sheet in await made(filled, name):
            for row, cells in enumerate(sheet.rows):
                for column, cell in enumerate(cells):
                    if sheet.columns[column].kind != "number" or sheet.columns[column].title == "序号":
                        continue
                    traces = sheet.traces[row][column]
                    assert sum(map(weight, traces)) == (cell if isinstance(cell, int) else 0)
    said = list(explained(await made(filled, "附表2"), "C13"))
    assert said[0].startswith("附表2 · 分娩总人数 · 人：27（27份记录，合计27）")
    assert len(said) == 28
    assert not any(name in line for line in said for name in names)
    assert list(explained(await made(filled, "附表2"), "分娩总人数")) == said
    forms = list(explained(await made(filled, "附表2"), "C17"))
    assert sum(int(line.rpartition("=")[2]) for line in forms[1:]) == 8


async def test_the_records_behind_a_list_name_nobody(filled: Database) -> None:
    names = {one.body["woman_name"] for one in data_set(QUARTER)[0]}
    for name in ("roster", "ledger"):
        made_ = await made(filled, name)
        for row in range(1, len(made_[0].rows) + 1):
            for line in explained(made_, str(row)):
                assert not any(one in line for one in names)


@pytest.mark.parametrize(
    "name", ["附表2", "附表3", "附件2", "roster", "ledger", "coordinators", "indicators"]
)
async def test_no_line_over_a_table_is_printed_twice(filled: Database, name: str) -> None:
    for sheet in await made(filled, name):
        printed = [sheet.heading or sheet.title, *sheet.above]
        assert len(set(printed)) == len(printed)


async def test_a_list_without_a_heading_has_its_title_in_a_csv(filled: Database, tmp_path: Path) -> None:
    out = tmp_path / "roster.csv"
    await run(filled, "roster", "2026Q3", out, None, None, NOW, lambda line: None)
    assert out.read_text("utf-8-sig").splitlines()[0] == "孕产妇花名册"


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
async def test_a_paper_goes_into_a_file(filled: Database, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"paper.{ending}"
    said: list[str] = []
    await run(filled, "附表2", "2026Q3", out, None, None, NOW, said.append)
    assert said == [str(out)]
    if ending == "csv":
        assert "13,分娩总人数,27" in out.read_text("utf-8-sig")
    else:
        assert out.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "附表9"}, "no paper of that name"),
        ({"name": "附表9", "place_id": "nowhere"}, "no paper of that name"),
        ({"period": "2026-13"}, "--period"),
        ({"period": "2027Q3"}, "2027Q3 has not begun"),
        ({"place_id": "nowhere"}, "no place of that id"),
        ({"out": Path("x.pdf")}, ".xlsx or .csv"),
        ({"out": None}, "--out FILE"),
        ({"explain": "Z99"}, "no figure there"),
    ],
)
async def test_what_cannot_be_made_is_refused_with_what_can(
    filled: Database, tmp_path: Path, changes: dict[str, str | Path | None], words: str
) -> None:
    asked: dict[str, str | Path | None] = {
        "name": "附表2", "period": "2026Q3", "out": tmp_path / "x.csv", "place_id": None, "explain": None,
    }  # fmt: skip
    with pytest.raises(CommandRefused, match=words):
        await run(filled, **(asked | changes), now=NOW, say=lambda line: None)  # type: ignore[arg-type]


async def test_a_county_is_named_where_there_are_several(database: Database) -> None:
    with pytest.raises(NoSuchPaper, match="--place"):
        await run(database, "附表2", "2026Q3", Path("x.csv"), None, None, NOW, lambda line: None)


# ── the form ────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_form_is_kept_in_versions_and_does_its_duty(town: Town, clock: FakeClock) -> None:
    hospital: Somebody = person("institution-1")
    clock.now = datetime(2026, 10, 2, 10, tzinfo=LOCAL)
    async with town.database.transaction() as tx:
        await Clock(
            id="duty", cause="2026-07-01", owner="institution", place_id="xf-fubao", started_at=clock(),
            due_at=clock() + timedelta(days=1), next_check_at=None, state="running",
            details={"programme": "xinfeng", "name": "institution_counts", "title": "季报", "owner": "institution",
                     "to": "county", "warn": [], "steps": [], "stops": ["acknowledged"], "follow_up": False,
                     "places": ["xf-fubao"], "acts": []},
        ).save(using_db=tx, force_create=True)  # fmt: skip
    await town.say(hospital, "填季报", "1 2 3 1 0 0 0 0 0 1", "对")
    rows = await QuarterlyCount.all().using_db(town.database.reading)
    assert [(row.place_id, row.period, row.version, row.is_latest) for row in rows] == [
        ("xf-fubao", "2026Q3", 1, True)
    ]
    duty = await Clock.get(id="duty", using_db=town.database.reading)
    assert duty.state == "stopped"
    await town.say(hospital, "填季报", "产后出血改成5", "对")
    rows = await QuarterlyCount.all().using_db(town.database.reading).order_by("version")
    assert [(row.version, row.is_latest, row.counts["haemorrhages"]) for row in rows] == [
        (1, False, 3),
        (2, True, 5),
    ]
    (sheet,) = await made(town.database, "附表2", "xf-fubao", "institution")
    assert sheet.rows[16][2] == 5  # the newest version alone
    assert sheet.traces[16][2] == (f"{rows[1].id}=5",)
    # the form is one hospital's: neither another reads its counts, nor a township it does not lie in
    for place, role in (
        ("xf-renmin", "institution"),
        ("xf-gupo-clinic", "institution"),
        ("xf-gupo", "township"),
    ):
        (sheet,) = await made(town.database, "附表2", place, role)
        assert sheet.rows[16][2] == "未采集", place
        assert not any("妇幼保健院" in note for note in sheet.notes), place
    (sheet,) = await made(town.database, "附表2")
    assert sheet.rows[16][2] == 5


async def test_numbers_of_a_quarter_call_nobody_out_but_a_woman_who_bleeds_does(town: Town) -> None:
    hospital = person("institution-1")
    said = await town.say(hospital, "填季报", "产后出血3，子宫破裂1")
    assert not any("120" in line for line in said)
    said = await town.say(hospital, "产后大出血，人快不行了")
    assert any("120" in line for line in said)


@pytest.mark.parametrize("key", ["coordinator-1", "township-1", "county-1"])
async def test_nobody_but_a_hospital_fills_it_in(town: Town, key: str) -> None:
    await town.say(person(key), "填季报", "1 2 3 1 0 0 0 0 0 1", "对")
    assert not await QuarterlyCount.all().using_db(town.database.reading)


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "name", "period"),
    [
        ("出附表2", "附表2", "2026Q3"),
        ("三季度附表2", "附表2", "2026Q3"),
        ("去年四季度的附表三", "附表3", "2025Q4"),
        ("附件二", "附件2", "2026Q3"),
        ("9月指标", "indicators", "2026-09"),
        ("2026年指标", "indicators", "2026"),
        ("上个月的服务清单", "services", "2026-10"),
        ("橙红台账", "ledger", "2026Q3"),
        ("建册率多少", "indicators", "2026Q3"),
        ("9月五次产检率是多少？", "indicators", "2026-09"),
    ],
)
def test_papers_and_periods_are_understood(text: str, name: str, period: str) -> None:
    paper = paper_named(text)
    assert paper is not None
    assert paper.name == name
    assert period_asked(text, paper, date(2026, 11, 22)).name == period


def test_a_year_of_indicators_is_that_of_the_statistics() -> None:
    year = PAPERS["indicators"].period("2026")
    assert year is not None
    assert (year.first, year.last) == (date(2025, 10, 1), date(2026, 9, 30))
    plain = PAPERS["附表2"].period("2026")
    assert plain is not None
    assert plain.first == date(2026, 1, 1)


def test_every_role_that_is_offered_papers_works_here() -> None:
    roles = {role for paper in PAPERS.values() for role in paper.roles}
    assert roles <= {person.role for person in PEOPLE}
    assert [name for name, paper in PAPERS.items() if "coordinator" in paper.roles] == ["services"]
