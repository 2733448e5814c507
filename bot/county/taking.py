"""Acting on what the county tells: stored, filed and told on in one transaction, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

import orjson

from bot.channels.base import Inbound
from bot.county.door import AnotherBody, NoSuchSubject, Told
from bot.pipeline import Waiting
from bot.systems import system_person
from bot.writing import Conflict, Played, Writer
from conversations.care.from_county import CHANNEL, CountyCall, Led, led_by, waits_for_morning
from conversations.facts import WomanById, WomanFact, WomenWithId
from conversations.flows.tracing import TRACING
from conversations.message import ChannelTraits, Message, RaiseAlert, Turn
from storage.database import Database
from storage.ids import IdSource
from storage.models import Inbound as Stored
from storage.organisation import Organisation, load_organisation
from storage.queries import answer
from storage.transaction import Transaction

TRAITS = ChannelTraits(CHANNEL, trust="high", buttons=False)
TRIES = 5
"""How often a call is acted on anew because her record changed under it."""


class Taking:
    """Takes calls that came through the door."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Callable[[], datetime],
        ids: IdSource,
        committed: Callable[[], None],
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._ids = ids
        self._committed = committed

    async def __call__(self, told: Told) -> None:
        """Store a call and act on it; a repeat does nothing. Raises `NoSuchSubject`, `AnotherBody`."""
        for tried in range(TRIES):
            try:
                if await self._take(told):
                    self._committed()
                return
            except Conflict:
                if tried == TRIES - 1:
                    raise

    async def _take(self, told: Told) -> bool:
        """False: it was here before."""
        now, place = self._clock(), told.caller.place_id
        text = orjson.dumps(told.body, option=orjson.OPT_SORT_KEYS).decode()
        name = f"{place}:{sha256(told.id.encode()).hexdigest()[:40]}"
        inbound = Inbound(CHANNEL, place, name, sent_at=now, received_at=now, text=f"{told.kind} {text}")
        async with self._database.transaction() as tx:
            await tx.lock([f"county:{place}"])
            if (
                known := await Stored.filter(channel=CHANNEL, provider_id=name).using_db(tx).first()
            ) is not None:
                if known.payload["text"] != inbound.text:
                    raise AnotherBody
                return False
            organisation = await load_organisation(tx)
            woman = await self._subject(tx, told, organisation, now)
            call = CountyCall(
                told.kind, told.id, told.body, place, organisation.programme_of(woman.village_id)
            )
            turn = _turn(led_by(call, woman, now), woman, at_night=not waits_for_morning(call))
            played = await self._played(tx, inbound, turn, organisation)
            names = self._writer.touches(played)
            if self._database.dialect != "sqlite":
                await tx.lock(names)
            await self._writer.number_on(tx)
            await self._writer.write(tx, [played], organisation, now)
        return True

    async def _subject(
        self, tx: Transaction, told: Told, organisation: Organisation, now: datetime
    ) -> WomanFact:
        """Whom it is about, if she lives in the caller's county."""
        villages = tuple(place.id for place in organisation.villages_under(told.caller.place_id))
        subject = told.body["subject"]
        lookup = (
            WomanById(subject["woman_id"], villages)
            if "woman_id" in subject
            else WomenWithId(subject["resident_id"], villages)
        )
        found = (await answer(tx, {lookup}, now, organisation))[lookup]
        women: list[WomanFact] = [one for one in found if one.visible and one.village_id in villages]
        if len(women) != 1:
            raise NoSuchSubject
        return women[0]

    async def _played(
        self, tx: Transaction, inbound: Inbound, turn: Turn, organisation: Organisation
    ) -> Played:
        """The call as the writer takes it: said by the county's system, who is somebody we talk with."""
        keyring = self._database.keyring
        person = await system_person(
            tx, CHANNEL, inbound.address, organisation, keyring, self._ids, inbound.received_at
        )
        message = Message(
            id=self._ids(),
            channel=TRAITS,
            speaker=person.speaker,
            sent_at=inbound.sent_at,
            received_at=inbound.received_at,
            kind="other",
        )
        waiting = Waiting(
            inbound, (CHANNEL, person.address.address_index), asyncio.get_running_loop().create_future()
        )
        return Played(waiting, message, person, turn)


def _turn(led: Led, woman: WomanFact, *, at_night: bool) -> Turn:
    effects = list(led.effects)
    if led.trace is not None:
        place, until = woman.village_id, (led.until.isoformat(),) if led.until else ()
        effects.append(
            RaiseAlert(TRACING, until, led.trace, place_id=place, woman_id=woman.id, at_night=at_night)
        )
    return Turn(session={}, reports=(led.report,) if led.report else (), effects=tuple(effects))
