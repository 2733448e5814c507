"""Whose women a question reaches: the asker's own, by her office, whatever she says and presses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from storage.database import Database
from storage.models import Outgoing
from storage.reading import _spoken
from storage.roster_rows import _CHILDREN, _LOOKED_AFTER, _NAMED, _PREGNANCIES, _WOMEN
from tests.roster.invented import Inventor, write
from tests.support.clock import FakeClock
from tests.support.town import Somebody, Town, person, wired

HERE = ("李梅怀孕了，末次月经6月3号，28岁，没有电话", "就这些", "对")
THERE = ("王小芳怀孕了，末次月经3月3号，31岁，没有电话", "就这些", "对")
NOT_YOURS = "这不是您负责的。"
NOBODY = "您这里的花名册上没有找到这一位。名字对吗？"


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    """李梅 in 杨梅坑村 of 古陂镇, 王小芳 in 李子园村 of 大阿镇."""
    from bot import demo

    await demo.seed(database, clock)
    async with wired(database, clock) as town:
        await town.say(person("coordinator-1"), *HERE)
        await town.say(person("coordinator-3"), *THERE)
        yield town


async def heard(town: Town, who: Somebody, text: str) -> str:
    return "\n".join(await town.say(who, text))


@pytest.mark.parametrize("asker", ["coordinator-1", "township-1"])
@pytest.mark.parametrize(
    "text",
    [
        "大阿镇的名单",
        "李子园村的名单",
        "月牙湾村的名单",
        "李子园村没来产检的有几个",
        "李子园村和杨梅坑村的名单",
    ],
)
async def test_another_place_is_not_hers_whether_it_exists_or_not(town: Town, asker: str, text: str) -> None:
    assert await heard(town, person(asker), text) == NOT_YOURS


@pytest.mark.parametrize("asker", ["coordinator-1", "township-1", "institution-1"])
async def test_a_woman_elsewhere_is_as_unknown_as_one_who_does_not_exist(town: Town, asker: str) -> None:
    assert await heard(town, person(asker), "查王小芳") == NOBODY
    assert await heard(town, person(asker), "查赵小芳") == NOBODY


@pytest.mark.parametrize("text", ["名单", "没来产检的", "全县名单", "还没建册的", "下一页", "其中没来产检的"])
async def test_no_list_shows_a_woman_elsewhere(town: Town, text: str) -> None:
    for asker in ("coordinator-1", "township-1", "institution-1"):
        assert "王小芳" not in await heard(town, person(asker), text)


async def test_each_sees_her_own_and_the_county_all(town: Town) -> None:
    assert "李梅" in await heard(town, person("coordinator-1"), "名单")
    assert "李梅" in await heard(town, person("township-1"), "名单")
    assert "王小芳" in await heard(town, person("township-3"), "名单")
    everybody = await heard(town, person("county-1"), "名单")
    assert "李梅" in everybody
    assert "王小芳" in everybody


async def test_a_woman_asks_for_no_roster(town: Town) -> None:
    said = await heard(town, person("woman-1"), "名单")
    assert "李梅" not in said
    assert "王小芳" not in said


async def test_a_question_is_taken_with_her_office(town: Town) -> None:
    """What was listed before she was given another village is not hers to open any more."""
    asker = person("coordinator-1")
    assert "李梅" in await heard(town, asker, "名单")
    async with town.database.transaction() as tx:
        await tx.execute_query(
            "UPDATE post SET place_id = 'xf-gupo-guihuaping' WHERE id = 'post-coordinator-1'"
        )
    assert await heard(town, asker, "看1") == "她不在您这里的花名册上了。"
    assert "李梅" not in await heard(town, asker, "名单")


async def test_whoever_is_shown_is_noted(town: Town) -> None:
    """The audit log has the woman of a list and of a card, and of a count nobody."""
    asker = person("township-1")

    async def looks() -> int:
        found = await town.database.reading.execute_query_dict(
            "SELECT COUNT(*) AS n FROM audit WHERE why LIKE 'roster.%'"
        )
        return int(found[0]["n"])

    before = await looks()
    await town.say(asker, "名单有几个")
    assert await looks() == before
    await town.say(asker, "名单")
    assert await looks() == before + 1
    await town.say(asker, "查李梅")
    assert await looks() == before + 2


async def test_colours_are_told_apart_by_nothing_a_coordinator_reads(town: Town) -> None:
    """Whatever the colour: the same words, the same order, the same counts."""
    told: list[str] = []
    for colour in ("橙色", "红色", "紫色"):
        await town.say(person("township-1"), f"李梅评为{colour}，县妇幼今天评的", "就这些", "对")
        said = [
            await heard(town, person("coordinator-1"), text)
            for text in (
                "名单",
                "红色的有几个",
                "紫色的",
                "橙色的有几个",
                "高危的",
                "没包保的",
                "按颜色有几个",
                "查李梅",
            )
        ]
        told.append("\n".join(said))
    assert told[0] == told[1] == told[2]
    assert "重点随访" in told[0]
    assert not any(word in told[0] for word in ("橙", "红", "紫"))
    assert await Outgoing.filter(kind="reply").using_db(town.database.reading).count() > 20


STATEMENTS = {
    _LOOKED_AFTER: ("woman_by_village_name_index", "pregnancy_by_woman_id"),
    _NAMED: ("woman_by_village_name_index",),
    _PREGNANCIES: ("pregnancy_by_woman_id",),
    _CHILDREN: ("child_by_woman_id",),
    _WOMEN: (),
}


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda one: " ".join(one.split())[:40])
async def test_nothing_is_found_by_reading_a_whole_table(database: Database, statement: str) -> None:
    """Else a township's question would cost more with every other township's woman."""
    await write(database, Inventor(1).women(300))
    if database.dialect == "sqlite":
        values: list[object] = ["[]", *(["x"] * (statement.count("?") - 1))]
        plan = await database.reading.execute_query_dict(
            f"EXPLAIN QUERY PLAN {_spoken(statement, 'sqlite')}", values
        )
        steps = [str(row["detail"]) for row in plan]
        whole = [step for step in steps if step.startswith("SCAN") and "json_each" not in step]
    else:
        second: object = datetime(2026, 9, 1, tzinfo=UTC) if "updated_at" in statement else "x"
        async with database.transaction() as tx:
            await tx.execute_query("ANALYZE")
            await tx.execute_query("SET LOCAL enable_seqscan = off")  # so few rows it would read at once
            _, found = await tx.execute_query(
                f"EXPLAIN {_spoken(statement, 'postgres')}", [["v1"], second][: statement.count("?")]
            )
        steps = [str(row[0]) for row in found]
        whole = [step for step in steps if "Seq Scan" in step]
    assert not whole, steps
    for index in STATEMENTS[statement]:
        assert any(index in step for step in steps), steps
