"""Factors as they are called find the programme's list, and what it suggests."""

from __future__ import annotations

import pytest

from conversations.care.colours import Grade, suggest
from conversations.care.factor_words import _PATTERNS, factors_in, factors_told
from conversations.care.programme import PROGRAMMES, programme


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (["疤痕子宫"], ("scar_uterus",)),
        (["两次剖宫产", "瘢痕子宫"], ("two_caesareans",)),
        (["剖过两次"], ("two_caesareans",)),
        (["三次剖宫产"], ("two_uterine_operations",)),
        (["剖宫产两次以上"], ("two_uterine_operations",)),
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
    assert set(_PATTERNS) <= {name for one in PROGRAMMES for name in programme(one).factor}


@pytest.mark.parametrize(
    "told",
    ["妊娠期高血压", "前置胎盘", "胎位不正", "羊水过多", "先兆早产", "肝内胆汁淤积"],
)
def test_what_is_on_no_list_stands_as_it_was_told_and_is_not_green(told: str) -> None:
    rules = programme("xinfeng")
    assert factors_told(rules, [told, "贫血"]) == ("hb_60_110", told)
    found = suggest(rules, factors_told(rules, [told]))
    assert (found.grade, found.at_least, found.positive) == (Grade(), Grade(), None)


def test_no_factor_is_told_as_none() -> None:
    assert factors_told(programme("xinfeng"), ["无", "其他正常"]) == ()
    assert factors_told(programme("xinfeng"), ["贫血 前置胎盘", "age_40"]) == (
        "age_40",
        "hb_60_110",
        "前置胎盘",
    )


def test_three_yellow_ones_are_starred_in_kaifeng_only() -> None:  # KF 附件1 一
    told = ["疤痕子宫", "双胎", "贫血"]
    starred = {
        name: suggest(programme(name), factors_in(programme(name), told)).grade.star
        for name in ("kaifeng", "xinfeng")
    }
    assert starred == {"kaifeng": True, "xinfeng": False}
