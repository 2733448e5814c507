"""去过了, 改天, 不方便: what she answers to a reminder.

A woman's word is no report of the visit: it is kept with the reminder, with the day and the place if she says them in
at most one question, stops the further reminders of that visit, and becomes a task of her coordinator, who files the
visit or asks again (conversations/care/candidates.py). Said to nothing she was reminded of, it goes to the coordinator
like any other word of hers.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any, Final

from conversations.care.candidates import base_of
from conversations.care.texts import answers, short
from conversations.engine.flow import Aside, Context, Ended, Flow, Result, Settled, Step
from conversations.engine.heard import understand_for
from conversations.engine.state import Talk
from conversations.facts import HerFact, ToldFact
from conversations.flows.hers import WITH_NAME, her_lookups, hers, is_pressed, the_one
from conversations.flows.questions import PASSED_ON, passed_on, relay
from conversations.message import ActWord, Effect, Reply
from conversations.text import T
from conversations.understanding import understand
from conversations.understanding.queries import is_question

ANSWER: Final = 6
"""Characters of a mere answer (去过了, 改天再去)."""
PLACE: Final = 20
"""Characters of where she was."""
_CANNOT = re.compile(
    r"不方便|去不了|来不了|走不开|走不动|没人(?:陪|带|送|看)|没有人(?:陪|带|送|看)|没钱|没车|太远|不让|不想去|怕|can'?t"
)


_AS_TOLD = re.compile(r"(?:我)?(?:不方便|改天|没空|去不了)(?:去)?[啊呀了吧的]*[\s,，。.!！~]*")
"""What reminders tell her to answer."""
_WENT = re.compile(r"(?:我)?(?:已经|都)?(?:去过|去|查过|检查过)了?[啊呀了吧的]*[\s,，。.!！~]*")
LAPSES: Final = timedelta(days=2)
"""How long it is waited for when and where she was: what she says later answers a later reminder. (u)"""
_PLACE = re.compile(r"[\u4e00-\u9fff]{0,6}?(?:医院|卫生[院所室]|妇幼(?:保健院)?|保健院|服务中心|诊所)")
_NO_PLACE = re.compile(r"[我俺您你她他了吗不没怕痛疼晕累想娃孩]|宝宝")
"""我流产了, 孩子发烧: whatever it tells, it is not where she was."""
_BEFORE_PLACE = re.compile(r"^.*[在去到的]")


def _answerable(her: HerFact) -> list[ToldFact]:
    """Reminders of hers that ask whether she went, newest first."""
    return [one for one in her.told if any(answer == "went" for _, answer in answers(one.key))]


def _meant(talk: Talk, context: Context) -> tuple[HerFact, ToldFact] | Ended:
    """The reminder she answers."""
    women = hers(context)
    pressed = is_pressed(talk, parts=2)
    if pressed is not None:
        for her in women:
            for one in _answerable(her):
                if one.id == pressed[0]:
                    return her, one
        return Ended(T("这个按钮已经不用了。有事直接发消息给我。"))
    reminded = [her for her in women if _answerable(her)]
    if not reminded:
        only = context.speaker.women[0] if len(context.speaker.women) == 1 else None
        return Ended(PASSED_ON, (relay(context, context.message.text, woman_id=only),))
    found = the_one(reminded, talk, context)
    return (found, _answerable(found)[0]) if found is not None else Ended(WITH_NAME)


def _words_of(context: Context, her: HerFact) -> tuple[Effect, ...]:
    """What she wrote besides the answer, on its way to her coordinator."""
    said = context.message.text
    return (relay(context, said, woman_id=her.woman_id),) if len(said) > ANSWER else ()


def _too_late(her: HerFact, told: ToldFact, context: Context) -> Ended | None:
    """An answer to what an end has overtaken: after a loss nothing more is said of it, and her coordinator sees her
    words."""
    if her.case is None or base_of(told.key).partition(":")[0] not in (
        "visit",
        "booking",
        "appointment",
        "child",
    ):
        return None
    if her.case.grieving:
        text = T("好，记下了。您好好歇着，有什么想说的随时发消息来。")
        return Ended(text, _words_of(context, her))
    if her.case.course.end is not None and not base_of(told.key).startswith("child:"):
        return Ended(T("好，记下了，谢谢您告诉我。"))
    return None


# ── 去过了 ──────────────────────────────────────────────────────────────────────────────────────────────


def _read(text: str, today: date) -> Any:
    """A day, a place, or both; other words are taken as they are, unless they ask something."""
    day = understand(text, today=today, speaker="woman").fields.get("date")
    place = _PLACE.search(text)
    if told := {
        **({"date": day} if day else {}),
        **({"institution": _BEFORE_PLACE.sub("", place[0])} if place else {}),
    }:
        return told
    if _AS_TOLD.fullmatch(text) or _WENT.fullmatch(text):
        return {"institution": text}  # of a later reminder (`_finish`)
    return None if is_question(text) or len(text) > PLACE or _NO_PLACE.search(text) else {"institution": text}


def _settle(talk: Talk, context: Context) -> Settled:
    if talk.answers.get("act"):
        return None
    meant = _meant(talk, context)
    if isinstance(meant, Ended):
        return meant
    her, told = meant
    if (late := _too_late(her, told, context)) is not None:
        return late
    talk.answers["act"], talk.answers["woman_id"] = told.id, her.woman_id
    talk.answers["gently"] = her.case is not None and her.case.grieving
    for name, value in (_read(context.message.text, context.today) or {}).items():
        if name == "date" or _PLACE.search(context.message.text):
            talk.answers.setdefault(name, value)
    word = ActWord(told.id, "went")
    if base_of(told.key).startswith("child:"):  # nobody files these visits
        return Ended(T("好，记下了，谢谢您告诉我。"), (word,))
    return Aside(T("好，记下了，谢谢您告诉我。"), (word,))


def _finish(talk: Talk, context: Context) -> Result:
    day = talk.day("date")
    if day is not None and day > context.today:
        day = None
    place = str(talk.answers.get("institution") or "")[:PLACE]
    if _AS_TOLD.fullmatch(
        place
    ):  # no place: she answers the next reminder before she said when she was there
        talk.answers.pop("go", None)
        return _finish_later(talk, context)
    if _WENT.fullmatch(place):
        return _went_again(talk, context)
    said = T("村里的同事会帮您登记上。下次到时候，我再提醒您。")
    if talk.answers.get("gently"):
        said = T("村里的同事会帮您登记上。您好好歇着。")
    effect = ActWord(str(talk.answers["act"]), "went", day, place)
    return Result((Reply(said),), effects=(effect,) if day or place else ())


def _went_again(talk: Talk, context: Context) -> Result:
    """去过了 in place of when and where: what she was reminded of since is meant, if anything was."""
    talk.answers.pop("go", None)
    meant = _meant(talk, context)
    said = T("好，记下了，谢谢您告诉我。")
    if isinstance(meant, Ended):
        return Result((Reply(said),))
    her, told = meant
    if (late := _too_late(her, told, context)) is not None:
        return Result((Reply(late.text),), effects=late.effects)
    return Result((Reply(said),), effects=(ActWord(told.id, "went"),) if told.answer is None else ())


VISIT_DONE = Flow(
    "visit_done",
    version=1,
    title=T("去过了"),
    intent="visit_done",
    roles=frozenset({"woman"}),
    lookups=her_lookups,
    settle=_settle,
    extra_fields=("act", "woman_id", "go", "gently"),
    steps=(
        Step(
            "when",
            T("请问哪天去的，在哪里做的？"),
            fills=("date", "institution"),
            read=_read,
            help=T("比如：昨天，镇卫生院。不记得就回“跳过”。"),
        ),
    ),
    finish=_finish,
    lapses=LAPSES,
    keeps_said=True,
)


# ── 改天, 不方便 ────────────────────────────────────────────────────────────────────────────────────────


def _finish_later(talk: Talk, context: Context) -> Result:
    meant = _meant(talk, context)
    if isinstance(meant, Ended):
        if meant.text == PASSED_ON:
            return passed_on(context, "")
        return Result((Reply(meant.text),), effects=meant.effects)
    her, told = meant
    if (late := _too_late(her, told, context)) is not None:
        return Result((Reply(late.text),), effects=late.effects)
    pressed = is_pressed(talk, parts=2)
    cannot = pressed[1] == "cannot" if pressed else _CANNOT.search(context.message.text) is not None
    if cannot:
        text = T("好，我请村里的同事来问问，有什么难处一起想办法。身体不舒服别等，马上去医院或打120。")
        return Result((Reply(text),), effects=(ActWord(told.id, "cannot"),))
    said = None if pressed else understand_for(context.message.text, context).fields.get("date")
    day = date.fromisoformat(said) if isinstance(said, str) else None
    if day is None or day < context.today:
        text = T("好，不急这一两天，方便了就去。去过了告诉我一声就行。")
        return Result((Reply(text),), effects=(ActWord(told.id, "later"),))
    text = T("好，那就{day}去。去过了告诉我一声就行。", day=short(day))
    return Result((Reply(text),), effects=(ActWord(told.id, "later", day),))


VISIT_LATER = Flow(
    "visit_later",
    version=1,
    title=T("改天去"),
    intent="visit_later",
    first=lambda text, context, asked: not asked and _AS_TOLD.fullmatch(text.strip()) is not None,
    roles=frozenset({"woman"}),
    lookups=her_lookups,
    steps=(),
    finish=_finish_later,
    quick=True,
)
