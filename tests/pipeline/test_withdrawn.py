"""What is taken back keeps what it said, and says why it was taken back beside it."""

from __future__ import annotations

from tests.support.town import Somebody, Town

PREGNANT = ("李梅怀孕了，末次月经6月3号，28岁", "就这些", "对")


async def test_why_she_was_referred_stands_beside_why_it_was_withdrawn(
    town: Town, coordinator: Somebody
) -> None:
    await town.say(coordinator, *PREGNANT)
    town.clock.advance(minutes=1)
    await town.say(coordinator, "李梅今天转到县妇幼", "血压高，要进一步检查", "就这些", "对")
    town.clock.advance(minutes=1)
    await town.say(coordinator, "撤回李梅的转诊", "她改主意了，先不去", "对")
    first, second = await town.reports(event="referral")
    assert first.body["reason"] == "血压高，要进一步检查"
    assert second.withdrawn
    assert second.body["reason"] == "血压高，要进一步检查"
    assert second.body["withdrawn_because"] == "她改主意了，先不去"
