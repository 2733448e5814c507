"""Whatever two colleagues say, in whatever order: every message is understood or asked about, none is set aside,
and every report that comes of it has the shape the county was promised."""

from __future__ import annotations

from random import Random

import orjson
import pytest

from bot.county.schemas import fits
from storage.models import Delivery, Inbound
from tests.support.town import Somebody, Town

BEGIN = (
    "李梅怀孕了，末次月经2月20号", "王芳怀孕了，末次月经9月3号，28岁，电话13761112345", "李梅昨晚生了，男孩6斤8两",
    "王芳昨晚生了双胞胎", "李梅昨天流产了", "李梅昨天去世了，在家里", "王芳家的孩子昨天没了", "王芳的孩子唇裂", "更正",
    "撤回", "育龄妇女王芳昨天在家里去世了", "李梅和王芳都怀孕了，末次月经都是9月3号", "张桂花怀孕了，13岁，末次月经9月3号",
)  # fmt: skip
ANSWER = (
    "1", "2", "3", "改 1", "改 2", "改 5", "改 9", "返回", "重来", "跳过", "不是2月20号是2月22号", "电话改成13761112346",
    "年龄改成31岁", "杨梅坑村", "石桥村", "昨天", "前天晚上8点半", "12周加3天", "36210019910506882X", "本人的", "不方便",
    "家里", "两个", "女", "6斤8两", "{x}", "%s", "。", "😀", "\ud83d", "\x00", "²", "a\nb", "是", "不是", "都不是", "一起补报",
    "另一次怀孕", "补充那一份", "产后", "第3天", "死产", "产后出血", "去世了", "王芳", "先不说这个，李梅昨晚生了", "就这些",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_nothing_said_is_too_much(
    town: Town, coordinator: Somebody, township: Somebody, seed: int
) -> None:
    chance = Random(seed)

    async def say(who: Somebody, text: str) -> str:
        town.clock.advance(minutes=chance.choice((1, 600)))
        assert await town.submit(town.inbound(who, text)) == [None]
        return (await town.letters(who))[-1].text

    for _ in range(8):
        who = chance.choice((coordinator, coordinator, township, coordinator.by("sms", "19900000011")))
        await say(who, chance.choice(BEGIN))
        for _ in range(chance.randint(0, 4)):
            await say(who, chance.choice(ANSWER))
        for _ in range(3):
            await say(who, "就这些")
            last = await say(who, chance.choice(("1", "昨天", "家里", "就这些")))
        last = await say(who, "就这些")
        await say(who, "对 " + last.split("“对 ")[1][:4] if "“对 " in last else "对")
        await say(who, "取消")

    aside = Inbound.exclude(state="done").using_db(town.database.reading)
    assert [(row.error, row.payload["text"]) for row in await aside] == []
    deliveries = await Delivery.all().using_db(town.database.reading)
    assert [row.event for row in deliveries if not fits(orjson.loads(row.payload))] == []
    assert len(deliveries) == len(await town.reports())
