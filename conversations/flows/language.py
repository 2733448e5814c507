"""English, 中文: the language somebody is written to in from now on, her reminders too."""

from __future__ import annotations

from typing import Final

from conversations.engine.flow import Context, Flow, Result
from conversations.engine.state import Talk
from conversations.message import Reply, SetLocale
from conversations.text import T
from conversations.understanding.consent import bare

LOCALES: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "english",
            "in english",
            "english please",
            "speak english",
            "说英文",
            "英文",
            "英语",
            "用英语",
            "讲英语",
        ),
        "en",
    ),
    **dict.fromkeys(
        ("中文", "说中文", "用中文", "讲中文", "普通话", "汉语", "chinese", "in chinese", "chinese please"),
        "zh_CN",
    ),
}


def _asked(text: str) -> str | None:
    return LOCALES.get(bare(text.removeprefix("/")))


def _finish(talk: Talk, context: Context) -> Result:
    locale = _asked(context.message.text) or "zh_CN"
    said = T("好，以后跟您说英文。") if locale == "en" else T("好，以后跟您说中文。")
    return Result((Reply(said),), effects=(SetLocale(locale),))


FLOW = Flow(
    "language",
    version=1,
    title=T("语言"),
    roles=frozenset({"coordinator", "township", "institution", "county", "woman"}),
    first=lambda text, context, asked: _asked(text) is not None,
    steps=(),
    finish=_finish,
    quick=True,
)
