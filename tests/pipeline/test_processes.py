"""Several processes on one database: nobody is heard twice, nothing is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random

import pytest

from bot.pipeline import NotTaken
from storage.models import Audit, Delivery, Inbound, Outgoing, Session, Woman
from tests.support.town import NAMES, OpenTowns, Somebody, Town

CONTESTED = "谢金花"
"""The woman several of them report."""


async def bring(town: Town, towns: list[Town], who: Somebody, text: str, chance: Random) -> None:
    """Bring it to one process, or to several at once, as an impatient provider does, until it is taken."""
    inbound = town.inbound(who, text)
    while True:
        some = chance.sample(towns, chance.choice((1, 1, 2)))
        taken = await asyncio.gather(*(one.pipeline.submit(inbound) for one in some), return_exceptions=True)
        if None in taken:
            assert all(one is None or isinstance(one, NotTaken) for one in taken)
            return


async def reports(town: Town, towns: list[Town], who: Somebody, names: list[str], chance: Random) -> None:
    """She reports these women one after the other; whoever is known already she leaves at that."""
    for name in names:
        for text in (f"{name}怀孕了，末次月经9月3号", "就这些", "对"):
            await bring(town, towns, who, text, chance)
            await asyncio.sleep(chance.choice((0, 0, 0.001)))
        if "报好了" not in (await town.letters(who))[-1].text:
            await bring(town, towns, who, "取消", chance)


@pytest.mark.parametrize("seed", range(4))
async def test_contacts_interleaved_between_processes(town: Town, open_towns: OpenTowns, seed: int) -> None:
    chance = Random(seed)
    towns = await open_towns(2)
    crew = await town.crew(5)
    names = {who: [*NAMES[3 * at : 3 * at + 3]] for at, who in enumerate(crew)}
    told: dict[Somebody, list[str]] = {}
    for who, hers in names.items():
        told[who] = chance.sample([*hers, CONTESTED], 4)
    stop = asyncio.Event()
    running = [asyncio.create_task(one.pipeline.run(stop)) for one in towns]
    try:
        async with asyncio.timeout(120):
            await asyncio.gather(*(reports(town, towns, who, told[who], chance) for who in crew))
    finally:
        stop.set()
        await asyncio.gather(*running)

    db = town.database.reading
    inbound = await Inbound.all().using_db(db)
    assert {row.state for row in inbound} == {"done"}
    heard = Counter(row.contact_id for row in inbound)
    for session in await Session.all().using_db(db):
        assert session.version == heard[session.contact_id]
        assert session.data["talk"] is None
        assert session.data["waiting"] == []

    filed = await town.reports()
    assert Counter(report.body["woman_name"] for report in filed) == Counter(
        [*NAMES[: 3 * len(crew)], CONTESTED]
    )
    for report in filed:
        if (name := report.body["woman_name"]) != CONTESTED:
            author = next(who for who, hers in names.items() if name in hers)
            assert report.author_id == author.contact_id.replace("c-", "s-")
    women = await Woman.all().using_db(db)
    assert Counter(woman.details["name"] for woman in women) == Counter([*NAMES[: 3 * len(crew)], CONTESTED])
    assert await Delivery.all().using_db(db).count() == len(filed)
    assert await Audit.filter(action="report.file").using_db(db).count() == len(filed)
    assert await Audit.filter(action="message").using_db(db).count() == len(inbound) - len(filed)
    # each message was answered once
    assert await Outgoing.filter(kind="reply").using_db(db).count() == len(inbound)


async def test_one_contact_on_two_channels_in_two_processes(town: Town, open_towns: OpenTowns) -> None:
    """Her chat comes in here, her text message there, at the same moment."""
    one, two = await open_towns(2)
    chat = (await town.crew(1))[0]
    sms = chat.by("sms", "13700000077")
    await town.also_reached(sms)
    stop = asyncio.Event()
    running = [asyncio.create_task(each.pipeline.run(stop)) for each in (one, two)]
    for _ in range(10):
        await asyncio.gather(
            one.pipeline.submit(town.inbound(chat, "帮助")), two.pipeline.submit(town.inbound(sms, "帮助"))
        )
    stop.set()
    await asyncio.gather(*running)
    (session,) = await Session.all().using_db(town.database.reading)
    assert session.version == 20
    assert len(await town.letters(chat)) == 20
