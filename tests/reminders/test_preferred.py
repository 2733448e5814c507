"""Where a woman wants to be reminded: by SMS only on her own safe number, after her yes there; and back again."""

from __future__ import annotations

import re

import pytest

from storage.care_facts import LINKS
from storage.cases import load_cases
from storage.models import Contact, Outgoing, Pregnancy, Setting, Woman
from storage.organisation import load_organisation
from tests.support.town import Somebody, Town, person

HERS = "19900000101"
COORDINATOR = person("coordinator-1")
CHAT, PHONE = Somebody("", "chat-hers"), Somebody("", HERS, "sms")


async def linked(town: Town, safe: str = "可以发短信", whose: str = "她本人的") -> None:
    """李梅, who said yes in a chat she opened a link in."""
    async with town.database.transaction() as tx:
        await Setting.create(key=LINKS, value="https://t.me/example_bot?start=", using_db=tx)
    said = f"李梅怀孕了，末次月经9月3号，28岁，电话{HERS}，{whose}，{safe}"
    await town.say(COORDINATOR, said, "就这些", "对")
    (offer,) = await town.say(COORDINATOR, "给李梅二维码")
    token = re.search(r"start=([0-9a-f]{32})", offer)
    assert token is not None
    await says(town, CHAT, f"/start {token[1]}")
    await town.say(COORDINATOR, "是她1")
    await says(town, CHAT, "愿意")


async def says(town: Town, who: Somebody, *texts: str) -> None:
    for text in texts:
        assert await town.submit(town.inbound(who, text)) == [None]
        await town.app.outbox.drain()


async def goes(town: Town) -> tuple[str | None, str | None]:
    """Where she is written to now, and what she said there."""
    reading = town.database.reading
    case = await Pregnancy.get(using_db=reading)
    organisation = await load_organisation(reading)
    loaded = (await load_cases(reading, [case.id], organisation, ["chat", "sms"]))[case.id]
    return (loaded.route.channel if loaded.route else None), loaded.case.reach.consent


async def sent_by_sms(town: Town) -> list[str]:
    rows = Outgoing.filter(channel="sms", state="sent").order_by("seq").using_db(town.database.reading)
    return [row.payload["text"] for row in await rows if row.address == HERS]


async def test_she_is_asked_on_her_phone_before_anything_else_goes_there(town: Town) -> None:
    await linked(town)
    await says(town, CHAT, "以后发短信")
    assert await goes(town) == ("chat", "yes")
    (asked,) = await sent_by_sms(town)
    assert "请问您是李梅本人吗" in asked
    assert not re.search("孕|产检|产", asked)
    await says(town, PHONE, "愿意")
    assert await goes(town) == ("sms", "yes")


async def test_until_she_answers_her_reminders_go_on_in_the_chat(town: Town) -> None:
    await linked(town)
    await says(town, CHAT, "以后发短信")
    for _ in range(20):
        town.clock.advance(hours=12)
        await town.app.settle()
    rows = Outgoing.filter(kind="reminder", channel="chat", state="sent").using_db(town.database.reading)
    assert await rows.count()
    assert len(await sent_by_sms(town)) == 1


async def test_once_she_said_yes_they_come_by_sms_and_back_again(town: Town) -> None:
    await linked(town)
    await says(town, CHAT, "以后发短信")
    await says(town, PHONE, "愿意")
    before = len(await sent_by_sms(town))
    for _ in range(20):
        town.clock.advance(hours=12)
        await town.app.settle()
    assert len(await sent_by_sms(town)) > before
    await says(town, CHAT, "以后在这里发")
    assert await goes(town) == ("chat", "yes")


@pytest.mark.parametrize("words", [("愿意", "退订"), ("愿意", "打错了"), ("不用",), ("打错了",)])
async def test_what_she_says_there_holds(town: Town, words: tuple[str, ...]) -> None:
    """A no on the phone leaves her in the chat, 退订 stops everything."""
    await linked(town)
    await says(town, CHAT, "以后发短信")
    await says(town, PHONE, *words)
    before = await sent_by_sms(town)
    for _ in range(10):
        town.clock.advance(hours=12)
        await town.app.settle()
    assert await sent_by_sms(town) == before
    assert (await goes(town))[0] == "chat"


@pytest.mark.parametrize(
    ("safe", "whose"),
    [("不方便发短信", "她本人的"), ("可以发短信", "她丈夫的")],
    ids=["not safe", "not hers"],
)
async def test_nothing_goes_where_it_is_not_safe_or_not_hers(town: Town, safe: str, whose: str) -> None:
    await linked(town, safe, whose)
    await says(town, CHAT, "以后发短信")
    town.clock.advance(hours=1)
    await town.app.settle()
    assert await sent_by_sms(town) == []
    assert await goes(town) == ("chat", "yes")
    assert (await Woman.get(using_db=town.database.reading)).prefers is None


async def test_a_phone_that_becomes_unsafe_is_left(town: Town) -> None:
    await linked(town)
    await says(town, CHAT, "以后发短信")
    await says(town, PHONE, "愿意")
    async with town.database.transaction() as tx:
        her = await Woman.get(using_db=tx)
        her.details = her.details | {"safe_to_text": False}
        await her.save(using_db=tx, update_fields=["details"])
    assert await goes(town) == ("chat", "yes")


async def test_a_colleagues_word_is_about_herself_only(town: Town) -> None:
    await linked(town)
    await town.say(COORDINATOR, "以后发短信")
    assert (await Woman.get(using_db=town.database.reading)).prefers is None
    assert await Contact.all().using_db(town.database.reading).count()
