"""Where inbound messages go when only a channel is tested: a pipeline in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from bot.channels.base import Inbound


class Desk:
    """`submit` takes messages in as the pipeline does: once each by provider id, returning after the commit.

    `refuses` tells which messages cannot be stored now; `slow` which are stored only when `go` is set.
    """

    def __init__(self) -> None:
        self.stored: list[Inbound] = []
        self.tried: list[Inbound] = []
        self.blocked: dict[str, bool] = {}
        self.refuses: Callable[[Inbound], bool] = lambda inbound: False
        self.slow: Collection[str] = ()
        self.go = asyncio.Event()
        self._changed = asyncio.Event()

    async def submit(self, inbound: Inbound) -> None:
        self.tried.append(inbound)
        self._signal()
        if inbound.text in self.slow:
            await self.go.wait()
        await asyncio.sleep(0)
        if self.refuses(inbound):
            raise OSError("disk full")
        if inbound.provider_id not in {each.provider_id for each in self.stored}:
            self.stored.append(inbound)
        self._signal()

    async def note_blocked(self, address: str, blocked: bool) -> None:
        self.blocked[address] = blocked
        self._signal()

    @property
    def texts(self) -> list[str]:
        return [inbound.text for inbound in self.stored]

    async def until(self, condition: Callable[[], object], within: float = 5) -> None:
        """Wait until the condition holds, looking whenever something came in."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(
                f"waited {within} s; stored: {self.stored}; tried: {len(self.tried)}"
            ) from None

    async def counts(self, number: int) -> None:
        """Wait until so many are stored."""
        await self.until(lambda: len(self.stored) >= number)

    async def has(self, *texts: str) -> None:
        """Wait until exactly these texts are stored, in this order."""
        await self.counts(len(texts))
        assert self.texts == list(texts)

    def _signal(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
