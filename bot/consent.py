"""Whether somebody is written to who did not just write herself: she may have opted out (退订), or her number may
be said to be wrong (打错了), or not safe to be written to (怕人看到). Answers and danger go to everybody. To a colleague nothing goes that was written before she
left her office, and nothing to a number that is hers no more.

Looked at three times: when a letter is made, when the word comes (what is queued goes no further), and right
before a letter leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.access import NotAllowed
from bot.channels.base import Later, Letter
from bot.outbox.letters import Drop, Recheck, as_stored
from conversations.flows.alerts import NUMBER, QUESTION, UNSAFE, Story
from conversations.message import Effect, OptIn, OptOut, SilenceNumber, Speaker, TrustNumber, UnsafeNumber
from storage.cases import WRONG
from storage.crypto import Keyring
from storage.database import Database
from storage.models import Alert, AlertTold, Contact, ContactWoman, Outgoing, Pregnancy
from storage.reading import rows
from storage.transaction import Transaction

UNASKED = ("reminder", "notice", "urgent", "condolence")
"""Kinds of letters that nobody asked for."""


class NotHersToSay(NotAllowed):
    """The speaker was not told of this number, so it is not hers to call it right."""

    action = "say"


def unwelcome(contact: Contact, kind: str) -> str | None:
    """Why no letter of this kind goes to a contact (`opted_out`, `wrong_number`, `unsafe`); None: it may. Staff keep their
    work messages whatever they said before they were staff."""
    if kind not in UNASKED or contact.staff_id is not None:
        return None
    if contact.silenced_at is not None:
        return "wrong_number"
    if contact.unsafe_at is not None:
        return "unsafe"
    return "opted_out" if contact.opted_out_at is not None else None


_STANDING = """
    SELECT (SELECT COUNT(*) FROM post p WHERE p.staff_id = c.staff_id AND p.state = 'active'),
        (SELECT COUNT(*) FROM post p WHERE p.staff_id = c.staff_id AND p.until > ?),
        (SELECT COUNT(*) FROM address a JOIN contact h ON h.id = a.contact_id
            WHERE h.staff_id = c.staff_id AND a.channel = ? AND a.address_index = ?)
    FROM contact c WHERE c.id = ? AND c.staff_id IS NOT NULL"""


async def standing(connection: BaseDBAsyncClient, keyring: Keyring, row: Outgoing) -> str | None:
    """Why a letter to a colleague is hers no more (`revoked`, `moved`): she left her office since it was written, or the
    address is not hers. None: it is, or goes to nobody who works here."""
    index = keyring.blind("address", row.address)
    for offices, left, there in await rows(
        connection, _STANDING, row.created_at, row.channel, index, row.contact_id
    ):
        if not offices and left:
            return "revoked"
        if not there:
            return "moved"
    return None


class Consent:
    """A `Recheck` that drops what its contact no longer wants, or is hers no more, and asks `then` for everything else."""

    def __init__(self, database: Database, then: Recheck = as_stored) -> None:
        self._database = database
        self._then = then

    async def __call__(self, row: Outgoing) -> Letter | Drop | Later:
        if (why := await standing(self._database.reading, self._database.keyring, row)) is not None:
            return Drop(why)
        if row.kind in UNASKED:
            contact = await Contact.get(id=row.contact_id, using_db=self._database.reading)
            if (why := unwelcome(contact, row.kind)) is not None:
                return Drop(why)
        return await self._then(row)


async def apply(tx: Transaction, speaker: Speaker, effects: Iterable[Effect], now: datetime) -> None:
    """What a turn changes in this. Raises `NotHersToSay`."""
    hers = Contact.filter(id=speaker.contact_id).using_db(tx)
    for effect in effects:
        match effect:
            case OptOut(words):
                await hers.update(opted_out_at=now, opt_out_reason=words)
                await _withdraw(tx, speaker.contact_id, "opted_out", now)
            case OptIn():
                await hers.update(opted_out_at=None, opt_out_reason=None)
            case SilenceNumber():
                await hers.update(silenced_at=now)
                await _withdraw(tx, speaker.contact_id, "wrong_number", now)
            case UnsafeNumber():
                await hers.filter(unsafe_at__isnull=True).update(unsafe_at=now)
                await _withdraw(tx, speaker.contact_id, "unsafe", now)
                await _questions_unsafe(tx, speaker.contact_id)
            case TrustNumber(alert_id):
                await _trust(tx, speaker, alert_id, now)
            case _:
                pass


async def _questions_unsafe(tx: Transaction, contact_id: str) -> None:
    """What she asked before is answered to her face, too."""
    asked = Alert.filter(reporter_id=contact_id, kind=QUESTION, acknowledged_at__isnull=True).using_db(tx)
    for alert in await asked:
        signs = dict.fromkeys((*alert.details["signs"], UNSAFE))
        alert.details = alert.details | {"signs": list(signs)}
        await alert.save(using_db=tx, update_fields=["details"])


async def _withdraw(tx: Transaction, contact_id: str, why: str, now: datetime) -> None:
    """What waits to be sent and was not asked for is not sent."""
    waiting = Outgoing.filter(contact_id=contact_id, kind__in=UNASKED, state__in=("queued", "offered"))
    await waiting.using_db(tx).update(state="expired", error=why, updated_at=now)


async def _trust(tx: Transaction, speaker: Speaker, alert_id: str, now: datetime) -> None:
    """The number speaks again, and whoever is reached there is looked after again."""
    told = AlertTold.filter(alert_id=alert_id, contact_id=speaker.contact_id).using_db(tx)
    alert = await Alert.filter(id=alert_id, kind=NUMBER).using_db(tx).first()
    if alert is None or alert.reporter_id is None or speaker.standing != "active" or not await told.exists():
        raise NotHersToSay
    contact = Contact.filter(id=alert.reporter_id).using_db(tx)
    linked = ContactWoman.filter(contact_id=alert.reporter_id).using_db(tx)
    if UNSAFE in Story.of(alert.kind, alert.details).signs:
        await contact.update(unsafe_at=None)
    else:
        await contact.update(silenced_at=None)
        await linked.filter(consent=WRONG).update(consent=None, consent_at=None)
    women = {str(one) for one in await linked.values_list("woman_id", flat=True)} | {alert.woman_id}
    cases = Pregnancy.filter(woman_id__in=[one for one in women if one is not None])
    await cases.using_db(tx).update(next_check_at=now)
