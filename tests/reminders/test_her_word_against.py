"""Her own word against an end that was filed of her holds what follows from it, and both offices are told at once."""

from __future__ import annotations

import pytest

from storage.models import Alert, CareAct, Contact
from tests.reminders.test_answers import HER, says
from tests.reminders.test_her_word import HURTS
from tests.support.registrar import Registrar
from tests.support.watch import COORDINATOR, COUNTY, TOWNSHIP, Watch


async def registered(clerk: Registrar) -> None:
    await clerk.found()
    await clerk.settle()
    await clerk.consents()


async def file_end(clerk: Registrar, event: str) -> str:
    clerk.town.clock.advance(minutes=5)
    if event == "birth":
        return await clerk.file("birth", children=[{"sex": "male"}])
    if event == "pregnancy_loss":
        return await clerk.file("pregnancy_loss", loss_kind="miscarriage")
    return await clerk.file("maternal_death", death_stage="pregnant")


ENDS = [
    ("maternal_death", "我是李梅，我没死"),
    ("maternal_death", "你们搞错了，我好好的"),
    ("birth", "我还没生呢"),
    ("birth", "我孩子好好的在肚子里"),
    ("pregnancy_loss", "我没流产啊"),
]


@pytest.mark.parametrize(("event", "words"), ENDS)
async def test_both_offices_hear_at_once(clerk: Registrar, event: str, words: str) -> None:
    await registered(clerk)
    await file_end(clerk, event)
    clerk.town.clock.advance(minutes=5)
    [answer] = await says(clerk.town, HER, words)
    assert not any(word in answer for word in (*HURTS, "死", "去世", "打错"))
    watch = Watch(clerk.town)
    [alert] = [one for one in await watch.alerts() if one.kind == "not_over"]
    assert {COORDINATOR, TOWNSHIP} <= await watch.told()
    assert COUNTY not in await watch.told()
    for who in (COORDINATOR, TOWNSHIP):
        assert words in (await watch.everything(who))[-1]
    assert alert.woman_id == clerk.woman_id("李梅")
    reading = clerk.town.database.reading
    assert not await Contact.filter(silenced_at__isnull=False).using_db(reading).exists()


@pytest.mark.parametrize(("event", "words"), ENDS)
async def test_nothing_that_follows_from_it_reaches_her_until_it_is_settled(
    clerk: Registrar, event: str, words: str
) -> None:
    await registered(clerk)
    await file_end(clerk, event)
    clerk.town.clock.advance(minutes=5)
    await says(clerk.town, HER, words)
    before = len(clerk.heard())
    await clerk.until("2027-01-20", 20)
    assert clerk.heard()[before:] == []
    asked = [key for key in await clerk.states() if key.startswith("word:")]
    assert {key.split(":")[1] for key in asked} == {"coordinator", "township"}


@pytest.mark.parametrize(("event", "words"), ENDS)
async def test_withdrawing_it_settles_it_and_everything_goes_on(
    clerk: Registrar, event: str, words: str
) -> None:
    await registered(clerk)
    report = await file_end(clerk, event)
    clerk.town.clock.advance(minutes=5)
    await says(clerk.town, HER, words)
    clerk.town.clock.advance(minutes=5)
    await clerk.withdraw(report)
    reading = clerk.town.database.reading
    assert not await Alert.filter(kind="not_over", acknowledged_at__isnull=True).using_db(reading).exists()
    assert not await CareAct.filter(kind="word", state="answered").using_db(reading).exists()
    before = len(clerk.heard())
    await clerk.until("2027-02-20", 20)
    assert any("产检" in text for _, text in clerk.heard()[before:])


async def test_a_birth_that_is_filed_later_is_not_held_by_it(clerk: Registrar) -> None:
    await registered(clerk)
    report = await file_end(clerk, "birth")
    clerk.town.clock.advance(minutes=5)
    await says(clerk.town, HER, "我还没生呢")
    clerk.town.clock.advance(minutes=5)
    await clerk.withdraw(report)
    await clerk.until("2027-06-08", 20)
    before = len(clerk.heard())
    await clerk.file("birth", children=[{"sex": "male"}])
    await clerk.until("2027-07-30", 20)
    assert any("宝宝" in text or "产后" in text for _, text in clerk.heard()[before:])


async def test_it_was_right_after_all(clerk: Registrar) -> None:
    await registered(clerk)
    await file_end(clerk, "birth")
    clerk.town.clock.advance(minutes=5)
    await says(clerk.town, HER, "我还没生呢")
    assert any("没报错" in text for text in await Watch(clerk.town).everything(COORDINATOR))
    await clerk.town.say(COORDINATOR, "还怀着")  # she agrees with her: that is taking it back
    assert "撤回" in (await Watch(clerk.town).everything(COORDINATOR))[-1]
    reading = clerk.town.database.reading
    assert await CareAct.filter(kind="word", state="answered").using_db(reading).exists()
    await clerk.town.say(COORDINATOR, "没报错")
    assert not await CareAct.filter(kind="word", state="answered").using_db(reading).exists()
    assert not await Alert.filter(kind="not_over", acknowledged_at__isnull=True).using_db(reading).exists()


async def test_where_nothing_was_filed_it_is_a_word_like_any_other(clerk: Registrar) -> None:
    await registered(clerk)
    [answer] = await says(clerk.town, HER, "过了日子还没生")
    assert "转给" in answer
    assert [one.kind for one in await Watch(clerk.town).alerts()] == ["question"]


async def test_a_number_called_wrong_after_her_death_was_filed_speaks_again_when_it_is_taken_back(
    clerk: Registrar,
) -> None:
    await registered(clerk)
    report = await file_end(clerk, "maternal_death")
    clerk.town.clock.advance(minutes=5)
    await says(clerk.town, HER, "你们搞错了")
    reading = clerk.town.database.reading
    assert await Contact.filter(silenced_at__isnull=False).using_db(reading).exists()
    clerk.town.clock.advance(minutes=5)
    await clerk.withdraw(report)
    assert not await Contact.filter(silenced_at__isnull=False).using_db(reading).exists()
    before = len(clerk.heard())
    await clerk.until("2027-02-20", 20)
    assert any("产检" in text for _, text in clerk.heard()[before:])


async def test_a_number_called_wrong_before_that_stays_silent(clerk: Registrar) -> None:
    await registered(clerk)
    await says(clerk.town, HER, "打错了")
    clerk.town.clock.advance(days=2)
    await clerk.withdraw(await file_end(clerk, "maternal_death"))
    reading = clerk.town.database.reading
    assert await Contact.filter(silenced_at__isnull=False).using_db(reading).exists()
