"""What the county tells of a woman, as reports and as words to those who look after her.

A fact that came from the county starts follow-up, never a reporting clock (requirements.md §3). What is
read in the village names no colour (§4): orange, red and purple are one label, 重点随访.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from conversations.care.advice import advice
from conversations.care.colours import KEY, Grade
from conversations.care.gestation import MATERNAL_DAYS
from conversations.care.programme import programme
from conversations.care.unsaid import NOT_QUOTED
from conversations.facts import PregnancyFact, WomanFact
from conversations.ids import derived_id
from conversations.message import Effect, Notice, Report, Role
from conversations.records import FIELDS, mask_name
from conversations.text import Sayable, T, Text, lines, plain

CHANNEL = "county"
IMPORTED = "import"
"""A list of the county's that was brought in."""
TOLD_BY_COUNTY = frozenset({CHANNEL, IMPORTED})
"""Where reports come from that the county's system has already."""
_TELLING = re.compile(r"疾控|疾病预防|胸科|皮肤|皮防|性病|慢病")
"""Beside the words of infections themselves: names that hint at one."""


@dataclass(frozen=True, slots=True)
class CountyCall:
    """One thing the county tells. `id`: its own name of it, which makes a repeat the same report."""

    kind: Literal["assessments", "referrals", "tracing"]
    id: str
    body: Mapping[str, Any]
    place_id: str
    programme: str


@dataclass(frozen=True, slots=True)
class Led:
    """What a call leads to, to be committed together. `trace`: why she is to be found; `until`: by which day."""

    report: Report | None = None
    effects: tuple[Effect, ...] = ()
    trace: str | None = None
    until: date | None = None


def waits_for_morning(call: CountyCall) -> bool:
    """Whether what it tells wakes nobody: the programme says what does (`[quiet] at_once`)."""
    at_once = programme(call.programme).quiet.at_once
    if call.kind == "tracing":
        return "tracing" not in at_once
    return call.kind != "assessments" or not _key(call.body) or "key_follow_up" not in at_once


def _key(body: Mapping[str, Any]) -> bool:
    """Whether an assessment is read as 重点随访."""
    return body["colour"] in KEY or bool(body.get("purple"))


def led_by(call: CountyCall, woman: WomanFact, now: datetime) -> Led:
    """The report a call makes, and whom it tells what."""
    body = call.body
    match call.kind:
        case "assessments":
            report = _report(call, "risk_grade", _assessment(body), woman, now)
            told = lines(_assessed(body, woman), *_advised(call, report, woman))
            return Led(report, _told(told, woman, at_once=not waits_for_morning(call)))
        case "referrals":
            report = _report(call, "referral", _feedback(body), woman, now)
            if body["received"]:
                said = _received(body, woman)
                return Led(report, _told(said, woman))
            return Led(report, trace=(body.get("finding") or "") if woman.alive else None)
        case "tracing":
            until = date.fromisoformat(body["until"]) if body.get("until") else None
            return Led(trace=body["reason"] if woman.alive else None, until=until)


def _assessment(body: Mapping[str, Any]) -> dict[str, Any]:
    told = {"date": body["date"], "institution": body["institution"], "colour": body["colour"]}
    if body.get("purple"):
        told["with_purple"] = True
    if body.get("factors"):
        told["factors"] = list(body["factors"])
    return told


def _feedback(body: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        "feedback": True,
        "date": body["date"],
        "to_place": body["institution"],
        "received": body["received"],
    }
    return told | {name: body[name] for name in ("finding", "next_appointment") if body.get(name)}


def _report(call: CountyCall, event: str, told: Mapping[str, Any], woman: WomanFact, now: datetime) -> Report:
    pregnancy = _pregnancy(woman, date.fromisoformat(told["date"]))
    return Report(
        report_id=derived_id("county", call.place_id, call.id),
        version=1,
        event=event,
        woman_id=woman.id,
        pregnancy_id=pregnancy.id if pregnancy else None,
        subject_ids=(woman.id, *([pregnancy.id] if pregnancy else [])),
        event_time=told["date"],
        known_time=now,
        recorded_time=now,
        author_role="county",
        channel=CHANNEL,
        channel_trust="high",
        programme=call.programme,
        body={"woman_name": woman.name, "village": woman.village_name, **told},
        village_id=woman.village_id,
        verification="verified",
        woman_version=woman.version,
    )


def _pregnancy(woman: WomanFact, day: date) -> PregnancyFact | None:
    """The one under way; else the one that ended not more than 42 days before: risk goes on that long (KF 附件1 三)."""
    for one in woman.pregnancies:
        if one.ended is None:
            return one
        if one.end_date is not None and day <= one.end_date + timedelta(days=MATERNAL_DAYS):
            return one
    return None


# ── in words ────────────────────────────────────────────────────────────────────────────────────────────


def _told(text: Sayable, woman: WomanFact, *, at_once: bool = False) -> tuple[Effect, ...]:
    """To her coordinator and her township alike: a letter may come by any channel, so it names no colour. Nobody
    is asked to see a woman who died."""
    if not woman.alive:
        return ()
    roles: tuple[Role, ...] = ("coordinator", "township")
    kind: Literal["notice", "urgent"] = "urgent" if at_once else "notice"
    return tuple(Notice(text, role=role, place_id=woman.village_id, kind=kind) for role in roles)


def _assessed(body: Mapping[str, Any], woman: WomanFact) -> Sayable:
    label = FIELDS["key_follow_up"].say(_key(body), masked=False)
    return lines(
        T(
            "县里转来{village}{who}的医院评估：{label}。",
            village=woman.village_name,
            who=_who(woman),
            label=label,
        ),
        T("请近日跟她联系一次，提醒她按医生说的去检查，有情况报“随访”。"),
    )


def _advised(call: CountyCall, report: Report, woman: WomanFact) -> tuple[Text, ...]:
    """What she is advised, as on every channel it may be read; of a pregnancy that is over nothing."""
    pregnancy = next((one for one in woman.pregnancies if one.id == report.pregnancy_id), None)
    if pregnancy is None or pregnancy.ended is not None:
        return ()
    grade = Grade(call.body["colour"], purple=bool(call.body.get("purple")))
    return advice(programme(call.programme), grade, (), "coordinator")


def _received(body: Mapping[str, Any], woman: WomanFact) -> Sayable:
    appointment = body.get("next_appointment")
    return lines(
        T(
            "{village}{who}转诊已到{institution}（{date}）。",
            village=woman.village_name,
            who=_who(woman),
            institution=_institution(body["institution"]),
            date=date.fromisoformat(body["date"]),
        ),
        T("下次预约{date}，请提醒她去。", date=date.fromisoformat(appointment)) if appointment else None,
    )


def _institution(name: str) -> Sayable:
    """A hospital as the village may read it: not one that is there for infections."""
    if NOT_QUOTED.search(name) or _TELLING.search(name):
        return T("县里指定的医院")
    return plain(name)


def _who(woman: WomanFact) -> str:
    return mask_name(woman.name)
