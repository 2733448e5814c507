"""Tables as a workbook that opens well in WPS, Excel and LibreOffice, written row by row in bounded memory.

Cells are typed: days are days, figures are figures, ID numbers and phones are text. What stands in the data is never
a formula, and nothing of the file's properties says who made it. While it is written the rows lie in a folder of their
own that only we can read, in memory where the system has such a place (`/dev/shm`).
"""

from __future__ import annotations

import itertools
import math
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self

import xlsxwriter

from conversations.local_time import LOCAL
from conversations.papers.sheet import NOT_COLLECTED, Cell, Column, Sheet

LONGEST_CELL = 32_767
"""Characters a cell holds, by the format's own rule."""
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a place, not a name: the folder in it is private
_A_DAY_LONG_PAST = datetime(2000, 1, 1)  # noqa: DTZ001 - the same in every file: when one was made is nobody's business
_A4 = 9
_FONT = "宋体"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Row = Sequence[Cell]


def workbook(sheets: Iterable[Sheet], out: Path | BinaryIO) -> None:
    """Write these tables, one sheet each."""
    with Book(out) as book:
        for sheet in sheets:
            book.begin(sheet)
            book.end()


class Book:
    """A workbook that grows: `begin` a sheet with the rows it has, `add` further ones as they come, `end` it.

    It is whole once the block is left; where that happens by an error nothing is written.
    """

    def __init__(self, out: Path | BinaryIO) -> None:
        self._out = out
        self._names: set[str] = set()
        self._page: _Page | None = None

    def __enter__(self) -> Self:
        self._scratch = scratch()
        folder = self._scratch.__enter__()
        self._book = xlsxwriter.Workbook(
            str(self._out) if isinstance(self._out, Path) else self._out,
            {
                "constant_memory": True,
                "tmpdir": str(folder),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "default_format_properties": {"font_name": _FONT, "font_size": 11},
            },
        )
        self._book.set_properties({"author": "", "created": _A_DAY_LONG_PAST})
        self._formats = _Formats(self._book)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.close()
            else:
                for sheet in self._book.worksheets():
                    sheet._opt_close()
                self._book.fileclosed = True
        finally:
            self._scratch.__exit__(None, None, None)

    def begin(self, sheet: Sheet) -> None:
        """A new sheet: its lines above, its header and the rows it has."""
        assert self._page is None, "the sheet before is not ended"
        self._page = _Page(self._book.add_worksheet(self._name(sheet.title)), sheet, self._formats)

    def add(self, rows: Iterable[Row]) -> None:
        """Further rows of the sheet that was begun."""
        assert self._page is not None, "no sheet is begun"
        self._page.add(rows)

    def end(self, notes: Iterable[str] = ()) -> None:
        """The notes under the table (its own, then these), and what can be said of it only now: filters, and how it is
        printed."""
        assert self._page is not None, "no sheet is begun"
        self._page.end(notes)
        self._page = None

    def close(self) -> None:
        """Put the file together, which takes a while for a long one; the end of the block does it otherwise."""
        assert self._page is None, "a sheet is not ended"
        if not self._book.fileclosed:
            self._book.close()

    def _name(self, title: str) -> str:
        """A name a sheet may have, unlike those before it."""
        plain = _NOT_IN_A_NAME.sub(" ", _NOT_TEXT.sub("", title)).strip(" '")[:28] or "表"
        name, number = plain, 1
        while name.casefold() in self._names:
            number += 1
            name = f"{plain}{number}"
        self._names.add(name.casefold())
        return name


class _Page:
    """One sheet while it is written: rows only ever downwards."""

    def __init__(self, page: Any, sheet: Sheet, formats: _Formats) -> None:
        self._page, self._sheet, self._formats = page, sheet, formats
        self._last_column = len(sheet.columns) - 1
        self._wide = sum(max(column.width, 1) for column in sheet.columns)
        self._next = 0
        self._top = 0
        self._head: int | None = None
        for number, column in enumerate(sheet.columns):
            page.set_column(number, number, _width(column))
        if sheet.heading:  # 附表3 stands small over the title of the form
            self._line(sheet.title, "above")
        self._line(sheet.heading or sheet.title, "title")
        for line in sheet.above:
            self._line(line, "above")
        self._header()
        self.add(sheet.rows)

    def _header(self) -> None:
        page, columns, look = self._page, self._sheet.columns, self._formats.of("head")
        self._top = self._next
        grouped = any(column.group for column in columns)
        if grouped:
            self._groups()
            self._next += 1
        self._head = self._next
        lines = max((math.ceil(len(c.title) / max(c.width, 1)) for c in columns), default=1)
        page.set_row(self._next, 8 + 15 * lines)
        for number, column in enumerate(columns):
            page.write_string(self._next, number, clean(column.title), look)
        self._next += 1
        page.freeze_panes(self._next, 0)

    def _groups(self) -> None:
        """The headings several columns share, over them; nothing over the others."""
        look = self._formats.of("head")
        self._page.set_row(self._next, 23)
        numbered = enumerate(self._sheet.columns)
        for group, members in itertools.groupby(numbered, key=lambda one: one[1].group):
            first, *rest = [number for number, _ in members]
            if group and rest:
                self._page.merge_range(self._next, first, self._next, rest[-1], clean(group), look)
                continue
            for number in (first, *rest):
                self._page.write_string(self._next, number, clean(group), look)

    def add(self, rows: Iterable[Row]) -> None:
        """Rows under those that are there; where the table has a total, the last of `Sheet.rows` is it."""
        total = len(self._sheet.rows) - 1 if self._sheet.total and rows is self._sheet.rows else None
        for position, row in enumerate(rows):
            look = "total" if position == total else "cell"
            lines = max(map(_lines, self._sheet.columns, row), default=1)
            if lines > 1:  # the height of each row that has one is remembered
                self._page.set_row(self._next, 4 + 15 * lines)
            for number, (column, value) in enumerate(zip(self._sheet.columns, row, strict=True)):
                self._cell(number, column, value, look)
            self._next += 1

    def end(self, notes: Iterable[str]) -> None:
        page, head, last = self._page, self._head, self._next - 1
        assert head is not None
        rows = last - (1 if self._sheet.total else 0)
        if self._last_column >= 0:
            page.autofilter(head, 0, max(rows, head), self._last_column)
        if last > head:
            texts = [n for n, column in enumerate(self._sheet.columns) if column.kind == "text"]
            ranges = " ".join(_range(head + 1, n, last, n) for n in texts)
            if ranges:  # no green corner in every ID number
                page.ignore_errors({"number_stored_as_text": ranges})
        for note in (*self._sheet.notes, *notes):
            self._line(note, "note")
        page.set_paper(_A4)
        if self._sheet.landscape:
            page.set_landscape()
        page.set_margins(left=0.25, right=0.25, top=0.4, bottom=0.5)
        page.center_horizontally()
        page.repeat_rows(self._top, head)
        page.fit_to_pages(1, 0)
        page.print_area(0, 0, self._next - 1, max(self._last_column, 0))
        page.set_footer("&C&9第 &P 页，共 &N 页")

    def _line(self, text: str, look: str) -> None:
        """A line over or under the table, as wide as it."""
        size = {"title": 1.5, "above": 1.0, "note": 1.0}[look]
        lines = sum(max(1, math.ceil(len(part) * size / self._wide)) for part in text.split("\n"))
        self._page.set_row(self._next, 4 + 16 * size * lines)
        if self._last_column > 0:
            self._page.merge_range(self._next, 0, self._next, self._last_column, "", self._formats.of(look))
        self._page.write_string(self._next, 0, clean(text), self._formats.of(look))
        self._next += 1

    def _cell(self, number: int, column: Column, value: Cell, look: str) -> None:
        page, row, formats = self._page, self._next, self._formats
        if value is None or value == "":
            page.write_blank(row, number, None, formats.of(look))
        elif isinstance(value, datetime):
            local = (value.astimezone(LOCAL) if value.tzinfo else value).replace(tzinfo=None)
            page.write_datetime(row, number, local, formats.of(look, "moment"))
        elif isinstance(value, date):
            page.write_datetime(row, number, value, formats.of(look, "date"))
        elif isinstance(value, str):
            text = clean(value)
            if text == NOT_COLLECTED:
                page.write_string(row, number, text, formats.of(look, "missing"))
            elif text.startswith(_FORMULA):
                page.write_string(row, number, text, formats.of(look, "quoted"))
            else:
                page.write_string(row, number, text, formats.of(look, "text"))
        elif column.kind == "text" or not math.isfinite(value):
            page.write_string(row, number, str(value), formats.of(look, "text"))
        elif column.kind == "percent":
            page.write_number(row, number, value, formats.of(look, "percent"))
        else:
            whole = isinstance(value, int) or value.is_integer()
            page.write_number(row, number, value, formats.of(look, "number" if whole else "fraction"))


_LOOKS: Final[dict[str, dict[str, object]]] = {
    "title": {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter", "text_wrap": True},
    "above": {"align": "left", "valign": "vcenter", "text_wrap": True},
    "note": {"align": "left", "valign": "top", "text_wrap": True, "font_size": 10, "font_color": "#444444"},
    "head": {
        "bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1,
        "border_color": "#808080", "bg_color": "#E3EEF1", "num_format": "@",
    },
    "cell": {"valign": "vcenter", "border": 1, "border_color": "#B0B0B0"},
    "total": {"bold": True, "valign": "vcenter", "border": 1, "border_color": "#808080", "bg_color": "#F4F4F0"},
}  # fmt: skip
_TYPES: Final[dict[str, dict[str, object]]] = {
    "": {},
    "text": {"num_format": "@", "text_wrap": True},
    "quoted": {"num_format": "@", "text_wrap": True, "quote_prefix": True},
    "missing": {"num_format": "@", "align": "center", "font_color": "#808080"},
    "number": {"num_format": "#,##0", "align": "right", "indent": 1},
    "fraction": {"num_format": "#,##0.0#", "align": "right", "indent": 1},
    "percent": {"num_format": "0.0%", "align": "right", "indent": 1},
    "date": {"num_format": "yyyy-mm-dd", "align": "center"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm", "align": "center"},
}


class _Formats:
    """The looks of cells, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, str], Any] = {}

    def of(self, look: str, kind: str = "") -> Any:
        if (look, kind) not in self._made:
            self._made[look, kind] = self._book.add_format({**_LOOKS[look], **_TYPES[kind]})
        return self._made[look, kind]


def clean(text: str) -> str:
    """A text as a cell can hold it: without what XML has no place for, not longer than a cell."""
    return _NOT_TEXT.sub("", text)[:LONGEST_CELL]


def _width(column: Column) -> float:
    """A Chinese character is two of the units a column is measured in; a little for the borders and the filter."""
    return min(2 * max(column.width, 1) + 1, 120)


def _lines(column: Column, value: Cell) -> int:
    """Lines a cell needs: not every program looks itself."""
    if not isinstance(value, str):
        return 1
    return sum(max(1, math.ceil(_long(part) / (max(column.width, 1) + 0.25))) for part in value.split("\n"))


def _long(text: str) -> float:
    """How long a text is, in Chinese characters."""
    return sum(0.5 if one.isascii() else 1 for one in text)


def _range(*corners: int) -> str:
    return str(xlsxwriter.utility.xl_range(*corners))


# ── where rows lie while a file is made ─────────────────────────────────────────────────────────────────

_PREFIX = "yunguan-files-"
_in_use: set[str] = set()


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder only we can read, gone at the end: in memory, if the system has such a place."""
    where = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=where) as folder:
        _in_use.add(folder)
        try:
            yield Path(folder)
        finally:
            _in_use.discard(folder)


def sweep_scratch() -> None:
    """Take away what a process that was killed left."""
    for place in {IN_MEMORY, Path(tempfile.gettempdir())}:
        for left in place.glob(f"{_PREFIX}*-*"):
            number = left.name.removeprefix(_PREFIX).partition("-")[0]
            if not number.isdecimal() or str(left) in _in_use:
                continue
            if int(number) == os.getpid() or not _lives(int(number)):  # in a container every one is number 1
                shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):  # anybody may make a folder of such a name
        return False
    except PermissionError:
        return True
    return True
