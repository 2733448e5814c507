"""What is filed is what she meant, about a woman who is hers to report on, on facts of now."""

from __future__ import annotations

from typing import Any

import pytest

from storage.models import Post, Woman
from tests.support.town import Somebody, Town, person

PREGNANT = ("李梅怀孕了，末次月经2月20号，28岁，电话13800001234", "就这些", "对")


async def correct(town: Town, who: Somebody, *lines: str) -> list[str]:
    """更正 the only report, say these, and 对 it."""
    await town.say(who, "更正")
    return await town.say(who, *lines, "对")


async def woman(town: Town) -> dict[str, Any]:
    (row,) = await Woman.all().using_db(town.database.reading)
    return dict(row.details)


async def test_an_age_put_right_ends_the_restriction_and_the_alarm(
    town: Town, coordinator: Somebody, county: Somebody
) -> None:
    """13 for 31: the corrected version is not of a girl under 14, and nobody is told once more that it is."""
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号，13岁", "就这些", "对")
    alarms = len(await town.letters(county, "danger"))
    assert alarms == 1
    said = await correct(town, coordinator, "年龄改成31岁")
    assert said[0].startswith("更正好了"), said
    (_, newest) = await town.reports()
    assert newest.body["age"] == 31
    assert "restricted" not in newest.body
    assert "restricted" not in await woman(town)
    assert len(await town.letters(county, "danger")) == alarms


async def test_an_old_report_put_right_does_not_bring_back_what_was_told_since(
    town: Town, coordinator: Somebody
) -> None:
    """Her number changed; then the first report's LMP is corrected. Messages go to the newer number still."""
    await town.say(coordinator, *PREGNANT)
    town.clock.advance(days=2)
    await town.say(coordinator, "李梅怀孕了，末次月经2月20号，电话13900005678")
    await town.say(coordinator, "1")  # the same woman
    await town.say(coordinator, "补充那一份", "就这些", "对")
    assert len(await town.reports()) == 2
    assert (await woman(town))["phone"] == "13900005678"
    town.clock.advance(days=2)
    await town.say(coordinator, "更正", "2")
    said = await town.say(coordinator, "末次月经改成2月22号", "对")
    assert said[0].startswith("更正好了"), said
    assert (await woman(town))["phone"] == "13900005678"


async def test_an_id_put_right_is_no_longer_said_to_be_known_elsewhere(
    town: Town, coordinator: Somebody
) -> None:
    """She mistyped it; it was another woman's, of another township. Nobody there is troubled."""
    other = person("coordinator-3")
    taken, own = "362100199003078824", "36210019910506882X"
    await town.say(other, f"王芳怀孕了，末次月经9月3号，身份证{taken}", "就这些", "对")
    told = len(await town.letters(person("township-3")))
    await town.say(coordinator, f"李梅怀孕了，末次月经9月3号，身份证{taken}", "就这些")
    await town.say(coordinator, f"身份证改成{own}")
    said = await town.say(coordinator, "对")
    assert said[0].startswith("报好了"), said
    (report,) = await town.reports(author_id="staff-coordinator-1")
    assert report.body["resident_id"] == own
    assert len(await town.letters(person("township-3"))) == told


async def test_a_correction_parked_while_she_tells_of_the_same_woman(
    town: Town, coordinator: Somebody
) -> None:
    await town.say(coordinator, *PREGNANT)
    await town.say(coordinator, "更正", "年龄改成29岁")
    town.clock.advance(minutes=1)
    said = await town.say(coordinator, "先不说这个，李梅昨晚生了，女孩", "就这些", "对")
    assert len(await town.reports(event="birth")) == 1, said
    said = await town.say(coordinator, "对")
    assert "更正好了" in " ".join(said), said
    versions = [(report.event, report.version) for report in await town.reports(is_latest=True)]
    assert sorted(versions) == [("birth", 1), ("pregnancy", 2)]


async def test_a_woman_handed_over_is_not_reported_on_any_more(town: Town) -> None:
    """One of the coordinator's two villages is given to another while she reports of a woman there."""
    who = await town.hire("two", "xf-gupo-yangmeikeng")
    async with town.database.transaction() as tx:
        await Post.create(
            id="p-two-2",
            staff_id="s-two",
            place_id="xf-gupo-shiqiao",
            role="coordinator",
            state="active",
            since=town.clock(),
            using_db=tx,
        )
    await town.say(who, "李梅怀孕了，末次月经2月20号", "杨梅坑村", "就这些", "对")
    await town.say(who, "李梅昨晚生了，女孩", "就这些")
    async with town.database.transaction() as tx:
        await Post.filter(id="p-two").using_db(tx).update(state="revoked")
    await town.say(who, "对")
    for line in ("改 2", "石桥村", "对"):
        await town.say(who, line)
    (row,) = await Woman.filter(village_id="xf-gupo-yangmeikeng").using_db(town.database.reading)
    assert row.details["name"] == "李梅"
    births = await town.reports(event="birth")
    assert all(report.woman_id != row.id for report in births)


SMS = "19900000011"


@pytest.mark.parametrize("line", ["电话改成13900005678"])
async def test_on_a_channel_that_can_be_forged_a_phone_is_changed_with_its_code_only(
    town: Town, coordinator: Somebody, line: str
) -> None:
    sms = coordinator.by("sms", SMS)
    await town.say(sms, *PREGNANT)
    assert len(await town.reports()) == 1
    await town.say(sms, "更正", line)
    await town.say(sms, "对")
    assert len(await town.reports()) == 1
    assert (await woman(town))["phone"] == "13800001234"


async def test_a_phone_is_changed_by_sms_with_the_code(town: Town, coordinator: Somebody) -> None:
    sms = coordinator.by("sms", SMS)
    await town.say(sms, *PREGNANT)
    await town.say(coordinator, "设置PIN", "246810")
    said = await town.say(sms, "更正", "246810", "电话改成13900005678")
    code = said[-1].split("“对 ")[1][:4]
    await town.say(sms, f"对 {code}")
    assert (await woman(town))["phone"] == "13900005678"


async def test_what_was_read_back_in_the_chat_is_not_filed_by_a_forged_sms(
    town: Town, coordinator: Somebody
) -> None:
    await town.say(coordinator, *PREGNANT)
    await town.say(coordinator, "李梅昨天流产了", "就这些")
    await town.say(coordinator.by("sms", SMS), "对")
    assert await town.reports(event="pregnancy_loss") == []


@pytest.mark.parametrize("said", ["。", "！", "，，", "{words}", "{card}", "…"])
async def test_a_mark_alone_chooses_nothing(town: Town, coordinator: Somebody, said: str) -> None:
    """Above all not that texting her is safe."""
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号，28岁，电话13800001234，本人的")
    answered = await town.say(coordinator, said)
    assert "方便" in answered[-1], answered
    await town.say(coordinator, "就这些", "对")
    (report,) = await town.reports()
    assert "safe_to_text" not in report.body


async def test_a_parked_withdrawal_whose_report_is_gone_holds_up_nothing(
    town: Town, coordinator: Somebody
) -> None:
    """She took it back in another errand meanwhile; what she reports next is filed all the same."""
    await town.say(coordinator, "李梅怀孕了，末次月经2月20号", "就这些", "对")
    town.clock.advance(minutes=1)
    await town.say(coordinator, "王芳怀孕了，末次月经9月3号", "就这些", "对")
    town.clock.advance(minutes=1)
    await town.say(coordinator, "撤回", "1", "跳过")
    await town.say(coordinator, "先不说这个，张桂花怀孕了，末次月经9月3号", "就这些")
    await town.say(coordinator, "撤回", "1", "跳过", "对")
    assert len(await town.reports(withdrawn=True)) == 1
    for _ in range(2):
        said = " ".join(await town.say(coordinator, "对"))
        assert "出了错" not in said
    assert [report.body["woman_name"] for report in await town.reports(version=1)][2:] == ["张桂花"]
    assert "出了错" not in " ".join(await town.say(coordinator, "取消"))
