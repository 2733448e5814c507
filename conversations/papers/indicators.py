"""The indicators of §6: numerator, denominator, period and target printed with each, denominators from the programme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conversations.care.rules import Indicator
from conversations.papers.counting import NOBODY, Figure, Material, figure
from conversations.papers.counts import CALLED, COUNTS
from conversations.papers.sheet import NOT_COLLECTED, Cell, Column, Sheet


@dataclass(frozen=True, slots=True)
class Worked:
    """One indicator worked out. `source`: where it is asked for, None: from nowhere (u)."""

    name: str
    rule: Indicator
    numerator: Figure
    denominator: Figure
    source: str | None = None

    @property
    def rate(self) -> float | None:
        """A fraction of 1; None where either is not known or there is nothing to divide by."""
        if self.numerator.value is None or not self.denominator.value:
            return None
        return self.numerator.value / self.denominator.value

    @property
    def short_by(self) -> float | None:
        """How many per cent it stays from its target: negative when it is met; None without a rate or a target."""
        if self.rate is None or self.rule.target is None:
            return None
        gap = self.rule.target - 100 * self.rate
        return -gap if self.rule.at_most else gap


def work_out(material: Material, table: Mapping[str, Indicator] | None = None) -> tuple[Worked, ...]:
    """All indicators of the programme (or of `table`), in its order."""
    rules = material.programme.indicator if table is None else table
    found: dict[str, Figure] = {}
    for rule in rules.values():
        for name in (rule.numerator, rule.denominator):
            if name not in found:
                found[name] = figure(COUNTS[name](material)) if material.collected else NOBODY
    return tuple(
        Worked(
            name,
            rule,
            found[rule.numerator],
            found[rule.denominator],
            _source(material, name) if table is None else None,
        )
        for name, rule in rules.items()
    )


def _source(material: Material, name: str) -> str | None:
    """Where it is asked for: of its target, else of itself; marked where some of it is our own."""
    path = f"indicator.{name}"
    own = {
        key: one.source for key, one in material.programme.origins.items() if key.rpartition(".")[0] == path
    }
    source = own.get(f"{path}.target") or own.get(f"{path}.title") or own.get(f"{path}.numerator")
    if source is None:
        return None
    return source if None not in own.values() else f"{source}，部分{OURS}"


OURS = "本系统拟定"
"""Where no county's document says it: the program's own, for the county to settle."""
COLUMNS = (
    Column("指标", width=16),
    Column("分子", width=14),
    Column("分子数", "number", 7),
    Column("分母", width=12),
    Column("分母数", "number", 7),
    Column("率", "percent", 8),
    Column("目标", width=8),
    Column("期间", width=12),
    Column("依据", width=14),
)


def line(material: Material, one: Worked) -> tuple[Cell, ...]:
    """One row of the table."""
    rate: Cell = one.rate
    if one.rate is None:
        rate = NOT_COLLECTED if one.numerator.value is None or one.denominator.value is None else "分母为0"
    return (
        one.rule.title,
        CALLED[one.rule.numerator],
        one.numerator.cell,
        CALLED[one.rule.denominator],
        one.denominator.cell,
        rate,
        target(one.rule),
        material.period.title,
        one.source or OURS,
    )


def target(rule: Indicator) -> str:
    """≥95%, ≤5%, or 只看."""
    if rule.target is None:
        return "不设"
    return f"{'≤' if rule.at_most else '≥' if rule.target < 100 else ''}{rule.target:g}%"


def row_traces(one: Worked) -> tuple[tuple[str, ...], ...]:
    """The traces of one row, cell by cell."""
    return ((), (), one.numerator.traces, (), one.denominator.traces, (), (), (), ())


def unknown_notes(worked: tuple[Worked, ...]) -> tuple[str, ...]:
    """Of whom nobody said what is counted."""
    return tuple(
        f"{one.rule.title}：另有{one.numerator.unknown}人情况不详，没有计入分子。"
        for one in worked
        if one.numerator.unknown and one.numerator.value is not None
    )


def indicators(material: Material) -> tuple[Sheet, ...]:
    """The table of all indicators."""
    worked = work_out(material)
    return (
        Sheet(
            "指标",
            COLUMNS,
            tuple(line(material, one) for one in worked),
            above=("孕产期保健工作指标", *material.above()),
            notes=(
                *unknown_notes(worked),
                "分母为活产数的，双胎算两个活产、一位产妇。期间内怀孕或产后42天内、住在本辖区的算孕产妇。",
            ),
            traces=tuple(row_traces(one) for one in worked),
        ),
    )


def worst_first(worked: tuple[Worked, ...]) -> tuple[Worked, ...]:
    """Those furthest from their target first; then those without one, the lowest rate first; then the unknown."""

    def order(one: Worked) -> tuple[int, float]:
        if one.short_by is not None:
            return 0, -one.short_by
        return (1, one.rate) if one.rate is not None else (2, 0.0)

    return tuple(sorted(worked, key=order))
