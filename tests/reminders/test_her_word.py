"""Her own word that it is over holds everything cheerful from the transaction that hears it, until somebody settles it."""

from __future__ import annotations

import pytest

from storage.models import Alert, Outgoing, Pregnancy, Report
from tests.reminders.test_answers import HER, says
from tests.support.registrar import Registrar
from tests.support.watch import COORDINATOR, COUNTY, TOWNSHIP, Watch

SOON = "visit:antenatal_2:soon"
HURTS = ("孕", "产检", "宝宝", "孩子", "胎")


async def until_she_is_to_be_reminded(clerk: Registrar) -> None:
    """The morning of the reminder: it is made, and has not left."""
    await clerk.found()
    await clerk.settle()
    await clerk.consents()
    await clerk.file("antenatal_visit")
    await clerk.until("2027-01-19", 20)
    clerk.off("2027-01-20", 8)
    await clerk.town.app.care.check()
    assert (await clerk.states())[SOON] == "made"


@pytest.mark.parametrize("words", ["没了", "我没怀"])
async def test_nothing_that_names_it_reaches_her_from_then_on(clerk: Registrar, words: str) -> None:
    await until_she_is_to_be_reminded(clerk)
    before = len(clerk.heard())
    await says(clerk.town, HER, words)
    assert (await clerk.states())[SOON] == "skipped ended"
    await clerk.until("2027-03-20", 20)
    told = [text for _, text in clerk.heard()[before:]]
    assert len(told) == 1, told
    assert not any(word in told[0] for word in HURTS), told


async def test_it_is_looked_at_again_when_the_letter_leaves(clerk: Registrar) -> None:
    await until_she_is_to_be_reminded(clerk)
    act = (await clerk.acts())[SOON]
    await says(clerk.town, HER, "我流产了")
    before = clerk.heard()
    letter = Outgoing.filter(id=act.letter_id)
    async with clerk.town.database.transaction() as tx:  # as if it had not been taken back
        await letter.using_db(tx).update(state="queued", error=None)
        act.state, act.reason = "made", None
        await act.save(using_db=tx, update_fields=["state", "reason"])
    await clerk.town.app.outbox.drain()
    assert clerk.heard() == before


async def test_both_offices_hear_at_once_and_the_county_after_a_day(clerk: Registrar) -> None:
    await until_she_is_to_be_reminded(clerk)
    await says(clerk.town, HER, "我流产了")
    watch = Watch(clerk.town)
    [alert] = await watch.alerts()
    assert alert.kind == "told_over"
    told = await watch.told()
    assert {COORDINATOR, TOWNSHIP} <= told
    assert COUNTY not in told
    for who in (COORDINATOR, TOWNSHIP):
        assert "我流产了" in (await watch.everything(who))[-1]
    clerk.town.clock.advance(days=1, hours=1)
    await clerk.town.app.alerts.check()
    assert COUNTY in await watch.told()


async def test_who_has_it_is_asked_again_until_it_is_settled(clerk: Registrar) -> None:
    await until_she_is_to_be_reminded(clerk)
    await says(clerk.town, HER, "我流产了")
    await clerk.town.say(COORDINATOR, "收到")
    await clerk.until("2027-02-06", 20)
    states = await clerk.states()
    asked = [key for key in states if key.startswith("word:")]
    assert {key.split(":")[1] for key in asked} == {"coordinator", "township"}
    assert len(asked) >= 4


async def test_it_files_no_end(clerk: Registrar) -> None:
    await until_she_is_to_be_reminded(clerk)
    await says(clerk.town, HER, "我流产了")
    reading = clerk.town.database.reading
    assert (await Pregnancy.get(id=clerk.case_id("李梅"), using_db=reading)).open
    assert not await Report.filter(event="pregnancy_loss").using_db(reading).exists()


async def test_still_pregnant_everything_goes_on(clerk: Registrar) -> None:
    await until_she_is_to_be_reminded(clerk)
    await says(clerk.town, HER, "没了")
    await clerk.town.say(COORDINATOR, "还怀着")
    before = len(clerk.heard())
    assert (await Alert.all().using_db(clerk.town.database.reading))[0].acknowledged_at is not None
    await clerk.until("2027-01-22", 20)
    assert any("产检" in text for _, text in clerk.heard()[before:])


async def test_filing_the_loss_settles_it(clerk: Registrar) -> None:
    await until_she_is_to_be_reminded(clerk)
    await says(clerk.town, HER, "我流产了")
    clerk.town.clock.advance(minutes=5)
    report = await clerk.file("pregnancy_loss", loss_kind="miscarriage")
    assert (await Alert.all().using_db(clerk.town.database.reading))[0].acknowledged_at is not None
    await clerk.until("2027-01-25", 20)
    assert not [key for key in await clerk.states() if key.startswith("word:")]
    await clerk.withdraw(report)  # of somebody else: what she said stands
    before = len(clerk.heard())
    await clerk.until("2027-01-29", 20)
    assert len(clerk.heard()) == before


async def test_said_after_a_birth_no_child_is_named(clerk: Registrar) -> None:
    await until_she_is_to_be_reminded(clerk)
    await clerk.file("birth", children=[{"sex": "male"}])
    clerk.town.clock.advance(hours=1)
    await says(clerk.town, HER, "孩子没了")
    before = len(clerk.heard())
    await clerk.until("2027-03-20", 20)
    assert not [text for _, text in clerk.heard()[before:] if any(word in text for word in HURTS)]


async def test_an_open_question_about_a_check_up_is_not_asked_again(clerk: Registrar) -> None:
    await clerk.found()
    await clerk.settle()
    await clerk.consents()
    await clerk.file("antenatal_visit")
    await clerk.until("2027-01-20", 20)
    await says(clerk.town, HER, "去过了")
    assert "哪天" in clerk.heard()[-1][1]
    await says(clerk.town, HER, "医生说没胎心")
    assert not any(word in clerk.heard()[-1][1] for word in (*HURTS, "哪天"))
    clerk.town.clock.advance(minutes=1)
    await says(clerk.town, HER, "昨天，镇卫生院")
    assert "下次" not in clerk.heard()[-1][1]
