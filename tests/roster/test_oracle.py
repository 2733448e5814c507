"""Questions drawn at random, over rosters drawn at random: the program and a plain scan of the reports agree exactly."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from conversations.asking.answering import as_may_ask
from conversations.facts import RosterAsked, RosterFact
from storage.database import Database
from storage.organisation import load_organisation
from storage.queries import answer
from storage.roster_facts import asked_rows
from storage.roster_rows import roster_rows
from tests.roster.invented import NOW, TODAY, VILLAGES, Inventor, held, write
from tests.roster.scan import TOWNSHIP, Seen, by_month, means, rank

QUESTIONS = 150


@pytest.mark.parametrize("seed", range(6))
async def test_every_answer_is_what_a_plain_scan_finds(database: Database, seed: int) -> None:
    inventor = Inventor(seed)
    women = inventor.women(160)
    await write(database, women)
    names = held(women)
    newest = [Seen(one.id, one.village, one.reports, TODAY, held=names) for one in women]
    every = [
        Seen(one.id, one.village, one.reports, TODAY, case=case, held=names)
        for one, its in zip(women, newest, strict=True)
        for case in its.cases
    ]
    organisation = await load_organisation(database.reading)
    chance, met = Random(seed), 0
    for number in range(QUESTIONS):
        drawn = inventor.question()
        sees = number % 2 == 0
        villages = tuple(chance.sample(VILLAGES, chance.randint(1, 4)))
        was = not (drawn.woman_name or drawn.phone) and (drawn.ended or drawn.seen)
        here = [one for one in (every if was else newest) if one.village in villages]
        expected = sorted(
            (one for one in here if means(one, drawn, sees=sees)), key=lambda one: rank(one, sees=sees)
        )
        asked = RosterAsked(
            villages,
            as_may_ask(drawn, sees=sees),
            TODAY,
            sees,
            limit=5,
            offset=chance.choice((0, 0, 3)),
            by="month",
            asker="staff-1",
        )
        fact: RosterFact = (await answer(database.reading, [asked], NOW, organisation))[asked][0]
        if not fact.alike:
            assert fact.total == len(expected), drawn
            page = [one.id for one in expected][asked.offset : asked.offset + 5]
            assert [row.case.woman_id for row in fact.rows] == page, drawn
            assert {key: count for key, _, count in fact.groups} == by_month(expected), drawn
        files = [
            row.case.woman_id
            async for row in asked_rows(
                database.reading,
                organisation,
                villages,
                as_may_ask(drawn, sees=sees),
                TODAY,
                sees=sees,
                asker="staff-1",
            )
        ]
        assert sorted(files) == sorted(one.id for one in expected), drawn
        met += bool(expected)
    assert met > QUESTIONS / 3, "most questions found nobody: they prove little"


async def test_the_roster_is_whoever_is_looked_after(database: Database) -> None:
    women = Inventor(99).women(200)
    await write(database, women)
    organisation = await load_organisation(database.reading)
    found = {row.case.woman_id for row in await roster_rows(database.reading, organisation, VILLAGES, NOW)}
    seen = {one.id: Seen(one.id, one.village, one.reports, TODAY) for one in women}
    looked_after = {id_ for id_, one in seen.items() if not one.nothing and one.on_roster()}
    assert looked_after <= found
    assert len(looked_after) > 50
    assert all(not one.nothing for id_, one in seen.items() if id_ in found)


async def test_places_are_counted_each(database: Database) -> None:
    women = Inventor(7).women(120)
    await write(database, women)
    organisation = await load_organisation(database.reading)
    seen = [Seen(one.id, one.village, one.reports, TODAY) for one in women]
    drawn = replace(Inventor(1).question(), woman_name=None, phone=None)
    expected = Counter(TOWNSHIP[one.village] for one in seen if means(one, drawn, sees=True))
    asked = RosterAsked(VILLAGES, drawn, TODAY, True, by="township", limit=0)
    fact: RosterFact = (await answer(database.reading, [asked], NOW, organisation))[asked][0]
    assert {key: count for key, _, count in fact.groups} == expected
    assert fact.rows == ()
