"""Nobody gets an office by a way round, and nobody who lost hers is written to or served."""

from __future__ import annotations

from typing import Any

import pytest

from storage.models import Address, Contact, Invitation, Outgoing, Post, Session, Staff
from tests.review.joining import code_from, stranger
from tests.support.town import TOWNSHIP, VILLAGE, Somebody, Town, person

COUNTY_PHONE = "19900000041"


async def offices(town: Town, who: Somebody) -> set[tuple[str, str]]:
    contact = await Contact.get(id=who.contact_id, using_db=town.database.reading)
    posts = Post.filter(staff_id=contact.staff_id, state="active").using_db(town.database.reading)
    return {(post.role, post.place_id) for post in await posts}


async def join(town: Town, issuer: Somebody, phone: str, address: str) -> Somebody:
    code = await code_from(town, issuer, "杨梅坑村", phone)
    joiner = await stranger(town, address, code)
    await town.say(joiner, phone, "邓小莲")
    said = await town.say(issuer, "确认加入", "是")
    if "同名" in "".join(said):
        await town.say(issuer, "是另一个人")
    return joiner


@pytest.mark.parametrize("phone", [COUNTY_PHONE, "19900000013"], ids=["above", "beside"])
async def test_a_code_for_the_phone_of_somebody_higher_gives_only_its_own_office(
    town: Town, township: Somebody, phone: str
) -> None:
    """A township officer has a code made for the county officer's number, or for a colleague's of another
    township, and uses it from an account of her own."""
    joiner = await join(town, township, phone, "chat-second-account")
    assert await offices(town, joiner) == {("coordinator", VILLAGE)}


async def test_a_coordinator_who_changes_her_account_keeps_her_record(
    town: Town, township: Somebody, coordinator: Somebody
) -> None:
    joiner = await join(town, township, "19900000011", "chat-new-phone")
    contacts = await Contact.filter(staff_id="staff-coordinator-1").using_db(town.database.reading)
    assert {contact.id for contact in contacts} == {coordinator.contact_id, joiner.contact_id}


async def test_whoever_comes_back_elsewhere_does_not_see_her_old_reports(
    town: Town, township: Somebody, coordinator: Somebody
) -> None:
    """Her village was given to another; what she reported there is no longer hers to see or change."""
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些", "对")
    async with town.database.transaction() as tx:
        post = Post.filter(staff_id="staff-coordinator-1").using_db(tx)
        await post.update(place_id="xf-gupo-shiqiao")
    for asked in ("我报了什么", "更正", "撤回"):
        said = " ".join(await town.say(coordinator, asked))
        assert "李梅" not in said
        assert "9月3日" not in said


async def revoke(town: Town, issuer: Somebody, name: str) -> None:
    said = await town.say(issuer, f"停用{name}", "对")
    assert said[-1].startswith("停用好了"), said


READING = ("李梅怀孕了，末次月经9月3号，28岁，电话13800001234", "就这些")


@pytest.mark.parametrize("said", ["在吗", "对", "更正", "13800001234", "帮助"])
async def test_a_revoked_one_is_shown_nothing_of_what_she_had_in_hand(
    town: Town, coordinator: Somebody, township: Somebody, said: str
) -> None:
    await town.say(coordinator, *READING)
    await revoke(town, township, "邓小莲")
    answered = " ".join(await town.say(coordinator, said))
    assert "停用" in answered
    assert "李梅" not in answered
    assert "1234" not in answered
    assert await town.reports() == []


async def test_a_revoked_one_presses_an_old_button(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些", "对", "更正")
    await town.say(coordinator, "取消", "王芳怀孕了，末次月经9月3号", "就这些")
    buttons = [data for row in (await town.letters(coordinator))[-1].buttons for _, data in row]
    assert buttons
    await revoke(town, township, "邓小莲")
    before = len(await town.letters(coordinator))
    for data in buttons:
        assert await town.submit(town.inbound(coordinator, "", kind="button", button=data)) == [None]
    answered = " ".join(letter.text for letter in (await town.letters(coordinator))[before:])
    assert "停用" in answered
    assert "王芳" not in answered
    assert "出了错" not in answered
    assert len(await town.reports()) == 1


async def test_a_revoked_one_is_not_reminded_of_a_draft(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    await town.say(coordinator, "李梅怀孕了")
    await revoke(town, township, "邓小莲")
    before = len(await town.letters(coordinator))
    town.clock.advance(hours=3)
    await town.app.drafts.check()
    assert len(await town.letters(coordinator)) == before


async def test_a_code_of_somebody_revoked_opens_nothing(
    town: Town, township: Somebody, county: Somebody
) -> None:
    code = await code_from(town, township, "杨梅坑村", "13700001111")
    await revoke(town, county, "温秀英")
    joiner = await stranger(town, "chat-joiner", code)
    said = await town.say(joiner, "13700001111")
    assert "对不上" in said[-1], said
    assert await Invitation.filter(state="claimed").using_db(town.database.reading).count() == 0


async def test_the_joiner_of_a_code_is_not_told_to_somebody_revoked_meanwhile(
    town: Town, township: Somebody, county: Somebody
) -> None:
    code = await code_from(town, township, "杨梅坑村", "13700001111")
    joiner = await stranger(town, "chat-joiner", code)
    await town.say(joiner, "13700001111")
    await revoke(town, county, "温秀英")
    before = len(await town.letters(township))
    await town.say(joiner, "黄秀兰")
    assert len(await town.letters(township)) == before


async def test_who_waits_for_somebody_revoked_may_use_another_code(
    town: Town, township: Somebody, county: Somebody
) -> None:
    code = await code_from(town, township, "杨梅坑村", "13700001111")
    joiner = await stranger(town, "chat-joiner", code)
    await town.say(joiner, "13700001111", "黄秀兰")
    await revoke(town, county, "温秀英")
    code = await code_from(town, person("township-2"), "杨梅坑村", "13700001111")
    said = await town.say(joiner, code, "13700001111", "黄秀兰")
    assert "请发码的人确认" in said[-1], said


async def test_an_issuer_who_was_moved_cannot_let_anybody_in_where_she_was(
    town: Town, township: Somebody
) -> None:
    code = await code_from(town, township, "杨梅坑村", "13700001111")
    joiner = await stranger(town, "chat-joiner", code)
    await town.say(joiner, "13700001111", "黄秀兰")
    async with town.database.transaction() as tx:
        await Post.filter(staff_id="staff-township-1").using_db(tx).update(place_id="xf-daa")
    await town.say(township, "确认加入", "是")
    assert await offices_of_contact(town, joiner) == set()


async def offices_of_contact(town: Town, who: Somebody) -> set[Any]:
    contact = await Contact.get(id=who.contact_id, using_db=town.database.reading)
    return set() if contact.staff_id is None else await offices(town, who)


async def test_whoever_is_of_two_townships_reports_in_both(town: Town) -> None:
    officer = await town.hire("both", TOWNSHIP, "township")
    async with town.database.transaction() as tx:
        await Post.create(
            id="p-both-2",
            staff_id="s-both",
            place_id="xf-daa",
            role="township",
            state="active",
            since=town.clock(),
            using_db=tx,
        )
    await town.say(officer, "李梅怀孕了，末次月经9月3号", "李子园村", "就这些", "对")
    (report,) = await town.reports()
    assert report.village_id == "xf-daa-liziyuan"


async def test_a_death_is_told_to_the_county_when_nobody_of_the_township_can_be_reached(
    town: Town, coordinator: Somebody, county: Somebody
) -> None:
    async with town.database.transaction() as tx:
        officers = Contact.filter(staff_id__in=["staff-township-1", "staff-township-2"]).using_db(tx)
        ids = [contact.id for contact in await officers]
        await Address.filter(contact_id__in=ids).using_db(tx).update(state="blocked")
    await town.say(coordinator, "李梅怀孕了，末次月经2月20号", "就这些", "对")
    await town.say(coordinator, "李梅昨天流产了", "就这些", "对")
    assert len(await town.reports(event="pregnancy_loss")) == 1
    assert any("请核实" in letter.text for letter in await town.letters(county))


async def test_a_notice_goes_where_she_wrote_from_last(town: Town, coordinator: Somebody) -> None:
    """Not to an address she has never used."""
    officer = await town.hire("officer", TOWNSHIP, "township")
    blind = town.database.keyring.blind
    async with town.database.transaction() as tx:
        await Address(
            id="a-officer-sms",
            contact_id=officer.contact_id,
            channel="sms",
            address="13700002222",
            address_index=blind("address", "13700002222"),
            state="active",
        ).save(using_db=tx, force_create=True)
    await town.say(officer, "帮助")
    await town.say(coordinator, "李梅怀孕了，末次月经2月20号", "就这些", "对")
    await town.say(coordinator, "李梅昨天流产了", "就这些", "对")
    rows = await Outgoing.filter(contact_id=officer.contact_id, kind="notice").using_db(town.database.reading)
    assert {row.channel for row in rows} == {"chat"}


async def test_a_revoked_one_is_asked_for_none_of_her_drafts(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    """They are looked at all the same: a death among them would be told (tests/pipeline/test_unfinished.py)."""
    await town.say(coordinator, "李梅怀孕了")
    await revoke(town, township, "邓小莲")
    for _ in range(3):
        town.clock.advance(days=1)
        assert await town.app.drafts.check() == 0
    assert await town.letters(coordinator, "reminder") == []
    (session,) = await Session.filter(contact_id=coordinator.contact_id).using_db(town.database.reading)
    assert session.next_check_at is None


async def test_staff_of_one_phone_are_found_by_it(town: Town, township: Somebody) -> None:
    """A second record under a number is made only where the first one is out of the issuer's hands."""
    await join(town, township, "13700003333", "chat-first")
    await join(town, township, "13700003333", "chat-second")
    index = town.database.keyring.blind("phone", "13700003333")
    assert await Staff.filter(phone_index=index).using_db(town.database.reading).count() == 1


async def test_somebody_revoked_comes_back_with_a_new_code(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    await town.say(coordinator, "王小翠怀孕了，末次月经9月3号", "就这些")
    await revoke(town, township, "邓小莲")
    code = await code_from(town, township, "杨梅坑村", "19900000011")
    said = await town.say(coordinator, code, "19900000011", "邓小莲")
    assert "请发码的人确认" in said[-1], said
    await town.say(township, "确认加入", "是")
    assert await offices(town, coordinator) == {("coordinator", VILLAGE)}
    assert "王小翠" not in " ".join(await town.say(coordinator, "在吗"))


async def test_the_old_account_of_somebody_revoked_does_not_come_back_with_her(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    """Her phone was stolen: revoked, and let in again from a new one."""
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些")
    await revoke(town, township, "邓小莲")
    joiner = await join(town, township, "19900000011", "chat-new-phone")
    assert await offices(town, joiner) == {("coordinator", VILLAGE)}
    said = " ".join(await town.say(coordinator, "对"))
    assert "李梅" not in said
    assert "加入码" in said
    assert await town.reports() == []


async def test_a_draft_is_reminded_of_where_she_wrote_from_last(town: Town) -> None:
    """Databases differ about where an empty time sorts: not at an address she has never used."""
    who = await town.hire("busy")
    blind = town.database.keyring.blind
    async with town.database.transaction() as tx:
        await Address(
            id="a-busy-sms",
            contact_id=who.contact_id,
            channel="sms",
            address="13700004444",
            address_index=blind("address", "13700004444"),
            state="active",
        ).save(using_db=tx, force_create=True)
    await town.say(who, "李梅怀孕了")
    town.clock.advance(hours=3)
    assert await town.app.drafts.check() == 1
    rows = await Outgoing.filter(contact_id=who.contact_id, kind="reminder").using_db(town.database.reading)
    assert [row.channel for row in rows] == ["chat"]
