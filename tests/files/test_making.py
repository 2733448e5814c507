"""Files that were asked for: made once, for whoever still may have them, handed over as her channel allows."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import openpyxl
import pytest

from bot.channels.base import Later
from bot.channels.simulated import CHAT, SimulatedChannel
from bot.channels.sms.channel import SmsChannel
from bot.channels.telegram import TelegramChannel
from bot.files import charts, keeping, made, making
from bot.files.charts import NoCharts
from bot.files.made import shorten
from bot.wording import render
from conversations.asking.question import Question
from storage.models import Contact, Outgoing, Post
from tests.files.conftest import COORDINATOR, COUNTY, OFFICER, URL, Desk, Open, woman
from tests.support.databases import files_of, on_postgres
from tests.support.leaks import assert_nothing_leaks
from tests.support.town import Somebody
from tests.support.waiting import until

BY_SMS = COORDINATOR.by("sms", "19900000011")


async def test_a_document_goes_out_where_the_servers_are_at_home(desk: Desk) -> None:
    job = await desk.want(OFFICER)
    await desk.settle()
    (bubble,) = desk.heard(OFFICER)
    assert bubble.document == "名单-20261122.xlsx"
    assert bubble.text == "名单做好了，点开就能看。里面有个人信息，请别转发，用完删掉。"
    page = openpyxl.load_workbook(io.BytesIO(desk.file(OFFICER))).active
    names = [cell.value for cell in page["B"]]
    assert "王秀1" in names
    assert "王秀2" in names
    assert page["A1"].value == "古陂镇孕产妇名单"
    (note,) = await desk.noted("file.made")
    assert (note.actor, note.record, note.why) == (OFFICER.contact_id, job, "file.list")
    looked = await desk.noted("look")
    assert [(row.subject, row.record, row.why) for row in looked] == [
        ("w1", job, "file.list"), ("w2", job, "file.list"),
    ]  # fmt: skip


async def test_a_file_that_was_sent_is_gone_within_the_hour(desk: Desk) -> None:
    await desk.want(OFFICER)
    await desk.settle()
    assert await desk.pieces() == 1
    desk.clock.advance(hours=1)
    await desk.settle()
    assert await desk.pieces() == 0
    assert await desk.jobs() == []


async def test_a_link_goes_out_where_they_are_abroad(desk: Desk, abroad: Somebody) -> None:
    await desk.want(abroad)
    await desk.settle()
    (bubble,) = desk.heard(abroad)
    assert bubble.document == ""
    assert bubble.text.startswith("名单做好了。请在10分钟内打开下面的网址，输入您的PIN就能下载：\nhttps://")
    token = desk.link(abroad).removeprefix("/files/")
    assert len(token) == 26  # 128 bits, five a character
    assert "王" not in bubble.text
    assert await desk.noted("look") == [], "she has seen nothing yet"
    assert len(await desk.noted("file.made")) == 1


def test_no_real_channel_of_today_carries_files() -> None:
    """Telegram's servers are abroad, and SMS carries nothing."""
    bot = TelegramChannel("1:" + "a" * 30, clock=lambda: datetime.now(UTC), say=render, masked=False)
    assert not bot.traits.documents
    assert not SmsChannel.traits.documents


async def test_a_masked_channel_carries_none_whatever_it_says(open_desk: Open) -> None:
    async with open_desk(_traits={"chat": replace(CHAT, masked=True)}) as desk:
        await desk.set_pin(OFFICER)
        await desk.want(OFFICER)
        await desk.settle()
        assert desk.heard(OFFICER)[-1].document == ""
        assert f"{URL}/files/" in desk.heard(OFFICER)[-1].text


async def test_by_sms_it_is_a_link_too(desk: Desk) -> None:
    await desk.set_pin(BY_SMS)
    await desk.want(BY_SMS)
    await desk.settle()
    text = desk.heard(BY_SMS)[-1].text
    assert text.startswith(f"名单好了，10分钟内打开，用PIN下载：{URL}/files/")
    assert len(text) + len("【孕管助手】回T退订") <= 134, "two parts at most"


async def test_the_token_stands_nowhere_as_it_is(
    desk: Desk, abroad: Somebody, request: pytest.FixtureRequest
) -> None:
    await desk.want(abroad)
    await desk.settle()
    token = desk.link(abroad).removeprefix("/files/")
    secrets = [token, "王秀1", "王秀2"]
    server = request.getfixturevalue("postgres_server") if on_postgres() else None
    assert_nothing_leaks(await files_of(desk.database, server), secrets)


async def test_without_a_pin_she_is_told_how_to_set_one(desk: Desk, abroad: Somebody) -> None:
    await desk.set_pin(abroad, None)
    await desk.want(abroad)
    await desk.settle()
    assert "请先在聊天里对我说“设置PIN”" in desk.heard(abroad)[-1].text
    assert await desk.jobs() == []


async def test_without_an_address_of_ours_nothing_is_made(open_desk: Open) -> None:
    async with open_desk(public_url="") as desk:
        await desk.set_pin(BY_SMS)
        await desk.want(BY_SMS)
        await desk.want(OFFICER)
        await desk.settle()
        assert "网址还没有设好" in desk.heard(BY_SMS)[-1].text
        assert desk.heard(OFFICER)[-1].document, "a document needs none"
        assert len(desk.sources.asked) == 1


async def test_a_chart_is_a_picture_without_a_woman_in_the_log(desk: Desk) -> None:
    await desk.want(OFFICER, "chart", question={"by": "month"})
    await desk.settle()
    assert desk.heard(OFFICER)[-1].document == "图-20261122.png"
    assert desk.file(OFFICER).startswith(b"\x89PNG")
    assert await desk.noted("look") == []


async def test_a_coordinator_gets_no_chart_of_grades(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    real = charts.png

    def png(some: Any, above: str = "") -> bytes:
        drawn.extend(chart.title for chart in some)
        return real(some, above)

    monkeypatch.setattr(charts, "png", png)
    await desk.want(COORDINATOR, "chart", question={"by": "colour"})
    await desk.settle()
    assert drawn
    assert "风险分级" not in drawn
    question, _, sees = desk.sources.asked[0]
    assert question.watched
    assert not sees
    drawn.clear()
    await desk.want(OFFICER, "chart", question={"by": "colour"})
    await desk.settle()
    assert drawn == ["风险分级"]


async def test_a_coordinators_question_of_colours_is_one_of_the_label(desk: Desk) -> None:
    await desk.want(COORDINATOR, question={"colours": ["red"]})
    await desk.settle()
    question, villages, sees = desk.sources.asked[0]
    assert question == Question(watched=True)
    assert (villages, sees) == (("xf-gupo-yangmeikeng",), False)
    out = io.BytesIO(desk.file(COORDINATOR))
    said = " ".join(
        str(c.value) for row in openpyxl.load_workbook(out).active.iter_rows() for c in row if c.value
    )
    assert "红" not in said


async def test_nobody_outside_her_villages_is_in_her_file(desk: Desk) -> None:
    desk.sources.women = [woman(1), woman(2, "xf-gupo-shiqiao"), woman(3, "xf-daa-liziyuan")]
    await desk.want(COORDINATOR)
    await desk.settle()
    names = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(desk.file(COORDINATOR))).active["B"]]
    assert [name for name in names if name and name.startswith("王")] == ["王秀1"]
    assert [row.subject for row in await desk.noted("look")] == ["w1"]


async def test_a_paper(desk: Desk) -> None:
    await desk.want(COUNTY, "paper", name="附表2", period="2026Q3")
    await desk.settle()
    assert desk.heard(COUNTY)[-1].document == "报表-20261122.xlsx"
    assert openpyxl.load_workbook(io.BytesIO(desk.file(COUNTY))).sheetnames == ["附表2 2026Q3"]
    assert desk.heard(COUNTY)[-1].text == "报表做好了，点开就能看。"  # counts only: nobody is in it
    assert [row.subject for row in await desk.noted("look")] == ["w1"]


async def test_nobody_is_in_it(desk: Desk) -> None:
    desk.sources.women = []
    await desk.want(OFFICER)
    await desk.settle()
    assert desk.heard(OFFICER)[-1].text == "没有符合的人，就没有做文件。"
    assert await desk.jobs() == []


async def test_a_question_of_another_version_is_not_guessed_at(desk: Desk) -> None:
    await desk.want(OFFICER, question={"moon": "full"})
    await desk.settle()
    assert "请再说一次要什么" in desk.heard(OFFICER)[-1].text
    assert desk.sources.asked == []


async def test_without_the_drawing_library_she_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> bytes:
        raise NoCharts

    monkeypatch.setattr(charts, "png", none)
    await desk.want(OFFICER, "chart")
    await desk.settle()
    assert "这里还画不了图" in desk.heard(OFFICER)[-1].text


# ── whose it is ─────────────────────────────────────────────────────────────────────────────────────────


async def revoke(desk: Desk) -> None:
    async with desk.database.transaction() as tx:
        await Post.filter(staff_id="staff-township-1").using_db(tx).update(state="revoked")


async def moves(desk: Desk) -> None:
    async with desk.database.transaction() as tx:
        await Post.filter(staff_id="staff-township-1").using_db(tx).update(place_id="xf-daa")


async def becomes_a_coordinator(desk: Desk) -> None:
    async with desk.database.transaction() as tx:
        await Post.filter(staff_id="staff-township-1").using_db(tx).update(role="coordinator")


async def loses_the_account(desk: Desk) -> None:
    async with desk.database.transaction() as tx:
        await Contact.filter(id=OFFICER.contact_id).using_db(tx).update(staff_id=None)


CHANGES = [revoke, moves, becomes_a_coordinator, loses_the_account]


@pytest.mark.parametrize("change", CHANGES)
async def test_who_may_not_have_it_any_more_gets_nothing_and_is_told_nothing(desk: Desk, change: Any) -> None:
    job = await desk.want(OFFICER)
    await change(desk)
    await desk.settle()
    assert desk.heard(OFFICER) == []
    assert desk.sources.asked == [], "not even made"
    assert await desk.jobs() == []
    (row,) = await desk.noted("file.refused")
    assert (row.record, row.outcome) == (job, "refused")


@pytest.mark.parametrize("change", CHANGES)
async def test_the_same_while_it_is_made(desk: Desk, change: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.want(OFFICER)
    real = made.make

    async def make(*given: Any) -> Any:
        file = await real(*given)
        await change(desk)
        return file

    monkeypatch.setattr(making, "make", make)
    await desk.settle()
    assert desk.heard(OFFICER) == []
    assert await desk.pieces() == 0
    assert await desk.noted("file.made", "look") == []


@pytest.mark.parametrize("change", CHANGES)
async def test_the_same_before_it_is_sent(desk: Desk, change: Any) -> None:
    await desk.want(OFFICER)
    await desk.app.files.check()
    await change(desk)
    await desk.app.outbox.drain()
    assert desk.heard(OFFICER) == []
    assert await desk.pieces() == 0
    letter = await Outgoing.all().using_db(desk.database.reading).order_by("-seq").first()
    assert letter is not None
    assert (letter.state, letter.error) == ("expired", "not hers any more")


async def test_who_holds_no_office_asks_in_vain(desk: Desk) -> None:
    stranger = Somebody("nobody", "chat-nobody")
    await desk.want(stranger)
    await desk.want(Somebody("contact-woman-1", "19900000101", "sms"))
    assert await desk.jobs() == []


# ── once ────────────────────────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """The process is gone at this point."""


@pytest.fixture
def kill_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    at: list[str] = []

    def fault(name: str) -> None:
        if name in at:
            at.remove(name)
            raise Killed

    monkeypatch.setattr(making, "fault", fault)
    yield at.append
    assert not at, "never came to that point"


@pytest.mark.parametrize("point", ["files.begun", "files.made"])
async def test_killed_while_it_is_made_it_is_made_anew_once(
    open_desk: Open, kill_at: Any, point: str
) -> None:
    async with open_desk() as desk:
        await desk.want(OFFICER)
        kill_at(point)
        with pytest.raises(Killed):
            await desk.app.files.check()
    async with open_desk() as desk:
        await desk.settle()
        assert desk.heard(OFFICER) == [], "another process may still be at it"
        desk.clock.advance(minutes=10)
        await desk.settle()
        await desk.settle()
        assert len(desk.heard(OFFICER)) == 1
        assert len(await desk.noted("file.made")) == 1


async def test_killed_after_it_was_handed_over_there_is_one_link(open_desk: Open, kill_at: Any) -> None:
    who = OFFICER.by("abroad", "abroad-township-1")
    async with open_desk() as desk:
        await desk.town.also_reached(who)
        await desk.set_pin(who)
        await desk.want(who)
        kill_at("files.handed_over")
        with pytest.raises(Killed):
            await desk.app.files.check()
    async with open_desk() as desk:
        desk.clock.advance(minutes=10)
        await desk.settle()
        await desk.settle()
        assert len(desk.heard(who)) == 1
        assert len(await desk.noted("file.made")) == 1
        assert len(await desk.jobs()) == 1


async def test_the_same_message_again_asks_once(desk: Desk) -> None:
    said = desk.town.inbound(OFFICER, "list")
    assert await desk.town.submit(said) == [None]
    assert await desk.town.submit(said) == [None]
    await desk.settle()
    assert len(desk.heard(OFFICER)) == 1


async def test_what_fails_is_tried_three_times_and_then_told(desk: Desk) -> None:
    def broken(number: int) -> None:
        raise RuntimeError("王秀1")

    desk.sources.before = broken
    await desk.want(OFFICER)
    for _ in range(5):
        await desk.settle()
        desk.clock.advance(minutes=1)
    assert len(desk.sources.asked) == 3
    assert [bubble.text for bubble in desk.heard(OFFICER)] == [
        "名单没有做成，我记下来了，请县里的管理员看看。您可以过一会儿再说一次。"
    ]
    assert await desk.jobs() == []


async def test_one_that_fails_holds_up_no_other(desk: Desk) -> None:
    await desk.want(OFFICER, question={"moon": "full"})
    await desk.want(COORDINATOR)
    await desk.settle()
    assert desk.heard(COORDINATOR)[-1].document


# ── long ones ───────────────────────────────────────────────────────────────────────────────────────────


async def test_a_long_one_is_told_of_once(open_desk: Open) -> None:
    passed = 0.0
    async with open_desk(_seconds=lambda: passed) as desk:
        desk.sources.women = [woman(number) for number in range(1700)]

        def slowly(number: int) -> None:
            nonlocal passed
            passed += 0.03

        desk.sources.before = slowly
        await desk.want(OFFICER)
        await desk.settle()
        texts = [bubble.text for bubble in desk.heard(OFFICER)]
        assert texts[0] == "正在做，已经写好1000行，好了马上给您。"
        assert len(texts) == 2
        assert desk.heard(OFFICER)[1].document


async def test_a_short_one_is_not(desk: Desk) -> None:
    desk.sources.women = [woman(number) for number in range(1700)]
    await desk.want(OFFICER)
    await desk.settle()
    assert len(desk.heard(OFFICER)) == 1


async def test_stopping_leaves_a_long_one_for_the_next_start(open_desk: Open) -> None:
    stop = asyncio.Event()
    async with open_desk(_stop=stop) as desk:
        desk.sources.women = [woman(number) for number in range(1700)]
        desk.sources.before = lambda number: stop.set() if number == 600 else None
        await desk.want(OFFICER)
        await desk.settle()
        (job,) = await desk.jobs()
        assert (job.state, job.tries) == ("wanted", 0)
        assert desk.heard(OFFICER) == []
    async with open_desk() as desk:
        await desk.settle()
        assert len(desk.heard(OFFICER)) == 1


async def test_after_a_restart_it_is_begun_again_at_once(open_desk: Open, kill_at: Any) -> None:
    """On SQLite, where nobody else can be at it."""
    async with open_desk() as desk:
        if on_postgres():
            pytest.skip("another process may be at it")
        await desk.want(OFFICER)
        kill_at("files.begun")
        with pytest.raises(Killed):
            await desk.app.files.check()
    async with open_desk() as desk:
        stop = asyncio.Event()
        task = asyncio.create_task(desk.app.files.run(stop))

        async def there() -> bool:
            return bool(await desk.noted("file.made"))

        await until(there)
        stop.set()
        desk.app.files.wake()
        await task
        await desk.app.outbox.drain()
        assert len(desk.heard(OFFICER)) == 1


# ── on the way ──────────────────────────────────────────────────────────────────────────────────────────


async def test_the_letter_keeps_no_file_and_a_retry_sends_it_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = desk.app.channels["chat"]
    assert isinstance(channel, SimulatedChannel)
    real, times = channel.send, 0

    async def send(address: str, letter: Any) -> Any:
        nonlocal times
        times += 1
        return Later("busy", timedelta(seconds=30)) if times == 1 else await real(address, letter)

    monkeypatch.setattr(channel, "send", send)
    await desk.want(OFFICER)
    await desk.settle()
    letter = await Outgoing.all().using_db(desk.database.reading).order_by("-seq").first()
    assert letter is not None
    assert "PK" not in str(letter.payload)
    desk.clock.advance(minutes=1)
    await desk.settle()
    assert desk.file(OFFICER).startswith(b"PK")


async def test_a_letter_that_never_leaves_loses_its_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def send(address: str, letter: Any) -> Any:
        return Later("busy", timedelta(minutes=20))

    monkeypatch.setattr(desk.app.channels["chat"], "send", send)
    await desk.want(OFFICER)
    for _ in range(8):
        await desk.settle()
        desk.clock.advance(minutes=10)
    assert await desk.jobs() == []
    assert await desk.pieces() == 0


async def test_a_large_file_is_put_together_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PIECE", 1000)
    desk.sources.women = [woman(number) for number in range(300)]
    await desk.want(OFFICER)
    await desk.settle()
    assert await desk.pieces() > 10
    page = openpyxl.load_workbook(io.BytesIO(desk.file(OFFICER))).active
    assert page.max_row == 305  # title, two lines, header; the women; how many
    assert page["A305"].value == "共300人"


def test_a_line_over_a_picture_fits() -> None:
    assert shorten("古陂镇") == "古陂镇"
    assert len(shorten("古" * 100)) == 34
