"""The time loop: the next thing somebody does, or the next thing that falls due, whichever is earlier; never a wait.

While the bot is off nothing runs, and what is written to it waits with its provider.
"""

from __future__ import annotations

import asyncio
import heapq
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from tempfile import TemporaryDirectory
from typing import cast

import aiohttp

from bot.bootstrap import App, wire
from bot.channels.base import Channel, Inbound, Letter
from bot.county.deliver import DeliveryShelf
from bot.logs import configure
from bot.looking import first_due
from bot.outbox.letters import LetterShelf
from bot.simulate import county as counties
from bot.simulate.county import County, Officer
from bot.simulate.histories import Deed, Story, sits_down, stories
from bot.simulate.outside import CHAT, DESTINATION, SMS, CountySystem, Phones, Received, Time
from bot.simulate.people import Errand, Talking
from bot.simulate.straight import straight
from conversations.care.lengths import add_months
from conversations.local_time import LOCAL
from conversations.records import mask_name
from storage.crypto import Keyring
from storage.database import Database, open_database
from storage.migrate import migrate
from storage.reading import moment, rows

START = date(2026, 11, 1)
"""A simulation begins here unless told otherwise: fifteen months reach into two years whose holidays nobody knows yet."""
_MINUTE = timedelta(minutes=1)
TRY_EVERY = timedelta(minutes=20)
"""How often a step is made for what is tried in vain while a gateway or the county is out of reach."""
LOOK_AT_LEAST = timedelta(days=1)
"""Everybody looks at least this often, whether or not something is known to be due."""
_LINK = re.compile(r"start=([0-9a-f]{32})")
_HEAD = f"state = 'queued' AND NOT {LetterShelf.waits.sql}"
_DUE = f"""
    SELECT 'chat', MIN(due_at) FROM outgoing WHERE channel = 'chat' AND {_HEAD}
    UNION ALL SELECT 'sms', MIN(due_at) FROM outgoing WHERE channel = 'sms' AND {_HEAD}
    UNION ALL SELECT 'deliveries', MIN(due_at) FROM delivery WHERE state = 'queued' AND NOT {DeliveryShelf.waits.sql}"""  # noqa: S608
"""When something is to be sent: the same columns the senders wait for; what waits for an earlier letter is not due."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is simulated."""

    programme: str
    women: int
    months: int
    seed: int
    start: date = START
    coordinators: int | None = None

    @property
    def end(self) -> date:
        return add_months(self.start, self.months)

    @property
    def staff(self) -> int:
        """Coordinators: as told, else one for some seventeen women, at least four and at most sixty."""
        return self.coordinators or min(60, max(4, self.women // 8))


@dataclass(frozen=True, slots=True)
class Outage:
    """Something is out of order. `what`: bot, gateway, county; clock: the machine's clock is wrong by `by`."""

    what: str
    begins: datetime
    ends: datetime
    by: timedelta = timedelta(0)


@dataclass(slots=True)
class World:
    """A county while it is simulated, and what is known of it from outside the program."""

    settings: Settings
    county: County
    stories: Sequence[Story]
    outages: Sequence[Outage]
    time: Time
    system: CountySystem
    phones: dict[str, Phones]
    talking: dict[str, Talking] = field(default_factory=dict)
    steps: int = 0
    said: int = 0

    @property
    def lost(self) -> list[tuple[str, str]]:
        """Errands that officers gave up."""
        return [one for talking in self.talking.values() for one in talking.lost]


def _made_up(settings: Settings, county: County) -> Iterable[Story]:
    return stories(county, settings.women, settings.start, settings.end, settings.seed)


def _out_of_order(settings: Settings) -> list[Outage]:
    """When what is out of order, by the seed."""
    chance = Random(f"{settings.seed}/outages")
    found = []
    for what, each, longest in (("bot", 120, 72), ("gateway", 100, 40), ("county", 110, 60)):
        day = settings.start + timedelta(days=chance.randint(10, each))
        while day < settings.end:
            begins = datetime.combine(day, datetime.min.time(), LOCAL) + timedelta(
                hours=chance.randint(0, 23)
            )
            found.append(Outage(what, begins, begins + timedelta(hours=chance.randint(4, longest))))
            day += timedelta(days=chance.randint(each // 2, each * 2))
    for minutes in (25, -20):
        day = settings.start + timedelta(days=chance.randint(20, 30 * settings.months - 10))
        noon = datetime.combine(day, datetime.min.time(), LOCAL) + timedelta(hours=12)
        found.append(Outage("clock", noon, noon + timedelta(hours=3), timedelta(minutes=minutes)))
    return sorted(found, key=lambda one: one.begins)


class Simulation:
    """One run on one database."""

    def __init__(self, world: World, database: Database) -> None:
        self.world, self.database, self.time = world, database, world.time
        self.chance = Random(f"{world.settings.seed}/program")
        self.app: App
        self._open = AsyncExitStack()
        self._heap: list[tuple[datetime, int, Deed]] = []
        self._number = 0
        self._officers = {one.key: one for one in world.county.officers}
        self._by_address = {one.address: one for one in world.county.officers}
        self._women: dict[str, list[Story]] = defaultdict(list)
        for story in world.stories:
            for number in {story.phone, story.account, *(deed.phone for deed in story.deeds)} - {""}:
                self._women[number].append(story)
            new = counties.phone(5000 + story.woman.number)
            self._women[new].append(story)
            for deed in story.deeds:
                self._plan(deed)
        for one in world.county.townships:
            self._verifies(one)
        self._seen = dict.fromkeys(world.phones, 0)
        self._look_at = self._tried_at = self.time.now

    def _plan(self, deed: Deed) -> None:
        self._number += 1
        heapq.heappush(self._heap, (deed.at.astimezone(UTC), self._number, deed))

    def _verifies(self, officer: Officer) -> None:
        settings = self.world.settings
        day = settings.start + timedelta(days=3)
        while day < settings.end:
            at = datetime.combine(day, datetime.min.time(), LOCAL) + timedelta(hours=14, minutes=10)
            self._plan(Deed(at, officer.key, Errand("核实")))
            day += timedelta(days=4)

    # ── the loop ────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        end = datetime.combine(self.world.settings.end, datetime.min.time(), LOCAL)
        await self._start()
        try:
            while (at := await self._next()) < end:
                off = self._off(at)
                if off is not None:
                    await self._stays_off(off)
                    continue
                self.time.pass_to(at)
                self._out_of_order()
                await self._step(self._messages())
        finally:
            await self._open.aclose()

    async def _start(self) -> None:
        """The program, as after a start of the machine."""
        await self._open.aclose()
        self._open = AsyncExitStack()
        channels: dict[str, Channel] = dict(self.world.phones)
        self.app = await self._open.enter_async_context(
            wire(
                self.database,
                channels,
                destinations={"county": DESTINATION},
                clock=self.time,
                random_bytes=self.chance.randbytes,
                random=self.chance,
                http=lambda: cast(aiohttp.ClientSession, self.world.system),
            )
        )

    async def _next(self) -> datetime:
        """The next whole minute in which something happens or falls due."""
        found = [self.time.now + LOOK_AT_LEAST]
        if self._heap:
            found.append(self._heap[0][0])
        for name, due in (await self._due()).items():
            at = due - self.time.wrong_by
            if self._cut_off(name):
                at = max(at, self._tried_at + TRY_EVERY)
            found.append(at)
        at = max(min(found), self.time.now + _MINUTE)
        return (
            at if at == at.replace(second=0, microsecond=0) else at.replace(second=0, microsecond=0) + _MINUTE
        )

    def _cut_off(self, name: str) -> bool:
        """Whether what this worker has to do cannot be done now."""
        return (
            self.world.system.down if name == "deliveries" else name == "sms" and self.world.phones[name].down
        )

    async def _due(self) -> dict[str, datetime]:
        """When each worker and sender has something to do next, by the machine's clock."""
        waits = [
            (type(worker).__name__, table) for worker in self.app.by_the_clock for table in worker.waits_for
        ]
        sending = await rows(self.database.reading, _DUE)
        return await first_due(self.database, waits) | {name: moment(due) for name, due in sending if due}

    async def _settle(self) -> None:
        """Whoever has something to do does it, until nobody has; everybody looks now and then."""
        app = self.app
        if self.time.now >= self._look_at:
            self._look_at = self.time.now + LOOK_AT_LEAST
            await app.settle()
        before: set[str] = set()
        while (due := await self._due_now()) and due != before:
            for worker in app.by_the_clock:
                if type(worker).__name__ in due:
                    await worker.check()
            if "deliveries" in due:
                await app.deliveries.drain()
            if due.isdisjoint(("chat", "sms")):
                due |= await self._due_now()
            await app.outbox.drain(sorted(due & {"chat", "sms"}))
            before = due  # what is still due then waits for something else

    async def _due_now(self) -> set[str]:
        return {name for name, at in (await self._due()).items() if at <= self.time()}

    def _off(self, at: datetime) -> Outage | None:
        return next(
            (one for one in self.world.outages if one.what == "bot" and one.begins <= at < one.ends), None
        )

    async def _stays_off(self, off: Outage) -> None:
        """What is written meanwhile comes when it starts again, each with the time it was written."""
        written = []
        while self._heap and self._heap[0][0] < off.ends:
            self.time.pass_to(self._heap[0][0])
            written += self._messages()
        self.time.pass_to(off.ends)
        self._out_of_order()
        await self._start()
        await self._step(written)

    def _out_of_order(self) -> None:
        now = self.time.now
        under_way = [one for one in self.world.outages if one.begins <= now < one.ends]
        self.world.phones["sms"].down = any(one.what == "gateway" for one in under_way)
        self.world.system.down = any(one.what == "county" for one in under_way)
        self.time.wrong_by = next((one.by for one in under_way if one.what == "clock"), timedelta(0))

    async def _step(self, inbounds: Sequence[Inbound]) -> None:
        """Take in what was written, do what is due, let everybody read."""
        if self.time.now >= self._tried_at + TRY_EVERY:
            self._tried_at = self.time.now
        self.world.steps += 1
        self.world.said += len(inbounds)
        if inbounds:
            tasks = [asyncio.create_task(self.app.pipeline.submit(one)) for one in inbounds]
            await asyncio.sleep(0)
            stop = asyncio.Event()
            stop.set()
            await self.app.pipeline.run(stop)
            await asyncio.gather(*tasks)
        await self._settle()
        self._read()

    # ── people ──────────────────────────────────────────────────────────────────────────────────────────

    def _messages(self) -> list[Inbound]:
        """What is written by now."""
        found: list[Inbound] = []
        while self._heap and self._heap[0][0] <= self.time.now:
            deed = heapq.heappop(self._heap)[2]
            if deed.officer:
                found += self._officer(deed)
            else:
                found.append(self._inbound(deed.channel, deed.phone, deed.text, deed.button))
        return found

    def _officer(self, deed: Deed) -> Iterable[Inbound]:
        officer, talking = self._officers[deed.officer], self._talking(deed.officer)
        if deed.text or deed.begun:
            button = deed.errand.button if deed.errand is not None else ""
            yield self._inbound(officer.channel, officer.address, deed.text, button)
            return
        if deed.errand is None:
            return
        if deed.errand.button and not deed.errand.answers:
            yield self._inbound(officer.channel, officer.address, "", deed.errand.button)
            return
        talking.waiting.append(deed.errand)
        if (errand := talking.begin()) is not None:
            yield self._inbound(officer.channel, officer.address, errand.opening, errand.button)

    def _talking(self, key: str) -> Talking:
        return self.world.talking.setdefault(key, Talking(key))

    def _inbound(self, channel: str, address: str, text: str, button: str = "") -> Inbound:
        self._number += 1
        name = f"{channel}{self._number}"
        now = self.time()
        return Inbound(
            channel, address, name, now, now, "button" if button else "text", text, button, message_id=name
        )

    def _read(self) -> None:
        """Everybody reads what came, and writes back, now or later."""
        heard: dict[str, list[Letter]] = defaultdict(list)
        for name, phones in self.world.phones.items():
            for one in phones.received[self._seen[name] :]:
                if one.address in self._by_address:
                    heard[self._by_address[one.address].key].append(one.letter)
                else:
                    self._woman_reads(one)
            self._seen[name] = len(phones.received)
        soon = self.time.now + _MINUTE
        for key, letters in heard.items():
            self._officer_reads(key, letters)
            talking = self._talking(key)
            if (said := talking.hear(letters)) is not None:
                self._plan(Deed(soon, key, text=said))
            elif (errand := talking.begin()) is not None:
                self._plan(Deed(soon, key, errand, text=errand.opening, begun=True))

    def _officer_reads(self, key: str, letters: Iterable[Letter]) -> None:
        """Somebody who is called to something takes it, mostly soon."""
        for letter in letters:
            self._passes_on(key, letter)
            done = (
                ("已联系上", "办好了")
                if "之前有同事在办" in letter.text
                else ("我来处理", "我来核对", "是她，确认")
            )
            taking = [data for row in letter.buttons for label, data in row if label in done]
            if taking and self.chance_of(letter.id) < 0.7:
                soon = self.time.now + timedelta(minutes=3 if "危急" in letter.text else 45)
                self._plan(Deed(soon, key, Errand("", button=taking[0])))
            checked = [data for row in letter.buttons for label, data in row if label == "核对好了"]
            if checked and self.chance_of(letter.id) < 0.7:
                answers = (("号码是谁的", "她本人的"), ("发提醒方便吗|发短信方便吗", "方便"))
                self._plan(Deed(sits_down(self.time.now), key, Errand("", answers, button=checked[0])))
            asked = [data for row in letter.buttons for label, data in row if label == "回答"]
            if asked and self.chance_of(letter.id) < 0.6:
                words = (("请写下", "煮熟了少吃一点没事"),)
                self._plan(Deed(sits_down(self.time.now), key, Errand("", words, button=asked[0])))

    def _passes_on(self, key: str, letter: Letter) -> None:
        """A link goes to the woman it was asked for, who opens it where her family chats."""
        errand, link = self._talking(key).errand, _LINK.search(letter.text)
        if errand is None or link is None:
            return
        for story in self.world.stories:
            if story.account and f"给{story.woman.name}发" in errand.opening:
                at = sits_down(self.time.now)
                self._plan(Deed(at, phone=story.account, text=f"/start {link[1]}", channel="chat"))

    def chance_of(self, name: str) -> float:
        """A number between 0 and 1 that follows from the seed and this name alone."""
        return Random(f"{self.world.settings.seed}/{name}").random()

    def _woman_reads(self, one: Received) -> None:
        """Who is behind this phone or account reads; whom it names, if it names one of them."""
        buttons = {label: data for row in one.letter.buttons for label, data in row}
        text = " ".join((one.letter.text, *buttons))
        stories = self._women.get(one.address, [])
        named = [
            one
            for one in stories
            if one.woman.name in text or mask_name(one.woman.name) in _asked_there(text)
        ]
        if not named and "本人吗" in text:
            return
        for story in named or stories:
            woman = story.woman
            if (words := woman.reads(text)) is not None:
                at = sits_down(self.time.now + timedelta(minutes=woman.waits()))
                button = buttons.get("不是我" if words == "打错了" else words, "")
                more = "" if button or not named or len(stories) == 1 else f"，{woman.name}"
                said = "" if button else f"{words}{more}"
                self._plan(Deed(at, phone=one.address, text=said, channel=one.channel, button=button))
                return


def _asked_there(text: str) -> str:
    """The question whether an account that was opened is hers, which names her masked; nothing else does."""
    return text if "本人吗" in text else ""


Tells = Callable[[County], Iterable[Story]]


async def simulate(
    settings: Settings, *, told: Tells | None = None, outages: Sequence[Outage] | None = None
) -> tuple[World, list[dict[str, object]]]:
    """Run it on a database of its own, which goes away; the world as it was, and the log of events. `told`, `outages`:
    in place of those the seed makes up."""
    from bot.simulate.log import read_log

    configure("critical")
    chance = Random(f"{settings.seed}/keys")
    start = datetime.combine(settings.start, datetime.min.time(), LOCAL) + timedelta(hours=7)
    time = Time(start)
    world = World(
        settings,
        county := counties.build(settings.programme, settings.staff),
        list(told(county) if told else _made_up(settings, county)),
        _out_of_order(settings) if outages is None else outages,
        time,
        CountySystem(time, time),
        {traits.name: Phones(traits, time) for traits in (CHAT, SMS)},
    )
    with straight(), TemporaryDirectory(prefix="yunguan-simulate-") as temporary:
        url = f"sqlite://{temporary}/simulation.db?synchronous=OFF"
        database = await open_database(url, Keyring.generate(chance.randbytes))
        try:
            await migrate(database)
            await counties.settle(database, county, start)
            await Simulation(world, database).run()
            return world, await read_log(database, world)
        finally:
            await database.close()
