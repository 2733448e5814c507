"""The county's door: a call that is refused is in the audit log, and the answer tells nothing of anybody."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook

from bot.county import door, keys
from storage.models import Audit, Place
from storage.organisation import save_places
from tests.support.clock import FakeClock
from tests.support.town import Town, person

TRACE = {"reason": "两次产检都没到"}


@pytest.fixture
async def url(town: Town, clock: FakeClock) -> AsyncIterator[str]:
    site = web.Application()
    site.router.add_routes(door.routes(town.database, town.app.told, clock))
    async with TestServer(site) as server:
        yield str(server.make_url("/county/v1/tracing"))


async def tell(url: str, key: str, clock: FakeClock, woman: str, call: str) -> tuple[int, str]:
    body = orjson.dumps({"subject": {"woman_id": woman}, **TRACE}).decode()
    headers = {
        "Authorization": f"Bearer {key}",
        "webhook-id": call,
        "webhook-timestamp": str(int(clock().timestamp())),
        "webhook-signature": Webhook(key.removeprefix("whsec_")).sign(call, clock(), body),
    }
    async with aiohttp.ClientSession() as http, http.post(url, data=body.encode(), headers=headers) as answer:
        return answer.status, await answer.text()


async def test_a_woman_of_another_county_is_as_unknown_as_nobody(
    town: Town, url: str, clock: FakeClock
) -> None:
    await town.say(person("coordinator-1"), "李梅怀孕了，末次月经9月3号", "就这些", "对")
    (report,) = await town.reports()
    async with town.database.transaction() as tx:
        await save_places(
            tx, [Place(id="yz", parent_id=None, kind="county", name="榆中县", programme="yuzhong")]
        )
    key = await keys.make(town.database, "yz", clock(), os.urandom)
    hers = await tell(url, key, clock, report.woman_id, "c-1")
    nobody = await tell(url, key, clock, "f" * 32, "c-2")
    assert hers == nobody
    assert hers[0] == 404
    assert "李梅" not in hers[1]
    rows = await Audit.filter(outcome="refused").using_db(town.database.reading).order_by("seq")
    assert [(row.role, row.action, row.subject) for row in rows] == [("county", "county.tracing", None)] * 2
    assert {row.actor for row in rows} == {line.split("\t")[0] for line in await keys.lines(town.database)}


async def test_whoever_has_no_key_fills_no_log(town: Town, url: str, clock: FakeClock) -> None:
    other = "whsec_" + "bm9ib2R5IGlzIHRoZXJlIGF0IGFsbA=="
    for number in range(5):
        assert (await tell(url, other, clock, "w", f"c-{number}"))[0] == 401
    clock.advance(minutes=2)
    assert (await tell(url, other, clock, "w", "c-9"))[0] == 401
    rows = await Audit.filter(outcome="refused").using_db(town.database.reading)
    assert [(row.actor, row.role, row.action) for row in rows] == [
        ("stranger", "unknown", "county.tracing")
    ] * 2
