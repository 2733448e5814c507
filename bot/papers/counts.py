"""What an institution fills in for a quarter, written: each filing a version, and its duty to the county is done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from bot import duties
from conversations.message import Effect, FileCounts, Speaker
from conversations.papers.period import Period
from storage.bulk import insert_many
from storage.models import Clock, QuarterlyCount
from storage.paper_facts import form_id
from storage.transaction import Transaction

DUTY: Final = "institution_counts"
"""The periodic duty a programme has for it."""


async def apply(
    tx: Transaction, speaker: Speaker, effects: Iterable[Effect], inbound_id: str, now: datetime
) -> None:
    """File the counts these effects tell. Only an institution's own: its place is the speaker's."""
    for effect in effects:
        if isinstance(effect, FileCounts):
            assert speaker.place_id is not None
            assert speaker.staff_id is not None
            await _file(tx, speaker.place_id, speaker.staff_id, effect, inbound_id, now)


async def _file(
    tx: Transaction, place_id: str, staff_id: str, effect: FileCounts, inbound_id: str, now: datetime
) -> None:
    form = form_id(place_id, effect.period)
    await tx.lock([f"counts:{form}"])
    newest = await QuarterlyCount.filter(form_id=form).using_db(tx).order_by("-version").first()
    version = newest.version + 1 if newest is not None else 1
    await QuarterlyCount.filter(form_id=form, is_latest=True).using_db(tx).update(is_latest=False)
    row = QuarterlyCount(
        id=f"{form}.{version}",
        form_id=form,
        version=version,
        is_latest=True,
        period=effect.period,
        recorded_time=now,
        counts=dict(effect.counts),
        author_id=staff_id,
        inbound_id=inbound_id,
        place_id=place_id,
    )
    await insert_many(tx, QuarterlyCount, [row])
    period = Period.read(effect.period)
    if period is not None:
        running = Clock.filter(place_id=place_id, cause=period.first.isoformat(), state="running")
        for clock in await running.using_db(tx):
            if clock.details["name"] == DUTY:
                await duties.word(tx, clock.id, "acknowledged", "county", now)
