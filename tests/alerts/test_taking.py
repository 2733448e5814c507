"""Taking an alert: by button, by word, by number; once, by somebody who was told; and then it is quiet."""

from __future__ import annotations

import asyncio

import pytest

from bot.seals import seal
from storage.models import Address, Audit, Outgoing, Post
from tests.support.town import OpenTowns, Somebody, Town, submit
from tests.support.watch import (
    COLLEAGUE,
    COORDINATOR,
    COUNTY,
    FAR_TOWNSHIP,
    NEIGHBOUR,
    TOWNSHIP,
    WOMAN,
    Watch,
    told_in,
)

TAKEN = "【已接手】古陂镇杨梅坑村李梅的事，古陂镇温秀英已经接手。"


async def give_sms(town: Town, who: Somebody, number: str) -> Somebody:
    """A phone besides; she writes from it, so that is where she is reached."""
    async with town.database.transaction() as tx:
        await Address(
            id=f"address-{number}",
            contact_id=who.contact_id,
            channel="sms",
            address=number,
            address_index=town.database.keyring.blind("address", number),
            state="active",
            last_inbound_at=town.clock(),
        ).save(using_db=tx, force_create=True)
    return who.by("sms", number)


async def test_by_button(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    (said,) = await watch.press(TOWNSHIP, "ack")
    assert said == "好，这件事由您处理，我告诉其他同事。请马上联系：邓小莲 19900000011。"
    assert (await watch.everything(COLLEAGUE))[-1] == TAKEN
    assert (await watch.everything(COORDINATOR))[-1] == TAKEN
    (alert,) = await watch.alerts()
    assert (alert.acknowledged_by_id, alert.acknowledged_at) == (TOWNSHIP.contact_id, town.clock())
    (row,) = await Audit.filter(action="alert.take").using_db(town.database.reading)
    assert (row.actor, row.record, row.at) == (TOWNSHIP.contact_id, alert.id, town.clock())
    assert await watch.minutes(40) == 0


async def test_already_reached(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    await watch.press(TOWNSHIP, "met")
    assert (await watch.everything(COLLEAGUE))[-1].endswith("古陂镇温秀英已经联系上了。")
    (row,) = await Audit.filter(action="alert.reached").using_db(town.database.reading)
    assert row.actor == TOWNSHIP.contact_id


async def test_taken_and_then_reached(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    await watch.press(TOWNSHIP, "ack")
    (again,) = await watch.press(TOWNSHIP, "ack")
    assert "已经在您手上" in again
    await watch.press(TOWNSHIP, "met")
    assert (await watch.everything(COLLEAGUE))[-1].endswith("古陂镇温秀英已经联系上了。")


@pytest.mark.parametrize("word", ["收到", "收到！", "我来处理", "已联系上", "联系上了", "Got it", "on it"])
async def test_by_word(town: Town, watch: Watch, word: str) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    await town.say(TOWNSHIP, word)
    (alert,) = await watch.alerts()
    assert alert.acknowledged_by_id == TOWNSHIP.contact_id


@pytest.mark.parametrize(
    "word", ["收到李梅的电话了", "好的", "嗯", "知道了", "没收到", "联系不上", "没联系上", "12345", "谢谢"]
)
async def test_what_does_not_take_it(town: Town, watch: Watch, word: str) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    await town.say(TOWNSHIP, word)
    (alert,) = await watch.alerts()
    assert alert.acknowledged_at is None


async def test_the_word_without_an_alert(town: Town, watch: Watch) -> None:
    assert await town.say(TOWNSHIP, "收到") == ["好的。"]


@pytest.mark.parametrize(
    "before", [("怀孕",), ("怀孕", "杨梅坑村", "李梅"), ("怀孕", "李梅", "杨梅坑村", "9月3号", "就这些")]
)
async def test_in_the_middle_of_a_report(town: Town, watch: Watch, before: tuple[str, ...]) -> None:
    asked = await town.say(TOWNSHIP, *before)
    await town.say(COORDINATOR, "张桂花流血了")
    said = await town.say(TOWNSHIP, "收到")
    (alert,) = await watch.alerts()
    assert alert.acknowledged_by_id == TOWNSHIP.contact_id
    assert said[-1].splitlines()[-1] == asked[-1].splitlines()[-1]


async def test_in_free_words(town: Town, watch: Watch) -> None:
    await town.say(COLLEAGUE, "李梅去世了", "杨梅坑村", "昨天", "跳过", "家里", "怀孕期间")
    await town.say(COORDINATOR, "张桂花流血了")
    await town.say(COLLEAGUE, "收到")
    (alert,) = await watch.alerts()
    assert alert.acknowledged_by_id == COLLEAGUE.contact_id


# ── where there are no buttons ──────────────────────────────────────────────────────────────────────────


async def test_by_sms(town: Town, watch: Watch) -> None:
    phone = await give_sms(town, TOWNSHIP, "19900000021")
    await town.say(COORDINATOR, "李梅流血了")
    (letter,) = await town.letters(TOWNSHIP)
    assert letter.buttons == ()
    assert letter.text.endswith("您来处理请回“收到”。")
    await town.say(phone, "收到")
    (alert,) = await watch.alerts()
    assert alert.acknowledged_by_id == TOWNSHIP.contact_id


async def test_by_number(town: Town, watch: Watch) -> None:
    phone = await give_sms(town, TOWNSHIP, "19900000021")
    await town.say(COORDINATOR, "李梅流血了")
    await town.say(COORDINATOR, "张桂花抽搐了")
    await town.say(NEIGHBOUR, "王小芳大出血")
    texts = [letter.text for letter in await town.letters(TOWNSHIP)]
    assert texts[1].endswith("您来处理请回“收到2”。")
    assert texts[2].endswith("您来处理请回“收到3”。")
    (which,) = await town.say(phone, "收到")
    assert "您接哪一件" in which
    await town.say(phone, "2")
    await town.say(phone, "收到 3")
    taken = [alert.acknowledged_by_id is not None for alert in await watch.alerts()]
    assert sorted(taken) == [False, True, True]
    (none,) = await town.say(phone, "收到9")
    assert "没有第9条" in none
    await town.say(phone, "收到")
    assert all(alert.acknowledged_at for alert in await watch.alerts())


async def test_a_number_that_answers_a_question_is_an_answer(town: Town, watch: Watch) -> None:
    phone = await give_sms(town, TOWNSHIP, "19900000021")
    await town.say(phone, "发加入码")
    await town.say(COORDINATOR, "李梅流血了")
    await town.say(phone, "1")  # the first place
    (alert,) = await watch.alerts()
    assert alert.acknowledged_at is None


async def test_a_bare_number_with_nothing_to_take(town: Town) -> None:
    (said,) = await town.say(TOWNSHIP, "1")
    assert "第1条" not in said


# ── not hers to take ────────────────────────────────────────────────────────────────────────────────────


async def test_by_somebody_who_was_not_told(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    (alert,) = await watch.alerts()
    for who in (FAR_TOWNSHIP, COORDINATOR, COUNTY, NEIGHBOUR):
        data = seal(town.database.keyring, who.contact_id, f"go:alert:{alert.id}:ack")
        (said,) = await watch.press_data(who, data)
        assert "不能由您接手" in said
    (alert,) = await watch.alerts()
    assert alert.acknowledged_at is None


async def test_a_button_that_was_anothers(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    (letter,) = await watch.alarms(TOWNSHIP)
    await watch.press_data(FAR_TOWNSHIP, letter.buttons[0][0][1])
    (alert,) = await watch.alerts()
    assert alert.acknowledged_at is None


async def test_who_was_told_and_then_revoked(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    async with town.database.transaction() as tx:
        await Post.filter(id="post-township-1").using_db(tx).update(state="revoked")
    await watch.press(TOWNSHIP, "ack")
    await town.say(TOWNSHIP, "收到")
    (alert,) = await watch.alerts()
    assert alert.acknowledged_at is None
    await watch.press(COLLEAGUE, "ack")
    assert not any("已接手" in text for text in await watch.everything(TOWNSHIP))


async def test_a_woman_hears_that_somebody_is_on_it(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(WOMAN, "我流血了")
    await watch.press(TOWNSHIP, "ack")
    assert (await watch.everything(WOMAN))[-1].startswith("值班的同事已经接手，正在联系")
    assert (await watch.everything(COORDINATOR))[-1] == TAKEN


async def test_a_woman_who_says_received(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(WOMAN, "我流血了")
    await town.say(WOMAN, "收到")
    (alert,) = await watch.alerts()
    assert alert.acknowledged_at is None
    assert (await watch.everything(WOMAN))[-1] == "好的，有事随时跟我说。"


# ── two at once ─────────────────────────────────────────────────────────────────────────────────────────


async def test_two_in_one_batch(town: Town, watch: Watch) -> None:
    await town.say(COORDINATOR, "李梅流血了")
    await town.together((TOWNSHIP, "收到"), (COLLEAGUE, "收到"))
    await one_took_it(town, watch)


@pytest.mark.parametrize("attempt", range(3))
async def test_two_in_two_processes(town: Town, watch: Watch, open_towns: OpenTowns, attempt: int) -> None:
    one, two = await open_towns(2)
    await town.say(COORDINATOR, "李梅流血了")
    await asyncio.gather(
        submit(one.pipeline, one.inbound(TOWNSHIP, "收到")),
        submit(two.pipeline, two.inbound(COLLEAGUE, "收到")),
        one.app.alerts.check(),
    )
    await one_took_it(town, watch)


async def one_took_it(town: Town, watch: Watch) -> None:
    (alert,) = await watch.alerts()
    assert alert.acknowledged_by_id in (TOWNSHIP.contact_id, COLLEAGUE.contact_id)
    assert await Audit.filter(action="alert.take").using_db(town.database.reading).count() == 1
    both = [*(await watch.everything(TOWNSHIP)), *(await watch.everything(COLLEAGUE))]
    assert sum(text.startswith("好，这件事由您处理") for text in both) == 1
    assert sum(text.endswith("已经接手了，谢谢您。") for text in both) == 1
    rows = Outgoing.filter(contact_id=COUNTY.contact_id).using_db(town.database.reading)
    assert await rows.count() == 0


async def test_a_round_and_the_word_at_once(town: Town, watch: Watch, open_towns: OpenTowns) -> None:
    """Whichever is first: after the word nobody is alarmed any more."""
    (other,) = await open_towns(1)
    await town.say(COORDINATOR, "李梅流血了")
    town.clock.advance(minutes=10)
    await asyncio.gather(submit(town.pipeline, town.inbound(TOWNSHIP, "收到")), other.app.alerts.check())
    texts = await watch.everything(COUNTY)
    assert texts == [] or (told_in(texts[0]) and texts[-1].startswith("【已接手】"))
    assert await watch.minutes(30) == 0


async def test_what_had_not_left_yet_stays(town: Town, watch: Watch) -> None:
    """A letter that still waits when somebody takes it is not sent after that."""
    await town.say(COORDINATOR, "李梅流血了")  # nothing was sent yet
    await town.say(TOWNSHIP, "收到")
    await town.app.outbox.drain()
    sent = Outgoing.filter(contact_id=COLLEAGUE.contact_id, state="sent").using_db(town.database.reading)
    texts = [row.payload["text"] for row in await sent]
    assert len(texts) == 1
    assert not told_in(texts[0])
