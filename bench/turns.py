# ruff: noqa: T201
"""Intake alone without HTTP and without load from outside: batches of so many contacts, measured in processor time.

python -m bench.turns [--contacts N] [--batches N] [--json] [--profile FILE] [--statements]

On a machine that does other things besides, only these figures can be compared: processor microseconds a turn, of all
threads and of the main one, and how many statements a batch runs. The messages are those of `bench.dialogue`.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any

import orjson

from bench.dialogue import TURNS, said
from bench.ours import settle
from bot.bootstrap import App, real_clock, wire
from bot.channels.base import Inbound
from bot.channels.telegram import TelegramChannel
from bot.county.deliver import DestinationSettings
from bot.logs import configure
from bot.service import spare_the_collector
from bot.wording import render
from storage.crypto import Keyring
from storage.database import open_database
from storage.migrate import migrate
from storage.sqlite import SqliteTransaction

WARM_UP = 3 * TURNS
"""Batches before anything is measured: every contact has filed."""


def batch(contacts: int, number: int) -> Iterator[Inbound]:
    """The `number`th message of every contact who has begun; of eight each begins a batch later than the one before,
    so that every batch holds all there is to say."""
    now = datetime.now(UTC)
    for contact in range(contacts):
        turn, update = number - contact % TURNS, str(number * contacts + contact)
        if turn >= 0:
            yield Inbound(
                channel="telegram", address=str(1_000_000 + contact), provider_id=update, message_id=update,
                sent_at=now.replace(microsecond=0), received_at=now, text=said(contact, turn), locale="zh-hans",
            )  # fmt: skip


class Statements:
    """Counts what is asked of the writing connection."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        for name in ("execute_query", "execute_many", "execute_insert", "run", "execute_query_dict"):
            setattr(SqliteTransaction, name, self._counting(getattr(SqliteTransaction, name)))

    def _counting(self, run: Any) -> Any:
        async def counted(tx: Any, statement: str, *values: Any) -> Any:
            self.seen[re.sub(r"\s+", " ", statement)[:110]] += 1
            return await run(tx, statement, *values)

        return counted


async def take(app: App, contacts: int, number: int) -> tuple[float, float]:
    """One batch, as seconds of processor: of all threads, of this one."""
    messages = list(batch(contacts, number))
    every, here = time.process_time(), time.thread_time()
    async with asyncio.TaskGroup() as group:
        for one in messages:
            group.create_task(app.pipeline.submit(one))
    return time.process_time() - every, time.thread_time() - here


async def measure(contacts: int, batches: int, profile: str, count: bool) -> dict[str, object]:
    """Medians over so many batches, in microseconds a turn."""
    configure("warning", json_lines=True)
    statements = Statements() if count else None
    with tempfile.TemporaryDirectory(prefix="yunguan-bench-") as folder:
        database = await open_database(f"sqlite://{folder}/bench.db", Keyring.generate())
        try:
            await migrate(database)
            await settle(database, contacts, real_clock())
            telegram = TelegramChannel("1:bench", clock=real_clock, say=render, base_url="http://127.0.0.1:9")
            county = {"county": DestinationSettings("http://127.0.0.1:9", "whsec_" + "A" * 32)}
            async with wire(database, {"telegram": telegram}, destinations=county) as app:
                stop = asyncio.Event()
                work = asyncio.create_task(app.pipeline.run(stop))
                first = [await take(app, contacts, number) for number in range(WARM_UP)]
                spare_the_collector()
                if statements is not None:
                    statements.seen.clear()
                watch = cProfile.Profile() if profile else None
                if watch is not None:
                    watch.enable()
                taken = [await take(app, contacts, WARM_UP + number) for number in range(batches)]
                if watch is not None:
                    watch.disable()
                    watch.dump_stats(profile)
                stop.set()
                await work
            await telegram.close()
        finally:
            await database.close()
    each = 1e6 / contacts
    found: dict[str, object] = {
        "warm_up_s": sum(every for every, _ in first),
        "all_threads_us": median(every for every, _ in taken) * each,
        "main_thread_us": median(here for _, here in taken) * each,
        "least_us": min(every for every, _ in taken) * each,
    }
    if statements is not None:
        found["statements_a_batch"] = sum(statements.seen.values()) / batches
        found["statements"] = {text: n / batches for text, n in statements.seen.most_common()}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.turns", description=__doc__)
    parser.add_argument("--contacts", type=int, default=200)
    parser.add_argument("--batches", type=int, default=48)
    parser.add_argument(
        "--profile", default="", metavar="FILE", help="write what cProfile saw of the main thread"
    )
    parser.add_argument("--statements", action="store_true", help="count the statements of a batch")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(measure(options.contacts, options.batches, options.profile, options.statements))
    if options.json:
        print(orjson.dumps(found).decode())
        return
    for name, value in found.items():
        if isinstance(value, dict):
            for text, number in value.items():
                print(f"{number:8.2f}  {text}")
        else:
            print(f"{name}: {value:.1f}" if isinstance(value, float) else f"{name}: {value}")


if __name__ == "__main__":
    main()
