"""Numbers in figures and in Chinese."""

from __future__ import annotations

import re

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding.numerals import NUMERAL, number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("28", 28),
        ("２８", 28),
        ("3.2", 3.2),
        ("廿三", 23),
        ("卅一", 31),
        ("两千三百", 2300),
        ("两千三百五十六", 2356),
        ("三十六", 36),
        ("二十八", 28),
        ("十", 10),
        ("十二", 12),
        ("百二十", 120),
        ("一百零五", 105),
        ("三千二", 3200),
        ("一八〇", 180),
        ("二零二六", 2026),
        ("两", 2),
        ("兩", 2),
        ("半", 0.5),
        ("三点二", 3.2),
        ("幺三八", 138),
        ("〇", 0),
        ("一萬", 10000),
        (" 28 ", 28),
    ],
)
def test_numbers_are_read(text: str, value: float) -> None:
    assert number(text) == value
    assert type(number(text)) is type(value)


@pytest.mark.parametrize(
    "text", ["", "李梅", "3个", "12周", "点", "十十", "二十零", "三点", "-", "3.", "1e5", "一" * 30, "9" * 30]
)
def test_what_is_no_number(text: str) -> None:
    assert number(text) is None


@given(st.integers(0, 99_999))
def test_every_number_written_in_chinese_comes_back(value: int) -> None:
    assert number(cn2an.an2cn(value)) == value
    assert number(str(value)) == value


@given(st.integers(0, 99))
def test_the_pattern_takes_whole_numerals(value: int) -> None:
    for text in (str(value), cn2an.an2cn(value)):
        assert re.fullmatch(NUMERAL, text)


@given(st.text() | st.text("一二三十百千万亿点半两零〇廿0123456789."))
def test_no_text_breaks_it(text: str) -> None:
    assert number(text) is None or number(text) == number(text)
