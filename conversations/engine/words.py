"""Words that mean the same everywhere in every flow, in Chinese and English."""

from __future__ import annotations

import re
from typing import Literal

from conversations.text import T, Text

Command = Literal["help", "back", "cancel", "skip", "restart", "enough", "yes", "no", "edit"]

_WORDS: dict[Command, tuple[str, ...]] = {
    "help": ("帮助", "帮帮我", "怎么用", "怎么报", "菜单", "help", "/help", "/start", "?"),
    "back": ("返回", "上一步", "上一个", "退回", "退一步", "back", "/back"),
    "cancel": ("取消", "不报了", "算了", "不弄了", "退出", "cancel", "/cancel"),
    "skip": (
        "跳过", "略过", "下一个", "下一题", "先跳过", "不知道", "不清楚", "不晓得", "不记得", "记不清", "忘了",
        "没问", "没问到", "还不知道", "暂时不知道", "不详", "skip", "/skip", "unknown", "don't know",
    ),
    "restart": ("重来", "重新来", "重新开始", "从头来", "重填", "restart", "/restart"),
    "enough": (
        "就这些", "就这些了", "先这样", "就这样", "够了", "没有别的了", "没了就这些", "其他不知道", "其他都不知道",
        "done", "/done", "enough",
    ),
    "yes": (
        "对", "对的", "对了", "对对", "对对对", "是", "是的", "没错", "没问题", "确认", "正确", "嗯", "嗯嗯", "好",
        "好的", "可以", "行", "无误", "都对", "ok", "yes", "y", "对,就是这样", "提交", "上报",
    ),
    "no": ("不对", "错了", "不是", "有错", "有误", "不正确", "no", "n", "wrong"),
    "edit": ("改", "修改", "改一下", "要改", "我要改", "edit", "change"),
}  # fmt: skip

ON = re.compile(r"(?:我)?(?:接着|继续)(?:报|来|说|填)?(?:吧|下去)?|go on|continue", re.I)
"""接着报: take up what waits."""

NOT_YOURS = T("这件事不归您这边管。要办的话，请联系{township}。")
"""All that is said to what is not the speaker's to do or see, known here or not."""
_NOT_YOURS_ABOVE = T("这件事不归您这边管。要办的话，请联系{county}。")


def not_yours(role: str) -> Text:
    """The same, for each office with the one above it."""
    return _NOT_YOURS_ABOVE if role in ("township", "institution") else NOT_YOURS


COMMANDS: dict[str, Command] = {word: command for command, words in _WORDS.items() for word in words}

_EDGES = " \t,.。,!!~~、;;…"
CHANGE_LINE = re.compile(r"(?:我?要?改|修改|更改|改一下|edit|change)\s*第?\s*(\d{1,2})\s*(?:项|条|行|个|号)?")
EDIT_LINE = re.compile(CHANGE_LINE.pattern + r"|第?\s*(\d{1,2})\s*[项条行]?")
CODE = re.compile(r"(?:对|是|确认|ok|yes)\s*[,,]?\s*(\d{4})")
NUMBER = re.compile(
    r"(?:第|选|no\.?)?\s*(\d{1,2})\s*(?:个|项|号|位|份|条)?|第([一二三四五六七八九])(?:个|项|位|份|条)"
)
NOT_BUT = re.compile(
    r"(?:(?P<english>not (?!yet|sure|now|known))|不是)(?P<old>.{1,40}?)"
    r"(?(english)(?:,| but) ?(?:it is |it's )?|[,,、 ]*(?:而是|应该是|是))(?P<new>.{1,60})",
    re.I,
)
CHANGE_TO = re.compile(
    r"(?P<label>.{1,10}?)(?:改成|改为|应该是|应为|换成|写错了[,,]?是|错了[,,]?是)(?P<new>.{1,60})"
)


_UNKNOWN = re.compile(
    r"(?:我|她|他|也|都|还|真|家里人?)*(?:不知道|不清楚|不晓得|不记得|记不清|记不得|忘了|没问|没留意)[^,，。;；\d]{0,6}"
)


def command(text: str) -> Command | None:
    """The universal command a whole message is, or None. `text` is normalised."""
    bare = text.strip(_EDGES).lower()
    found = COMMANDS.get(bare or text.strip().lower())
    return found or ("skip" if _UNKNOWN.fullmatch(bare) else None)
