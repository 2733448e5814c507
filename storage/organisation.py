"""The tree of places, held in memory: a county has some hundred, and every turn asks it something."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from storage.bulk import upsert_many
from storage.models import Place, Setting
from storage.reading import rows
from storage.transaction import Transaction

_VERSION = "places_version"
TOLD = ("parent_id", "kind", "name", "programme", "phone", "level", "midwifery", "sector")
"""What the organisation's file tells of a place."""
NATIONAL = "national"


class Organisation:
    """County, townships, villages, institutions. Of a place it does not know it says nothing."""

    def __init__(self, places: Mapping[str, Place], version: tuple[Any, ...] = ()) -> None:
        self.places = places
        self.version = version
        self._children: dict[str, list[Place]] = {}
        for place in places.values():
            if place.parent_id is not None:
                self._children.setdefault(place.parent_id, []).append(place)
        for children in self._children.values():
            children.sort(key=lambda place: place.id)

    def path(self, place_id: str | None) -> tuple[Place, ...]:
        """From the topmost place down to this one."""
        upwards: list[Place] = []
        while place_id is not None and (place := self.places.get(place_id)) is not None:
            if place in upwards:
                raise ValueError(f"place {place.id} lies inside itself")
            upwards.append(place)
            place_id = place.parent_id
        return tuple(reversed(upwards))

    def name_of(self, place_id: str | None) -> str:
        """Its name, or nothing."""
        place = self.places.get(place_id) if place_id else None
        return place.name if place else ""

    def full_name(self, place_id: str | None) -> str:
        """Its name with those of the places around it inside the county: 古陂镇杨梅坑村."""
        path = self.path(place_id)
        return "".join(place.name for place in path if place.kind != "county") or self.name_of(place_id)

    def township_of(self, place_id: str | None) -> str | None:
        """Id of the township this place is, or lies in."""
        return next((place.id for place in reversed(self.path(place_id)) if place.kind == "township"), None)

    def programme_of(self, place_id: str | None) -> str:
        """The programme that rules here: the nearest one set on the way up."""
        return next((place.programme for place in reversed(self.path(place_id)) if place.programme), NATIONAL)

    def phone_of(self, place_id: str | None) -> str:
        """The number to call for this place: that of the nearest office on the way up that has one, or nothing."""
        return next((place.phone for place in reversed(self.path(place_id)) if place.phone), "")

    def has_midwifery(self, place_id: str | None) -> bool | None:
        """Whether somebody may deliver (助产技术) in the township this place lies in, its own office or an institution of
        it; None: nobody said."""
        township = self.township_of(place_id)
        if township is None:
            return None
        inside = (self.places[township], *(one for one in self.below(township) if one.kind == "institution"))
        told = [one.midwifery for one in inside if one.midwifery is not None]
        return any(told) if told else None

    def sector_of(self, place_id: str | None) -> str | None:
        """The part of the county (片区) the township of this place belongs to, as far as it is said."""
        township = self.township_of(place_id)
        return self.places[township].sector if township is not None else None

    def around(self, place_id: str) -> str:
        """The place this one lies in: of a county hospital the county, of a township's clinic the township. Itself, where
        it lies in none."""
        place = self.places.get(place_id)
        return place.parent_id if place is not None and place.parent_id else place_id

    def below(self, place_id: str) -> tuple[Place, ...]:
        """All places inside this one, without itself."""
        found: list[Place] = []
        for child in self._children.get(place_id, ()):
            found += [child, *self.below(child.id)]
        return tuple(found)

    def villages_under(self, place_id: str) -> tuple[Place, ...]:
        """The villages inside this place; a village has itself."""
        here = self.places.get(place_id)
        inside = (*([here] if here else []), *self.below(place_id))
        return tuple(place for place in inside if place.kind == "village")


_STATE = "SELECT (SELECT value FROM setting WHERE key = ?), (SELECT COUNT(*) FROM place)"


async def load_places(connection: BaseDBAsyncClient) -> dict[str, Place]:
    """All places, by id."""
    return {place.id: place for place in await Place.all().using_db(connection)}


async def load_organisation(connection: BaseDBAsyncClient, known: Organisation | None = None) -> Organisation:
    """The organisation as it is now: `known`, unless places came, went or were saved by `save_places`."""
    (version,) = map(tuple, await rows(connection, _STATE, _VERSION))
    if known is not None and known.version == version:
        return known
    return Organisation(await load_places(connection), version)


async def save_places(tx: Transaction, places: Iterable[Place]) -> None:
    """Add or change places (parents before their children), and let every process know."""
    rows: Sequence[Place] = list(places)
    await upsert_many(tx, Place, rows, conflict=("id",), update=TOLD)
    setting = await Setting.filter(key=_VERSION).using_db(tx).first()
    version = int(setting.value) + 1 if setting else 1
    await upsert_many(
        tx, Setting, [Setting(key=_VERSION, value=str(version))], conflict=("key",), update=("value",)
    )
