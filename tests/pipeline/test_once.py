"""A message is stored once, however often it is brought; a batch is committed whole, or not at all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot import pipeline
from bot.pipeline import NotTaken
from storage.models import Audit, Contact, Delivery, Inbound, Outgoing, Session, Woman
from tests.support.clock import FakeClock
from tests.support.town import OpenTowns, Somebody, Town, person, submit, wired

PREGNANCY = ("怀孕", "李梅", "9月3号", "就这些", "对")


async def counts(town: Town) -> dict[str, int]:
    tables = (Inbound, Session, Outgoing, Audit, Delivery, Woman, Contact)
    return {
        model._meta.db_table: await model.all().using_db(town.database.reading).count() for model in tables
    }


async def test_brought_twice_in_one_batch(town: Town, coordinator: Somebody) -> None:
    inbound = town.inbound(coordinator, "怀孕")
    assert await town.submit(inbound, inbound) == [None, None]
    assert len(await town.letters(coordinator)) == 1


async def test_brought_again_later(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, *PREGNANCY[:-1])
    inbound = town.inbound(coordinator, "对")
    assert await town.submit(inbound) == [None]
    before = await counts(town)
    assert await town.submit(inbound) == [None]
    assert await counts(town) == before
    assert len(await town.reports()) == 1


async def test_one_id_from_two_senders_is_one_message(town: Town) -> None:
    """A provider that gives an id twice is wrong; then the first one counts."""
    first, second = person("coordinator-1"), person("coordinator-3")
    inbounds = [town.inbound(who, "怀孕", provider_id="7") for who in (first, second)]
    assert await town.submit(*inbounds) == [None, None]
    assert len(await town.letters(first)) == 1
    assert await town.letters(second) == []


async def test_the_same_id_on_two_channels_is_two_messages(town: Town, coordinator: Somebody) -> None:
    sms = coordinator.by("sms", "19900000011")
    inbounds = [
        town.inbound(who, text, provider_id="7") for who, text in ((coordinator, "怀孕"), (sms, "李梅"))
    ]
    assert await town.submit(*inbounds) == [None, None]
    assert len(await town.letters(coordinator)) == 2


async def test_brought_to_two_processes_at_once(
    town: Town, coordinator: Somebody, open_towns: OpenTowns
) -> None:
    one, two = await open_towns(2)
    for text in PREGNANCY:
        inbound = town.inbound(coordinator, text)
        taken = await asyncio.gather(submit(one.pipeline, inbound), submit(two.pipeline, inbound))
        assert taken == [[None], [None]]
    assert len(await town.reports()) == 1
    assert (await counts(town))["inbound"] == len(PREGNANCY)


async def test_a_stranger_writes_to_two_processes_at_once(town: Town, open_towns: OpenTowns) -> None:
    one, two = await open_towns(2)
    before = (await counts(town))["contact"]
    nobody = Somebody("", "chat-nobody")
    inbounds = [town.inbound(nobody, text) for text in ("你好", "您好")]
    await asyncio.gather(submit(one.pipeline, inbounds[0]), submit(two.pipeline, inbounds[1]))
    assert (await counts(town))["contact"] == before + 1
    assert (await counts(town))["inbound"] == 2


async def test_a_commit_that_fails_takes_nothing(
    town: Town, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew = await town.crew(5)
    before = await counts(town)
    inbounds = [town.inbound(who, "怀孕") for who in crew]
    async with town.database.transaction() as tx:
        kind = type(tx)

    async def full(self: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as while_full:
        while_full.setattr(kind, "commit", full)
        taken = await town.submit(*inbounds)
    assert all(isinstance(one, NotTaken) for one in taken)
    assert await counts(town) == before

    assert await town.submit(*inbounds) == [None] * len(crew)
    assert (await counts(town))["inbound"] == len(crew)
    for who in crew:
        assert len(await town.letters(who)) == 1


async def test_a_report_survives_a_failing_commit(
    town: Town, coordinator: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.say(coordinator, *PREGNANCY[:-1])
    inbound = town.inbound(coordinator, "对")
    async with town.database.transaction() as tx:
        kind = type(tx)
    real = kind.commit
    fails = iter((True, True, False))

    async def sometimes(self: Any) -> None:
        if next(fails):
            raise OSError("disk full")
        await real(self)

    monkeypatch.setattr(kind, "commit", sometimes)
    assert isinstance((await town.submit(inbound))[0], NotTaken)
    assert isinstance((await town.submit(inbound))[0], NotTaken)
    assert await town.submit(inbound) == [None]
    assert len(await town.reports()) == 1
    assert (await town.letters(coordinator))[-1].text.startswith("报好了")


async def test_nobody_is_told_before_the_commit(
    town: Town, coordinator: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town.database.transaction() as tx:
        kind = type(tx)
    real = kind.commit
    taken = asyncio.ensure_future(asyncio.sleep(0))
    seen: list[bool] = []

    async def watched(self: Any) -> None:
        seen.append(taken.done())
        await real(self)
        seen.append(taken.done())

    monkeypatch.setattr(kind, "commit", watched)
    await taken
    stop = asyncio.Event()
    stop.set()
    taken = asyncio.ensure_future(town.pipeline.submit(town.inbound(coordinator, "怀孕")))
    await asyncio.sleep(0)
    await town.pipeline.run(stop)
    await taken
    assert seen == [False, False]


async def test_stopped_in_mid_batch(
    town: Town, coordinator: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever brought a message learns that it was not taken, and the lock is free for the next start."""
    reached, go = asyncio.Event(), asyncio.Event()
    load = pipeline.load_people

    async def slow(*more: Any) -> Any:
        reached.set()
        await go.wait()
        return await load(*more)

    with monkeypatch.context() as slowly:
        slowly.setattr(pipeline, "load_people", slow)
        waiting = asyncio.ensure_future(town.pipeline.submit(town.inbound(coordinator, "怀孕")))
        running = asyncio.ensure_future(town.pipeline.run(asyncio.Event()))
        await reached.wait()
        late = asyncio.ensure_future(town.pipeline.submit(town.inbound(coordinator, "李梅")))
        await asyncio.sleep(0)
        running.cancel()
        found = await asyncio.gather(running, waiting, late, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert isinstance(found[1], NotTaken)
    assert isinstance(found[2], NotTaken)
    assert (await counts(town))["inbound"] == 0
    await town.say(coordinator, "怀孕")


async def test_whoever_no_longer_waits_is_heard_all_the_same(town: Town, coordinator: Somebody) -> None:
    """A provider that hangs up before our answer: the message is stored, its repeat does nothing."""
    inbound = town.inbound(coordinator, "怀孕")
    impatient = asyncio.ensure_future(town.pipeline.submit(inbound))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await town.submit(inbound) == [None]
    assert len(await town.letters(coordinator)) == 1


async def test_restarted_between_every_two_messages(town: Town, coordinator: Somebody) -> None:
    for text in PREGNANCY:
        async with wired(town.database, town.clock) as again:
            await again.say(coordinator, text)
        town.clock.advance(minutes=1)
    (report,) = await town.reports()
    assert report.body == {"woman_name": "李梅", "village": "杨梅坑村", "lmp": "2026-09-03"}
