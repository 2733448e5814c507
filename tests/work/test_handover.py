"""包保 and 交接: who may, and what goes along."""

from __future__ import annotations

import pytest

from conversations.records import mask_name
from storage.models import Alert, Assignment, Contact, Post
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
    [over] = await Assignment.filter(until__isnull=False).using_db(town.database.reading)
    assert (over.id, over.staff_id, over.until) == (
        before.id,
        before.staff_id,
        after.since,
    )  # who had it, until when
    assert after.issuer_id is not None


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


# ── what she had begun ──────────────────────────────────────────────────────────────────────────────────

ELSEWHERE = "xf-daqiao-qingshiwan"


@pytest.fixture
async def both(town: Town) -> Town:
    """She has a village in another township as well, and stays its coordinator."""
    async with town.database.transaction() as tx:
        contact = await Contact.get(id=LEAVING.contact_id, using_db=tx)
        await Post.create(
            id="p-elsewhere", staff_id=contact.staff_id, place_id=ELSEWHERE, role="coordinator",
            state="active", since=town.clock(), using_db=tx,
        )  # fmt: skip
    return town


async def hand_over(town: Town) -> None:
    town.clock.advance(minutes=1)
    await town.say(TOWNSHIP, "移交邓小莲的名册", "1", "对")
    town.clock.advance(minutes=1)


async def test_what_she_had_begun_is_finished_by_whoever_has_the_village_now(both: Town) -> None:
    await both.say(LEAVING, "李梅怀孕了，末次月经9月3号，28岁", "杨梅坑村", "就这些")
    await hand_over(both)
    answer = "".join(await both.say(LEAVING, "对"))
    assert "杨梅坑村" in answer
    assert "Guo Min" in answer
    assert "出错" not in answer
    assert not await both.reports()
    again = "".join(await both.say(LEAVING, "对"))
    assert "杨梅坑村" not in again  # said once
    for words in ("接着报", "就这些", "对"):
        answer = "".join(await both.say(TAKING, words))
    (report,) = await both.reports()
    assert (report.event, report.body["woman_name"], report.village_id) == (
        "pregnancy", "李梅", "xf-gupo-yangmeikeng",
    )  # fmt: skip
    assert report.body["lmp"] == "2026-09-03"


async def test_what_is_of_her_other_village_stays_hers(both: Town) -> None:
    await both.say(LEAVING, "李梅怀孕了，末次月经9月3号，28岁", "青石湾村", "就这些")
    await hand_over(both)
    await both.say(LEAVING, "对")
    assert [one.village_id for one in await both.reports()] == [ELSEWHERE]


async def test_who_leaves_altogether_loses_nothing_of_what_she_said(town: Town) -> None:
    await town.say(LEAVING, "李梅怀孕了，末次月经9月3号，28岁", "就这些")
    await hand_over(town)
    told = [one.text for one in await town.letters(TAKING, "notice")]
    assert any("【交接】" in text and "没报完" in text for text in told)
    for words in ("接着报", "就这些", "对"):
        await town.say(TAKING, words)
    assert [one.body["woman_name"] for one in await town.reports()] == ["李梅"]
    answer = "".join(await town.say(LEAVING, "对"))
    assert "停用" in answer
    assert "Guo Min" not in answer  # whoever has her number now hears nothing of colleagues
    assert len(await town.reports()) == 1


async def test_what_the_new_one_has_in_hand_stays_in_hand(town: Town) -> None:
    await town.say(TAKING, "王芳怀孕了，末次月经8月1号，30岁", "就这些")
    await town.say(LEAVING, "李梅怀孕了，末次月经9月3号，28岁", "就这些")
    await hand_over(town)
    answer = "".join(await town.say(TAKING, "对"))
    assert [one.body["woman_name"] for one in await town.reports()] == ["王芳"]
    assert "李梅" in answer
    await town.say(TAKING, "就这些", "对")
    assert {one.body["woman_name"] for one in await town.reports()} == {"王芳", "李梅"}


async def test_a_village_taken_away_says_so_and_the_township_hears_of_the_draft(both: Town) -> None:
    await both.say(LEAVING, "李梅怀孕了，末次月经9月3号，28岁", "杨梅坑村", "就这些")
    async with both.database.transaction() as tx:
        gone = Post.filter(place_id="xf-gupo-yangmeikeng", role="coordinator")
        await gone.using_db(tx).update(state="revoked", until=both.clock())
    both.clock.advance(minutes=1)
    answer = "".join(await both.say(LEAVING, "对"))
    assert "杨梅坑村" in answer
    assert not await both.reports()
    (said,) = [one.text for one in await both.letters(TOWNSHIP, "notice") if "没报完" in one.text]
    assert mask_name("李梅") in said
    assert "李梅" not in said


# ── what she had taken ──────────────────────────────────────────────────────────────────────────────────


async def taken_by(town: Town, **of: object) -> list[str | None]:
    rows = await Alert.filter(**of).using_db(town.database.reading)
    return [row.acknowledged_by_id for row in rows]


async def test_an_alert_she_had_taken_goes_on_with_who_had_it(town: Town) -> None:
    await reported(town)
    town.clock.advance(minutes=1)
    await town.say(person("institution-1"), "李梅大出血", "杨梅坑村")
    await town.say(LEAVING, "收到")
    assert await taken_by(town, kind="danger") == [LEAVING.contact_id]
    await hand_over(town)
    (said,) = [one.text for one in await town.letters(TAKING, "danger") if "【交接】" in one.text]
    assert "李梅" in said or "李*" in said
    assert "邓小莲" in said or "邓*" in said
    assert await taken_by(town, kind="danger") == [TAKING.contact_id]
    (alert,) = await Alert.filter(kind="danger").using_db(town.database.reading)
    assert alert.details["taken_before"][0]["contact"] == LEAVING.contact_id
    assert "已经在您手上" in "".join(await town.say(TAKING, "收到"))
    town.clock.advance(minutes=1)
    await town.say(person("institution-1"), "李梅还在大出血，止不住")
    (alert,) = await Alert.filter(kind="danger").using_db(town.database.reading)
    assert "李梅还在大出血，止不住" in alert.details["words"]
    assert alert.details["taken_before"][0]["contact"] == LEAVING.contact_id  # news of it forget nobody


async def test_an_alert_of_long_ago_is_nobodys_any_more(town: Town) -> None:
    await reported(town)
    town.clock.advance(minutes=1)
    await town.say(person("institution-1"), "李梅大出血", "杨梅坑村")
    await town.say(LEAVING, "收到")
    town.clock.advance(days=10)
    await hand_over(town)
    assert not [one for one in await town.letters(TAKING, "danger") if "【交接】" in one.text]
    assert await taken_by(town, kind="danger") == [LEAVING.contact_id]
