"""An old Android phone with a SIM: the open protocol at /api/sms, which the CHT gateway app speaks.

The phone calls, every 30 seconds or so; nothing is pushed to it. A letter for it stays where it is, in the
outbox: `offered` until the phone is first told of it (its reason, words and recipient are then looked at once
more), `fetched` from then on, and told again at each call until the phone reports on it. So a lost answer costs
a call, never a message; the phone drops what it has by its id, as we drop what it repeats.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from tortoise.expressions import F, RawSQL
from tortoise.functions import Sum

from bot.channels.base import Inbound, Later, Letter, Offered, Outcome
from bot.channels.sms.channel import MAX_PARTS, words
from bot.channels.sms.gateway import (
    CHANNEL,
    Answer,
    BadCall,
    Call,
    Capabilities,
    Clock,
    Handler,
    Login,
    Note,
    Receipt,
    Status,
    Submit,
    inbound,
)
from bot.channels.sms.guards import canonical
from bot.channels.sms.parts import sms_length
from bot.outbox.backoff import short
from bot.outbox.letters import URGENCY, Drop, Recheck
from bot.outbox.states import OUTGOING
from storage.bulk import update_many
from storage.crypto import Undecryptable
from storage.database import Database
from storage.models import ID, Outgoing

log = structlog.get_logger()

PATH = "/api/sms"

A_CALL = 20
"""Messages told in one answer, at most: the phone sends them one by one."""
HOUR = timedelta(hours=1)
NOT_NOW = timedelta(minutes=1)

REPORTS: Mapping[str, Status] = {"SENT": "sent", "DELIVERED": "delivered", "FAILED": "failed"}
HAS_IT = frozenset({"UNSENT", "PENDING"})
"""The phone has the message and will go on with it: no need to tell it again."""

_URGENCY = RawSQL(URGENCY.format("outgoing"))


@dataclass(frozen=True, slots=True)
class Told:
    """A message as the phone is told of it: `id` is new for each time a person has the letter sent again."""

    id: str
    to: str
    content: str


class PhoneGateway:
    """One phone with its SIM.

    `parts_per_hour`: what the SIM may send; operators shut out a card that sends like a machine. Danger
    alerts go beyond it; the phone is told of the most urgent first.
    """

    capabilities = Capabilities(free_text=True, receipts=True, incoming=True)

    def __init__(
        self,
        name: str,
        login: Login,
        *,
        database: Database,
        recheck: Recheck,
        submit: Submit,
        note: Note,
        clock: Clock,
        parts_per_hour: int = 100,
        max_parts: int = MAX_PARTS,
        signature: str = "",
        tail: str = "",
    ) -> None:
        self.name, self.login, self.signature, self.tail = name, login, signature, tail
        self._database = database
        self._recheck = recheck
        self._submit = submit
        self._note = note
        self._clock = clock
        self._parts_per_hour = parts_per_hour
        self._max_parts = max_parts
        self.routes: Mapping[tuple[str, str], Handler] = {
            ("GET", PATH): self._greet,
            ("POST", PATH): self._call,
        }

    def carries(self, text: str) -> bool:
        """Any words."""
        return True

    async def send(self, number: str, text: str, message_id: str) -> Outcome:
        """Nothing leaves now: the letter lies ready for the phone's next call."""
        return Offered(gateway=self.name)

    async def settle(self) -> None:
        """Let go of what is too late: what the phone never saw has expired, of the rest nobody knows.

        Done at each call; to be called now and then besides, for a phone that calls no more.
        """
        now = self._clock()
        async with self._database.transaction() as tx:
            mine = Outgoing.filter(gateway=self.name, expires_at__lte=now).using_db(tx)
            await mine.filter(state="offered").update(
                state=OUTGOING.after("offered", "expire"), error="the phone did not call", updated_at=now
            )
            await mine.filter(state="fetched").update(
                state=OUTGOING.after("fetched", "lose"), error="the phone did not report", updated_at=now
            )

    # What the phone says

    async def _greet(self, call: Call) -> Answer:
        return Answer({"medic-gateway": True})

    async def _call(self, call: Call) -> Answer:
        said = call.json()
        if not isinstance(said, dict):
            raise BadCall("not an object")
        messages, updates = _objects(said, "messages"), _objects(said, "updates")
        for update in updates:
            await self._learn(update)
        await self._hear(messages)
        await self.settle()
        return Answer(
            {"messages": [{"id": t.id, "to": t.to, "content": t.content} for t in await self._tell()]}
        )

    async def _hear(self, messages: Sequence[Mapping[str, Any]]) -> None:
        now = self._clock()
        read = [inbound_of(message, self.name, now) for message in messages]
        if None in read:
            log.warning("sms.unreadable_messages", gateway=self.name, count=read.count(None))
        results = await asyncio.gather(
            *(self._submit(one) for one in read if one is not None), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result  # the phone brings all of them again; what is stored is known by its id

    async def _learn(self, update: Mapping[str, Any]) -> None:
        told, status = update.get("id"), update.get("status")
        if not isinstance(told, str) or not isinstance(status, str):
            log.warning("sms.unreadable_update", gateway=self.name)
            return
        letter = told.partition("-")[0]
        if status in HAS_IT:
            async with self._database.transaction() as tx:
                it = Outgoing.filter(
                    id=letter[:ID], gateway=self.name, provider_message_id=told, state="fetched"
                )
                await it.using_db(tx).update(due_at=F("expires_at"), updated_at=self._clock())
        elif status in REPORTS:
            reason = "the phone could not send it" if status == "FAILED" else ""
            await self._note(self.name, Receipt(letter, REPORTS[status], reason, provider_id=told))

    # What it is told

    async def _tell(self) -> list[Told]:
        now = self._clock()
        told: list[Told] = []
        room = self._parts_per_hour - await self._parts_since(now - HOUR)
        for row_id in await self._waiting(now):
            if len(told) == A_CALL:
                break
            row = await self._row(row_id)
            if row is None:
                continue
            if row.state == "offered":
                if room <= 0 and row.kind != "danger":
                    continue
                text = await self._last_look(row, now)
                if text is None or not await self._hand_over(row, text, now):
                    continue
                room -= sms_length(text).parts
            told.append(Told(str(row.provider_message_id), row.address, row.payload["text"]))
        return told

    async def _waiting(self, now: datetime) -> list[str]:
        mine = Outgoing.filter(gateway=self.name, state__in=("offered", "fetched"), due_at__lte=now)
        rows = mine.using_db(self._database.reading).annotate(urgency=_URGENCY).order_by("urgency", "seq")
        return [str(one) for one in await rows.limit(5 * A_CALL).values_list("id", flat=True)]

    async def _parts_since(self, moment: datetime) -> int:
        recent = Outgoing.filter(gateway=self.name, handed_at__gt=moment).using_db(self._database.reading)
        (total,) = await recent.annotate(total=Sum("parts")).values_list("total", flat=True)
        return int(str(total or 0))

    async def _row(self, row_id: str) -> Outgoing | None:
        """The row, unless it cannot be read: one damaged row must not hold up the others."""
        row = Outgoing.filter(id=row_id)
        try:
            return await row.using_db(self._database.reading).first()
        except Undecryptable:
            log.error("outbox.unreadable", box=CHANNEL, id=row_id)
            await self._end(row_id, "unreadable")
            return None

    async def _last_look(self, row: Outgoing, now: datetime) -> str | None:
        """Her words as of now, or None when it is not to be sent (any more, or yet)."""
        try:
            letter = await self._recheck(row)
        except Exception as error:
            log.error("outbox.recheck_failed", id=row.id, kind=row.kind, error=type(error).__name__)
            letter = Later("recheck failed")
        match letter:
            case Letter() if letter.text.strip():
                return words(self, letter, self._max_parts)
            case Later(after=after):
                async with self._database.transaction() as tx:
                    it = Outgoing.filter(id=row.id, state="offered").using_db(tx)
                    await it.update(due_at=now + (after or NOT_NOW), updated_at=now)
            case Drop(reason):
                await self._end(row.id, reason)
            case _:
                await self._end(row.id, "nothing to say")
        return None

    async def _hand_over(self, row: Outgoing, text: str, now: datetime) -> bool:
        """Write down what the phone is told, before it is: if the answer is lost, it is told the same again."""
        row.address, row.payload = canonical(row.address), row.payload | {"text": text}
        row.provider_message_id = f"{row.id}-{int(now.timestamp())}"
        changes = {
            "state": OUTGOING.after("offered", "fetch"),
            "address": row.address,
            "payload": row.payload,
            "provider_message_id": row.provider_message_id,
            "parts": sms_length(text).parts,
            "handed_at": now,
            "due_at": now,
            "updated_at": now,
        }
        async with self._database.transaction() as tx:
            still = Outgoing.filter(id=row.id, state="offered").using_db(tx)
            if not await still.only("id").select_for_update().first():
                return False
            await update_many(tx, Outgoing, [(*changes.values(), row.id)], names=tuple(changes))
        return True

    async def _end(self, row_id: str, reason: str) -> None:
        now = self._clock()
        async with self._database.transaction() as tx:
            it = Outgoing.filter(id=row_id, state="offered").using_db(tx)
            await it.update(state=OUTGOING.after("offered", "expire"), error=short(reason), updated_at=now)


def inbound_of(message: Mapping[str, Any], gateway: str, now: datetime) -> Inbound | None:
    """A message as the phone brings it; None when it has no id or sender and never will."""
    told, number, content = message.get("id"), message.get("from"), message.get("content")
    if not isinstance(told, str) or not told or not isinstance(number, str) or not number.strip():
        return None
    text = content.replace("\0", "") if isinstance(content, str) else ""
    sent_at = _milliseconds(message.get("sms_sent")) or _milliseconds(message.get("sms_received"))
    return inbound(gateway, number, text, told, sent_at, now)


def _milliseconds(told: Any) -> datetime | None:
    if isinstance(told, str) and told.isdecimal() and len(told) < 15:
        told = int(told)
    if isinstance(told, bool) or not isinstance(told, (int, float)) or not 0 < told < 1e14:
        return None
    return datetime.fromtimestamp(told / 1000, UTC)


def _objects(said: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = said.get(key) or []
    if not isinstance(found, list):
        raise BadCall(f"{key} is not a list")
    return [one for one in found if isinstance(one, dict)]
