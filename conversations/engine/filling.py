"""Answers into an errand: taken, chosen, passed over, taken back. A refusal leaves the rest as it was."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from conversations.engine import words
from conversations.engine.english import in_english
from conversations.engine.flow import ALL_PASSED, Context, Flow, Step
from conversations.engine.heard import READING, Heard
from conversations.engine.state import Talk, text_as_plain, text_from_plain
from conversations.text import Ambiguous, Refusal, T, Text, chinese
from conversations.understanding.normalise import normalise
from conversations.understanding.pins import pin_in
from conversations.understanding.readers import READERS

LATE = timedelta(hours=12)  # design.md: a message more than 12 h late has its dates read back again

_BARE = frozenset({"没有", "不是", "有的", "没", "有", "健康", "没了", "走了"})
"""Answers that may be to any question."""

_THAT_ONE = re.compile(r"(?:就是|是|选)?(.+?)(?:的?(?:那|这)(?:一)?(?:个|位)|的)?")


def merge(
    talk: Talk,
    flow: Flow,
    context: Context,
    new: Mapping[str, Any],
    *,
    override: bool = False,
    own: bool = False,
) -> Refusal | None:
    """Take new fields into the answers: those this flow knows, not already told (unless `override`), and not
    in conflict with the rest. Whatever is refused leaves the earlier answers as they were.

    `own`: they answer the very question asked, so the flow need not know their names.
    """
    takes = flow.takes
    fields: dict[str, Any] = {
        name: value
        for key, value in new.items()
        if value is not None
        and ((name := flow.aliases.get(key, key)) in takes or name.startswith("children.") or own)
    }
    refusal: Refusal | None = None
    if flow.absorb is not None:
        fields, refusal = flow.absorb(fields, talk, context)
    if not override:
        fields = {key: value for key, value in fields.items() if not talk.told(key)}
    if not fields:
        return refusal
    merged = {**talk.answers, **fields}
    for key in fields:
        if merged[key] == "":
            del merged[key]
        if merged.get(key) != talk.answers.get(key) and talk.amends is None:
            for dropped in flow.drops.get(key, ()):
                if dropped not in fields:
                    merged.pop(dropped, None)
    conflict = _undo_conflicts(merged, fields, talk.answers, flow, context)
    refusal = refusal or conflict
    talk.drawn = [name for name in talk.drawn if name in merged and name not in fields]
    talk.answers = merged
    talk.passed = [step for step in talk.passed if step not in fields]
    if context.message.received_at - context.message.sent_at > LATE:
        talk.late = context.message.sent_at.isoformat()
    return refusal


def opened(flow: Flow, context: Context, text: str) -> tuple[dict[str, Any], Refusal | None]:
    """What the words that start a flow tell besides (`read_words`), looked at like any answers; with why some of it was
    refused."""
    told = dict(flow.read_words(text, context))
    refusal = _undo_conflicts(told, set(told), {}, flow, context)
    return told, refusal


def _undo_conflicts(
    merged: dict[str, Any], new: Collection[str], before: Mapping[str, Any], flow: Flow, context: Context
) -> Refusal | None:
    """Take back out of all answers what is `new` and in conflict with the rest; the first reason why."""
    refusal: Refusal | None = None
    for check in flow.checks:
        conflict = check(merged, context)
        if conflict is None:
            continue
        names, why = conflict
        for name in names:
            if name in new:
                if name in before:
                    merged[name] = before[name]
                else:
                    merged.pop(name, None)
        refusal = refusal or why
    return refusal


# ── a direct answer ─────────────────────────────────────────────────────────────────────────────────────


def read_answer(step: Step, text: str, context: Context) -> Any:
    """The answer to the very question asked, or Refusal, Ambiguous, None."""
    if step.free:
        says_nothing = words.command(text) in ("yes", "no") or text in ("有", "有的", "有啊")
        if (says_nothing and not step.verbatim) or pin_in(text) is not None:
            return None  # says nothing of what it is
        own_words = context.message.text.strip()
        return (own_words if normalise(own_words) == text else text.strip())[:200] or None
    reader = step.read or READERS.get(step.reader)
    if reader is None:
        return None
    return reader(text, context.today)


def choice_elsewhere(talk: Talk, flow: Flow, step: Step, text: str) -> tuple[Step | None, Any]:
    """The choice of another open question that these words are, when they are no other's: 剖的, 女孩."""
    bare = text.strip(" .。,，!！~")
    found = [
        (other, choice.value)
        for other in flow.walk(talk)
        if other.id != step.id and not callable(other.choices) and not other.known(talk)
        for choice in other.choices
        if choice.value != ""
        and len(bare) > 1
        and (bare in (choice.label.id, *choice.words) or in_english(choice.label.id, bare))
    ]
    return found[0] if len(found) == 1 and bare not in words.COMMANDS and bare not in _BARE else (None, None)


def as_fields(step: Step | None, direct: Any) -> dict[str, Any]:
    """What a direct answer says, as fields of this step."""
    if step is None or not readable(direct):
        return {}
    if isinstance(direct, dict):
        return _of_step(step.id, direct)
    return {step.fields[0] if len(step.fields) == 1 else step.id: direct}


def _of_step(step_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as this step names them: what is said of a child is said of the one asked about."""
    prefix = step_id.rpartition(".")[0]
    return {f"{prefix}.{key}" if prefix else key: value for key, value in fields.items()}


def readable(direct: Any) -> bool:
    return direct is not None and not isinstance(direct, Refusal | Ambiguous)


# ── choices ─────────────────────────────────────────────────────────────────────────────────────────────


def offer_meanings(talk: Talk, ambiguous: Ambiguous) -> None:
    """Ask which of several meanings is meant."""
    talk.doubt = ambiguous.field
    talk.offered = [[value, text_as_plain(label)] for value, label in ambiguous.options]


def pick(talk: Talk, text: str, step: Step | None) -> tuple[bool, Any]:
    """Which offered choice these words mean: by number, label or synonym, or by what only one label says."""
    if not talk.offered or talk.step == READING:
        return False, None
    match = words.NUMBER.fullmatch(text)
    number = int(match[1] or "一二三四五六七八九".index(match[2]) + 1) if match else 0
    if 1 <= number <= len(talk.offered):
        return True, talk.offered[number - 1][0]
    bare = text.strip(" .。,，!！~")
    labels = labels_of(talk.offered)
    for value, label in (*labels, *_short_labels(talk.offered)):
        if text == label or bare == label or in_english(label, bare):
            return True, value
    for value, _, *others in talk.offered:
        if others and bare in others[0]:
            return True, value
    if step is not None and talk.doubt is None and not callable(step.choices):
        for choice in step.choices:
            if bare.lower() in choice.words:
                return True, choice.value
    from_facts = talk.doubt is not None or (step is not None and callable(step.choices))
    return pick_by_part(labels, bare, least=2 if from_facts else 3)


def pick_by_part(labels: list[tuple[Any, str]], said: str, least: int = 2) -> tuple[bool, Any]:
    """The one choice whose label holds what was said (28岁那个), `least` characters of it; none when several do."""
    match = _THAT_ONE.fullmatch(said)
    if match is None or len(match[1]) < least:
        return False, None
    held = [value for value, label in labels if match[1] in label]
    return (True, held[0]) if len(held) == 1 else (False, None)


def labels_of(offered: Sequence[Sequence[Any]]) -> list[tuple[Any, str]]:
    """What is or was offered, each with the words of its label."""
    return [(value, _words_of(label)) for value, label, *_ in offered]


def _words_of(label: Any) -> str:
    if isinstance(label, dict) and "$text" in label and not label["values"]:
        return _normal(label["$text"])
    return normalise(chinese(text_from_plain(label)))


@lru_cache(1024)
def _normal(message_id: str) -> str:
    """The words of a label into which nothing is filled."""
    return normalise(chinese(Text(message_id)))


def _short_labels(offered: Sequence[Sequence[Any]]) -> list[tuple[Any, str]]:
    """The same by the shorter words of the labels that have some."""
    return [
        (value, normalise(label["$sms"]))
        for value, label, *_ in offered
        if isinstance(label, dict) and "$sms" in label
    ]


def choose(heard: Heard, context: Context, talk: Talk, flow: Flow, value: Any) -> None:
    """One of the offered choices was taken."""
    if talk.doubt is not None:
        name, talk.doubt, talk.offered = talk.doubt, None, []
        new = dict(value) if isinstance(value, dict) else {name: value}
    elif value == "":  # "none of that": the question is answered, nothing to note
        talk.passed.append(str(talk.step))
        return
    else:
        new = chosen_fields(str(talk.step), value)
    refusal = merge(talk, flow, context, new, override=True, own=True)
    if refusal is not None:
        heard.remarks.append(refusal.text)


def chosen_fields(step_id: str, value: Any) -> dict[str, Any]:
    """A choice as the fields it stands for."""
    return _of_step(step_id, value) if isinstance(value, dict) else {step_id: value}


# ── passing over, going back ────────────────────────────────────────────────────────────────────────────


def skip(heard: Heard, talk: Talk, step: Step) -> None:
    """不知道, 跳过. What is required stays asked."""
    talk.doubt, talk.offered = None, []
    if step.required:
        heard.remarks.append(T("这一项不能少，请您再想想。"))
        if step.help:
            heard.remarks.append(step.help)
    else:
        talk.passed.append(step.id)


def enough(heard: Heard, talk: Talk, flow: Flow) -> None:
    """就这些: pass over everything that may be passed over, also what would be asked later."""
    talk.doubt, talk.offered = None, []
    if ALL_PASSED not in talk.passed:
        talk.passed.append(ALL_PASSED)
    missing = next((step for step in flow.walk(talk) if not step.known(talk)), None)
    if missing is None:
        return
    if missing.id == talk.step:
        skip(heard, talk, missing)
    else:
        heard.remarks.append(T("还差一项，问完就好。"))


def back(heard: Heard, talk: Talk, flow: Flow) -> None:
    """返回: ask the question before once more; after 改 3, leave it as it was."""
    talk.doubt, talk.offered = None, []
    if talk.before is not None:
        talk.answers, talk.before = talk.before, None
        talk.trail = [step for step in talk.trail if step != talk.step]
        heard.remarks.append(T("好，不改了。"))
        return
    trail = [step for step in talk.trail if step != talk.step and flow.step(talk, step) is not None]
    if not trail:
        heard.remarks.append(T("这已经是第一个问题了。"))
        return
    previous = trail.pop()
    talk.trail, talk.step = trail, None
    forget_step(talk, flow, previous)


def forget_step(talk: Talk, flow: Flow, step_id: str) -> None:
    """Make a step (`children.0`: all about that child) unanswered, with what was drawn from it."""
    steps = [step for step in flow.walk(talk) if step.id == step_id or step.id.startswith(f"{step_id}.")]
    if ALL_PASSED in talk.passed:
        talk.passed = [one.id for one in flow.walk(talk) if not one.required]
    names = [name for step in steps for name in step.fields] or [step_id]
    for name in names:
        talk.answers.pop(name, None)
        if talk.amends is None:
            for dropped in flow.drops.get(name, ()):
                talk.answers.pop(dropped, None)
    talk.hers = [*talk.hers, *(name for name in names if name not in talk.hers)]
    talk.drawn = [name for name in talk.drawn if name in talk.answers]
    forgotten = {step_id, *(step.id for step in steps)}
    talk.passed = [passed for passed in talk.passed if passed not in forgotten]
