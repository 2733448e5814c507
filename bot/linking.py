"""Her registered phone is hers: an SMS from it goes into the conversation she has elsewhere.

Only the phone of exactly one person who holds an office now, and only while nobody else is behind the number: no
woman who has written from it, nobody who waits to be let in, nobody who called it wrong, no alert that waits for a
call back to it. SMS senders can be forged, so what comes this way is believed no more than any SMS.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot import audit
from bot.channels.sms.gateway import CHANNEL
from storage.bulk import insert_many
from storage.crypto import Keyring
from storage.models import Address, Alert, Contact, ContactWoman, Invitation
from storage.reading import rows
from storage.transaction import Transaction

log = structlog.get_logger()

_HOLDERS = """
    SELECT DISTINCT f.phone_index, f.id FROM staff f JOIN post p ON p.staff_id = f.id
    WHERE f.phone_index IN ? AND p.state = 'active'"""
_CONTACTS = """
    SELECT c.id, MAX(a.last_inbound_at) FROM contact c LEFT JOIN address a ON a.contact_id = c.id
    WHERE c.staff_id = ? GROUP BY c.id
    ORDER BY MAX(a.last_inbound_at) IS NULL, MAX(a.last_inbound_at) DESC, c.id"""


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A number of nobody who holds an office now; `address_id`, `contact_id`: as it is stored, if it is."""

    number: str
    index: str
    address_id: str | None = None
    contact_id: str | None = None


async def link_phones(
    tx: Transaction, numbers: Iterable[Unlinked], keyring: Keyring, new_id: Callable[[], str], now: datetime
) -> set[str]:
    """Give these numbers to those whose registered phones they are; the blind indexes of those that were given."""
    by_phone = {keyring.blind("phone", one.number): one for one in numbers}
    linked: set[str] = set()
    for phone, staff in (await _holders(tx, by_phone)).items():
        one = by_phone[phone]
        if len(staff) == 1 and not await _somebody_elses(tx, one):
            await _link(tx, one, staff[0], new_id, now)
            linked.add(one.index)
    return linked


async def _holders(tx: Transaction, phones: Mapping[str, object]) -> dict[str, list[str]]:
    holders: defaultdict[str, list[str]] = defaultdict(list)
    if phones:
        for phone, staff_id in await rows(tx, _HOLDERS, phones):
            holders[phone].append(staff_id)
    return holders


async def _somebody_elses(tx: Transaction, one: Unlinked) -> bool:
    if one.contact_id is None:
        return False
    kept = Contact.filter(id=one.contact_id).using_db(tx)
    return (
        await kept.filter(silenced_at__isnull=False).exists()
        or await ContactWoman.filter(contact_id=one.contact_id).using_db(tx).exists()
        or await Invitation.filter(claimed_by_id=one.contact_id, state="claimed").using_db(tx).exists()
        or await Alert.filter(reporter_id=one.contact_id, acknowledged_at__isnull=True).using_db(tx).exists()
    )


async def _link(
    tx: Transaction, one: Unlinked, staff_id: str, new_id: Callable[[], str], now: datetime
) -> None:
    """To the contact she wrote from last; to a new one where she never wrote."""
    hers = await rows(tx, _CONTACTS, staff_id)
    contact_id = hers[0][0] if hers else new_id()
    if not hers:
        await insert_many(tx, Contact, [Contact(id=contact_id, staff_id=staff_id, created_at=now)])
    if one.address_id is not None:
        await Address.filter(id=one.address_id).using_db(tx).update(contact_id=contact_id)
    else:
        address = Address(
            id=new_id(), contact_id=contact_id, channel=CHANNEL, address=one.number, address_index=one.index
        )
        await insert_many(tx, Address, [address])
    audit.note(
        tx, actor=contact_id, role=audit.SYSTEM, action="address.link", channel=CHANNEL, now=now,
        record=contact_id,
    )  # fmt: skip
    log.info("people.phone_linked", contact=contact_id)
