"""A conversation in the terminal."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from bot import demo
from bot.bootstrap import wire
from bot.channels.simulated import SimulatedChannel
from bot.chat import chat, known_reports, read_lines, reports_since, terminal_channels
from bot.county.deliver import DestinationSettings
from bot.demo import PEOPLE, person_as
from storage.database import Database
from storage.models import Address, Delivery, Place, Post
from tests.support.clock import FakeClock
from tests.support.demo_page import SECRET
from tests.support.echo import EchoPipeline, EchoProgram, delivery


async def test_each_line_is_answered_before_the_next(database: Database, clock: FakeClock) -> None:
    program = _program(database, clock)
    heard: list[str] = []

    async def settle() -> None:
        heard.append("settled")

    await chat(
        program, person_as("coordinator"), _said("怀孕\n", "\n", "  李梅\n"), heard.append, settle=settle
    )
    assert heard == ["settled", "收到：怀孕", "settled", "收到：李梅", "settled"]
    assert [inbound.address for inbound in program.pipeline.heard] == ["chat-coordinator-1"] * 2


async def test_a_woman_writes_by_sms_and_sees_only_what_is_hers(database: Database, clock: FakeClock) -> None:
    program = _program(database, clock)
    heard: list[str] = []

    async def settle() -> None:
        pass

    await chat(program, person_as("woman"), _said("你好"), heard.append, settle=settle)
    other = program.channels["sms"]
    assert isinstance(other, SimulatedChannel)
    await program.pipeline.submit(other.write("19900000102", "喂"))
    assert heard == ["收到：你好"]
    assert program.pipeline.heard[0].channel == "sms"


def test_a_terminal_has_no_buttons(clock: FakeClock) -> None:
    assert not any(channel.traits.buttons for channel in terminal_channels(clock).values())
    assert terminal_channels(clock)["chat"].traits.trust == "high"


async def test_lines_come_from_a_file_as_they_are(tmp_path: Path) -> None:
    script = tmp_path / "said.txt"
    script.write_text("怀孕\n\n李梅", encoding="utf-8")
    with script.open(encoding="utf-8") as file:
        assert [line async for line in read_lines(file)] == ["怀孕\n", "\n", "李梅"]
    assert [line async for line in read_lines(io.StringIO(""))] == []


async def test_reports_of_this_conversation_as_json_lines(database: Database, clock: FakeClock) -> None:
    await _file(database, "old.1", 1, clock)
    known = await known_reports(database)
    await _file(database, "new.2", 3, clock)
    await _file(database, "new.1", 2, clock)
    lines = await reports_since(database, known)
    assert [orjson.loads(line)["data"]["version"] for line in lines] == [2, 3]
    assert not any("\n" in line for line in lines)


@pytest.mark.parametrize("role", ["coordinator", "township", "institution", "county", "woman"])
def test_there_is_somebody_for_every_role(role: str) -> None:
    assert person_as(role).role == role
    assert person_as(role, "zh_CN").locale == "zh_CN"


def test_english_speakers_are_found_by_language() -> None:
    assert person_as("coordinator", "en").name == "Guo Min"
    assert person_as("county", "en").locale == "zh_CN"
    with pytest.raises(LookupError):
        person_as("mayor")


async def test_the_county_is_whole(database: Database, clock: FakeClock) -> None:
    await demo.seed(database, clock)
    await demo.seed(database, clock)
    kinds = [place.kind for place in await Place.all()]
    assert (kinds.count("county"), kinds.count("township"), kinds.count("institution")) == (1, 21, 25)
    assert kinds.count("village") >= 42
    places = {place.id: place for place in await Place.all()}
    assert all(person.place_id in places for person in PEOPLE)
    for post in await Post.all():
        assert places[post.place_id].kind == {"coordinator": "village"}.get(post.role, post.role)
    assert {address.address for address in await Address.filter(channel="sms")} == {
        person.phone for person in PEOPLE if "sms" in person.channels
    }
    assert all(person.phone.startswith("1990000") and len(person.phone) == 11 for person in PEOPLE)


async def test_a_report_in_the_terminal_is_filed_by_the_real_program(
    database: Database, clock: FakeClock
) -> None:
    await demo.seed(database, clock)
    heard: list[str] = []
    stop = asyncio.Event()
    county = {"county": DestinationSettings("http://127.0.0.1:9/", SECRET)}
    async with wire(database, terminal_channels(clock), destinations=county, clock=clock) as app:
        working = asyncio.create_task(app.pipeline.run(stop))
        await chat(
            app,
            person_as("coordinator"),
            _said("李梅怀孕了，28岁，末次月经9月3号", "就这些", "对"),
            heard.append,
            settle=app.outbox.drain,
        )
        stop.set()
        await working
    assert len(heard) == 3
    assert "李梅" in heard[1]
    [line] = await reports_since(database)
    report = orjson.loads(line)["data"]
    assert (report["event"], report["body"]["lmp"]) == ("pregnancy", "2026-09-03")
    assert report["village"]["path"] == ["信丰县", "古陂镇", "杨梅坑村"]


def _program(database: Database, clock: FakeClock) -> EchoProgram:
    program = EchoProgram(database, clock)
    program.channels = terminal_channels(clock)
    program.pipeline = EchoPipeline(program.channels)
    return program


async def _said(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line


async def _file(database: Database, delivery_id: str, seq: int, clock: FakeClock) -> None:
    async with database.transaction() as tx:
        await Delivery.create(
            id=delivery_id,
            seq=seq,
            lane="l",
            destination="county",
            event="pregnancy",
            payload=orjson.dumps(delivery(version=seq)).decode(),
            state="queued",
            attempts=0,
            due_at=clock(),
            created_at=clock(),
            updated_at=clock(),
            using_db=tx,
        )
