"""A family's chat account: each of its women is confirmed, asked, called by name and answered for herself."""

from __future__ import annotations

import pytest

from storage.models import ContactWoman, Setting
from tests.support.registrar import Registrar
from tests.support.town import Somebody, Town
from tests.support.watch import COORDINATOR

ACCOUNT = Somebody("", "chat-family", "chat")


@pytest.fixture
async def links(town: Town) -> None:
    async with town.database.transaction() as tx:
        await Setting.create(key="telegram.links", value="https://t.me/x?start=", using_db=tx)


async def opens(town: Town, name: str) -> str:
    """She opens the link her coordinator gave her; what the coordinator is asked, who confirms it."""
    town.clock.advance(minutes=1)
    (offer,) = await town.say(COORDINATOR, f"给{name}发链接")
    await town.submit(town.inbound(ACCOUNT, f"/start {offer.rpartition('=')[2].strip()}"))
    await town.app.outbox.drain()
    asked = [one for one in await town.letters(COORDINATOR) if one.text.startswith("【核对本人】")][-1]
    (yes,) = [data for row in asked.buttons for label, data in row if label.startswith("是她")]
    assert await town.submit(town.inbound(COORDINATOR, "", kind="button", button=yes)) == [None]
    await town.app.outbox.drain()
    return asked.text


async def says_yes(clerk: Registrar) -> None:
    simulated = clerk.town.app.channels["chat"]
    last = simulated.bubbles(ACCOUNT.address)[-1]  # type: ignore[attr-defined]
    (yes,) = [data for row in last.buttons for label, data in row if label == "愿意"]
    await clerk.town.submit(clerk.town.inbound(ACCOUNT, "", kind="button", button=yes))
    await clerk.settle()


async def test_two_women_on_one_account(clerk: Registrar, town: Town, links: None) -> None:
    await clerk.found(phone=None, phone_owner=None, safe_to_text=None)
    await clerk.found("王芳", lmp="2026-09-20", phone=None, phone_owner=None, safe_to_text=None)
    first = await opens(town, "李梅")
    assert ("李梅" in first, "已经有一位" in first) == (True, False)
    await says_yes(clerk)
    second = await opens(town, "王芳")
    assert ("王芳" in second, "已经有一位" in second, "李梅" in second) == (True, True, False)
    linked = ContactWoman.all().using_db(town.database.reading)
    consents = {str(one.woman_id): one.consent for one in await linked}
    assert consents[clerk.woman_id("李梅")] == "yes"
    assert consents[clerk.woman_id("王芳")] == "asked"
    heard = len(clerk.heard(ACCOUNT.address, "chat"))
    await says_yes(clerk)
    await clerk.file("antenatal_visit")
    await clerk.file("antenatal_visit", "王芳")
    await clerk.until("2027-02-12")
    after = [text for _, text in clerk.heard(ACCOUNT.address, "chat")][heard + 1 :]
    reminders = [text for text in after if "请问您是" not in text]
    assert {text[:3] for text in reminders} == {"李梅，", "王芳，"}


async def test_of_which_of_them_a_loss_is_changes_nothing_for_the_other(
    clerk: Registrar, town: Town, links: None
) -> None:
    for name, lmp in (("李梅", "2026-09-03"), ("王芳", "2026-09-05")):
        await clerk.found(name, lmp=lmp, phone=None, phone_owner=None, safe_to_text=None)
        await opens(town, name)
        await says_yes(clerk)
        await clerk.file("antenatal_visit", name)
    await clerk.file("pregnancy_loss", "王芳")
    before = len(clerk.heard(ACCOUNT.address, "chat"))
    await clerk.until("2027-01-25")
    after = [text for _, text in clerk.heard(ACCOUNT.address, "chat")][before:]
    assert any(text.startswith("李梅，") and "产检" in text for text in after)
    assert not [text for text in after if text.startswith("王芳，") and ("产检" in text or "宝宝" in text)]


@pytest.mark.parametrize("age", [13, 16])
async def test_no_link_is_made_for_a_girl(clerk: Registrar, town: Town, links: None, age: int) -> None:
    restricted = "under_14" if age < 14 else "minor"
    await clerk.found(phone=None, phone_owner=None, safe_to_text=None, age=age, restricted=restricted)
    (answer,) = await town.say(COORDINATOR, "给李梅发链接")
    assert "不满18周岁" in answer
    assert "start=" not in answer
