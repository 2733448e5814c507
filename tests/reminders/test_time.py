"""Outages, quiet hours, crashes, two processes: what is useful is told once, the rest not at all, nothing twice."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.base import Later, Letter
from conversations.local_time import LOCAL
from storage.crypto import Keyring
from storage.database import open_database
from storage.models import CareAct, Outgoing, Pregnancy
from tests.support.clock import FakeClock
from tests.support.forked import start_forked
from tests.support.registrar import Registrar
from tests.support.town import Town, wired
from tests.support.watch import COORDINATOR, TOWNSHIP

ROOT = Path(__file__).parents[2]
SOON = "visit:antenatal_2:soon"


async def reminded_soon(clerk: Registrar) -> None:
    """The evening before a reminder of the second visit is due."""
    await clerk.found()
    await clerk.settle()
    await clerk.consents()
    await clerk.file("antenatal_visit")
    await clerk.until("2027-01-19", 20)


async def test_three_days_off(clerk: Registrar) -> None:
    """Registered, an appointment tomorrow; then nothing runs for three days."""
    await clerk.found()
    await clerk.settle()
    await clerk.consents()
    await clerk.file("antenatal_visit", next_appointment="2026-12-20")
    await clerk.until("2026-12-18", 20)
    before = clerk.heard()
    clerk.off("2026-12-21", 9)
    await clerk.settle()
    assert [text for _, text in clerk.heard()[len(before) :]] == [
        "您好，12月20日约的产检要是没赶上，这几天去也行。去过了回“去过了”，有难处回“不方便”，村医来帮忙。"
    ]
    assert (await clerk.states())["appointment:2026-12-20"] == "skipped stale"


async def test_a_reminder_still_useful_after_three_days_is_told_once(clerk: Registrar) -> None:
    await reminded_soon(clerk)
    before = len(clerk.heard())
    clerk.off("2027-01-23", 11)
    await clerk.settle()
    await clerk.settle()
    assert [text[:9] for _, text in clerk.heard()[before:]] == ["您好，该做产检了，"]
    await clerk.until("2027-01-27")
    assert len(clerk.heard()) == before + 1


async def test_a_gateway_out_for_two_days(
    clerk: Registrar, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reminded_soon(clerk)
    before = len(clerk.heard())
    send = town.app.channels["sms"].send

    async def out(address: str, letter: Letter) -> Later:
        return Later("no network", timedelta(hours=1))

    monkeypatch.setattr(town.app.channels["sms"], "send", out)
    await clerk.until("2027-01-21", 22)
    assert len(clerk.heard()) == before
    monkeypatch.setattr(town.app.channels["sms"], "send", send)
    await clerk.until("2027-01-23", 12)
    assert len(clerk.heard()) == before + 1
    assert (await clerk.states())[SOON] in ("made", "sent")
    await clerk.until("2027-01-24", 12)
    assert (await clerk.states())[SOON] == "sent"


async def test_a_gateway_out_past_its_use_leaves_it_unsaid_and_says_why(
    clerk: Registrar, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reminded_soon(clerk)
    before = len(clerk.heard())
    send = town.app.channels["sms"].send

    async def out(address: str, letter: Letter) -> Later:
        return Later("no network", timedelta(hours=6))

    monkeypatch.setattr(town.app.channels["sms"], "send", out)
    await clerk.until("2027-01-28", 7)
    monkeypatch.setattr(town.app.channels["sms"], "send", send)
    await clerk.until("2027-01-29", 12)
    assert (await clerk.states())[SOON] in ("skipped outage", "skipped stale")
    assert not [text for _, text in clerk.heard()[before:] if "该做产检了" in text]
    assert "还没有听到您产检的消息" in clerk.heard()[-1][1]


@pytest.mark.parametrize("hour", [21, 23, 3, 7])
async def test_a_woman_found_at_night_is_asked_in_the_morning(clerk: Registrar, hour: int) -> None:
    clerk.off("2026-12-02", hour)
    await clerk.found()
    await clerk.settle()
    assert clerk.heard() == []
    await clerk.until("2026-12-03" if hour > 12 else "2026-12-02", 8)
    assert len(clerk.heard()) == 1


async def test_a_letter_that_waited_into_the_night_leaves_in_the_morning(
    clerk: Registrar, town: Town
) -> None:
    await reminded_soon(clerk)
    clerk.off("2027-01-20", 8)
    await town.app.care.check()
    before = len(clerk.heard())
    clerk.off("2027-01-20", 22)
    await town.app.outbox.drain()
    assert len(clerk.heard()) == before
    row = (await clerk.outgoing("reminder"))[-1]
    assert (row.state, row.error) == ("queued", "quiet hours")
    assert row.due_at.astimezone(LOCAL).hour in (8, 9)
    town.clock.set(row.due_at)
    await town.app.outbox.drain()
    assert len(clerk.heard()) == before + 1


async def test_nothing_at_all_is_said_at_night(clerk: Registrar, town: Town) -> None:
    await clerk.found(lmp="2026-05-01")
    await clerk.file("risk_grade", colour="red")
    hours = set()
    for _ in range(24 * 12):
        town.clock.advance(hours=1)
        before = len(clerk.heard()) + sum(
            len(clerk.heard(one.address, "chat")) for one in (COORDINATOR, TOWNSHIP)
        )
        await clerk.settle()
        after = len(clerk.heard()) + sum(
            len(clerk.heard(one.address, "chat")) for one in (COORDINATOR, TOWNSHIP)
        )
        if after > before:
            hours.add(town.clock().astimezone(LOCAL).hour)
    assert hours
    assert all(8 <= hour < 21 for hour in hours)


async def test_a_clock_set_back_tells_nothing_twice(clerk: Registrar, town: Town) -> None:
    await reminded_soon(clerk)
    await clerk.until("2027-01-21")
    before = clerk.heard()
    clerk.off("2027-01-10")
    await clerk.settle()
    await clerk.until("2027-01-26")
    assert clerk.heard() == before


# ── one morning message ─────────────────────────────────────────────────────────────────────────────────


async def test_one_digest_a_morning_for_all_that_is_to_be_done(clerk: Registrar) -> None:
    for number, name in enumerate(("李梅", "张桂花", "王秀英")):
        await clerk.found(name, lmp=f"2026-09-0{number + 1}", phone=None)
        await clerk.file("antenatal_visit", name)
    await clerk.until("2027-02-01")
    told = clerk.heard(COORDINATOR.address, "chat")
    assert max(Counter(day for day, _ in told).values()) == 1
    assert [day for day, _ in told] == sorted(day for day, _ in told)


async def test_what_follows_from_a_report_of_today_waits_for_tomorrows_digest(clerk: Registrar) -> None:
    await clerk.found()
    await clerk.settle()
    await clerk.consents()
    await clerk.until("2027-06-09", 15)
    before = len(clerk.heard(COORDINATOR.address, "chat"))
    await clerk.file("birth", place_kind="home", children=[{"sex": "male"}])
    await clerk.settle()
    assert len(clerk.heard(COORDINATOR.address, "chat")) == before
    await clerk.until("2027-06-10", 8)
    ((day, text),) = clerk.heard(COORDINATOR.address, "chat")[before:]
    assert (day, "上门看看" in text) == ("2027-06-10", True)


async def test_a_digest_lost_in_an_outage_is_in_the_next(
    clerk: Registrar, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await clerk.found(phone=None)
    await clerk.file("antenatal_visit")
    send = town.app.channels["chat"].send

    async def out(address: str, letter: Letter) -> Later:
        return Later("no network", timedelta(hours=2))

    monkeypatch.setattr(town.app.channels["chat"], "send", out)
    await clerk.until("2027-01-21", 7)
    assert clerk.heard(COORDINATOR.address, "chat") == []
    monkeypatch.setattr(town.app.channels["chat"], "send", send)
    await clerk.until("2027-01-22", 12)
    assert "第二次产检" in clerk.words(COORDINATOR.address, "chat")
    told = clerk.words(COORDINATOR.address, "chat").count("第二次产检，")
    await clerk.until("2027-01-27", 12)
    assert clerk.words(COORDINATOR.address, "chat").count("第二次产检，") == told == 1


async def test_a_village_without_a_coordinator_tells_the_township(clerk: Registrar, town: Town) -> None:
    far = Registrar(town, village="xf-gupo-zhuyingtang")
    await far.found(phone=None)
    await far.until("2026-11-26")
    assert "第一次产检" in far.words(TOWNSHIP.address, "chat")


# ── crashes, several processes, damage ──────────────────────────────────────────────────────────────────


async def test_made_and_queued_in_one_transaction(
    clerk: Registrar, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing half: a look that fails at its end leaves neither act nor letter, and is taken again."""
    await reminded_soon(clerk)
    clerk.off("2027-01-20", 8)
    before = await clerk.states()

    async def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    care, case = town.app.care, (clerk.case_id("李梅"), clerk.woman_id("李梅"))

    async def look() -> None:
        async with town.database.transaction() as tx:
            await care._batch(tx, [case], town.clock())

    with monkeypatch.context() as patch:
        patch.setattr("bot.care.update_many", broken)
        with pytest.raises(OSError, match="disk full"):
            await look()
    assert await clerk.states() == before
    await clerk.settle()
    assert (await clerk.states())[SOON] in ("made", "sent")
    assert len(await clerk.outgoing("reminder")) == 3


@pytest.mark.kernel_fault
@pytest.mark.parametrize("fault", ["outbox.claimed", "outbox.accepted"])
async def test_a_reminder_in_doubt_is_never_sent_again(
    clerk: Registrar, town: Town, database_url: str, tmp_path: Path, fault: str
) -> None:
    await reminded_soon(clerk)
    clerk.off("2027-01-20", 8)
    await town.app.care.check()
    taken = tmp_path / "provider"
    taken.touch()

    async def child(point: str = "") -> int:
        process = await start_forked(
            "tests.support.crash_child", database_url, town.clock().isoformat(), "reminders", str(taken),
            cwd=ROOT, env={**os.environ, "YUNGUAN_FAULT": point}, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return await process.wait()

    assert await child(fault) == -signal.SIGKILL
    town.clock.advance(minutes=10)
    assert await child() == 0
    assert len(taken.read_text().split()) == (1 if fault == "outbox.accepted" else 0)
    act = (await clerk.acts())[SOON]
    row = await Outgoing.get(id=act.letter_id, using_db=town.database.reading)
    assert row.state == "unknown"
    await clerk.until("2027-01-22")
    assert (await clerk.states())[SOON] == "sent"
    assert len(taken.read_text().split()) <= 1


@pytest.fixture
async def another(town: Town, database_url: str, keyring: Keyring, clock: FakeClock) -> AsyncIterator[Town]:
    """The program once more on the same database, as a process of its own."""
    database = await open_database(database_url, keyring)
    try:
        async with wired(database, clock) as other:
            yield other
    finally:
        await database.close()


async def test_two_processes_tell_everything_once(clerk: Registrar, town: Town, another: Town) -> None:
    for number in range(12):
        await clerk.found(f"李{'一二三四五六七八九十百千'[number]}", phone=f"199000001{number + 60}")
    await asyncio.gather(town.app.care.check(), another.app.care.check())
    assert await CareAct.all().using_db(town.database.reading).count() == 12
    assert len(await clerk.outgoing("reminder")) == 12
    await clerk.until("2026-11-24", 20)
    clerk.off("2026-11-25", 8)
    await asyncio.gather(town.app.care.check(), another.app.care.check())
    acts = await CareAct.filter(to_role="coordinator").using_db(town.database.reading)
    assert len(acts) == 12
    digests = [row for row in await clerk.outgoing("notice") if row.payload.get("digest")]
    told = Counter(act for row in digests for act in row.payload["tasks"])
    assert set(told.values()) == {1}


async def test_a_case_that_cannot_be_read_holds_up_no_other(clerk: Registrar, town: Town) -> None:
    await clerk.found("李梅")
    await clerk.found("张桂花", phone="19900000160")
    async with town.database.transaction() as tx:
        await tx.execute_query(
            f"UPDATE pregnancy SET details = 'broken' WHERE id = '{clerk.case_id('李梅')}'"  # noqa: S608
        )
    await clerk.settle()
    assert len(clerk.heard("19900000160")) == 1
    row = Pregnancy.filter(id=clerk.case_id("李梅")).using_db(town.database.reading)
    (look,) = await row.values_list("next_check_at", flat=True)
    assert look == town.clock() + timedelta(hours=1)
