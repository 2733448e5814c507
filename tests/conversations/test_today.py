"""Words that ask what is to be done, and words about one of it; and words that only sound so."""

from __future__ import annotations

import pytest

from conversations.flows.consenting import word
from conversations.flows.today import _SAYS, BARE, wants_list


@pytest.mark.parametrize(
    "text",
    [
        *(
            "今天要做什么",
            "今天要干啥",
            "今天我要做什么？",
            "今天有什么事",
            "今天有啥要做的",
            "有什么事要办吗",
        ),
        *("待办", "待办事项", "我的任务", "今天的任务", "/today", "what to do today", "todo"),
    ],
)
def test_asks_what_is_to_be_done(text: str) -> None:
    assert wants_list(text)


@pytest.mark.parametrize("text", ["今天李梅生了", "今天", "今天要去产检", "李梅怀孕了", "什么事", "今天几号"])
def test_does_not_ask_it(text: str) -> None:
    assert not wants_list(text)


def test_today_alone_is_a_day_while_something_is_asked() -> None:
    assert BARE.fullmatch("今天")


@pytest.mark.parametrize(
    "text", ["办好了2", "办好了 2", "第2件办好了", "2办完了", "没办好2", "完成了 2", "done 2"]
)
def test_a_word_on_one_of_it(text: str) -> None:
    assert _SAYS.fullmatch(text)


@pytest.mark.parametrize("text", ["李梅办好了手册", "2号办好了手续", "做好事", "没做产检"])
def test_no_word_on_any_of_it(text: str) -> None:
    assert not _SAYS.fullmatch(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *(
            ("愿意", "yes"),
            ("我愿意了", "yes"),
            ("是我，愿意", "yes"),
            ("愿意，李梅", "yes"),
            ("我是李梅，愿意", "yes"),
        ),
        *(("不用", "no"), ("不用了", "no"), ("我不愿意", "no"), ("不用，王芳", "no")),
        *(("好", "good"), ("好的", "good"), ("可以", "good")),
        *(("是我", "me"), ("我是李梅", "me"), ("是的", "me")),
        *(("不是我", "wrong"), ("不是本人", "wrong")),
        *(
            ("不好", None),
            ("愿意吃鱼吗", None),
            ("去过了", None),
            ("我不愿意去医院", None),
            ("是不是要空腹", None),
        ),
    ],
)
def test_her_answer_to_being_asked(text: str, meant: str | None) -> None:
    assert word(text) == meant
