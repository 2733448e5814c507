"""We fetch updates, and let Telegram forget them only after the commit.

python-telegram-bot's own updater confirms an update when it has it in memory; a crash would lose it.
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import sleep as pause
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from telegram.error import TelegramError

from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.intake import Blocked, Intake, Submit
from bot.channels.telegram.outcomes import Backoff, Flood, reason_of, stops, whereabouts
from bot.channels.telegram.reading import chat_of

log = logging.getLogger("yunguan.telegram")

R = TypeVar("R")

WAIT = 50.0
"""Seconds a long poll stays open."""

PATIENCE = 2.0
"""Seconds to wait for commits before fetching what others may have sent meanwhile."""

SET_ASIDE = 5
"""So often an update may fail, others being stored in between, before it is given up."""

OVERTAKEN = 20
"""So often an update may fail before later ones of its own chat overtake it: with nobody else about, nothing
tells whether it or the storage is at fault, until one of them is stored."""


async def poll(
    channel: TelegramChannel,
    submit: Submit,
    stop: asyncio.Event,
    *,
    blocked: Blocked | None = None,
    offset: int = 0,
    backoff: Backoff | None = None,
    retry: Backoff | None = None,
    patience: float = PATIENCE,
) -> None:
    """Fetch updates and hand them to `submit`, each chat in order, until `stop` is set.

    Telegram's memory is the only offset: what was not committed comes again, and so may what was (provider
    ids make that harmless). `backoff` is for the line to Telegram, `retry` for updates that were not stored.
    Raises TelegramStopped when the token is rejected or another program polls.
    """
    polling = _Polling(Intake(channel, submit, blocked), offset, backoff, retry, patience)
    running = asyncio.create_task(polling.forever())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
    finally:
        for task in (running, stopping):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
        await polling.finish()


class _Polling:
    def __init__(
        self,
        intake: Intake,
        offset: int,
        backoff: Backoff | None,
        retry: Backoff | None,
        patience: float,
    ) -> None:
        self._intake, self._channel = intake, intake.channel
        self._next = offset  # one past the newest update seen
        self._backoff = backoff or Backoff(1, 60)
        self._retry = retry or Backoff(0.2, 3)
        self._patience = patience
        self._open: set[int] = set()  # seen, not committed
        self._underway: set[int] = set()  # of these, the ones in a lane
        self._done: set[int] = set()  # committed, but not yet confirmed because an older one is open
        self._lanes: dict[object, asyncio.Task[None]] = {}
        self._failures: dict[int, _Failure] = {}
        self._stored = 0

    async def forever(self) -> None:
        await self._persist(self._channel.prepare_polling)
        while True:
            await self._fetch()
            if self._lanes:
                await asyncio.wait(self._lanes.values(), timeout=self._patience)
                self._lanes = {chat: lane for chat, lane in self._lanes.items() if not lane.done()}
            if self._failures:
                await pause(self._retry())
            else:
                self._retry.reset()

    async def finish(self) -> None:
        """Wait a little for commits under way; what remains comes again after the restart."""
        if self._lanes:
            _, late = await asyncio.wait(self._lanes.values(), timeout=self._patience)
            for lane in late:
                lane.cancel()

    async def _fetch(self) -> None:
        """Get updates, and start a lane for every chat that has none."""
        offset = min(self._open, default=self._next)
        wait = 0 if self._open else WAIT
        updates = await self._persist(lambda: self._channel.updates(offset, wait))
        if not updates:
            # All is confirmed. 0 means the first unconfirmed: after a quiet week ids start anew anywhere.
            self._next = 0
        self._done = {update_id for update_id in self._done if update_id >= offset}
        waiting = [update for update in sorted(updates, key=_id) if _id(update) not in self._done]
        # Whatever Telegram has forgotten (after 24 hours) is no longer waited for.
        self._open = {_id(update) for update in waiting} | self._underway
        self._failures = {each: self._failures[each] for each in self._open & self._failures.keys()}
        chats: dict[object, list[dict[str, Any]]] = defaultdict(list)
        for update in waiting:
            self._next = max(self._next, _id(update) + 1)
            chats[chat_of(update)].append(update)
        for chat, mine in chats.items():
            if chat not in self._lanes:
                self._underway.update(map(_id, mine))
                self._lanes[chat] = asyncio.create_task(self._lane(mine))

    async def _lane(self, updates: Sequence[dict[str, Any]]) -> None:
        try:
            await self._in_order(updates)
        finally:
            self._underway.difference_update(map(_id, updates))

    async def _in_order(self, updates: Sequence[dict[str, Any]]) -> None:
        """One chat's updates: a later one waits for an earlier one, though not for ever."""
        for update in updates:
            update_id = _id(update)
            try:
                press = await self._intake.take(update)
            except Exception as error:  # whatever keeps it from being stored, it comes again
                failure = self._failures.setdefault(update_id, _Failure())
                failure.again(self._stored)
                if failure.tries == 1:
                    log.error("update %d could not be stored: %s", update_id, whereabouts(error))
                if failure.alone >= SET_ASIDE:
                    log.critical("update %d is set aside: it fails while others are stored", update_id)
                    self._settle(update_id)
                elif failure.tries < OVERTAKEN:
                    return
                continue
            self._stored += 1
            self._settle(update_id)
            if press is not None:
                self._channel.stop_spinner(press)

    def _settle(self, update_id: int) -> None:
        self._open.discard(update_id)
        self._done.add(update_id)
        self._failures.pop(update_id, None)

    async def _persist(self, ask: Callable[[], Awaitable[R]]) -> R:
        """Ask Telegram until it answers."""
        while True:
            try:
                answer = await ask()
            except TelegramError as error:
                if stopped := stops(error):
                    raise stopped from None
                log.warning("Telegram cannot be asked now: %s", reason_of(error))
                await pause(error.after.total_seconds() if isinstance(error, Flood) else self._backoff())
            else:
                self._backoff.reset()
                return answer


class _Failure:
    """How often an update failed, and how often it alone: an outage of the storage must not set it aside."""

    def __init__(self) -> None:
        self.tries = 0
        self.alone = 0
        self._stored = 0

    def again(self, stored: int) -> None:
        """It failed once more, when `stored` others had been stored since the start."""
        if self.tries and stored > self._stored:
            self.alone += 1
        self.tries += 1
        self._stored = stored


def _id(update: dict[str, Any]) -> int:
    return int(update["update_id"])
