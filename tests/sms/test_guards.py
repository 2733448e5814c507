"""Numbers that nobody reads, and programs that talk to each other."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.sms.guards import Loop, canonical, is_machine
from tests.support.clock import START
from tests.support.people import phone

NUMBERS = {
    "13800001234": "13800001234",
    "+8613800001234": "13800001234",
    "8613800001234": "13800001234",
    "008613800001234": "13800001234",
    "+86 138-0000-1234": "13800001234",
    "１３８００００１２３４": "13800001234",
    "\u202a+86 138 0000 1234\u202c": "13800001234",
    "+867971234567": "07971234567",
    "+8610690000": "10690000",
    "+8695588": "95588",
    "00852 6123 4567": "+85261234567",
    "+85261234567": "+85261234567",
    "10086": "10086",
    "CMCC": "CMCC",
    "": "",
}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_has_one_form(number: str) -> None:
    assert canonical(number) == NUMBERS[number]
    assert canonical(canonical(number)) == canonical(number)


@given(st.integers(0, 9_999_999), st.sampled_from(["", "+86", "86", "0086", "+86 ", "+86-"]))
def test_every_mobile_has_one_form(n: int, prefix: str) -> None:
    assert canonical(prefix + phone(n)) == phone(n)
    assert not is_machine(phone(n))


@given(st.text(max_size=40))
def test_any_sender_has_a_form(number: str) -> None:
    assert canonical(canonical(number)) == canonical(number)
    is_machine(canonical(number))


MACHINES = [
    "10086",
    "106900001234567",
    "1069",
    "95588",
    "9558812345678",
    "12306",
    "CMCC",
    "1380000",
    "1380000x",
    "",
    "+10690",
    "+",
    "好",
]
PEOPLE = ["13800001234", "+85261234567", "07971234567"]


@pytest.mark.parametrize("number", MACHINES)
def test_nobody_reads_there(number: str) -> None:
    assert is_machine(number)


@pytest.mark.parametrize("number", PEOPLE)
def test_somebody_reads_there(number: str) -> None:
    assert not is_machine(number)
    assert is_machine(number, own={number})


MINUTE = timedelta(minutes=1)


def test_the_same_text_is_answered_three_times_in_ten_minutes() -> None:
    loop = Loop()
    heard = [(START + n * MINUTE, "您好，我现在开会。") for n in range(4)]
    for count in range(1, 5):
        assert loop.closed(heard[:count], START + (count - 1) * MINUTE) is (count == 4)


def test_small_changes_do_not_hide_a_loop() -> None:
    heard = [(START, text) for text in ("Busy", "busy!", " ＢＵＳＹ。", "busy 🙂")]
    assert Loop().closed(heard, START)


def test_what_was_long_ago_is_no_loop() -> None:
    heard = [(START + n * 4 * MINUTE, "忙") for n in range(4)]
    assert not Loop().closed(heard, START + 12 * MINUTE)
    assert Loop(window=timedelta(minutes=20)).closed(heard, START + 12 * MINUTE)
    assert Loop(times=1).closed(heard, START + 12 * MINUTE)


def test_somebody_who_writes_a_lot_is_no_loop() -> None:
    heard = [(START + timedelta(seconds=n), f"第{n}条") for n in range(50)]
    assert not Loop().closed(heard, START + MINUTE)
    assert not Loop().closed([], START)
