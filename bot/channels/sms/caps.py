"""What SMS may cost in a day: to one person, and in the county. Asked of the outbox, so a restart forgets nothing.

A danger alert is counted and never held back. Reminders and notices wait for the next morning (and expire by then,
if nobody wants them any more). So does what a colleague answered her, and so do replies to somebody who holds an
office, at numbers she will hardly ever reach; our own replies to others are dropped, an answer of ours that comes
tomorrow is none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta

import structlog
from tortoise.functions import Sum
from tortoise.queryset import QuerySet

from bot.channels.base import Later, Letter
from bot.channels.sms.configuration import CapsTable
from bot.channels.sms.gateway import CHANNEL, Clock
from bot.channels.sms.parts import sms_length
from bot.outbox.letters import Drop, Recheck, as_stored
from bot.quiet import after_quiet_hours
from conversations.local_time import LOCAL
from storage.database import Database
from storage.models import Contact, Outgoing, Post

log = structlog.get_logger()

REPLIES = 2
"""Replies go on until the county's cap is spent so many times: somebody waits. (u)"""

WAITED_FOR = "waited_for"
"""In a letter's payload: what a person answered her, hours after she asked. It is as good tomorrow."""

PERSON_SPENT, COUNTY_SPENT = "sms_person_parts_spent", "sms_county_parts_spent"
"""The kinds of alarm."""


class Caps:
    """A `Recheck` that holds SMS back beyond a day's parts and asks `then` for everything else. `alarm` (kind,
    detail) is told each time; it is for the alarm to say a thing once a day only."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        caps: CapsTable,
        alarm: Callable[[str, str], Awaitable[object]],
        *,
        max_parts: int,
        then: Recheck = as_stored,
    ) -> None:
        self._database = database
        self._clock = clock
        self._caps = caps
        self._alarm = alarm
        self._max_parts = max_parts
        self._then = then

    async def __call__(self, row: Outgoing) -> Letter | Drop | Later:
        letter = await self._then(row)
        if row.channel != CHANNEL or row.kind == "danger" or not isinstance(letter, Letter):
            return letter
        parts = min(sms_length(letter.text).parts, self._max_parts)
        now = self._clock()
        midnight = datetime.combine(now.astimezone(LOCAL).date(), time(), LOCAL)
        today = Outgoing.filter(channel=CHANNEL, handed_at__gte=midnight).using_db(self._database.reading)
        at_work = await self._at_work(row.contact_id)
        cap = self._caps.staff_parts if at_work else self._caps.person_parts
        if await _parts(today.filter(lane=row.lane)) + parts > cap:
            spent, cap_name = PERSON_SPENT, cap
        else:
            cap_name = self._caps.county_parts * (REPLIES if row.kind == "reply" else 1)
            if await _parts(today) + parts <= cap_name:
                return letter
            spent = COUNTY_SPENT
        log.warning("sms.parts_spent", id=row.id, kind=row.kind, what=spent, cap=cap_name)
        await self._alarm(spent, str(cap_name))
        if row.kind == "reply" and not at_work and not row.payload.get(WAITED_FOR):
            return Drop(spent)
        return Later(spent, after_quiet_hours(midnight + timedelta(days=1)) - now)

    async def _at_work(self, contact_id: str) -> bool:
        db = self._database.reading
        staff = await Contact.filter(id=contact_id).using_db(db).values_list("staff_id", flat=True)
        held = Post.filter(staff_id__in=[one for one in staff if one], state="active").using_db(db)
        return await held.exists()


async def _parts(rows: QuerySet[Outgoing]) -> int:
    (total,) = await rows.annotate(total=Sum("parts")).values_list("total", flat=True)
    return int(str(total or 0))
