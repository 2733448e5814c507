"""XF 附表2, cell by cell, counted by hand from tests/papers/county.py."""

from __future__ import annotations

import pytest

from conversations.papers.counting import Where, weight
from conversations.papers.futable2 import ROWS, futable2
from conversations.papers.period import Period
from conversations.papers.sheet import NOT_COLLECTED
from tests.papers.county import Told, contributions, material

BY_HAND = {
    1: 2,  # 甲, 庚; 乙 was vaginal, 丙 a loss and 戊 corrected: nobody knows
    2: 3,  # 1 + 2 of the two forms
    3: 5,  # only 妇幼保健院 told
    4: 1,  # the living twin of 乙, 35 weeks
    5: 1,  # 甲, 4100 g
    6: 2,  # the stillborn twin of 乙, and 丙
    7: 3,
    8: 1,
    9: 0,  # told as none: 0
    10: 1,
    11: 0,
    12: NOT_COLLECTED,  # passed over by one, not told by the others
    13: 5,  # 甲 乙 丙 戊 庚; not 丁 (miscarriage), 己 (withdrawn), 壬 (moved before), 辛 (in May)
    14: 2,  # 甲, 庚; 乙 has one, of 丙 and 戊 nobody knows
    15: 4,  # 甲, one of 乙, 戊, 庚
    16: 3,  # 甲 39, 戊 39, 庚 38 weeks
    17: 5,
    18: 2,  # 庚's child; 乙's, born in the quarter though found after it
    19: 1,  # 庚 once, though reported twice; 癸 went home by herself
    20: 1,  # 庚 once, though told as two deaths; 辛 died on day 61
    21: NOT_COLLECTED,  # no form tells it
}


def test_every_count_is_the_one_counted_by_hand() -> None:
    (sheet,) = futable2(material())
    assert {row[0]: row[2] for row in sheet.rows} == BY_HAND


def test_the_titles_and_their_order_are_those_of_the_county() -> None:
    (sheet,) = futable2(material())
    assert [row[0] for row in sheet.rows] == list(range(1, 22))
    assert [sheet.rows[number - 1][1] for number in (1, 6, 13, 21)] == [
        "剖宫产分娩人数", "＞28周死胎发生数", "分娩总人数", "危重孕产妇转诊数",
    ]  # fmt: skip


def test_what_nobody_told_is_said_under_the_table() -> None:
    (sheet,) = futable2(material())
    notes = "\n".join(sheet.notes)
    assert "1 剖宫产分娩人数：另有2例分娩方式不详" in notes  # 丙, 戊
    assert "5 巨大儿发生数：另有1例出生体重不详" in notes  # 戊
    assert "14 初产妇分娩总数：另有2例产次不详" in notes  # 丙, 戊
    assert "还没填报（2）：古陂镇中心卫生院、大阿镇中心卫生院" in notes


def test_the_traces_add_up_to_each_figure_and_name_only_newest_versions() -> None:
    (sheet,) = futable2(material())
    for row, traces in zip(sheet.rows, sheet.traces, strict=True):
        assert sum(map(weight, traces[2])) == (row[2] if isinstance(row[2], int) else 0), row
    every = {trace for traces in sheet.traces for trace in traces[2]}
    assert "戊-2.2" in every  # the corrected birth, never its first version
    assert not {"戊-2.1", "己-4.1", "己-4.2"} & every
    assert sheet.traces[14][2].count("乙-6.1") == 1  # of the twins one was born alive


def test_where_nobody_reported_anything_no_cell_is_zero() -> None:
    (sheet,) = futable2(material(contributions=(), forms=()))
    assert {row[2] for row in sheet.rows} == {NOT_COLLECTED}
    assert "本期还没有机构填报。" in sheet.notes


def test_of_another_quarter_nothing_is_counted() -> None:
    spring = Period.read("2026Q2")
    (sheet,) = futable2(material(period=spring, forms=()))
    by_number = {row[0]: row[2] for row in sheet.rows}
    assert (by_number[13], by_number[15], by_number[20]) == (1, 1, 0)  # 辛


def test_an_institution_has_what_happened_in_it_and_its_own_form() -> None:
    its = [form for form in material().forms if form.institution_id == "fuer"]
    (sheet,) = futable2(
        material(where=Where("fuer", "赣南医学院第二附属医院", "institution"), forms=tuple(its))
    )
    by_number = {row[0]: row[2] for row in sheet.rows}
    assert (by_number[13], by_number[15], by_number[1], by_number[2]) == (2, 2, 1, 2)  # 乙, 庚
    assert by_number[19] == 1


@pytest.mark.parametrize(
    ("weeks", "counted"), [(27, 0), (28, 1), (30, 1)]
)  # 满28周: a loss before is none (requirements.md §2)
def test_a_stillbirth_counts_from_28_weeks(weeks: int, counted: int) -> None:
    her = Told("试")
    her("pregnancy", "2026-03-01", lmp="2026-01-10")
    her("pregnancy_loss", "2026-08-01", loss_kind="stillbirth", gestational_weeks=weeks)
    (sheet,) = futable2(material(contributions=contributions([her])))
    assert (sheet.rows[5][2], sheet.rows[12][2]) == (counted, counted)


def test_a_stillborn_child_told_as_a_death_is_counted_once_and_not_as_born_alive() -> None:
    her = Told("试")
    her("pregnancy", "2026-03-01", lmp="2025-11-10")
    birth = her("birth", "2026-08-01", children=[{"sex": "male"}])
    her(
        "child_death",
        "2026-08-01",
        child_id=her.child(birth, 0),
        death_class="stillbirth",
        place_kind="hospital",
    )
    (sheet,) = futable2(material(contributions=contributions([her])))
    assert (sheet.rows[5][2], sheet.rows[14][2]) == (1, 0)


def test_every_row_is_counted_from_reports_or_asked_of_institutions() -> None:
    asked = [row.number for row in ROWS if row.rule is None]
    assert asked == [2, 3, 7, 8, 9, 10, 11, 12, 17, 21]
