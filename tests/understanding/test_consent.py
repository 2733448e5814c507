"""The words that always work: 退订, 恢复, 打错了; and what only sounds like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding.consent import means_it, word

WORDS = {
    "opt_out": ["TD", "td。", "退订", "回复TD", "回退订", "stop", "STOP!", "ＳＴＯＰ", "不要再发了", "别再给我发短信了", "别发了", "请不要再发短信", "不要再发", "停止发送", "拒收", "不要再發了", "請別再發短信了", "以后别给我发了", "请不要再给我发短信了谢谢", "别再提醒我了", "不想再收到你们的短信了", "/stop", "please stop texting me"],
    "opt_in": ["恢复", "恢复提醒", "我要恢复", "start", "继续发送"],
    "wrong_number": ["打错了", "发错了", "你打错了", "发错人了", "你们搞错号码了", "我不认识她", "这个号码不是她的了", "wrong number", "不是她", "我不是她", "不是本人", "打錯了", "你们是不是打错了"],
    None: ["怀孕 李梅", "好的", "对", "不要", "没有", "不想要了", "她不要孩子了", "stop 是什么意思", "请问怎么退订", "打", "", "，", "🙂", "不要再流血了怎么办", "12", "/start", "不想看了", "不看了", "我不想看医生了", "别发烧了就好", "不是", "不要告诉她"],
}  # fmt: skip
CASES = [(text, expected) for expected, texts in WORDS.items() for text in texts]


@pytest.mark.parametrize(("text", "expected"), CASES)
@pytest.mark.parametrize("woman", [True, False], ids=["woman", "staff"])
@pytest.mark.parametrize("question_open", [True, False], ids=["asked", "not asked"])
def test_the_words_that_always_work(
    text: str, expected: str | None, woman: bool, question_open: bool
) -> None:
    if expected == "wrong_number" and not woman:
        expected = None  # 打错了 from staff: a slip of the finger
    assert word(text, woman=woman, question_open=question_open) == expected


@pytest.mark.parametrize("letter", ["T", "t", "N", "r。", " Ｔ "])
def test_a_letter_alone_is_an_opt_out_from_a_woman_who_was_asked_nothing(letter: str) -> None:
    assert word(letter, woman=True, question_open=False) == "opt_out"
    assert word(letter, woman=True, question_open=True) is None
    assert word(letter, woman=False, question_open=False) is None


@given(st.text(max_size=300), st.booleans(), st.booleans())
def test_any_text_may_be_asked(text: str, woman: bool, question_open: bool) -> None:
    assert word(text, woman=woman, question_open=question_open) in ("opt_out", "opt_in", "wrong_number", None)


@pytest.mark.parametrize(
    ("text", "intent", "acts"),
    [
        ("你们天天发，烦死了，别发了", "opt_out", True),
        ("我不想看医生了", "opt_out", False),
        ("我不认识李梅，你们打错了", "wrong_number", True),
        ("你找谁", "wrong_number", False),
        ("我是男的", "wrong_number", False),
        ("怀孕能吃螃蟹吗", "question", False),
    ],
)
def test_longer_words_are_acted_on_when_they_can_mean_nothing_else(
    text: str, intent: str, acts: bool
) -> None:
    assert means_it(text, intent) is acts
