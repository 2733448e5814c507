"""A message while an errand is in hand: the answer asked for, a correction in one line, the filing word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from conversations.care.unsaid import tells_infection
from conversations.engine import words
from conversations.engine.english import in_english
from conversations.engine.errands import start, switches
from conversations.engine.filling import (
    as_fields,
    choice_elsewhere,
    choose,
    chosen_fields,
    forget_step,
    labels_of,
    merge,
    offer_meanings,
    pick,
    pick_by_part,
    read_answer,
    readable,
)
from conversations.engine.flow import Context, Flow, Step
from conversations.engine.heard import READING, UNLOCKING, Heard, understand_for
from conversations.engine.news import retold
from conversations.engine.state import Talk
from conversations.message import CountAttempt
from conversations.records import EVENTS, NOT_SAID, assemble, flatten
from conversations.text import Ambiguous, Refusal, Sayable, T
from conversations.understanding.pins import pin_in
from conversations.understanding.readers import READERS

WHAT_TO_CHANGE = T("要改哪一项？请说“改 3”这样，或直接说对的内容。")

_WHICH_CHILD = re.compile(
    r"(?:第|老)(?P<n>[一二三四123456])|(?P<first>老大|大的|先生的)|(?P<last>小的|后生的)"
)
_ORDINALS = {**{word: at for at, word in enumerate("一二三四", 0)}, **{str(n): n - 1 for n in range(1, 7)}}


def answer(heard: Heard, context: Context, talk: Talk, flow: Flow, step: Step | None, text: str) -> None:
    """An answer to the question in hand; it may fill more, or turn out to be about something else."""
    if talk.step == UNLOCKING or (step is not None and step.secret):
        talk.secret = pin_in(text) or ""
        if talk.secret:
            return
    picked, value = pick(talk, text, step)
    if picked:
        choose(heard, context, talk, flow, value)
        talk.misses = 0
        return
    if talk.before is not None and words.CHANGE_LINE.fullmatch(text):
        talk.answers, talk.before = talk.before, None
        heard.remarks.append(WHAT_TO_CHANGE)
        return
    if words.CHANGE_LINE.fullmatch(text):
        heard.remarks.append(T("等核对的时候再说“改 3”这样；现在要改就直接说，比如“日期改成昨天”。"))
        return
    doubt = talk.doubt, talk.offered
    talk.doubt = None
    if _correct(heard, context, talk, flow, text, exactly=step is not None and step.free):
        return
    if (instead := words.NOT_BUT.fullmatch(text)) is not None and not (step is not None and step.free):
        text = instead["new"]
        picked, value = pick(talk, text, step)
        if picked:
            choose(heard, context, talk, flow, value)
            return
    if (told := retold(flow, talk, text)) != text:
        direct = read_answer(step, told, context) if step is not None else None
        if switches(heard, context, talk, flow, step, understand_for(told, context), direct, told):
            return
    understood = understand_for(text, context)
    direct = read_answer(step, text, context) if step is not None else None
    if step is not None and step.free and not step.verbatim and words.command(text) in ("yes", "no", "edit"):
        direct = None
    if switches(heard, context, talk, flow, step, understood, direct, text):
        return
    if step is not None and (step.free or not readable(direct)):
        other, value = choice_elsewhere(talk, flow, step, text)
        if other is not None:
            _remark(
                heard, merge(talk, flow, context, chosen_fields(other.id, value), override=True, own=True)
            )
            heard.remarks.append(T("记下了。"))
            return
    own = as_fields(step, direct)
    if step is not None and step.free and own:
        _remark(heard, merge(talk, flow, context, own, override=True, own=True))
        return
    before = dict(talk.answers)
    absorbed = _besides(own, flatten(understood.fields), direct)
    if step is not None and callable(step.choices):
        absorbed = {
            key: value for key, value in absorbed.items() if key == "village"
        }  # 30岁那个 tells nothing new
    if "date" in own and isinstance(hour := READERS["time"](text, context.today), str):
        absorbed.setdefault("time", hour)
    refusals = [merge(talk, flow, context, absorbed)]
    if own:
        refusals.append(merge(talk, flow, context, own, override=True, own=True))
    refused = [one for one in refusals if one is not None]
    answered = step is None or step.known(talk)
    if isinstance(direct, Ambiguous) and step is not None and not answered:
        name = direct.field if direct.field in flow.takes else step.fields[0]
        offer_meanings(talk, Ambiguous(name, direct.options))
        return
    nothing = talk.answers == before and not own
    if nothing and not refused:
        refused = [direct] if isinstance(direct, Refusal) and not answered else list(understood.refusals)
    if nothing:
        talk.doubt, talk.offered = doubt
    heard.remarks.extend(one.text for one in refused)
    if answered or step is None:
        talk.misses = 0
    elif not refused and flow.lapses is not None and talk.answers == before:
        heard.state.talk = None  # nobody waits for this answer: her words are new ones
        start(heard, context, text, None)
    elif not refused:
        _not_answered(heard, context, talk, step, text, told=talk.answers != before)


def _besides(own: dict[str, object], told: dict[str, object], direct: object) -> dict[str, object]:
    """What a message tells besides the answer asked for. A bare day belongs to the question alone."""
    rest = {key: value for key, value in told.items() if key not in own and value not in own.values()}
    if direct is not None and not readable(direct):
        rest.pop("date", None)
    return rest


def _not_answered(heard: Heard, context: Context, talk: Talk, step: Step, text: str, *, told: bool) -> None:
    """Something else was told, or nothing that could be read; the question stays."""
    talk.misses += 1
    if told:
        heard.remarks.append(T("记下了。"))
        return
    said = context.message.text.strip()[:20]
    quoted = not (context.masked or step.secret or pin_in(text) is not None or tells_infection(said))
    heard.remarks.append(T("没太看懂“{said}”。", said=said) if quoted else T("这句没太看懂。"))
    if step.help:
        heard.remarks.append(step.help)
    if talk.misses > 1 and not step.required:
        heard.remarks.append(T("答不上来就说“跳过”。"))


def _remark(heard: Heard, refusal: Refusal | None) -> None:
    if refusal is not None:
        heard.remarks.append(refusal.text)


# ── at the reading back ─────────────────────────────────────────────────────────────────────────────────


def at_reading(
    heard: Heard, context: Context, talk: Talk, flow: Flow, text: str, command: words.Command | None
) -> None:
    """对, a correction in one line, or 改 3."""
    code = words.CODE.fullmatch(text)
    line = words.EDIT_LINE.fullmatch(text)
    if command == "yes" or code is not None:
        confirm(heard, context, talk, flow, code[1] if code else None, pressed=False)
    elif command in ("no", "edit"):
        heard.remarks.append(WHAT_TO_CHANGE)
    elif command in ("skip", "enough"):
        heard.remarks.append(
            T("就差您这一句了：都对就回“对”加确认码。", sms=T("就差您这一句了。"))
            if talk.code is not None
            else T("就差您这一句了：都对就回“对”。", sms=T("就差您这一句了。"))
        )
    elif line is not None:
        _change_line(heard, talk, flow, int(line[1] or line[2]))
    elif not _correct(heard, context, talk, flow, text):
        _other_words(heard, context, talk, flow, text)


def _change_line(heard: Heard, talk: Talk, flow: Flow, number: int) -> None:
    """改 3: ask that one again; 返回 leaves it as it was."""
    if not 1 <= number <= len(talk.offered):
        heard.remarks.append(T("没有第{number}项。", number=number))
        return
    step_id = talk.offered[number - 1][0]
    if step_id is None:
        heard.remarks.append(T("第{number}项是跟着别的内容来的，不能单独改。", number=number))
        return
    before = dict(talk.answers)
    forget_step(talk, flow, step_id)
    talk.before, talk.step = before, None


def _other_words(heard: Heard, context: Context, talk: Talk, flow: Flow, text: str) -> None:
    """Neither 对 nor a number: another event, or what is right said plainly."""
    told = retold(flow, talk, text)
    if told != text and switches(heard, context, talk, flow, None, understand_for(told, context), None, told):
        return
    understood = understand_for(text, context)
    if switches(heard, context, talk, flow, None, understood, None, text):
        return
    before = dict(talk.answers)
    refusal = merge(talk, flow, context, flatten(understood.fields), override=True)
    if refusal is not None:
        heard.remarks.append(refusal.text)
    elif talk.answers == before and not _only_value(heard, context, talk, flow, text):
        heard.remarks.extend(one.text for one in understood.refusals)
        heard.remarks.append(T("没看出要改哪里。请说“改 3”，或“不是9月3号，是8月3号”。"))


def _only_value(heard: Heard, context: Context, talk: Talk, flow: Flow, text: str) -> bool:
    """8月3号, where only one of the answers is a day: that one is meant."""
    meant = [
        step
        for step in flow.walk(talk)
        if any(talk.told(name) for name in step.fields)
        and not step.free
        and not step.choices
        and readable(read_answer(step, text, context))
    ]
    return len(meant) == 1 and _take_correction(heard, context, talk, flow, meant[0], text)


def confirm(
    heard: Heard, context: Context, talk: Talk, flow: Flow, code: str | None, *, pressed: bool
) -> None:
    """对: file it, unless the word was sent before this reading back, or the channel asks for its code."""
    read_at = datetime.fromisoformat(talk.read_at) if talk.read_at else None
    if not pressed and read_at is not None and context.message.sent_at < read_at.replace(microsecond=0):
        heard.remarks.append(T("您这句“对”是在下面这份核对之前发的，请看过之后再回一次。"))
    elif talk.code is not None and code is None and context.message.channel.trust != "low":
        heard.remarks.append(T("前面那份核对发在短信里，请在这里再看一遍。"))
    elif (talk.code is not None and code != talk.code) or (
        talk.code is None and flow.wants_code(talk) and context.message.channel.trust == "low"
    ):  # read back elsewhere, it has no code yet: it is read back here with one
        heard.action = "code"
        if code is not None and context.message.channel.trust == "low":
            heard.effects.append(CountAttempt("code"))
    elif talk.amends is not None and flow.event and not changed(talk, flow):
        heard.remarks.append(T("还没有改动。哪里要改就说“改 3”，或直接说对的；不改了回“取消”。"))
    else:
        heard.action = "file"


def changed(talk: Talk, flow: Flow) -> bool:
    """Whether a correction says anything the report did not."""
    if talk.amends is None or flow.event is None:
        return True
    told = {*EVENTS[flow.event].fields, "children", "extra"} - NOT_SAID
    new = assemble(talk.answers, flow.event)
    return any(talk.amends["body"].get(name) != new.get(name) for name in told)


# ── corrections in one line ─────────────────────────────────────────────────────────────────────────────


def _correct(
    heard: Heard, context: Context, talk: Talk, flow: Flow, text: str, *, exactly: bool = False
) -> bool:
    """不是9月3号是8月3号; 电话改成137…: find the field meant and read its new value. `exactly`: where any words are
    an answer, only what is named by its very label is corrected."""
    match = words.NOT_BUT.fullmatch(text)
    if match is not None:
        for step in _known_steps(talk, flow, text):
            if _is_value(talk, context, step, match["old"]):
                return _take_correction(heard, context, talk, flow, step, match["new"])
    match = words.CHANGE_TO.fullmatch(text)
    if match is not None:
        for step in _known_steps(talk, flow, match["label"], told=False):
            labels = flow.labels(step)
            if match["label"] in labels if exactly else any(label in match["label"] for label in labels):
                return _take_correction(heard, context, talk, flow, step, match["new"])
    return False


def _known_steps(talk: Talk, flow: Flow, text: str, *, told: bool = True) -> Iterator[Step]:
    """The steps a correction may be about; of several children, those of the one it names (老二)."""
    which = _WHICH_CHILD.search(text)
    count = int(talk.answers.get("child_count") or 1)
    number = None
    if which is not None and count > 1:
        number = 0 if which["first"] else count - 1 if which["last"] else _ORDINALS[which["n"]]
    for step in flow.walk(talk):
        if told and not talk.has(*step.fields):
            continue
        if number is None or step.number is None or step.number == number:
            yield step


def _is_value(talk: Talk, context: Context, step: Step, said: str) -> bool:
    """Whether these words are the answer this step has."""
    if step.free:
        return bool(talk.answers.get(step.fields[0]) == said)
    direct = read_answer(step, said, context)
    if direct is None:
        picked, direct = _choice_of(talk, context, step, said)
        if not picked:
            return False
    fields = as_fields(step, direct)
    return any(talk.answers.get(name) == value for name, value in fields.items() if name in step.fields)


def _choice_of(talk: Talk, context: Context, step: Step, said: str) -> tuple[bool, object]:
    """The choice of a step that these words mean."""
    bare = said.strip(" ,，。.")
    if callable(step.choices):
        return pick_by_part(labels_of(talk.shown.get(step.id, [])), bare)
    for choice in step.choices:
        if bare in (choice.label.id, *choice.words) or in_english(choice.label.id, bare):
            return True, choice.value
    return False, None


def _take_correction(heard: Heard, context: Context, talk: Talk, flow: Flow, step: Step, new: str) -> bool:
    direct = read_answer(step, new, context)
    if direct is None:
        _, direct = _choice_of(talk, context, step, new)
    if isinstance(direct, Refusal):
        heard.remarks.append(direct.text)
        return True
    if isinstance(direct, Ambiguous):
        offer_meanings(talk, Ambiguous(step.fields[0], direct.options))
        return True
    fields = as_fields(step, direct)
    if not fields:
        return False
    before = dict(talk.answers)
    refusal = merge(talk, flow, context, fields, override=True, own=True)
    said: Sayable | None = refusal.text if refusal is not None else None
    if said is None and talk.step != READING and talk.answers != before:
        said = T("改好了。")
    if said is not None:
        heard.remarks.append(said)
    return True
