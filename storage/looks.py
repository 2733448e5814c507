"""Who was shown a woman, out of the audit log, with the names of colleagues and offices as they are now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from conversations.facts import LookFact, LooksAt, Lookup
from storage import crypto
from storage.models import Audit, Contact, Post, Staff, Woman
from storage.organisation import Organisation

LOOK = "look"
"""The action of these rows (bot/audit.py)."""


async def answer_looks(
    connection: BaseDBAsyncClient, asked: Iterable[object], organisation: Organisation
) -> dict[Lookup, tuple[Any, ...]]:
    """Rarely asked: one after the other."""
    return {one: await _looks(connection, one, organisation) for one in asked if isinstance(one, LooksAt)}


async def _looks(
    connection: BaseDBAsyncClient, asked: LooksAt, organisation: Organisation
) -> tuple[LookFact, ...]:
    index = crypto.current().blind("name", asked.name)
    women = Woman.filter(village_id__in=asked.villages, name_index=index).order_by("id").using_db(connection)
    found: list[Audit] = []
    for woman in await women.values_list("id", flat=True):
        hers = Audit.filter(subject=str(woman), action=LOOK, seq__gt=0).order_by("-seq").limit(asked.limit)
        found += await hers.using_db(connection)
    contacts = await Contact.filter(id__in={row.actor for row in found}).using_db(connection) if found else []
    staff = {one.id: one.staff_id for one in contacts if one.staff_id}
    names = (
        {one.id: one.name for one in await Staff.filter(id__in=set(staff.values())).using_db(connection)}
        if staff
        else {}
    )
    posts: dict[tuple[str, str], str] = {}
    if staff:
        held = Post.filter(staff_id__in=set(staff.values())).order_by("since", "id").using_db(connection)
        rows = await held
        for post in (
            *(one for one in rows if one.state != "active"),
            *(o for o in rows if o.state == "active"),
        ):
            posts[post.staff_id, post.role] = post.place_id
    return tuple(
        LookFact(
            woman_id=str(row.subject),
            at=row.at,
            role=row.role,
            name=names.get(staff.get(row.actor, ""), ""),
            place_name=organisation.name_of(posts.get((staff.get(row.actor, ""), row.role))),
            channel=row.channel,
            why=row.why or "",
        )
        for row in found
    )
