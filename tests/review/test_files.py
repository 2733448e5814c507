"""Files as they are really made, opened as whoever gets hold of one would: every part of them read."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest

from bot.files import keeping
from conversations.care.unsaid import INFECTION
from storage.models import FileJob
from tests.support.said import TELLING
from tests.support.town import Somebody, Town, person

HERS = "张桂花"
ELSEWHERE = "欧阳雪莲"


@pytest.fixture
async def graded(town: Town, coordinator: Somebody, township: Somebody) -> Town:
    """A woman of purple and red with an infection told, and one of another township."""
    for who, name in ((coordinator, HERS), (person("coordinator-3"), ELSEWHERE)):
        await town.say(who, f"{name}怀孕了，28岁，末次月经9月3号", "就这些", "对")
    await town.say(township, f"{HERS}昨天在县妇幼评为红色，另标紫色，乙肝", "就这些", "对")
    assert [row.event for row in await town.reports()].count("risk_grade") == 1
    return town


async def made(town: Town, who: Somebody, *asked: str) -> tuple[str, bytes]:
    """The file that comes of what she says: its name and content."""
    await town.say(who, "取消")
    for text in asked:
        await town.say(who, text)
    (job,) = await FileJob.filter(state="wanted").using_db(town.database.reading)
    await town.app.files.check()
    row = await FileJob.get(id=job.id, using_db=town.database.reading)
    assert row.state == "made", row.state
    return row.name or "", await keeping.content_of(town.database.reading, row.id)


def parts(content: bytes) -> dict[str, str]:
    """The text of each part of a workbook, without its tags but with their attributes."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {
            name: book.read(name).decode("utf-8", "replace")
            for name in book.namelist()
            if name.endswith("xml")
        }


def shown(part: str) -> str:
    root = ElementTree.fromstring(part)  # noqa: S314 - our own file
    return "\n".join(text for one in root.iter() for text in (one.text or "", *one.attrib.values()))


@pytest.mark.parametrize("asked", [("名单", "导出"), ("服务清单",)])
async def test_a_coordinators_file_tells_no_grade_in_any_part_of_it(
    graded: Town, coordinator: Somebody, asked: tuple[str, ...]
) -> None:
    name, content = await made(graded, coordinator, *asked)
    texts = {part: shown(xml) for part, xml in parts(content).items()}
    for part, text in {**texts, "name": name}.items():
        if "styles" not in part and "theme" not in part:
            assert not TELLING.search(text), (part, TELLING.search(text))
            assert not INFECTION.search(text), (part, INFECTION.search(text))
            assert ELSEWHERE not in text
    assert any(HERS in text for text in texts.values())


@pytest.mark.parametrize("asked", [("名单", "导出"), ("橙红台账",), ("附表3",), ("指标",)])
@pytest.mark.parametrize("key", ["township-1", "county-1"])
async def test_outside_of_its_cells_no_file_tells_a_grade(
    graded: Town, key: str, asked: tuple[str, ...]
) -> None:
    """File names, the names of sheets, and the file's own properties are seen without opening it."""
    name, content = await made(graded, person(key), *asked)
    found = parts(content)
    outside = [name, *(shown(xml) for part, xml in found.items() if part.startswith("docProps"))]
    outside += re.findall(r'<sheet name="([^"]*)"', found["xl/workbook.xml"])
    for text in outside:
        assert not re.search("紫|purple", text), text
        assert not INFECTION.search(text), text
        assert HERS not in text
    assert not TELLING.search(name)
    for part, xml in found.items():
        if key == "township-1":
            assert ELSEWHERE not in xml, part
        assert "<f>" not in xml, "no formula"


async def test_nobody_is_named_as_its_maker(graded: Town, township: Somebody) -> None:
    _, content = await made(graded, township, "名单", "导出")
    found = parts(content)
    told = shown(found["docProps/core.xml"]) + shown(found["docProps/app.xml"])
    assert "温秀英" not in told
    assert "2026" not in told


async def test_a_woman_who_was_taken_out_of_the_village_is_in_no_file_made_afterwards(
    graded: Town, coordinator: Somebody
) -> None:
    """Asked for while she was here; made after a report took her elsewhere."""
    await graded.say(coordinator, "取消")
    await graded.say(coordinator, "名单")
    await graded.say(coordinator, "导出")
    from storage.models import Woman

    async with graded.database.transaction() as tx:
        (job,) = await FileJob.filter(state="wanted").using_db(tx)
        (report,) = [row for row in await graded.reports(event="pregnancy") if row.body["woman_name"] == HERS]
        await Woman.filter(id=report.woman_id).using_db(tx).update(village_id="xf-daa-liziyuan")
    await graded.app.files.check()
    row = await FileJob.filter(id=job.id).using_db(graded.database.reading).first()
    if row is not None:
        content = await keeping.content_of(graded.database.reading, row.id)
        assert not any(HERS in xml for xml in parts(content).values())
