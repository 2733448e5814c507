from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from bot.channels.telegram import Pace, TelegramChannel
from conversations.text import Joined, Sayable
from tests.support.botapi import TOKEN, BotApi
from tests.support.clock import FakeClock
from tests.support.desk import Desk


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """All that a test has logged so far."""
    formatter = logging.Formatter("%(name)s %(levelname)s %(message)s %(args)s")
    return "\n".join(map(formatter.format, caplog.get_records("setup") + caplog.get_records("call")))


def say(text: Sayable, locale: str) -> str:
    """Shows what was said, and in which language."""
    assert not isinstance(text, Joined)
    return f"{text.id}" if locale == "zh_CN" else f"[{locale}] {text.id}"


@pytest.fixture(autouse=True)
def no_token_in_any_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test does, the token is in no log record, tracebacks included."""
    for name in ("httpx", "httpcore", "telegram"):  # as at the start of a program
        logging.getLogger(name).setLevel(logging.NOTSET)
    with caplog.at_level(logging.DEBUG):
        yield
        assert TOKEN.split(":")[1] not in logged(caplog)


@pytest.fixture
async def telegram(clock: FakeClock) -> AsyncIterator[BotApi]:
    async with BotApi(clock=clock) as server:
        yield server


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def connect(telegram: BotApi, clock: FakeClock) -> Callable[..., TelegramChannel]:
    """Make a channel to the server; keyword arguments as TelegramChannel's."""

    def made(**options: object) -> TelegramChannel:
        settings = {"clock": clock, "say": say, "base_url": telegram.url, "pace": Pace.unlimited(), **options}
        return TelegramChannel(telegram.token, **settings)  # type: ignore[arg-type]

    return made


@pytest.fixture
async def channel(connect: Callable[..., TelegramChannel]) -> AsyncIterator[TelegramChannel]:
    channel = connect()
    yield channel
    await channel.close()
