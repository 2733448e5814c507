"""Summaries of a month that colleagues asked for and that are made beside the conversation (bot/monthly.py)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.access import NotAllowed
from conversations.flows.monthly import ROLES
from conversations.message import Effect, Speaker, WantSummary
from conversations.papers.period import Period
from storage.bulk import insert_many
from storage.models import Monthly
from storage.transaction import Transaction


async def want(tx: Transaction, speaker: Speaker, effects: Iterable[Effect], now: datetime) -> bool:
    """Write down what a turn asks for, of her own office; whether there is any. Raises `NotAllowed`."""
    wanted = [effect for effect in effects if isinstance(effect, WantSummary)]
    if not wanted:
        return False
    if speaker.role not in ROLES or speaker.place_id is None or speaker.standing != "active":
        raise NotAllowed("paper")
    rows = [
        Monthly(
            id=one.id,
            role=speaker.role,
            period=one.period,
            due_at=now,
            told_at=None,
            next_check_at=now,
            contact_id=speaker.contact_id,
            place_id=speaker.place_id,
        )
        for one in wanted
        if Period.read(one.period) is not None
    ]
    await insert_many(tx, Monthly, rows)
    return bool(rows)
