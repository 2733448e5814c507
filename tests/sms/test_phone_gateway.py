"""The open phone-gateway protocol: a phone that behaves as its page says ends with every message exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from random import Random
from typing import Any

import aiohttp
import pytest

from bot.channels.base import Later, Letter
from bot.channels.sms.gateway import Login
from bot.channels.sms.phone_gateway import PhoneGateway
from bot.channels.sms.receipts import Receipts
from bot.outbox import Drop, Recheck, as_stored, retry
from storage.models import Outgoing
from tests.support.clock import FakeClock
from tests.support.desk import Desk
from tests.support.letters import Letters
from tests.support.phone import Lost, Phone, basic
from tests.support.provider import serving

Make = Callable[..., PhoneGateway]


@pytest.fixture
def make(letters: Letters, desk: Desk, clock: FakeClock) -> Make:
    def make(name: str = "gupo", recheck: Recheck = as_stored, **more: Any) -> PhoneGateway:
        database = letters.database
        return PhoneGateway(
            name,
            Login(name, f"password of {name}"),
            database=database,
            recheck=recheck,
            submit=desk.submit,
            note=Receipts(database, clock).note,
            clock=clock,
            **more,
        )

    return make


@pytest.fixture
def gateway(make: Make) -> PhoneGateway:
    return make()


@pytest.fixture
async def url(gateway: PhoneGateway) -> AsyncIterator[str]:
    async with serving([gateway]) as url:
        yield url


@pytest.fixture
def phone(session: aiohttp.ClientSession, url: str) -> Phone:
    return Phone(session, url, basic("gupo", "password of gupo"))


def milliseconds(clock: FakeClock) -> int:
    return int(clock().timestamp() * 1000)


async def test_it_says_what_it_is(phone: Phone) -> None:
    async with phone.session.get(f"{phone.url}/api/sms", headers=phone.login) as answer:
        assert (answer.status, await answer.json()) == (200, {"medic-gateway": True})


async def test_errors_have_the_shape_of_the_protocol(phone: Phone) -> None:
    wrong = basic("gupo", "guessed")
    for login, body, status in [(wrong, b"{}", 401), (phone.login, b"{", 400), (phone.login, b"[]", 400)]:
        async with phone.session.post(f"{phone.url}/api/sms", data=body, headers=login) as answer:
            assert answer.status == status
            said = await answer.json()
            assert said["error"] is True
            assert isinstance(said["message"], str)
    async with phone.session.post(
        f"{phone.url}/api/sms", json={"messages": {"id": "x"}}, headers=phone.login
    ) as answer:
        assert answer.status == 400


@pytest.mark.parametrize("seed", range(6))
async def test_a_phone_that_loses_and_repeats_ends_with_every_message_once(
    phone: Phone, gateway: PhoneGateway, letters: Letters, desk: Desk, clock: FakeClock, seed: int
) -> None:
    phone.chance, phone.loses, phone.repeats = Random(seed), 0.5, True
    numbers = [f"1380000{n:04d}" for n in range(5)]
    expected = [(number, f"给{number[-1]}的第{n}条") for n in range(6) for number in numbers]
    ids = [(await letters.write(text, to=number))[0] for number, text in expected]
    said = [f"第{n}条" for n in range(12)]
    for n, text in enumerate(said):
        phone.receives(f"+86{numbers[n % 5]}", text, milliseconds(clock))
    outbox = letters.outbox(gateway)
    for _ in range(200):
        await outbox.drain()
        clock.advance(seconds=30)
        try:
            await phone.calls()
        except Lost:
            continue
        if phone.chance.random() < 0.7:
            phone.works()
        if phone.done() and len(phone.sim) >= len(expected):
            break
    assert Counter(phone.sim) == Counter(expected)
    for number in numbers:
        assert [text for to, text in phone.sim if to == number] == [
            text for to, text in expected if to == number
        ]
    assert await letters.states(ids) == ["delivered"] * len(ids)
    assert sorted(desk.texts) == sorted(said)
    assert {inbound.address for inbound in desk.stored} == set(numbers)


async def test_a_message_is_told_again_until_the_phone_reports_on_it(
    phone: Phone, gateway: PhoneGateway, letters: Letters, clock: FakeClock
) -> None:
    (letter,) = await letters.write("你好")
    await letters.outbox(gateway).drain()
    assert await letters.states([letter]) == ["offered"]
    first = await phone.post({})
    again = await phone.post({"messages": [], "updates": []})
    assert first == again
    (told,) = first["messages"]
    assert (told["to"], told["content"]) == ("13800001234", "你好")
    assert await letters.states([letter]) == ["fetched"]
    assert await phone.post({"updates": [{"id": told["id"], "status": "UNSENT"}]}) == {"messages": []}
    assert await phone.post({}) == {"messages": []}
    assert await letters.states([letter]) == ["fetched"]
    await phone.post({"updates": [{"id": told["id"], "status": "SENT"}]})
    row = await letters.row(letter)
    assert (row.state, row.gateway, row.parts) == ("sent", "gupo", 1)
    await phone.post({"updates": [{"id": told["id"], "status": "DELIVERED"}]})
    await phone.post(
        {"updates": [{"id": told["id"], "status": "FAILED"}, {"id": told["id"], "status": "SENT"}]}
    )
    assert await letters.states([letter]) == ["delivered"]


async def test_what_the_phone_could_not_send_is_failed_and_a_person_may_send_it_again(
    phone: Phone, gateway: PhoneGateway, letters: Letters, clock: FakeClock
) -> None:
    (letter,) = await letters.write("你好")
    outbox = letters.outbox(gateway)
    await outbox.drain()
    (told,) = await phone.calls()
    phone.fails(told["id"])
    assert await phone.calls() == []
    row = await letters.row(letter)
    assert (row.state, row.error) == ("failed", "the phone could not send it")
    clock.advance(minutes=5)
    assert await retry(letters.database, [letter], clock()) == {letter: "queued"}
    await outbox.drain()
    (again,) = await phone.calls()
    assert again["id"] != told["id"]  # the phone would drop one it knows
    await phone.post({"updates": [{"id": told["id"], "status": "FAILED"}]})  # late, of the first attempt
    assert await letters.states([letter]) == ["fetched"]
    for _ in range(3):
        phone.works()
    await phone.calls()
    assert await letters.states([letter]) == ["delivered"]
    assert phone.sim == [("13800001234", "你好")]


async def test_a_phone_that_comes_back_releases_nothing_old(
    phone: Phone, gateway: PhoneGateway, letters: Letters, clock: FakeClock
) -> None:
    unseen, seen = await letters.write("早该去了", kind="reminder", expires=timedelta(hours=12)), []
    outbox = letters.outbox(gateway)
    seen = await letters.write("也早该去了", to="13800005678", expires=timedelta(hours=12))
    await outbox.drain()
    async with letters.database.transaction() as tx:  # the phone was told of one of them
        await Outgoing.filter(id=unseen[0]).using_db(tx).update(due_at=clock() + timedelta(hours=1))
    await phone.post({})
    clock.advance(days=3)
    assert await phone.post({}) == {"messages": []}
    assert await letters.states([*unseen, *seen]) == ["expired", "unknown"]


async def test_a_phone_that_calls_no_more_leaves_nothing_pending(
    gateway: PhoneGateway, letters: Letters, clock: FakeClock
) -> None:
    ids = await letters.write("你好")
    await letters.outbox(gateway).drain()
    clock.advance(days=2)
    await gateway.settle()
    row = await letters.row(ids[0])
    assert (row.state, row.error) == ("expired", "the phone did not call")


async def test_a_sim_sends_so_much_an_hour_and_danger_goes_beyond(
    make: Make, session: aiohttp.ClientSession, letters: Letters, clock: FakeClock
) -> None:
    gateway = make(parts_per_hour=3)
    async with serving([gateway]) as url:
        phone = Phone(session, url, basic("gupo", "password of gupo"))
        await letters.write(*(f"第{n}条" for n in range(5)))
        outbox = letters.outbox(gateway)
        await outbox.drain()
        assert [told["content"] for told in await phone.calls()] == ["第0条", "第1条", "第2条"]
        phone.works()
        assert await phone.calls() == []
        await letters.write("大出血！", kind="danger")
        await outbox.drain()
        assert [told["content"] for told in await phone.calls()] == ["大出血！"]
        clock.advance(minutes=61)
        assert [told["content"] for told in await phone.calls()] == ["第3条", "第4条"]


async def test_the_most_urgent_is_told_first(phone: Phone, gateway: PhoneGateway, letters: Letters) -> None:
    for kind in ("reminder", "notice", "urgent", "reply", "danger"):
        await letters.write(kind, kind=kind, to=f"1380000000{len(kind) % 10}")
    await letters.outbox(gateway).drain()
    told = [one["content"] for one in await phone.calls()]
    assert told == ["danger", "reply", "urgent", "reminder", "notice"]


async def test_each_phone_is_told_of_its_own_letters_and_believed_about_them_only(
    make: Make, session: aiohttp.ClientSession, letters: Letters
) -> None:
    here, there = make("gupo"), make("jiading")
    async with serving([here, there]) as url:
        phones = [Phone(session, url, basic(name, f"password of {name}")) for name in ("gupo", "jiading")]
        (letter,) = await letters.write("你好")
        await letters.outbox(here).drain()
        assert await phones[1].calls() == []
        (told,) = await phones[0].calls()
        await phones[1].post({"updates": [{"id": told["id"], "status": "DELIVERED"}]})
        await phones[1].post({"updates": [{"id": told["id"], "status": "UNSENT"}]})
        assert await letters.states([letter]) == ["fetched"]
        assert await phones[0].post({}) == {"messages": [told]}


# The last look, at the moment of telling


async def test_words_and_recipient_are_those_of_the_moment(
    make: Make, session: aiohttp.ClientSession, letters: Letters
) -> None:
    async def made_now(row: Outgoing) -> Letter | Drop | Later:
        row.address = "13900009999"
        return Letter(row.id, "新的话")

    gateway = make(recheck=made_now)
    async with serving([gateway]) as url:
        phone = Phone(session, url, basic("gupo", "password of gupo"))
        await letters.write("旧的话", kind="reminder")
        await letters.outbox(gateway).drain()
        first = await phone.post({})
        assert [(told["to"], told["content"]) for told in first["messages"]] == [("13900009999", "新的话")]
        assert await phone.post({}) == first


async def test_what_lost_its_reason_is_not_told(
    make: Make, session: aiohttp.ClientSession, letters: Letters, clock: FakeClock
) -> None:
    verdict: list[Letter | Drop | Later | Exception] = [Later("quiet hours", timedelta(hours=9))]

    async def recheck(row: Outgoing) -> Letter | Drop | Later:
        found = verdict[0]
        if isinstance(found, Exception):
            raise found
        return found

    gateway = make(recheck=recheck)
    async with serving([gateway]) as url:
        phone = Phone(session, url, basic("gupo", "password of gupo"))
        (letter,) = await letters.write("该产检了", kind="reminder")
        await letters.outbox(gateway).drain()
        assert await phone.calls() == []
        assert await letters.states([letter]) == ["offered"]
        verdict[0] = RuntimeError("13800001234")
        clock.advance(hours=9)
        assert await phone.calls() == []
        verdict[0] = Drop("she gave birth")
        clock.advance(minutes=2)
        assert await phone.calls() == []
    row = await letters.row(letter)
    assert (row.state, row.error) == ("expired", "she gave birth")


async def test_a_damaged_letter_holds_up_no_other(
    phone: Phone, gateway: PhoneGateway, letters: Letters
) -> None:
    damaged, _ = await letters.write("坏的", "好的")
    await letters.outbox(gateway).drain()
    async with letters.database.transaction() as tx:
        await tx.execute_query(f"UPDATE outgoing SET payload = address WHERE id = '{damaged}'")  # noqa: S608
    assert [told["content"] for told in await phone.calls()] == ["好的"]
    (row,) = await Outgoing.filter(id=damaged).using_db(letters.database.reading).only("state", "error")
    assert (row.state, row.error) == ("expired", "unreadable")


async def test_a_long_letter_is_shortened_and_signed(
    make: Make, session: aiohttp.ClientSession, letters: Letters
) -> None:
    gateway = make(signature="【孕管】", max_parts=1)
    async with serving([gateway]) as url:
        phone = Phone(session, url, basic("gupo", "password of gupo"))
        await letters.write("好" * 200)
        await letters.outbox(gateway).drain()
        (told,) = await phone.calls()
    assert told["content"] == "【孕管】" + "好" * 65 + "…"


# request → message

MESSAGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "chinese": ({"content": "怀孕 李梅🤰"}, {"text": "怀孕 李梅🤰", "kind": "text"}),
    "two days late": ({"sms_sent": -2 * 86_400_000}, {"late": timedelta(days=2)}),
    "times as text": ({"sms_sent": "text"}, {"late": timedelta(hours=1)}),
    "times of rubbish": ({"sms_sent": "soon", "sms_received": None}, {"late": timedelta(0)}),
    "times of more rubbish": ({"sms_sent": 1e300, "sms_received": True}, {"late": timedelta(0)}),
    "only received": ({"sms_sent": None}, {"late": timedelta(seconds=30)}),
    "from the future": ({"sms_sent": 86_400_000}, {"late": timedelta(0)}),
    "empty": ({"content": ""}, {"text": "", "kind": "other"}),
    "no content": ({"content": None}, {"text": "", "kind": "other"}),
    "NUL": ({"content": "好\0的"}, {"text": "好的"}),
    "a short code": ({"from": "10086"}, {"address": "10086"}),
    "abroad": ({"from": "0085261234567"}, {"address": "+85261234567"}),
}


@pytest.mark.parametrize("case", MESSAGES)
async def test_what_a_message_is(phone: Phone, desk: Desk, clock: FakeClock, case: str) -> None:
    changes, expected = MESSAGES[case]
    now = milliseconds(clock)
    told: dict[str, Any] = {
        "id": "a", "from": "+8613800001234", "content": "x",
        "sms_sent": now - 3_600_000, "sms_received": now - 30_000, **changes,
    }  # fmt: skip
    if told["sms_sent"] == "text":
        told["sms_sent"] = str(now - 3_600_000)
    elif isinstance(told["sms_sent"], int) and abs(told["sms_sent"]) < now // 2:
        told["sms_sent"] += now
    assert await phone.post({"messages": [told], "updates": []}) == {"messages": []}
    (inbound,) = desk.stored
    found = {"late": inbound.received_at - inbound.sent_at, "text": inbound.text, "kind": inbound.kind}
    assert expected.items() <= {**found, "address": inbound.address}.items()
    assert inbound.provider_id == "gupo:a"


async def test_rubbish_among_messages_holds_up_no_other(phone: Phone, desk: Desk) -> None:
    rubbish: list[Any] = [
        None,
        1,
        "x",
        [],
        {},
        {"id": 5},
        {"id": "a"},
        {"from": "1"},
        {"id": "", "from": "1"},
    ]
    good = {"id": "b", "from": "13800001234", "content": "在吗"}
    updates = [
        None,
        {},
        {"id": "x"},
        {"id": 1, "status": 2},
        {"id": "x", "status": "NEW"},
        {"id": "x" * 999, "status": "SENT"},
    ]
    assert await phone.post({"messages": [*rubbish, good], "updates": updates}) == {"messages": []}
    assert desk.texts == ["在吗"]


async def test_what_is_not_stored_comes_again(phone: Phone, desk: Desk, clock: FakeClock) -> None:
    phone.receives("13800001234", "一", milliseconds(clock))
    phone.receives("13800001234", "二", milliseconds(clock))
    desk.refuses = lambda inbound: inbound.text == "一"
    with pytest.raises(Lost, match="503"):
        await phone.calls()
    desk.refuses = lambda inbound: False
    await phone.calls()
    assert sorted(desk.texts) == ["一", "二"]
    assert phone.done()
