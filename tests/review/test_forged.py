"""Whoever forges a colleague's number by SMS hears none of the answers, and gets nothing done that takes a code."""

from __future__ import annotations

import re

import pytest

from storage.models import Attempt, Audit, Inbound, Invitation, Outgoing, Post, Session, Staff
from tests.review.joining import code_from, stranger
from tests.support.town import Somebody, Town

JOINER = "13700000002"
TOWNSHIP_SMS = "19900000021"
PIN = "246810"
FORGED = ("确认加入", "是", "对", "是", "确认", "1", "对0000", "就这些", "改1", "1", "1", "对", "跳过")


async def waits(town: Town, issuer: Somebody) -> Somebody:
    """Somebody who used a code of the issuer's, and waits to be let in."""
    code = await code_from(town, issuer, "杨梅坑村", JOINER)
    joiner = await stranger(town, "chat-joiner", code)
    await town.say(joiner, JOINER, "周小凤")
    return joiner


async def by_sms(town: Town, who: Somebody, number: str) -> Somebody:
    """The same person, from her number, which anybody may pretend to have."""
    forged = who.by("sms", number)
    await town.also_reached(forged)
    return forged


async def let_in(town: Town) -> bool:
    return await Invitation.filter(state="confirmed").using_db(town.database.reading).exists()


@pytest.mark.parametrize("unlocked", [False, True], ids=["", "her PIN was just said"])
async def test_a_forged_yes_lets_nobody_in(town: Town, township: Somebody, unlocked: bool) -> None:
    await waits(town, township)
    forged = await by_sms(town, township, TOWNSHIP_SMS)
    if unlocked:
        await town.say(township, "设置PIN", PIN)
        await town.say(forged, "我报了什么", PIN)
    for said in FORGED:
        await town.say(forged, said)
        assert not await let_in(town), said


async def test_what_was_forged_is_not_finished_by_a_word_elsewhere(town: Town, township: Somebody) -> None:
    """A yes by SMS, then something said on the trusted channel: she is shown first what she is confirming."""
    await waits(town, township)
    forged = await by_sms(town, township, TOWNSHIP_SMS)
    await town.say(township, "设置PIN", PIN)
    await town.say(forged, "确认加入", PIN, "是")
    for said in ("对", "帮助"):
        (answer,) = await town.say(township, said)
        assert "周小凤" in answer
        assert not await let_in(town)
    await town.say(forged, "改 1")
    await town.say(township, "1")
    assert not await let_in(town)
    await town.say(township, "对")
    assert await let_in(town)


async def test_a_forged_word_makes_no_code_and_takes_no_office(
    town: Town, township: Somebody, coordinator: Somebody
) -> None:
    forged = await by_sms(town, township, TOWNSHIP_SMS)
    await town.say(forged, "发加入码", "杨梅坑村", JOINER, "对", "是", "1", "对 0000")
    assert not await Invitation.all().using_db(town.database.reading).exists()
    await town.say(forged, "取消", "停用邓小莲", "对", "是", "1", "对 0000")
    assert not await Post.filter(state="revoked").using_db(town.database.reading).exists()


async def test_she_herself_makes_a_code_by_sms_with_the_code_of_the_reading_back(
    town: Town, township: Somebody
) -> None:
    hers = await by_sms(town, township, TOWNSHIP_SMS)
    (shown,) = await town.say(hers, "发加入码", "杨梅坑村", JOINER)
    code = re.search(r"对 (\d{4})", shown)
    assert code is not None
    (said,) = await town.say(hers, f"对 {code[1]}")
    assert re.search(r"加入码：\d{4} \d{4}", said)


# ── the PIN ─────────────────────────────────────────────────────────────────────────────────────────────


async def written(town: Town) -> str:
    """All that was stored of what was said, answered and done, and what is known of PINs."""
    reading = town.database.reading
    rows = [
        *[(row.payload, row.error) for row in await Inbound.all().using_db(reading)],
        *[row.payload for row in await Outgoing.all().using_db(reading)],
        *[row.data for row in await Session.all().using_db(reading)],
        *[
            (row.action, row.subject, row.record, row.why, row.outcome)
            for row in await Audit.all().using_db(reading)
        ],
        *[row.pin for row in await Staff.all().using_db(reading)],
        *[row.claimed_pin for row in await Invitation.all().using_db(reading)],
        *[row.id for row in await Attempt.all().using_db(reading)],
    ]
    return repr(rows)


async def test_a_pin_is_written_down_nowhere(town: Town, township: Somebody, coordinator: Somebody) -> None:
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些", "对")
    hers = coordinator.by("sms", "19900000011")
    await town.say(coordinator, "设置PIN", "135791", f"改PIN {PIN}")
    await town.say(hers, "我报了什么", "135791", "PIN 86420", PIN, PIN, "撤回", PIN)
    assert "李梅" in " ".join(await town.say(hers, "我报了什么"))
    text = await written(town)
    assert not any(said in text for said in (PIN, "135791", "86420"))


async def test_who_joins_by_sms_has_the_pin_she_set_then(town: Town, township: Somebody) -> None:
    code = await code_from(town, township, "杨梅坑村", JOINER)
    joiner = Somebody("", JOINER, "sms")
    for said in (code, "周小凤", "111111", PIN):
        assert await town.submit(town.inbound(joiner, said)) == [None]
    await town.say(township, "确认加入", "是")
    (staff,) = await Staff.filter(phone_index=town.database.keyring.blind("phone", JOINER)).using_db(
        town.database.reading
    )
    assert staff.pin
    assert PIN not in await written(town)
    (contact,) = (
        await Inbound.filter(channel="sms")
        .using_db(town.database.reading)
        .distinct()
        .values_list("contact_id", flat=True)
    )
    hers = Somebody(str(contact), JOINER, "sms")
    await town.say(hers, "李梅怀孕了，末次月经9月3号", "就这些", "对")
    assert "李梅" not in (await town.say(hers, "我报了什么"))[-1]
    assert "李梅" not in (await town.say(hers, "135791"))[-1]
    assert "李梅" in (await town.say(hers, PIN))[-1]


async def test_five_wrong_pins_are_over_when_she_sets_another(town: Town, coordinator: Somebody) -> None:
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些", "对", "设置PIN", PIN)
    hers = coordinator.by("sms", "19900000011")
    await town.say(hers, "我报了什么", *(f"13579{number}" for number in range(5)))
    assert "李梅" not in (await town.say(hers, PIN))[-1]
    await town.say(coordinator, "改PIN", "975310")
    assert "李梅" in (await town.say(hers, "我报了什么", "975310"))[-1]


async def test_wrong_codes_are_counted_by_the_day_and_shared_by_all_errands(
    town: Town, coordinator: Somebody
) -> None:
    await town.say(coordinator, "李梅怀孕了，28岁，末次月经2月10号", "就这些", "对")
    forged = coordinator.by("sms", "19900000011")
    for said in ("李梅昨天生了", "李梅昨天流产了", "孕妇李梅昨天走了，在家里"):
        await town.say(forged, said, "就这些", "对 0001", "对 0002", "取消", "取消")
    (shown,) = await town.say(forged, "李梅昨天生了", "就这些")
    assert not re.search(r"对 \d{4}", shown)
    town.clock.advance(days=1)
    (shown,) = await town.say(forged, "帮助")
    code = re.search(r"对 (\d{4})", shown)
    assert code is not None
    await town.say(forged, f"对 {code[1]}")
    assert len(await town.reports(event="birth")) == 1
