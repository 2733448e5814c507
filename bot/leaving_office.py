"""The last look before a letter to a colleague leaves: whether the places it is about are still hers.

Who loses her last office is sent nothing any more (bot/offices.py). Who keeps another one keeps what is about that.
"""

from __future__ import annotations

from collections.abc import Collection

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.channels.base import Later, Letter
from bot.outbox.letters import Drop, Recheck
from storage.database import Database
from storage.models import Outgoing
from storage.organisation import Organisation, load_organisation
from storage.reading import rows

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


class OfficeRecheck:
    """A `Recheck` that drops what is about a place that is not its reader's any more; it asks `then` for everything else."""

    def __init__(self, database: Database, then: Recheck) -> None:
        self._database = database
        self._then = then
        self._organisation: Organisation | None = None

    async def __call__(self, row: Outgoing) -> Letter | Drop | Later:
        if places := set(row.payload.get(ABOUT, ())):
            reading = self._database.reading
            self._organisation = await load_organisation(reading, self._organisation)
            if await still_hers(reading, row.contact_id, places, self._organisation) != places:
                return Drop("not hers any more")
        return await self._then(row)
