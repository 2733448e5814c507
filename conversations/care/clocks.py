"""Clocks: which duties a report starts, when each is due, warned of and escalated, and what stops it.

Everything follows from the newest version of a report: after a correction ask again, and clocks that are no longer
there have lost their reason. Times are aware moments; the 24:00 of a day is 00:00 of the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from conversations.care.calendar import Period, due, end_of, last_day, midnight, period_due, periods
from conversations.care.gestation import child_death_class
from conversations.care.lengths import Length
from conversations.care.programme import Programme
from conversations.care.rules import Clock, Office, Periodic
from conversations.care.unsaid import tells
from conversations.local_time import LOCAL
from conversations.message import Report
from conversations.text import Sayable, T, plain

# ── what happened ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Happening:
    """A fact that may start clocks.

    `happened`: the latest moment it can have been, where only its day is known; `known`: when its author knew;
    `received`: when the county had it, if it has. `conditions`: what `where` of a clock may ask of it.
    """

    event: str
    cause: str
    author: str
    known: datetime
    happened: datetime | None = None
    received: datetime | None = None
    conditions: Mapping[str, frozenset[str]] = field(default_factory=dict)


def happening(report: Report, *, received: datetime | None = None) -> Happening:
    """The fact a report tells; `received`: when the county acknowledged it."""
    return Happening(
        event=report.event,
        cause=report.report_id,
        author=report.author_role,
        known=report.known_time,
        happened=_happened(report),
        received=received,
        conditions={key: frozenset(told) for key, told in _conditions(report) if told},
    )


def _happened(report: Report) -> datetime | None:
    if report.event_time is None:
        return None
    if len(report.event_time) > len("2026-01-01"):
        moment = datetime.fromisoformat(report.event_time)
        return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)
    # of a day alone: as late as it can have been, so that nobody is called late who may not be
    return min(end_of(date.fromisoformat(report.event_time)), report.known_time)


def _conditions(report: Report) -> Iterator[tuple[str, set[str]]]:
    body = report.body
    colours = {body["colour"]} if body.get("colour") else set()
    yield "colour", colours | ({"purple"} if body.get("with_purple") else set())
    yield "place", {_place(report)}
    yield "death_class", {_death_class(report)} - {""}
    if report.event == "critical_case":
        yield "self_discharge", {"yes" if body.get("self_discharge") else "no"}
    if (positive := _screening(report)) is not None:
        yield "screening", {"positive" if positive else "negative"}


def _place(report: Report) -> str:
    """Where it was; an institution speaks of itself unless it says otherwise."""
    if kind := report.body.get("place_kind"):
        return str(kind)
    if report.body.get("institution") or report.author_role == "institution":
        return "hospital"
    return "unknown"


def _death_class(report: Report) -> str:
    if report.event == "maternal_death":
        return "maternal"
    body: Mapping[str, Any] = report.body
    if report.event != "child_death":
        return ""
    if body.get("death_class"):
        return str(body["death_class"])
    if body.get("birth_date") and body.get("date"):
        born, died = date.fromisoformat(body["birth_date"]), date.fromisoformat(body["date"])
        return child_death_class(born, died) or ""
    return ""


def graded_by_hospital(report: Report) -> bool:
    """Whether a report tells a grade given by a hospital: its own, the county's, or one with its name."""
    told = report.body.get("colour") is not None or report.body.get("key_follow_up") is not None
    by = report.author_role in ("institution", "county") or bool(report.body.get("institution"))
    return told and by


def _screening(report: Report) -> bool | None:
    """Whether a screening found something that a level-2+ hospital has yet to assess; None where none was told.

    Sent on to such a hospital (XF 四(二)4), or a colour other than green that no hospital gave.
    """
    body = report.body
    if report.event == "postnatal_visit" and body.get("screening"):
        return bool(body["screening"] == "positive")
    if report.event == "referral":
        return not body.get("feedback")
    if report.event == "risk_grade" and not graded_by_hospital(report):
        return bool(body.get("colour") not in (None, "green") or body.get("key_follow_up"))
    return None


# ── clocks that run ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Step:
    """At this moment, if the clock still runs, this office is told that it is overdue."""

    at: datetime
    office: Office


@dataclass(frozen=True, slots=True)
class Running:
    """One duty with its times. `cause`: the report, or the period's first day; `stops`: all of these stop it;
    `warn`: when its owner is warned; `steps`: who is told once it is overdue, upward from its owner."""

    name: str
    cause: str
    title: str
    owner: Office
    to: Office
    started: datetime
    due: datetime
    warn: tuple[datetime, ...]
    steps: tuple[Step, ...]
    stops: tuple[str, ...] = ("acknowledged",)
    follow_up: bool = False

    @property
    def key(self) -> str:
        """One key per duty: the same again when it is worked out again."""
        return f"{self.cause}/{self.name}"

    def next_moment(self, after: datetime) -> datetime | None:
        """The next time something is to be told of it."""
        return min((at for at in (*self.warn, *(step.at for step in self.steps)) if at > after), default=None)


def started(programme: Programme, fact: Happening) -> tuple[Running, ...]:
    """The clocks this fact starts, the first due first. What the county told starts follow-up only; a clock that
    runs from receipt starts when the county has the fact."""
    running = []
    for name, clock in programme.clock.items():
        if not _starts(clock, fact):
            continue
        start = {"event": fact.happened or fact.known, "known": fact.known, "received": fact.received}[
            clock.start
        ]
        if start is not None:
            running.append(_running(programme, name, clock, fact.cause, start))
    return tuple(sorted(running, key=lambda one: (one.due, one.name)))


def _starts(clock: Clock, fact: Happening) -> bool:
    if fact.event not in clock.on:
        return False
    if fact.author == "county":
        if clock.duty != "follow_up":
            return False
    elif fact.author not in clock.authors:
        return False
    return all(fact.conditions.get(key, frozenset()) & set(told) for key, told in clock.where.items())


def _running(programme: Programme, name: str, clock: Clock, cause: str, start: datetime) -> Running:
    end = due(start, clock.within)
    warn = tuple(_before(programme, start, end, length) for length in clock.warn_before)
    return Running(
        name=name,
        cause=cause,
        title=clock.title,
        owner=clock.owner,
        to=clock.to,
        started=start,
        due=end,
        warn=warn or (_warned(programme, start, end, clock.within),),
        steps=_steps(programme, clock.owner, end, clock.within),
        stops=clock.stops,
        follow_up=clock.duty == "follow_up",
    )


def _warned(programme: Programme, start: datetime, end: datetime, within: Length) -> datetime:
    rule = programme.warning
    if within.unit not in ("min", "h"):
        day = last_day(end) - timedelta(days=rule.days_before)
        at = datetime.combine(day, rule.at, LOCAL)
        if at > start:
            return at
    return start + rule.hours_share * (end - start)  # also of days: too short for a morning before


def _before(programme: Programme, start: datetime, end: datetime, length: Length) -> datetime:
    if length.unit in ("min", "h"):
        at = end - (due(start, length) - start)
    else:
        days = 30 if length.unit == "month" else 10 if length.unit == "ten_day" else 1
        at = datetime.combine(
            last_day(end) - timedelta(days=days * length.count), programme.warning.at, LOCAL
        )
    return max(at, start)


def _steps(programme: Programme, owner: Office, end: datetime, within: Length | None) -> tuple[Step, ...]:
    """The owner and the first above it when the clock runs out, each further one a step later."""
    rule = programme.escalation
    unit = within.unit if within is not None else "d"
    step = {"min": rule.minutes_step, "h": rule.hours_step}.get(unit, rule.days_step)
    wait = timedelta(**{{"min": "minutes", "h": "hours"}.get(step.unit, "days"): step.count})
    rungs = programme.ladder[owner].rungs
    return tuple(Step(end + wait * max(place - 1, 0), office) for place, office in enumerate(rungs))


# ── what stops them ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Act:
    """Something done that may stop a clock. `kind`: `acknowledged` (by `by`), `phone_call`, `assessed`,
    or `record:EVENT`."""

    kind: str
    at: datetime
    by: str = ""


def acts_of(report: Report) -> tuple[Act, ...]:
    """What a later report about the same woman does for clocks that run."""
    acts = [Act(f"record:{report.event}", report.known_time, report.author_role)]
    arrived = report.event == "referral" and report.body.get("feedback") and report.body.get("received")
    if graded_by_hospital(report) or arrived:
        acts.append(Act("assessed", report.known_time, report.author_role))
    return tuple(acts)


def stopped_at(programme: Programme, clock: Running, acts: Iterable[Act]) -> datetime | None:
    """When a clock stopped: all it waits for has come. Acts before it started count for nothing."""
    ends: list[datetime] = []
    told = [act for act in acts if act.at >= clock.started]
    for stop in clock.stops:
        fitting = [
            act.at
            for act in told
            if act.kind == stop and (stop != "acknowledged" or may_acknowledge(programme, clock, act.by))
        ]
        if not fitting:
            return None
        ends.append(min(fitting))
    return max(ends)


def may_acknowledge(programme: Programme, clock: Running, by: str) -> bool:
    """Its addressee, or whoever stands above the addressee; for city and province, no users of ours, the county."""
    if by == clock.to or (by == "county" and clock.to in ("city", "province")):
        return True
    above = programme.ladder[clock.to].rungs if clock.to in programme.ladder else ()
    return by != clock.owner and by in above


# ── periodic duties ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Told:
    """Something reported: what, of which day (None: not said), and when its report was recorded."""

    event: str
    day: date | None
    recorded: datetime


def periodic(
    programme: Programme, since: date, until: date, told: Collection[Told] | None = None
) -> tuple[Running, ...]:
    """All periodic duties that fall due from `since` to `until`, both days included, the first due first. `told`: what
    was reported at all; without it, as if something had been told of every period."""
    found = []
    for name, rule in programme.periodic.items():
        owed = None
        if rule.if_any and told is not None:
            owed = {_period_of(programme, rule, one) for one in told if one.event in rule.if_any}
        for period in periods(rule.every, since - timedelta(days=130)):  # a quarter and the month after it
            end = period_due(period, rule.day)
            if last_day(end) > until:
                break
            if last_day(end) >= since and (owed is None or period in owed):
                found.append(_owed(programme, name, period, end))
    return tuple(sorted(found, key=lambda one: (one.due, one.name)))


def _period_of(programme: Programme, rule: Periodic, told: Told) -> Period:
    """The one it happened in; told later, the first whose owner can still be warned of it."""
    recorded = told.recorded.astimezone(LOCAL).date()
    return next(
        period
        for period in periods(rule.every, min(told.day or recorded, recorded))
        if _warned_of_period(programme, period_due(period, rule.day)) > told.recorded
    )


def _warned_of_period(programme: Programme, end: datetime) -> datetime:
    day = last_day(end) - timedelta(days=programme.warning.period_days_before)
    return datetime.combine(day, programme.warning.at, LOCAL)


def _owed(programme: Programme, name: str, period: Period, end: datetime) -> Running:
    rule = programme.periodic[name]
    return Running(
        name=name,
        cause=period.first.isoformat(),
        title=rule.title,
        owner=rule.owner,
        to=rule.to,
        started=midnight(period.first),
        due=end,
        warn=(_warned_of_period(programme, end),),
        steps=_steps(programme, rule.owner, end, None),
    )


# ── in words ────────────────────────────────────────────────────────────────────────────────────────────


def title(clock: Running, *, named: bool) -> Sayable:
    """What is owed. `named`: the channel may name diagnoses; on others a clock that tells a colour says nothing of
    itself, and its due time, which differs by colour, must not stand beside it either (`tells_colour`)."""
    if tells_colour(clock) and not named:
        return T("有一项重点随访的报送，在聊天里说“催办”就能看到。")
    return plain(clock.title)


def tells_colour(clock: Running) -> bool:
    """Whether this clock would betray a colour, by its name or by its time."""
    return tells(clock.title)
