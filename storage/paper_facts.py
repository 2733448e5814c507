"""What the papers are made of (conversations/papers), as the database has it: read some hundred women at a time, of
whom only the few facts that papers count stay in memory, and only where her pregnancy touches the time asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient

from conversations.care.programme import programme
from conversations.ids import derived_id
from conversations.local_time import LOCAL
from conversations.message import Report
from conversations.papers.coordinators import Colleague
from conversations.papers.counting import Form, Institution, Material, Where
from conversations.papers.facts import Contribution, contribution
from conversations.papers.period import Period
from conversations.papers.services import Coordinator, Service
from conversations.paring import GONE
from storage import models
from storage.assignments import responsible
from storage.models import Assignment, CareAct, Contact, Delivery, Post, QuarterlyCount, Staff
from storage.organisation import Organisation
from storage.reading import readable, rows
from storage.reports import as_report

CHUNK: Final = 400
"""Women read at a time."""
LONGEST: Final = timedelta(days=308 + 42 + 7)
"""A pregnancy of 44 weeks and 42 days after it: what was known longer before the period cannot touch it."""
SERVED_LATE: Final = timedelta(days=366)
"""How long after it was done a service may be reported and still be found."""

_WOMEN = f"""
    SELECT DISTINCT r.woman_id FROM report r JOIN woman w ON w.id = r.woman_id
    WHERE w.village_id IN ? AND r.known_time >= ? AND r.woman_id > ?
    ORDER BY r.woman_id LIMIT {CHUNK}"""  # noqa: S608 - a number of ours


_HOW_MANY = """
    SELECT COUNT(*) FROM (
        SELECT DISTINCT r.woman_id FROM report r JOIN woman w ON w.id = r.woman_id
        WHERE w.village_id IN ? AND r.known_time >= ? LIMIT ?) AS found"""


async def how_many(
    connection: BaseDBAsyncClient, village_ids: Sequence[str], since: date, at_most: int
) -> int:
    """How many women a paper about this time would look at; counted to `at_most`."""
    cutoff = datetime.combine(since, time(), LOCAL) - LONGEST
    found = await rows(connection, _HOW_MANY, village_ids, _bound(connection, cutoff), at_most)
    return int(found[0][0])


async def material(
    connection: BaseDBAsyncClient,
    organisation: Organisation,
    period: Period,
    place_id: str,
    now: datetime,
    role: str,
    *,
    women: bool = True,
) -> Material:
    """What a paper about this place and time is made of, as it stands now. `women`: False leaves them out."""
    place = organisation.places[place_id]
    around = organisation.around(place_id) if place.kind == "institution" else place_id
    villages = [one.id for one in organisation.villages_under(around)]
    institutions = _institutions(organisation, place_id)
    told: list[Contribution] = []
    if women and villages:
        async for chunk in contributions(connection, villages, period.first):
            told += [one for one in chunk if _matters(one, period)]
    return Material(
        period=period,
        where=Where(
            place_id,
            place.name if place.kind == "institution" else organisation.full_name(place_id),
            place.kind,
        ),
        programme=programme(organisation.programme_of(place_id)),
        made_on=now.astimezone(LOCAL).date(),
        role=role,
        contributions=tuple(told),
        forms=await _forms(connection, _whose_forms(organisation, place_id), period),
        institutions=institutions,
        township_of={
            one.id: township
            for one in organisation.places.values()
            if one.kind != "township" and (township := organisation.township_of(one.id))
        },
        names={one.id: one.name for one in organisation.places.values()},
    )


def _matters(one: Contribution, period: Period) -> bool:
    """Whether any of it may be counted for this time."""
    return (
        any(p.during(period.first, period.last) for p in one.pregnancies)
        or any(p.delivery is not None and period.holds(p.delivery.day) for p in one.pregnancies)
        or any(period.holds(death.told.day) for death in one.deaths)
        or any(period.holds(told.day) for told in one.loose)
        or any(period.holds(told.day) for p in one.pregnancies for told in p.told)
    )


def _whose_forms(organisation: Organisation, place_id: str) -> list[str]:
    """The institutions whose forms make up the place's figures: its own, never a hospital's of another place."""
    if organisation.places[place_id].kind == "institution":
        return [place_id]
    return [one.id for one in organisation.below(place_id) if one.kind == "institution"]


def _institutions(organisation: Organisation, place_id: str) -> tuple[Institution, ...]:
    """Those of the whole county, its hospitals first: women of a township go there too."""
    county = organisation.path(place_id)[0].id
    found = [one for one in organisation.below(county) if one.kind == "institution"]
    return tuple(
        Institution(one.id, one.name, one.level, organisation.township_of(one.id))
        for one in sorted(found, key=lambda one: (organisation.township_of(one.id) is not None, one.id))
    )


# ── women ───────────────────────────────────────────────────────────────────────────────────────────────


async def contributions(
    connection: BaseDBAsyncClient, village_ids: Sequence[str], since: date, known_before: timedelta = LONGEST
) -> AsyncIterator[list[Contribution]]:
    """What women who live there contribute, some hundred at a time: those of whom something was known after it could
    still matter on `since`, each with all her reports. `known_before`: how long before it: nothing for what happened since,
    which cannot have been known earlier."""
    cutoff = datetime.combine(since, time(), LOCAL) - known_before
    system = await Delivery.all().using_db(connection).exists()
    assigned = await Assignment.all().using_db(connection).exists()
    last = ""
    while True:
        found = await rows(connection, _WOMEN, village_ids, _bound(connection, cutoff), last)
        ids = [str(row[0]) for row in found]
        if not ids:
            return
        last = ids[-1]
        yield await _chunk(connection, ids, system, assigned)


def _bound(connection: BaseDBAsyncClient, moment: datetime) -> Any:
    """A moment as the database compares it."""
    moment = moment.astimezone(UTC)
    return moment if connection.capabilities.dialect != "sqlite" else moment.isoformat(" ")


async def _chunk(
    connection: BaseDBAsyncClient, ids: list[str], system: bool, assigned: bool
) -> list[Contribution]:
    """`system`: whether there is a county system to ask; `assigned`: whether anybody here is named responsible for a
    case: else nobody keeps that, and who has none is not known."""
    stored, _ = await readable(models.Report.filter(woman_id__in=ids, is_latest=True).using_db(connection))
    by_woman: dict[str, list[Report]] = defaultdict(list)
    for row in stored:
        by_woman[row.woman_id].append(as_report(row))
    women = await models.Woman.filter(id__in=ids).using_db(connection).values_list("id", "village_id")
    lives: dict[str, str | None] = {str(id_): village for id_, village in women}
    acknowledged = await _acknowledged(connection, [row.id for row in stored]) if system else None
    named: dict[str, str] | None = None
    if assigned:
        cases = {row.pregnancy_id for row in stored if row.pregnancy_id}
        named = {id_: one.name for id_, one in (await responsible(connection, cases)).items()}
    return [
        contribution(
            woman_id,
            by_woman[woman_id],
            village_id=lives.get(woman_id),
            at_county=acknowledged,
            responsible=named,
        )
        for woman_id in ids
        if by_woman[woman_id]
    ]


async def _acknowledged(connection: BaseDBAsyncClient, ids: Collection[str]) -> frozenset[str]:
    found = Delivery.filter(id__in=list(ids), state="acknowledged").using_db(connection)
    return frozenset(str(one) for one in await found.values_list("id", flat=True))


# ── forms ───────────────────────────────────────────────────────────────────────────────────────────────


def form_id(place_id: str, period: str) -> str:
    """The id of an institution's form for a quarter, of all its versions."""
    return derived_id("quarterly_count", place_id, period)


async def _forms(
    connection: BaseDBAsyncClient, institutions: Collection[str], period: Period
) -> tuple[Form, ...]:
    """The newest versions for the quarters that lie wholly within the period."""
    quarters = _quarters(period)
    if not quarters:
        return ()
    found = await (
        QuarterlyCount.filter(place_id__in=list(institutions), period__in=quarters, is_latest=True)
        .order_by("place_id", "period")
        .using_db(connection)
    )
    return tuple(Form(row.id, row.place_id, row.counts) for row in found)


def _quarters(period: Period) -> list[str]:
    quarter, names = Period.quarter_of(period.first), []
    while quarter.first <= period.last:
        if quarter.first >= period.first and quarter.last <= period.last:
            names.append(quarter.name)
        quarter = Period.quarter_of(quarter.last + timedelta(days=1))
    return names


# ── colleagues and what they did ────────────────────────────────────────────────────────────────────────


async def colleagues(
    connection: BaseDBAsyncClient, organisation: Organisation, place_id: str
) -> tuple[Colleague, ...]:
    """Everyone who holds or held an office at this place or inside it."""
    places = [place_id, *(one.id for one in organisation.below(place_id))]
    posts = await Post.filter(place_id__in=places, state__in=["active", "revoked"]).using_db(connection)
    people = {one.id: one for one in await _staff(connection, {post.staff_id for post in posts})}
    return tuple(
        Colleague(
            post.role,
            people[post.staff_id].name,
            people[post.staff_id].phone,
            post.place_id,
            post.since.astimezone(LOCAL).date(),
            post.until.astimezone(LOCAL).date() if post.until is not None else None,
        )
        for post in posts
    )


async def _staff(connection: BaseDBAsyncClient, ids: Collection[str]) -> list[Staff]:
    return await Staff.filter(id__in=list(ids)).using_db(connection)


async def services(
    connection: BaseDBAsyncClient,
    organisation: Organisation,
    period: Period,
    place_id: str,
    staff_id: str | None = None,
) -> tuple[list[Service], list[Coordinator]]:
    """What coordinators at this place or inside it did around this time, and who they are. `staff_id`: only hers, of all
    villages that are or were hers."""
    posts = Post.filter(role="coordinator", state__in=["active", "revoked"])
    if staff_id is not None:
        found = await posts.filter(staff_id=staff_id).order_by("since").using_db(connection)
        inside = {post.place_id for post in found}
        # whom she looked after in a village she gave up is no longer hers to read
        named = {post.place_id for post in found if post.state == "active"}
    else:
        inside = named = {place_id, *(one.id for one in organisation.below(place_id))}
        found = await posts.filter(place_id__in=list(inside)).order_by("since").using_db(connection)
    names = {one.id: one.name for one in await _staff(connection, {post.staff_id for post in found})}
    people = {one.staff_id: Coordinator(one.staff_id, names[one.staff_id], one.place_id) for one in found}
    done: list[Service] = []
    for one in people:
        done += await _reports_by(connection, one, period)
        done += await _tasks_by(connection, one, period)
    mine = [one for one in done if one.village_id in inside]
    return [one if one.village_id in named else replace(one, whom="") for one in mine], list(people.values())


async def _reports_by(connection: BaseDBAsyncClient, staff_id: str, period: Period) -> list[Service]:
    """Reports she filed first, as they stand now."""
    first = models.Report.filter(
        author_id=staff_id,
        version=1,
        recorded_time__gte=datetime.combine(period.first, time(), LOCAL),
        recorded_time__lt=datetime.combine(period.last, time(), LOCAL) + SERVED_LATE,
    )
    ids = [str(one) for one in await first.using_db(connection).values_list("report_id", flat=True)]
    found: list[Service] = []
    for start in range(0, len(ids), CHUNK):
        newest = models.Report.filter(report_id__in=ids[start : start + CHUNK], is_latest=True)
        for row in await newest.using_db(connection):
            if row.withdrawn:
                continue
            said = row.body.get("date") or row.body.get("found_date")
            found.append(
                Service(
                    row.id,
                    staff_id,
                    row.event,
                    date.fromisoformat(said) if said else row.known_time.astimezone(LOCAL).date(),
                    _named(row.body.get("woman_name") or row.body.get("mother_name")),
                    row.woman_id,
                    row.village_id,
                    verified=row.verification == "verified",
                    returned=row.verification == "returned",
                )
            )
    return found


def _named(name: object) -> str:
    """Who was erased is nobody by name."""
    return "" if name in (None, GONE) else str(name)


async def _tasks_by(connection: BaseDBAsyncClient, staff_id: str, period: Period) -> list[Service]:
    """Tasks of her office that she said are done (催检)."""
    contacts = await Contact.filter(staff_id=staff_id).using_db(connection).values_list("id", flat=True)
    if not contacts:
        return []
    acts = await CareAct.filter(
        answered_by_id__in=[str(one) for one in contacts],
        to_role="coordinator",
        kind="task",
        answered_at__gte=datetime.combine(period.first, time(), LOCAL),
        answered_at__lt=datetime.combine(period.last + timedelta(days=1), time(), LOCAL),
    ).using_db(connection)
    done = [act for act in acts if act.answer == "done"]
    women = {
        one.id: one
        for one in await models.Woman.filter(id__in=[a.woman_id for a in done]).using_db(connection)
    }
    return [
        Service(
            f"act:{act.id}",
            staff_id,
            "urged",
            act.answered_at.astimezone(LOCAL).date(),
            _named(women[act.woman_id].details.get("name")),
            act.woman_id,
            women[act.woman_id].village_id,
        )
        for act in done
        if act.answered_at is not None
    ]
