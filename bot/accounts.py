"""One colleague, one conversation: where she writes from, brought together when she joins again, and her old number let go.

A number is passed on to strangers, so nothing of hers stays with it: whoever writes from it is nobody here, and what was
waiting for it goes where she is now.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.channels.sms.gateway import CHANNEL
from conversations.ids import derived_id
from storage.crypto import Keyring
from storage.ids import IdSource
from storage.models import (
    Address,
    Alert,
    AlertTold,
    Announcement,
    AnnouncementTold,
    Contact,
    FileJob,
    Invitation,
    Outgoing,
    Session,
    Staff,
    WomanLink,
)
from storage.reaching import later, reach
from storage.transaction import Transaction

WAITING = ("queued", "offered")
"""States of letters that nobody has taken along yet."""


async def bring_together(
    tx: Transaction, keyring: Keyring, ids: IdSource, staff: Staff, joined: str, now: datetime
) -> None:
    """All contacts of `staff`, who has just joined with the contact `joined`, become the one she wrote from last before;
    an SMS address of hers that is not her registered phone becomes a stranger's."""
    contacts = {one.id: one for one in await Contact.filter(staff_id=staff.id).using_db(tx)}
    rows = await Address.filter(contact_id__in=list(contacts)).order_by("id").using_db(tx)
    stays = _stays(rows, contacts, joined)
    others = [one for one in contacts if one != stays]
    hers = keyring.blind("address", staff.phone)
    given_up = [row for row in rows if row.channel == CHANNEL and row.address_index != hers]
    for row in given_up:
        stranger = Contact(id=ids(), created_at=now)
        await stranger.save(using_db=tx, force_create=True)
        await Address.filter(id=row.id).using_db(tx).update(contact_id=stranger.id)
    if others:
        kept = [row.id for row in rows if row not in given_up]
        await Address.filter(id__in=kept).using_db(tx).update(contact_id=stays)
        await _hand_on(tx, [one for one in others if one != joined], stays)
        # told as a stranger, from where she is herself now
        await Alert.filter(reporter_id__in=others).using_db(tx).update(reporter_id=stays)
    await _forward(tx, contacts, {row.address for row in given_up}, contacts[stays], now)


def _stays(rows: Collection[Address], contacts: Collection[str], joined: str) -> str:
    last: Address | None = None
    for row in rows:
        if row.contact_id != joined and (last is None or later(row, last)):
            last = row
    return last.contact_id if last is not None else min({*contacts} - {joined}, default=joined)


async def _hand_on(tx: Transaction, others: Collection[str], to: str) -> None:
    """What waits for earlier contacts of hers, to the one that stays."""
    if not others:
        return
    for model, column in (
        (AnnouncementTold, "contact_id"),
        (Announcement, "contact_id"),
        (FileJob, "contact_id"),
        (Invitation, "issuer_contact_id"),
        (WomanLink, "issuer_id"),
        (Alert, "acknowledged_by_id"),
    ):
        await model.filter(**{f"{column}__in": list(others)}).using_db(tx).update(**{column: to})
    await _told(tx, others, to)
    waiting = Outgoing.filter(contact_id__in=list(others), state__in=WAITING).using_db(tx)
    await waiting.update(contact_id=to, lane=to)
    await Session.filter(contact_id__in=list(others)).using_db(tx).delete()


async def _told(tx: Transaction, others: Collection[str], to: str) -> None:
    """The alerts they were told of, each once, under a number that is free."""
    known = await AlertTold.filter(contact_id=to).using_db(tx)
    alerts, used = {row.alert_id for row in known}, {row.number for row in known}
    for row in await AlertTold.filter(contact_id__in=list(others)).order_by("first_at", "id").using_db(tx):
        await AlertTold.filter(id=row.id).using_db(tx).delete()
        if row.alert_id in alerts:
            continue
        alerts.add(row.alert_id)
        row.id, row.contact_id = derived_id(row.alert_id, to), to
        row.number = row.number if row.number not in used else max(used) + 1
        used.add(row.number)
        await row.save(using_db=tx, force_create=True)


async def _forward(
    tx: Transaction, contacts: Collection[str], numbers: Collection[str], to: Contact, now: datetime
) -> None:
    """Letters that wait for a number she gave up: to her phone as it is now, else to where she writes from."""
    if not numbers:
        return
    rows = Outgoing.filter(contact_id__in=list(contacts), channel=CHANNEL, state__in=WAITING).using_db(tx)
    waiting = [row for row in await rows if row.address in numbers]
    reached = await Address.filter(contact_id=to.id, channel=CHANNEL, state="active").using_db(tx).first()
    if reached is None:
        reached = next((address for _, address in await reach(tx, [to])), None)
    for row in waiting:
        if reached is None:
            row.state, row.error = "expired", "moved"
        else:
            row.state, row.gateway, row.channel, row.address = (
                "queued",
                None,
                reached.channel,
                reached.address,
            )
            row.contact_id = row.lane = to.id
        row.updated_at = now
        await row.save(
            using_db=tx,
            update_fields=[
                *("state", "error", "gateway", "channel", "address", "contact_id", "lane", "updated_at")
            ],
        )
