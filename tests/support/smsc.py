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
    def text(self) -> str:
        body = self.data[1 + self.data[0] :] if self.esm_class & HAS_HEADER else self.data
        return body.decode("utf-16-be" if self.coding == UCS2 else "ascii")


class Smsc:
    """`refuses(short)`: an SMPP error code for a message that is not taken, 0 for one that is."""

    def __init__(self) -> None:
        self.got: list[Short] = []
        self.refuses: Callable[[Short], int] = lambda short: 0
        self.receipts = True
        """Whether a delivery receipt is given for what wants one."""
        self.bound = asyncio.Event()
        self.waiting: dict[int, tuple[int, bytes]] = {}
        """What the other side has not acknowledged: it is given again after the next bind."""
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
        parts: dict[tuple[str, int], dict[int, str]] = {}
        for short in self.got:
            if short.header is None:
                whole.append((short.number, short.text))
                continue
            reference, count, n = short.header
            some = parts.setdefault((short.number, reference), {})
            some[n] = short.text
            if len(some) == count:
                whole.append((short.number, "".join(some[n] for n in range(1, count + 1))))
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
            self.bound.clear()
            self._tell()
            writer.close()

    def _take(
        self, command: int, status: int, number: int, body: bytes, writer: asyncio.StreamWriter
    ) -> None:
        if command == BIND_TRANSCEIVER:
            self._write(writer, command | RESPONSE, 0, number, b"smsc\0")
            self.bound.set()
            for waiting, (kind, pdu) in self.waiting.items():
                self._write(writer, kind, 0, waiting, pdu)
        elif command == SUBMIT_SM:
            self._submit(number, body, writer)
        elif command == DELIVER_SM | RESPONSE:
            if status == 0:
                self.waiting.pop(number, None)
        elif command in (ENQUIRE_LINK, UNBIND):
            self._write(writer, command | RESPONSE, 0, number, b"")
        self._tell()

    def _submit(self, number: int, body: bytes, writer: asyncio.StreamWriter) -> None:
        short = _read(body)
        error = self.refuses(short)
        if error:
            self._write(writer, SUBMIT_SM | RESPONSE, error, number, b"")
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
        if self.bound.is_set() and self._writer is not None:
            self._write(self._writer, DELIVER_SM, 0, waiting, body)

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
