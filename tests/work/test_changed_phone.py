"""A colleague has one conversation on all her phones, and none on a number she gave up or with an office she left."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.consent import Consent
from bot.outbox.letters import Drop
from storage.models import (
    Address,
    Alert,
    AlertTold,
    Contact,
    Outgoing,
    Post,
    Report,
    Session,
    Staff,
)
from tests.support.people import phone
from tests.support.town import VILLAGE, Somebody, Town, person

TOWNSHIP, OTHER = person("township-1"), person("coordinator-3")
OLD, NEW = phone(61), phone(62)
ONE_HOUR = timedelta(hours=1)


async def who_has(town: Town, who: Somebody) -> Contact:
    """The contact an address leads to."""
    index = town.database.keyring.blind("address", who.address)
    row = await Address.get(channel=who.channel, address_index=index, using_db=town.database.reading)
    return await Contact.get(id=row.contact_id, using_db=town.database.reading)


async def code_for(town: Town, number: str, place: str = "杨梅坑村") -> str:
    (said,) = await town.say(TOWNSHIP, "发加入码", place, number, "对")
    found = re.search(r"\d{4} \d{4}", said)
    assert found is not None, said
    return found[0]


async def asks_in(town: Town, who: Somebody, number: str, name: str) -> None:
    code = await code_for(town, number)
    by_sms = who.channel == "sms"
    for text in (code, name, "135791") if by_sms else (code, number, name):
        assert await town.submit(town.inbound(who, text)) == [None]


async def joins(town: Town, who: Somebody, number: str, name: str = "钟玉兰", *answers: str) -> Somebody:
    """With a code, confirmed with these answers; as the contact she is then."""
    await asks_in(town, who, number, name)
    await town.say(TOWNSHIP, "确认加入", "是", *answers)
    return Somebody((await who_has(town, who)).id, who.address, who.channel)


@pytest.fixture
async def lan(town: Town) -> Somebody:
    """A coordinator who joined by SMS."""
    return await joins(town, Somebody("", OLD, "sms"), OLD)


def chat(name: str = "lan") -> Somebody:
    return Somebody("", f"chat-{name}")


async def letters_to(town: Town, address: str) -> list[str]:
    """What left for an address."""
    rows = Outgoing.filter(state="sent").order_by("seq").using_db(town.database.reading)
    return [row.payload["text"] for row in await rows if row.address == address]


async def queued_for(town: Town, who: Somebody, text: str = "【待核实】李梅", **more: object) -> str:
    values = {
        "id": f"letter-{text}-{who.address}"[:32], "seq": 1, "lane": who.contact_id, "contact_id": who.contact_id,
        "channel": who.channel, "address": who.address, "kind": "notice", "state": "queued", "attempts": 0,
        "payload": {"text": text, "filled": [], "buttons": [], "ask_phone": "", "forget": []},
        "due_at": town.clock(), "expires_at": town.clock() + 24 * ONE_HOUR, "created_at": town.clock(),
        "updated_at": town.clock(),
    } | more  # fmt: skip
    async with town.database.transaction() as tx:
        await Outgoing(**values).save(using_db=tx, force_create=True)
    return str(values["id"])


# ── one conversation ────────────────────────────────────────────────────────────────────────────────────


async def test_who_joins_again_in_the_chat_stays_one(town: Town, lan: Somebody) -> None:
    """Staff joined by SMS and later by code in a chat were two contacts."""
    also = await joins(town, chat(), OLD)
    assert also.contact_id == lan.contact_id
    staff = await Contact.get(id=lan.contact_id, using_db=town.database.reading)
    posts = Post.filter(staff_id=str(staff.staff_id), state="active").using_db(town.database.reading)
    assert [post.place_id for post in await posts] == [VILLAGE]
    assert "【" not in "".join(await town.say(also, "我报了什么"))


async def test_what_she_began_by_sms_she_finishes_in_the_chat_she_joined(town: Town, lan: Somebody) -> None:
    await town.say(lan, "李梅怀孕了，末次月经9月3号", "就这些")
    also = await joins(town, chat(), OLD)
    await town.say(also, "对")
    (report,) = await Report.all().using_db(town.database.reading)
    assert report.body["woman_name"] == "李梅"


async def test_she_is_welcomed_where_she_joined(town: Town, lan: Somebody) -> None:
    await joins(town, chat(), OLD)
    await town.app.settle()
    assert sum("欢迎您" in text for text in await letters_to(town, "chat-lan")) == 1


async def test_an_alert_is_told_to_her_once(town: Town, lan: Somebody) -> None:
    await joins(town, chat(), OLD)
    await town.app.settle()
    await town.say(Somebody("", phone(70), "sms"), "你好")
    await town.say(person("coordinator-1"), "李梅大出血了")
    (alert,) = await Alert.all().using_db(town.database.reading)
    told = AlertTold.filter(alert_id=alert.id).using_db(town.database.reading)
    contacts = await Contact.filter(id__in=[one.contact_id for one in await told]).using_db(
        town.database.reading
    )
    staff = [one.staff_id for one in contacts]
    assert len(staff) == len(set(staff))


async def test_a_danger_she_told_of_as_a_stranger_finds_her_way_back(town: Town, lan: Somebody) -> None:
    await town.say(chat(), "有人大出血了")
    await joins(town, chat(), OLD)
    (alert,) = await Alert.filter(kind="danger").using_db(town.database.reading)
    assert alert.reporter_id == lan.contact_id


# ── a new number ────────────────────────────────────────────────────────────────────────────────────────


async def moves(town: Town, to: Somebody) -> Somebody:
    return await joins(town, to, NEW, "钟玉兰", "1")


@pytest.fixture(params=["chat", "sms"])
def new(request: pytest.FixtureRequest) -> Somebody:
    """Where she says her code from: the new number itself, or a chat."""
    return chat() if request.param == "chat" else Somebody("", NEW, "sms")


async def test_the_issuer_is_asked_whether_it_is_the_colleague_of_that_name(
    town: Town, lan: Somebody
) -> None:
    await asks_in(town, chat(), NEW, "钟玉兰")
    await town.say(TOWNSHIP, "确认加入", "是")
    asked = (await town.letters(TOWNSHIP))[-1]
    assert "同名" in asked.text
    assert [OLD[-4:] in label for row in asked.buttons for label, _ in row] == [True, False]


async def test_she_stays_herself_on_her_new_number(town: Town, lan: Somebody, new: Somebody) -> None:
    moved = await moves(town, new)
    assert moved.contact_id == lan.contact_id
    row = await Contact.get(id=moved.contact_id, using_db=town.database.reading)
    staff = await Staff.get(id=str(row.staff_id), using_db=town.database.reading)
    assert (staff.phone, staff.name) == (NEW, "钟玉兰")
    named = [one for one in await Staff.all().using_db(town.database.reading) if one.name == "钟玉兰"]
    assert len(named) == 1


async def test_whoever_has_the_old_number_now_is_a_stranger(town: Town, lan: Somebody, new: Somebody) -> None:
    await town.say(lan, "李梅怀孕了，末次月经9月3号", "就这些")
    await moves(town, new)
    stranger = Somebody("", OLD, "sms")
    await town.say(stranger, "对", "我报了什么", "张桂花怀孕了，末次月经9月3号", "就这些", "对", "名单")
    assert not await Report.all().using_db(town.database.reading).exists()
    row = await who_has(town, stranger)
    assert row.staff_id is None
    assert row.id != lan.contact_id
    await town.app.settle()
    assert not [text for text in await letters_to(town, OLD) if "桂花" in text]
    assert not await Session.filter(contact_id=row.id).using_db(town.database.reading).count() or (
        "李梅" not in repr(await Session.get(contact_id=row.id, using_db=town.database.reading))
    )


async def test_nothing_is_told_to_the_old_number(town: Town, lan: Somebody, new: Somebody) -> None:
    await moves(town, new)
    await town.app.settle()
    before = await letters_to(town, OLD)
    await town.say(person("coordinator-1"), "李梅大出血了")
    await town.say(TOWNSHIP, "通知所有孕管员：明天开会", "不用", "对")
    for _ in range(3):
        town.clock.advance(hours=12)
        await town.app.settle()
    assert await letters_to(town, OLD) == before
    assert [text for text in await letters_to(town, new.address) if "明天开会" in text]


async def test_what_was_queued_for_the_old_number_goes_to_the_new(
    town: Town, lan: Somebody, new: Somebody
) -> None:
    await queued_for(town, lan, due_at=town.clock() + ONE_HOUR)
    moved = await moves(town, new)
    town.clock.advance(hours=2)
    await town.app.settle()
    assert "【待核实】李梅" not in await letters_to(town, OLD)
    assert "【待核实】李梅" in await letters_to(town, moved.address)


async def test_what_was_on_its_way_is_not_tried_there_again(town: Town, lan: Somebody, new: Somebody) -> None:
    """A letter that was being sent when she moved, and comes back to be tried once more."""
    letter = await queued_for(town, lan, state="sending", lease_until=town.clock() + ONE_HOUR)
    await moves(town, new)
    row = await Outgoing.get(id=letter, using_db=town.database.reading)
    assert isinstance(await Consent(town.database)(row), Drop)


async def test_what_she_is_to_take_stays_hers(town: Town, lan: Somebody, new: Somebody) -> None:
    await town.say(person("coordinator-1"), "李梅大出血了")
    moved = await moves(town, new)
    await town.say(moved, "收到")
    (alert,) = await Alert.all().using_db(town.database.reading)
    assert alert.acknowledged_by_id == moved.contact_id


async def test_a_namesake_is_somebody_else(town: Town, lan: Somebody, new: Somebody) -> None:
    other = await joins(town, new, NEW, "钟玉兰", "2")
    assert other.contact_id != lan.contact_id
    assert (await who_has(town, lan)).id == lan.contact_id
    (said,) = await town.say(lan, "李梅怀孕了，末次月经9月3号", "就这些")
    assert "李梅" in said


async def test_nobody_is_asked_of_colleagues_of_another_name(
    town: Town, lan: Somebody, new: Somebody
) -> None:
    await asks_in(town, new, NEW, "谢小红")
    (said,) = await town.say(TOWNSHIP, "确认加入", "是")
    assert "同名" not in said


# ── who left ────────────────────────────────────────────────────────────────────────────────────────────


async def leaves(town: Town, who: Somebody) -> None:
    said = await town.say(TOWNSHIP, "停用 钟玉兰", "对")
    assert "停用好了" in said[-1]


async def test_who_left_is_told_nothing_more_of_women(town: Town, lan: Somebody) -> None:
    await queued_for(town, lan, due_at=town.clock() + ONE_HOUR)
    await queued_for(town, lan, "【危急】李梅", kind="danger", due_at=town.clock() + ONE_HOUR)
    await leaves(town, lan)
    town.clock.advance(hours=2)
    await town.app.settle()
    assert not [text for text in await letters_to(town, OLD) if "李梅" in text]


@pytest.mark.parametrize("kind", ["reply", "notice", "danger"])
async def test_what_comes_back_to_be_tried_again_finds_her_gone(town: Town, lan: Somebody, kind: str) -> None:
    letter = await queued_for(town, lan, kind=kind, state="sending", lease_until=town.clock() + ONE_HOUR)
    town.clock.advance(minutes=1)
    await leaves(town, lan)
    row = await Outgoing.get(id=letter, using_db=town.database.reading)
    assert isinstance(await Consent(town.database)(row), Drop)


async def test_who_left_is_still_answered(town: Town, lan: Somebody) -> None:
    await leaves(town, lan)
    town.clock.advance(minutes=1)
    await town.say(lan, "帮助")
    await town.app.settle()
    assert "停用" in (await letters_to(town, OLD))[-1]
