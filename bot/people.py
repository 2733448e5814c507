"""Who wrote: from a channel's address to a contact, her office, her session. A batch in a few queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.base import Inbound
from conversations.message import Role, Speaker, Standing, Village
from storage.crypto import Keyring
from storage.models import Address, Contact, ContactWoman, Invitation, Post, Session, Woman
from storage.organisation import Organisation
from storage.transaction import Transaction

RANK: dict[str, int] = {"county": 0, "township": 1, "institution": 2, "coordinator": 3}
"""Somebody with several offices speaks as the highest."""


@dataclass(slots=True)
class Person:
    """The one behind an address: as stored, or `new` when nobody has written from there before."""

    contact: Contact
    address: Address
    speaker: Speaker
    session: dict[str, Any] | None
    session_version: int
    new: bool = False


Key = tuple[str, str]
"""(channel, blind index of the address)"""


def key_of(inbound: Inbound, keyring: Keyring) -> Key:
    return inbound.channel, keyring.blind("address", inbound.address)


async def load_people(
    tx: Transaction,
    inbounds: dict[Key, Inbound],
    keyring: Keyring,
    organisation: Organisation,
    new_id: Callable[[], str],
    now: datetime,
) -> dict[Key, Person]:
    """Everybody who wrote, by the address she wrote from."""
    indexes = [index for _, index in inbounds]
    rows = await Address.filter(address_index__in=indexes).using_db(tx)
    addresses = {
        (row.channel, row.address_index): row for row in rows if (row.channel, row.address_index) in inbounds
    }
    ids = [row.contact_id for row in addresses.values()]
    contacts = {row.id: row for row in await Contact.filter(id__in=ids).using_db(tx)} if ids else {}
    sessions = (
        {row.contact_id: row for row in await Session.filter(contact_id__in=ids).using_db(tx)} if ids else {}
    )
    phones = {row.contact_id: keyring.blind("phone", row.address) for row in rows if row.channel == "sms"}
    speakers = await speakers_of(tx, contacts.values(), organisation, phones)
    people: dict[Key, Person] = {}
    for key, inbound in inbounds.items():
        address = addresses.get(key)
        if address is None:
            people[key] = _stranger(inbound, key[1], new_id, now)
            continue
        contact, session = contacts[address.contact_id], sessions.get(address.contact_id)
        people[key] = Person(
            contact,
            address,
            speakers[contact.id],
            session.data if session else None,
            session.version if session else 0,
        )
    return people


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
    return Person(contact, address, Speaker(contact_id=contact.id), None, 0, new=True)


async def speakers_of(
    tx: Transaction, contacts: Iterable[Contact], organisation: Organisation, phones: Mapping[str, str]
) -> dict[str, Speaker]:
    """Each contact as a speaker: her highest active office and the villages it covers; or the women behind her
    phone, by a link or because the number is theirs (`phones`: blind index by contact)."""
    contacts = list(contacts)
    staff_ids = [contact.staff_id for contact in contacts if contact.staff_id]
    posts: dict[str, list[Post]] = {}
    if staff_ids:
        for post in await Post.filter(staff_id__in=staff_ids).select_related("staff").using_db(tx):
            posts.setdefault(post.staff_id, []).append(post)
    others = [contact.id for contact in contacts if not contact.staff_id]
    women: dict[str, list[str]] = {}
    waiting: set[str] = set()
    if others:
        for link in await ContactWoman.filter(contact_id__in=others).using_db(tx):
            women.setdefault(link.contact_id, []).append(link.woman_id)
        indexes = {phones[one]: one for one in others if one in phones}
        if indexes:
            for woman in (
                await Woman.filter(phone_index__in=list(indexes)).only("id", "phone_index").using_db(tx)
            ):
                women.setdefault(indexes[str(woman.phone_index)], []).append(woman.id)
        claims = Invitation.filter(claimed_by_id__in=others, state="claimed").using_db(tx)
        waiting = {str(one) for one in await claims.values_list("claimed_by_id", flat=True)}
    return {
        contact.id: _staff(contact, posts.get(contact.staff_id, []), organisation)
        if contact.staff_id
        else _other(contact.id, tuple(women.get(contact.id, ())), contact.id in waiting)
        for contact in contacts
    }


def _other(contact_id: str, women: tuple[str, ...], waiting: bool) -> Speaker:
    if waiting:
        return Speaker(contact_id, standing="pending")
    if women:
        return Speaker(contact_id, role="woman", standing="active", women=women)
    return Speaker(contact_id)


def _staff(contact: Contact, posts: list[Post], organisation: Organisation) -> Speaker:
    active = sorted(
        (post for post in posts if post.state == "active"), key=lambda post: RANK.get(post.role, 9)
    )
    if not active:
        standing: Standing = "revoked"
        return Speaker(contact.id, standing=standing, staff_id=contact.staff_id)
    first = active[0]
    role: Role = first.role  # type: ignore[assignment]
    places = [post.place_id for post in active if post.role == role]
    villages = {v.id: Village(v.id, v.name) for place in places for v in organisation.villages_under(place)}
    townships = {
        place.id: Village(place.id, place.name)
        for own in places
        for place in organisation.below(own)
        if place.kind == "township"
    }
    return Speaker(
        contact_id=contact.id,
        role=role,
        standing="active",
        staff_id=contact.staff_id,
        name=first.staff.name,
        place_id=first.place_id,
        place_name=organisation.name_of(first.place_id),
        villages=tuple(villages.values()),
        townships=tuple(townships.values()),
        programme=organisation.programme_of(first.place_id),
    )
