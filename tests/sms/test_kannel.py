"""Kannel: what is asked of sendsms, and what its calls mean."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import aiohttp
import pytest

from bot.channels.base import Accepted, Later, Outcome, Refused
from bot.channels.sms.gateway import BadCall, Call, Login, Receipt
from bot.channels.sms.kannel import (
    DELIVERY,
    INBOUND,
    KannelGateway,
    KannelSettings,
    inbound_of,
    receipt_of,
)
from tests.support.clock import START, FakeClock
from tests.support.desk import Desk
from tests.support.provider import Noted, Provider, Say

LOGIN = Login("kannel", "inbound secret 1")
ID = "0" * 30 + "a1"

Make = Callable[..., KannelGateway]


@pytest.fixture
def make(
    session: aiohttp.ClientSession, desk: Desk, noted: Noted, clock: FakeClock, provider: Provider
) -> Make:
    def make(**more: Any) -> KannelGateway:
        values: dict[str, Any] = {
            "url": provider.url,
            "user": "yunguan",
            "password": "sendsms secret",
            "public_url": "http://127.0.0.1:8080",
        }
        settings = KannelSettings(**(values | more))
        return KannelGateway(
            "kannel", settings, LOGIN, session=session, submit=desk.submit, note=noted, clock=clock
        )

    return make


# message → request

REQUESTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "chinese": (
        "13800001234",
        "请问她叫什么名字？",
        {"X-Kannel-Coding": "2", "X-Kannel-To": "+8613800001234"},
    ),
    "beyond the first plane": ("13800001234", "𠮷🤰🏽", {"X-Kannel-Coding": "2"}),
    "latin": ("13800001234", "What is her name?", {"X-Kannel-Coding": "0"}),
    "a number abroad": ("+85261234567", "你好", {"X-Kannel-To": "+85261234567"}),
    "lines": ("13800001234", "一\n二\r\n三", {"X-Kannel-Coding": "2"}),
}


@pytest.mark.parametrize("case", REQUESTS)
async def test_what_is_asked(make: Make, provider: Provider, case: str) -> None:
    number, text, headers = REQUESTS[case]
    assert await make().send(number, text, ID) == Accepted()
    (asked,) = provider.asked
    assert (asked.method, asked.path, asked.body.decode()) == ("POST", "/send", text)
    expected = {
        "X-Kannel-Username": "yunguan",
        "X-Kannel-Password": "sendsms secret",
        "X-Kannel-Charset": "UTF-8",
        "X-Kannel-DLR-Mask": "27",
        "X-Kannel-Validity": "1440",
        "X-Kannel-DLR-Url": f"http://kannel:inbound%20secret%201@127.0.0.1:8080/sms/kannel/delivery?id={ID}&status=%d",
        "Content-Type": "text/plain; charset=UTF-8",
        **headers,
    }
    assert {name: asked.headers.get(name) for name in expected} == expected
    assert "X-Kannel-From" not in asked.headers


async def test_sender_and_line_may_be_set(make: Make, provider: Provider) -> None:
    await make(sender="10690000", smsc="mobile", validity=timedelta(minutes=90)).send("13800001234", "好", ID)
    headers = provider.asked[0].headers
    assert (headers["X-Kannel-From"], headers["X-Kannel-SMSC"]) == ("10690000", "mobile")
    assert headers["X-Kannel-Validity"] == "90"


ANSWERS: dict[str, tuple[Say, Outcome]] = {
    "accepted": (Say(202, b"0: Accepted for delivery"), Accepted()),
    "queued": (Say(202, b"3: Queued for later delivery"), Accepted()),
    "ok": (Say(200), Accepted()),
    "wrong login": (
        Say(403, b"Authorization failed for sendsms"),
        Later("kannel refuses our sendsms-user", timedelta(minutes=5)),
    ),
    "no route": (Say(404, b"Not routed"), Refused("kannel 404")),
    "unreadable": (Say(400, b"to 13800001234 is wrong"), Refused("kannel 400")),
    "throttled": (Say(429, headers={"Retry-After": "7"}), Later("kannel 429", timedelta(seconds=7))),
    "busy": (Say(503, b"Temporal failure, try again later"), Later("kannel 503", timedelta(seconds=30))),
    "broken": (Say(500), Later("kannel 500", doubt=True)),
    "bad way": (Say(502), Later("kannel 502", doubt=True)),
    "elsewhere": (Say(302, headers={"Location": "/other"}), Later("kannel 302", doubt=True)),
    "no answer": (Say(stall=True), Later("SocketTimeoutError", doubt=True)),
    "cut": (Say(cut=True), Later("ServerDisconnectedError", doubt=True)),
}


@pytest.mark.parametrize("case", ANSWERS)
async def test_what_an_answer_means(make: Make, provider: Provider, case: str) -> None:
    say, expected = ANSWERS[case]
    provider.always = say
    outcome = await make(timeout=timedelta(seconds=0.5 if say.stall else 20)).send("13800001234", "好", ID)
    if say.stall:
        assert isinstance(outcome, Later)
        assert outcome.doubt
    else:
        assert outcome == expected
    assert len(provider.asked) == 1


async def test_no_connection_leaves_no_doubt(make: Make) -> None:
    with socket.socket() as deaf:  # bound, but it does not listen
        deaf.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        outcome = await make(url=url).send("13800001234", "好", ID)
    assert isinstance(outcome, Later)
    assert not outcome.doubt


def test_nothing_secret_is_shown(make: Make) -> None:
    gateway = make()
    shown = repr(gateway) + repr(gateway._settings) + repr(gateway.login)
    assert "secret" not in shown


# request → message

SECONDS = str(int((START - timedelta(days=2)).timestamp()))
TOLD = {
    "from": "+8613800001234",
    "to": "10690000",
    "ts": SECONDS,
    "id": "df7c4be5",
    "coding": "0",
    "charset": "UTF-8",
}

MESSAGES: dict[str, tuple[Call, dict[str, Any]]] = {
    "chinese": (Call(TOLD, body="怀孕 李梅".encode()), {"text": "怀孕 李梅", "address": "13800001234"}),
    "two days on its way": (
        Call(TOLD, body=b"x"),
        {"sent_at": START - timedelta(days=2), "received_at": START},
    ),
    "with GET": (Call({**TOLD, "text": "在吗🤰"}), {"text": "在吗🤰"}),
    "UCS-2": (
        Call({**TOLD, "coding": "2", "charset": "UTF-16BE"}, body="有喜了".encode("utf-16-be")),
        {"text": "有喜了"},
    ),
    "a charset nobody knows": (Call({**TOLD, "charset": "KLINGON"}, body="好".encode()), {"text": "好"}),
    "not in its charset": (Call(TOLD, body=b"\xff\xfe" + "好".encode()), {"text": "��好"}),
    "8-bit data": (Call({**TOLD, "coding": "1"}, body=b"\x01\x02"), {"text": "", "kind": "other"}),
    "empty": (Call(TOLD), {"text": "", "kind": "other"}),
    "NUL": (Call(TOLD, body="好\0的".encode()), {"text": "好的"}),
    "a short code": (Call({**TOLD, "from": "10086"}, body=b"x"), {"address": "10086"}),
    "a name": (Call({**TOLD, "from": "BANK"}, body=b"x"), {"address": "BANK"}),
    "a clock of tomorrow": (
        Call({**TOLD, "ts": str(int(START.timestamp()) + 86400)}, body=b"x"),
        {"sent_at": START},
    ),
    "no time": (Call({**TOLD, "ts": "soon"}, body=b"x"), {"sent_at": START}),
    "its id": (Call(TOLD, body=b"x"), {"provider_id": "kannel:df7c4be5", "channel": "sms"}),
    "an endless id": (Call({**TOLD, "id": "x" * 500}, body=b"x"), {"channel": "sms"}),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_what_a_message_is(case: str) -> None:
    call, expected = MESSAGES[case]
    inbound = inbound_of(call, "kannel", START)
    assert {name: getattr(inbound, name) for name in expected} == expected
    assert len(inbound.provider_id) <= 80
    assert inbound.sent_at.tzinfo is UTC or inbound.sent_at.utcoffset() == timedelta(0)


def test_without_ids_a_repeat_is_known_by_what_it_is() -> None:
    told = {name: value for name, value in TOLD.items() if name != "id"}
    ids = [inbound_of(Call(told, body=body), "k", START).provider_id for body in (b"a", b"a", b"b")]
    assert ids[0] == ids[1] != ids[2]


def test_a_message_without_a_sender_is_no_message() -> None:
    with pytest.raises(BadCall):
        inbound_of(Call({"text": "x"}), "kannel", START)


REPORTS: dict[str, tuple[dict[str, str], Receipt | None]] = {
    "delivered": ({"id": ID, "status": "1"}, Receipt(ID, "delivered")),
    "failed": ({"id": ID, "status": "2"}, Receipt(ID, "failed", "not delivered")),
    "waits": ({"id": ID, "status": "4"}, Receipt(ID, "unknown")),
    "taken by the operator": ({"id": ID, "status": "8"}, Receipt(ID, "sent")),
    "refused by the operator": ({"id": ID, "status": "16"}, Receipt(ID, "failed", "refused by the operator")),
    "a code nobody knows": ({"id": ID, "status": "99"}, None),
    "no id": ({"status": "1"}, None),
    "nothing": ({}, None),
}


@pytest.mark.parametrize("case", REPORTS)
def test_what_a_delivery_report_says(case: str) -> None:
    query, expected = REPORTS[case]
    if expected is None:
        with pytest.raises(BadCall):
            receipt_of(Call(query))
    else:
        assert receipt_of(Call(query)) == expected


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_calls_reach_desk_and_outbox(make: Make, desk: Desk, noted: Noted, method: str) -> None:
    routes = make().routes
    heard = await routes[method, INBOUND](Call(TOLD, body="怀孕".encode()))
    learnt = await routes[method, DELIVERY](Call({"id": ID, "status": "1"}))
    assert (heard.status, learnt.status) == (202, 202)
    assert heard.json is None  # any words would be sent to her as an answer
    assert desk.texts == ["怀孕"]
    assert noted == [("kannel", Receipt(ID, "delivered"))]


async def test_a_message_that_is_not_stored_is_not_acknowledged(make: Make, desk: Desk) -> None:
    desk.refuses = lambda inbound: True
    with pytest.raises(OSError, match="disk full"):
        await make().routes["POST", INBOUND](Call(TOLD, body=b"x"))
