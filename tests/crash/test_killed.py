"""The whole program killed (SIGKILL) at every named point of a message's way, and started again.

Nothing is lost, nothing is filed twice; what goes out behaves as "What once means" says (design.md)."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot import demo
from bot.bootstrap import real_clock
from bot.demo import SimClock
from bot.faults import POINTS
from storage.bulk import insert_many
from storage.database import Database
from storage.models import Audit, Delivery, Inbound, Outgoing, Report, Session, Woman
from tests.support.clock import FakeClock
from tests.support.forked import start_forked
from tests.support.prompt import nothing_waits
from tests.support.receiver import Receiver, receiving
from tests.support.town import Somebody, person, wired
from tests.support.waiting import PATIENCE, until

ROOT = Path(__file__).parents[2]
AGAIN = ("reply", "danger")

FIRST = person("coordinator-1")
SECOND = person("coordinator-3")
SAID = {
    FIRST: ("李梅怀孕了，末次月经9月3号", "就这些", "对", "李梅昨天流产了", "就这些", "对"),
    SECOND: ("王芳怀孕了，末次月经8月1号", "就这些", "对", "王芳大出血昏倒了"),
}
FILED = {FIRST: ["pregnancy", "pregnancy_loss"], SECOND: ["pregnancy"]}

FAULTS = [
    *(one for one in POINTS if one.startswith(("pipeline.", "outbox.", "county."))),
    *("pipeline.played:6", "pipeline.written:4", "pipeline.committed:5", "pipeline.acknowledged:3"),
    *("outbox.accepted:3", "outbox.accepted:9", "outbox.marked:4", "county.sent:3"),
]


class Provider:
    """Brings messages, again and again until each is taken, and takes letters."""

    def __init__(self, clock: SimClock) -> None:
        self.letters: list[tuple[str, str]] = []
        """(letter id, address), in order of arrival"""
        self._clock = clock
        self._numbers = 0

    async def take(self, request: web.Request) -> web.Response:
        letter = await request.json()
        self.letters.append((letter["id"], letter["to"]))
        return web.Response(text=f"m{len(self.letters)}")

    async def bring(self, service: Service, http: aiohttp.ClientSession, who: Somebody, text: str) -> None:
        self._numbers += 1
        said = {
            "channel": who.channel,
            "address": who.address,
            "provider_id": str(self._numbers),
            "sent_at": self._clock().isoformat(),
            "text": text,
        }
        while True:
            url = await service.url()
            try:
                async with http.post(url, json=said) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                await service.replaced(url)


class Service:
    """The child process, and the one after it."""

    def __init__(self, database_url: str, clock: SimClock, provider: str, county: str) -> None:
        self._arguments = (database_url, provider, county)
        self._clock = clock
        self._changed = asyncio.Condition()
        self._url = ""

    async def start(self, fault: str = "") -> Process:
        url, provider, county = self._arguments
        ahead = str(self._clock.ahead.total_seconds())
        process = await start_forked(
            *("tests.crash.child", url, ahead, provider, county),
            cwd=ROOT,
            env={**os.environ, "YUNGUAN_FAULT": fault},
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        line = await process.stdout.readline()
        async with self._changed:
            self._url = line.decode().strip()
            self._changed.notify_all()
        return process

    async def url(self) -> str:
        """Where the one that runs now listens."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._url)
            return self._url

    async def replaced(self, url: str) -> None:
        """Return once another one runs than that at `url`."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._url not in ("", url))


@pytest.fixture
def sim_clock(clock: FakeClock) -> SimClock:
    """Ticks with real time, three hours after what was said before the service started."""
    return SimClock.starting_at(clock() + timedelta(hours=3), real_clock)


@pytest.fixture
async def provider(sim_clock: SimClock) -> Provider:
    return Provider(sim_clock)


@pytest.fixture
async def provider_url(provider: Provider) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/", provider.take)
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await runner.cleanup()


@pytest.fixture
async def county(sim_clock: SimClock) -> AsyncIterator[Receiver]:
    async with receiving(clock=sim_clock) as receiver:
        yield receiver


async def prepare(database: Database, clock: FakeClock) -> None:
    """The county, a draft whose reminder is due when the service starts, and letters that wait for it."""
    await demo.seed(database, clock)
    await nothing_waits(database)
    async with wired(database, clock) as town:
        await town.say(person("coordinator-2"), "怀孕", "Li Mei")
        clock.advance(hours=3)
        rows = []
        for kind in ("condolence", "reminder", "notice", "danger"):
            somebody = await town.hire(kind)
            rows.append(
                Outgoing(
                    id=f"waiting-{kind}",
                    seq=len(rows) + 1,
                    lane=somebody.contact_id,
                    contact_id=somebody.contact_id,
                    channel="chat",
                    address=somebody.address,
                    kind=kind,
                    payload={"text": kind, "buttons": [], "ask_phone": "", "forget": []},
                    state="queued",
                    attempts=0,
                    due_at=clock(),
                    expires_at=clock() + timedelta(hours=72),
                    created_at=clock(),
                    updated_at=clock(),
                )
            )
        async with database.transaction() as tx:
            await insert_many(tx, Outgoing, rows)


async def settled(database: Database, now: datetime) -> bool:
    """Nothing is left to send, and the draft was looked at."""
    unfinished = ("queued", "sending")
    db = database.reading
    return not (
        await Outgoing.filter(state__in=unfinished).using_db(db).exists()
        or await Delivery.filter(state__in=unfinished).using_db(db).exists()
        or await Session.filter(contact_id="contact-coordinator-2", next_check_at__lte=now)
        .using_db(db)
        .exists()
    )


@pytest.mark.kernel_fault
@pytest.mark.parametrize("fault", FAULTS)
async def test_killed_and_started_again(
    database: Database,
    database_url: str,
    clock: FakeClock,
    sim_clock: SimClock,
    provider: Provider,
    provider_url: str,
    county: Receiver,
    fault: str,
) -> None:
    await prepare(database, clock)
    service = Service(database_url, sim_clock, provider_url, county.url)

    async def converse(who: Somebody, http: aiohttp.ClientSession) -> None:
        for text in SAID[who]:
            await provider.bring(service, http, who, text)

    async with aiohttp.ClientSession() as http, asyncio.timeout(4 * PATIENCE):
        doomed = await service.start(fault)
        conversations = asyncio.gather(*(converse(who, http) for who in SAID))
        assert await doomed.wait() == -signal.SIGKILL
        sim_clock.advance(timedelta(minutes=10))  # on PostgreSQL its leases have to run out
        again = await service.start()
        await conversations
        await until(lambda: settled(database, sim_clock()))
        again.terminate()
        assert await again.wait() == 0

    await nothing_lost_nothing_twice(database, county)
    await each_kind_as_promised(database, provider, fault)


async def nothing_lost_nothing_twice(database: Database, county: Receiver) -> None:
    db = database.reading
    said = [text for texts in SAID.values() for text in texts]
    heard = await Inbound.all().using_db(db)
    assert {row.state for row in heard} == {"done"}
    drafted = 2  # what was said before the service started
    assert len(heard) == len(said) + drafted

    for who, events in FILED.items():
        staff = who.contact_id.replace("contact-", "staff-")
        hers = await Report.filter(author_id=staff).using_db(db).order_by("recorded_time")
        assert [report.event for report in hers] == events
        arrived = [name for name in county.reports if name in {report.id for report in hers}]
        assert arrived == [report.id for report in hers]  # in this order
        (session,) = await Session.filter(contact_id=who.contact_id).using_db(db)
        assert session.version == len(SAID[who])
        assert (session.data["talk"], session.data["waiting"]) == (None, [])
    filed = sum(len(events) for events in FILED.values())
    assert len(county.reports) == filed
    assert (county.unsigned, county.changed) == (0, [])
    assert set(await Delivery.all().using_db(db).values_list("state", flat=True)) == {"acknowledged"}
    assert await Woman.all().using_db(db).count() == 2
    assert await Audit.filter(action="report.file").using_db(db).count() == filed


async def each_kind_as_promised(database: Database, provider: Provider, fault: str) -> None:
    letters = await Outgoing.all().using_db(database.reading).order_by("seq")
    times = Counter(letter for letter, _ in provider.letters)
    kinds = Counter(letter.kind for letter in letters)
    # one answer to each message (two to what she drafted before), the danger's among them being a danger
    assert kinds["reply"] == sum(map(len, SAID.values())) - 1 + 2
    assert kinds["danger"] >= 2  # what she is to do, and the one that waited
    # a loss to both officers of its township, one of before; a pregnancy that waits for nobody's word is told to nobody
    assert kinds["notice"] == 2 + 1
    assert kinds["reminder"] == 1 + 1
    assert kinds["condolence"] == 1
    for letter in letters:
        if letter.kind in AGAIN:
            assert letter.state == "sent"
            assert times[letter.id] in (1, 2)
        else:
            assert letter.state in ("sent", "unknown")
            assert times[letter.id] == 1 or (letter.state == "unknown" and times[letter.id] == 0)
    doubted = [letter for letter in letters if letter.state == "unknown" or times[letter.id] > 1]
    if fault.startswith("outbox.accepted"):
        assert doubted  # one had been accepted, and nobody could know
    for lane in {letter.lane for letter in letters}:
        expected = [letter.id for letter in letters if letter.lane == lane and letter.kind == "reply"]
        arrived = list(dict.fromkeys(letter for letter, _ in provider.letters if letter in expected))
        assert arrived == sorted(arrived, key=expected.index)
