"""What a woman says against an end that was filed of her: the words that are it, and those that are not."""

from __future__ import annotations

import pytest

from conversations.understanding.not_over import denied


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("我是李梅，我没死", {"death"}),
        ("我还活着呢", {"death"}),
        ("她没死，你们搞错了", {"death"}),
        ("你们搞错了，我好好的", {"death", "loss"}),
        ("我还没生呢", {"birth", "loss"}),
        ("还没生", {"birth", "loss"}),
        ("我没生孩子啊", {"birth", "loss"}),
        ("我孩子好好的在肚子里", {"birth", "loss", "child"}),
        ("宝宝还在肚子里", {"birth", "loss"}),
        ("我没流产，哪有的事", {"loss"}),
        ("没有小产啊", {"loss"}),
        ("孩子没死，好着呢", {"child", "loss"}),
    ],
)
def test_it_speaks_against(text: str, ends: set[str]) -> None:
    assert denied(text) >= ends


@pytest.mark.parametrize(
    "text",
    [
        "打错了",
        "你们搞错了",
        "还没生病",
        "我没生气",
        "我没死心",
        "想死没死成",
        "隔壁嫂子还没生",
        "表姐没流产",
        "我怎么还没生是不是不正常吗",
        "愿意",
        "下周去产检",
    ],
)
def test_it_does_not(text: str) -> None:
    assert not denied(text)


def test_that_she_is_well_denies_no_birth() -> None:
    assert "birth" not in denied("我好好的")
    assert "child" not in denied("我没死")
