"""Factors as they are called find the programme's list, and what it suggests."""

from __future__ import annotations

import pytest

from conversations.care.colours import suggest
from conversations.care.factor_words import _PATTERNS, factors_in
from conversations.care.programme import programme


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (["疤痕子宫"], ("scar_uterus",)),
        (["两次剖宫产", "瘢痕子宫"], ("two_uterine_operations",)),
        (["高龄", "41岁"], ("age_40",)),
        (["高龄"], ("age_35_18",)),
        (["双胎", "中度贫血"], ("hb_60_110", "twins")),
        (["乙肝病毒携带"], ("hepatitis_carrier",)),
        (["梅毒"], ("infectious_disease",)),
        (["有点累"], ()),
    ],
)
def test_words_name_factors(told: list[str], found: tuple[str, ...]) -> None:
    assert set(factors_in(programme("xinfeng"), told)) == set(found)


def test_every_word_stands_for_a_factor_of_the_list() -> None:
    assert set(_PATTERNS) <= set(programme("national").factor)


def test_three_yellow_ones_are_starred_in_kaifeng_only() -> None:  # KF 附件1 一
    told = ["疤痕子宫", "双胎", "贫血"]
    starred = {
        name: suggest(programme(name), factors_in(programme(name), told)).grade.star
        for name in ("kaifeng", "xinfeng")
    }
    assert starred == {"kaifeng": True, "xinfeng": False}
