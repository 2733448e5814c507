"""What the county tells, over HTTP: who is heard, what it leads to, that it happens once, what is not said."""

from __future__ import annotations

import asyncio
import os
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from jsonschema import Draft202012Validator
from standardwebhooks import Webhook

from bot import demo
from bot.county import door, keys
from bot.county.calls import SHAPES
from storage.database import Database
from storage.models import Alert, Audit, Delivery, Inbound, Place, Pregnancy, Woman
from storage.organisation import save_places
from tests.support.clock import FakeClock
from tests.support.town import Town, person, wired

COORDINATOR, TOWNSHIP = person("coordinator-1"), person("township-1")
ELSEWHERE, COUNTY = person("coordinator-3"), person("county-1")
ASSESSED: dict[str, Any] = {"date": "2026-11-20", "colour": "red", "institution": "县妇幼保健院"}
FED_BACK: dict[str, Any] = {"date": "2026-11-21", "institution": "县人民医院", "received": True}
TRACE: dict[str, Any] = {"reason": "两次产检都没到"}


@dataclass
class Caller:
    """A county system."""

    url: str
    http: aiohttp.ClientSession
    key: str
    clock: FakeClock

    async def tell(
        self,
        kind: str,
        body: Any,
        call_id: str = "c-1",
        *,
        key: str | None = None,
        signed_with: str | None = None,
        late: timedelta = timedelta(0),
        changed: bytes | None = None,
    ) -> tuple[int, dict[str, Any]]:
        text = body if isinstance(body, str) else orjson.dumps(body).decode()
        at = self.clock() - late
        key = self.key if key is None else key
        secret = b64decode((signed_with or self.key).removeprefix("whsec_"))
        headers = {
            "Authorization": f"Bearer {key}",
            "webhook-id": call_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(call_id, at, text),
        }
        async with self.http.post(
            f"{self.url}/county/v1/{kind}", data=changed or text.encode(), headers=headers
        ) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with wired(database, clock) as town:
        yield town


@pytest.fixture
async def county(town: Town, clock: FakeClock) -> AsyncIterator[Caller]:
    site = web.Application()
    site.router.add_routes(door.routes(town.database, town.app.told, clock))
    key = await keys.make(town.database, "xf", clock(), os.urandom)
    async with TestServer(site) as server, aiohttp.ClientSession() as http:
        yield Caller(str(server.make_url("")).rstrip("/"), http, key, clock)


@pytest.fixture
async def woman(town: Town) -> Woman:
    await town.say(COORDINATOR, "李梅怀孕了，28岁，末次月经8月3号", "就这些", "对")
    (row,) = await Woman.all().using_db(town.database.reading)
    return row


def of(woman: Woman, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"subject": {"woman_id": woman.id}, **body}


async def heard(town: Town, who: Any) -> list[str]:
    """What she is told; that her report waits to be verified goes without saying."""
    told = [letter.text for letter in await town.letters(who, "notice", "urgent")]
    return [text for text in told if not text.startswith("【待核实】")]


# ── what it leads to ────────────────────────────────────────────────────────────────────────────────────


async def test_an_assessment_replaces_the_grade_and_reaches_both(
    town: Town, county: Caller, woman: Woman
) -> None:
    assert await county.tell("assessments", of(woman, ASSESSED)) == (200, {"id": "c-1", "taken": True})
    (pregnancy,) = await Pregnancy.all().using_db(town.database.reading)
    assert pregnancy.details["colour"] == "red"
    assert pregnancy.open
    (report,) = await town.reports(event="risk_grade")
    assert (report.author_role, report.channel, report.verification) == ("county", "county", "verified")
    for who in (COORDINATOR, TOWNSHIP):
        (said,) = await heard(town, who)
        assert "重点随访" in said
        assert "红" not in said
    assert await heard(town, ELSEWHERE) == []
    await county.tell("assessments", of(woman, ASSESSED | {"colour": "green", "date": "2026-11-21"}), "c-2")
    (pregnancy,) = await Pregnancy.all().using_db(town.database.reading)
    assert pregnancy.details["colour"] == "green"


async def test_it_is_not_told_back_to_the_county(town: Town, county: Caller, woman: Woman) -> None:
    before = await Delivery.all().using_db(town.database.reading).count()
    await county.tell("assessments", of(woman, ASSESSED))
    assert await Delivery.all().using_db(town.database.reading).count() == before


async def test_purple_is_kept_and_named_to_nobody(town: Town, county: Caller, woman: Woman) -> None:
    body = ASSESSED | {"colour": "green", "purple": True, "factors": ["梅毒"]}
    assert (await county.tell("assessments", of(woman, body)))[0] == 200
    (pregnancy,) = await Pregnancy.all().using_db(town.database.reading)
    assert pregnancy.details["with_purple"] is True
    for who in (COORDINATOR, TOWNSHIP):
        (said,) = await heard(town, who)
        assert "重点随访" in said
        assert not [word for word in ("紫", "梅毒", "传染", "绿") if word in said]


async def test_where_she_is_advised_to_go_is_told_with_it(town: Town, county: Caller, woman: Woman) -> None:
    """As to who files a grade herself (XF 四(五)1, 四(六)1); of 重点随访 what gives no colour away."""
    graver = ({"colour": "red"}, {"colour": "orange"}, {"colour": "yellow", "purple": True})
    for number, told in enumerate(graver, 1):
        await county.tell("assessments", of(woman, ASSESSED | told), f"a-{number}")
    await county.tell("assessments", of(woman, ASSESSED | {"colour": "yellow"}), "a-4")
    for who in (COORDINATOR, TOWNSHIP):
        *high, yellow = await heard(town, who)
        assert len(high) == 3
        assert len(set(high)) == 1
        assert "产检、分娩请她到县里指定的医院。" in high[0]
        assert "建议产检：二级以上医疗机构，有异常尽快转三级医疗机构。" in yellow
        assert "黄" not in yellow


async def test_after_the_end_of_a_pregnancy_nothing_is_advised_for_it(
    town: Town, county: Caller, woman: Woman
) -> None:
    await town.say(COORDINATOR, "李梅今天流产了", "就这些", "对")
    await county.tell("assessments", of(woman, ASSESSED))
    for who in (COORDINATOR, TOWNSHIP):
        told = (await heard(town, who))[-1]
        assert "重点随访" in told
        assert not [word for word in ("产检", "分娩") if word in told]


async def test_feedback_on_a_referral(town: Town, county: Caller, woman: Woman) -> None:
    await town.say(COORDINATOR, "李梅11月18号从村里转诊去县人民医院", "就这些", "对")
    body = FED_BACK | {"next_appointment": "2026-12-05"}
    assert (await county.tell("referrals", of(woman, body)))[0] == 200
    (pregnancy,) = await Pregnancy.all().using_db(town.database.reading)
    assert pregnancy.details["next_appointment"] == "2026-12-05"
    assert "2026年12月5日" in (await heard(town, COORDINATOR))[-1]


@pytest.mark.parametrize(
    ("kind", "body"), [("tracing", TRACE), ("referrals", FED_BACK | {"received": False})]
)
async def test_a_woman_to_be_found_is_asked_for_until_somebody_takes_it(
    town: Town, county: Caller, woman: Woman, kind: str, body: Mapping[str, Any]
) -> None:
    assert (await county.tell(kind, of(woman, body)))[0] == 200
    for who in (COORDINATOR, TOWNSHIP):
        assert (await heard(town, who))[-1].startswith("【请找到她】")
    assert await heard(town, COUNTY) == []
    town.clock.advance(days=1)
    await town.app.alerts.check()
    assert (await heard(town, COUNTY))[-1].startswith("【请找到她】")
    await town.say(COORDINATOR, "收到")
    (alert,) = await Alert.all().using_db(town.database.reading)
    assert alert.acknowledged_by_id == COORDINATOR.contact_id


# ── once ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_repeat_does_nothing(town: Town, county: Caller, woman: Woman) -> None:
    for _ in range(3):
        assert (await county.tell("assessments", of(woman, ASSESSED)))[0] == 200
    assert len(await town.reports(event="risk_grade")) == 1
    assert len(await heard(town, COORDINATOR)) == 1


async def test_many_at_once_are_one(town: Town, county: Caller, woman: Woman) -> None:
    answers = await asyncio.gather(*(county.tell("assessments", of(woman, ASSESSED)) for _ in range(8)))
    assert {status for status, _ in answers} == {200}
    assert len(await town.reports(event="risk_grade")) == 1


async def test_another_body_under_one_id(town: Town, county: Caller, woman: Woman) -> None:
    await county.tell("assessments", of(woman, ASSESSED))
    status, _ = await county.tell("assessments", of(woman, ASSESSED | {"colour": "green"}))
    assert status == 409
    status, _ = await county.tell("tracing", of(woman, TRACE))
    assert status == 409
    assert len(await town.reports(event="risk_grade")) == 1


async def test_nothing_is_stored_when_it_fails(
    town: Town, county: Caller, woman: Woman, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*anything: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(town.app.told._writer, "_notices", breaks)
    status, said = await county.tell("assessments", of(woman, ASSESSED))
    assert (status, said) == (503, {"error": "not stored, please repeat"})
    assert await town.reports(event="risk_grade") == []
    monkeypatch.undo()
    assert (await county.tell("assessments", of(woman, ASSESSED)))[0] == 200


# ── whom it may be about ────────────────────────────────────────────────────────────────────────────────


async def test_unknown_and_foreign_are_told_apart_by_nobody(
    town: Town, county: Caller, woman: Woman, clock: FakeClock
) -> None:
    async with town.database.transaction() as tx:
        await save_places(
            tx, [Place(id="gp", parent_id=None, kind="county", name="高平市", programme="gaoping")]
        )
    other = await keys.make(town.database, "gp", clock(), os.urandom)
    foreign = await county.tell("assessments", of(woman, ASSESSED), key=other, signed_with=other)
    unknown = await county.tell("assessments", {"subject": {"woman_id": "nobody"}, **ASSESSED})
    by_number = await county.tell("tracing", {"subject": {"resident_id": "360722199803050021"}, **TRACE})
    assert foreign == unknown == by_number
    assert foreign[0] == 404
    assert await town.reports(event="risk_grade") == []


# ── who is heard ────────────────────────────────────────────────────────────────────────────────────────


async def test_who_is_not_heard(town: Town, county: Caller, woman: Woman, clock: FakeClock) -> None:
    body = of(woman, ASSESSED)
    other = await keys.make(town.database, "xf", clock(), os.urandom)
    refused = [
        await county.tell("assessments", body, key=""),
        await county.tell("assessments", body, key="whsec_" + "A" * 43 + "="),
        await county.tell("assessments", body, signed_with=other),
        await county.tell(
            "assessments", body, changed=orjson.dumps(of(woman, ASSESSED | {"colour": "green"}))
        ),
        await county.tell("assessments", body, late=timedelta(minutes=5, seconds=2)),
        await county.tell("assessments", body, late=-timedelta(minutes=5, seconds=2)),
        await county.tell("assessments", body, call_id="x" * 65),
    ]
    assert [status for status, _ in refused] == [401] * len(refused)
    assert await Inbound.filter(channel="county").using_db(town.database.reading).count() == 0
    assert (await county.tell("assessments", body, key=other, signed_with=other))[0] == 200
    caller = await keys.caller(town.database, other)
    assert caller is not None
    await keys.revoke(town.database, caller.key_id, clock())
    assert (await county.tell("assessments", body, "c-2", key=other, signed_with=other))[0] == 401


@pytest.mark.parametrize(
    ("kind", "wrong", "at"),
    [
        ("assessments", {"colour": "blue"}, "/colour"),
        ("assessments", {"date": "20 November"}, "/date"),
        ("assessments", {"surprise": 1}, "/"),
        ("assessments", {"subject": {}}, "/subject"),
        ("referrals", {"received": "yes"}, "/received"),
        ("tracing", {"reason": ""}, "/reason"),
    ],
)
async def test_what_has_not_the_right_shape(
    county: Caller, woman: Woman, kind: str, wrong: dict[str, Any], at: str
) -> None:
    right = {"assessments": ASSESSED, "referrals": FED_BACK, "tracing": TRACE}[kind]
    status, said = await county.tell(kind, {**of(woman, right), **wrong})
    assert status == 422
    assert said["at"] == [at]


async def test_rubbish_and_too_much(county: Caller) -> None:
    assert (await county.tell("tracing", "{nothing"))[0] == 422
    assert (await county.tell("tracing", "[" * 50_000))[0] == 422
    assert (await county.tell("tracing", "x" * (door.MAX_BODY + 1)))[0] == 413


@pytest.mark.parametrize(
    "institution", ["   ", "", "县\x00妇幼", "县妇幼\n【危急】", "县妇幼\n", "县\u202e妇幼", "县\u200b妇幼"]
)
async def test_words_are_seen_and_stand_on_one_line(
    town: Town, county: Caller, woman: Woman, institution: str
) -> None:
    """Otherwise they could forge a line of a letter."""
    status, answer = await county.tell("assessments", of(woman, {**ASSESSED, "institution": institution}))
    assert (status, answer["at"]) == (422, ["/institution"])
    assert await town.reports(event="risk_grade") == []


async def test_a_name_that_stands_twice_is_refused(town: Town, county: Caller, woman: Woman) -> None:
    """Readers differ in which one counts: a grade must not be red for one and green for another."""
    text = orjson.dumps(of(woman, ASSESSED)).decode()
    assert (await county.tell("assessments", text[:-1] + ',"colour":"green"}'))[0] == 422
    inner = text.replace('"woman_id":', '"woman_id":"somebody","woman_id":')
    assert (await county.tell("assessments", inner))[0] == 422
    assert await town.reports(event="risk_grade") == []
    assert (await county.tell("assessments", text))[0] == 200


# ── and besides ─────────────────────────────────────────────────────────────────────────────────────────


async def test_it_is_in_the_audit(town: Town, county: Caller, woman: Woman) -> None:
    await county.tell("assessments", of(woman, ASSESSED))
    rows = await Audit.filter(channel="county").using_db(town.database.reading)
    assert [(row.role, row.action) for row in rows] == [("county", "report.file")]


async def test_the_document_describes_every_call(county: Caller) -> None:
    async with county.http.get(f"{county.url}/county/v1/openapi.json") as answer:
        document = await answer.json()
    assert set(document["paths"]) == {f"/county/v1/{kind}" for kind in SHAPES}
    for path in document["paths"].values():
        schema = path["post"]["requestBody"]["content"]["application/json"]["schema"]
        Draft202012Validator.check_schema(schema)


async def test_by_when_the_county_wants_her_found_is_told(town: Town, county: Caller, woman: Woman) -> None:
    await county.tell("tracing", of(woman, {**TRACE, "until": "2026-12-01"}))
    for who in (COORDINATOR, TOWNSHIP):
        (said,) = [text for text in await heard(town, who) if text.startswith("【请找到她】")]
        assert "县里等到12月1日" in said or "县里等到2026年12月1日" in said
