"""The roster follows from the reports: a fold over their newest versions, nothing else.

Withdrawing or correcting a report is therefore undone or redone by folding again; there is no second truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from conversations.care.gestation import DatingFact, dated_by, lmp_from, ultrasound
from conversations.care.programme import programme
from conversations.ids import derived_id
from conversations.local_time import LOCAL
from conversations.message import Report
from conversations.records import EVENTS
from conversations.roster_care import tell

_WOMAN = (
    "resident_id",
    "birth_date",
    "phone",
    "phone_owner",
    "safe_to_text",
    "migrant",
    "special_group",
    "restricted",
    "minor_texts",
)
_BESIDE = frozenset(
    {"follow_up", "lost_contact", "moved", "critical_case", "postnatal_visit", "newborn_visit"}
)
"""Reports about her that tell nothing of the pregnancy itself: they neither open nor end it."""

_SEEN = frozenset(
    {
        *("follow_up", "antenatal_visit", "postnatal_visit", "booking", "birth", "pregnancy_loss"),
        *("critical_case", "newborn_visit", "moved", "maternal_death", "woman_death"),
    }
)
"""Reports by somebody who knows where she is: she is lost no longer."""

_END = ("loss_kind", "place_kind", "discharge_date")
_PREGNANCY = ("lmp", "due_date", "gestational_weeks", "gestational_days", "gravida", "para", "booked")


@dataclass(slots=True)
class PregnancyState:
    """A pregnancy as its reports tell it. `details`: JSON-plain, see storage/models.py."""

    id: str
    open: bool = True
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class ChildState:
    id: str
    pregnancy_id: str | None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class WomanState:
    """A woman, her pregnancies and children as all reports about her tell it."""

    id: str
    village_id: str | None = None
    details: dict[str, Any] = field(default_factory=lambda: {"alive": True})
    pregnancies: dict[str, PregnancyState] = field(default_factory=dict)
    children: dict[str, ChildState] = field(default_factory=dict)


def fold(woman_id: str, reports: Iterable[Report]) -> WomanState:
    """The state of one woman from the newest version of each report about her, withdrawn ones left out.

    Reports are taken in the order they became known, which corrections keep. Whoever is mentioned only by withdrawn reports stays
    as an empty record: ids are never reused.
    """
    woman = WomanState(woman_id)
    newest_last = sorted(reports, key=lambda one: (one.known_time, one.recorded_time, one.report_id))
    for report in newest_last:
        if report.pregnancy_id:
            woman.pregnancies.setdefault(report.pregnancy_id, PregnancyState(report.pregnancy_id, open=False))
        if not report.withdrawn:
            _apply(woman, report)
    for report in newest_last:
        if report.event == "newborn_visit" and not report.withdrawn:
            _newborn_visited(woman, report)
    return woman


def _apply(woman: WomanState, report: Report) -> None:
    body = report.body
    woman.village_id = report.village_id or woman.village_id
    details = woman.details
    if name := body.get("woman_name") or body.get("mother_name"):
        details["name"] = name
    if report.event in ("birth_defect", "child_death"):
        _child_event(woman, report)
        return
    for key in _WOMAN:
        if body.get(key) is not None and (key, report.event) != ("birth_date", "newborn_visit"):
            details[key] = body[key]  # there it is the child's: a mother of no age would be taken for a minor
    if body.get("phone") is not None:
        details["phone_on"] = _local_day(report).isoformat()
    if body.get("age") is not None:
        details["age"], details["age_on"] = body["age"], _local_day(report).isoformat()
    pregnancy = woman.pregnancies.get(report.pregnancy_id) if report.pregnancy_id else None
    if pregnancy is not None and report.event not in _BESIDE:
        _pregnancy_event(pregnancy, report)
    tell(pregnancy.details if pregnancy is not None else details, report)
    _whereabouts(details, report)
    if (to := _handed_to(report)) is not None:
        woman.village_id = to
    if report.event == "birth":
        _born(woman, report)
    if report.event in ("maternal_death", "woman_death"):
        details["alive"], details["death_date"] = False, body.get("date")


def _handed_to(report: Report) -> str | None:
    """The village of the same county that looks after her from a move there on."""
    if report.event != "moved" or report.body["direction"] != "out":
        return None
    return report.body.get("to_village_id")


def _whereabouts(details: dict[str, Any], report: Report) -> None:
    """Where she is, and when somebody last spoke with her: `moved_out` and `lost_since` since when, `followed_up`
    the last day by phone and at home, `preconception` since when she wants a child."""
    body, day = report.body, report.body.get("date") or _local_day(report).isoformat()
    if report.event in _SEEN:
        details.pop("lost_since", None)
    match report.event:
        case "moved":
            details.pop("moved_out", None)
            here = body["direction"] == "in" or _handed_to(report) is not None
            details["moved_in" if here else "moved_out"] = day
        case "lost_contact":
            details["lost_since"] = day
        case "follow_up":
            mode = body.get("mode") or "phone"
            known = details.get("followed_up", {})
            details["followed_up"] = {**known, mode: max(day, known.get(mode, day))}
        case "preconception":
            details["preconception"] = day
            if body.get("folic_acid") is not None:
                details["folic_acid"] = body["folic_acid"]


def _pregnancy_event(pregnancy: PregnancyState, report: Report) -> None:
    body, details = report.body, pregnancy.details
    details.setdefault("registered", _local_day(report).isoformat())
    _undate(details)
    if report.event == "pregnancy":
        if any(body.get(key) is not None for key in ("lmp", "due_date", "gestational_weeks")):
            for key in ("lmp", "due_date", "gestational_weeks", "gestational_days"):
                details.pop(key, None)
        details.update({key: body[key] for key in _PREGNANCY if body.get(key) is not None})
        lmp = lmp_from(details, _local_day(report))
        if lmp is not None:
            details["lmp"] = lmp.isoformat()
    elif details.get("lmp") is None and body.get("gestational_weeks") is not None and body.get("date"):
        lmp = lmp_from(dict(body), date.fromisoformat(body["date"]))
        if lmp is not None:
            details["lmp"] = lmp.isoformat()
    _date(details, report)
    if EVENTS[report.event].ends_pregnancy and (details.get("ended") in (None, report.event)):
        if report.event == "maternal_death" and body.get("death_stage") == "postpartum":
            return
        details["ended"], details["end_date"] = report.event, body.get("date")
        details["end_told"] = _local_day(report).isoformat()
        details.update({key: body[key] for key in _END if body.get(key) is not None})
    pregnancy.open = details.get("ended") is None


def _undate(details: dict[str, Any]) -> None:
    """What was told of her last period, before the ultrasounds were weighed."""
    if "scans" in details:
        told = details.pop("lmp_told", None)
        details.pop("lmp", None)
        if told is not None:
            details["lmp"] = told


def _date(details: dict[str, Any], report: Report) -> None:
    """Weigh the ultrasounds against what else dates the pregnancy, by the programme's [dating]: `lmp` is what it is
    dated by, `lmp_told` what was told, `scans` every ultrasound with the day it was made."""
    body, own = report.body, details.get("lmp")
    if body.get("ultrasound_weeks") is not None:
        scan = {
            "report": report.report_id,
            "on": body.get("ultrasound_on") or body.get("date") or _local_day(report).isoformat(),
            "weeks": body["ultrasound_weeks"],
            "days": body.get("ultrasound_days") or 0,
            "told": report.known_time.isoformat(),
        }
        details["scans"] = [*details.get("scans", ()), scan]
        if report.event == "pregnancy" and own == _scanned(scan).lmp.isoformat():
            own = None  # counted back from the ultrasound: she told no last period
    if "scans" not in details:
        return
    facts = [_scanned(scan) for scan in details["scans"]]
    if own is not None:
        facts.append(DatingFact("lmp", date.fromisoformat(own), _local_day(report), report.known_time))
        details["lmp_told"] = own
    dated = dated_by(facts, programme(report.programme).dating)
    if dated is not None:
        details["lmp"] = dated.lmp.isoformat()


def _scanned(scan: Mapping[str, Any]) -> DatingFact:
    made, told = date.fromisoformat(scan["on"]), datetime.fromisoformat(scan["told"])
    return ultrasound(made, scan["weeks"], scan["days"], told, scan["report"])


def _born(woman: WomanState, report: Report) -> None:
    """The children of a birth; their ids follow from the report, so a correction keeps them."""
    for number, child in enumerate(report.body.get("children", ())):
        child_id = derived_id(report.report_id, "child", str(number))
        woman.children[child_id] = ChildState(
            child_id, report.pregnancy_id, {"birth_date": report.body.get("date"), "alive": True, **child}
        )


def _child_event(woman: WomanState, report: Report) -> None:
    """A death or a defect of a child: of one on the roster, or of one known only by this report."""
    body = report.body
    child_id = (
        body.get("child_id") or _child_of(woman, report.subject_ids) or derived_id(report.report_id, "child")
    )
    child = woman.children.setdefault(child_id, ChildState(child_id, report.pregnancy_id, {"alive": True}))
    for source, target in (
        ("child_name", "name"),
        ("sex", "sex"),
        ("birth_date", "birth_date"),
        ("defect_kind", "defect_kind"),
    ):
        if body.get(source) is not None:
            child.details[target] = body[source]
    if report.event == "child_death":
        child.details["alive"], child.details["death_date"] = False, body.get("date")


def _newborn_visited(woman: WomanState, report: Report) -> None:
    """The visit is noted with the child it was made to. A child nobody reported is not brought in by it: its birth is
    still to be told, and it would be on the roster twice."""
    own = [child for child in woman.children.values() if child.pregnancy_id == report.pregnancy_id]
    child = woman.children.get(report.body.get("child_id", "")) or (own[0] if len(own) == 1 else None)
    if child is not None:
        day = report.body["date"]
        child.details["newborn_visit"] = min(day, child.details.get("newborn_visit", day))


def _child_of(woman: WomanState, subjects: Iterable[str]) -> str | None:
    return next((subject for subject in subjects if subject in woman.children), None)


def _local_day(report: Report) -> date:
    """The day the report's facts were told, local."""
    return report.known_time.astimezone(LOCAL).date()
