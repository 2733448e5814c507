"""A table as it is printed: plain data, whatever becomes a workbook, a picture or lines of a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

NOT_COLLECTED: Final = "未采集"
"""A cell that nobody collected: never 0 (requirements.md §7)."""

Cell = str | int | float | date | datetime | None
"""None: nothing belongs there. A figure that is unknown is `NOT_COLLECTED`."""
Kind = Literal["text", "number", "percent", "date"]


@dataclass(frozen=True, slots=True)
class Column:
    """`width` in Chinese characters; `kind` types the cells (percent: a fraction of 1). `group`: the heading it shares with
    its neighbours, printed over them."""

    title: str
    kind: Kind = "text"
    width: int = 8
    group: str = ""

    @property
    def full(self) -> str:
        """Its title where the heading over it is not in sight."""
        return f"{self.group}：{self.title}" if self.group else self.title


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `heading`: what is printed large over it; "": its title is. `above` are lines over the table (who, when,
    which period), `notes` under it; `total`: the last row sums the others. `landscape`: how it is printed, on A4."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    above: tuple[str, ...] = ()
    heading: str = ""
    notes: tuple[str, ...] = ()
    total: bool = False
    landscape: bool = True
    traces: tuple[tuple[tuple[str, ...], ...], ...] = field(default=(), compare=False)
    """For each row and column the reports a figure was counted from (`report_id.version`), where it was counted."""
    women: tuple[str, ...] = field(default=(), compare=False)
    """Ids of the women it names, for the audit log: each of them was looked at."""
