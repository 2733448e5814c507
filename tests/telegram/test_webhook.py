"""Updates brought: 200 only after the commit, nothing taken from strangers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from bot.channels.base import Letter
from bot.channels.telegram import (
    NO_GROUPS,
    PATH,
    Backoff,
    TelegramChannel,
    TelegramStopped,
    register,
    webhook,
)
from bot.channels.telegram.webhook import MAX_BODY, SECRET_HEADER
from tests.support.botapi import BotApi
from tests.support.desk import Desk

SECRET = "Xf-2026_webhook"


@dataclass
class Door:
    """Our server, and a stranger's way of knocking at it."""

    url: str
    session: aiohttp.ClientSession

    async def knock(self, body: object, secret: str | None = SECRET) -> int:
        headers = {} if secret is None else {SECRET_HEADER: secret}
        async with self.session.post(self.url, data=body, headers=headers) as response:
            return response.status


@pytest.fixture
async def door(channel: TelegramChannel, desk: Desk) -> AsyncIterator[Door]:
    app = web.Application()
    app.router.add_post(PATH, webhook(channel, desk.submit, SECRET, blocked=desk.note_blocked))
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        yield Door(f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}", session)
    await runner.cleanup()


@pytest.fixture
async def registered(channel: TelegramChannel, door: Door) -> None:
    await register(channel, door.url, SECRET)


async def test_telegram_is_told_where_and_what_to_bring(
    telegram: BotApi, channel: TelegramChannel, door: Door
) -> None:
    await register(channel, door.url, SECRET, max_connections=7)
    (call,) = telegram.calls_of("setWebhook")
    assert call.params == {
        "url": door.url,
        "secret_token": SECRET,
        "max_connections": 7,
        "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
    }
    assert telegram.menu("zh")["pregnancy"] == "报一例怀孕"


@pytest.mark.usefixtures("registered")
async def test_what_she_says_is_stored(telegram: BotApi, desk: Desk) -> None:
    mei = telegram.user(1001)
    mei.says("怀孕")
    mei.says("李梅")
    await telegram.settled()
    assert desk.texts == ["怀孕", "李梅"]
    assert telegram.webhook_answers == [200, 200]


@pytest.mark.usefixtures("registered")
async def test_the_answer_comes_after_the_commit(telegram: BotApi, desk: Desk) -> None:
    desk.slow = ["慢"]
    telegram.user(1001).says("慢")
    telegram.user(1002).says("快")
    await desk.has("快")
    await telegram.until(lambda: telegram.webhook_answers, "the quick one's answer")
    assert (telegram.webhook_answers, len(telegram.pending)) == ([200], 1)
    desk.go.set()
    await telegram.settled()
    assert telegram.webhook_answers == [200, 200]


@pytest.mark.usefixtures("registered")
async def test_what_cannot_be_stored_is_brought_again(
    telegram: BotApi, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.refuses = lambda inbound: len(desk.tried) <= 2
    telegram.user(1001).says("王芳怀孕了")
    await telegram.settled()
    assert telegram.webhook_answers == [503, 503, 200]
    assert desk.texts == ["王芳怀孕了"]
    assert "王芳" not in caplog.text


@pytest.mark.usefixtures("registered")
async def test_the_same_update_twice_and_out_of_order(telegram: BotApi, desk: Desk) -> None:
    mei = telegram.user(1001)
    with telegram.held(backwards=True):
        first = mei.says("一")
        mei.says("二")
    await telegram.settled()
    telegram.repeat(first)
    await telegram.settled()
    assert telegram.webhook_answers == [200, 200, 200]
    assert sorted(desk.texts) == ["一", "二"]


@pytest.mark.usefixtures("registered")
async def test_an_update_nobody_can_read_is_not_asked_for_again(telegram: BotApi, desk: Desk) -> None:
    telegram.push({"message": {"message_id": 1, "chat": "?"}})
    telegram.user(1001).says("好的")
    await telegram.settled()
    assert telegram.webhook_answers == [200, 200]
    assert desk.texts == ["好的"]


@pytest.mark.usefixtures("registered")
async def test_a_pressed_button_comes_to_rest_with_the_answer(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    mei = telegram.user(1001)
    mei.says("怀孕")
    await channel.send("1001", Letter("l1", "对吗？", buttons=((("对", "c:1"),),)))
    press = mei.presses("对")
    await press.answered()
    assert (desk.stored[1].button, desk.stored[1].kind) == ("c:1", "button")
    assert telegram.calls_of("failed webhook answer") == []


@pytest.mark.usefixtures("registered")
async def test_groups_and_blocks(telegram: BotApi, desk: Desk) -> None:
    group, mei = telegram.group(), telegram.user(1001, lang="en")
    group.invites_bot(mei)
    await group.left()
    mei.blocks()
    await telegram.settled()
    assert [shown.text for shown in group.inbox] == [f"[en] {NO_GROUPS.id}"]
    assert (desk.tried, desk.blocked) == ([], {"1001": True})


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "\udcff"])
async def test_without_the_secret_nothing_is_taken(
    door: Door, desk: Desk, secret: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    body = '{"update_id": 1, "message": {"text": "王芳"}}'
    if secret == "\udcff":  # aiohttp's client would not send it
        reader, writer = await asyncio.open_connection("127.0.0.1", int(door.url.split(":")[2].split("/")[0]))
        writer.write(
            f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: ".encode()
            + b"\xff\r\nContent-Length: 2\r\n\r\n{}"
        )
        assert b" 401 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
    else:
        assert await door.knock(body, secret) == 401
    assert desk.tried == []
    assert "王芳" not in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"17", b'"x"', b"\xff\xfe", b"{}", b'{"update_id": "1"}'])
async def test_what_is_no_update_is_refused(door: Door, desk: Desk, body: bytes) -> None:
    assert await door.knock(body) == 400
    assert desk.tried == []


async def test_a_body_has_its_bounds(door: Door, desk: Desk) -> None:
    assert await door.knock(b" " * (MAX_BODY + 1)) == 413
    assert await door.knock(b" " * (MAX_BODY - 20) + b'{"update_id": 1}') == 200

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY // 4096 + 2):
            yield b" " * 4096

    assert await door.knock(chunks()) == 413  # without a Content-Length
    assert desk.tried == []


async def test_kinds_of_update_we_do_not_know_are_taken_and_dropped(door: Door, desk: Desk) -> None:
    assert await door.knock(b'{"update_id": 1, "something_new": {"x": 1}}') == 200
    assert desk.tried == []


@pytest.mark.parametrize("secret", ["", "two words", "秘密", "x" * 257])
def test_a_secret_telegram_would_not_take_stops_the_start(
    channel: TelegramChannel, desk: Desk, secret: str
) -> None:
    with pytest.raises(TelegramStopped, match="secret"):
        webhook(channel, desk.submit, secret)


async def test_registering_goes_on_until_telegram_is_reached(
    telegram: BotApi, channel: TelegramChannel, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fails("setMyCommands", 502)
    telegram.cuts("setWebhook", accepted=False)
    await register(channel, door.url, SECRET, backoff=Backoff(0.01, 0.01))
    assert telegram.webhook
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len([record for record in warnings if record.name == "yunguan.telegram"]) == 2


async def test_registering_stops_where_waiting_does_not_help(
    telegram: BotApi, channel: TelegramChannel
) -> None:
    with pytest.raises(TelegramStopped, match="https url must be provided"):
        await register(channel, "ftp://county.example/telegram", SECRET)
    telegram.revoke_token()
    with pytest.raises(TelegramStopped, match="@BotFather"):
        await register(channel, "https://county.example", SECRET)


async def test_a_dead_webhook_keeps_its_updates(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    await register(channel, "http://127.0.0.1:9/telegram/webhook", SECRET)
    telegram.user(1001).says("怀孕")
    await telegram.until(lambda: telegram.webhook_answers, "a try")
    info = await channel._bot.get_webhook_info()
    assert info.pending_update_count == 1
    assert info.last_error_message
    assert info.last_error_date
    assert timedelta(0) <= channel.clock() - info.last_error_date <= timedelta(seconds=1)
