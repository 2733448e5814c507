"""Updates fetched: nothing is confirmed before it is stored, nothing is held up for ever."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.channels.base import Letter
from bot.channels.telegram import NO_GROUPS, Backoff, TelegramChannel, TelegramStopped, poll
from tests.support.botapi import BotApi
from tests.support.desk import Desk

CHOICE = Letter("l1", "对吗？", buttons=((("对", "c:1"),),))


@asynccontextmanager
async def polling(
    channel: TelegramChannel, desk: Desk, **options: float
) -> AsyncIterator[asyncio.Task[None]]:
    """The bot polls within the block, and is stopped in an orderly way after it."""
    stop = asyncio.Event()
    task = asyncio.create_task(
        poll(
            channel,
            desk.submit,
            stop,
            blocked=desk.note_blocked,
            backoff=Backoff(0.01, 0.02),
            retry=Backoff(0.01, 0.02),
            patience=options.get("patience", 0.1),
        )
    )
    try:
        yield task
    finally:
        stop.set()
        await asyncio.wait_for(task, 5)


async def test_what_she_says_is_stored_and_then_confirmed(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    mei = telegram.user(1001)
    async with polling(channel, desk):
        mei.says("怀孕")
        mei.says("李梅")
        await desk.has("怀孕", "李梅")
        await telegram.settled()
    assert telegram.calls_of("getUpdates")[0].params["allowed_updates"] == [
        *("message", "edited_message", "callback_query"),
        "my_chat_member",
    ]


async def test_an_update_is_confirmed_only_after_the_commit(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    desk.slow = ["慢"]
    async with polling(channel, desk):
        slow = telegram.user(1001).says("慢")
        telegram.user(1002).says("快")
        await desk.has("快")
        telegram.user(1003).says("又一个")  # somebody else is served meanwhile
        await desk.has("快", "又一个")
        assert slow in telegram.pending
        offsets = [call.params["offset"] for call in telegram.calls_of("getUpdates")]
        assert max(offsets) <= slow["update_id"]
        desk.go.set()
        await telegram.settled()
    assert desk.texts == ["快", "又一个", "慢"]
    assert [each.text for each in desk.tried].count("慢") == 1


async def test_what_was_not_stored_before_a_crash_comes_again(
    telegram: BotApi, connect: Callable[..., TelegramChannel], desk: Desk
) -> None:
    desk.slow = ["半路"]
    telegram.user(1001).says("半路")
    channel = connect()
    crashing = asyncio.create_task(poll(channel, desk.submit, asyncio.Event(), patience=0.01))
    await desk.until(lambda: desk.tried)
    crashing.cancel()
    await asyncio.gather(crashing, return_exceptions=True)
    await channel.close()
    assert desk.stored == []

    desk.slow = []
    channel = connect()
    async with polling(channel, desk):
        await telegram.settled()
    await channel.close()
    assert desk.texts == ["半路"]


async def test_the_same_update_twice_is_harmless(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    update = telegram.user(1001).says("怀孕")
    telegram.repeat(update)
    async with polling(channel, desk):
        await telegram.settled()
    assert desk.texts == ["怀孕"]


async def test_updates_out_of_order_are_put_in_order(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    mei = telegram.user(1001)
    with telegram.held(backwards=True):
        for text in "一二三":
            mei.says(text)
    async with polling(channel, desk):
        await desk.has("一", "二", "三")


async def test_more_than_one_fetch_holds(telegram: BotApi, channel: TelegramChannel, desk: Desk) -> None:
    for number in range(250):
        telegram.user(1000 + number % 7).says(str(number))
    async with polling(channel, desk):
        await telegram.settled()
    assert sorted(map(int, desk.texts)) == list(range(250))
    for chat in range(7):
        mine = [int(each.text) for each in desk.stored if each.address == str(1000 + chat)]
        assert mine == sorted(mine)


async def test_an_update_nobody_can_read_is_let_go(
    telegram: BotApi, channel: TelegramChannel, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    poisoned = telegram.push({"message": {"message_id": 1, "text": "王芳 13800138000", "chat": "?"}})
    telegram.user(1001).says("好的")
    async with polling(channel, desk):
        await telegram.settled()
    assert desk.texts == ["好的"]
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert str(poisoned["update_id"]) in errors[0].getMessage()
    assert "王芳" not in caplog.text


async def test_one_that_cannot_be_stored_is_set_aside_in_the_end(
    telegram: BotApi, channel: TelegramChannel, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.refuses = lambda inbound: inbound.text == "毒"
    mei = telegram.user(1001)
    async with polling(channel, desk):
        poison = mei.says("毒")
        mei.says("一")
        await desk.has("一")  # overtaken by her own next message, after some tries
        others = 0
        while poison in telegram.pending and others < 50:
            others += 1
            telegram.user(2000 + others).says(str(others))
            await desk.counts(1 + others)
        await telegram.settled()
    assert "毒" not in desk.texts
    assert [record.levelname for record in caplog.records].count("CRITICAL") == 1


async def test_an_outage_of_the_storage_loses_and_reorders_nothing(
    telegram: BotApi, channel: TelegramChannel, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.refuses = lambda inbound: True
    mei, hua = telegram.user(1001), telegram.user(1002)
    async with polling(channel, desk):
        for text in "一二三":
            mei.says(text)
            hua.says(text)
        await desk.until(lambda: len(desk.tried) > 20)
        assert len(telegram.pending) == 6
        desk.refuses = lambda inbound: False
        await telegram.settled()
    for person in ("1001", "1002"):
        assert [each.text for each in desk.stored if each.address == person] == list("一二三")
    assert "CRITICAL" not in [record.levelname for record in caplog.records]


async def test_updates_telegram_has_forgotten_are_not_waited_for(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    desk.refuses = lambda inbound: inbound.text == "旧"
    async with polling(channel, desk):
        telegram.user(1001).says("旧")
        await desk.until(lambda: len(desk.tried) > 2)
        telegram.pending.clear()  # 24 hours later
        telegram.user(1002).says("新")
        await desk.has("新")
        await telegram.settled()
        await telegram.until(
            lambda: telegram.calls_of("getUpdates")[-1].params["timeout"] > 0, "long polling to be resumed"
        )


async def test_after_a_quiet_week_ids_start_anew(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    async with polling(channel, desk):
        telegram.user(1001).says("早")
        await desk.has("早")
        await telegram.settled()
        telegram.end_poll()
        await telegram.until(lambda: telegram.calls_of("getUpdates")[-1].params["offset"] == 0, "a new poll")
        telegram.restart_ids(17)
        telegram.user(1001).says("晚")
        await desk.has("早", "晚")


@pytest.mark.parametrize(
    "breaks",
    [
        lambda server: server.fails("getUpdates", 502, times=3),
        lambda server: server.fails("deleteWebhook", 500, times=2),
        lambda server: server.cuts("getUpdates", accepted=True, times=2),
        lambda server: server.cuts("getUpdates", accepted=False),
        lambda server: server.garbles("getUpdates"),
    ],
    ids=["502", "500 at the start", "cut after", "cut before", "garbled"],
)
async def test_polling_outlives_a_bad_line(
    telegram: BotApi, channel: TelegramChannel, desk: Desk, breaks: Callable[[BotApi], None]
) -> None:
    breaks(telegram)
    async with polling(channel, desk):
        telegram.user(1001).says("怀孕")
        await desk.has("怀孕")
        await telegram.settled()


async def test_flood_control_is_waited_out(
    telegram: BotApi, channel: TelegramChannel, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("bot.channels.telegram.polling.pause", sleep)
    telegram.floods("getUpdates", retry_after=11)
    async with polling(channel, desk):
        telegram.user(1001).says("怀孕")
        await desk.has("怀孕")
    assert 11 in slept


async def test_a_rejected_token_stops_with_a_remedy(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    telegram.revoke_token()
    with pytest.raises(TelegramStopped, match="@BotFather") as stopped:
        await poll(channel, desk.submit, asyncio.Event())
    assert stopped.value.__cause__ is None


async def test_two_programs_with_one_token_stop_with_a_remedy(
    telegram: BotApi, channel: TelegramChannel, connect: Callable[..., TelegramChannel], desk: Desk
) -> None:
    first = asyncio.create_task(poll(channel, desk.submit, asyncio.Event()))
    await telegram.called("getUpdates")
    other = connect()
    async with polling(other, desk):
        with pytest.raises(TelegramStopped, match="another program"):
            await asyncio.wait_for(first, 5)
    await other.close()


async def test_a_webhook_left_over_is_taken_away(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    await channel.prepare_webhook("http://127.0.0.1:9/telegram/webhook", "s", 1)
    async with polling(channel, desk):
        telegram.user(1001).says("怀孕")
        await desk.has("怀孕")
    assert telegram.webhook is None
    assert telegram.menu("zh")


async def test_a_pressed_button_comes_to_rest_after_the_commit(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    mei = telegram.user(1001)
    async with polling(channel, desk):
        mei.says("怀孕")
        await desk.has("怀孕")
        await channel.send("1001", CHOICE)
        desk.slow = [""]
        press = mei.presses("对")
        await desk.until(lambda: len(desk.tried) == 2)
        assert press.spins
        desk.go.set()
        await press.answered()
    assert (desk.stored[1].kind, desk.stored[1].button) == ("button", "c:1")


async def test_a_spinner_that_cannot_be_stopped_harms_nobody(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    mei = telegram.user(1001)
    mei.says("x")
    await channel.send("1001", CHOICE)
    telegram.fails("answerCallbackQuery", 500)
    async with polling(channel, desk):
        mei.presses("对")
        await telegram.called("answerCallbackQuery")
        await telegram.settled()
    assert [each.kind for each in desk.stored] == ["text", "button"]


async def test_a_group_is_told_once_and_left(telegram: BotApi, channel: TelegramChannel, desk: Desk) -> None:
    group, mei = telegram.group(), telegram.user(1001)
    async with polling(channel, desk):
        group.invites_bot(mei)
        group.says(mei, "李梅怀孕了")
        await group.left()
        await telegram.settled()
        assert [shown.text for shown in group.inbox] == [NO_GROUPS.id]
        group.invites_bot(mei)
        await group.left()
        assert len(group.inbox) == 2
    assert desk.tried == []


async def test_blocking_and_coming_back_are_reported(
    telegram: BotApi, channel: TelegramChannel, desk: Desk
) -> None:
    mei = telegram.user(1001)
    async with polling(channel, desk):
        mei.says("你好")
        mei.blocks()
        await desk.until(lambda: desk.blocked == {"1001": True})
        mei.unblocks()
        await desk.until(lambda: desk.blocked == {"1001": False})
    assert desk.texts == ["你好"]
