"""Where a person is reached: where she wants to be, else the address she wrote from last, of those still open."""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.backends.base.client import BaseDBAsyncClient

from storage.cases import SMS
from storage.models import Address, Contact, Post
from storage.reading import full_rows, rows

_PREFERS = "SELECT id, prefers FROM staff WHERE id IN ? AND prefers IS NOT NULL"


async def reach(
    connection: BaseDBAsyncClient, contacts: Iterable[Contact], *, as_she_prefers: bool = True
) -> list[tuple[Contact, Address]]:
    """Each contact with her address: of a colleague who chose a channel (以后发短信) the one there. Danger goes where she
    wrote last, whatever she prefers. Who has none open is left out: nobody else is written to instead."""
    wanted = {contact.id: contact for contact in contacts}
    if not wanted:
        return []
    staff = {one.staff_id for one in wanted.values() if one.staff_id} if as_she_prefers else set()
    prefers = dict(await rows(connection, _PREFERS, staff)) if staff else {}
    newest: dict[str, Address] = {}
    open_ = full_rows(connection, Address, "contact_id", wanted, "channel", where="state = 'active'")
    for row in await open_:
        known = newest.get(row.contact_id)
        channel = prefers.get(wanted[row.contact_id].staff_id)
        if known is None or (
            later(row, known)
            if (row.channel == channel) == (known.channel == channel)
            else row.channel == channel
        ):
            newest[row.contact_id] = row
    return [(contact, newest[contact_id]) for contact_id, contact in wanted.items() if contact_id in newest]


def later(row: Address, known: Address) -> bool:
    """Whether she wrote from the one later than from the other."""
    if row.last_inbound_at is None:
        return False
    return known.last_inbound_at is None or row.last_inbound_at > known.last_inbound_at


async def sms_of(connection: BaseDBAsyncClient, contact_id: str) -> tuple[Contact, Address] | None:
    """The SMS address of the one behind a contact, the one she wrote from last: her own, or (she holds an office)
    that of another contact of hers. None where she has none, or holds her office no more."""
    contact = await Contact.get(id=contact_id, using_db=connection)
    hers = {contact.id: contact}
    if contact.staff_id is not None:
        if not await Post.filter(staff_id=contact.staff_id, state="active").using_db(connection).exists():
            return None
        hers |= {one.id: one for one in await Contact.filter(staff_id=contact.staff_id).using_db(connection)}
    known = Address.filter(contact_id__in=list(hers), channel=SMS, state="active").using_db(connection)
    found: Address | None = None
    for row in await known.order_by("id"):
        if found is None or later(row, found):
            found = row
    return (hers[found.contact_id], found) if found is not None else None
