"""Reports that wait for the township's verification before the county gets them: which, and how long at most.

A programme says so (`[verification]`). Deaths, criticals, danger and red never wait, nor does a child who is pregnant:
that is the duty of mandatory reporting. Nothing is lost in an officer's inbox: after a while it goes out as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conversations.care.calendar import due
from conversations.care.contradictions import NEVER_WAITS
from conversations.care.programme import programme
from conversations.message import Report
from conversations.records import EVENTS


def waits(report: Report) -> bool:
    """Whether this version is kept from the county until the township has looked at it; of a later one, whether it is
    no reason to let an earlier one go."""
    return (
        report.event in programme(report.programme).verification.events
        and not report.withdrawn
        and report.verification != "verified"
        and (report.author_role == "coordinator" or report.supersedes is not None)
        and not _never(report.event, report.body)
    )


def waits_until(report: Report) -> datetime:
    """When a first version goes out although nobody looked at it."""
    return due(report.recorded_time, programme(report.programme).verification.at_most)


def opens_the_way(report: Report) -> bool:
    """Whether it must not wait behind what waits of the same pregnancy: what never waits, an end, and whatever is told
    by others than the village, which has clocks of its own."""
    return (
        _never(report.event, report.body)
        or EVENTS[report.event].ends_pregnancy
        or report.author_role not in ("coordinator", "woman")
    )


def _never(event: str, body: Mapping[str, Any]) -> bool:
    return event in NEVER_WAITS or body.get("colour") == "red" or body.get("restricted") == "under_14"
