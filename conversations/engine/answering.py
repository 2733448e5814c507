"""A message while an errand is in hand: the answer asked for, a correction in one line, the word that files it."""

from __future__ import annotations

from datetime import datetime

from conversations.engine import words
from conversations.engine.errands import switches
from conversations.engine.filling import (
    as_fields,
    choose,
    forget_step,
    merge,
    offer_meanings,
    pick,
    read_answer,
)
from conversations.engine.flow import Context, Flow, Step
from conversations.engine.heard import READING, Heard, understand_for
from conversations.engine.state import Talk
from conversations.records import flatten
from conversations.text import Ambiguous, Refusal, T

WRONG_CODES = 5


def answer(heard: Heard, context: Context, talk: Talk, flow: Flow, step: Step | None, text: str) -> None:
    """An answer to the question in hand; it may fill more, or turn out to be about something else."""
    picked, value = pick(talk, text, step)
    if picked:
        choose(heard, context, talk, flow, value)
        return
    if not (step is not None and step.free) and _correct(heard, context, talk, flow, text):
        return
    understood = understand_for(text, context)
    direct = read_answer(step, text, context) if step is not None else None
    if switches(heard, context, talk, flow, step, understood, direct, text):
        return
    if step is not None and step.free and direct is not None and not isinstance(direct, Refusal | Ambiguous):
        refusal = merge(talk, flow, context, as_fields(step, direct), override=True, own=True)
        if refusal is not None:
            heard.remarks.append(refusal.text)
        return
    before = len(talk.answers)
    own = as_fields(step, direct) if step is not None else {}
    absorbed = {key: value for key, value in flatten(understood.fields).items() if key not in own}
    refusal = merge(talk, flow, context, absorbed)
    refused = [refusal] if refusal is not None else []
    if own:
        refusal = merge(talk, flow, context, own, override=True, own=True)
        if refusal is not None:
            refused.append(refusal)
    if isinstance(direct, Refusal) and step is not None and not step.known(talk):
        refused = [direct]
    elif isinstance(direct, Ambiguous) and step is not None and not step.known(talk):
        name = direct.field if direct.field in flow.takes(talk) else step.fields[0]
        offer_meanings(talk, Ambiguous(name, direct.options))
        heard.remarks.append(T("这里有两种可能，您说的是哪一个？"))
        return
    elif not refused and len(talk.answers) == before and not own:
        refused = list(understood.refusals)
    heard.remarks.extend(one.text for one in refused)
    if step is not None and not step.known(talk):
        if not refused and len(talk.answers) == before:
            heard.remarks.append(
                T("没太看懂“{said}”。", said=context.message.text.strip()[:20])
                if not context.masked
                else T("这句没太看懂。")
            )
            if step.help:
                heard.remarks.append(step.help)
        elif not refused:
            heard.remarks.append(T("记下了。"))
        talk.misses += 1
    else:
        talk.misses = 0


def at_reading(
    heard: Heard, context: Context, talk: Talk, flow: Flow, text: str, command: words.Command | None
) -> None:
    """对, a correction in one line, or 改 3."""
    code = words.CODE.fullmatch(text)
    if command == "yes" or code is not None:
        confirm(heard, context, talk, flow, code[1] if code else None, pressed=False)
        return
    if command in ("no", "edit"):
        heard.remarks.append(T("要改哪一项？请说“改 3”这样，或直接说对的内容。"))
        return
    if command in ("skip", "enough"):
        heard.remarks.append(T("就差您这一句了：都对就回“对”。"))
        return
    line = words.EDIT_LINE.fullmatch(text)
    if line is not None:
        number = int(line[1])
        if 1 <= number <= len(talk.offered) and talk.offered[number - 1][0]:
            forget_step(talk, flow, talk.offered[number - 1][0])
            talk.step = None
        else:
            heard.remarks.append(T("没有第{number}项可以改。", number=number))
        return
    if _correct(heard, context, talk, flow, text):
        return
    understood = understand_for(text, context)
    if switches(heard, context, talk, flow, None, understood, None, text):
        return
    changed = dict(talk.answers)
    refusal = merge(talk, flow, context, flatten(understood.fields), override=True)
    if refusal is not None:
        heard.remarks.append(refusal.text)
    elif talk.answers == changed:
        heard.remarks.extend(one.text for one in understood.refusals)
        heard.remarks.append(T("没看出要改哪里。请说“改 3”，或“不是9月3号，是8月3号”。"))


def _correct(heard: Heard, context: Context, talk: Talk, flow: Flow, text: str) -> bool:
    """不是9月3号是8月3号; 电话改成137…: find the field meant and read its new value."""
    match = words.NOT_BUT.fullmatch(text)
    if match is not None:
        for step in flow.walk(talk):
            old = as_fields(step, read_answer(step, match["old"], context)) if not step.free else {}
            if not step.known(talk) or not any(
                talk.answers.get(name) == value for name, value in old.items() if name in step.fields
            ):
                continue
            return _take_correction(heard, context, talk, flow, step, match["new"])
    match = words.CHANGE_TO.fullmatch(text)
    if match is not None:
        for step in flow.walk(talk):
            if any(label in match["label"] for label in flow.labels(step)):
                return _take_correction(heard, context, talk, flow, step, match["new"])
    return False


def _take_correction(heard: Heard, context: Context, talk: Talk, flow: Flow, step: Step, new: str) -> bool:
    direct = read_answer(step, new, context)
    if direct is None and not callable(step.choices):
        direct = next((c.value for c in step.choices if new in (c.label.id, *c.words)), None)
    if isinstance(direct, Refusal):
        heard.remarks.append(direct.text)
        return True
    if isinstance(direct, Ambiguous):
        offer_meanings(talk, Ambiguous(step.fields[0], direct.options))
        heard.remarks.append(T("这里有两种可能，您说的是哪一个？"))
        return True
    fields = as_fields(step, direct)
    if not fields:
        return False
    for name in step.fields:
        if name not in fields:
            talk.answers.pop(name, None)
    refusal = merge(talk, flow, context, fields, override=True, own=True)
    if refusal is not None:
        heard.remarks.append(refusal.text)
    elif talk.step != READING:
        heard.remarks.append(T("改好了。"))
    return True


def confirm(
    heard: Heard, context: Context, talk: Talk, flow: Flow, code: str | None, *, pressed: bool
) -> None:
    """对: file it, unless the word was sent before this reading back, or the channel asks for its code."""
    read_at = datetime.fromisoformat(talk.read_at) if talk.read_at else None
    if not pressed and read_at is not None and context.message.sent_at < read_at.replace(microsecond=0):
        heard.remarks.append(T("您这句“对”是在下面这份核对之前发的，请看过之后再回一次。"))
        return
    if talk.code is not None and code != talk.code:
        talk.wrong_codes += 1
        if talk.wrong_codes >= WRONG_CODES:
            talk.code = None
            talk.wrong_codes = 0
            heard.remarks.append(T("确认码试了太多次，给您换了一个新的。"))
        else:
            heard.remarks.append(T("这件事要连确认码一起回，比如“对 1234”，数字在核对的末尾。"))
        return
    heard.action = "file"
