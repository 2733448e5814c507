"""Who answers for a woman's case by name (包保)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from conversations.facts import ResponsibleFact
from storage import crypto
from storage.bulk import insert_many
from storage.ids import IdSource
from storage.models import Assignment, Contact, Post, Pregnancy, Staff
from storage.transaction import Transaction


async def responsible(
    connection: BaseDBAsyncClient, pregnancies: Collection[str]
) -> dict[str, ResponsibleFact]:
    """By pregnancy; nobody whose every office was taken."""
    if not pregnancies:
        return {}
    held = await Assignment.filter(pregnancy_id__in=list(pregnancies), until__isnull=True).using_db(
        connection
    )
    staff = list({one.staff_id for one in held})
    if not staff:
        return {}
    serving = Post.filter(staff_id__in=staff, state="active").using_db(connection)
    active = {str(one) for one in await serving.values_list("staff_id", flat=True)}
    names = {one.id: one.name for one in await Staff.filter(id__in=list(active)).using_db(connection)}
    rows = Contact.filter(staff_id__in=list(active)).order_by("-created_at", "-id").using_db(connection)
    contacts = {str(one.staff_id): one.id for one in await rows}  # the oldest stays
    return {
        one.pregnancy_id: ResponsibleFact(
            one.pregnancy_id, one.staff_id, names[one.staff_id], contacts.get(one.staff_id)
        )
        for one in held
        if one.staff_id in names
    }


async def responsible_for(
    connection: BaseDBAsyncClient, name: str, villages: Collection[str]
) -> tuple[ResponsibleFact, ...]:
    """Of the women of this name in these villages."""
    index = crypto.current().blind("name", name)
    cases = Pregnancy.filter(woman__name_index=index, woman__village_id__in=list(villages)).using_db(
        connection
    )
    found = await responsible(connection, [str(one) for one in await cases.values_list("id", flat=True)])
    return tuple(found.values())


async def hand_over(
    tx: Transaction,
    from_staff: str,
    to_staff: str,
    places: Collection[str],
    *,
    issuer: str | None,
    now: datetime,
    ids: IdSource,
) -> None:
    """Whom a colleague answered for in these villages, another answers for from now on; who did until then stays
    written."""
    held = Assignment.filter(staff_id=from_staff, until__isnull=True, woman__village_id__in=list(places))
    rows = await held.using_db(tx)
    await Assignment.filter(id__in=[row.id for row in rows]).using_db(tx).update(until=now)
    await insert_many(
        tx,
        Assignment,
        [
            Assignment(
                id=ids(),
                woman_id=row.woman_id,
                pregnancy_id=row.pregnancy_id,
                staff_id=to_staff,
                issuer_id=issuer,
                since=now,
            )
            for row in rows
        ],
    )
