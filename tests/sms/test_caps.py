"""What SMS may cost in a day: what is held back, what never is, and who is told, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.alarms import Alarms
from bot.channels.base import Later, Letter
from bot.channels.sms.caps import WAITED_FOR, Caps
from bot.channels.sms.configuration import CapsTable
from bot.outbox import Drop
from bot.wording import render
from bot.writing import Writer
from storage.database import Database
from storage.ids import IdSource
from storage.models import Address, Contact, Outgoing, Place, Post, Staff
from storage.organisation import save_places
from tests.support.clock import FakeClock
from tests.support.letters import Letters
from tests.support.people import phone

HER, COORDINATOR, OFFICER = phone(1), phone(2), phone(3)

Make = Callable[..., Caps]


@pytest.fixture
async def make(database: Database, letters: Letters, clock: FakeClock, ids: IdSource) -> Make:
    """A county with a coordinator and an officer, reached by SMS; and caps, as after a restart each time."""
    blind = database.keyring.blind
    async with database.transaction() as tx:
        await save_places(tx, [Place(id="xf", kind="county", name="信丰县")])
        for number, role in ((COORDINATOR, "coordinator"), (OFFICER, "county")):
            contact = f"c{number}".ljust(32, "0")
            await Staff.create(
                id=f"s-{role}", name="温秀英", phone=number, phone_index=blind("phone", number), using_db=tx
            )
            await Post.create(
                id=f"p-{role}", staff_id=f"s-{role}", place_id="xf", role=role, state="active",
                since=clock(), using_db=tx,
            )  # fmt: skip
            await Contact.create(id=contact, staff_id=f"s-{role}", created_at=clock(), using_db=tx)
            await Address.create(
                id=f"a-{role}", contact_id=contact, channel="sms", address=number,
                address_index=blind("address", number), using_db=tx,
            )  # fmt: skip
    writer = Writer(database.keyring, lambda: f"a{ids()[1:]}", render)

    def make(**caps: Any) -> Caps:
        alarms = Alarms(database, writer, clock, lambda: None)
        return Caps(database, clock, CapsTable(**caps), alarms, max_parts=4)

    return make


async def spent(letters: Letters, number: str, parts: int, at: datetime) -> None:
    """So many parts went to a number."""
    await letters.write(
        "发过了", to=number, state="delivered", gateway="kannel", parts=parts, handed_at=at, kind="notice"
    )


async def looked_at(caps: Caps, letters: Letters, to: str, kind: str, text: str = "你好") -> Any:
    (letter,) = await letters.write(text, to=to, kind=kind)
    return await caps(await letters.row(letter))


async def alarms(letters: Letters) -> list[Outgoing]:
    rows = await Outgoing.filter(id__startswith="a").using_db(letters.database.reading)
    return [row for row in rows if row.address == OFFICER]


async def test_nothing_is_held_back_below_the_caps(make: Make, letters: Letters, clock: FakeClock) -> None:
    await spent(letters, HER, 9, clock())
    caps = make(person_parts=10, county_parts=10)
    assert isinstance(await looked_at(caps, letters, HER, "reminder"), Letter)
    assert await alarms(letters) == []


@pytest.mark.parametrize("kind", ["reminder", "notice", "condolence"])
async def test_what_nobody_waits_for_waits_for_the_next_morning(
    make: Make, letters: Letters, clock: FakeClock, kind: str
) -> None:
    await spent(letters, HER, 10, clock())
    later = await looked_at(make(person_parts=10), letters, HER, kind)
    assert later == Later("sms_person_parts_spent", timedelta(hours=22))  # 10:00 → 8:00
    clock.advance(hours=22)
    assert isinstance(await looked_at(make(person_parts=10), letters, HER, kind), Letter)


async def test_danger_goes_out_whatever_it_costs(make: Make, letters: Letters, clock: FakeClock) -> None:
    await spent(letters, HER, 1000, clock())
    caps = make(person_parts=1, staff_parts=1, county_parts=1)
    for number in (HER, COORDINATOR):
        assert isinstance(await looked_at(caps, letters, number, "danger"), Letter)
    assert await alarms(letters) == []


async def test_a_reply_to_her_is_dropped_and_one_to_staff_at_work_has_far_more_room(
    make: Make, letters: Letters, clock: FakeClock
) -> None:
    for number in (HER, COORDINATOR):
        await spent(letters, number, 10, clock())
    caps = make(person_parts=10, staff_parts=12)
    assert await looked_at(caps, letters, HER, "reply") == Drop("sms_person_parts_spent")
    assert isinstance(await looked_at(caps, letters, COORDINATOR, "reply"), Letter)
    await spent(letters, COORDINATOR, 2, clock())
    assert isinstance(await looked_at(caps, letters, COORDINATOR, "reply"), Later)


async def test_what_a_colleague_answered_her_waits_for_the_morning_and_is_never_dropped(
    make: Make, letters: Letters, clock: FakeClock
) -> None:
    await spent(letters, HER, 10, clock())
    (letter,) = await letters.write("能吃，煮熟了就行", to=HER, kind="reply")
    row = await letters.row(letter)
    row.payload |= {WAITED_FOR: True}
    caps = make(person_parts=10, county_parts=5)
    assert await caps(row) == Later("sms_person_parts_spent", timedelta(hours=22))
    clock.advance(hours=22)
    assert isinstance(await caps(row), Letter)


async def test_a_letter_longer_than_what_is_left_does_not_fit(
    make: Make, letters: Letters, clock: FakeClock
) -> None:
    await spent(letters, HER, 9, clock())
    caps = make(person_parts=10)
    assert isinstance(await looked_at(caps, letters, HER, "notice", "好" * 71), Later)
    assert isinstance(await looked_at(caps, letters, HER, "notice", "好" * 70), Letter)


async def test_in_the_county_replies_go_on_when_reminders_wait(
    make: Make, letters: Letters, clock: FakeClock
) -> None:
    await spent(letters, phone(9), 10, clock())
    caps = make(county_parts=10)
    assert isinstance(await looked_at(caps, letters, HER, "reminder"), Later)
    assert isinstance(await looked_at(caps, letters, HER, "reply"), Letter)
    await spent(letters, phone(9), 10, clock())
    assert await looked_at(caps, letters, HER, "reply") == Drop("sms_county_parts_spent")
    assert isinstance(await looked_at(caps, letters, COORDINATOR, "reply"), Later)


async def test_a_day_begins_at_midnight_in_china(make: Make, letters: Letters, clock: FakeClock) -> None:
    await spent(letters, HER, 10, clock() - timedelta(hours=11))  # 23:00 yesterday
    assert isinstance(await looked_at(make(person_parts=10), letters, HER, "reminder"), Letter)
    await spent(letters, HER, 10, clock() - timedelta(hours=9))  # 1:00
    assert isinstance(await looked_at(make(person_parts=10), letters, HER, "reminder"), Later)


async def test_the_county_is_told_once_a_day_across_restarts(
    make: Make, letters: Letters, clock: FakeClock
) -> None:
    await spent(letters, phone(9), 10, clock())
    for _ in range(3):
        await looked_at(make(county_parts=10), letters, HER, "reminder")
    (told,) = await alarms(letters)
    assert "上限" in told.payload["text"]
    assert "10" in told.payload["text"]
    assert HER not in told.payload["text"]
    clock.advance(hours=24)
    await spent(letters, phone(9), 10, clock())
    for _ in range(2):
        await looked_at(make(county_parts=10), letters, HER, "reminder")
    assert len(await alarms(letters)) == 2


async def test_the_alarm_itself_goes_out_by_sms(make: Make, letters: Letters, clock: FakeClock) -> None:
    await spent(letters, phone(9), 10, clock())
    caps = make(county_parts=10)
    await looked_at(caps, letters, HER, "reminder")
    (told,) = await alarms(letters)
    assert isinstance(await caps(told), Letter)
