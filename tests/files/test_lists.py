"""The roster as a table: what each reader finds in it, and what she must not."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pytest

from bot.files.lists import roster_line, roster_sheet
from bot.files.workbook import Book
from conversations.asking.answering import as_seen
from conversations.asking.row import Row
from conversations.care.case import Case
from conversations.care.colours import Grade, sees_colour
from conversations.care.programme import programme
from conversations.care.visits import Course, Done, End
from conversations.message import Role
from tests.support.people import phone, resident_id

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
LMP = TODAY - timedelta(weeks=20, days=3)
NUMBER = resident_id(date(1998, 3, 5), "female")


def woman(grade: Grade | None = None, *, special: Any = None, restricted: Any = None, **course: Any) -> Row:
    told = Course(**({"registered": date(2026, 8, 1), "lmp": LMP} | course))
    case = Case(
        "p", "w", programme("xinfeng"), told, name="王秀英", phone=phone(101), village="石桥村", township="古陂镇",
        grade=grade or Grade(), special=special, restricted=restricted, booked=True,
    )  # fmt: skip
    return Row(
        case, "v", "t", age=28, resident_id=NUMBER, gravida=2, para=1, migrant=False, responsible="温秀英"
    )


def line(role: Role, row: Row) -> dict[str, Any]:
    """The line under its headings, as it would be read from the file."""
    sees = sees_colour(role, named=True)
    shown = as_seen(row, sees=sees)
    shown = replace(shown, resident_id=row.resident_id) if sees else shown
    out = io.BytesIO()
    with Book(out) as book:
        book.begin(roster_sheet(role, "古陂镇", "全部孕产妇", NOW))
        book.add([roster_line(1, shown, role, TODAY)])
        book.end()
    page = openpyxl.load_workbook(out).active
    head, cells = list(page.iter_rows(min_row=4, max_row=5, values_only=True))
    return dict(zip(head, cells, strict=True))


def test_an_officer_finds_what_she_works_with() -> None:
    seen = Done("antenatal", date(2026, 11, 1))
    found = line("township", woman(Grade("yellow", purple=True), special="poor", done=(seen,)))
    assert found == {
        "序号": 1, "姓名": "王秀英", "年龄": 28, "身份证号": NUMBER, "电话": phone(101), "村": "石桥村",
        "流动人口": "否", "末次月经": datetime.combine(LMP, datetime.min.time()),
        "预产期": datetime.combine(LMP + timedelta(days=280), datetime.min.time()), "孕周/产后": "孕20周3天",
        "孕产次": "孕2产1", "建册": "已建", "产检次数": 1, "最近产检": datetime.fromisoformat("2026-11-01"),
        "下次预约": None, "分娩或终止": None, "该办的事": found["该办的事"], "风险分级": "黄色，另标紫色",
        "特殊帮扶": "生活困难", "责任人": "温秀英", "最近联系": None,
    }  # fmt: skip
    assert line("county", woman())["乡镇"] == "古陂镇"


@pytest.mark.parametrize(
    "row",
    [
        woman(Grade("red")),
        woman(Grade("orange")),
        woman(Grade("yellow", purple=True)),
        woman(Grade("green"), special="mental_illness"),
        woman(Grade("green"), special="disabled"),
        woman(Grade(key=True)),
    ],
)
def test_a_coordinator_reads_one_label_whatever_it_is(row: Row) -> None:
    found = line("coordinator", row)
    assert found == line("coordinator", woman(Grade("red"))), "nothing tells one from the other"
    assert found["重点随访"] == "是"
    assert not {"风险分级", "特殊帮扶", "身份证号"} & found.keys()
    said = "".join(map(str, found.values()))
    assert not any(word in said for word in ("红", "橙", "紫", "黄", "绿", "精神", "残疾", "感染", NUMBER))


def test_a_coordinator_sees_who_is_not_watched() -> None:
    assert line("coordinator", woman(Grade("yellow")))["重点随访"] is None


@pytest.mark.parametrize("restricted", ["minor", "under_14"])
def test_a_minor_is_not_named_to_the_village(restricted: str) -> None:
    found = line("coordinator", woman(restricted=restricted))
    assert found["姓名"] == "王**"
    assert found["电话"] is None
    assert line("township", woman(restricted=restricted))["姓名"] == "王秀英"


def test_where_she_stands() -> None:
    day = TODAY - timedelta(days=15)
    stands = {
        "孕20周": woman(lmp=TODAY - timedelta(weeks=20)),
        "在孕，孕周不详": woman(lmp=None),
        "产后15天": woman(end=End("birth", day)),
        "终止妊娠后15天": woman(end=End("loss", day)),
        "已迁出": woman(left=day),
        "已故": woman(died=day),
    }
    for said, row in stands.items():
        assert line("county", row)["孕周/产后"] == said
    ended = line("county", woman(end=End("birth", day)))
    assert ended["分娩或终止"] == datetime.combine(day, datetime.min.time())
    assert ended["预产期"] is None


def test_after_a_loss_the_file_says_no_more_than_that() -> None:
    found = line("coordinator", woman(end=End("stillbirth", TODAY - timedelta(days=3))))
    assert not any("婴" in str(value) or "孩" in str(value) for value in found.values())


def test_the_head_says_what_was_asked_and_that_it_is_confidential() -> None:
    sheet = roster_sheet("township", "古陂镇", "高危·没来产检", NOW)
    assert sheet.title == "古陂镇孕产妇名单"
    assert sheet.above[0] == "2026年11月22日 10:00　高危·没来产检"
    assert "请勿转发" in sheet.above[1]
