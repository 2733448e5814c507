"""Who wrote: from a channel's address to a contact, her office, her session. A batch in a few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from bot.channels.base import Inbound
from bot.linking import Unlinked, link_phones
from conversations.message import Role, Speaker, Village
from storage.cases import WRONG
from storage.crypto import Keyring
from storage.models import Address, Contact, Session, Staff
from storage.organisation import Organisation
from storage.reading import plain, rows
from storage.transaction import Transaction

RANK: dict[str, int] = {"county": 0, "township": 1, "institution": 2, "coordinator": 3}
"""Somebody with several offices speaks as the highest."""

REMEMBERED = 4096
"""Speakers kept ready. Whether one still holds is decided by the rows that made her, read for every batch."""

_PEOPLE = """
    SELECT a.id, a.address_index, c.id, c.staff_id, c.locale, c.opted_out_at, c.silenced_at, c.unsafe_at, s.data, s.version
    FROM address a JOIN contact c ON c.id = a.contact_id LEFT JOIN session s ON s.contact_id = c.id
    WHERE a.channel = ? AND a.address_index IN ?"""
_POSTS = """
    SELECT p.staff_id, p.place_id, p.role, f.name
    FROM post p JOIN staff f ON f.id = p.staff_id
    WHERE p.staff_id IN ? AND p.state = 'active' ORDER BY p.since, p.id"""
_LINKED = """
    SELECT l.contact_id, l.woman_id, w.village_id, l.consent
    FROM contact_woman l JOIN woman w ON w.id = l.woman_id WHERE l.contact_id IN ?"""
_PHONES = "SELECT phone_index, id, village_id FROM woman WHERE phone_index IN ?"
_WAITING = "SELECT claimed_by_id FROM invitation WHERE claimed_by_id IN ? AND state = 'claimed'"


@dataclass(slots=True)
class Person:
    """The one behind an address: as stored, or `new` when nobody has written from there before.

    `error`: why what is stored of her cannot be read; her session then has to stay as it is.
    """

    contact: Contact
    address: Address
    speaker: Speaker
    session: dict[str, Any] | None = None
    """whatever hears her message takes it over"""
    session_version: int = 0
    new: bool = False
    error: Exception | None = None


Key = tuple[str, str]
"""(channel, blind index of the address)"""


def key_of(inbound: Inbound, keyring: Keyring) -> Key:
    return inbound.channel, keyring.blind("address", inbound.address)


async def load_people(
    tx: Transaction,
    inbounds: Mapping[Key, Inbound],
    keyring: Keyring,
    organisation: Organisation,
    new_id: Callable[[], str],
    now: datetime,
) -> dict[Key, Person]:
    """Everybody who wrote, by the address she wrote from. An SMS from the registered phone of exactly one who
    holds an office now is hers, in the conversation she has elsewhere."""
    found = await _stored(tx, inbounds)
    offices = await _offices(tx, {row[3] for row in found.values() if row[3]})
    unlinked = [  # an office's phone stays with the office: whose office was taken holds none any more
        Unlinked(inbounds[key].address, key[1], *(found[key][0], found[key][2]) if key in found else ())
        for key in inbounds
        if key[0] == "sms" and not (key in found and found[key][3] in offices)
    ]
    if unlinked and (linked := await link_phones(tx, unlinked, keyring, new_id, now)):
        found |= await _stored(tx, [("sms", index) for index in linked])
        offices = await _offices(tx, {row[3] for row in found.values() if row[3]})
    people = {
        key: _stranger(inbound, key[1], new_id, now) for key, inbound in inbounds.items() if key not in found
    }
    others = {row[2]: key for key, row in found.items() if not row[3]}
    others |= {person.contact.id: key for key, person in people.items()}  # a woman's very first message, too
    phones = {
        keyring.blind("phone", inbounds[key].address): contact
        for contact, key in others.items()
        if key[0] == "sms"
    }
    speakers = await _others(tx, others, phones, organisation) if others else {}
    for person in people.values():
        person.speaker = speakers[person.contact.id]
    for key, row in found.items():
        inbound = inbounds[key]
        address_id, index, contact_id, staff_id, locale, opted_out, silenced, unsafe, data, version = row
        person = people[key] = Person(
            Contact(id=contact_id, staff_id=staff_id, locale=locale),
            Address(id=address_id, channel=key[0], address=inbound.address, address_index=index),
            Speaker(contact_id),
            session_version=version or 0,
        )
        try:
            if staff_id:
                posts = tuple(offices.get(staff_id, ()))
                person.speaker = _staff(contact_id, staff_id, posts, organisation)
            else:
                person.speaker = _as_she_wishes(speakers[contact_id], opted_out, silenced, unsafe)
            person.session = plain(Session, "data", data)
        except Exception as error:
            person.error = error
    return people


async def _stored(tx: Transaction, keys: Collection[Key]) -> dict[Key, Any]:
    return {
        (channel, row[1]): row
        for channel in {channel for channel, _ in keys}
        for row in await rows(tx, _PEOPLE, channel, [index for name, index in keys if name == channel])
    }


def _stranger(inbound: Inbound, index: str, new_id: Callable[[], str], now: datetime) -> Person:
    contact = Contact(id=new_id(), locale=inbound.locale or "zh_CN", created_at=now)
    address = Address(
        id=new_id(),
        contact_id=contact.id,
        channel=inbound.channel,
        address=inbound.address,
        address_index=index,
        state="active",
    )
    return Person(contact, address, Speaker(contact_id=contact.id), new=True)


Office = tuple[str, str, str]
"""(place id, role, the holder's name as stored)"""


async def _offices(tx: Transaction, staff: Collection[str]) -> dict[str, list[Office]]:
    offices: dict[str, list[Office]] = defaultdict(list)
    if staff:
        for staff_id, *office in await rows(tx, _POSTS, staff):
            offices[staff_id].append(tuple(office))
    return offices


@lru_cache(REMEMBERED)
def _staff(contact_id: str, staff_id: str, offices: Sequence[Office], organisation: Organisation) -> Speaker:
    """Somebody of the programme: her highest active office, and the villages it covers."""
    if not offices:
        return Speaker(contact_id, standing="revoked", staff_id=staff_id)
    first_place, first_role, name = min(offices, key=lambda office: RANK.get(office[1], 9))
    role: Role = first_role  # type: ignore[assignment]
    places = [place for place, its_role, _ in offices if its_role == role]
    around = [organisation.around(place) for place in places] if role == "institution" else places
    villages = {v.id: Village(v.id, v.name) for place in around for v in organisation.villages_under(place)}
    townships = {
        place.id: Village(place.id, place.name)
        for own in places
        for place in organisation.below(own)
        if place.kind == "township"
    }
    return Speaker(
        contact_id=contact_id,
        role=role,
        standing="active",
        staff_id=staff_id,
        name=plain(Staff, "name", name),
        place_id=first_place,
        place_name=organisation.name_of(first_place),
        villages=tuple(villages.values()),
        townships=tuple(townships.values()),
        programme=organisation.programme_of(first_place),
        office_phone=organisation.phone_of(first_place),
    )


async def colleague(tx: Transaction, contact_id: str, staff_id: str, organisation: Organisation) -> Speaker:
    """A colleague as she is now, without having written: her highest office, or (revoked) none any more."""
    offices = await _offices(tx, [staff_id])
    return _staff(contact_id, staff_id, tuple(offices.get(staff_id, ())), organisation)


async def _others(
    tx: Transaction, contacts: Collection[str], phones: Mapping[str, str], organisation: Organisation
) -> dict[str, Speaker]:
    """Who holds no office: the women behind a phone, by a link or because the number is theirs (`phones`:
    contact by blind index); somebody who waits to be let in; a stranger."""
    women: dict[str, dict[str, str | None]] = defaultdict(dict)
    elsewhere: set[tuple[str, str]] = set()
    for contact_id, woman_id, village_id, consent in await rows(tx, _LINKED, contacts):
        if consent == WRONG:
            elsewhere.add((contact_id, woman_id))
        else:
            women[contact_id][woman_id] = village_id
    if phones:
        for index, woman_id, village_id in await rows(tx, _PHONES, phones):
            if (phones[index], woman_id) not in elsewhere:
                women[phones[index]][woman_id] = village_id
    waiting = {contact_id for (contact_id,) in await rows(tx, _WAITING, contacts)}
    return {
        contact: _other(contact, women[contact], contact in waiting, organisation) for contact in contacts
    }


def _as_she_wishes(speaker: Speaker, opted_out: object, silenced: object, unsafe: object) -> Speaker:
    """A number that is said to be wrong is a stranger's, whoever it is kept for."""
    if silenced and speaker.role == "woman":
        stranger = replace(speaker, role="unknown", standing="unknown", office_phone="")
        return replace(stranger, silenced=True, opted_out=bool(opted_out))
    if opted_out or unsafe:
        return replace(speaker, opted_out=bool(opted_out), unsafe=bool(unsafe))
    return speaker


def _other(
    contact_id: str, women: Mapping[str, str | None], waiting: bool, organisation: Organisation
) -> Speaker:
    if waiting:
        return Speaker(contact_id, standing="pending")
    if women:
        phone = next((phone for one in women.values() if (phone := organisation.phone_of(one))), "")
        return Speaker(
            contact_id,
            role="woman",
            standing="active",
            women=tuple(sorted(women)),
            office_phone=phone,
            programme=organisation.programme_of(next(iter(women.values()))),
        )
    return Speaker(contact_id)
