"""What a half-made report of a death, an end or a critical case does: from the transaction that hears of it nothing cheerful
goes to her, as after her own word (bot/care_over.py); where it stays unfinished others are told; and both end with it.

Which, and when: conversations/engine/unfinished.py.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot import care_over
from bot.escalation import Escalation
from bot.people import colleague
from conversations.care.case import begun_key
from conversations.engine.unfinished import Begun, begun, may_be_begun
from conversations.flows.alerts import Caller, Story
from conversations.flows.begun import BEGUN, RUNGS_OF_A_HOSPITAL, ended_text
from conversations.ids import derived_id
from conversations.message import Speaker
from storage.crypto import Keyring
from storage.models import Alert, Contact, Outgoing, Post, Staff, Woman
from storage.organisation import Organisation
from storage.transaction import Transaction

if TYPE_CHECKING:
    from bot.writing import Played

FEW = 3
"""Women of one name that a report may be about whose reminders are all held until it is said which."""


def _alert_id(talk_id: str) -> str:
    return derived_id(talk_id, BEGUN)[:16]


async def keep(
    tx: Transaction,
    one: Played,
    escalation: Escalation,
    keyring: Keyring,
    organisation: Organisation,
    channels: Collection[str],
    now: datetime,
) -> list[Outgoing]:
    """Hold what the reports now begun hold; let go of what is finished or was dropped.
    What is to be told to whoever was told of them."""
    speaker = one.message.speaker
    if speaker.staff_id is None:
        return []
    there = begun(one.turn.session)
    gone = may_be_begun(one.person.session) - {draft.id for draft in there}
    if not there and not gone:
        return []
    wanted: dict[str, list[str]] = {begun_key(talk_id): [] for talk_id in gone}
    for draft in there:
        women = await _about(tx, draft, speaker, keyring) if draft.holds else []
        wanted[begun_key(draft.id)] = [woman.id for woman in women]
    contact_id = speaker.contact_id
    await care_over.hold_for_reports(tx, keyring, contact_id, wanted, organisation, channels, now)
    alerts = Alert.filter(id__in=[_alert_id(talk_id) for talk_id in gone], kind=BEGUN).using_db(tx)
    letters: list[Outgoing] = []
    for alert in await alerts:
        story = Story.of(alert.kind, alert.details)
        filed = any(report.event == story.signs[0] for report in one.turn.reports)
        words = partial(ended_text, story, filed=filed)
        letters += await escalation.over(tx, alert.id, contact_id, words, organisation, now)
    return letters


async def tell(
    tx: Transaction,
    contact: Contact,
    draft: Begun,
    escalation: Escalation,
    keyring: Keyring,
    organisation: Organisation,
    now: datetime,
) -> list[Outgoing]:
    """Tell others of what this colleague began and did not finish; once."""
    if contact.staff_id is None or await Alert.filter(id=_alert_id(draft.id)).using_db(tx).exists():
        return []
    staff = await Staff.get(id=contact.staff_id, using_db=tx)
    speaker = await colleague(tx, contact.id, contact.staff_id, organisation)
    women = await _about(tx, draft, speaker, keyring)
    place = draft.village_id or next((one.village_id for one in women), None)
    place = place or speaker.place_id or await _last_office(tx, contact.staff_id)
    story = Story(
        kind=BEGUN,
        signs=(draft.flow, *(["holds"] if draft.holds and women else [])),
        said_at=draft.since,
        words=(),
        reporter=Caller(staff.name, staff.phone, speaker.role),
        women=_callers(draft, women),
        places=(place,) if place else (),
    )
    ladder = {"rungs": RUNGS_OF_A_HOSPITAL, "every": timedelta(days=1).total_seconds()}
    alert = Alert(
        id=_alert_id(draft.id),
        kind=BEGUN,
        place_id=place,
        woman_id=women[0].id if len(women) == 1 else None,
        reporter_id=contact.id,
        raised_at=now,
        level=-1,
        details=story.as_details() | ({"ladder": ladder} if speaker.role == "institution" else {}),
    )
    return await escalation.open(tx, alert, organisation, now)


def _callers(draft: Begun, women: Collection[Woman]) -> tuple[Caller, ...]:
    """Whom it is about, as far as that is one woman: of several of a name no number is shown."""
    name = draft.name
    if len(women) == 1:
        (woman,) = women
        name = woman.details.get("name") or name
    return (Caller(name, "", "woman"),) if name else ()  # whoever began it is to be called


async def _about(tx: Transaction, draft: Begun, speaker: Speaker, keyring: Keyring) -> list[Woman]:
    """The woman it is about; as long as that is not said, those of her name there, if they are few. A hospital has the
    villages of half a county around it: of two of a name neither may be meant."""
    if draft.woman_id:
        return await Woman.filter(id=draft.woman_id).using_db(tx)
    where = [draft.village_id] if draft.village_id else [village.id for village in speaker.villages]
    if not draft.name or not where:
        return []
    named = Woman.filter(village_id__in=where, name_index=keyring.blind("name", draft.name))
    found = [one for one in await named.order_by("id").using_db(tx) if one.details.get("alive", True)]
    return found if len(found) <= (1 if speaker.role == "institution" else FEW) else []


async def _last_office(tx: Transaction, staff_id: str) -> str | None:
    post = await Post.filter(staff_id=staff_id).order_by("-since", "id").using_db(tx).first()
    return str(post.place_id) if post is not None else None
