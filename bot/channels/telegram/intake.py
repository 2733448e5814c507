"""One update handed on, the same way whether it was fetched or brought."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.channels.base import Inbound
from bot.channels.telegram.client import TelegramChannel
from bot.channels.telegram.outcomes import whereabouts
from bot.channels.telegram.reading import Group, Membership, inbound_of

log = logging.getLogger("yunguan.telegram")

Submit = Callable[[Inbound], Awaitable[object]]
"""Takes an inbound message in; returns after the database commit, raises when it could not be stored."""

Blocked = Callable[[str, bool], Awaitable[object]]
"""Told that the person at an address blocked the bot (True) or lets it in again (False)."""


async def _nobody(address: str, blocked: bool) -> None:
    """For callers who do not care."""


class Intake:
    """Reads updates and hands them to `submit`."""

    def __init__(self, channel: TelegramChannel, submit: Submit, blocked: Blocked | None = None) -> None:
        self.channel = channel
        self._submit = submit
        self._blocked = blocked or _nobody

    async def take(self, update: Mapping[str, Any]) -> str | None:
        """Hand one update on; returns after the commit: the id of a button's press that waits for an answer.

        An update nobody can read is logged by its id and let go: it would never get better.
        """
        try:
            read = inbound_of(update, self.channel.clock())
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
            log.error("update %s cannot be read: %s", update.get("update_id"), whereabouts(error))
            return None
        match read:
            case Inbound():
                await self._submit(read)
                return update["callback_query"].get("id") if read.kind == "button" else None
            case Membership():
                await self._blocked(read.address, read.blocked)
            case Group():
                self.channel.meet_group(read)
        return None
