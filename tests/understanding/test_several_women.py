"""Several women in one message: each is told of what is told of her, and of nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from conversations.understanding import understand
from conversations.understanding.normalise import normalise
from conversations.understanding.people import told_of

TODAY = date(2026, 11, 22)
YESTERDAY = "2026-11-21"


def told(text: str) -> list[tuple[str, dict[str, Any]]]:
    understood = understand(text, today=TODAY)
    events = [(understood.intent, understood.fields), *((one.intent, one.fields) for one in understood.more)]
    return [(intent, fields) for intent, fields in events if intent != "danger_sign"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("昨天去看了李梅和张桂花，李梅还好，张桂花说头晕得很", "张桂花"),
        ("李梅产检了，张桂花大出血", "张桂花"),
        ("李梅大出血，张桂花产检了", "李梅"),
        ("李梅流血了，张桂花发现的", "李梅"),
        ("王芳说李梅大出血", "李梅"),
        ("大出血，李梅，张桂花在送她", "李梅"),
        ("李梅昏过去了", "李梅"),
        ("李梅心口疼", "李梅"),
        ("李梅浑身抽", "李梅"),
        ("李梅摔了一跤肚子着地", "李梅"),
        ("孕妇王芳肚子痛得厉害", "王芳"),
    ],
)
def test_the_sign_is_of_her_who_is_named_with_it(text: str, name: str) -> None:
    understood = understand(text, today=TODAY)
    assert (understood.intent, understood.fields["woman_name"]) == ("danger_sign", name)


def test_what_is_told_after_a_list_is_of_each() -> None:
    visit = {"date": YESTERDAY, "institution": "县妇幼"}
    assert told("李梅和张桂花都去产检了，昨天，县妇幼，都正常") == [
        ("antenatal_visit", {"woman_name": "李梅", **visit}),
        ("antenatal_visit", {"woman_name": "张桂花", **visit}),
    ]


def test_a_number_after_a_list_is_not_of_each() -> None:
    events = told("李梅、张桂花怀孕了，13800001234")
    assert [fields.get("phone") for _, fields in events] == [None, "13800001234"]


def test_what_is_told_of_her_later_is_more_of_the_same() -> None:
    assert told("陈兰、赵敏都怀上了，陈兰9月1号来的，赵敏是8月20") == [
        ("pregnancy", {"woman_name": "陈兰", "lmp": "2026-09-01"}),
        ("pregnancy", {"woman_name": "赵敏", "lmp": "2026-08-20"}),
    ]


def test_a_visit_to_two_is_two_visits_and_no_more() -> None:
    events = told("昨天去看了李梅和张桂花，李梅还好，张桂花说头晕得很")
    assert [(intent, fields["woman_name"], fields["date"]) for intent, fields in events] == [
        ("follow_up", "李梅", YESTERDAY),
        ("follow_up", "张桂花", YESTERDAY),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "李梅产检完了，张桂花没去，说没钱",
        "张桂花没去，说没钱，李梅产检完了",
        "李梅去建册了，张桂花不肯去",
        "李梅产检了，张桂花昨天也没去",
        "李梅产检了，张桂花还没去",
    ],
)
def test_who_did_not_go_has_no_visit(text: str) -> None:
    events = {fields["woman_name"]: intent for intent, fields in told(text)}
    assert events["张桂花"] == "follow_up"
    assert events["李梅"] in {"antenatal_visit", "booking"}


@pytest.mark.parametrize("text", ["李梅昨天没去产检", "张桂花不肯去检查", "李梅没去产检，说没钱"])
def test_not_to_have_gone_is_no_visit(text: str) -> None:
    assert [intent for intent, _ in told(text)] == ["follow_up"]


@pytest.mark.parametrize("text", ["李梅生了，张桂花还没", "李梅怀孕了，张桂花没怀"])
def test_who_did_not_has_no_report(text: str) -> None:
    assert [fields["woman_name"] for _, fields in told(text)] == ["李梅"]


@pytest.mark.parametrize(
    "text", ["李梅产检完了，张桂花也去了", "李梅产检了，张桂花也是", "李梅产检了，张桂花没事"]
)
def test_who_did_too_has_one(text: str) -> None:
    assert told(text)[0][1]["woman_name"] == "李梅"
    assert "张桂花" in {fields["woman_name"] for _, fields in told(text)}


def test_a_doubt_about_the_next_one_is_not_asked_of_the_first() -> None:
    assert understand("李梅怀孕了，张桂花怀孕 8月3号", today=TODAY).ambiguities == ()


@pytest.mark.parametrize(
    ("text", "name", "of_her"),
    [
        ("去看了李梅和张桂花，李梅还好，张桂花头晕，很重", "李梅", "去看了李梅和张桂花，李梅还好，"),
        ("去看了李梅和张桂花，李梅还好，张桂花头晕，很重", "张桂花", "去看了李梅和张桂花，张桂花头晕，很重"),
        ("随访李梅，头晕", "李梅", "随访李梅，头晕"),
        ("随访李梅，头晕", "", "随访李梅，头晕"),
    ],
)
def test_what_is_told_of_her(text: str, name: str, of_her: str) -> None:
    assert told_of(normalise(text), name) == normalise(of_her)
