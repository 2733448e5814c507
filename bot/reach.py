"""Where a person is reached: the address she wrote from last, of those still open."""

from __future__ import annotations

from collections.abc import Iterable

from bot.channels.sms.gateway import CHANNEL as SMS
from storage.models import Address, Contact, Post
from storage.transaction import Transaction


async def reach(tx: Transaction, contacts: Iterable[Contact]) -> list[tuple[Contact, Address]]:
    """Each contact with her address; who has none open is left out: nobody else is written to instead."""
    wanted = {contact.id: contact for contact in contacts}
    if not wanted:
        return []
    rows = await Address.filter(contact_id__in=list(wanted), state="active").order_by("channel").using_db(tx)
    newest: dict[str, Address] = {}
    for row in rows:
        known = newest.get(row.contact_id)
        if known is None or _later(row, known):
            newest[row.contact_id] = row
    return [(contact, newest[contact_id]) for contact_id, contact in wanted.items() if contact_id in newest]


async def sms_of(tx: Transaction, contact_id: str) -> tuple[Contact, Address] | None:
    """The SMS address of the one behind a contact, the one she wrote from last: her own, or (she holds an office)
    that of another contact of hers. None where she has none, or holds her office no more."""
    contact = await Contact.get(id=contact_id, using_db=tx)
    hers = {contact.id: contact}
    if contact.staff_id is not None:
        if not await Post.filter(staff_id=contact.staff_id, state="active").using_db(tx).exists():
            return None
        hers |= {one.id: one for one in await Contact.filter(staff_id=contact.staff_id).using_db(tx)}
    rows = Address.filter(contact_id__in=list(hers), channel=SMS, state="active").using_db(tx)
    found: Address | None = None
    for row in await rows.order_by("id"):
        if found is None or _later(row, found):
            found = row
    return (hers[found.contact_id], found) if found is not None else None


def _later(row: Address, known: Address) -> bool:
    if row.last_inbound_at is None:
        return False
    return known.last_inbound_at is None or row.last_inbound_at > known.last_inbound_at
