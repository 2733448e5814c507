"""The words that always work: 退订, 恢复, 打错了. Whoever says one wants nothing else by it."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Word = Literal["opt_out", "opt_in", "wrong_number"]

_PLEASE = r"(?:请|请你们?|求|求求|麻烦|拜托|你们?|您|以后|今后|都|也|真的)*"
_THANKS = r"(?:[吧啊呀哈了]|好吗|好不好|谢谢你?们?|多谢|thanks?|please)*"

_THESE = r"(?:你们的?|这些|这种)?(?:短信|信息|消息|提醒)"

_OUT = re.compile(
    r"(?:回复?)?(?:td|tui\s*ding|退订|取消(?:订阅|提醒|短信)|stop|stopall|unsubscribe|quit)"
    rf"|{_PLEASE}(?:不要|别|甭|不用|不需要|莫|勿|不许|停止)再?(?:(?:给|跟|往)(?:我|俺)(?:们)?(?:手机|这里?)?)?(?:再)?"
    rf"(?:发送?|打扰|骚扰|提醒|通知|烦)(?:我|了|短信|信息|消息|提醒|来|过来)*{_THANKS}"
    rf"|拒收(?:短信)?|{_PLEASE}我?(?:不想|不愿意?)再?(?:收|接收)到?{_THESE}?{_THANKS}"
    rf"|{_PLEASE}我?(?:不想?|不愿意?)再?(?:收|接收|看)到?{_THESE}{_THANKS}"
    rf"|(?:please )?(?:stop|don'?t|do\s*not) (?:sending|texting|messaging|text|message|send)(?: me)?(?: any)?(?: ?more)?(?: messages| texts)?{_THANKS}"
)
_IN = re.compile(
    r"(?:我要|请|回复?)?(?:恢复|重新订阅|继续发送?|start|unstop|resume)(?:短信|提醒|订阅|接收|发送)?(?:吧|了)?"
)
_WRONG = re.compile(
    r"(?:你们?|您)?(?:是不是)?(?:发|打|找|弄|搞)错(?:人|号|号码|电话)?了?(?:吧|啦)?"
    r"|(?:我)?不认识(?:她|这个?人)|(?:我)?不是(?:她|她本人|本人|这个?人)"
    r"|(?:这|此)(?:个)?(?:号码?|电话|手机)(?:不是|已经不是)(?:她|她的|本人)(?:了|的)?"
    r"|wrong\s*(?:number|person)"
)
_LETTERS = frozenset("tnr")
_TRADITIONAL = str.maketrans(
    "發訂給別錯認識這個復續動擾煩號碼電話機請傳", "发订给别错认识这个复续动扰烦号码电话机请传"
)

_OF_MESSAGES = re.compile(r"[发传收]|短信|信息|消息|提醒|通知|订|打扰|烦|stop|message|text", re.I)
_WHO = re.compile(r"谁|男")


def word(text: str, *, woman: bool, question_open: bool) -> Word | None:
    """The whole message as one of the words that must always work: 退订, 恢复, 打错了.

    T, N and R alone are opt-outs from a woman who was asked nothing: otherwise they are answers, and staff
    never lose their work messages by a letter. To staff 打错了 is a slip of the finger. A command of a chat
    (`/start`) is none of them, save `/stop`. A word inside a longer message is the conversation's business.
    """
    if text.lstrip().startswith("/") and text.strip().casefold() != "/stop":
        return None
    plain = bare(text).translate(_TRADITIONAL)
    if plain in _LETTERS:
        return "opt_out" if woman and not question_open else None
    for found, pattern in (("opt_out", _OUT), ("opt_in", _IN), ("wrong_number", _WRONG)):
        if pattern.fullmatch(plain) and (woman or found != "wrong_number"):
            return found  # type: ignore[return-value]
    return None


def means_it(text: str, intent: str) -> bool:
    """Whether a longer message understood as `intent` is to be acted on at once: one that asks to stop speaks of
    messages (我不想看医生了 does not), one that says the number is wrong asks nobody who he is looking for, and
    is not merely a man who answers her phone."""
    if intent == "opt_out":
        return _OF_MESSAGES.search(text) is not None
    return intent == "wrong_number" and _WHO.search(text) is None


def bare(text: str) -> str:
    """Without case, width, spaces at the ends, punctuation and signs."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if plain.isalnum():
        return plain  # as most are
    kept = "".join(c for c in plain if unicodedata.category(c)[0] in "LNZ" or c.isspace())
    return " ".join(kept.split())
