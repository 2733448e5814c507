"""Her registered phone is hers: one conversation on both channels, and nobody else let into it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot import demo
from storage.database import Database
from storage.models import (
    Address,
    Alert,
    Audit,
    Contact,
    ContactWoman,
    Inbound,
    Post,
    Report,
    Session,
    Staff,
    Woman,
)
from tests.support.clock import FakeClock
from tests.support.people import phone
from tests.support.town import Somebody, Town, wired


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with wired(database, clock) as town:
        yield town


@pytest.fixture
async def lian(town: Town) -> Somebody:
    """A coordinator who has only a chat so far."""
    return await town.hire("lian")


async def by_sms(town: Town, who: Somebody) -> Somebody:
    """Her, writing from her registered phone."""
    (staff,) = await Staff.filter(contacts__id=who.contact_id).using_db(town.database.reading)
    return who.by("sms", staff.phone)


async def owner(town: Town, number: str) -> str | None:
    index = town.database.keyring.blind("address", number)
    rows = Address.filter(channel="sms", address_index=index).using_db(town.database.reading)
    (contact,) = await rows.values_list("contact_id", flat=True)
    return str(contact) if contact else None


async def filed(town: Town) -> list[Report]:
    return await Report.all().using_db(town.database.reading)


async def test_what_is_begun_in_the_chat_is_finished_by_sms(town: Town, lian: Somebody) -> None:
    await town.say(lian, "李梅怀孕了，末次月经9月3号")
    text = await by_sms(town, lian)
    (reading,) = await town.say(text, "就这些")
    assert "李梅" in reading
    await town.say(text, "对")
    (report,) = await filed(town)
    assert (report.author_id, report.channel, report.channel_trust) == ("s-lian", "sms", "low")
    assert report.body["woman_name"] == "李梅"


async def test_what_is_begun_by_sms_is_finished_in_the_chat(town: Town, lian: Somebody) -> None:
    await town.say(await by_sms(town, lian), "李梅怀孕了，末次月经9月3号")
    (reading,) = await town.say(lian, "就这些")
    assert "李梅" in reading
    await town.say(lian, "对")
    (report,) = await filed(town)
    assert (report.author_id, report.channel) == ("s-lian", "chat")


async def test_each_answer_goes_where_she_wrote(town: Town, lian: Somebody) -> None:
    text = await by_sms(town, lian)
    await town.say(lian, "怀孕")
    await town.say(text, "李梅")
    sent = town.app.outbox
    await sent.drain()
    sms = town.app.channels["sms"]
    assert len(sms.bubbles(text.address)) == 1  # type: ignore[attr-defined]


async def test_one_address_however_often_she_writes(town: Town, lian: Somebody) -> None:
    text = await by_sms(town, lian)
    for said in ("怀孕", "李梅", "取消"):
        await town.say(text, said)
    assert await owner(town, text.address) == lian.contact_id
    links = Audit.filter(action="address.link").using_db(town.database.reading)
    assert [row.actor for row in await links] == [lian.contact_id]


async def test_both_channels_at_once_are_one_after_the_other(town: Town, lian: Somebody) -> None:
    text = await by_sms(town, lian)
    await town.together((lian, "怀孕"), (text, "李梅"), (lian, "9月3号"))
    stored = Inbound.filter(contact_id=lian.contact_id).using_db(town.database.reading)
    assert await stored.count() == 3
    session = Session.filter(contact_id=lian.contact_id).using_db(town.database.reading)
    assert await session.count() == 1


async def test_who_wrote_before_she_had_an_office_keeps_her_number(town: Town) -> None:
    stranger = Somebody("", phone(77), "sms")
    await town.say(stranger, "你好")
    before = await owner(town, phone(77))
    mei = await town.hire("mei")
    await give_phone(town, "s-mei", phone(77))
    await town.say(stranger, "怀孕")
    assert await owner(town, phone(77)) == mei.contact_id != before


async def test_who_never_wrote_in_a_chat_gets_a_contact(town: Town) -> None:
    await town.hire("mei")
    await give_phone(town, "s-mei", phone(78))
    async with town.database.transaction() as tx:
        await Address.filter(contact_id="c-mei").using_db(tx).delete()
        await Contact.filter(id="c-mei").using_db(tx).delete()
    await town.say(Somebody("", phone(78), "sms"), "怀孕")
    contact = await Contact.get(id=await owner(town, phone(78)), using_db=town.database.reading)
    assert contact.staff_id == "s-mei"


async def give_phone(town: Town, staff: str, number: str) -> None:
    index = town.database.keyring.blind("phone", number)
    async with town.database.transaction() as tx:
        row = await Staff.get(id=staff, using_db=tx)
        row.phone, row.phone_index = number, index
        await row.save(using_db=tx, update_fields=["phone", "phone_index"])


# ── nobody else's ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_phone_two_colleagues_gave_is_neithers(town: Town, lian: Somebody) -> None:
    await town.hire("mei")
    text = await by_sms(town, lian)
    await give_phone(town, "s-mei", text.address)
    await town.say(text, "怀孕")
    assert await owner(town, text.address) not in (lian.contact_id, "c-mei")
    assert await filed(town) == []


async def test_a_phone_of_somebody_without_an_office_is_a_strangers(town: Town, lian: Somebody) -> None:
    text = await by_sms(town, lian)
    async with town.database.transaction() as tx:
        await Post.filter(staff_id="s-lian").using_db(tx).update(state="revoked")
    await town.say(text, "怀孕")
    assert await owner(town, text.address) != lian.contact_id


async def test_a_colleagues_number_is_not_taken_from_her(town: Town, lian: Somebody) -> None:
    """It is linked to another contact with an office already."""
    mei = await town.hire("mei")
    text = await by_sms(town, lian)
    await town.also_reached(mei.by("sms", text.address))
    await town.say(text, "怀孕")
    assert await owner(town, text.address) == mei.contact_id


async def test_a_woman_who_wrote_from_the_phone_keeps_it(town: Town, clock: FakeClock) -> None:
    her = Somebody("", phone(79), "sms")
    await town.say(her, "你好")
    contact = await owner(town, phone(79))
    async with town.database.transaction() as tx:
        await Woman.create(
            id="w", village_id=None, phone_index=None, details={"name": "李梅"}, version=1,
            updated_at=clock(), using_db=tx,
        )  # fmt: skip
        await ContactWoman.create(id="l", contact_id=contact, woman_id="w", using_db=tx)
    await town.hire("mei")
    await give_phone(town, "s-mei", phone(79))
    await town.say(her, "你好")
    assert await owner(town, phone(79)) == contact


async def test_an_open_alert_keeps_the_way_back_to_who_raised_it(town: Town, clock: FakeClock) -> None:
    her = Somebody("", phone(80), "sms")
    await town.say(her, "大出血了")
    contact = await owner(town, phone(80))
    assert await Alert.filter(reporter_id=contact).using_db(town.database.reading).exists()
    await town.hire("mei")
    await give_phone(town, "s-mei", phone(80))
    await town.say(her, "快来人")
    assert await owner(town, phone(80)) == contact
    async with town.database.transaction() as tx:
        await Alert.all().using_db(tx).update(acknowledged_at=clock())
    await town.say(her, "怀孕")
    assert await owner(town, phone(80)) == "c-mei"


async def test_a_number_that_called_itself_wrong_is_nobodys(town: Town, clock: FakeClock) -> None:
    her = Somebody("", phone(81), "sms")
    await town.say(her, "你好")
    contact = await owner(town, phone(81))
    async with town.database.transaction() as tx:
        await Contact.filter(id=contact).using_db(tx).update(silenced_at=clock())
    await town.hire("mei")
    await give_phone(town, "s-mei", phone(81))
    await town.say(her, "怀孕")
    assert await owner(town, phone(81)) == contact
