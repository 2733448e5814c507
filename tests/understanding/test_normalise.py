"""One way of writing, with every name unharmed."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.understanding.normalise import HAN, normalise, simplify

_ONE_HAN = re.compile(f"[{HAN}]")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("怀孕，李梅", "怀孕,李梅"),
        ("９月３号", "9月3号"),
        ("ＡＢｃ１２３", "ABc123"),
        ("电话：１３８", "电话:138"),
        ("李梅。怀孕、了", "李梅。怀孕、了"),
        ("李\u200b梅", "李梅"),
        ("\ufeff李梅\u200d", "李梅"),
        ("\u202e李梅\u202c", "李梅"),
        ("李\u00ad梅", "李梅"),
        ("李梅\ufe0f", "李梅"),
        ("葛\U000e0100", "葛"),
        ("3\ufe0f\u20e3", "3"),
        ("李　梅", "李 梅"),
        ("  李梅 \t 怀孕 ", "李梅 怀孕"),
        ("李梅\r\n\r\n 王芳 ", "李梅\n王芳"),
        ("2026–9—3", "2026-9-3"),
        ("12＋3", "12+3"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
        ("阿依古丽‧买买提", "阿依古丽·买买提"),
        ("阿依古丽∙买买提", "阿依古丽·买买提"),
        ("阿依古丽 · 买买提", "阿依古丽·买买提"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("• 李梅", "• 李梅"),
        ("𠮷野", "𠮷野"),
        ("㛃䶮𬱖", "㛃䶮𬱖"),
        ("3.2㎏", "3.2kg"),
        ("①", "1"),
        ("\ud800李梅", "李梅"),
        ("", ""),
        ("\u200b", ""),
    ],
)
def test_one_way_of_writing(written: str, read: str) -> None:
    assert normalise(written) == read


@given(st.text() | st.text("李梅·•・ \u200b\u3000\n\t，。9９-—•\u0308e\u0301\ufeff"))
@settings(max_examples=400)
def test_twice_is_once(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == once.strip()
    once.encode()


def test_no_single_character_is_changed_twice() -> None:
    for code in range(sys.maxunicode + 1):
        once = normalise(chr(code))
        assert normalise(once) == once, hex(code)


@given(st.text() | st.text(st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF)))
def test_no_han_character_is_lost(text: str) -> None:
    kept = "".join(_ONE_HAN.findall(unicodedata.normalize("NFKC", text)))
    assert "".join(_ONE_HAN.findall(normalise(text))) == kept


def test_ideographs_that_are_no_duplicates_stay_as_they_are() -> None:
    for low, high in (
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
        (0x20000, 0x2A6DF),
        (0x2A700, 0x2EBE0),
        (0x30000, 0x323AF),
    ):
        block = "".join(map(chr, range(low, high + 1)))
        assert normalise(block) == block


@given(st.text())
def test_simplified_words_stand_in_their_places(text: str) -> None:
    assert len(simplify(text)) == len(text)


def test_traditional_words_are_recognised() -> None:
    assert simplify("農曆閏臘月號電話歲兩個") == "农历闰腊月号电话岁两个"
