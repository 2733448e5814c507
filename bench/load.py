# ruff: noqa: T201
"""The load: contacts that each send the next message as soon as the last one was answered.

python -m bench.load URL SECRET CONTACTS WARM-UP-SECONDS SECONDS

A process of its own that ends by itself, and speaks plain HTTP/1.1 over kept connections: a client library
would cost it more than the server it measures. Prints one JSON line; times in seconds.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from urllib.parse import urlsplit

import orjson

from bench.dialogue import update

PATIENCE = 30
"""Seconds without an answer after which the measurement is given up."""


class Contact(asyncio.Protocol):
    """One coordinator on one connection."""

    def __init__(self, load: Load, number: int) -> None:
        self._load = load
        self._number = number
        self._turn = 0
        self._asked = 0.0
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._say()

    def _say(self) -> None:
        assert self._transport is not None
        body = update(self._number, self._turn, next(self._load.ids))
        self._asked = time.perf_counter()
        self._transport.write(self._load.head % len(body) + body)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end or len(rest) < _length(head):
            return
        self._received = b""
        self._load.answered(self._asked, ok=head.startswith(b"HTTP/1.1 200"))
        self._turn += 1
        if not self._load.over.is_set():
            self._say()

    def connection_lost(self, why: Exception | None) -> None:
        self._load.over.set()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line[15:])
    return 0


class Load:
    def __init__(self, url: str, secret: str, warm_up: float, seconds: float) -> None:
        where = urlsplit(url)
        self.host, self.port = where.hostname, where.port
        self.head = (
            f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: %d\r\n\r\n"
        ).encode()
        self.ids = itertools.count(1)
        self.over = asyncio.Event()
        self.refused = 0
        self._start = time.perf_counter() + warm_up
        self._end = self._start + seconds
        self._seconds = seconds
        self._times: list[float] = []

    def answered(self, asked: float, *, ok: bool) -> None:
        now = time.perf_counter()
        if not ok:
            self.refused += 1
        if self._start <= now < self._end:
            self._times.append(now - asked)
        elif now >= self._end:
            self.over.set()

    async def run(self, contacts: int) -> dict[str, object]:
        loop = asyncio.get_running_loop()
        for number in range(contacts):
            await loop.create_connection(
                lambda number=number: Contact(self, number),  # type: ignore[misc]
                self.host,
                self.port,
            )
        async with asyncio.timeout(self._end - time.perf_counter() + PATIENCE):
            await self.over.wait()
        times = sorted(self._times)
        if not times:
            return {"turns": 0, "refused": self.refused}
        return {
            "turns": len(times),
            "refused": self.refused,
            "per_second": len(times) / self._seconds,
            "p50": times[len(times) // 2],
            "p99": times[int(len(times) * 0.99)],
        }


def main(url: str, secret: str, contacts: str, warm_up: str, seconds: str) -> None:
    async def run() -> None:
        load = Load(url, secret, float(warm_up), float(seconds))
        print(orjson.dumps(await load.run(int(contacts))).decode())

    asyncio.run(run())


if __name__ == "__main__":
    main(*sys.argv[1:])
