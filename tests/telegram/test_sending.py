"""Letters out, over HTTP, and what is said of them when Telegram does what it does."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import timedelta
from math import inf

import pytest

from bot.channels.base import Accepted, Later, Letter, Refused
from bot.channels.telegram import MENU, Pace, TelegramChannel, TelegramStopped
from bot.channels.telegram.letters import TEXT_UNITS, pieces
from conversations.message import ChannelTraits
from tests.support.botapi import TOKEN, BotApi, User
from tests.support.clock import FakeClock


@pytest.fixture
def mei(telegram: BotApi) -> User:
    mei = telegram.user(1001)
    mei.starts()
    return mei


def letter(text: str = "收到", **more: object) -> Letter:
    return Letter(id="a1", text=text, **more)  # type: ignore[arg-type]


async def test_a_letter_arrives(channel: TelegramChannel, mei: User) -> None:
    outcome = await channel.send("1001", letter("请问她叫什么名字？"))
    shown = await mei.hears()
    assert shown.text == "请问她叫什么名字？"
    assert outcome == Accepted(str(shown.id))


async def test_links_are_not_previewed(channel: TelegramChannel, mei: User) -> None:
    await channel.send("1001", letter("http://county.example/1"))
    assert (await mei.hears()).options["link_preview_options"] == {"is_disabled": True}


async def test_buttons_stand_under_the_message(channel: TelegramChannel, mei: User) -> None:
    await channel.send("1001", letter("对吗？", buttons=((("对", "c:1"), ("改", "c:2")), (("取消", "c:3"),))))
    shown = await mei.hears()
    assert [[button["text"] for button in row] for row in shown.rows] == [["对", "改"], ["取消"]]
    assert shown.buttons["取消"] == "c:3"


async def test_her_phone_is_asked_for_with_a_key_that_shares_it(channel: TelegramChannel, mei: User) -> None:
    await channel.send(
        "1001", letter("您的电话？", ask_phone="发送我的号码", buttons=((("以后再说", "c:1"),),))
    )
    assert (await mei.hears()).keys == ["以后再说", "发送我的号码"]
    assert mei.taps_key("以后再说")["message"]["text"] == "以后再说"
    assert mei.taps_key("发送我的号码", "+8613800138000")["message"]["contact"]["user_id"] == 1001


@pytest.mark.parametrize(("size", "accepted"), [(64, True), (65, False)])
async def test_button_data_over_64_bytes_is_refused_by_telegram(
    channel: TelegramChannel, mei: User, size: int, accepted: bool
) -> None:
    outcome = await channel.send("1001", letter(buttons=((("对", "é" * (size // 2) + "x" * (size % 2)),),)))
    assert isinstance(outcome, Accepted) is accepted
    assert isinstance(outcome, Accepted) or outcome == Refused("Button_data_invalid")


async def test_she_blocked_the_bot(channel: TelegramChannel, mei: User) -> None:
    mei.blocks()
    assert await channel.send("1001", letter()) == Refused(
        "Forbidden: bot was blocked by the user", blocked=True
    )


async def test_she_never_wrote(channel: TelegramChannel, telegram: BotApi) -> None:
    telegram.user(1002)
    assert await channel.send("1002", letter()) == Refused(
        "Forbidden: bot can't initiate conversation with a user", blocked=True
    )


@pytest.mark.parametrize("address", ["999", "-1001", "", "gone"])
async def test_there_is_no_such_chat(channel: TelegramChannel, address: str) -> None:
    assert isinstance(await channel.send(address, letter()), Refused)


async def test_a_reason_holds_no_number(channel: TelegramChannel, telegram: BotApi, mei: User) -> None:
    telegram.fails("sendMessage", 400, "Bad Request: user 13800138000 has no rights")
    assert await channel.send("1001", letter()) == Refused("User # has no rights")


async def test_what_is_already_so_is_no_failure(
    channel: TelegramChannel, telegram: BotApi, mei: User
) -> None:
    telegram.fails(
        "sendMessage", 400, "Bad Request: message is not modified: specified new message content …"
    )
    assert await channel.send("1001", letter()) == Accepted()


async def test_flood_control_is_law(channel: TelegramChannel, telegram: BotApi, mei: User) -> None:
    telegram.floods("sendMessage", retry_after=17)
    assert await channel.send("1001", letter()) == Later("flood control", timedelta(seconds=17))
    assert mei.inbox == []


BROKEN: dict[str, tuple[Callable[[BotApi], None], int]] = {
    "500 before": (lambda server: server.fails("sendMessage", 500), 0),
    "500 after": (lambda server: server.fails("sendMessage", 500, accepted=True), 1),
    "502": (lambda server: server.fails("sendMessage", 502), 0),
    "cut before": (lambda server: server.cuts("sendMessage", accepted=False), 0),
    "cut after": (lambda server: server.cuts("sendMessage", accepted=True), 1),
    "no answer": (lambda server: server.stalls("sendMessage"), 1),
    "an answer from somebody else": (lambda server: server.garbles("sendMessage"), 1),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_an_answer_lost_leaves_a_doubt(
    telegram: BotApi, mei: User, connect: Callable[..., TelegramChannel], how: str
) -> None:
    channel = connect(timeout=timedelta(seconds=0.3))
    breaks, arrived = BROKEN[how]
    breaks(telegram)
    outcome = await channel.send("1001", letter())
    assert isinstance(outcome, Later)
    assert outcome.doubt
    assert outcome.after is None
    assert len(mei.inbox) == arrived
    assert isinstance(await channel.send("1001", letter()), Accepted)
    await channel.close()


async def test_no_connection_leaves_no_doubt(connect: Callable[..., TelegramChannel]) -> None:
    with socket.socket() as deaf:  # bound, but it does not listen
        deaf.bind(("127.0.0.1", 0))
        channel = connect(base_url=f"http://127.0.0.1:{deaf.getsockname()[1]}/bot")
        assert await channel.send("1001", letter()) == Later("ConnectError", doubt=False)
        await channel.close()


async def test_a_wrong_token_dooms_no_letter(channel: TelegramChannel, telegram: BotApi, mei: User) -> None:
    telegram.revoke_token()
    assert await channel.send("1001", letter()) == Later("token rejected")


def test_an_empty_token_says_where_to_get_one(clock: FakeClock) -> None:
    with pytest.raises(TelegramStopped, match="BotFather"):
        TelegramChannel("", clock=clock, say=lambda text, locale: "")


async def test_the_channel_shows_no_token(channel: TelegramChannel) -> None:
    assert TOKEN not in repr(channel)
    assert TOKEN.split(":")[1] not in repr(vars(channel).keys())


def test_what_telegram_can_do(channel: TelegramChannel, connect: Callable[..., TelegramChannel]) -> None:
    traits = channel.traits
    assert traits == ChannelTraits("telegram", trust="high", buttons=True, masked=True, deletes=True)
    assert connect(masked=False).traits.masked is False


# Long texts


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    "text",
    [
        "字" * (TEXT_UNITS + 1),
        "字" * (TEXT_UNITS - 1) + "🤰" + "字" * 10,  # the cut falls into the pair
        "字" * (TEXT_UNITS - 2) + "🤰" + "字" * 10,  # the pair just fits
        "🤰" * 5000,
        ("一行名单\n" * 2000).rstrip(),
    ],
    ids=["one over", "in the pair", "after the pair", "only pairs", "lines"],
)
async def test_a_long_text_becomes_several_messages(channel: TelegramChannel, mei: User, text: str) -> None:
    outcome = await channel.send("1001", letter(text, buttons=((("对", "c:1"),),)))
    parts = [shown.text for shown in mei.inbox]
    assert "".join(parts) == text or "\n".join(parts) == text  # Telegram trims the ends of a message
    assert all(units(part) <= TEXT_UNITS for part in parts)
    assert [bool(shown.buttons) for shown in mei.inbox] == [False] * (len(parts) - 1) + [True]
    assert outcome == Accepted(str(mei.inbox[-1].id))


def test_a_text_is_cut_after_a_line_where_there_is_one() -> None:
    first, second = pieces("甲" * 3000 + "\n" + "乙" * 3000)
    assert (first, second) == ("甲" * 3000 + "\n", "乙" * 3000)
    early = pieces("甲\n" + "乙" * 5000)
    assert len(early[0]) == TEXT_UNITS  # a break so early would waste nearly a whole message


@pytest.mark.parametrize("text", ["", "  \n "])
def test_a_blank_text_is_no_message(text: str) -> None:
    assert pieces(text) == []


async def test_the_next_try_goes_on_where_the_last_one_failed(
    connect: Callable[..., TelegramChannel], telegram: BotApi, mei: User
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    channel = connect(pace=Pace(inf, inf, sleep=sleep))
    text = "甲" * TEXT_UNITS + "乙" * TEXT_UNITS + "丙"
    telegram.floods("sendMessage", skip=1)
    assert await channel.send("1001", letter(text)) == Later("flood control", timedelta(seconds=1))
    assert isinstance(await channel.send("1001", letter(text)), Accepted)
    assert [shown.text[0] for shown in mei.inbox] == ["甲", "乙", "丙"]
    assert slept[0] == pytest.approx(1, abs=0.5)  # the chat was left alone for so long
    await channel.close()


# Taking back


async def test_what_she_said_is_taken_off_the_chat(channel: TelegramChannel, mei: User) -> None:
    ids = [str(mei.says(text)["message"]["message_id"]) for text in ("李梅", "29岁")]
    outcome = await channel.send("1001", letter("已上报", forget=tuple(ids)))
    assert isinstance(outcome, Accepted)
    assert [shown.text for shown in mei.screen] == ["/start", "已上报"]


async def test_more_than_a_hundred_are_taken_off_in_turns(channel: TelegramChannel, mei: User) -> None:
    ids = [str(mei.says(f"第{n}条")["message"]["message_id"]) for n in range(130)]
    assert await channel.send("1001", letter("", forget=tuple(ids))) == Accepted()
    assert [shown.text for shown in mei.screen] == ["/start"]


async def test_one_too_old_does_not_keep_the_others(
    channel: TelegramChannel, clock: FakeClock, mei: User
) -> None:
    old = mei.says("很久以前")["message"]["message_id"]
    clock.advance(hours=49)
    young = mei.says("刚才")["message"]["message_id"]
    outcome = await channel.send("1001", letter("已上报", forget=(str(old), str(young), "999999")))
    assert isinstance(outcome, Accepted)
    assert [shown.text for shown in mei.screen] == ["/start", "很久以前", "已上报"]


async def test_a_failure_to_forget_does_not_fail_what_was_said(
    channel: TelegramChannel, telegram: BotApi, mei: User
) -> None:
    said = mei.says("李梅")["message"]["message_id"]
    telegram.fails("deleteMessages", 500)
    assert isinstance(await channel.send("1001", letter("已上报", forget=(str(said),))), Accepted)
    telegram.fails("deleteMessages", 500)
    again = await channel.send("1001", letter("", forget=(str(said),)))
    assert again == Later("NetworkError", doubt=False)  # deleting twice does no harm


# The menu


async def test_the_menu_speaks_both_languages(channel: TelegramChannel, telegram: BotApi) -> None:
    await channel.prepare_polling()
    assert list(telegram.menu("zh")) == list(telegram.menu()) == list(MENU)
    assert telegram.menu("zh")["start"] == "开始"
    assert telegram.menu()["start"] == "[en] 开始"
