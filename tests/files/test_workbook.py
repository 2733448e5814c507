"""Workbooks: typed cells, nothing of the data a formula, printable, in bounded memory, readable by others."""

from __future__ import annotations

import io
import os
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from bot.files import workbook as module
from bot.files.workbook import Book, scratch, sweep_scratch, workbook
from conversations.papers.sheet import NOT_COLLECTED, Cell, Column, Sheet
from tests.support.office import as_pdf
from tests.support.people import phone, resident_id

COLUMNS = (
    Column("序号", "number", 4),
    Column("姓名", "text", 6),
    Column("身份证号", "text", 11),
    Column("电话", "text", 7),
    Column("预产期", "date", 6),
    Column("早建册率", "percent", 5),
    Column("备注", "text", 12),
)
ID_NUMBER = resident_id(date(1998, 3, 5), "female")
ROWS: tuple[tuple[Cell, ...], ...] = (
    (1, "王秀英", ID_NUMBER, phone(101), date(2026, 12, 24), 0.956, "=HYPERLINK(1)"),
    (2, "李桂兰", "", phone(102), date(2027, 1, 3), NOT_COLLECTED, "+8612345\x07"),
    (3, "张小芳", None, "", None, None, "@某人 https://例子.测试"),
    (12345, "合计", None, None, None, 1, None),
)
SHEET = Sheet(
    "古陂镇孕产妇名单",
    COLUMNS,
    ROWS,
    above=("2026年11月22日，共3人",),
    notes=("-数字来自各村报告",),
    total=True,
)


at = datetime.fromisoformat


def made(*sheets: Sheet) -> openpyxl.Workbook:
    out = io.BytesIO()
    workbook(sheets, out)
    return openpyxl.load_workbook(out)


def test_every_cell_is_what_it_is() -> None:
    page = made(SHEET).active
    found = list(page.iter_rows(min_row=4, max_row=7, values_only=True))
    assert found[0] == (
        1, "王秀英", ID_NUMBER, phone(101), at("2026-12-24T00:00"), 0.956, "=HYPERLINK(1)",
    )  # fmt: skip
    assert found[1][5] == NOT_COLLECTED
    assert found[1][6] == "+8612345"
    assert found[2] == (3, "张小芳", None, None, None, None, "@某人 https://例子.测试")
    assert page["A1"].value == "古陂镇孕产妇名单"
    assert page["A2"].value == "2026年11月22日，共3人"
    assert [cell.value for cell in page[3]] == [column.title for column in COLUMNS]
    assert page["A8"].value == "-数字来自各村报告"
    assert page["C4"].data_type == "s"
    assert page["E4"].is_date
    assert page["F4"].number_format == "0.0%"
    assert page["C4"].number_format == "@"


def test_nothing_in_the_data_becomes_a_formula_or_a_link() -> None:
    starts = (
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\n=1",
        "＝1",
        "{=1}",
        "http://a.example/",
        "mailto:a@b.example",
    )
    sheet = Sheet("表", (Column("字"), Column("数", "number")), tuple((one, one) for one in starts))
    page = made(sheet).active
    cells = [cell for row in page.iter_rows(min_row=3) for cell in row]
    assert len(cells) == 2 * len(starts)
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)
    assert all(page.cell(row, 1).quotePrefix for row in range(3, 9))


def test_the_header_stays_in_sight_and_on_every_page() -> None:
    page = made(SHEET).active
    assert page.freeze_panes == "A4"
    assert page.auto_filter.ref == "A3:G6"  # without the total
    assert page.print_title_rows == "$3:$3"
    assert page.page_setup.paperSize == 9
    assert page.page_setup.orientation == "landscape"
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (None, 0)  # one wide is the default
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.column_dimensions["C"].width >= 22
    assert made(Sheet("表", COLUMNS, (), landscape=False)).active.page_setup.orientation == "portrait"


def test_a_row_is_as_high_as_its_longest_text() -> None:
    rows = (("1" * 12,), ("石桥村石桥村",), ("石桥村石桥村石",), ("一\n二\n三",))
    page = made(Sheet("表", (Column("字", "text", 6),), rows)).active
    assert [page.row_dimensions[row].height for row in range(3, 7)] == [None, None, 33.75, 48.75]


def test_a_table_without_rows_is_one() -> None:
    page = made(Sheet("空的", COLUMNS, ())).active
    assert page.auto_filter.ref == "A2:G2"
    assert page.max_row == 2


def test_sheets_get_names_they_may_have() -> None:
    titles = ("附表2/3 [2026]", "附表2/3 [2026]", "'", "长" * 40)
    names = made(*(Sheet(title, COLUMNS, ()) for title in titles)).sheetnames
    assert names == ["附表2 3  2026", "附表2 3  20262", "表", "长" * 28]


def test_moments_are_written_in_local_time() -> None:
    sheet = Sheet("表", (Column("时间", "date"),), ((datetime(2026, 11, 22, 2, 0, tzinfo=UTC),),))
    assert made(sheet).active["A3"].value == at("2026-11-22T10:00")


def test_the_file_tells_nothing_of_who_made_it_and_when() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    workbook([SHEET], first)
    workbook([SHEET], second)
    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as archive:
        core = archive.read("docProps/core.xml").decode()
        rest = b"".join(archive.read(name) for name in archive.namelist())
    assert "<dc:creator></dc:creator>" in core
    assert "2000-01-01" in core
    assert b"2026-1" not in core.encode()
    assert str(Path.home()).encode() not in rest


def test_twenty_thousand_rows_in_bounded_memory() -> None:
    """Most of what is held at the end is the file itself."""
    women = 20_000

    def rows(count: int) -> Iterator[tuple[Cell, ...]]:
        for number in range(count):
            yield (number, f"王{number}", ID_NUMBER, phone(101), date(2026, 12, 24), 0.5, "没来产检" * 3)

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            out = io.BytesIO()
            with Book(out) as book:
                book.begin(Sheet("名单", COLUMNS, ()))
                book.add(rows(count))
                book.end()
            return tracemalloc.get_traced_memory()[1] - len(out.getvalue())
        finally:
            tracemalloc.stop()

    small = peak(500)
    assert peak(women) < small + 2_000_000, "a hundred bytes a row would be as much"


def test_rows_lie_in_a_private_folder_while_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "IN_MEMORY", tmp_path)
    with Book(io.BytesIO()) as book:
        book.begin(SHEET)
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o077 == 0
        assert list(folder.iterdir())
        book.end()
    assert not list(tmp_path.iterdir())


def test_a_file_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "IN_MEMORY", tmp_path)
    out = io.BytesIO()

    def broken() -> Iterator[tuple[Cell, ...]]:
        yield ROWS[0]
        raise RuntimeError("the database went away")

    def write() -> None:
        with Book(out) as book:
            book.begin(Sheet("名单", COLUMNS, ()))
            book.add(broken())

    with pytest.raises(RuntimeError, match="went away"):
        write()
    assert out.getvalue() == b""
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_swept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "IN_MEMORY", tmp_path)
    monkeypatch.setattr(module, "_lives", lambda process: process == 77)
    for name in ("yunguan-files-999999-a", f"yunguan-files-{os.getpid()}-b", "yunguan-files-77-c", "others"):
        (tmp_path / name).mkdir()
    with scratch() as mine:
        sweep_scratch()
        assert {one.name for one in tmp_path.iterdir()} == {"yunguan-files-77-c", "others", mine.name}


async def test_libreoffice_opens_it(tmp_path: Path) -> None:
    file = tmp_path / "名单.xlsx"
    workbook([SHEET, Sheet("第二张", (Column("乡镇"), Column("人数", "number")), (("古陂镇", 3),))], file)
    pdf = await as_pdf(file, tmp_path)
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type/Page\n") + pdf.count(b"/Type/Page ") + pdf.count(b"/Type/Page/") == 2
