"""What the township verifies or returns: a new version, once, by who may, and its author can still change it."""

from __future__ import annotations

import pytest

from bot.access import Subject, may
from conversations.message import Speaker, Village
from storage.database import Database
from storage.models import Audit, Delivery, Post
from storage.organisation import load_organisation
from tests.support.town import TOWNSHIP, VILLAGE, Somebody, Town

PREGNANT = ("李梅怀孕了，末次月经2月20号，28岁", "就这些", "对")
ALSO = ("王芳怀孕了，末次月经3月20号，26岁", "就这些", "对")


async def versions(town: Town) -> list[tuple[int, str, str]]:
    return [(row.version, row.verification, row.author_role) for row in await town.reports()]


async def test_verified_it_goes_to_the_county_once_more(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    await town.say(coordinator, *PREGNANT)
    await town.say(township, "核实")
    assert (await town.say(township, "属实")) == ["好，这一份核实过了，县里也会知道。"]
    assert await versions(town) == [(1, "unverified", "coordinator"), (2, "verified", "township")]
    sent = await Delivery.all().using_db(town.database.reading).order_by("seq")
    assert [row.id.rpartition(".")[2] for row in sent] == ["1", "2"]
    assert '"verification":"verified"' in sent[1].payload
    audit = await Audit.filter(action="report.verify").using_db(town.database.reading)
    assert [row.record for row in audit] == [sent[1].id]


async def test_its_author_still_finds_and_corrects_it_and_it_waits_again(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    await town.say(coordinator, *PREGNANT)
    await town.say(township, "核实", "属实")
    town.clock.advance(minutes=1)
    assert "孕管办已核实" in (await town.say(coordinator, "我报了什么"))[-1]
    await town.say(coordinator, "更正", "年龄改成29")
    assert (await town.say(coordinator, "对"))[-1].startswith("更正好了")
    assert (await versions(town))[-1] == (3, "unverified", "coordinator")
    assert "29岁" in (await town.say(township, "核实"))[-1]


async def test_two_officers_at_once_verify_it_once(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    other = await town.hire("second", TOWNSHIP, "township")
    await town.say(coordinator, *PREGNANT)
    await town.say(township, "核实")
    await town.say(other, "核实")
    await town.together((township, "属实"), (other, "属实"))
    assert await versions(town) == [(1, "unverified", "coordinator"), (2, "verified", "township")]
    heard = [(await town.letters(who))[-1].text for who in (township, other)]
    assert sorted(heard) == [
        "好，这一份核实过了，县里也会知道。",
        "这一份已经有人核实过，或者撤回了，您不用再看。",
    ]


async def test_verified_in_the_moment_it_is_corrected_nothing_is_lost(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    await town.say(coordinator, *PREGNANT)
    await town.say(township, "核实")
    await town.say(coordinator, "更正", "年龄改成29")
    await town.together((township, "属实"), (coordinator, "对"))
    told = await versions(town)
    assert told[0] == (1, "unverified", "coordinator")
    assert told[-1] == (3, "unverified", "coordinator")
    assert (await town.reports(version=3))[0].body["age"] == 29
    assert not [row for row in await Audit.all().using_db(town.database.reading) if row.outcome != "done"]


async def test_returned_it_comes_back_to_its_author_and_to_nobody_else(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    neighbour = await town.hire("neighbour", VILLAGE)
    await town.say(coordinator, *PREGNANT)
    await town.say(township, "核实", "退回", "日期请再核对")
    (letter,) = await town.letters(coordinator, "notice")
    assert "请您再核对一下" in letter.text.replace("孕管办想", "")
    assert "李*" in letter.text
    assert await town.letters(neighbour, "notice") == []
    assert (await versions(town))[-1] == (2, "returned", "township")


async def test_returned_after_its_author_left_it_comes_to_who_has_the_village_now(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    author = await town.hire("author", VILLAGE)
    await town.say(author, *PREGNANT)
    async with town.database.transaction() as tx:
        await Post.filter(id="p-author").using_db(tx).update(state="revoked")
    await town.say(township, "核实", "退回", "日期请再核对")
    assert await town.letters(author, "notice") == []
    assert len(await town.letters(coordinator, "notice")) == 1


async def test_another_township_has_nothing_to_verify(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    elsewhere = await town.hire("elsewhere", "xf-daqiao", "township")
    await town.say(coordinator, *PREGNANT)
    await town.say(coordinator, *ALSO)
    assert await town.say(elsewhere, "核实") == ["现在没有等您核实的上报。"]
    assert "先看哪一份" in (await town.say(township, "核实"))[-1]


@pytest.mark.parametrize(
    ("role", "allowed"), [("coordinator", False), ("institution", False), ("township", True)]
)
async def test_only_offices_above_the_village_verify(
    town: Town, database: Database, role: str, allowed: bool
) -> None:
    organisation = await load_organisation(database.reading)
    place = TOWNSHIP if role == "township" else VILLAGE
    speaker = Speaker(
        contact_id="c1",
        role=role,  # type: ignore[arg-type]
        standing="active",
        staff_id="s1",
        place_id=place,
        villages=(Village(VILLAGE, "杨梅坑村"),),
    )
    assert may(speaker, "verify", Subject(VILLAGE), organisation, event="pregnancy") is allowed
