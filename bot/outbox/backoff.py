"""What follows from an attempt, as a value: which step the row takes, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bot.channels.base import Accepted, Later, Offered, Outcome, Refused
from bot.outbox.states import Step

AT_LEAST = timedelta(seconds=1)
"""No second attempt sooner than this, whatever a provider says."""
AT_MOST = timedelta(days=1)
"""No wait longer than this, whatever a provider says."""
ERROR_LENGTH = 200
"""Characters of a reason that are kept."""

DOUBTS_AT_ONCE = 3
"""After so many attempts, what is in doubt is repeated with longer pauses: she may have it already, and a gateway
that never says so must not send it to her all day (cht-core #10802: 1,900 copies). (u)"""
SENT_AGAIN = frozenset({"reply", "danger"})
"""Kinds that are sent again after a doubt: silence would be worse than hearing it twice (design.md)."""


def short(reason: str) -> str:
    """A reason as it can be kept: PostgreSQL takes no NUL in a text."""
    return reason.replace("\0", "")[:ERROR_LENGTH]


@dataclass(frozen=True, slots=True)
class Next:
    """The step a row takes now; `due_at` when it is queued again; `error` says why, without personal data."""

    step: Step
    due_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential waits with jitter: between half of `first` · 2ⁿ⁻¹ and all of it after the nth attempt,
    never more than `cap`."""

    first: timedelta
    cap: timedelta

    def wait(self, attempts: int, random: Random, asked: timedelta | None = None) -> timedelta:
        """How long to wait after `attempts` attempts; `asked` is what the other side asked for, if it did."""
        if asked is not None:
            wait = asked * random.uniform(1, 1.1)
        else:
            doublings = min(max(attempts - 1, 0), 30)
            wait = min(self.first * 2**doublings, self.cap) * random.uniform(0.5, 1)
        return min(max(wait, AT_LEAST), AT_MOST)


URGENT = Backoff(timedelta(seconds=2), timedelta(minutes=1))
"""For replies and danger alerts: somebody waits."""
PATIENT = Backoff(timedelta(seconds=30), timedelta(hours=1))
"""For what nobody waits for at the phone, and for what may be there already."""
COUNTY = Backoff(timedelta(seconds=5), timedelta(hours=1))


def retry(
    kind: str, attempts: int, expires_at: datetime, outcome: Outcome, now: datetime, random: Random
) -> Next:
    """What follows for a letter of `kind` from the `outcome` of its `attempts`th attempt."""
    match outcome:
        case Offered():
            return Next("offer", due_at=now)
        case Accepted():
            return Next("accept")
        case Refused(reason):
            return Next("refuse", error=short(reason))
        case Later(reason, after, doubt):
            if doubt and kind not in SENT_AGAIN:
                return Next("lose", error=short(reason))
            flood = doubt and attempts > DOUBTS_AT_ONCE
            backoff = URGENT if kind in SENT_AGAIN and not flood else PATIENT
            due_at = now + backoff.wait(attempts, random, after)
            if due_at >= expires_at:
                return Next("expire", error=short(reason))
            return Next("postpone", due_at, short(reason))


def after_crash(kind: str, now: datetime) -> Next:
    """What follows for a letter whose lease ran out: the process that held it is gone, and nobody knows."""
    if kind in SENT_AGAIN:
        return Next("postpone", now, "lease ran out")
    return Next("lose", error="lease ran out")
