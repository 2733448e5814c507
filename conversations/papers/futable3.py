"""XF 附表3: 高危孕产妇筛查信息季报表, one line an institution, colours in pregnancy and in the puerperium.

Which women are an institution's is not said there: those booked with it, else graded by it, else those of its township
(XF 六(四) 按照建档单位和户籍所在地双向管理; the order is ours (u)).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from conversations.care.colours import has_case_file
from conversations.care.rules import Colour
from conversations.papers.counting import NOBODY, Figure, Institution, Material, Unit, figure
from conversations.papers.counts import booked_on, women
from conversations.papers.facts import PregnancyFacts
from conversations.papers.sheet import Cell, Column, Sheet

PRINTED: Final[tuple[Colour, ...]] = ("green", "yellow", "red", "orange", "purple")
"""In the order XF 附表3 prints them."""
_NAMES: Final = {"green": "绿色", "yellow": "黄色", "red": "红色", "orange": "橙色", "purple": "紫色"}
PREGNANT: Final = "孕产期风险评估风险人数"
PUERPERAL: Final = "产褥期风险评估风险人数"
ELSEWHERE: Final = "其他（不属上列机构）"

Women = list[PregnancyFacts]


def institution_of(material: Material, one: PregnancyFacts) -> Institution | None:
    """The institution that looks after her, of those the county has."""
    for told in (*reversed(one.of("booking")), *(g.told for g in reversed(one.graded))):
        if (found := material.institution_named(told.institution)) is not None:
            return found
    township = material.township_of.get(one.village_id or "")
    return next((i for i in material.institutions if township and i.township_id == township), None)


def _everyone(material: Material, mine: Women) -> Iterable[Unit]:
    return (Unit(one.first) for one in mine)


def _booked(material: Material, mine: Women) -> Iterable[Unit]:
    for one in mine:
        day, trace, _ = booked_on(one)
        yes = bool(trace) and (day is None or day <= material.period.last)
        yield Unit(trace if yes else one.first, yes)


def _high(material: Material, mine: Women) -> Iterable[Unit]:
    for one in mine:
        grade = one.grade_on(material.period.last)
        yield Unit(grade.told.trace if grade else one.first, None if grade is None else grade.high)


def _case_files(material: Material, mine: Women) -> Iterable[Unit]:
    """Of those due one. Of whom nobody assessed it is not known either."""
    for one in mine:
        grade = one.grade_on(material.period.last)
        if grade is None:
            yield Unit(one.first, None)
        elif grade.high and has_case_file(material.programme, grade.grade):
            yield Unit(grade.told.trace, None if one.responsible is None else bool(one.responsible))


def _referred(material: Material, mine: Women) -> Iterable[Unit]:
    for one in mine:
        grade = one.grade_on(material.period.last)
        if grade is None:
            yield Unit(one.first, None)
            continue
        if not grade.high:
            continue
        sent = next(
            (t for t in one.of("referral") if not t.body.get("feedback") and material.period.holds(t.day)),
            None,
        )
        yield Unit(sent.trace if sent else grade.told.trace, sent is not None)


def _coloured(colour: Colour, *, after: bool) -> Callable[[Material, Women], Iterable[Unit]]:
    """Of those in pregnancy (or in the puerperium) in the period, the colour their newest assessment there gave."""

    def units(material: Material, mine: Women) -> Iterable[Unit]:
        for one in mine:
            over = one.end is not None and one.end < material.period.first
            if (after and (one.end is None or one.end > material.period.last)) or (not after and over):
                continue
            grade = one.grade_on(material.period.last, after=after)
            if grade is None or not grade.grade.colours:
                yield Unit(one.first, None)
            else:
                yield Unit(grade.told.trace, colour in grade.grade.colours)

    return units


_COUNTS: Final[tuple[tuple[Column, Callable[[Material, Women], Iterable[Unit]]], ...]] = (
    (Column("孕产妇数", "number", 6), _everyone),
    (Column("孕产妇建档数", "number", 6), _booked),
    (Column("高危妊娠孕产妇数", "number", 6), _high),
    (Column("高危妊娠孕产妇专案数", "number", 6), _case_files),
    (Column("高危转诊孕产妇数", "number", 6), _referred),
    *((Column(_NAMES[c], "number", 4, PREGNANT), _coloured(c, after=False)) for c in PRINTED),
    *((Column(_NAMES[c], "number", 4, PUERPERAL), _coloured(c, after=True)) for c in PRINTED),
)


def futable3(material: Material) -> tuple[Sheet, ...]:
    """The paper, with a line for each institution of the place and their sum."""
    mine: dict[str, Women] = {}
    for one in women(material):
        found = institution_of(material, one)
        mine.setdefault(found.id if found else "", []).append(one)
    where = material.where
    shown = [one for one in material.institutions if one in material.own or one.id in mine]
    if where.kind == "institution":
        shown = [one for one in shown if one.id == where.id]
        mine = {where.id: mine.get(where.id, [])}
    lines = [(one.name, mine.get(one.id, [])) for one in shown]
    if mine.get(""):
        lines.append((ELSEWHERE, mine[""]))
    figures = [(name, [_one(rule, material, its) for _, rule in _COUNTS]) for name, its in lines]
    rows: list[tuple[Cell, ...]] = [(name, *(f.cell for f in found)) for name, found in figures]
    traces = [((), *(f.traces for f in found)) for _, found in figures]
    everyone = [one for _, its in lines for one in its]
    total = [_one(rule, material, everyone) for _, rule in _COUNTS]
    rows.append(("合计", *(f.cell for f in total)))
    traces.append(((), *(f.traces for f in total)))
    return (
        Sheet(
            "附表3",
            (Column("机构名称", width=16), *(column for column, _ in _COUNTS)),
            tuple(rows),
            heading="高危孕产妇筛查信息季报表",
            above=material.above(),
            notes=(
                *_unknown(figures),
                *_not_again(material, everyone),
                "各色按期末最近一次评估计人；另标紫色的，两色各计一次。产褥期：分娩或妊娠结束后42天内。",
                "“未采集”是没有人评估或报过，不是0。",
            ),
            total=True,
            traces=tuple(traces),
        ),
    )


def _one(rule: Callable[[Material, Women], Iterable[Unit]], material: Material, its: Women) -> Figure:
    return figure(rule(material, its)) if its else NOBODY


def _unknown(figures: list[tuple[str, list[Figure]]]) -> tuple[str, ...]:
    """Women nobody has assessed, by institution: they are in no colour."""
    found = [
        f"{name}{lacking}人"
        for name, its in figures
        if (lacking := its[_HIGH_AT].unknown) and its[0].value is not None
    ]
    return (f"还没有风险评估的：{'、'.join(found)}。",) if found else ()


def _not_again(material: Material, everyone: Women) -> tuple[str, ...]:
    """Women in the puerperium whose pregnancy ended before the period and whom nobody assessed since: high-risk as they were
    (KF 附件1 三(三) 产后风险等级不变), but in no colour of the period."""
    day = material.period.last
    found = [
        grade.grade
        for one in everyone
        if one.end is not None
        and one.end < material.period.first
        and one.grade_on(day, after=True) is None
        and (grade := one.grade_on(day)) is not None
    ]
    if not found:
        return ()
    each = "、".join(
        f"{_NAMES[colour]}{number}人"
        for colour in PRINTED
        if (number := sum(colour in grade.colours for grade in found))
    )
    return (
        f"期初前已分娩、产褥期没有再评估的{len(found)}人{f'（孕期评估：{each}）' if each else ''}：不在各色内；高危的仍算在高危数里。",
    )


_HIGH_AT: Final = 2
