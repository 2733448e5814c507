"""What a chat could not bring goes out by SMS, to the same person only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from bot import demo
from bot.bootstrap import App, wire
from bot.channels.base import Accepted, Letter, Outcome, Refused
from bot.channels.simulated import CHAT
from bot.channels.sms.configuration import SmsSettings
from storage.database import Database
from storage.models import Address, Contact, Outgoing, Post
from tests.support.clock import FakeClock
from tests.support.people import phone
from tests.support.town import Somebody, Town

SMS = SmsSettings.model_validate(
    {
        "phone": {"gupo": {"caller_password": "password of gupo"}},
        "areas": {"everywhere": ["gupo"]},
    }
)
LIAN = "contact-coordinator-1"
HER_CHAT, HER_NUMBER = "chat-coordinator-1", "19900000011"
BUTTONS = ((("对", "sealed"),),)


class Chat:
    """A channel; `blocked`: who shut the bot out."""

    traits = CHAT

    def __init__(self) -> None:
        self.blocked: set[str] = set()
        self.sent: list[tuple[str, str]] = []

    async def send(self, address: str, letter: Letter) -> Outcome:
        if address in self.blocked:
            return Refused("blocked", blocked=True)
        self.sent.append((address, letter.text))
        return Accepted("1")


@pytest.fixture
def chat() -> Chat:
    return Chat()


@pytest.fixture
async def app(database: Database, clock: FakeClock, chat: Chat) -> AsyncIterator[App]:
    await demo.seed(database, clock)
    async with wire(database, {"chat": chat}, destinations={}, clock=clock, sms=SMS, random=Random(1)) as app:
        yield app


@pytest.fixture
def town(database: Database, clock: FakeClock, app: App) -> Town:
    return Town(database, clock, app)


async def write(app: App, kind: str = "reminder", contact: str = LIAN, **payload: Any) -> str:
    """A letter to her in the chat, sent; its id."""
    now = app.clock()
    address = await Address.get(contact_id=contact, channel="chat", using_db=app.database.reading)
    letter_id = f"{await Outgoing.all().using_db(app.database.reading).count():032x}"
    async with app.database.transaction() as tx:
        await Outgoing.create(
            id=letter_id, seq=int(now.timestamp() * 1e6), lane=contact, contact_id=contact, channel="chat",
            address=address.address, kind=kind,
            payload=Letter("", "李梅的报告还没报完", **payload).as_payload(), state="queued", attempts=0,
            due_at=now, expires_at=now + timedelta(hours=12), created_at=now, updated_at=now, using_db=tx,
        )  # fmt: skip
    await app.outbox.drain()
    return letter_id


async def by_sms(app: App) -> list[Outgoing]:
    return await Outgoing.filter(channel="sms").using_db(app.database.reading).order_by("seq")


async def after(app: App, clock: FakeClock, **delta: float) -> list[Outgoing]:
    """What had gone out by SMS when so much time had passed."""
    clock.advance(**delta)
    assert app.fallback is not None
    await app.fallback.check()
    return await by_sms(app)


# ── nobody answers ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_reminder_nobody_answered_for_four_hours_comes_by_sms_once(
    app: App, clock: FakeClock
) -> None:
    await write(app)
    assert await after(app, clock, hours=3, minutes=59) == []
    (letter,) = await after(app, clock, minutes=1)
    assert (letter.address, letter.kind, letter.contact_id) == (HER_NUMBER, "reminder", LIAN)
    assert letter.payload["text"] == "李梅的报告还没报完"
    assert len(await after(app, clock, hours=4)) == 1


async def test_a_notice_that_asks_something_does_and_one_that_tells_does_not(
    app: App, clock: FakeClock
) -> None:
    await write(app, "notice")
    await write(app, "condolence")
    await write(app, "reply", buttons=BUTTONS)
    await write(app, "danger", buttons=BUTTONS)
    assert await after(app, clock, hours=4) == []
    await write(app, "notice", buttons=BUTTONS)
    assert len(await after(app, clock, hours=4)) == 1


@pytest.mark.parametrize(("channel", "address"), [("chat", HER_CHAT), ("sms", HER_NUMBER)])
async def test_who_has_written_since_anywhere_has_answered(
    app: App, town: Town, clock: FakeClock, channel: str, address: str
) -> None:
    await write(app)
    clock.advance(hours=1)
    await town.say(Somebody(LIAN, address, channel), "帮助")
    sent = {row.id for row in await by_sms(app)}
    assert {row.id for row in await after(app, clock, hours=3)} == sent


async def test_nobody_is_woken(app: App, clock: FakeClock) -> None:
    clock.advance(hours=8)  # 18:00
    await write(app, "notice", buttons=BUTTONS)
    async with app.database.transaction() as tx:
        await Outgoing.all().using_db(tx).update(expires_at=clock() + timedelta(hours=72))
    assert await after(app, clock, hours=4) == []  # 22:00
    assert await after(app, clock, hours=9, minutes=59) == []
    assert len(await after(app, clock, minutes=1)) == 1  # 8:00


async def test_what_nobody_wants_any_more_stays_unsaid(app: App, clock: FakeClock) -> None:
    await write(app)
    assert await after(app, clock, hours=12) == []


async def test_it_can_be_switched_off(database: Database, clock: FakeClock, chat: Chat) -> None:
    await demo.seed(database, clock)
    off = SMS.model_copy(update={"fallback_hours": 0})
    async with wire(database, {"chat": chat}, destinations={}, clock=clock, sms=off) as app:
        await write(app)
        assert await after(app, clock, hours=8) == []


# ── the chat is blocked ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["reminder", "notice", "urgent", "condolence", "danger"])
async def test_who_blocked_the_chat_is_written_to_at_once(
    app: App, chat: Chat, clock: FakeClock, kind: str
) -> None:
    chat.blocked.add(HER_CHAT)
    lost = await write(app, kind)
    (letter,) = await by_sms(app)
    assert (letter.address, letter.kind) == (HER_NUMBER, kind)
    dead = await Outgoing.get(id=lost, using_db=app.database.reading)
    assert dead.state == "dead"
    address = await Address.get(contact_id=LIAN, channel="chat", using_db=app.database.reading)
    assert address.state == "blocked"
    assert len(await after(app, clock, hours=4)) == 1


async def test_an_answer_stays_where_it_was_asked_for(app: App, chat: Chat) -> None:
    chat.blocked.add(HER_CHAT)
    await write(app, "reply")
    assert await by_sms(app) == []


# ── never to anybody else ───────────────────────────────────────────────────────────────────────────────


async def test_who_has_no_number_of_her_own_gets_no_sms(app: App, chat: Chat, clock: FakeClock) -> None:
    """Neither her township's, nor the number she is registered with but never wrote from."""
    await write(app, contact="contact-township-1")
    assert await after(app, clock, hours=4) == []
    chat.blocked.add("chat-township-1")
    await write(app, contact="contact-township-1")
    assert await by_sms(app) == []


@pytest.mark.parametrize("state", ["blocked", "revoked"])
async def test_a_number_that_is_hers_no_more_is_left_alone(app: App, clock: FakeClock, state: str) -> None:
    await write(app)
    async with app.database.transaction() as tx:
        await Address.filter(contact_id=LIAN, channel="sms").using_db(tx).update(state=state)
    assert await after(app, clock, hours=4) == []


async def test_who_lost_her_office_is_told_nothing_more(app: App, clock: FakeClock) -> None:
    await write(app)
    async with app.database.transaction() as tx:
        await Post.filter(staff_id="staff-coordinator-1").using_db(tx).update(state="revoked")
    assert await after(app, clock, hours=4) == []


async def test_another_contact_of_hers_is_her_too(app: App, town: Town, clock: FakeClock) -> None:
    """She has an office, and two contacts: the chat of one, the number of the other."""
    async with app.database.transaction() as tx:
        await Contact.create(id="second", staff_id="staff-township-1", created_at=clock(), using_db=tx)
    await town.also_reached(Somebody("second", phone(5), "sms"))
    await write(app, contact="contact-township-1")
    (letter,) = await after(app, clock, hours=4)
    assert (letter.address, letter.contact_id) == (phone(5), "second")


async def test_who_opted_out_is_asked_nothing_by_sms(app: App, clock: FakeClock) -> None:
    async with app.database.transaction() as tx:
        await Contact.create(id="her", created_at=clock(), using_db=tx)
    town = Town(app.database, clock, app)
    await town.also_reached(Somebody("her", "chat-her", "chat"))
    await town.also_reached(Somebody("her", phone(6), "sms"))
    await write(app, contact="her")
    async with app.database.transaction() as tx:
        await Contact.filter(id="her").using_db(tx).update(opted_out_at=clock())
    (letter,) = await after(app, clock, hours=4)
    await app.outbox.drain()
    row = await Outgoing.get(id=letter.id, using_db=app.database.reading)
    assert (row.state, row.error) == ("expired", "opted_out")


async def test_a_restart_forgets_no_question(
    database: Database, clock: FakeClock, chat: Chat, app: App
) -> None:
    await write(app)
    async with wire(database, {"chat": chat}, destinations={}, clock=clock, sms=SMS) as again:
        assert len(await after(again, clock, hours=4)) == 1
    assert len(await after(app, clock, hours=1)) == 1
