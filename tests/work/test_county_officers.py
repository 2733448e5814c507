"""An officer of the county is above everybody who could give her a new phone, or take her office: the operator does."""

from __future__ import annotations

import pytest

from bot.organise import NotPossible, confirm, first_code, revoke, waiting_lines
from storage.models import Address, Contact, Post, Staff
from tests.support.people import phone
from tests.support.town import Somebody, Town, person

OFFICER = person("county-1")
OLD, NEW = "19900000041", phone(63)


async def asks_in(town: Town) -> str:
    """Somebody with a code for a new phone; under which id she waits."""
    line = await first_code(town.database, "county", "xf", NEW, town.clock())
    for text in (line[5:14], "刘桂兰", "135791"):
        assert await town.submit(town.inbound(Somebody("", NEW, "sms"), text)) == [None]
    (waiting,) = await waiting_lines(town.database)
    return waiting.split()[0]


async def test_a_new_phone_takes_the_place_of_the_old(town: Town) -> None:
    await town.also_reached(OFFICER.by("sms", OLD))
    await confirm(town.database, await asks_in(town), town.clock(), replaces=OLD)
    reading = town.database.reading
    (staff,) = [one for one in await Staff.all().using_db(reading) if one.name == "刘桂兰"]
    assert staff.phone == NEW
    assert await Post.filter(staff_id=staff.id, state="active").using_db(reading).count() == 1
    contacts = {}
    for number in (OLD, NEW):
        index = town.database.keyring.blind("address", number)
        row = await Address.get(channel="sms", address_index=index, using_db=reading)
        contacts[number] = await Contact.get(id=row.contact_id, using_db=reading)
    assert contacts[NEW].id == OFFICER.contact_id
    assert contacts[OLD].staff_id is None


async def test_without_that_word_she_is_somebody_else(town: Town) -> None:
    await confirm(town.database, await asks_in(town), town.clock())
    assert await Post.filter(role="county", state="active").using_db(town.database.reading).count() == 2


async def test_her_office_is_over_by_the_operators_word(town: Town) -> None:
    line = await revoke(town.database, "xf", OLD, town.clock())
    assert OLD not in line
    assert not await Post.filter(role="county", state="active").using_db(town.database.reading).exists()
    (said,) = await town.say(OFFICER, "名单")
    assert "停用" in said


@pytest.mark.parametrize("number", [phone(99), "19900000021"])
async def test_nobody_elses_office_is_ended(town: Town, number: str) -> None:
    with pytest.raises(NotPossible, match="nobody with the phone ending"):
        await revoke(town.database, "xf", number, town.clock())
    with pytest.raises(NotPossible, match="--replaces: nobody"):
        await confirm(town.database, await asks_in(town), town.clock(), replaces=number)
    assert await waiting_lines(town.database)
