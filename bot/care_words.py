"""What is said about care, written down: her consent, her answers to reminders, a colleague's word on a task, links.

Everything here happens in the transaction of the message that says it; what follows from it is found by looking at the
case again (bot/care.py), so it is set to be looked at now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

from bot.acts import look_again
from bot.consent import NotHersToSay
from conversations.flows.alerts import NUMBER, Story
from conversations.flows.linking import LINK_HOURS
from conversations.ids import derived_id
from conversations.local_time import LOCAL
from conversations.message import (
    ActWord,
    ClaimLink,
    Consented,
    DecideLink,
    Effect,
    OfferLink,
    OptIn,
    OptOut,
    OptOutReason,
    SetLocale,
    SilenceNumber,
    Speaker,
    UnsafeNumber,
)
from storage.bulk import upsert_many
from storage.cases import SMS, WRONG
from storage.crypto import Keyring
from storage.models import Address, Alert, CareAct, Contact, ContactWoman, Pregnancy, Woman, WomanLink
from storage.reading import rows
from storage.transaction import Transaction

REASON_BESIDE = " / "
"""Between how she opted out and why."""

_SILENT = """
    SELECT a.address_index, a.contact_id FROM address a JOIN contact c ON c.id = a.contact_id
    WHERE a.channel = ? AND a.address_index IN ? AND c.silenced_at IS NOT NULL"""


async def apply(
    tx: Transaction, keyring: Keyring, speaker: Speaker, effects: Iterable[Effect], now: datetime
) -> None:
    """What a turn changes in this. Raises `NotHersToSay`."""
    for effect in effects:
        match effect:
            case Consented(woman_id, yes):
                await _consented(tx, speaker, woman_id, "yes" if yes else "no", now)
            case ActWord():
                await _word(tx, speaker, effect, now)
            case OptOutReason(reason):
                await _reason(tx, speaker, reason)
            case OptOut() | OptIn() | SilenceNumber() | UnsafeNumber():
                await _look_at(tx, speaker.women, now)  # what she is not told is her coordinator's to do
            case SetLocale(locale):
                await Contact.filter(id=speaker.contact_id).using_db(tx).update(locale=locale)
            case OfferLink():
                await _offer(tx, keyring, speaker, effect, now)
            case ClaimLink(link_id):
                await _claim(tx, speaker, link_id, now)
            case DecideLink(link_id, accepted):
                await _decide(tx, speaker, link_id, accepted, now)
            case _:
                pass


async def _look_at(tx: Transaction, women: Iterable[str], now: datetime) -> None:
    ids = list(women)
    if ids:
        await Pregnancy.filter(woman_id__in=ids).using_db(tx).update(next_check_at=now)


# ── hers ────────────────────────────────────────────────────────────────────────────────────────────────


async def _consented(tx: Transaction, speaker: Speaker, woman_id: str, word: str, now: datetime) -> None:
    """Kept for this contact and this woman; only where she was asked."""
    mine = ContactWoman.filter(contact_id=speaker.contact_id, woman_id=woman_id).using_db(tx)
    if speaker.role != "woman" or woman_id not in speaker.women:
        raise NotHersToSay
    if not await mine.filter(consent__isnull=False).update(consent=word, consent_at=now):
        raise NotHersToSay
    asked = CareAct.filter(woman_id=woman_id, kind="consent", to_role="woman", state__in=("made", "sent"))
    await asked.using_db(tx).update(
        state="answered", answer=word, answered_at=now, answered_by_id=speaker.contact_id, next_check_at=None
    )
    await _look_at(tx, [woman_id], now)


async def _word(tx: Transaction, speaker: Speaker, word: ActWord, now: datetime) -> None:
    act = await CareAct.get_or_none(id=word.act_id, using_db=tx)
    if act is None or not _hers_to_say(speaker, act) or act.state == "skipped":
        raise NotHersToSay
    if act.to_role == "woman":
        act.state, act.answer = "answered", word.answer
        said = {"day": word.day.isoformat() if word.day else None, "place": word.place or None}
        act.said = {**(act.said or {}), **{name: one for name, one in said.items() if one}} or None
    elif word.answer is None:
        act.state, act.answer = "sent", None
    else:
        act.state, act.answer = ("done" if word.answer == "done" else "answered"), word.answer
        act.reason = None
    act.answered_at, act.answered_by_id = now, speaker.contact_id
    if word.answer is None:
        act.answered_at, act.answered_by_id = None, None
    await act.save(
        using_db=tx, update_fields=["state", "reason", "answer", "said", "answered_at", "answered_by_id"]
    )
    await look_again(tx, act.pregnancy_id, now)


def _hers_to_say(speaker: Speaker, act: CareAct) -> bool:
    if act.to_role == "woman":
        return speaker.role == "woman" and act.woman_id in speaker.women
    return (
        speaker.standing == "active"
        and act.to_role == speaker.role
        and speaker.village(act.place_id) is not None
    )


async def _reason(tx: Transaction, speaker: Speaker, reason: str) -> None:
    row = await Contact.get(id=speaker.contact_id, using_db=tx)
    if row.opted_out_at is None or REASON_BESIDE in (row.opt_out_reason or ""):
        return
    row.opt_out_reason = f"{row.opt_out_reason or ''}{REASON_BESIDE}{reason}"
    await row.save(using_db=tx, update_fields=["opt_out_reason"])


async def leave_old_numbers(
    tx: Transaction, keyring: Keyring, before: Mapping[str, Woman], after: Iterable[Woman]
) -> None:
    """Whose number changed is nobody on the old one any more, whatever was said there; accounts she opened herself
    stay hers."""
    old: dict[str, str] = {}
    for woman in after:
        known = before.get(woman.id)
        if known is not None and known.phone_index and known.phone_index != woman.phone_index:
            old[woman.id] = keyring.blind("address", known.details["phone"])
    if not old:
        return
    rows = Address.filter(channel=SMS, address_index__in=list(old.values())).using_db(tx)
    contacts = {row.address_index: row.contact_id for row in await rows}
    for woman_id, index in old.items():
        if index in contacts:
            link = ContactWoman.filter(woman_id=woman_id, contact_id=contacts[index]).using_db(tx)
            await link.delete()


async def given_anew(
    tx: Transaction, keyring: Keyring, before: Mapping[str, Woman], after: Iterable[Woman], now: datetime
) -> None:
    """A number that was called wrong and is now told for another woman is a new person's: it speaks again, and she is
    asked like anybody. For those it was kept for it stays wrong; told again for one of them it stays silent."""
    told: dict[str, list[Woman]] = {}
    for woman in after:
        known = before.get(woman.id)
        if woman.phone_index and (known is None or known.phone_index != woman.phone_index):
            told.setdefault(keyring.blind("address", woman.details["phone"]), []).append(woman)
    if not told:
        return
    for index, contact_id in await rows(tx, _SILENT, SMS, told):
        women = told[index]
        kept, names = await _kept_for(tx, contact_id, women)
        if all(woman.id in kept or woman.details.get("name") in names for woman in women):
            continue
        wrong = [
            ContactWoman(
                id=derived_id(contact_id, woman_id),
                contact_id=contact_id,
                woman_id=woman_id,
                consent=WRONG,
                consent_at=now,
            )
            for woman_id in sorted(kept)
        ]
        await upsert_many(
            tx, ContactWoman, wrong, conflict=("contact_id", "woman_id"), update=("consent", "consent_at")
        )
        await Contact.filter(id=contact_id).using_db(tx).update(silenced_at=None)


async def moved_along(tx: Transaction, before: Mapping[str, Woman], after: Iterable[Woman]) -> None:
    """What colleagues have to do for a woman is done where she lives now."""
    for woman in after:
        known = before.get(woman.id)
        if known is not None and woman.village_id and known.village_id != woman.village_id:
            open_acts = CareAct.filter(woman_id=woman.id, state__in=("made", "sent", "answered")).using_db(tx)
            await open_acts.update(place_id=woman.village_id)


async def alive_after_all(
    tx: Transaction, keyring: Keyring, before: Mapping[str, Woman], after: Iterable[Woman], now: datetime
) -> None:
    """Whose death was taken back: her number was called wrong because of it, if that was since and she had said yes there
    herself. It speaks again; whoever was told to check the number is asked no more."""
    back = {
        keyring.blind("address", woman.details["phone"]): (
            woman.id,
            str(known.details.get("death_date") or ""),
        )
        for woman in after
        if (known := before.get(woman.id)) is not None
        and not known.details.get("alive", True)
        and woman.details.get("alive", True)
        and woman.details.get("phone")
    }
    if not back:
        return
    for index, contact_id in await rows(tx, _SILENT, SMS, back):
        woman_id, died = back[index]
        since = (
            Contact.filter(id=contact_id, silenced_at__gte=_midnight(died))
            if died
            else Contact.filter(id=contact_id)
        )
        said_yes = ContactWoman.filter(contact_id=contact_id, woman_id=woman_id, consent="yes").using_db(tx)
        if await said_yes.exists() and await since.using_db(tx).update(silenced_at=None):
            checks = Alert.filter(
                woman_id=woman_id, reporter_id=contact_id, kind=NUMBER, acknowledged_at__isnull=True
            )
            await checks.using_db(tx).update(acknowledged_at=now, next_check_at=None)


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day[:10]), time(), LOCAL)


async def _kept_for(tx: Transaction, contact_id: str, told: Iterable[Woman]) -> tuple[set[str], set[str]]:
    """The women a number was kept for when it was called wrong, and their names: a second record of one of them is
    she, too."""
    new = list(told)
    links = ContactWoman.filter(contact_id=contact_id).using_db(tx)
    ids = {str(one) for one in await links.values_list("woman_id", flat=True)}
    there = Woman.filter(phone_index=new[0].phone_index).exclude(id__in=[woman.id for woman in new])
    ids |= {str(one) for one in await there.using_db(tx).values_list("id", flat=True)}
    names: set[str] = set()
    for alert in await Alert.filter(reporter_id=contact_id, kind=NUMBER).using_db(tx):
        ids |= {alert.woman_id} if alert.woman_id else set()
        names |= {woman.name for woman in Story.of(alert.kind, alert.details).women}
    women = await Woman.filter(id__in=list(ids)).using_db(tx)
    return ids, {name for name in (*names, *(one.details.get("name") for one in women)) if name}


# ── links ───────────────────────────────────────────────────────────────────────────────────────────────


async def _offer(
    tx: Transaction, keyring: Keyring, speaker: Speaker, offer: OfferLink, now: datetime
) -> None:
    """A new one takes the place of those for her that nobody opened yet."""
    woman = await Woman.get_or_none(id=offer.woman_id, using_db=tx)
    if woman is None or speaker.standing != "active" or speaker.village(woman.village_id) is None:
        raise NotHersToSay
    before = WomanLink.filter(woman_id=woman.id, state="open").using_db(tx)
    await before.update(state="refused", decided_at=now)
    await WomanLink.create(
        id=offer.id,
        token_index=keyring.blind("code", offer.token),
        woman_id=woman.id,
        issuer_id=speaker.contact_id,
        state="open",
        created_at=now,
        expires_at=now + timedelta(hours=LINK_HOURS),
        using_db=tx,
    )


async def _claim(tx: Transaction, speaker: Speaker, link_id: str, now: datetime) -> None:
    """Once, in time, and by nobody who works here."""
    mine = WomanLink.filter(id=link_id, state="open", expires_at__gt=now).using_db(tx)
    if speaker.staff_id is not None or not await mine.update(
        state="claimed", claimed_by_id=speaker.contact_id
    ):
        raise NotHersToSay


async def _decide(tx: Transaction, speaker: Speaker, link_id: str, accepted: bool, now: datetime) -> None:
    """With a yes the contact is linked, and asked for her consent in the same turn; without it nothing is kept."""
    link = await WomanLink.filter(id=link_id, state="claimed").select_related("woman").using_db(tx).first()
    if link is None or speaker.standing != "active" or speaker.village(link.woman.village_id) is None:
        raise NotHersToSay
    link.state, link.decided_at = ("confirmed" if accepted else "refused"), now
    await link.save(using_db=tx, update_fields=["state", "decided_at"])
    if not accepted or link.claimed_by_id is None:
        return
    linked = ContactWoman(
        id=derived_id(link.claimed_by_id, link.woman_id),
        contact_id=link.claimed_by_id,
        woman_id=link.woman_id,
        consent="asked",
        consent_at=now,
    )
    await upsert_many(
        tx, ContactWoman, [linked], conflict=("contact_id", "woman_id"), update=("consent", "consent_at")
    )
    await _look_at(tx, [link.woman_id], now)
