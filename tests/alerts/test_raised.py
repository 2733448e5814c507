"""A danger sign alerts those on duty where she lives, in the transaction of the message, whoever says it and whenever."""

from __future__ import annotations

import pytest

from bot.escalation import Escalation
from conversations.flows.alerts import Story
from storage.models import Audit, Post
from tests.support.town import VILLAGE, Somebody, Town
from tests.support.watch import (
    COLLEAGUE,
    COORDINATOR,
    COUNTY,
    HOSPITAL,
    NEIGHBOUR,
    TEN_MINUTES,
    TOWNSHIP,
    WOMAN,
    Watch,
)

STRANGER = Somebody("", "chat-nobody")
STRANGER_SMS = Somebody("", "19900000777", "sms")


async def test_a_coordinator_alerts_her_township_and_nobody_else(town: Town, watch: Watch) -> None:
    said = await town.say(COORDINATOR, "李梅流血了")
    assert "120" in said[0]
    assert "19900000901" in said[0]  # the township's office
    assert await watch.told() == {TOWNSHIP, COLLEAGUE}
    (letter,) = await watch.alarms(TOWNSHIP)
    assert "古陂镇杨梅坑村李梅：出血" in letter.text
    assert "孕管员邓小莲10:00报的" in letter.text
    assert "邓小莲 19900000011" in letter.text


async def test_a_woman_alerts_the_coordinator_of_her_village_and_the_township(
    town: Town, watch: Watch
) -> None:
    await watch.enrol()
    said = await town.say(WOMAN, "我肚子痛得厉害，还流血")
    assert "120" in said[0]
    assert "19900000901" in said[0]
    assert await watch.told() == {COORDINATOR, TOWNSHIP, COLLEAGUE}
    (letter,) = await watch.alarms(COORDINATOR)
    assert "李梅：肚子痛、出血" in letter.text
    assert "李梅 19900000101" in letter.text
    (alert,) = await watch.alerts()
    assert alert.place_id == VILLAGE
    assert alert.woman_id is not None


async def test_of_a_woman_on_the_roster_her_own_number_is_given_too(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(COORDINATOR, "李梅抽搐了")
    (letter,) = await watch.alarms(TOWNSHIP)
    assert "李梅 19900000101、邓小莲 19900000011" in letter.text


async def test_a_township_alerts_the_coordinator_of_her_village(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(TOWNSHIP, "李梅大出血")
    assert await watch.told() == {COORDINATOR, COLLEAGUE}


async def test_the_county_alerts_below(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(COUNTY, "杨梅坑村李梅大出血")
    assert await watch.told() == {COORDINATOR, TOWNSHIP, COLLEAGUE}


async def test_a_hospital_of_the_county_has_no_township_so_the_county_is_told(
    town: Town, watch: Watch
) -> None:
    await town.say(HOSPITAL, "产妇大出血")
    assert await watch.told() == {COUNTY}


async def test_who_is_revoked_is_told_nothing(town: Town, watch: Watch) -> None:
    async with town.database.transaction() as tx:
        await Post.filter(id="post-township-2").using_db(tx).update(state="revoked")
    await town.say(COORDINATOR, "李梅流血了")
    assert await watch.told() == {TOWNSHIP}
    assert await watch.everything(COLLEAGUE) == []


async def test_where_nobody_below_can_be_reached_the_county_is_told_at_once(town: Town, watch: Watch) -> None:
    async with town.database.transaction() as tx:
        await Post.filter(role="township").using_db(tx).update(state="revoked")
    await town.say(COORDINATOR, "李梅流血了")
    assert await watch.told() == {COUNTY}


async def test_the_only_one_there_is_told_herself(town: Town, watch: Watch) -> None:
    async with town.database.transaction() as tx:
        await Post.exclude(role="county").using_db(tx).update(state="revoked")
    await town.say(COUNTY, "这里有产妇大出血")
    assert await watch.told() == {COUNTY}


async def test_with_nobody_at_all_it_waits_for_somebody(town: Town, watch: Watch) -> None:
    async with town.database.transaction() as tx:
        await Post.exclude(role="coordinator").using_db(tx).update(state="revoked")
    async with town.database.transaction() as tx:
        await (
            Post.filter(role="coordinator")
            .exclude(id="post-coordinator-3")
            .using_db(tx)
            .update(state="revoked")
        )
    await town.say(STRANGER_SMS, "我流血了")
    assert await watch.told() == set()
    async with town.database.transaction() as tx:
        await Post.filter(id="post-county-1").using_db(tx).update(state="active")
    assert await watch.minutes(10) == 1
    assert await watch.told() == {COUNTY}


# ── in any state of any conversation ────────────────────────────────────────────────────────────────────

STATES: dict[str, tuple[str, ...]] = {
    "nothing in hand": (),
    "asked for her name": ("怀孕",),
    "asked for a date": ("怀孕", "李梅"),
    "in free words": ("李梅去世了", "昨天", "跳过", "家里"),
    "at the reading back": ("怀孕", "李梅", "9月3号", "就这些"),
    "of a birth": ("李梅昨天生了",),
    "correcting": ("李梅怀孕了，末次月经9月3号", "就这些", "对", "更正"),
    "withdrawing": ("李梅怀孕了，末次月经9月3号", "就这些", "对", "撤回"),
}


@pytest.mark.parametrize("before", STATES.values(), ids=list(STATES))
async def test_in_any_state(town: Town, watch: Watch, before: tuple[str, ...]) -> None:
    asked = (await town.say(COORDINATOR, *before))[-1:] if before else []
    said = await town.say(COORDINATOR, "张桂花大出血了")
    assert "120" in said[0]
    assert {TOWNSHIP, COLLEAGUE} == await watch.told()
    if asked == ["为什么撤回？"]:  # her own words are an answer too
        assert "张桂花大出血了" in said[1]
    elif asked:  # what was being talked about goes on
        assert said[1:] == asked or said[-1].splitlines()[-1] == asked[0].splitlines()[-1]
    assert (await watch.alarms(TOWNSHIP))[0].text.startswith("【危急】古陂镇杨梅坑村张桂花：出血。")


async def test_a_township_at_a_code(town: Town, watch: Watch) -> None:
    asked = await town.say(TOWNSHIP, "发加入码")
    said = await town.say(TOWNSHIP, "杨梅坑村有人抽搐了")
    assert said[1:] == asked
    assert await watch.told() == {COORDINATOR, COLLEAGUE}


async def test_a_stranger_hears_120_and_nothing_of_anybody(town: Town, watch: Watch) -> None:
    (said,) = await watch.stranger_says(STRANGER_SMS, "我流血了，好多血")
    assert "120" in said
    assert "加入码" not in said
    assert "1990000" not in said
    assert await watch.told() == {COUNTY}
    (letter,) = await watch.alarms(COUNTY)
    assert "19900000777" in letter.text


async def test_a_stranger_without_a_number(town: Town, watch: Watch) -> None:
    await watch.stranger_says(STRANGER, "我流血了")
    (letter,) = await watch.alarms(COUNTY)
    assert "没有留电话" in letter.text


async def test_while_joining_the_question_is_asked_again(town: Town, watch: Watch) -> None:
    await watch.stranger_says(STRANGER, "12345678")
    danger, question = await watch.stranger_says(STRANGER, "张桂花抽搐了")
    assert "120" in danger
    assert "手机号" in question
    assert len(await watch.alerts()) == 1


async def test_who_waits_to_be_let_in(town: Town, watch: Watch) -> None:
    await town.say(TOWNSHIP, "发加入码", "石桥村", "13800000555", "对")
    code = (await watch.everything(TOWNSHIP))[-1]
    digits = "".join(ch for ch in code.split("：")[1][:10] if ch.isdigit())
    joiner = Somebody("", "13800000555", "sms")
    for text in (digits, "黄秀兰", "246810", "隔壁有人大出血"):
        await town.submit(town.inbound(joiner, text))
    (alert,) = await watch.alerts()
    story = Story.of(alert.kind, alert.details)
    assert (story.reporter.role, story.reporter.phone) == ("pending", "13800000555")
    assert await watch.told() == {NEIGHBOUR, TOWNSHIP, COLLEAGUE}


async def test_who_was_revoked(town: Town, watch: Watch) -> None:
    async with town.database.transaction() as tx:
        await Post.filter(id="post-coordinator-1").using_db(tx).update(state="revoked")
    (said,) = await town.say(COORDINATOR, "隔壁有人大出血")
    assert "120" in said
    assert "1990000" not in said
    assert await watch.told() == {TOWNSHIP, COLLEAGUE}
    assert "邓小莲 19900000011" in (await watch.alarms(TOWNSHIP))[0].text


async def test_words_changed_afterwards_and_words_under_a_picture(town: Town, watch: Watch) -> None:
    await town.submit(town.inbound(COORDINATOR, "李梅流血了", kind="edited"))
    await town.submit(town.inbound(NEIGHBOUR, "她抽搐了", kind="other"))
    assert len(await watch.alerts()) == 2


async def test_by_sms_as_by_chat(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR.by("sms", "19900000011"), "李梅流血了")
    assert await watch.told() == {TOWNSHIP, COLLEAGUE}


# ── one transaction ─────────────────────────────────────────────────────────────────────────────────────


async def test_raised_with_the_message_or_not_at_all(
    town: Town, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbound = town.inbound(COORDINATOR, "李梅流血了")
    async with town.database.transaction() as tx:
        kind = type(tx)

    async def full(self: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as while_full:
        while_full.setattr(kind, "commit", full)
        assert await town.submit(inbound) != [None]
    assert await watch.alerts() == []
    assert await watch.everything(TOWNSHIP) == []
    assert await town.submit(inbound, inbound) == [None, None]
    assert len(await watch.alerts()) == 1
    assert len(await watch.alarms(TOWNSHIP)) == 1


async def test_many_at_once(town: Town, watch: Watch) -> None:
    crew = await town.crew(12)
    await town.together(*((who, "大出血，快来人") for who in crew))
    assert len(await watch.alerts()) == 12
    assert len(await watch.alarms(TOWNSHIP)) == 12


async def test_one_that_fails_does_not_take_the_others_with_it(
    town: Town, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Escalation._case

    async def sometimes(self: Escalation, tx: object, message: object, *more: object) -> object:
        if message.speaker.contact_id == NEIGHBOUR.contact_id:  # type: ignore[attr-defined]
            raise RuntimeError
        return await real(self, tx, message, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Escalation, "_case", sometimes)
    await town.together((COORDINATOR, "李梅流血了"), (NEIGHBOUR, "张三抽搐了"))
    assert len(await watch.alerts()) == 1


async def test_it_is_audited_by_pseudonym_and_kept_encrypted(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    (alert,) = await watch.alerts()
    (row,) = await Audit.filter(action="alert.raise").using_db(town.database.reading)
    assert (row.actor, row.record, row.outcome) == (COORDINATOR.contact_id, alert.id, "done")
    (raw,) = await town.database.reading.execute_query_dict("SELECT details FROM alert")
    assert "李梅" not in raw["details"]
    assert "bleeding" not in raw["details"]


# ── a second message ────────────────────────────────────────────────────────────────────────────────────


async def test_more_of_the_same_joins_and_is_told_once(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    for text in ("李梅流血了", "血止不住", "血止不住啊", "流了好多血"):
        town.clock.advance(seconds=30)
        (said,) = await town.say(COORDINATOR, text)
        assert "120" in said  # every time
    assert len(await watch.alerts()) == 1
    letters = await watch.everything(TOWNSHIP)
    assert len(letters) == 2
    assert "血止不住" in letters[-1]


async def test_a_new_sign_is_told_again_in_full(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    town.clock.advance(minutes=2)
    await town.say(COORDINATOR, "她抽搐了")
    (alert,) = await watch.alerts()
    last = (await watch.everything(TOWNSHIP))[-1]
    assert last.startswith("【危急】古陂镇杨梅坑村李梅：出血、抽搐或昏倒。")
    assert alert.next_check_at == alert.raised_at + TEN_MINUTES


async def test_another_woman_is_another_alert(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    await town.say(COORDINATOR, "张桂花流血了")
    assert len(await watch.alerts()) == 2


async def test_a_name_told_afterwards_is_the_same_woman(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "有人大出血")
    await town.say(COORDINATOR, "李梅大出血，是李梅")
    assert len(await watch.alerts()) == 1


async def test_after_it_was_taken_only_who_took_it_hears_more(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    await watch.press(TOWNSHIP, "ack")
    town.clock.advance(minutes=3)
    before = len(await watch.everything(COLLEAGUE))
    await town.say(COORDINATOR, "李梅血止不住")
    assert "血止不住" in (await watch.everything(TOWNSHIP))[-1]
    assert len(await watch.everything(COLLEAGUE)) == before
    town.clock.advance(minutes=1)
    await town.say(COORDINATOR, "李梅抽搐了")  # worse: a new alarm
    assert len(await watch.alerts()) == 2
    assert "抽搐" in (await watch.everything(COLLEAGUE))[-1]


async def test_long_after_it_was_taken_it_is_a_new_alarm(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    await watch.press(TOWNSHIP, "ack")
    town.clock.advance(minutes=11)
    await town.say(COORDINATOR, "李梅又流血了")
    assert len(await watch.alerts()) == 2


# ── what is over ────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_over_is_a_task_of_today_for_the_coordinator(town: Town, watch: Watch) -> None:
    await watch.enrol()
    (said,) = await town.say(WOMAN, "昨天流过一点血，现在没有了")
    assert "今天去医院看看" in said
    assert await watch.told() == {COORDINATOR}
    (notice,) = await town.letters(COORDINATOR, "notice")
    assert notice.text.startswith("【今天要办】古陂镇杨梅坑村李梅有过：出血，说是现在没有了。")
    assert await watch.minutes(60) == 0
    assert "辛苦" not in (await watch.press_data(COORDINATOR, notice.buttons[0][0][1]))[0]
    (alert,) = await watch.alerts()
    assert alert.acknowledged_by_id == COORDINATOR.contact_id


async def test_what_is_over_wakes_nobody_at_night(town: Town, watch: Watch) -> None:
    await watch.enrol()
    town.clock.advance(hours=13)  # 23:00
    await town.say(WOMAN, "昨天流过一点血，现在没有了")
    assert await town.letters(COORDINATOR, "notice") == []
    town.clock.advance(hours=8, minutes=59)
    assert await town.app.alerts.check() == 0
    town.clock.advance(minutes=1)
    assert await town.app.alerts.check() == 1
    assert len(await town.letters(COORDINATOR, "notice")) == 1
    town.clock.advance(hours=2)
    assert await town.app.alerts.check() == 0


async def test_a_coordinator_who_tells_of_it_has_the_task_herself(town: Town, watch: Watch) -> None:
    said = await town.say(COORDINATOR, "李梅昨天流过一点血，现在没有了")
    assert "请今天去看看她" in said[0]
    assert await watch.alerts() == []
    assert len(said) == 1  # and nobody has died


async def test_a_real_alarm_wakes_people_up(town: Town, watch: Watch) -> None:
    await watch.enrol()
    town.clock.advance(hours=16)  # 02:00
    await town.say(WOMAN, "我大出血")
    assert len(await watch.alarms(COORDINATOR)) == 1


async def test_words_from_the_phone_of_a_woman_who_died_are_not_told_as_hers(
    town: Town, watch: Watch
) -> None:
    await watch.enrol()
    await town.say(COORDINATOR, "李梅今天早上在家里去世了", "怀孕期间", "就这些", "对")
    await town.say(WOMAN, "我大出血了")
    (told,) = await watch.alarms(COORDINATOR)
    assert told.text.startswith("【危急】古陂镇杨梅坑村登记为李梅的手机：")
