"""The summary of a month as the database has it: what was reported of it, and what waits now.

What happened is counted of the women something was told of since the month before, by the papers' own rules; what is, is
what the roster answers to the same questions. A few hundred women at a time, none of whom stays in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q, Subquery

from conversations.asking.answering import is_pregnant, matches
from conversations.asking.question import Question
from conversations.care.programme import programme
from conversations.facts import Lookup, MonthFact, MonthOf
from conversations.flows.danger import PAST
from conversations.local_time import LOCAL
from conversations.papers.month import MonthCounts, counted
from conversations.papers.period import Period
from storage import paper_facts
from storage.models import Alert, Erasure, Report
from storage.organisation import Organisation
from storage.roster_rows import looked_after, read_chunks

AT_ONCE: Final = 800
"""Women at most whose summary is made between two messages: more would hold others up."""
_OVERDUE: Final = Question(overdue=True)
_HIGH_RISK: Final = Question(high_risk=True)
_OWED: Final = Question(postnatal_due=True)


async def answer_months(
    connection: BaseDBAsyncClient, asked: Collection[Lookup], organisation: Organisation, now: datetime
) -> dict[Lookup, tuple[MonthFact, ...]]:
    """Answer the questions for a month among those asked; nothing where the place has too many women for it."""
    found: dict[Lookup, tuple[MonthFact, ...]] = {}
    for one in asked:
        if not isinstance(one, MonthOf):
            continue
        period = Period.read(one.period)
        villages = [village.id for village in organisation.villages_under(one.place_id)]
        few = (
            await paper_facts.how_many(connection, villages, now.astimezone(LOCAL).date(), AT_ONCE + 1)
            <= AT_ONCE
        )
        found[one] = ()
        if few and period is not None:
            found[one] = (await month_fact(connection, organisation, one.place_id, period, now, one.role),)
    return found


async def month_fact(
    connection: BaseDBAsyncClient,
    organisation: Organisation,
    place_id: str,
    period: Period,
    now: datetime,
    role: str,
) -> MonthFact:
    """The summary of a month of a township or a county, as it stands now."""
    today = now.astimezone(LOCAL).date()
    villages = [village.id for village in organisation.villages_under(place_id)]
    month, before = await _happened(connection, organisation, place_id, villages, period, now, role)
    pregnant = high_risk = owed = 0
    overdue: Counter[str] = Counter()
    ids = looked_after(villages, organisation, today)
    async for chunk in read_chunks(connection, organisation, ids, today):
        for row in chunk.rows:
            pregnant += is_pregnant(row) and matches(row, Question(stage="pregnant"), today)
            high_risk += matches(row, _HIGH_RISK, today)
            owed += matches(row, _OWED, today)
            if matches(row, _OVERDUE, today):
                overdue[(row.township_id if role == "county" else row.village_id) or ""] += 1
    places = [(organisation.name_of(place), count) for place, count in overdue.items()]
    events = programme(organisation.programme_of(place_id)).verification.events
    return MonthFact(
        place_name=organisation.name_of(place_id),
        period=period.name,
        day=today,
        month=month,
        before=before,
        pregnant=pregnant,
        high_risk=high_risk,
        overdue=tuple(sorted(places, key=lambda one: (-one[1], one[0]))),
        owed=owed,
        to_verify=await _reports(connection, villages, events, returned=False),
        returned=await _reports(connection, villages, events, returned=True),
        untaken=await _untaken(connection, organisation, place_id),
    )


async def _happened(
    connection: BaseDBAsyncClient,
    organisation: Organisation,
    place_id: str,
    villages: list[str],
    period: Period,
    now: datetime,
    role: str,
) -> tuple[MonthCounts, MonthCounts]:
    """What happened in the month and in the one before. What happened in a month was told in it or later."""
    frame = await paper_facts.material(connection, organisation, period, place_id, now, role, women=False)
    earlier = period.before()
    month = before = MonthCounts()
    if villages:
        since = earlier.first
        async for told in paper_facts.contributions(connection, villages, since, known_before=timedelta(0)):
            month += counted(frame, told, period)
            before += counted(frame, told, earlier)
    return month, before


async def _reports(
    connection: BaseDBAsyncClient, villages: Collection[str], events: Collection[str], *, returned: bool
) -> int:
    """Reports of these events that wait: for the township's word, or sent back and not put right yet."""
    if not villages:
        return 0
    waits = (
        Q(verification="returned") if returned else Q(author_role="coordinator", verification="unverified")
    )
    found = Report.filter(
        waits,
        ~Q(
            woman_id__in=Subquery(Erasure.all().values("woman_id"))
        ),  # as in the list of them (storage/queries.py)
        woman__village_id__in=list(villages),
        village_id__in=list(villages),
        event__in=list(events),
        is_latest=True,
        withdrawn=False,
    )
    return await found.using_db(connection).count()


async def _untaken(connection: BaseDBAsyncClient, organisation: Organisation, place_id: str) -> int:
    """Alerts of this place that nobody has taken and that are still told of."""
    places = [place_id, *(one.id for one in organisation.below(place_id))]
    waiting = Q(next_check_at__isnull=False) | Q(kind=PAST)
    found = Alert.filter(waiting, place_id__in=places, acknowledged_at__isnull=True)
    return await found.using_db(connection).count()
