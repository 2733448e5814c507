"""The county system's end of the wire: receives deliveries as a real county would, and shows them."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from aiohttp import web
from standardwebhooks import Webhook

from bot.web.guard import refusal

TOLERANCE = timedelta(minutes=5)
"""How far a signature's time may lie from the receiver's, as Standard Webhooks recommends."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One delivery taken in. `schema_ok`: whether the body fits its published schema; None: not checked."""

    webhook_id: str
    received_at: datetime
    payload: Mapping[str, Any]
    schema_ok: bool | None = None

    @property
    def report(self) -> Mapping[str, Any]:
        """The report inside the payload, whether or not it stands in an envelope's `data`."""
        inner = self.payload.get("data")
        return inner if isinstance(inner, Mapping) else self.payload


class CountyInbox:
    """Takes signed deliveries: 401 for a signature that does not hold, 2xx and kept once otherwise.

    `clock` is the demonstration's, `real` the machine's: a signature is good from either's point of view,
    since the demonstration's time may be moved while a delivery is under way. `fits_schema` checks a payload.
    """

    def __init__(
        self,
        secret: str,
        clock: Callable[[], datetime],
        real: Callable[[], datetime],
        fits_schema: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> None:
        self._webhook = Webhook(secret)
        self._clock = clock
        self._real = real
        self._fits_schema = fits_schema
        self._arrivals: dict[str, Arrival] = {}
        self._listeners: list[Callable[[Arrival], None]] = []

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """Everything taken in, oldest first."""
        return tuple(self._arrivals.values())

    def listen(self, listener: Callable[[Arrival], None]) -> Callable[[], None]:
        """Call `listener` for each new arrival; the returned function ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def put_back(self, webhook_id: str, payload: Mapping[str, Any], at: datetime) -> None:
        """A delivery that was taken in before a restart."""
        fits = self._fits_schema(payload) if self._fits_schema else None
        self._arrivals.setdefault(webhook_id, Arrival(webhook_id, at, payload, fits))

    async def receive(self, request: web.Request) -> web.Response:
        """The HTTP handler for deliveries."""
        body = await request.read()
        if not self._signed(request.headers, body):
            return refusal(401, "the signature does not hold")
        try:
            payload = orjson.loads(body)
        except orjson.JSONDecodeError:
            return refusal(400, "not JSON")
        if not isinstance(payload, dict):
            return refusal(400, "not a JSON object")
        webhook_id = request.headers["webhook-id"]
        if webhook_id not in self._arrivals:
            fits = self._fits_schema(payload) if self._fits_schema else None
            arrival = Arrival(webhook_id, self._clock(), payload, fits)
            self._arrivals[webhook_id] = arrival
            for listener in tuple(self._listeners):
                listener(arrival)
        return web.Response(status=204)

    def _signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        # The library's own verify() knows only the machine's time, which the demonstration runs ahead of.
        try:
            webhook_id = headers["webhook-id"]
            signed_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
            expected = self._webhook.sign(webhook_id, signed_at, body.decode())
        except (KeyError, ValueError, OverflowError, OSError):
            return False
        times = (self._clock(), self._real())
        if not min(times) - TOLERANCE <= signed_at <= max(times) + TOLERANCE:
            return False
        offered = headers.get("webhook-signature", "").split(" ")
        return any(hmac.compare_digest(expected.encode(), one.encode()) for one in offered)
