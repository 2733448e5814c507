"""Words with more than one honest meaning (王芳的孩子没了): asked about, never guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conversations.engine.filling import merge
from conversations.engine.flow import Choice, Context, Flow, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import Lookup
from conversations.flows.filing import STAFF
from conversations.message import Speaker
from conversations.records import flatten
from conversations.text import T, Text

_MEANINGS: dict[str, tuple[Text, tuple[str, ...]]] = {
    "pregnancy_loss": (T("怀孕没能保住"), ("流产", "没保住", "肚子里的")),
    "child_death": (T("孩子出生后去世了"), ("生下来的", "已经出生", "出生后")),
    "maternal_death": (T("孕产妇去世了"), ("大人", "产妇", "孕妇")),
    "woman_death": (T("妇女去世了，没怀孕"), ("没怀孕", "不是孕产妇")),
    "birth": (T("她生了"), ("生了",)),
    "pregnancy": (T("她怀孕了"), ("怀孕了",)),
    "birth_defect": (T("孩子有先天异常"), ("先天异常",)),
    "correct": (T("要更正一份报过的"), ("更正",)),
    "withdraw": (T("要撤回一份报过的"), ("撤回",)),
}

WORDS: dict[str, tuple[str, ...]] = {"/death": ("maternal_death", "child_death", "woman_death")}
"""Words that by themselves mean several things, and which."""


def _read_words(text: str, context: Context) -> dict[str, Any]:
    said = next(word for word in WORDS if text.lower().startswith(word))
    return {"told": {}, "meanings": list(WORDS[said])}


def _flow(intent: str) -> Flow:
    from conversations.flows.registry import flow_for_intent

    flow = flow_for_intent(intent, "coordinator")
    assert flow is not None
    return flow


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
    told = flatten(talk.answers["told"])
    who = told.pop("woman_name", None) or told.pop("mother_name", None)
    return {**told, **({_flow(intent).subject: who} if who else {})}


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    """Whatever any of its meanings would ask."""
    found: list[Lookup] = []
    for intent in talk.answers["meanings"]:
        meant = replace(_as(talk, intent), answers=_told(talk, intent))
        found.extend(_flow(intent).lookups(meant, speaker))
    return tuple(dict.fromkeys(found))


def _meanings(talk: Talk, context: Context) -> tuple[Choice, ...]:
    return tuple(
        Choice(intent, *_MEANINGS[intent]) for intent in talk.answers["meanings"] if intent in _MEANINGS
    )


def _settle(talk: Talk, context: Context) -> Settled:
    intent = talk.answers.get("intent")
    if intent is None:
        return None
    meant = _as(talk, intent)
    merge(meant, _flow(intent), context, _told(talk, intent))
    return meant


FLOW = Flow(
    "unclear",
    version=1,
    title=T("说的是哪一种"),
    words=tuple(WORDS),
    read_words=_read_words,
    roles=STAFF,
    lookups=_lookups,
    settle=_settle,
    extra_fields=("told", "meanings"),
    steps=(Step("intent", T("您说的是哪一种？"), required=True, choices=_meanings),),
    finish=lambda talk, context: Result(),
)
