"""What became of a notice to many, told to whoever wrote it; and the last look before it goes to a woman.

An end, a 退订 or another number since it was written keeps it back, as every reminder.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from bot.announcements import LOOK_AGAIN
from bot.channels.base import Later, Letter
from bot.looking import Looking, each
from bot.outbox.letters import Drop, Recheck, as_stored
from bot.quiet import after_quiet_hours
from conversations.care.plan import after_quiet
from conversations.flows.announce import receipt_text
from conversations.message import Notice
from storage.announcements import NOTICE, PREGNANT, became, written_to
from storage.bulk import insert_many
from storage.cases import load_cases
from storage.database import Database
from storage.models import Announcement, AnnouncementTold, Outgoing
from storage.organisation import load_organisation

TOLD_AFTER: Final = timedelta(hours=24)
"""Its writer is told by then, whatever is still on its way. (u)"""


class Announcing(Looking):
    """Tells the writers of notices what became of them. May run in several processes."""

    waits_for = (Announcement,)

    async def check(self) -> int:
        """Everything that is due now; how many letters were written."""
        now = self._clock()
        due = Announcement.filter(next_check_at__lte=now).order_by("next_check_at")
        ids = await due.using_db(self._database.reading).values_list("id", flat=True)
        return await each("announcing", ids, lambda one: self._tell(one, now), self.committed)

    async def _tell(self, id_: str, now: datetime) -> int:
        """Once nothing of it is on its way any more, or a day is over; by day."""
        async with self._database.transaction() as tx:
            await tx.lock([f"announcement:{id_}"])
            row = await Announcement.filter(id=id_, next_check_at__lte=now).using_db(tx).first()
            if row is None:
                return 0
            fact = await became(tx, row)
            open_ = fact.waiting and now < row.created_at + TOLD_AFTER
            letters: list[Outgoing] = []
            if open_ or (morning := after_quiet_hours(now)) > now:
                row.next_check_at = now + LOOK_AGAIN if open_ else morning
            else:
                row.next_check_at = None
                await self._writer.number_on(tx)
                notice = Notice(receipt_text(fact, masked=True), contact_id=row.contact_id)
                letters = await self._writer.notice_letters(tx, notice, await load_organisation(tx), now)
                await insert_many(tx, Outgoing, letters)
            await row.save(using_db=tx, update_fields=["next_check_at"])
            return len(letters)


class AnnouncementRecheck:
    """A `Recheck` that looks again whether a woman is still to get a notice, and asks `then` for everything else."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        channels: Collection[str],
        then: Recheck = as_stored,
    ) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._then = then

    async def __call__(self, row: Outgoing) -> Letter | Drop | Later:
        if (told_id := row.payload.get(NOTICE)) is None or row.kind != "reminder":
            return await self._then(row)
        reading, now = self._database.reading, self._clock()
        marks = (
            AnnouncementTold.filter(letter_id=row.id, pregnancy_id__isnull=False)
            .order_by("id")
            .using_db(reading)
        )
        told = {mark.id: str(mark.pregnancy_id) for mark in await marks}
        if told_id not in told:
            return Drop("stale")
        organisation = await load_organisation(reading)
        cases = await load_cases(reading, set(told.values()), organisation, self._channels)
        why = "not to be told"
        for mark, pregnancy in told.items():  # it leaves while one of those who share the phone is to hear it
            loaded = cases.get(pregnancy)
            to = written_to(loaded) if loaded is not None else None
            if loaded is None or to is None:
                continue
            if mark in row.payload.get(PREGNANT, ()) and not to.pregnant:
                why = "ended"
            elif (to.contact.id, to.channel, to.address) != (row.contact_id, row.channel, row.address):
                why = "overtaken"
            elif (later := after_quiet(loaded.case.programme, now)) > now:
                return Later("quiet hours", later - now)
            else:
                return await self._then(row)
        return Drop(why)
