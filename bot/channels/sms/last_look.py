"""The last look before an SMS leaves: nothing to machines, and no part in a conversation of two programs.

Both are asked of the outbox and the messages stored, so a restart forgets nothing. A danger alert is not asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import timedelta

from bot.channels.base import Later, Letter
from bot.channels.sms.gateway import CHANNEL
from bot.channels.sms.guards import Loop, canonical, is_machine
from bot.outbox.letters import Drop, Recheck, as_stored
from storage.database import Database
from storage.models import Inbound, Outgoing

MOST = 100
"""Messages of one contact within a loop's window that are looked at: more are a loop in any case."""


class LastLook:
    """A `Recheck` that guards SMS and asks `then` for everything else. `own`: our own numbers."""

    def __init__(
        self,
        database: Database,
        then: Recheck = as_stored,
        *,
        loop: Loop | None = None,
        own: Collection[str] = (),
    ) -> None:
        self._database = database
        self._then = then
        self._loop = loop or Loop()
        self._own = frozenset(map(canonical, own))

    async def __call__(self, row: Outgoing) -> Letter | Drop | Later:
        if row.channel == CHANNEL:
            if is_machine(canonical(row.address), self._own):
                return Drop("a machine's number")
            if row.kind == "reply" and await self.looping(row):
                return Drop("loop")
        return await self._then(row)

    async def looping(self, reply: Outgoing) -> bool:
        """Whether what this reply answers had come too often by then, and we too repeated ourselves.

        Both, because a person may well answer 没有 to four questions in a row.
        """
        until = reply.created_at + timedelta(microseconds=1)
        db = self._database.reading
        mine = {"contact_id": reply.contact_id, "channel": CHANNEL}
        since = reply.created_at - self._loop.window
        heard = Inbound.filter(**mine, received_at__gt=since, received_at__lte=until).using_db(db)
        said = Outgoing.filter(**mine, kind="reply", created_at__gt=since, created_at__lte=until).using_db(db)
        came = await heard.order_by("-received_at", "-id").limit(MOST)
        if len(came) in (*range(self._loop.times + 1), MOST):
            return len(came) == MOST
        went = await said.order_by("-seq").limit(MOST)
        return self._loop.closed([(row.received_at, _text(row)) for row in came], until) and (
            max(Counter(map(_text, went)).values(), default=0) > self._loop.times
        )


def _text(row: Inbound | Outgoing) -> str:
    return str(row.payload.get("text", ""))
