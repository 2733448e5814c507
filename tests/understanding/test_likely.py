"""What is offered for words that were not understood."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.flows import flow_for_intent
from conversations.flows.unclear import GUESSABLE
from conversations.understanding import INTENTS, understand
from conversations.understanding.likely import MOST, Meaning, denied, likely, long_ago

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


@pytest.mark.parametrize(
    "text", ["还没生", "没流产", "没死", "还没建册", "李梅还没生", "李梅没去产检", "李梅快生了"]
)
def test_what_is_only_not_so_is_nothing_to_report(text: str) -> None:
    assert denied(text)


@pytest.mark.parametrize(
    "text",
    [
        "生了",
        "没有",
        "不知道",
        "今天天气不错",
        "没错",
        "不错",
        "我没空",
        "李梅流产了",
        "还没生吗",
        "昨天没下雨，李梅生了",
    ],
)
def test_other_words_deny_nothing(text: str) -> None:
    assert not denied(text)


@pytest.mark.parametrize("text", ["去年张桂花生过一个死胎", "张桂花以前流产过", "李梅三年前死过一个孩子"])
def test_what_was_years_ago_is_no_report(text: str) -> None:
    assert long_ago(text)
    assert understand(text, today=TODAY).intent == "none"


@pytest.mark.parametrize("text", ["李梅昨天流产了", "李梅去年结婚，昨天流产了", "李梅去年12月28号流产了"])
def test_what_was_lately_is_one(text: str) -> None:
    assert understand(text, today=TODAY).intent == "pregnancy_loss"
