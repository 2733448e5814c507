"""A long message is not a way to stop the service: what it costs grows with its length, and no faster."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.engine.machine import Listening
from conversations.message import ChannelTraits, Message, Speaker
from conversations.understanding import understand
from conversations.understanding.danger import danger_signs, heard_in, signs_in
from conversations.understanding.lexicon import listed
from conversations.understanding.normalise import LONGEST
from conversations.understanding.readers import READERS, read

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
LENGTH = 4096  # of the longest message a channel hands on
ALLOWED = 2.6  # times the work for twice the length; the square would be 4

HOSTILE = sorted(
    listed(
        "出血 9月3号 李梅 李梅生了 1 孕 的 · 阿· 村 卫生院 没有 没很很 怕 电视 头胎 12周 6斤8两 血压120/80， 不是 从到 Li·Mei bleeding baby aA1 13800 九 李梅生了王芳生了 九月"
    )
)


def filled(unit: str, length: int = LENGTH) -> str:
    return (unit * length)[:length]


def listen(text: str) -> None:
    staff = Speaker("c", role="coordinator", standing="active", staff_id="s")
    _ = Listening(None, Message("m", ChannelTraits("demo"), staff, NOW, NOW, text=text), NOW).needs


def cost(work: Callable[[str], object], unit: str, length: int) -> float:
    """The least CPU time of several runs, each on words not met before."""
    best = float("inf")
    for run in range(4):
        text = f"{run}" + filled(unit, length)
        begun = process_time()
        work(text)
        best = min(best, process_time() - begun)
    return best


@pytest.mark.parametrize("unit", HOSTILE)
def test_twice_the_length_takes_twice_the_time(unit: str) -> None:
    for _ in range(3):  # another process may have the caches
        heard_in.cache_clear()
        short, long = cost(signs_in, unit, LENGTH * 2), cost(signs_in, unit, LENGTH * 4)
        if long <= ALLOWED * short:
            return
    raise AssertionError(f"{unit}: {short * 1000:.1f} ms, twice as long {long * 1000:.1f} ms")


@pytest.mark.parametrize("unit", HOSTILE)
def test_what_follows_a_long_message_costs_the_understanding_nothing(unit: str) -> None:
    assert understand(filled(unit), today=TODAY) == understand(filled(unit, LONGEST), today=TODAY)
    for field in READERS:
        assert read(field, filled(unit), today=TODAY) == read(field, filled(unit, LONGEST), today=TODAY)


@pytest.mark.parametrize("unit", HOSTILE)
def test_any_message_of_the_greatest_length_is_listened_to(unit: str) -> None:
    listen(filled(unit))


@pytest.mark.parametrize("place", [0, 380, 1000, 4000])
def test_a_sign_is_heard_however_far_down_it_stands(place: int) -> None:
    assert danger_signs(filled("今天去了村里开会。", place) + "李梅大出血了") == ("bleeding",)


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=12).map(filled))
def test_any_words_over_and_over_are_listened_to(text: str) -> None:
    listen(text)
