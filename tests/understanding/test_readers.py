"""Direct answers to one question, as people give them; refusals show an example, doubts are asked about."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.text import Ambiguous, Refusal
from conversations.understanding.readers import READERS, read

TODAY = date(2026, 11, 22)

TAKEN: list[tuple[str, str, Any]] = [
    ("age", "28", 28),
    ("age", "二十八岁", 28),
    ("age", "今年32了", 32),
    ("phone", "137 0797 1234", "13707971234"),
    ("phone", "１３７-０７９７-１２３４", "13707971234"),
    ("woman_name", "她叫李梅", "李梅"),
    ("woman_name", "欧阳小红", "欧阳小红"),
    ("woman_name", "江月", "江月"),
    ("woman_name", "李怀英", "李怀英"),
    ("woman_name", "Chen Fang", "Chen Fang"),
    ("mother_name", "Aigul Mamat", "Aigul Mamat"),
    ("woman_name", "阿依古丽·买买提", "阿依古丽·买买提"),
    ("child_name", "还没取名", None),
    ("lmp", "9月3号", "2026-09-03"),
    ("lmp", "农历九月初三", "2026-10-12"),
    ("lmp", "12周加3天", "2026-08-27"),
    ("due_date", "6月10号", "2027-06-10"),
    ("dating", "9月3号", {"lmp": "2026-09-03"}),
    ("dating", "12周加3天", {"gestational_weeks": 12, "gestational_days": 3, "lmp": "2026-08-27"}),
    ("dating", "12周", {"gestational_weeks": 12}),
    ("dating", "预产期6月10号", {"due_date": "2027-06-10"}),
    ("gestational_weeks", "38", 38),
    ("gravida_para", "第二次怀孕，生过一个", {"gravida": 2, "para": 1}),
    ("gravida_para", "第二次，生过一个", {"gravida": 2, "para": 1}),
    ("gravida_para", "头胎", {"gravida": 1, "para": 0}),
    ("gravida_para", "二胎", {"para": 1}),
    ("gravida_para", "G2P1", {"gravida": 2, "para": 1}),
    ("gravida_para", "孕3产1", {"gravida": 3, "para": 1}),
    ("identity", "1998年5月6日", {"birth_date": "1998-05-06"}),
    ("identity", "28岁", {"age": 28}),
    ("booked", "建了", True),
    ("booked", "还没建", False),
    ("booked", "没有", False),
    ("migrant", "外地来的", True),
    ("migrant", "本地的", False),
    ("safe_to_text", "方便", True),
    ("safe_to_text", "不方便，婆婆会看", False),
    ("pregnant_or_postpartum", "刚生完孩子", True),
    ("pregnant_or_postpartum", "没怀孕", False),
    ("alive", "活的", True),
    ("alive", "没活", False),
    ("date", "昨晚", "2026-11-21"),
    ("time", "下午三点", "15:00"),
    ("time", "8:20", "08:20"),
    ("birth_weight_g", "2900", 2900),
    ("birth_weight_g", "6斤8两", 3400),
    ("birth_weight_g", "3.2公斤", 3200),
    ("sex", "千金", "female"),
    ("sex", "带把的", "male"),
    ("sex", "男", "male"),
    ("place_kind", "在县医院", "hospital"),
    ("place_kind", "家里", "home"),
    ("place_kind", "半路上", "road"),
    ("place", "信丰县人民医院。", "信丰县人民医院"),
    ("child_count", "双胞胎", 2),
    ("child_count", "一个", 1),
    ("phone_owner", "她老公的", "husband"),
    ("phone_owner", "她自己的", "self"),
    ("delivery_mode", "剖的", "caesarean"),
    ("delivery_mode", "自己生的", "vaginal"),
    ("special_group", "低保户", "poor"),
    ("special_group", "都不是", "none"),
    ("loss_kind", "胎停", "miscarriage"),
    ("death_stage", "生完第二天", "postpartum"),
    ("mother_state", "都平安", "well"),
    ("blood_pressure", "120/80", {"systolic": 120, "diastolic": 80}),
    ("weight_kg", "124斤", 62.0),
    ("colour", "黄色", "yellow"),
    ("cause", " 羊水栓塞。 ", "羊水栓塞"),
    ("anything_else", "随便写的话", "随便写的话"),
]
REFUSED = [
    ("lmp", "明天"),
    ("lmp", "2025年9月3号"),
    ("due_date", "2028年6月1号"),
    ("age", "8"),
    ("age", "70岁"),
    ("phone", "1370797123"),
    ("gestational_weeks", "50周"),
    ("birth_weight_g", "100克"),
    ("birth_weight_g", "20斤"),
    ("date", "明天"),
    ("gravida_para", "G1P3"),
    ("blood_pressure", "80/120"),
    ("identity", "360722199805060099"),
]


@pytest.mark.parametrize(("field", "text", "value"), TAKEN)
def test_an_answer_is_taken(field: str, text: str, value: Any) -> None:
    assert read(field, text, today=TODAY) == value


@pytest.mark.parametrize(("field", "text"), REFUSED)
def test_an_answer_that_cannot_be_is_refused_with_an_example(field: str, text: str) -> None:
    answer = read(field, text, today=TODAY)
    assert isinstance(answer, Refusal)
    assert "比如" in answer.text.id


@pytest.mark.parametrize("field", sorted(READERS))
@pytest.mark.parametrize("text", ["不知道", "", "。。。", "嗯…"])
def test_no_answer_is_none(field: str, text: str) -> None:
    flags = {"booked", "migrant", "safe_to_text", "pregnant_or_postpartum", "alive", "folic_acid", "problem"}
    if text == "嗯…" and (field in flags or field in {"self_discharge", "phone_owner"}):
        return
    assert read(field, text, today=TODAY) is None


def test_an_age_by_the_old_count_is_asked_about() -> None:
    answer = read("age", "虚岁28", today=TODAY)
    assert isinstance(answer, Ambiguous)
    assert [value for value, _ in answer.options] == [27, 26]


def test_a_date_ahead_may_be_the_due_date() -> None:
    answer = read("dating", "明年6月10号", today=TODAY)
    assert isinstance(answer, Ambiguous)
    assert answer.options[0][0] == {"due_date": "2027-06-10"}


def test_words_are_kept_to_a_length() -> None:
    assert len(str(read("cause", "病" * 500, today=TODAY))) == 200


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*sorted(READERS), "cause"]),
    st.text(max_size=60),
    st.dates(date(2000, 1, 1), date(2035, 12, 31)),
)
def test_any_answer_is_read_somehow(field: str, text: str, today: date) -> None:
    answer = read(field, text, today=today)
    assert answer is None or isinstance(answer, str | int | float | bool | dict | Refusal | Ambiguous)


@pytest.mark.parametrize("field", ["age", "identity"])
@pytest.mark.parametrize(
    "words", ["98年的", "98", "九八年的", "1998年", "一九九八年生", "98年生人", "她是98年的"]
)
def test_a_year_of_birth_is_one_of_two_ages(field: str, words: str) -> None:
    answer = read(field, words, today=date(2026, 11, 22))
    assert isinstance(answer, Ambiguous)
    assert [value["age"] if isinstance(value, dict) else value for value, _ in answer.options] == [28, 27]


@pytest.mark.parametrize("words", ["70", "9", "130"])
def test_a_number_that_is_neither_age_nor_year_is_refused(words: str) -> None:
    assert isinstance(read("age", words, today=date(2026, 11, 22)), Refusal)
