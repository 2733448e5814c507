"""What a woman says of a loss from her own phone is heard generously; a fear, a threat and another's loss are not it."""

from __future__ import annotations

from datetime import date

import pytest

from conversations.understanding.told_over import told_over

TODAY = date(2026, 11, 22)

OVER = (
    *(
        "我流产了",
        "没了",
        "孩子没了",
        "我没了孩子",
        "孩子没保住",
        "引产了",
        "打掉了",
        "我打掉了",
        "胎停了",
        "医生说没胎心",
        "宝宝走了",
    ),
    *(
        "孩子死了",
        "肚子里的没了",
        "已经没有了，谢谢",
        "不用去了，没了",
        "去过了，医生说没胎心",
        "流产了要休息多久",
        "我流产了，别再发了",
    ),
    *("明天去引产", "是我老婆，她流产了", "我生了，孩子没了", "i had a miscarriage"),
    *("昨天掉了", "我掉了", "掉了孩子", "不用去了，昨天掉了", "李梅昨天掉了"),
)
DIED = (
    *(
        "她走了，别发了",
        "李梅不在了，别再发了",
        "我是她老公，张桂花上个月走了你们还发",
        "人走了",
        "她没了",
        "李梅没了",
    ),
    *(
        "她去世了",
        "我老婆过世了",
        "没抢救过来",
        "她上个月走了",
        "她已经不在了",
        "人没了",
        "孩子他妈走了",
        "李梅昨天死了",
    ),
    "她走了你们还发什么",
)
GONE = ("她走了", "他走了")
AWAY = ("她走了一会儿", "她不在", "她走了三天了", "张桂花走了半天了", "李梅不在")
NOT_PREGNANT = ("我没怀", "我没怀孕", "弄错了，我没怀", "不怀了", "我已经不怀孕了", "我没怀孕，是胖")
NOTHING = (
    *("昨天流过一点血，现在没有了", "肚子痛，现在没了", "前几天见红，现在没有了"),
    *(
        "会流产吗",
        "怕流产",
        "没流产",
        "医生说先兆流产",
        "我以前流产过",
        "我表姐流产了",
        "出血了是不是流产",
        "流产了吗",
    ),
    *(
        "药没了",
        "叶酸没了，去哪领",
        "没了叶酸怎么办",
        "没空",
        "没去",
        "没事了",
        "还没有",
        "孩子没事",
        "胎动没有了",
        "累死了",
        "我婆婆去世了",
    ),
    *("手机掉了", "我手机掉了", "体重掉了5斤", "孩子脐带掉了", "头发掉了好多", "掉了吗"),
    *(
        "我走了",
        "医生走了",
        "姨妈走了",
        "老公走了",
        "我奶奶走了",
        "我爸去世了",
        "我老公去世了",
        "她妈死了",
        "她去广东了",
    ),
    *("我不在", "她不在家", "死了算了", "话费没了"),
    *("去过了", "改天", "愿意", "我生了", "打错了，我没怀孕"),
)


@pytest.mark.parametrize("text", OVER)
def test_it_is_over(text: str) -> None:
    assert told_over(text, TODAY) == "over"


@pytest.mark.parametrize(
    ("text", "said"),
    [(text, said) for said, texts in (("died", DIED), ("gone", GONE), ("away", AWAY)) for text in texts],
)
def test_she_died_or_is_only_out(text: str, said: str) -> None:
    assert told_over(text, TODAY) == said


@pytest.mark.parametrize("text", NOT_PREGNANT)
def test_she_is_not_pregnant(text: str) -> None:
    assert told_over(text, TODAY) == "not_pregnant"


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_of_the_kind(text: str) -> None:
    assert told_over(text, TODAY) is None
