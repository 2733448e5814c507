"""What the service runs of SMS, put together from the settings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random

import pytest
from structlog.testing import capture_logs

from bot.bootstrap import App, wire
from bot.channels.sms import setup
from bot.channels.sms.aliyun import AliyunGateway
from bot.channels.sms.configuration import SmsSettings
from bot.channels.sms.kannel import KannelGateway
from bot.channels.sms.phone_gateway import PhoneGateway
from storage.database import Database
from storage.models import Outgoing
from tests.support.clock import FakeClock
from tests.support.letters import Letters
from tests.support.waiting import running, until

PASSWORD = "a password for calls"
ALL = SmsSettings.model_validate(
    {
        "kannel": {
            "operator": {
                "url": "http://127.0.0.1:9/sendsms",
                "user": "yunguan",
                "password": "x",
                "public_url": "http://127.0.0.1:8080/",
                "caller_password": PASSWORD,
                "signature": "【孕管】",
            }
        },
        "phone": {"gupo": {"caller_password": PASSWORD}},
        "aliyun": {
            "notices": {
                "key_id": "k",
                "key_secret": "s",
                "sign_name": "孕管",
                "templates": {"SMS_1": "您好，该产检了"},
                "caller_password": PASSWORD,
            }
        },
        "areas": {"everywhere": ["gupo"]},
        "own": ["10690000"],
    }
)


@pytest.fixture
async def app(database: Database, clock: FakeClock) -> AsyncIterator[App]:
    async with wire(database, {}, destinations={}, clock=clock, sms=ALL, random=Random(1)) as app:
        yield app


async def test_every_gateway_stands_with_its_login_and_its_routes(app: App) -> None:
    assert app.sms is not None
    kannel, phone, aliyun = app.sms.gateways
    assert isinstance(kannel, KannelGateway)
    assert isinstance(phone, PhoneGateway)
    assert isinstance(aliyun, AliyunGateway)
    assert (kannel.signature, aliyun.signature) == ("【孕管】", "【孕管】")
    for gateway in app.sms.gateways:
        assert gateway.login is not None
        assert gateway.login.matches(gateway.name, PASSWORD)
    paths = {path for gateway in app.sms.gateways for _, path in gateway.routes}
    assert paths == {
        "/sms/kannel/inbound",
        "/sms/kannel/delivery",
        "/api/sms",
        "/sms/aliyun/report",
        "/sms/aliyun/uplink",
    }
    assert app.channels["sms"].traits.trust == "low"


async def test_a_gateway_no_area_names_is_told_of(database: Database, clock: FakeClock) -> None:
    with capture_logs() as logged:
        async with wire(database, {}, destinations={}, clock=clock, sms=ALL):
            pass
    unused = [line["gateway"] for line in logged if line["event"] == "sms.gateway_unused"]
    assert sorted(unused) == ["notices", "operator"]


async def test_letters_of_a_phone_that_calls_no_more_are_let_go(
    app: App, database: Database, letters: Letters, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "SETTLE_EVERY", timedelta(milliseconds=5))
    unseen, seen = await letters.write("你好", "再见", expires=timedelta(hours=1))
    await app.outbox.drain()
    async with database.transaction() as tx:
        await Outgoing.filter(id=seen).using_db(tx).update(state="fetched")
    assert app.sms is not None

    async def let_go() -> bool:
        return await letters.states([unseen, seen]) == ["expired", "unknown"]

    async with running(app.sms):
        assert await letters.states([unseen, seen]) == ["offered", "fetched"]
        clock.advance(hours=1)
        await until(let_go)


async def test_a_database_that_fails_once_does_not_end_it(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "SETTLE_EVERY", timedelta(milliseconds=5))
    tried, again = 0, asyncio.Event()

    async def settle(self: PhoneGateway) -> None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise OSError("disk full")
        again.set()

    monkeypatch.setattr(PhoneGateway, "settle", settle)
    assert app.sms is not None
    with capture_logs() as logged:
        async with running(app.sms), asyncio.timeout(20):
            await again.wait()
    assert [line["event"] for line in logged if line["log_level"] == "error"] == ["sms.settle_failed"]
