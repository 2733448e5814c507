"""What a hospital reports is filed about the woman it named, reaches those who look after her, and shows it nobody else."""

from __future__ import annotations

import pytest

from bot.access import OF_A_HOSPITAL, Subject, may
from conversations.message import Speaker, Village
from conversations.records import EVENTS
from storage.database import Database
from storage.models import Post, Pregnancy, Woman
from storage.organisation import Organisation, load_organisation
from tests.support.town import Somebody, Town, person

ID_NUMBER = "360722199805060027"
YANGMEIKENG = "xf-gupo-yangmeikeng"


@pytest.fixture
def hospital() -> Somebody:
    return person("institution-1")


async def expects(town: Town, coordinator: Somebody, name: str = "李梅", more: str = "") -> None:
    """A pregnancy found in 杨梅坑村."""
    await town.say(coordinator, f"{name}怀孕了，末次月经2月20号，电话13800001234{more}", "就这些", "对")


async def moved_to_clinic(database: Database) -> None:
    """The hospital's colleague works in the clinic of another township."""
    async with database.transaction() as tx:
        await Post.filter(staff_id="staff-institution-1").using_db(tx).update(place_id="xf-daa-clinic")


async def open_pregnancies(database: Database) -> int:
    return await Pregnancy.filter(open=True).using_db(database.reading).count()


async def told(town: Town, who: Somebody) -> list[str]:
    return [letter.text for letter in await town.letters(who, "notice", "urgent")]


def actor(villages: tuple[str, ...] = (YANGMEIKENG,)) -> Speaker:
    return Speaker(
        "c",
        role="institution",
        standing="active",
        place_id="xf-fubao",
        villages=tuple(Village(one, one) for one in villages),
    )


async def organisation(database: Database) -> Organisation:
    return await load_organisation(database.reading)


async def test_it_reports_what_hospitals_report_and_sees_nothing(town: Town) -> None:
    tree = await organisation(town.database)
    subject = Subject(YANGMEIKENG)
    allowed = {event for event in EVENTS if may(actor(), "report", subject, tree, event=event)}
    assert allowed == OF_A_HOSPITAL
    assert not may(actor(), "report", subject, tree)
    assert not may(actor(), "report", Subject("xf-daa-liziyuan"), tree, event="birth")
    for action in ("see", "invite", "confirm", "revoke"):
        assert not may(actor(), action, subject, tree)


async def test_a_birth_it_reports_ends_the_pregnancy_of_the_woman_it_named(
    town: Town, coordinator: Somebody, township: Somebody, hospital: Somebody
) -> None:
    await expects(town, coordinator)
    await town.say(hospital, "李梅昨天生了，女孩，杨梅坑村的", "就这些", "对")
    assert {report.event for report in await town.reports()} == {"pregnancy", "birth"}
    assert await open_pregnancies(town.database) == 0
    for who in (coordinator, township):
        assert any("分娩" in letter and "李*" in letter for letter in await told(town, who))


async def test_it_is_never_shown_the_women_of_a_name(
    town: Town, coordinator: Somebody, hospital: Somebody
) -> None:
    await expects(town, coordinator, "王芳", "，28岁")
    await town.say(coordinator, "王芳怀孕了，35岁，末次月经3月1号，电话13800005678")
    await town.say(coordinator, "不是，是另一个人", "就这些", "对")
    said = await town.say(hospital, "王芳昨天生了", "杨梅坑村")
    said += await town.say(hospital, "跳过", "就这些", "对")
    assert not [line for line in said if "28岁" in line or "35岁" in line or "尾号" in line]
    assert await open_pregnancies(town.database) == 2
    assert len(await Woman.all().using_db(town.database.reading)) == 3
    (asked,) = (one for one in await told(town, person("township-1")) if "没能对上" in one)
    assert "王芳" in asked  # as the hospital named her
    assert "岁" not in asked


@pytest.mark.parametrize("number", [ID_NUMBER, "360722199105060026"])
async def test_an_id_number_of_somebody_else_binds_nobody(
    town: Town, coordinator: Somebody, hospital: Somebody, number: str
) -> None:
    """Name and village fit, but the number she is known by is another: it is not she."""
    await expects(town, coordinator, "王芳", f"，身份证{ID_NUMBER}")
    await town.say(hospital, f"王芳昨天生了，身份证{number}，杨梅坑村的", "就这些", "对")
    assert await open_pregnancies(town.database) == (0 if number == ID_NUMBER else 1)


async def test_a_clinic_reports_on_no_woman_outside_its_township(
    town: Town, coordinator: Somebody, hospital: Somebody
) -> None:
    await expects(town, coordinator, "李梅", f"，身份证{ID_NUMBER}")
    await moved_to_clinic(town.database)
    said = await town.say(hospital, "李梅昨天生了，杨梅坑村的")
    assert any("不在您负责" in line for line in said)
    said += await town.say(hospital, f"身份证{ID_NUMBER}", "李子园村", "就这些", "对")
    assert not [line for line in said if "古陂" in line or "28岁" in line or "孕" in line.replace("孕管", "")]
    assert await open_pregnancies(town.database) == 1
    (report,) = (one for one in await town.reports() if one.event == "birth")
    assert report.village_id == "xf-daa-liziyuan"


async def test_a_pressed_button_of_another_flow_does_nothing(town: Town, hospital: Somebody) -> None:
    said = await town.say(hospital, "李梅怀孕了，末次月经2月20号，杨梅坑村的", "对")
    assert not await town.reports()
    assert said


async def test_it_corrects_its_own_report(town: Town, coordinator: Somebody, hospital: Somebody) -> None:
    await expects(town, coordinator)
    await town.say(hospital, "李梅昨天评为黄色，杨梅坑村的", "就这些", "对")
    said = await town.say(hospital, "更正", "风险改成橙色", "对")
    assert said[-1].startswith("更正好了"), said
    newest = (await town.reports(event="risk_grade"))[-1]
    assert (newest.version, newest.body["colour"]) == (2, "orange")
    (row,) = await Pregnancy.all().using_db(town.database.reading)
    assert row.details["colour"] == "orange"


async def test_what_a_hospital_reports_of_danger_is_no_alarm_but_danger_alone_is(
    town: Town, coordinator: Somebody, township: Somebody, hospital: Somebody
) -> None:
    await expects(town, coordinator)
    said = await town.say(hospital, "李梅今天产后大出血，正在抢救，杨梅坑村的", "大出血，已输血", "对")
    assert not [line for line in said if "120" in line]
    assert any("病情危重" in line for line in await told(town, township))
    said = await town.say(hospital, "产妇大出血了")
    assert any("120" in line for line in said)
