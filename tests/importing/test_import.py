"""A county's own list: what is read, what is refused with why, what is filed, and that it is filed once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from bot import demo
from bot.importing.book import open_book
from bot.importing.command import run
from bot.importing.filing import Filing
from bot.importing.headings import HEADINGS, columns
from bot.importing.rows import read_line, twice
from bot.importing.template import TITLES, template
from bot.refusals import CommandRefused
from bot.wording import render
from bot.writing import Writer
from conversations.roster import fold
from storage.database import Database
from storage.models import CareAct, Clock, Delivery, Erasure, Outgoing, Pregnancy, Report, Woman
from storage.organisation import load_organisation
from storage.reports import as_report
from tests.support.clock import FakeClock
from tests.support.people import phone, resident_id
from tests.support.town import VILLAGE, Town, person, wired

COUNTY = "xf"
MEI = resident_id(date(1998, 5, 6), "female")
HEAD = (
    "序号",
    "姓名",
    "身份证号码",
    "乡镇",
    "所在村",
    "本人电话",
    "末次月经时间",
    "建册日期",
    "风险等级（五色）",
    "备注",
)


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with wired(database, clock) as town:
        yield town


def book(path: Path, *rows: Sequence[object], head: Sequence[str] = HEAD) -> Path:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["某县孕产妇名册（2026年）"])
    sheet.append(list(head))
    for row in rows:
        sheet.append(list(row))
    workbook.save(path)
    return path


async def imported(town: Town, path: Path, **more: Any) -> tuple[int, list[str]]:
    said: list[str] = []
    code = await run(town.database, path, COUNTY, town.clock, "zh_CN", out=said.append, **more)
    return code, said


def mei(**changes: object) -> list[object]:
    row: dict[str, object] = dict(
        zip(
            HEAD,
            (1, "李梅", MEI, "古陂镇", "杨梅坑村", phone(1), date(2026, 9, 3), "2026.10.20", "黄色", ""),
            strict=True,
        )
    )
    row |= changes
    return list(row.values())


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────


def test_every_column_of_the_template_is_known(tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    template(path)
    assert set(TITLES) == set(HEADINGS)
    assert set(columns(title for title, _ in TITLES.values())) == set(HEADINGS)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandRefused, match="there already"):
        template(path)


async def test_the_example_of_the_template_is_nobody(town: Town, tmp_path: Path) -> None:
    """Left in, it is passed over and said to be, and is no row to put right."""
    path, problems = tmp_path / "template.xlsx", tmp_path / "problems.xlsx"
    template(path)
    book = load_workbook(path)
    assert book.sheetnames == ["孕产妇名册", "填写说明"]
    headings = [cell.value for cell in book["孕产妇名册"][1]]
    explained = {row[0] for row in book["填写说明"].iter_rows(min_row=2, values_only=True)}
    assert explained == set(headings)
    code, said = await imported(town, path, write=True, problems=problems)
    assert code == 0
    assert said[0] == "第2行是示例，没有导入。"
    assert said[-1] == "导入0人，已经在册0人，没有导入0行。"
    assert not problems.exists()
    assert not await town.reports()
    # filled in below it, as its example says
    sheet = book["孕产妇名册"]
    for column, example in enumerate([cell.value for cell in sheet[2]], 1):
        sheet.cell(3, column, "王小梅" if column == 1 else example)
    book.save(tmp_path / "filled.xlsx")
    code, said = await imported(town, tmp_path / "filled.xlsx", write=True)
    assert (code, said[-1]) == (0, "导入1人，已经在册0人，没有导入0行。")


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("孕妇姓名", "woman_name"),
        ("身份证号", "resident_id"),
        ("联系 电话", "phone"),
        ("手机号", "phone"),
        ("村（居）委会", "village"),
        ("预产期（EDC）", "due_date"),
        ("末次月经*", "lmp"),
        ("B超孕周", "ultrasound_weeks"),
        ("超声孕周（周+天）", "ultrasound_weeks"),
        ("风险分级", "colour"),
        ("是否建册", "booked"),
        ("建卡日期", "booking_date"),
        ("分娩日期", "birth_date_of_child"),
        ("婴儿性别", "child_sex"),
        ("户籍", "migrant"),
    ],
)
def test_headings_as_counties_write_them(heading: str, column: str) -> None:
    found = columns(["姓名", "年龄", heading])
    assert column in found


@pytest.mark.parametrize("heading", ["超声日期", "B超检查日期", "检查日期"])
def test_the_day_of_an_ultrasound_belongs_to_its_weeks(heading: str) -> None:
    assert columns(["姓名", "超声孕周", heading])["ultrasound_on"] == 2
    assert "ultrasound_on" not in columns(["姓名", "年龄", heading])


@pytest.mark.parametrize(
    "heading", ["备注", "丈夫姓名", "丈夫身份证号", "丈夫电话", "家属联系电话姓名", "填表人", "婴儿姓名"]
)
def test_what_is_somebody_elses_is_left_alone(heading: str) -> None:
    assert columns(["姓名", "年龄", heading]) == {"woman_name": 0, "age": 1}


def test_a_workbook_without_headings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandRefused, match="姓名"):
        open_book(book(tmp_path / "a.xlsx", ["李梅", "1"], head=["甲", "乙"]))
    (tmp_path / "b.xlsx").write_text("不是表格")
    with pytest.raises(CommandRefused, match="not an"):
        open_book(tmp_path / "b.xlsx")
    with pytest.raises(CommandRefused, match="cannot be read"):
        open_book(tmp_path / "none.xlsx")
    with pytest.raises(CommandRefused, match="--sheet"):
        open_book(book(tmp_path / "c.xlsx", mei()), "第三页")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"身份证号码": 3607221998050600}, "后几位已经丢了"),
        ({"身份证号码": MEI[:16] + ("1" if MEI[16] != "1" else "3") + MEI[17]}, "身份证"),
        ({"身份证号码": resident_id(date(1998, 5, 6), "male")}, "男性"),
        ({"末次月经时间": None}, "至少要有一个"),
        ({"末次月经时间": "不详"}, "至少要有一个|看不明白"),
        ({"末次月经时间": date(2026, 12, 30)}, "还没到"),
        ({"末次月经时间": date(2025, 9, 3)}, "43周"),
        ({"所在村": "没有这个村"}, "没有“没有这个村”"),
        ({"所在村": None}, "哪个村"),
        ({"姓名": None}, "姓名"),
        ({"本人电话": "1990000"}, "手机号|电话|号码"),
        ({"身份证号码": resident_id(date(2014, 5, 6), "female")}, "强制报告"),
        ({"风险等级（五色）": "二级"}, "看不明白"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, Mapping) else "",
)
async def test_what_is_wrong_is_said_and_nothing_is_written(
    town: Town, tmp_path: Path, changes: Mapping[str, object], words: str
) -> None:
    code, said = await imported(town, book(tmp_path / "list.xlsx", mei(**changes)), write=True)
    assert code == 1
    assert any("第3行" in line for line in said)
    assert re.search(words, "\n".join(said))
    assert not await Report.all().using_db(town.database.reading)


# ── filing ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_trial_writes_nothing(town: Town, tmp_path: Path) -> None:
    code, said = await imported(town, book(tmp_path / "list.xlsx", mei()))
    assert code == 0
    assert "可以导入1人" in said[-1]
    assert said[0] == "没有用到的列：序号、备注"
    assert not await Report.all().using_db(town.database.reading)


async def test_a_row_becomes_her_record(town: Town, tmp_path: Path) -> None:
    code, said = await imported(town, book(tmp_path / "list.xlsx", mei()), write=True)
    assert (code, said[-1]) == (0, "导入1人，已经在册0人，没有导入0行。")
    reports = await Report.all().order_by("known_time").using_db(town.database.reading)
    assert [row.event for row in reports] == ["pregnancy", "booking", "risk_grade"]
    assert {row.author_role for row in reports} == {"county"}
    woman = await Woman.get(using_db=town.database.reading)
    assert (woman.details["name"], woman.details["resident_id"], woman.village_id) == ("李梅", MEI, VILLAGE)
    assert (woman.details["phone"], woman.details["phone_owner"]) == (phone(1), "self")
    pregnancy = await Pregnancy.get(using_db=town.database.reading)
    assert (pregnancy.details["lmp"], pregnancy.details["colour"]) == ("2026-09-03", "yellow")
    assert pregnancy.open
    folded = fold(woman.id, [as_report(row) for row in reports])
    assert folded.details == woman.details


@pytest.mark.parametrize(
    ("lmp", "weeks", "made", "dated"),
    [
        (None, "12周+3", date(2026, 11, 20), "2026-08-25"),
        (None, "12+3", "2026.11.20", "2026-08-25"),
        (date(2026, 9, 3), "12周+3", date(2026, 11, 20), "2026-08-25"),  # nine days from what she said
        (date(2026, 8, 26), "12周+3", date(2026, 11, 20), "2026-08-26"),
        (date(2026, 9, 3), "12周+3", None, "2026-09-03"),
        (date(2026, 9, 3), None, date(2026, 11, 20), "2026-09-03"),
    ],
)
async def test_an_ultrasound_dates_her(
    town: Town, tmp_path: Path, lmp: object, weeks: object, made: object, dated: str
) -> None:
    head = (*HEAD, "超声孕周", "检查日期")
    path = book(tmp_path / "list.xlsx", [*mei(末次月经时间=lmp), weeks, made], head=head)
    _, said = await imported(town, path)
    assert (await imported(town, path, write=True))[0] == 0
    assert any("没写是哪天查的" in line for line in said) == (weeks is not None and made is None)
    pregnancy = await Pregnancy.get(using_db=town.database.reading)
    assert pregnancy.details["lmp"] == dated
    assert ("scans" in pregnancy.details) == (weeks is not None and made is not None)


async def test_an_ultrasound_without_its_day_dates_nobody(town: Town, tmp_path: Path) -> None:
    path = book(
        tmp_path / "list.xlsx",
        [*mei(末次月经时间=None), "12周+3", None],
        head=(*HEAD, "超声孕周", "超声日期"),
    )
    code, said = await imported(town, path, write=True)
    assert code == 1
    assert any("至少要有一个" in line for line in said)


async def test_days_beyond_the_weeks_are_kept(town: Town, tmp_path: Path) -> None:
    path = book(tmp_path / "list.xlsx", [*mei(末次月经时间=None), "12周+3"], head=(*HEAD, "孕周"))
    assert (await imported(town, path, write=True))[0] == 0
    pregnancy = await Pregnancy.get(using_db=town.database.reading)
    assert pregnancy.details["lmp"] == (date(2026, 11, 22) - timedelta(weeks=12, days=3)).isoformat()


async def test_the_county_is_not_told_what_it_told(town: Town, tmp_path: Path) -> None:
    """It starts follow-up, never a reporting clock; nobody is alarmed, and no woman is written to who did not say
    that she may be."""
    await imported(town, book(tmp_path / "list.xlsx", mei(**{"风险等级（五色）": "红色"})), write=True)
    await town.app.settle()
    assert not await Delivery.all().using_db(town.database.reading)
    assert not [
        row for row in await Clock.all().using_db(town.database.reading) if row.details.get("to") == "county"
    ]
    assert not await Outgoing.filter(kind="reminder").using_db(town.database.reading)
    assert not await CareAct.filter(to_role="woman", state="sent").using_db(town.database.reading)


async def test_the_coordinator_finds_her_on_her_roster(town: Town, tmp_path: Path) -> None:
    await imported(town, book(tmp_path / "list.xlsx", mei()), write=True)
    said = await town.say(person("coordinator-1"), "李梅做了产检，昨天", "就这些")
    assert "28岁" in said[-1]  # nobody said so but the list


@pytest.mark.parametrize("key", ["coordinator-1", "township-1", "county-1"])
async def test_whoever_cares_for_her_puts_her_date_right(town: Town, tmp_path: Path, key: str) -> None:
    """A whole county comes in by a list, which nobody here wrote."""
    await imported(town, book(tmp_path / "list.xlsx", mei()), write=True)
    said = await town.say(person(key), "更正李梅的末次月经，8月3号", "对")
    newest = await Report.get(event="pregnancy", is_latest=True, using_db=town.database.reading)
    assert (newest.version, newest.body["lmp"]) == (2, "2026-08-03"), said
    assert newest.author_role == key.split("-")[0]


async def test_the_neighbour_of_her_village_does_not(town: Town, tmp_path: Path) -> None:
    await imported(town, book(tmp_path / "list.xlsx", mei()), write=True)
    await town.say(person("coordinator-2"), "更正李梅的末次月经，8月3号", "对")
    assert not await Report.filter(version=2).using_db(town.database.reading)


@pytest.mark.parametrize(
    ("cells", "told", "remarks"),
    [
        ({"本人电话": "不详"}, {}, 0),
        ({"本人电话": "/"}, {}, 0),
        ({"本人电话": "0797-3312345"}, {}, 1),
        ({"本人电话": "19900000101、19900000102"}, {"phone": "19900000101"}, 1),
        ({"本人电话": "199 0000 0101"}, {"phone": "19900000101"}, 0),
        ({"风险等级（五色）": "较高风险"}, {"colour": "orange"}, 0),
        ({"风险等级（五色）": "低风险"}, {"colour": "green"}, 0),
        ({"风险等级（五色）": "正常"}, {"colour": "green"}, 0),
        ({"风险等级（五色）": "无"}, {}, 0),
    ],
)
async def test_what_lists_say_of_what_they_do_not_know(
    town: Town, tmp_path: Path, cells: dict[str, str], told: dict[str, str], remarks: int
) -> None:
    (line,) = open_book(book(tmp_path / "list.xlsx", mei(**cells))).lines
    organisation = await load_organisation(town.database.reading)
    entry = read_line(line, organisation, COUNTY, town.clock().date())
    assert not entry.problems
    changed = "phone" if "本人电话" in cells else "colour"
    assert ({changed: entry.told[changed]} if changed in entry.told else {}) == told
    assert len(entry.remarks) == remarks


async def test_a_date_that_cannot_be_read_is_said_once(town: Town, tmp_path: Path) -> None:
    _, said = await imported(
        town, book(tmp_path / "list.xlsx", mei(末次月经时间="九月初"), mei(末次月经时间=46100))
    )
    wrong = [line for line in said if line.startswith(("第3行", "第4行"))]
    assert not [line for line in wrong if "至少要有一个" in line]
    assert [line for line in wrong if "46100" in line and "日期格式" in line]


async def test_a_grade_of_no_day_is_given_none(town: Town, tmp_path: Path) -> None:
    await imported(town, book(tmp_path / "list.xlsx", mei()), write=True)
    grade = await Report.get(event="risk_grade", using_db=town.database.reading)
    assert ("date" in grade.body, grade.event_time) == (False, None)
    assert (await Pregnancy.get(using_db=town.database.reading)).details["colour"] == "yellow"


async def test_nothing_is_filed_where_the_problems_cannot_be_kept(town: Town, tmp_path: Path) -> None:
    there = tmp_path / "problems.xlsx"
    there.touch()
    with pytest.raises(CommandRefused, match="is there already"):
        await imported(
            town, book(tmp_path / "list.xlsx", mei(), mei(身份证号码="1")), write=True, problems=there
        )
    assert not await Report.all().using_db(town.database.reading)


async def test_again_is_not_twice(town: Town, tmp_path: Path) -> None:
    path = book(tmp_path / "list.xlsx", mei())
    await imported(town, path, write=True)
    code, said = await imported(town, path, write=True)
    assert (code, said[-1]) == (0, "导入0人，已经在册1人，没有导入0行。")
    assert await Report.all().using_db(town.database.reading).count() == 3


@pytest.mark.parametrize("gone", ["erased", "withdrawn"])
async def test_who_was_taken_off_the_roster_is_not_brought_back(
    town: Town, tmp_path: Path, gone: str
) -> None:
    """And it is not said that she is on it."""
    path = book(tmp_path / "list.xlsx", mei())
    await imported(town, path, write=True)
    woman = await Woman.get(using_db=town.database.reading)
    async with town.database.transaction() as tx:
        if gone == "erased":
            await Erasure.create(woman_id=woman.id, at=town.clock(), why="wish", using_db=tx)
        else:
            await Report.all().using_db(tx).update(withdrawn=True)
    code, said = await imported(town, path, write=True)
    assert (code, said[-1]) == (1, "导入0人，已经在册0人，没有导入1行。")
    assert any("后来撤回或删除了" in line for line in said)
    assert await Report.all().using_db(town.database.reading).count() == 3


async def test_a_changed_row_of_a_known_woman_is_not_a_second_pregnancy(town: Town, tmp_path: Path) -> None:
    await imported(town, book(tmp_path / "a.xlsx", mei()), write=True)
    _, said = await imported(town, book(tmp_path / "b.xlsx", mei(末次月经时间="2026-09-05")), write=True)
    assert "已经在册1人" in said[-1]
    assert await Pregnancy.all().using_db(town.database.reading).count() == 1


async def test_whom_a_coordinator_reported_is_on_the_roster_already(town: Town, tmp_path: Path) -> None:
    await town.say(
        person("coordinator-1"), f"李梅怀孕了，末次月经9月3号，电话{phone(1)}，身份证{MEI}", "就这些", "对"
    )
    _, said = await imported(town, book(tmp_path / "list.xlsx", mei()), write=True)
    assert "已经在册1人" in said[-1]


async def test_two_of_a_name_are_asked_about(town: Town, tmp_path: Path) -> None:
    await town.say(person("coordinator-1"), "李梅怀孕了，末次月经9月3号", "就这些", "对")
    code, said = await imported(
        town, book(tmp_path / "list.xlsx", mei(身份证号码=None, 本人电话=None)), write=True
    )
    assert code == 1
    assert any("同名" in line for line in said)


async def test_rows_that_say_a_woman_twice(town: Town, tmp_path: Path) -> None:
    path = book(tmp_path / "list.xlsx", mei(), mei(姓名="李小梅"))
    _, said = await imported(town, path, write=True)
    assert any("第4行" in line and "第3行重复" in line for line in said)
    assert said[-1] == "导入1人，已经在册0人，没有导入1行。"


async def test_a_delivery_on_the_list_starts_postnatal_care(town: Town, tmp_path: Path) -> None:
    head = (*HEAD, "分娩日期", "分娩机构", "婴儿性别", "出生体重(克)")
    row = [*mei(末次月经时间=date(2026, 1, 20)), "2026-11-01", "县妇幼保健院", "女", 3200]
    town.clock.set(datetime.fromisoformat("2026-11-09T09:00:00+08:00"))
    _, said = await imported(town, book(tmp_path / "list.xlsx", row, head=head), write=True)
    assert "导入1人" in said[-1]
    pregnancy = await Pregnancy.get(using_db=town.database.reading)
    assert not pregnancy.open
    assert pregnancy.details["end_date"] == "2026-11-01"


async def test_problem_rows_come_back_as_a_list(town: Town, tmp_path: Path) -> None:
    path = book(tmp_path / "list.xlsx", mei(), mei(姓名="王芳", 身份证号码=None, 末次月经时间=None))
    problems = tmp_path / "problems.xlsx"
    await imported(town, path, write=True, problems=problems)
    sheet = load_workbook(problems).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][-1] == "问题"
    assert [row[0] for row in rows[1:]] == ["王芳"]
    assert "至少要有一个" in str(rows[1][-1])
    assert problems.stat().st_mode & 0o777 == 0o600
    again = open_book(problems)
    assert again.lines[0].cells["woman_name"] == "王芳"


async def test_broken_off_and_begun_again(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was filed stays, a row is filed whole, and a second run does the rest."""
    names = [f"李{mark}" for mark in "梅兰菊荷萍莲桃杏桂"]
    rows = [
        mei(
            姓名=name,
            身份证号码=resident_id(date(1998, 5, 6), "female", 10 + place),
            本人电话=phone(10 + place),
        )
        for place, name in enumerate(names)
    ]
    monkeypatch.setattr("bot.importing.filing.TOGETHER", 3)
    path = book(tmp_path / "list.xlsx", *rows)
    seen = 0

    class Broken(BaseException):
        pass

    def progress(count: int) -> None:
        nonlocal seen
        seen += count
        if seen == 6:
            raise Broken

    organisation = await load_organisation(town.database.reading)
    entries = [read_line(line, organisation, COUNTY, date(2026, 11, 20)) for line in open_book(path).lines]
    twice(entries)
    counter = iter(range(10_000))
    writer = Writer(town.database.keyring, lambda: f"{next(counter):032d}", render)
    filing = Filing(town.database, writer, lambda: f"{next(counter):032d}", town.clock, COUNTY)
    with pytest.raises(Broken):
        await filing.file(entries, progress)
    assert await Woman.all().using_db(town.database.reading).count() == 6
    _, said = await imported(town, path, write=True)
    assert said[-1] == "导入3人，已经在册6人，没有导入0行。"
    assert await Report.all().using_db(town.database.reading).count() == 27


async def test_two_runs_at_once_file_it_once(town: Town, tmp_path: Path) -> None:
    path = book(tmp_path / "list.xlsx", mei())
    await asyncio.gather(*(imported(town, path, write=True) for _ in range(3)))
    assert await Woman.all().using_db(town.database.reading).count() == 1
    assert await Report.all().using_db(town.database.reading).count() == 3


async def test_a_place_that_is_none(town: Town, tmp_path: Path) -> None:
    with pytest.raises(CommandRefused, match="no such place"):
        await run(town.database, book(tmp_path / "a.xlsx", mei()), "nowhere", town.clock, "zh_CN", out=print)


# ── a grade on the list ─────────────────────────────────────────────────────────────────────────────────

GRADED = (*HEAD, "评估日期")


async def grades(town: Town) -> list[tuple[str, str]]:
    rows = (
        await Report.filter(event="risk_grade", is_latest=True)
        .order_by("recorded_time")
        .using_db(town.database.reading)
    )
    return [(row.body["colour"], row.body.get("date")) for row in rows]


async def standing(town: Town) -> str | None:
    (case,) = await Pregnancy.all().using_db(town.database.reading)
    colour: str | None = case.details.get("colour")
    return colour


async def test_a_graver_colour_of_a_known_woman_is_filed_as_told_by_the_list(
    town: Town, tmp_path: Path
) -> None:
    await imported(town, book(tmp_path / "a.xlsx", mei()), write=True)
    town.clock.advance(days=1)
    later = [*mei(**{"风险等级（五色）": "红色"}), date(2026, 11, 22)]
    trial, said = await imported(town, book(tmp_path / "b.xlsx", later, head=GRADED))
    assert trial == 0
    assert len(await grades(town)) == 1
    assert any("风险" in line for line in said)
    for _ in range(2):  # again is not twice
        await imported(town, book(tmp_path / "b.xlsx", later, head=GRADED), write=True)
    assert [colour for colour, _ in await grades(town)] == ["yellow", "red"]
    assert await standing(town) == "red"
    assert await Woman.all().using_db(town.database.reading).count() == 1
    assert await Pregnancy.all().using_db(town.database.reading).count() == 1


async def test_what_a_hospital_said_later_stands_against_an_older_list(town: Town, tmp_path: Path) -> None:
    await imported(town, book(tmp_path / "a.xlsx", [*mei(), date(2026, 11, 20)], head=GRADED), write=True)
    older = [*mei(**{"风险等级（五色）": "红色"}), date(2026, 11, 1)]
    await imported(town, book(tmp_path / "b.xlsx", older, head=GRADED), write=True)
    assert len(await grades(town)) == 2
    assert await standing(town) == "yellow"


async def test_a_graver_colour_without_a_day_is_asked_about_never_passed_over(
    town: Town, tmp_path: Path
) -> None:
    await imported(town, book(tmp_path / "a.xlsx", mei()), write=True)
    code, said = await imported(
        town, book(tmp_path / "b.xlsx", mei(**{"风险等级（五色）": "红色"})), write=True
    )
    assert code == 1
    assert any("评估日期" in line and "核实" in line for line in said)
    assert not any("红" in line for line in said)
    assert len(await grades(town)) == 1
    for same in ("黄色", "绿色"):
        _, said = await imported(
            town, book(tmp_path / "c.xlsx", mei(**{"风险等级（五色）": same, "备注": same})), write=True
        )
        assert not any("评估日期" in line for line in said)
