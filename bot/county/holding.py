"""Deliveries that wait for the township's word (conversations/care/waiting.py): queued like all others, due later.

What lets them go: the report verified or taken back, something of the same pregnancy that must not wait behind them, or
the end of their time. They then go in their order, so the county has every version.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tortoise.expressions import Q

from conversations.care.waiting import opens_the_way, waits, waits_until
from conversations.message import Report
from storage.models import Delivery
from storage.transaction import Transaction

WAITS = "waits for verification"
"""In `error` of a delivery that waits."""


async def hold(tx: Transaction, rows: Sequence[tuple[Report, Delivery]], now: datetime) -> None:
    """Of these new deliveries, not yet saved, put off those that wait; let go those stored that wait no more."""
    earlier = {f"{report.report_id}.{report.supersedes}" for report, _ in rows if report.supersedes}
    stored = Delivery.filter(id__in=list(earlier), state="queued", error=WAITS).using_db(tx)
    until = {row.id: row.due_at for row in await stored} if earlier else {}
    lanes: set[str] = set()
    reports: set[str] = set()
    for report, row in rows:
        before = f"{report.report_id}.{report.supersedes}"
        if waits(report):
            if report.supersedes is None:
                row.due_at, row.error = waits_until(report), WAITS
            elif before in until:  # not where the county has the earlier version: that is to be put right
                row.due_at, row.error = until[before], WAITS
            if row.error == WAITS:
                until[row.id] = row.due_at
        elif opens_the_way(report):
            lanes.add(row.lane)
        elif before in until:
            reports.add(report.report_id)
    for report, row in rows:
        if row.error == WAITS and (row.lane in lanes or report.report_id in reports):
            row.due_at, row.error = now, None
    free = [Q(id__startswith=f"{one}.") for one in reports] + ([Q(lane__in=list(lanes))] if lanes else [])
    if free:
        waiting = Delivery.filter(Q(*free, join_type="OR"), state="queued", error=WAITS).using_db(tx)
        await waiting.update(due_at=now, error=None, updated_at=now)
