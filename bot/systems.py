"""Those who tell us something and are no person: the county's system, a list that is brought in."""

from __future__ import annotations

from datetime import datetime

from bot.people import Person
from conversations.message import Speaker, Village
from storage.crypto import Keyring
from storage.ids import IdSource
from storage.models import Address, Contact
from storage.organisation import Organisation
from storage.transaction import Transaction


async def system_person(
    tx: Transaction,
    channel: str,
    place_id: str,
    organisation: Organisation,
    keyring: Keyring,
    ids: IdSource,
    now: datetime,
) -> Person:
    """Who speaks on `channel` for a place, with the county's rights over its villages. Nobody can write to it: its
    address is revoked from the start."""
    index = keyring.blind("address", place_id)
    address = await Address.filter(channel=channel, address_index=index).using_db(tx).first()
    new = address is None
    if address is None:
        contact = Contact(id=ids(), locale="zh_CN", created_at=now)
        address = Address(
            id=ids(), contact_id=contact.id, channel=channel, address=place_id, address_index=index,
            state="revoked",
        )  # fmt: skip
    else:
        contact = await Contact.get(id=address.contact_id, using_db=tx)
    speaker = Speaker(
        contact.id,
        role="county",
        standing="active",
        place_id=place_id,
        place_name=organisation.name_of(place_id),
        villages=tuple(Village(v.id, v.name) for v in organisation.villages_under(place_id)),
        programme=organisation.programme_of(place_id),
    )
    return Person(contact, address, speaker, new=new)
