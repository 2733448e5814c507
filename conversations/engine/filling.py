"""Answers into an errand: taken, chosen, passed over, taken back. Whatever is refused leaves the rest as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from conversations.engine import words
from conversations.engine.flow import ALL_PASSED, Context, Flow, Step
from conversations.engine.heard import Heard
from conversations.engine.state import Talk, text_as_plain, text_from_plain
from conversations.text import Ambiguous, Refusal, T
from conversations.understanding.readers import READERS

LATE = timedelta(hours=12)  # design.md: a message more than 12 h late has its dates read back again


def merge(
    talk: Talk,
    flow: Flow,
    context: Context,
    new: Mapping[str, Any],
    *,
    override: bool = False,
    own: bool = False,
) -> Refusal | None:
    """Take new fields into the answers: those this flow knows, not already told (unless `override`), and not in
    conflict with the rest. Whatever is refused leaves the earlier answers as they were."""
    takes = flow.takes(talk)
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
        fields = {key: value for key, value in fields.items() if not talk.has(key)}
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
    for check in flow.checks:
        conflict = check(merged, context)
        if conflict is not None:
            names, why = conflict
            for name in names:
                if name in fields:
                    if name in talk.answers:
                        merged[name] = talk.answers[name]
                    else:
                        merged.pop(name, None)
            refusal = refusal or why
    talk.answers = merged
    talk.passed = [step for step in talk.passed if step not in fields]
    if context.message.received_at - context.message.sent_at > LATE:
        talk.late = context.message.sent_at.isoformat()
    return refusal


def pick(talk: Talk, text: str, step: Step | None) -> tuple[bool, Any]:
    """Which offered choice these words mean: by number, label or synonym."""
    if not talk.offered:
        return False, None
    match = words.NUMBER.fullmatch(text)
    if match and 1 <= int(match[1]) <= len(talk.offered):
        return True, talk.offered[int(match[1]) - 1][0]
    bare = text.strip(" .。,，!！~")
    for value, label in talk.offered:
        said = text_from_plain(label)
        if bare in (said.id, str(said.values.get("words", ""))):
            return True, value
    if step is not None and talk.doubt is None and not callable(step.choices):
        for choice in step.choices:
            if bare in choice.words:
                return True, choice.value
    return False, None


def choose(heard: Heard, context: Context, talk: Talk, flow: Flow, value: Any) -> None:
    """One of the offered choices was taken."""
    if talk.doubt is not None:
        name, talk.doubt, talk.offered = talk.doubt, None, []
        new = dict(value) if isinstance(value, dict) else {name: value}
    else:
        if value == "":  # "none of that": the question is answered, nothing to note
            talk.passed.append(str(talk.step))
            return
        new = dict(value) if isinstance(value, dict) else {str(talk.step): value}
    refusal = merge(talk, flow, context, new, override=True, own=True)
    if refusal is not None:
        heard.remarks.append(refusal.text)


def read_answer(step: Step, text: str, context: Context) -> Any:
    """The answer to the very question asked, or Refusal, Ambiguous, None."""
    if step.free:
        return text.strip()[:200] or None
    reader = READERS.get(step.reader)
    if reader is None:
        return None
    return reader(text, context.today)


def as_fields(step: Step | None, direct: Any) -> dict[str, Any]:
    """What a direct answer says, as fields of this step."""
    if step is None or direct is None or isinstance(direct, Refusal | Ambiguous):
        return {}
    if isinstance(direct, dict):
        prefix = step.id.rpartition(".")[0]
        return {f"{prefix}.{key}" if prefix else key: value for key, value in direct.items()}
    return {step.fields[0] if len(step.fields) == 1 else step.id: direct}


def readable(direct: Any) -> bool:
    return direct is not None and not isinstance(direct, Refusal | Ambiguous)


def offer_meanings(talk: Talk, ambiguous: Ambiguous) -> None:
    talk.doubt = ambiguous.field
    talk.offered = [[value, text_as_plain(label)] for value, label in ambiguous.options]


def skip(heard: Heard, talk: Talk, step: Step) -> bool:
    """不知道, 跳过. A choice that offers "not known" takes it as its answer; what is required stays asked."""
    if talk.doubt is not None:
        talk.doubt, talk.offered = None, []
    if step.required:
        heard.remarks.append(T("这一项少不了，没有它就报不上去。"))
        if step.help:
            heard.remarks.append(step.help)
    else:
        talk.passed.append(step.id)
    return True


def enough(heard: Heard, talk: Talk, flow: Flow) -> bool:
    """就这些: pass over everything that may be passed over."""
    talk.doubt, talk.offered = None, []
    for step in flow.walk(talk):
        if not step.known(talk):
            if step.required:
                heard.remarks.append(T("还差一项，问完就好。"))
                return True
            talk.passed.append(step.id)
    return True


def back(heard: Heard, talk: Talk, flow: Flow) -> None:
    """返回: ask the question before once more."""
    talk.doubt, talk.offered = None, []
    trail = [step for step in talk.trail if step != talk.step]
    if not trail:
        heard.remarks.append(T("这已经是第一个问题了。"))
        return
    previous = trail.pop()
    talk.trail = trail
    forget_step(talk, flow, previous)


def forget_step(talk: Talk, flow: Flow, step_id: str) -> None:
    """Make a step unanswered, with all that was drawn from it."""
    step = flow.step(talk, step_id)
    if ALL_PASSED in talk.passed:
        talk.passed = [one.id for one in flow.walk(talk) if not one.required]
    for name in step.fields if step is not None else (step_id,):
        talk.answers.pop(name, None)
        for dropped in flow.drops.get(name, ()):
            talk.answers.pop(dropped, None)
    talk.passed = [passed for passed in talk.passed if passed != step_id]
