"""What was asked in a chat and found nobody there goes out by SMS: to the same person, and to nobody else.

A letter that waits for an answer is looked at again some hours after it was sent (`next_check_at`): who has
written nothing since, on no channel, is asked once more by SMS. Who has blocked the chat is written to at once.
An alert is told in the words that are for SMS, unless somebody has it by then.
Answers to what she wrote herself stay where she wrote it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.care_letters import ACT, DIGEST, TASKS
from bot.channels.sms.gateway import CHANNEL
from bot.escalation import ALERT
from bot.leaving_office import ABOUT
from bot.logs import whereabouts
from bot.looking import Looking
from bot.quiet import after_quiet_hours
from bot.writing import Writer
from conversations.text import plain
from storage.announcements import NOTICE
from storage.bulk import insert_many
from storage.crypto import Undecryptable
from storage.database import Database
from storage.models import Address, CareAct, Contact, Outgoing
from storage.organisation import load_organisation
from storage.reaching import sms_of
from storage.transaction import Transaction

log = structlog.get_logger()

WAIT_FOR_AN_ANSWER = frozenset({"reminder", "notice", "urgent"})
"""Kinds that are asked again where they ask something: a reminder always does, a notice with buttons does. A
danger alert has a ladder of its own (bot/alerts.py)."""
NOT_LOST = frozenset({"reminder", "notice", "urgent", "condolence", "danger"})
"""Kinds that go out by SMS where the chat is blocked."""
OF_ONE_MOMENT = timedelta(seconds=5)
"""An answer may be stored before it is noted that the question was sent."""
AT_ONCE = 200
AFTER_FAILURE = timedelta(hours=1)
"""Before a letter that could not be looked at is looked at again, as long as it is worth it."""


class Fallback(Looking):
    """Writes to people by SMS what a chat could not bring them. `after`: how long an answer is waited for."""

    waits_for = (Outgoing,)

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Callable[[], datetime],
        after: timedelta | None,
        committed: Callable[[], None],
    ) -> None:
        super().__init__(database, writer, clock, committed)
        self._after = after

    def check_at(self, row: Outgoing, now: datetime) -> datetime | None:
        """When to look whether this letter, sent now, was answered; None: it asks nothing."""
        if self._after is None or row.channel == CHANNEL or row.kind not in WAIT_FOR_AN_ANSWER:
            return None
        if _to_her(row):  # care asks again itself, and the coordinator where she does not answer
            return None
        return now + self._after if row.kind == "reminder" or row.payload.get("buttons") else None

    async def blocked(self, tx: Transaction, row: Outgoing, now: datetime) -> None:
        """The chat is blocked: by SMS, then, if there is a number of hers."""
        if row.channel != CHANNEL and row.kind in NOT_LOST and row.expires_at > now and not _to_her(row):
            await self._write(tx, row, now)

    async def check(self) -> int:
        """Ask by SMS what nobody answered in the chat; how many. In nobody's night."""
        now = self._clock()
        due = Outgoing.filter(next_check_at__lte=now).order_by("next_check_at")
        if (morning := after_quiet_hours(now)) > now:
            if await due.using_db(self._database.reading).exists():
                async with self._database.transaction() as tx:
                    await Outgoing.filter(next_check_at__lte=now).using_db(tx).update(next_check_at=morning)
            return 0
        written = 0
        ids = await due.limit(AT_ONCE).using_db(self._database.reading).values_list("id", flat=True)
        for letter_id in ids:
            try:
                async with self._database.transaction() as tx:
                    written += await self._look(tx, str(letter_id), now)
            except Exception as error:  # one that cannot be looked at must not keep the others from theirs
                log.error("fallback.one_failed", id=letter_id, error=whereabouts(error))
                async with self._database.transaction() as tx:
                    again = now + AFTER_FAILURE
                    await Outgoing.filter(id=letter_id).using_db(tx).update(next_check_at=again)
        if written:
            self.committed()
        return written

    async def _look(self, tx: Transaction, letter_id: str, now: datetime) -> bool:
        await tx.lock([f"letter:{letter_id}"])
        row = Outgoing.filter(id=letter_id, next_check_at__lte=now).using_db(tx)
        try:
            letter = await row.first()
        except Undecryptable as error:  # it must not keep the others from theirs
            log.error("fallback.unreadable", id=letter_id, error=whereabouts(error))
            letter = None
        await row.update(next_check_at=None)
        if letter is None or letter.state not in ("sent", "delivered") or letter.expires_at <= now:
            return False
        if await self._answered(tx, letter):
            return False
        return await self._write(tx, letter, now)

    async def _answered(self, tx: Transaction, letter: Outgoing) -> bool:
        """Whether she wrote anything since it was sent, on whatever channel."""
        contact = await Contact.get(id=letter.contact_id, using_db=tx)
        hers = [contact.id]
        if contact.staff_id:
            colleague = Contact.filter(staff_id=contact.staff_id).using_db(tx)
            hers = [str(one) for one in await colleague.values_list("id", flat=True)]
        since = letter.updated_at - OF_ONE_MOMENT
        return await Address.filter(contact_id__in=hers, last_inbound_at__gte=since).using_db(tx).exists()

    async def _write(self, tx: Transaction, letter: Outgoing, now: datetime) -> bool:
        reached = await sms_of(tx, letter.contact_id)
        if reached is None:
            return False
        contact, address = reached
        await self._writer.number_on(tx)
        if alert_id := letter.payload.get(ALERT):
            organisation = await load_organisation(tx)
            told = await self._writer.escalation.elsewhere(tx, alert_id, reached, organisation, now)
            await insert_many(tx, Outgoing, told)
            return bool(told)
        again = self._writer.letter(contact, address, letter.kind, plain(letter.payload["text"]), (), now)
        # words that are made when it leaves
        again.payload |= {
            name: letter.payload[name] for name in (TASKS, DIGEST, ABOUT) if name in letter.payload
        }
        await insert_many(tx, Outgoing, [again])
        if TASKS in again.payload:  # what became of it is what became of these tasks (bot/care.py)
            await CareAct.filter(letter_id=letter.id).using_db(tx).update(letter_id=again.id)
        log.info("fallback.by_sms", id=letter.id, by=again.id, kind=letter.kind)
        return True


def _to_her(row: Outgoing) -> bool:
    """A reminder or a notice to a woman: on another way than the one she said yes on she is asked first."""
    return ACT in row.payload or (NOTICE in row.payload and row.kind == "reminder")
