"""The answers to what turns ask to know for papers: a hospital's counts, indicators, a coordinator's own services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient

from conversations.facts import (
    CountsFact,
    CountsFiled,
    IndicatorFact,
    IndicatorsOf,
    Lookup,
    ServicesFact,
    ServicesOf,
)
from conversations.papers.indicators import target, work_out, worst_first
from conversations.papers.names import PAPERS
from conversations.papers.period import Period
from conversations.papers.services import GROUPS, counted
from storage import paper_facts
from storage.models import QuarterlyCount
from storage.organisation import Organisation

AT_ONCE: Final = 800
"""Women at most that are counted between two messages: more would hold others up, and the file comes beside."""


async def answer_papers(
    connection: BaseDBAsyncClient, asked: Collection[Lookup], organisation: Organisation, now: datetime
) -> dict[Lookup, tuple[Any, ...]]:
    """Answer the lookups about papers among those asked."""
    found: dict[Lookup, tuple[Any, ...]] = {}
    for lookup in asked:
        if isinstance(lookup, CountsFiled):
            found[lookup] = await _counts(connection, lookup.place_id)
        elif isinstance(lookup, IndicatorsOf):
            found[lookup] = await _indicators(connection, lookup, organisation, now)
        elif isinstance(lookup, ServicesOf):
            found[lookup] = await _services(connection, lookup, organisation, now)
    return found


async def _counts(connection: BaseDBAsyncClient, place_id: str) -> tuple[CountsFact, ...]:
    newest = QuarterlyCount.filter(place_id=place_id, is_latest=True).order_by("-period").limit(8)
    return tuple(CountsFact(row.period, row.version, row.counts) for row in await newest.using_db(connection))


async def _indicators(
    connection: BaseDBAsyncClient, lookup: IndicatorsOf, organisation: Organisation, now: datetime
) -> tuple[IndicatorFact, ...]:
    period = PAPERS["indicators"].period(lookup.period)
    if period is None or lookup.place_id not in organisation.places:
        return ()
    villages = [one.id for one in organisation.villages_under(lookup.place_id)]
    if await paper_facts.how_many(connection, villages, period.first, AT_ONCE + 1) > AT_ONCE:
        return ()
    made = await paper_facts.material(connection, organisation, period, lookup.place_id, now, lookup.role)
    if not made.collected:
        return ()
    return tuple(
        IndicatorFact(
            one.rule.title, one.numerator.value, one.denominator.value, target(one.rule), one.short_by
        )
        for one in worst_first(work_out(made))
    )


async def _services(
    connection: BaseDBAsyncClient, lookup: ServicesOf, organisation: Organisation, now: datetime
) -> tuple[ServicesFact, ...]:
    period = Period.read(lookup.period)
    if period is None or lookup.place_id not in organisation.places:
        return ()
    made = await paper_facts.material(
        connection, organisation, period, lookup.place_id, now, "coordinator", women=False
    )
    done, _ = await paper_facts.services(connection, organisation, period, lookup.place_id, lookup.staff_id)
    told = Counter(one.event for one in counted(done, made))
    return (ServicesFact({title: sum(told[event] for event in events) for title, events in GROUPS.items()}),)
