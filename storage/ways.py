"""Where somebody can be written to, as far as she may choose: a colleague by what is hers, a woman by what she said yes to."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from conversations.facts import Lookup, SmsWay, WaysFact, WaysOf
from storage.cases import SMS, Loaded, load_cases
from storage.models import Address, Contact, Pregnancy, Staff
from storage.organisation import Organisation
from storage.reaching import reach

_BEST: tuple[SmsWay, ...] = ("ready", "ask", "unsafe", "stopped", "none")


async def answer_ways(
    connection: BaseDBAsyncClient,
    asked: Collection[Lookup],
    organisation: Organisation,
    channels: Collection[str],
) -> dict[Lookup, tuple[Any, ...]]:
    """The answers to where somebody can be written to. `channels`: those there are to write on."""
    answers: dict[Lookup, tuple[Any, ...]] = {}
    for lookup in asked:
        if isinstance(lookup, WaysOf):
            if lookup.staff_id is not None:
                answers[lookup] = await _colleague(connection, lookup.contact_id, lookup.staff_id)
            else:
                answers[lookup] = await _women(connection, lookup.women, organisation, channels)
    return answers


async def _colleague(connection: BaseDBAsyncClient, contact_id: str, staff_id: str) -> tuple[WaysFact, ...]:
    staff = await Staff.get_or_none(id=staff_id, using_db=connection)
    if staff is None:
        return ()
    hers = Address.filter(contact__staff_id=staff_id, state="active").order_by("channel").using_db(connection)
    channels = tuple(dict.fromkeys(one.channel for one in await hers))
    contact = await Contact.filter(id=contact_id).using_db(connection)
    goes = next((address.channel for _, address in await reach(connection, contact)), None)
    return (WaysFact(channels, goes, staff.phone[-4:], "ready" if SMS in channels else "none"),)


async def _women(
    connection: BaseDBAsyncClient,
    women: Collection[str],
    organisation: Organisation,
    channels: Collection[str],
) -> tuple[WaysFact, ...]:
    """Of several behind one phone, the best there is for one of them."""
    cases = await newest_cases(connection, women, organisation, channels)
    if not cases:
        return ()
    first = min(cases, key=lambda one: _BEST.index(one.ways.sms))
    chats = tuple(dict.fromkeys(channel for one in cases for channel in one.ways.chats))
    route = first.route
    consented = route is not None and first.case.reach.consent == "yes"
    return (
        WaysFact(
            chats, route.channel if route and consented else None, first.case.phone[-4:], first.ways.sms
        ),
    )


async def newest_cases(
    connection: BaseDBAsyncClient,
    women: Collection[str],
    organisation: Organisation,
    channels: Collection[str],
) -> list[Loaded]:
    """The newest case of each of these women who lives, by the women's ids."""
    if not women:
        return []
    ids = await Pregnancy.filter(woman_id__in=list(women)).using_db(connection).values_list("id", flat=True)
    loaded = await load_cases(connection, [str(one) for one in ids], organisation, channels)
    alive = (one for one in loaded.values() if one.case.newest and one.case.course.died is None)
    return sorted(alive, key=lambda one: one.woman.id)
