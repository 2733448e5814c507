"""An end stops what it ends: in the transaction that files it, and once more when a letter leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from storage.models import CareAct, Outgoing, Pregnancy
from tests.support.registrar import Registrar
from tests.support.town import Town
from tests.support.watch import COORDINATOR

SOON = "visit:antenatal_2:soon"

File = Callable[[Registrar], Awaitable[Any]]
ENDS: dict[str, tuple[File, str]] = {
    "birth": (lambda clerk: clerk.file("birth", children=[{"sex": "male"}]), "ended"),
    "loss": (lambda clerk: clerk.file("pregnancy_loss", loss_kind="miscarriage"), "ended"),
    "stillbirth": (lambda clerk: clerk.file("pregnancy_loss", loss_kind="stillbirth"), "ended"),
    "maternal death": (lambda clerk: clerk.file("maternal_death", place_kind="home"), "ended"),
    "her death": (lambda clerk: clerk.file("woman_death", place_kind="home"), "ended"),
    "moved away": (lambda clerk: clerk.file("moved", direction="out"), "moved"),
    "the visit": (lambda clerk: clerk.file("antenatal_visit"), "answered_already"),
}


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


@pytest.mark.parametrize(("end", "reason"), ENDS.values(), ids=list(ENDS))
async def test_in_the_transaction_that_files_it(clerk: Registrar, end: File, reason: str) -> None:
    await until_she_is_to_be_reminded(clerk)
    before = clerk.heard()
    await end(clerk)
    assert (await clerk.states())[SOON] == f"skipped {reason}"
    letter = (await clerk.acts())[SOON].letter_id
    row = await Outgoing.get(id=letter, using_db=clerk.town.database.reading)
    assert (row.state, row.error) == ("expired", reason)
    await clerk.town.app.outbox.drain()
    assert clerk.heard() == before


@pytest.mark.parametrize(("end", "reason"), ENDS.values(), ids=list(ENDS))
async def test_once_more_when_the_letter_leaves(clerk: Registrar, end: File, reason: str) -> None:
    """Even where the filing had not taken it back."""
    await until_she_is_to_be_reminded(clerk)
    before, act = clerk.heard(), (await clerk.acts())[SOON]
    await end(clerk)
    async with clerk.town.database.transaction() as tx:
        await CareAct.filter(id=act.id).using_db(tx).update(state="made", reason=None)
        await Outgoing.filter(id=act.letter_id).using_db(tx).update(state="queued", error=None)
    await clerk.town.app.outbox.drain()
    assert clerk.heard() == before
    assert (await clerk.states())[SOON] == f"skipped {reason}"


async def test_a_letter_on_its_way_when_the_end_is_filed_is_noted_as_it_went(clerk: Registrar) -> None:
    await until_she_is_to_be_reminded(clerk)
    act = (await clerk.acts())[SOON]
    rows = Outgoing.filter(id=act.letter_id)
    async with clerk.town.database.transaction() as tx:
        await rows.using_db(tx).update(state="sending")
    await clerk.file("pregnancy_loss", loss_kind="miscarriage")
    assert (await clerk.states())[SOON] == "made"
    async with clerk.town.database.transaction() as tx:
        await rows.using_db(tx).update(state="sent")
    await clerk.town.app.care.check()
    assert (await clerk.states())[SOON] == "done ended"


async def test_a_withdrawn_end_has_her_reminded_at_once(clerk: Registrar) -> None:
    await until_she_is_to_be_reminded(clerk)
    end = await clerk.file("pregnancy_loss", loss_kind="miscarriage")
    await clerk.settle()
    before = len(clerk.heard())
    clerk.town.clock.advance(hours=1)
    await clerk.withdraw(end)
    await clerk.settle()
    (told,) = clerk.heard()[before:]
    assert told[0] == "2027-01-20"
    assert "该做产检了" in told[1]
    await clerk.until("2027-01-27")
    assert len(clerk.heard()) == before + 1


async def test_an_end_of_the_wrong_woman_taken_back_the_same_day_reaches_nobody(clerk: Registrar) -> None:
    await until_she_is_to_be_reminded(clerk)
    await clerk.town.app.outbox.drain()
    heard, tasks = clerk.heard(), clerk.heard(COORDINATOR.address, "chat")
    clerk.off("2027-01-20", 9)
    end = await clerk.file("birth", date="2027-01-19", children=[{"sex": "male"}], place_kind="home")
    await clerk.settle()
    await clerk.until("2027-01-20", 19)
    await clerk.withdraw(end)
    await clerk.until("2027-01-22")
    assert clerk.heard() == heard
    again = clerk.heard(COORDINATOR.address, "chat")[len(tasks) :]
    # the end took what was still open off her list; the booking stands there again, and nothing of a birth
    assert [text.rpartition("：")[2][:5] for _, text in again] == ["还没有建册"]


async def test_a_task_that_lost_its_reason_is_not_in_the_digest(clerk: Registrar) -> None:
    await clerk.found(phone=None)
    await clerk.file("antenatal_visit")
    await clerk.until("2027-01-19", 20)
    clerk.off("2027-01-20", 8)
    await clerk.town.app.care.check()
    before = clerk.heard(COORDINATOR.address, "chat")
    await clerk.file("antenatal_visit")
    await clerk.town.app.outbox.drain()
    assert clerk.heard(COORDINATOR.address, "chat") == before
    (row,) = [row for row in await clerk.outgoing("notice") if row.payload.get("digest")][-1:]
    assert (row.state, row.error) == ("expired", "answered_already")


async def test_a_grade_of_today_is_followed_and_one_replaced_is_not(clerk: Registrar) -> None:
    await clerk.found()
    await clerk.file("risk_grade", colour="red")
    await clerk.until("2026-11-29", 9)
    assert "followup:phone:2026-11-29" in await clerk.acts()
    await clerk.file("risk_grade", colour="green")
    assert (await clerk.states())["followup:phone:2026-11-29"] == "done ended"


async def test_after_her_death_her_number_is_held_for_others_until_somebody_tells_it_anew(
    clerk: Registrar,
) -> None:
    await clerk.found("李梅")
    await clerk.settle()
    await clerk.file("woman_death", "李梅", place_kind="home")
    clerk.town.clock.advance(days=1)
    heard = len(clerk.heard())
    # found before, with the number she shared
    sister = await clerk.found("张桂花", lmp="2026-10-01")
    assert len(clerk.heard()) == heard
    await clerk.settle()
    assert len(clerk.heard()) == heard + 1  # told anew: it is hers now
    await clerk.consents("张桂花")
    heard = len(clerk.heard())
    await clerk.file("woman_death", "张桂花", place_kind="home")
    await clerk.until("2027-06-01")
    assert len(clerk.heard()) == heard
    assert sister


async def test_a_shared_number_is_silent_after_a_death(clerk: Registrar) -> None:
    await clerk.found("李梅")
    await clerk.found("张桂花", lmp="2026-10-01")
    await clerk.settle()
    await clerk.consents("张桂花")
    await clerk.until("2026-12-01", 10)
    await clerk.file("woman_death", "李梅", place_kind="home")
    heard = len(clerk.heard())
    await clerk.until("2027-05-05")
    assert len(clerk.heard()) == heard
    assert {act.reason for act in (await clerk.acts("张桂花")).values() if act.state == "skipped"} == {
        "unsafe"
    }
    # the coordinator says who uses it
    await clerk.found("张桂花", lmp="2026-10-01")
    await clerk.until("2027-05-10")
    assert len(clerk.heard()) > heard


async def test_each_case_is_looked_at_after_a_report(clerk: Registrar, town: Town) -> None:
    await clerk.found()
    await clerk.settle()
    look = await clerk.next_look()
    assert look is not None
    assert look > town.clock()
    await clerk.file("follow_up", mode="phone")
    assert await clerk.next_look() == town.clock()
    rows = await Pregnancy.filter(next_check_at__lte=town.clock()).using_db(town.database.reading)
    assert [row.id for row in rows] == [clerk.case_id("李梅")]
    assert town.clock() < look + timedelta(days=1)
