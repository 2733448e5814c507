"""包保 and 交接: who may, and what goes along."""

from __future__ import annotations

from storage.models import Assignment, Post
from tests.support.town import Town, person

TOWNSHIP, OTHER = person("township-1"), person("township-3")
LEAVING, TAKING = person("coordinator-1"), person("coordinator-2")


async def reported(town: Town) -> None:
    await town.say(LEAVING, "李梅怀孕了，末次月经9月3号，28岁", "就这些", "对")


async def held(town: Town, place: str) -> list[str]:
    posts = Post.filter(place_id=place, role="coordinator", state="active").using_db(town.database.reading)
    return [post.staff_id for post in await posts]


async def test_whom_she_answered_for_goes_along(town: Town) -> None:
    await reported(town)
    await town.say(TOWNSHIP, "李梅由邓小莲负责", "对")
    [before] = await Assignment.all().using_db(town.database.reading)
    leaving = await held(town, "xf-gupo-yangmeikeng")
    assert [before.staff_id] == leaving
    await town.say(TOWNSHIP, "移交邓小莲的名册", "1", "对")
    assert await held(town, "xf-gupo-yangmeikeng") == await held(town, "xf-gupo-shiqiao") != leaving
    [after] = await Assignment.filter(until__isnull=True).using_db(town.database.reading)
    assert [after.staff_id] == await held(town, "xf-gupo-shiqiao")


async def test_the_new_one_reports_on_her_at_once(town: Town) -> None:
    await reported(town)
    await town.say(TOWNSHIP, "移交邓小莲的名册", "1", "对")
    await town.say(TAKING, "李梅没保住，昨天流产了", "就这些", "对")
    assert [row.event for row in await town.reports(event="pregnancy_loss")] == ["pregnancy_loss"]
    assert "停用" in "".join(await town.say(LEAVING, "王芳怀孕了，末次月经9月3号"))


async def test_another_township_cannot(town: Town) -> None:
    await reported(town)
    await town.say(OTHER, "李梅由谢春香负责", "没错，接着报", "对")
    await town.say(OTHER, "移交邓小莲的名册", "1", "对")
    assert not await Assignment.all().using_db(town.database.reading)
    assert len(await held(town, "xf-gupo-yangmeikeng")) == 1


async def test_one_answers_at_a_time(town: Town) -> None:
    await reported(town)
    await town.say(TOWNSHIP, "李梅由邓小莲负责", "对")
    await town.say(TOWNSHIP, "指派李梅", "我自己", "对")
    rows = await Assignment.all().order_by("since").using_db(town.database.reading)
    assert [row.until is None for row in rows] == [False, True]
