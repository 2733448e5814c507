"""Telegram brings updates: POST /telegram/webhook."""

from __future__ import annotations

import hmac
import logging
import re
from asyncio import sleep
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web
from telegram.error import TelegramError

from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.intake import Blocked, Intake, Submit
from bot.channels.telegram.outcomes import Backoff, Flood, TelegramStopped, reason_of, stops, whereabouts

log = logging.getLogger("yunguan.telegram")

PATH = "/telegram/webhook"

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - its name, not its value

MAX_BODY = 256 * 1024
"""Bytes. An update holds one message of 4,096 characters and its surroundings."""

Handler = Callable[[web.Request], Awaitable[web.Response]]


def webhook(
    channel: TelegramChannel,
    submit: Submit,
    secret: str,
    *,
    blocked: Blocked | None = None,
    max_body: int = MAX_BODY,
) -> Handler:
    """The handler for PATH. It answers 200 after the commit and 503 when there was none: Telegram repeats.

    401 for a wrong secret, 413 for a body over `max_body` bytes, 400 for one that is not an update.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise TelegramStopped("the webhook secret must be 1 to 256 letters, digits, _ or -")
    intake = Intake(channel, submit, blocked)
    expected = secret.encode()

    async def handle(request: web.Request) -> web.Response:
        told = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(told.encode("utf-8", "surrogateescape"), expected):
            log.warning("a webhook call without the right secret was turned away")
            return web.Response(status=401)
        body = await _body(request, max_body)
        if body is None:
            return web.Response(status=413)
        try:
            update = orjson.loads(body)
        except orjson.JSONDecodeError:
            return web.Response(status=400)
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            return web.Response(status=400)
        try:
            press = await intake.take(update)
        except Exception as error:  # whatever keeps it from being stored, Telegram shall bring it again
            log.error("update %s could not be stored: %s", update["update_id"], whereabouts(error))
            return web.Response(status=503)
        if press is None:
            return web.Response()
        # A method call may stand in the answer: the spinner stops without a request of our own.
        calm = {"method": "answerCallbackQuery", "callback_query_id": press}
        return web.Response(body=orjson.dumps(calm), content_type="application/json")

    return handle


async def register(
    channel: TelegramChannel,
    url: str,
    secret: str,
    *,
    max_connections: int = 40,
    backoff: Backoff | None = None,
) -> None:
    """Tell Telegram to bring updates to `url`, and put up the menu; tries until it is done.

    Raises TelegramStopped for what no waiting mends. To be run beside the rest: a county whose line abroad is
    down still has its SMS.
    """
    backoff = backoff or Backoff()
    while True:
        try:
            return await channel.prepare_webhook(url, secret, max_connections)
        except TelegramError as error:
            if stopped := stops(error):
                raise stopped from None
            log.warning("Telegram was not told of the webhook yet: %s", reason_of(error))
            await sleep(error.after.total_seconds() if isinstance(error, Flood) else backoff())


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
