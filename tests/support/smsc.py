"""An operator's message centre for tests: SMPP 3.4, one connection, every PDU as the specification has it.

It keeps what it was not acknowledged (`says`), and tells what it was given (`got`), whole messages put
together again from their parts. Section numbers are those of the SMPP 3.4 specification.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

BIND_TRANSCEIVER, SUBMIT_SM, DELIVER_SM, UNBIND, ENQUIRE_LINK = 0x9, 0x4, 0x5, 0x6, 0x15
RESPONSE = 0x80000000
UCS2 = 8
HAS_HEADER = 0x40
IS_RECEIPT = 0x04
NOT_NOW = 0x64
"""ESME_RX_T_APPN: the application cannot take it yet, as a bearerbox that is just starting."""
SOON = 0.1
"""Seconds until it is asked again."""


@dataclass
class Short:
    """One short message, a part of a message or all of it."""

    number: str
    service: str
    data: bytes
    coding: int
    esm_class: int = 0
    wants_receipt: bool = False
    id: str = ""

    @property
    def header(self) -> tuple[int, int, int] | None:
        """(reference, parts, number of this part) of a part."""
        if not self.esm_class & HAS_HEADER:
            return None
        assert self.data[:3] == b"\x05\x00\x03"
        return self.data[3], self.data[4], self.data[5]

    @property
    def body(self) -> bytes:
        """What it says, without its header: a part may end within a character."""
        return self.data[1 + self.data[0] :] if self.esm_class & HAS_HEADER else self.data


class Smsc:
    """`refuses(short)`: an SMPP error code for a message that is not taken, 0 for one that is."""

    def __init__(self) -> None:
        self.got: list[Short] = []
        self.refuses: Callable[[Short], int] = lambda short: 0
        self.receipts = True
        """Whether a delivery receipt is given for what wants one."""
        self.bound = asyncio.Event()
        self.waiting: dict[int, tuple[int, bytes]] = {}
        """What the other side has not acknowledged: it is given again, at the latest after the next bind."""
        self._changed = asyncio.Event()
        self._numbers = itertools.count(1)
        self._ids = itertools.count(0xA1)
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    # What a test does

    def says(self, number: str, service: str, text: str) -> None:
        """Somebody writes to us; a long text in parts."""
        data = text.encode("utf-16-be")
        if len(data) <= 140:
            self._give(number, service, data, 0)
            return
        reference = next(self._ids) & 0xFF
        parts = [data[start : start + 134] for start in range(0, len(data), 134)]
        for n, part in enumerate(parts, 1):
            self._give(number, service, bytes((5, 0, 3, reference, len(parts), n)) + part, HAS_HEADER)

    def messages(self) -> list[tuple[str, str]]:
        """(number, text) of every whole message, in the order in which they were complete."""
        whole: list[tuple[str, str]] = []
        parts: dict[tuple[str, int], dict[int, bytes]] = {}
        for short in self.got:
            reference, count, n = short.header or (0, 1, 1)
            some = parts.setdefault((short.number, reference), {})
            some[n] = short.body
            if len(some) == count:
                body = b"".join(some[n] for n in range(1, count + 1))
                whole.append((short.number, body.decode("utf-16-be" if short.coding == UCS2 else "ascii")))
                del parts[(short.number, reference)]
        return whole

    async def until(self, condition: Callable[[], object], within: float = 60) -> None:
        """Wait until the condition holds, looking whenever something came."""
        async with asyncio.timeout(within):
            while not condition():
                await self._changed.wait()

    async def hangs_up(self) -> None:
        """Close the line; the other side may call again."""
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    # The wire

    async def up(self) -> None:
        self._server = await asyncio.start_server(self._serve, sock=self._socket)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self.hangs_up()
        self._socket.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        try:
            while True:
                length, command, status, number = struct.unpack(">IIII", await reader.readexactly(16))
                self._take(command, status, number, await reader.readexactly(length - 16), writer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            if self._writer is writer:
                self.bound.clear()
            self._tell()
            writer.close()

    def _take(
        self, command: int, status: int, number: int, body: bytes, writer: asyncio.StreamWriter
    ) -> None:
        if command == BIND_TRANSCEIVER:
            self._write(writer, command | RESPONSE, 0, number, b"smsc\0")
            self.bound.set()
            for waiting in self.waiting:
                self._offer(waiting)
        elif command == SUBMIT_SM:
            self._submit(number, body, writer)
        elif command == DELIVER_SM | RESPONSE:
            if status == 0:
                self.waiting.pop(number, None)
            elif status == NOT_NOW:
                asyncio.get_running_loop().call_later(SOON, self._offer, number)
        elif command in (ENQUIRE_LINK, UNBIND):
            self._write(writer, command | RESPONSE, 0, number, b"")
        self._tell()

    def _offer(self, number: int) -> None:
        if number in self.waiting and self.bound.is_set() and self._writer is not None:
            kind, body = self.waiting[number]
            self._write(self._writer, kind, 0, number, body)

    def _submit(self, number: int, body: bytes, writer: asyncio.StreamWriter) -> None:
        short = _read(body)
        error = self.refuses(short)
        if error:
            self._write(writer, SUBMIT_SM | RESPONSE, error, number, b"\0")
            return
        short.id = f"{next(self._ids):x}"
        self.got.append(short)
        self._write(writer, SUBMIT_SM | RESPONSE, 0, number, short.id.encode() + b"\0")
        if short.wants_receipt and self.receipts:
            said = (
                f"id:{short.id} sub:001 dlvrd:001 submit date:2611221000 done date:2611221001"
                " stat:DELIVRD err:000 text:"
            )
            self._give(short.number, short.service, said.encode(), IS_RECEIPT, coding=0)

    def _give(self, number: str, service: str, data: bytes, esm_class: int, coding: int = UCS2) -> None:
        """deliver_sm (4.6.1)."""
        body = b"\0" + b"\1\1" + number.encode() + b"\0" + b"\0\1" + service.encode() + b"\0"
        body += bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, coding, 0, len(data))) + data
        waiting = next(self._numbers)
        self.waiting[waiting] = (DELIVER_SM, body)
        self._offer(waiting)

    @staticmethod
    def _write(writer: asyncio.StreamWriter, command: int, status: int, number: int, body: bytes) -> None:
        if not writer.is_closing():
            writer.write(struct.pack(">IIII", 16 + len(body), command, status, number) + body)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _read(body: bytes) -> Short:
    """submit_sm (4.4.1)."""
    at = 0

    def text() -> str:
        nonlocal at
        end = body.index(b"\0", at)
        found, at = body[at:end].decode("ascii"), end + 1
        return found

    def byte() -> int:
        nonlocal at
        at += 1
        return body[at - 1]

    text()  # service type
    byte(), byte()
    service = text()
    byte(), byte()
    number = text()
    esm_class = byte()
    byte(), byte()
    text(), text()  # schedule, validity
    receipt = byte()
    byte()
    coding = byte()
    byte()
    length = byte()
    return Short(number, service, body[at : at + length], coding, esm_class, bool(receipt & 1))


@asynccontextmanager
async def message_centre() -> AsyncIterator[Smsc]:
    smsc = Smsc()
    await smsc.up()
    try:
        yield smsc
    finally:
        await smsc.close()
