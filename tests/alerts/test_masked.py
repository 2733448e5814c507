"""Alerts are masked as the programme of the place they are about says, not as the one who is told would have it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot import demo
from storage.database import Database
from storage.models import Address
from tests.support.clock import FakeClock
from tests.support.town import Somebody, Town, person, wired


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with wired(database, clock) as town:
        yield town


async def test_the_reader_in_a_chat_abroad_gets_no_name(town: Town) -> None:
    """Its own traits do not say that it masks: the programme does."""
    officer = person("township-1")
    await town.also_reached(Somebody(officer.contact_id, "abroad-1", "telegram"))
    letters = town.app.pipeline._writer.escalation
    letters._traits = {**letters._traits, "telegram": letters._traits["chat"].__class__("telegram")}
    async with town.database.transaction() as tx:
        await (
            Address.filter(contact_id=officer.contact_id, channel="chat").using_db(tx).update(state="blocked")
        )
    await town.say(person("coordinator-1"), "李梅怀孕了，末次月经9月3号，电话19900000101", "就这些", "对")
    await town.say(person("coordinator-1"), "李梅大出血了")
    (alert,) = [one.text for one in await town.letters(officer, "danger")]
    assert "李梅" not in alert
    assert "19900000101" not in alert
