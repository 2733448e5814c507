"""What lies outside the program: the clock, the phones, the county's system; each may be out of order for a while."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

import aiohttp
import orjson
from multidict import CIMultiDict
from standardwebhooks import Webhook

from bot.channels.base import Accepted, Later, Letter, Outcome
from bot.county.deliver import DestinationSettings
from conversations.message import ChannelTraits

CHAT = ChannelTraits(name="chat", trust="high", buttons=True)
SMS = ChannelTraits(name="sms", trust="low", buttons=False)
SECRET = "whsec_" + "c2ltdWxhdGlvbiBvbmx5LCBub3Qga2VwdCBhbnl3aGVyZQ=="
DESTINATION = DestinationSettings("http://127.0.0.1:9/county", SECRET)


class Time:
    """The time that passes (`now`), and the machine's clock, which may be wrong for a while (`__call__`)."""

    def __init__(self, start: datetime) -> None:
        self.now = start.astimezone(UTC)
        self.wrong_by = timedelta(0)

    def __call__(self) -> datetime:
        return self.now + self.wrong_by

    def pass_to(self, moment: datetime) -> None:
        """Time goes on; never back."""
        self.now = max(self.now, moment.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Received:
    """A letter on somebody's phone, at the true time."""

    at: datetime
    channel: str
    address: str
    letter: Letter


class Phones:
    """A channel whose phones are in memory. While it is `down` nothing gets through."""

    def __init__(self, traits: ChannelTraits, time: Time) -> None:
        self._traits = traits
        self._time = time
        self.down = False
        self.received: list[Received] = []

    @property
    def traits(self) -> ChannelTraits:
        return self._traits

    async def send(self, address: str, letter: Letter) -> Outcome:
        """On her phone at once, or not now."""
        if self.down:
            return Later("gateway down")
        if letter.text:
            self.received.append(Received(self._time.now, self._traits.name, address, letter))
        return Accepted(letter.id)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report version as the county's system took it in."""

    at: datetime
    id: str
    content: dict[str, Any]


class _Answer(AbstractAsyncContextManager["_Answer"]):
    def __init__(self, status: int) -> None:
        self.status = status
        self.headers: CIMultiDict[str] = CIMultiDict()

    async def __aenter__(self) -> _Answer:
        if not self.status:
            raise aiohttp.ClientConnectionError("nobody there")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class CountySystem:
    """Stands where the county's HTTP client would: checks signature and time of each delivery and takes it.

    While `down` nobody answers. Every so manieth attempt finds it busy.
    """

    BUSY = 97

    def __init__(self, time: Time, clock: Callable[[], datetime]) -> None:
        self._time = time
        self._clock = clock
        self._webhook = Webhook(SECRET)
        self._attempts = 0
        self.down = False
        self.arrivals: dict[str, Arrival] = {}
        self.repeats = 0

    def post(self, url: str, *, data: bytes, headers: dict[str, str], **more: object) -> _Answer:
        """One attempt to deliver."""
        self._attempts += 1
        if self.down:
            return _Answer(0)
        if self._attempts % self.BUSY == 0:
            return _Answer(503)
        if not self._signed(data, headers):
            return _Answer(401)
        webhook_id = headers["webhook-id"]
        if webhook_id in self.arrivals:
            self.repeats += 1
            return _Answer(409)
        self.arrivals[webhook_id] = Arrival(self._time.now, webhook_id, orjson.loads(data))
        return _Answer(204)

    async def close(self) -> None:
        """Nothing is open."""

    def _signed(self, data: bytes, headers: dict[str, str]) -> bool:
        signed_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        expected = self._webhook.sign(headers["webhook-id"], signed_at, data.decode())
        right = hmac.compare_digest(expected, headers["webhook-signature"])
        return right and abs(signed_at - self._clock()) <= timedelta(minutes=5)
