"""The roster follows from the reports: filed, corrected, withdrawn, filed again."""

from __future__ import annotations

import pytest

from conversations.roster import fold
from storage.models import Audit, Child, Delivery, Pregnancy, Woman
from storage.reports import as_report
from tests.support.town import Somebody, Town

PREGNANT = ("李梅怀孕了，末次月经2月20号，28岁", "就这些", "对")
BORN = ("李梅昨晚生了，女孩，6斤8两，县医院顺产", "就这些", "对")
LOST = ("李梅流产了，昨天", "就这些", "对")


async def roster(town: Town) -> dict[str, object]:
    """The tables, checked against what the newest reports say."""
    db = town.database.reading
    women = await Woman.all().using_db(db)
    for woman in women:
        told = fold(
            woman.id, [as_report(row) for row in await town.reports(woman_id=woman.id, is_latest=True)]
        )
        pregnancies = await Pregnancy.filter(woman_id=woman.id).using_db(db)
        children = await Child.filter(woman_id=woman.id).using_db(db)
        assert (woman.village_id, woman.details) == (told.village_id, told.details)
        assert {p.id: (p.open, p.details) for p in pregnancies} == {
            p.id: (p.open, p.details) for p in told.pregnancies.values()
        }
        assert {c.id: (c.pregnancy_id, c.details) for c in children} == {
            c.id: (c.pregnancy_id, c.details) for c in told.children.values()
        }
    return {
        "women": [woman.details.get("name") for woman in women],
        "open": [p.open for p in await Pregnancy.all().using_db(db).order_by("id")],
        "ended": [p.details.get("ended") for p in await Pregnancy.all().using_db(db).order_by("id")],
        "children": [c.details.get("birth_weight_g") for c in await Child.all().using_db(db).order_by("id")],
    }


async def withdraw(town: Town, who: Somebody) -> None:
    """Take the newest report back."""
    await town.say(who, "撤回")
    assert (await town.say(who, "1", "跳过", "对"))[-1].startswith("撤回好了")


async def correct(town: Town, who: Somebody, line: str, pick: str | None = "1") -> None:
    await town.say(who, "更正")
    if pick is not None:
        await town.say(who, pick)
    assert (await town.say(who, line, "对"))[-1].startswith("更正好了")


async def test_a_birth_taken_back_and_told_again(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, *PREGNANT)
    assert await roster(town) == {"women": ["李梅"], "open": [True], "ended": [None], "children": []}

    town.clock.advance(minutes=1)
    await town.say(coordinator, *BORN)
    assert await roster(town) == {"women": ["李梅"], "open": [False], "ended": ["birth"], "children": [3400]}

    town.clock.advance(minutes=1)
    await withdraw(town, coordinator)
    assert await roster(town) == {"women": ["李梅"], "open": [True], "ended": [None], "children": []}

    town.clock.advance(minutes=1)
    await town.say(coordinator, *BORN)
    assert await roster(town) == {"women": ["李梅"], "open": [False], "ended": ["birth"], "children": [3400]}
    assert [(report.event, report.version) for report in await town.reports()] == [
        ("pregnancy", 1),
        ("birth", 1),
        ("birth", 2),
        ("birth", 1),
    ]


async def test_a_corrected_weight_is_the_same_childs(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, *PREGNANT)
    town.clock.advance(minutes=1)
    await town.say(coordinator, *BORN)
    (child,) = await Child.all().using_db(town.database.reading)
    town.clock.advance(minutes=1)
    await correct(town, coordinator, "体重改成3公斤")
    (same,) = await Child.all().using_db(town.database.reading)
    assert (same.id, same.details["birth_weight_g"]) == (child.id, 3000)
    assert (await roster(town))["children"] == [3000]
    (woman,) = await Woman.all().using_db(town.database.reading)
    assert woman.version == 3
    births = await town.reports(event="birth")
    assert [(r.version, r.supersedes, r.is_latest) for r in births] == [(1, None, False), (2, 1, True)]


async def test_twins_corrected_to_one_child(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, *PREGNANT)
    town.clock.advance(minutes=1)
    await town.say(coordinator, "李梅昨晚生了双胞胎，县医院顺产", "就这些", "对")
    assert len((await roster(town))["children"]) == 2  # type: ignore[arg-type]
    town.clock.advance(minutes=1)
    await withdraw(town, coordinator)
    assert (await roster(town))["children"] == []


async def test_a_loss_taken_back_opens_the_pregnancy_again(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些", "对")
    town.clock.advance(minutes=1)
    await town.say(coordinator, *LOST)
    assert (await roster(town))["ended"] == ["pregnancy_loss"]
    town.clock.advance(minutes=1)
    await withdraw(town, coordinator)
    assert await roster(town) == {"women": ["李梅"], "open": [True], "ended": [None], "children": []}


async def test_a_corrected_name_is_found_by_the_new_one_only(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, *PREGNANT)
    town.clock.advance(minutes=1)
    await correct(town, coordinator, "姓名改成李玫", pick=None)
    assert (await roster(town))["women"] == ["李玫"]
    (woman,) = await Woman.all().using_db(town.database.reading)
    assert woman.name_index == town.database.keyring.blind("name", "李玫")


async def test_the_only_report_taken_back_leaves_an_empty_record(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, *PREGNANT)
    town.clock.advance(minutes=1)
    await withdraw(town, coordinator)
    assert await roster(town) == {"women": [None], "open": [False], "ended": [None], "children": []}
    (woman,) = await Woman.all().using_db(town.database.reading)
    assert (woman.name_index, woman.phone_index, woman.resident_id_index) == (None, None, None)
    town.clock.advance(minutes=1)
    await town.say(coordinator, *PREGNANT)  # a new record: ids are never used again
    assert (await roster(town))["women"] in ([None, "李梅"], ["李梅", None])


@pytest.mark.parametrize("together", [True, False])
async def test_two_women_in_two_villages(town: Town, coordinator: Somebody, together: bool) -> None:
    """What one report does to the children of its woman never touches another's."""
    other = await town.hire("other", "xf-gupo-shiqiao")
    for texts in (PREGNANT, BORN):
        town.clock.advance(minutes=1)
        for who in (coordinator, other):
            await town.say(who, *texts[:-1])
        if together:
            await town.together((coordinator, "对"), (other, "对"))
        else:
            await town.say(coordinator, "对")
            await town.say(other, "对")
    assert (await roster(town))["children"] == [3400, 3400]
    town.clock.advance(minutes=1)
    await withdraw(town, coordinator)
    assert (await roster(town))["children"] == [3400]


async def test_every_version_goes_to_the_county_and_into_the_audit(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, *PREGNANT)
    town.clock.advance(minutes=1)
    await withdraw(town, coordinator)
    versions = [report.id for report in await town.reports()]
    db = town.database.reading
    assert await Delivery.all().using_db(db).order_by("seq").values_list("id", flat=True) == versions
    audit = (
        await Audit.exclude(action__in=["message", "look"])
        .using_db(db)
        .order_by("seq")
        .values_list("action", "record", "subject", "actor", "role", "channel", "outcome")
    )
    (woman,) = {report.woman_id for report in await town.reports()}
    who = (woman, coordinator.contact_id, "coordinator", "chat", "done")
    assert audit == [("report.file", versions[0], *who), ("report.withdraw", versions[1], *who)]
    assert await Audit.filter(action="message").using_db(db).count() == len(PREGNANT) - 1 + 3
