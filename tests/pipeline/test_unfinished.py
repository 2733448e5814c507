"""A report that is begun and not finished: a death, an end, a critical case or a red grade never dies silently."""

from __future__ import annotations

import pytest

from bot.offices import Offices
from conversations.flows.begun import BEGUN
from storage.models import Alert, CareAct, Contact, Outgoing
from tests.support.town import TOWNSHIP, VILLAGE, Somebody, Town


async def alerts(town: Town) -> list[Alert]:
    return await Alert.filter(kind=BEGUN).using_db(town.database.reading)


async def holds(town: Town) -> list[str]:
    acts = CareAct.filter(kind="word", state="answered").using_db(town.database.reading)
    return [str(act.woman_id) for act in await acts]


async def pass_hours(town: Town, *hours: int) -> None:
    for some in hours:
        town.clock.advance(hours=some, minutes=1)
        await town.app.drafts.check()


async def register(town: Town, who: Somebody, name: str = "李梅") -> None:
    await town.say(who, f"{name}怀孕了，末次月经9月3号，28岁", "就这些", "对")


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("李梅怀着孩子，人在县医院没了", True),
        ("李梅流产了", True),
        ("李梅生了", True),
        ("李梅病危", True),
        ("李梅评为红色", False),
        ("李梅的孩子没了", True),
    ],
)
async def test_what_must_not_wait_is_told_and_holds_her_letters(
    town: Town, coordinator: Somebody, said: str, held: bool
) -> None:
    await register(town, coordinator)
    await town.say(coordinator, said)
    assert bool(await holds(town)) is held
    await pass_hours(town, 2)
    assert await alerts(town) == []
    await pass_hours(town, 2)
    (alert,) = await alerts(town)
    assert alert.acknowledged_at is None
    await town.say(coordinator, "取消")
    (alert,) = await alerts(town)
    assert alert.acknowledged_at is not None
    assert await holds(town) == []


async def test_any_other_report_is_asked_for_again_the_next_morning_and_nobody_else_hears(
    town: Town, coordinator: Somebody
) -> None:
    await town.say(coordinator, "怀孕", "李梅")
    await pass_hours(town, 2, 3, 17, 24, 24)
    assert len(await town.letters(coordinator, "reminder")) == 2
    assert await alerts(town) == []


async def test_a_death_that_waits_behind_another_report_is_not_forgotten(
    town: Town, coordinator: Somebody
) -> None:
    await register(town, coordinator)
    await town.say(coordinator, "王芳怀孕了，李梅怀着孩子昨晚没了")
    await pass_hours(town, 2, 2)
    (alert,) = await alerts(town)
    assert alert.details["women"][0]["name"] == "李梅"
    assert await holds(town)


async def test_another_name_holds_another_woman(town: Town, coordinator: Somebody) -> None:
    await register(town, coordinator)
    await register(town, coordinator, "王芳")
    await town.say(coordinator, "李梅流产了")
    (first,) = await holds(town)
    await town.say(coordinator, "不是李梅，是王芳")
    (second,) = await holds(town)
    assert first != second


async def test_still_pregnant_lets_go_though_the_report_waits(town: Town, coordinator: Somebody) -> None:
    await register(town, coordinator)
    other = await town.hire("other", TOWNSHIP, "township")
    await town.say(coordinator, "李梅流产了")
    await pass_hours(town, 2, 2)
    await town.say(other, "李梅还怀着")
    assert await holds(town) == []
    (alert,) = await alerts(town)
    assert alert.acknowledged_at is not None
    await town.say(coordinator, "昨天")  # and her going on holds it no second time
    assert await holds(town) == []


async def test_who_left_her_office_is_asked_for_nothing_but_the_death_is_told(
    town: Town, coordinator: Somebody
) -> None:
    await register(town, coordinator)
    await town.say(coordinator, "李梅怀着孩子昨晚没了")
    contact = await Contact.get(id=coordinator.contact_id, using_db=town.database.reading)
    async with town.database.transaction() as tx:
        await Offices(town.database.keyring, town.app.pipeline._ids).end(
            tx, str(contact.staff_id), VILLAGE, town.clock()
        )
    await pass_hours(town, 2, 2)
    assert len(await alerts(town)) == 1
    sent = Outgoing.filter(contact_id=coordinator.contact_id, kind="reminder")
    assert not await sent.using_db(town.database.reading).exists()
