"""Telegram: `TelegramChannel` to send; `poll`, or `webhook` and `register`, to receive."""

from bot.channels.telegram.client import MENU, NO_GROUPS, OFFICIAL, TelegramChannel
from bot.channels.telegram.intake import Blocked, Submit
from bot.channels.telegram.outcomes import Backoff, TelegramStopped
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.polling import poll
from bot.channels.telegram.reading import inbound_of
from bot.channels.telegram.webhook import PATH, register, webhook

__all__ = [
    "MENU",
    "NO_GROUPS",
    "OFFICIAL",
    "PATH",
    "Backoff",
    "Blocked",
    "Pace",
    "Submit",
    "TelegramChannel",
    "TelegramStopped",
    "inbound_of",
    "poll",
    "register",
    "webhook",
]
