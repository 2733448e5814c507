"""The rows of a workbook, as text."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.importing.headings import columns, unused
from bot.refusals import CommandRefused

HEADER_WITHIN = 15
"""Rows in which the headings are looked for; over them stand titles."""
DIGITS_KEPT = 15
"""Of a number kept as a number; the last ones of an ID number are lost."""

LOST = "\0lost"
"""In place of an ID number that the workbook has kept as a number, and spoilt."""


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
    """Read one sheet, the first unless it is named. Raises `CommandRefused`: no such file or sheet, no headings."""
    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        raise CommandRefused(f"{path}: cannot be read: {error.strerror}") from None
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise CommandRefused(
            f"{path}: not an .xlsx workbook; save it as .xlsx in WPS or Excel first"
        ) from None
    try:
        if sheet is not None and sheet not in workbook.sheetnames:
            raise CommandRefused(f"--sheet {sheet}: there are {', '.join(workbook.sheetnames)}")
        rows = workbook[sheet if sheet is not None else workbook.sheetnames[0]].iter_rows(values_only=True)
        return _read(path, rows)
    finally:
        workbook.close()


def _read(path: Path, rows: Iterator[Sequence[object]]) -> Book:
    for number, headings in enumerate(rows, 1):
        if found := columns(headings):
            lines = (
                Line(below, {name: text for name, place in found.items() if (text := _text(row, place))})
                for below, row in enumerate(rows, number + 1)
            )
            return Book(tuple(line for line in lines if line.cells), tuple(unused(headings, found)))
        if number == HEADER_WITHIN:
            break
    raise CommandRefused(
        f"{path}: no row of headings among the first {HEADER_WITHIN}; one must say 姓名 and, for example, 末次月经. "
        "`yunguan import-roster --template FILE.xlsx` writes a sheet to fill in"
    )


def _text(row: Sequence[object], place: int) -> str:
    cell = row[place] if place < len(row) else None
    match cell:
        case None:
            return ""
        case bool():
            return "是" if cell else "否"
        case datetime() | date():
            return cell.strftime("%Y-%m-%d")
        case float() | int():
            whole = int(cell) if cell == int(cell) else None
            if whole is not None and len(str(abs(whole))) > DIGITS_KEPT:
                return LOST
            return str(whole if whole is not None else cell)
        case _:
            return str(cell).strip()
