"""The answers to what turns ask to know (`conversations/facts.py`): a whole batch in a few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from conversations.care.from_county import IMPORTED
from conversations.facts import (
    AlertFact,
    AlertsTold,
    AttemptsToday,
    ChildFact,
    ClockFact,
    ClocksRunning,
    InviteByCode,
    InviteFact,
    InvitesBy,
    Lookup,
    PhoneReport,
    PinFact,
    PinOf,
    PregnancyFact,
    ReportById,
    ReportFact,
    ReportsBy,
    ReportsToVerify,
    ResponsibleFor,
    StaffBelow,
    StaffFact,
    ToldBelow,
    VillageFact,
    VillagesNamed,
    WomanById,
    WomanFact,
    WomenBehind,
    WomenNamed,
    WomenWithId,
    WomenWithPhone,
)
from conversations.flows.danger import PAST
from conversations.local_time import LOCAL
from conversations.records import EVENTS
from storage import crypto
from storage.announcements import answer_announcements
from storage.assignments import responsible_for
from storage.care_facts import answer_care
from storage.cases import age_of
from storage.looks import answer_looks
from storage.models import (
    AlertTold,
    Attempt,
    Child,
    Clock,
    Contact,
    Delivery,
    Erasure,
    Invitation,
    Post,
    Pregnancy,
    Report,
    Staff,
    Woman,
)
from storage.month_facts import answer_months
from storage.organisation import Organisation, load_organisation
from storage.paper_answers import answer_papers
from storage.pins import is_pin
from storage.reading import rows_of
from storage.roster_facts import answer_roster
from storage.running import running_of
from storage.ways import answer_ways

L = TypeVar("L")
Answers = dict[Lookup, tuple[Any, ...]]

_TERM = timedelta(days=280)  # from the last period to the due date
_TAKEN_SHOWN = timedelta(days=3)  # how long one can still ask who took an alert


async def answer(
    connection: BaseDBAsyncClient,
    lookups: Collection[Lookup],
    now: datetime,
    organisation: Organisation | None = None,
    channels: Collection[str] = (),
) -> Answers:
    """Answer every lookup. `connection` is a `tx`, or `Database.reading`; `organisation` saves loading it; `channels`
    are those there are to write on."""
    asked = set(lookups)
    if not asked:
        return {}
    organisation = organisation or await load_organisation(connection)
    reports = await _reports(connection, asked)
    women = await _women(
        connection, asked, {report.woman_id for found in reports.values() for report in found}
    )
    facts = await _woman_facts(connection, women, organisation, now)
    return {
        **_answer_women(asked, women, facts),
        **{one: _villages_named(one, organisation) for one in _only(VillagesNamed, asked)},
        **await _answer_reports(connection, reports, facts),
        **await _answer_invitations(connection, asked, organisation),
        **await _answer_attempts(connection, asked, now),
        **await _answer_pins(connection, asked),
        **await _answer_staff(connection, asked, organisation),
        **await _answer_responsible(connection, asked),
        **await _answer_alerts(connection, asked, organisation, now),
        **await _answer_clocks(connection, asked, organisation),
        **await answer_care(connection, asked, organisation, channels, now),
        **await answer_papers(connection, asked, organisation, now),
        **await answer_months(connection, asked, organisation, now),
        **await answer_looks(connection, asked, organisation),
        **await answer_announcements(connection, asked, organisation, channels, now),
        **await answer_roster(connection, asked, organisation),
        **await answer_ways(connection, asked, organisation, channels),
    }


def _only(kind: type[L], asked: Iterable[object]) -> list[L]:
    return [lookup for lookup in asked if isinstance(lookup, kind)]


# Women


_FOUND = """
    SELECT w.id FROM {pairs} JOIN woman w ON w.village_id = {village} AND w.name_index = {name}
    UNION SELECT id FROM woman WHERE resident_id_index IN ? UNION SELECT id FROM woman WHERE phone_index IN ?
    UNION SELECT id FROM woman WHERE id IN ?"""
_FOUND_BY = {
    "sqlite": _FOUND.format(
        pairs="json_each(?) j CROSS",  # in this order, whatever else is thought of it: the table is the larger one
        village="json_extract(j.value, '$[0]')",
        name="json_extract(j.value, '$[1]')",
    ),
    "postgres": _FOUND.format(
        pairs="json_array_elements((?::text)::json) AS j(value)", village="j.value->>0", name="j.value->>1"
    ),
}


async def _women(connection: BaseDBAsyncClient, asked: set[Lookup], ids: set[str]) -> list[Woman]:
    """All women that any of the lookups speaks of, in one query. A name is looked up in its asker's villages only: all
    names in all villages of a batch are tens of thousands of places to look."""
    blind = crypto.current().blind
    named = {
        (village, blind("name", one.name)) for one in _only(WomenNamed, asked) for village in one.villages
    }
    numbers = {blind("resident_id", one.resident_id) for one in _only(WomenWithId, asked)}
    phones = {blind("phone", one.phone) for one in _only(WomenWithPhone, asked)}
    ids = ids | {one for lookup in _only(WomenBehind, asked) for one in lookup.women}
    ids = ids | {lookup.woman_id for lookup in _only(WomanById, asked)}
    if not (named or numbers or phones or ids):
        return []
    statement = _FOUND_BY[connection.capabilities.dialect]
    pairs = orjson.dumps(list(named)).decode()
    return await rows_of(connection, Woman, statement, pairs, numbers, phones, ids)


async def _woman_facts(
    connection: BaseDBAsyncClient, women: list[Woman], organisation: Organisation, now: datetime
) -> dict[str, WomanFact]:
    if not women:
        return {}
    today = now.astimezone(LOCAL).date()
    ids = [woman.id for woman in women]
    children: dict[str, list[ChildFact]] = defaultdict(list)
    born: dict[str | None, list[ChildFact]] = defaultdict(list)
    for child in await Child.filter(woman_id__in=ids).order_by("id").using_db(connection):
        fact = _child_fact(child)
        children[child.woman_id].append(fact)
        born[child.pregnancy_id].append(fact)
    pregnancies: dict[str, list[PregnancyFact]] = defaultdict(list)
    for pregnancy in await Pregnancy.filter(woman_id__in=ids).order_by("id").using_db(connection):
        pregnancies[pregnancy.woman_id].append(_pregnancy_fact(pregnancy, born[pregnancy.id]))
    return {
        woman.id: WomanFact(
            id=woman.id,
            version=woman.version,
            name=woman.details.get("name") or "",
            resident_id=woman.details.get("resident_id"),
            birth_date=_day(woman.details.get("birth_date")),
            age=age_of(woman.details, today),
            phone=woman.details.get("phone"),
            village_id=woman.village_id,
            village_name=organisation.name_of(woman.village_id),
            township_id=organisation.township_of(woman.village_id),
            alive=woman.details.get("alive", True),
            pregnancies=tuple(sorted(pregnancies[woman.id], key=_end, reverse=True)),
            children=tuple(children[woman.id]),
            moved_out=_day(woman.details.get("moved_out")),
            special_group=woman.details.get("special_group"),
        )
        for woman in women
    }


def _pregnancy_fact(pregnancy: Pregnancy, children: list[ChildFact]) -> PregnancyFact:
    details = pregnancy.details
    return PregnancyFact(
        id=pregnancy.id,
        lmp=_day(details.get("lmp")),
        due_date=_day(details.get("due_date")),
        lmp_told=_day(details.get("lmp_told")),
        scans=tuple(
            (date.fromisoformat(one["on"]), one["weeks"], one["days"]) for one in details.get("scans", ())
        ),
        ended=details.get("ended") or (None if pregnancy.open else "withdrawn"),
        end_date=_day(details.get("end_date")),
        children=tuple(children),
        colour=details.get("colour"),
        key_follow_up=bool(details.get("key_follow_up")),
    )


def _child_fact(child: Child) -> ChildFact:
    details = child.details
    return ChildFact(
        id=child.id,
        name=details.get("name"),
        sex=details.get("sex"),
        birth_date=_day(details.get("birth_date")),
        alive=details.get("alive", True),
    )


def _end(pregnancy: PregnancyFact) -> date:
    """When it ended or will, as far as known: what orders a woman's pregnancies."""
    due = pregnancy.due_date or (pregnancy.lmp and pregnancy.lmp + _TERM)
    if pregnancy.ended is None:
        return due or date.max
    return pregnancy.end_date or due or date.min


def _day(value: str | None) -> date | None:
    # a date, or a time of which the day is wanted
    return date.fromisoformat(value[:10]) if value else None


def _answer_women(asked: set[Lookup], women: list[Woman], facts: dict[str, WomanFact]) -> Answers:
    blind = crypto.current().blind
    by: dict[tuple[str, str | None], list[Woman]] = defaultdict(list)
    for woman in women:
        by["name", woman.name_index].append(woman)
        by["resident_id", woman.resident_id_index].append(woman)
        by["phone", woman.phone_index].append(woman)
        by["id", woman.id].append(woman)

    def within(found: Iterable[Woman], villages: tuple[str, ...]) -> tuple[WomanFact, ...]:
        return tuple(facts[woman.id] for woman in found if woman.village_id in villages)

    def anywhere(found: Iterable[Woman], villages: tuple[str, ...]) -> tuple[WomanFact, ...]:
        return tuple(
            facts[woman.id] if woman.village_id in villages else _hidden(facts[woman.id]) for woman in found
        )

    answers: Answers = {}
    for lookup in asked:
        match lookup:
            case WomenNamed(name, villages):
                answers[lookup] = within(by["name", blind("name", name)], villages)
            case WomenWithId(resident_id, villages):
                answers[lookup] = anywhere(by["resident_id", blind("resident_id", resident_id)], villages)
            case WomenWithPhone(phone, villages):
                answers[lookup] = within(by["phone", blind("phone", phone)], villages)
            case WomanById(woman_id, villages):
                answers[lookup] = within(by["id", woman_id], villages)
            case WomenBehind(ids):
                answers[lookup] = tuple(facts[one] for one in ids if one in facts)
    return answers


def _villages_named(asked: VillagesNamed, organisation: Organisation) -> tuple[VillageFact, ...]:
    top = organisation.path(asked.near)[:1]
    called = (v for place in top for v in organisation.villages_under(place.id) if v.name == asked.name)
    found = ((v, organisation.township_of(v.id) or "") for v in called)
    return tuple(VillageFact(v.id, v.name, town, organisation.name_of(town)) for v, town in found)


def _hidden(fact: WomanFact) -> WomanFact:
    """What somebody from elsewhere may know of her: that she is known, and whom to ask."""
    return WomanFact(id=fact.id, version=fact.version, visible=False, township_id=fact.township_id)


# Reports


async def _reports(connection: BaseDBAsyncClient, asked: set[Lookup]) -> dict[Lookup, list[Report]]:
    by_staff, by_id = _only(ReportsBy, asked), _only(ReportById, asked)
    found: dict[Lookup, list[Report]] = {}
    for lookup in by_staff:  # one query each: it is asked rarely, and each has its own limit
        hers = Subquery(_written(lookup.staff_id).values("report_id"))
        newest = Report.filter(not_erased(), report_id__in=hers, is_latest=True)
        newest = newest.order_by("-recorded_time", "-id")
        if lookup.name is not None:
            newest = newest.filter(woman__name_index=crypto.current().blind("name", lookup.name))
        found[lookup] = await newest.limit(lookup.limit).using_db(connection)
    for one in by_id:
        hers = Subquery(_written(one.staff_id).filter(report_id=one.report_id).values("report_id"))
        told = Q(report_id__in=hers)
        if one.villages:
            told |= Q(_told_there(one.listed), report_id=one.report_id, woman__village_id__in=one.villages)
        found[one] = await Report.filter(told, not_erased(), is_latest=True).using_db(connection)
    for named in _only(ToldBelow, asked):
        index = crypto.current().blind("name", named.name)
        whose = Report.filter(woman__name_index=index, woman__village_id__in=named.villages)
        told = not_erased() if named.whoever else _told_there(named.listed)
        newest = whose.filter(told, event__in=named.events, is_latest=True, withdrawn=False)
        found[named] = await newest.order_by("-recorded_time", "-id").limit(9).using_db(connection)
    for phone in _only(PhoneReport, asked):
        found[phone] = await _tells_phone(connection, phone)
    for waiting in _only(ReportsToVerify, asked):
        unseen = Report.filter(
            Q(author_role="coordinator", verification="unverified") | Q(verification="returned"),
            not_erased(),
            woman__village_id__in=waiting.villages,
            village_id__in=waiting.villages,
            event__in=waiting.events,
            is_latest=True,
            withdrawn=False,
        ).order_by("recorded_time", "id")
        found[waiting] = (
            await unseen.limit(waiting.limit).using_db(connection)
            if waiting.villages and waiting.events
            else []
        )
    return found


def not_erased() -> Q:
    """Of a woman who was erased the figures stay, and no report of hers is shown any more."""
    return ~Q(woman_id__in=Subquery(Erasure.all().values("woman_id")))


def _told_there(listed: bool) -> Q:
    """Whose word on a pregnancy others may put right: a coordinator's or a township's by the offices above; what came with
    a county's list, which nobody here wrote (`listed`), by whom she is in the care of."""
    brought = Q(channel=IMPORTED)
    return brought if listed else brought | Q(author_role__in=("coordinator", "township"))


async def _tells_phone(connection: BaseDBAsyncClient, asked: PhoneReport) -> list[Report]:
    """The report that her phone follows from (conversations/roster.py): the newest that tells one, else her first."""
    newest = Report.filter(woman_id=asked.woman_id, is_latest=True, withdrawn=False)
    hers = newest.filter(woman__village_id__in=asked.villages, village_id__in=asked.villages)
    rows = await hers.order_by("known_time", "recorded_time", "report_id").using_db(connection)
    telling = [row for row in rows if "phone" in EVENTS[row.event].fields]
    told = [row for row in telling if row.body.get("phone") is not None]
    return told[-1:] or telling[:1]


def _written(staff_id: str) -> QuerySet[Report]:
    """Versions that are this staff member's own words, not her word on another's."""
    return Report.filter(author_id=staff_id, verification="unverified")


async def _authors(connection: BaseDBAsyncClient, reports: Iterable[Report]) -> dict[tuple[str, str], str]:
    """Where the authors who still have the village are reached: (staff, village) -> contact."""
    wanted = {(report.author_id, report.village_id) for report in reports}
    staff = {author for author, _ in wanted if author}
    if not staff:
        return {}
    posts = await Post.filter(staff_id__in=staff, role="coordinator", state="active").using_db(connection)
    rows = Contact.filter(staff_id__in=staff).order_by("-created_at", "-id").using_db(connection)
    contacts = {str(contact.staff_id): contact.id for contact in await rows}  # the oldest stays
    held = {(post.staff_id, post.place_id) for post in posts}
    return {one: contacts[one[0]] for one in held & wanted if one[0] in contacts}


async def _answer_reports(
    connection: BaseDBAsyncClient, reports: dict[Lookup, list[Report]], facts: dict[str, WomanFact]
) -> Answers:
    ids = {report.id for found in reports.values() for report in found}
    delivered: set[str] = set()
    if ids:
        acknowledged = Delivery.filter(id__in=ids, state="acknowledged").using_db(connection)
        delivered = {str(delivery) for delivery in await acknowledged.values_list("id", flat=True)}
    unseen = [
        one for lookup, found in reports.items() if isinstance(lookup, ReportsToVerify) for one in found
    ]
    authors = await _authors(connection, unseen)
    return {
        lookup: tuple(
            ReportFact(
                report_id=report.report_id,
                version=report.version,
                event=report.event,
                woman_id=report.woman_id,
                pregnancy_id=report.pregnancy_id,
                village_id=report.village_id,
                event_time=report.event_time,
                known_time=report.known_time,
                recorded_time=report.recorded_time,
                body=report.body,
                withdrawn=report.withdrawn,
                woman=facts.get(report.woman_id),
                delivered=report.id in delivered,
                verification=report.verification,
                author_contact_id=authors.get((report.author_id or "", report.village_id or "")),
            )
            for report in found
        )
        for lookup, found in reports.items()
    }


# Staff


async def _answer_invitations(
    connection: BaseDBAsyncClient, asked: set[Lookup], organisation: Organisation
) -> Answers:
    blind = crypto.current().blind
    by_code = {lookup: blind("code", lookup.code) for lookup in _only(InviteByCode, asked)}
    by_issuer = _only(InvitesBy, asked)
    if not by_code and not by_issuer:
        return {}
    said = Q(code_index__in=set(by_code.values()))
    waiting = Q(issuer_id__in={lookup.staff_id for lookup in by_issuer}, state="claimed")
    rows = await Invitation.filter(said | waiting).order_by("created_at", "id").using_db(connection)

    def fact(row: Invitation) -> InviteFact:
        return InviteFact(
            id=row.id,
            role=row.role,
            place_id=row.place_id,
            place_name=organisation.name_of(row.place_id),
            phone=row.phone,
            issuer_contact_id=row.issuer_contact_id,
            state=row.state,
            expires_at=row.expires_at,
            claimed_by=row.claimed_by_id,
            claimed_name=row.claimed_name or "",
        )

    answers: Answers = {}
    for lookup, index in by_code.items():
        answers[lookup] = tuple(fact(row) for row in rows if row.code_index == index)
    for issuer in by_issuer:
        answers[issuer] = tuple(
            fact(row) for row in rows if row.issuer_id == issuer.staff_id and row.state == "claimed"
        )
    return answers


async def _answer_attempts(connection: BaseDBAsyncClient, asked: set[Lookup], now: datetime) -> Answers:
    """On the day asked for or today, whichever has more: a late message brings no tries of its own day along."""
    today = now.astimezone(LOCAL).date()
    keys = {
        lookup: {f"{lookup.contact_id}:{lookup.purpose}:{day.isoformat()}" for day in (lookup.day, today)}
        for lookup in _only(AttemptsToday, asked)
    }
    if not keys:
        return {}
    rows = await Attempt.filter(id__in=set().union(*keys.values())).using_db(connection)
    counts = {row.id: row.count for row in rows}
    return {lookup: (max(counts.get(key, 0) for key in both),) for lookup, both in keys.items()}


async def _answer_pins(connection: BaseDBAsyncClient, asked: set[Lookup]) -> Answers:
    lookups = _only(PinOf, asked)
    if not lookups:
        return {}
    staff = Staff.filter(id__in={lookup.staff_id for lookup in lookups}, pin__isnull=False).using_db(
        connection
    )
    kept = {str(key): str(pin) for key, pin in await staff.values_list("id", "pin")}
    keyring = crypto.current()
    return {
        lookup: (
            PinFact(
                is_set=lookup.staff_id in kept,
                right=lookup.staff_id in kept and is_pin(keyring, kept[lookup.staff_id], lookup.said),
            ),
        )
        for lookup in lookups
    }


async def _answer_staff(
    connection: BaseDBAsyncClient, asked: set[Lookup], organisation: Organisation
) -> Answers:
    """Offices pending and active; who was revoked holds none any more."""
    below = {
        lookup: {place.id for place in organisation.below(lookup.place_id)}
        for lookup in _only(StaffBelow, asked)
    }
    places = set().union(*below.values())
    posts: list[Post] = []
    contacts: dict[str, str] = {}
    if places:
        held = Post.filter(place_id__in=places).exclude(state="revoked").order_by("since", "id")
        posts = await held.select_related("staff").using_db(connection)
        staff_ids = {post.staff_id for post in posts}
        rows = Contact.filter(staff_id__in=staff_ids).order_by("-created_at", "-id").using_db(connection)
        contacts = {str(contact.staff_id): contact.id for contact in await rows}  # the oldest stays
    return {
        lookup: tuple(
            StaffFact(
                id=post.staff_id,
                contact_id=contacts.get(post.staff_id),
                name=post.staff.name,
                phone=post.staff.phone,
                role=post.role,
                place_id=post.place_id,
                place_name=organisation.name_of(post.place_id),
                state=post.state,
            )
            for post in posts
            if post.place_id in inside
        )
        for lookup, inside in below.items()
    }


async def _answer_responsible(connection: BaseDBAsyncClient, asked: set[Lookup]) -> Answers:
    return {
        one: await responsible_for(connection, one.name, one.villages) for one in _only(ResponsibleFor, asked)
    }


# Alerts


async def _answer_alerts(
    connection: BaseDBAsyncClient, asked: set[Lookup], organisation: Organisation, now: datetime
) -> Answers:
    """Alerts by whom they were told to; the name of who took one goes with it."""
    lookups = _only(AlertsTold, asked)
    if not lookups:
        return {}
    # what is told no more waits for nobody; what is told once only waits as it is
    waiting = Q(alert__next_check_at__isnull=False) | Q(alert__kind=PAST)
    relevant = Q(waiting, alert__acknowledged_at__isnull=True)
    relevant |= Q(alert__acknowledged_at__gt=now - _TAKEN_SHOWN)
    rows = AlertTold.filter(relevant, contact_id__in={lookup.contact_id for lookup in lookups})
    told = await rows.select_related("alert").order_by("-alert__raised_at", "id").using_db(connection)
    takers = {row.alert.acknowledged_by_id for row in told if row.alert.acknowledged_by_id}
    contacts = Contact.filter(id__in=takers).select_related("staff").using_db(connection)
    names = {one.id: one.staff.name if one.staff else "" for one in await contacts} if takers else {}
    return {
        lookup: tuple(
            AlertFact(
                id=row.alert.id,
                kind=row.alert.kind,
                number=row.number,
                place_name=organisation.full_name(row.alert.place_id),
                raised_at=row.alert.raised_at,
                details=row.alert.details,
                taken_by=names.get(str(row.alert.acknowledged_by_id), "")
                if row.alert.acknowledged_at
                else None,
                mine=row.alert.acknowledged_by_id == lookup.contact_id,
                woman_id=row.alert.woman_id,
            )
            for row in told
            if row.contact_id == lookup.contact_id
        )
        for lookup in lookups
    }


async def _answer_clocks(
    connection: BaseDBAsyncClient, asked: set[Lookup], organisation: Organisation
) -> Answers:
    """Duties that run, of every office that asks; with the name of the woman each is about."""
    lookups = _only(ClocksRunning, asked)
    if not lookups:
        return {}
    where = {lookup: _where_owed(lookup, organisation) for lookup in lookups}
    places = {place for around in where.values() for place in around}
    rows = await (
        Clock.filter(place_id__in=places, state="running").order_by("due_at", "id").using_db(connection)
    )
    women = await Woman.filter(id__in={row.woman_id for row in rows if row.woman_id}).using_db(connection)
    names = {woman.id: str(woman.details.get("name") or "") for woman in women}
    return {
        lookup: tuple(
            ClockFact(
                id=row.id,
                running=running_of(row),
                programme=row.details["programme"],
                place_name=organisation.full_name(row.place_id),
                owner_place_id=_owner_place(row),
                hospital=organisation.name_of(_owner_place(row)) if row.owner == "institution" else "",
                woman_name=names.get(row.woman_id or "", ""),
                woman_id=row.woman_id,
            )
            for row in rows
            if _concerns(row, lookup, where[lookup])
        )
        for lookup in lookups
    }


def _where_owed(lookup: ClocksRunning, organisation: Organisation) -> frozenset[str]:
    """Where what is owed to be shown lies: what comes round in a hospital is kept with it, and its county is above it."""
    hospitals = (
        [place.id for place in organisation.below(lookup.place_id) if place.kind == "institution"]
        if lookup.role == "county"
        else []
    )
    return frozenset((*lookup.villages, lookup.place_id, *hospitals))


def _owner_place(row: Clock) -> str:
    return str(row.details["places"][-1] if row.owner == "institution" else row.place_id)


def _concerns(row: Clock, lookup: ClocksRunning, around: Collection[str]) -> bool:
    match lookup.role:
        case "coordinator":
            return row.owner == "coordinator" and row.place_id in lookup.villages
        case "township":
            return row.owner in ("coordinator", "township") and row.place_id in lookup.villages
        case "institution":
            return row.owner == "institution" and lookup.place_id in row.details["places"]
        case "county":
            return row.place_id in around
        case _:
            return False
