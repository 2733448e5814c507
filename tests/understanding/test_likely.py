"""What is offered for words that were not understood."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.flows import flow_for_intent
from conversations.flows.unclear import GUESSABLE
from conversations.understanding import INTENTS, understand
from conversations.understanding.likely import MOST, Meaning, likely

TODAY = date(2026, 11, 22)


def offered(text: str, among: frozenset[str] = GUESSABLE) -> tuple[Meaning, ...]:
    return likely(text, today=TODAY, speaker="coordinator", among=among)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("王芳 册子", "booking"),
        ("李梅 县医院 昨天", "antenatal_visit"),
        ("李梅的胎", "pregnancy"),
        ("王芳 红", "risk_grade"),
        ("李梅 抢救", "critical_case"),
        ("上环 李梅", "contraceptive_reaction"),
        ("李梅的奶水不够", "postnatal_visit"),
        ("王芳孩子", "birth"),
        ("李梅28岁13707971234", "pregnancy"),
        ("李梅", "pregnancy"),
    ],
)
def test_the_likeliest_meaning_stands_first(text: str, first: str) -> None:
    assert understand(text, today=TODAY).intent == "none"
    assert offered(text)[0].intent == first
    assert len(offered(text)) <= MOST


@pytest.mark.parametrize(
    "text",
    ["李梅还没生", "明天去看李梅", "李梅生了吗", "今天下雨", "28", "哈哈哈", "好的", "", "电视里的孕妇", "?"],
)
def test_nothing_is_guessed_where_nothing_is_told(text: str) -> None:
    assert offered(text) == ()


def test_what_is_told_is_kept_for_each_meaning() -> None:
    told = {one.intent: one.fields for one in offered("李梅 县医院 昨天")}
    assert told["antenatal_visit"] == {"woman_name": "李梅", "date": "2026-11-21", "institution": "县医院"}
    assert told["birth"]["place_kind"] == "hospital"


def test_only_what_somebody_may_tell_is_offered() -> None:
    among = frozenset(one for one in GUESSABLE if flow_for_intent(one, "institution"))
    assert {one.intent for one in offered("李梅 昨天", among)} == {"birth"}
    assert offered("李梅 昨天", frozenset()) == ()


def test_no_death_is_guessed_at_where_none_is_spoken_of() -> None:
    deaths = {"maternal_death", "child_death", "woman_death"}
    for text in ("李梅", "李梅 抢救", "李梅 孩子 昨天", "王芳 县医院"):
        assert not deaths & {one.intent for one in offered(text)}


def test_everything_that_may_be_offered_is_an_intent_with_a_flow() -> None:
    assert set(INTENTS) >= GUESSABLE
    assert all(
        any(flow_for_intent(one, role) for role in ("coordinator", "institution")) for one in GUESSABLE
    )


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
def test_any_words_at_all(text: str) -> None:
    assert len(offered(text)) <= MOST
