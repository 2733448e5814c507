"""The services a coordinator did: the fee follows the service (XF 三(二) 按其服务情况发放服务报酬; 六(二) 钱随事走).

One service is one report in its newest version, counted for who filed it first; what was withdrawn or sent back and not
corrected is none. Rates are nobody's to guess: the township fills them in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from conversations.papers.counting import Material
from conversations.papers.sheet import Cell, Column, Sheet
from conversations.records import EVENTS


@dataclass(frozen=True, slots=True)
class Service:
    """One of them. `event`: of records.EVENTS, or `urged`: a task of hers that she said is done. `whom`: the woman, for
    her own eyes and her township's."""

    trace: str
    staff_id: str
    event: str
    day: date
    whom: str = ""
    woman_id: str = ""
    village_id: str | None = None
    verified: bool = False
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Coordinator:
    """Whose services they are."""

    staff_id: str
    name: str
    village_id: str | None


GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "发现孕情": ("pregnancy",),
    "建册": ("booking",),
    "产检": ("antenatal_visit",),
    "分娩和结局": ("birth", "pregnancy_loss"),
    "产后访视": ("postnatal_visit",),
    "新生儿访视": ("newborn_visit",),
    "随访": ("follow_up", "lost_contact"),
    "催检办结": ("urged",),
    "死亡和缺陷": ("maternal_death", "woman_death", "child_death", "birth_defect"),
    "转诊和危重": ("referral", "critical_case", "risk_grade"),
    "其他": ("moved", "preconception", "contraceptive_reaction"),
}
"""How services are summed. 死亡和缺陷: only how many, no kind is named where the list hangs."""
_GROUP_OF: Final = {event: title for title, events in GROUPS.items() for event in events}


def counted(services: Iterable[Service], material: Material) -> list[Service]:
    """Those that count, by their days."""
    mine = [one for one in services if material.period.holds(one.day) and not one.returned]
    return sorted(mine, key=lambda one: (one.day, one.trace))


def services(
    material: Material, done: Iterable[Service], coordinators: Iterable[Coordinator]
) -> tuple[Sheet, ...]:
    """服务汇总, a line a coordinator, and 服务明细. One alone gets both of hers."""
    mine = counted(done, material)
    people = sorted(
        coordinators, key=lambda one: (material.names.get(one.village_id or "", ""), one.staff_id)
    )
    rows: list[tuple[Cell, ...]] = []
    traces: list[tuple[tuple[str, ...], ...]] = []
    for one in people:
        by_group = {
            title: [s for s in mine if s.staff_id == one.staff_id and _GROUP_OF.get(s.event) == title]
            for title in GROUPS
        }
        every = [s for s in mine if s.staff_id == one.staff_id and s.event in _GROUP_OF]
        rows.append(
            (
                one.name,
                material.names.get(one.village_id or "", ""),
                *(len(found) for found in by_group.values()),
                len(every),
            )
        )
        traces.append(
            (
                (),
                (),
                *(tuple(s.trace for s in found) for found in by_group.values()),
                tuple(s.trace for s in every),
            )
        )
    if len(people) > 1:
        sums = list(zip(*(row[2:] for row in rows), strict=True))
        rows.append(("合计", "", *(sum(int(str(cell)) for cell in column) for column in sums)))
        traced = list(zip(*(row[2:] for row in traces), strict=True))
        traces.append(((), (), *(tuple(t for cell in column for t in cell) for column in traced)))
    summary = Sheet(
        "服务汇总",
        (
            Column("孕管员", width=8),
            Column("村", width=8),
            *(Column(title, "number", max(5, len(title))) for title in GROUPS),
            Column("合计", "number", 6),
        ),
        tuple(rows),
        above=("孕管员服务情况汇总", *material.above()),
        notes=("服务报酬按服务情况发放（信丰 三(二)）。撤回的、退回还没改的不算。标准由乡镇填。",),
        total=len(people) > 1,
        traces=tuple(traces),
    )
    return summary, _details(material, mine, {one.staff_id: one for one in people})


def _details(material: Material, mine: list[Service], people: Mapping[str, Coordinator]) -> Sheet:
    shown = [one for one in mine if one.staff_id in people and one.event in _GROUP_OF]
    return Sheet(
        "服务明细",
        (
            Column("序号", "number", 5),
            Column("日期", "date", 9),
            Column("孕管员", width=8),
            Column("服务", width=10),
            Column("服务对象", width=8),
            Column("村", width=10),
            Column("核实", width=7),
        ),
        tuple(
            (
                number,
                one.day,
                people[one.staff_id].name,
                _GROUP_OF[one.event] if one.event == "urged" else EVENTS[one.event].title.id,
                one.whom,
                material.names.get(one.village_id or "", ""),
                "已核实" if one.verified else "",
            )
            for number, one in enumerate(shown, 1)
        ),
        above=("孕管员服务明细", *material.above()),
        landscape=False,
        traces=tuple(((one.trace,), *((),) * 6) for one in shown),
        women=tuple(one.woman_id for one in shown if one.whom),
    )
