"""RC 四(一): 对辖区内妊娠风险分级为“橙色”和“红色”的孕产妇建立专门台账. Purple has rules of its own and is not in it."""

from __future__ import annotations

from conversations.papers.counting import Material
from conversations.papers.counts import women
from conversations.papers.factors import factor_names
from conversations.papers.listing import age, colours, due, left_out, outcome, township, village, weeks
from conversations.papers.sheet import NOT_COLLECTED, Cell, Column, Sheet

_GRAVITY = {"red": 0, "orange": 1}


def ledger(material: Material) -> tuple[Sheet, ...]:
    """Everyone assessed as orange or red on some day of the period, the red first; what holds now stands beside."""
    last = material.period.last
    lines: list[tuple[tuple[int, str, str], tuple[Cell, ...], tuple[tuple[str, ...], ...]]] = []
    named: list[str] = []
    erased = 0
    for one in women(material):
        until = [g for g in one.graded if g.told.day <= last]
        grave = [g for g in until if g.grade.colour in _GRAVITY]
        if not grave:
            continue
        if one.erased:
            erased += 1
            continue
        newest, now = grave[-1], one.grade_on(last)
        sent = [t for t in one.of("referral") if not t.body.get("feedback") and t.day <= last]
        calls = [t for t in one.of("follow_up", "postnatal_visit") if t.day <= last]
        place = township(material, one.village_id)
        row: tuple[Cell, ...] = (
            place,
            village(material, one.village_id),
            one.name,
            age(one, last),
            one.phone or NOT_COLLECTED,
            weeks(one, min(last, material.made_on)),
            due(one),
            colours(newest.grade, purple=False),
            "、".join(factor_names(material, newest.told.body.get("factors") or ())) or NOT_COLLECTED,
            newest.told.day,
            newest.told.institution or NOT_COLLECTED,
            colours(now.grade, purple=False) if now is not None and now is not newest else "",
            NOT_COLLECTED if one.responsible is None else one.responsible or "还没指定",
            sent[-1].day if sent else None,
            str(sent[-1].body.get("to_place") or NOT_COLLECTED) if sent else "",
            calls[-1].day if calls else None,
            outcome(one),
        )
        named.append(one.woman_id)
        traces: list[tuple[str, ...]] = [()] * (len(row) + 1)
        traces[8] = traces[10] = (newest.told.trace,)
        lines.append(((_GRAVITY[str(newest.grade.colour)], place, one.id), row, tuple(traces)))
    lines.sort(key=lambda one: one[0])
    return (
        Sheet(
            "橙红台账",
            (
                Column("序号", "number", 3),
                Column("乡镇", width=5),
                Column("村", width=5),
                Column("姓名", width=4),
                Column("年龄", "number", 3),
                Column("电话", width=6),
                Column("孕周", width=5),
                Column("预产期", "date", 6),
                Column("分级", width=4),
                Column("高危因素", width=11),
                Column("评估日期", "date", 6),
                Column("评估机构", width=8),
                Column("现分级", width=4),
                Column("责任人", width=4),
                Column("转诊日期", "date", 6),
                Column("转往", width=8),
                Column("最近随访", "date", 6),
                Column("结局", width=8),
            ),
            tuple((number, *row) for number, (_, row, _) in enumerate(lines, 1)),
            heading="橙色、红色孕产妇专门台账",
            above=material.above(),
            notes=("期间内曾评为橙色或红色的都在册；现分级为空的，仍是原来的分级。", *left_out(erased)),
            traces=tuple(traces for _, _, traces in lines),
            women=tuple(named),
        ),
    )
