"""Charts: what is counted, and pictures that are the same every time."""

from __future__ import annotations

import builtins
import struct
from datetime import date, timedelta
from typing import Any

import pytest

from bot.files import charts
from bot.files.charts import (
    Bar,
    Chart,
    NoCharts,
    Point,
    by_grade,
    due_by_month,
    overdue_by_place,
    png,
    point,
)
from conversations.asking.row import Row
from conversations.care.case import Case
from conversations.care.colours import Grade
from conversations.care.programme import programme
from conversations.care.visits import Course, End

TODAY = date(2026, 11, 22)
UNGRADED = Grade()


def at(due: date | None = None, grade: Grade = UNGRADED, **course: Any) -> Point:
    lmp = None if due is None else due - timedelta(days=280)
    told = Course(date(2026, 6, 1), lmp, **course)
    row = Row(Case("p", "w", programme("xinfeng"), told, name="王秀英", grade=grade), "v", "t")
    return point(row, "石桥村", TODAY)


def some(place: str, overdue: bool) -> Point:
    return Point(place, True, overdue=overdue)


def values(chart: Chart) -> dict[str, int]:
    return {bar.label.replace("\n", ""): bar.value for bar in chart.bars}


def test_due_dates_are_counted_by_month() -> None:
    rows = [
        at(date(2026, 11, 1)), at(date(2026, 11, 30)), at(date(2027, 1, 1)), at(date(2026, 10, 31)),
        at(date(2027, 9, 1)), at(None), at(date(2026, 12, 1), end=End("birth", TODAY)),
        at(date(2026, 12, 1), died=TODAY),
    ]  # fmt: skip
    chart = due_by_month(rows, TODAY)
    assert values(chart) == {
        "更早": 1, "11月": 2, "12月": 0, "27年1月": 1, "2月": 0, "3月": 0, "4月": 0, "5月": 0, "6月": 0, "7月": 0,
        "8月": 0, "更晚": 1,
    }  # fmt: skip
    assert chart.under == "在孕6人，其中1人预产期不详"


def test_purple_stands_beside_the_other_colour() -> None:
    rows = [
        at(grade=Grade("yellow", purple=True)),
        at(grade=Grade("yellow")),
        at(),
        at(grade=Grade("red")),
    ]
    assert values(by_grade(rows)) == {"绿色": 0, "黄色": 2, "橙色": 0, "红色": 1, "紫色": 1, "未评估": 1}


def test_places_with_most_overdue_come_first_and_the_rest_together() -> None:
    rows = [
        some(f"{number:02}村", late) for number in range(20) for late in (True,) * (20 - number) + (False,)
    ]
    chart = overdue_by_place(rows)
    assert chart.bars[0] == Bar("00村", 20, note="/ 21")
    assert len(chart.bars) == charts.MOST_PLACES + 1
    assert (chart.bars[-1].label, chart.bars[-1].value) == ("其余6处", sum(range(1, 7)))
    assert chart.under == f"该检未检{sum(range(1, 21))}人，共{sum(range(2, 22))}人"


def test_a_picture_is_the_same_every_time_and_says_nothing_else() -> None:
    charts_ = [due_by_month([at(date(2026, 12, 1))], TODAY), overdue_by_place([some("古陂村", True)])]
    picture = png(charts_, "古陂镇")
    assert picture == png(charts_, "古陂镇")
    assert struct.unpack(">II", picture[16:24])[0] == charts.WIDE
    assert b"tEXt" not in picture
    assert b"Software" not in picture
    alone = png(charts_[:1])
    assert 600 <= struct.unpack(">II", alone[16:24])[1] <= 620


def test_every_character_is_in_the_font(recwarn: pytest.WarningsRecorder) -> None:
    """Matplotlib warns of each glyph it has not, and draws an empty box."""
    png(
        [
            by_grade([at()]),
            due_by_month([at()], TODAY),
            overdue_by_place([some("大塘埠镇坪石", True), some("垇塅圩坳", False)]),
        ]
    )
    assert not [one for one in recwarn if "Glyph" in str(one.message)]


def test_nothing_to_count_is_drawn_too() -> None:
    assert png([due_by_month([], TODAY), by_grade([]), overdue_by_place([])]).startswith(b"\x89PNG")


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NoCharts, match="pip install"):
        png([by_grade([])])


def test_without_a_font_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pylopdf_fonts_zh_cn.sans_path", lambda: "/nowhere.otf")
    monkeypatch.setattr(charts, "FONTS", ())
    charts._font.cache_clear()
    try:
        with pytest.raises(NoCharts):
            png([by_grade([])])
    finally:
        charts._font.cache_clear()
