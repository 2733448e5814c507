"""Where a person is reached: the address she wrote from last, of those still open."""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.backends.base.client import BaseDBAsyncClient

from storage.models import Address, Contact


async def reach(connection: BaseDBAsyncClient, contacts: Iterable[Contact]) -> list[tuple[Contact, Address]]:
    """Each contact with her address; who has none open is left out: nobody else is written to instead."""
    wanted = {contact.id: contact for contact in contacts}
    if not wanted:
        return []
    open_ = Address.filter(contact_id__in=list(wanted), state="active").order_by("channel")
    newest: dict[str, Address] = {}
    for row in await open_.using_db(connection):
        known = newest.get(row.contact_id)
        if known is None or later(row, known):
            newest[row.contact_id] = row
    return [(contact, newest[contact_id]) for contact_id, contact in wanted.items() if contact_id in newest]


def later(row: Address, known: Address) -> bool:
    """Whether she wrote from the one later than from the other."""
    if row.last_inbound_at is None:
        return False
    return known.last_inbound_at is None or row.last_inbound_at > known.last_inbound_at
