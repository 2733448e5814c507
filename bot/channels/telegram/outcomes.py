"""What goes wrong with Telegram, and what it means: for a letter, for the program, in a log line.

TelegramStopped      somebody must change something; the message says what
telegram.error.*     python-telegram-bot's; their messages may quote tokens and texts, and are not logged
└── Flood            429, with the time to wait
"""

from __future__ import annotations

import random
import re
import traceback
from collections.abc import Callable
from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)

from bot.channels.base import Accepted, Later, Outcome, Refused

NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""Failures before the first byte of a request went out; after any other, Telegram may have it."""

ALREADY_SO = ("message is not modified", "message to delete not found", "message to edit not found")
"""Errors which say that there was nothing left to do."""


class TelegramStopped(Exception):
    """Telegram will not work for us until somebody changes something; the message says what."""


class Flood(TelegramError):
    """429: nothing more for `after`. Ours, because PTB's RetryAfter warns whenever it is made."""

    def __init__(self, after: timedelta) -> None:
        super().__init__("flood control")
        self.after = after


class Backoff:
    """How long to wait before the next try: from `first` doubling to `most` seconds, half of it by chance."""

    def __init__(
        self, first: float = 1, most: float = 60, chance: Callable[[], float] = random.random
    ) -> None:
        self._first, self._most, self._chance = first, most, chance
        self._tries = 0

    def __call__(self) -> float:
        """Seconds to wait this time."""
        longest = min(self._most, self._first * 2.0 ** min(self._tries, 30))
        self._tries += 1
        return longest * (1 + self._chance()) / 2

    def reset(self) -> None:
        """It worked: start again from `first`."""
        self._tries = 0


def outcome_of(error: Exception) -> Outcome:
    """What an error means for the letter that met it; the reason is free of tokens and personal data."""
    match error:
        case Flood():
            return Later("flood control", error.after)
        case Forbidden():
            return Refused(_plain(error.message), blocked=True)
        case ChatMigrated():
            return Refused("the group became a supergroup")
        case InvalidToken():
            return Later("token rejected")
        case BadRequest():
            reason = _plain(error.message)
            return Accepted() if reason.lower().startswith(ALREADY_SO) else Refused(reason)
        case NetworkError():
            cause = error.__cause__
            return Later(type(cause or error).__name__, doubt=not isinstance(cause, NOT_SENT))
        case _:
            return Later(type(error).__name__, doubt=True)


def reason_of(error: Exception) -> str:
    """An error in a few words that are safe to log."""
    outcome = outcome_of(error)
    return "nothing to do" if isinstance(outcome, Accepted) else outcome.reason


def stops(error: Exception) -> TelegramStopped | None:
    """The error as one that no waiting mends, if it is one."""
    match error:
        case InvalidToken():
            return TelegramStopped(
                "telegram rejects the token: put the one @BotFather shows into the settings"
            )
        case Conflict():
            return TelegramStopped("another program takes this bot's updates: stop it, or use another token")
        case Forbidden() | BadRequest():
            return TelegramStopped(f"telegram refuses: {_plain(error.message)}")
        case _:
            return None


def whereabouts(error: BaseException) -> str:
    """Kind and places of an error without its message, which may quote what somebody wrote."""
    return f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"


def _plain(description: str) -> str:
    """Telegram's description without numbers, which may be somebody's."""
    return re.sub(r"\d+", "#", description)[:200]
