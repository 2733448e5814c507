"""The rows of a workbook, as text."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.importing.headings import columns, unused
from bot.refusals import CommandRefused

HEADER_WITHIN = 15
"""Rows in which the headings are looked for; over them stand titles."""
LARGEST = 200 * 1024 * 1024
"""Bytes of a workbook unpacked: a county's list has a few; a small file that swells to more is none. (u)"""
DIGITS_KEPT = 15
"""Of a number kept as a number; the last ones of an ID number are lost."""

LOST = "\0lost"
"""In place of an ID number that the workbook has kept as a number, and spoilt."""
FORMULA = "\0formula"
"""In place of what a formula gives, where the workbook has not kept it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row below the headings: its number in the workbook and the text of its cells by name, empty ones left out."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Book:
    """`lines` with anything in them; `ignored`: headings nobody reads."""

    lines: tuple[Line, ...]
    ignored: tuple[str, ...]


def open_book(path: Path, sheet: str | None = None) -> Book:
    """Read one sheet, the first unless it is named. Raises `CommandRefused`: no such file or sheet, no headings, damaged."""
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST:
                raise CommandRefused(
                    f"{path}: far too large for a list of women; save the one sheet by itself"
                )
        workbook = load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        raise CommandRefused(f"{path}: cannot be read: {error.strerror}") from None
    except _DAMAGED:
        raise CommandRefused(
            f"{path}: not an .xlsx workbook; save it as .xlsx in WPS or Excel first"
        ) from None
    try:
        if sheet is not None and sheet not in workbook.sheetnames:
            raise CommandRefused(f"--sheet {sheet}: there are {', '.join(workbook.sheetnames)}")
        chosen = workbook[sheet if sheet is not None else workbook.sheetnames[0]]
        chosen.reset_dimensions()  # what a sheet says of its size may be wrong, and rows beyond it would be lost
        with warnings.catch_warnings(), closing(_formulas(path, chosen.title)) as formulas:
            warnings.simplefilter(
                "ignore"
            )  # a day beyond all days becomes a text that the row is refused for
            return _read(path, zip(chosen.iter_rows(values_only=True), formulas, strict=True))
    except _DAMAGED as error:
        raise CommandRefused(
            f"{path}: damaged ({type(error).__name__}); open it in WPS or Excel and save it as .xlsx again"
        ) from None
    finally:
        workbook.close()


def _formulas(path: Path, sheet: str) -> Generator[Sequence[object], None, None]:
    """The same rows with formulas in place of what they give."""
    workbook = load_workbook(path, read_only=True)
    try:
        workbook[sheet].reset_dimensions()
        yield from workbook[sheet].iter_rows(values_only=True)
    finally:
        workbook.close()


_DAMAGED = (
    *(InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError),
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError, EOFError, NotImplementedError),
)
"""What a file that is no workbook, or a damaged one, makes its reader raise; their words may quote a cell."""


def _read(path: Path, rows: Iterator[tuple[Sequence[object], Sequence[object]]]) -> Book:
    for number, (headings, _) in enumerate(rows, 1):
        if found := columns(headings):
            lines = (
                Line(below, {name: text for name, place in found.items() if (text := _text(*row, place))})
                for below, row in enumerate(rows, number + 1)
            )
            return Book(tuple(line for line in lines if line.cells), tuple(unused(headings, found)))
        if number == HEADER_WITHIN:
            break
    raise CommandRefused(
        f"{path}: no row of headings among the first {HEADER_WITHIN}; one must say 姓名 and, for example, 末次月经. "
        "`yunguan import-roster --template FILE.xlsx` writes a sheet to fill in"
    )


def _text(row: Sequence[object], formulas: Sequence[object], place: int) -> str:
    cell = row[place] if place < len(row) else None
    match cell:
        case None:
            written = formulas[place] if place < len(formulas) else None
            return "" if written is None else FORMULA
        case bool():
            return "是" if cell else "否"
        case datetime() | date():
            return cell.strftime("%Y-%m-%d")
        case float() if not isfinite(cell):
            return str(cell)
        case float() | int():
            whole = int(cell) if cell == int(cell) else None
            if whole is not None and len(str(abs(whole))) > DIGITS_KEPT:
                return LOST
            return str(whole if whole is not None else cell)
        case _:
            return str(cell).strip()
