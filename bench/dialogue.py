"""What the measured coordinators say: eight messages, the last of which files a report."""

from __future__ import annotations

import time

import orjson

TURNS = 8
FAMILIES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗"
GIVEN = "秀英桂兰芳春梅丽娟海燕晓红美玲雪莲玉珍淑华"


def name(number: int) -> str:
    """The `number`th made-up woman; after 9,680 the names begin anew."""
    number, family = divmod(number, len(FAMILIES))
    first, second = divmod(number % len(GIVEN) ** 2, len(GIVEN))
    return FAMILIES[family] + GIVEN[first] + GIVEN[second]


def said(contact: int, turn: int) -> str:
    """The words of a contact's `turn`th message."""
    report, step = divmod(turn, TURNS)
    return (
        "怀孕",
        name(37 * contact + report),
        "9月3号",
        "28岁",
        f"139{contact % 10_000:04d}{report % 10_000:04d}",
        "本人",
        "就这些",
        "对",
    )[step]


def update(contact: int, turn: int, update_id: int) -> bytes:
    """The update in which Telegram brings it."""
    user = {"id": 1_000_000 + contact, "is_bot": False, "first_name": "孕管员", "language_code": "zh-hans"}
    return orjson.dumps(
        {
            "update_id": update_id,
            "message": {
                "message_id": update_id,
                "date": int(time.time()),
                "chat": {"id": user["id"], "type": "private", "first_name": "孕管员"},
                "from": user,
                "text": said(contact, turn),
            },
        }
    )
