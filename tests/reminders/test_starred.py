"""KF 附件1 一: 同时存在3个及以上“黄色”风险因素的，增加“☆”标记，加强孕产期保健管理: they come first of their colour."""

from __future__ import annotations

import pytest

from storage.models import Contact, Place
from storage.organisation import save_places
from tests.support.registrar import Registrar
from tests.support.town import Town, person

TOWNSHIP, COORDINATOR = person("township-1"), person("coordinator-1")


async def ruled_by(town: Town, programme: str) -> None:
    async with town.database.transaction() as tx:
        county = await Place.get(id="xf", using_db=tx)
        county.programme = programme
        await save_places(tx, [county])
        await Contact.all().using_db(tx).update(locale="zh_CN")


@pytest.mark.parametrize(("programme", "first"), [("kaifeng", "张丽"), ("xinfeng", "李梅")])
async def test_who_is_starred_comes_first_of_her_colour(town: Town, programme: str, first: str) -> None:
    await ruled_by(town, programme)
    clerk = Registrar(town)
    await clerk.found("李梅", lmp="2026-09-03", phone=None)
    await clerk.found("张丽", lmp="2026-09-20", phone=None)
    await clerk.found("王芳", lmp="2026-10-01", phone=None)
    await clerk.file("risk_grade", "李梅", colour="yellow")
    await clerk.file("risk_grade", "张丽", colour="yellow", star=True)
    await clerk.file("risk_grade", "王芳", colour="red")
    said = "\n".join(await town.say(TOWNSHIP, "高危的"))
    names = sorted(("李梅", "王芳", "张丽"), key=said.index)
    assert names[:2] == ["王芳", first]
    hers = "\n".join(await town.say(COORDINATOR, "黄色的"))
    assert "☆" not in hers
    assert hers.index("李梅") < hers.index("张丽")


@pytest.mark.parametrize("starred", ["李梅", "张丽"])
async def test_of_what_is_due_the_same_day_hers_comes_first(town: Town, starred: str) -> None:
    await ruled_by(town, "kaifeng")
    clerk = Registrar(town)
    for name in ("李梅", "张丽"):
        await clerk.found(name, lmp="2026-09-03", phone=None)
        await clerk.file("risk_grade", name, colour="yellow", star=True if name == starred else None)
    await clerk.until("2026-11-27", 9)
    said = "\n".join(await town.say(COORDINATOR, "今天要做什么"))
    assert {"李梅", "张丽"} <= {name for name in ("李梅", "张丽") if name in said}
    assert min(("李梅", "张丽"), key=said.index) == starred
