"""The main job, end to end: a coordinator reports by chat on Telegram, the county system has it."""

from __future__ import annotations

import pytest

from bot.county.schemas import fits
from storage.database import Database
from storage.models import Address, Outgoing, Report
from tests.support.botapi import BotApi
from tests.support.clock import FakeClock
from tests.support.serving import (
    HER_ID,
    HER_PHONE,
    NEXT_VILLAGE,
    VILLAGE,
    Start,
    employ,
    hears_of,
    report_everything,
    talk,
)
from tests.support.waiting import PATIENCE, until

FILED = "报好了"


async def filed(database: Database) -> int:
    return await Report.all().using_db(database.reading).count()


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_pregnancy_reported_with_buttons_arrives_signed(
    start: Start, mode: str, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    lian = telegram.user(1001)
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    async with start(mode) as service:
        await talk(lian, "怀孕", "李梅", "9月3号")
        lian.presses("就这些")
        reading = await hears_of(lian, "核对")
        press = lian.presses("对", reading)
        await hears_of(lian, FILED)
        await press.answered()
        (report,) = await service.arrived()
    assert fits(report)
    data = report["data"]
    assert (data["event"], data["channel"], data["village"]["id"]) == ("pregnancy", "telegram", VILLAGE)
    assert (data["body"]["woman_name"], data["body"]["lmp"]) == ("李梅", "2026-09-03")
    assert service.county.unsigned == 0
    assert await filed(database) == 1


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_pregnancy_and_a_birth_reported_in_words_arrive_in_order(
    start: Start, mode: str, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    lian = telegram.user(1001)
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    async with start(mode) as service:
        await talk(lian, f"李梅怀孕了，28岁，末次月经2月10号，电话{HER_PHONE}", "她本人的", "就这些", "对")
        await service.arrived(1)  # signed and checked at the same time of day
        clock.advance(hours=1)
        await talk(lian, "李梅昨晚生了，女孩，6斤8两，平安，县医院顺产", "就这些", "对")
        pregnancy, birth = await service.arrived(2)
    assert fits(pregnancy)
    assert fits(birth)
    assert (pregnancy["data"]["event"], birth["data"]["event"]) == ("pregnancy", "birth")
    assert birth["data"]["pregnancy_id"] == pregnancy["data"]["pregnancy_id"]
    assert birth["data"]["body"]["children"][0]["birth_weight_g"] == 3400


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_the_same_update_twice_files_once(
    start: Start, mode: str, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    lian = telegram.user(1001)
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    async with start(mode) as service:
        await talk(lian, "李梅怀孕了，末次月经9月3号", "就这些")
        press = lian.presses("对")
        await hears_of(lian, FILED)
        await telegram.settled()
        telegram.repeat(press.update)
        await telegram.settled()
        await talk(lian, "帮助")  # whatever the repeat might have led to would have come before this
        await service.arrived()
    assert await filed(database) == 1
    assert len(service.county.attempts) == 1
    assert sum(FILED in text for text in service.said) == 1


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_button_is_worth_nothing_to_anybody_else_and_only_once(
    start: Start, mode: str, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    lian, min_ = telegram.user(1001), telegram.user(1002)
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    await employ(database, min_, "郭敏", "coordinator", NEXT_VILLAGE, clock())
    async with start(mode) as service:
        hers = await talk(lian, "李梅怀孕了，末次月经9月3号", "就这些")
        other = await talk(min_, "张桂花怀孕了，末次月经9月5号", "就这些")
        for forged in (
            hers.buttons["对"],
            other.buttons["对"][:-1] + "!",
            "yes",
            "go:confirm_joiner:x:yes",
            "~",
        ):
            min_.presses_data(forged, other)
            assert "按钮" in (await min_.hears(within=PATIENCE)).text
        min_.presses_data(other.buttons["对"].replace(":yes~", ":cancel~"), other)
        assert "按钮" in (await min_.hears(within=PATIENCE)).text
        assert await filed(database) == 0

        lian.presses("对", hers)
        await hears_of(lian, FILED)
        again = lian.presses("对", hers)
        assert "按钮" in (await lian.hears(within=PATIENCE)).text
        await again.answered()
        (report,) = await service.arrived()
    assert report["data"]["body"]["woman_name"] == "李梅"
    assert await filed(database) == 1


async def test_what_is_not_words_is_answered_and_loses_nothing(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    lian = telegram.user(1001)
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    async with start() as service:
        await talk(lian, "怀孕")
        said = lian.says("李梅")
        await lian.hears(within=PATIENCE)
        lian.sends_sticker()
        assert "文字" in (await lian.hears(within=PATIENCE)).text
        lian.sends_photo("B超单")
        assert "文字" in (await lian.hears(within=PATIENCE)).text
        lian.sends_voice()
        assert "文字" in (await lian.hears(within=PATIENCE)).text
        lian.edits(said, "李红梅")
        edited = await lian.hears(within=PATIENCE)
        assert "改了" in edited.text
        assert "来月经" in edited.text  # the question in hand is asked again
        await talk(lian, "9月3号", "就这些", "对")
        (report,) = await service.arrived()
    assert report["data"]["body"]["woman_name"] == "李梅"


async def test_who_blocked_the_bot_is_left_alone_and_welcomed_back(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    lian = telegram.user(1001)
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())

    async def address_is(state: str) -> bool:
        return await Address.filter(id="address-1001", state=state).using_db(database.reading).exists()

    async with start():
        await talk(lian, "怀孕")
        lian.blocks()
        await until(lambda: address_is("blocked"))
        lian.unblocks()
        await until(lambda: address_is("active"))
        await talk(lian, "李梅")

        lian.blocked = True  # Telegram has not told us of it yet
        lian.says("9月3号")
        await until(lambda: address_is("blocked"))
        dead = await Outgoing.filter(state="dead").using_db(database.reading)
        assert len(dead) == 1
        assert "blocked" in (dead[0].error or "")
        lian.blocked = False
        await talk(lian, "就这些")
        assert await address_is("active")


async def test_what_telegram_asks_to_wait_for_comes_later_and_once(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    lian = telegram.user(1001)
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    async with start() as service:
        telegram.floods("sendMessage", retry_after=1)
        lian.says("怀孕")
        put_off = Outgoing.filter(state="queued", attempts=1).using_db(database.reading)
        await until(put_off.exists)
        assert lian.inbox == []
        clock.advance(seconds=3)
        assert "名字" in (await lian.hears(within=PATIENCE)).text
        await talk(lian, "李梅")
    assert sum("名字" in shown.text for shown in lian.inbox) == 1
    assert len(service.said) == 3


async def test_a_group_is_refused_and_left(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    lian, group = telegram.user(1001), telegram.group()
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    async with start():
        group.invites_bot(lian)
        assert "私聊" in (await group.hears(within=PATIENCE)).text
        await group.left()
        await telegram.settled()
    assert await filed(database) == 0
    assert await Address.all().using_db(database.reading).count() == 1


# ── what Telegram's servers, which stand abroad, get to know ────────────────────────────────────────────


async def test_her_messages_are_gone_once_filed(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    async with start() as service:
        await report_everything(service, database, clock)
        lian = telegram.user(1001)
        said = [shown for shown in lian.messages if not shown.by_bot]
        assert len(said) >= 9
        await telegram.until(lambda: all(shown.deleted for shown in said), "her messages deleted", PATIENCE)
        await talk(lian, "帮助")
    assert telegram.calls_of("deleteMessages")
    assert not any(shown.by_bot and shown.deleted for shown in lian.messages)


async def test_nothing_said_to_telegram_tells_who_she_is_or_what_she_has(
    start: Start, database: Database, clock: FakeClock
) -> None:
    """Her surname, the end of a number, her village, dates and a child's sex and weight may be read back."""
    async with start() as service:
        await report_everything(service, database, clock)
    assert any("李*" in text for text in service.said)
    assert any(f"尾号{HER_PHONE[-4:]}" in text for text in service.said)
    for text in service.said:
        for never in ("李红梅", "红梅", HER_PHONE, HER_PHONE[:7], HER_ID, HER_ID[:6], "唐氏", "综合征"):
            assert never not in text, text


async def test_an_identity_number_cannot_be_put_together_from_a_reading_back(
    start: Start, database: Database, clock: FakeClock
) -> None:
    """Area, birthday and the last four are the number: who reads the end must not read the birthday too."""
    async with start() as service:
        await report_everything(service, database, clock)
    for text in service.said:
        assert not (HER_ID[-4:] in text and "1998年3月5日" in text), text
