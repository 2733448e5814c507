"""A real Kannel between us and an operator: Debian's bearerbox and smsbox, with the configuration we publish.

Slow by nature (processes start, lines are picked up again), but nothing waits for a time: only for what must happen.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot import demo
from bot.bootstrap import wire
from bot.channels.base import Channel, Inbound
from bot.channels.sms.channel import SmsChannel
from bot.channels.sms.gateway import Login, Note, Submit
from bot.channels.sms.kannel import KannelGateway, KannelSettings
from bot.channels.sms.receipts import Receipts
from bot.channels.sms.reception import routes
from bot.county import DestinationSettings
from bot.outbox import Outbox
from storage.database import Database
from storage.models import Outgoing, Report
from tests.support.clock import FakeClock
from tests.support.desk import Desk
from tests.support.kannel import Kannel, free_ports, need_kannel, until
from tests.support.letters import Letters
from tests.support.smsc import Short, Smsc, message_centre
from tests.support.town import person

PHONES = [f"1380000{n:04d}" for n in range(8)]
SERVICE = "10690000"
PATIENCE = 60


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Line:
    """Kannel between our gateway and an operator; `submit` is where messages go."""

    smsc: Smsc
    kannel: Kannel
    gateway: KannelGateway


async def connected(stack: AsyncExitStack, folder: Path, submit: Submit, note: Note) -> Line:
    """All of it, up and online."""
    need_kannel()
    smsc = await stack.enter_async_context(message_centre())
    session = await stack.enter_async_context(aiohttp.ClientSession())
    (port,) = free_ports(1)
    running = Kannel(folder, smsc.port, port)
    settings = KannelSettings(
        url=running.url,
        user="yunguan",
        password="change-me-sendsms",
        public_url=f"http://127.0.0.1:{port}",
    )
    login = Login("kannel", "change-me-inbound")
    gateway = KannelGateway("kannel", settings, login, session=session, submit=submit, note=note, clock=now)
    app = web.Application()
    app.router.add_routes(routes([gateway]))
    server = TestServer(app, port=port)
    await server.start_server()
    stack.push_async_callback(server.close)
    stack.push_async_callback(running.stop)
    await running.start()
    await until(running.online)
    return Line(smsc, running, gateway)


@dataclass
class Office:
    """The whole way: messages in to the desk, letters out of the outbox."""

    line: Line
    desk: Desk
    letters: Letters
    outbox: Outbox

    @property
    def smsc(self) -> Smsc:
        return self.line.smsc

    @property
    def kannel(self) -> Kannel:
        return self.line.kannel

    async def sends(self, ids: list[str], *states: str) -> None:
        """Send what is due, again and again as the outbox does, until all these are in one of these states."""
        found: list[str] = []
        try:
            async with asyncio.timeout(PATIENCE):
                while not found or not set(found) <= set(states):
                    await self.outbox.drain()
                    self.letters.clock.advance(seconds=5)
                    await asyncio.sleep(0.05)
                    found = await self.letters.states(ids)
        except TimeoutError:
            raise AssertionError(f"waited {PATIENCE} s for {states}: {found}") from None

    async def hears(self, count: int) -> None:
        await self.desk.until(lambda: len(self.desk.stored) >= count, PATIENCE)


@pytest.fixture
async def office(tmp_path: Path, letters: Letters, desk: Desk, clock: FakeClock) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        line = await connected(stack, tmp_path, desk.submit, Receipts(letters.database, clock).note)
        yield Office(line, desk, letters, letters.outbox(line.gateway))


def bare(number: str) -> str:
    return number.removeprefix("+").removeprefix("86")


LONG = "【孕管】您好，请记下：" + "母婴健康是头等大事，有事随时说🤰。" * 9 + "完"


async def test_chinese_goes_both_ways_in_parts_and_with_delivery_reports(office: Office) -> None:
    office.smsc.says("+86" + PHONES[0], SERVICE, "怀孕 李梅 9月3号")
    office.smsc.says("86" + PHONES[1], SERVICE, "没有流血🤰" * 30)
    await office.hears(2)
    first, second = sorted(office.desk.stored, key=lambda inbound: inbound.address)
    assert (first.address, first.text) == (PHONES[0], "怀孕 李梅 9月3号")
    assert (second.address, second.text) == (PHONES[1], "没有流血🤰" * 30)
    assert abs((first.sent_at - first.received_at).total_seconds()) < PATIENCE

    texts = ["请问她叫什么名字？", LONG, "What is her name? {x} €", "𠮷"]
    ids = [(await office.letters.write(text, to=to))[0] for text, to in zip(texts, PHONES, strict=False)]
    await office.sends(ids, "delivered")
    numbers = {bare(to) for to, _ in office.smsc.messages()}
    assert numbers == set(PHONES[:4])
    said = {text for _, text in office.smsc.messages()}
    assert {texts[0], texts[1], texts[3]} <= said
    assert sorted(short.coding for short in office.smsc.got if short.header is None) == [0, 8, 8]
    rows = [await office.letters.row(one) for one in ids]
    sent = Counter(bare(short.number) for short in office.smsc.got)
    assert [row.parts for row in rows] == [sent[to] for to in PHONES[:4]]
    await office.smsc.until(lambda: not office.smsc.waiting)


async def test_no_word_of_a_message_stands_in_its_logs(office: Office) -> None:
    office.smsc.says("+86" + PHONES[0], SERVICE, "李梅没保住")
    await office.hears(1)
    (letter,) = await office.letters.write("已记下李梅的事", to=PHONES[0])
    await office.sends([letter], "delivered")
    logs = office.kannel.logs()
    assert "INFO" in logs
    for word in ("李梅", "没保住", "已记下"):
        assert word not in logs


async def test_what_the_operator_refuses_is_failed(office: Office) -> None:
    wrong_number = 0x0B  # ESME_RINVDSTADR
    office.smsc.refuses = lambda short: wrong_number if short.number.endswith(PHONES[1]) else 0
    fine, refused = [(await office.letters.write("你好", to=to))[0] for to in PHONES[:2]]
    await office.sends([fine, refused], "delivered", "failed")
    assert await office.letters.states([fine, refused]) == ["delivered", "failed"]
    assert (await office.letters.row(refused)).error == "refused by the operator"


async def test_a_message_waits_while_we_cannot_store_it(office: Office) -> None:
    refused: list[str] = []

    def twice(inbound: object) -> bool:
        refused.append("no")
        return len(refused) < 3

    office.desk.refuses = twice
    office.smsc.says("+86" + PHONES[0], SERVICE, "大出血")
    await office.hears(1)
    assert office.desk.texts == ["大出血"]
    assert len(refused) == 3
    assert len({inbound.provider_id for inbound in office.desk.tried}) == 1


async def test_bearerbox_is_killed_in_the_middle_and_nothing_is_lost(office: Office) -> None:
    heard = [f"第{n}条来信" + "，她一切都好🤰" * (n % 3 * 8) for n in range(16)]
    said = [f"第{n}条回信" + "，请记得产检" * (n % 3 * 8) for n in range(16)]
    ids = [(await office.letters.write(text, to=PHONES[n % 8]))[0] for n, text in enumerate(said[:8])]
    for text in heard[:8]:
        office.smsc.says("+86" + PHONES[0], SERVICE, text)
    await office.hears(8)
    await office.sends(ids, "delivered")  # a report that smsbox holds is lost with its bearerbox

    # The operator takes nothing: what Kannel takes from us now, it must keep.
    office.smsc.refuses = busy
    ids += [(await office.letters.write(text, to=PHONES[n % 8]))[0] for n, text in enumerate(said[8:])]
    await office.sends(ids, "sent", "delivered")
    await office.kannel.kill("bearerbox")
    office.smsc.refuses = lambda short: 0
    for text in heard[8:]:
        office.smsc.says("+86" + PHONES[1], SERVICE, text)
    ids += await office.letters.write("停机时写的", to=PHONES[7])

    await office.outbox.drain()  # nobody listens: it stays ours
    assert await office.letters.states(ids[-1:]) == ["queued"]

    await office.kannel.start()
    await office.sends(ids, "delivered")
    await office.hears(len(heard))
    assert Counter(office.desk.texts) == Counter(heard)
    assert {text for _, text in office.smsc.messages()} == {*said, "停机时写的"}


def busy(short: Short) -> int:
    return 0x58  # ESME_RTHROTTLED: later


async def test_a_pregnancy_is_reported_by_sms_while_kannel_is_killed(
    tmp_path: Path, database: Database
) -> None:
    await demo.seed(database, now)
    me = person("coordinator-1").by("sms", "19900000011")
    async with AsyncExitStack() as stack:

        async def submit(inbound: Inbound) -> None:
            await app.pipeline.submit(inbound)

        async def route(number: str) -> Sequence[str]:
            return ["kannel"]

        line = await connected(stack, tmp_path, submit, Receipts(database, now).note)
        channels: dict[str, Channel] = {"sms": SmsChannel([line.gateway], route)}
        nobody = {"county": DestinationSettings("http://127.0.0.1:9/", "whsec_" + "bm9ib2R5IGlzIHRoZXJl")}
        app = await stack.enter_async_context(wire(database, channels, destinations=nobody, clock=now))
        stop = asyncio.Event()
        running = asyncio.create_task(app.run(stop))

        async def says(text: str) -> str:
            before = len(line.smsc.messages())
            line.smsc.says(f"+86{me.address}", SERVICE, text)
            await line.smsc.until(lambda: len(line.smsc.messages()) > before, PATIENCE)
            return line.smsc.messages()[-1][1]

        answer = await says("李梅怀孕了，28岁，末次月经9月3号，电话19900000101是她自己的")
        await line.kannel.kill("bearerbox")
        await line.kannel.start()
        await until(line.kannel.online)
        for _ in range(20):
            if "末次月经" in answer:
                break
            answer = await says("就这些")
        answer = await says("对")
        (report,) = await Report.all().using_db(database.reading)
        assert (report.event, report.channel_trust) == ("pregnancy", "low")
        assert (report.body["woman_name"], report.body["lmp"][5:]) == ("李梅", "09-03")
        assert {bare(to) for to, _ in line.smsc.messages()} == {me.address}

        async def all_sent() -> bool:
            """The first answer's delivery report may have died with smsbox."""
            letters = Outgoing.filter(channel="sms").using_db(database.reading)
            return set(await letters.values_list("state", flat=True)) <= {"sent", "delivered"}

        await until(all_sent)
        stop.set()
        await running
