from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.county import DestinationSettings
from bot.outbox import retry
from storage.models import Delivery
from tests.support.county import Office
from tests.support.receiver import SECRET, Receiver, Say, receiving
from tests.support.reports import report
from tests.support.waiting import running, until


async def test_a_report_arrives_once_with_a_good_signature(office: Office, receiver: Receiver) -> None:
    (filed,) = await office.file(report())
    await office.deliveries().drain()
    await office.deliveries().drain()
    assert receiver.attempts == [filed]
    assert receiver.reports[filed]["data"]["body"]["woman_name"] == "王小芳"
    row = await office.row(filed)
    assert (row.state, row.last_status, row.attempts, row.lease_until) == ("acknowledged", 200, 1, None)
    assert await office.listed() == ""


async def test_it_is_signed_afresh_at_each_attempt(office: Office, receiver: Receiver) -> None:
    await office.file(report())
    receiver.script.extend([Say(500), Say(200)])
    await office.deliveries().drain()
    await office.settle(hours=1)
    first, second = receiver.timestamps
    assert second - first == 3600


@pytest.mark.parametrize("status", [201, 202, 204, 409])
async def test_taken_or_had_already(office: Office, receiver: Receiver, status: int) -> None:
    (filed,) = await office.file(report())
    receiver.script.append(Say(status))
    await office.deliveries().drain()
    row = await office.row(filed)
    assert (row.state, row.last_status) == ("acknowledged", status)
    assert await office.listed() == ""


@pytest.mark.parametrize("status", [400, 410, 413, 422])
async def test_never_to_be_taken_is_a_dead_letter_that_blocks_nothing(
    office: Office, receiver: Receiver, status: int
) -> None:
    first, second = await office.file(report(), report(version=2, supersedes=1))
    receiver.script.append(Say(status, body=b"no such village: \xe7\x8e\x8b\xe5\xb0\x8f\xe8\x8a\xb3"))
    await office.deliveries().drain()
    assert await office.states([first, second]) == ["dead", "acknowledged"]
    assert office.alarms == [("delivery_dead", f"county: {first}, HTTP {status}")]
    expected = f"{first} county pregnancy dead 1 - {status} HTTP {status}"
    assert (await office.listed()).split() == expected.split()


@pytest.mark.parametrize("status", [401, 403, 404, 407, 302, 307])
async def test_a_wrong_account_or_address_pauses_and_loses_nothing(
    office: Office, receiver: Receiver, status: int
) -> None:
    ids = await office.file(*(report(n) for n in range(1, 21)))
    receiver.always = lambda content: Say(status, headers={"location": receiver.url})
    deliveries = office.deliveries(at_once=4)
    await deliveries.drain()
    assert await office.paused()
    assert office.alarms == [("destination_paused", f"county: HTTP {status}")]
    assert set(await office.states(ids)) == {"queued"}
    assert len(receiver.attempts) == 4  # what was under way, and no more
    lines = (await office.listed()).splitlines()
    assert lines[0].split() == f"county county destination paused 0 - - HTTP {status}".split()
    assert len(lines) == 21
    assert all(" paused " in line for line in lines)

    await office.settle(days=3)
    assert len(receiver.attempts) == 4

    receiver.always = None
    await deliveries.resume("county")
    await deliveries.drain()
    assert set(await office.states(ids)) == {"acknowledged"}
    assert len(receiver.reports) == 20
    assert await office.listed() == ""


async def test_a_pause_is_ended_from_the_command_line(office: Office, receiver: Receiver) -> None:
    (filed,) = await office.file(report())
    receiver.script.append(Say(401))
    await office.deliveries().drain()
    assert await retry(office.database, ["county"], office.clock()) == {"county": "queued"}
    await office.deliveries().drain()
    assert await office.has(filed, "acknowledged")


async def test_a_pause_that_stands_at_the_start_is_told_again(office: Office, receiver: Receiver) -> None:
    await office.file(report())
    receiver.script.append(Say(403))
    await office.deliveries().drain()
    office.alarms.clear()

    async def told() -> bool:
        return office.alarms == [("destination_paused", "county: HTTP 403")]

    async with running(office.deliveries()):
        await until(told)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
async def test_not_now_is_tried_again(office: Office, receiver: Receiver, status: int) -> None:
    (filed,) = await office.file(report())
    receiver.script.append(Say(status))
    await office.deliveries().drain()
    row = await office.row(filed)
    assert (row.state, row.last_status, row.error) == ("queued", status, f"HTTP {status}")
    assert timedelta() < row.due_at - office.clock() <= timedelta(seconds=5)
    listed = await office.listed()
    assert " retrying " in listed
    assert listed.split()[-3:] == [str(status), "HTTP", str(status)]
    await office.settle(hours=1)
    assert await office.has(filed, "acknowledged")


async def test_retry_after_is_honoured(office: Office, receiver: Receiver) -> None:
    await office.file(report())
    receiver.script.append(Say(429, headers={"retry-after": "600"}))
    await office.deliveries().drain()
    await office.settle(minutes=9)
    assert len(receiver.attempts) == 1
    await office.settle(minutes=3)
    assert len(receiver.attempts) == 2


async def test_a_receiver_that_is_down_for_a_while(office: Office, receiver: Receiver) -> None:
    ids = await office.file(*(report(n) for n in range(1, 6)))
    await receiver.down()
    for _ in range(6):
        await office.settle(hours=1)
    assert set(await office.states(ids)) == {"queued"}
    row = await office.row(ids[0])
    assert (row.attempts, row.last_status, row.error) == (6, None, "ClientConnectorError")
    assert (await office.listed()).count(" retrying ") == 5
    assert office.alarms == []

    await receiver.up()
    await office.settle(hours=1)
    assert set(await office.states(ids)) == {"acknowledged"}
    assert list(receiver.reports) == ids
    assert receiver.repeats == 0


async def test_a_receiver_that_is_too_slow(office: Office, receiver: Receiver) -> None:
    (filed,) = await office.file(report())
    never = asyncio.Event()
    receiver.script.append(Say(until=never))
    await office.deliveries(timeout=0.1).drain()
    row = await office.row(filed)
    assert (row.state, row.last_status, row.error) == ("queued", None, "timeout")
    never.set()
    await office.settle(hours=1)
    assert await office.has(filed, "acknowledged")


async def test_an_answer_that_was_lost_makes_no_second_report(office: Office, receiver: Receiver) -> None:
    (filed,) = await office.file(report())
    receiver.script.append(Say(cut=True, taken=True))
    await office.deliveries().drain()
    assert (await office.row(filed)).error == "ServerDisconnectedError"
    await office.settle(hours=1)
    assert await office.has(filed, "acknowledged")
    assert receiver.attempts == [filed, filed]
    assert list(receiver.reports) == [filed]


async def test_an_endless_answer_is_not_read(office: Office, receiver: Receiver) -> None:
    (filed,) = await office.file(report())
    receiver.script.append(Say(200, body=b"x" * 50_000_000))
    async with asyncio.timeout(20):
        await office.deliveries().drain()
    assert await office.has(filed, "acknowledged")


async def test_the_order_within_a_pregnancy_holds(office: Office, receiver: Receiver) -> None:
    hers = await office.file(
        report(1), report(1, version=2, supersedes=1), report(1, version=3, supersedes=2)
    )
    (others,) = await office.file(report(2))
    receiver.script.extend([Say(503), Say(200)])
    await office.deliveries(at_once=1).drain()
    assert receiver.attempts == [hers[0], others]  # 2 and 3 wait for 1
    await office.settle(hours=1)
    assert list(receiver.reports) == [others, *hers]


async def test_one_destination_does_not_wait_for_another(office: Office, receiver: Receiver) -> None:
    async with receiving(clock=office.clock) as province:
        held = asyncio.Event()
        receiver.always = lambda content: Say(until=held)
        slow = await office.file(*(report(n) for n in range(1, 30)))
        (quick,) = await office.file(report(99), to="province")
        both = office.deliveries(
            more={"province": DestinationSettings(province.url, SECRET, timedelta(seconds=5))}
        )
        async with running(both):
            await until(lambda: office.has(quick, "acknowledged"))
            assert "acknowledged" not in await office.states(slow)
            assert receiver.busiest <= 8
            held.set()
            await until(lambda: office.has(slow[-1], "acknowledged"))


async def test_a_lease_that_ran_out_is_sent_again(office: Office, receiver: Receiver) -> None:
    (filed,) = await office.file(
        report(), state="sending", attempts=1, lease_until=office.clock() + timedelta(minutes=1)
    )
    await office.deliveries().drain()
    assert receiver.attempts == []
    await office.settle(minutes=2)
    assert receiver.attempts == [filed]
    assert (await office.row(filed)).attempts == 2


async def test_two_workers_never_send_the_same_delivery(office: Office, receiver: Receiver) -> None:
    ids = []
    for n in range(1, 41):
        ids += await office.file(report(n), report(n, version=2, supersedes=1))
    await asyncio.gather(*(office.deliveries().drain() for _ in range(3)))
    await office.deliveries().drain()
    assert receiver.repeats == 0
    assert sorted(receiver.attempts) == sorted(ids)
    for first, second in zip(ids[::2], ids[1::2], strict=True):
        assert receiver.attempts.index(first) < receiver.attempts.index(second)


async def test_a_dead_letter_is_sent_again_by_hand_only(office: Office, receiver: Receiver) -> None:
    (filed,) = await office.file(report())
    receiver.script.append(Say(422))
    await office.deliveries().drain()
    await office.settle(days=30)
    assert receiver.attempts == [filed]
    assert await retry(office.database, [filed], office.clock()) == {filed: "queued"}
    await office.deliveries().drain()
    assert await office.has(filed, "acknowledged")
    assert await retry(office.database, [filed], office.clock()) == {filed: "unchanged"}


async def test_an_alarm_that_fails_stops_nothing(office: Office, receiver: Receiver) -> None:
    dead, fine = await office.file(report(1), report(2))
    receiver.script.append(Say(400))

    async def broken(kind: str, detail: str) -> None:
        raise RuntimeError(detail)

    deliveries = office.deliveries(at_once=1)
    deliveries._shelves["county"]._alarm = broken
    await deliveries.drain()
    assert await office.states([dead, fine]) == ["dead", "acknowledged"]


async def test_nothing_personal_is_logged_or_listed(
    office: Office, receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.file(*(report(n) for n in range(1, 5)))
    echo = "王小芳".encode()
    receiver.script.extend([Say(422, body=echo), Say(500, body=echo), Say(302, body=echo), Say(cut=True)])
    await office.deliveries().drain()
    listed = await office.listed()
    heard = capsys.readouterr()
    for words in (listed, heard.out, heard.err):
        assert "王小芳" not in words
        assert SECRET.removeprefix("whsec_") not in words
        assert "127.0.0.1" not in words
    assert listed.count("\n") == 5
    assert await Delivery.filter(state="sending").using_db(office.database.reading).count() == 0
