"""What was reported long ago can be put right and taken back, whatever was reported since."""

from __future__ import annotations

from tests.support.town import NAMES, Somebody, Town


async def _many_later(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些", "对")
    for name in NAMES[:11]:
        town.clock.advance(minutes=5)
        await town.say(coordinator, f"{name}怀孕了，末次月经9月5号", "就这些", "对")
    assert len(await town.reports(event="pregnancy")) == 12


async def test_a_wrong_date_of_long_ago_is_corrected(town: Town, coordinator: Somebody) -> None:
    await _many_later(town, coordinator)
    await town.say(coordinator, "更正李梅", "末次月经改成8月3号", "对")
    corrected = [one for one in await town.reports(event="pregnancy") if one.version == 2]
    assert [(one.body["woman_name"], one.body["lmp"]) for one in corrected] == [("李梅", "2026-08-03")]


async def test_an_end_of_long_ago_is_taken_back(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些", "对")
    await town.say(coordinator, "李梅没保住，昨天流产了", "就这些", "对")
    for name in NAMES[:11]:
        town.clock.advance(minutes=5)
        await town.say(coordinator, f"{name}怀孕了，末次月经9月5号", "就这些", "对")
    await town.say(coordinator, "撤回李梅的流产", "报错人了", "对")
    (loss,) = [one for one in await town.reports(event="pregnancy_loss") if one.is_latest]
    assert loss.withdrawn
    assert not [one for one in await town.reports(event="pregnancy") if one.withdrawn]
