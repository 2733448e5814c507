"""Which gateways serve whom: by the place a number's owner works or lives at.

A gateway is good for its own area only: it is told of no other letters, and what it reports of others is let go.
(What it *brings* from elsewhere is taken: people travel and keep old numbers, and an SMS sender proves nothing on
any gateway.)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from bot.channels.sms.configuration import EVERYWHERE, NO_CONVERSATION, carries_conversations
from bot.channels.sms.gateway import CHANNEL, Capabilities
from bot.refusals import CommandRefused
from storage.database import Database
from storage.models import Address, Contact, ContactWoman, Post, Staff, Woman
from storage.organisation import Organisation, load_organisation

_APART = re.compile(r"[\s/>·,，]+")
"""What may stand between the names of places."""


class BadAreas(CommandRefused):
    """The gateways cannot serve these areas; the message names the key and the remedy."""


class Areas:
    """`by_place`: gateways by the id of a place and all below it, the one to prefer first; `everywhere`: for
    everybody else, strangers too.

    Every area needs one gateway that carries free text both ways: coordinators live everywhere. A gateway of
    templates may stand before it, for the letters it has templates for.
    """

    def __init__(
        self,
        database: Database,
        capabilities: Mapping[str, Capabilities],
        by_place: Mapping[str, Sequence[str]],
        everywhere: Sequence[str] = (),
    ) -> None:
        for place, names in [*by_place.items(), *([(EVERYWHERE, everywhere)] if everywhere else [])]:
            _check(place, names, capabilities)
        self._database = database
        self._by_place = by_place
        self._everywhere = everywhere
        self._organisation: Organisation | None = None

    async def __call__(self, number: str) -> Sequence[str]:
        """The gateways for a canonical number: those of the nearest place on the way up that has any."""
        places = await self._places(number)
        if places:
            db = self._database.reading
            self._organisation = await load_organisation(db, self._organisation)
            for place in places:
                for above in reversed(self._organisation.path(place)):
                    if above.id in self._by_place:
                        return self._by_place[above.id]
        return self._everywhere

    async def _places(self, number: str) -> list[str]:
        """Where the owners of a number work, then where they live."""
        db, blind = self._database.reading, self._database.keyring.blind
        mine = Address.filter(channel=CHANNEL, address_index=blind("address", number))
        contacts = await _of(mine, "contact_id", db)
        staff = await _of(Contact.filter(id__in=contacts), "staff_id", db)
        phone = blind("phone", number)
        owners = [*staff, *await _of(Staff.filter(phone_index=phone), "id", db)]
        places = await _of(Post.filter(staff_id__in=owners, state="active"), "place_id", db)
        women = await _of(ContactWoman.filter(contact_id__in=contacts), "woman_id", db)
        places += await _of(Woman.filter(id__in=women), "village_id", db)
        places += await _of(Woman.filter(phone_index=phone), "village_id", db)
        return list(dict.fromkeys(places))


async def _of(rows: QuerySet[Any], column: str, db: BaseDBAsyncClient) -> list[str]:
    return [str(one) for one in await rows.using_db(db).values_list(column, flat=True) if one is not None]


def _check(place: str, names: Collection[str], capabilities: Mapping[str, Capabilities]) -> None:
    key = f"sms.areas.{place} = {list(names)!r}"
    if unknown := [name for name in names if name not in capabilities]:
        raise BadAreas(f"{key}: no gateway is called {', '.join(unknown)}")
    if not carries_conversations(capabilities[name] for name in names):
        raise BadAreas(f"{key}: {NO_CONVERSATION}")


def by_id(areas: Mapping[str, Sequence[str]], organisation: Organisation) -> dict[str, Sequence[str]]:
    """The areas as an operator names them (a place's id, its name, or that with the names of places around it:
    古陂镇, 信丰县古陂镇, 古陂镇/杨梅坑村), by the ids of the places. Raises `BadAreas`, with a line for each
    mistake."""
    found: dict[str, Sequence[str]] = {}
    mistakes: list[str] = []
    for told, names in areas.items():
        if told == EVERYWHERE:
            continue
        meant = _named(told, organisation)
        key = f"sms.areas.{told} = {list(names)!r}"
        if not meant:
            mistakes.append(f"{key}: there is no such place; `yunguan invite --places` lists them")
        elif len(meant) > 1:
            mistakes.append(f"{key}: {', '.join(meant)} are called that; use the id")
        elif meant[0] in found:
            mistakes.append(f"{key}: {meant[0]} is named twice; keep one")
        else:
            found[meant[0]] = names
    if mistakes:
        raise BadAreas("\n".join(mistakes))
    return found


def _named(told: str, organisation: Organisation) -> list[str]:
    if told in organisation.places:
        return [told]
    bare = _APART.sub("", told)
    meant = []
    for place_id in organisation.places:
        names = [place.name for place in organisation.path(place_id)]
        if bare in {"".join(names[start:]) for start in range(len(names))}:
            meant.append(place_id)
    return sorted(meant)
