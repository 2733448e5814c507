"""Notices to many (通知): written down and made into letters in the turn that wants them; and 收到 to one.

A colleague gets hers after the quiet hours at the latest. To a woman it is looked at again right before it leaves
(bot/announcing.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot import ways
from bot.access import NotAllowed, Subject, may
from bot.quiet import after_quiet_hours
from conversations.asking.plain import from_plain
from conversations.flows.announce import got_it_button, told_text
from conversations.message import Announce, Effect, GotIt, Speaker
from storage.announcements import NOTICE, PREGNANT, Reached, colleagues, women
from storage.bulk import insert_many
from storage.models import Address, Announcement, AnnouncementTold, Outgoing
from storage.organisation import Organisation
from storage.transaction import Transaction

LOOK_AGAIN: Final = timedelta(minutes=30)
"""Between two looks whether a notice is through."""
KEPT: Final = timedelta(hours=72)
"""How long a notice waits for its way to be open."""


class Letters(ways.Letters, Protocol):
    """Makes letters, and knows where they can have buttons."""

    def has_buttons(self, channel: str) -> bool: ...


async def apply(
    tx: Transaction,
    speaker: Speaker,
    effects: Iterable[Effect],
    organisation: Organisation,
    make: Letters,
    now: datetime,
) -> list[Outgoing]:
    """What a turn tells to many, as letters still to be written; and what it says was read. Raises `NotAllowed`."""
    letters: list[Outgoing] = []
    for effect in effects:
        match effect:
            case Announce():
                letters += await _announce(tx, speaker, effect, organisation, make, now)
            case GotIt(told_id):
                mine = AnnouncementTold.filter(id=told_id, contact_id=speaker.contact_id).using_db(tx)
                if not await mine.exists():
                    raise NotAllowed("take")
                await mine.filter(acknowledged_at__isnull=True).update(acknowledged_at=now)
            case _:
                pass
    return letters


async def _announce(
    tx: Transaction,
    speaker: Speaker,
    effect: Announce,
    organisation: Organisation,
    make: Letters,
    now: datetime,
) -> list[Outgoing]:
    place = speaker.place_id
    if (
        speaker.staff_id is None
        or place is None
        or not all(
            may(speaker, "announce", Subject(one), organisation) for one in (effect.villages or (place,))
        )
    ):
        raise NotAllowed("announce")
    if effect.audience == "women":
        question = from_plain(effect.question)
        reached, left_out = await women(tx, organisation, effect.villages, question, make.channels, now)
    else:
        reached, left_out = await colleagues(tx, organisation, effect.audience, place)
    row = Announcement(
        id=effect.id,
        staff_id=speaker.staff_id,
        contact_id=speaker.contact_id,
        place_id=place,
        audience=effect.audience,
        words=effect.words,
        acknowledge=effect.acknowledge,
        left_out=left_out,
        created_at=now,
        next_check_at=after_quiet_hours(now) + LOOK_AGAIN,
    )
    marks = [
        AnnouncementTold(
            id=make.ids(), announcement_id=row.id, contact_id=one.contact.id, pregnancy_id=one.pregnancy_id
        )
        for one in reached
    ]
    letters: dict[tuple[str, str], Outgoing] = {}
    for mark, one in zip(
        marks, reached, strict=True
    ):  # women who share a phone get one letter, and a mark each
        to = (one.contact.id, one.channel)
        if to not in letters:
            letters[to] = _letter(row, mark, one, speaker, make, now)
        elif one.pregnant:
            letters[to].payload[PREGNANT].append(mark.id)
        mark.letter_id = letters[to].id
    await insert_many(tx, Announcement, [row])
    await insert_many(tx, AnnouncementTold, marks)
    return list(letters.values())


def _letter(
    row: Announcement, mark: AnnouncementTold, one: Reached, speaker: Speaker, make: Letters, now: datetime
) -> Outgoing:
    address = Address(contact_id=one.contact.id, channel=one.channel, address=one.address)
    buttons = make.has_buttons(one.channel)
    text = told_text(speaker.place_name, row.words, acknowledge=row.acknowledge, buttons=buttons)
    rows = ((got_it_button(mark.id),),) if row.acknowledge and buttons else ()
    letter = make.letter(one.contact, address, "reminder" if one.pregnancy_id else "notice", text, rows, now)
    letter.payload = {**letter.payload, NOTICE: mark.id, PREGNANT: [mark.id] if one.pregnant else []}
    letter.due_at, letter.expires_at = after_quiet_hours(now), after_quiet_hours(now) + KEPT
    return letter
