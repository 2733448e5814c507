"""A number somebody called wrong that is later told for another woman: she is asked like anybody new, and those it was
kept for stay silent there."""

from __future__ import annotations

from storage.models import Address, Contact
from tests.support.registrar import PHONE, Registrar
from tests.support.town import Somebody, Town
from tests.support.watch import COORDINATOR

OTHER = "19900000152"


async def behind(town: Town, number: str = PHONE) -> Contact:
    index = town.database.keyring.blind("address", number)
    address = await Address.get(channel="sms", address_index=index, using_db=town.database.reading)
    return await Contact.get(id=address.contact_id, using_db=town.database.reading)


async def called_wrong(clerk: Registrar, town: Town) -> Somebody:
    """李梅's number, and whoever has it says that it is not hers."""
    await clerk.found("李梅")
    await clerk.settle()
    phone = Somebody((await behind(town)).id, PHONE, "sms")
    await town.say(phone, "打错了")
    assert (await behind(town)).silenced_at is not None
    await clerk.settle()
    return phone


def asked(clerk: Registrar, number: str = PHONE) -> list[str]:
    return [text for _, text in clerk.heard(number) if "本人" in text]


async def test_another_woman_is_asked_for_her_consent_and_told_of_no_pregnancy(
    clerk: Registrar, town: Town
) -> None:
    await called_wrong(clerk, town)
    await clerk.found("张桂花", lmp="2026-09-03")
    await clerk.settle()
    *_, text = asked(clerk)
    assert "张桂花" in text
    assert not [word for word in ("孕", "产", "宝", "妇", "胎", "婴", "李梅") if word in text]


async def test_only_her_reminders_go_there(clerk: Registrar, town: Town) -> None:
    phone = await called_wrong(clerk, town)
    await clerk.found("张桂花", lmp="2026-09-03")
    await clerk.settle()
    await town.say(phone, "愿意")
    await clerk.file("antenatal_visit", "张桂花")
    await clerk.until("2027-01-25")
    assert "该做产检了" in clerk.words()
    assert len([text for text in asked(clerk) if "李梅" in text]) == 1  # before it was called wrong
    assert "第二次产检" in clerk.words(COORDINATOR.address, "chat")  # 李梅's, through the coordinator
    assert (await clerk.states("张桂花"))["visit:antenatal_2:soon"] == "sent"
    assert (await clerk.acts("李梅"))["visit:antenatal_2:soon"].to_role == "coordinator"
    assert "李梅" not in " ".join(await town.say(phone, "我的预产期是哪天"))


async def test_a_changed_number_is_hers_as_well(clerk: Registrar, town: Town) -> None:
    await called_wrong(clerk, town)
    report = await clerk.found("张桂花", phone=OTHER)
    await clerk.until("2026-11-24")
    await clerk.correct(report, phone=PHONE)
    await clerk.settle()
    assert "张桂花" in asked(clerk)[-1]


async def test_the_same_woman_stays_silent_until_the_number_is_called_right(
    clerk: Registrar, town: Town
) -> None:
    """Reported again, under another record of the same name, or after a number that was no better."""
    await called_wrong(clerk, town)
    told = len(clerk.heard())
    report = await clerk.found("李梅", nth=2, lmp="2026-10-01")
    await clerk.correct(report, phone=OTHER)
    await clerk.settle()
    await clerk.correct(report, phone=PHONE)
    await clerk.file("preconception", "李梅", nth=3, phone=PHONE, phone_owner="self", safe_to_text=True)
    await clerk.settle()
    assert (await behind(town)).silenced_at is not None
    assert len(clerk.heard()) == told


async def test_called_wrong_again_it_is_silent_for_both(clerk: Registrar, town: Town) -> None:
    phone = await called_wrong(clerk, town)
    await clerk.found("张桂花")
    await clerk.settle()
    await town.say(phone, "打错了")
    await clerk.settle()
    told = len(clerk.heard())
    await clerk.until("2027-02-01")
    assert len(clerk.heard()) == told


async def test_who_wanted_no_messages_there_gets_none(clerk: Registrar, town: Town) -> None:
    """退订 was said by whoever has the phone, and whoever has it now may be the same."""
    phone = await called_wrong(clerk, town)
    assert await town.say(phone, "退订") == []
    assert (await behind(town)).opted_out_at is not None
    told = len(clerk.heard())
    await clerk.found("张桂花")
    await clerk.until("2026-12-20")
    assert len(clerk.heard()) == told
