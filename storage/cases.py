"""Cases of care (conversations/care/case.py) as the database has them: many at once in a few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from conversations.care.case import ActState, Case, Reach
from conversations.care.colours import Grade
from conversations.care.gestation import age_on, due_date
from conversations.care.programme import programme
from conversations.care.visits import Born, Course, Done, End
from conversations.facts import SmsWay
from conversations.ids import derived_id
from storage import crypto
from storage.models import Address, CareAct, Child, Contact, ContactWoman, Pregnancy, Woman
from storage.organisation import Organisation
from storage.reading import full_rows

SMS = "sms"
WRONG = "wrong"
"""In place of a consent: the number was called wrong while it was kept for her, and is another woman's since."""


@dataclass(frozen=True, slots=True)
class Route:
    """How a woman is written to: the contact, with `link` to her, and where. With no `contact` nobody has written to
    this number yet."""

    channel: str
    address: str
    contact: Contact | None = None
    link: ContactWoman | None = None


@dataclass(frozen=True, slots=True)
class Ways:
    """What a woman may choose from: `chats` on which she said yes, and whether she can be reminded by SMS."""

    chats: tuple[str, ...]
    sms: SmsWay


@dataclass(frozen=True, slots=True)
class Loaded:
    """A case with the rows it was made of: `acts` by key, `route` if there is any way to write to her."""

    case: Case
    woman: Woman
    acts: Mapping[str, CareAct]
    route: Route | None
    ways: Ways


async def load_cases(
    connection: BaseDBAsyncClient,
    pregnancy_ids: Collection[str],
    organisation: Organisation,
    channels: Collection[str],
) -> dict[str, Loaded]:
    """The cases of these pregnancies, by pregnancy. `channels`: those there are to write on."""
    wanted = await full_rows(connection, Pregnancy, "id", pregnancy_ids)
    if not wanted:
        return {}
    women_ids = list({one.woman_id for one in wanted})
    women = {one.id: one for one in await full_rows(connection, Woman, "id", women_ids)}
    every = await full_rows(connection, Pregnancy, "woman_id", women_ids)
    children = _grouped(await full_rows(connection, Child, "pregnancy_id", pregnancy_ids), "pregnancy_id")
    acts = _grouped(
        await full_rows(connection, CareAct, "pregnancy_id", pregnancy_ids, "made_at, id"), "pregnancy_id"
    )
    reaches = await _reaches(connection, women, channels)
    newest = newest_of(every, women)
    loaded: dict[str, Loaded] = {}
    for one in wanted:
        woman = women[one.woman_id]
        reach, route, ways = reaches[woman.id]
        rows = {act.key: act for act in acts[one.id]}
        case = case_of(one, woman, sorted(children[one.id], key=lambda child: child.id), organisation)
        states = {key: act_state(row) for key, row in rows.items()}
        case = replace(case, newest=newest[woman.id] == one.id, reach=reach, acts=MappingProxyType(states))
        loaded[one.id] = Loaded(case, woman, rows, route, ways)
    return loaded


def act_state(row: CareAct) -> ActState:
    """What became of an act, as the plan sees it."""
    said = row.said or {}
    return ActState(
        row.made_at,
        row.to_role,  # type: ignore[arg-type]  # these three: the words they are written with
        row.state,  # type: ignore[arg-type]
        row.reason,  # type: ignore[arg-type]
        row.answer,  # type: ignore[arg-type]
        day=_day(said.get("day")),
        place=said.get("place", ""),
        answered=row.answered_at,
    )


def _grouped(rows: Iterable[Any], key: str) -> defaultdict[str, list[Any]]:
    groups: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups


# ── a pregnancy ─────────────────────────────────────────────────────────────────────────────────────────


def newest_of(pregnancies: Iterable[Pregnancy], women: Mapping[str, Woman]) -> dict[str, str]:
    """Each woman's newest pregnancy that some report stands for."""
    newest: dict[str, tuple[tuple[bool, date, str], str]] = {}
    for one in pregnancies:
        details = one.details
        lmp = _day(details.get("lmp"))
        ends = _day(details.get("end_date")) or (due_date(lmp) if lmp else None) or date.max
        rank = (_real(one), ends, one.id)
        if one.woman_id not in newest or rank > newest[one.woman_id][0]:
            newest[one.woman_id] = (rank, one.id)
    return {woman: found for woman, (_, found) in newest.items()}


def _real(pregnancy: Pregnancy) -> bool:
    return pregnancy.open or pregnancy.details.get("ended") is not None


def case_of(
    pregnancy: Pregnancy, woman: Woman, children: Sequence[Child], organisation: Organisation
) -> Case:
    """A pregnancy as its rows tell it; how she is reached and what was done are not looked at. `children`: its own, in the
    order of their ids."""
    details, her = pregnancy.details, woman.details
    rules = programme(organisation.programme_of(woman.village_id))
    end, born = _end(details, children), tuple(_born(details, children))
    registered = _day(details.get("registered")) or woman.updated_at.date()
    died = None if her.get("alive", True) else _day(her.get("death_date")) or registered
    course = Course(
        registered=registered,
        lmp=_day(details.get("lmp")),
        end=end,
        died=died,
        left=_day(her.get("moved_out")),
        children=born,
        done=tuple(_done(details, children, end)),
        # a township of which nobody said so cannot deliver
        no_midwifery=rules.transfer is not None and not organisation.has_midwifery(woman.village_id),
    )
    seen = {mode: day for mode in ("phone", "home") if (day := _day(her.get("followed_up", {}).get(mode)))}
    at_home = [one.day for one in course.done if one.kind == "postnatal"]
    if at_home:
        seen["home"] = max([*at_home, seen.get("home", date.min)])
    grades = details.get("grades") or [{}]
    special = her.get("special_group")
    return Case(
        id=pregnancy.id,
        woman_id=woman.id,
        programme=rules,
        course=course,
        name=her.get("name") or "",
        phone=her.get("phone") or "",
        village_id=woman.village_id,
        village=organisation.name_of(woman.village_id),
        township=organisation.name_of(organisation.township_of(woman.village_id)),
        real=_real(pregnancy),
        end_told=_day(details.get("end_told")) or (end.day if end else None),
        booked=bool(details.get("booked")),
        appointment=_day(details.get("next_appointment")) if end is None else None,
        grade=_grade(details),
        graded_on=_day(grades[-1].get("date")),
        managed_higher=any(one.get("managed_higher") for one in grades),
        special=special if special != "none" else None,
        restricted=her.get("restricted"),
        minor_texts=her.get("minor_texts") == "allowed",
        seen=MappingProxyType(seen),  # type: ignore[arg-type]  # the two modes
        bereaved=any(child.details.get("alive") is False for child in children),
    )


def _grade(details: Mapping[str, Any]) -> Grade:
    colour, purple = (
        details.get("colour"),
        bool(details.get("with_purple")) or details.get("colour") == "purple",
    )
    return Grade(
        None if colour == "purple" else colour,
        purple=purple,
        star=bool(details.get("star")),
        key=bool(details.get("key_follow_up")) and not colour and not purple,
    )


def _end(details: Mapping[str, Any], children: Sequence[Child]) -> End | None:
    """How the pregnancy ended: by a birth where any child was born alive."""
    ended = details.get("ended")
    if ended is None:
        return None
    day = _day(details.get("end_date")) or _day(details.get("end_told")) or date.min
    at_home = details.get("place_kind") == "home"
    discharged = _day(details.get("discharge_date"))
    if ended == "birth":
        return End("birth" if any(map(_born_alive, children)) else "stillbirth", day, discharged, at_home)
    return End("stillbirth" if details.get("loss_kind") == "stillbirth" else "loss", day, discharged, at_home)


def _born_alive(child: Child) -> bool:
    return child.details.get("alive") is not False or child.details.get("death_date") is not None


def _born(details: Mapping[str, Any], children: Sequence[Child]) -> Iterable[Born]:
    for child in children:
        day = _day(child.details.get("birth_date")) or _day(details.get("end_date"))
        if _born_alive(child) and day is not None:
            yield Born(child.id, day, died=_day(child.details.get("death_date")))


def _done(details: Mapping[str, Any], children: Sequence[Child], end: End | None) -> Iterable[Done]:
    for visit in details.get("visits", ()):
        yield Done("antenatal", _sure(visit["date"]), number=visit.get("visit_number"))
    for visit in details.get("postnatal", ()):
        day = _sure(visit["date"])
        kind = visit.get("visit_kind") or ("day42" if end and (day - end.day).days >= 35 else "home")
        yield Done("day42" if kind == "day42" else "postnatal", day)
    for child in children:
        if seen := _day(child.details.get("newborn_visit")):
            yield Done("newborn", seen, child=child.id)


def _day(value: object) -> date | None:
    """A date, or the day of a time."""
    return date.fromisoformat(value[:10]) if isinstance(value, str) and value else None


def age_of(details: Mapping[str, Any], today: date) -> int | None:
    """Full years: from the birth date, or from the age once told and the years since."""
    born, told, told_on = _day(details.get("birth_date")), details.get("age"), _day(details.get("age_on"))
    if born is not None:
        return age_on(born, today)
    if told is not None and told_on is not None:
        return int(told) + age_on(told_on, today)
    return told


def _sure(value: str) -> date:
    return date.fromisoformat(value[:10])


# ── how she is reached ──────────────────────────────────────────────────────────────────────────────────


async def _reaches(
    connection: BaseDBAsyncClient, women: Mapping[str, Woman], channels: Collection[str]
) -> dict[str, tuple[Reach, Route | None, Ways]]:
    blind = crypto.current().blind
    phones = {one.id: phone for one in women.values() if (phone := one.details.get("phone"))}
    links = _grouped(await full_rows(connection, ContactWoman, "woman_id", women), "woman_id")
    linked = {link.contact_id for group in links.values() for link in group}
    by_number: dict[str, Address] = {}
    if phones and SMS in channels:
        indexes = {blind("address", phone) for phone in phones.values()}
        known = await full_rows(connection, Address, "address_index", indexes)
        by_number = {one.address_index: one for one in known if one.channel == SMS}
    addresses = _grouped(await full_rows(connection, Address, "contact_id", linked), "contact_id")
    ids = linked | {one.contact_id for one in by_number.values()}
    contacts = {one.id: one for one in await full_rows(connection, Contact, "id", ids)}
    held, shared = await _others(connection, women)
    shared |= await _beside(connection, links, linked)
    return {
        woman.id: _reach(
            woman,
            phones.get(woman.id, ""),
            by_number.get(blind("address", phones[woman.id])) if woman.id in phones else None,
            links[woman.id],
            contacts,
            addresses,
            channels,
            held=woman.id in held,
            shared=woman.id in shared,
        )
        for woman in women.values()
    }


async def _others(connection: BaseDBAsyncClient, women: Mapping[str, Woman]) -> tuple[set[str], set[str]]:
    """Those whose number was also that of a woman who died, and who has not been said to use it since; and those whose
    number is also that of another who lives."""
    numbers = {one.phone_index for one in women.values() if one.phone_index}
    sharing = _grouped(await full_rows(connection, Woman, "phone_index", numbers), "phone_index")
    held, shared = set(), set()
    for one in women.values():
        if not one.phone_index or not one.details.get("alive", True):
            continue
        others = [other for other in sharing.get(one.phone_index, ()) if other.id != one.id]
        died = [
            _day(other.details.get("death_date")) or date.max
            for other in others
            if not other.details.get("alive", True)
        ]
        if died and (_day(one.details.get("phone_on")) or date.min) <= max(died):
            held.add(one.id)
        if len(died) < len(others):
            shared.add(one.id)
    return held, shared


async def _beside(
    connection: BaseDBAsyncClient, links: Mapping[str, Sequence[ContactWoman]], linked: Collection[str]
) -> set[str]:
    """Those who are not the only one linked to a phone or an account."""
    behind = _grouped(await full_rows(connection, ContactWoman, "contact_id", linked), "contact_id")
    return {
        woman_id for woman_id, hers in links.items() if any(len(behind[one.contact_id]) > 1 for one in hers)
    }


def _reach(
    woman: Woman,
    phone: str,
    number: Address | None,
    links: Sequence[ContactWoman],
    contacts: Mapping[str, Contact],
    addresses: Mapping[str, Sequence[Address]],
    channels: Collection[str],
    *,
    held: bool,
    shared: bool,
) -> tuple[Reach, Route | None, Ways]:
    """The one way that is taken: an account of hers that she said yes on, or her phone where she prefers that and said yes
    there too; else her own phone; else such an account before she was asked. A number counts only while it is the one on
    the roster, whoever wrote from it before."""
    # what was said from a number she never answered on is not her word
    hers = [link for link in links if link.consent in ("yes", "no")]
    told_out = any(contacts[link.contact_id].opted_out_at is not None for link in hers)
    owner = contacts.get(number.contact_id) if number is not None else None
    written_to = [
        *(contacts[link.contact_id] for link in links if link.consent != WRONG),
        *([owner] if owner else []),
    ]
    unsafe = any(contact.unsafe_at is not None for contact in written_to)
    accounts = [
        (link, address)
        for link in links
        for address in addresses.get(link.contact_id, ())
        if address.channel != SMS and address.channel in channels and address.state == "active"
        and contacts[link.contact_id].staff_id is None and not unsafe
    ]  # fmt: skip
    accounts.sort(
        key=lambda one: (one[0].consent == "yes", one[1].channel == woman.prefers, _written(one[1])),
        reverse=True,
    )
    own = next((one for one in links if owner is not None and one.contact_id == owner.id), None)
    usable = SMS in channels and (number is None or number.state == "active")
    ways = Ways(
        tuple(dict.fromkeys(address.channel for link, address in accounts if link.consent == "yes")),
        _sms_way(
            woman, owner, own, there=bool(phone) and usable and not held, told_out=told_out, unsafe=unsafe
        ),
    )
    by_sms = woman.prefers == SMS and ways.sms == "ready"
    if accounts and not by_sms and (accounts[0][0].consent == "yes" or not phone):
        link, address = accounts[0]
        contact = contacts[link.contact_id]
        reach = Reach(
            consent=link.consent,  # type: ignore[arg-type]  # the words it is written with
            consent_at=link.consent_at,
            hers=True,
            safe=True,
            opted_out=told_out,
            silenced=contact.silenced_at is not None,
            shared=shared,
            there=True,
            mark=_mark(address.id),
        )
        return reach, Route(address.channel, address.address, contact, link), ways
    if not phone:
        # of an account that is not safe: its mark tells it from none
        return Reach(opted_out=told_out, mark=_mark(woman.id) if unsafe else ""), None, ways
    wrong = own is not None and own.consent == WRONG
    reach = Reach(
        consent=own.consent if own and not wrong else None,  # type: ignore[arg-type]
        consent_at=own.consent_at if own else None,
        # somebody who works here: her phone was told in place of the woman's
        hers=woman.details.get("phone_owner") == "self" and (owner is None or owner.staff_id is None),
        safe=woman.details.get("safe_to_text") is True and not unsafe,
        held=held,
        opted_out=told_out or (owner is not None and owner.opted_out_at is not None),
        silenced=wrong or (owner is not None and owner.silenced_at is not None),
        shared=shared,
        there=usable,
        mark=_mark(phone),
    )
    return reach, Route(SMS, phone, owner, own) if usable else None, ways


def _sms_way(
    woman: Woman,
    owner: Contact | None,
    own: ContactWoman | None,
    *,
    there: bool,
    told_out: bool,
    unsafe: bool,
) -> SmsWay:
    """`owner`: the contact her number leads to; `own`: what she said there."""
    hers = woman.details.get("phone_owner") == "self" and (owner is None or owner.staff_id is None)
    if not there or not hers:
        return "none"
    if unsafe or woman.details.get("safe_to_text") is not True:
        return "unsafe"
    off = owner is not None and (owner.opted_out_at is not None or owner.silenced_at is not None)
    if told_out or off or (own is not None and own.consent in (WRONG, "no")):
        return "stopped"
    return "ready" if own is not None and own.consent == "yes" else "ask"


def _mark(address: str) -> str:
    return derived_id(crypto.current().blind("address", address))[:8]


def _written(address: Address) -> datetime:
    return address.last_inbound_at or datetime.min.replace(tzinfo=UTC)
