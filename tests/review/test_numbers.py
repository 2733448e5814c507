"""A number is not a person: whoever has the phone learns nothing of her from it."""

from __future__ import annotations

from tests.support.town import Somebody, Town, person

WOMAN_SMS = "19900000101"


async def test_whoever_writes_from_a_number_on_the_roster_is_not_told_why_it_is_there(
    town: Town, coordinator: Somebody
) -> None:
    """It may be her husband's; nobody has confirmed that it is she; she may have lost the child, or have died."""
    phone = person("woman-1")
    await town.say(coordinator, f"李梅怀孕了，末次月经2月20号，电话{WOMAN_SMS}，丈夫的", "就这些", "对")
    said = " ".join(await town.say(phone, "你好"))
    assert said
    assert not {"孕", "产"} & set(said)
    assert "李梅" not in said
