"""XF 附表3, cell by cell, counted by hand from tests/papers/county.py."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.papers.counting import Where, weight
from conversations.papers.futable3 import PREGNANT, PUERPERAL, futable3
from conversations.papers.sheet import NOT_COLLECTED as NO
from tests.papers.county import GUPO, contributions, material

NONE_OF_IT = (NO,) * 15

BY_HAND: dict[str, tuple[Any, ...]] = {
    # 甲 乙 癸. Booked: 甲, 癸. High: 乙 red, 癸 yellow and purple. Nobody is named responsible anywhere.
    "信丰县妇幼保健院": (3, 2, 2, NO, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0),
    "赣南医学院第二附属医院": NONE_OF_IT,
    # 丙 丁 己. Booked: 己 (as 古陂中心卫生院). High: 丙 orange, 己 yellow; 丁 was never assessed, nobody after the end.
    "古陂镇中心卫生院": (3, 1, 2, NO, 0, 0, 1, 0, 1, 0, NO, NO, NO, NO, NO),
    # 戊 庚 壬, never assessed, not booked.
    "大阿镇中心卫生院": (3, 0, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO),
    "合计": (9, 3, 4, NO, 0, 1, 2, 1, 1, 1, 1, 0, 0, 0, 0),
}
"""孕产妇, 建档, 高危, 专案, 转诊; 绿 黄 红 橙 紫 in pregnancy, the same in the puerperium."""


def test_every_cell_is_the_one_counted_by_hand() -> None:
    (sheet,) = futable3(material())
    assert {row[0]: row[1:] for row in sheet.rows} == BY_HAND
    assert sheet.total


def test_the_colours_stand_in_the_order_of_the_county() -> None:
    (sheet,) = futable3(material())
    assert [column.title for column in sheet.columns[6:]] == ["绿色", "黄色", "红色", "橙色", "紫色"] * 2
    assert [column.group for column in sheet.columns] == [""] * 6 + [PREGNANT] * 5 + [PUERPERAL] * 5
    assert [column.title for column in sheet.columns[:6]] == [
        "机构名称", "孕产妇数", "孕产妇建档数", "高危妊娠孕产妇数", "高危妊娠孕产妇专案数", "高危转诊孕产妇数",
    ]  # fmt: skip


def test_the_traces_add_up_to_each_figure() -> None:
    (sheet,) = futable3(material())
    for row, traces in zip(sheet.rows, sheet.traces, strict=True):
        for cell, told in zip(row[1:], traces[1:], strict=True):
            assert sum(map(weight, told)) == (cell if isinstance(cell, int) else 0), row[0]


def test_case_files_are_counted_once_somebody_is_named_responsible() -> None:
    (sheet,) = futable3(material(contributions=contributions(responsible={"乙-p": "何静"})))
    by_name = {row[0]: row for row in sheet.rows}
    assert by_name["信丰县妇幼保健院"][4] == 1  # 乙; of 癸 it is known that nobody is
    assert by_name["古陂镇中心卫生院"][4] == 0  # 丙


@pytest.mark.parametrize("kind", ["institution", "township"])
def test_a_place_has_its_own_lines_only(kind: str) -> None:
    if kind == "institution":
        (sheet,) = futable3(material(where=Where("gupo-clinic", GUPO.name, kind)))
        assert [row[0] for row in sheet.rows] == [GUPO.name, "合计"]
        assert sheet.rows[1][1:] == BY_HAND[GUPO.name]
    else:
        hers = [one for one in material().contributions if one.village_id != "li"]
        (sheet,) = futable3(material(where=Where("gupo", "古陂镇", kind), contributions=tuple(hers)))
        assert [row[0] for row in sheet.rows] == ["信丰县妇幼保健院", GUPO.name, "合计"]
