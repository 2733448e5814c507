"""Mobile numbers in any spacing; the nearly right ones refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.text import Refusal
from conversations.understanding.normalise import normalise
from conversations.understanding.phones import find_phones
from tests.support.people import phone, resident_id


def phones(text: str) -> list[str]:
    return ["?" if isinstance(one.value, Refusal) else str(one.value) for one in find_phones(normalise(text))]


@pytest.mark.parametrize(
    "text",
    [
        "13800001234",
        "１３８００００１２３４",
        "138 0000 1234",
        "138-0000-1234",
        "138–0000–1234",
        "138 00001234",
        "1380000 1234",
        "138 000 01234",
        "138.0000.1234",
        "1 3 8 0 0 0 0 1 2 3 4",
        "138 00 00 12 34",
        "+8613800001234",
        "+86 138 0000 1234",
        "+86-13800001234",
        "8613800001234",
        "008613800001234",
        "一三八零零零零一二三四",
        "幺三八零零零零幺二三四",
        "电话13800001234",
        "電話：13800001234",
        "李梅13800001234怀孕",
        "李梅，28岁，13800001234，9月3号",
        "13800001234 28岁",
        "28岁 13800001234",
        "20260901 13800001234",
        "2026090113800001234",
        resident_id(date(1995, 9, 3), "female") + " 13800001234",
        "138\u200b00001234",
    ],
)
def test_a_number_in_any_spacing(text: str) -> None:
    assert phones(text) == ["13800001234"]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1380000123", 10),
        ("138000012345", 12),
        ("138 0000 123", 10),
        ("电话138000012", 9),
        ("电话12345", 5),
        ("电话 138000012345678", 15),
        ("1380000123 2胎", 10),
        ("1380000123 28岁", 10),
    ],
)
def test_a_wrong_length_is_refused_and_counted(text: str, length: int) -> None:
    (found,) = find_phones(normalise(text))
    assert isinstance(found.value, Refusal)
    assert found.value.text.values["n"] == length
    assert "比如" in found.value.text.id


@pytest.mark.parametrize("text", ["电话0797-3312345", "12800001234", "手机22800001234"])
def test_no_mobile_number_is_refused(text: str) -> None:
    (found,) = find_phones(text)
    assert isinstance(found.value, Refusal)
    assert "比如" in found.value.text.id


@pytest.mark.parametrize(
    "text",
    [
        "9月3号",
        "2026-09-03",
        "20260903",
        "19950903",
        "孕12周+3",
        "120/80 28岁",
        "6斤8两",
        "2900",
        resident_id(date(1995, 9, 3), "female"),
        "360722 19950903 000X",
        "360722 1995 0903 1234",
        "手册编号1360722000123",
        "电话还没问到",
        "15 2026-09-03 8斤",
        "",
    ],
)
def test_other_figures_are_no_phones(text: str) -> None:
    assert phones(text) == []


def test_two_numbers_come_in_their_order() -> None:
    assert phones(f"她的{phone(1)}，老公{phone(2)}") == [phone(1), phone(2)]


@given(
    st.integers(0, 9_999_999), st.sampled_from(["{}", "电话{}", "李梅{}怀孕", "28岁，{}，9月3号", "{} 李梅"])
)
def test_every_number_is_found_where_it_stands(n: int, around: str) -> None:
    text = around.format(phone(n))
    (found,) = find_phones(text)
    assert found.value == found.text == phone(n)
    assert text[found.start : found.end] == phone(n)


@given(st.text() | st.text("0123456789 -+.Xx电话一三八:"))
def test_no_text_breaks_it(text: str) -> None:
    for one in (text, normalise(text)):
        for found in find_phones(one):
            assert found.text == one[found.start : found.end]
            assert isinstance(found.value, Refusal) or len(str(found.value)) == 11
