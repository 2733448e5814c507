"""Files reports straight into the roster, as a conversation would at its end; and lets days pass."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from bot.channels.base import Inbound
from bot.channels.simulated import SimulatedChannel
from bot.people import Person
from bot.pipeline import Waiting
from bot.wording import render
from bot.writing import Played, Writer
from conversations.ids import derived_id
from conversations.local_time import LOCAL
from conversations.message import ChannelTraits, Message, Report, Speaker, Turn, Village
from storage.ids import id_source
from storage.models import (
    Address,
    CareAct,
    Contact,
    ContactWoman,
    Outgoing,
    Pregnancy,
    Session,
    Woman,
)
from storage.organisation import load_organisation
from tests.support.town import VILLAGE, Town

_numbers = itertools.count(1)
_TRAITS = ChannelTraits("chat")


PHONE = "19900000150"
"""Hers, from which nobody has written yet."""


class Registrar:
    """A clerk who knows the forms. Women are called by name."""

    def __init__(self, town: Town, *, village: str = VILLAGE) -> None:
        self.town = town
        self.village = village
        chance = iter(range(10**9))
        self._ids = id_source(town.clock, lambda count: next(chance).to_bytes(count, "big"))
        self._filed: dict[str, Report] = {}
        traits = {name: channel.traits for name, channel in town.app.channels.items()}
        self._writer = Writer(town.database.keyring, self._ids, render, traits=traits)

    def woman_id(self, name: str) -> str:
        return derived_id("woman", name)

    def case_id(self, name: str, nth: int = 1) -> str:
        return derived_id("pregnancy", name, str(nth))

    async def found(self, name: str = "李梅", *, lmp: str = "2026-09-03", nth: int = 1, **body: Any) -> str:
        """A pregnancy, of a woman with a phone of her own that it is safe to write to, unless said otherwise. The id of the
        report."""
        told = {"phone": PHONE, "phone_owner": "self", "safe_to_text": True, "lmp": lmp} | body
        return await self.file("pregnancy", name, nth=nth, **{k: v for k, v in told.items() if v is not None})

    async def file(self, event: str, name: str = "李梅", *, nth: int = 1, **body: Any) -> str:
        """A report of today; its id."""
        number, now = next(_numbers), self.town.clock()
        who = "mother_name" if event in ("child_death", "newborn_visit", "birth_defect") else "woman_name"
        body = {who: name, "village": "杨梅坑村", **body}
        if event not in ("pregnancy", "preconception"):
            body.setdefault("date", now.astimezone(LOCAL).date().isoformat())
        woman, case = self.woman_id(name), self.case_id(name, nth)
        report = Report(
            report_id=f"{number:032x}",
            version=1,
            event=event,
            woman_id=woman,
            pregnancy_id=case,
            subject_ids=(woman, case),
            event_time=body.get("date"),
            known_time=now,
            recorded_time=now,
            author_role="coordinator",
            channel="chat",
            channel_trust="high",
            programme="xinfeng",
            body=body,
            village_id=self.village,
        )
        await self._write(report)
        return report.report_id

    async def correct(self, report_id: str, **body: Any) -> None:
        known = self._filed[report_id]
        await self._write(self._next(known, body={**known.body, **body}))

    async def withdraw(self, report_id: str) -> None:
        await self._write(self._next(self._filed[report_id], withdrawn=True))

    def _next(self, known: Report, **changes: Any) -> Report:
        return replace(
            known,
            version=known.version + 1,
            supersedes=known.version,
            recorded_time=self.town.clock(),
            **changes,
        )

    async def _write(self, report: Report) -> None:
        town, now = self.town, self.town.clock()
        number = f"registrar{next(_numbers)}"
        inbound = Inbound("chat", "registrar", number, sent_at=now, received_at=now)
        blind = town.database.keyring.blind
        async with town.database.transaction() as tx:
            organisation = await load_organisation(tx)
            contact = await Contact.get_or_none(id="registrar", using_db=tx)
            new = contact is None
            contact = contact or Contact(id="registrar", created_at=now)
            address = Address(
                id="registrar",
                contact_id=contact.id,
                channel="chat",
                address="registrar",
                address_index=blind("address", "registrar"),
                state="revoked",
            )
            speaker = Speaker(
                contact.id,
                role="township",
                standing="active",
                place_id="xf-gupo",
                villages=tuple(Village(one.id, one.name) for one in organisation.villages_under("xf")),
            )
            message = Message(
                id=number, channel=_TRAITS, speaker=speaker, sent_at=now, received_at=now, kind="other"
            )
            person = Person(contact, address, speaker, new=new)
            if not new:
                session = await Session.get_or_none(contact_id=contact.id, using_db=tx)
                person.session_version = session.version if session else 0
            waiting = Waiting(inbound, ("chat", "x"), asyncio.get_running_loop().create_future())
            await self._writer.write(
                tx, [Played(waiting, message, person, Turn({}, reports=(report,)))], organisation, now
            )
        self._filed[report.report_id] = report

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────

    async def settle(self) -> None:
        """Everything that is due now, told and sent."""
        await self.town.app.care.check()
        await self.town.app.outbox.drain()

    async def until(self, day: str | date, hour: int = 8) -> None:
        """Let time pass up to this day's hour, doing what is due when it is."""
        last = date.fromisoformat(day) if isinstance(day, str) else day
        end = datetime.combine(last, time(hour), LOCAL)
        while (at := await self.town.app.care.next_due()) is not None and at < end:
            self.town.clock.set(max(at, self.town.clock()))
            await self.settle()
        self.town.clock.set(max(end, self.town.clock()))
        await self.settle()

    def off(self, day: str, hour: int = 8) -> None:
        """The machine is off until then."""
        self.town.clock.set(datetime.combine(date.fromisoformat(day), time(hour), LOCAL))

    # ── what became of it ───────────────────────────────────────────────────────────────────────────────

    async def consents(self, name: str = "李梅", answer: str = "yes") -> None:
        """She answers the question of consent: as the conversation will write it."""
        async with self.town.database.transaction() as tx:
            links = ContactWoman.filter(woman_id=self.woman_id(name)).using_db(tx)
            assert await links.update(consent=answer, consent_at=self.town.clock()) == 1
            acts = CareAct.filter(woman_id=self.woman_id(name), kind="consent", state__in=("made", "sent"))
            await acts.using_db(tx).update(state="answered", answered_at=self.town.clock())
            cases = Pregnancy.filter(woman_id=self.woman_id(name)).using_db(tx)
            await cases.update(next_check_at=self.town.clock())
        await self.settle()

    async def answers(self, key: str, answer: str, name: str = "李梅") -> None:
        """She, or a colleague, answers this act."""
        act = (await self.acts(name))[key]
        async with self.town.database.transaction() as tx:
            act.state, act.answer, act.answered_at = "answered", answer, self.town.clock()
            if answer == "done":
                act.state = "done"
            await act.save(using_db=tx, update_fields=["state", "answer", "answered_at"])
            cases = Pregnancy.filter(id=act.pregnancy_id).using_db(tx)
            await cases.update(next_check_at=self.town.clock())

    async def acts(self, name: str = "李梅", nth: int = 1) -> dict[str, CareAct]:
        """The acts of her case, by key, in the order they were made."""
        rows = CareAct.filter(pregnancy_id=self.case_id(name, nth)).using_db(self.town.database.reading)
        return {row.key: row for row in await rows.order_by("made_at", "id")}

    async def states(self, name: str = "李梅", nth: int = 1) -> dict[str, str]:
        """What became of each act: its state, with the reason if there is one."""
        acts = await self.acts(name, nth)
        return {key: act.state + (f" {act.reason}" if act.reason else "") for key, act in acts.items()}

    async def next_look(self, name: str = "李梅", nth: int = 1) -> datetime | None:
        row = await Pregnancy.get(id=self.case_id(name, nth), using_db=self.town.database.reading)
        return row.next_check_at

    async def woman(self, name: str = "李梅") -> Woman:
        return await Woman.get(id=self.woman_id(name), using_db=self.town.database.reading)

    def heard(self, address: str = PHONE, channel: str = "sms") -> list[tuple[str, str]]:
        """What this phone was told: the local day and the words, in order."""
        simulated = self.town.app.channels[channel]
        assert isinstance(simulated, SimulatedChannel)
        return [
            (one.at.astimezone(LOCAL).date().isoformat(), one.text)
            for one in simulated.bubbles(address)
            if not one.mine
        ]

    def words(self, address: str = PHONE, channel: str = "sms") -> str:
        """All of it in one."""
        return "\n".join(text for _, text in self.heard(address, channel))

    async def outgoing(self, *kinds: str) -> Sequence[Outgoing]:
        rows = Outgoing.filter(kind__in=kinds).using_db(self.town.database.reading)
        return await rows.order_by("seq")
