"""Newborns' weights in 斤 and 两, kilograms and grams."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.text import Ambiguous, Refusal
from conversations.understanding import understand
from conversations.understanding.normalise import normalise
from conversations.understanding.weights import find_weights


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("6斤8两", 3400),
        ("6斤8兩", 3400),
        ("6 斤 8 两", 3400),
        ("６斤８两", 3400),
        ("6斤8", 3400),
        ("女孩6斤8", 3400),
        ("6斤半", 3250),
        ("六斤半", 3250),
        ("六斤八两", 3400),
        ("六斤二两", 3100),
        ("六斤二", 3100),
        ("六斤零二两", 3100),
        ("7斤", 3500),
        ("七斤", 3500),
        ("6.8斤", 3400),
        ("6斤多", 3000),
        ("四斤九", 2450),
        ("两斤三两", 1150),
        ("7两", 350),
        ("半斤", 250),
        ("3.2公斤", 3200),
        ("3.25公斤", 3250),
        ("3.2kg", 3200),
        ("3.2 KG", 3200),
        ("3.2㎏", 3200),
        ("3.2千克", 3200),
        ("三公斤二", 3200),
        ("三点二公斤", 3200),
        ("三公斤半", 3500),
        ("3公斤2两", 3100),
        ("3200克", 3200),
        ("3200g", 3200),
        ("3200 G", 3200),
        ("两千九百克", 2900),
        ("体重6斤8两，母子平安", 3400),
        ("昨晚生了个带把的6斤8两28岁", 3400),
        ("6斤28岁", 3000),
    ],
)
def test_weights_as_they_are_said(text: str, grams: int) -> None:
    assert [one.value for one in find_weights(normalise(text))] == [grams]


@pytest.mark.parametrize("text", ["6斤12两", "五斤十二两", "3.5斤2两"])
def test_more_than_a_jin_of_liang_is_refused_with_an_example(text: str) -> None:
    (found,) = find_weights(text)
    assert isinstance(found.value, Refusal)
    assert "比如" in found.value.text.id or "请说成" in found.value.text.id


@pytest.mark.parametrize(
    "text",
    [
        "2900",
        "9月3号",
        "血红蛋白110g/L",
        "Hb 110g",
        "两个月",
        "孕12周",
        "两周前",
        "0.4mg",
        "胖了10斤",
        "两点",
        "13800001234",
        "",
    ],
)
def test_other_amounts_are_no_weights(text: str) -> None:
    assert find_weights(normalise(text)) == []


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("2900", [2900]),
        ("女2900", [2900]),
        ("3.2", [3200]),
        ("6.8", [3400]),
        ("28", []),
        ("2026-09-03", []),
        ("120/80", []),
        ("13800001234", []),
    ],
)
def test_bare_figures_only_where_a_weight_was_asked_for(text: str, grams: list[int]) -> None:
    assert find_weights(text) == []
    assert [one.value for one in find_weights(text, bare=True)] == grams


def test_a_figure_that_fits_both_units_is_asked_about() -> None:
    (found,) = find_weights("4.4", bare=True)
    assert isinstance(found.value, Ambiguous)
    assert [value for value, _ in found.value.options] == [4400, 2200]


def test_twins_have_two_weights() -> None:
    assert [one.value for one in find_weights("老大4斤8两，老二4斤2两")] == [2400, 2100]


@given(st.integers(1, 13), st.integers(0, 9))
def test_jin_and_liang_come_back(jin: int, liang: int) -> None:
    for text in (f"{jin}斤{liang}两", f"生了，{jin}斤{liang}两，男"):
        assert [one.value for one in find_weights(text)] == [jin * 500 + liang * 50]


@given(st.integers(300, 7000))
def test_grams_come_back(grams: int) -> None:
    for text in (f"{grams}克", f"{grams}g", f"{grams / 1000}公斤", f"{grams / 1000}kg", f"{grams / 500}斤"):
        assert [one.value for one in find_weights(text)] == [grams]
    assert [one.value for one in find_weights(str(grams), bare=True)] == [grams]


@given(st.text() | st.text("0123456789.斤两公克千kgG半一二十零 "), st.booleans())
def test_no_text_breaks_it(text: str, bare: bool) -> None:
    for one in (text, normalise(text)):
        assert all(found.text == one[found.start : found.end] for found in find_weights(one, bare=bare))


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("今早6点半剖的，男娃3.2", 3200),
        ("李梅昨天生了，女孩 3.35", 3350),
        ("李梅昨天生了，双胞胎，男2.3，女2.1", 2300),
        ("李梅生了，女孩 3.12", None),  # may be the day
        ("李梅昨天生了男孩，9.3号", None),
    ],
)
def test_a_number_after_a_child_whose_day_is_told_is_its_weight(text: str, grams: int | None) -> None:
    children = understand(text, today=date(2026, 11, 22)).fields["children"]
    assert children[0].get("birth_weight_g") == grams
