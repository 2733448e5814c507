"""One more question in a flow is a few lines of a county's programme, and no Python."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from bot import demo
from conversations.care import programme as programmes
from conversations.care.rules import Question
from conversations.engine.flow import extra_step
from storage.database import Database
from storage.models import Place
from storage.organisation import save_places
from tests.support.clock import FakeClock
from tests.support.town import Town, person, wired

COORDINATOR = person("coordinator-1")
SIXTH = """
title = "第六县"
inherits = "national"
[[flow.pregnancy.extra]]
id = "folic_acid_taken"
ask = "她吃叶酸了吗？"
kind = "yes_no"
label = "叶酸"
unverified = true
[[flow.pregnancy.extra]]
id = "weight_before"
ask = "怀孕前多重（公斤）？"
kind = "number"
least = 30
most = 150
label = "孕前体重"
unverified = true
[[flow.pregnancy.extra]]
id = "water"
ask = "家里喝什么水？"
kind = "choice"
choices = { tap = "自来水", well = "井水" }
required = true
label = "饮水"
unverified = true
"""


@pytest.fixture(autouse=True)
def sixth() -> Iterator[None]:
    programmes.install({"sixth": SIXTH})
    yield
    programmes._programmes.pop("sixth")


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with database.transaction() as tx:
        places = {place.id: place for place in await Place.all().using_db(tx)}
        places["xf"].programme = "sixth"
        await save_places(tx, [places["xf"]])
    async with wired(database, clock) as town:
        yield town


async def body(town: Town) -> dict[str, Any]:
    (report,) = [one for one in await town.reports(event="pregnancy") if one.is_latest]
    return dict(report.body)


async def test_it_is_asked_read_back_and_reaches_the_county(town: Town) -> None:
    asked = await town.say(COORDINATOR, "李梅怀孕了，28岁，末次月经8月3号", "就这些")
    assert "家里喝什么水？" in asked[-1]  # required: it is asked even so
    read = await town.say(COORDINATOR, "井水")
    assert "饮水：井水" in read[-1]
    await town.say(COORDINATOR, "对")
    assert (await body(town))["extra"] == {"water": "well"}


async def test_step_by_step_with_a_refusal(town: Town) -> None:
    said = ["李梅怀孕了，28岁，末次月经8月3号"]
    answer = (await town.say(COORDINATOR, *said))[-1]
    for _ in range(12):
        if "叶酸" in answer:
            break
        assert "最后一项" not in answer  # the programme's own follow
        answer = (await town.say(COORDINATOR, "跳过"))[-1]
    assert "她吃叶酸了吗？" in answer
    answer = (await town.say(COORDINATOR, "没有"))[-1]
    assert "怀孕前多重" in answer
    answer = (await town.say(COORDINATOR, "250"))[-1]
    assert "30到150" in answer
    await town.say(COORDINATOR, "52.5公斤", "自来水", "对")
    assert (await body(town))["extra"] == {"folic_acid_taken": False, "weight_before": 52.5, "water": "tap"}


async def test_it_is_corrected_like_any_other_answer(town: Town) -> None:
    await town.say(COORDINATOR, "李梅怀孕了，28岁，末次月经8月3号", "就这些", "井水", "对")
    shown = (await town.say(COORDINATOR, "更正"))[-1]
    if "饮水" not in shown:
        shown = (await town.say(COORDINATOR, "1"))[-1]
    (line,) = [one for one in shown.splitlines() if "饮水" in one]
    number = line.split()[0]
    asked = (await town.say(COORDINATOR, f"改{number}"))[-1]
    assert "家里喝什么水？" in asked
    await town.say(COORDINATOR, "自来水", "对")
    latest = await body(town)
    assert latest["extra"] == {"water": "tap"}
    assert latest["lmp"] == "2026-08-03"


@pytest.mark.parametrize("kind", ["text", "yes_no", "number", "date", "choice"])
def test_every_kind_has_a_step(kind: Any) -> None:
    step = extra_step(Question(id="x", ask="问什么呢？", kind=kind, choices={"a": "甲", "b": "乙"}))
    assert step.free or step.choices or step.read


def test_other_programmes_ask_nothing_more() -> None:
    for name in ("national", "xinfeng", "gaoping", "rencheng", "kaifeng", "yuzhong"):
        assert not programmes.programme(name).questions("birth")
