"""The demonstration's clock goes through every moment at which something is due, in their order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.base import Letter
from bot.demo import SimClock, contact_id, person_as, restored_clock
from bot.web import leaps
from bot.web.leaps import Leaper, next_moment, undone
from storage.database import Database
from storage.models import Outgoing, Session
from tests.support.clock import START, FakeClock
from tests.support.demo_page import Page
from tests.support.visitor import COORDINATOR, COUNTY, HER, TOWNSHIP, Visitor
from tests.support.waiting import until

CONTACT = contact_id(person_as("coordinator"))


async def test_one_leap_brings_every_reminder_at_its_own_time(visitor: Visitor) -> None:
    await visitor.finds()
    await visitor.says(HER, "愿意")
    await visitor.moves(days=12)
    heard = await visitor.heard(HER)
    assert [at for at, _ in heard[2:]] == ["2026-11-24T08:00", "2026-11-25T08:00", "2026-12-03T08:00"]
    assert [
        words in text for words, (_, text) in zip(("叶酸", "请尽快", "还没有听到"), heard[2:], strict=True)
    ]
    assert visitor.demo.clock() == START + timedelta(days=12)


async def test_an_alert_nobody_takes_climbs_on_the_way(visitor: Visitor) -> None:
    await visitor.finds()
    await visitor.says(COORDINATOR, "李梅出血了")
    await visitor.moves(hours=1)
    alerted = [at for at, text in await visitor.heard(COUNTY) if "危急" in text]
    assert alerted == [
        f"2026-11-22T{minute}" for minute in ("10:10", "10:20", "10:30", "10:40", "10:50", "11:00")
    ]
    await visitor.says(TOWNSHIP, "收到")
    await visitor.moves(hours=2)
    assert [at for at, text in await visitor.heard(COUNTY) if "危急" in text] == alerted


async def test_to_the_next_event_and_no_further(visitor: Visitor) -> None:
    await visitor.finds()
    await visitor.says(HER, "愿意")
    assert (await visitor.moves(to="next"))["moments"]
    assert visitor.demo.clock() == datetime(2026, 11, 24, tzinfo=UTC)
    assert "叶酸" in (await visitor.heard(HER))[-1][1]


async def test_where_nothing_is_due_the_clock_stays(page: Page) -> None:
    before = page.clock()
    assert await page.post("demo/clock", {"to": "next"}) == 200
    assert page.clock() == before


async def test_one_leap_at_a_time(page: Page) -> None:
    leap = {"days": 60}
    answers = await asyncio.gather(*(page.post("demo/clock", leap) for _ in range(3)))
    assert sorted(answers) == [200, 409, 409]
    assert page.clock() == START + timedelta(hours=1, days=60)


async def test_the_page_answers_while_the_clock_moves(page: Page) -> None:
    leap = asyncio.create_task(page.post("demo/clock", {"days": 300}))

    async def moving() -> bool:
        return bool((await page.state())["clock"]["moving"])

    await until(moving)
    assert await page.post("demo/say", {"phone": "chat:coordinator-1", "text": "喂"}) == 200
    assert not leap.done()
    assert await leap == 200
    assert not await moving()


async def test_what_cannot_be_done_does_not_hold_the_clock_up(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The echoing program looks at no draft."""
    monkeypatch.setattr(leaps, "PATIENCE", 0.05)
    due = page.clock() + timedelta(hours=2)
    async with page.program.database.transaction() as tx:
        await Session.create(
            contact_id=CONTACT, data={}, version=1, updated_at=START, next_check_at=due, using_db=tx
        )
    before = page.clock()
    assert await page.post("demo/clock", {"days": 30}) == 200
    assert page.clock() - before == timedelta(days=30)


async def test_thousands_of_moments_are_met_in_a_bounded_number_of_steps(
    database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def every_minute(database: Database, tables: leaps.Tables, after: datetime) -> datetime:
        return after + timedelta(minutes=1)

    async def nothing(database: Database, tables: leaps.Tables, now: datetime) -> frozenset[tuple[str, str]]:
        return frozenset()

    monkeypatch.setattr(leaps, "next_moment", every_minute)
    monkeypatch.setattr(leaps, "undone", nothing)
    seen: list[datetime] = []
    sim = SimClock(clock)

    async def ticked() -> None:
        seen.append(sim())

    async def look() -> None:
        looked.append(sim())

    looked: list[datetime] = []
    leaper = Leaper(database, (), sim, look, lambda: None, ticked)
    met = await leaper.by(timedelta(days=30))
    assert met <= leaps.EXACT + leaps.COARSE + 1
    assert seen[: leaps.EXACT] == [START + timedelta(minutes=n + 1) for n in range(leaps.EXACT)]
    assert seen == sorted(seen)
    assert seen[-1] == START + timedelta(days=30)
    assert looked[1:] == seen[:-1], "at each of them"


async def test_a_restart_in_the_middle_of_a_leap_does_not_turn_the_clock_back(
    page: Page, clock: FakeClock
) -> None:
    leap = asyncio.create_task(page.post("demo/clock", {"days": 200}))

    async def on_its_way() -> bool:
        return page.clock() > START + timedelta(days=20)

    await until(on_its_way)
    kept = (await restored_clock(page.program.database, clock))()
    assert kept >= START + timedelta(days=19)
    await leap


async def test_what_is_due_next_and_what_is_still_to_do(page: Page) -> None:
    database, now = page.program.database, page.clock()
    minute = timedelta(minutes=1)
    assert await next_moment(database, (), now) is None
    async with database.transaction() as tx:
        for number, (state, due) in enumerate(
            [("queued", now + minute), ("queued", now - minute), ("sent", now - minute)], 1
        ):
            await Outgoing.create(
                id=f"letter-{number}",
                seq=number,
                lane=CONTACT,
                contact_id=CONTACT,
                channel="chat",
                address="chat-coordinator-1",
                kind="notice",
                payload=Letter("", "您好").as_payload(),
                state=state,
                attempts=0,
                due_at=due,
                expires_at=now + timedelta(days=1),
                created_at=now,
                updated_at=now,
                using_db=tx,
            )
    assert await undone(database, (), now) == frozenset(), "the second waits for the first"
    assert await next_moment(database, (), now) == now + minute
    assert await undone(database, (), now + minute) == {("outgoing", "letter-1")}
    async with database.transaction() as tx:
        await Outgoing.filter(id="letter-1").using_db(tx).update(state="sending")
    assert await undone(database, (), now) == {("outgoing", "letter-1")}
