"""The audit log: who did or saw what of whom, when, by which channel and why. The one way its rows are made.

A row is noted on the transaction of what it tells of, and committed with it or not at all; numbers and seals are
storage/chain.py's. Women stand in it by their ids, colleagues by their contacts', nobody by a name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from conversations.message import Role
from storage.models import Audit, Outgoing
from storage.reading import rows
from storage.transaction import Transaction

LOOK = "look"
"""The action of everybody who was shown something of a woman; `why` says by what."""
OPERATOR = "operator"
"""Who acts at the command line."""
SYSTEM = "system"
"""Who acts where nobody does."""

AT_ONCE = 500
"""Rows noted before others are let at the work: some milliseconds."""

_ROOM = {
    "actor": 32, "role": 16, "action": 40, "subject": 32, "record": 48, "why": 40, "channel": 16, "outcome": 16,
}  # fmt: skip
"""Characters each column takes (storage/models.py)."""
_OPTIONAL = frozenset({"subject", "record", "why"})

_ROLES = """
    SELECT c.id, MIN(p.role) FROM contact c JOIN post p ON p.staff_id = c.staff_id
    WHERE c.id IN ? AND p.state = 'active' GROUP BY c.id"""

Outcome = Literal["done", "set_aside", "refused"]


def note(
    tx: Transaction,
    *,
    actor: str,
    role: str,
    action: str,
    channel: str,
    now: datetime,
    subject: str | None = None,
    record: str | None = None,
    why: str | None = None,
    outcome: Outcome = "done",
) -> None:
    """Note an act. `subject`: the woman's id; `record`: what else it is about, by its id.

    Raises `ValueError` for what its column would not take: here, where it undoes one turn, not at the commit of all.
    """
    told = {"actor": actor, "role": role, "action": action, "subject": subject, "record": record, "why": why,
            "channel": channel, "outcome": outcome}  # fmt: skip
    for name, value in told.items():
        if not (value is None and name in _OPTIONAL) and (
            not isinstance(value, str) or len(value) > _ROOM[name] or "\0" in value
        ):
            raise ValueError(f"audit: not a {name}")
    row = Audit(
        seq=0, at=now, actor=actor, role=role, action=action, subject=subject, record=record, why=why,
        channel=channel, outcome=outcome, mac="",
    )  # fmt: skip
    tx.audit.append(row)


def looked(
    tx: Transaction,
    actor: str,
    role: Role | str,
    women: Iterable[str],
    why: str,
    channel: str,
    now: datetime,
    *,
    record: str | None = None,
) -> None:
    """Note that `actor` (a contact, or `OPERATOR`) was shown what the roster has of these women: a row for each.
    `why`: by what, in at most 40 Latin letters and dots; `record`: the file or the list it was, if it has an id."""
    for woman in dict.fromkeys(women):
        note(
            tx,
            actor=actor,
            role=role,
            action=LOOK,
            channel=channel,
            now=now,
            subject=woman,
            record=record,
            why=why,
        )


async def looked_at_many(
    tx: Transaction,
    actor: str,
    role: Role | str,
    women: Iterable[str],
    why: str,
    channel: str,
    now: datetime,
    *,
    record: str | None = None,
) -> None:
    """The same of all the women of a file, a county's perhaps: others are let at the work in between."""
    waiting = list(dict.fromkeys(women))
    for start in range(0, len(waiting), AT_ONCE):
        looked(tx, actor, role, waiting[start : start + AT_ONCE], why, channel, now, record=record)
        await asyncio.sleep(0)


async def told(
    tx: Transaction, letters: Iterable[tuple[Outgoing, Iterable[str]]], why: str, now: datetime
) -> None:
    """Note that whoever gets these letters is told of these women, unasked. A letter to a woman herself is no look."""
    about = [(letter, tuple(women)) for letter, women in letters]
    contacts = {letter.contact_id for letter, women in about if women}
    roles = dict(await rows(tx, _ROLES, contacts)) if contacts else {}
    for letter, women in about:
        if letter.contact_id in roles:
            looked(tx, letter.contact_id, roles[letter.contact_id], women, why, letter.channel, now)


def by_operator(
    tx: Transaction, action: str, now: datetime, *, subject: str | None = None, record: str | None = None
) -> None:
    """Note what the operator did at the command line."""
    note(
        tx,
        actor=OPERATOR,
        role=OPERATOR,
        action=action,
        channel="cli",
        now=now,
        subject=subject,
        record=record,
    )
