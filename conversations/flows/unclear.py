"""Words with more than one honest meaning (王芳的孩子没了), or with none that is sure (王芳 册子): asked about, never
guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conversations.engine.filling import merge
from conversations.engine.flow import Choice, Context, Ended, Flow, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import Lookup
from conversations.flows.filing import INSTITUTION, STAFF
from conversations.message import Speaker
from conversations.records import flatten, mask_name
from conversations.text import Sayable, T, Text
from conversations.understanding.likely import Meaning

_MEANINGS: dict[str, tuple[Text, tuple[str, ...]]] = {
    "pregnancy_loss": (T("怀孕没能保住"), ("流产", "没保住", "肚子里的")),
    "child_death": (T("孩子出生后去世了"), ("生下来的", "已经出生", "出生后")),
    "maternal_death": (T("孕产妇去世了"), ("大人", "产妇", "孕妇")),
    "woman_death": (T("妇女去世了，没怀孕"), ("没怀孕", "不是孕产妇")),
    "birth": (T("她生了"), ("生了",)),
    "pregnancy": (T("她怀孕了"), ("怀孕", "怀孕了", "怀上了")),
    "birth_defect": (T("孩子有先天异常"), ("先天异常",)),
    "booking": (T("她建了册"), ("建册", "建册了", "建档")),
    "antenatal_visit": (T("她做了产检"), ("产检", "产检了", "检查了")),
    "risk_grade": (T("评了风险等级"), ("风险", "评估", "评了")),
    "referral": (T("她转诊了"), ("转诊", "转院")),
    "postnatal_visit": (T("做了产后访视"), ("产后访视", "看了产妇")),
    "newborn_visit": (T("看了新生儿"), ("新生儿访视", "看了孩子")),
    "follow_up": (T("随访了她"), ("随访", "看了她", "问了她")),
    "lost_contact": (T("联系不上她"), ("失访", "联系不上")),
    "moved": (T("她搬来或搬走了"), ("搬走了", "搬来了", "迁出", "迁入")),
    "critical_case": (T("她病危或自动出院"), ("病危", "抢救", "自动出院")),
    "preconception": (T("她在备孕"), ("备孕",)),
    "contraceptive_reaction": (T("药具不良反应"), ("不良反应",)),
    "correct": (T("要更正一份报过的"), ("更正",)),
    "withdraw": (T("要撤回一份报过的"), ("撤回",)),
}
"""How each meaning is offered, and what else is said to take it."""

NONE = "none"
"""The choice of no meaning that is offered."""

GUESSABLE = frozenset(_MEANINGS)
"""The intents that may be offered for words that were not understood."""

_OF_SEVERAL: dict[str, tuple[Text, tuple[str, ...]]] = {
    "birth": (T("已经生了"), ("生了", "生下来了", "都生了", "已经生了")),
    "critical_case": (T("还怀着，另一个还在"), ("还怀着", "还没生", "没生", "在肚子里", "还在肚子里")),
    "child_death": (T("早就生了，现在没了一个"), ("后来没了", "早就生了", "后来没的")),
}
"""How it is offered where one of several children is lost."""

_HERS: dict[str, tuple[Text, tuple[str, ...]]] = {
    "woman_death": (T("是她本人"), ("她", "本人", "是她", "她本人", "大人")),
    "child_death": (T("是她的孩子"), ("孩子", "是孩子", "她的孩子", "娃", "娃娃", "小孩")),
}
"""How it is offered where 李梅家的没了 may be either."""

WORDS: dict[str, tuple[str, ...]] = {"/death": ("maternal_death", "child_death", "woman_death")}
"""Words that by themselves mean several things, and which."""


def _read_words(text: str, context: Context) -> dict[str, Any]:
    said = next(word for word in WORDS if text.lower().startswith(word))
    return {"told": {}, "meanings": list(WORDS[said])}


def guess(meanings: Sequence[Meaning]) -> dict[str, Any]:
    """The answers to begin with where nothing is sure: what may be meant, and what is told if so."""
    return {
        "meanings": [meaning.intent for meaning in meanings],
        "told": {},
        "told_as": {meaning.intent: dict(meaning.fields) for meaning in meanings},
    }


def is_guess(talk: Talk) -> bool:
    """Whether it asks about words that were not understood, rather than between two things they say."""
    return "told_as" in talk.answers


def _flow(intent: str) -> Flow:
    from conversations.flows.registry import FLOWS

    return next(flow for flow in FLOWS.values() if flow.intent == intent)


def _as(talk: Talk, intent: str) -> Talk:
    """The errand it is if it means `intent`, with what is told already."""
    flow = _flow(intent)
    return replace(
        talk,
        flow=flow.name,
        version=flow.version,
        answers={},
        given=[],
        offered=[],
        step=None,
        trail=[],
        opened=False,
    )


def _told(talk: Talk, intent: str) -> dict[str, object]:
    """What was said, as that flow calls it: mother and woman are the same person here."""
    told = flatten(talk.answers.get("told_as", {}).get(intent) or talk.answers["told"])
    who = told.pop("woman_name", None) or told.pop("mother_name", None)
    return {**told, **({_flow(intent).subject: who} if who else {})}


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    """Whatever any of its meanings would ask."""
    found: list[Lookup] = []
    for intent in talk.answers["meanings"]:
        meant = replace(_as(talk, intent), answers=_told(talk, intent))
        found.extend(_flow(intent).lookups(meant, speaker))
    return tuple(dict.fromkeys(found))


def which_of_several(talk: Talk) -> Talk:
    """A loss that turns out to be of one child of several: asked what it is, with what is told already."""
    names = ("woman_name", "date", "time", "village_id", "one_lost", "lost_when", "child_count")
    told = {
        name: value
        for name, value in talk.answers.items()
        if (name in names or name.startswith("children.")) and talk.told(name)
    }
    meant = {"told": told, "meanings": list(_OF_SEVERAL)}
    return replace(
        talk,
        flow="unclear",
        version=1,
        answers=meant,
        given=list(meant),
        passed=[],
        offered=[],
        step=None,
        trail=[],
    )


def _of_several(talk: Talk) -> bool:
    return "one_lost" in talk.answers["told"]


def _hers_or_herself(talk: Talk) -> bool:
    return set(talk.answers["meanings"]) == set(_HERS) and not is_guess(talk)


def _meanings(talk: Talk, context: Context) -> tuple[Choice, ...]:
    offered = _MEANINGS | (_OF_SEVERAL if _of_several(talk) else _HERS if _hers_or_herself(talk) else {})
    choices = tuple(
        Choice(intent, *offered[intent]) for intent in talk.answers["meanings"] if intent in offered
    )
    return (*choices, Choice(NONE, T("都不是"), ("不是", "都不对", "不对", "没有")))


def _ask(talk: Talk, context: Context) -> Sayable:
    if is_guess(talk):
        return T("这句我没太看懂，您说的是哪一种？")
    if _of_several(talk):
        return T("孩子是已经生下来了，还是还怀着？")
    if _hers_or_herself(talk):
        who = str(talk.answers["told"].get("woman_name") or "")
        if not who:
            return T("听到这个消息，心里很难过。走的是她本人，还是她的孩子？")
        who = mask_name(who) if context.masked else who
        return T("听到这个消息，心里很难过。走的是{who}，还是她的孩子？", who=who)
    return T("您说的是哪一种？")


def _settle(talk: Talk, context: Context) -> Settled:
    intent = talk.answers.get("intent")
    if intent is None:
        return None
    if intent == NONE:
        if not is_guess(talk):
            return Ended(T("好，那先不记。是什么事，请您再说一遍。"))
        return Ended(T("好，那请换个说法告诉我，比如：李梅怀孕了，末次月经9月3号。"))
    meant = _as(talk, intent)
    merge(meant, _flow(intent), context, _told(talk, intent))
    meant.opened = _hers_or_herself(talk)  # the sorrow was said with the question
    return meant


FLOW = Flow(
    "unclear",
    version=1,
    title=T("说的是哪一种"),
    words=tuple(WORDS),
    read_words=_read_words,
    roles=STAFF | INSTITUTION,
    lookups=_lookups,
    settle=_settle,
    extra_fields=("told", "told_as", "meanings"),
    steps=(Step("intent", _ask, required=True, choices=_meanings),),
    finish=lambda talk, context: Result(),
)
