"""To her only: after her yes, on her own and safe number, as it is at the moment of sending."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.channels.base import Letter, Refused
from bot.channels.simulated import SimulatedChannel
from bot.fallback import Fallback
from storage.models import Address, Contact, ContactWoman, Outgoing
from tests.support.registrar import PHONE, Registrar
from tests.support.town import Town
from tests.support.watch import COORDINATOR, TOWNSHIP

SOON = "visit:antenatal_2:soon"
NEW = "19900000151"


async def consenting(clerk: Registrar) -> None:
    await clerk.found()
    await clerk.settle()
    await clerk.consents()
    await clerk.file("antenatal_visit")


async def with_a_reminder_waiting(clerk: Registrar) -> None:
    await consenting(clerk)
    await clerk.until("2027-01-19", 20)
    clerk.off("2027-01-20", 8)
    await clerk.town.app.care.check()


async def test_the_first_question_makes_her_a_contact_and_names_no_pregnancy(
    clerk: Registrar, town: Town
) -> None:
    await clerk.found()
    await clerk.settle()
    ((_, text),) = clerk.heard()
    assert not [word for word in ("孕", "产", "宝", "妇", "胎", "婴") if word in text]
    blind = town.database.keyring.blind("address", PHONE)
    address = await Address.get(channel="sms", address_index=blind, using_db=town.database.reading)
    (link,) = await ContactWoman.filter(woman_id=clerk.woman_id("李梅")).using_db(town.database.reading)
    assert (link.contact_id, link.consent, link.consent_at) == (address.contact_id, "asked", town.clock())
    await clerk.until("2026-12-20")
    assert len(clerk.heard()) == 1


async def test_who_wrote_before_is_asked_where_she_wrote(clerk: Registrar) -> None:
    await clerk.found(phone="19900000101")  # 李梅 of the demonstration
    await clerk.settle()
    (link,) = await ContactWoman.filter(woman_id=clerk.woman_id("李梅")).using_db(clerk.town.database.reading)
    assert link.contact_id == "contact-woman-1"
    assert len(clerk.heard("19900000101")) == 1


@pytest.mark.parametrize(
    "told",
    [
        {"phone": None}, {"phone_owner": "husband"}, {"phone_owner": "family"}, {"phone_owner": None},
        {"safe_to_text": False}, {"safe_to_text": None}, {"restricted": "under_14", "age": 13},
        {"restricted": "minor", "age": 16}, {"phone": "19900000011"},
    ],
    ids=str,
)  # fmt: skip
async def test_no_word_to_numbers_that_are_not_hers_or_not_safe(
    clerk: Registrar, told: dict[str, Any]
) -> None:
    """The last one is the coordinator's own. Of a girl under 14 the township is told instead of the village."""
    await clerk.found(**told)
    await clerk.until("2027-02-01")
    number = str(told.get("phone") or PHONE)
    assert clerk.heard(number) == []
    reader = TOWNSHIP if told.get("restricted") == "under_14" else COORDINATOR
    assert "第二次产检" in clerk.words(reader.address, "chat")


async def test_no_sms_no_question(clerk: Registrar, town: Town) -> None:
    """Where there is no SMS everything goes through the coordinator."""
    town.app.care._channels = ("chat",)
    await clerk.found()
    await clerk.until("2027-01-21")
    assert clerk.heard() == []
    assert "第二次产检" in clerk.words(COORDINATOR.address, "chat")


async def test_two_women_on_one_phone_are_asked_and_reminded_each(clerk: Registrar) -> None:
    await clerk.found("李梅")
    await clerk.found("张桂花", lmp="2026-10-01")
    await clerk.settle()
    assert [name for _, text in clerk.heard() for name in ("李梅", "张桂花") if name in text] == [
        "李梅",
        "张桂花",
    ]
    assert (
        await Contact.filter(women__woman_id__isnull=False)
        .distinct()
        .using_db(clerk.town.database.reading)
        .count()
        == 1
    )
    await clerk.consents("张桂花")
    await clerk.until("2027-01-25")
    assert "visit:antenatal_2:soon" not in [
        k for k, a in (await clerk.acts("李梅")).items() if a.to_role == "woman"
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"phone": NEW}, "no_consent"),
        ({"phone_owner": "husband"}, "unsafe"),
        ({"safe_to_text": False}, "unsafe"),
        ({"restricted": "minor"}, "unsafe"),
    ],
    ids=str,
)
async def test_a_number_corrected_between_making_and_sending(
    clerk: Registrar, change: dict[str, Any], reason: str
) -> None:
    report = await clerk.found()
    await clerk.settle()
    await clerk.consents()
    await clerk.file("antenatal_visit")
    await clerk.until("2027-01-19", 20)
    clerk.off("2027-01-20", 8)
    await clerk.town.app.care.check()
    before = clerk.heard()
    await clerk.correct(report, **change)
    await clerk.town.app.outbox.drain()
    assert clerk.heard() == before
    assert (await clerk.states())[SOON] == f"skipped {reason}"
    await clerk.until("2027-01-24")
    assert "第二次产检" in clerk.words(COORDINATOR.address, "chat")
    assert [text for _, text in clerk.heard(NEW) if "产检" in text] == []


async def test_a_changed_phone_is_followed_once_she_said_yes_there(clerk: Registrar) -> None:
    report = await clerk.found()
    await clerk.settle()
    await clerk.consents()
    await clerk.until("2026-12-01")
    old = len(clerk.heard())
    await clerk.correct(report, phone=NEW)
    await clerk.settle()
    ((_, asked),) = clerk.heard(NEW)
    assert "李梅本人" in asked
    async with clerk.town.database.transaction() as tx:
        contact = await Address.get(
            address_index=clerk.town.database.keyring.blind("address", NEW), using_db=tx
        )
        links = ContactWoman.filter(contact_id=contact.contact_id).using_db(tx)
        await links.update(consent="yes", consent_at=clerk.town.clock())
    await clerk.until("2027-01-21")
    assert len(clerk.heard()) == old
    assert any("该做产检了" in text for _, text in clerk.heard(NEW))


async def test_a_reminder_made_for_one_account_goes_to_the_one_she_moved_to(
    clerk: Registrar, town: Town
) -> None:
    """She linked a chat between making and sending: the same reminder goes there, once."""
    await with_a_reminder_waiting(clerk)
    before = len(clerk.heard())
    async with town.database.transaction() as tx:
        await Contact.create(id="hers", created_at=town.clock(), using_db=tx)
        await Address(
            id="hers-chat", contact_id="hers", channel="chat", address="chat-limei",
            address_index=town.database.keyring.blind("address", "chat-limei"), state="active",
        ).save(using_db=tx, force_create=True)  # fmt: skip
        await ContactWoman.create(
            id="link", contact_id="hers", woman_id=clerk.woman_id("李梅"), consent="yes",
            consent_at=town.clock(), using_db=tx,
        )  # fmt: skip
    await town.app.outbox.drain()
    await town.app.outbox.drain()  # the other channel's turn
    assert len(clerk.heard()) == before
    ((_, text),) = clerk.heard("chat-limei", "chat")
    assert "该做产检了" in text
    assert "回“" not in text  # there she presses
    channel = town.app.channels["chat"]
    assert isinstance(channel, SimulatedChannel)
    (bubble,) = channel.bubbles("chat-limei")
    assert [label for row in bubble.buttons for label, _ in row] == ["去过了", "改天", "不方便"]
    await clerk.until("2027-01-22")
    assert (await clerk.states())[SOON] == "sent"


@pytest.mark.parametrize(
    ("field", "reason"), [("opted_out_at", "opted_out"), ("silenced_at", "wrong_number")]
)
async def test_opted_out_or_silenced_between_making_and_sending(
    clerk: Registrar, field: str, reason: str
) -> None:
    await with_a_reminder_waiting(clerk)
    before = clerk.heard()
    (link,) = await ContactWoman.filter(woman_id=clerk.woman_id("李梅")).using_db(clerk.town.database.reading)
    async with clerk.town.database.transaction() as tx:
        await Contact.filter(id=link.contact_id).using_db(tx).update(**{field: clerk.town.clock()})
    await clerk.town.app.outbox.drain()
    assert clerk.heard() == before
    await clerk.until("2027-01-22")
    assert (await clerk.states())[SOON] == f"skipped {reason}"
    assert "第二次产检" in clerk.words(COORDINATOR.address, "chat")
    await clerk.until("2027-09-01")
    assert clerk.heard() == before


async def test_a_number_that_takes_nothing_goes_to_the_coordinator(
    clerk: Registrar, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_a_reminder_waiting(clerk)

    async def refuse(address: str, letter: Letter) -> Refused:
        return Refused("no such number")

    monkeypatch.setattr(town.app.channels["sms"], "send", refuse)
    await town.app.outbox.drain()
    await clerk.until("2027-01-22")
    assert (await clerk.states())[SOON] == "skipped wrong_number"
    assert "号码联系不上" in clerk.words(COORDINATOR.address, "chat")
    queued = len(await clerk.outgoing("reminder"))
    await clerk.until("2027-05-01")
    assert len(await clerk.outgoing("reminder")) == queued


async def test_no_words_lie_in_the_outbox_before_they_leave(clerk: Registrar) -> None:
    await with_a_reminder_waiting(clerk)
    rows = await clerk.outgoing("reminder")
    assert {row.payload["text"] for row in rows} == {""}
    assert len(rows) == 3


async def test_a_reminder_that_found_a_chat_blocked_is_not_repeated_by_the_fallback(
    clerk: Registrar, town: Town
) -> None:
    await with_a_reminder_waiting(clerk)
    *_, row = await clerk.outgoing("reminder")
    row.channel = "chat"
    fallback = Fallback(town.database, town.app.care._writer, town.clock, timedelta(hours=2), lambda: None)
    assert fallback.check_at(row, town.clock()) is None
    queued = len(await clerk.outgoing("reminder"))
    async with town.database.transaction() as tx:
        await fallback.blocked(tx, row, town.clock())
    assert len(await clerk.outgoing("reminder")) == queued


async def test_a_digest_that_found_a_chat_blocked_goes_by_sms_with_its_words(
    clerk: Registrar, town: Town
) -> None:
    await clerk.found(phone=None)
    await clerk.file("antenatal_visit")
    await clerk.until("2027-01-20", 9)
    (row,) = [row for row in await clerk.outgoing("notice") if row.payload.get("digest")][-1:]
    fallback = Fallback(town.database, town.app.care._writer, town.clock, timedelta(hours=2), lambda: None)
    async with town.database.transaction() as tx:
        await fallback.blocked(tx, row, town.clock())
        await Outgoing.filter(id=row.id).using_db(tx).update(state="dead")
    await town.app.outbox.drain()
    assert "第二次产检" in clerk.words("19900000011")
    await clerk.until("2027-01-22")  # the next mornings: it was told
    assert clerk.words("19900000011").count("第二次产检") == 1
    assert [text for day, text in clerk.heard(COORDINATOR.address, "chat") if day > "2027-01-20"] == []


async def test_on_a_familys_phone_she_is_called_by_her_name(clerk: Registrar) -> None:
    """Or her sister-in-law, who lost hers, would read 看看您和宝宝好不好."""
    await consenting(clerk)
    await clerk.until("2026-12-01")
    alone = [text for _, text in clerk.heard()]
    assert alone
    assert not [text for text in alone[1:] if "李梅" in text]
    await clerk.found("王芳", lmp="2026-10-20")
    await clerk.until("2027-01-21")
    after = [text for _, text in clerk.heard()][len(alone) :]
    assert any("请问您是王芳本人吗" in text for text in after)
    assert any(text.startswith("李梅，您好，该做产检了") for text in after)


async def test_the_townships_word_lets_her_be_asked_and_survives_what_is_reported_later(
    clerk: Registrar,
) -> None:
    """Requirements §2: 14–17 no texts to her until the township decides. The first message names no pregnancy."""
    report = await clerk.found(restricted="minor", age=16)
    await clerk.settle()
    assert clerk.heard() == []
    await clerk.correct(report, minor_texts="allowed")
    await clerk.settle()
    [(_, asked)] = clerk.heard()
    assert "孕" not in asked
    assert "本人" in asked
    await clerk.consents()
    clerk.town.clock.advance(days=1)
    await clerk.file("booking", restricted="minor")  # folds her anew
    before = len(clerk.heard())
    await clerk.until("2027-01-22", 20)
    assert len(clerk.heard()) > before
    await clerk.correct(report, minor_texts="held")
    before = len(clerk.heard())
    await clerk.until("2027-04-01", 20)
    assert len(clerk.heard()) == before


async def test_under_14_nobody_can_decide_that_she_is_written_to(clerk: Registrar) -> None:
    await clerk.found(restricted="under_14", age=13, minor_texts="allowed")
    await clerk.until("2027-01-22", 20)
    assert clerk.heard() == []
