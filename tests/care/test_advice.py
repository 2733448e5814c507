"""One advice, whoever reads it: the answer to who files a grade, and what coordinator and township hear of it."""

from __future__ import annotations

import pytest

from conversations.care.advice import advice
from conversations.care.colours import Grade, highest
from conversations.care.programme import PROGRAMMES, programme
from conversations.care.rules import Colour
from conversations.text import Joined, chinese


def said(name: str, grade: Grade, role: str = "coordinator", **channel: bool) -> str:
    return chinese(Joined(advice(programme(name), grade, (), role, **channel), ""))


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
@pytest.mark.parametrize("role", ["coordinator", "township", "institution", "county"])
def test_on_any_channel_all_of_one_label_are_advised_alike(name: str, role: str) -> None:
    """Requirements §4: no advised care level that would give the colour away."""
    high = [highest([one]) for one in ("orange", "red", "purple")]
    grades = [*high, Grade("green", purple=True), Grade("yellow", purple=True), Grade(key=True)]
    assert {said(name, one, role) for one in grades} == {"产检、分娩请她到县里指定的医院。"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "xinfeng",  # XF 四(五)1, 四(六)1
            "建议产检：二级以上医疗机构，有异常尽快转三级医疗机构。建议分娩：二级以上医疗机构。",
        ),
        ("yuzhong", "产检、分娩请她到二级以上医疗机构。"),  # YZ 第八条
        ("rencheng", ""),
    ],
)
def test_yellow_is_advised_what_its_county_says(name: str, words: str) -> None:
    assert said(name, Grade("yellow")) == words
    assert said(name, Grade("green")) == ""


@pytest.mark.parametrize(
    ("colour", "infection", "names"),
    [("red", False, "三级"), ("purple", True, "传染病"), ("purple", False, "县里指定的医院")],
)
def test_an_officer_reads_the_level_where_the_channel_may_name_it(
    colour: Colour, infection: bool, names: str
) -> None:
    words = said("xinfeng", highest([colour]), "township", named=True, infection=infection)
    assert names in words
    assert "先由院内专家会诊" in words  # XF 四(三)6
