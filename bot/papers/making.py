"""A paper as tables: what is needed is read from the database, the rest is conversations/papers."""

from __future__ import annotations

from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.refusals import CommandRefused
from conversations.local_time import LOCAL
from conversations.papers.annex2 import annex2
from conversations.papers.coordinators import coordinators
from conversations.papers.counting import Material
from conversations.papers.death_notice import death_notice
from conversations.papers.futable2 import futable2
from conversations.papers.futable3 import futable3
from conversations.papers.indicators import indicators
from conversations.papers.ledger import ledger
from conversations.papers.names import NAMES, PAPERS, Paper
from conversations.papers.period import Period
from conversations.papers.roster import roster
from conversations.papers.services import services
from conversations.papers.sheet import Sheet
from storage import paper_facts
from storage.organisation import Organisation

__all__ = ["NAMES", "NoSuchPaper", "NotHers", "asked", "material", "sheets"]

_OF_WOMEN = {
    "附表2": futable2,
    "附表3": futable3,
    "附件2": annex2,
    "roster": roster,
    "ledger": ledger,
    "indicators": indicators,
    "death-notice": death_notice,
}
"""Papers that are made of what women contribute, and nothing else."""


class NoSuchPaper(CommandRefused):
    """There is no paper of this name, period or place; the message says which there are."""


class NotHers(CommandRefused):
    """This office is not given this paper."""


async def sheets(
    connection: BaseDBAsyncClient,
    organisation: Organisation,
    name: str,
    period: str,
    place_id: str,
    now: datetime,
    role: str,
    *,
    staff_id: str | None = None,
) -> tuple[Sheet, ...]:
    """The tables of a paper about this place, as it stands now, for somebody of this `role` there.

    Whether the place is hers is for the caller to know. A coordinator is given her own services only, so `staff_id` says
    who she is. Raises `NoSuchPaper`, `NotHers`.
    """
    paper, time = asked(name, period, now)
    _is_there(place_id, organisation)
    if role not in paper.roles:
        raise NotHers(f"{name}: not for {role}")
    if name in _OF_WOMEN:
        made = await paper_facts.material(connection, organisation, time, place_id, now, role)
        return _OF_WOMEN[name](made)
    made = await paper_facts.material(connection, organisation, time, place_id, now, role, women=False)
    if name == "coordinators":
        return coordinators(made, await paper_facts.colleagues(connection, organisation, place_id))
    if role == "coordinator" and staff_id is None:
        raise NotHers("services: hers, so it must be known who she is")
    mine = staff_id if role == "coordinator" else None
    done, people = await paper_facts.services(connection, organisation, time, place_id, mine)
    return services(made, done, people)


async def material(
    connection: BaseDBAsyncClient,
    organisation: Organisation,
    name: str,
    period: str,
    place_id: str,
    now: datetime,
    role: str,
) -> Material:
    """What that paper is made of: for a short answer in a message."""
    _, time = asked(name, period, now)
    _is_there(place_id, organisation)
    return await paper_facts.material(connection, organisation, time, place_id, now, role)


def asked(name: str, period: str, now: datetime) -> tuple[Paper, Period]:
    """The paper of this name and the time it is about. Raises `NoSuchPaper`, also for a time that has not begun."""
    paper = PAPERS.get(name)
    if paper is None:
        raise NoSuchPaper(f"no paper of that name; there are {', '.join(NAMES)}")
    time = paper.period(period)
    if time is None:
        raise NoSuchPaper("--period: a quarter (2026Q3), a month (2026-09) or a year (2026)")
    if time.first > now.astimezone(LOCAL).date():
        raise NoSuchPaper(f"--period: {period} has not begun, so there is nothing to count yet")
    return paper, time


def _is_there(place_id: str, organisation: Organisation) -> None:
    if place_id not in organisation.places:
        raise NoSuchPaper("no place of that id; `yunguan invite --places` lists them")
