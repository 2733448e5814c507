"""A memory for pure tests: answers lookups from the reports filed so far, as storage/queries.py does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from conversations.care.gestation import lmp_of
from conversations.facts import (
    AttemptsToday,
    ChildFact,
    DigestTold,
    Facts,
    HerCare,
    HerFact,
    InviteByCode,
    InvitesBy,
    LinkAddress,
    LinkByToken,
    Lookup,
    PhoneReport,
    PinFact,
    PinOf,
    PregnancyFact,
    ReportById,
    ReportFact,
    ReportsBy,
    RosterAsked,
    RosterFact,
    StaffBelow,
    TasksDue,
    WomanById,
    WomanFact,
    WomenBehind,
    WomenNamed,
    WomenWithId,
    WomenWithPhone,
)
from conversations.message import CountAttempt, Report, SetPin, Turn
from conversations.roster import WomanState, fold


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if value else None


class Memory:
    """The newest version of every report, what follows from them, tries of codes (all of one day) and one PIN."""

    def __init__(self) -> None:
        self.reports: dict[str, Report] = {}
        self._versions: dict[str, int] = {}
        self.tries: Counter[str] = Counter()
        self.pin = ""

    def keep(self, turn: Turn) -> None:
        """File what the turn files; a turn decided on an older record of a woman is a mistake of the engine."""
        self.tries.update(one.purpose for one in turn.effects if isinstance(one, CountAttempt))
        self.pin = next((one.pin for one in turn.effects if isinstance(one, SetPin)), self.pin)
        for report in turn.reports:
            known = self.reports.get(report.report_id)
            assert report.supersedes == (known.version if known else None)
            if report.woman_version is not None:
                assert report.woman_version == self._versions[report.woman_id]
            self.reports[report.report_id] = report
            self._versions[report.woman_id] = self._versions.get(report.woman_id, 0) + 1

    def answer(self, lookups: Iterable[Lookup], now: datetime) -> Facts:
        """The facts a turn asks for."""
        women = [self._woman(woman_id) for woman_id in sorted(self._versions)]
        return Facts({lookup: tuple(self._answer(lookup, women)) for lookup in lookups})

    def _answer(self, lookup: Lookup, women: list[WomanFact]) -> Iterable[Any]:
        match lookup:
            case WomenNamed(name, villages):
                return [w for w in women if w.name == name and w.village_id in villages]
            case WomenWithId(resident_id, villages):
                return [_seen(w, villages) for w in women if w.resident_id == resident_id]
            case WomenBehind(ids):
                return [w for w in women if w.id in ids]
            case WomenWithPhone(phone, villages):
                return [w for w in women if w.phone == phone and w.village_id in villages]
            case WomanById(woman_id, villages):
                return [w for w in women if w.id == woman_id and w.village_id in villages]
            case ReportsBy(limit=limit, name=name):
                newest = sorted(self.reports.values(), key=lambda r: r.recorded_time, reverse=True)
                told = [self._report(report) for report in newest]
                hers = [one for one in told if name is None or (one.woman and one.woman.name == name)]
                return hers[:limit]
            case ReportById(report_id):
                return [self._report(self.reports[report_id])]
            case AttemptsToday(purpose=purpose):
                return [self.tries[purpose]]
            case PinOf(said=said):
                return [PinFact(bool(self.pin), bool(self.pin) and said == self.pin)]
            case InviteByCode() | InvitesBy() | StaffBelow():
                return []
            case HerCare(women=ids):
                return [HerFact(w.id, w.name) for w in women if w.id in ids and w.alive]
            case RosterAsked():
                return [RosterFact(0)]
            case TasksDue() | DigestTold() | LinkByToken() | LinkAddress() | PhoneReport():
                return []
        return []

    def _report(self, report: Report) -> ReportFact:
        return ReportFact(
            report_id=report.report_id,
            version=report.version,
            event=report.event,
            woman_id=report.woman_id,
            pregnancy_id=report.pregnancy_id,
            village_id=report.village_id,
            event_time=report.event_time,
            known_time=report.known_time,
            recorded_time=report.recorded_time,
            body=report.body,
            withdrawn=report.withdrawn,
            verification=report.verification,
            woman=self._woman(report.woman_id),
        )

    def _woman(self, woman_id: str) -> WomanFact:
        state: WomanState = fold(woman_id, [r for r in self.reports.values() if r.woman_id == woman_id])
        details = state.details
        children = {
            key: ChildFact(
                key,
                child.details.get("name"),
                child.details.get("sex"),
                _day(child.details.get("birth_date")),
                child.details.get("alive") is not False,
            )
            for key, child in state.children.items()
        }
        pregnancies = [
            PregnancyFact(
                key,
                _day(one.details.get("lmp"))
                or (lmp_of(due=due) if (due := _day(one.details.get("due_date"))) else None),
                _day(one.details.get("due_date")),
                one.details.get("ended") or (None if one.open else "withdrawn"),
                _day(one.details.get("end_date")),
                colour=one.details.get("colour"),
                key_follow_up=bool(one.details.get("key_follow_up")),
            )
            for key, one in state.pregnancies.items()
        ]
        return WomanFact(
            id=woman_id,
            version=self._versions[woman_id],
            name=details.get("name", ""),
            resident_id=details.get("resident_id"),
            birth_date=_day(details.get("birth_date")),
            age=details.get("age"),
            phone=details.get("phone"),
            village_id=state.village_id,
            village_name="杨梅坑村",
            alive=details["alive"],
            pregnancies=tuple(reversed(pregnancies)),
            children=tuple(children.values()),
            moved_out=_day(details.get("moved_out")),
            special_group=details.get("special_group"),
        )


def _seen(woman: WomanFact, villages: tuple[str, ...]) -> WomanFact:
    if woman.village_id in villages:
        return woman
    return replace(WomanFact(id=woman.id, version=woman.version), visible=False)
