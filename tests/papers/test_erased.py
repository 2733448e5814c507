"""Who was erased is in no answer, list, file, chart or summary any more; what is counted stays as it was."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from random import Random

import pytest
from openpyxl import load_workbook

from bot import demo
from bot.files.made import Desk, make
from bot.files.sources import Stored
from bot.papers.demonstration import data_set, put
from bot.papers.making import sheets
from bot.people import colleague
from bot.privacy.erasing import forget
from conversations.asking.plain import to_plain
from conversations.asking.question import Question
from conversations.facts import ReportById, ReportsBy, ReportsToVerify, RosterAsked
from conversations.flows.monthly import summary
from conversations.local_time import LOCAL
from conversations.papers.names import PAPERS
from conversations.papers.period import Period
from conversations.paring import GONE
from conversations.text import chinese
from storage.database import Database
from storage.models import Report
from storage.month_facts import month_fact
from storage.organisation import load_organisation
from storage.queries import answer
from storage.roster_facts import asked_rows
from tests.support.town import person

NOW = datetime(2026, 10, 3, 9, tzinfo=LOCAL)
FIGURES = ("附表2", "附表3", "indicators")
QUESTIONS = (
    Question(),
    Question(high_risk=True),
    Question(overdue=True),
    Question(ended="birth", ended_from=date(2026, 7, 1), ended_to=NOW.date()),
    Question(seen="antenatal", seen_from=date(2026, 1, 1), seen_to=NOW.date()),
    Question(ended="birth"),
    Question(moved_out=True),
    Question(reported_from=date(2026, 1, 1)),
    Question(responsible="我"),
    Question(woman_name=GONE),
    Question(colours=frozenset({"green", "yellow", "orange", "red", "purple"})),
)


@pytest.fixture
async def filled(database: Database) -> Database:
    await demo.seed(database, lambda: NOW - timedelta(days=300))
    reports, _, _ = data_set(Period.quarter_of(date(2026, 8, 1)))
    authors = {one.report_id: "staff-coordinator-1" for one in reports}
    await put(database, reports, {}, authors, [f"{one.report_id}.{one.version}" for one in reports])
    return database


async def figures(database: Database) -> list[object]:
    """All that is counted, cell by cell."""
    organisation = await load_organisation(database.reading)
    found: list[object] = []
    for name in FIGURES:
        made = await sheets(database.reading, organisation, name, "2026Q3", "xf", NOW, "county")
        found += [sheet.rows for sheet in made]
    for month in ("2026-07", "2026-08", "2026-09"):
        period = Period.read(month)
        assert period is not None
        found.append((await month_fact(database.reading, organisation, "xf", period, NOW, "county")).month)
    return found


async def shown(database: Database) -> tuple[set[str], str]:
    """Everybody some answer, list or file shows, by id; and all that is said or printed of them."""
    reading, organisation = database.reading, await load_organisation(database.reading)
    villages = tuple(one.id for one in organisation.villages_under("xf"))
    women: set[str] = set()
    said: list[str] = []
    for question in QUESTIONS:
        lookup = RosterAsked(villages, question, NOW.date(), sees=True, limit=500, asker="staff-county-1")
        fact = (await answer(reading, [lookup], NOW, organisation))[lookup][0]
        women |= {row.case.woman_id for row in fact.rows}
        said += [row.case.name for row in fact.rows]
        rows = asked_rows(reading, organisation, villages, question, NOW.date(), sees=True)
        women |= {row.case.woman_id async for row in rows}
    for name, paper in PAPERS.items():
        made = await sheets(
            reading, organisation, name, "2026Q3", "xf", NOW, "county", staff_id="staff-county-1"
        )
        women |= {woman for sheet in made for woman in sheet.women}
        if paper.people:
            said += [str(cell) for sheet in made for row in sheet.rows for cell in row]
    events = ("pregnancy", "birth", "antenatal_visit", "risk_grade", "postnatal_visit")
    lists = (ReportsBy("staff-coordinator-1", limit=5000), ReportsToVerify(villages, events, limit=5000))
    answers = await answer(reading, list(lists), NOW, organisation)
    women |= {one.woman_id for lookup in lists for one in answers[lookup]}
    county = person("county-1")
    async with database.transaction() as tx:
        speaker = await colleague(tx, county.contact_id, "staff-county-1", organisation)
    desk = Desk(reading, organisation, Stored(), speaker, NOW)

    async def going(rows: int) -> None: ...

    for what in ("list", "chart"):
        file = await make(what, {"question": to_plain(Question())}, desk, going)
        women |= set(file.women)
        if what == "list":
            book = load_workbook(io.BytesIO(file.content))
            said += [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
        else:
            said.append(f"{file.count} in the picture")
    for month in ("2026-09", "2026-10"):
        period = Period.read(month)
        assert period is not None
        said.append(chinese(summary(await month_fact(reading, organisation, "xf", period, NOW, "county"))))
    return women, "\n".join(said)


@pytest.mark.parametrize("seed", range(2))
async def test_nothing_shows_who_was_erased_and_every_figure_stays(filled: Database, seed: int) -> None:
    counted, (before, _) = await figures(filled), await shown(filled)
    gone = set(Random(seed).sample(sorted(before), 25))
    organisation = await load_organisation(filled.reading)
    for woman in sorted(gone):
        async with filled.transaction() as tx:
            await forget(tx, organisation, woman, NOW, "wish")
    after, said = await shown(filled)
    assert after == before - gone
    assert GONE not in said
    assert await figures(filled) == counted
    one = await Report.filter(woman_id=sorted(gone)[0], is_latest=True).using_db(filled.reading).first()
    assert one is not None
    villages = tuple(place.id for place in organisation.villages_under("xf"))
    lookup = ReportById(one.report_id, "staff-coordinator-1", villages)
    assert (await answer(filled.reading, [lookup], NOW, organisation))[lookup] == ()
    roster = RosterAsked(villages, Question(), NOW.date(), sees=True, women=(sorted(gone)[0],))
    found = await answer(filled.reading, [roster], NOW, organisation)
    assert found[roster][0].rows == ()
