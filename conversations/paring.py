"""What is left of a report when a woman is erased: the figures, without the person.

Kept is what the papers count (requirements.md §7): the event and its days, the hospital, delivery and children by
sex and weight, weeks, grades, visits, and for a death its class. Days stay to the day: a visit within seven days, a
death of the first 27, booking before 13 weeks are counted in them. Her own birth date becomes an age in years.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from conversations.care.gestation import age_on
from conversations.local_time import LOCAL
from conversations.message import Report
from conversations.records import CHILD_FIELDS, EVENTS

GONE = "已删除"
"""In place of a text that must be there."""

_COUNTED = frozenset(
    {
        *("village", "age", "migrant", "gravida", "para", "booked"),
        *("lmp", "due_date", "gestational_weeks", "gestational_days"),
        *("ultrasound_weeks", "ultrasound_days", "ultrasound_on"),
        *("date", "found_date", "discharge_date", "next_appointment", "place_kind", "institution"),
        *("delivery_mode", "child_count", "mother_state", "loss_kind", "sex", "birth_weight_g", "alive"),
        *("visit_number", "visit_kind", "visited_by", "mode", "problem", "screening", "received", "feedback"),
        *("colour", "with_purple", "star", "key_follow_up", "self_discharge", "direction", "folic_acid"),
        *("death_class", "death_stage", "days_after", "pregnant_or_postpartum", "child_id"),
    }
)
"""Fields that say nothing but what is counted. A name of a hospital is one of a place, not of a person."""

_NAMES = ("woman_name", "mother_name")
_NOTED = ("defect_kind", "place", "cause", "finding", "lab_finding")
"""That something was told is counted, not what."""
_TRANSFER = ("from_place", "to_place")
"""Hospitals in a referral; homes in a move."""
_CHILD = frozenset(CHILD_FIELDS) - {"defect_kind"}
_OF_A_CHILD = frozenset(name for name, spec in EVENTS.items() if "mother_name" in spec.fields)
"""Events whose `birth_date` is the child's."""


def pared(report: Report) -> Report:
    """The report without the person. It fits the schema of its event, as it did before."""
    body = {key: value for key, value in report.body.items() if key in _COUNTED}
    for key in (*_NAMES, *_NOTED):
        if report.body.get(key) is not None:
            body[key] = GONE
    if report.event == "referral":
        body |= {key: report.body[key] for key in _TRANSFER if key in report.body}
    if "children" in report.body:
        body["children"] = [_child(child) for child in report.body["children"]]
    if report.event in _OF_A_CHILD:
        body |= _ages(report.body)
    elif (age := _age(report)) is not None:
        body["age"] = age
    return replace(report, body=body, event_time=report.event_time and report.event_time[:10])


def _child(child: Mapping[str, Any]) -> dict[str, Any]:
    noted = {"defect_kind": GONE} if child.get("defect_kind") is not None else {}
    return {key: value for key, value in child.items() if key in _CHILD} | noted


def _ages(body: Mapping[str, Any]) -> dict[str, Any]:
    """The child's day of birth, which stands in its mother's report as the day of the birth anyway; its class of
    death follows from it."""
    born = body.get("birth_date")
    return {"birth_date": born} if born is not None else {}


def _age(report: Report) -> int | None:
    """Her age on the day of the report, if it was told in any way."""
    body = report.body
    if body.get("age") is not None:
        return int(body["age"])
    born = body.get("birth_date") or _born(body.get("resident_id"))
    if born is None:
        return None
    day = body.get("date") or report.known_time.astimezone(LOCAL).date().isoformat()
    return age_on(date.fromisoformat(born), date.fromisoformat(day))


def _born(resident_id: str | None) -> str | None:
    """The birth date in a resident ID (GB 11643)."""
    try:
        return datetime.strptime((resident_id or "")[6:14], "%Y%m%d").date().isoformat()  # noqa: DTZ007 (a day)
    except ValueError:
        return None


def names_of(reports: Iterable[Report]) -> frozenset[str]:
    """What of these reports tells who she is: names, numbers, words that were written down freely."""
    found: set[str] = set()
    for report in reports:
        for key in ("woman_name", "mother_name", "child_name", "resident_id", "phone", "handbook_number"):
            if value := report.body.get(key):
                found.add(str(value))
    return frozenset(found)
