"""Alerts nobody has taken: looked at again when their time comes, and told on, day and night."""

from __future__ import annotations

from datetime import datetime

from bot.looking import Looking, each
from storage.bulk import insert_many
from storage.models import Alert, Outgoing
from storage.organisation import load_organisation


class Alerts(Looking):
    """Finds alerts by `next_check_at` and tells the next ones, until somebody takes them. May run in several
    processes at once: each alert is told on by one of them."""

    waits_for = (Alert,)

    async def check(self) -> int:
        """Tell on every alert whose time has come; how many. One that fails does not hold up the others: the
        first such error is raised at the end."""
        now = self._clock()
        due = Alert.filter(next_check_at__lte=now).order_by("next_check_at").using_db(self._database.reading)
        ids = await due.values_list("id", flat=True)
        return await each("alerts", ids, lambda one: self._tell_on(one, now), self.committed)

    async def _tell_on(self, alert_id: str, now: datetime) -> int:
        """One round for one alert; 0 when it was taken, or told on by somebody else, meanwhile."""
        async with self._database.transaction() as tx:
            await tx.lock([f"alert:{alert_id}"])
            alert = await Alert.filter(id=alert_id, next_check_at__lte=now).using_db(tx).first()
            if alert is None or alert.acknowledged_at is not None:
                return 0
            self._organisation = await load_organisation(tx, self._organisation)
            await self._writer.number_on(tx)
            letters = await self._writer.escalation.climb(tx, alert, self._organisation, now)
            await insert_many(tx, Outgoing, letters)
        return 1
