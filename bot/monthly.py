"""The summary of a month, sent to each township office and the county once it is over.

When it is due is the programme's (`[summary]`). It is made at that moment, by day, for whoever held the office then; after an
outage as it stands afterwards, and once only. The figures are read outside of any transaction; the letters and that they
were written are one commit. Where documents go out, a picture follows; elsewhere it is there for the asking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.consent import unwelcome
from bot.files.keeping import unasked
from bot.looking import Looking, each
from bot.quiet import after_quiet_hours
from bot.writing import Writer
from conversations.care.programme import programme
from conversations.facts import MonthFact
from conversations.flows.monthly import HOW_TO_SEE, ROLES, has_picture, summary
from conversations.ids import derived_id
from conversations.local_time import LOCAL
from conversations.message import ChannelTraits
from conversations.papers.month import month_before, told_at, too_late
from conversations.papers.period import Period
from conversations.text import T, Text, lines
from storage import models
from storage.bulk import insert_many
from storage.database import Database
from storage.models import Address, Contact, Outgoing, Post
from storage.month_facts import month_fact
from storage.organisation import Organisation, load_organisation
from storage.reaching import reach
from storage.transaction import Transaction

AT_ONCE: Final = 200
PICTURE_FOLLOWS: Final = T("图随后就到。", sms=Text(""))


class Monthly(Looking):
    """Finds summaries by `next_check_at`. May run in several processes: each is told by one of them."""

    waits_for = (models.Monthly,)

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Callable[[], datetime],
        traits: Mapping[str, ChannelTraits],
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(database, writer, clock, committed)
        self._traits = traits
        self._planned_on: date | None = None

    async def check(self) -> int:
        """Everything that is due now; how many letters were written."""
        now = self._clock()
        await self._plan(now)
        due = models.Monthly.filter(next_check_at__lte=now).order_by("next_check_at", "id").limit(AT_ONCE)
        ids = await due.using_db(self._database.reading).values_list("id", flat=True)
        return await each("monthly", ids, lambda one: self._tell(one, now), self.committed)

    # ── what is to come ─────────────────────────────────────────────────────────────────────────────────

    async def _plan(self, now: datetime) -> None:
        """Once a day: the summaries of the month that is over and of this one, for every office."""
        today = now.astimezone(LOCAL).date()
        if self._planned_on == today:
            return
        organisation = await load_organisation(self._database.reading, self._organisation)
        rows = list(_planned(organisation, today, now))
        async with self._database.transaction() as tx:
            known = models.Monthly.filter(id__in=[row.id for row in rows]).using_db(tx)
            have = {str(one) for one in await known.values_list("id", flat=True)}
            await insert_many(tx, models.Monthly, [row for row in rows if row.id not in have])
        self._organisation, self._planned_on = organisation, today

    # ── telling ─────────────────────────────────────────────────────────────────────────────────────────

    async def _tell(self, id_: str, now: datetime) -> int:
        row = await models.Monthly.get_or_none(id=id_, using_db=self._database.reading)
        if row is None or row.next_check_at is None:
            return 0
        organisation = await load_organisation(self._database.reading, self._organisation)
        asked = row.contact_id is not None
        rules = programme(organisation.programme_of(row.place_id))
        morning = now if asked else after_quiet_hours(now)
        if row.place_id not in organisation.places or (not asked and too_late(rules, row.due_at, now)):
            return await self._close(id_, None)
        if morning > now:
            return await self._close(id_, morning)
        period = Period.read(row.period)
        if period is None or not await self._readers(self._database.reading, row):
            return await self._close(id_, None)
        fact = await month_fact(self._database.reading, organisation, row.place_id, period, now, row.role)
        async with self._database.transaction() as tx:
            await tx.lock([f"monthly:{id_}"])
            fresh = await models.Monthly.filter(id=id_, next_check_at__lte=now).using_db(tx).first()
            if fresh is None:
                return 0
            await self._writer.number_on(tx)
            letters = await self._letters(tx, fresh, fact, timedelta(days=rules.summary.late), now)
            await insert_many(tx, Outgoing, letters)
            fresh.told_at, fresh.next_check_at = now, None
            if asked:
                await fresh.delete(using_db=tx)
            else:
                await fresh.save(using_db=tx, update_fields=["told_at", "next_check_at"])
        return len(letters)

    async def _close(self, id_: str, again: datetime | None) -> int:
        """Look at it again then; None: never."""
        async with self._database.transaction() as tx:
            await models.Monthly.filter(id=id_, told_at__isnull=True).using_db(tx).update(next_check_at=again)
        return 0

    async def _letters(
        self, tx: Transaction, row: models.Monthly, fact: MonthFact, late: timedelta, now: datetime
    ) -> list[Outgoing]:
        """To everybody who is to have it. What nobody asked for waits as long as it is worth telling (`late`)."""
        letters: list[Outgoing] = []
        asked = row.contact_id is not None
        for contact, address in await self._readers(tx, row):
            traits = self._traits.get(address.channel)
            drawn = has_picture(fact) and can_draw()
            follows = drawn and traits is not None and traits.documents and not traits.masked
            how = (PICTURE_FOLLOWS if follows else HOW_TO_SEE) if drawn else None
            kind = "reply" if asked else "notice"
            letter = self._writer.letter(contact, address, kind, lines(summary(fact), how), (), now)
            if not asked:
                letter.expires_at = max(letter.expires_at, row.due_at + late)
            letters.append(letter)
            if follows:
                await unasked(
                    tx, derived_id(row.id, contact.id, "chart"), contact, address, row.role, row.place_id, now
                )
        return letters

    async def _readers(
        self, connection: BaseDBAsyncClient, row: models.Monthly
    ) -> list[tuple[Contact, Address]]:
        """Whoever asked, while the office is hers; else all who held it when it was due, and wants such letters."""
        posts = Post.filter(place_id=row.place_id, role=row.role, state="active")
        if row.contact_id is None:
            posts = posts.filter(since__lte=row.due_at)
        staff = {str(one) for one in await posts.using_db(connection).values_list("staff_id", flat=True)}
        if not staff:
            return []
        contacts = Contact.filter(staff_id__in=list(staff)).order_by("id").using_db(connection)
        found = [
            one
            for one in await contacts
            if (row.contact_id is None and not unwelcome(one, "notice")) or one.id == row.contact_id
        ]
        return await reach(connection, found)


def _planned(organisation: Organisation, today: date, now: datetime) -> Iterable[models.Monthly]:
    for place in organisation.places.values():
        if place.kind not in ROLES:
            continue
        rules = programme(organisation.programme_of(place.id))
        for month in (month_before(today), Period.month_of(today)):
            due = told_at(rules, month)
            if too_late(rules, due, now):
                continue
            yield models.Monthly(
                id=derived_id(place.id, "monthly", month.name),
                role=place.kind,
                period=month.name,
                due_at=due,
                told_at=None,
                next_check_at=max(due, now),
                contact_id=None,
                place_id=place.id,
            )


def can_draw() -> bool:
    """Whether pictures can be drawn here (the extra `charts`)."""
    return find_spec("matplotlib") is not None
