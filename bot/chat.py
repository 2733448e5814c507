"""A conversation in the terminal: somebody of the demonstration county writes, the program answers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TextIO

from bot.channels.base import Channel, Inbound
from bot.channels.simulated import CHAT, SMS, Bubble, SimulatedChannel
from bot.demo import Person
from storage.database import Database
from storage.models import Delivery

PROMPT = "> "


class Pipeline(Protocol):
    def submit(self, inbound: Inbound) -> Awaitable[object]: ...


class Talking(Protocol):
    """What a conversation needs of the running program."""

    @property
    def pipeline(self) -> Pipeline: ...
    @property
    def channels(self) -> Mapping[str, Channel]: ...
    @property
    def database(self) -> Database: ...


def terminal_channels(clock: Callable[[], datetime]) -> dict[str, Channel]:
    """The channels of a terminal: nothing can be pressed there, so choices are numbers."""
    terminal = (replace(CHAT, buttons=False), SMS)
    return {traits.name: SimulatedChannel(traits, clock) for traits in terminal}


async def chat(
    app: Talking,
    person: Person,
    lines: AsyncIterable[str],
    out: Callable[[str], None],
    *,
    settle: Callable[[], Awaitable[None]],
) -> None:
    """Say each of `lines` as `person`, on the first of her channels, and hand each answer to `out`.

    `settle` carries out everything that is due and returns when nothing is under way: what the answers of
    one line are is known before the next is said.
    """
    name = person.channels[0]
    channel, address = app.channels[name], person.address(name)
    if not isinstance(channel, SimulatedChannel):
        raise TypeError(f"the channel {name} is a real one")

    def hear(to: str, bubble: Bubble) -> None:
        if to == address and not bubble.mine and not bubble.gone:
            out(f"{bubble.text}\n〔{bubble.document}〕" if bubble.document else bubble.text)

    stop_hearing = channel.listen(hear)
    try:
        await settle()
        async for line in lines:
            if line.strip():
                await app.pipeline.submit(channel.write(address, line.strip()))
                await settle()
    finally:
        stop_hearing()


async def known_reports(database: Database) -> frozenset[str]:
    """The report versions already filed: `report_id.version`."""
    ids = await Delivery.all().using_db(database.reading).values_list("id", flat=True)
    return frozenset(str(one) for one in ids)


async def reports_since(database: Database, known: frozenset[str] = frozenset()) -> list[str]:
    """The report versions filed since, oldest first, each as the JSON line the county gets."""
    rows = await Delivery.all().using_db(database.reading).order_by("seq")
    return [row.payload for row in rows if row.id not in known]


async def read_lines(source: TextIO) -> AsyncIterator[str]:
    """The lines of `source` as they come, with a prompt where a person types them.

    Read in a thread of its own, which does not keep the process alive: the program goes on working while
    somebody thinks, and Ctrl-C ends it at once.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def put(line: str | None) -> None:
        with suppress(RuntimeError):  # the loop is gone, nobody reads any more
            loop.call_soon_threadsafe(queue.put_nowait, line)

    def read(proceed: threading.Semaphore) -> None:
        typed = source.isatty()
        more = True
        while more and proceed.acquire():
            line = ""
            with suppress(EOFError, OSError, ValueError):
                line = f"{input(PROMPT)}\n" if typed else source.readline()
            more = bool(line)
            put(line or None)

    proceed = threading.Semaphore(0)
    threading.Thread(target=read, args=(proceed,), daemon=True, name="terminal").start()
    while True:
        proceed.release()  # the next prompt appears once the last line is answered
        line = await queue.get()
        if line is None:
            return
        yield line
