"""Who is written to: those a notice is for, nobody else; drafts are reminded of once, by day."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from conversations.engine import machine
from conversations.flows.staff import MAY_INVITE
from conversations.message import Invite, Message, Report, Turn
from storage.models import Address, Audit, Inbound, Invitation, Outgoing, Post, Session
from tests.support.reports import report
from tests.support.town import TOWNSHIP, Somebody, Town, person, wired
from tests.support.turns import advance_by

LOSS = ("李梅怀孕了，末次月经9月3号", "就这些", "对", "李梅昨天流产了", "就这些", "对")


async def written_to(town: Town, kind: str) -> set[str]:
    rows = Outgoing.filter(kind=kind).using_db(town.database.reading)
    return {str(contact) for contact in await rows.values_list("contact_id", flat=True)}


async def test_a_notice_goes_to_the_township_of_that_village(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, *LOSS)
    assert await written_to(town, "notice") == {"contact-township-1", "contact-township-2"}
    for who in (person("township-1"), person("township-2")):
        letter = (await town.letters(who, "notice"))[-1]
        assert "李*" in letter.text or "Li" in letter.text or "*" in letter.text
        assert "李梅" not in letter.text


async def test_each_reads_it_in_her_own_language(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, *LOSS)
    chinese = (await town.letters(person("township-1"), "notice"))[-1]
    assert "妊娠结局" in chinese.text


async def test_a_danger_sign_alerts_the_township(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, "王芳大出血昏倒了")
    assert await written_to(town, "danger") == {
        coordinator.contact_id,
        "contact-township-1",
        "contact-township-2",
    }


async def test_who_was_revoked_hears_nothing_any_more(town: Town, coordinator: Somebody) -> None:
    async with town.database.transaction() as tx:
        await Post.filter(staff_id="staff-township-2").using_db(tx).update(state="revoked")
    await town.say(coordinator, *LOSS)
    assert await written_to(town, "notice") == {"contact-township-1"}


async def test_where_the_office_is_empty_the_county_hears_it(town: Town, coordinator: Somebody) -> None:
    async with town.database.transaction() as tx:
        await Post.filter(place_id=TOWNSHIP).using_db(tx).update(state="revoked")
    await town.say(coordinator, *LOSS)
    assert await written_to(town, "notice") == {"contact-county-1"}


async def test_a_notice_goes_where_she_wrote_from_last(town: Town, coordinator: Somebody) -> None:
    township = person("township-1")
    sms = township.by("sms", "19900000021")
    await town.also_reached(sms)
    await town.say(township, "帮助")
    town.clock.advance(minutes=1)
    await town.say(sms, "帮助")
    await town.say(coordinator, *LOSS)
    notices = Outgoing.filter(kind="notice", contact_id=township.contact_id).using_db(town.database.reading)
    assert set(await notices.values_list("channel", flat=True)) == {"sms"}


async def test_a_revoked_coordinator_files_nothing(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些")
    async with town.database.transaction() as tx:
        await Post.filter(staff_id="staff-coordinator-1").using_db(tx).update(state="revoked")
    answered = await town.say(coordinator, "对")
    assert "停用" in answered[0]
    assert "李" not in "".join(answered)  # nor does she see anything more
    assert await town.reports() == []


async def test_who_had_shut_us_out_is_reachable_once_she_writes(town: Town, coordinator: Somebody) -> None:
    async def state() -> list[str]:
        rows = Address.filter(contact_id=coordinator.contact_id, channel="chat")
        return [
            str(one) for one in await rows.using_db(town.database.reading).values_list("state", flat=True)
        ]

    await town.app.blocked("chat", coordinator.address, is_blocked=True)
    assert await state() == ["blocked"]
    await town.say(coordinator, "帮助")
    assert await state() == ["active"]


# Drafts


async def test_a_draft_is_reminded_of_once(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, "怀孕", "李梅")
    assert await town.app.drafts.check() == 0
    town.clock.advance(hours=2, minutes=1)
    assert await town.app.drafts.check() == 1
    assert await town.app.drafts.check() == 0
    town.clock.advance(hours=5)
    assert await town.app.drafts.check() == 0
    (letter,) = await town.letters(coordinator, "reminder")
    assert "还没报完" in letter.text
    assert "李" not in letter.text
    await town.say(coordinator, "9月3号", "就这些", "对")  # and it goes on where it stood
    assert len(await town.reports()) == 1


async def test_no_draft_is_reminded_of_in_the_night(town: Town, coordinator: Somebody) -> None:
    town.clock.advance(hours=10)  # 20:00
    await town.say(coordinator, "怀孕", "李梅")
    for hours in (2, 3, 6):  # 22:00, 1:00, 7:00
        town.clock.advance(hours=hours)
        assert await town.app.drafts.check() == 0
    town.clock.advance(hours=1)
    assert await town.app.drafts.check() == 1


async def test_what_is_finished_is_not_reminded_of(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, "怀孕", "李梅", "9月3号", "就这些", "对")
    other = await town.hire("other")
    await town.say(other, "怀孕", "王芳", "取消")
    town.clock.advance(hours=3)
    assert await town.app.drafts.check() == 0


async def test_going_on_puts_the_reminder_off(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, "怀孕", "李梅")
    town.clock.advance(hours=1)
    await town.say(coordinator, "9月3号")
    town.clock.advance(hours=1, minutes=30)
    assert await town.app.drafts.check() == 0
    town.clock.advance(minutes=31)
    assert await town.app.drafts.check() == 1


async def test_one_bad_draft_does_not_keep_the_others_from_their_reminder(town: Town) -> None:
    crew = await town.crew(3)
    for who in crew:
        await town.say(who, "怀孕", "李梅")
        town.clock.advance(minutes=1)
    async with town.database.transaction() as tx:
        await tx.execute_query("UPDATE session SET data = 'AQIDBA==' WHERE contact_id = 'c-crew0'")
    town.clock.advance(hours=3)
    assert await town.app.drafts.check() == 2
    assert await written_to(town, "reminder") == {"c-crew1", "c-crew2"}


# Buttons


def button(letter: object, label: str) -> str:
    rows = letter.buttons  # type: ignore[attr-defined]
    return next(str(data) for row in rows for text, data in row if text == label)


async def test_a_button_is_its_readers_alone(town: Town, coordinator: Somebody) -> None:
    thief = await town.hire("thief")
    for who in (coordinator, thief):
        await town.say(who, "李梅怀孕了，末次月经9月3号", "就这些")
    hers = button((await town.letters(coordinator))[-1], "对")
    before = (await Session.get(contact_id=thief.contact_id, using_db=town.database.reading)).data

    assert await town.submit(town.inbound(thief, "", kind="button", button=hers)) == [None]
    assert await town.reports() == []
    after = (await Session.get(contact_id=thief.contact_id, using_db=town.database.reading)).data
    assert after["talk"]["answers"] == before["talk"]["answers"]

    for forged in ("yes", hers[:-1] + ("A" if hers[-1] != "A" else "B"), "~", hers + "x"):
        assert await town.submit(town.inbound(coordinator, "", kind="button", button=forged)) == [None]
    assert await town.reports() == []
    hers = button((await town.letters(coordinator))[-1], "对")
    assert await town.submit(town.inbound(coordinator, "", kind="button", button=hers)) == [None]
    assert len(await town.reports()) == 1
    assert await town.submit(town.inbound(coordinator, "", kind="button", button=hers)) == [None]
    assert len(await town.reports()) == 1  # pressed again, it is an old one


# Access, were the engine wrong


def _turn(message: Message, session: object, *reports: Report, **more: object) -> Turn:
    return Turn(session={}, reports=reports, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("village", ["xf-gupo-shiqiao", "xf-daa-liziyuan", "xf-gupo", "nowhere", None])
async def test_no_report_for_a_village_that_is_not_hers(
    town: Town, coordinator: Somebody, monkeypatch: pytest.MonkeyPatch, village: str | None
) -> None:
    other = await town.hire("other")

    def wrong(session: object, message: Message, facts: object, now: datetime) -> Turn:
        if message.speaker.contact_id == coordinator.contact_id:
            return _turn(message, session, report(village_id=village))
        return machine.advance(session, message, facts, now)  # type: ignore[arg-type]

    advance_by(monkeypatch, wrong)
    await town.together((coordinator, "对"), (other, "怀孕"))
    assert await town.reports() == []
    rows = await Inbound.all().using_db(town.database.reading).values_list("contact_id", "state", "error")
    assert set(rows) == {
        (coordinator.contact_id, "set_aside", "NotAllowed"),
        (other.contact_id, "done", None),
    }
    audit = Audit.filter(actor=coordinator.contact_id).using_db(town.database.reading)
    assert await audit.values_list("action", "outcome") == [("report", "refused")]


@pytest.mark.parametrize(("key", "above"), [("coordinator-1", "孕管办"), ("township-1", "孕管中心")])
async def test_what_is_not_allowed_names_the_office_above(
    town: Town, monkeypatch: pytest.MonkeyPatch, key: str, above: str
) -> None:
    speaker = person(key)
    elsewhere = report(village_id="xf-daa-liziyuan")
    advance_by(monkeypatch, lambda session, message, *more: _turn(message, session, elsewhere))
    assert await town.say(speaker, "对") == [f"这件事不归您这边管。要办的话，请联系{above}。"]


@pytest.mark.parametrize(
    ("who", "role", "place"),
    [
        ("coordinator-1", "coordinator", "xf-gupo-yangmeikeng"),
        ("township-1", "township", "xf-gupo"),
        ("township-1", "coordinator", "xf-daa-liziyuan"),
        ("institution-1", "coordinator", "xf-gupo-yangmeikeng"),
    ],
)
async def test_no_code_above_or_beside_ones_own_office(
    town: Town, monkeypatch: pytest.MonkeyPatch, who: str, role: str, place: str
) -> None:
    speaker = person(who)
    invite = Invite("i" * 32, "12345678", role, place, "13800001234")  # type: ignore[arg-type]
    advance_by(monkeypatch, lambda session, message, *more: _turn(message, session, effects=(invite,)))
    await town.say(speaker, "发加入码")
    assert await Invitation.all().using_db(town.database.reading).count() == 0
    assert "county" not in MAY_INVITE["county"]


async def test_letters_expire_by_their_kind(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, *LOSS)
    await town.say(coordinator, "王芳大出血昏倒了")
    rows = Outgoing.all().using_db(town.database.reading)
    kept = {str(row.kind): row.expires_at - row.created_at for row in await rows}
    assert kept == {
        "reply": timedelta(hours=24),
        "notice": timedelta(hours=72),
        "danger": timedelta(hours=72),
    }


async def test_letters_keep_their_order_though_the_clock_is_set_back(
    town: Town, coordinator: Somebody
) -> None:
    await town.say(coordinator, "怀孕")
    town.clock.set(town.clock() - timedelta(minutes=5))
    async with wired(town.database, town.clock) as again:
        assert (await again.say(coordinator, "李梅"))[0].startswith("她最后一次来月经是哪天")
