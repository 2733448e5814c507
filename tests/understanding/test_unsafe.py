"""Whether her words say that her phone is not safe to be written to, or that somebody hurts her."""

from __future__ import annotations

import pytest

from conversations.understanding.unsafe import unsafe

VIOLENCE = (
    *(
        "我老公看到会打我",
        "我男人打我",
        "他昨晚又打我了",
        "他喝酒就打我",
        "我被打了",
        "他要打死我",
        "家暴",
        "他动手打我",
    ),
    "老公打我肚子",
)
SEEN = (
    *(
        "怕人看到",
        "别发了，被他看到不好",
        "怕老公看到",
        "不想让婆婆知道",
        "别让我老公看到",
        "怕被发现",
        "怕家里人知道",
    ),
    *("我婆婆天天翻我手机", "现在收短信不方便", "发短信不方便", "怕别人知道我怀孕"),
)
NOTHING = (
    *(
        "他不打我",
        "老公不会打我",
        "他打我电话",
        "打我手机",
        "我打针了",
        "怕孩子有问题被发现",
        "我怕痛",
        "老公看到了会陪我去",
    ),
    *(
        "不方便",
        "我姐夫打我姐",
        "宝宝踢我肚子",
        "医生会打我吗",
        "老公知道了会高兴",
        "不怕人看到",
        "电视里说家暴",
    ),
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (text, said)
        for said, texts in (("violence", VIOLENCE), ("seen", SEEN), (None, NOTHING))
        for text in texts
    ],
)
def test_unsafe(text: str, said: str | None) -> None:
    assert unsafe(text) == said
