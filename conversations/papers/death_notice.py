"""YZ 第十九条: the notice of a maternal death, after the phone call within 24 hours and before the 个案卡. One sheet each.

What the card itself asks beyond this is its own form's; what nobody reported stays 未采集.
"""

from __future__ import annotations

from typing import Any, Final

from conversations.papers.counting import Material
from conversations.papers.facts import Death
from conversations.papers.listing import township, village
from conversations.papers.sheet import NOT_COLLECTED, Cell, Column, Sheet

_STAGES: Final = {"pregnant": "怀孕期间", "labour": "分娩时", "postpartum": "产后或流产后"}
_PLACES: Final = {"hospital": "医院", "home": "家里", "road": "路上"}


def death_notice(material: Material) -> tuple[Sheet, ...]:
    """One sheet for each maternal death of the period, in the order of their days; one that says so where there was
    none."""
    every = [one for one in material.deaths if one.kind == "maternal" and material.here(one.told)]
    deaths = [one for one in every if not one.erased]
    if every and not deaths:
        kept = "个人信息已按规定删除，通报已存县里"
        return (_sheet(material, "死亡通报", (("情况", f"本期{len(every)}例，{kept}"),), (), ()),)
    deaths.sort(key=lambda one: (one.told.day, one.told.trace))
    if not deaths:
        return (_sheet(material, "死亡通报", (("情况", "本期没有孕产妇死亡报告"),), (), ()),)
    return tuple(
        _sheet(
            material,
            f"死亡通报{number}" if len(deaths) > 1 else "死亡通报",
            _lines(material, one),
            _traces(one),
            (one.woman_id,),
        )
        for number, one in enumerate(deaths, 1)
    )


def _lines(material: Material, one: Death) -> tuple[tuple[str, Cell], ...]:
    body = one.told.body
    return (
        ("姓名", one.name or NOT_COLLECTED),
        ("年龄", _or(body.get("age") or one.age)),
        ("常住地", township(material, one.village_id) + village(material, one.village_id) or NOT_COLLECTED),
        ("死亡日期", one.told.day.isoformat()),
        ("死亡时间", _or(body.get("time"))),
        ("死亡地点", _PLACES.get(body.get("place_kind", ""), NOT_COLLECTED)),
        ("所在机构或地址", _or(one.told.institution or body.get("place"))),
        ("所处阶段", _STAGES.get(body.get("death_stage", ""), NOT_COLLECTED)),
        ("孕周（满）", _or(one.weeks)),
        ("结束妊娠后天数", _or(body.get("days_after"))),
        ("死亡原因（已知）", _or(body.get("cause"))),
        ("本系统得知日期", one.told.known.isoformat()),
        ("县级已收到", {True: "是", False: "还没有"}.get(one.told.at_county, NOT_COLLECTED)),  # type: ignore[arg-type]
        ("电话通报时间", ""),
        ("通报人", ""),
        ("接报人", ""),
        ("《孕产妇死亡个案卡》报送日期", ""),
    )


def _traces(one: Death) -> tuple[str, ...]:
    return (one.told.trace, *one.also)


def _or(value: Any) -> Cell:
    return NOT_COLLECTED if value in (None, "") else value


def _sheet(
    material: Material,
    title: str,
    lines: tuple[tuple[str, Cell], ...],
    traces: tuple[str, ...],
    women: tuple[str, ...],
) -> Sheet:
    return Sheet(
        title,
        (Column("项目", width=14), Column("内容", width=30)),
        lines,
        above=("孕产妇死亡通报", *material.above()),
        notes=("发生后24小时内先电话通报，再报送《孕产妇死亡个案卡》（渝中 第十九条）。",),
        landscape=False,
        traces=tuple(((), traces) for _ in lines),
        women=women,
    )
