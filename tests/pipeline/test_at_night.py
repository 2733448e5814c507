"""What staff are told of at night: what cannot wait, at once; everything else in the morning."""

from __future__ import annotations

import pytest

from storage.models import Outgoing
from tests.support.town import Somebody, Town, person

TOWNSHIP = person("township-1")
HOSPITAL = person("institution-1")
KNOWN = ("李梅怀孕了，末次月经9月3号", "就这些", "对")


async def told(town: Town, who: Somebody = TOWNSHIP) -> list[str]:
    """What has left for her of what she did not ask for."""
    await town.app.outbox.drain()
    rows = Outgoing.filter(contact_id=who.contact_id, state="sent", kind__in=("notice", "urgent"))
    return [row.payload["text"] for row in await rows.using_db(town.database.reading).order_by("seq")]


async def known_by_day(town: Town, coordinator: Somebody) -> int:
    """李梅 is on the roster and it is 23:00: how much the township has read by then."""
    await town.say(coordinator, *KNOWN)
    before = len(await told(town))
    town.clock.advance(hours=13)
    return before


async def test_an_ordinary_report_wakes_nobody(town: Town, coordinator: Somebody) -> None:
    town.clock.advance(hours=13)  # 23:00
    assert any("报好了" in text for text in await town.say(coordinator, *KNOWN))
    assert await told(town) == []
    town.clock.advance(hours=8, minutes=59)
    assert await told(town) == []
    town.clock.advance(minutes=1)  # 8:00
    assert any("李*" in text for text in await told(town))


@pytest.mark.parametrize(
    "words",
    [
        ("李梅昨天去世了，在县医院", "就这些", "对"),
        ("李梅今天从县医院自动出院了", "就这些", "对"),
        ("李梅失联了，找不到人", "就这些", "对"),
        ("今天上门随访了李梅，有点问题，胃口不好", "就这些", "对"),
    ],
    ids=["death", "left_hospital", "lost", "problem"],
)
async def test_what_cannot_wait_does_not(town: Town, coordinator: Somebody, words: tuple[str, ...]) -> None:
    """Nor behind what waits for the morning."""
    before = await known_by_day(town, coordinator)
    await town.say(coordinator, "王芳怀孕了，末次月经9月5号", "就这些", "对")
    assert len(await told(town)) == before
    await town.say(coordinator, *words)
    new = (await told(town))[before:]
    assert any("李*" in text for text in new)
    assert not any("王*" in text for text in new)


async def test_taking_a_death_back_does_not_wait_either(town: Town, coordinator: Somebody) -> None:
    before = await known_by_day(town, coordinator)
    await town.say(coordinator, "李梅昨天去世了，在县医院", "就这些", "对")
    await town.say(coordinator, "撤回", "1", "报错人了", "对")
    assert "撤回了" in (await told(town))[-1]
    assert len(await told(town)) == before + 2


async def test_what_could_not_leave_by_day_does_not_leave_at_night(town: Town, coordinator: Somebody) -> None:
    """The gateway was out of reach, or the machine off."""
    town.clock.advance(hours=10)  # 20:00
    await town.say(coordinator, *KNOWN)
    town.clock.advance(hours=3)
    assert await told(town) == []
    town.clock.advance(hours=10)
    assert any("李*" in text for text in await told(town))
