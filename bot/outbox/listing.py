"""What `yunguan outbox list` shows and `yunguan outbox retry` puts back. Ids and codes only: who a message
is for, and what it says, is never shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from bot.county.holding import WAITS
from bot.outbox.states import DELIVERY, OUTGOING, States
from conversations.local_time import LOCAL
from storage.database import Database, Transaction
from storage.models import ID, Delivery, Destination, Outgoing

OVERDUE = timedelta(minutes=10)
"""A row due for longer than this and never tried is worth a line: nobody serves its channel."""
LONGEST_NAME = 48
"""Characters of a delivery's id."""
COLUMNS = ("id", "to", "what", "state", "attempts", "next", "status", "error")


@dataclass(frozen=True, slots=True)
class Line:
    """One row that needs a look.

    `to`: a channel, or a county destination. `what`: a letter's kind or a report's event. `state`: dead,
    unknown, retrying, paused, or waiting (due for long and never tried). `next`: when it is tried again.
    `status`: the county's last HTTP status.
    """

    id: str
    to: str
    what: str
    state: str
    attempts: int
    next: datetime | None
    status: int | None
    error: str | None


async def outbox_rows(database: Database, now: datetime, limit: int = 1000) -> list[Line]:
    """A line for everything that is dead, in doubt, being tried again, paused or strangely late: paused
    destinations first, then letters and deliveries, oldest first, at most `limit` of each."""
    db = database.reading
    overdue = now - OVERDUE
    paused = {row.name: row for row in await Destination.filter(paused=True).using_db(db)}
    troubled = Q(state__in=("dead", "failed", "unknown")) | Q(state="queued", attempts__gt=0)
    late = Q(state="queued", due_at__lte=overdue)
    letters = (
        await Outgoing.filter(troubled | late)
        .using_db(db)
        .only("id", "channel", "kind", "state", "attempts", "due_at", "error")
        .order_by("seq")
        .limit(limit)
    )
    held = Q(state="queued", destination__in=list(paused)) if paused else late
    deliveries = (
        await Delivery.filter(troubled | late | held)
        .using_db(db)
        .only("id", "destination", "event", "state", "attempts", "due_at", "last_status", "error")
        .order_by("seq")
        .limit(limit)
    )
    return [
        *(
            Line(row.name, row.name, "destination", "paused", 0, None, None, row.reason)
            for row in paused.values()
        ),
        *(_letter(row) for row in letters),
        *(_delivery(row, row.destination in paused) for row in deliveries),
    ]


def _letter(row: Outgoing) -> Line:
    state = _shown(row.state, row.attempts)
    due = row.due_at if row.state == "queued" else None
    return Line(row.id, row.channel, row.kind, state, row.attempts, due, None, row.error)


def _delivery(row: Delivery, paused: bool) -> Line:
    state = "paused" if paused and row.state == "queued" else _shown(row.state, row.attempts)
    due = row.due_at if row.state == "queued" and not paused else None
    return Line(row.id, row.destination, row.event, state, row.attempts, due, row.last_status, row.error)


def _shown(state: str, attempts: int) -> str:
    if state != "queued":
        return state
    return "retrying" if attempts else "waiting"


def as_json(lines: Iterable[Line]) -> str:
    """One JSON object a line."""
    return "".join(orjson.dumps(asdict(line)).decode() + "\n" for line in lines)


def as_text(lines: Iterable[Line]) -> str:
    """A table for a terminal; times as the clock in the county shows them."""
    cells = [COLUMNS, *(tuple(_cell(getattr(line, column)) for column in COLUMNS) for line in lines)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(COLUMNS))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n"
        for row in cells
    )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


async def retry(database: Database, ids: Sequence[str], now: datetime) -> dict[str, str]:
    """Put rows back by id, or resume a paused destination by its name; what became of each.

    queued: it will be tried at once, with a fresh backoff. expired: too late for it. unchanged: its state
    allows no retry (sent, acknowledged, on its way). unknown id: nothing of that name.
    """
    async with database.transaction() as tx:
        return {name: await _put_back(tx, name, now) for name in sorted(set(ids))}


async def _put_back(tx: Transaction, name: str, now: datetime) -> str:
    if len(name) > LONGEST_NAME:
        return "unknown id"
    letter = Outgoing.filter(id__in=[name] if len(name) <= ID else []).using_db(tx)
    for row in await letter.only("id", "state", "expires_at").select_for_update():
        if row.expires_at <= now and row.state in OUTGOING.before("retry"):
            return "expired"
        return await _again(letter, row.state, OUTGOING, now)
    delivery = Delivery.filter(id=name).using_db(tx)
    for found in await delivery.only("id", "state").select_for_update():
        return await _again(delivery, found.state, DELIVERY, now)
    if len(name) <= ID and await Destination.filter(name=name, paused=True).using_db(tx).exists():
        await resume(tx, name, now)
        return "queued"
    return "unknown id"


async def _again(row: QuerySet[Any], state: str, states: States, now: datetime) -> str:
    if state == "queued":
        await row.update(due_at=now, updated_at=now)
    elif state in states.before("retry"):
        again = states.after(state, "retry")
        await row.update(state=again, attempts=0, due_at=now, lease_until=None, updated_at=now)
    else:
        return "unchanged"
    return "queued"


async def resume(tx: Transaction, destination: str, now: datetime) -> None:
    """End a destination's pause; what waited for it is due now."""
    await Destination.filter(name=destination).using_db(tx).update(paused=False, reason=None, since=now)
    await (
        Delivery.filter(destination=destination, state="queued")
        .exclude(error=WAITS)
        .using_db(tx)
        .update(due_at=now, updated_at=now)
    )
