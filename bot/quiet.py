"""Quiet hours where no county's programme decides: those every county shares."""

from __future__ import annotations

from datetime import datetime

from conversations.care.plan import after_quiet
from conversations.care.programme import NATIONAL, PROGRAMMES


def after_quiet_hours(now: datetime) -> datetime:
    """`now`, or the coming end of the national programme's quiet hours it lies in."""
    return after_quiet(PROGRAMMES[NATIONAL], now)
