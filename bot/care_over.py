"""Her own word that it is over (flows/told_over.py), written down: it holds from the transaction that hears it.

It is kept with each of her cases, for nobody knows yet which child she means, as an act that she answered; what that stops
is conversations/care/stopping.py's to say. Filing what happened settles it, and so does a colleague who asked her.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count

from bot.acts import act_id, after_filing
from bot.consent import NotHersToSay
from conversations.care.case import BEGUN_KEY, WORD
from conversations.flows.alerts import NOT_OVER, TOLD_OVER
from conversations.flows.begun import BEGUN
from conversations.message import Effect, NothingEnded, Speaker, ToldOver
from storage.bulk import insert_many
from storage.cases import Loaded, load_cases
from storage.crypto import Keyring
from storage.models import Alert, CareAct, Pregnancy, Woman
from storage.organisation import Organisation
from storage.transaction import Transaction

KEPT = timedelta(days=3650)
"""A word waits until it is settled."""


async def apply(
    tx: Transaction,
    keyring: Keyring,
    speaker: Speaker,
    effects: Iterable[Effect],
    organisation: Organisation,
    channels: Collection[str],
    now: datetime,
) -> None:
    """What a turn changes in this. Raises `NotHersToSay`."""
    for effect in effects:
        match effect:
            case ToldOver(woman_id, denied):
                await _told(tx, keyring, speaker, woman_id, organisation, channels, now, denied=denied)
            case NothingEnded(woman_id):
                await _nothing_ended(tx, speaker, woman_id, now)
            case _:
                pass


async def _told(
    tx: Transaction,
    keyring: Keyring,
    speaker: Speaker,
    woman_id: str,
    organisation: Organisation,
    channels: Collection[str],
    now: datetime,
    *,
    denied: bool,
) -> None:
    if speaker.role != "woman" or woman_id not in speaker.women:
        raise NotHersToSay
    if denied:  # what she said before that is not her word any more
        await _done(tx, woman_id, "over")
    await hold(tx, keyring, woman_id, speaker.contact_id, organisation, channels, now, denied=denied)


async def hold(
    tx: Transaction,
    keyring: Keyring,
    woman_id: str,
    contact_id: str,
    organisation: Organisation,
    channels: Collection[str],
    now: datetime,
    *,
    key: str | None = None,
    denied: bool = False,
) -> None:
    """Nothing that names a check-up, a pregnancy or a child goes to her, by the word of this contact. `key`: of a report
    that is begun and not finished, which holds it once; else her own word, or (`denied`) her word against what was filed of
    her newest pregnancy."""
    ids = await Pregnancy.filter(woman_id=woman_id).using_db(tx).values_list("id", flat=True)
    loaded = await load_cases(tx, [str(one) for one in ids], organisation, channels)
    rows = []
    for one in loaded.values():
        said = one.case.own_word and one.case.denied == denied
        if (
            not one.case.real
            or (denied and not one.case.newest)
            or (said if key is None else key in one.acts)
        ):
            continue
        keys = (key or (WORD if number == 1 else f"{WORD}~{number}") for number in count(1))
        chosen = next(name for name in keys if name not in one.acts)
        rows.append(
            CareAct(
                id=act_id(keyring, one.case.id, chosen),
                woman_id=woman_id,
                pregnancy_id=one.case.id,
                place_id=one.case.village_id,
                key=chosen,
                kind=WORD,
                to_role="woman",
                made_at=now,
                useful_until=now + KEPT,
                state="answered",
                answer="not_over" if denied else "over",
                answered_at=now,
                answered_by_id=contact_id,
            )
        )
    if not rows:
        return
    await insert_many(tx, CareAct, rows)
    await after_filing(tx, [row.pregnancy_id for row in rows], organisation, channels, now)
    await _look_again(tx, woman_id, now)


async def hold_for_reports(
    tx: Transaction,
    keyring: Keyring,
    contact_id: str,
    wanted: Mapping[str, Collection[str]],
    organisation: Organisation,
    channels: Collection[str],
    now: datetime,
) -> None:
    """What the half-made reports of this colleague hold, by key: these women's, and nobody else's any more."""
    words = CareAct.filter(kind=WORD, state="answered", answered_by_id=contact_id).using_db(tx)
    kept = [row for row in await words if row.key in wanted]
    over = [row for row in kept if row.woman_id not in wanted[row.key]]
    if over:
        await CareAct.filter(id__in=[row.id for row in over]).using_db(tx).delete()
        for woman_id in {str(row.woman_id) for row in over}:
            await _look_again(tx, woman_id, now)
    held = {(row.key, row.woman_id) for row in kept}
    for key, women in wanted.items():
        for woman_id in women:
            if (key, woman_id) not in held:
                await hold(tx, keyring, woman_id, contact_id, organisation, channels, now, key=key)


async def hand_on(
    tx: Transaction, from_contacts: Collection[str], to_contact: str, keys: Collection[str]
) -> None:
    """Half-made reports went to a colleague, and what they hold with them."""
    words = CareAct.filter(kind=WORD, state="answered", answered_by_id__in=list(from_contacts)).using_db(tx)
    moved = [row.id for row in await words if row.key in keys]
    if moved:
        await CareAct.filter(id__in=moved).using_db(tx).update(answered_by_id=to_contact)


async def _nothing_ended(tx: Transaction, speaker: Speaker, woman_id: str, now: datetime) -> None:
    woman = await Woman.get_or_none(id=woman_id, using_db=tx)
    if woman is None or speaker.standing != "active" or speaker.village(woman.village_id) is None:
        raise NotHersToSay
    words = CareAct.filter(woman_id=woman_id, kind=WORD, state="answered").using_db(tx)
    await words.update(state="done")
    await _taken(tx, woman_id, speaker.contact_id, now)
    await _look_again(tx, woman_id, now)


async def filed(
    tx: Transaction,
    authors: Mapping[str, str],
    organisation: Organisation,
    channels: Collection[str],
    now: datetime,
) -> None:
    """Reports of these women were filed, by which contact: where one of them says what she meant, nobody need ask her any
    more. What of her other children was held for the same word goes on."""
    words = CareAct.filter(woman_id__in=list(authors), kind=WORD, state="answered").using_db(tx)
    waiting = {str(one) for one in await words.distinct().values_list("woman_id", flat=True)}
    if not waiting:
        return
    ids = await Pregnancy.filter(woman_id__in=list(waiting)).using_db(tx).values_list("id", flat=True)
    loaded = await load_cases(tx, [str(one) for one in ids], organisation, channels)
    for woman_id in sorted(waiting):
        hers = [one for one in loaded.values() if one.case.woman_id == woman_id]
        if not any(_waits(one) and one.case.told_over is None for one in hers):
            continue
        others = [one.case.id for one in hers if one.case.told_over is not None]
        if others:
            rest = CareAct.filter(pregnancy_id__in=others, kind=WORD, state="answered").using_db(tx)
            await rest.update(state="done")
        await _done(tx, woman_id, "not_over")  # what is filed of her from now on is another thing
        await _taken(tx, woman_id, authors[woman_id], now)


async def _done(tx: Transaction, woman_id: str, answer: str) -> None:
    """What she herself said of this kind waits no more."""
    words = await CareAct.filter(woman_id=woman_id, kind=WORD, state="answered").using_db(tx)
    hers = [one.id for one in words if one.answer == answer and not one.key.startswith(BEGUN_KEY)]
    if hers:
        await CareAct.filter(id__in=hers).using_db(tx).update(state="done")


def _waits(loaded: Loaded) -> bool:
    return any(act.kind == WORD and act.state == "answered" for act in loaded.acts.values())


async def _taken(tx: Transaction, woman_id: str, contact_id: str | None, now: datetime) -> None:
    """Nobody is told of it any more."""
    kinds = (TOLD_OVER, NOT_OVER, BEGUN)
    alerts = Alert.filter(woman_id=woman_id, kind__in=kinds, acknowledged_at__isnull=True).using_db(tx)
    await alerts.update(acknowledged_at=now, acknowledged_by_id=contact_id, next_check_at=None)


async def _look_again(tx: Transaction, woman_id: str, now: datetime) -> None:
    await Pregnancy.filter(woman_id=woman_id).using_db(tx).update(next_check_at=now)
