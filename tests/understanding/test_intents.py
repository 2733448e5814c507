"""What messages are about: the corpus, its figures, and that no text whatever is too strange."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.text import Ambiguous
from conversations.understanding import INTENTS, Understood, as_json, understand
from conversations.understanding.danger import danger_signs

HERE = Path(__file__).parent
TODAY = date(2026, 11, 22)

INTENT_ACCURACY, FIELD_ACCURACY, DANGER_RECALL, FALSE_ALARMS = 0.99, 0.97, 1.0, 0.02


def corpus(name: str) -> list[dict[str, Any]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


CORPUS = corpus("corpus.jsonl")


def heard(row: dict[str, Any]) -> Understood:
    return understand(row["text"], today=date.fromisoformat(row["today"]), speaker=row["speaker"])


def broad(intent: str) -> str:
    """A question for a person to answer is, in the corpus, as good as none."""
    return "none" if intent == "question" else intent


def events(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [row, *row.get("more", [])]


def compared(rows: list[dict[str, Any]]) -> tuple[list[str], int, list[str], int]:
    """Wrong intents and how many there are, wrong fields and how many there are."""
    wrong_intents, wrong_fields, intents, fields = [], [], 0, 0
    for row in rows:
        understood = heard(row)
        got = [(broad(understood.intent), understood.fields)]
        got += [(broad(event.intent), event.fields) for event in understood.more]
        wanted = [(broad(event["intent"]), event["fields"]) for event in events(row)]
        intents += 1
        if [intent for intent, _ in got] != [intent for intent, _ in wanted]:
            wrong_intents.append(f"{row['text']}: {[i for i, _ in got]} instead of {[i for i, _ in wanted]}")
        for index, (_, values) in enumerate(wanted):
            known = got[index][1] if index < len(got) else {}
            fields += len(values)
            wrong_fields += [
                f"{row['text']}: {name} is {known.get(name)!r}, not {value!r}"
                for name, value in values.items()
                if known.get(name) != value
            ]
    return wrong_intents, intents, wrong_fields, fields


def test_the_corpus_is_as_large_as_it_has_to_be() -> None:
    quiet = [row for row in CORPUS if broad(row["intent"]) == "none"]
    assert len(CORPUS) >= 400
    assert len(quiet) >= 100
    assert len({row["text"] + row["speaker"] for row in CORPUS}) == len(CORPUS)
    assert {event["intent"] for row in CORPUS for event in events(row)} == set(INTENTS)


def test_intents_and_fields_of_the_corpus(record_property: Any) -> None:
    wrong_intents, intents, wrong_fields, fields = compared(CORPUS)
    right_intents, right_fields = 1 - len(wrong_intents) / intents, 1 - len(wrong_fields) / fields
    record_property("intent_accuracy", right_intents)
    record_property("field_accuracy", right_fields)
    print(f"intents {right_intents:.2%} of {intents}, fields {right_fields:.2%} of {fields}")
    assert right_intents >= INTENT_ACCURACY, "\n".join(wrong_intents)
    assert right_fields >= FIELD_ACCURACY, "\n".join(wrong_fields)


def test_danger_signs_of_the_corpus_are_all_heard_and_few_others() -> None:
    dangerous = [row for row in CORPUS if row["intent"] == "danger_sign"]
    calm = [row for row in CORPUS if row["intent"] != "danger_sign"]
    missed = [row["text"] for row in dangerous if heard(row).intent != "danger_sign"]
    alarms = [row["text"] for row in calm if danger_signs(row["text"])]
    print(f"danger recall {1 - len(missed) / len(dangerous):.2%}, false alarms {len(alarms) / len(calm):.2%}")
    assert len(dangerous) >= 40
    assert 1 - len(missed) / len(dangerous) >= DANGER_RECALL, missed
    assert len(alarms) / len(calm) <= FALSE_ALARMS, alarms


@pytest.mark.parametrize("row", CORPUS, ids=lambda row: row["text"][:20])
def test_what_is_understood_is_plain_json(row: dict[str, Any]) -> None:
    shown = as_json(heard(row))
    assert json.loads(json.dumps(shown, ensure_ascii=False)) == shown
    assert list(shown) == ["intent", "fields", "refusals", "more"]
    assert {shown["intent"], *(event["intent"] for event in shown["more"])} <= set(INTENTS)


@pytest.mark.parametrize(
    "text", ["先不说这个，张桂花昨晚生了", "另外，李梅怀孕了", "对了还有，王芳流产了", "插一句，李梅搬走了"]
)
def test_leaving_the_matter_at_hand_is_noticed(text: str) -> None:
    assert understand(text, today=TODAY).switching


@pytest.mark.parametrize("text", ["张桂花昨晚生了", "28", "李梅，末次月经9月3号", "另外那个不用管"[2:]])
def test_an_ordinary_message_leaves_nothing(text: str) -> None:
    assert not understand(text, today=TODAY).switching


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("孩子没了", {"child_death", "pregnancy_loss"}),
        ("李梅走了", {"woman_death", "moved"}),
        ("报死亡", {"maternal_death", "child_death", "woman_death"}),
    ],
)
def test_a_death_that_may_be_something_else_is_asked_about(text: str, meanings: set[str]) -> None:
    understood = understand(text, today=TODAY)
    asked = [one for one in understood.ambiguities if one.field == "intent"]
    assert [{value for value, _ in one.options} for one in asked] == [meanings]
    assert understood.intent in meanings


def test_a_village_of_the_speaker_is_known_by_its_name() -> None:
    understood = understand("古陂李梅怀孕了", today=TODAY, villages=("古陂村", "长安村"))
    assert understood.fields == {"woman_name": "李梅", "village": "古陂村"}


@pytest.mark.parametrize("text", ["李梅由我负责", "李梅归我管", "李梅由我来跟进", "李梅归王兰管"])
def test_who_takes_a_woman_on_is_assigned(text: str) -> None:
    understood = understand(text, today=TODAY, speaker="township")
    assert understood.intent == "assign"
    assert understood.fields["woman_name"] == "李梅"
    assert understand("归我管的有几个", today=TODAY, speaker="township").intent == "roster_query"


def test_the_same_message_costs_nothing_twice() -> None:
    first = understand("李梅怀孕了", today=TODAY)
    assert understand("李梅怀孕了", today=TODAY) is first


pieces = st.sampled_from([row["text"] for row in CORPUS])


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(max_size=300), st.binary(max_size=80).map(lambda b: b.decode("latin-1")), pieces),
    st.one_of(st.just(""), pieces, st.text(max_size=20)),
    st.sampled_from(["coordinator", "township", "institution", "county", "woman", "nobody"]),
    st.dates(date(2000, 1, 1), date(2035, 12, 31)),
)
def test_any_text_is_understood_somehow(first: str, second: str, speaker: str, today: date) -> None:
    understood = understand(first + second, today=today, speaker=speaker)
    assert understood.intent in INTENTS
    json.dumps(as_json(understood))
    assert all(isinstance(one, Ambiguous) and one.options for one in understood.ambiguities)


@settings(max_examples=50, deadline=None)
@given(pieces, st.integers(0, 40), st.characters())
def test_a_slip_of_the_finger_breaks_nothing(text: str, place: int, letter: str) -> None:
    at = place % (len(text) + 1)
    assert understand(text[:at] + letter + text[at:], today=TODAY).intent in INTENTS


@pytest.mark.parametrize("speaker", ["coordinator", "woman"])
@pytest.mark.parametrize(
    "text",
    [
        *("李梅昨天掉了", "李梅9月3号掉了", "李梅怀了三个月掉了", "李梅怀孕2个月掉了", "李梅昨天不小心掉了"),
        *(
            "昨天掉了",
            "我掉了",
            "掉了孩子",
            "掉孩子了",
            "李梅掉了个娃",
            "李梅掉了一个",
            "孩子掉了",
            "肚子里的掉了",
        ),
        *("李梅孩子没保住", "没保住", "胎停了", "孩子没保住"),
    ],
)
def test_a_child_lost(text: str, speaker: str) -> None:
    understood = understand(text, today=TODAY, speaker=speaker)
    assert understood.intent == "pregnancy_loss"
    assert understood.fields.get("woman_name", "李梅") == "李梅"


@pytest.mark.parametrize("speaker", ["coordinator", "woman"])
@pytest.mark.parametrize(
    "text",
    [
        *(
            "手机掉了",
            "李梅手机掉了",
            "我掉了一个手机",
            "李梅的手机昨天掉水里了",
            "钱包掉了",
            "掉了孩子的手册",
        ),
        *("体重掉了3斤", "李梅体重掉了", "李梅掉了2斤", "李梅血压掉下来了", "李梅环掉了"),
        *("脐带掉了", "孩子脐带掉了", "孩子的痂掉了", "孩子掉了颗牙", "孩子头发掉了", "孩子掉床下了"),
        *("李梅昨天掉沟里了", "怕掉了", "李梅掉了吗"),
    ],
)
def test_something_else_lost(text: str, speaker: str) -> None:
    understood = understand(text, today=TODAY, speaker=speaker)
    assert "pregnancy_loss" not in (understood.intent, *(one.intent for one in understood.more))


@pytest.mark.parametrize(
    "text",
    [
        "李梅B超做了，22周",
        "李梅B超22周+3",
        "李梅彩超显示孕22周3天",
        "李梅超声提示孕22周",
        "李梅 ultrasound 22 weeks",
    ],
)
def test_an_ultrasound_is_a_visit(text: str) -> None:
    understood = understand(text, today=TODAY)
    assert (understood.intent, understood.fields["gestational_weeks"]) == ("antenatal_visit", 22)


@pytest.mark.parametrize(
    "text",
    ["从湖南嫁过来一个孕妇王芳，26岁，怀孕12周，11月18号来的", "王芳搬来的，怀孕12周，11月18号来的"],
)
def test_the_day_she_came_is_no_last_period(text: str) -> None:
    understood = understand(text, today=TODAY)
    assert not [one for one in (understood, *understood.more) if "lmp" in one.fields]
