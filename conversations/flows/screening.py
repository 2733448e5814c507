"""The postnatal screening of a programme that has a list (KF 附件1 三), as one asks it in a village: first in which group
something is, then which item of it; 都没有 ends it at once, and several, or any other words, may be said in one message.

What is found is kept item by item. Items that would tell an infection are asked of institution and county only, apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from conversations.care.colours import askable
from conversations.care.programme import programme
from conversations.care.rules import ScreeningGroup
from conversations.engine.flow import ALL_PASSED, Choice, Context, Settled
from conversations.engine.state import Talk
from conversations.text import Joined, Sayable, T, plain
from conversations.understanding.normalise import normalise

NONE = "none"
"""The choice of no item of a group."""
GROUPED = "grouped"
"""Among the answers: the programme has groups."""
KEPT = (GROUPED, "item", "groups_asked", "groups_next", "noted")
"""Answers of the screening that are no fields of the report."""

_NOTHING = ("没有", "没", "无", "都好", "正常", "都正常", "没事", "都没有", "没有了", "没了")


def groups(context: Context) -> Mapping[str, ScreeningGroup]:
    """The groups this speaker is asked, with the items that may be asked of anybody who may report."""
    rules = programme(context.speaker.programme)
    open_ = set(askable(rules, context.speaker.role, permitted=False))
    found = {}
    for name, group in rules.screening.items():
        items = {item: words for item, words in group.items.items() if item in open_}
        if items:
            found[name] = ScreeningGroup(title=group.title, items=items)
    return found


def asked_apart(context: Context) -> dict[str, str]:
    """The items that are asked of institution and county only, where nobody else reads along."""
    rules = programme(context.speaker.programme)
    open_ = set(askable(rules, context.speaker.role, permitted=False))
    asked = set(askable(rules, context.speaker.role, permitted=True)) - open_
    return {
        item: words
        for group in rules.screening.values()
        for item, words in group.items.items()
        if item in asked
    }


def found(talk: Talk) -> list[dict[str, str]]:
    """What was found so far: item and words."""
    return list(talk.answers.get("screening_items") or ())


# ── which group ─────────────────────────────────────────────────────────────────────────────────────────


def _left(talk: Talk, context: Context) -> dict[str, ScreeningGroup]:
    asked = set(talk.answers.get("groups_asked") or ())
    return {name: group for name, group in groups(context).items() if name not in asked}


def ask_group(talk: Talk, context: Context) -> Sayable:
    """In which group something is."""
    if talk.answers.get("groups_asked") or found(talk):
        return T("别的方面还有吗？")
    return T(
        "一方面一方面问问她，哪方面不好就选哪方面，也可以照她说的讲。",
        sms=T("问问她哪方面不好，回数字，可回几个："),
    )


def group_choices(talk: Talk, context: Context) -> tuple[Choice, ...]:
    shown = tuple(Choice(name, plain(group.title)) for name, group in _left(talk, context).items())
    if found(talk) or talk.has("finding"):
        kept = {"finding": talk.answers["finding"]} if talk.has("finding") else {}
        return (*shown, Choice({"screening": "positive", **kept}, T("没有别的了"), _NOTHING))
    return (*shown, Choice({"screening": "negative"}, T("都没有"), _NOTHING))


# ── which item of it ────────────────────────────────────────────────────────────────────────────────────


def _group(talk: Talk, context: Context) -> ScreeningGroup | None:
    return groups(context).get(str(talk.answers.get("group") or ""))


def ask_item(talk: Talk, context: Context) -> Sayable:
    group = _group(talk, context)
    title = plain(group.title if group is not None else "")
    if any(one["item"] in (group.items if group is not None else ()) for one in found(talk)):
        return T("“{title}”里还有吗？", sms=T("还有吗？"), title=title)
    return T("“{title}”里是哪一样？可以一次说几样。", sms=T("哪一样？可回几个数字。"), title=title)


def item_choices(talk: Talk, context: Context) -> tuple[Choice, ...]:
    group = _group(talk, context)
    if group is None:
        return ()
    have = {one["item"] for one in found(talk)}
    shown = tuple(Choice(item, plain(words)) for item, words in group.items.items() if item not in have)
    return (*shown, Choice(NONE, T("没有了") if have & set(group.items) else T("都没有"), _NOTHING))


# ── in her own words ────────────────────────────────────────────────────────────────────────────────────

_NUMBERS = re.compile(r"\d{1,2}(?:[\s,，、和;；.]+\d{1,2})+")
_CLAUSES = re.compile(r"[,，。;；、\s]+")
_DENIED = re.compile(r"^(?:都|也|倒)?(?:没|无|不(?:发|头|疼|痛|肿|红|咳|吐|晕|难受))")


def hear(fields: dict[str, Any], talk: Talk, context: Context) -> dict[str, Any]:
    """Several numbers, or what she says instead: items of the list by their words, the rest as it was said."""
    name = talk.step if talk.step in ("group", "item") and talk.step in fields else None
    if name is None or not isinstance(said := fields[name], str):
        return fields
    if said in (NONE, *groups(context)) or (name == "item" and said in _all(context)):
        return fields
    del fields[name]
    words = normalise(said)
    if _NUMBERS.fullmatch(words.strip()):
        chosen = [int(one) for one in re.findall(r"\d+", words)]
        values = [talk.offered[one - 1][0] for one in chosen if 0 < one <= len(talk.offered)]
        values = [one for one in values if isinstance(one, str) and one != NONE]
        if name == "group":
            return fields | ({"group": values[0], "groups_next": values[1:]} if values else {})
        return fields | {"screening_items": _with(talk, context, values), "noted": True}
    clauses = [one for one in _CLAUSES.split(words) if one and not _DENIED.search(one)]
    items = [item for item in _all(context) if any(_names(one, _all(context)[item]) for one in clauses)]
    if items:
        fields["screening_items"] = _with(talk, context, items)
    rest = [one for one in clauses if not any(_names(one, _all(context)[item]) for item in items)]
    if rest:
        before = talk.answers.get("finding")
        fields["finding"] = "，".join((*([str(before)] if before else ()), *rest))[:200]
    return fields | ({"noted": True} if clauses else {})


def _all(context: Context) -> dict[str, str]:
    return {item: words for group in groups(context).values() for item, words in group.items.items()}


def _names(clause: str, words: str) -> bool:
    """Whether a clause says one of the words of an item, or is one of them with less around it (伤口红)."""
    parts = [one for one in words.split("、") if len(one) > 1]
    return any(part in clause for part in parts)


def _with(talk: Talk, context: Context, items: list[str]) -> list[dict[str, str]]:
    have = found(talk)
    known = {one["item"] for one in have}
    what = _all(context)
    return [*have, *({"item": one, "what": what[one]} for one in items if one in what and one not in known)]


# ── what follows ────────────────────────────────────────────────────────────────────────────────────────


def settle(talk: Talk, context: Context) -> Settled:
    """Take the item that was chosen, go on to the next group, and say whether the screening found anything."""
    answers = talk.answers
    talk.draw(GROUPED, bool(groups(context)) or None)
    if not talk.has(GROUPED):
        return None
    item, noted = answers.pop("item", None), answers.pop("noted", None)
    passed = "item" in talk.passed
    if isinstance(item, str) and item != NONE:
        answers["screening_items"] = _with(talk, context, [item])
    if item == NONE or passed or _exhausted(talk, context):
        answers["groups_asked"] = [*(answers.get("groups_asked") or ()), answers.pop("group", "")]
        talk.passed = [one for one in talk.passed if one != "item"]
        if waiting := answers.get("groups_next"):
            answers["group"], answers["groups_next"] = waiting[0], waiting[1:]
    something = bool(found(talk) or talk.has("finding"))
    done = ALL_PASSED in talk.passed or "group" in talk.passed or not _left(talk, context)
    if done and not talk.has("screening") and (something or not _left(talk, context)):
        answers["screening"] = "positive" if something else "negative"
    return T("记下了。") if noted or item not in (None, NONE) else None


def _exhausted(talk: Talk, context: Context) -> bool:
    """Whether every item of the group in hand was found."""
    group = _group(talk, context)
    return group is not None and set(group.items) <= {one["item"] for one in found(talk)}


def shown(talk: Talk) -> Sayable:
    """What was found, as it is read back."""
    return Joined(tuple(plain(one["what"]) for one in found(talk)), "；")
