"""Which gateways serve whom: by the place a number's owner works or lives at.

A gateway is good for its own area only: it is told of no other letters, and what it reports of others is let go.
(What it *brings* from elsewhere is taken: people travel and keep old numbers, and an SMS sender proves nothing on
any gateway.)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from bot.channels.sms.gateway import CHANNEL, Capabilities
from storage.database import Database
from storage.models import Address, Contact, ContactWoman, Post, Staff, Woman
from storage.organisation import Organisation, load_organisation


class BadAreas(ValueError):
    """The gateways cannot serve these areas; the message names the area and the remedy."""


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
        for place, names in [*by_place.items(), *([("everywhere", everywhere)] if everywhere else [])]:
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
    unknown = [name for name in names if name not in capabilities]
    if unknown:
        raise BadAreas(f"area {place}: there is no SMS gateway named {', '.join(unknown)}")
    able = [capabilities[name] for name in names]
    if not any(one.free_text and one.incoming for one in able):
        raise BadAreas(
            f"area {place}: {', '.join(names) or 'no gateway'} cannot carry a conversation (templates only, or "
            "nothing comes in), and coordinators write from everywhere; add a Kannel or a phone gateway after it"
        )
