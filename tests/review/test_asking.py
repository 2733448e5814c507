"""Questions to the roster: nothing of a grade to who may not see it, by no way round, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from conversations.asking.answering import as_may_ask, as_seen, matches, pressing, seen_as_asked, why
from conversations.asking.grammar import read_question
from storage.models import Contact, Woman
from storage.organisation import load_organisation
from storage.roster_rows import roster_rows
from tests.support.town import Somebody, Town, person

TOWNSHIP, COORDINATOR = person("township-1"), person("coordinator-1")
TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
async def in_chinese(town: Town) -> None:
    async with town.database.transaction() as tx:
        await Contact.all().using_db(tx).update(locale="zh_CN")


async def graded(town: Town) -> None:
    """Three alike but for their names and what a hospital found."""
    for name in ("李梅", "王芳", "张丽"):
        await town.say(COORDINATOR, f"{name}怀孕了，末次月经6月3号，28岁，没有电话", "就这些", "对")
    for name, colour in (("李梅", "紫色"), ("王芳", "橙色"), ("张丽", "红色")):
        await town.say(TOWNSHIP, f"{name}风险评估{colour}，今天，县医院", "就这些", "对")
    assert len(await town.reports(event="risk_grade")) == 3


async def heard(town: Town, who: Somebody, text: str) -> str:
    return "\n".join(await town.say(who, text))


@pytest.mark.parametrize(
    "asked",
    [
        "紫色的", "红色的有几个", "绿色的", "黄色的有哪些", "高危的", "按颜色分", "重点随访里不是红色的",
        "低保的", "精神障碍的有几个", "没人包保的", "除了橙色的", "艾滋的", "感染的有谁",
    ],
)  # fmt: skip
async def test_of_colours_a_coordinator_is_told_one_and_the_same(town: Town, asked: str) -> None:
    """Who is listed, how many and in what order: the same whatever she asks for, and none where nothing is told."""
    await graded(town)
    said = await heard(town, COORDINATOR, asked)
    told = "" if said.startswith("这句我没看懂") else said  # the examples there speak of 李梅 too
    names = [name for name in ("李梅", "王芳", "张丽") if name in told]
    assert names in ([], ["李梅", "王芳", "张丽"])
    for colour in ("紫", "橙", "红色", "传染", "艾滋", "感染"):
        assert colour not in said.replace(f"“{asked}”", "")


async def test_one_after_the_other_tells_no_more(town: Town) -> None:
    await graded(town)
    await town.say(COORDINATOR, "重点随访的名单")
    for asked in ("其中紫色的呢", "其中红色的有几个", "那绿色的呢", "按颜色分呢"):
        said = await heard(town, COORDINATOR, asked)
        if "没看懂" in said:  # and shows how one may say it, with made-up names
            continue
        assert sum(name in said for name in ("李梅", "王芳", "张丽")) in (0, 3), said
        assert "1位" not in said
        assert "2位" not in said


async def test_high_risk_is_yellow_up_in_asking_as_in_the_papers(town: Town) -> None:
    """XF 四(二)3. Who is poor is none of them for whoever sees grades; for whoever does not, all of 重点随访 is, or 重点随访
    less 高危 would be the special groups."""
    await graded(town)
    for name in ("何敏", "周兰", "孙燕"):
        await town.say(COORDINATOR, f"{name}怀孕了，末次月经6月3号，28岁，没有电话", "就这些", "对")
    for name, colour in (("何敏", "黄色"), ("周兰", "绿色"), ("孙燕", "绿色")):
        await town.say(TOWNSHIP, f"{name}风险评估{colour}，今天，县医院", "就这些", "对")
    async with town.database.transaction() as tx:
        [woman] = [one for one in await Woman.all().using_db(tx) if one.details.get("name") == "周兰"]
        woman.details = {**woman.details, "special_group": "poor"}
        await woman.save(using_db=tx)
    assert "高危：4位" in await heard(town, TOWNSHIP, "高危的有几个")
    assert "周兰" not in await heard(town, TOWNSHIP, "高危的")
    hers = await heard(town, COORDINATOR, "高危的")
    for name in ("李梅", "王芳", "张丽", "周兰", "何敏"):
        assert name in hers
    assert "孙燕" not in hers
    assert "高危：5位" in await heard(town, COORDINATOR, "黄色以上的有几个")
    assert "重点随访：4位" in await heard(town, COORDINATOR, "重点随访的有几个")


async def test_cards_differ_in_nothing_but_the_name(town: Town) -> None:
    await graded(town)
    cards = {
        (await heard(town, COORDINATOR, f"查{name}")).replace(name, "她") for name in ("李梅", "王芳", "张丽")
    }
    assert len(cards) == 1
    assert "重点随访" in cards.pop()


async def test_lines_as_a_coordinator_has_them_are_alike(town: Town) -> None:
    """Whatever is made of a line later, colours are not in it."""
    await graded(town)
    organisation = await load_organisation(town.database.reading)
    rows = await roster_rows(town.database.reading, organisation, ["xf-gupo-yangmeikeng"], town.clock())
    cut = [as_seen(row, sees=False) for row in rows]
    assert (
        len({(str(one.case.grade), one.case.special, one.case.graded_on, one.last_contact) for one in cut})
        == 1
    )
    assert len({(pressing(one, TODAY)[:4], why(one, TODAY)) for one in cut}) == 1
    for words in ("紫色的", "橙色的有几个", "没人包保的", "高危的"):
        question = read_question(words, TODAY, "township")
        assert question is not None
        may = as_may_ask(replace(question, count=False), sees=False)
        assert len({matches(seen_as_asked(one, sees=False), may, TODAY) for one in rows}) == 1


async def test_one_urging_for_two_taps(town: Town) -> None:
    await town.say(COORDINATOR, "李梅怀孕了，末次月经6月3号，28岁，没有电话", "就这些", "对")
    await town.say(TOWNSHIP, "查李梅", "催检", "催检")
    got = [one.text for one in await town.letters(COORDINATOR, "notice") if "关心一下" in one.text]
    assert len(got) == 1
    assert "李*" in got[0]


async def test_by_sms_a_list_waits_for_the_pin(town: Town) -> None:
    await graded(town)
    sms = COORDINATOR.by("sms", "19900000011")
    for asked in ("名单", "有几个", "查李梅", "看1", "下一页", "重点随访的有几个"):
        said = await heard(town, sms, asked)
        assert "李" not in said.replace("查李梅", "")
        assert "3位" not in said


async def test_a_list_from_before_the_handover_opens_nobody(town: Town) -> None:
    await graded(town)
    await town.say(COORDINATOR, "名单")
    await town.say(TOWNSHIP, "移交邓小莲的名册", "1", "对")
    for asked in ("看1", "下一页", "导出", "其中高危的呢"):
        said = await heard(town, COORDINATOR, asked)
        assert not [name for name in ("李梅", "王芳", "张丽") if name in said], said


@pytest.mark.parametrize("asked", ["好久没产检的", "没手机号的有哪些", "双胞胎的"])
async def test_an_office_that_is_not_understood_is_offered_the_nearest_questions(
    town: Town, asked: str
) -> None:
    """No report is begun, and no example of one shown: it asked."""
    said = await heard(town, TOWNSHIP, asked)
    assert "您要查的是不是" in said
    assert "怀孕了" not in said
    assert not await town.reports()
