"""The words that start an errand are looked at like every other answer, in every flow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conversations import engine
from conversations.engine.filling import opened
from conversations.engine.flow import Context, no_answers
from conversations.flows import FLOWS
from conversations.message import ChannelTraits, Message, Speaker, Village
from conversations.text import Refusal, T
from tests.support.clock import FakeClock

READS = sorted(name for name, flow in FLOWS.items() if flow.read_words is not no_answers)
SAYING = {
    "announce": "通知所有孕管员：明天开会",
    "open_link": "/start " + "a1" * 16,
    "quarterly_counts": "填季报 三季度 产后出血3",
    "unclear": "/death",
}
"""What starts a flow whose reader wants more than any words."""


def context(text: str) -> Context:
    now = FakeClock()()
    speaker = Speaker("c1", "township", staff_id="s1", place_id="t", villages=(Village("v", "杨梅坑村"),))
    return Context(Message("m1", ChannelTraits("chat"), speaker, now, now, text=text), now)


@pytest.mark.parametrize("name", READS)
def test_the_checks_of_a_flow_see_what_its_opening_words_tell(name: str) -> None:
    text = SAYING.get(name, "李梅 123456")
    seen: list[Mapping[str, Any]] = []

    def never(answers: Mapping[str, Any], context: Context) -> tuple[tuple[str, ...], Refusal]:
        seen.append(dict(answers))
        return tuple(answers), Refusal(T("不对。"))

    flow = replace(FLOWS[name], checks=(never,))
    told = flow.read_words(text, context(text))
    left, refusal = opened(flow, context(text), text)
    assert seen == [told]
    assert left == {}
    assert refusal is not None


def test_nothing_in_the_engine_reads_opening_words_elsewhere() -> None:
    folder = Path(engine.__file__).parent
    found = {
        path.name: len(re.findall(r"\.read_words\(", path.read_text("utf-8"))) for path in folder.glob("*.py")
    }
    assert {name: count for name, count in found.items() if count} == {"filling.py": 1}


def test_what_is_not_in_conflict_stays() -> None:
    text = "填季报 三季度 产后出血3，严重产后出血5，子宫切除1"
    told, refusal = opened(FLOWS["quarterly_counts"], context(text), text)
    assert refusal is not None
    assert told.get("hysterectomies") == 1
    assert "severe_haemorrhages" not in told
    assert "haemorrhages" not in told
