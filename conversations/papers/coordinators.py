"""花名册 of the colleagues (XF 附表4 and its 备注3): who heads and works in each office, kept current with the county."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from conversations.papers.counting import Material
from conversations.papers.sheet import Cell, Column, Sheet

ROLES: Final = {
    "county": "孕管中心",
    "institution": "助产机构",
    "township": "孕管办",
    "coordinator": "孕管员",
}


@dataclass(frozen=True, slots=True)
class Colleague:
    """One office somebody holds, or held in the period. `until`: since when no more."""

    role: str
    name: str
    phone: str
    place_id: str
    since: date
    until: date | None = None


def coordinators(material: Material, colleagues: Iterable[Colleague]) -> tuple[Sheet, ...]:
    """Those who work here at the end of the period by office, then who left and who came within it."""
    period = material.period
    known = [one for one in colleagues if one.since <= period.last]
    here = [one for one in known if one.until is None or one.until > period.last]
    gone = [one for one in known if one.until is not None and period.holds(one.until)]
    return (
        Sheet(
            "孕管员花名册",
            (
                Column("序号", "number", 5),
                Column("单位", width=12),
                Column("村或机构", width=14),
                Column("岗位", width=8),
                Column("姓名", width=8),
                Column("电话", width=10),
                Column("任职自", "date", 9),
                Column("变动", width=8),
            ),
            tuple((number, *_line(material, one)) for number, one in enumerate(_ordered(material, here), 1)),
            above=("孕管办负责人及孕管员花名册", *material.above(f"在岗{len(here)}人")),
            notes=(
                *_changes(material, gone),
                "人员有变动的，及时更新并报孕管中心（信丰 附表4 备注3）。",
            ),
            landscape=False,
        ),
    )


def _ordered(material: Material, found: Iterable[Colleague]) -> list[Colleague]:
    order = list(ROLES)
    return sorted(
        found,
        key=lambda one: (
            order.index(one.role) > 1,
            _office(material, one),
            order.index(one.role),
            material.names.get(one.place_id, ""),
            one.since,
            one.name,
        ),
    )


def _office(material: Material, one: Colleague) -> str:
    return material.names.get(material.township_of.get(one.place_id, one.place_id), "")


def _line(material: Material, one: Colleague) -> tuple[Cell, ...]:
    return (
        _office(material, one),
        material.names.get(one.place_id, "") if one.role in ("coordinator", "institution") else "",
        ROLES.get(one.role, ""),
        one.name,
        one.phone,
        one.since,
        "本期新到" if material.period.holds(one.since) else "",
    )


def _changes(material: Material, gone: Iterable[Colleague]) -> Iterable[str]:
    for one in sorted(gone, key=lambda one: (one.until or date.max, one.name)):
        place = material.names.get(one.place_id, "")
        yield f"离岗：{one.name}（{place}{ROLES.get(one.role, '')}），{one.until.isoformat() if one.until else ''}。"
