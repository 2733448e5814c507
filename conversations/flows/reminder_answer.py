"""去过了, 改天, 不方便: what she answers to a reminder.

A woman's word is no report of the visit: it is kept with the reminder, with the day and the place if she says them in
at most one question, stops the further reminders of that visit, and becomes a task of her coordinator, who files the
visit or asks again (conversations/care/candidates.py). Said to nothing she was reminded of, it goes to the coordinator
like any other word of hers.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from conversations.care.candidates import base_of
from conversations.care.texts import answers, short
from conversations.engine.flow import Aside, Context, Ended, Flow, Result, Settled, Step
from conversations.engine.heard import understand_for
from conversations.engine.state import Talk
from conversations.facts import HerFact, ToldFact
from conversations.flows.hers import WITH_NAME, her_lookups, hers, is_pressed, the_one
from conversations.flows.questions import PASSED_ON, passed_on, relay
from conversations.message import ActWord, Reply
from conversations.text import T
from conversations.understanding import understand
from conversations.understanding.queries import is_question

PLACE: Final = 20
"""Characters of where she was."""
_CANNOT = re.compile(
    r"不方便|去不了|来不了|走不开|走不动|没人(?:陪|带|送|看)|没有人(?:陪|带|送|看)|没钱|没车|太远|不让|不想去|怕|can'?t"
)


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


# ── 去过了 ──────────────────────────────────────────────────────────────────────────────────────────────


def _read(text: str, today: date) -> Any:
    """A day, a place, or both; other words are taken as they are, unless they ask something."""
    known = understand(text, today=today, speaker="woman").fields
    told = {name: known[name] for name in ("date", "institution") if known.get(name)}
    if told:
        return told
    return None if is_question(text) or len(text) > PLACE else {"institution": text}


def _settle(talk: Talk, context: Context) -> Settled:
    if talk.answers.get("act"):
        return None
    meant = _meant(talk, context)
    if isinstance(meant, Ended):
        return meant
    her, told = meant
    talk.answers["act"], talk.answers["woman_id"] = told.id, her.woman_id
    word = ActWord(told.id, "went")
    if base_of(told.key).startswith("child:"):  # nobody files these visits
        return Ended(T("好，记下了，谢谢您告诉我。"), (word,))
    return Aside(T("好，记下了，谢谢您告诉我。"), (word,))


def _finish(talk: Talk, context: Context) -> Result:
    day = talk.day("date")
    if day is not None and day > context.today:
        day = None
    place = str(talk.answers.get("institution") or "")[:PLACE]
    said = T("村里的同事会帮您登记上。下次到时候，我再提醒您。")
    effect = ActWord(str(talk.answers["act"]), "went", day, place)
    return Result((Reply(said),), effects=(effect,) if day or place else ())


VISIT_DONE = Flow(
    "visit_done",
    version=1,
    title=T("去过了"),
    intent="visit_done",
    roles=frozenset({"woman"}),
    lookups=her_lookups,
    settle=_settle,
    extra_fields=("act", "woman_id", "go"),
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
    keeps_said=True,
)


# ── 改天, 不方便 ────────────────────────────────────────────────────────────────────────────────────────


def _finish_later(talk: Talk, context: Context) -> Result:
    meant = _meant(talk, context)
    if isinstance(meant, Ended):
        if meant.text == PASSED_ON:
            return passed_on(context, "")
        return Result((Reply(meant.text),), effects=meant.effects)
    _, told = meant
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
    roles=frozenset({"woman"}),
    lookups=her_lookups,
    steps=(),
    finish=_finish_later,
    quick=True,
)
