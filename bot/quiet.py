"""Quiet hours: when nobody is written to who need not be."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from conversations.engine.flow import LOCAL

QUIET_FROM, QUIET_TO = time(21), time(8)
"""Local (u)."""


def after_quiet_hours(now: datetime) -> datetime:
    """`now`, or the coming end of the quiet hours it lies in."""
    local = now.astimezone(LOCAL)
    if QUIET_TO <= local.time() < QUIET_FROM:
        return now
    day = local.date() if local.time() < QUIET_TO else local.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_TO, LOCAL).astimezone(now.tzinfo)
