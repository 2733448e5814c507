"""Anything, from anybody, through the whole program: nothing is set aside, nobody is left without what is meant for her."""

from __future__ import annotations

from random import Random

import pytest

from storage.models import Inbound
from tests.support.town import Somebody, Town
from tests.support.watch import COORDINATOR, COUNTY, HOSPITAL, TOWNSHIP, WOMAN, Watch

SAID = (
    "退订", "TD", "T", "恢复", "打错了", "我是男的", "别给我发了", "/start", "你好", "谢谢", "收到", "1", "答1 可以吃", "答：可以",
    "怀孕能吃螃蟹吗", "我有乙肝能喂奶吗", "李梅", "王芳", "跳过", "取消", "帮助", "返回", "对", "怀孕", "李梅怀孕了，末次月经9月3号", "更正",
    "我流血了", "昨天流过血，现在没有了", "12345678", "13700000002", "去过了", "改天", "下次什么时候产检", "", " ", "🙂", "\x00\x1b[2J", "\ud83d",
    "\u202e退订", "{x} %s", "𠮷野家" * 40, "A" * 3000, "怀孕" * 400, "1" * 300, "答" + "1" * 90, "کوردی", "ಕನ್ನಡ", "'; DROP TABLE contact; --",
)  # fmt: skip
STRANGER = Somebody("", "19900000777", "sms")
STRANGER_ON_CHAT = Somebody("", "chat-nobody")


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_is_set_aside(town: Town, watch: Watch, seed: int) -> None:
    chance = Random(seed)
    await watch.enrol()
    await town.say(COORDINATOR, f"王芳怀孕了，末次月经8月3号，电话{WOMAN.address}，家人的", "就这些", "对")
    people = (WOMAN, WOMAN, STRANGER, STRANGER_ON_CHAT, COORDINATOR, TOWNSHIP, COUNTY, HOSPITAL)
    for _ in range(150):
        town.clock.advance(minutes=chance.choice((1, 5, 700)))
        who, kind = chance.choice(people), chance.choice(("text",) * 6 + ("edited", "other", "button"))
        text = chance.choice(SAID)
        more = {"kind": kind, "button": text if kind == "button" else ""}
        assert await town.submit(town.inbound(who, "" if kind == "button" else text, **more)) == [None]
        if chance.random() < 0.2:
            await town.app.outbox.drain()
            await town.app.alerts.check()
    aside = Inbound.exclude(state="done").using_db(town.database.reading)
    assert [(row.error, row.payload) for row in await aside] == []
