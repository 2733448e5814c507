"""Notices to many, 包保, 交接 and corrections from above: to the right people, once, and nothing told on the way."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from storage.models import Announcement, AnnouncementTold, Contact, Outgoing, Post, Staff
from tests.support.town import Town, person

HERS = "19900000101"
TOWNSHIP, COORDINATOR, WOMAN = person("township-1"), person("coordinator-1"), person("woman-1")
TAKING = person("coordinator-2")


@pytest.fixture(autouse=True)
async def in_chinese(town: Town) -> None:
    async with town.database.transaction() as tx:
        await Contact.all().using_db(tx).update(locale="zh_CN")


async def at(town: Town, moment: str) -> None:
    town.clock.set(datetime.fromisoformat(moment))
    await town.app.settle()


async def consenting(town: Town, lmp: str = "9月3号") -> None:
    await town.say(
        COORDINATOR, f"李梅怀孕了，末次月经{lmp}，28岁，电话{HERS}，她本人的，可以发短信", "就这些", "对"
    )
    await town.app.settle()
    town.clock.set(town.clock() + timedelta(minutes=1))
    await town.app.settle()
    await town.say(WOMAN.by("sms", HERS), "愿意")


async def notices(town: Town) -> list[Outgoing]:
    told = await AnnouncementTold.filter(pregnancy_id__isnull=False).using_db(town.database.reading)
    return await Outgoing.filter(id__in=[one.letter_id for one in told]).using_db(town.database.reading)


async def test_a_birth_in_the_night_keeps_a_notice_to_pregnant_women_back(town: Town) -> None:
    await consenting(town, "2月20号")
    town.clock.set(datetime.fromisoformat("2026-11-24T22:00:00+08:00"))
    await town.say(TOWNSHIP, "群发", "孕产妇", "30周以上的", "请快来产检", "对")
    assert [row.state for row in await notices(town)] == ["queued"]
    await town.say(COORDINATOR, "李梅今天生了，在县医院，女孩，6斤，顺产，母女平安", "就这些", "对")
    assert await town.reports(event="birth")
    await at(town, "2026-11-25T08:01:00+08:00")
    assert [row.state for row in await notices(town)] == ["expired"]


async def test_received_is_not_said_of_what_has_not_arrived(town: Town) -> None:
    town.clock.set(datetime.fromisoformat("2026-11-24T22:00:00+08:00"))
    await town.say(TOWNSHIP, "通知所有孕管员：明天开会", "要", "对")
    await town.say(COORDINATOR, "收到")
    told = await AnnouncementTold.all().using_db(town.database.reading)
    assert told
    assert not any(one.acknowledged_at for one in told)
    await at(town, "2026-11-25T08:01:00+08:00")
    await town.say(COORDINATOR, "收到")
    told = await AnnouncementTold.all().using_db(town.database.reading)
    assert sum(one.acknowledged_at is not None for one in told) == 1


async def test_a_group_is_who_it_is_read_back_as(town: Town) -> None:
    """Purple is read back as 重点随访: then it is 重点随访 it goes to, so that nothing can be told from who got it."""
    await consenting(town)
    await town.say(TOWNSHIP, "李梅风险评估橙色，今天，县医院", "就这些", "对")
    await town.say(TOWNSHIP, "群发", "孕产妇", "紫色的", "请来县里领免费检查单")
    await town.say(TOWNSHIP, "对")
    assert len(await notices(town)) == 1


async def test_a_notice_is_to_many_and_not_to_one_by_name(town: Town) -> None:
    await consenting(town)
    await town.say(TOWNSHIP, "群发", "孕产妇", "查李梅", "请来产检")
    await town.say(TOWNSHIP, "对")
    assert await notices(town) == []


@pytest.mark.parametrize(
    "words", ["请艾 滋病检查阳性的来", "ＨＩＶ检查", "H.I.V检查", "梅-毒复查", "愛滋", "乙型肝炎"]
)
async def test_no_notice_names_an_infection_however_it_is_written(town: Town, words: str) -> None:
    await town.say(TOWNSHIP, f"通知所有孕管员：{words}", "不用", "对")
    assert not await Announcement.all().using_db(town.database.reading)


async def test_every_townships_coordinators_are_coordinators(town: Town) -> None:
    said = " ".join(await town.say(person("county-1"), "通知各乡镇孕管员：明天开会", "不用"))
    assert "所有孕管员" in said


async def test_who_takes_a_roster_is_not_who_leaves(town: Town) -> None:
    said = " ".join(await town.say(TOWNSHIP, "把名册移交给邓小莲", "1"))
    assert "接手：邓小莲" in said
    assert "交出：邓小莲" not in said


async def test_who_leaves_can_be_put_right(town: Town) -> None:
    """What she said first does not come back over what she chooses."""
    await town.say(TOWNSHIP, "移交邓小莲的名册", "1")
    assert "谁的名册" in (await town.say(TOWNSHIP, "改 2"))[0]
    said = " ".join(await town.say(TOWNSHIP, "2", "1"))
    assert "接手：邓小莲" in said


async def test_of_more_than_a_list_shows_each_can_take_over_by_her_name(town: Town) -> None:
    await town.crew(25)
    families = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔"
    async with town.database.transaction() as tx:
        crew = await Staff.filter(id__startswith="s-crew").order_by("id").using_db(tx)
        for one, family in zip(crew, families, strict=True):
            one.name = f"{family}大妹"
            await one.save(using_db=tx)
    for family in families[-7:]:
        await town.say(TOWNSHIP, "移交邓小莲的名册")
        assert f"接手：{family}大妹" in " ".join(await town.say(TOWNSHIP, f"{family}大妹"))
        await town.say(TOWNSHIP, "取消")


async def test_what_is_said_after_a_handover_is_lost_to_nobody(town: Town) -> None:
    """A draft of hers for a village that is not hers any more is not filed by her; she is told who goes on with it."""
    contact = await Contact.get(id=COORDINATOR.contact_id, using_db=town.database.reading)
    async with town.database.transaction() as tx:
        await Post.create(
            id="p-2",
            staff_id=contact.staff_id,
            place_id="xf-daa-liziyuan",
            role="coordinator",
            state="active",
            since=town.clock(),
            using_db=tx,
        )
    await town.say(COORDINATOR, "李梅怀孕了，末次月经6月3号，28岁，没有电话，杨梅坑村的", "就这些")
    await town.say(TOWNSHIP, "移交邓小莲的名册", "1", "对")
    assert "转给Guo Min接着报" in " ".join(await town.say(COORDINATOR, "对"))
    assert await town.reports() == []
    own = Post.filter(staff_id=contact.staff_id, state="active").using_db(town.database.reading)
    assert [post.place_id for post in await own] == ["xf-daa-liziyuan"]


async def test_an_open_danger_is_told_to_whoever_takes_the_village_over(town: Town) -> None:
    await consenting(town, "6月3号")
    await town.say(WOMAN.by("sms", HERS), "流血了很多")
    await town.say(TOWNSHIP, "移交邓小莲的名册", "1", "对")
    town.clock.set(town.clock() + timedelta(minutes=11))
    await town.app.settle()
    assert ["危急" in one.text for one in await town.letters(TAKING, "danger")] == [True]
    assert await town.letters(person("county-1"), "danger")
    town.clock.set(town.clock() + timedelta(minutes=11))
    await town.app.settle()
    assert len(await town.letters(TAKING, "danger")) == 2
    assert len(await town.letters(COORDINATOR, "danger")) == 1


async def test_an_office_above_corrects_what_is_below_and_nothing_beside(town: Town) -> None:
    await town.say(COORDINATOR, "李梅怀孕了，末次月经6月3号，28岁，没有电话", "就这些", "对")
    other = " ".join(await town.say(person("township-3"), "李梅的月经报错了，是6月13号", "对"))
    assert "6月3日" not in other
    assert [row.version for row in await town.reports(event="pregnancy")] == [1]
    await town.say(TOWNSHIP, "李梅的月经报错了，是6月13号", "对")
    rows = await town.reports(event="pregnancy")
    assert [row.body["lmp"] for row in rows] == ["2026-06-03", "2026-06-13"]


async def test_two_corrections_at_once_make_two_versions_of_one_report(town: Town) -> None:
    await town.say(COORDINATOR, "李梅怀孕了，末次月经6月3号，28岁，没有电话", "就这些", "对")
    await town.say(COORDINATOR, "李梅的月经报错了，是6月14号")
    await town.say(TOWNSHIP, "李梅的月经报错了，是6月13号")
    await town.together((COORDINATOR, "对"), (TOWNSHIP, "对"))
    rows = await town.reports(event="pregnancy")
    assert len({row.report_id for row in rows}) == 1
    assert [row.version for row in rows] == list(range(1, len(rows) + 1))
    assert sum(row.is_latest for row in rows) == 1


async def test_nobody_is_announced_to_when_nobody_is_there(town: Town) -> None:
    await town.say(TOWNSHIP, "群发", "孕产妇", "名单", "请来产检", "对")
    assert not await Announcement.all().using_db(town.database.reading)
