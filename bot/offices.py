"""Staff and their offices: codes made, claimed, confirmed, taken back; and who is told of something at a place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.access import NotAllowed, Subject, may
from bot.accounts import bring_together
from bot.leaving_office import recall
from bot.successors import pass_on_drafts
from conversations.flows.staff import CODE_HOURS
from conversations.message import (
    Assign,
    ClaimInvite,
    CountAttempt,
    DecideJoiner,
    Effect,
    Handover,
    Invite,
    Notice,
    Revoke,
    SetPin,
    Speaker,
)
from storage.assignments import hand_over
from storage.attempts import attempt_id, count_try
from storage.crypto import Keyring
from storage.ids import IdSource
from storage.models import (
    Address,
    Assignment,
    Attempt,
    Contact,
    Invitation,
    Outgoing,
    Post,
    Pregnancy,
    Session,
    Staff,
)
from storage.organisation import Organisation, load_organisation
from storage.pins import pin_hash
from storage.reaching import reach
from storage.reading import full_rows, rows
from storage.transaction import Transaction

UPWARD: dict[str, tuple[str, ...]] = {
    "coordinator": ("coordinator", "township", "county"),
    "township": ("township", "county"),
    "institution": ("institution", "county"),
    "county": ("county",),
}
"""Where nobody who holds the office a notice is for can be reached, the level above is told."""

_HELD = "SELECT role, place_id, staff_id FROM post WHERE place_id IN ? AND role IN ? AND state = 'active'"
_SERVING = "SELECT DISTINCT staff_id FROM post WHERE staff_id IN ? AND state = 'active'"


class Refused(Exception):
    """The code is not open any more."""


class Offices:
    """Applies the staff effects of turns."""

    def __init__(self, keyring: Keyring, ids: IdSource) -> None:
        self._keyring = keyring
        self._ids = ids

    async def apply(
        self,
        tx: Transaction,
        speaker: Speaker,
        effects: Iterable[Effect],
        organisation: Organisation,
        now: datetime,
    ) -> list[Notice]:
        """Apply them; what is to be told because of it."""
        told: list[Notice] = []
        for effect in effects:
            match effect:
                case Invite():
                    await self._invite(tx, speaker, effect, now)
                case ClaimInvite():
                    await self._claim(tx, speaker, effect, now)
                case DecideJoiner():
                    await self._decide(tx, speaker, effect, organisation, now)
                case Revoke():
                    await self._revoke(tx, speaker, effect, organisation, now)
                case Handover():
                    told += await self._hand_over(tx, speaker, effect, organisation, now)
                case Assign():
                    await self._assign(tx, speaker, effect, organisation, now)
                case CountAttempt(purpose):
                    await self._count(tx, speaker, purpose, now)
                case SetPin(pin):
                    await self._set_pin(tx, speaker, pin, now)
                case _:
                    pass
        return told

    async def _invite(self, tx: Transaction, speaker: Speaker, invite: Invite, now: datetime) -> None:
        await Invitation.create(
            id=invite.id,
            code_index=self._keyring.blind("code", invite.code),
            role=invite.role,
            place_id=invite.place_id,
            issuer_id=speaker.staff_id,
            issuer_contact_id=speaker.contact_id if speaker.staff_id else None,
            phone=invite.phone,
            state="open",
            created_at=now,
            expires_at=now + timedelta(hours=CODE_HOURS),
            using_db=tx,
        )

    async def _claim(self, tx: Transaction, speaker: Speaker, claim: ClaimInvite, now: datetime) -> None:
        open_ = Invitation.filter(id=claim.invite_id, state="open", expires_at__gt=now).using_db(tx)
        row = await open_.first()
        if row is None:
            raise Refused("claimed meanwhile")
        row.state, row.claimed_by_id, row.claimed_name = "claimed", speaker.contact_id, claim.name
        row.claimed_pin = pin_hash(self._keyring, self._ids(), claim.pin) if claim.pin else None
        await row.save(using_db=tx, update_fields=["state", "claimed_by_id", "claimed_name", "claimed_pin"])

    async def _decide(
        self,
        tx: Transaction,
        speaker: Speaker,
        decision: DecideJoiner,
        organisation: Organisation,
        now: datetime,
    ) -> None:
        mine = Invitation.filter(id=decision.invite_id, state="claimed", issuer_id=speaker.staff_id).using_db(
            tx
        )
        row = await mine.first()
        if row is None or not may(speaker, "confirm", _office(row), organisation):
            raise NotAllowed("confirm")
        await self.decide(
            tx,
            row,
            decision.accepted,
            now,
            lambda post: may(speaker, "revoke", _office(post), organisation),
            same_as=decision.same_as,
        )

    async def decide(
        self,
        tx: Transaction,
        row: Invitation,
        accepted: bool,
        now: datetime,
        below: Callable[[Post], bool] = lambda post: True,
        *,
        same_as: str | None = None,
    ) -> None:
        """Let the joiner in, or not; either way the code is used up.

        A colleague known by this phone, or told to be the same with a new phone (`same_as`), is taken for the same
        person only if every office she holds is `below` whoever decides: a phone is told, not proven, and a code must
        not open the door to another's office. She has one conversation from then on, and none on a number that is not
        hers any more (bot/accounts.py).
        """
        row.state = "confirmed" if accepted else "refused"
        await row.save(using_db=tx, update_fields=["state"])
        if not accepted:
            return
        index = self._keyring.blind("phone", row.phone)
        staff = await self._moved(tx, same_as, below) if same_as else await self._known(tx, row, below)
        if same_as and staff is not None:
            staff.phone, staff.phone_index = row.phone, index
            await staff.save(using_db=tx, update_fields=["phone", "phone_index"])
        if staff is None:
            staff = Staff(id=self._ids(), name=row.claimed_name or "", phone=row.phone, phone_index=index)
            await staff.save(using_db=tx, force_create=True)
        if row.claimed_pin:
            await Staff.filter(id=staff.id).using_db(tx).update(pin=row.claimed_pin)
        await Contact.filter(id=row.claimed_by_id).using_db(tx).update(staff_id=staff.id)
        await self._give(tx, row, staff.id, now)
        await Session.filter(contact_id=row.claimed_by_id).using_db(tx).delete()
        if row.claimed_by_id is not None:
            await bring_together(tx, self._keyring, self._ids, staff, row.claimed_by_id, now)

    async def _give(self, tx: Transaction, row: Invitation, staff_id: str, now: datetime) -> None:
        """The office of this code, once."""
        held = Post.filter(staff_id=staff_id, place_id=row.place_id, role=row.role, state="active").using_db(
            tx
        )
        if not await held.exists():
            await Post.create(
                id=self._ids(),
                staff_id=staff_id,
                place_id=row.place_id,
                role=row.role,
                state="active",
                issuer_id=row.issuer_id,
                since=now,
                using_db=tx,
            )
        if row.sector is not None:
            await self.hold_sector(tx, staff_id, row.place_id, row.sector, now)

    async def hold_sector(
        self, tx: Transaction, staff_id: str, county_id: str, sector: str, now: datetime
    ) -> bool:
        """A sector is answered for by this officer of the county and nobody else; False: she is none of its officers."""
        officers = Post.filter(place_id=county_id, role="county", state="active").using_db(tx)
        held = await officers.filter(staff_id=staff_id).order_by("since", "id")
        if not held:
            return False
        await officers.filter(sector=sector).exclude(staff_id=staff_id).update(sector=None)
        if any(post.sector == sector for post in held):
            return True
        first = held[0]
        if (free := next((post for post in held if post.sector is None), None)) is not None:
            await officers.filter(id=free.id).update(sector=sector)
            return True
        await Post.create(
            id=self._ids(),
            staff_id=staff_id,
            place_id=county_id,
            role="county",
            state="active",
            issuer_id=first.issuer_id,
            since=now,
            sector=sector,
            using_db=tx,
        )
        return True

    async def _moved(self, tx: Transaction, staff_id: str, below: Callable[[Post], bool]) -> Staff:
        """The colleague who has a new phone. Raises `NotAllowed` where she is not the decider's to tell of."""
        held = await Post.filter(staff_id=staff_id, state="active").using_db(tx)
        if not held or not all(below(post) for post in held):
            raise NotAllowed("confirm")
        return await Staff.get(id=staff_id, using_db=tx)

    async def _known(self, tx: Transaction, row: Invitation, below: Callable[[Post], bool]) -> Staff | None:
        index = self._keyring.blind("phone", row.phone)
        for staff in await Staff.filter(phone_index=index).order_by("id").using_db(tx):
            held = await Post.filter(staff_id=staff.id, state="active").using_db(tx)
            if not all(below(post) for post in held):
                continue
            if not held:  # she was revoked: her earlier accounts do not come back with her
                left = Contact.filter(staff_id=staff.id).exclude(id=row.claimed_by_id).using_db(tx)
                ids = [contact.id for contact in await left]
                await Contact.filter(id__in=ids).using_db(tx).update(staff_id=None)
                await Session.filter(contact_id__in=ids).using_db(tx).delete()
            return staff
        return None

    async def _revoke(
        self,
        tx: Transaction,
        speaker: Speaker,
        revoke: Revoke,
        organisation: Organisation,
        now: datetime,
    ) -> None:
        """Every office of hers that lies below the speaker's. With her last one goes what is still on its way
        to her, and every code of hers that nobody was let in with."""
        held = await Post.filter(staff_id=revoke.staff_id, state="active").using_db(tx)
        below = [post.id for post in held if may(speaker, "revoke", _office(post), organisation)]
        if not below:
            raise NotAllowed("revoke")
        await self._end(tx, revoke.staff_id, below, now)

    async def end(self, tx: Transaction, staff_id: str, place_id: str, now: datetime) -> None:
        """Every office of hers at this place is over, by the operator's word."""
        held = Post.filter(staff_id=staff_id, place_id=place_id, state="active").using_db(tx)
        await self._end(tx, staff_id, [post.id for post in await held], now)

    async def _end(self, tx: Transaction, staff_id: str, posts: Collection[str], now: datetime) -> None:
        """These offices of hers are over; with the last one all that was on its way to her."""
        await Post.filter(id__in=list(posts)).using_db(tx).update(state="revoked", until=now)
        if await Post.filter(staff_id=staff_id, state="active").using_db(tx).exists():
            await recall(tx, staff_id, await load_organisation(tx), now)
            return
        contacts = [one.id for one in await Contact.filter(staff_id=staff_id).using_db(tx)]
        waiting = Outgoing.filter(contact_id__in=contacts, state__in=["queued", "offered"]).using_db(tx)
        await waiting.update(state="expired", error="revoked", updated_at=now)
        codes = Invitation.filter(issuer_id=staff_id, state__in=("open", "claimed")).using_db(tx)
        await codes.update(state="refused")

    async def _hand_over(
        self,
        tx: Transaction,
        speaker: Speaker,
        handover: Handover,
        organisation: Organisation,
        now: datetime,
    ) -> list[Notice]:
        """To a coordinator below the speaker; the villages of one who has none there any more cannot be handed over. What
        lies unfinished of them goes along."""
        posts = Post.filter(
            staff_id__in=[handover.from_staff, handover.to_staff], role="coordinator", state="active"
        )
        held = [
            post for post in await posts.using_db(tx) if may(speaker, "handover", _office(post), organisation)
        ]
        given = {post.place_id: post for post in held if post.staff_id == handover.from_staff}
        kept = {post.place_id for post in held if post.staff_id == handover.to_staff}
        if not given or not kept or handover.from_staff == handover.to_staff:
            raise NotAllowed("handover")
        for place in given.keys() - kept:
            await Post.create(
                id=self._ids(),
                staff_id=handover.to_staff,
                place_id=place,
                role="coordinator",
                state="active",
                issuer_id=speaker.staff_id,
                since=now,
                using_db=tx,
            )
        await hand_over(
            tx,
            handover.from_staff,
            handover.to_staff,
            given,
            issuer=speaker.staff_id,
            now=now,
            ids=self._ids,
        )
        await self._end(tx, handover.from_staff, [post.id for post in given.values()], now)
        return await pass_on_drafts(tx, handover.from_staff, handover.to_staff, given, now)

    async def _assign(
        self, tx: Transaction, speaker: Speaker, assign: Assign, organisation: Organisation, now: datetime
    ) -> None:
        """Her case and the colleague both lie below the speaker, or the colleague is the speaker herself."""
        case = Pregnancy.filter(id=assign.pregnancy_id, woman_id=assign.woman_id).select_related("woman")
        pregnancy = await case.using_db(tx).first()
        posts = await Post.filter(staff_id=assign.staff_id, state="active").using_db(tx)
        if (
            pregnancy is None
            or not may(speaker, "assign", Subject(pregnancy.woman.village_id), organisation)
            or not any(may(speaker, "assign", _office(post), organisation) for post in posts)
        ):
            raise NotAllowed("assign")
        now_held = Assignment.filter(pregnancy_id=assign.pregnancy_id, until__isnull=True).using_db(tx)
        await now_held.update(until=now)
        await Assignment.create(
            id=self._ids(),
            woman_id=assign.woman_id,
            pregnancy_id=assign.pregnancy_id,
            staff_id=assign.staff_id,
            issuer_id=speaker.staff_id,
            since=now,
            using_db=tx,
        )

    async def _set_pin(self, tx: Transaction, speaker: Speaker, pin: str, now: datetime) -> None:
        """Her wrong tries of today are forgotten, on whatever account."""
        if speaker.staff_id is None:
            raise NotAllowed("pin")
        kept = pin_hash(self._keyring, self._ids(), pin)
        await Staff.filter(id=speaker.staff_id).using_db(tx).update(pin=kept)
        hers = await Contact.filter(staff_id=speaker.staff_id).using_db(tx).values_list("id", flat=True)
        await Attempt.filter(id__in=[attempt_id(str(one), "pin", now) for one in hers]).using_db(tx).delete()

    async def _count(self, tx: Transaction, speaker: Speaker, purpose: str, now: datetime) -> None:
        await count_try(tx, speaker.contact_id, purpose, now)

    async def recipients(
        self, tx: Transaction, notice: Notice, organisation: Organisation
    ) -> list[tuple[Contact, Address]]:
        """Whom a notice reaches: each contact once, where she wrote from last; nobody whose office was taken."""
        (reached,) = await self.recipients_of(tx, [notice], organisation)
        return reached

    async def recipients_of(
        self, tx: Transaction, notices: Sequence[Notice], organisation: Organisation
    ) -> list[list[tuple[Contact, Address]]]:
        """Whom each of these notices reaches, in a few queries for all of them. Danger goes where she wrote last."""
        found: dict[int, list[tuple[Contact, Address]]] = {}
        for danger in (True, False):
            some = {number: one for number, one in enumerate(notices) if (one.kind == "danger") is danger}
            if some:
                reached = await self._recipients(
                    tx, [*some.values()], organisation, as_she_prefers=not danger
                )
                found |= zip(some, reached, strict=True)
        return [found[number] for number in range(len(notices))]

    async def _recipients(
        self, tx: Transaction, notices: Sequence[Notice], organisation: Organisation, *, as_she_prefers: bool
    ) -> list[list[tuple[Contact, Address]]]:
        found: list[list[tuple[Contact, Address]]] = [[] for _ in notices]
        named = {one.contact_id for one in notices if one.contact_id is not None}
        reached = await self._named(tx, named, as_she_prefers=as_she_prefers) if named else {}
        paths: dict[str | None, list[str]] = {}
        waiting: list[tuple[int, tuple[str, ...], list[str]]] = []
        for number, one in enumerate(notices):
            if one.contact_id is not None:
                found[number] = [reached[one.contact_id]] if one.contact_id in reached else []
            elif levels := UPWARD.get(one.role or "", ()):
                if one.place_id not in paths:
                    paths[one.place_id] = [place.id for place in organisation.path(one.place_id)]
                waiting.append((number, levels, paths[one.place_id]))
        held = await _held(tx, {role for _, levels, _ in waiting for role in levels}, paths.values())
        while waiting:
            offices = {number: _holders(held, levels[0], places) for number, levels, places in waiting}
            people = await _people(tx, set().union(*offices.values()), as_she_prefers=as_she_prefers)
            for number, staff in offices.items():
                found[number] = [one for one in people if one[0].staff_id in staff]
            waiting = [
                (number, levels[1:], places)
                for number, levels, places in waiting
                if not found[number] and levels[1:]
            ]
        return found

    async def _named(
        self, tx: Transaction, ids: Collection[str], *, as_she_prefers: bool
    ) -> dict[str, tuple[Contact, Address]]:
        """Where these contacts are reached, by their ids; a colleague on another account of hers, if not on this one."""
        contacts = await full_rows(tx, Contact, "id", ids)
        staff = {one.staff_id for one in contacts if one.staff_id}
        serving = {staff_id for (staff_id,) in await rows(tx, _SERVING, staff)} if staff else set()
        there = [one for one in contacts if one.staff_id is None or one.staff_id in serving]
        found = await reach(tx, there, as_she_prefers=as_she_prefers)
        reached = {contact.id: (contact, address) for contact, address in found}
        moved = [one for one in there if one.staff_id is not None and one.id not in reached]
        if moved:  # she has another account by now
            hers = {one.staff_id for one in moved if one.staff_id}
            others = await _people(tx, hers, as_she_prefers=as_she_prefers)
            for one in moved:
                other = next((other for other in others if other[0].staff_id == one.staff_id), None)
                if other is not None:
                    reached[one.id] = other
        return reached


async def _held(
    tx: Transaction, roles: Collection[str], paths: Iterable[Iterable[str]]
) -> dict[tuple[str, str], set[str]]:
    """Who holds these offices now, by role and place."""
    held: dict[tuple[str, str], set[str]] = {}
    places = {place for path in paths for place in path}
    for role, place, staff in await rows(tx, _HELD, places, roles) if places and roles else ():
        held.setdefault((role, place), set()).add(staff)
    return held


def _holders(held: Mapping[tuple[str, str], set[str]], role: str, places: Iterable[str]) -> set[str]:
    return set().union(*(held.get((role, place), ()) for place in places))


async def _people(
    tx: Transaction, staff: Collection[str], *, as_she_prefers: bool
) -> list[tuple[Contact, Address]]:
    """The contacts of these colleagues, each where she is reached, in the order of their ids."""
    contacts = await full_rows(tx, Contact, "staff_id", staff, "id")
    return await reach(tx, contacts, as_she_prefers=as_she_prefers)


def _office(of: Post | Invitation) -> Subject:
    return Subject(of.place_id, of.role)  # type: ignore[arg-type]
