"""`yunguan import-roster`: first what it would do, row by row; with --write it is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from tqdm import tqdm

from bot.importing.book import open_book
from bot.importing.filing import Filing, Outcome
from bot.importing.rows import Entry, read_line, twice
from bot.importing.template import is_example, must_be_new, problem_book
from bot.refusals import CommandRefused
from bot.wording import render
from bot.writing import Writer
from conversations.local_time import LOCAL
from conversations.records import mask_name
from conversations.text import Sayable, T
from storage.database import Database
from storage.ids import id_source
from storage.organisation import Organisation, load_organisation

SHOWN = 200
"""Rows with problems that are printed; all of them stand in the file that --problems names."""


async def run(
    database: Database,
    path: Path,
    place_id: str,
    clock: Callable[[], datetime],
    locale: str,
    *,
    sheet: str | None = None,
    problems: Path | None = None,
    write: bool = False,
    out: Callable[[str], None] = print,
    bar: bool = False,
) -> int:
    """Read the list of a county, township or village; say what is wrong with it row by row; with `write` file the
    rows nothing is wrong with. 1 where rows are left over. Raises `CommandRefused`."""
    organisation = await load_organisation(database.reading)
    _check_place(organisation, place_id)
    if problems is not None:
        must_be_new(problems)  # said before any row is in
    book = open_book(path, sheet)
    today = clock().astimezone(LOCAL).date()
    lines = [line for line in book.lines if not is_example(line)]
    entries = [read_line(line, organisation, place_id, today) for line in lines]
    twice(entries)

    def say(text: Sayable) -> None:
        out(render(text, locale))

    for line in book.lines:
        if is_example(line):
            say(T("第{row}行是示例，没有导入。", row=line.number))
    if book.ignored:
        say(T("没有用到的列：{columns}", columns="、".join(book.ignored)))
    ids = id_source(clock, os.urandom)
    filing = Filing(database, Writer(database.keyring, ids, render), ids, clock, place_id)
    if write:
        with tqdm(total=len(entries), unit="行", disable=not bar) as progress:
            outcome = await filing.file(entries, progress.update)
    else:
        outcome = await filing.look(entries)
    _tell(outcome, entries, say)
    if problems is not None and outcome.refused:
        problem_book(problems, lines, outcome.refused, lambda text: render(text, locale))
        say(T("有问题的行另存在 {path}，改好后可以直接再导入。", path=str(problems)))
    if outcome.graded:
        say(T("已经在册的人里，{count}人的风险评估表上有新的，按表上的日期记下。", count=len(outcome.graded)))
    if write:
        say(T("导入{count}人，已经在册{known}人，没有导入{refused}行。").with_values(**_counts(outcome)))
    else:
        say(
            T(
                "试读：可以导入{count}人，已经在册{known}人，有问题{refused}行。什么都还没写入；加上 --write 再运行就导入。"
            ).with_values(**_counts(outcome))
        )
    return int(bool(outcome.refused))


def _check_place(organisation: Organisation, place_id: str) -> None:
    if place_id not in organisation.places:
        raise CommandRefused(f"--place {place_id}: no such place; `yunguan invite --places` lists them")
    if not organisation.villages_under(place_id):
        raise CommandRefused(f"--place {place_id}: no village lies in it; give a county, township or village")


def _counts(outcome: Outcome) -> dict[str, int]:
    return {
        "count": len(outcome.filed),
        "known": len(outcome.known),
        "refused": len(outcome.refused),
    }


def _tell(outcome: Outcome, entries: Sequence[Entry], say: Callable[[Sayable], None]) -> None:
    names = {entry.number: mask_name(entry.told.get("woman_name", "")) for entry in entries}
    for number in sorted(outcome.remarks)[:SHOWN]:
        for remark in outcome.remarks[number]:
            say(T("第{row}行 {name}：可以导入，但{remark}", row=number, name=names[number], remark=remark))
    for number in sorted(outcome.refused)[:SHOWN]:
        for problem in outcome.refused[number]:
            say(T("第{row}行 {name}：{problem}", row=number, name=names[number], problem=problem))
    if (rest := len(outcome.refused) - SHOWN) > 0:
        say(T("还有{count}行有问题，用 --problems FILE.xlsx 全部存下来看。", count=rest))
