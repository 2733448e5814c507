"""Where gateways call: bodies bounded, logins checked in constant time, errors in one shape.

Every answer but 2xx is `{"error": true, "message": …}`. 503 means: not stored, bring it again. Logs hold the
gateway's name and what happened, never a number or a word of a message.
"""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

import orjson
import structlog
from aiohttp import web

from bot.channels.sms.gateway import Answer, BadCall, Call, Gateway
from bot.outbox.shelf import where

log = structlog.get_logger()

MAX_BODY = 256 * 1024
"""Bytes: a phone that was away for a week brings some hundred messages."""


def routes(gateways: Sequence[Gateway], max_body: int = MAX_BODY) -> list[web.RouteDef]:
    """The routes of these gateways for an aiohttp application."""
    served: defaultdict[tuple[str, str], list[Gateway]] = defaultdict(list)
    for gateway in gateways:
        for key in gateway.routes:
            if gateway.login is None:
                raise ValueError(f"gateway {gateway.name}: what comes in needs a login")
            served[key].append(gateway)
    return [
        web.route(method, path, _handler(some, (method, path), max_body))
        for (method, path), some in served.items()
    ]


def _handler(
    gateways: Sequence[Gateway], key: tuple[str, str], max_body: int
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        gateway = _caller(request, gateways)
        if gateway is None:
            log.warning("sms.call_refused", path=key[1])
            return _answer(_error(401, "unknown user or wrong password"))
        body = await _body(request, max_body)
        if body is None:
            log.warning("sms.call_too_long", gateway=gateway.name, path=key[1])
            return _answer(_error(413, f"more than {max_body} bytes"))
        call = Call(request.query, request.headers, body)
        try:
            answer = await gateway.routes[key](call)
        except BadCall as error:
            log.warning("sms.call_unreadable", gateway=gateway.name, path=key[1], reason=str(error))
            answer = _error(400, str(error))
        except Exception as error:  # whatever kept it from being stored: it shall be brought again
            log.error("sms.call_failed", gateway=gateway.name, path=key[1], **where(error))
            answer = _error(503, "not stored, please repeat")
        return _answer(answer)

    return handle


def _caller(request: web.Request, gateways: Sequence[Gateway]) -> Gateway | None:
    user, password = _login(request)
    matching = [one for one in gateways if one.login is not None and one.login.matches(user, password)]
    return matching[0] if matching else None


def _login(request: web.Request) -> tuple[str, str]:
    """HTTP basic auth; for services that call no such address (Aliyun), `user` and `key` in the query."""
    if header := request.headers.get("Authorization"):
        return _basic(header)
    return request.query.get("user", ""), request.query.get("key", "")


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        plain = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        plain = ""
    user, _, password = plain.partition(":")
    return (user, password) if scheme.lower() == "basic" else ("", "")


def _error(status: int, message: str) -> Answer:
    return Answer({"error": True, "message": message}, status)


def _answer(answer: Answer) -> web.Response:
    headers = {"WWW-Authenticate": 'Basic realm="yunguan"'} if answer.status == 401 else None
    if answer.json is None:
        return web.Response(status=answer.status, headers=headers)
    return web.Response(
        status=answer.status,
        headers=headers,
        body=orjson.dumps(answer.json),
        content_type="application/json",
    )


async def _body(request: web.Request, most: int) -> bytes | None:
    """The request's body, None when it has more than `most` bytes."""
    if (request.content_length or 0) > most:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
