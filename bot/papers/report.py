"""`yunguan report`: a paper into a file, or the records behind one of its figures."""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from bot import audit
from bot.files.workbook import workbook
from bot.papers.making import NAMES, NoSuchPaper, asked, sheets
from conversations.local_time import LOCAL
from conversations.papers.counting import weight
from conversations.papers.names import PAPERS
from conversations.papers.sheet import Cell, Sheet
from conversations.records import EVENTS
from storage import models
from storage.database import Database
from storage.organisation import Organisation, load_organisation
from storage.reading import readable

Configured = Callable[[Path], AbstractAsyncContextManager[tuple[Database, Any]]]
Opened = Callable[[Path], AbstractAsyncContextManager[Database]]

OPERATOR = "county"
"""Whose papers the command line makes: it has the database itself."""
_AT_ONCE = 500
"""So many reports are looked up at a time."""


def add(
    command: Callable[..., argparse.ArgumentParser],
    configured: Configured,
    opened: Opened,
    clock: Callable[[], datetime],
) -> None:
    """Add the command. `configured` opens the database of a configuration, `opened` a new one for a demonstration."""

    async def report(arguments: argparse.Namespace) -> int:
        given = (arguments.name, arguments.period, arguments.out, arguments.place, arguments.explain)
        if not arguments.demo:
            if arguments.config is None:
                raise NoSuchPaper("give --config FILE, or --demo for the demonstration county")
            async with configured(arguments.config) as (database, _):
                await run(database, *given, clock(), print)
            return 0
        with tempfile.TemporaryDirectory() as folder:
            async with opened(Path(folder) / "report.db") as database:
                await run(
                    database,
                    *given,
                    await _demonstrated(database, arguments.name, arguments.period, clock),
                    print,
                )
        return 0

    sub = command("report", report, "a paper of the programme as a workbook: " + ", ".join(NAMES))
    sub.add_argument("name", metavar="NAME", help=", ".join(NAMES))
    sub.add_argument("--period", required=True, help="a quarter (2026Q3), a month (2026-09) or a year (2026)")
    sub.add_argument("--out", type=Path, help="a file that ends in .xlsx or .csv")
    sub.add_argument(
        "--place", metavar="ID", help="the place it is about (the county); see `invite --places`"
    )
    sub.add_argument("--config", type=Path)
    sub.add_argument("--demo", action="store_true", help="on the demonstration county, with made-up women")
    sub.add_argument(
        "--explain",
        metavar="CELL_OR_ROW",
        help="print the records behind a figure: a cell (C4: third column, fourth row under the heading) or a row's title",
    )


async def _demonstrated(
    database: Database, name: str, period: str, clock: Callable[[], datetime]
) -> datetime:
    """Fill a new database with the demonstration county and its made-up women; when its papers are made."""
    from bot import demo
    from bot.papers.demonstration import fill

    paper = PAPERS.get(name)
    time = paper.period(period) if paper is not None else None
    if time is None:
        return clock()  # refused in a moment
    first = datetime.combine(time.first, datetime.min.time(), LOCAL)
    await demo.seed(database, lambda: first - timedelta(days=200))
    return await fill(database, time)


async def run(
    database: Database,
    name: str,
    period: str,
    out: Path | None,
    place_id: str | None,
    explain: str | None,
    now: datetime,
    say: Callable[[str], None],
) -> None:
    """Make the paper. `out`: .xlsx or .csv; `explain`: a cell (C4, 分子数4) or the title of a row, whose records are said."""
    if out is None and explain is None:
        raise NoSuchPaper("give --out FILE (.xlsx or .csv), or --explain CELL_OR_ROW")
    if out is not None and out.suffix.lower() not in (".xlsx", ".csv"):
        raise NoSuchPaper("--out: a file that ends in .xlsx or .csv")
    asked(name, period, now)  # before a place is looked for
    connection = database.reading
    organisation = await load_organisation(connection)
    made = await sheets(
        connection, organisation, name, period, place_id or _county(organisation), now, OPERATOR
    )
    if out is not None:
        await _noted(database, "paper", f"{name} {period}", made, now)
        _write(made, out)
        say(str(out))
    if explain is not None:
        await _noted(database, "paper.explain", f"{name} {period}", (), now)
        found = list(explained(made, explain))
        if not found:
            raise NoSuchPaper("--explain: no figure there; give a cell such as C4, or the title of a row")
        about = await _about(connection, organisation, found)
        for line in found:
            say(f"{line}{about.get(line.strip(), '')}")


async def _about(
    connection: BaseDBAsyncClient, organisation: Organisation, lines: Sequence[str]
) -> dict[str, str]:
    """What each report among these lines is about: the event, its day, its village; never whose it is."""
    said: dict[str, str] = {}
    ids = [line.strip() for line in lines if line.startswith("  ")]
    for start in range(0, len(ids), _AT_ONCE):
        found = models.Report.filter(id__in=ids[start : start + _AT_ONCE]).using_db(connection)
        for row in (await readable(found))[0]:
            day = row.event_time or row.known_time.astimezone(LOCAL).date().isoformat()
            place = organisation.places.get(row.village_id or "")
            told = (EVENTS[row.event].title.id, day[:10], place.name if place else "")
            said[row.id] = "".join(f"  {one}" for one in told if one)
    return said


async def _noted(database: Database, action: str, record: str, made: Sequence[Sheet], now: datetime) -> None:
    """In the audit log: that it was made, and every woman it names."""
    women = dict.fromkeys(woman for sheet in made for woman in sheet.women)
    async with database.transaction() as tx:
        audit.by_operator(tx, action, now, record=record)
        audit.looked(tx, audit.OPERATOR, audit.OPERATOR, women, "paper", "cli", now, record=record)


def _county(organisation: Organisation) -> str:
    counties = [place.id for place in organisation.places.values() if place.kind == "county"]
    if len(counties) != 1:
        raise NoSuchPaper(
            "--place: there is not exactly one county here; `yunguan invite --places` lists them"
        )
    return counties[0]


def _write(made: Sequence[Sheet], out: Path) -> None:
    """A file nobody else can read, also where there was one before."""
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(descriptor, 0o600)
    if out.suffix.lower() == ".xlsx":
        with os.fdopen(descriptor, "wb") as book:
            workbook(made, book)
        return
    # with a mark, so that WPS reads it as UTF-8
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for number, sheet in enumerate(made):
            if number:
                writer.writerow([])
            writer.writerows([_safe(line)] for line in (sheet.heading or sheet.title, *sheet.above) if line)
            writer.writerow([column.full for column in sheet.columns])
            writer.writerows([_safe(cell) for cell in row] for row in sheet.rows)
            writer.writerows([_safe(line)] for line in sheet.notes)


_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def _safe(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


# ── the records behind a figure ─────────────────────────────────────────────────────────────────────────


def explained(made: Sequence[Sheet], what: str) -> Iterator[str]:
    """The figures of a cell or row, each with its records: pseudonymous ids, `report_id.version`, no names.

    A cell is a column's letter and a row's number as they stand in the table (A1 is its first cell under the heading);
    a row is named by any of its texts, or by 序号.
    """
    for sheet in made:
        for row, column in _meant(sheet, what.strip()):
            if not sheet.traces or not (traces := sheet.traces[row][column]):
                continue
            title = next((c for c in sheet.rows[row] if isinstance(c, str) and c), "")
            value = sheet.rows[row][column]
            counted = sum(weight(trace) for trace in traces)
            about = (
                f"{sheet.columns[column].full}：{value}"
                if isinstance(value, int)
                else sheet.columns[column].full
            )
            # a row of a list is named by its number: its texts are a person's
            head = title if isinstance(value, int) and not _of_people(sheet) else str(row + 1)
            yield f"{sheet.title} · {head} · {about}（{len(traces)}份记录，合计{counted}）"
            yield from (f"  {trace}" for trace in sorted(traces))


_PEOPLE = frozenset({"姓名", "孕管员", "服务对象"})


def _of_people(sheet: Sheet) -> bool:
    return any(column.title in _PEOPLE for column in sheet.columns)


def _meant(sheet: Sheet, what: str) -> Iterator[tuple[int, int]]:
    letter, digits = what[:1].upper(), what[1:]
    if len(letter) == 1 and "A" <= letter <= "Z" and digits.isdigit():
        row, column = int(digits) - 1, ord(letter) - ord("A")
        if 0 <= row < len(sheet.rows) and column < len(sheet.columns):
            yield row, column
        return
    for row, cells in enumerate(sheet.rows):
        if any(
            what == str(cell) for cell in cells if isinstance(cell, (str, int)) and cell is cells[0]
        ) or any(isinstance(cell, str) and what == cell for cell in cells):
            yield from ((row, column) for column in range(len(sheet.columns)))
