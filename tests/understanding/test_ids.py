"""Resident identity numbers: right ones read, wrong ones refused with what is wrong."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.text import Refusal
from conversations.understanding.ids import ResidentId, find_resident_ids
from conversations.understanding.normalise import normalise
from tests.support.people import phone, resident_id

BORN = date(1995, 9, 3)
HERS = resident_id(BORN, "female")
X = resident_id(BORN, "female", 0)


def test_the_helper_knows_a_number_ending_in_x() -> None:
    assert X.endswith("X")
    assert HERS[-1].isdigit()


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "身份证{}",
        "身份證號：{}",
        "李梅{}怀孕",
        "李梅，{}，13800001234",
        "{} 13800001234",
        "（{}）",
    ],
)
def test_a_right_number_gives_birth_date_and_sex(text: str) -> None:
    for number in (HERS, X):
        (found,) = find_resident_ids(normalise(text.format(number)))
        assert found.value == ResidentId(number, BORN, "female")


@pytest.mark.parametrize(
    "written",
    [
        X.lower(),
        X[:-1] + "×",
        f"{X[:6]} {X[6:14]} {X[14:]}",
        f"{X[:6]}-{X[6:14]}-{X[14:]}",
        f"{X[:6]} {X[6:10]} {X[10:14]} {X[14:]}",
        "".join(chr(ord(c) + 0xFEE0) for c in X),
    ],
)
def test_the_same_number_in_other_writing(written: str) -> None:
    (found,) = find_resident_ids(normalise(written))
    assert found.value == ResidentId(X, BORN, "female")


def test_an_old_county_code_is_accepted() -> None:
    old = resident_id(BORN, "male", area="440524")
    (found,) = find_resident_ids(old)
    assert found.value == ResidentId(old, BORN, "male")


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (HERS[:-1] + str((int(HERS[-1]) + 1) % 10), "对不上"),
        ("360722199513030026", "出生日期"),
        ("360722199502300026", "出生日期"),
        ("990722199509030026", "哪个省"),
        ("360722950903002", "15位"),
        (HERS[:-1], "应是18位"),
        (HERS + "1", "应是18位"),
        ("身份证36072219950903", "应是18位"),
    ],
)
def test_a_wrong_number_is_refused_with_the_reason(number: str, says: str) -> None:
    (found,) = find_resident_ids(number)
    assert isinstance(found.value, Refusal)
    assert says in found.value.text.id


def test_nobody_is_born_tomorrow() -> None:
    number = resident_id(date(2099, 1, 1), "female")
    (found,) = find_resident_ids(number, date(2026, 11, 22))
    assert isinstance(found.value, Refusal)


@pytest.mark.parametrize(
    "text",
    [
        "13800001234",
        "20260903",
        "2026090113800001234",
        "李梅怀孕",
        "9月3号 13800001234 6斤8两 120/80",
        "身份证没带",
        "",
    ],
)
def test_other_figures_are_no_identity_numbers(text: str) -> None:
    assert find_resident_ids(text) == []


births = st.dates(date(1930, 1, 1), date(2026, 11, 22))
numbers = st.builds(
    resident_id,
    births,
    st.sampled_from(["male", "female"]),
    st.integers(0, 498),
    st.sampled_from(["360722", "110101", "659004"]),
)


@given(numbers, st.integers(0, 999))
def test_every_right_number_is_found(number: str, n: int) -> None:
    (found,) = find_resident_ids(f"李梅{number}，电话{phone(n)}")
    assert isinstance(found.value, ResidentId)
    assert found.value.number == found.text == number
    assert f"{found.value.birth_date:%Y%m%d}" == number[6:14]
    assert found.value.sex == ("male" if int(number[16]) % 2 else "female")


@given(numbers, st.integers(0, 17), st.integers(1, 10))
def test_one_changed_digit_is_refused(number: str, place: int, by: int) -> None:
    signs = "0123456789X" if place == 17 else "0123456789"
    changed = signs[(signs.index(number[place]) + by) % len(signs)]
    if changed == number[place]:
        return
    (found,) = find_resident_ids(number[:place] + changed + number[place + 1 :])
    assert isinstance(found.value, Refusal)


@given(st.text() | st.text("0123456789 -Xx×身份证:", max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    for one in (text, normalise(text)):
        assert all(found.text == one[found.start : found.end] for found in find_resident_ids(one))
