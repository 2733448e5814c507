"""Telegram for tests: a small Bot API server, and people who write to its bot.

    async with BotApi() as telegram:
        channel = TelegramChannel(telegram.token, base_url=telegram.url, …)
        mei = telegram.user(1001, lang="zh-hans")
        mei.says("怀孕")
        answer = await mei.hears()
        mei.presses("对")

Faithful to https://core.telegram.org/bots/api in types and manners. Everything waits for events, never for
time to pass; what does not come within a few seconds is an AssertionError that says what was waited for.
"""

from tests.support.botapi.people import Group, Press, User
from tests.support.botapi.server import TOKEN, ApiError, BotApi, Call
from tests.support.botapi.shown import Shown

__all__ = ["TOKEN", "ApiError", "BotApi", "Call", "Group", "Press", "Shown", "User"]
