"""What becomes of letters to a colleague who loses some of her places: what is about those is not sent any more.

Who loses her last office is sent nothing any more (bot/offices.py). Who keeps another one keeps what is about that.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from storage.care_facts import TASKS
from storage.models import CareAct, Contact, Outgoing
from storage.organisation import Organisation
from storage.reading import readable, rows
from storage.transaction import Transaction

ABOUT = "about"
"""In a letter's payload: the ids of the places it tells of, because she holds an office over them."""

_HOLDS = """
    SELECT p.place_id, p.role FROM contact c JOIN post p ON p.staff_id = c.staff_id
    WHERE c.id IN ? AND p.state = 'active'"""


async def still_hers(
    connection: BaseDBAsyncClient, contact_id: str, places: Collection[str], organisation: Organisation
) -> set[str]:
    """Those of these places that an office of hers is at or above; a hospital's is over the county around it."""
    over: set[str | None] = set()
    for place_id, role in await rows(connection, _HOLDS, [contact_id]):
        place = organisation.places.get(place_id)
        over.add(place.parent_id if role == "institution" and place is not None else place_id)
    return {one for one in places if over & {place.id for place in organisation.path(one)}}


async def recall(tx: Transaction, staff_id: str, organisation: Organisation, now: datetime) -> None:
    """What still waits to be sent to her of places that are not hers any more stays; a list of tasks loses those."""
    contacts = await Contact.filter(staff_id=staff_id).using_db(tx).values_list("id", flat=True)
    waiting = Outgoing.filter(contact_id__in=list(contacts), state__in=["queued", "offered"])
    letters, _ = await readable(waiting.using_db(tx))
    lost: list[str] = []
    for letter in letters:
        places = set(letter.payload.get(ABOUT, ()))
        if await still_hers(tx, letter.contact_id, places, organisation) != places:
            lost.append(letter.id)
        elif tasks := letter.payload.get(TASKS):
            acts = await CareAct.filter(id__in=list(tasks)).using_db(tx).values_list("id", "place_id")
            where = {str(id_): place for id_, place in acts if place is not None}
            hers = await still_hers(tx, letter.contact_id, {*where.values()}, organisation)
            kept = [one for one in tasks if where.get(one) in {None, *hers}]
            if not kept:
                lost.append(letter.id)
            elif kept != tasks:
                letter.payload = letter.payload | {TASKS: kept}
                await letter.save(using_db=tx, update_fields=["payload"])
    if lost:
        gone = Outgoing.filter(id__in=lost).using_db(tx)
        await gone.update(state="expired", error="not hers any more", updated_at=now)
