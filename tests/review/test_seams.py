"""Where parts meet that were written by different people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from bot import demo, duties
from bot.bootstrap import wire
from bot.channels.simulated import CHAT, SimulatedChannel
from bot.county.door import Told
from bot.county.keys import Caller as Key
from conversations.flows.alerts import Caller as CallerOf
from conversations.flows.alerts import Story
from storage.database import Database
from storage.models import (
    Address,
    Alert,
    AlertTold,
    CareAct,
    Clock,
    Contact,
    ContactWoman,
    Outgoing,
    Post,
    Setting,
    Staff,
    Woman,
)
from tests.county.test_door import Caller
from tests.county.test_door import county as county
from tests.sms.test_fallback import SMS
from tests.support.clock import FakeClock
from tests.support.registrar import Registrar
from tests.support.town import Somebody, Town, _no_network, person

COORDINATOR, TOWNSHIP = person("coordinator-1"), person("township-1")
ELSEWHERE, COUNTY = person("coordinator-3"), person("county-1")
CLERK = CallerOf("", "", "clock")
HERS = "19900000101"
ASSESSED: dict[str, Any] = {"date": "2026-11-20", "colour": "red", "institution": "县妇幼保健院"}
RECEIVED: dict[str, Any] = {"date": "2026-11-21", "institution": "县医院", "received": True}


async def enrol(town: Town, name: str = "李梅", who: Somebody = COORDINATOR, phone: str = HERS) -> Woman:
    await town.say(who, f"{name}怀孕了，28岁，末次月经8月3号，电话{phone}，是她本人的", "就这些", "对")
    rows = await Woman.all().using_db(town.database.reading)
    return next(row for row in rows if row.details["name"] == name and row.details.get("phone") == phone)


async def county_tells(town: Town, kind: Any, woman: Woman, call_id: str = "c-1", **body: Any) -> None:
    told = Told(kind, call_id, Key("k", "xf"), {"subject": {"woman_id": woman.id}, **body})
    await town.app.told(told)


async def heard(town: Town, who: Somebody, head: str = "") -> list[str]:
    return [one.text for one in await town.letters(who) if one.text.startswith(head)]


# ── the county asks for one woman ───────────────────────────────────────────────────────────────────────


async def test_a_woman_to_be_found_is_not_everybody_of_her_name(town: Town) -> None:
    """Two called 王芳 in two townships: the other one, and her coordinator, have nothing to do with it."""
    here = await enrol(town, "王芳", phone="19900000171")
    await enrol(town, "王芳", ELSEWHERE, phone="19900000172")
    await county_tells(town, "tracing", here, reason="两次产检都没到")
    assert await heard(town, COORDINATOR, "【请找到她】")
    assert await heard(town, ELSEWHERE, "【请找到她】") == []
    (alert,) = await Alert.all().using_db(town.database.reading)
    assert (alert.woman_id, alert.place_id) == (here.id, here.village_id)
    assert [one["phone"] for one in alert.details["women"]] == ["19900000171"]


async def test_two_of_one_name_to_be_found_are_two_requests(town: Town) -> None:
    here = await enrol(town, "王芳", phone="19900000171")
    there = await enrol(town, "王芳", ELSEWHERE, phone="19900000172")
    await county_tells(town, "tracing", here, "c-1", reason="两次产检都没到")
    await county_tells(town, "tracing", there, "c-2", reason="两次产检都没到")
    assert len(await heard(town, COORDINATOR, "【请找到她】")) == 1
    assert len(await heard(town, ELSEWHERE, "【请找到她】")) == 1


async def test_asked_for_again_after_the_first_request_ran_out(town: Town) -> None:
    woman = await enrol(town)
    await county_tells(town, "tracing", woman, "c-1", reason="两次产检都没到")
    for _ in range(16):
        town.clock.advance(days=1)
        await town.app.alerts.check()
    before = len(await heard(town, COORDINATOR, "【请找到她】"))
    await county_tells(town, "tracing", woman, "c-2", reason="两次产检都没到")
    assert len(await heard(town, COORDINATOR, "【请找到她】")) == before + 1


async def test_nobody_is_sent_to_a_woman_who_died(town: Town, clerk: Registrar) -> None:
    await clerk.found()
    await clerk.file("maternal_death")
    woman = await clerk.woman()
    before = [await heard(town, who) for who in (COORDINATOR, TOWNSHIP)]
    await county_tells(town, "assessments", woman, **ASSESSED)
    await county_tells(town, "tracing", woman, "c-2", reason="两次产检都没到")
    await county_tells(
        town, "referrals", woman, "c-3", date="2026-11-21", institution="县人民医院", received=False
    )
    after = [await heard(town, who) for who in (COORDINATOR, TOWNSHIP)]
    new = " ".join(text for old, all_ in zip(before, after, strict=True) for text in all_[len(old) :])
    assert "跟她联系" not in new
    assert "请找到她" not in new


async def test_where_she_was_received_does_not_tell_what_she_has(town: Town) -> None:
    woman = await enrol(town)
    await county_tells(
        town, "referrals", woman, date="2026-11-21", institution="信丰县传染病医院", received=True
    )
    (said,) = await heard(town, COORDINATOR, "杨梅坑村")
    assert "传染" not in said


@pytest.mark.parametrize(
    ("kind", "body", "at"),
    [
        ("assessments", ASSESSED | {"date": "9999-12-31"}, "/date"),
        ("assessments", ASSESSED | {"date": "0001-01-01"}, "/date"),
        ("referrals", RECEIVED | {"next_appointment": "9999-12-31"}, "/next_appointment"),
        ("tracing", {"reason": "没到", "until": "9999-12-31"}, "/until"),
    ],
)
async def test_a_date_out_of_the_world_ends_nobodys_care(
    town: Town, county: Caller, kind: str, body: Mapping[str, Any], at: str
) -> None:
    """Counting on from it fails: at every look at her case, for ever."""
    woman = await enrol(town)
    status, said = await county.tell(kind, {"subject": {"woman_id": woman.id}, **body})
    assert (status, said["at"]) == (422, [at])


@pytest.fixture
def clerk(town: Town) -> Registrar:
    return Registrar(town)


# ── clocks and what is corrected ────────────────────────────────────────────────────────────────────────


async def by_hospital(clerk: Registrar, event: str, **body: Any) -> str:
    """The hospital's own report of her."""
    first = await clerk.found()
    number = f"{len(clerk._filed):031x}f"
    now = clerk.town.clock()
    report = replace(
        clerk._filed[first], report_id=number, event=event, author_role="institution",
        event_time=body.get("date"), known_time=now, recorded_time=now,
        body={"woman_name": "李梅", "village": "杨梅坑村", "institution": "信丰县人民医院", **body},
    )  # fmt: skip
    await clerk._write(report)
    return number


async def corrected(clerk: Registrar, report_id: str, **body: Any) -> None:
    known = clerk._filed[report_id]
    body = {**known.body, **body}
    await clerk._write(clerk._next(known, body=body, event_time=body["date"]))


async def days(town: Town, count: int) -> None:
    for _ in range(count):
        town.clock.advance(days=1)
        await town.app.clocks.check()
        await town.app.alerts.check()


async def open_alerts(town: Town) -> list[Alert]:
    rows = Alert.filter(kind="clock", woman_id__isnull=False, acknowledged_at__isnull=True)
    return await rows.using_db(town.database.reading)


async def test_a_grade_corrected_there_and_back_is_called_out_again(town: Town, clerk: Registrar) -> None:
    """Red, then yellow by mistake, then red: what was owed is owed again, though it was called out before."""
    report = await by_hospital(clerk, "risk_grade", date="2026-11-22", colour="red")
    await days(town, 2)
    assert len(await open_alerts(town)) == 1
    await corrected(clerk, report, colour="yellow")
    assert await open_alerts(town) == []
    await corrected(clerk, report, colour="red")
    await days(town, 1)
    assert len(await open_alerts(town)) == 1


async def test_what_is_overdue_and_corrected_leaves_no_alert_behind(town: Town, clerk: Registrar) -> None:
    """Another date, another due time: the alert of the first goes when the second is called out or done."""
    report = await by_hospital(
        clerk, "maternal_death", date="2026-11-17", place_kind="hospital", timing="postpartum"
    )
    await days(town, 6)
    rows = await Clock.filter(cause=report, state="running").using_db(town.database.reading)
    called = [row for row in rows if row.alert_id]
    assert called
    await corrected(clerk, report, date="2026-11-22")
    await days(town, 6)
    ids = {row.alert_id for row in await Clock.filter(cause=report).using_db(town.database.reading)}
    assert {alert.id for alert in await open_alerts(town)} <= ids
    await corrected(clerk, report, date="2026-11-17")
    await days(town, 6)
    async with town.database.transaction() as tx:
        await duties.delivered(tx, [f"{report}.3"], town.clock())
    over = Clock.filter(cause=report, state="stopped").using_db(town.database.reading)
    assert {row.details["name"] for row in await over} & {row.details["name"] for row in called}
    running = Clock.filter(cause=report, state="running").using_db(town.database.reading)
    assert {alert.id for alert in await open_alerts(town)} <= {row.alert_id for row in await running}


# ── what a chat did not bring ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def served(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    """With SMS beside the chat, as `serve` has it. Nobody answers in a chat: by SMS after four hours."""
    await demo.seed(database, clock)
    async with database.transaction() as tx:
        await Contact.all().using_db(tx).update(locale="zh_CN")
    chat = SimulatedChannel(CHAT, clock)
    async with wire(
        database, {"chat": chat}, destinations=_no_network(), clock=clock, sms=SMS, random=Random(1)
    ) as app:
        yield Town(database, clock, app)


async def by_sms(town: Town, who: Somebody) -> list[str]:
    rows = Outgoing.filter(contact_id=who.contact_id, channel="sms")
    return [row.payload["text"] for row in await rows.using_db(town.database.reading).order_by("seq")]


async def later(town: Town, **by: float) -> None:
    await town.app.outbox.drain()
    town.clock.advance(**by)
    assert town.app.fallback is not None
    await town.app.fallback.check()


async def asks(town: Town, text: str) -> None:
    town.clock.advance(minutes=1)
    assert await town.submit(town.inbound(Somebody("", HERS, "sms"), text)) == [None]


async def test_a_question_asked_again_by_sms_says_how_to_answer_there(served: Town) -> None:
    await enrol(served)
    await asks(served, "吃螃蟹行不行")
    await later(served, hours=4)
    (again,) = await by_sms(served, COORDINATOR)
    assert "答1" in again
    assert "点" not in again
    await served.say(COORDINATOR.by("sms", "19900000011"), "答1 煮熟就行")
    (alert,) = await Alert.filter(kind="question").using_db(served.database.reading)
    assert alert.acknowledged_by_id == COORDINATOR.contact_id


async def test_what_was_answered_meanwhile_is_not_asked_by_sms(served: Town) -> None:
    await enrol(served)
    await asks(served, "吃螃蟹行不行")
    await served.app.outbox.drain()
    async with served.database.transaction() as tx:  # a colleague of the township has answered
        await (
            Alert.all()
            .using_db(tx)
            .update(
                acknowledged_at=served.clock(), acknowledged_by_id=TOWNSHIP.contact_id, next_check_at=None
            )
        )
    await later(served, hours=4)
    assert await by_sms(served, COORDINATOR) == []


async def test_a_colour_named_in_a_chat_is_not_named_by_sms(served: Town) -> None:
    clerk = Registrar(served)
    await served.also_reached(COUNTY.by("sms", "19900000199"))
    await by_hospital(clerk, "risk_grade", date="2026-11-22", colour="red")
    await served.app.outbox.drain()
    served.clock.advance(hours=25)
    await served.app.clocks.check()
    chat = " ".join(await heard(served, COUNTY, "【催办】"))
    assert "红" in chat
    await later(served, hours=4)
    sent = await Outgoing.filter(channel="sms").using_db(served.database.reading)
    said = [row.payload["text"] for row in sent]
    assert [text for text in said if text.startswith("【催办】")]
    assert not [text for text in said if "红" in text]


async def test_one_address_that_cannot_be_read_keeps_nobody_from_her_sms(served: Town) -> None:
    await enrol(served)
    await served.also_reached(TOWNSHIP.by("sms", "19900000199"))
    await asks(served, "吃螃蟹行不行")
    await served.app.outbox.drain()
    async with served.database.transaction() as tx:
        (first,) = await Outgoing.filter(next_check_at__isnull=False).using_db(tx)
        assert first.next_check_at is not None
        copy = Outgoing(**{name: getattr(first, name) for name in Outgoing._meta.db_fields})
        copy.id, copy.contact_id, copy.next_check_at = "f" * 32, TOWNSHIP.contact_id, first.next_check_at
        copy.payload = {name: value for name, value in copy.payload.items() if name != "alert"}
        await copy.save(using_db=tx, force_create=True)
        await (
            Outgoing.filter(id=first.id)
            .using_db(tx)
            .update(next_check_at=first.next_check_at - timedelta(minutes=1))
        )
        hers = Address.filter(contact_id=COORDINATOR.contact_id, channel="sms")
        (row,) = await hers.using_db(tx)
        place = "?" if served.database.dialect == "sqlite" else "$1"
        await tx.execute_query(f"UPDATE address SET address = 'broken' WHERE id = {place}", [row.id])  # noqa: S608
    await later(served, hours=4)
    assert await by_sms(served, TOWNSHIP) != []


# ── hers ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_question_after_one_nobody_answered_is_asked_too(town: Town) -> None:
    """The first was told for a week and then no more; the second is asked at night, and told in the morning."""
    await enrol(town)
    await asks(town, "吃螃蟹行不行")
    for _ in range(9):
        town.clock.advance(days=1)
        await town.app.alerts.check()
    before = len(await heard(town, COORDINATOR, "【提问】"))
    town.clock.advance(hours=13)
    await asks(town, "那能不能坐火车")
    town.clock.advance(hours=12)
    await town.app.alerts.check()
    assert any("火车" in text for text in (await heard(town, COORDINATOR, "【提问】"))[before:])


async def test_the_number_she_said_last_is_the_one_that_is_checked(town: Town) -> None:
    """She mistyped it the first time."""
    await enrol(town)
    await asks(town, "我换号码了，19900000151")
    await asks(town, "我换号码了，19900000152")
    (alert,) = await Alert.filter(kind="new_phone").using_db(town.database.reading)
    assert alert.details["signs"][-1] == "19900000152"
    await asks(town, "我换号码了，19900000151")
    (alert,) = await Alert.filter(kind="new_phone").using_db(town.database.reading)
    assert alert.details["signs"][-1] == "19900000151"
    assert alert.details["signs"][-2] != "19900000152"


async def test_a_second_link_can_be_confirmed(town: Town) -> None:
    """The first one she opened was never decided."""
    async with town.database.transaction() as tx:
        await Setting.create(key="telegram.links", value="https://t.me/x?start=", using_db=tx)
    woman = await enrol(town)
    hers = Somebody("", "chat-new", "chat")
    for _ in range(2):
        town.clock.advance(minutes=1)
        (offer,) = await town.say(COORDINATOR, "给李梅发链接")
        token = offer.rpartition("=")[2].strip()
        assert await town.submit(town.inbound(hers, f"/start {token}")) == [None]
    await town.app.outbox.drain()
    letters = [one for one in await town.letters(COORDINATOR) if one.text.startswith("【核对本人】")]
    (yes,) = [data for row in letters[-1].buttons for label, data in row if label.startswith("是她")]
    assert await town.submit(town.inbound(COORDINATOR, "", kind="button", button=yes)) == [None]
    linked = ContactWoman.filter(woman_id=woman.id, consent="asked").using_db(town.database.reading)
    assert await linked.count() == 1


async def test_a_number_that_was_right_is_reminded_again_at_once(town: Town, clerk: Registrar) -> None:
    """号码没错，接着发: her case is looked at, as after 恢复."""
    await clerk.found()
    await clerk.settle()
    await clerk.consents()
    assert await town.submit(town.inbound(Somebody("", "19900000150", "sms"), "打错了")) == [None]
    await clerk.settle()
    town.clock.advance(minutes=1)
    letters = [one for one in await town.letters(COORDINATOR) if one.text.startswith("【核对号码】")]
    (right,) = [data for row in letters[-1].buttons for label, data in row if "没错" in label]
    assert await town.submit(town.inbound(COORDINATOR, "", kind="button", button=right)) == [None]
    assert await clerk.next_look() == town.clock()


async def test_a_new_coordinator_writes_from_the_office_phone_of_her_predecessor(town: Town) -> None:
    before, after = await town.hire("alt"), await town.hire("neu")
    number = "19900000188"
    blind = town.database.keyring.blind
    async with town.database.transaction() as tx:
        staff = Staff.filter(id__in=["s-alt", "s-neu"]).using_db(tx)
        for one in await staff:
            one.phone, one.phone_index = number, blind("phone", number)
            await one.save(using_db=tx, update_fields=["phone", "phone_index"])
    await town.also_reached(before.by("sms", number))
    async with town.database.transaction() as tx:
        await Post.filter(staff_id="s-alt").using_db(tx).update(state="revoked")
    said = await town.say(after, "帮助")
    town.clock.advance(minutes=1)
    await town.submit(town.inbound(Somebody("", number, "sms"), "帮助"))
    (address,) = await Address.filter(channel="sms", address_index=blind("address", number)).using_db(
        town.database.reading
    )
    assert said
    assert address.contact_id == after.contact_id


# ── nothing stands in the way of danger ─────────────────────────────────────────────────────────────────


async def test_a_hundred_things_nobody_took_do_not_keep_danger_from_her(town: Town) -> None:
    """Duties and questions nobody took keep their numbers; there must be one more for this."""
    async with town.database.transaction() as tx:
        for number in range(1, 100):
            alert = Alert(
                id=f"old{number}", kind="clock", raised_at=town.clock(), level=0, next_check_at=town.clock() + timedelta(days=1), place_id="xf-gupo-yangmeikeng",
                details=Story("clock", (), town.clock(), ("月报",), CLERK, (), ()).as_details(),
            )  # fmt: skip
            await alert.save(using_db=tx, force_create=True)
            await AlertTold.create(
                id=f"told{number}", alert_id=alert.id, contact_id=TOWNSHIP.contact_id, number=number, letter_id="x",
                first_at=town.clock(), last_at=town.clock(), times=1, using_db=tx,
            )  # fmt: skip
    await town.say(COORDINATOR, "李梅大出血")
    assert len(await heard(town, TOWNSHIP, "【危急】")) == 1


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("assessments", {**ASSESSED, "colour": "yellow"}, "医院评估"),
        ("referrals", RECEIVED, "转诊已到"),
        ("referrals", {**RECEIVED, "received": False}, "【请找到她】"),
    ],
)
async def test_the_county_wakes_nobody_with_what_can_wait(
    town: Town, clerk: Registrar, kind: Any, body: dict[str, Any], said: str
) -> None:
    """Its system works at two in the morning; who looks after her hears of it at eight."""
    await clerk.found()
    await clerk.settle()
    town.clock.advance(hours=16)
    await county_tells(town, kind, await clerk.woman(), **body)
    await town.app.outbox.drain()
    assert said not in clerk.words(COORDINATOR.address, "chat")
    town.clock.advance(hours=6)
    await town.app.alerts.check()
    await town.app.outbox.drain()
    assert said in clerk.words(COORDINATOR.address, "chat")


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        *(("assessments", {**ASSESSED, "colour": colour}, "医院评估") for colour in ("orange", "red")),
        ("assessments", {**ASSESSED, "colour": "green", "purple": True}, "医院评估"),
        ("tracing", {"reason": "两次产检都没到"}, "【请找到她】"),
    ],
)
async def test_what_the_programme_says_is_told_at_night_too_and_once(
    town: Town, clerk: Registrar, kind: Any, body: dict[str, Any], said: str
) -> None:
    """XF takes the national values: tracing, and what is read as 重点随访; the hour tells no colour of that label."""
    await clerk.found()
    await clerk.settle()
    town.clock.advance(hours=16)
    await county_tells(town, kind, await clerk.woman(), **body)
    await town.app.outbox.drain()
    for who in (COORDINATOR, TOWNSHIP):
        assert clerk.words(who.address, "chat").count(said) == 1
    town.clock.advance(hours=6)
    await town.app.alerts.check()
    await town.app.outbox.drain()
    assert clerk.words(COORDINATOR.address, "chat").count(said) == 1


# ── who answers, and what cannot be read ────────────────────────────────────────────────────────────────


async def test_a_word_with_a_name_is_hers_whose_name_it_is(town: Town, clerk: Registrar) -> None:
    """On a phone of two women: what one says with her own name is no yes of the other, whoever was asked last."""
    await clerk.found("李梅")
    await clerk.settle()
    await clerk.consents("李梅")
    await clerk.found("张桂花", lmp="2026-10-01")
    await clerk.settle()
    assert await town.submit(town.inbound(Somebody("", "19900000150", "sms"), "愿意，李梅")) == [None]
    links = ContactWoman.filter(woman_id=clerk.woman_id("张桂花")).using_db(town.database.reading)
    assert [link.consent for link in await links] == ["asked"]


async def test_one_task_nobody_can_read_does_not_end_the_digest(town: Town, clerk: Registrar) -> None:
    for name in ("李梅", "张桂花"):
        await clerk.found(name, phone=None, lmp="2026-08-25")
    await clerk.settle()
    async with town.database.transaction() as tx:
        mine = CareAct.filter(woman_id=clerk.woman_id("李梅"), to_role="coordinator").using_db(tx)
        (row, *_) = await mine
        await tx.execute_query(f"UPDATE care_act SET key = 'broken' WHERE id = '{row.id}'")  # noqa: S608
    await clerk.until("2026-12-10")
    assert "张桂花" in clerk.words(COORDINATOR.address, "chat")
    assert await town.say(COORDINATOR, "今天要做什么")


async def test_a_womans_very_first_message_is_hers(town: Town) -> None:
    """She writes before anybody ever wrote to her: what she says is known to be hers, a danger above all."""
    woman = await enrol(town)
    stranger = Somebody("", HERS, "sms")
    async with town.database.transaction() as tx:
        mine = Address.filter(channel="sms", address_index=town.database.keyring.blind("address", HERS))
        ids = [str(one) for one in await mine.using_db(tx).values_list("contact_id", flat=True)]
        await ContactWoman.filter(contact_id__in=ids).using_db(tx).delete()
        await mine.using_db(tx).delete()
    assert await town.submit(town.inbound(stranger, "我流了好多血")) == [None]
    (alert,) = await Alert.filter(kind="danger").using_db(town.database.reading)
    assert alert.woman_id == woman.id
    assert alert.place_id == woman.village_id
    (said, *_) = await heard(town, COORDINATOR, "【危急】")
    assert "李梅" in said
