"""What women and colleagues answer to what the worker told them: kept once, from whom it was told to, and no further."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.channels.simulated import SimulatedChannel
from storage.care_facts import LINKS
from storage.models import Audit, CareAct, Contact, ContactWoman, Outgoing, Setting, WomanLink
from tests.support.registrar import PHONE, Registrar
from tests.support.town import Somebody, Town, person
from tests.support.watch import COORDINATOR

HER = Somebody("", PHONE, "sms")
STRANGER = Somebody("", "19900000199", "sms")
ON_CHAT = Somebody("", "chat-her", "chat")


async def says(town: Town, who: Somebody, text: str, **more: object) -> list[str]:
    """Say it from this address; what is heard there on it."""
    channel = town.app.channels[who.channel]
    assert isinstance(channel, SimulatedChannel)
    before = len(channel.bubbles(who.address))
    assert await town.submit(town.inbound(who, text, **more)) == [None]
    await town.app.outbox.drain()
    return [one.text for one in channel.bubbles(who.address)[before:] if not one.mine]


async def presses(town: Town, who: Somebody, label: str, *, of: Somebody | None = None) -> list[str]:
    """Press the newest button of this label (that was shown to `of`)."""
    channel = town.app.channels[who.channel]
    assert isinstance(channel, SimulatedChannel)
    shown = [b for bubble in channel.bubbles((of or who).address) for row in bubble.buttons for b in row]
    data = next(value for name, value in reversed(shown) if name == label)
    return await says(town, who, "", kind="button", button=data)


async def consent_of(town: Town, clerk: Registrar) -> str | None:
    link = await ContactWoman.filter(woman_id=clerk.woman_id("李梅")).using_db(town.database.reading).first()
    return link.consent if link else None


async def audited(town: Town, action: str) -> int:
    return await Audit.filter(action=action).using_db(town.database.reading).count()


# ── consent ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_her_yes_is_kept_for_this_contact_and_audited(town: Town, clerk: Registrar) -> None:
    await clerk.found()
    await clerk.settle()
    await says(town, HER, "愿意")
    assert await consent_of(town, clerk) == "yes"
    assert (await clerk.acts())[next(iter(await clerk.acts()))].state == "answered"
    assert await audited(town, "consent.yes") == 1


async def test_nobody_consents_who_was_not_asked(town: Town, clerk: Registrar) -> None:
    await clerk.found()
    await says(town, HER, "你好")
    heard = await says(town, HER, "愿意")
    assert "转给村里的同事" in heard[0]
    assert await consent_of(town, clerk) is None
    await clerk.settle()
    assert await says(town, STRANGER, "愿意")
    assert await consent_of(town, clerk) == "asked"


async def test_not_me_silences_the_number_and_tells_the_coordinator(town: Town, clerk: Registrar) -> None:
    await clerk.found()
    await clerk.settle()
    assert "不会再收到" in (await says(town, HER, "不是我"))[0]
    assert "核对号码" in clerk.words(COORDINATOR.address, "chat")
    await clerk.until("2026-12-20")
    told = [text for day, text in clerk.heard() if day > "2026-11-22"]
    assert told == []


async def test_after_an_opt_out_the_coordinator_is_asked_in_place_of_her(
    town: Town, clerk: Registrar
) -> None:
    await clerk.found()
    await clerk.settle()
    await says(town, HER, "愿意")
    await says(town, HER, "退订")
    await clerk.until("2026-12-20")
    assert "产检" not in clerk.words()
    assert "请提醒她" in clerk.words(COORDINATOR.address, "chat")


# ── reminders ───────────────────────────────────────────────────────────────────────────────────────────


async def reminded(town: Town, clerk: Registrar, day: str = "2027-01-21") -> None:
    """She said yes and was reminded of the second visit."""
    await clerk.found(booked=True)
    await clerk.settle()
    await says(town, HER, "愿意")
    await clerk.until(day)
    assert "该做产检了" in clerk.words()


async def test_went_is_kept_with_day_and_place_and_reports_nothing(town: Town, clerk: Registrar) -> None:
    await reminded(town, clerk)
    filed = len(await town.reports())
    await says(town, HER, "去过了")
    assert (await clerk.acts())["visit:antenatal_2:soon"].answer == "went"
    await says(town, HER, "昨天在县妇幼")
    act = (await clerk.acts())["visit:antenatal_2:soon"]
    assert act.said == {"day": "2027-01-20", "place": "县妇幼"}
    assert len(await town.reports()) == filed
    await clerk.until("2027-01-30")
    assert "她说去过了（1月20日，县妇幼）" in clerk.words(COORDINATOR.address, "chat")
    assert "还没有听到您产检的消息" not in clerk.words()


async def test_her_own_day_is_waited_for(town: Town, clerk: Registrar) -> None:
    await reminded(town, clerk)
    await says(town, HER, "2月3号再去")
    await clerk.until("2027-02-03", 12)
    assert "提醒您：2月3日约了产检" in clerk.words()
    assert "还没有听到您产检的消息" not in clerk.words()
    assert "请问问她" not in clerk.words(COORDINATOR.address, "chat")
    await clerk.until("2027-02-08", 12)
    assert "2月3日约的产检要是没赶上" in clerk.words()
    assert "请问问她" in clerk.words(COORDINATOR.address, "chat")


async def test_a_day_far_away_is_not_waited_for_beyond_two_weeks(town: Town, clerk: Registrar) -> None:
    await reminded(town, clerk)
    await says(town, HER, "5月3号再去")
    await clerk.until("2027-02-20", 12)
    assert "请问问她" in clerk.words(COORDINATOR.address, "chat")


@pytest.mark.parametrize("word", ["不方便", "不方便，没人带我去", "去不了"])
async def test_cannot_brings_help(town: Town, clerk: Registrar, word: str) -> None:
    await reminded(town, clerk)
    assert "一起想办法" in (await says(town, HER, word))[0]
    await clerk.until("2027-01-23")
    assert "她说不方便去" in clerk.words(COORDINATOR.address, "chat")


async def test_an_answer_from_elsewhere_is_none(town: Town, clerk: Registrar) -> None:
    await reminded(town, clerk)
    await says(town, STRANGER, "去过了")
    assert (await clerk.acts())["visit:antenatal_2:soon"].answer is None


# ── tasks ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_numbers_are_those_of_the_digest_also_when_one_was_done_meanwhile(
    town: Town, clerk: Registrar
) -> None:
    for name, lmp in (("李梅", "2026-07-03"), ("王芳", "2026-07-20"), ("张桂花", "2026-08-01")):
        await clerk.found(name, lmp=lmp, phone=None, phone_owner=None, safe_to_text=None, booked=True)
    await clerk.until("2026-12-20")
    notices = await clerk.outgoing("notice")
    digests = [o for o in notices if o.payload.get("digest") and o.contact_id == COORDINATOR.contact_id]
    before = list(digests[-1].payload["tasks"])
    answer = await says(town, COORDINATOR, f"办好了{len(before)}")
    assert "办好了" in answer[0]
    act = await CareAct.get(id=before[-1], using_db=town.database.reading)
    assert (act.state, act.answer, act.answered_by_id) == ("done", "done", COORDINATOR.contact_id)
    assert await audited(town, "care.done") == 1


async def test_a_visit_filed_closes_its_tasks_at_once(town: Town, clerk: Registrar) -> None:
    await clerk.found(phone=None, phone_owner=None, safe_to_text=None, booked=True, lmp="2026-07-03")
    await clerk.until("2026-12-05")
    assert "产检" in (await says(town, COORDINATOR, "今天要做什么"))[0]
    await clerk.file("antenatal_visit", date="2026-12-05")
    assert "没有要办的事" in (await says(town, COORDINATOR, "今天要做什么"))[0]


async def test_done_by_word_is_done(town: Town, clerk: Registrar) -> None:
    await clerk.found(phone=None, phone_owner=None, safe_to_text=None, booked=True, lmp="2026-07-03")
    await clerk.until("2026-12-05")
    await says(town, COORDINATOR, "今天要做什么")
    await says(town, COORDINATOR, "办好了1")
    await says(town, COORDINATOR, "取消")
    assert "没有要办的事" in (await says(town, COORDINATOR, "今天要做什么"))[0]
    acts = [act for act in (await clerk.acts()).values() if act.answer == "done"]
    assert len(acts) == 1


async def test_a_colleague_of_another_village_has_no_part_in_it(town: Town, clerk: Registrar) -> None:
    await clerk.found(phone=None, phone_owner=None, safe_to_text=None, booked=True, lmp="2026-07-03")
    await clerk.until("2026-12-05")
    await says(town, COORDINATOR, "今天要做什么")
    other = person("coordinator-3")
    heard = await presses(town, other, "办好了 1", of=COORDINATOR)
    assert "不用了" in heard[0]
    assert not [act for act in (await clerk.acts()).values() if act.answer is not None]


# ── language, links ─────────────────────────────────────────────────────────────────────────────────────


async def test_the_language_is_kept_for_reminders(town: Town, clerk: Registrar) -> None:
    await clerk.found()
    await clerk.settle()
    await says(town, HER, "English")
    index = town.database.keyring.blind("address", PHONE)
    kept = await Contact.filter(addresses__address_index=index).using_db(town.database.reading).get()
    assert kept.locale == "en"


@pytest.fixture
async def linked(town: Town, clerk: Registrar) -> str:
    """A link for 李梅; its token."""
    async with town.database.transaction() as tx:
        await Setting.create(key=LINKS, value="https://t.me/example_bot?start=", using_db=tx)
    await clerk.found(phone=None, phone_owner=None, safe_to_text=None)
    (said,) = await says(town, COORDINATOR, "给李梅二维码")
    return said.rpartition("=")[2]


async def test_a_link_only_asks(town: Town, clerk: Registrar, linked: str) -> None:
    heard = await says(town, ON_CHAT, f"/start {linked}")
    assert "李" not in "".join(heard)
    assert await ContactWoman.all().using_db(town.database.reading).count() == 0
    assert "转给" not in (await says(town, ON_CHAT, "多少周了"))[0]
    await presses(town, COORDINATOR, "是她，确认")
    await town.app.outbox.drain()
    assert await consent_of(town, clerk) == "asked"
    await presses(town, ON_CHAT, "愿意")
    assert await consent_of(town, clerk) == "yes"
    assert "周" in (await says(town, ON_CHAT, "多少周了"))[0]


async def test_a_link_opens_once_and_in_time(town: Town, clerk: Registrar, linked: str) -> None:
    assert "核对" in (await says(town, ON_CHAT, f"/start {linked}"))[0]
    assert "不能用" in (await says(town, Somebody("", "chat-other", "chat"), f"/start {linked}"))[0]
    (fresh,) = await says(town, COORDINATOR, "给李梅二维码")
    town.clock.advance(hours=72)
    token = fresh.rpartition("=")[2]
    assert "不能用" in (await says(town, Somebody("", "chat-other", "chat"), f"/start {token}"))[0]


async def test_a_new_link_ends_the_one_before(town: Town, clerk: Registrar, linked: str) -> None:
    await says(town, COORDINATOR, "给李梅二维码")
    assert "不能用" in (await says(town, ON_CHAT, f"/start {linked}"))[0]


async def test_no_token_is_stored(town: Town, clerk: Registrar, linked: str) -> None:
    (row,) = await WomanLink.all().using_db(town.database.reading)
    assert linked not in (row.id, row.token_index)
    assert row.expires_at - row.created_at == timedelta(hours=72)


async def test_refused_links_nobody(town: Town, clerk: Registrar, linked: str) -> None:
    await says(town, ON_CHAT, f"/start {linked}")
    await presses(town, COORDINATOR, "不是她")
    assert await ContactWoman.all().using_db(town.database.reading).count() == 0
    kinds = {row.kind for row in await Outgoing.filter(channel="chat").using_db(town.database.reading)}
    assert "reminder" not in kinds


# ── a new number ────────────────────────────────────────────────────────────────────────────────────────


async def test_the_old_number_hears_nothing_more_and_is_nobodys(town: Town, clerk: Registrar) -> None:
    report = await clerk.found()
    await clerk.settle()
    await says(town, HER, "愿意")
    await clerk.correct(report, phone="19900000177")
    assert await consent_of(town, clerk) is None
    assert "加入码" in (await says(town, HER, "多少周了"))[0]
    before = len(clerk.heard())
    await clerk.until("2026-12-20")
    assert len(clerk.heard()) == before
    assert "请问您是李梅本人吗" in clerk.words("19900000177")
