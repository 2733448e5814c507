"""Where the county calls: `/county/v1/…`. Key, signature and time are checked, then the shape; each call is stored
and acted on in one transaction, once, however often it comes.

Nothing of a body is logged or quoted. Of a woman nobody knows and of one in another county the same is said.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hmac import compare_digest
from typing import Any

import orjson
import structlog
from aiohttp import web
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook

from bot import audit
from bot.county import keys
from bot.county.calls import SHAPES, Kind, openapi
from bot.logs import whereabouts
from conversations.local_time import LOCAL
from storage.database import Database

log = structlog.get_logger()

PATH = "/county/v1"
MAX_BODY = 64 * 1024
TOLERANCE = timedelta(minutes=5)
"""Between the county's clock and ours."""
BACK, AHEAD = timedelta(days=2 * 365), timedelta(days=2 * 365)
"""How far from today the dates of a call may be, at most. (u)"""
STRANGER = "stranger"
"""Who calls without a key of ours, in the audit log."""
NOTED_EVERY = timedelta(minutes=1)
"""How often calls without a valid key are noted in the audit log, at most; the service's own log has them all."""
TOMORROW = timedelta(days=1)
"""What has happened may be of tomorrow where the county's midnight comes before ours."""


@dataclass(frozen=True, slots=True)
class Told:
    """One call of the county, its sender known and its shape right. `id` is the county's, unique to it."""

    kind: Kind
    id: str
    caller: keys.Caller
    body: Mapping[str, Any]


class NoSuchSubject(Exception):
    """We know nobody of that name in the caller's county."""


class AnotherBody(Exception):
    """Something else came under this id before."""


Take = Callable[[Told], Awaitable[None]]
"""Stores a call and acts on it; returns after the commit. Raises `NoSuchSubject`, `AnotherBody`."""


class _Wrong(Exception):
    """The call is refused: status, why, and where in the body."""

    def __init__(self, status: int, error: str, at: tuple[str, ...] = ()) -> None:
        super().__init__(error)
        self.status, self.error, self.at = status, error, at


def routes(database: Database, take: Take, clock: Callable[[], datetime]) -> list[web.RouteDef]:
    """The county's routes for an aiohttp application."""
    last: list[datetime] = []

    def may_note() -> bool:
        """Whoever has no key can fill the log only so fast."""
        now = clock()
        if last and now - last[0] < NOTED_EVERY:
            return False
        last[:] = [now]
        return True

    def handler(kind: Kind) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            try:
                told = await _checked(database, kind, request, clock())
                await take(told)
            except _Wrong as wrong:
                log.warning("county.call_refused", kind=kind, status=wrong.status, error=wrong.error)
                if wrong.status == 401 and may_note():
                    await _note_refusal(database, kind, STRANGER, "unknown", clock())
                return _error(wrong.status, wrong.error, wrong.at)
            except NoSuchSubject:
                await _note_refusal(database, kind, told.caller.key_id, "county", clock())
                return _error(404, "we know nobody of that name in your county")
            except AnotherBody:
                return _error(409, "another body came under this webhook-id before")
            except Exception as error:
                log.error("county.call_failed", kind=kind, error=whereabouts(error))
                return _error(503, "not stored, please repeat")
            log.info("county.called", kind=kind, key=told.caller.key_id)
            return web.json_response({"id": told.id, "taken": True})

        return handle

    async def document(request: web.Request) -> web.Response:
        return web.json_response(openapi())

    return [
        web.get(f"{PATH}/openapi.json", document),
        *(web.post(f"{PATH}/{kind}", handler(kind)) for kind in SHAPES),
    ]


async def _note_refusal(database: Database, kind: Kind, actor: str, role: str, now: datetime) -> None:
    """In the audit log: a call that was refused, of whom is not said. Where that fails the answer stays the same."""
    try:
        async with database.transaction() as tx:
            audit.note(
                tx,
                actor=actor,
                role=role,
                action=f"county.{kind}",
                channel="county",
                now=now,
                outcome="refused",
            )
    except Exception as error:
        log.error("county.refusal_not_noted", kind=kind, error=whereabouts(error))


async def _checked(database: Database, kind: Kind, request: web.Request, now: datetime) -> Told:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    caller = await keys.caller(database, key.strip()) if scheme.lower() == "bearer" else None
    if caller is None:
        raise _Wrong(401, "no valid key: Authorization: Bearer whsec_…")
    body = await _body(request)
    call_id = _signed(request.headers, key.strip(), body, now)
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _Wrong(422, "not JSON") from None
    wrong = sorted({"/" + "/".join(map(str, error.path)) for error in _validator(kind).iter_errors(said)})
    if wrong:
        raise _Wrong(422, f"not the shape of this call; see {PATH}/openapi.json", tuple(wrong))
    json.loads(body, object_pairs_hook=_once)
    if out := _out_of_time(said, now.astimezone(LOCAL).date()):
        raise _Wrong(422, "a date that cannot be", out)
    return Told(kind, call_id, caller, said)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name that stands twice readers take the first or the last: a red grade for one, a green one for another."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise _Wrong(422, "a name stands twice in the same object")
    return dict(pairs)


def _signed(headers: Mapping[str, str], key: str, body: bytes, now: datetime) -> str:
    """The id of a call whose signature and time are right."""
    call_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not 1 <= len(call_id) <= 64 or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        raise _Wrong(
            401, "webhook-id (1 to 64 characters), webhook-timestamp and webhook-signature are needed"
        )
    try:
        at = datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError):
        raise _Wrong(401, "webhook-timestamp is no time") from None
    if abs(at - now) > TOLERANCE:
        raise _Wrong(401, "webhook-timestamp is more than 5 minutes from our clock")
    expected = Webhook(b64decode(key.removeprefix(keys.PREFIX))).sign(
        call_id, at, body.decode("utf-8", "replace")
    )
    if not any(
        compare_digest(expected.encode(), one.encode())
        for one in headers.get("webhook-signature", "").split()
    ):
        raise _Wrong(401, "webhook-signature does not fit the body")
    return call_id


async def _body(request: web.Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            raise _Wrong(413, f"more than {MAX_BODY} bytes")
    return bytes(body)


def _out_of_time(said: Mapping[str, Any], today: date) -> tuple[str, ...]:
    """Where a date is too early or too late to be one: what follows from it could not be counted."""
    latest = {"date": today + TOMORROW, "next_appointment": today + AHEAD, "until": today + AHEAD}
    told = {name: date.fromisoformat(said[name]) for name in latest if name in said}
    return tuple(f"/{name}" for name, day in told.items() if not today - BACK <= day <= latest[name])


@cache
def _validator(kind: Kind) -> Any:
    return Draft202012Validator(SHAPES[kind].schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _error(status: int, error: str, at: tuple[str, ...] = ()) -> web.Response:
    return web.json_response({"error": error} | ({"at": list(at)} if at else {}), status=status)
