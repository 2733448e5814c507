"""What goes along with a village that is handed over: the drafts of whoever had it (conversations/engine/passing.py)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot import care_over
from conversations.care.case import begun_key
from conversations.engine.passing import give, take
from conversations.engine.state import State, Talk
from conversations.engine.unfinished import put_off
from conversations.message import Button, Notice
from conversations.text import T
from storage.bulk import upsert_many
from storage.models import Contact, Post, Session, Staff, Woman
from storage.transaction import Transaction


async def pass_on_drafts(
    tx: Transaction, from_staff: str, to_staff: str, villages: Collection[str], now: datetime
) -> list[Notice]:
    """Move what lies unfinished of these villages into the successor's conversation; what she is to be told. Where she
    has none yet it stays where it is."""
    contacts = Contact.filter(staff_id__in=[from_staff, to_staff]).order_by("created_at", "id").using_db(tx)
    known = await contacts
    taking = next((one for one in known if one.staff_id == to_staff), None)
    if taking is None:
        return []
    await tx.lock([f"contact:{one.id}" for one in known])
    stored = Session.filter(contact_id__in=[one.id for one in known]).using_db(tx)
    sessions = {row.contact_id: row for row in await stored}
    to = await Staff.get(id=to_staff, using_db=tx)
    women = Woman.filter(village_id__in=list(villages)).using_db(tx)
    hers = {str(one) for one in await women.values_list("id", flat=True)}
    everything = not await Post.filter(staff_id=from_staff, state="active").using_db(tx).exists()
    drafts: list[Talk] = []
    changed: list[Session] = []
    for contact in known:
        left = sessions.get(contact.id)
        if contact.staff_id != from_staff or left is None:
            continue
        state = State.load(left.data)
        given = give(state, villages, hers, to.name, everything=everything)
        if given:
            drafts += given
            changed.append(_with(left, state, now))
    if not drafts:
        return []
    session = sessions.get(taking.id) or Session(
        contact_id=taking.id, data={}, version=0, updated_at=now, next_check_at=None
    )
    state = State.load(session.data)
    take(state, drafts)
    from_contacts = [one.id for one in known if one.staff_id == from_staff]
    await care_over.hand_on(tx, from_contacts, taking.id, [begun_key(one.id) for one in drafts])
    changed.append(_with(session, state, now))
    update = ("data", "version", "updated_at", "next_check_at")
    await upsert_many(tx, Session, changed, conflict=("contact_id",), update=update)
    text = T(
        "【交接】原来的同事还有{count}份没报完，说过的都给您留着。方便时回“接着报”，核对好就能报上去。",
        count=len(drafts),
    )
    return [Notice(text, contact_id=taking.id, buttons=((Button(T("接着报"), "go:on"),),))]


def _with(session: Session, state: State, now: datetime) -> Session:
    session.next_check_at = put_off(state, now, None)
    session.data, session.version, session.updated_at = state.dump(), session.version + 1, now
    return session
