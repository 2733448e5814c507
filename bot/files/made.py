"""A file made of what was asked for: the roster as a workbook or a picture, a paper as a workbook.

Rows come and go a few at a time; what is slow and needs no database is done in a thread of its own.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.access import Subject, may
from bot.files import charts
from bot.files.charts import NoCharts, Point
from bot.files.lists import roster_line, roster_sheet, sees
from bot.files.sources import Sources
from bot.files.workbook import Book, workbook
from bot.refusals import CommandRefused
from conversations.asking.answering import as_may_ask, names_somebody
from conversations.asking.question import Question
from conversations.asking.row import Row
from conversations.local_time import LOCAL
from conversations.message import Speaker
from conversations.papers.sheet import Cell, Sheet
from conversations.text import T, Text, chinese
from storage.organisation import Organisation

What = Literal["list", "chart", "paper"]
AT_ONCE = 500
"""Rows written in one go."""

Going = Callable[[int], Awaitable[None]]
"""Told how many rows are done, now and then."""


class NotMade(Exception):
    """There is no such file; `text` tells whoever asked why."""

    def __init__(self, text: Text) -> None:
        super().__init__("not made")
        self.text = text


@dataclass(frozen=True, slots=True)
class File:
    """`name` says nothing of anybody. `women`: whom it shows; `count`: its rows."""

    name: str
    content: bytes
    women: tuple[str, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What a file is made with: for whom, and at what moment."""

    connection: BaseDBAsyncClient
    organisation: Organisation
    sources: Sources
    speaker: Speaker
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(LOCAL).date()


async def make(what: What, params: Mapping[str, Any], desk: Desk, going: Going) -> File:
    """The file. Raises `NotMade`."""
    if what == "paper":
        return await _paper(params["name"], params["period"], desk)
    colours = sees(desk.speaker.role)
    try:
        question = as_may_ask(desk.sources.question(params["question"]), sees=colours)
    except ValueError:
        raise NotMade(T("这份文件我已经不会做了，请再说一次要什么。")) from None
    plain = replace(question, export=False, chart=False)
    if what == "chart":
        return await _chart(plain, desk, going)
    return await _list(plain, desk, going)


async def _list(question: Question, desk: Desk, going: Going) -> File:
    role = desk.speaker.role
    asked = chinese(desk.sources.in_words(replace(question, by=None), named=sees(role)))
    out, women, waiting = io.BytesIO(), list[str](), list[tuple[Cell, ...]]()
    with Book(out) as book:
        book.begin(roster_sheet(role, desk.speaker.place_name, asked, desk.now))

        async def write() -> None:
            rows, waiting[:] = tuple(waiting), ()
            await asyncio.to_thread(book.add, rows)
            await going(len(women))

        async for row in _rows(question, desk):
            women.append(row.case.woman_id)
            waiting.append(roster_line(len(women), row, role, desk.today))
            if len(waiting) == AT_ONCE:
                await write()
        if not women:
            raise NotMade(T("没有符合的人，就没有做文件。"))
        await write()
        book.end(notes=(f"共{len(women)}人",))
        await asyncio.to_thread(book.close)
    return File(_name("名单", "xlsx", desk), out.getvalue(), tuple(women), len(women))


async def _chart(question: Question, desk: Desk, going: Going) -> File:
    speaker, organisation = desk.speaker, desk.organisation
    points: list[Point] = []
    async for row in _rows(question, desk):
        place = row.township_id if speaker.role == "county" else row.village_id
        points.append(charts.point(row, organisation.name_of(place) or "不详", desk.today))
        if len(points) % AT_ONCE == 0:
            await going(len(points))
    if not points:
        raise NotMade(T("没有符合的人，画不成图。"))
    drawn = {
        "month": charts.due_by_month(points, desk.today),
        "colour": charts.by_grade(points),
        "place": charts.overdue_by_place(points),
    }
    if not sees(speaker.role):  # she gets no counts by colour (requirements.md §4)
        del drawn["colour"]
    chosen = [drawn[question.by]] if question.by in drawn else list(drawn.values())
    day = f"{desk.today.year}年{desk.today.month}月{desk.today.day}日"
    above = f"{speaker.place_name}　{day}"
    if not names_somebody(question) and (plain := replace(question, by=None)) != Question():
        above += f"　{chinese(desk.sources.in_words(plain, named=sees(speaker.role)))}"
    try:
        picture = await asyncio.to_thread(charts.png, chosen, shorten(above))
    except NoCharts:
        raise NotMade(T("这里还画不了图，请县里的管理员装上画图的部件。先说“导出”要名单也行。")) from None
    return File(_name("图", "png", desk), picture, count=len(points))


async def _paper(name: str, period: str, desk: Desk) -> File:
    speaker = desk.speaker
    assert speaker.place_id is not None
    assert speaker.staff_id is not None
    try:
        sheets: tuple[Sheet, ...] = await desk.sources.papers(
            desk.connection, desk.organisation, name, period, speaker.place_id, desk.now, speaker.role,
            speaker.staff_id,
        )  # fmt: skip
    except CommandRefused:
        raise NotMade(T("这张表做不出来：没有这样的表或这个时间，或者它不归您用。")) from None
    out = io.BytesIO()
    await asyncio.to_thread(workbook, sheets, out)
    women = tuple(dict.fromkeys(woman for one in sheets for woman in one.women))
    return File(
        _name("报表", "xlsx", desk), out.getvalue(), women, count=sum(len(one.rows) for one in sheets)
    )


async def _rows(question: Question, desk: Desk) -> Any:
    """The lines she may have, of the villages that are hers now."""
    speaker = desk.speaker
    colours = sees(speaker.role)
    villages = [village.id for village in speaker.villages]
    found = desk.sources.rows(
        desk.connection, desk.organisation, villages, question, desk.today, sees=colours, numbers=colours,
        asker=speaker.staff_id or "",
    )  # fmt: skip
    allowed: dict[str | None, bool] = {}
    row: Row
    async for row in found:
        if row.village_id not in allowed:
            place = Subject(row.village_id)
            allowed[row.village_id] = may(speaker, "export", place, desk.organisation)
        if allowed[row.village_id]:
            yield row


def shorten(line: str, most: int = 34) -> str:
    """As much of it as fits over a picture."""
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _name(what: str, ending: str, desk: Desk) -> str:
    return f"{what}-{desk.today:%Y%m%d}.{ending}"
