"""A county where files are asked for: on a chat at home that carries documents, on one abroad, and by SMS."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from bot import demo
from bot.bootstrap import App, wire
from bot.channels.base import Channel
from bot.channels.simulated import CHAT, SMS, Bubble, SimulatedChannel
from bot.files.sources import Stored
from conversations.asking.question import Question
from conversations.asking.row import Row
from conversations.care.case import Case
from conversations.care.colours import Grade
from conversations.care.programme import programme
from conversations.care.visits import Course
from conversations.ids import derived_id
from conversations.message import ChannelTraits, Message, Role, Turn, WantFile
from conversations.papers.sheet import Column, Sheet
from storage.database import Database
from storage.models import Audit, FileJob, FilePiece, Staff
from storage.pins import pin_hash
from tests.support.clock import FakeClock
from tests.support.people import phone
from tests.support.town import Somebody, Town, person
from tests.support.turns import advance_by

ABROAD = ChannelTraits(name="abroad", trust="high", masked=True)
URL = "https://yg.example.cn"
PIN = "271828"
TODAY = date(2026, 11, 22)


def woman(number: int, village: str = "xf-gupo-yangmeikeng", **case: Any) -> Row:
    course = Course(date(2026, 6, 1), TODAY - timedelta(weeks=20, days=number % 100))
    about = {
        "name": f"王秀{number}",
        "phone": phone(number),
        "village": "杨梅坑村",
        "township": "古陂镇",
    } | case
    made = Case(f"p{number}", f"w{number}", programme("xinfeng"), course, grade=Grade("red"), **about)
    return Row(made, village, "xf-gupo", age=28)


@dataclass
class Given(Stored):
    """A roster and papers that a test has put there."""

    women: list[Row] = field(default_factory=lambda: [woman(1), woman(2, "xf-gupo-shiqiao")])
    asked: list[tuple[Question, tuple[str, ...], bool]] = field(default_factory=list)
    before: Callable[[int], None] = lambda number: None
    """called before each row"""

    async def rows(
        self, connection: object, organisation: object, villages: Collection[str], question: Question, today: date,
        *, sees: bool, numbers: bool, asker: str,
    ) -> AsyncIterator[Row]:  # fmt: skip
        self.asked.append((question, tuple(villages), sees))
        for number, row in enumerate(self.women):
            self.before(number)
            yield row

    async def papers(
        self, connection: object, organisation: object, name: str, period: str, place_id: str, now: datetime,
        role: Role, staff_id: str,
    ) -> tuple[Sheet, ...]:  # fmt: skip
        columns = (Column("乡镇"), Column("人数", "number"))
        return (Sheet(f"{name} {period}", columns, (("古陂镇", 3),), women=("w1", "w1")),)


@dataclass
class Desk:
    """The wired program, with people who ask for files."""

    town: Town
    app: App
    database: Database
    clock: FakeClock
    sources: Given

    async def want(self, who: Somebody, what: str = "list", **more: Any) -> str:
        """She asks; the id of the job."""
        said = self.town.inbound(who, f"{what} {more}" if more else what)
        assert await self.town.submit(said) == [None]
        jobs = (
            await FileJob.filter(contact_id=who.contact_id)
            .using_db(self.database.reading)
            .order_by("-created_at")
        )
        return str(jobs[0].id) if jobs else ""

    async def settle(self) -> None:
        """All that is due is made and sent."""
        await self.app.files.check()
        await self.app.outbox.drain()

    def heard(self, who: Somebody) -> list[Bubble]:
        channel = self.app.channels[who.channel]
        assert isinstance(channel, SimulatedChannel)
        return [bubble for bubble in channel.bubbles(who.address) if not bubble.mine]

    def file(self, who: Somebody) -> bytes:
        """The document that came with the last thing she heard."""
        channel = self.app.channels[who.channel]
        assert isinstance(channel, SimulatedChannel)
        document = channel.document(who.address, self.heard(who)[-1].id)
        assert document is not None
        return document.content

    def link(self, who: Somebody) -> str:
        """The path of the link in the last thing she heard."""
        text = self.heard(who)[-1].text
        assert f"{URL}/files/" in text, text
        return text[text.index(URL) + len(URL) :].split()[0]

    async def jobs(self) -> list[FileJob]:
        return await FileJob.all().using_db(self.database.reading)

    async def pieces(self) -> int:
        return await FilePiece.all().using_db(self.database.reading).count()

    async def noted(self, *actions: str) -> list[Audit]:
        rows = await Audit.filter(action__in=actions).using_db(self.database.reading).order_by("seq")
        return list(rows)

    async def set_pin(self, who: Somebody, pin: str | None = PIN) -> None:
        staff = f"staff-{who.contact_id.removeprefix('contact-')}"
        kept = pin_hash(self.database.keyring, "salt", pin) if pin else None
        async with self.database.transaction() as tx:
            await Staff.filter(id=staff).using_db(tx).update(pin=kept)


Open = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
async def open_desk(database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the program on the database, again if wanted: `async with open_desk() as desk`."""
    await demo.seed(database, clock)
    channels: dict[str, Channel] = {one.name: SimulatedChannel(one, clock) for one in (CHAT, SMS, ABROAD)}

    def advance(session: Any, message: Message, facts: Any, now: datetime) -> Turn:
        what, _, more = message.text.partition(" ")
        effect = WantFile(derived_id(message.id, "file"), what, **(eval(more) if more else {}))  # type: ignore[arg-type] # noqa: S307
        return Turn(session={}, effects=(effect,))

    advance_by(monkeypatch, advance)
    seeds = iter(range(1, 100))

    @asynccontextmanager
    async def opened(public_url: str = URL, **files: Any) -> AsyncIterator[Desk]:
        chance = Random(next(seeds))
        async with wire(
            database, channels, destinations={}, clock=clock, random_bytes=chance.randbytes, random=chance,
            public_url=public_url,
        ) as app:  # fmt: skip
            sources = Given()
            app.files.sources = sources
            for name, value in files.items():
                setattr(app.files, name, value)
            yield Desk(Town(database, clock, app), app, database, clock, sources)

    return opened


@pytest.fixture
async def desk(open_desk: Open) -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        yield opened


OFFICER = person("township-1")
COORDINATOR = person("coordinator-1")
COUNTY = person("county-1")


@pytest.fixture
async def abroad(desk: Desk) -> Somebody:
    """The officer on a chat whose servers stand abroad, with a PIN."""
    who = OFFICER.by("abroad", "abroad-township-1")
    await desk.town.also_reached(who)
    await desk.set_pin(who)
    return who
