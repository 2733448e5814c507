"""The log of a simulation, read from what was really stored and sent: one event a line, oldest first."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import orjson

from bot.care_letters import ACT, DIGEST, TASKS
from bot.simulate.outside import Received
from bot.simulate.run import World
from conversations.local_time import LOCAL
from storage.database import Database
from storage.models import (
    Address,
    Alert,
    AlertTold,
    Audit,
    CareAct,
    Clock,
    ContactWoman,
    Inbound,
    Outgoing,
    Report,
)

ENDS = frozenset({"birth", "pregnancy_loss", "maternal_death", "woman_death", "moved"})
"""Reports that end a pregnancy, her care, or her stay."""

Event = dict[str, object]


async def read_log(database: Database, world: World) -> list[Event]:
    """All events, in the order of their times."""
    log = _Log(world)
    await log.read(database)
    return log.events()


class _Log:
    def __init__(self, world: World) -> None:
        self.world = world
        self.programme = world.settings.programme
        self.found: list[Event] = []
        self.labels: dict[tuple[str, str], str] = {}
        self.officers = {one.address: one for one in world.county.officers}
        self.women: dict[str, str] = {}
        self.pregnancies: dict[str, str] = {}
        self.reports: dict[str, str] = {}

    # ── names ───────────────────────────────────────────────────────────────────────────────────────────

    def woman(self, id: str | None) -> str:
        return self.women.setdefault(id, f"w{len(self.women) + 1:04d}") if id else ""

    def pregnancy(self, id: str | None) -> str:
        return self.pregnancies.setdefault(id, f"p{len(self.pregnancies) + 1:04d}") if id else ""

    def report(self, id: str) -> str:
        return self.reports.setdefault(id, f"r{len(self.reports) + 1:05d}")

    def event(
        self,
        at: datetime,
        kind: str,
        cause: str,
        *,
        woman: str = "",
        pregnancy: str = "",
        to_role: str = "",
        to: str = "",
        channel: str = "",
        text: str = "",
    ) -> None:
        self.found.append(
            {
                "at": at.astimezone(LOCAL).isoformat(timespec="seconds"),
                "kind": kind,
                "programme": self.programme,
                "woman": woman,
                "pregnancy": pregnancy,
                "to_role": to_role,
                "to": to,
                "channel": channel,
                "text": text,
                "cause": cause,
            }
        )

    def events(self) -> list[Event]:
        """Sorted by time; of one moment in the order in which they follow from each other."""
        order = {kind: place for place, kind in enumerate(KINDS)}
        return sorted(self.found, key=lambda one: (str(one["at"]), order[str(one["kind"])]))

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────────

    async def read(self, database: Database) -> None:
        db = database.reading
        self._frame()
        await self._reports(db)
        by_contact: dict[str, list[tuple[str, str]]] = {}
        for address in await Address.all().order_by("id").using_db(db):
            by_contact.setdefault(address.contact_id, []).append((address.channel, address.address))
        linked: dict[str, list[str]] = {}
        for link in await ContactWoman.all().order_by("id").using_db(db):
            linked.setdefault(link.contact_id, []).append(link.woman_id)
        for phones in self.world.phones.values():
            for got in phones.received:
                pressed = ((data, label) for row in got.letter.buttons for label, data in row)
                self.labels |= {(got.address, data): label for data, label in pressed}
        async for inbound in _all(Inbound, db):
            places = [
                one for one in by_contact.get(inbound.contact_id or "", ()) if one[0] == inbound.channel
            ]
            where = places[0][1] if places else ""
            role, label = self._who(where) if places else ("", "")
            button = inbound.payload.get("button") or ""
            women = linked.get(inbound.contact_id or "", [])
            self.event(
                inbound.sent_at,
                "heard",
                "set_aside" if inbound.state == "set_aside" else inbound.payload["kind"],
                woman=self.woman(women[0]) if len(women) == 1 else "",
                to_role=role,
                to=label,
                channel=inbound.channel,
                text=inbound.payload["text"] or self.labels.get((where, button), ""),
            )
        await self._acts(db)
        await self._letters(db)
        await self._alerts(db)
        await self._clocks(db)

    def _frame(self) -> None:
        """What was simulated, and what was out of order when."""
        settings = self.world.settings
        until = datetime.combine(settings.end, time(), LOCAL).isoformat()
        told = {"until": until, "women": settings.women, "months": settings.months, "seed": settings.seed}
        self.event(
            datetime.combine(settings.start, time(), LOCAL), "simulated", "", text=orjson.dumps(told).decode()
        )
        for one in self.world.outages:
            ends = one.ends.astimezone(LOCAL).isoformat(timespec="seconds")
            self.event(one.begins, "out_of_order", one.what, text=ends)

    def _who(self, address: str) -> tuple[str, str]:
        """The role and the label of whoever has this address."""
        officer = self.officers.get(address)
        if officer is not None:
            return officer.role, officer.key
        return "woman", f"phone-{address[-4:]}" if address.isdecimal() else address

    async def _reports(self, db: Any) -> None:
        async for row in _all(Report, db, "recorded_time"):
            woman, pregnancy = self.woman(row.woman_id), self.pregnancy(row.pregnancy_id)
            number = f"{self.report(row.report_id)}.{row.version}"
            state = " withdrawn" if row.withdrawn else ""
            body = {"known": row.known_time.isoformat(), "by": row.author_role, **row.body}
            self.event(
                row.recorded_time,
                "filed",
                f"{row.event}:{number}{state}",
                woman=woman,
                pregnancy=pregnancy,
                to_role=row.author_role,
                channel=row.channel,
                text=orjson.dumps(body).decode(),
            )
            if row.event in ENDS and not row.withdrawn and row.body.get("direction") != "in":
                self.event(
                    row.recorded_time, "ended", f"{row.event}:{number}", woman=woman, pregnancy=pregnancy
                )
            arrival = self.world.system.arrivals.get(row.id)
            if arrival is not None:
                self.event(
                    arrival.at,
                    "delivered",
                    f"{row.event}:{number}",
                    woman=woman,
                    pregnancy=pregnancy,
                    to_role="county",
                    to="county system",
                    channel="county",
                )

    async def _acts(self, db: Any) -> None:
        self.acts: dict[str, CareAct] = {}
        dropped = {row.id: row.updated_at async for row in _all(Outgoing, db) if row.state == "expired"}
        async for act in _all(CareAct, db, "made_at"):
            self.acts[act.id] = act
            if act.state == "skipped":
                self.event(
                    dropped.get(act.letter_id, act.made_at),
                    "skipped",
                    act.reason or "",
                    woman=self.woman(act.woman_id),
                    pregnancy=self.pregnancy(act.pregnancy_id),
                    to_role=act.to_role,
                    text=act.key,
                )

    async def _letters(self, db: Any) -> None:
        told = {row.letter_id: row async for row in _all(AlertTold, db)}
        alerts = {row.id: row async for row in _all(Alert, db)}
        clocks: dict[str | None, Clock] = {}
        async for clock in _all(Clock, db, "due_at"):  # who was asked again had an alert each time
            before = (*clock.details.get("taken", ()), *clock.details.get("before", ()))
            clocks |= dict.fromkeys([*before, clock.alert_id], clock)  # an alert of several is the newest's
        clocks.pop(None, None)
        self.about = await self._told_of(db)
        sent: dict[str, list[Received]] = {}
        for phones in self.world.phones.values():
            for got in phones.received:
                sent.setdefault(got.letter.id, []).append(got)
        async for row in _all(Outgoing, db, "seq"):
            for one in sent.get(row.id, ()):  # once, unless something is wrong
                self._letter(row, one, told, alerts, clocks)

    async def _told_of(self, db: Any) -> dict[tuple[str, datetime], str]:
        """Of whom a notice to somebody told, as the audit log has it: where it was one woman alone."""
        found: dict[tuple[str, datetime], set[str]] = {}
        for row in await Audit.filter(why="notice").order_by("seq").using_db(db):
            if row.subject:
                found.setdefault((row.actor, row.at), set()).add(row.subject)
        return {who: next(iter(women)) for who, women in found.items() if len(women) == 1}

    def _letter(
        self,
        row: Outgoing,
        one: Received,
        told: dict[str, AlertTold],
        alerts: dict[str, Alert],
        clocks: dict[str | None, Clock],
    ) -> None:
        role, label = self._who(one.address)
        where = {"to_role": role, "to": label, "channel": row.channel}
        text = str(one.letter.text)
        alert = alerts.get(_alert_in(one.letter.buttons) or (told[row.id].alert_id if row.id in told else ""))
        if act_id := row.payload.get(ACT):
            act = self.acts[act_id]
            self.event(
                one.at,
                "reminded",
                act.key,
                woman=self.woman(act.woman_id),
                pregnancy=self.pregnancy(act.pregnancy_id),
                text=text,
                **where,
            )
        elif tasks := row.payload.get(TASKS):
            self.event(
                one.at, "reminded", "digest" if row.payload.get(DIGEST) else "at_once", text=text, **where
            )
            for task in tasks:
                act = self.acts[task]
                self.event(
                    one.at,
                    "reminded",
                    act.key,
                    woman=self.woman(act.woman_id),
                    pregnancy=self.pregnancy(act.pregnancy_id),
                    **where,
                )
        elif row.kind == "danger":
            self.event(
                one.at,
                "alerted",
                f"danger:{alert.id if alert else ''}",
                woman=self.woman(alert.woman_id) if alert else "",
                text=text,
                **where,
            )
        elif alert is not None and alert.kind == "clock" and alert.id in clocks:
            clock = clocks[alert.id]
            self.event(
                one.at,
                "escalated",
                self._clock_name(clock),
                woman=self.woman(clock.woman_id),
                pregnancy=self.pregnancy(clock.pregnancy_id),
                text=text,
                **where,
            )
        elif alert is not None:
            self.event(one.at, "alerted", alert.kind, woman=self.woman(alert.woman_id), text=text, **where)
        elif row.kind == "reply":
            self.event(one.at, "said", "reply", text=text, **where)
        elif text.startswith("【提醒】"):
            self.event(one.at, "reminded", "clock", text=text, **where)
        else:
            about = self.about.get((row.contact_id, row.created_at)) or _asked_in(one.letter.buttons)
            woman = self.woman(about)
            self.event(one.at, "said", row.kind, woman=woman, text=text, **where)

    async def _alerts(self, db: Any) -> None:
        async for row in _all(Alert, db, "raised_at"):
            if row.acknowledged_at is not None and row.acknowledged_by_id is not None:
                self.event(
                    row.acknowledged_at,
                    "acknowledged",
                    row.kind,
                    woman=self.woman(row.woman_id),
                    to=row.acknowledged_by_id.removeprefix("c-"),
                )

    def _clock_name(self, row: Clock) -> str:
        cause = self.reports.get(row.cause)
        return f"{row.details['name']}:{cause or row.cause}"

    async def _clocks(self, db: Any) -> None:
        now = self.world.time.now
        async for row in _all(Clock, db, "started_at"):
            told = {
                "due": row.due_at.astimezone(LOCAL).isoformat(),
                "owner": row.owner,
                "to": row.details["to"],
                "steps": [
                    [datetime.fromisoformat(at).astimezone(LOCAL).isoformat(), office]
                    for at, office in row.details["steps"]
                ],
                "place": row.place_id,
                "ended": row.ended,
            }
            about = {
                "woman": self.woman(row.woman_id),
                "pregnancy": self.pregnancy(row.pregnancy_id),
                "to_role": row.owner,
                "text": orjson.dumps(told).decode(),
            }
            name = self._clock_name(row)
            self.event(row.started_at, "clock_started", name, **about)
            stopped = row.stopped_at
            if (stopped is None and row.due_at <= now) or (stopped is not None and stopped > row.due_at):
                self.event(row.due_at, "clock_due", name, **about)
            if stopped is not None:
                self.event(stopped, "clock_stopped", name, **about)


KINDS = (
    "simulated",
    "out_of_order",
    "heard",
    "filed",
    "ended",
    "clock_started",
    "clock_due",
    "clock_stopped",
    "skipped",
    "said",
    "reminded",
    "alerted",
    "escalated",
    "acknowledged",
    "delivered",
)
"""Every kind of event, in the order in which those of one moment are listed."""


def _asked_in(buttons: Any) -> str | None:
    """The woman who is asked there whether it is she, on an account that was opened for her."""
    values = (data.split("~")[0].split(":") for row in buttons for _, data in row)
    return next((value[2] for value in values if value[:2] == ["go", "consent"]), None)


def _alert_in(buttons: Any) -> str | None:
    """The alert whose button stands there."""
    for row in buttons:
        for _, data in row:
            if data.startswith(("go:alert:", "go:number:", "go:answer:")):
                return str(data.split("~")[0].split(":")[2])
    return None


async def _all(model: Any, db: Any, order: str = "id") -> Any:
    """Every row, some at a time."""
    at, size = 0, 2000
    while found := await model.all().order_by(order, "id").offset(at).limit(size).using_db(db):
        for row in found:
            yield row
        at += size
