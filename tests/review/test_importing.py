"""Workbooks nobody made with us in mind: nothing lost in silence, nobody brought in twice, in the wrong place or against what is known."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from bot.importing.book import open_book
from bot.importing.command import run
from bot.refusals import CommandRefused
from storage.models import Pregnancy, Report, Woman
from tests.support.people import phone, resident_id
from tests.support.town import Town, person

HEAD = ("姓名", "身份证号码", "乡镇", "所在村", "本人电话", "末次月经", "风险等级", "分娩日期", "妊娠结局")
MEI = resident_id(date(1998, 5, 6), "female")


def mei(**changes: object) -> list[object]:
    row: dict[str, object] = dict.fromkeys(HEAD) | {
        "姓名": "李梅",
        "身份证号码": MEI,
        "乡镇": "古陂镇",
        "所在村": "杨梅坑村",
        "本人电话": phone(1),
        "末次月经": date(2026, 9, 3),
    }
    return list((row | changes).values())


def book(path: Path, *rows: Sequence[object]) -> Path:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (HEAD, *rows):
        sheet.append(list(row))
    workbook.save(path)
    return path


def altered(path: Path, change: Callable[[str], str], part: str = "xl/worksheets/sheet1.xml") -> Path:
    """The same workbook with one of its parts rewritten, as another program would write it."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    return path


async def imported(town: Town, path: Path, **more: Any) -> tuple[int, str]:
    said: list[str] = []
    code = await run(town.database, path, "xf", town.clock, "zh_CN", out=said.append, write=True, **more)
    return code, "\n".join(said)


async def women(town: Town) -> list[Woman]:
    return await Woman.all().using_db(town.database.reading)


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("said", ["A1", "A1:I2"])
def test_rows_beyond_the_size_a_workbook_says_it_has_are_read(tmp_path: Path, said: str) -> None:
    path = book(tmp_path / "a.xlsx", *(mei(姓名=name) for name in ("李梅", "王芳", "张丽")))
    altered(path, lambda xml: re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="{said}"', xml))
    assert len(open_book(path).lines) == 3


def test_a_size_of_a_million_rows_is_no_million_rows(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", mei())
    altered(path, lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', xml))
    assert len(open_book(path).lines) == 1


def test_row_numbers_are_those_of_the_workbook(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [], [], mei())
    [line] = open_book(path).lines
    assert line.number == 4


@pytest.mark.parametrize(
    ("change", "whole"),
    [
        (lambda xml: xml[: len(xml) // 2], True),
        (lambda xml: xml.replace("<v>46268</v>", "<v>nan</v>"), True),
        (lambda xml: xml.replace("<v>46268</v>", "<v>drei</v>"), True),
        (lambda xml: xml.replace("<v>46268</v>", "<v>1e999</v>"), False),
        (lambda xml: xml.replace("<v>46268</v>", "<v>99999999999</v>"), False),
        (lambda xml: re.sub(r's="\d+"', 's="77"', xml), False),
    ],
    ids=["cut", "nan", "word", "inf", "late", "style"],
)
def test_a_damaged_sheet_is_refused_in_words(
    tmp_path: Path, change: Callable[[str], str], whole: bool
) -> None:
    """The whole of it, or the cell; no word of a woman in what is said."""
    path = altered(book(tmp_path / "a.xlsx", mei()), change)
    if whole:
        with pytest.raises(CommandRefused, match="damaged") as refused:
            open_book(path)
        assert "李梅" not in str(refused.value)
        return
    [line] = open_book(path).lines
    assert line.cells["lmp"] in ("#VALUE!", "46268", "2026-09-03")


async def test_a_formula_without_a_value_is_not_nothing(town: Town, tmp_path: Path) -> None:
    code, said = await imported(town, book(tmp_path / "a.xlsx", mei(风险等级='=IF(TRUE,"红","")')))
    assert code == 1
    assert "公式" in said
    assert await women(town) == []


async def test_of_merged_cells_only_the_first_has_the_village(town: Town, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", mei(), mei(姓名="王芳", 身份证号码=None, 乡镇=None, 所在村=None))
    _, said = await imported(town, path)
    assert "没写她是哪个村的" in said
    assert len(await women(town)) == 1


def test_a_bomb_is_not_opened(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", mei())
    altered(path, lambda xml: xml.replace("李梅", "李" * 70_000_000))
    with pytest.raises(CommandRefused):
        open_book(path)


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", mei())
    ten = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    dtd = f'<!DOCTYPE worksheet [<!ENTITY a0 "李梅李梅李梅">{ten}]>'
    altered(path, lambda xml: dtd + xml.replace("李梅", "&a8;"))
    with pytest.raises(CommandRefused):
        open_book(path)


# ── women ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_once_with_and_once_without_a_number_is_one_woman(town: Town, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", mei(), mei(身份证号码=None, 本人电话=phone(2)))
    code, _ = await imported(town, path)
    assert code == 1
    assert len(await women(town)) == 1


async def test_one_phone_and_one_name_in_two_villages_is_one_woman(town: Town, tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", mei(身份证号码=None), mei(身份证号码=None, 所在村="石桥村"))
    await imported(town, path)
    assert len(await women(town)) == 1


@pytest.mark.parametrize("village", ["大石桥村", "下石桥村", "大塘埠镇石桥村", "赣县石桥村"])
async def test_a_village_that_only_sounds_like_one_is_not_it(
    town: Town, tmp_path: Path, village: str
) -> None:
    await imported(town, book(tmp_path / "a.xlsx", mei(乡镇=None, 所在村=village)))
    assert await women(town) == []


@pytest.mark.parametrize(
    "village",
    ["石桥村三组", "古陂镇石桥村", "信丰县古陂镇石桥村委会5号", "石桥", "江西省赣州市信丰县古陂镇石桥村"],
)
async def test_an_address_is_found(town: Town, tmp_path: Path, village: str) -> None:
    await imported(town, book(tmp_path / "a.xlsx", mei(乡镇=None, 所在村=village)))
    assert [one.village_id for one in await women(town)] == ["xf-gupo-shiqiao"]


async def test_a_delivery_of_one_who_is_pregnant_on_the_roster_is_not_passed_over(
    town: Town, tmp_path: Path
) -> None:
    await imported(town, book(tmp_path / "a.xlsx", mei(末次月经=date(2026, 2, 20))))
    code, _ = await imported(
        town, book(tmp_path / "b.xlsx", mei(末次月经=date(2026, 2, 20), 分娩日期=date(2026, 11, 15)))
    )
    assert code == 1


async def test_nobody_is_pregnant_twice_at_a_time(town: Town, tmp_path: Path) -> None:
    await imported(town, book(tmp_path / "a.xlsx", mei()))
    await imported(town, book(tmp_path / "b.xlsx", mei(末次月经=date(2026, 6, 1))))
    assert await Pregnancy.filter(open=True).using_db(town.database.reading).count() == 1


@pytest.mark.parametrize("outcome", ["死胎", "死产", "流产", "新生儿死亡", "引产"])
async def test_a_child_that_is_not_alive_is_not_brought_in_alive(
    town: Town, tmp_path: Path, outcome: str
) -> None:
    row = mei(末次月经=date(2026, 2, 20), 分娩日期=date(2026, 11, 15), 妊娠结局=outcome)
    await imported(town, book(tmp_path / "a.xlsx", row))
    assert not await Report.filter(event="birth").using_db(town.database.reading)


@pytest.mark.parametrize("colour", ["橙、紫", "紫+红", "红色/紫色", "黄色（紫）"])
async def test_of_two_colours_none_is_dropped(town: Town, tmp_path: Path, colour: str) -> None:
    code, said = await imported(town, book(tmp_path / "a.xlsx", mei(风险等级=colour)))
    assert code == 1
    assert "不止一种颜色" in said
    assert await women(town) == []


async def test_a_woman_of_another_township_is_not_brought_here(town: Town, tmp_path: Path) -> None:
    there = person("coordinator-3")
    await town.say(there, f"李梅怀孕了，末次月经9月3号，身份证{MEI}，没有电话", "就这些", "对")
    said: list[str] = []
    path = book(tmp_path / "a.xlsx", mei())
    await run(town.database, path, "xf-gupo", town.clock, "zh_CN", out=said.append, write=True)
    assert "大阿" not in "".join(said)
    assert [one.village_id for one in await women(town)] == ["xf-daa-liziyuan"]


async def test_of_huge_and_clever_cells_nothing_is_brought_in(town: Town, tmp_path: Path) -> None:
    rows = (
        mei(姓名="李梅" * 16000),
        mei(本人电话="1" * 32000),
        mei(所在村="石桥村" * 9000, 乡镇="大阿镇" * 9000),
        mei(姓名='=HYPERLINK("http://x","李梅")'),
    )
    code, said = await imported(town, book(tmp_path / "a.xlsx", *rows), problems=tmp_path / "p.xlsx")
    assert code == 1
    assert len(said) < 2000
    assert await women(town) == []
    assert "HYPERLINK" not in (tmp_path / "p.xlsx").read_bytes().decode("latin-1")
