"""愿意、不用、不是我: her word when she is asked whether it is she and whether she wants reminders; and whether she wants
to hear from us after a loss.

It counts only where that was asked on this very contact; it is kept for this contact and this woman. 是我 alone says who
she is and not what she wants, so that is asked. 不是我 silences the number like 打错了.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, Literal

from conversations.care.candidates import base_of
from conversations.engine import words
from conversations.engine.flow import Choice, Context, Flow, Result, Step
from conversations.engine.heard import new_talk
from conversations.engine.state import Talk
from conversations.facts import HerFact, ToldFact
from conversations.flows.consent import wrong_number
from conversations.flows.hers import WITH_NAME, her_lookups, hers, is_pressed, the_one
from conversations.flows.questions import passed_on
from conversations.message import ActWord, Button, Consented, Reply
from conversations.text import T, Text
from conversations.understanding.names import is_name
from conversations.understanding.normalise import normalise

Word = Literal["yes", "no", "good", "me", "wrong"]
"""愿意; 不用; 好, which may be said to anything; 是我; 不是我."""
_SUPPORT: Final = "support:ask"
LAPSES: Final = timedelta(days=2)
"""How long it is waited for whether she wants reminders: what she says later is something else. (u)"""

_ME = r"是我|我就是|是的?|对的?|(?:我)?是?本人|it'?s me|that'?s me"
_SAYS: Final[Mapping[Word, str]] = {
    "wrong": r"不是我|我不是|不是本人|not me",
    "no": r"不用|不需要|我?不愿意?|不同意|不想要?收?|不收|no|no thanks",
    "yes": r"我?愿意(?:接?收)?(?:提醒|短信)?|我?同意|要收(?:提醒)?|yes",
    "good": r"可以|好|行|要|嗯+|ok|okay|sure",
    "me": _ME,
}
_NAME = r"(?:我?是|我叫)?[\u4e00-\u9fff·]{2,4}"
_END = r"[的了啊呀吧哦呢]*[\s,，。.!！~]*"
_MARK = r"[\s,，。.!！]+"
_SAID: Final[Mapping[Word, re.Pattern[str]]] = {
    word: re.compile(
        rf"(?:{_NAME}{_MARK})?(?:(?:{_ME}){_END})?(?:{said}){_END}(?:(?<=[\s,，。.!！]){_NAME}{_END})?", re.I
    )
    for word, said in _SAYS.items()
}
_NOT_BUT = re.compile(
    rf"(?:我)?不是[\u4e00-\u9fff·]{{2,4}}{_MARK}?(?:我)?(?:是|叫)(?P<name>[\u4e00-\u9fff·]{{2,4}}?){_END}"
)
"""我不是李梅，我是张桂花."""
_I_AM = re.compile(rf"我(?:是|叫)(?P<name>[\u4e00-\u9fff·]{{2,4}}?){_END}", re.I)


def word(text: str) -> Word | None:
    """The whole message as an answer to being asked, with or without her name."""
    said = text.strip()
    found = next((one for one, pattern in _SAID.items() if pattern.fullmatch(said)), None)
    return found or ("me" if _I_AM.fullmatch(said) or _other(said) else None)


def _other(text: str) -> str | None:
    """Who she says she is, where she says who she is not."""
    said = _NOT_BUT.fullmatch(text.strip())
    return said["name"] if said is not None and is_name(said["name"]) else None


def _asked(her: HerFact, said: Word) -> ToldFact | bool:
    """Whether this may answer something she was asked: the question after a loss, or that of consent (to which 愿意
    may come after a 不用). 好 answers only what was said last."""
    support = next((one for one in her.told if base_of(one.key) == _SUPPORT and one.answer is None), None)
    if support is not None and (support.last or said in ("yes", "no")):
        return support
    return her.consent == "asked" or (her.consent == "no" and said == "yes")


def _finish(talk: Talk, context: Context) -> Result:
    text = normalise(context.message.text)
    women, pressed = hers(context), is_pressed(talk, parts=2)
    if pressed is not None:
        return _pressed(women, pressed, context)
    said = word(text)
    if said is None:
        return Result((Reply(T("这个按钮已经不用了。有事直接发消息给我。")),))
    asked = [her for her in women if _asked(her, said)]
    if (other := _other(text)) is not None:
        return _other_than_asked(other, women, asked, talk, context)
    if (i_am := _I_AM.fullmatch(text.strip())) is not None and i_am["name"] in [one.name for one in women]:
        return _other_than_asked(i_am["name"], women, asked, talk, context)
    if not asked:
        if said == "yes" and any(her.consent == "yes" for her in women):
            return Result((Reply(T("好的，提醒就发到这里。不想收了随时回“退订”。")),))
        if said in ("good", "no") or words.command(text) == "yes":
            return Result((Reply(T("好的，有事随时跟我说。")),))
        return passed_on(context, "wrong_number" if said == "wrong" else "")
    if said == "wrong":
        return wrong_number(context)
    her = the_one(asked, talk, context)
    if her is None:
        return Result((Reply(WITH_NAME),))
    about = _asked(her, said)
    if isinstance(about, ToldFact):
        return _support(about, "yes" if said in ("yes", "good", "me") else "no")
    if said == "good":
        question = any(one.last for one in her.told if one.key.startswith("consent:"))
        said = "yes" if question else "me"
    return _consent(her, said, context)


def _other_than_asked(
    name: str, women: Sequence[HerFact], asked: Sequence[HerFact], talk: Talk, context: Context
) -> Result:
    """She is another one of those on this phone; or none of them, and then the number is wrong."""
    her = next((one for one in women if one.name == name), None)
    if her is None:
        return wrong_number(context) if asked else passed_on(context, "wrong_number")
    talk.answers["woman_id"] = her.woman_id  # meant by what she says next
    if her in asked:
        return _consent(her, "me", context)
    return Result((Reply(T("好的，记下了。有事直接发消息给我。")),))


def _pressed(women: tuple[HerFact, ...], pressed: tuple[str, ...], context: Context) -> Result:
    """A button: of a letter (its act), or of the question after a link was opened (the woman)."""
    about, said = pressed
    for her in women:
        told = next((one for one in her.told if one.id == about), None)
        if about != her.woman_id and told is None:
            continue
        if told is not None and base_of(told.key) == _SUPPORT:
            return _support(told, "yes" if said == "yes" else "no")
        if said == "wrong" and her.consent == "asked":
            return wrong_number(context)
        if said in ("yes", "no"):
            return _consent(her, "yes" if said == "yes" else "no", context)
    return Result((Reply(T("这个按钮已经不用了。有事直接发消息给我。")),))


def _consent(her: HerFact, said: Word, context: Context) -> Result:
    if said == "me":
        asking = new_talk(WANTS, context, {"woman_id": her.woman_id})
        return Result(then=(asking,))
    if said == "yes":
        text = T("好，记下了。以后有健康提醒就发到这里，不想收了随时回“退订”。")
    else:
        text = T("好，不给您发提醒。有事随时发消息来，身体不舒服请马上去医院或打120。")
    return Result((Reply(text),), effects=(Consented(her.woman_id, said == "yes"),))


def _support(told: ToldFact, said: Word) -> Result:
    if said == "yes":
        text = T("好，过些天再来问候您。有什么想说的，随时发消息来。")
    else:
        text = T("好，我们不打扰您。有什么想说的，随时发消息来。")
    return Result((Reply(text),), effects=(ActWord(told.id, "yes" if said == "yes" else "no"),))


def _wants(talk: Talk, context: Context) -> Result:
    """Her answer to the question that 是我 led to."""
    her = next((one for one in hers(context) if one.woman_id == talk.answers["woman_id"]), None)
    if her is None:
        return passed_on(context, "")
    return _consent(her, "yes" if talk.answers["wants"] else "no", context)


WANTS = Flow(
    "wants_reminders",
    version=1,
    title=T("愿不愿意收提醒"),
    roles=frozenset({"woman"}),
    lookups=her_lookups,
    extra_fields=("woman_id",),
    steps=(
        Step(
            "wants",
            T("好的。愿意收健康提醒吗？"),
            required=True,
            choices=(
                Choice(
                    True,
                    T("愿意"),
                    (
                        "可以",
                        "行",
                        "好",
                        "好的",
                        "好呀",
                        "好的呀",
                        "要",
                        "嗯",
                        "同意",
                        "是",
                        "对",
                        "ok",
                        "yes",
                    ),
                ),
                Choice(False, T("不用"), ("不要", "不想收", "不愿意", "不需要", "不收", "不", "no")),
            ),
            help=T("愿意收就回“愿意”，不想收回“不用”。"),
        ),
    ),
    finish=_wants,
    lapses=LAPSES,
    keeps_said=True,
)
"""是我 says who she is and not what she wants."""


def consent_buttons(about: str) -> tuple[tuple[Button, ...], ...]:
    """The answers to the question of consent; `about`: the act that asks it, or the woman."""
    choices: tuple[tuple[Text, Word], ...] = ((T("愿意"), "yes"), (T("不用"), "no"), (T("不是我"), "wrong"))
    return (tuple(Button(label, f"go:consent:{about}:{said}") for label, said in choices),)


FLOW = Flow(
    "consent",
    version=1,
    title=T("愿不愿意收提醒"),
    roles=frozenset({"woman"}),
    first=lambda text, context, asked: not asked and word(text) is not None,
    lookups=her_lookups,
    steps=(),
    finish=_finish,
    quick=True,
)
