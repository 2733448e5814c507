"""SMS in the whole service: a phone with a SIM calls it over HTTP, and every message ends where it belongs, once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest

from bot.channels.sms.areas import BadAreas
from bot.channels.sms.parts import sms_length
from bot.service import serve
from storage.database import Database
from storage.models import Address, Inbound, Outgoing, Report
from tests.support.botapi import BotApi
from tests.support.clock import FakeClock
from tests.support.people import phone
from tests.support.phone import Lost, Phone, basic
from tests.support.receiver import Receiver
from tests.support.serving import (
    NEXT_VILLAGE,
    TOWNSHIP,
    VILLAGE,
    Service,
    Start,
    employ,
    settings_for,
    settle_county,
    talk,
)
from tests.support.waiting import PATIENCE

PASSWORD = "password of gupo"
SMS: dict[str, Any] = {
    "phone": {"gupo": {"caller_password": PASSWORD}},
    "areas": {"everywhere": ["gupo"]},
}


@asynccontextmanager
async def with_phone(start: Start, **more: Any) -> AsyncIterator[tuple[Service, Phone]]:
    """The service, and a phone that calls it."""
    async with start(sms=SMS | more) as service:
        yield service, Phone(service.http, service.url, basic("gupo", PASSWORD))


async def until(
    handset: Phone, clock: FakeClock, met: Callable[[], Awaitable[bool]], chance: Random | None = None
) -> None:
    """Let the phone call, every 30 seconds, and do what it is told, until this is so."""
    async with asyncio.timeout(PATIENCE):
        while not await met():
            clock.advance(seconds=30)
            try:
                await handset.calls()
            except Lost:
                continue
            if chance is None or chance.random() < 0.7:
                handset.works()
            await asyncio.sleep(0.005)


async def says(handset: Phone, clock: FakeClock, number: str, text: str, chance: Random | None = None) -> str:
    """Somebody writes to the phone's number; what it sends back to her."""
    heard = [said for to, said in handset.sim if to == number]

    async def answered() -> bool:
        return sum(to == number for to, _ in handset.sim) > len(heard)

    handset.receives(f"+86{number}", text, int(clock().timestamp() * 1000))
    await until(handset, clock, answered, chance)
    return [said for to, said in handset.sim if to == number][-1]


@pytest.mark.parametrize("seed", range(3))
async def test_a_phone_that_loses_calls_and_repeats_itself_ends_with_every_message_once(
    start: Start, telegram: BotApi, county: Receiver, database: Database, clock: FakeClock, seed: int
) -> None:
    staff = [(1001, VILLAGE), (1002, NEXT_VILLAGE), (1003, VILLAGE)]
    for user, village in staff:
        await employ(database, telegram.user(user), "邓小莲", "coordinator", village, clock())
    said: list[tuple[str, str]] = []
    chance = Random(seed)
    async with with_phone(start) as (service, handset):
        handset.chance, handset.loses, handset.repeats = Random(seed), 0.4, True
        for (user, _), name in zip(staff, ("李梅", "张桂花", "王春燕"), strict=True):
            number = phone(user)
            for text in (f"{name}怀孕了，末次月经9月3号", "就这些", "对"):
                said.append((number, text))
                await says(handset, clock, number, text, chance)
        reports = await service.arrived(3)

        async def everything_reported() -> bool:
            rows = Outgoing.filter(channel="sms").using_db(database.reading)
            return handset.done() and set(await rows.values_list("state", flat=True)) == {"delivered"}

        await until(handset, clock, everything_reported, chance)
    assert {report["data"]["body"]["woman_name"] for report in reports} == {"李梅", "张桂花", "王春燕"}
    assert {report["data"]["channel"] for report in reports} == {"sms"}
    assert county.unsigned == 0
    stored = await Inbound.filter(channel="sms").using_db(database.reading)
    assert Counter(row.payload["text"] for row in stored) == Counter(text for _, text in said)
    letters = await Outgoing.filter(channel="sms").using_db(database.reading)
    assert Counter(handset.sim) == Counter((row.address, row.payload["text"]) for row in letters)
    assert {row.gateway for row in letters} == {"gupo"}


async def test_what_is_begun_on_telegram_is_finished_by_sms_and_the_other_way_round(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    lian = telegram.user(1001)
    contact = await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    async with with_phone(start) as (service, handset):
        await talk(lian, "李梅怀孕了，末次月经9月3号")
        reading = await says(handset, clock, phone(1001), "就这些")
        assert "李梅" in reading
        await says(handset, clock, phone(1001), "对")
        await service.arrived(1)

        await says(handset, clock, phone(1001), "张桂花怀孕了，末次月经9月5号")
        await talk(lian, "就这些", "对")
        first, second = await service.arrived(2)
    assert [one["data"]["body"]["woman_name"] for one in (first, second)] == ["李梅", "张桂花"]
    assert [one["data"]["channel"] for one in (first, second)] == ["sms", "telegram"]
    addresses = Address.filter(contact_id=contact).using_db(database.reading)
    assert {row.channel for row in await addresses} == {"telegram", "sms"}
    assert await Report.all().using_db(database.reading).count() == 2


async def test_parts_are_counted_by_gateway(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    await employ(database, telegram.user(1001), "邓小莲", "coordinator", VILLAGE, clock())
    async with with_phone(start) as (service, handset):
        await says(handset, clock, phone(1001), "怀孕")
        _, page = await service.get("/metrics")
    ((_, said),) = handset.sim
    assert f'yunguan_sms_parts_today{{gateway="gupo"}} {sms_length(said).parts}.0' in page
    assert 'yunguan_messages_taken_total{channel="sms",kind="text"} 1.0' in page
    assert 'yunguan_sends_total{channel="sms",outcome="accepted"} 1.0' in page
    assert phone(1001) not in page


async def test_nobody_calls_without_the_password(start: Start) -> None:
    async with with_phone(start) as (service, _):
        for headers in ({}, basic("gupo", "guessed guessed"), basic("daa", PASSWORD)):
            async with service.http.post(f"{service.url}/api/sms", json={}, headers=headers) as answer:
                assert answer.status == 401
        for path in ("/sms/kannel/inbound", "/sms/aliyun/uplink"):
            async with service.http.post(f"{service.url}{path}") as answer:
                assert answer.status == 404, "nobody configured this"


async def test_a_letter_knows_the_names_in_it_and_is_cut_within_none(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    await employ(database, telegram.user(1001), "邓小莲", "coordinator", VILLAGE, clock())
    name = "欧阳春燕"
    async with with_phone(start, max_parts=1) as (_, handset):
        await says(handset, clock, phone(1001), f"{name}怀孕了，末次月经9月3号")
        said = await says(handset, clock, phone(1001), "就这些")
    assert sms_length(said).parts == 1
    letters = await Outgoing.filter(channel="sms").using_db(database.reading).order_by("seq")
    assert name in letters[-1].payload["filled"]


# ── what keeps it from starting ─────────────────────────────────────────────────────────────────────────


async def test_a_place_nobody_knows_stops_the_start(database: Database, clock: FakeClock) -> None:
    await settle_county(database)
    sms = {**SMS, "areas": {"everywhere": ["gupo"], "古坡镇": ["gupo"]}}
    settings = settings_for(None, None, http={"port": 0}, sms=sms)
    with pytest.raises(BadAreas, match=r"sms\.areas\.古坡镇 = \['gupo'\]: there is no such place"):
        await serve(settings, database, clock=clock, stop=asyncio.Event())


async def test_areas_by_their_names(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    await employ(database, telegram.user(1001), "邓小莲", "coordinator", VILLAGE, clock())
    await employ(database, telegram.user(1002), "温秀英", "township", TOWNSHIP, clock())
    two: dict[str, Any] = {
        "phone": {"gupo": {"caller_password": PASSWORD}, "other": {"caller_password": "password of other"}},
        "areas": {"everywhere": ["other"], "信丰县古陂镇": ["gupo"]},
    }
    async with with_phone(start, **two) as (service, handset):
        other = Phone(service.http, service.url, basic("other", "password of other"))
        for number in (phone(1001), phone(1002)):  # people of Gupo, whose messages came by the other phone
            other.receives(number, "帮助", int(clock().timestamp() * 1000))
            await other.calls()

        async def both() -> bool:
            return {to for to, _ in handset.sim} == {phone(1001), phone(1002)}

        await until(handset, clock, both)
        other.receives(phone(9), "你好", int(clock().timestamp() * 1000))

        async def stranger() -> bool:
            return bool(other.sim)

        await until(other, clock, stranger)
    assert [to for to, _ in other.sim] == [phone(9)]
