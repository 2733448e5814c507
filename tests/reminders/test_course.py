"""Whole courses through the program: what she, her coordinator and the township hear, and on which day.

The timelines lie in tests/reminders/golden; GOLDEN_UPDATE=1 writes them anew: read them before you believe them.
"""

from __future__ import annotations

import os
from pathlib import Path

from bot.channels.sms.parts import sms_length
from tests.support.registrar import PHONE, Registrar
from tests.support.watch import COORDINATOR, TOWNSHIP

GOLDEN = Path(__file__).parent / "golden"
SIGNATURE = "【信丰孕管】"


def as_told(clerk: Registrar) -> str:
    """Everything that was said to the three of them, a line each, in the order of days."""
    told = [
        (day, who, text)
        for who, address, channel in (
            ("她", PHONE, "sms"),
            ("孕管员", COORDINATOR.address, "chat"),
            ("孕管办", TOWNSHIP.address, "chat"),
        )
        for day, text in clerk.heard(address, channel)
    ]
    told.sort(key=lambda one: one[0])
    return "".join(f"{day} {who}：{text.replace(chr(10), ' / ')}\n" for day, who, text in told)


def check(clerk: Registrar, name: str) -> None:
    told, file = as_told(clerk), GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN_UPDATE") == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_text(told, "utf-8")
    assert told == file.read_text("utf-8")


async def test_all_goes_well(clerk: Registrar) -> None:
    await clerk.found(lmp="2026-10-01")
    await clerk.settle()
    await clerk.consents()
    await clerk.until("2026-12-01", 14)
    await clerk.file("booking")
    await clerk.file("antenatal_visit", visit_number=1, next_appointment="2027-02-10")
    for day in ("2027-02-10", "2027-03-20", "2027-06-01", "2027-06-28"):
        await clerk.until(day, 14)
        await clerk.file("antenatal_visit")
    await clerk.until("2027-07-05", 14)
    await clerk.file("birth", place_kind="hospital", children=[{"sex": "female"}])
    await clerk.until("2027-07-12", 10)
    await clerk.file("postnatal_visit", visit_kind="home")
    await clerk.file("newborn_visit")
    await clerk.until("2027-08-20", 10)
    await clerk.file("postnatal_visit", visit_kind="day42")
    await clerk.until("2028-09-01")
    check(clerk, "all_goes_well")


async def test_nobody_does_anything(clerk: Registrar) -> None:
    await clerk.found()
    await clerk.settle()
    await clerk.consents()
    await clerk.until("2027-06-09", 10)
    await clerk.file("birth", children=[{"sex": "male"}], place_kind="hospital")
    await clerk.until("2028-07-09")
    check(clerk, "nobody_does_anything")
    heard = clerk.heard(PHONE)
    assert len(heard) > 20
    assert [text for _, text in heard if sms_length(SIGNATURE + text).parts > 1] == []


async def test_high_risk_and_a_loss(clerk: Registrar) -> None:
    await clerk.found()
    await clerk.settle()
    await clerk.consents()
    await clerk.file("risk_grade", date="2026-11-22", colour="red", institution="县妇幼")
    await clerk.until("2026-12-20", 10)
    await clerk.file("pregnancy_loss", loss_kind="miscarriage")
    await clerk.until("2026-12-26", 10)
    await clerk.answers("support:ask", "yes")
    await clerk.until("2027-04-01")
    check(clerk, "high_risk_and_a_loss")
    after = "".join(text for day, text in clerk.heard() if day > "2026-12-20")
    assert not [word for word in ("宝宝", "孩子", "孕", "产", "流", "胎", "恭喜", "！") if word in after]


async def test_everything_through_the_coordinator(clerk: Registrar) -> None:
    await clerk.found(phone_owner="husband")
    await clerk.settle()
    await clerk.until("2027-06-09", 10)
    await clerk.file("birth", children=[{"sex": "male"}], place_kind="home")
    await clerk.until("2028-01-09")
    assert clerk.heard() == []
    check(clerk, "everything_through_the_coordinator")


async def test_her_death_and_her_child(clerk: Registrar) -> None:
    await clerk.found()
    await clerk.settle()
    await clerk.consents()
    await clerk.until("2027-06-09", 10)
    await clerk.file("birth", children=[{"sex": "male"}], place_kind="hospital")
    heard = len(clerk.heard())
    await clerk.file("maternal_death", death_stage="postpartum", place_kind="hospital")
    await clerk.until("2028-01-09")
    assert len(clerk.heard()) == heard
    check(clerk, "her_death_and_her_child")
