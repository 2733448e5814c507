"""Whom a command means: a woman by her id, or by her name and village."""

from __future__ import annotations

from bot.organise import NotPossible
from storage.database import Database
from storage.models import Woman


async def find(database: Database, person: str, place_id: str | None) -> Woman:
    """The one woman meant. Raises `NotPossible` where there is none, or more than one."""
    reading = database.reading
    if found := await Woman.filter(id=person).using_db(reading).first():
        return found
    if place_id is None:
        raise NotPossible(
            "--person: no woman has this id; for a name give --place, the id of her village, too"
        )
    named = Woman.filter(village_id=place_id, name_index=database.keyring.blind("name", person))
    women = await named.using_db(reading).order_by("id")
    if not women:
        raise NotPossible(f"--person: nobody of this name on the roster of {place_id}")
    if len(women) > 1:
        ids = ", ".join(one.id for one in women)
        raise NotPossible(
            f"--person: {len(women)} women of this name on the roster of {place_id}; give one id: {ids}"
        )
    return women[0]
