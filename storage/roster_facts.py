"""The answers to questions to the roster (`RosterAsked`): counted, sorted and cut to what the asker may see, chunk by chunk,
so that never more than a page and a chunk of lines are in memory."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import date
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from conversations.asking.answering import (
    as_seen,
    asks_what_was,
    groups_of,
    matches,
    names_somebody,
    pressing,
    seen_as_asked,
    since,
)
from conversations.asking.question import Question
from conversations.asking.row import Row
from conversations.facts import Lookup, RosterAsked, RosterFact
from storage.organisation import Organisation
from storage.roster_rows import (
    Chunk,
    Ids,
    cared_for,
    everybody,
    looked_after,
    named,
    read_chunks,
    these,
    with_phone,
    with_resident_id,
)

Answers = dict[Lookup, tuple[Any, ...]]


async def answer_roster(
    connection: BaseDBAsyncClient, asked: Collection[Lookup], organisation: Organisation
) -> Answers:
    """Answer the questions to the roster among those asked."""
    return {
        one: (await _answer(connection, one, organisation),) for one in asked if isinstance(one, RosterAsked)
    }


async def asked_rows(
    connection: BaseDBAsyncClient,
    organisation: Organisation,
    villages: Collection[str],
    question: Question,
    today: date,
    *,
    sees: bool,
    numbers: bool = False,
    asker: str = "",
) -> AsyncIterator[Row]:
    """Every line a question means in these villages, cut to what its reader may see (`sees`: colours; `numbers`: ID
    numbers), village after village: for files, however long. `asker`: the id of the colleague who asks."""
    ids = _whose(tuple(villages), question, organisation, today)
    async for chunk in _read(connection, organisation, ids, question, today):
        for row in chunk.rows:
            if matches(seen_as_asked(row, sees=sees), question, today, asker=asker):
                shown = as_seen(row, sees=sees)
                yield replace(shown, resident_id=row.resident_id) if numbers else shown


def villages_within(
    villages: Collection[str], within: Collection[str], organisation: Organisation
) -> tuple[str, ...]:
    """Those of the villages that are, or lie in, one of these places; all of them where none is named."""
    if not within:
        return tuple(villages)
    inside = {village.id for place in within for village in organisation.villages_under(place)}
    return tuple(village for village in villages if village in inside)


def _whose(villages: tuple[str, ...], question: Question, organisation: Organisation, today: date) -> Ids:
    """Whose lines must be read to answer it."""
    if question.resident_id:
        return with_resident_id(villages, question.resident_id)
    if question.phone:
        return with_phone(villages, question.phone)
    if question.woman_name:
        return named(villages, question.woman_name)
    first = since(question, today)
    return everybody(villages) if first is None else looked_after(villages, organisation, first)


def _read(
    connection: BaseDBAsyncClient, organisation: Organisation, ids: Ids, question: Question, today: date
) -> AsyncIterator[Chunk]:
    """The lines the question must be held against."""
    return read_chunks(
        connection,
        organisation,
        ids,
        today,
        every=asks_what_was(question) and not names_somebody(question),
        coordinators=question.responsible is not None,
    )


async def _answer(
    connection: BaseDBAsyncClient, asked: RosterAsked, organisation: Organisation
) -> RosterFact:
    villages = villages_within(asked.villages, asked.within, organisation)
    whose = _whose(villages, asked.question, organisation, asked.today)
    if asked.cared_by is not None:
        whose = cared_for(villages, asked.cared_by)
    elif asked.women:
        whose = these(asked.women)
    found = await _find(connection, asked, whose, organisation, frozenset(villages))
    if found.total == 0 and _may_be_part(asked, villages, organisation):
        if asked.cared_by is None:
            whose = everybody(villages)
        found = await _find(connection, asked, whose, organisation, frozenset(villages), part_of_name=True)
    return found


def _may_be_part(asked: RosterAsked, villages: tuple[str, ...], organisation: Organisation) -> bool:
    """Whether the name asked for is looked for in longer ones: within one township, where reading all names is cheap."""
    question = asked.question
    if not question.woman_name or question.phone or question.resident_id or asked.women:
        return False
    return asked.cared_by is not None or len({organisation.township_of(one) for one in villages}) == 1


async def _find(
    connection: BaseDBAsyncClient,
    asked: RosterAsked,
    ids: Ids,
    organisation: Organisation,
    villages: frozenset[str],
    *,
    part_of_name: bool = False,
) -> RosterFact:
    """`villages`: she sees no others, whoever's line was read."""
    total = unread = 0
    groups: Counter[str] = Counter()
    wanted = asked.offset + asked.limit
    first: list[Row] = []

    def key(row: Row) -> Any:
        return pressing(row, asked.today)

    async for chunk in _read(connection, organisation, ids, asked.question, asked.today):
        unread += chunk.unread
        meant = [as_seen(row, sees=asked.sees) for row in _meant(chunk, asked, villages, part_of_name)]
        total += len(meant)
        if asked.by is not None:
            groups.update(group for row in meant for group in groups_of(row, asked.by))
        if asked.limit:
            first = heapq.nsmallest(wanted, [*first, *meant], key=key)
    return RosterFact(
        total,
        tuple(first[asked.offset :]),
        tuple(_named_groups(asked, groups, organisation)),
        alike=part_of_name and total > 0,
        unread=unread,
    )


def _meant(chunk: Chunk, asked: RosterAsked, villages: frozenset[str], part_of_name: bool) -> list[Row]:
    return [
        row
        for row in chunk.rows
        if row.village_id in villages
        and (
            row.case.woman_id in asked.women
            if asked.women
            else matches(
                seen_as_asked(row, sees=asked.sees),
                asked.question,
                asked.today,
                part_of_name=part_of_name,
                asker=asked.asker,
            )
        )
    ]


def _named_groups(
    asked: RosterAsked, groups: Counter[str], organisation: Organisation
) -> list[tuple[str, str, int]]:
    """The groups with their names: places by how many they have, months and colours in their order."""
    named_by_place = asked.by in ("township", "village")
    counted = [
        (key, organisation.name_of(key) if named_by_place else key, count) for key, count in groups.items()
    ]
    if named_by_place:
        return sorted(counted, key=lambda one: (-one[2], one[0]))
    return sorted(counted, key=lambda one: (not one[0], one[0]))
