"""Waiting for what a worker in the background does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

PATIENCE = 20
"""Seconds after which a test gives up."""


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    """Return as soon as the condition is met; fail when it never is."""
    async with asyncio.timeout(PATIENCE):
        while not await met():  # noqa: ASYNC110 - what is waited for stands in a database
            await asyncio.sleep(0.01)


class Worker(Protocol):
    async def run(self, stop: asyncio.Event) -> None: ...


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    """The worker runs meanwhile, and is stopped as a server stops it."""
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE):
            await task
