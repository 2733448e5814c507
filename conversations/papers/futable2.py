"""XF 附表2: 孕产期保健集中管理与高危孕产妇管理项目季报表, its 21 counts as they stand there.

Eleven are counted from reports, ten come from the institutions' quarterly forms. docs/papers.md defines each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from conversations.care.gestation import STILLBIRTH_WEEKS
from conversations.papers.counting import NOBODY, Figure, Material, Unit, figure
from conversations.papers.facts import Baby, Delivery, PregnancyFacts
from conversations.papers.hospital_counts import HOSPITAL_COUNTS
from conversations.papers.sheet import Cell, Column, Sheet

TERM_WEEKS: Final = 37
POST_TERM_WEEKS: Final = 42
MACROSOMIA_G: Final = 4000

Rule = Callable[[Material], Iterable[Unit]]


def delivered(material: Material) -> Iterator[tuple[PregnancyFacts, Delivery]]:
    """Deliveries of the period, of who lived here then; of an institution's own paper, those in it."""
    for one in material.pregnancies:
        delivery = one.delivery
        if delivery is None or not material.period.holds(delivery.day):
            continue
        if one.here(delivery.day) and material.here(delivery.told):
            yield one, delivery


def live(material: Material) -> Iterator[tuple[Delivery, Baby]]:
    """Children born alive in the period; of twins each."""
    for _, delivery in delivered(material):
        yield from ((delivery, baby) for baby in delivery.babies if baby.alive)


def deliveries(material: Material) -> Iterator[Unit]:
    """13: women delivered, of a live child or a stillborn one from 28 weeks on (§2)."""
    return (Unit(one.told.trace) for _, one in delivered(material))


def live_births(material: Material) -> Iterator[Unit]:
    """15."""
    return (Unit(one.told.trace) for one, _ in live(material))


def _caesareans(material: Material) -> Iterator[Unit]:
    for _, one in delivered(material):
        yield Unit(one.told.trace, None if one.mode is None else one.mode == "caesarean")


def _preterm(material: Material) -> Iterator[Unit]:
    for one, _ in live(material):
        yield Unit(one.told.trace, None if one.weeks is None else one.weeks < TERM_WEEKS)


def _term(material: Material) -> Iterator[Unit]:
    for one, _ in live(material):
        yield Unit(one.told.trace, None if one.weeks is None else TERM_WEEKS <= one.weeks < POST_TERM_WEEKS)


def _heavy(material: Material) -> Iterator[Unit]:
    for one, baby in live(material):
        yield Unit(one.told.trace, None if baby.weight_g is None else baby.weight_g >= MACROSOMIA_G)


def _stillborn(material: Material) -> Iterator[Unit]:
    for _, one in delivered(material):
        for baby in one.babies:
            if baby.alive:
                continue
            if one.told.event == "pregnancy_loss":  # told as 满28周, whoever knows the weeks or not
                yield Unit(one.told.trace)
            else:
                yield Unit(one.told.trace, None if one.weeks is None else one.weeks >= STILLBIRTH_WEEKS)


def _first_time(material: Material) -> Iterator[Unit]:
    for one, delivery in delivered(material):
        first = one.para == 0 if one.para is not None else True if one.gravida == 1 else None
        yield Unit(delivery.told.trace, first)


def _defects(material: Material) -> Iterator[Unit]:
    """Children delivered in the period with a defect, whenever it was found; of a child whose birth nobody reported,
    by the day it was found."""
    counted: set[str] = set()
    for one in material.pregnancies:
        if one.delivery is None:
            continue
        for baby in one.delivery.babies:
            counted.update(baby.defects)
    for _, delivery in delivered(material):
        yield from (Unit(baby.defects[0]) for baby in delivery.babies if baby.defects)
    if material.where.kind == "institution":
        return  # such a report names no hospital
    for contribution in material.contributions:
        told = [*contribution.loose, *(t for one in contribution.pregnancies for t in one.told)]
        for report in told:
            fresh = report.event == "birth_defect" and report.trace not in counted
            if fresh and material.period.holds(report.day):
                yield Unit(report.trace)


def _critical(material: Material) -> Iterator[Unit]:
    """Women rescued: one each, however often it was reported."""
    for one in material.pregnancies:
        cases = [
            told
            for told in one.of("critical_case")
            if material.period.holds(told.day)
            and one.here(told.day)
            and material.here(told)
            and told.body.get("self_discharge") is not True
        ]
        if cases:
            yield Unit(cases[0].trace)


def maternal_deaths(material: Material) -> Iterator[Unit]:
    """20: pregnant, or to day 42 after the end of it; one woman once."""
    for death in material.deaths:
        if death.kind == "maternal" and material.here(death.told):
            yield Unit(death.told.trace)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the paper. `rule`: how it is counted; None: it is asked of the institutions. `lacks`: what those lack
    of whom nothing is known."""

    number: int
    title: str
    rule: Rule | None = None
    lacks: str = ""


ROWS: Final[tuple[Row, ...]] = (
    Row(1, "剖宫产分娩人数", _caesareans, "分娩方式不详"),
    Row(2, "初次剖宫产例数"),
    Row(3, "镇痛分娩开展例数"),
    Row(4, "早产活产数", _preterm, "孕周不详"),
    Row(5, "巨大儿发生数", _heavy, "出生体重不详"),
    Row(6, "＞28周死胎发生数", _stillborn, "孕周不详"),
    Row(7, "严重产后出血例数"),
    Row(8, "产后出血输血例数"),
    Row(9, "产后或术后非预期重返手术室发生例数"),
    Row(10, "子宫切除发生例数"),
    Row(11, "子宫破裂发生例数"),
    Row(12, "足月新生儿窒息例数"),
    Row(13, "分娩总人数", deliveries),
    Row(14, "初产妇分娩总数", _first_time, "产次不详"),
    Row(15, "活产数", live_births),
    Row(16, "足月活产儿总数", _term, "孕周不详"),
    Row(17, "产后出血总例数"),
    Row(18, "出生缺陷数", _defects),
    Row(19, "危重孕产妇抢救数", _critical),
    Row(20, "孕产妇死亡数", maternal_deaths),
    Row(21, "危重孕产妇转诊数"),
)
"""Titles and order as XF 附表2 has them."""

_ASKED: Final = {one.row: one.name for one in HOSPITAL_COUNTS}


def figures(material: Material) -> dict[int, Figure]:
    """Each count by its number."""
    found: dict[int, Figure] = {}
    for row in ROWS:
        if row.rule is None:
            found[row.number] = _of_forms(material, _ASKED[row.number])
        else:
            found[row.number] = figure(row.rule(material)) if material.collected else NOBODY
    return found


def _of_forms(material: Material, name: str) -> Figure:
    told = [form for form in material.forms if name in form.counts]
    if not told:
        return NOBODY
    traces = tuple(f"{form.trace}={form.counts[name]}" for form in told)
    return Figure(sum(form.counts[name] for form in told), traces)


def futable2(material: Material) -> tuple[Sheet, ...]:
    """The paper: 序号, 项目, 人."""
    found = figures(material)
    rows: list[tuple[Cell, ...]] = [(row.number, row.title, found[row.number].cell) for row in ROWS]
    traces = tuple(((), (), found[row.number].traces) for row in ROWS)
    notes = [
        f"{row.number} {row.title}：另有{found[row.number].unknown}例{row.lacks}，没有计入。"
        for row in ROWS
        if found[row.number].unknown and found[row.number].value is not None
    ]
    return (
        Sheet(
            "附表2",
            (Column("序号", "number", 6), Column("项目", width=26), Column("人", "number", 10)),
            tuple(rows),
            heading="孕产期保健集中管理与高危孕产妇管理项目季报表",
            above=material.above(),
            notes=(*notes, *_about_forms(material)),
            landscape=False,
            traces=traces,
        ),
    )


def _about_forms(material: Material) -> tuple[str, ...]:
    asked = "、".join(str(row.number) for row in ROWS if row.rule is None)
    filed = {form.institution_id for form in material.forms}
    told = [one.name for one in material.own if one.id in filed]
    missing = [one.name for one in material.own if one.id not in filed]
    lines = [f"第{asked}项由各机构每季度填报，其余按居住地由个案报告汇总。“未采集”是没有人报过，不是0。"]
    if told:
        lines.append(f"已填报机构（{len(told)}）：{'、'.join(told)}。")
    if missing and told:
        shown = "、".join(missing[:6]) + ("等" if len(missing) > 6 else "")
        lines.append(f"还没填报（{len(missing)}）：{shown}，上面的合计不含这些机构。")
    elif missing:
        lines.append("本期还没有机构填报。")
    return tuple(lines)
