"""The machine that plays flows. Pure: the same session, message, facts and time give the same turn.

`hear` takes a message into the session as far as words alone go; `needs` asks what else must be known for it;
`advance` hears, settles what the facts decide, and says the next thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from conversations.engine import words
from conversations.engine.flow import ALL_PASSED, LOCAL, Choice, Context, Ended, Flow, Step, button
from conversations.engine.state import State, Talk, text_as_plain, text_from_plain
from conversations.facts import Facts, Lookup
from conversations.flows import FLOWS, flow_for_intent, flow_for_words, flows_of
from conversations.flows.danger import danger_turn
from conversations.ids import derived_id
from conversations.message import Button, Effect, ForgetSaid, Message, Reply, Report, Turn
from conversations.records import EVENTS, flatten, mask_name
from conversations.text import Ambiguous, Refusal, Sayable, T, Text, lines, plain
from conversations.understanding import Understood, understand
from conversations.understanding.danger import danger_signs
from conversations.understanding.normalise import normalise
from conversations.understanding.readers import READERS

READING = "reading"
DRAFT_REMINDER = timedelta(hours=2)  # (u)
LATE = timedelta(hours=12)  # design.md: a message more than 12 h late has its dates read back again
WRONG_CODES = 5
SHORT_LABEL = 6
"""Characters of a label two of which fit abreast on a phone."""


@dataclass(slots=True)
class Heard:
    """What a message did to the session before any fact is known."""

    state: State
    remarks: list[Sayable] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    quick: Talk | None = None
    action: Literal["ask", "file", "cancel", "idle"] = "ask"


def needs(session: Mapping[str, Any] | None, message: Message, now: datetime) -> frozenset[Lookup]:
    """What must be known to answer this message."""
    heard = hear(State.load(session), message, now)
    talks = [*heard.state.waiting, *(t for t in (heard.state.talk, heard.quick) if t is not None)]
    return frozenset(
        lookup
        for talk in talks
        if (flow := FLOWS.get(talk.flow)) is not None
        for lookup in flow.lookups(talk, message.speaker)
    )


def advance(session: Mapping[str, Any] | None, message: Message, facts: Facts, now: datetime) -> Turn:
    """The next turn: new session, replies, filed reports and effects, all to be committed together."""
    return _Turn(hear(State.load(session), message, now), Context(message, now, facts)).play()


def nudge(session: Mapping[str, Any], now: datetime) -> Turn:
    """A draft nobody has touched for a while: remind of it once, keep it whatever happens."""
    state = State.load(session)
    drafts = [talk for talk in (state.talk, *state.waiting) if talk and talk.begun and not talk.reminded]
    if not drafts:
        return Turn(session=state.dump())
    for talk in drafts:
        talk.reminded = True
    title = FLOWS[drafts[0].flow].title if drafts[0].flow in FLOWS else T("上报")
    text = T(
        "“{title}”还没报完，您说过的我都记着。方便的时候接着回上一个问题就行；不报了回“取消”。", title=title
    )
    return Turn(session=state.dump(), replies=(Reply(text),))


# ── hearing ─────────────────────────────────────────────────────────────────────────────────────────────


def hear(state: State, message: Message, now: datetime) -> Heard:
    """Take the message into (a copy of) the session, as far as words alone go."""
    heard = Heard(state)
    context = Context(message, now)
    _upgrade(heard)
    if message.speaker.standing != "active" or message.speaker.role == "woman":
        return _hear_stranger(heard, context)
    if message.kind == "button":
        _press(heard, context)
    elif message.kind == "edited":
        heard.remarks.append(
            T("看到您改了前面那条消息。已经记下的不会跟着变，要改请直接告诉我，比如“不是9月3号，是8月3号”。")
        )
    elif message.kind in ("other", "contact"):
        heard.remarks.append(T("图片、语音和表情我还看不懂，请用文字告诉我。"))
    else:
        _read(heard, context, normalise(message.text))
    _note(heard, message)
    return heard


def _hear_stranger(heard: Heard, context: Context) -> Heard:
    """Somebody without an office (yet): she may join, and is warned of danger signs, nothing else."""
    message = context.message
    text = normalise(message.text)
    if message.kind == "text" and (signs := danger_signs(text)):
        _raise_danger(heard, context, signs)
    talk = heard.state.talk
    if message.kind == "button":
        _press(heard, context)
    elif message.speaker.role == "woman":
        heard.action = "idle"
        if not heard.replies:
            heard.replies.append(
                Reply(
                    T(
                        "您好，您的话我收到了。要问产检的事，请找您村的孕管员；身体不舒服，请马上去医院或拨打120。"
                    )
                )
            )
    elif message.speaker.standing == "pending":
        heard.action = "idle"
        heard.replies.append(Reply(T("您的加入申请已经交上去了，等上级确认后我会马上告诉您。")))
    elif message.speaker.standing == "revoked":
        heard.action = "idle"
        heard.replies.append(Reply(T("您的孕管工作已经办了停用。需要恢复，请联系上级孕管办。")))
    elif talk is not None:
        if message.kind == "contact" and message.phone:
            talk.answers["phone"] = message.phone
        else:
            _read(heard, context, text)
    else:
        digits = "".join(ch for ch in text if ch.isdigit())
        talk = _new_talk(FLOWS["joining"], context, {"code": digits} if len(digits) == 8 else {})
        heard.state.talk = talk
    return heard


def _note(heard: Heard, message: Message) -> None:
    """Remember which of her messages told this, so that they can be taken off the channel once filed."""
    talk = heard.state.talk
    if talk is None:
        return
    if message.channel.deletes and message.kind == "text" and message.provider_id:
        talk.said = [*talk.said, message.provider_id][-60:]


def _read(heard: Heard, context: Context, text: str) -> None:
    talk = heard.state.talk
    flow = FLOWS[talk.flow] if talk else None
    step = flow.step(talk, talk.step) if flow and talk else None
    solemn_answer = bool(flow and flow.event and EVENTS[flow.event].solemn and (step is None or step.free))
    if not solemn_answer and (signs := danger_signs(text)):
        _raise_danger(heard, context, signs)
        if understand_for(text, context).intent in ("danger_sign", "none", "question"):
            return
    command = words.command(text)
    if talk is None or flow is None:
        _start(heard, context, text, command)
    elif command == "help":
        heard.remarks.append(_help(talk, flow, step))
    elif command == "cancel":
        heard.action = "cancel"
    elif command == "restart":
        kept = {key: talk.answers[key] for key in ("go",) if key in talk.answers}
        talk.answers, talk.passed, talk.trail, talk.step = kept, [], [], None
        talk.doubt, talk.offered = None, []
        heard.remarks.append(T("好，从头来。"))
    elif command == "back":
        _back(heard, talk, flow)
    elif talk.step == READING:
        _at_reading(heard, context, talk, flow, text, command)
    elif command == "enough" and _enough(heard, talk, flow):
        return
    elif command == "skip" and step is not None and _skip(heard, talk, step):
        return
    else:
        _answer(heard, context, talk, flow, step, text)


def understand_for(text: str, context: Context) -> Understood:
    speaker = context.speaker
    return understand(
        text, today=context.today, speaker=speaker.role, villages=tuple(v.name for v in speaker.villages)
    )


def _raise_danger(heard: Heard, context: Context, signs: Sequence[str]) -> None:
    reply, notices = danger_turn(signs, context)
    heard.replies.append(reply)
    heard.effects.extend(notices)


def _new_talk(flow: Flow, context: Context, answers: Mapping[str, Any], number: int = 0) -> Talk:
    return Talk(
        id=derived_id(context.message.id, "talk", str(number))[:8],
        flow=flow.name,
        version=flow.version,
        known_at=context.message.sent_at.isoformat(),
        answers=dict(answers),
    )


def _start(heard: Heard, context: Context, text: str, command: words.Command | None) -> None:
    """No errand in hand: what does she want?"""
    role = context.speaker.role
    if command == "help":
        heard.action = "idle"
        heard.replies.append(_menu(context, T("您直接用平时的话告诉我就行，比如：")))
        return
    if command == "cancel":
        heard.action = "idle"
        heard.replies.append(Reply(T("现在没有没报完的内容。")))
        return
    if _begin(heard, _talks_in(heard, context, text)):
        return
    heard.action = "idle"
    if heard.replies:
        return
    understood = understand_for(text, context)
    if understood.ambiguities and (options := _meant(understood.ambiguities, role)):
        heard.replies.append(Reply(T("您说的是哪一种？"), options))
        return
    heard.replies.append(_menu(context, T("这句我没看懂。您可以这样说：")))


def _meant(ambiguities: Sequence[Ambiguous], role: str) -> tuple[tuple[Button, ...], ...]:
    """Buttons for the intents a message may mean."""
    for one in ambiguities:
        if one.field == "intent":
            rows = [
                (Button(label, f"go:{flow.name}"),)
                for value, label in one.options
                if (flow := flow_for_intent(str(value), role)) is not None
            ]
            if rows:
                return tuple(rows)
    return ()


def _talks_in(heard: Heard, context: Context, text: str) -> list[Talk]:
    """The errands a message starts: one, or several when it tells of several women or events."""
    role = context.speaker.role
    flow = flow_for_words(text, role)
    if flow is not None:
        return [_new_talk(flow, context, flow.read_words(text, context))]
    understood = understand_for(text, context)
    talks: list[Talk] = []
    told = [
        (understood.intent, understood.fields),
        *((event.intent, event.fields) for event in understood.more),
    ]
    for number, (intent, fields) in enumerate(told):
        flow = flow_for_intent(intent, role)
        if flow is None:
            continue
        talk = _new_talk(flow, context, {}, number)
        refusal = _merge(talk, flow, context, flatten(fields))
        if refusal is not None:
            heard.remarks.append(refusal.text)
        talks.append(talk)
    if talks:
        _hear_doubts(heard, talks[0], FLOWS[talks[0].flow], understood)
    return talks


def _begin(heard: Heard, talks: list[Talk]) -> bool:
    """Take up the first of these errands, the others after it. One that was parked before goes on where it stood."""
    if not talks:
        return False
    taken: list[Talk] = []
    for talk in talks:
        parked = next((one for one in heard.state.waiting if _same_errand(one, talk)), None)
        if parked is not None:
            heard.state.waiting.remove(parked)
            parked.answers = {**parked.answers, **talk.answers}
            talk = parked
        taken.append(talk)
    heard.state.talk, *rest = taken
    heard.state.waiting = [*rest, *heard.state.waiting]
    return True


def _same_errand(parked: Talk, talk: Talk) -> bool:
    subject = FLOWS[talk.flow].subject
    who = talk.answers.get(subject)
    return (
        parked.flow == talk.flow
        and parked.amends is None
        and who is not None
        and parked.answers.get(subject) == who
    )


def _hear_doubts(heard: Heard, talk: Talk, flow: Flow, understood: Understood) -> None:
    """Refusals and ambiguities of a message that otherwise was taken."""
    heard.remarks.extend(refusal.text for refusal in understood.refusals)
    takes = flow.takes(talk)
    for one in understood.ambiguities:
        name = flow.aliases.get(one.field, one.field)
        if name in takes and not talk.has(name):
            _offer_meanings(talk, Ambiguous(name, one.options))
            return


def _offer_meanings(talk: Talk, ambiguous: Ambiguous) -> None:
    talk.doubt = ambiguous.field
    talk.offered = [[value, text_as_plain(label)] for value, label in ambiguous.options]


def _press(heard: Heard, context: Context) -> None:
    """A button: of the current question, or of a notice (`go:flow:…`), or of a question long past."""
    value = context.message.button
    if value.startswith("go:"):
        _, name, *args = value.split(":")
        flow = FLOWS.get(name)
        if flow is not None and context.speaker.role in flow.roles:
            talk = _new_talk(flow, context, {"go": args} if args else {})
            if flow.quick:
                heard.quick = talk
            else:
                _park(heard)
                heard.state.talk = talk
            return
    _press_current(heard, context, value)


def _press_current(heard: Heard, context: Context, value: str) -> None:
    """A button of the question in hand."""
    talk = heard.state.talk
    stamp, _, what = value.rpartition(":")
    if talk is None or stamp != talk.stamp:
        heard.remarks.append(T("这个按钮是前面那一步的，已经不用了。"))
        return
    flow = FLOWS[talk.flow]
    if what == "yes" and talk.step == READING:
        _confirm(heard, context, talk, flow, None, pressed=True)
    elif what == "edit":
        heard.remarks.append(T("要改哪一项？请说“改 3”这样，或直接说对的内容。"))
    elif what == "cancel":
        heard.action = "cancel"
    elif what == "enough":
        _enough(heard, talk, flow)
    elif what == "skip" and (step := flow.step(talk, talk.step)) is not None:
        _skip(heard, talk, step)
    elif what.isdigit() and int(what) < len(talk.offered):
        _choose(heard, context, talk, flow, talk.offered[int(what)][0])


def _choose(heard: Heard, context: Context, talk: Talk, flow: Flow, value: Any) -> None:
    """One of the offered choices was taken."""
    if talk.doubt is not None:
        name, talk.doubt, talk.offered = talk.doubt, None, []
        new = dict(value) if isinstance(value, dict) else {name: value}
    else:
        if value == "":  # "none of that": the question is answered, nothing to note
            talk.passed.append(str(talk.step))
            return
        new = dict(value) if isinstance(value, dict) else {str(talk.step): value}
    refusal = _merge(talk, flow, context, new, override=True, own=True)
    if refusal is not None:
        heard.remarks.append(refusal.text)


def _pick(talk: Talk, text: str, step: Step | None) -> tuple[bool, Any]:
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


def _answer(heard: Heard, context: Context, talk: Talk, flow: Flow, step: Step | None, text: str) -> None:
    """An answer to the question in hand; it may fill more, or turn out to be about something else."""
    picked, value = _pick(talk, text, step)
    if picked:
        _choose(heard, context, talk, flow, value)
        return
    if not (step is not None and step.free) and _correct(heard, context, talk, flow, text):
        return
    understood = understand_for(text, context)
    direct = _direct(step, text, context) if step is not None else None
    if _switches(heard, context, talk, flow, step, understood, direct, text):
        return
    if step is not None and step.free and direct is not None and not isinstance(direct, Refusal | Ambiguous):
        refusal = _merge(talk, flow, context, _as_fields(step, direct), override=True, own=True)
        if refusal is not None:
            heard.remarks.append(refusal.text)
        return
    before = len(talk.answers)
    own = _as_fields(step, direct) if step is not None else {}
    absorbed = {key: value for key, value in flatten(understood.fields).items() if key not in own}
    refusal = _merge(talk, flow, context, absorbed)
    refused = [refusal] if refusal is not None else []
    if own:
        refusal = _merge(talk, flow, context, own, override=True, own=True)
        if refusal is not None:
            refused.append(refusal)
    if isinstance(direct, Refusal) and step is not None and not step.known(talk):
        refused = [direct]
    elif isinstance(direct, Ambiguous) and step is not None and not step.known(talk):
        name = direct.field if direct.field in flow.takes(talk) else step.fields[0]
        _offer_meanings(talk, Ambiguous(name, direct.options))
        heard.remarks.append(T("这里有两种可能，您说的是哪一个？"))
        return
    elif not refused and len(talk.answers) == before and not own:
        refused = list(understood.refusals)
    heard.remarks.extend(one.text for one in refused)
    if step is not None and not step.known(talk):
        if not refused and len(talk.answers) == before:
            heard.remarks.append(
                T("没太看懂“{said}”。", said=context.message.text.strip()[:20]) if not context.masked else T("这句没太看懂。")
            )
            if step.help:
                heard.remarks.append(step.help)
        elif not refused:
            heard.remarks.append(T("记下了。"))
        talk.misses += 1
    else:
        talk.misses = 0


def _direct(step: Step, text: str, context: Context) -> Any:
    """The answer to the very question asked, or Refusal, Ambiguous, None."""
    if step.free:
        return text.strip()[:200] or None
    reader = READERS.get(step.reader)
    if reader is None:
        return None
    return reader(text, context.today)


def _as_fields(step: Step | None, direct: Any) -> dict[str, Any]:
    """What a direct answer says, as fields of this step."""
    if step is None or direct is None or isinstance(direct, Refusal | Ambiguous):
        return {}
    if isinstance(direct, dict):
        prefix = step.id.rpartition(".")[0]
        return {f"{prefix}.{key}" if prefix else key: value for key, value in direct.items()}
    return {step.fields[0] if len(step.fields) == 1 else step.id: direct}


def _switches(
    heard: Heard,
    context: Context,
    talk: Talk,
    flow: Flow,
    step: Step | None,
    understood: Understood,
    direct: Any,
    text: str,
) -> bool:
    """Whether the message tells of another event; then the one in hand is parked and the new one begun."""
    role = context.speaker.role
    named = flow_for_words(text, role)
    if named is not None and named.quick:
        heard.quick = _new_talk(named, context, {})
        return True
    other = named or flow_for_intent(understood.intent, role)
    if other is None or (named is None and other.event is None):
        return False  # 错了, 报错了: about the report in hand, whatever is meant
    if other.quick:
        heard.quick = _new_talk(other, context, {})
        return True
    if named is None and not understood.switching:
        name = understood.fields.get("woman_name") or understood.fields.get("mother_name")
        mine = talk.answers.get("woman_name") or talk.answers.get("mother_name")
        someone_else = bool(name and mine and name != mine)
        if other.name == flow.name and not someone_else:
            return False
        if not someone_else and (name or _readable(direct) or (step is not None and step.free)):
            # an answer that only sounds like an event ("生过一个"), or more about the same woman
            if not (
                name is None and other.name != flow.name and not _readable(direct) and step and not step.free
            ):
                return False
    talks = _talks_in(heard, context, text)
    if not talks:
        return False
    _park(heard)
    return _begin(heard, talks)


def _readable(direct: Any) -> bool:
    return direct is not None and not isinstance(direct, Refusal | Ambiguous)


def _park(heard: Heard) -> None:
    """Put the errand in hand aside, to be offered again; nothing said is lost."""
    talk = heard.state.talk
    if talk is None:
        return
    heard.state.talk = None
    if talk.begun or talk.answers:
        heard.state.waiting.insert(0, talk)
        heard.remarks.append(T("好，先说这个，刚才那份我给您留着。"))


def _merge(
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


def _skip(heard: Heard, talk: Talk, step: Step) -> bool:
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


def _enough(heard: Heard, talk: Talk, flow: Flow) -> bool:
    """就这些: pass over everything that may be passed over."""
    talk.doubt, talk.offered = None, []
    for step in flow.walk(talk):
        if not step.known(talk):
            if step.required:
                heard.remarks.append(T("还差一项，问完就好。"))
                return True
            talk.passed.append(step.id)
    return True


def _back(heard: Heard, talk: Talk, flow: Flow) -> None:
    """返回: ask the question before once more."""
    talk.doubt, talk.offered = None, []
    trail = [step for step in talk.trail if step != talk.step]
    if not trail:
        heard.remarks.append(T("这已经是第一个问题了。"))
        return
    previous = trail.pop()
    talk.trail = trail
    _forget_step(talk, flow, previous)


def _forget_step(talk: Talk, flow: Flow, step_id: str) -> None:
    """Make a step unanswered, with all that was drawn from it."""
    step = flow.step(talk, step_id)
    if ALL_PASSED in talk.passed:
        talk.passed = [one.id for one in flow.walk(talk) if not one.required]
    for name in step.fields if step is not None else (step_id,):
        talk.answers.pop(name, None)
        for dropped in flow.drops.get(name, ()):
            talk.answers.pop(dropped, None)
    talk.passed = [passed for passed in talk.passed if passed != step_id]


def _at_reading(
    heard: Heard, context: Context, talk: Talk, flow: Flow, text: str, command: words.Command | None
) -> None:
    """对, a correction in one line, or 改 3."""
    code = words.CODE.fullmatch(text)
    if command == "yes" or code is not None:
        _confirm(heard, context, talk, flow, code[1] if code else None, pressed=False)
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
            _forget_step(talk, flow, talk.offered[number - 1][0])
            talk.step = None
        else:
            heard.remarks.append(T("没有第{number}项可以改。", number=number))
        return
    if _correct(heard, context, talk, flow, text):
        return
    understood = understand_for(text, context)
    if _switches(heard, context, talk, flow, None, understood, None, text):
        return
    changed = dict(talk.answers)
    refusal = _merge(talk, flow, context, flatten(understood.fields), override=True)
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
            old = _as_fields(step, _direct(step, match["old"], context)) if not step.free else {}
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
    direct = _direct(step, new, context)
    if direct is None and not callable(step.choices):
        direct = next((c.value for c in step.choices if new in (c.label.id, *c.words)), None)
    if isinstance(direct, Refusal):
        heard.remarks.append(direct.text)
        return True
    if isinstance(direct, Ambiguous):
        _offer_meanings(talk, Ambiguous(step.fields[0], direct.options))
        heard.remarks.append(T("这里有两种可能，您说的是哪一个？"))
        return True
    fields = _as_fields(step, direct)
    if not fields:
        return False
    for name in step.fields:
        if name not in fields:
            talk.answers.pop(name, None)
    refusal = _merge(talk, flow, context, fields, override=True, own=True)
    if refusal is not None:
        heard.remarks.append(refusal.text)
    elif talk.step != READING:
        heard.remarks.append(T("改好了。"))
    return True


def _confirm(
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


def _upgrade(heard: Heard) -> None:
    """A session from an older flow resumes with what it knew; one whose flow is gone ends politely."""
    state = heard.state
    talks: list[Talk] = [one for one in (state.talk, *state.waiting) if one is not None]
    for talk in talks:
        flow = FLOWS.get(talk.flow)
        if flow is None:
            if talk is state.talk:
                state.talk = None
            else:
                state.waiting.remove(talk)
            heard.remarks.append(T("系统更新过，刚才那一份没法接着报了，麻烦您再说一遍。"))
        elif talk.version != flow.version:
            talk.version = flow.version
            takes = flow.takes(talk) | {"woman_id", "pregnancy_id", "village_id", "go"}
            talk.answers = {
                key: value
                for key, value in talk.answers.items()
                if key in takes or key.startswith("children.")
            }
            talk.step, talk.trail, talk.passed, talk.offered, talk.doubt = None, [], [], [], None
            heard.remarks.append(T("系统刚更新过，您说过的都还在，接着来。"))


def _help(talk: Talk, flow: Flow, step: Step | None) -> Sayable:
    return lines(
        step.help if step is not None and step.help else None,
        T(
            "现在在报“{title}”。随时可以说：返回（上一步）、跳过（不知道的）、就这些（直接核对）、重来、取消。",
            title=flow.title,
        ),
    )


def _menu(context: Context, opening: Text) -> Reply:
    examples = [flow.example for flow in flows_of(context.speaker.role) if flow.example]
    return Reply(lines(opening, *examples))


# ── playing ─────────────────────────────────────────────────────────────────────────────────────────────


class _Turn:
    """One turn being made: settles, asks, files, and takes up what waits."""

    def __init__(self, heard: Heard, context: Context) -> None:
        self.heard = heard
        self.context = context
        self.state = heard.state
        self.remarks = heard.remarks
        self.replies = heard.replies
        self.effects = heard.effects
        self.reports: list[Report] = []

    def play(self) -> Turn:
        if self.heard.quick is not None:
            self._finish(self.heard.quick)
        action = self.heard.action
        if action == "cancel":
            self._cancel()
        elif action == "file" and self.state.talk is not None:
            talk, self.state.talk = self.state.talk, None
            flow = FLOWS[talk.flow]
            flow.settle(talk, self.context)
            if self._next_step(talk, flow) is None:
                self._finish(talk)
            else:
                self.state.talk = talk
        if action != "idle" or self.state.talk is not None:
            self._ask_on()
        if self.remarks:
            self.replies.append(Reply(lines(*self.remarks)))
        if not self.replies:
            self.replies.append(_menu(self.context, T("您直接用平时的话告诉我就行，比如：")))
        draft = self.state.talk is not None and not self.state.talk.reminded
        return Turn(
            session=self.state.dump(),
            replies=tuple(self.replies),
            reports=tuple(self.reports),
            effects=tuple(self.effects),
            check_at=self.context.now + DRAFT_REMINDER if draft else None,
        )

    def _cancel(self) -> None:
        talk, self.state.talk = self.state.talk, None
        if talk is not None:
            self._forget_said(talk)
            self.replies.append(Reply(lines(*self.remarks, T("好，这一份取消了，没有上报。"))))
            self.remarks.clear()

    def _finish(self, talk: Talk) -> None:
        result = FLOWS[talk.flow].finish(talk, self.context)
        if self.remarks and result.replies:
            first = result.replies[0]
            said = lines(*self.remarks, first.text)
            self.replies.append(Reply(said, first.buttons, first.kind, first.ask_phone))
            self.remarks.clear()
            self.replies.extend(result.replies[1:])
        else:
            self.replies.extend(result.replies)
        self.reports.extend(result.reports)
        self.effects.extend(result.effects)
        self.state.waiting = [*result.then, *self.state.waiting]
        if result.reports:
            self._forget_said(talk)

    def _forget_said(self, talk: Talk) -> None:
        own = self.context.message.provider_id
        said = tuple(dict.fromkeys([*talk.said, *([own] if own else [])]))
        if self.context.message.channel.deletes and said:
            self.effects.append(ForgetSaid(said))

    def _ask_on(self) -> None:
        """Ask the next question of the errand in hand; when it needs none, finish it and take up the next."""
        for _ in range(20):
            talk = self.state.talk
            if talk is None:
                if not self.state.waiting:
                    return
                talk = self.state.waiting.pop(0)
                self.state.talk = talk
                self._resume(talk)
            flow = FLOWS[talk.flow]
            if not talk.begun and not talk.turn and flow.opening:
                self.remarks.append(flow.opening)
            settled = flow.settle(talk, self.context)
            if isinstance(settled, Ended):
                self.replies.append(Reply(lines(*self.remarks, settled.text)))
                self.remarks.clear()
                self.effects.extend(settled.effects)
                self.state.talk = None
                continue
            if isinstance(settled, Talk):
                self.state.talk = settled
                continue
            if settled is not None:
                self.remarks.append(settled)
            step = self._next_step(talk, flow)
            if step is not None:
                self._ask(talk, flow, step)
                return
            if flow.reading is not None:
                self._read_back(talk, flow)
                return
            self.state.talk = None
            self._finish(talk)

    def _resume(self, talk: Talk) -> None:
        flow = FLOWS[talk.flow]
        name = talk.answers.get(flow.subject)
        shown = plain(_shown_name(str(name), self.context)) if name else None
        if talk.begun:
            self.remarks.append(
                T("接着刚才的“{title}”（{who}）：", title=flow.title, who=shown)
                if shown
                else T("接着刚才的“{title}”：", title=flow.title)
            )
        else:
            self.remarks.append(
                T("下一份，“{title}”（{who}）：", title=flow.title, who=shown)
                if shown
                else T("下一份，“{title}”：", title=flow.title)
            )

    def _next_step(self, talk: Talk, flow: Flow) -> Step | None:
        return next((step for step in flow.walk(talk) if not step.known(talk)), None)

    def _ask(self, talk: Talk, flow: Flow, step: Step) -> None:
        context = self.context
        if step.id != talk.step:
            talk.misses = 0
        if talk.step not in (None, READING, step.id) and talk.step not in talk.trail:
            talk.trail.append(str(talk.step))
        if step.id in talk.trail:
            talk.trail = talk.trail[: talk.trail.index(step.id)]
        talk.trail.append(step.id)
        talk.step = step.id
        talk.turn += 1
        talk.read_at, talk.code = None, None
        if talk.doubt is None:
            choices: Sequence[Choice] = step.offers(talk, context)
            talk.offered = [[choice.value, text_as_plain(choice.label)] for choice in choices]
            question = step.question(talk, context)
        else:
            question = T("请选一个：")
        if not step.required and not talk.hinted and flow.event:
            talk.hinted = True
            question = lines(question, T("（不知道的说“跳过”，想直接核对说“就这些”。）"))
        labels = [text_from_plain(label) for _, label in talk.offered]
        buttons = [button(talk, label, str(number)) for number, label in enumerate(labels)]
        abreast = 2 if len(buttons) > 3 and all(len(label.id) <= SHORT_LABEL for label in labels) else 1
        rows = [tuple(buttons[i : i + abreast]) for i in range(0, len(buttons), abreast)]
        extra = () if step.required or not flow.event else (
            button(talk, T("跳过"), "skip"), button(talk, T("就这些"), "enough"),
        )  # fmt: skip
        self._say(
            question,
            (*rows, extra) if extra else tuple(rows),
            ask_phone=step.id == "phone" and not flow.event,
        )

    def _read_back(self, talk: Talk, flow: Flow) -> None:
        context, reading = self.context, flow.reading
        assert reading is not None
        shown = reading.show(talk, context)
        if talk.step not in (None, READING) and talk.step not in talk.trail:
            talk.trail.append(str(talk.step))
        talk.step = READING
        talk.turn += 1
        talk.offered = [[step_id, text_as_plain(label)] for step_id, label, _ in shown]
        talk.read_at = context.now.isoformat()
        parts: list[Sayable] = [
            T("{number} {label}：{value}", number=number, label=label, value=value)
            for number, (_, label, value) in enumerate(shown, 1)
        ]
        if talk.late:
            day = datetime.fromisoformat(talk.late).astimezone(LOCAL).date()
            parts.append(T("（您有的话是{date}发的，日期都按那天算，请再看一眼。）", date=day))
        if flow.late_code and context.message.channel.trust == "low":
            talk.code = talk.code or str(int(context.message.entropy[:8] or "0", 16) % 9000 + 1000)
            parts.append(T("都对就回“对 {code}”；要改说“改 3”或直接说对的；不报回“取消”。", code=talk.code))
        else:
            talk.code = None
            parts.append(T("都对就回“对”；要改说“改 3”或直接说对的；不报回“取消”。"))
        row = (
            button(talk, T("对"), "yes"),
            button(talk, T("要改"), "edit"),
            button(talk, T("取消"), "cancel"),
        )
        ask = T("要更正成这样，请核对：") if talk.amends else reading.ask
        self._say(lines(ask, *parts), (row,) if talk.code is None else ())

    def _say(self, text: Sayable, rows: tuple[tuple[Button, ...], ...], *, ask_phone: bool = False) -> None:
        """Say it, with buttons where the channel has them and numbers where it has not."""
        talk = self.state.talk
        parts: list[Sayable] = [*self.remarks, text]
        self.remarks.clear()
        if not self.context.message.channel.buttons:
            if talk is not None and talk.step != READING:
                parts.extend(
                    T("{number} {label}", number=number, label=text_from_plain(label))
                    for number, (_, label) in enumerate(talk.offered, 1)
                )
            rows = ()
        self.replies.append(Reply(lines(*parts), rows, ask_phone=ask_phone))


def _shown_name(name: str, context: Context) -> str:
    return mask_name(name) if context.masked else name
