"""Hearing: a message taken into the session as far as words alone go, before any fact is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from conversations.engine import words
from conversations.engine.answering import answer, at_reading, confirm
from conversations.engine.errands import help_text, park, start
from conversations.engine.filling import back, choose, enough, skip
from conversations.engine.flow import Context
from conversations.engine.heard import READING, Heard, new_talk, understand_for
from conversations.engine.state import State, Talk
from conversations.flows import FLOWS
from conversations.flows.danger import danger_turn
from conversations.message import Message, Reply
from conversations.records import EVENTS
from conversations.text import T
from conversations.understanding.danger import danger_signs
from conversations.understanding.normalise import normalise


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
        talk = new_talk(FLOWS["joining"], context, {"code": digits} if len(digits) == 8 else {})
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
        start(heard, context, text, command)
    elif command == "help":
        heard.remarks.append(help_text(talk, flow, step))
    elif command == "cancel":
        heard.action = "cancel"
    elif command == "restart":
        kept = {key: talk.answers[key] for key in ("go",) if key in talk.answers}
        talk.answers, talk.passed, talk.trail, talk.step = kept, [], [], None
        talk.doubt, talk.offered = None, []
        heard.remarks.append(T("好，从头来。"))
    elif command == "back":
        back(heard, talk, flow)
    elif talk.step == READING:
        at_reading(heard, context, talk, flow, text, command)
    elif (command == "enough" and enough(heard, talk, flow)) or (
        command == "skip" and step is not None and skip(heard, talk, step)
    ):
        return
    else:
        answer(heard, context, talk, flow, step, text)


def _raise_danger(heard: Heard, context: Context, signs: Sequence[str]) -> None:
    reply, notices = danger_turn(signs, context)
    heard.replies.append(reply)
    heard.effects.extend(notices)


def _press(heard: Heard, context: Context) -> None:
    """A button: of the current question, or of a notice (`go:flow:…`), or of a question long past."""
    value = context.message.button
    if value.startswith("go:"):
        _, name, *args = value.split(":")
        flow = FLOWS.get(name)
        if flow is not None and context.speaker.role in flow.roles:
            talk = new_talk(flow, context, {"go": args} if args else {})
            if flow.quick:
                heard.quick = talk
            else:
                park(heard)
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
        confirm(heard, context, talk, flow, None, pressed=True)
    elif what == "edit":
        heard.remarks.append(T("要改哪一项？请说“改 3”这样，或直接说对的内容。"))
    elif what == "cancel":
        heard.action = "cancel"
    elif what == "enough":
        enough(heard, talk, flow)
    elif what == "skip" and (step := flow.step(talk, talk.step)) is not None:
        skip(heard, talk, step)
    elif what.isdigit() and int(what) < len(talk.offered):
        choose(heard, context, talk, flow, talk.offered[int(what)][0])


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
