"""Quiet hours where no county's programme decides: those every county shares; and which letters keep them.

By kind of letter: danger and answers go at any hour, and so does what cannot wait (`urgent`: a death, a critical case,
a woman to be found, an assessment read as 重点随访). An ordinary notice waits for the morning, and holds nothing back
meanwhile that does not (bot/outbox/letters.py). Reminders are held by who plans them (bot/care_letters.py).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.channels.base import Later, Letter
from bot.outbox.letters import Drop, Recheck
from conversations.care.plan import after_quiet
from conversations.care.programme import NATIONAL, PROGRAMMES
from storage.models import Outgoing

BY_DAY = frozenset({"notice", "condolence"})
"""Kinds of letters that nobody is woken up for."""


def leaves_at(kind: str, now: datetime) -> datetime:
    """When a letter of this kind that is written now may leave."""
    return after_quiet_hours(now) if kind in BY_DAY else now


def after_quiet_hours(now: datetime) -> datetime:
    """`now`, or the coming end of the national programme's quiet hours it lies in."""
    return after_quiet(PROGRAMMES[NATIONAL], now)


class QuietRecheck:
    """A `Recheck` that keeps what is told by day from leaving at night after all, when a gateway is back or the machine was
    off, and asks `then` for everything else."""

    def __init__(self, clock: Callable[[], datetime], then: Recheck) -> None:
        self._clock = clock
        self._then = then

    async def __call__(self, row: Outgoing) -> Letter | Drop | Later:
        now = self._clock()
        leaves = leaves_at(row.kind, now)
        return Later("quiet hours", leaves - now) if leaves > now else await self._then(row)
