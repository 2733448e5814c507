"""The township's roster (孕产妇花名册): every 孕产妇 of the period with what was done for her."""

from __future__ import annotations

from conversations.papers.counting import Material
from conversations.papers.counts import booked_on, kind_of, women
from conversations.papers.facts import PregnancyFacts
from conversations.papers.listing import age, colours, due, left_out, outcome, township, village, weeks
from conversations.papers.sheet import NOT_COLLECTED, Cell, Column, Sheet


def roster(material: Material) -> tuple[Sheet, ...]:
    """By township and village, then by due date. `officers` read the grade; nobody else is given this paper."""
    last = material.period.last
    day = min(last, material.made_on)
    every = list(women(material))
    found = sorted(
        (one for one in every if not one.erased),
        key=lambda one: (
            township(material, one.village_id),
            village(material, one.village_id),
            str(due(one)),
            one.id,
        ),
    )
    rows: list[tuple[Cell, ...]] = []
    traces: list[tuple[tuple[str, ...], ...]] = []
    for number, one in enumerate(found, 1):
        booked, trace, _ = booked_on(one)
        grade = one.grade_on(last)
        visits = [t for t in one.of("antenatal_visit") if t.day <= last]
        after = _after(one, material)
        rows.append(
            (
                number,
                township(material, one.village_id),
                village(material, one.village_id),
                one.name,
                age(one, last),
                one.phone or NOT_COLLECTED,
                {True: "外地", False: "本地"}.get(one.migrant, NOT_COLLECTED),  # type: ignore[arg-type]
                one.gravida if one.gravida is not None else NOT_COLLECTED,
                one.para if one.para is not None else NOT_COLLECTED,
                one.lmp or NOT_COLLECTED,
                due(one),
                weeks(one, day),
                booked or ("已建" if trace else "未建"),
                len(visits),
                colours(grade.grade) if grade is not None else "未评估",
                one.responsible or "",
                outcome(one),
                "、".join(after),
            )
        )
        line: list[tuple[str, ...]] = [()] * len(COLUMNS)
        line[0], line[12], line[13] = (one.first,), (trace,) if trace else (), tuple(t.trace for t in visits)
        line[14] = (grade.told.trace,) if grade is not None else ()
        traces.append(tuple(line))
    return (
        Sheet(
            "孕产妇花名册",
            COLUMNS,
            tuple(rows),
            above=material.above(f"共{len(rows)}人"),
            notes=(
                "期间内怀孕或产后42天内、住在本辖区的都在册，外地来的也算（按居住地）。",
                *left_out(len(every) - len(found)),
            ),
            traces=tuple(traces),
            women=tuple(one.woman_id for one in found),
        ),
    )


COLUMNS = (
    Column("序号", "number", 3),
    Column("乡镇", width=5),
    Column("村", width=5),
    Column("姓名", width=4),
    Column("年龄", "number", 3),
    Column("电话", width=6),
    Column("户籍", width=4),
    Column("孕次", "number", 3),
    Column("产次", "number", 3),
    Column("末次月经", "date", 6),
    Column("预产期", "date", 6),
    Column("孕周", width=5),
    Column("建册", "date", 6),
    Column("产检次数", "number", 4),
    Column("风险", width=5),
    Column("责任人", width=4),
    Column("结局", width=8),
    Column("产后", width=8),
)


def _after(one: PregnancyFacts, material: Material) -> list[str]:
    """What was done after the birth: 访视, 42天."""
    told = [t for t in one.of("postnatal_visit") if t.day <= material.period.last]
    kinds = {kind_of(t, one.end) for t in told}
    return [name for kind, name in (("home", "访视"), ("day42", "42天检查")) if kind in kinds]
