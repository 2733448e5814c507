"""What Telegram sends, as the conversation gets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import telegram as ptb

from bot.channels.base import Inbound
from bot.channels.telegram.reading import Group, Membership, chat_of, inbound_of
from tests.support.botapi import BotApi, User

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SENT = NOW - timedelta(minutes=3)


@pytest.fixture
def server() -> BotApi:
    return BotApi(clock=lambda: SENT)  # only makes updates: it listens nowhere


@pytest.fixture
def mei(server: BotApi) -> User:
    return server.user(1001, lang="zh-hans")


def read(update: dict[str, Any]) -> Inbound:
    inbound = inbound_of(update, NOW)
    assert isinstance(inbound, Inbound)
    return inbound


def test_a_text(mei: User) -> None:
    update = mei.says("张桂花昨晚生了")
    assert read(update) == Inbound(
        channel="telegram",
        address="1001",
        provider_id=f"{update['update_id']}.{int(SENT.timestamp())}",
        sent_at=SENT,
        received_at=NOW,
        kind="text",
        text="张桂花昨晚生了",
        message_id=str(update["message"]["message_id"]),
        locale="zh_CN",
    )


def test_a_start_with_its_payload(mei: User) -> None:
    assert read(mei.starts("kx83-QP")).text == "/start kx83-QP"


def test_a_command_is_text(mei: User) -> None:
    assert (read(mei.says("/birth")).kind, read(mei.says("/birth")).text) == ("text", "/birth")


def test_an_edited_message_keeps_its_time_and_gets_an_update_id_of_its_own(mei: User) -> None:
    said = mei.says("李梅 28岁")
    edited = read(mei.edits(said, "李梅 29岁"))
    assert (edited.kind, edited.text, edited.sent_at) == ("edited", "李梅 29岁", SENT)
    assert edited.message_id == read(said).message_id
    assert edited.provider_id != read(said).provider_id


def test_a_moving_position_is_no_edited_message(mei: User) -> None:
    shared = mei.sends_location()
    assert read(shared).kind == "other"
    assert inbound_of({"update_id": 5, "edited_message": shared["message"]}, NOW) is None


def test_stickers_photos_and_voices_are_other(mei: User) -> None:
    for update in (mei.sends_sticker(), mei.sends_photo(), mei.sends_voice()):
        assert (read(update).kind, read(update).text) == ("other", "")


def test_words_under_a_photo_come_along(mei: User) -> None:
    assert (read(mei.sends_photo("B超单")).kind, read(mei.sends_photo("B超单")).text) == ("other", "B超单")


@pytest.mark.parametrize(
    ("shared", "phone"),
    [
        ("+8613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("13800138000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("+85261234567", "85261234567"),
    ],
)
def test_her_own_contact_proves_her_phone(mei: User, shared: str, phone: str) -> None:
    inbound = read(mei.shares_contact(shared))
    assert (inbound.kind, inbound.phone) == ("contact", phone)


@pytest.mark.parametrize("owner", [2002, 0], ids=["somebody else", "nobody on Telegram"])
def test_the_contact_of_another_person_proves_nothing(mei: User, owner: int) -> None:
    inbound = read(mei.shares_contact("+8613800138000", owner=owner))
    assert (inbound.kind, inbound.phone) == ("other", "")


def test_a_pressed_button(server: BotApi, mei: User) -> None:
    said = mei.says("报")
    mei.messages[0].by_bot = True
    update = mei.presses_data("c:4f2a", mei.messages[0]).update
    inbound = read(update)
    assert (inbound.kind, inbound.button, inbound.text) == ("button", "c:4f2a", "")
    assert inbound.message_id == str(said["message"]["message_id"])
    assert inbound.sent_at == inbound.received_at == NOW


def test_a_button_under_a_message_telegram_no_longer_has(mei: User) -> None:
    query = {"id": "1", "from": mei.user, "chat_instance": "1", "data": "x"}
    gone = {"chat": mei.chat, "message_id": 7, "date": 0}
    assert read({"update_id": 1, "callback_query": {**query, "message": gone}}).message_id == "7"
    assert inbound_of({"update_id": 1, "callback_query": {**query, "inline_message_id": "A"}}, NOW) is None


@pytest.mark.parametrize(
    ("lang", "locale"),
    [("zh-hans", "zh_CN"), ("zh-hant", "zh_CN"), ("zh", "zh_CN"), ("en", "en"), ("fr", "en"), (None, "")],
)
def test_the_language_of_her_telegram(server: BotApi, lang: str | None, locale: str) -> None:
    assert read(server.user(1002, lang=lang).says("hello")).locale == locale


def test_groups_are_not_read(server: BotApi, mei: User) -> None:
    group = server.group(-1001)
    assert inbound_of(group.says(mei, "李梅怀孕了"), NOW) == Group(-1001, inside=True, locale="zh_CN")
    assert inbound_of(group.invites_bot(mei), NOW) == Group(-1001, inside=True, locale="zh_CN")


def test_blocking_and_coming_back(mei: User) -> None:
    assert inbound_of(mei.blocks(), NOW) == Membership("1001", blocked=True)
    assert inbound_of(mei.unblocks(), NOW) == Membership("1001", blocked=False)


def test_other_bots_and_service_messages_are_passed_over(server: BotApi, mei: User) -> None:
    assert inbound_of(server.user(3003, is_bot=True).says("hi"), NOW) is None
    mei.says("x")
    assert inbound_of(mei.pins(mei.messages[0]), NOW) is None


def test_kinds_of_update_nobody_asked_for(server: BotApi) -> None:
    assert inbound_of(server.push({"poll_answer": {"poll_id": "1"}}), NOW) is None


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1, "message": {"message_id": 1}},
        {"update_id": 1, "message": {"message_id": 1, "chat": 5}},
        {"update_id": 1, "message": "text"},
        {"update_id": 1, "callback_query": {"id": "1"}},
        {"update_id": 1, "my_chat_member": {"chat": {"id": 1}}},
        {
            "update_id": 1,
            "message": {
                "message_id": 1,
                "from": {"id": 1, "is_bot": False},
                "chat": {"id": 1, "type": "private"},
                "date": 10**20,
                "text": "x",
            },
        },
    ],
)
def test_a_malformed_update_raises_one_of_the_errors_named(update: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError)):
        inbound_of(update, NOW)
    assert chat_of(update) is not None


def test_order_is_kept_by_chat(server: BotApi, mei: User) -> None:
    said = mei.says("x")
    press = mei.presses_data("d", mei.messages[0]).update
    assert chat_of(said) == chat_of(press) == chat_of(mei.edits(said, "y")) == chat_of(mei.blocks()) == 1001
    assert chat_of(server.push({"poll": {}})) != chat_of(server.push({"poll": {}}))


def test_python_telegram_bot_reads_every_update_the_same(server: BotApi, mei: User) -> None:
    """Our server sends what is documented: PTB's classes take all of it and know every field."""
    group = server.group()
    said = mei.says("/start x")
    for update in (
        said,
        mei.edits(said, "y"),
        mei.sends_sticker(),
        mei.sends_photo("c"),
        mei.sends_voice(),
        mei.sends_location(),
        mei.shares_contact("+8613800138000"),
        mei.pins(mei.messages[0]),
        mei.presses_data("d", mei.messages[0]).update,
        mei.blocks(),
        mei.unblocks(),
        group.invites_bot(mei),
        group.says(mei, "z"),
    ):
        parsed = ptb.Update.de_json(update, None)
        assert not list(_unknown(parsed))
        inbound = inbound_of(update, NOW)
        if isinstance(inbound, Inbound):
            assert parsed.effective_chat is not None
            assert parsed.effective_message is not None
            assert inbound.address == str(parsed.effective_chat.id)
            assert inbound.message_id == str(parsed.effective_message.message_id)
            if inbound.kind != "button":
                assert inbound.sent_at == parsed.effective_message.date


def _unknown(thing: object) -> Any:
    """Fields PTB did not recognise, at any depth."""
    if isinstance(thing, ptb.TelegramObject):
        yield from thing.api_kwargs
        for name in thing.__slots__:
            if not name.startswith("_") and name not in ("effective_attachment", "duration"):
                yield from _unknown(getattr(thing, name, None))
    elif isinstance(thing, list | tuple):
        for each in thing:
            yield from _unknown(each)
