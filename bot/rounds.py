"""Duties that come round: started for every office that owes them, and given up where nothing is owed after all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from bot import duties
from conversations.care.clocks import Running, Told, periodic
from conversations.care.programme import programme
from conversations.flows.overdue import OFFICES
from conversations.ids import derived_id
from conversations.local_time import LOCAL
from storage.database import Database
from storage.models import Clock, Post, Report
from storage.organisation import Organisation
from storage.running import running_of

AHEAD = timedelta(days=35)
"""How long before a periodic duty falls due its clock is started; and how long after, where it was told of while the
program was off."""
BEFORE = timedelta(days=100)
"""How long before its period something may have been told that belongs to it: a quarter, and some days."""


async def begin(database: Database, organisation: Organisation, today: date, now: datetime) -> None:
    """Start what falls due soon, and give up what is owed only if something happened where nothing is told any more."""
    db = database.reading
    posts = Post.filter(state="active", role__in=["county", "institution"]).using_db(db)
    held = {str(place) for place in await posts.values_list("place_id", flat=True)}
    places = [
        place.id
        for place in organisation.places.values()
        if place.kind in ("county", "institution") and place.id in held
    ]
    round_ = await Clock.filter(woman_id__isnull=True, state="running").using_db(db)
    conditional = [row for row in round_ if _if_any(row)]
    since = min([today - AHEAD, *(row.started_at.astimezone(LOCAL).date() for row in conditional)])
    told = await _told(db, organisation, since - BEFORE, places)
    rows: list[Clock] = []
    owed: set[str] = set()
    for place in places:
        rules = programme(organisation.programme_of(place))
        for running in periodic(rules, since, today + AHEAD, told.get(place, ())):
            clock_id = derived_id(place, running.key)
            owed.add(clock_id)
            late = AHEAD if rules.periodic[running.name].if_any else timedelta()
            if (
                OFFICES.get(running.owner) == organisation.places[place].kind
                and _last(running) >= today - late
            ):
                rows.append(duties.new_clock(clock_id, running, rules, [place], now))
    given_up = [row.id for row in conditional if row.id not in owed and row.place_id in places]
    async with database.transaction() as tx:
        await duties.add(tx, rows)
        await duties.give_up(tx, given_up, now)


def _if_any(row: Clock) -> bool:
    rule = duties.programme_of(row).periodic.get(running_of(row).name)
    return rule is not None and bool(rule.if_any)


def _last(running: Running) -> date:
    return (running.due - timedelta(seconds=1)).astimezone(LOCAL).date()


async def _told(
    db: BaseDBAsyncClient, organisation: Organisation, since: date, places: Sequence[str]
) -> dict[str, list[Told]]:
    """By county: what was reported there since that day of which a duty may be owed, as it stands now. Of whom no
    village is known counts for every county with the programme of her report."""
    asked = {
        event
        for place in places
        for rule in programme(organisation.programme_of(place)).periodic.values()
        for event in rule.if_any
    }
    if not asked:
        return {}
    start = datetime.combine(since, datetime.min.time(), LOCAL)
    first = Report.filter(event__in=asked, version=1, recorded_time__gte=start).using_db(db)
    recorded = dict(await first.values_list("report_id", "recorded_time"))
    newest = Report.filter(report_id__in=list(recorded), is_latest=True, withdrawn=False).using_db(db)
    found: dict[str, list[Told]] = {}
    for row in await newest:
        day = date.fromisoformat(row.event_time[:10]) if row.event_time else None
        for place in _counties(row, organisation, places):
            found.setdefault(place, []).append(Told(row.event, day, recorded[row.report_id]))
    return found


def _counties(row: Report, organisation: Organisation, places: Collection[str]) -> Iterator[str]:
    around = {place.id for place in organisation.path(row.village_id)} if row.village_id else set()
    for place in places:
        if place in around or (not around and organisation.programme_of(place) == row.programme):
            yield place
