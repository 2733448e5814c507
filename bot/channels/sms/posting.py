"""One HTTP call to a gateway, and what its failing means for the letter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from bot.channels.base import Later

TIMEOUT = timedelta(seconds=20)
LONGEST_ANSWER = 64 * 1024
"""Bytes that are read of an answer."""

NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
"""Failures before the first byte of a request went out; after any other, the gateway may have it."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. `after`: how long to wait, if it says so (Retry-After in seconds)."""

    status: int
    body: bytes
    after: timedelta | None = None


async def post(
    session: aiohttp.ClientSession,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes,
    timeout: timedelta = TIMEOUT,  # noqa: ASYNC109 (of the whole call, aiohttp's)
) -> Said | Later:
    """POST, following no redirects; `Later`, with the doubt there is, when no answer came."""
    limit = aiohttp.ClientTimeout(total=timeout.total_seconds())
    try:
        async with session.post(
            url, headers=headers, data=body, timeout=limit, allow_redirects=False
        ) as answer:
            said = bytearray()
            async for chunk in answer.content.iter_any():
                said += chunk
                if len(said) > LONGEST_ANSWER:
                    break
            after = answer.headers.get("Retry-After", "")
            wait = timedelta(seconds=int(after)) if after.isdecimal() and len(after) < 6 else None
            return Said(answer.status, bytes(said), wait)
    except NOT_SENT as error:
        return Later(type(error).__name__)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Later(type(error).__name__, doubt=True)
