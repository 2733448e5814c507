"""The escalation primitive: who is told of an alert now, who next, and that it ends when somebody takes it.

Raised and taken in the transaction of the message that says so; climbs in `bot/alerts.py`. What is told to whom, and
in which words, are the rules of conversations/flows/alerts.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import TypeVar

import structlog
from tortoise.expressions import Q

from bot import audit
from bot.access import NotAllowed
from bot.channels.sms.caps import WAITED_FOR
from bot.quiet import after_quiet_hours
from conversations.care.masking import as_ruled
from conversations.care.titles import titled
from conversations.flows.alerts import (
    HELD,
    LINK,
    NEW_PHONE,
    WINDOW,
    Caller,
    Seen,
    Story,
    passed_on_text,
)
from conversations.flows.danger import DANGER, PAST
from conversations.flows.ladders import KINDS, AlertKind, kind_of
from conversations.flows.overdue import SECTOR, TELLING
from conversations.ids import derived_id
from conversations.message import (
    Button,
    ChannelTraits,
    Effect,
    Handover,
    Message,
    RaiseAlert,
    Role,
    TakeAlert,
)
from conversations.text import Sayable
from conversations.understanding.names import shorter_names
from storage.bulk import upsert_many
from storage.crypto import Keyring
from storage.ids import IdSource
from storage.models import (
    Address,
    Alert,
    AlertTold,
    Clock,
    Contact,
    Invitation,
    Outgoing,
    Post,
    Staff,
    Woman,
)
from storage.organisation import Organisation
from storage.reaching import reach
from storage.transaction import Transaction

log = structlog.get_logger()

X = TypeVar("X")

NEWEST = frozenset({NEW_PHONE, LINK})
"""Kinds whose signs say what is to be done: what was said last stands, not all of it."""
ALERT = "alert"
"""In a letter's payload: the alert it tells, in words that are for its channel only."""
ID_LENGTH = 16
"""Hex digits of an alert's id: short enough for a button."""
WORDS_KEPT = 20
"""Things said that an alert keeps, at most."""
STILL_WAITS = timedelta(hours=1)
"""How long after her last word an answer finds her awake."""
STILL_HERS = timedelta(days=3)
"""How long after somebody took an alert it goes along with her villages. (u)"""
ANSWER_KEPT = timedelta(days=3)
"""How long what a colleague answered is worth sending. (u)"""
CAREFUL = ChannelTraits("", trust="low", buttons=False, masked=True)
"""What a channel this process does not know is taken for."""

WriteLetter = Callable[
    [Contact, Address, str, Sayable, Sequence[Sequence[Button]], datetime],
    Outgoing,
]
Words = Callable[[Seen], Sayable]


class AlreadyTaken(Exception):
    """Somebody took the alert meanwhile: the turn is to be run again on fresh facts."""


class NotTold(NotAllowed):
    """The speaker was not told of this alert, so it is not hers to take."""

    action = "take"


@dataclass(frozen=True, slots=True)
class Case:
    """What one message tells, with what is known of the one who sent it. `woman_id`: whom it is about, if one."""

    story: Story
    woman_id: str | None

    @property
    def names(self) -> frozenset[str]:
        return frozenset(woman.name for woman in self.story.women)


class Escalation:
    """Raises alerts, takes them, and tells the next ones. Every method writes within the caller's transaction
    and returns the letters to be queued in it."""

    def __init__(
        self, keyring: Keyring, ids: IdSource, letter: WriteLetter, traits: Mapping[str, ChannelTraits]
    ) -> None:
        self._keyring = keyring
        self._ids = ids
        self._letter = letter
        self._traits = traits

    async def apply(
        self,
        tx: Transaction,
        turns: Iterable[tuple[Message, Sequence[Effect]]],
        organisation: Organisation,
        now: datetime,
    ) -> list[Outgoing]:
        """The alerts these turns raise or take. Raises `AlreadyTaken`, `NotTold`."""
        letters: list[Outgoing] = []
        for message, effects in turns:
            for effect in effects:
                if isinstance(effect, RaiseAlert):
                    letters += await self._heard(tx, message, effect, organisation, now)
                elif isinstance(effect, TakeAlert):
                    letters += await self._take(tx, message, effect, organisation, now)
                elif isinstance(effect, Handover):
                    letters += await self._pass_on(tx, effect, organisation, now)
        return letters

    # ── raising ─────────────────────────────────────────────────────────────────────────────────────────

    async def _heard(
        self,
        tx: Transaction,
        message: Message,
        effect: RaiseAlert,
        organisation: Organisation,
        now: datetime,
    ) -> list[Outgoing]:
        case = await self._case(tx, message, effect, organisation)
        more = effect.kind == DANGER and not effect.signs  # where it is, of what was told before
        for alert in await self._lately(tx, message.speaker.contact_id, effect.kind, now, more=more):
            story = Story.of(alert.kind, alert.details)
            if not _same(case, story, alert):
                continue
            if alert.acknowledged_at is not None and set(case.story.signs) - set(story.signs):
                if not case.names:  # 她抽搐了: still of her
                    same = replace(case.story, women=story.women, places=story.places or case.story.places)
                    case = Case(same, alert.woman_id)
                continue  # in good hands, and now worse: a new alarm
            self._note(tx, message, "alert.again", alert, now)
            return await self._joins(tx, alert, story, case, organisation, now, hold=effect.hold)
        if more or (KINDS[effect.kind].answered and not case.story.words):
            return []  # who it was, said after it was answered
        which = (effect.woman_id,) if effect.woman_id else ()
        alert = Alert(
            id=derived_id(message.id, "alert", effect.kind, *which)[:ID_LENGTH],
            kind=effect.kind,
            place_id=case.story.places[0] if case.story.places else None,
            woman_id=case.woman_id,
            reporter_id=message.speaker.contact_id,
            raised_at=now,
            level=-1,
            details=case.story.as_details() | ({"at_night": True} if effect.at_night else {}),
        )
        self._note(tx, message, "alert.raise", alert, now)
        if effect.hold:
            alert.next_check_at = now + WINDOW
            alert.details |= {"held": True}
            await alert.save(using_db=tx, force_create=True)
            return []
        return await self.open(tx, alert, organisation, now)

    async def open(
        self, tx: Transaction, alert: Alert, organisation: Organisation, now: datetime
    ) -> list[Outgoing]:
        """Start an alert (a row not yet saved, at level -1): tell its first level, now or after the night."""
        await alert.save(using_db=tx, force_create=True)
        return await self.climb(tx, alert, organisation, now)

    async def _lately(
        self, tx: Transaction, contact_id: str, kind: str, now: datetime, *, more: bool = False
    ) -> list[Alert]:
        """Her alerts of this kind that are open or were taken a moment ago (`more`: lately), open ones first, newest first."""
        hers = Alert.filter(reporter_id=contact_id, kind=kind).order_by("-raised_at", "id").using_db(tx)
        opened = await hers.filter(acknowledged_at__isnull=True)
        # what nobody is told of any more takes up nothing new
        told_for = WINDOW if KINDS[kind].every is None else KINDS[kind].ends
        if told_for is not None:
            opened = [alert for alert in opened if alert.raised_at > now - told_for]
        taken = (
            []
            if KINDS[kind].answered
            else await hers.filter(acknowledged_at__gt=now - (STILL_HERS if more else WINDOW))
        )
        alerts = [*opened, *taken]
        if not alerts:
            return []
        await tx.lock({f"alert:{alert.id}" for alert in alerts})
        fresh = {alert.id: alert for alert in await Alert.filter(id__in=[a.id for a in alerts]).using_db(tx)}
        return [fresh[alert.id] for alert in alerts]

    async def _joins(
        self,
        tx: Transaction,
        alert: Alert,
        story: Story,
        case: Case,
        organisation: Organisation,
        now: datetime,
        *,
        hold: bool,
    ) -> list[Outgoing]:
        """More of the same danger: a new sign or place is told like the first; new words once in a while. Of what
        wants an answer every word is told, though not at night."""
        told, kind = case.story, KINDS[alert.kind]
        if kind.answered and told.women and not story.women:  # now it is known whose question it is
            if alert.level >= 0 and set(told.places) != set(story.places):
                return []  # others than hers were asked about somebody, and shall not learn whom
            story, alert.place_id = replace(story, places=told.places), next(iter(told.places), None)
            alert.details = alert.details | {"places": list(told.places)}
        worse = set(told.signs) - set(story.signs) or set(told.places) - set(story.places)
        news = [word for word in told.words if word and word not in story.words]
        reporter = replace(story.reporter, phone=told.reporter.phone or story.reporter.phone)
        joined = replace(
            story,
            signs=told.signs if alert.kind in NEWEST else _union(story.signs, told.signs),
            words=(*story.words, *news)[-WORDS_KEPT:],
            reporter=reporter,
            women=_union(story.women, told.women),
            places=_union(story.places, told.places),
        )
        again = alert.details.get("again_at")
        quiet = again is not None and datetime.fromisoformat(again) > now - WINDOW
        named = kind.answered and bool(set(told.women) - set(story.women))
        speak = bool(worse) or named or (bool(news) and (kind.answered or not quiet))
        was_held = bool(alert.details.get("held"))
        held = was_held and hold
        told_of = {"again_at": now.isoformat() if speak else again, "held": held}
        alert.details = alert.details | joined.as_details() | told_of  # who had it before stays
        alert.woman_id = alert.woman_id or case.woman_id
        alert.place_id = alert.place_id or next(iter(joined.places), None)
        await alert.save(using_db=tx, update_fields=["details", "woman_id", "place_id"])
        if alert.level < 0:
            return await self.climb(tx, alert, organisation, now) if was_held and not held else []
        if not speak:
            return []
        if kind.answered and after_quiet_hours(now) > now:  # all of it in the morning
            alert.level, alert.next_check_at = -1, after_quiet_hours(now)
            await alert.save(using_db=tx, update_fields=["level", "next_check_at"])
            return []
        if worse and alert.acknowledged_at is None:
            people = await self._everybody(tx, alert, kind.rungs[: alert.level + 1], organisation)
            return await self._tell(tx, alert, people, organisation, now, self._alarm(alert, joined, now))
        taken = alert.acknowledged_at is not None
        told_to = {row.contact_id for row in await self._rows(tx, alert)}
        people = await self._holding_office(tx, {str(alert.acknowledged_by_id)} if taken else told_to, kind)

        def words(seen: Seen) -> Sayable:
            return kind.more(joined, seen, taken)

        return await self._tell(tx, alert, people, organisation, now, words)

    # ── climbing ────────────────────────────────────────────────────────────────────────────────────────

    async def climb(
        self, tx: Transaction, alert: Alert, organisation: Organisation, now: datetime
    ) -> list[Outgoing]:
        """Tell the next level; at the top, or when rounds were missed (an outage), everybody. Where nobody holds
        an office the level above is told at once."""
        kind = kind_of(alert.kind, alert.details)
        top = len(kind.rungs) - 1
        first_at_night = alert.level < 0 and alert.details.get("at_night")
        later = now if kind.at_night or first_at_night else after_quiet_hours(now)
        over = kind.ends is not None and now - alert.raised_at > kind.ends
        if over or later > now:
            alert.next_check_at = None if over else later
            await alert.save(using_db=tx, update_fields=["next_check_at"])
            return []
        missed = self._missed(alert, kind, now)
        level = min(alert.level + 1 + missed, top)
        people: list[tuple[Contact, Address]] = []
        if not missed:
            people = await self._everybody(tx, alert, kind.rungs[alert.level + 1 : level + 1], organisation)
        while not people:
            people = await self._everybody(tx, alert, kind.rungs[: level + 1], organisation)
            if people or level == top:
                break
            level += 1
        if not people:
            people = await self._everybody(tx, alert, kind.rungs, organisation, reporter_too=True)
        if not people:
            log.error("alerts.nobody_to_tell", alert=alert.id, kind=alert.kind, place=alert.place_id)
        people += await self._newly_there(tx, alert, kind, people, organisation)
        alert.level = level
        alert.next_check_at = now + kind.every if kind.every is not None else None
        await alert.save(using_db=tx, update_fields=["level", "next_check_at"])
        story = Story.of(alert.kind, alert.details)
        return await self._tell(tx, alert, people, organisation, now, self._alarm(alert, story, now))

    async def _newly_there(
        self,
        tx: Transaction,
        alert: Alert,
        kind: AlertKind,
        people: Sequence[tuple[Contact, Address]],
        organisation: Organisation,
    ) -> list[tuple[Contact, Address]]:
        """Who holds an office of a level that was told before she took it over: nobody else will tell her."""
        known = {row.contact_id for row in await self._rows(tx, alert)}
        known |= {contact.id for contact, _ in people}
        below = await self._everybody(tx, alert, kind.rungs[: alert.level + 1], organisation)
        return [one for one in below if one[0].id not in known]

    def _missed(self, alert: Alert, kind: AlertKind, now: datetime) -> int:
        """Rounds that should have been before this one, and were not."""
        if kind.every is None or alert.next_check_at is None:
            return 0
        return max(0, (now - alert.next_check_at) // kind.every)

    def _alarm(self, alert: Alert, story: Story, now: datetime) -> Words:
        minutes = (now - alert.raised_at) // timedelta(minutes=1)
        return lambda seen: KINDS[alert.kind].tell(story, seen, minutes)

    # ── taking ──────────────────────────────────────────────────────────────────────────────────────────

    async def _take(
        self, tx: Transaction, message: Message, effect: TakeAlert, organisation: Organisation, now: datetime
    ) -> list[Outgoing]:
        """The first who says so has it; all others are told, and nothing more of it leaves the outbox."""
        taker = message.speaker
        await tx.lock([f"alert:{effect.alert_id}"])
        alert = await Alert.filter(id=effect.alert_id).using_db(tx).first()
        told = AlertTold.filter(alert_id=effect.alert_id, contact_id=taker.contact_id).using_db(tx)
        if alert is None or taker.standing != "active" or not await told.exists():
            raise NotTold
        action = "alert.answer" if effect.words else "alert.reached" if effect.reached else "alert.take"
        if alert.acknowledged_by_id is not None and alert.acknowledged_by_id != taker.contact_id:
            raise AlreadyTaken
        if alert.acknowledged_by_id is None:
            alert.acknowledged_by_id, alert.acknowledged_at, alert.next_check_at = taker.contact_id, now, None
            await alert.save(
                using_db=tx, update_fields=["acknowledged_by_id", "acknowledged_at", "next_check_at"]
            )
        if effect.words:
            alert.details = alert.details | {"answer": effect.words}
            await alert.save(using_db=tx, update_fields=["details"])
        self._note(tx, message, action, alert, now)
        await self._withdraw(tx, await self._rows(tx, alert), now)
        story, kind = Story.of(alert.kind, alert.details), KINDS[alert.kind]
        involved = {row.contact_id for row in await self._rows(tx, alert)} | {str(alert.reporter_id)}
        colleagues = await self._holding_office(tx, involved - {taker.contact_id}, kind)
        letters = []
        for contact, address in colleagues:
            text = kind.taken(story, self._seen(address, story, organisation, now), taker, effect.reached)
            text = titled(text, organisation.programme_of(alert.place_id))
            letter = self._letter(contact, address, kind.letter, text, (), now)
            if TELLING in story.signs:
                letter.payload |= {ALERT: alert.id}
            letters.append(letter)
        back = kind.back(story, taker, effect.reached)
        if back is not None and alert.reporter_id not in {taker.contact_id, *(c.id for c, _ in colleagues)}:
            reporter = Contact.filter(id=alert.reporter_id).using_db(tx)
            if kind.letter != "danger":  # it may not be she who reads it there
                reporter = reporter.filter(unsafe_at__isnull=True)
            for contact, address in await reach(tx, await reporter, as_she_prefers=kind.letter != "danger"):
                said = titled(back, organisation.programme_of(alert.place_id))
                letters.append(self._back(contact, address, kind, said, now))
        return letters

    async def over(
        self,
        tx: Transaction,
        alert_id: str,
        contact_id: str,
        words: Words,
        organisation: Organisation,
        now: datetime,
    ) -> list[Outgoing]:
        """What it told has come to an end by this contact, whoever has it: all who were told are told that in `words`."""
        await tx.lock([f"alert:{alert_id}"])
        alert = await Alert.get(id=alert_id, using_db=tx)
        rows = await self._rows(tx, alert)
        await self._withdraw(tx, rows, now)
        if alert.acknowledged_at is None:
            alert.acknowledged_by_id, alert.acknowledged_at, alert.next_check_at = contact_id, now, None
            await alert.save(
                using_db=tx, update_fields=["acknowledged_by_id", "acknowledged_at", "next_check_at"]
            )
        told = {row.contact_id for row in rows} - {contact_id}
        people = await self._holding_office(tx, told, KINDS[alert.kind])
        return await self._tell(tx, alert, people, organisation, now, words)

    async def _pass_on(
        self, tx: Transaction, handover: Handover, organisation: Organisation, now: datetime
    ) -> list[Outgoing]:
        """What a colleague had in hand in the villages she has just handed over is her successor's, who is told of each,
        and who had it: what was taken a moment ago, and what is owed still."""
        left = Post.filter(staff_id=handover.from_staff, role="coordinator", state="revoked", until=now)
        villages = {post.place_id for post in await left.using_db(tx)}
        contacts = await Contact.filter(staff_id__in=[handover.from_staff, handover.to_staff]).using_db(tx)
        leaving = [one.id for one in contacts if one.staff_id == handover.from_staff]
        to = (await reach(tx, [one for one in contacts if one.staff_id == handover.to_staff]))[:1]
        if not to or not villages:
            return []
        had = Alert.filter(acknowledged_by_id__in=leaving, place_id__in=list(villages)).order_by(
            "raised_at", "id"
        )
        found = [alert for alert in await had.using_db(tx) if not KINDS[alert.kind].answered]
        ids = [alert.id for alert in found]
        owed = Clock.filter(alert_id__in=ids, state="running").using_db(tx).values_list("alert_id", flat=True)
        owing = {str(one) for one in await owed} if ids else set()
        name = (await Staff.get(id=handover.from_staff, using_db=tx)).name
        letters: list[Outgoing] = []
        for alert in found:
            if alert.id not in owing and (
                alert.acknowledged_at is None or alert.acknowledged_at <= now - STILL_HERS
            ):
                continue
            await tx.lock([f"alert:{alert.id}"])
            before = {"contact": alert.acknowledged_by_id, "name": name, "until": now.isoformat()}
            alert.details = alert.details | {"taken_before": [*alert.details.get("taken_before", ()), before]}
            alert.acknowledged_by_id = to[0][0].id
            await alert.save(using_db=tx, update_fields=["details", "acknowledged_by_id"])
            words = partial(passed_on_text, Story.of(alert.kind, alert.details), before=name)
            letters += await self._tell(tx, alert, to, organisation, now, words)
        return letters

    def _back(
        self, contact: Contact, address: Address, kind: AlertKind, text: Sayable, now: datetime
    ) -> Outgoing:
        """What goes back to whoever told of it. An answer is one to her own words: sent as such, and at night only
        when she still waits for it."""
        if not kind.answered:
            return self._letter(contact, address, kind.letter, text, (), now)
        letter = self._letter(contact, address, "reply", text, (), now)
        letter.payload |= {WAITED_FOR: True}
        letter.expires_at = now + ANSWER_KEPT
        wrote = address.last_inbound_at
        if wrote is None or now - wrote > STILL_WAITS:
            wait = after_quiet_hours(now) - now
            letter.due_at, letter.expires_at = letter.due_at + wait, letter.expires_at + wait
        return letter

    # ── telling ─────────────────────────────────────────────────────────────────────────────────────────

    async def _tell(
        self,
        tx: Transaction,
        alert: Alert,
        people: Sequence[tuple[Contact, Address]],
        organisation: Organisation,
        now: datetime,
        words: Words,
    ) -> list[Outgoing]:
        """A letter to each, in place of one that has not left yet; and a note that she was told."""
        if not people:
            return []
        known = {row.contact_id: row for row in await self._rows(tx, alert)}
        await self._withdraw(tx, [known[c.id] for c, _ in people if c.id in known], now)
        others = await self._numbers(tx, alert, [contact.id for contact, _ in people])
        story, kind = Story.of(alert.kind, alert.details), KINDS[alert.kind]
        open_ = alert.acknowledged_at is None
        buttons = (*kind.buttons(alert.id), *kind.besides(alert.id, story)) if open_ else ()
        letters: list[Outgoing] = []
        rows: list[AlertTold] = []
        for contact, address in people:
            row = known.get(contact.id)
            taken = others.get(contact.id, set())
            number = row.number if row else next(n for n in count(1) if n not in taken)
            seen = replace(
                self._seen(address, story, organisation, now),
                number=number,
                several=number > 1 or bool(taken),
            )
            letter = self._letter(
                contact,
                address,
                KINDS[alert.kind].letter,
                titled(words(seen), organisation.programme_of(alert.place_id)),
                buttons if seen.channel.buttons else (),
                now,
            )
            letter.payload |= {ALERT: alert.id}
            letters.append(letter)
            rows.append(
                AlertTold(
                    id=derived_id(alert.id, contact.id),
                    alert_id=alert.id,
                    contact_id=contact.id,
                    number=number,
                    first_at=row.first_at if row else now,
                    last_at=now,
                    times=row.times + 1 if row else 1,
                    letter_id=letter.id,
                )
            )
        await upsert_many(tx, AlertTold, rows, conflict=("id",), update=("last_at", "times", "letter_id"))
        about = await self._shown(tx, alert)
        await audit.told(tx, [(letter, about) for letter in letters], f"alert.{alert.kind}", now)
        return letters

    async def _shown(self, tx: Transaction, alert: Alert) -> list[str]:
        """Whom its letters name: the one it is about, and each of those it may be about who share a phone."""
        about = [alert.woman_id] if alert.woman_id else []
        names = [one["name"] for one in alert.details.get("women", ()) if one.get("name")]
        places = alert.details.get("places", ())
        if places and len(names) > len(about):
            indexes = [self._keyring.blind("name", name) for name in names]
            named = (
                Woman.filter(village_id__in=list(places), name_index__in=indexes).order_by("id").using_db(tx)
            )
            about += [str(one) for one in await named.values_list("id", flat=True)]
        return about

    async def elsewhere(
        self,
        tx: Transaction,
        alert_id: str,
        to: tuple[Contact, Address],
        organisation: Organisation,
        now: datetime,
    ) -> list[Outgoing]:
        """Tell one who was told already on another channel of hers, in the words that are for it; nothing where
        somebody has it by now, or it is told no more."""
        await tx.lock([f"alert:{alert_id}"])
        alert = await Alert.filter(id=alert_id, acknowledged_at__isnull=True).using_db(tx).first()
        if alert is None:
            return []
        kind, story = kind_of(alert.kind, alert.details), Story.of(alert.kind, alert.details)
        if kind.ends is not None and now - alert.raised_at > kind.ends:
            return []
        return await self._tell(tx, alert, [to], organisation, now, self._alarm(alert, story, now))

    async def _withdraw(self, tx: Transaction, rows: Sequence[AlertTold], now: datetime) -> None:
        """Letters of an alert that wait to be sent are overtaken by what is said now."""
        if rows:
            waiting = Outgoing.filter(id__in=[row.letter_id for row in rows], state="queued").using_db(tx)
            await waiting.update(state="expired", error="overtaken", updated_at=now)

    async def _numbers(self, tx: Transaction, alert: Alert, contacts: Collection[str]) -> dict[str, set[int]]:
        """The numbers each has in use for other alerts that are open: what is told no more gives its number back."""
        rows = AlertTold.filter(
            Q(alert__next_check_at__isnull=False) | Q(alert__kind=PAST),
            contact_id__in=list(contacts),
            alert__acknowledged_at__isnull=True,
        )
        used: dict[str, set[int]] = {}
        for row in await rows.exclude(alert_id=alert.id).using_db(tx):
            used.setdefault(row.contact_id, set()).add(row.number)
        return used

    async def _rows(self, tx: Transaction, alert: Alert) -> list[AlertTold]:
        return await AlertTold.filter(alert_id=alert.id).using_db(tx)

    async def _holding_office(
        self, tx: Transaction, contact_ids: Collection[str], kind: AlertKind
    ) -> list[tuple[Contact, Address]]:
        """Those of them who hold an office now."""
        contacts = await Contact.filter(id__in=list(contact_ids)).order_by("id").using_db(tx)
        posts = Post.filter(staff_id__in=[c.staff_id for c in contacts if c.staff_id], state="active")
        holding = {post.staff_id for post in await posts.using_db(tx)}
        holders = [contact for contact in contacts if contact.staff_id in holding]
        return await reach(tx, holders, as_she_prefers=kind.letter != "danger")

    async def _everybody(
        self,
        tx: Transaction,
        alert: Alert,
        rungs: Sequence[Sequence[Role]],
        organisation: Organisation,
        *,
        reporter_too: bool = False,
    ) -> list[tuple[Contact, Address]]:
        """Who holds one of these offices where it is, as far as she can be reached. Nobody knows where it is:
        then the whole level is asked."""
        roles = [role for rung in rungs for role in rung]
        if not roles:
            return []
        places = Story.of(alert.kind, alert.details).places
        posts = Post.filter(role__in=roles, state="active").using_db(tx)
        if places:
            posts = posts.filter(place_id__in={p.id for one in places for p in organisation.path(one)})
        else:
            posts = posts.filter(role="county")
        staff = {post.staff_id for post in await posts}
        if SECTOR in roles:
            staff |= await self._of_sector(tx, places, organisation)
        if not staff:
            return []
        contacts = await Contact.filter(staff_id__in=staff).order_by("id").using_db(tx)
        told = [c for c in contacts if reporter_too or c.id != alert.reporter_id]
        return await reach(tx, told, as_she_prefers=KINDS[alert.kind].letter != "danger")

    async def _of_sector(
        self, tx: Transaction, places: Sequence[str], organisation: Organisation
    ) -> set[str]:
        """The county's officers who answer for the sectors these places lie in; where nobody does, all of them."""
        around = {place.id for one in places for place in organisation.path(one)}
        officers = Post.filter(role="county", state="active", place_id__in=around).using_db(tx)
        sectors = {sector for one in places if (sector := organisation.sector_of(one))}
        found = await officers.filter(sector__in=sectors) if sectors else []
        return {post.staff_id for post in found or await officers}

    def _seen(self, address: Address, story: Story, organisation: Organisation, now: datetime) -> Seen:
        """Her channel, as the programme there lets it be used."""
        rules = organisation.programme_of(next(iter(story.places), None))
        channel = as_ruled(self._traits.get(address.channel, CAREFUL), rules)
        return Seen(channel, _place_name(story, organisation), number=1, several=False, now=now)

    def _note(self, tx: Transaction, message: Message, action: str, alert: Alert, now: datetime) -> None:
        audit.note(
            tx, actor=message.speaker.contact_id, role=message.speaker.role, action=action,
            channel=message.channel.name, now=now, subject=alert.woman_id, record=alert.id,
        )  # fmt: skip

    # ── who and where ───────────────────────────────────────────────────────────────────────────────────

    async def _case(
        self, tx: Transaction, message: Message, effect: RaiseAlert, organisation: Organisation
    ) -> Case:
        """The story of one message: who told it, of whom, where; as far as it is known."""
        speaker = message.speaker
        reporter, own_place = await self._reporter(tx, message, effect)
        women = await self._women(tx, message, effect)
        places = tuple(dict.fromkeys(woman.village_id for woman in women if woman.village_id))
        if not places:
            places = tuple(place for place in (effect.place_id or own_place,) if place)
        concerned = tuple(
            Caller(
                woman.details.get("name") or "",
                woman.details.get("phone") or "",
                HELD if speaker.women and not woman.details.get("alive", True) else "woman",
            )
            for woman in women
        )
        if KINDS[effect.kind].answered and len(women) > 1:
            concerned = ()  # which of them is not known, and those who are asked may not know the others
        if not concerned and effect.woman_name:
            concerned = (Caller(effect.woman_name, effect.phone or "", "woman"),)
        story = Story(
            kind=effect.kind,
            signs=effect.signs,
            said_at=message.sent_at,
            words=(effect.words,) if effect.words else (),
            reporter=reporter,
            women=concerned,
            places=tuple(place for place in places if organisation.path(place)),
        )
        one = women[0].id if len(women) == 1 else None
        log.info("alerts.heard", kind=effect.kind, role=speaker.role, known=bool(story.places))
        return Case(story, one)

    async def _reporter(
        self, tx: Transaction, message: Message, effect: RaiseAlert
    ) -> tuple[Caller, str | None]:
        """Who told of it, and the place she stands for where the turn could not know it."""
        speaker, phone = message.speaker, message.phone or effect.phone or ""
        if speaker.staff_id is not None:
            staff = await Staff.filter(id=speaker.staff_id).using_db(tx).first()
            role = speaker.role if speaker.standing == "active" else speaker.standing
            last = Post.filter(staff_id=speaker.staff_id).order_by("-since", "id").using_db(tx)
            post = await last.first() if speaker.standing != "active" else None
            caller = Caller(staff.name if staff else "", staff.phone if staff else phone, role)
            return caller, post.place_id if post else None
        if speaker.standing == "pending":
            claim = (
                await Invitation.filter(claimed_by_id=speaker.contact_id, state="claimed")
                .using_db(tx)
                .first()
            )
            if claim is not None:
                return Caller(claim.claimed_name or "", claim.phone, "pending"), claim.place_id
        return Caller("", phone, "woman" if speaker.role == "woman" else "unknown"), None

    async def _women(self, tx: Transaction, message: Message, effect: RaiseAlert) -> list[Woman]:
        """Whom it is about: those behind her phone, or the one meant, or of that name, in the speaker's villages."""
        speaker = message.speaker
        if speaker.women and effect.woman_id in (None, *speaker.women):
            meant = [one for one in speaker.women if effect.woman_id in (None, one)]
            behind = await Woman.filter(id__in=meant).order_by("id").using_db(tx)
            return [woman for woman in behind if woman.details.get("alive", True)] or behind
        villages = [village.id for village in speaker.villages]
        if effect.woman_id is not None and villages:
            return await Woman.filter(id=effect.woman_id, village_id__in=villages).using_db(tx)
        if effect.woman_name is None or not villages:
            return []
        for name in (effect.woman_name, *shorter_names(effect.woman_name)):
            index = self._keyring.blind("name", name)
            found = await Woman.filter(village_id__in=villages, name_index=index).order_by("id").using_db(tx)
            if found:
                return [woman for woman in found if woman.details.get("alive", True)] or found
        return []


def _same(case: Case, story: Story, alert: Alert) -> bool:
    """Whether what is told now is of the same woman. Of a question that must be certain: words of one woman are not
    shown as another's; who is not named yet is the one being asked for her name."""
    if alert.kind == LINK and case.story.signs[-1:] != story.signs[-1:]:
        return False
    if case.woman_id and alert.woman_id and case.woman_id != alert.woman_id:
        return False  # women of one name
    named = {woman.name for woman in story.women}
    if KINDS[alert.kind].answered:
        return case.names == named if named else bool(alert.details.get("held"))
    return not (case.names and named) or bool(case.names & named)


def _union(old: tuple[X, ...], new: tuple[X, ...]) -> tuple[X, ...]:
    return tuple(dict.fromkeys((*old, *new)))


def _place_name(story: Story, organisation: Organisation) -> str:
    return organisation.full_name(story.places[0]) if story.places else ""
