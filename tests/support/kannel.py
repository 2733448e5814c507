"""A real Kannel: Debian's bearerbox and smsbox, run with docs/kannel.conf on free ports."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import SystemRandom

import aiohttp
import pytest

SAMPLE = Path(__file__).parents[2] / "docs" / "kannel.conf"
PATIENCE = 60
"""Seconds after which a test gives up."""
PATH = os.environ.get("PATH", "") + ":/usr/sbin"


def need_kannel() -> None:
    """Skip the test where there is no Kannel; fail it where there must be one."""
    missing = [name for name in ("bearerbox", "smsbox") if shutil.which(name, path=PATH) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"no {' and no '.join(missing)}: apt install kannel")
    if missing:
        pytest.skip(f"no {' and no '.join(missing)}: apt install kannel")


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on, below those the system gives to outgoing connections: while a killed process is
    away, nobody may take its port."""
    chance = SystemRandom()
    found: dict[int, None] = {}
    while len(found) < count:
        port = chance.randrange(12000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found[port] = None
    return list(found)


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    """Return as soon as the condition is met; fail when it never is."""
    async with asyncio.timeout(PATIENCE):
        while not await met():  # noqa: ASYNC110 - another process, asked over HTTP
            await asyncio.sleep(0.05)


class Kannel:
    """bearerbox and smsbox, each in a process group of its own, by which it is killed: a smsbox that loses its
    bearerbox starts a new smsbox and ends (some ten seconds later)."""

    def __init__(self, folder: Path, smsc_port: int, app_port: int) -> None:
        self.folder = folder
        self.admin, boxes, self.sendsms = free_ports(3)
        for name in ("store", "dlr"):
            (folder / name).mkdir()
        text = SAMPLE.read_text("utf-8")
        for old, new in {
            "admin-port = 13000": f"admin-port = {self.admin}",
            "smsbox-port = 13001": f"smsbox-port = {boxes}",
            "sendsms-port = 13013": f"sendsms-port = {self.sendsms}",
            "port = 2775": f"port = {smsc_port}",
            "127.0.0.1:8080": f"127.0.0.1:{app_port}",
            "/var/spool/kannel": str(folder),
            "/var/log/kannel": str(folder),
            "reconnect-delay = 5": "reconnect-delay = 1",
            "http-queue-delay = 30": "http-queue-delay = 1",
        }.items():
            assert old in text, f"docs/kannel.conf has no {old!r}"
            text = text.replace(old, new)
        (folder / "kannel.conf").write_text(text, "utf-8")
        self._running: dict[str, asyncio.subprocess.Process] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.sendsms}/cgi-bin/sendsms"

    async def start(self) -> None:
        """Start what does not run; return when smsbox is connected and takes messages."""
        await self._start("bearerbox")
        await until(self._answers)
        await until(self._connected)

    async def kill(self, name: str) -> None:
        """As a power cut would: no goodbye."""
        process = self._running.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def stop(self) -> None:
        for name in list(self._running):
            await self.kill(name)

    async def status(self) -> str:
        """bearerbox's own account; empty while it does not answer."""
        url = f"http://127.0.0.1:{self.admin}/status.txt?password=change-me-admin"
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                return await answer.text()
        except (aiohttp.ClientError, OSError):
            return ""

    async def online(self) -> bool:
        """Whether the line to the operator is up."""
        return "(online" in await self.status()

    def logs(self) -> str:
        """Everything both have logged."""
        return "".join(path.read_text("utf-8", "replace") for path in sorted(self.folder.glob("*.log")))

    async def _answers(self) -> bool:
        return bool(await self.status())

    async def _connected(self) -> bool:
        await self._start("smsbox")  # one that finds no bearerbox ends for good: as systemd would
        if "smsbox:" not in await self.status():
            return False
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.sendsms)
        except OSError:
            return False
        writer.close()
        return True

    async def _start(self, name: str) -> None:
        if name in self._running and _lives(self._running[name].pid):
            return
        program = shutil.which(name, path=PATH)
        assert program is not None
        self._running[name] = await asyncio.create_subprocess_exec(
            program,
            "-v", "4",
            str(self.folder / "kannel.conf"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
