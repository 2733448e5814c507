"""Where a person is reached: the address she wrote from last, of those still open."""

from __future__ import annotations

from bot.channels.sms.gateway import CHANNEL as SMS
from storage.models import Address, Contact, Post
from storage.reaching import later
from storage.reaching import reach as reach
from storage.transaction import Transaction


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
        if found is None or later(row, found):
            found = row
    return (hers[found.contact_id], found) if found is not None else None
