"""What holds of every question: it is never a crash, never lost on its way through JSON, never wider than it was."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.asking.grammar import for_role, nearest, read_question
from conversations.asking.plain import from_plain, say, to_plain
from conversations.asking.question import Question
from conversations.text import chinese
from conversations.understanding import understand
from tests.asking.scoring import HERE, lines

TODAY = date(2026, 11, 22)
ROLES = ("coordinator", "township", "institution", "county", "woman", "unknown")
OFFICES = ROLES[:4]

days = st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1))
numbers = st.none() | st.integers(0, 60)
questions = st.builds(
    Question,
    woman_name=st.none() | st.just("王芳"),
    phone=st.none() | st.just("19900000101"),
    places=st.lists(st.sampled_from(["古陂", "塘背", "大塘"]), max_size=2, unique=True).map(tuple),
    stage=st.sampled_from([None, "pregnant", "postnatal"]),
    colours=st.frozensets(st.sampled_from(["green", "yellow", "orange", "red", "purple"])),
    high_risk=st.booleans(),
    watched=st.booleans(),
    overdue=st.booleans(),
    unseen=st.booleans(),
    overdue_due=st.booleans(),
    postnatal_due=st.booleans(),
    visit=st.sampled_from([None, "home", "day42"]),
    check_due=st.booleans(),
    check_from=days,
    check_to=days,
    ended=st.sampled_from([None, "birth", "loss"]),
    ended_from=days,
    ended_to=days,
    seen=st.sampled_from([None, "antenatal", "home", "day42"]),
    seen_from=days,
    seen_to=days,
    responsible=st.sampled_from([None, "我", "张医生", "孙桂花"]),
    by_name=st.booleans(),
    visit_from=days,
    visit_to=days,
    due_from=days,
    due_to=days,
    reported_from=days,
    reported_to=days,
    weeks_from=numbers,
    weeks_to=numbers,
    age_from=numbers,
    age_to=numbers,
    para_from=numbers,
    para_to=numbers,
    booked=st.sampled_from([None, True, False]),
    migrant=st.sampled_from([None, True, False]),
    special=st.frozensets(st.sampled_from(["poor", "disabled", "mental_illness"])),
    lost=st.booleans(),
    moved_out=st.booleans(),
    unassigned=st.booleans(),
    count=st.booleans(),
    export=st.booleans(),
    chart=st.booleans(),
    by=st.sampled_from([None, "place", "month", "colour"]),
)
WORDS = [
    "其中",
    "那",
    "的",
    "呢",
    "高危",
    "二胎",
    "三胎",
    "古陂村",
    "塘背村",
    "塘背",
    "红的",
    "没产检",
    "没做过产检",
    "没建册",
    "12月",
    "下个月",
    "要生",
    "有几个",
    "都有谁",
    "导出",
    "图",
    "按村数",
    "流动人口",
    "35岁以上",
    "不",
    "没有",
    "王芳",
    "查",
    "李梅",
    "产后访视",
    "该产检",
    "生了",
    "产检过",
    "张医生负责的",
    "我包的",
    "42天检查",
    "本周",
    "新报",
    "各村",
    "全镇",
    "失访",
    "迁出",
    "没人包保",
    "低保",
    "，",
    "。",
    "下一页",
    "吗",
    "了",
    "是",
]
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map("".join)
texts = st.text(max_size=80) | phrases


@settings(deadline=None)
@given(texts, st.sampled_from(ROLES), st.none() | questions, st.dates(date(2001, 1, 1), date(2098, 1, 1)))
def test_any_words_are_read(text: str, role: str, before: Question | None, today: date) -> None:
    question = read_question(text, today, role, before)
    assert question is None or role in OFFICES
    if question is not None:
        assert from_plain(json.loads(json.dumps(to_plain(question)))) == question
        assert chinese(say(question))
    offered = nearest(text, today, role)
    assert len(offered) <= 3
    assert len({one for _, one in offered}) == len(offered)
    assert (len(offered) >= 2) == (role in OFFICES)


@given(questions)
def test_a_question_survives_being_plain(question: Question) -> None:
    assert from_plain(json.loads(json.dumps(to_plain(question)))) == question
    assert chinese(say(question, named=True, masked=True))


@pytest.mark.parametrize("said", [{"colour": "red"}, {"high_risk": True, "sector": "一片区"}])
def test_a_filter_from_a_later_version_is_never_dropped(said: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no part of a question"):
        from_plain(said)


@settings(deadline=None)
@given(phrases, st.sampled_from(OFFICES), questions)
def test_a_follow_up_never_widens_the_places(text: str, role: str, before: Question) -> None:
    """Of those it had, or of those it names: never of all, unless all are named (全镇) or it is a question of its own."""
    question = read_question(text, TODAY, role, before)
    if question is None or question == read_question(text, TODAY, role) or "全镇" in text:
        return
    assert not before.places or question.places
    assert all(place in before.places or place in text for place in question.places)


@settings(deadline=None)
@given(phrases, st.none() | questions)
def test_a_coordinator_never_asks_by_colour_or_group(text: str, before: Question | None) -> None:
    question = read_question(text, TODAY, "coordinator", before)
    if question is not None:
        assert not question.colours
        assert not question.special
        assert question.by != "colour"


@given(questions)
def test_no_label_that_may_not_be_read_is_said(question: Question) -> None:
    said = chinese(say(question))
    assert not any(word in said for word in ("橙", "红", "紫", "残疾", "低保", "精神", "颜色"))
    assert ("重点随访" in said) == bool(
        question.watched or question.special or question.colours & {"orange", "red", "purple"}
    )


@given(questions)
def test_an_office_asks_the_same_twice(question: Question) -> None:
    for role in OFFICES:
        once = for_role(question, role)
        assert once is None or for_role(once, role) == once
    assert for_role(question, "woman") is None


def test_every_question_of_the_corpus_goes_through_the_front_door() -> None:
    """A question that follows up none is heard as one by `understand` too."""
    for line in lines(HERE / "corpus.jsonl"):
        if (
            line["question"] is None
            or line.get("before") is not None
            or line["text"] in ("古陂高危没产检的", "塘背的二胎有几个")
        ):
            continue
        heard = understand(
            line["text"],
            today=date.fromisoformat(line["today"]),
            speaker=line["role"],
            villages=tuple(line.get("places", ())),
        )
        assert heard.intent == "roster_query", line["text"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("高危妊娠的标准", "高危"),
        ("古陂村糖尿病的", "古陂"),
        ("下个月的", "预产期2026年12月"),
        ("王芳高危", "王芳"),
        ("随便看看天气", "全部孕产妇"),
    ],
)
def test_the_nearest_questions_begin_with_what_was_understood(text: str, first: str) -> None:
    offered = nearest(text, TODAY, "township")
    assert 2 <= len(offered) <= 3
    assert chinese(offered[0][0]) == first


def test_known_places_need_no_ending_and_decide_whose_name_it_is() -> None:
    places = ("古陂村", "王芳村")
    assert read_question("古陂高危", TODAY, "township", places=places) == Question(
        places=("古陂",), high_risk=True
    )
    assert read_question("塘背高危的名单", TODAY, "township", places=places) is None
    before = Question(high_risk=True)
    assert read_question("那古陂呢", TODAY, "township", before, places=places) == Question(
        places=("古陂",), high_risk=True
    )
    assert read_question("那李梅呢", TODAY, "township", before, places=places) == Question(woman_name="李梅")


def test_the_order_of_what_is_said() -> None:
    question = read_question("古陂村高危没来产检的二胎12月要生的", TODAY, "township")
    assert question is not None
    assert chinese(say(question, named=True)) == "古陂·高危·没来产检·第2胎·预产期2026年12月"
    assert chinese(say(Question(woman_name="王芳", phone="19900000101"), masked=True)) == "王*·尾号0101"
