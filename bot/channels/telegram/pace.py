"""How fast a bot may talk: about 30 messages a second in all, one a second in a chat (Telegram, Bots FAQ)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from math import inf

MANY = 10_000
"""Chats remembered before those whose time is long past are swept out."""


class Pace:
    """Hands out turns to speak, evenly spaced, per chat and in all.

    `now` counts seconds evenly and never jumps (not the calendar's time, which is put right and moved in
    demonstrations); `sleep` takes seconds. `patience`: a turn further off than this many seconds is not
    waited for, so that one busy chat does not keep a sender from the others.
    """

    def __init__(
        self,
        per_second: float = 30,
        per_chat: float = 1,
        *,
        patience: float = 5,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._gap, self._chat_gap = 1 / per_second, 1 / per_chat
        self._patience, self._now, self._sleep = patience, now, sleep
        self._next = -inf
        self._chats: dict[str, float] = {}

    @classmethod
    def unlimited(cls) -> Pace:
        """No waiting at all: for a local Bot API server and for measurements."""
        return cls(inf, inf)

    async def turn(self, chat: str) -> float:
        """Wait for a turn to speak in `chat`. Returns 0, or the seconds to it when that is too far off."""
        now = self._now()
        mine = max(now, self._chats.get(chat, now))
        if mine - now > self._patience:
            return mine - now
        if len(self._chats) > MANY:
            self._chats = {chat: at for chat, at in self._chats.items() if at > now}
        self._chats[chat] = mine + self._chat_gap
        if mine > now:
            await self._sleep(mine - now)
        # Only now the turn among all: a chat that has to wait for itself does not hold up the rest.
        now = self._now()
        ours = max(now, self._next)
        if ours - now > self._patience:
            return ours - now
        self._next = ours + self._gap
        if ours > now:
            await self._sleep(ours - now)
        return 0

    def hold(self, chat: str, seconds: float) -> None:
        """Telegram said to leave this chat alone for so long."""
        self._chats[chat] = max(self._chats.get(chat, -inf), self._now() + seconds)
