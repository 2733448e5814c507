"""On a channel whose servers stand abroad nobody is named, whatever she says and however it goes wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random

import pytest

from bot import demo
from bot.bootstrap import wire
from bot.channels.simulated import CHAT, SMS, SimulatedChannel
from bot.county.deliver import DestinationSettings
from storage.database import Database
from storage.models import Outgoing
from tests.support.clock import FakeClock
from tests.support.town import Somebody, Town

ID = "36210019910506882X"
SECRETS = ("小翠", "1376111", "19910506", "唇裂")


@pytest.fixture
async def abroad(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    traits = (replace(CHAT, masked=True, deletes=True), SMS)
    channels = {one.name: SimulatedChannel(one, clock) for one in traits}
    nowhere = {
        "county": DestinationSettings("http://127.0.0.1:9/", "whsec_" + "bm9ib2R5IGlzIHRoZXJlIGF0IGFsbA==")
    }
    chance = Random(3)
    async with wire(
        database, channels, destinations=nowhere, clock=clock, random_bytes=chance.randbytes, random=chance
    ) as app:
        yield Town(database, clock, app)


TALK = (
    "王小翠怀孕了",
    "王小翠",
    "末次月经2月20号",
    f"{ID[:-1]}1",
    ID,
    "1376111234",
    "13761112345",
    "不是13761112345是1376111",
    "王小翠的电话",
    "帮助",
    "返回",
    "13761112345",
    "本人的",
    "方便",
    "就这些",
    "改 1",
    "王小翠",
    "就这些",
    "不是王小翠是王小翠翠",
    "改 2",
    ID,
    "就这些",
    "对",
    "王小翠怀孕了，末次月经2月20号",
    "1",
    "补充那一份",
    "就这些",
    "对",
    f"王小翠怀孕了，末次月经2月20号，身份证{ID}",
    "不是",
    "取消",
    "我报了什么",
    "更正",
    "1",
    "电话改成13761112345",
    "取消",
    "先不说这个，王小翠昨晚生了，女孩，6斤8两，县医院顺产",
    "孩子唇裂",
    "就这些",
    "对",
    "王小翠",
    "王小翠大出血",
    "王小翠家的孩子没了，昨天",
    "在家里",
    "取消",
    "王小翠在别处村怀孕了",
    "取消",
    "查王小翠",
    "撤回王小翠",
    "1",
    "报错了王小翠",
    "对",
)


async def test_nobody_is_named_abroad(abroad: Town) -> None:
    who = Somebody("contact-coordinator-1", "chat-coordinator-1")
    for text in TALK:
        abroad.clock.advance(minutes=1)
        assert await abroad.submit(abroad.inbound(who, text)) == [None]
    rows = await Outgoing.all().using_db(abroad.database.reading).order_by("seq")
    assert len(await abroad.reports()) > 1
    told = [row.payload["text"] for row in rows if any(secret in row.payload["text"] for secret in SECRETS)]
    assert told == []
