"""The Bot API server of these tests, as python-telegram-bot's own client finds it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable

import pytest
from telegram import Bot, BotCommand, ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, InputFile
from telegram.error import BadRequest, Conflict, EndPointNotFound, Forbidden, InvalidToken

from tests.support.botapi import BotApi, User
from tests.support.clock import FakeClock


@pytest.fixture(autouse=True)
def no_token_in_any_log() -> None:
    """Not here: python-telegram-bot's bare client does log it."""


@pytest.fixture
async def bot(telegram: BotApi) -> AsyncIterator[Bot]:
    async with Bot(telegram.token, telegram.url) as bot:
        yield bot


@pytest.fixture
def mei(telegram: BotApi) -> User:
    mei = telegram.user(1001)
    mei.starts()
    return mei


def keyboard(label: str = "对", data: str = "x") -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=data)]])


async def refused(call: Awaitable[object]) -> str:
    with pytest.raises(BadRequest) as error:
        await call
    return error.value.message


async def test_the_bot_itself(bot: Bot) -> None:
    assert (bot.id, bot.username, bot.bot.is_bot) == (110201543, "yunguan_test_bot", True)


async def test_a_token_in_the_logs_would_be_noticed(
    caplog: pytest.LogCaptureFixture, telegram: BotApi
) -> None:
    """The other tests look for the token in the logs: where ours does not keep it out, there it is."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    with caplog.at_level(logging.DEBUG):
        async with Bot(telegram.token, telegram.url):
            pass
    assert telegram.token in caplog.text


async def test_messages(bot: Bot, mei: User, clock: FakeClock) -> None:
    message = await bot.send_message(1001, " 你好 ", reply_markup=keyboard())
    assert (message.text, message.date, message.chat.type) == ("你好", clock(), "private")
    assert message.reply_markup == keyboard()
    assert message.from_user is not None
    assert message.from_user.is_bot
    assert (await bot.send_message(1001, "?", reply_markup=ForceReply())).reply_markup is None
    assert await refused(bot.send_message(1001, "  ")) == "Message text is empty"
    assert await refused(bot.send_message(1001, "🤰" * 2049)) == "Message is too long"
    assert (
        await refused(bot.send_message(1001, "x", reply_markup=keyboard(data="x" * 65)))
        == "Button_data_invalid"
    )
    assert await refused(bot.send_message(77, "x")) == "Chat not found"


async def test_editing(bot: Bot, mei: User) -> None:
    sent = await bot.send_message(1001, "对吗？", reply_markup=keyboard())
    edited = await bot.edit_message_text("已上报", 1001, sent.message_id)
    assert (edited.text, edited.reply_markup) == ("已上报", None)  # type: ignore[union-attr]
    assert mei.find(sent.message_id).said == ["对吗？", "已上报"]
    again = bot.edit_message_text("已上报", 1001, sent.message_id)
    assert (await refused(again)).startswith("Message is not modified")
    await bot.edit_message_reply_markup(1001, sent.message_id, reply_markup=keyboard("撤回"))
    assert list(mei.inbox[0].buttons) == ["撤回"]
    assert await refused(bot.edit_message_text("x", 1001, 999)) == "Message to edit not found"
    assert await refused(bot.edit_message_text("x", 1001, mei.messages[0].id)) == "Message can't be edited"


async def test_deleting(bot: Bot, mei: User, clock: FakeClock) -> None:
    first = mei.messages[0].id
    second = (await bot.send_message(1001, "x")).message_id
    assert await bot.delete_message(1001, second)
    assert await refused(bot.delete_message(1001, second)) == "Message to delete not found"
    assert await bot.delete_messages(1001, [second])
    clock.advance(hours=48, seconds=1)
    assert await refused(bot.delete_messages(1001, [first])) == "Message can't be deleted"
    assert [shown.id for shown in mei.screen] == [first]


async def test_documents(bot: Bot, mei: User) -> None:
    message = await bot.send_document(1001, InputFile(b"a,b\n", "roster.csv"), caption="花名册")
    assert message.document is not None
    assert (message.document.file_name, message.document.file_size) == ("roster.csv", 4)
    assert mei.inbox[0].document == b"a,b\n"


async def test_menus(bot: Bot, telegram: BotApi) -> None:
    await bot.set_my_commands([BotCommand("help", "帮助")], language_code="zh")
    assert await bot.get_my_commands(language_code="zh") == (BotCommand("help", "帮助"),)
    assert await bot.get_my_commands() == ()
    assert telegram.menu("zh", scope="default") == {"help": "帮助"}


async def test_presses(bot: Bot, telegram: BotApi, mei: User) -> None:
    await bot.send_message(1001, "对吗？", reply_markup=keyboard(data="c:7"))
    press = mei.presses("对")
    updates = await bot.get_updates()
    assert updates[-1].callback_query is not None
    assert (updates[-1].callback_query.data, updates[-1].callback_query.id) == ("c:7", press.id)
    assert press.id not in telegram.answered_presses
    await bot.answer_callback_query(press.id)
    assert not press.spins
    assert "query is too old" in (await refused(bot.answer_callback_query("17"))).lower()
    with pytest.raises(AssertionError, match="no button"):
        mei.presses("不对")


async def test_updates_are_confirmed_by_the_next_offset(bot: Bot, telegram: BotApi) -> None:
    hua = telegram.user(1002)
    ids = [hua.says(text)["update_id"] for text in "一二三四"]
    assert [update.update_id for update in await bot.get_updates(limit=2)] == ids[:2]
    assert [update.update_id for update in await bot.get_updates(limit=2)] == ids[:2]
    assert [update.update_id for update in await bot.get_updates(offset=ids[2])] == ids[2:]
    assert [update.update_id for update in await bot.get_updates()] == ids[2:]
    assert [update.update_id for update in await bot.get_updates(offset=-1)] == ids[3:]


async def test_a_long_poll_ends_with_the_first_update(bot: Bot, telegram: BotApi) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=30, allowed_updates=["message"]))
    await telegram.called("getUpdates")
    mei = telegram.user(1001)
    mei.blocks()  # not asked for
    mei.says("在吗")
    (update,) = await waiting
    assert update.message is not None
    assert update.message.text == "在吗"


async def test_a_second_poll_ends_the_first(bot: Bot, telegram: BotApi) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await telegram.called("getUpdates")
    async with Bot(telegram.token, telegram.url) as other:
        assert await other.get_updates() == ()
        with pytest.raises(Conflict, match="terminated by other"):
            await first


async def test_polling_and_webhook_exclude_each_other(bot: Bot, telegram: BotApi) -> None:
    await bot.set_webhook(
        "http://127.0.0.1:9/", secret_token="s", max_connections=3, allowed_updates=["message"]
    )
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, info.allowed_updates) == ("http://127.0.0.1:9/", 3, ("message",))
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()
    assert "unallowed" in await refused(bot.set_webhook("https://x.example", secret_token="a b"))


async def test_who_may_be_written_to(bot: Bot, telegram: BotApi, mei: User) -> None:
    telegram.user(1002)
    with pytest.raises(Forbidden, match="can't initiate"):
        await bot.send_message(1002, "x")
    mei.blocks()
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(1001, "x")
    mei.unblocks()
    await bot.send_message(1001, "x")
    group = telegram.group()
    group.invites_bot(mei)
    await bot.leave_chat(group.id)
    with pytest.raises(Forbidden, match="not a member"):
        await bot.send_message(group.id, "x")


async def test_wrong_tokens_and_unknown_methods(bot: Bot, telegram: BotApi) -> None:
    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("make_tea")
    telegram.revoke_token()
    with pytest.raises(InvalidToken):
        await bot.get_me()


async def test_waiting_says_what_was_waited_for(telegram: BotApi, mei: User) -> None:
    with pytest.raises(AssertionError, match="another message in chat 1001"):
        await mei.hears(within=0.01)
    with pytest.raises(AssertionError, match="updates taken"):
        await telegram.settled(within=0.01)
