"""Simulated phones: what they show, and what an SMS costs."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from bot.channels.base import Accepted, Letter
from bot.channels.simulated import CHAT, SimulatedChannel
from bot.channels.sms.parts import sms_length
from tests.support.clock import FakeClock


@pytest.fixture
def channel(clock: FakeClock) -> SimulatedChannel:
    numbers = itertools.count(1)
    return SimulatedChannel(CHAT, clock, new_id=lambda: f"in-{next(numbers)}")


async def test_the_same_letter_twice_is_shown_once(channel: SimulatedChannel) -> None:
    letter = Letter("out-1", "请问她叫什么名字？")
    assert await channel.send("a", letter) == Accepted("out-1")
    assert await channel.send("a", letter) == Accepted("out-1")
    assert [bubble.text for bubble in channel.bubbles("a")] == ["请问她叫什么名字？"]
    assert channel.bubbles("b") == ()


async def test_what_is_taken_back_leaves_no_words(channel: SimulatedChannel) -> None:
    heard: list[Any] = []
    inbound = channel.write("a", "李梅，身份证…")
    stop = channel.listen(lambda address, bubble: heard.append((address, bubble.gone)))
    await channel.send("a", Letter("out-1", "", forget=(inbound.message_id,)))
    stop()
    channel.write("a", "还有")
    [gone, _] = channel.bubbles("a")
    assert (gone.gone, gone.text) == (True, "")
    assert heard == [("a", True)]


async def test_a_button_of_a_message_taken_back_is_gone(channel: SimulatedChannel) -> None:
    await channel.send("a", Letter("out-1", "对吗？", ((("对", "yes"),),)))
    assert channel.press("a", "yes") is not None
    await channel.send("a", Letter("out-2", "", forget=("out-1",)))
    assert channel.press("a", "yes") is None


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("a" + "€" * 152, "gsm7", 305, 2),
        ("a" * 152 + "€" + "a" * 152, "gsm7", 306, 3),  # the escape may not end a part
        ("好" * 70, "ucs2", 70, 1),
        ("好" * 71, "ucs2", 71, 2),
        ("好" * 134, "ucs2", 134, 2),
        ("好" * 135, "ucs2", 135, 3),
        ("好" * 66 + "👶" + "好" * 66, "ucs2", 134, 3),  # nor a part in half an emoji
        ("【孕管】回T退订", "ucs2", 8, 1),
    ],
)
def test_length_of_an_sms(text: str, encoding: str, units: int, parts: int) -> None:
    length = sms_length(text)
    assert (length.encoding, length.units, length.parts) == (encoding, units, parts)
