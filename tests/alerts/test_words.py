"""What is said: by whom it is read, on what channel, and what never stands in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.wording import render
from conversations.care import danger_advice
from conversations.care.danger_advice import FIRST_AID, SIGNS, advice, past_advice, unapproved
from conversations.care.titles import titled
from conversations.flows.alerts import (
    Caller,
    Seen,
    Story,
    alert_buttons,
    alert_text,
    is_taking,
    more_text,
    taken_text,
)
from conversations.message import ChannelTraits, Speaker
from conversations.text import Sayable
from conversations.understanding.danger import _SIGNS

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CHAT = Seen(ChannelTraits("chat"), "古陂镇杨梅坑村", 1, False, NOW)
ABROAD = replace(CHAT, channel=ChannelTraits("telegram", masked=True))
SMS = replace(CHAT, channel=ChannelTraits("sms", trust="low", buttons=False))
STORY = Story(
    kind="danger",
    signs=("bleeding", "fits"),
    said_at=NOW - timedelta(minutes=3),
    words=("李梅流血了，电话13800000101",),
    reporter=Caller("邓小莲", "13800000011", "coordinator"),
    women=(Caller("李梅", "13800000101", "woman"),),
    places=("v",),
)
ROLES = ("woman", "unknown", "coordinator", "township", "institution", "county")
INFECTIONS = ("感染", "传染", "艾滋", "梅毒", "乙肝", "病毒", "阳性")


def test_every_sign_has_plain_words() -> None:
    assert set(SIGNS) == set(_SIGNS)
    assert set(FIRST_AID) <= set(SIGNS)


def test_the_alarm() -> None:
    assert render(titled(alert_text(STORY, CHAT, minutes=20), "xinfeng")) == (
        "【危急】古陂镇杨梅坑村李梅：出血、抽搐或昏倒。\n"
        "孕管员邓小莲09:57报的。\n"
        "原话：“李梅流血了，电话13800000101”\n"
        "请马上联系：李梅 13800000101、邓小莲 13800000011。\n"
        "已经20分钟了，还没有人接手。"
    )


def test_by_sms_it_says_how_to_answer() -> None:
    assert render(alert_text(STORY, SMS)).endswith("您来处理请回“收到”。")
    assert render(alert_text(STORY, replace(SMS, number=2, several=True))).endswith("您来处理请回“收到2”。")


def test_on_a_masked_channel_nobody_can_be_known_from_it() -> None:
    taker = Speaker("c", role="township", name="温秀英", place_name="古陂镇")
    for text in (
        alert_text(STORY, ABROAD),
        more_text(STORY, ABROAD, taken=False),
        taken_text(STORY, ABROAD, taker, reached=False),
    ):
        said = render(text)
        assert "李*" in said
        for secret in ("李梅", "邓小莲", "温秀英", "13800000101", "13800000011"):
            assert secret not in said
    assert "李*·尾号0101" in render(alert_text(STORY, ABROAD))


def test_a_message_long_on_its_way_shows_its_day() -> None:
    late = replace(STORY, said_at=NOW - timedelta(days=2))
    assert "2026年11月20日 10:00报的" in render(alert_text(late, CHAT))


@pytest.mark.parametrize(
    "words", ["我有乙肝，现在流血了", "我hiv的，肚子痛", "梅毒阳性，破水了", "怕是感染了，发高烧"]
)
def test_words_of_an_infection_are_never_passed_on(words: str) -> None:
    told = replace(STORY, words=(words,))
    for seen in (CHAT, SMS, ABROAD):
        for text in (alert_text(told, seen), more_text(told, seen, taken=False)):
            assert "原话" not in render(text)


def test_no_sentence_of_ours_names_an_infection() -> None:
    every: list[Sayable] = [*SIGNS.values(), *FIRST_AID.values()]
    every += [advice([sign], role, alerted=True) for sign in SIGNS for role in ROLES]
    for text in every:
        assert not any(word in render(text) for word in INFECTIONS)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("sign", SIGNS)
def test_everybody_is_told_to_call_for_help(role: str, sign: str) -> None:
    said = render(advice([sign], role, alerted=True, office_phone="0797-3300000"))
    assert "120" in said
    assert "0797-3300000" in said
    assert ("12356" in said) == (sign == "self_harm")


def test_what_differs_by_who_speaks() -> None:
    assert "让家人立刻送医院" in render(advice(["bleeding"], "woman", alerted=True))
    assert "不要离开她身边" in render(advice(["bleeding"], "coordinator", alerted=True))
    assert "孩子" in render(advice(["newborn"], "woman", alerted=True))
    assert "农药" in render(advice(["self_harm"], "coordinator", alerted=True))
    assert "别一个人扛着" in render(advice(["self_harm"], "woman", alerted=True))
    assert "孕管员" not in render(advice(["bleeding"], "unknown", alerted=False))


@pytest.mark.parametrize("role", ROLES)
def test_what_is_over_is_no_alarm_but_no_trifle(role: str) -> None:
    assert "再出现马上打120" in render(past_advice(role, alerted=False))


def test_nobody_has_approved_them_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unapproved() is not None
    assert danger_advice.SOURCE
    monkeypatch.setattr(danger_advice, "APPROVED_BY", "何静，主治医师")
    monkeypatch.setattr(danger_advice, "APPROVED_ON", "2026-11-22")
    assert unapproved() is None


def test_a_story_survives_being_kept() -> None:
    assert Story.of("danger", STORY.as_details()) == STORY


def test_buttons_are_short_enough_for_any_channel() -> None:
    for row in alert_buttons("0123456789abcdef"):
        assert all(len(button.value.encode()) <= 40 for button in row)


@pytest.mark.parametrize(
    "text", ["收到", "收到了", "收到 2", "我来处理。", "已经联系上了", "联系上她了", "Got it", "received 3"]
)
def test_words_that_take_it(text: str) -> None:
    assert is_taking(text)


@pytest.mark.parametrize(
    "text", ["", "没收到", "收到吗", "收到李梅的消息", "联系不上", "我来报怀孕", "收到123", "好"]
)
def test_words_that_do_not(text: str) -> None:
    assert not is_taking(text)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (119, "已经119分钟了"),
        (120, "已经2个小时了"),
        (47 * 60 + 59, "已经47个小时了"),
        (48 * 60, "已经2天了"),
        (9 * 24 * 60 + 61, "已经9天了"),
    ],
)
def test_how_long_nobody_has_taken_it(minutes: int, words: str) -> None:
    assert f"{words}，还没有人接手。" in render(titled(alert_text(STORY, CHAT, minutes=minutes), "xinfeng"))
