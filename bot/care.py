"""What is due between the reports: found by the clock, told once, looked at again when the next thing is due.

A case is found by `next_check_at` and loaded as it is now; conversations/care/plan.py says what is due. Reminders
go to the outbox without words; the last look makes them (bot/care_letters.py). What colleagues have to do waits for the
morning's digest, unless it must not.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import cast

import structlog
from tortoise.expressions import Q

from bot.acts import OPEN, Book, new_act, open_books, write_changes
from bot.care_letters import ACT
from bot.channels.base import Letter
from bot.logs import whereabouts
from bot.looking import Looking
from bot.offices import Offices
from bot.quiet import after_quiet_hours
from bot.writing import Writer
from conversations.care.case import Case
from conversations.care.plan import Act, Outlook, after_quiet
from conversations.care.programme import NATIONAL, PROGRAMMES, Programme
from conversations.ids import derived_id
from conversations.local_time import LOCAL
from conversations.message import Notice, Role
from conversations.text import Text
from storage.bulk import insert_many, update_many, upsert_many
from storage.care_facts import DIGEST, TASKS
from storage.cases import Loaded, act_state, load_cases
from storage.database import Database
from storage.ids import IdSource
from storage.models import Address, CareAct, Contact, ContactWoman, Outgoing, Pregnancy
from storage.organisation import load_organisation
from storage.reading import readable
from storage.transaction import Transaction

log = structlog.get_logger()

AT_ONCE = 200
"""Cases that share a transaction."""
AFTER_FAILURE = timedelta(hours=1)
"""Before a case that could not be read is looked at again."""
LETTER_KEPT = {"consent": timedelta(days=3), "remind": timedelta(days=7)}
"""How long a letter waits for its way to be open again, if it is useful that long. (u)"""
BEFORE_THE_NEXT = timedelta(minutes=1)
"""A letter to a colleague waits until just before the next morning's; what it told goes into that one then."""
DIGEST_LINES = 200
"""Tasks one letter stands for, at most."""


class Care(Looking):
    """Tells women and colleagues what is due. May run in several processes at once."""

    waits_for = (Pregnancy, CareAct)

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Callable[[], datetime],
        ids: IdSource,
        channels: Collection[str],
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(database, writer, clock, committed)
        self._ids = ids
        self._channels = channels
        self._offices = Offices(database.keyring, ids)
        self._one = asyncio.Lock()

    async def check(self) -> int:
        """Everything that is due now; how many acts were made and letters written. A case that fails holds up no
        other."""
        async with self._one:
            now = self._clock()
            done = 0
            while pairs := await self._found(now):
                done += await self._look(pairs, now)
            done += await self._digests(now)
        if done:
            self.committed()
        return done

    # ── cases ───────────────────────────────────────────────────────────────────────────────────────────

    async def _found(self, now: datetime) -> list[tuple[str, str]]:
        rows = Pregnancy.filter(next_check_at__lte=now).order_by("next_check_at", "id").limit(AT_ONCE)
        found = await rows.using_db(self._database.reading).values_list("id", "woman_id")
        return cast(list[tuple[str, str]], found)

    async def _look(self, pairs: Sequence[tuple[str, str]], now: datetime) -> int:
        """All in one transaction; where that fails, in halves, until the one that cannot be read stands alone."""
        try:
            async with self._database.transaction() as tx:
                return await self._batch(tx, pairs, now)
        except Exception as error:
            if len(pairs) > 1:
                half = len(pairs) // 2
                return await self._look(pairs[:half], now) + await self._look(pairs[half:], now)
            log.error("care.case_failed", case=pairs[0][0], error=whereabouts(error))
            async with self._database.transaction() as tx:
                case = Pregnancy.filter(id=pairs[0][0]).using_db(tx)
                await case.update(next_check_at=now + AFTER_FAILURE)
            return 0

    async def _batch(self, tx: Transaction, pairs: Sequence[tuple[str, str]], now: datetime) -> int:
        await tx.lock({f"woman:{woman}" for _, woman in pairs})
        due = Pregnancy.filter(id__in=[case for case, _ in pairs], next_check_at__lte=now).using_db(tx)
        since = dict(cast(list[tuple[str, datetime]], await due.values_list("id", "next_check_at")))
        self._organisation = await load_organisation(tx, self._organisation)
        loaded = await load_cases(tx, list(since), self._organisation, self._channels)
        books = await open_books(tx, loaded.values())
        made = _Made()
        looks: list[tuple[datetime | None, str]] = []
        for book in books:
            looks.append((self._case(book, made, since[book.loaded.case.id], now), book.loaded.case.id))
        await write_changes(tx, books, now)
        await self._write(tx, made, now)
        await update_many(tx, Pregnancy, looks, names=("next_check_at",))
        return len(made.acts)

    def _case(self, book: Book, made: _Made, since: datetime, now: datetime) -> datetime | None:
        """Look at one case; when to look again."""
        book.settle()
        outlook = Outlook(book.case, now)
        book.close(outlook)
        if book.changed:
            outlook = Outlook(book.case, now)
        programme = book.loaded.case.programme
        due = outlook.due()
        if due and (later := after_quiet(programme, now)) > now:
            return later
        acts = dict(book.loaded.acts)
        for act in due:
            row = new_act(self._database.keyring, book.loaded, act, now)
            acts[row.key] = row
            made.acts.append(row)
            if act.skip is None:
                made.to_tell.append((book.loaded, act, row, since))
        if due:
            outlook = Outlook(_with(book, acts), now)
        under_way = any(row.state == "made" and row.to_role == "woman" for row in acts.values())
        looks = [outlook.next_look(), _tomorrow(programme, now) if under_way else None]
        return min((look for look in looks if look is not None), default=None)

    async def _write(self, tx: Transaction, made: _Made, now: datetime) -> None:
        """The acts, and the letters of those to women."""
        if not made.acts:
            return
        await self._writer.number_on(tx)
        letters = []
        contacts: dict[str, Contact] = {}
        for loaded, act, row, since in made.to_tell:
            if row.to_role == "woman":
                letters.append(await self._to_her(tx, loaded, act, row, contacts, now))
            else:
                row.next_check_at = now if act.kind == "notice" else _digest_at(loaded, since, now)
        await insert_many(tx, Outgoing, letters)
        await upsert_many(tx, CareAct, made.acts, conflict=("id",), update=())

    async def _to_her(
        self,
        tx: Transaction,
        loaded: Loaded,
        act: Act,
        row: CareAct,
        contacts: dict[str, Contact],
        now: datetime,
    ) -> Outgoing:
        route = loaded.route
        assert route is not None  # the plan tells her only where she is reached
        contact = route.contact or contacts.get(route.address)
        if contact is None:
            contact = contacts[route.address] = await self._new_contact(tx, route.channel, route.address, now)
        if act.kind == "consent":
            asked = ContactWoman(
                id=derived_id(contact.id, loaded.case.woman_id),
                contact_id=contact.id,
                woman_id=loaded.case.woman_id,
                consent="asked",
                consent_at=now,
            )
            await upsert_many(
                tx,
                ContactWoman,
                [asked],
                conflict=("contact_id", "woman_id"),
                update=("consent", "consent_at"),
            )
        expires = min(act.until, now + LETTER_KEPT[act.kind])
        letter = self._letter(contact, route.channel, route.address, "reminder", {ACT: row.id}, expires, now)
        row.letter_id = letter.id
        return letter

    async def _new_contact(self, tx: Transaction, channel: str, address: str, now: datetime) -> Contact:
        """Somebody we are about to write to for the first time."""
        contact = Contact(id=self._ids(), locale="zh_CN", created_at=now)
        place = Address(
            id=self._ids(),
            contact_id=contact.id,
            channel=channel,
            address=address,
            address_index=self._database.keyring.blind("address", address),
            state="active",
        )
        await insert_many(tx, Contact, [contact])
        await insert_many(tx, Address, [place])
        return contact

    def _letter(
        self,
        contact: Contact,
        channel: str,
        address: str,
        kind: str,
        about: dict[str, object],
        expires: datetime,
        now: datetime,
    ) -> Outgoing:
        """A letter without words: they are made when it leaves."""
        return Outgoing(
            id=self._ids(),
            seq=self._writer.seq(now),
            lane=contact.id,
            contact_id=contact.id,
            channel=channel,
            address=address,
            kind=kind,
            payload=Letter("", "").as_payload() | about,
            state="queued",
            attempts=0,
            due_at=now,
            expires_at=expires,
            created_at=now,
            updated_at=now,
        )

    # ── colleagues ──────────────────────────────────────────────────────────────────────────────────────

    async def _digests(self, now: datetime) -> int:
        """A letter to each office that has something to do: one for the morning, one for each thing that does not
        wait."""
        due = CareAct.filter(next_check_at__lte=now)
        reading = self._database.reading
        found = await due.using_db(reading).distinct().values_list("place_id", "to_role")
        places = cast(list[tuple[str | None, str]], found)
        if not places:
            return 0
        if (morning := after_quiet_hours(now)) > now:
            async with self._database.transaction() as tx:
                await due.using_db(tx).update(next_check_at=morning)
            return 0
        self._organisation = await load_organisation(reading, self._organisation)
        offices: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for place, role in places:
            office = self._organisation.township_of(place) if role == "township" else place
            offices[role, office or place or ""].add(place or "")
        written = 0
        for (role, office), villages in sorted(offices.items()):
            try:
                async with self._database.transaction() as tx:
                    await tx.lock([f"digest:{role}:{office}"])
                    written += await self._office(tx, role, office, villages, now)
            except Exception as error:
                log.error("care.digest_failed", place=office, role=role, error=whereabouts(error))
                async with self._database.transaction() as tx:
                    rows = CareAct.filter(next_check_at__lte=now, to_role=role, place_id__in=list(villages))
                    await rows.using_db(tx).update(next_check_at=now + AFTER_FAILURE)
        return written

    async def _office(
        self, tx: Transaction, role: str, office: str, villages: Iterable[str], now: datetime
    ) -> int:
        rows = CareAct.filter(next_check_at__lte=now, to_role=role, place_id__in=list(villages))
        due, lost = await readable(rows.order_by("useful_until", "id").limit(DIGEST_LINES).using_db(tx))
        if lost:
            log.error("care.unreadable", acts=lost)
            await CareAct.filter(id__in=lost).using_db(tx).update(next_check_at=None)
        told = await self._arrived(tx, due, now)
        waiting = [act for act in due if act.state in OPEN and act.id not in told and act.useful_until > now]
        kept = {act.id for act in waiting}
        over = [act.id for act in due if act.id not in kept]
        if over:
            await CareAct.filter(id__in=over).using_db(tx).update(next_check_at=None)
        organisation = self._organisation
        if not waiting or organisation is None:
            return 0
        notice = Notice(Text(""), role=cast(Role, role), place_id=office)
        people = await self._offices.recipients(tx, notice, organisation)
        if not people:
            log.error("care.nobody_to_tell", place=office, role=role)
            await (
                CareAct.filter(id__in=list(kept))
                .using_db(tx)
                .update(next_check_at=_tomorrow(PROGRAMMES[NATIONAL], now))
            )
            return 0
        at_once = [[act] for act in waiting if act.kind == "notice"]
        morning = [act for act in waiting if act.kind != "notice"]
        letters: list[Outgoing] = []
        await self._writer.number_on(tx)
        for acts in (*at_once, *([morning] if morning else [])):
            about = {TASKS: [act.id for act in acts], DIGEST: acts is morning}
            for contact, address in people:
                letters.append(
                    self._letter(
                        contact,
                        address.channel,
                        address.address,
                        "notice",
                        about,
                        _tomorrow(PROGRAMMES[NATIONAL], now) - BEFORE_THE_NEXT,
                        now,
                    )
                )
            for act in acts:
                act.state = "sent" if act.state == "made" else act.state
                act.letter_id, act.next_check_at = letters[-1].id, _tomorrow(PROGRAMMES[NATIONAL], now)
        await insert_many(tx, Outgoing, letters)
        await update_many(
            tx,
            CareAct,
            [(act.state, act.letter_id, act.next_check_at, act.id) for act in waiting],
            names=("state", "letter_id", "next_check_at"),
        )
        return len(letters)

    async def _arrived(self, tx: Transaction, acts: Sequence[CareAct], now: datetime) -> set[str]:
        """Of those that were in a letter already, the ones whose letter got there (or may have)."""
        ids = [act.letter_id for act in acts if act.letter_id is not None]
        gone = Q(state__in=("expired", "dead", "failed")) | Q(state="queued", expires_at__lte=now)
        rows = Outgoing.filter(gone, id__in=ids).using_db(tx)
        lost = {str(one) for one in await rows.values_list("id", flat=True)} if ids else set()
        return {act.id for act in acts if act.letter_id is not None and act.letter_id not in lost}


class _Made:
    """What one look made: all acts, and those to be told, each with since when its case was due."""

    def __init__(self) -> None:
        self.acts: list[CareAct] = []
        self.to_tell: list[tuple[Loaded, Act, CareAct, datetime]] = []


def _with(book: Book, acts: dict[str, CareAct]) -> Case:
    states = {key: act_state(row) for key, row in acts.items()}
    return replace(book.loaded.case, acts=MappingProxyType(states))


def _digest_at(loaded: Loaded, since: datetime, now: datetime) -> datetime:
    """This morning's digest, where the case was due by then; what follows from a report of today waits for tomorrow's."""
    tomorrow = _tomorrow(loaded.case.programme, now)
    return now if since <= tomorrow - timedelta(days=1) else tomorrow


def _tomorrow(programme: Programme, now: datetime) -> datetime:
    """Tomorrow morning: when it is looked at what became of what was sent today."""
    day = now.astimezone(LOCAL).date() + timedelta(days=1)
    return datetime.combine(day, programme.quiet.ends, LOCAL)
