"""Clocks that run: their owner is warned before the time is over; after it everybody upward from her is told, and
again, until it is done or somebody takes it (bot/escalation.py)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot import audit, duties, rounds
from bot.looking import Looking, each
from bot.quiet import after_quiet_hours
from conversations.care.clocks import Running, tells_colour
from conversations.flows.alerts import Caller, Story
from conversations.flows.overdue import (
    AGAIN,
    CALL,
    CLOCK,
    EARLIER,
    OFFICES,
    SECTOR,
    TELLING,
    earlier_text,
    warning_text,
)
from conversations.ids import derived_id
from conversations.local_time import LOCAL
from conversations.message import Notice
from conversations.records import mask_name
from conversations.text import lines
from storage.bulk import insert_many
from storage.models import Alert, Clock, Outgoing, Woman
from storage.organisation import Organisation, load_organisation
from storage.running import running_of
from storage.transaction import Transaction

AT_ONCE = 500


class Clocks(Looking):
    """Finds clocks by `next_check_at`. May run in several processes: each clock is told of by one of them."""

    waits_for = (Clock,)
    _started_on: date | None = None

    async def check(self) -> int:
        """Tell of every clock whose time has come; how many. One that fails does not hold up the others: the
        first such error is raised at the end."""
        now = self._clock()
        await self._start_periodic(now)
        due = Clock.filter(next_check_at__lte=now).order_by("next_check_at").limit(AT_ONCE)
        ids = await due.using_db(self._database.reading).values_list("id", flat=True)
        return await each("clocks", ids, lambda one: self._tell(one, now), self.committed)

    async def _tell(self, clock_id: str, now: datetime) -> int:
        async with self._database.transaction() as tx:
            await tx.lock([f"clock:{clock_id}"])
            row = (
                await Clock.filter(id=clock_id, next_check_at__lte=now, state="running").using_db(tx).first()
            )
            if row is None:
                return 0
            self._organisation = await load_organisation(tx, self._organisation)
            await self._writer.number_on(tx)
            running = running_of(row)
            if now >= row.due_at:
                letters = await self._call_out(tx, row, running, self._organisation, now)
            elif (morning := after_quiet_hours(now)) > now:
                row.next_check_at = min(morning, row.due_at)
                letters = []
            else:
                letters = await self._warn(tx, row, running, self._organisation, now)
                row.next_check_at = duties.next_moment(running, now)
            await row.save(using_db=tx, update_fields=["next_check_at", "alert_id"])
            await insert_many(tx, Outgoing, letters)
        return 1

    async def _warn(
        self, tx: Transaction, row: Clock, running: Running, organisation: Organisation, now: datetime
    ) -> list[Outgoing]:
        """Before it is due, to its owner alone."""
        role = OFFICES.get(running.owner)
        if role is None:
            return []
        woman = await Woman.filter(id=row.woman_id).using_db(tx).first() if row.woman_id else None
        who = mask_name(woman.details.get("name", "")) if woman else ""
        older = await duties.earlier(tx, row) if row.woman_id is None else []
        await duties.joined(tx, older, None, now)
        text = lines(
            warning_text(running, who, organisation.full_name(row.place_id)),
            earlier_text([one.due_at for one in older]),
        )
        place = row.details["places"][-1] if role == "institution" else row.place_id
        letters = await self._writer.notice_letters(
            tx, Notice(text, role=role, place_id=place), organisation, now
        )
        about = [row.woman_id] if row.woman_id else []
        await audit.told(tx, [(letter, about) for letter in letters], "clock.warning", now)
        return letters

    async def _call_out(
        self, tx: Transaction, row: Clock, running: Running, organisation: Organisation, now: datetime
    ) -> list[Outgoing]:
        """It is overdue: an alert with a ladder of its own, from its owner upward; from one rung higher each time that
        somebody took it and it runs on."""
        woman = await Woman.filter(id=row.woman_id).using_db(tx).first() if row.woman_id else None
        taken = len(row.details.get("taken", ()))
        older = await duties.earlier(tx, row) if row.woman_id is None else []
        story = Story(
            kind=CLOCK,
            signs=(
                *([TELLING] if tells_colour(running) else []),
                *([AGAIN] if taken else []),
                *([f"{CALL}{running.to}"] if _wants_call(row) else []),
                *(f"{EARLIER}{one.due_at.isoformat()}" for one in older),
            ),
            said_at=row.due_at,
            words=(running.title,),
            reporter=Caller("", "", "clock"),
            women=(Caller(woman.details.get("name", ""), woman.details.get("phone", "") or "", "woman"),)
            if woman
            else (),
            places=tuple(row.details["places"]),
        )
        rungs, every = ladder(running, periodic=row.woman_id is None)
        first = dict.fromkeys(role for rung in rungs[: taken + 1] for role in rung)
        rungs = [list(first), *rungs[taken + 1 :]]
        alert = Alert(
            # corrected there and back it may be called out at the same due time twice
            id=derived_id(row.id, "overdue", now.isoformat())[:16],
            kind=CLOCK,
            place_id=row.place_id,
            woman_id=row.woman_id,
            raised_at=now,
            level=-1,
            details=story.as_details() | {"ladder": {"rungs": rungs, "every": every.total_seconds()}},
        )
        row.alert_id, row.next_check_at = alert.id, None
        letters = await self._writer.escalation.open(tx, alert, organisation, now)
        await duties.joined(tx, older, alert.id, now)
        return letters

    async def _start_periodic(self, now: datetime) -> None:
        """Once a day: the duties that come round, for every office that owes them."""
        today = now.astimezone(LOCAL).date()
        if self._started_on == today:
            return
        organisation = await load_organisation(self._database.reading, self._organisation)
        await rounds.begin(self._database, organisation, today, now)
        self._organisation, self._started_on = organisation, today


def _wants_call(row: Clock) -> bool:
    """Whether a telephone call is asked for of which nobody has said that it was made."""
    made = any(act["kind"] == "phone_call" for act in row.details["acts"])
    return "phone_call" in row.details["stops"] and not made


def ladder(running: Running, *, periodic: bool = False) -> tuple[list[list[str]], timedelta]:
    """Who is told, rung by rung, and how long each has: the steps of the clock that come at one time are one
    rung. Offices that are no users of ours are left out. Of what comes round (`periodic`) nobody is told daily."""
    times = sorted({step.at for step in running.steps})
    rungs = [
        [
            step.office if step.office == SECTOR else OFFICES[step.office]
            for step in running.steps
            if step.at == at and step.office in OFFICES
        ]
        for at in times
    ]
    every = times[1] - times[0] if len(times) > 1 else timedelta(days=1)
    if periodic:
        every = max(every, duties.A_WEEK)
    return [list(dict.fromkeys(rung)) for rung in rungs if rung], every
