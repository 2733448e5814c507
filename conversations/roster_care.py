"""What was done for a woman in a pregnancy, as the roster keeps it: booking, visits, colour, referrals.

Each is a list in the order of its days, one entry a report (`report`: its id), so that a report known late takes
the place its day gives it. What holds now follows from the lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.care.colours import KEY, managed_higher
from conversations.care.factor_words import factors_told
from conversations.care.programme import programme
from conversations.local_time import LOCAL
from conversations.message import Report

_LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "antenatal_visit": (
        "visits",
        (
            *("visit_number", "gestational_weeks", "institution", "systolic", "diastolic", "weight_kg"),
            *("haemoglobin", "problem", "next_appointment"),
        ),
    ),
    "postnatal_visit": ("postnatal", ("visit_kind", "visited_by", "institution", "screening")),
    "critical_case": ("critical", ("self_discharge", "place_kind", "institution", "place")),
}
"""Event -> the list its reports make, and what of the body an entry keeps."""

_BOOKING = ("date", "gestational_weeks", "gestational_days", "institution", "handbook_number")


def tell(details: dict[str, Any], report: Report) -> None:
    """Take a report into the details of the pregnancy it belongs to (of the woman, where it belongs to none)."""
    body, event = report.body, report.event
    if event == "booking":
        details["booked"] = True
        details["booking"] = {name: body[name] for name in _BOOKING if body.get(name) is not None}
    elif event in _LISTS:
        name, keys = _LISTS[event]
        _add(details, name, _entry(report, keys))
        if event == "antenatal_visit":
            _appointment(details)
    elif event == "referral":
        _referral(details, report)
    if body.get("colour") is not None or body.get("key_follow_up") is not None:
        _grade(details, report)


def _entry(report: Report, keys: tuple[str, ...]) -> dict[str, Any]:
    """`date`: of what nobody said when it was (a grade on a county's list), the day it became known."""
    told = {key: report.body[key] for key in keys if report.body.get(key) is not None}
    day = report.body.get("date") or report.known_time.astimezone(LOCAL).date().isoformat()
    return {"report": report.report_id, "date": day, **told}


def _add(details: dict[str, Any], name: str, entry: dict[str, Any]) -> None:
    """In the order of days; of one day, in the order told."""
    details[name] = sorted([*details.get(name, []), entry], key=lambda one: str(one["date"]))


def _appointment(details: dict[str, Any]) -> None:
    """The next appointment: the one told last, unless she has been there since."""
    met = [
        *details.get("visits", []),
        *(r["feedback"] for r in details.get("referrals", []) if "feedback" in r),
    ]
    met.sort(key=lambda one: str(one["date"]))
    told = next((one["next_appointment"] for one in reversed(met) if "next_appointment" in one), None)
    details.pop("next_appointment", None)
    if told is not None and told > met[-1]["date"]:
        details["next_appointment"] = told


def _grade(details: dict[str, Any], report: Report) -> None:
    """The newest assessment of a hospital replaces the older, up or down (XF 四(三)5): newest by its own day, and of one
    day the hospital's own telling before the village's. What no hospital gave holds only as long as none did. 重点随访
    alone leaves a high colour that is known as it is. That she is managed a level higher for what happened before (RC 三(二)1(2))
    no later assessment undoes."""
    entry = _entry(report, ("colour", "with_purple", "star", "key_follow_up", "institution"))
    entry["by_office"] = report.author_role != "coordinator"
    rules = programme(report.programme)
    if managed_higher(rules, factors_told(rules, report.body.get("factors") or ())):
        entry["managed_higher"] = True
    entry["by_hospital"] = report.author_role in ("institution", "county") or "institution" in entry
    details["grades"] = sorted(
        [*details.get("grades", []), entry],
        key=lambda one: (one["by_hospital"], one["date"], one["by_office"]),
    )
    for name in ("colour", "with_purple", "star", "key_follow_up"):
        details.pop(name, None)
    for grade in details["grades"]:
        key_only = "colour" not in grade
        if key_only and details.get("key_follow_up"):
            continue
        for name in ("colour", "with_purple", "star"):
            details.pop(name, None)
            if grade.get(name):
                details[name] = grade[name]
        details["key_follow_up"] = key_only or grade["colour"] in KEY or bool(grade.get("with_purple"))


def _referral(details: dict[str, Any], report: Report) -> None:
    """A referral, or the feedback on one: on the newest before it that waits for feedback."""
    if not report.body.get("feedback"):
        _add(details, "referrals", _entry(report, ("from_place", "to_place", "reason")))
        return
    entry = _entry(report, ("received", "to_place", "next_appointment"))
    waiting = [
        one for one in details.get("referrals", []) if "feedback" not in one and one["date"] <= entry["date"]
    ]
    if waiting:
        waiting[-1]["feedback"] = entry
    else:
        _add(details, "referrals", {**entry, "feedback": entry})
    _appointment(details)
