"""Hearing: a message taken into the session as far as words alone go, before any fact is known."""

from __future__ import annotations

from datetime import datetime

from conversations.engine import words
from conversations.engine.answering import WHAT_TO_CHANGE, answer, at_reading, confirm
from conversations.engine.errands import begin, help_text, park, start
from conversations.engine.filling import back, choose, enough, pick, skip
from conversations.engine.flow import ALL_PASSED, Context, Flow, Step
from conversations.engine.heard import READING, Heard, new_talk, understand_for
from conversations.engine.state import State, Talk
from conversations.flows import FLOWS
from conversations.flows.danger import danger_turn
from conversations.message import Message, Reply
from conversations.records import EVENTS
from conversations.text import T, Text
from conversations.understanding.danger import Signs, signs
from conversations.understanding.normalise import LONGEST, normalise

KEPT = frozenset({"woman_id", "pregnancy_id", "village_id", "village_told", "child_id"})
"""Answers that are not fields and yet survive a new version of a flow."""


def hear(state: State, message: Message, now: datetime) -> Heard:
    """Take the message into the session, as far as words alone go."""
    heard = Heard(state)
    context = Context(message, now)
    _upgrade(heard)
    if message.speaker.standing != "active" or message.speaker.role == "woman":
        _hear_stranger(heard, context)
        return heard
    if message.kind == "button":
        _press(heard, context)
    elif message.kind == "edited":
        _hear_danger_beside(heard, context)
        heard.remarks.append(
            T("看到您改了前面那条消息。已经记下的不会跟着变，要改请直接告诉我，比如“不是9月3号，是8月3号”。")
        )
    elif message.kind in ("other", "contact"):
        _hear_danger_beside(heard, context)
        heard.remarks.append(T("图片、语音和表情我还看不懂，请用文字告诉我。"))
    else:
        _read(heard, context, normalise(message.text))
    _note(heard, message)
    return heard


def _hear_stranger(heard: Heard, context: Context) -> None:
    """Somebody without an office (yet): she may join, and is warned of danger signs, nothing else."""
    message, speaker = context.message, context.speaker
    text = normalise(message.text)
    if any(told := signs(text)):
        _raise_danger(heard, context, told)
    if speaker.role == "woman":
        _idle(
            heard,
            T("您好，您的话我收到了。有事请找村里联系您的同事；身体不舒服，请马上去医院或拨打120。"),
        )
    elif speaker.standing == "pending":
        _idle(heard, T("您的加入申请已经交上去了，等上级确认后我会马上告诉您。"))
    elif speaker.standing == "revoked" and not _comes_back(heard, text):
        _idle(heard, T("您的账号已经停用。要恢复，请联系上级孕管办。"))
    elif (talk := heard.state.talk) is None and heard.replies:
        heard.action = "idle"
    elif talk is None:
        digits = "".join(ch for ch in text if ch.isdigit())
        heard.state.talk = new_talk(FLOWS["joining"], context, {"code": digits} if len(digits) == 8 else {})
    elif message.kind == "button":
        _press(heard, context)
    elif message.kind == "contact" and message.phone:
        talk.answers["phone"] = message.phone
    elif message.kind != "text":
        heard.remarks.append(T("图片、语音和表情我还看不懂，请用文字告诉我。"))
    elif not heard.replies:
        _read(heard, context, text)


def _comes_back(heard: Heard, text: str) -> bool:
    """Whether somebody whose office was taken uses a new code, or is at it. Her drafts went with the office."""
    talk = heard.state.talk
    if talk is not None and talk.flow == "joining":
        return True
    if sum(ch.isdigit() for ch in text) != 8:
        return False
    heard.state.talk, heard.state.waiting = None, []
    return True


def _idle(heard: Heard, text: Text) -> None:
    heard.action = "idle"
    if not heard.replies:
        heard.replies.append(Reply(text))


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
    told = signs(text)
    if not heard.replies and any(told) and not _of_the_dead(flow, step, talk, context, text):
        _raise_danger(heard, context, told)
        understood = understand_for(text, context)
        reported = understood.intent not in ("danger_sign", "none", "question") or bool(understood.more)
        if not reported and not (step and step.free):
            return
    text = text[:LONGEST]
    command = words.command(text)
    if talk is None or flow is None:
        start(heard, context, text, command)
    elif command is not None and pick(talk, text, step)[0]:
        answer(heard, context, talk, flow, step, text)
    elif command == "help":
        heard.remarks.append(help_text(flow, step))
    elif command == "cancel":
        heard.action = "cancel"
    elif command == "restart":
        _restart(heard, talk)
    elif command == "back":
        back(heard, talk, flow)
    elif talk.step == READING:
        at_reading(heard, context, talk, flow, text, command)
    elif command == "enough":
        enough(heard, talk, flow)
    elif command == "skip" and step is not None:
        skip(heard, talk, step)
    else:
        answer(heard, context, talk, flow, step, text)


def _restart(heard: Heard, talk: Talk) -> None:
    """重来: from the first question; a correction from the report as it was filed."""
    if talk.amends is not None:
        heard.state.talk = Talk(
            talk.id, "correct", FLOWS["correct"].version, talk.known_at,
            answers={"report_id": talk.amends["report_id"]}, turn=talk.turn, said=talk.said,
        )  # fmt: skip
    else:
        heard.state.talk = Talk(
            talk.id, talk.flow, talk.version, talk.known_at, turn=talk.turn, opened=True, said=talk.said,
            given=talk.given, answers={key: talk.answers[key] for key in talk.given if key in talk.answers},
        )  # fmt: skip
    heard.remarks.append(T("好，从头来。"))


def _of_the_dead(
    flow: Flow | None, step: Step | None, talk: Talk | None, context: Context, text: str
) -> bool:
    """Whether words that sound like danger tell how somebody died, and not of somebody else."""
    if flow is None or talk is None or flow.event is None or not EVENTS[flow.event].solemn:
        return False
    fields = understand_for(text, context).fields
    name = fields.get("woman_name") or fields.get("mother_name")
    if name and name != talk.answers.get(flow.subject):
        return False
    return flow.name in ("maternal_death", "woman_death") or step is None or step.free


def _hear_danger_beside(heard: Heard, context: Context) -> None:
    """Words that are no answer, changed afterwards or under a picture, may tell of danger all the same."""
    if any(told := signs(normalise(context.message.text))):
        _raise_danger(heard, context, told)


def _raise_danger(heard: Heard, context: Context, told: Signs) -> None:
    reply, alerts = danger_turn(told, context)
    heard.replies.append(reply)
    heard.effects.extend(alerts)


# ── buttons ─────────────────────────────────────────────────────────────────────────────────────────────


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
                begin(heard, context, [talk], parked=park(heard))
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
        heard.remarks.append(WHAT_TO_CHANGE)
    elif what == "cancel":
        heard.action = "cancel"
    elif what == "enough":
        enough(heard, talk, flow)
    elif what == "skip" and (step := flow.step(talk, talk.step)) is not None:
        skip(heard, talk, step)
    elif what.isdigit() and int(what) < len(talk.offered):
        choose(heard, context, talk, flow, talk.offered[int(what)][0])


# ── older sessions ──────────────────────────────────────────────────────────────────────────────────────


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
            takes = flow.takes | KEPT | set(talk.given)
            talk.answers = {
                key: value
                for key, value in talk.answers.items()
                if key in takes or key.startswith("children.")
            }
            talk.passed = [ALL_PASSED] if ALL_PASSED in talk.passed else []
            talk.step, talk.trail, talk.offered, talk.shown = None, [], [], {}
            talk.doubt, talk.before = None, None
            if talk is state.talk:
                heard.remarks.append(T("系统刚更新过，您说过的都还在，接着来。"))
