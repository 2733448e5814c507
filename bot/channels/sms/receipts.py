"""Delivery reports noted on the outbox: late, early, repeated, in any order, of unknown messages, harmlessly.

What a report may still change is written in the transition table of `bot/outbox/states.py`; all else is
logged and let go. A report counts only from the gateway that has the message, or while none is known to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from bot.channels.sms.gateway import CHANNEL, Clock, Receipt, Status
from bot.outbox.backoff import short
from bot.outbox.states import OUTGOING, Step
from storage.database import Database, Transaction
from storage.models import ID, Outgoing

log = structlog.get_logger()

STEPS: Mapping[Status, Step] = {
    "sent": "confirm",
    "delivered": "deliver",
    "failed": "fail",
    "expired": "fail",
}
"""The step a report asks for; "unknown" says nothing we did not know."""


class Receipts:
    """Notes reports. `changed` is called after a commit that changed something: a lane may be free now."""

    def __init__(self, database: Database, clock: Clock, changed: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._clock = clock
        self._changed = changed

    async def note(self, gateway: str, receipt: Receipt) -> bool:
        """Whether the report changed anything. Returns after the commit."""
        step = STEPS.get(receipt.status)
        if step is None or len(receipt.message_id) > ID:
            return self._let_go(gateway, receipt, "says nothing")
        async with self._database.transaction() as tx:
            why_not = await self._take(tx, gateway, receipt, step)
        if why_not:
            return self._let_go(gateway, receipt, why_not)
        self._changed()
        return True

    async def _take(self, tx: Transaction, gateway: str, receipt: Receipt, step: Step) -> str:
        rows = Outgoing.filter(id=receipt.message_id, channel=CHANNEL).using_db(tx)
        found = rows.only("id", "state", "gateway", "provider_message_id", "error").select_for_update()
        row = await found.first()
        if row is None:
            return "of no message of ours"
        if row.gateway not in (None, gateway):
            return "from another gateway"
        if receipt.provider_id and receipt.provider_id != row.provider_message_id:
            return "of an earlier attempt"
        if row.state not in OUTGOING.before(step):
            return f"comes when it is {row.state}"
        error = short(receipt.reason or receipt.status) if step == "fail" else None
        await rows.update(
            state=OUTGOING.after(row.state, step), error=error, lease_until=None, updated_at=self._clock()
        )
        return ""

    @staticmethod
    def _let_go(gateway: str, receipt: Receipt, why: str) -> bool:
        log.info("sms.receipt_let_go", gateway=gateway, status=receipt.status, why=why)
        return False
