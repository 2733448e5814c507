"""XF: what is overdue climbs to the officer who answers for the sector (包片负责: 四(五)3) before the whole county (u)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot import demo
from bot.organise import NotPossible, confirm, first_code, waiting_lines
from storage.database import Database
from storage.models import Contact, Post, Staff
from tests.clocks.test_clocks import a_death_at_home, heard, pass_time
from tests.support.clock import FakeClock
from tests.support.people import phone
from tests.support.town import Somebody, Town, person, wired

COUNTY = person("county-1")
GUPO = "片区四"
"""The sector of 古陂镇 (XF 附表1)."""


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with database.transaction() as tx:
        await Contact.all().using_db(tx).update(locale="zh_CN")
    async with wired(database, clock) as town:
        yield town


async def officer(town: Town, name: str) -> Somebody:
    return await town.hire(name, "xf", "county")


async def holds(town: Town, name: str, sector: str) -> str:
    row = await Staff.get(id=f"s-{name}", using_db=town.database.reading)
    return await first_code(town.database, "county", "xf", row.phone, town.clock(), sector)


async def test_the_sectors_officer_hears_first_then_the_county(town: Town) -> None:
    hers = await officer(town, "four")
    await officer(town, "one")
    await holds(town, "four", GUPO)
    await holds(town, "one", "片区一")
    await a_death_at_home(town)
    await pass_time(town, hours=24)
    assert len(await heard(town, hers, "【催办】")) == 1
    assert await heard(town, COUNTY, "【催办】") == []
    assert await heard(town, Somebody("c-one", ""), "【催办】") == []
    await pass_time(town, hours=24)
    assert len(await heard(town, COUNTY, "【催办】")) == 1


async def test_where_nobody_holds_it_the_county_hears_as_ever(town: Town) -> None:
    await officer(town, "one")
    await holds(town, "one", "片区一")
    await a_death_at_home(town)
    await pass_time(town, hours=24)
    assert len(await heard(town, COUNTY, "【催办】")) == 1
    assert len(await heard(town, Somebody("c-one", ""), "【催办】")) == 1


async def sectors(town: Town) -> set[tuple[str, str | None]]:
    posts = await Post.filter(role="county", state="active").using_db(town.database.reading)
    return {(post.staff_id, post.sector) for post in posts}


async def test_one_officer_holds_a_sector_and_may_hold_two(town: Town) -> None:
    await officer(town, "a")
    await officer(town, "b")
    assert GUPO in await holds(town, "a", GUPO)
    await holds(town, "a", "片区一")
    await holds(town, "a", GUPO)
    assert {one for one in await sectors(town) if one[0] == "s-a"} == {("s-a", GUPO), ("s-a", "片区一")}
    await holds(town, "b", GUPO)
    assert {one for one in await sectors(town) if one[1] == GUPO} == {("s-b", GUPO)}


async def test_who_has_not_joined_gets_it_with_her_code(town: Town) -> None:
    line = await first_code(town.database, "county", "xf", phone(77), town.clock(), GUPO)
    new = Somebody("", "chat-new")
    for text in (line[5:14], phone(77), "何小英"):
        assert await town.submit(town.inbound(new, text)) == [None]
    (waiting,) = await waiting_lines(town.database)
    assert GUPO in waiting
    await confirm(town.database, waiting.split()[0], town.clock())
    assert [sector for _, sector in await sectors(town) if sector] == [GUPO]


@pytest.mark.parametrize(
    ("role", "place", "sector"), [("county", "xf", "片区九"), ("township", "xf-gupo", GUPO)]
)
async def test_a_sector_there_is_not_is_refused(town: Town, role: str, place: str, sector: str) -> None:
    with pytest.raises(NotPossible, match=f"--sector {sector}: .*there are: "):
        await first_code(town.database, role, place, phone(77), town.clock(), sector)
