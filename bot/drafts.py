"""Unfinished reports: looked at again when their time comes, reminded of, and told of where they must not wait
(conversations/engine/unfinished.py), in nobody's night."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot import unfinished
from bot.consent import unwelcome
from bot.logs import whereabouts
from bot.looking import Looking
from bot.quiet import after_quiet_hours
from conversations.engine.machine import nudge
from storage.bulk import insert_many
from storage.crypto import Undecryptable
from storage.models import Contact, Outgoing, Post, Session
from storage.organisation import load_organisation
from storage.reaching import reach
from storage.transaction import Transaction

log = structlog.get_logger()

AT_ONCE = 200


class Drafts(Looking):
    """Finds sessions by `next_check_at` and reminds of what lies unfinished in them."""

    waits_for = (Session,)

    async def check(self) -> int:
        """Remind of every draft whose time has come; how many. Its session changes with it, in one commit."""
        now = self._clock()
        if (morning := after_quiet_hours(now)) > now:
            await self._put_off(now, morning)
            return 0
        due = Session.filter(next_check_at__lte=now).order_by("next_check_at").limit(AT_ONCE)
        ids = await due.using_db(self._database.reading).values_list("contact_id", flat=True)
        reminded = 0
        for contact_id in ids:
            try:
                async with self._database.transaction() as tx:
                    reminded += await self._remind(tx, str(contact_id), now)
            except Undecryptable as error:  # it must not keep the others from theirs
                log.error("drafts.unreadable", contact=contact_id, error=whereabouts(error))
                async with self._database.transaction() as tx:
                    await Session.filter(contact_id=contact_id).using_db(tx).update(next_check_at=None)
        if reminded:
            self.committed()
        return reminded

    async def _put_off(self, now: datetime, morning: datetime) -> None:
        due = Session.filter(next_check_at__lte=now)
        if await due.using_db(self._database.reading).exists():
            async with self._database.transaction() as tx:
                await due.using_db(tx).update(next_check_at=morning)

    async def _remind(self, tx: Transaction, contact_id: str, now: datetime) -> int:
        await tx.lock([f"contact:{contact_id}"])
        session = await Session.filter(contact_id=contact_id, next_check_at__lte=now).using_db(tx).first()
        if session is None:  # she went on meanwhile
            return 0
        turn, begun = nudge(session.data, now)
        session.data, session.next_check_at = turn.session, turn.check_at
        session.version += 1
        await session.save(using_db=tx)
        contact = await Contact.get(id=contact_id, using_db=tx)
        self._organisation = await load_organisation(tx, self._organisation)
        await self._writer.number_on(tx)
        letters = []
        for draft in begun:
            letters += await unfinished.tell(
                tx, contact, draft, self._writer.escalation, self._database.keyring, self._organisation, now
            )
        if turn.replies and not unwelcome(contact, "reminder") and await _works_here(tx, contact):
            for _, address in await reach(tx, [contact]):
                letters += [
                    self._writer.letter(contact, address, "reminder", reply.text, reply.buttons, now)
                    for reply in turn.replies
                ]
        await insert_many(tx, Outgoing, letters)
        return len(letters)


async def _works_here(tx: Transaction, contact: Contact) -> bool:
    """Whether she holds an office: who left hers is asked for nothing."""
    return await Post.filter(staff_id=contact.staff_id, state="active").using_db(tx).exists()
