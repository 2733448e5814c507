"""Pictures of a roster: due dates by month, grades, overdue by place. Bars and figures, nobody's name.

Drawn for a phone: few words, large. The same counts give the same bytes. They need `matplotlib`, a large library that
comes with the extra `charts`, and a Chinese font: the one of the extra, or one of Debian's.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from bot.refusals import CommandRefused
from conversations.asking.answering import due_on, is_overdue, is_pregnant
from conversations.asking.row import Row

WIDE, HIGH = 1000, 600
"""Pixels of one chart; several stand one under the other."""
MONTHS = 10
"""Months ahead that are shown: who conceived today is due in the tenth."""
MOST_PLACES = 14
"""Bars of places; the others are one more together."""
FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
)

_INK, _SOFT, _LINE, _BAR, _PAPER = "#1F2D33", "#5F6F76", "#D9E0E2", "#2F7D8C", "#FFFFFF"
_REST = "#A9B4B8"
_GRADES = (
    ("green", "绿色", "#4C9A62"),
    ("yellow", "黄色", "#E0B429"),
    ("orange", "橙色", "#E5832A"),
    ("red", "红色", "#CC4037"),
    ("purple", "紫色", "#80519E"),
    (None, "未评估", _REST),
)
_DPI = 100


class NoCharts(CommandRefused):
    """Pictures cannot be drawn here: `pip install 'yunguan[charts]'`."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True)
class Bar:
    """`note` stands behind the figure, where it says more (of how many)."""

    label: str
    value: int
    colour: str = _BAR
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart. `lying`: bars go to the right, for labels that are names. `under`: one line on what is counted."""

    title: str
    bars: tuple[Bar, ...]
    under: str = ""
    lying: bool = False


# ── what is counted ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Point:
    """What of a line of the roster is counted: no more of it is kept. `due`: of who is pregnant, if it is known;
    `colours`: as far as the reader sees them; `place`: where she is counted."""

    place: str
    pregnant: bool
    due: date | None = None
    colours: tuple[str, ...] = ()
    overdue: bool = False


def point(row: Row, place: str, today: date) -> Point:
    """What is counted of this line. What its reader may not see must be gone from it (asking/answering.py, `as_seen`)."""
    pregnant = is_pregnant(row)
    return Point(place, pregnant, due_on(row), row.case.grade.colours, is_overdue(row.case, today))


def due_by_month(points: Iterable[Point], today: date) -> Chart:
    """Who is pregnant, by the month of the due date, from this month on; past ones first, if there are any."""
    due = Counter[tuple[int, int]]()
    unknown = 0
    for one in points:
        if one.due is not None:
            due[one.due.year, one.due.month] += 1
        elif one.pregnant:
            unknown += 1
    months = [divmod(today.year * 12 + today.month - 1 + ahead, 12) for ahead in range(MONTHS)]
    shown = [(year, month + 1) for year, month in months]
    bars = [Bar(_month(one, today), due[one]) for one in shown]
    if past := sum(count for month, count in due.items() if month < shown[0]):
        bars.insert(0, Bar("更早", past, "#CC4037"))
    if later := sum(count for month, count in due.items() if month > shown[-1]):
        bars.append(Bar("更晚", later))
    under = f"在孕{sum(due.values()) + unknown}人" + (f"，其中{unknown}人预产期不详" if unknown else "")
    return Chart("预产期在哪个月", tuple(bars), under)


def by_grade(points: Iterable[Point]) -> Chart:
    """How women are graded. Only for who may see grades (requirements.md §4). Purple stands beside the other colour of
    the same woman, so the bars may sum up to more than there are women."""
    grades = Counter[str | None]()
    women = 0
    for one in points:
        women += 1
        grades.update(one.colours or (None,))
    bars = tuple(Bar(label, grades[colour], paint) for colour, label, paint in _GRADES)
    return Chart("风险分级", bars, f"共{women}人；紫色另计，可与其他颜色并有")


def overdue_by_place(points: Iterable[Point]) -> Chart:
    """Who has missed a check-up or an appointment, of how many, the places with most first."""
    all_of, late = Counter[str](), Counter[str]()
    for one in points:
        all_of[one.place] += 1
        late[one.place] += one.overdue
    places = sorted(all_of, key=lambda place: (-late[place], place))
    bars = [Bar(place, late[place], note=f"/ {all_of[place]}") for place in places[:MOST_PLACES]]
    if rest := places[MOST_PLACES:]:
        others, count = sum(all_of[p] for p in rest), sum(late[p] for p in rest)
        bars.append(Bar(f"其余{len(rest)}处", count, _REST, f"/ {others}"))
    under = f"该检未检{late.total()}人，共{all_of.total()}人"
    return Chart("各处该检未检", tuple(bars), under, lying=True)


def _month(month: tuple[int, int], today: date) -> str:
    year, number = month
    return f"{number}月" if year == today.year or number != 1 else f"{year % 100}年\n1月"


# ── drawing ─────────────────────────────────────────────────────────────────────────────────────────────


def png(charts: Sequence[Chart], above: str = "") -> bytes:
    """The charts in one picture, `above` over them (where and when). Raises `NoCharts`."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise NoCharts from None
    font = _font()
    heights = [_height(chart) for chart in charts]
    head = 72 if above else 16
    high = sum(heights) + head
    figure: Any = Figure(figsize=(WIDE / _DPI, high / _DPI), dpi=_DPI, facecolor=_PAPER)
    FigureCanvasAgg(figure)
    if above:
        figure.text(0.04, 1 - 40 / high, above, fontproperties=font, size=18, color=_SOFT, va="center")
    top = high - head
    for chart, height in zip(charts, heights, strict=True):
        _draw(figure, chart, (top - height) / high, height / high, height, font)
        top -= height
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=_DPI, facecolor=_PAPER, metadata={"Software": None})
    return out.getvalue()


_BAR_HIGH = 54
_HEAD, _FOOT = 134, 84
"""Pixels over the bars, for the title and the line under it; and below them."""


def _height(chart: Chart) -> int:
    """Bars that lie have a line each."""
    return _HEAD + _FOOT + _BAR_HIGH * max(len(chart.bars), 4) if chart.lying else HIGH


def _draw(figure: Any, chart: Chart, bottom: float, share: float, pixels: int, font: Any) -> None:
    """One chart in its strip of the picture; `bottom` and `share` are of the whole, `pixels` its height."""

    def at(from_top: float) -> float:
        return bottom + share * (1 - from_top / pixels)

    figure.text(0.04, at(48), chart.title, fontproperties=font, size=29, color=_INK, va="center")
    figure.text(0.04, at(102), chart.under, fontproperties=font, size=18, color=_SOFT, va="center")
    left = 0.26 if chart.lying else 0.04
    axes = figure.add_axes((left, at(pixels - _FOOT), 0.96 - left, at(_HEAD) - at(pixels - _FOOT)))
    places, values = range(len(chart.bars)), [bar.value for bar in chart.bars]
    colours = [bar.colour for bar in chart.bars]
    most = max([*values, 1])
    if chart.lying:
        axes.barh(places, values, color=colours, height=0.66)
        axes.set_yticks(places, [bar.label for bar in chart.bars], fontproperties=font, size=19, color=_INK)
        axes.invert_yaxis()
        axes.set_xlim(0, most * 1.24)
        axes.set_ylim(max(len(chart.bars), 4) - 0.4, -0.6)
    else:
        axes.bar(places, values, color=colours, width=0.66)
        axes.set_xticks(places, [bar.label for bar in chart.bars], fontproperties=font, size=19, color=_INK)
        axes.set_ylim(0, most * 1.14)
        axes.set_xlim(-0.6, max(len(chart.bars), 5) - 0.4)
    for place, bar in zip(places, chart.bars, strict=True):
        spot = (bar.value, place) if chart.lying else (place, bar.value)
        away = (8, 0) if chart.lying else (0, 6)
        axes.annotate(
            f"{bar.value} {bar.note}".strip(), spot, xytext=away, textcoords="offset points",
            fontproperties=font, size=20, color=_INK if bar.value else _SOFT,
            ha="left" if chart.lying else "center", va="center" if chart.lying else "bottom",
        )  # fmt: skip
    for side, spine in axes.spines.items():
        spine.set_visible(side == ("left" if chart.lying else "bottom"))
        spine.set_color(_LINE)
    axes.tick_params(length=0, pad=8)
    (axes.xaxis if chart.lying else axes.yaxis).set_visible(False)
    axes.set_facecolor(_PAPER)


@cache
def _font() -> Any:
    """A font that has the characters; without one a picture would be full of empty boxes."""
    from matplotlib.font_manager import FontProperties

    try:
        from pylopdf_fonts_zh_cn import sans_path

        shipped = [Path(sans_path())]
    except ImportError:
        shipped = []
    for path in (*shipped, *FONTS):
        if path.exists():
            return FontProperties(fname=str(path))
    raise NoCharts
