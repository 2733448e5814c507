"""Codes and PINs where a sender can be forged: guesses are counted by the day, and no PIN is written down."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.wording import render
from conversations.engine.machine import advance, needs
from conversations.engine.trust import TRIES_A_DAY, kept_words
from conversations.facts import AttemptsToday
from conversations.message import ChannelTraits, CountAttempt, Message, SetPin, Speaker, Turn, Village
from conversations.understanding.normalise import normalise
from conversations.understanding.pins import is_weak, pin_in
from tests.support.memory import Memory

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CHAT = ChannelTraits("chat")
SMS = ChannelTraits("sms", trust="low", buttons=False)
SPEAKER = Speaker(
    contact_id="c1",
    role="coordinator",
    standing="active",
    staff_id="s1",
    name="邓小莲",
    place_id="v1",
    place_name="杨梅坑村",
    villages=(Village("v1", "杨梅坑村"),),
)
PIN = "246810"


class Officer:
    """A colleague, or whoever pretends to be her by SMS. Tries are forgotten with the day, as the store does."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.session: dict[str, Any] = {}
        self.now = NOW
        self.number = 0

    def says(self, channel: ChannelTraits, *texts: str) -> Turn:
        for text in texts:
            turn = self._say(channel, text)
        return turn

    def hears(self, channel: ChannelTraits, *texts: str) -> str:
        """What is answered to the last of these."""
        return "\n".join(render(reply.text) for reply in self.says(channel, *texts).replies)

    def tomorrow(self) -> None:
        self.now += timedelta(days=1)
        self.memory.tries.clear()

    def _say(self, channel: ChannelTraits, text: str) -> Turn:
        self.number += 1
        name = f"{self.number:032x}"
        message = Message(
            name, channel, SPEAKER, self.now, self.now, text=text, entropy=f"{self.number:08x}" * 4
        )
        facts = self.memory.answer(needs(self.session, message, self.now), self.now)
        turn = advance(self.session, message, facts, self.now)
        self.memory.keep(turn)
        self.session = json.loads(json.dumps(turn.session))
        assert PIN not in json.dumps(turn.session, ensure_ascii=False)
        return turn


@pytest.fixture
def officer() -> Officer:
    officer = Officer()
    officer.says(CHAT, "李梅怀孕了，28岁，末次月经2月10号", "就这些", "对")
    return officer


def code_in(text: str) -> str:
    found = re.search(r"对 (\d{4})", text)
    assert found, text
    return found[1]


# ── codes ───────────────────────────────────────────────────────────────────────────────────────────────


def guesses(turns: Iterable[Turn]) -> int:
    return sum(turn.effects.count(CountAttempt("code")) for turn in turns)


def test_trying_every_code_is_five_guesses_a_day(officer: Officer) -> None:
    """The reading back is sent to the registered number; a forger has to guess, and has five guesses a day."""
    shown = officer.hears(SMS, "李梅昨天生了，女孩，6斤", "就这些")
    for day in range(2):
        right = code_in(shown)
        wrong = [code for code in (f"{n:04}" for n in range(10_000)) if code != right]
        turns = [officer.says(SMS, f"对 {code}") for code in wrong[: TRIES_A_DAY + day * 10]]
        turns += [officer.says(SMS, f"对 {code}") for code in (*wrong[5000:5040], right)]
        assert guesses(turns) >= TRIES_A_DAY
        assert not any(turn.reports for turn in turns)
        assert len(officer.memory.reports) == 1
        officer.tomorrow()
        shown = officer.hears(SMS, "改 2", "昨天")
    assert officer.says(SMS, f"对 {code_in(shown)}").reports


FORGED = st.lists(
    st.one_of(
        st.integers(0, 9999).map(lambda code: f"对 {code:04}"),
        st.sampled_from(["李梅昨天生了，女孩", "孕妇李梅昨天走了，在家里", "李梅昨天流产了", "撤回", "更正", "就这些", "对",
                         "取消", "返回", "重来", "改 1", "1", "家里", "是", "确认"]),
    ),
    max_size=60,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(FORGED)
def test_new_errands_and_new_codes_bring_no_new_guesses(said: list[str]) -> None:
    """Nothing that takes a code is ever filed, save by a right guess among the first five of the day."""
    officer = Officer()
    officer.says(CHAT, "李梅怀孕了，28岁，末次月经2月10号", "就这些", "对")
    for text in said:
        before = officer.memory.tries["code"]
        turn = officer.says(SMS, text)
        if turn.reports:
            assert re.fullmatch(r"对 \d{4}", text)
            assert before < TRIES_A_DAY


def test_the_draft_is_kept_and_goes_on_elsewhere_or_tomorrow(officer: Officer) -> None:
    officer.says(SMS, "李梅昨天生了，女孩，6斤", "就这些")
    for _ in range(TRIES_A_DAY):
        said = officer.hears(SMS, "对 0000")
    assert "留着" in said
    assert not re.search(r"对 \d{4}", said)
    assert "李梅" in officer.hears(CHAT, "你好")
    assert officer.says(CHAT, "对").reports


def test_other_errands_go_on_by_sms(officer: Officer) -> None:
    """What takes no code is reported as ever."""
    officer.says(SMS, "李梅昨天生了，女孩，6斤", "就这些", *["对 0000"] * TRIES_A_DAY, "取消")
    assert officer.says(SMS, "王芳怀孕了，末次月经9月3号", "就这些", "对").reports


def test_yes_without_a_code_is_no_guess(officer: Officer) -> None:
    shown = officer.hears(SMS, "李梅昨天生了，女孩，6斤", "就这些")
    officer.says(SMS, *["对"] * 8)
    assert officer.says(SMS, f"对 {code_in(shown)}").reports


# ── the PIN ─────────────────────────────────────────────────────────────────────────────────────────────

LISTS = ("我报了什么", "更正", "撤回")


@pytest.mark.parametrize("said", LISTS)
def test_no_name_of_the_roster_without_a_pin(officer: Officer, said: str) -> None:
    first = officer.hears(SMS, said)
    assert "李梅" not in first
    assert "设置PIN" in first
    officer.says(SMS, "取消")
    officer.says(CHAT, "设置PIN", PIN)
    assert "PIN" in (asked := officer.hears(SMS, said))
    assert "李梅" not in asked
    assert "李梅" in officer.hears(SMS, PIN) + officer.hears(SMS, "就这些")


def test_it_holds_for_half_an_hour_on_that_channel(officer: Officer) -> None:
    officer.says(CHAT, "设置PIN", PIN)
    officer.says(SMS, "我报了什么", PIN)
    officer.now += timedelta(minutes=30)
    assert "李梅" in officer.hears(SMS, "我报了什么")
    officer.now += timedelta(seconds=1)
    assert "李梅" not in officer.hears(SMS, "我报了什么")


def test_five_wrong_pins_and_nothing_more_is_shown_that_day(officer: Officer) -> None:
    officer.says(CHAT, "设置PIN", PIN)
    officer.says(SMS, "我报了什么")
    for number in range(TRIES_A_DAY):
        assert officer.says(SMS, f"13579{number}").effects == (CountAttempt("pin"),)
    assert "李梅" not in officer.hears(SMS, PIN)
    officer.tomorrow()
    assert "李梅" in officer.hears(SMS, PIN)


def test_a_correction_begun_elsewhere_is_not_shown_by_sms(officer: Officer) -> None:
    assert "28岁" in officer.hears(CHAT, "更正")
    assert "28岁" not in officer.hears(SMS, "帮助")


def test_another_of_that_name_is_not_listed(officer: Officer) -> None:
    officer.says(CHAT, "李梅怀孕了，35岁，末次月经3月10号", "不是", "就这些", "对")
    asked = officer.hears(SMS, "李梅昨天生了")
    assert "35岁" not in asked
    assert "28岁" not in asked
    officer.says(CHAT, "取消", "设置PIN", PIN)
    assert "35岁" in officer.hears(SMS, "李梅昨天生了", PIN)


def test_one_named_exactly_and_alone_needs_no_pin(officer: Officer) -> None:
    assert "李梅" in officer.hears(SMS, "李梅昨天生了", "就这些")


def test_whom_an_id_number_finds_is_not_named(officer: Officer) -> None:
    """She typed a number and another name: the reading back would tell whose it is."""
    number = "360722199805060027"
    officer.says(CHAT, f"刘小燕怀孕了，身份证{number}，末次月经3月10号", "就这些", "对")
    assert "刘小燕" not in officer.hears(SMS, f"王五妹昨天生了，身份证{number}", "就这些")
    officer.says(CHAT, "取消", "设置PIN", PIN)
    assert "刘小燕" in officer.hears(SMS, f"王五妹昨天生了，身份证{number}", "就这些", PIN)


def test_she_may_leave_the_pin_for_something_else(officer: Officer) -> None:
    officer.says(CHAT, "设置PIN", PIN)
    officer.says(SMS, "更正")
    assert officer.says(SMS, "王芳怀孕了，末次月经9月3号", "就这些", "对").reports
    assert "PIN" in officer.hears(SMS, "帮助")
    assert "PIN" not in officer.hears(SMS, "取消")


def test_it_is_set_where_nobody_can_pretend_to_be_her(officer: Officer) -> None:
    assert "聊天" in officer.hears(SMS, "设置PIN")
    officer.says(SMS, PIN)
    assert not officer.memory.pin
    assert officer.says(CHAT, "设置PIN", PIN).effects == (SetPin(PIN),)
    assert officer.says(CHAT, "改PIN", "135790").effects == (SetPin("135790"),)


def test_a_new_one_shuts_what_the_old_one_opened(officer: Officer) -> None:
    officer.says(CHAT, "设置PIN", PIN)
    assert "李梅" in officer.hears(SMS, "我报了什么", PIN)
    officer.says(CHAT, "改PIN", "135790")
    assert "李梅" not in officer.hears(SMS, "我报了什么")


@pytest.mark.parametrize("easy", ["111111", "123456", "654321", "012345"])
def test_an_easy_one_is_not_taken(officer: Officer, easy: str) -> None:
    said = officer.hears(CHAT, "设置PIN", easy)
    assert easy not in said
    assert not officer.memory.pin
    assert is_weak(easy)


@pytest.mark.parametrize("said", ["24681", "2468100", "李四", "跳过"])
def test_what_is_no_pin_is_not_quoted(officer: Officer, said: str) -> None:
    heard = officer.hears(CHAT, "设置PIN", said)
    assert said not in heard.replace("“跳过”", "")
    assert "6位" in heard
    assert not officer.memory.pin


# ── what is kept ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "said", ["246810", "PIN 246810", "246 810", "２４６８１０", "pin码：246810", "密码246810。"]
)
def test_a_pin_is_read_however_it_is_written_and_never_kept(said: str) -> None:
    assert pin_in(normalise(said)) == PIN
    assert not any(letter.isdigit() for letter in kept_words(None, said))


def test_a_wrong_try_is_not_kept_either(officer: Officer) -> None:
    officer.says(CHAT, "设置PIN")
    assert kept_words(officer.session, "我的是24681") == "我的是·····"
    officer.says(CHAT, PIN)
    officer.says(SMS, "我报了什么")
    assert kept_words(officer.session, "24681") == "·····"


@pytest.mark.parametrize("said", ["李梅怀孕了，末次月经9月3号，电话13800001234", "对 4821", "6斤8两", "改 3"])
def test_everything_else_is_kept_as_it_was_said(said: str) -> None:
    assert kept_words(None, said) == said


def test_nothing_that_carries_a_pin_shows_it(officer: Officer) -> None:
    officer.says(CHAT, "设置PIN")
    turn = officer.says(CHAT, PIN)
    assert PIN not in repr(turn)
    officer.says(SMS, "我报了什么")
    assert PIN not in repr(officer.says(SMS, PIN))


def test_a_pin_sent_twice_is_no_answer(officer: Officer) -> None:
    officer.says(CHAT, "设置PIN", PIN)
    officer.says(SMS, "撤回", PIN)
    assert PIN not in officer.hears(SMS, PIN)
    assert officer.session["talk"]["answers"].get("reason") is None


def test_late_guesses_count_today() -> None:
    """A message that was long on its way has no tries of its own day."""
    late = NOW - timedelta(days=2)
    message = Message("m", SMS, SPEAKER, late, NOW, text="对 0000")
    asked = {one for one in needs({}, message, NOW) if isinstance(one, AttemptsToday)}
    assert {one.day for one in asked} == {NOW.date()}
