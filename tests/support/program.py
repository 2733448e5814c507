"""The command `yunguan` as a process of its own (tests/support/forked.py)."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.forked import start_forked
from tests.support.waiting import PATIENCE

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 60
"""A loaded machine takes its time to import everything."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a command: this one, without settings of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YUNGUAN_")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **(extra or {})}


async def yunguan(
    *arguments: object, said: str = "", folder: Path | None = None, env: Mapping[str, str] | None = None
) -> Ran:
    """Run `yunguan …` to its end."""
    process = await start_forked(
        *("bot.cli", *map(str, arguments)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env=environment(env),
    )
    async with asyncio.timeout(START_SECONDS):
        out, err = await process.communicate(said.encode())
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())


@dataclass
class Serving:
    """A running `yunguan serve`, and what it logged."""

    process: asyncio.subprocess.Process
    url: str = ""
    logged: list[str] = field(default_factory=list)

    async def ended(self) -> int:
        """Wait for its end; its exit status."""
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()

    @property
    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.logged if line.startswith("{")]


@asynccontextmanager
async def yunguan_serve(config: Path, env: Mapping[str, str] | None = None) -> AsyncIterator[Serving]:
    """`yunguan serve`, listening; killed at the end if it has not ended before."""
    process = await start_forked(
        *("bot.cli", "serve", "--config", str(config)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment(env),
    )
    serving, listening = Serving(process), asyncio.Event()
    assert process.stderr is not None
    stderr = process.stderr

    async def read() -> None:
        async for line in stderr:
            serving.logged.append(line.decode().rstrip())
            if "service.listening" in serving.logged[-1]:
                serving.url = json.loads(serving.logged[-1])["url"]
                listening.set()
        listening.set()

    reading = asyncio.create_task(read())
    try:
        async with asyncio.timeout(START_SECONDS):
            await listening.wait()
        assert serving.url, "\n".join(serving.logged)
        yield serving
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await reading
