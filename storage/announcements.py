"""Notices to many (通知): whom one reaches, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient

from conversations.asking.answering import matches
from conversations.asking.question import Question
from conversations.care.candidates import unreached
from conversations.care.case import Case
from conversations.facts import (
    AudienceFact,
    AudienceOf,
    Lookup,
    NoticeFact,
    NoticesBy,
    NoticesTold,
    OwnNoticeFact,
)
from conversations.local_time import LOCAL
from storage.cases import SMS, Loaded, load_cases
from storage.models import Address, Announcement, AnnouncementTold, Contact, Outgoing, Post, Staff
from storage.organisation import Organisation
from storage.reaching import later, reach
from storage.roster_rows import roster_rows

NOTICE: Final = "announced"
"""In a letter's payload: the id of the row that says to whom it goes; of the first, where women share a phone."""
PREGNANT: Final = "announced_pregnant"
"""In a letter's payload: the ids of such rows of those who were pregnant when it was written."""
ROLES: Final = {"coordinators": "coordinator", "townships": "township", "institutions": "institution"}
ACKNOWLEDGED_WITHIN: Final = timedelta(days=14)
"""How long 收到 may mean a notice."""
_UNDER_WAY = frozenset({"queued", "sending", "offered"})
_ARRIVED = frozenset({"sent", "delivered"})


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody a notice goes to: a colleague, or the woman of a case, `pregnant` or no more."""

    contact: Contact
    channel: str
    address: str
    pregnancy_id: str | None = None
    pregnant: bool = False


async def colleagues(
    connection: BaseDBAsyncClient, organisation: Organisation, audience: str, place_id: str
) -> tuple[list[Reached], int]:
    """Everybody who holds such an office inside this place, once each; and how many of them cannot be written to."""
    below = [place.id for place in organisation.below(place_id)]
    posts = Post.filter(place_id__in=below, role=ROLES[audience], state="active").using_db(connection)
    staff = {str(one) for one in await posts.values_list("staff_id", flat=True)}
    contacts = Contact.filter(staff_id__in=list(staff)).order_by("id").using_db(connection)
    found: dict[str, tuple[Contact, Address]] = {}
    for contact, address in await reach(connection, await contacts if staff else ()):
        known = found.get(str(contact.staff_id))
        if known is None or later(address, known[1]):
            found[str(contact.staff_id)] = (contact, address)
    reached = [Reached(contact, address.channel, address.address) for contact, address in found.values()]
    return reached, len(staff) - len(reached)


async def women(
    connection: BaseDBAsyncClient,
    organisation: Organisation,
    villages: Collection[str],
    question: Question,
    channels: Collection[str],
    now: datetime,
) -> tuple[list[Reached], int]:
    """The women a question means who are written to themselves, each for herself (several may share a phone); and how
    many are not."""
    today = now.astimezone(LOCAL).date()
    rows = [
        row
        for row in await roster_rows(connection, organisation, villages, now)
        if matches(row, question, today)
    ]
    cases = await load_cases(connection, [row.case.id for row in rows], organisation, channels)
    reached = [one for loaded in cases.values() if (one := written_to(loaded)) is not None]
    return reached, len(rows) - len(reached)


def written_to(loaded: Loaded) -> Reached | None:
    """Where a woman is written to; None where she herself is not, or where it would hurt."""
    route = loaded.route
    if route is None or route.contact is None or not _may_hear(loaded.case):
        return None
    pregnant = loaded.case.course.end is None
    return Reached(route.contact, route.channel, route.address, loaded.case.id, pregnant)


def _may_hear(case: Case) -> bool:
    return unreached(case) is None and not case.grieving


async def answer_announcements(
    connection: BaseDBAsyncClient,
    asked: Collection[Lookup],
    organisation: Organisation,
    channels: Collection[str],
    now: datetime,
) -> dict[Lookup, tuple[Any, ...]]:
    """The answers to what is asked of notices."""
    answers: dict[Lookup, tuple[Any, ...]] = {}
    for lookup in asked:
        match lookup:
            case AudienceOf(audience, place_id, villages, question):
                if question is None:
                    reached, left_out = await colleagues(connection, organisation, audience, place_id)
                else:
                    reached, left_out = await women(
                        connection, organisation, villages, question, channels, now
                    )
                by_sms = len({one.contact.id for one in reached if one.channel == SMS})
                answers[lookup] = (AudienceFact(len(reached), by_sms, left_out),)
            case NoticesTold(contact_id):
                answers[lookup] = await _waiting(connection, contact_id, now)
            case NoticesBy(staff_id):
                newest = (
                    Announcement.filter(staff_id=staff_id).order_by("-created_at", "-id").using_db(connection)
                )
                row = await newest.first()
                answers[lookup] = (await became(connection, row),) if row is not None else ()
            case _:
                pass
    return answers


async def _waiting(connection: BaseDBAsyncClient, contact_id: str, now: datetime) -> tuple[NoticeFact, ...]:
    """What she was told and has not acknowledged; what still waits for the morning she has not read."""
    rows = AnnouncementTold.filter(
        contact_id=contact_id,
        acknowledged_at__isnull=True,
        announcement__acknowledge=True,
        announcement__created_at__gte=now - ACKNOWLEDGED_WITHIN,
    ).order_by("-announcement__created_at", "id")
    told = await rows.select_related("announcement").using_db(connection)
    letters = [str(one.letter_id) for one in told if one.letter_id]
    queued = Outgoing.filter(id__in=letters, state="queued").using_db(connection) if letters else None
    unsent = {str(one) for one in await queued.values_list("id", flat=True)} if queued is not None else set()
    return tuple(NoticeFact(one.id, one.announcement.words) for one in told if one.letter_id not in unsent)


async def became(connection: BaseDBAsyncClient, row: Announcement) -> OwnNoticeFact:
    """What became of a notice with everybody it went to."""
    told = await AnnouncementTold.filter(announcement_id=row.id).order_by("id").using_db(connection)
    letters = Outgoing.filter(id__in=[one.letter_id for one in told if one.letter_id]).using_db(connection)
    states = {str(id_): str(state) for id_, state in await letters.values_list("id", "state")}
    how = {one.id: _how(states.get(one.letter_id or "")) for one in told}
    counts = Counter(how.values())
    colleagues_told = [one for one in told if one.pregnancy_id is None]
    failed = [one.contact_id for one in colleagues_told if how[one.id] == "failed"]
    silent = [one.contact_id for one in colleagues_told if one.acknowledged_at is None]
    names = await _names(connection, {*failed, *silent})
    return OwnNoticeFact(
        words=row.words,
        at=row.created_at,
        acknowledge=row.acknowledge,
        count=len(told),
        arrived=counts["arrived"],
        waiting=counts["waiting"],
        failed=counts["failed"],
        left_out=row.left_out,
        acknowledged=sum(one.acknowledged_at is not None for one in told),
        not_reached=tuple(names[one] for one in failed if one in names),
        silent=tuple(names[one] for one in silent if one in names) if row.acknowledge else (),
    )


def _how(state: str | None) -> str:
    if state in _UNDER_WAY:
        return "waiting"
    return "arrived" if state in _ARRIVED else "failed"


async def _names(connection: BaseDBAsyncClient, contacts: Collection[str]) -> dict[str, str]:
    if not contacts:
        return {}
    rows = await Contact.filter(id__in=list(contacts), staff_id__isnull=False).using_db(connection)
    staff = await Staff.filter(id__in=[str(one.staff_id) for one in rows]).using_db(connection)
    names = {one.id: one.name for one in staff}
    return {one.id: names[str(one.staff_id)] for one in rows if str(one.staff_id) in names}
