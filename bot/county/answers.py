"""What the county's answer to a delivery means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random
from typing import Literal

from bot.outbox.backoff import COUNTY, Next

Verdict = Literal["acknowledged", "dead", "pause", "retry"]

HAVE_IT = 409
NEVER = frozenset({400, 410, 413, 422})
"""This report will never be taken as it is."""
NOT_NOW = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Answer:
    """The county's word: `status` is None when none came. `after` is how long it asked us to wait."""

    verdict: Verdict
    status: int | None
    reason: str | None = None
    after: timedelta | None = None


def judge(status: int, retry_after: str | None, now: datetime) -> Answer:
    """What an HTTP status means. Whatever we do not know pauses the destination: it is our account or our
    address that is wrong, not the report; somebody looks, and nothing is lost. A redirect is not followed:
    health data go to no address that nobody entered."""
    reason = f"HTTP {status}"
    if 200 <= status < 300 or status == HAVE_IT:
        return Answer("acknowledged", status)
    if status in NEVER:
        return Answer("dead", status, reason)
    if status in NOT_NOW or status >= 500:
        return Answer("retry", status, reason, _wait(retry_after, now))
    return Answer("pause", status, reason)


def no_answer(reason: str) -> Answer:
    """Nothing came back: the report may have arrived or not; its id makes a repeat harmless."""
    return Answer("retry", None, reason)


def following(answer: Answer, attempts: int, now: datetime, random: Random) -> Next:
    """What follows for a delivery from the answer to its `attempts`th attempt."""
    match answer.verdict:
        case "acknowledged":
            return Next("accept")
        case "dead":
            return Next("refuse", error=answer.reason)
        case "pause":
            return Next("postpone", now, answer.reason)
        case "retry":
            return Next("postpone", now + COUNTY.wait(attempts, random, answer.after), answer.reason)


def _wait(retry_after: str | None, now: datetime) -> timedelta | None:
    """Retry-After is a number of seconds or a date (RFC 9110, 10.2.3)."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return timedelta(seconds=int(text))
    try:
        return max(parsedate_to_datetime(text) - now, timedelta())
    except (TypeError, ValueError, OverflowError):
        return None
