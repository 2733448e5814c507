"""Duties with a time: started and stopped in the transaction of what starts and stops them.

Which clock a report starts, when it is due and what stops it are the rules of conversations/care/clocks.py; a
correction asks them again. bot/clocks.py warns and calls out what is overdue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from conversations.care import clocks
from conversations.care.calendar import due
from conversations.care.clocks import Act, Running
from conversations.care.programme import Programme, programme
from conversations.ids import derived_id
from conversations.message import Report, Speaker
from storage.bulk import insert_many, upsert_many
from storage.models import Alert, AlertTold, Clock, Outgoing
from storage.models import Report as ReportRow
from storage.organisation import Organisation
from storage.reading import full_rows
from storage.reports import as_report
from storage.running import running_of
from storage.transaction import Transaction

A_WEEK = timedelta(days=7)
"""Of what comes round nobody is told more often. (u)"""
DONE = "done"
"""The word that stops what comes round."""
HERE = "township"
"""Who reads the roster itself: what is filed here is acknowledged by her."""


async def filed(
    tx: Transaction, reports: Sequence[tuple[Report, str | None]], organisation: Organisation, now: datetime
) -> None:
    """Start what these reports (with the place of whoever wrote each) start, stop what they stop. What an
    earlier version started and this one does not has lost its reason."""
    if not reports:
        return
    rows = await full_rows(tx, Clock, "cause", [report.report_id for report, _ in reports])
    known = {row.id: row for row in rows}
    alerts = {row.id: row.alert_id for row in rows if row.alert_id is not None}
    changed: dict[str, Clock] = {}
    for report, author_place in reports:
        rules = programme(report.programme)
        running = [] if report.withdrawn else clocks.started(rules, clocks.happening(report))
        wanted = {derived_id(one.key): one for one in running}
        for row in rows:
            if row.cause == report.report_id and row.id not in wanted and row.state == "running":
                _stop(row, "void", now)
                changed[row.id] = row
        places = _places(report, author_place, organisation)
        for clock_id, one in wanted.items() if places else ():
            row = _renewed(known.get(clock_id), clock_id, one, rules, report, places, now)
            if one.to == HERE:
                _act(row, Act("acknowledged", report.recorded_time, HERE))
            changed[clock_id] = row
    of_women: dict[str, list[Report]] = {}
    for report, _ in reports:
        of_women.setdefault(report.woman_id, []).append(report)
    for row in await _of_women(tx, of_women, set(changed)):
        for report in of_women[row.woman_id or ""]:
            for act in clocks.acts_of(report) if not report.withdrawn else ():
                _act(row, act)
        changed[row.id] = row
    await _save(tx, changed.values(), now)
    overtaken = [alerts[id_] for id_, row in changed.items() if id_ in alerts and row.alert_id != alerts[id_]]
    if overtaken:
        await _close(tx, overtaken, now)


async def delivered(tx: Transaction, delivery_ids: Collection[str], now: datetime) -> None:
    """The county has these versions: that is its acknowledgement, and starts what runs from its receipt."""
    rows = await ReportRow.filter(id__in=list(delivery_ids), is_latest=True).using_db(tx)
    if not rows:
        return
    known = {row.id: row for row in await Clock.filter(cause__in=[r.report_id for r in rows]).using_db(tx)}
    changed: dict[str, Clock] = {}
    for stored in rows:
        act = Act("acknowledged", now, "county")
        of_report = [row for row in known.values() if row.cause == stored.report_id]
        for row in of_report:
            if row.state == "running" and _reports(row):
                _act(row, act)
                changed[row.id] = row
        if stored.withdrawn:
            continue
        report = as_report(stored)
        rules = programme(report.programme)
        fact = clocks.happening(report, received=now)
        for one in clocks.started(rules, fact):
            clock_id = derived_id(one.key)
            if clock_id not in known and stored.village_id is not None:
                changed[clock_id] = _renewed(None, clock_id, one, rules, report, [stored.village_id], now)
    await _save(tx, changed.values(), now)


async def taken(tx: Transaction, alert_ids: Collection[str], role: str, now: datetime) -> None:
    """An officer took what is overdue: where hers is the word the clock waits for, it has it. Where it runs on it is
    looked at again after a while: who took it may have forgotten. Of what comes round taking it is not having done it,
    and of several periods of it the newest alone is called out."""
    found = await Clock.filter(alert_id__in=list(alert_ids), state="running").order_by("-due_at").using_db(tx)
    for n, row in enumerate(found):
        if row.woman_id is None and n:
            continue
        if row.woman_id is not None:
            _act(row, Act("acknowledged", now, role))
        if row.state == "running":
            again = due(now, programme_of(row).escalation.taken_again)
            row.next_check_at = again if row.woman_id else max(again, now + A_WEEK)
            row.details = row.details | {"taken": sorted({*row.details.get("taken", ()), str(row.alert_id)})}
    await _save(tx, found, now)


async def word(tx: Transaction, clock_id: str, kind: str, speaker: Speaker | str, now: datetime) -> None:
    """A colleague's word on one clock (or an office's, of which no more is known): `acknowledged`, `phone_call`, or, of
    what comes round, `done`: of a woman's the report says that."""
    found = await Clock.filter(id=clock_id, state="running").using_db(tx)
    for row in found:
        if kind == DONE and row.woman_id is not None:
            continue
        _word(row, kind, speaker, now)
    await _save(tx, found, now)
    await _go_on(tx, found, now)


async def phoned(tx: Transaction, alert_id: str, speaker: Speaker, now: datetime) -> None:
    """The call that the duty of this alert asks for was made: who says so, when, and whom it went to is kept with it.
    Only from one who was told of the alert."""
    told = AlertTold.filter(alert_id=alert_id, contact_id=speaker.contact_id).using_db(tx)
    found = await Clock.filter(alert_id=alert_id, state="running").using_db(tx) if await told.exists() else []
    for row in found:
        if "phone_call" in row.details["stops"]:
            _word(row, "phone_call", speaker, now)
    await _save(tx, found, now)


async def done(tx: Transaction, alert_id: str, speaker: Speaker, now: datetime) -> None:
    """What comes round, and this alert is about, was done: who says so and when is kept with it. Only from one who was
    told of the alert."""
    told = AlertTold.filter(alert_id=alert_id, contact_id=speaker.contact_id).using_db(tx)
    owed = Clock.filter(alert_id=alert_id, state="running", woman_id__isnull=True).using_db(tx)
    found = await owed if await told.exists() else []
    for row in found:
        _word(row, DONE, speaker, now)
    await _save(tx, found, now)


def _word(row: Clock, kind: str, speaker: Speaker | str, now: datetime) -> None:
    if isinstance(speaker, str):
        _act(row, Act(kind, now, speaker))
    else:
        who = {"contact": speaker.contact_id, "name": speaker.name, "place": speaker.place_name}
        _act(row, Act(kind, now, speaker.role), who | {"to": row.details["to"]})
    if kind == DONE and row.state == "running":
        _stop(row, DONE, now)


# ── one clock ───────────────────────────────────────────────────────────────────────────────────────────


def programme_of(row: Clock) -> Programme:
    return programme(row.details["programme"])


def _reports(row: Clock) -> bool:
    """Whether it is the report itself that is owed: having it is no review and no follow-up."""
    rule = programme_of(row).clock.get(row.details["name"])
    return rule is None or rule.duty == "report"


def new_clock(
    clock_id: str, running: Running, rules: Programme, places: Sequence[str], now: datetime, **of: str | None
) -> Clock:
    """A clock that begins to run. `places`: where it is, and where its owner works."""
    return Clock(
        id=clock_id,
        cause=running.cause,
        owner=running.owner,
        details={
            "programme": rules.name,
            "name": running.name,
            "title": running.title,
            "owner": running.owner,
            "to": running.to,
            "warn": [at.isoformat() for at in running.warn],
            "steps": [[step.at.isoformat(), step.office] for step in running.steps],
            "stops": list(running.stops),
            "follow_up": running.follow_up,
            "places": list(places),
            "acts": [],
        },
        started_at=running.started,
        due_at=running.due,
        next_check_at=next_moment(running, now),
        state="running",
        place_id=places[0],
        **of,
    )


def next_moment(running: Running, now: datetime) -> datetime:
    """When something is to be told of it next: a warning still to come, or that it is due."""
    return min([at for at in running.warn if now < at < running.due], default=max(running.due, now))


def _renewed(
    row: Clock | None,
    clock_id: str,
    running: Running,
    rules: Programme,
    report: Report,
    places: Sequence[str],
    now: datetime,
) -> Clock:
    """The clock of a report: a new one, or the one there is with its times as the newest version has them."""
    fresh = new_clock(
        clock_id, running, rules, places, now, woman_id=report.woman_id, pregnancy_id=report.pregnancy_id
    )
    if row is None:
        return fresh
    acts = row.details["acts"]
    same = row.due_at == fresh.due_at and row.state == "running"
    row.details = fresh.details | {"acts": acts}
    row.started_at, row.due_at, row.place_id = fresh.started_at, fresh.due_at, fresh.place_id
    if row.ended == "void" or not same:
        row.state, row.ended, row.stopped_at, row.next_check_at = "running", None, None, fresh.next_check_at
        row.alert_id = None  # it called out another time
    _judge(row)
    return row


def _act(row: Clock, act: Act, who: Mapping[str, str] | None = None) -> None:
    told = {"kind": act.kind, "at": act.at.isoformat(), "by": act.by, **(who or {})}
    if told not in row.details["acts"]:
        row.details = row.details | {"acts": [*row.details["acts"], told]}
    _judge(row)


def _judge(row: Clock) -> None:
    """Whether all it waits for has come."""
    acts = [Act(one["kind"], datetime.fromisoformat(one["at"]), one["by"]) for one in row.details["acts"]]
    at = clocks.stopped_at(programme_of(row), running_of(row), acts)
    if at is not None and row.state == "running":
        _stop(row, "acknowledged" if "acknowledged" in row.details["stops"] else "done", at)


def _stop(row: Clock, ended: str, at: datetime) -> None:
    row.state, row.ended, row.stopped_at, row.next_check_at = "stopped", ended, at, None


# ── rows ────────────────────────────────────────────────────────────────────────────────────────────────


async def _of_women(tx: Transaction, women: Collection[str], besides: Collection[str]) -> list[Clock]:
    rows = await full_rows(tx, Clock, "woman_id", women, where="state = 'running'")
    return [row for row in rows if row.id not in besides]


async def _save(tx: Transaction, rows: Iterable[Clock], now: datetime) -> None:
    """Write them; what is no longer owed is called out no more."""
    rows = list(rows)
    await upsert_many(
        tx,
        Clock,
        rows,
        conflict=("id",),
        update=(
            *("details", "started_at", "due_at", "next_check_at", "state"),
            *("stopped_at", "ended", "place_id", "alert_id"),
        ),
    )
    over = [row.alert_id for row in rows if row.state == "stopped" and row.alert_id is not None]
    if over:
        await _close(tx, over, now)


async def _close(tx: Transaction, alert_ids: Sequence[str], now: datetime) -> None:
    open_ = Alert.filter(id__in=alert_ids, acknowledged_at__isnull=True).using_db(tx)
    await open_.update(acknowledged_at=now, next_check_at=None)
    letters = await AlertTold.filter(alert_id__in=alert_ids).using_db(tx).values_list("letter_id", flat=True)
    waiting = Outgoing.filter(id__in=[str(one) for one in letters], state="queued").using_db(tx)
    await waiting.update(state="expired", error="overtaken", updated_at=now)


async def add(tx: Transaction, rows: Sequence[Clock]) -> None:
    """New clocks; those there are stay as they are."""
    there = Clock.filter(id__in=[row.id for row in rows]).using_db(tx)
    have = {str(one) for one in await there.values_list("id", flat=True)}
    await insert_many(tx, Clock, [row for row in rows if row.id not in have])


async def give_up(tx: Transaction, clock_ids: Sequence[str], now: datetime) -> None:
    """Nothing is owed after all: what was told was taken back."""
    found = await Clock.filter(id__in=list(clock_ids), state="running").using_db(tx) if clock_ids else []
    for row in found:
        _stop(row, "void", now)
    await _save(tx, found, now)
    await _go_on(tx, found, now)


async def earlier(tx: Transaction, row: Clock) -> list[Clock]:
    """The same duty of earlier periods that is still owed, the oldest first."""
    before = Clock.filter(
        place_id=row.place_id, woman_id__isnull=True, state="running", due_at__lt=row.due_at
    ).order_by("due_at")
    return [one for one in await before.using_db(tx) if one.details["name"] == row.details["name"]]


async def joined(tx: Transaction, older: Sequence[Clock], alert_id: str | None, now: datetime) -> None:
    """These are told of with a newer one from now on: on that alert, once there is one. The alerts that called them out
    before stay noted."""
    alerts = [str(row.alert_id) for row in older if row.alert_id is not None]
    if alerts:
        open_ = Alert.filter(id__in=alerts, acknowledged_at__isnull=True).using_db(tx)
        await open_.update(next_check_at=None)
        letters = await AlertTold.filter(alert_id__in=alerts).using_db(tx).values_list("letter_id", flat=True)
        waiting = Outgoing.filter(id__in=[str(one) for one in letters], state="queued").using_db(tx)
        await waiting.update(state="expired", error="overtaken", updated_at=now)
    for row in older:
        if row.alert_id is not None and alert_id is not None:
            row.details = row.details | {"before": [*row.details.get("before", ()), str(row.alert_id)]}
        row.next_check_at, row.alert_id = None, alert_id or row.alert_id
        await row.save(using_db=tx, update_fields=["next_check_at", "alert_id", "details"])


async def _go_on(tx: Transaction, stopped: Iterable[Clock], now: datetime) -> None:
    """What was told of with one that is over now, and is owed itself, is called out by itself again."""
    for row in stopped:
        if row.state == "stopped" and row.woman_id is None:
            for left in (await earlier(tx, row))[-1:]:
                if left.next_check_at is None and left.due_at <= now:
                    left.next_check_at = now + A_WEEK
                    await left.save(using_db=tx, update_fields=["next_check_at"])


def _places(report: Report, author_place: str | None, organisation: Organisation) -> list[str]:
    """Where it is, then the institution that owes it: its author's, or the one it names."""
    places = [report.village_id] if report.village_id else []
    named = report.body.get("institution")
    for place in organisation.places.values():
        if place.kind == "institution" and (place.id == author_place or (named and place.name == named)):
            places.append(place.id)
    if not places and author_place:
        places = [author_place]
    return [place for place in places if place in organisation.places]
