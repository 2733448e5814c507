"""A question passed on: to whom, in whose hands, how long, and back to her; never beyond."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.channels.sms.caps import WAITED_FOR
from storage.models import Alert, Outgoing, Post, Woman
from tests.support.town import OpenTowns, Somebody, Town, person
from tests.support.watch import (
    COLLEAGUE,
    COORDINATOR,
    COUNTY,
    ELSEWHERE,
    STAFF,
    TOWNSHIP,
    WOMAN,
    Watch,
)

QUESTION = "怀孕能吃螃蟹吗"
PHONE = WOMAN.address


async def asked(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(WOMAN, QUESTION)


async def of_question(watch: Watch, who: object) -> list[str]:
    return [text for text in await watch.everything(who) if text.startswith("【提问】")]  # type: ignore[arg-type]


async def test_neither_sees_the_others_number(town: Town, watch: Watch) -> None:
    await asked(town, watch)
    await town.say(COORDINATOR, "答1 可以吃")
    (told,) = await of_question(watch, COORDINATOR)
    assert QUESTION in told
    assert PHONE not in told
    answer = (await watch.everything(WOMAN))[-1]
    assert "可以吃" in answer
    assert "1990000" not in answer


async def test_without_a_coordinator_the_township_is_asked_at_once(town: Town, watch: Watch) -> None:
    await watch.enrol()
    async with town.database.transaction() as tx:
        await Post.filter(id="post-coordinator-1").using_db(tx).update(state="revoked")
    await town.say(WOMAN, QUESTION)
    assert await watch.told() == {TOWNSHIP, COLLEAGUE}


async def test_unanswered_it_goes_to_the_township_after_two_days_and_ends_after_a_week(
    town: Town, watch: Watch
) -> None:
    await asked(town, watch)
    assert await watch.told() == {COORDINATOR}
    heard = []
    office = []
    for _ in range(12):
        await town.app.outbox.drain()
        town.clock.advance(days=1)
        await town.app.alerts.check()
        heard.append(len(await of_question(watch, COORDINATOR)))
        office.append(len(await of_question(watch, TOWNSHIP)))
    assert await watch.told() == {COORDINATOR, TOWNSHIP, COLLEAGUE}
    assert COUNTY not in await watch.told()
    assert heard == [1, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 3]
    assert office == [0, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 3]
    assert await town.app.alerts.check() == 0
    assert await town.say(COORDINATOR, "收到") == ["好的。"]  # it waits for nobody any more


async def test_answered_once_even_by_two_at_the_same_moment(town: Town, watch: Watch) -> None:
    await watch.enrol()
    second = await town.hire("second")
    await town.say(WOMAN, QUESTION)
    await town.together((COORDINATOR, "答1 可以吃"), (second, "答1 不能吃"))
    answers = [text for text in await watch.everything(WOMAN) if "回您" in text]
    assert answers == ["村里的同事回您：“可以吃”"]
    assert any("已经回过她了" in text for text in await watch.everything(second))


async def test_answered_once_in_two_processes(town: Town, watch: Watch, open_towns: OpenTowns) -> None:
    await watch.enrol()
    second = await town.hire("second")
    await town.say(WOMAN, QUESTION)
    (other,) = await open_towns(1)
    await town.say(COORDINATOR, "答1 可以吃")
    assert "已经回过她了" in (await other.say(second, "答1 不能吃"))[0]
    assert len([text for text in await watch.everything(WOMAN) if "回您" in text]) == 1


async def test_who_was_not_told_cannot_answer(town: Town, watch: Watch) -> None:
    await asked(town, watch)
    await town.app.outbox.drain()
    (letter,) = [one for one in await town.letters(COORDINATOR) if one.text.startswith("【提问】")]
    ((_, data),) = (button for row in letter.buttons for button in row)
    await watch.press_data(ELSEWHERE, data)
    await town.say(ELSEWHERE, "答1 可以吃", "可以吃", "对")
    assert not [text for text in await watch.everything(WOMAN) if "回您" in text]
    (alert,) = await Alert.all().using_db(town.database.reading)
    assert alert.acknowledged_at is None


async def test_received_is_no_answer(town: Town, watch: Watch) -> None:
    await asked(town, watch)
    for text in ("收到", "1", "收到1", "我来处理"):
        await town.say(COORDINATOR, text)
    (alert,) = await Alert.all().using_db(town.database.reading)
    assert alert.acknowledged_at is None


async def test_a_question_waits_beside_a_danger(town: Town, watch: Watch) -> None:
    await asked(town, watch)
    await town.say(WOMAN, "我流血了")
    await town.say(COORDINATOR, "收到")
    taken = {alert.kind: alert.acknowledged_at is not None for alert in await watch.alerts()}
    assert taken == {"danger": True, "question": False}


async def test_a_strangers_question_goes_nowhere(town: Town, watch: Watch) -> None:
    stranger = Somebody("", "19900000777", "sms")
    for text in (QUESTION, "天天发烦死人，别给我发了", "李梅的预产期是哪天"):
        await watch.stranger_says(stranger, text)
    assert await watch.alerts() == []
    for who in STAFF:
        assert await watch.everything(who) == []


@pytest.mark.parametrize("words", ["我有乙肝能喂奶吗", "梅毒阳性怎么办"])
async def test_an_infection_is_never_quoted(town: Town, watch: Watch, words: str) -> None:
    await watch.enrol()
    await town.say(WOMAN, words)
    (told,) = await of_question(watch, COORDINATOR)
    assert "乙肝" not in told
    assert "梅毒" not in told
    assert "当面或打电话" in told


async def test_two_women_of_two_villages_on_one_phone(town: Town, watch: Watch) -> None:
    """Nobody is told of the other one, until she says who she is."""
    far = person("coordinator-3")
    await watch.enrol()
    await town.say(far, f"王芳怀孕了，末次月经8月3号，电话{PHONE}，家人的", "就这些", "对")
    assert await Woman.all().using_db(town.database.reading).count() == 2
    await town.say(WOMAN, QUESTION)
    assert await of_question(watch, COORDINATOR) == await of_question(watch, far) == []
    await town.say(WOMAN, "王芳")
    assert await of_question(watch, COORDINATOR) == []
    (told,) = await of_question(watch, far)
    assert "王芳" in told


async def test_once_told_to_two_villages_it_is_nobodys(town: Town, watch: Watch) -> None:
    """She says her name too late: both coordinators have been asked, and one of them is not hers."""
    far = person("coordinator-3")
    await watch.enrol()
    await town.say(far, f"王芳怀孕了，末次月经8月3号，电话{PHONE}，家人的", "就这些", "对")
    await town.say(WOMAN, QUESTION)
    await watch.minutes(11)
    await town.say(WOMAN, "王芳")
    for who in (COORDINATOR, far):
        assert len(await of_question(watch, who)) == 1
        assert "王芳" not in (await town.say(who, "答1"))[0]
    assert "王芳" not in (await town.say(COORDINATOR, "答1 可以吃"))[0]
    assert "王芳" not in (await watch.everything(COORDINATOR))[-1]


async def test_unnamed_it_is_told_all_the_same_but_of_nobody(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(COORDINATOR, f"王芳怀孕了，末次月经8月3号，电话{PHONE}，家人的", "就这些", "对")
    await town.say(WOMAN, QUESTION)
    await watch.minutes(11)
    (told,) = await of_question(watch, COORDINATOR)
    assert "李梅" not in told
    assert "王芳" not in told
    await town.say(COORDINATOR, "答1 可以吃")
    assert (await watch.everything(WOMAN))[-1] == "村里的同事回您：“可以吃”"


async def test_what_is_told_is_worth_no_sleep(town: Town, watch: Watch) -> None:
    await asked(town, watch)
    town.clock.advance(hours=13)  # 23:00
    await town.say(WOMAN, "那虾呢")
    assert len(await of_question(watch, COORDINATOR)) == 1
    for _ in range(60 * 10):
        town.clock.advance(minutes=1)
        await town.app.alerts.check()
    night = await Outgoing.filter(contact_id=COORDINATOR.contact_id, kind="notice").using_db(
        town.database.reading
    )
    assert {(row.created_at.hour + 8) % 24 for row in night} <= {8, 9, 10}
    assert "那虾呢" in (await of_question(watch, COORDINATOR))[-1]


async def test_opted_out_she_is_still_answered(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(WOMAN, "退订")
    await town.say(WOMAN, QUESTION)
    await town.say(COORDINATOR, "答1 可以吃")
    (row,) = [
        row
        for row in await Outgoing.filter(contact_id=WOMAN.contact_id).using_db(town.database.reading)
        if "回您" in row.payload["text"]
    ]
    assert row.kind == "reply"
    assert row.payload[WAITED_FOR]  # beyond her day's parts it goes out tomorrow (bot/channels/sms/caps.py)
    assert row.expires_at - row.created_at >= timedelta(days=2)
