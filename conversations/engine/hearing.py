"""Hearing: a message taken into the session as far as words alone go, before any fact is known."""

from __future__ import annotations

from datetime import datetime

from conversations.engine import words
from conversations.engine.answering import WHAT_TO_CHANGE, answer, at_reading, confirm
from conversations.engine.errands import begin, help_text, otherwise, park, start
from conversations.engine.filling import back, choose, enough, pick, skip
from conversations.engine.flow import ALL_PASSED, EXTRA, Context, Flow, Step
from conversations.engine.heard import READING, Heard, new_talk, understand_for
from conversations.engine.news import PLACES
from conversations.engine.passing import leave_villages, tell_passed_on
from conversations.engine.state import State, Talk
from conversations.flows import FLOWS, flow_for_words, flow_otherwise, flow_that_goes_first
from conversations.flows.danger import danger_told, danger_turn
from conversations.flows.quarterly_counts import only_counts
from conversations.flows.risk import permitted
from conversations.message import Message, Refused, Speaker
from conversations.records import EVENTS
from conversations.text import T
from conversations.understanding.danger import Signs
from conversations.understanding.normalise import LONGEST, normalise

KEPT = frozenset({"woman_id", "pregnancy_id", "village_id", "village_told", "child_id"})
"""Answers that are not fields and yet survive a new version of a flow."""


def hear(state: State, message: Message, now: datetime) -> Heard:
    """Take the message into the session, as far as words alone go."""
    heard = Heard(state)
    context = Context(message, now)
    _leave(heard, message.speaker, now)
    tell_passed_on(heard, message.speaker, masked=context.masked)
    leave_villages(heard, message.speaker)
    _upgrade(heard)
    if message.kind == "button":
        _press(heard, context)
    elif message.kind == "text" or _says_anew(heard, context):
        _read(heard, context, normalise(message.text))
    else:
        _hear_beside(heard, context)
    _recall(heard, context)
    _note(heard, message)
    return heard


def _leave(heard: Heard, speaker: Speaker, now: datetime) -> None:
    """Errands that are not hers any more went with her office; what nobody waits for any more is let go of."""
    state = heard.state

    def hers(talk: Talk) -> bool:
        flow = FLOWS.get(talk.flow)
        if flow is None:
            return True
        lapsed = flow.lapses is not None and now - datetime.fromisoformat(talk.known_at) > flow.lapses
        return speaker.role in flow.roles and not lapsed

    if state.talk is not None and not hers(state.talk):
        state.talk = None
    state.waiting = [talk for talk in state.waiting if hers(talk)]


def _says_anew(heard: Heard, context: Context) -> bool:
    """Whether words changed afterwards are new words, of somebody who reports nothing: with nothing in hand; and
    whatever is in hand, those that go before any question (我流产了, 退订)."""
    message, talk = context.message, heard.state.talk
    if message.kind != "edited" or flow_otherwise(context.speaker.role) is None:
        return False
    text = normalise(message.text)[:LONGEST]
    return talk is None or flow_that_goes_first(text, context, asked=talk.begun) is not None


def _recall(heard: Heard, context: Context) -> None:
    """On a family's phone: who was meant a moment ago is meant again. To a number: what was listed last. To a question to
    the roster: the one before, and whether she may see colours here."""
    for talk in (heard.state.talk, heard.quick):
        if talk is not None and heard.state.listed and "listed" in FLOWS[talk.flow].takes:
            talk.answers.setdefault("listed", heard.state.listed)
        if talk is not None and "roster" in FLOWS[talk.flow].takes:
            talk.answers.setdefault("roster", heard.state.roster)
            talk.answers["sees"] = permitted(context)
    remembered = heard.state.remembered(context.now)
    if context.speaker.role != "woman" or remembered not in context.speaker.women:
        return
    for talk in (heard.state.talk, heard.quick):
        if talk is not None:
            talk.answers.setdefault("woman_id", remembered)


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
    told = danger_told(text, context)
    dead_or_cared_for = any(told) and (
        _of_the_dead(flow, step, talk, context, text) or _in_hospital(flow, step, talk, context, text)
    )
    if not heard.replies and any(told) and not dead_or_cared_for:
        _raise_danger(heard, context, told)
        understood = understand_for(text, context)
        reported = understood.intent not in ("danger_sign", "none", "question") or bool(understood.more)
        if not reported and not (step and step.free) and flow_for_words(text, context) is None:
            return
    text = text[:LONGEST]
    first = flow_that_goes_first(text, context, asked=talk is not None and talk.begun)
    if first is not None:
        heard.quick = new_talk(first, context, {})
        if first.alone:
            heard.state.talk, heard.state.waiting = None, []
        return
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


def _in_hospital(
    flow: Flow | None, step: Step | None, talk: Talk | None, context: Context, text: str
) -> bool:
    """Whether a hospital tells of somebody in its care, in a report or in the words one asks for: it needs no
    ambulance, and its report tells whom it must. Danger told by itself is danger."""
    if context.speaker.role != "institution":
        return False
    if only_counts(text) is not None:
        return True  # 产后出血3例，子宫切除0: numbers of a quarter, and nothing else
    understood = understand_for(text, context)
    if any(intent in EVENTS for intent in (understood.intent, *(one.intent for one in understood.more))):
        return True
    if flow is None or flow.event is None or talk is None:
        return False
    name = understood.fields.get("woman_name") or understood.fields.get("mother_name")
    if name and name != talk.answers.get(flow.subject):
        return False
    words_of_it = step is not None and (step.free or step.read is not None) and step.id not in PLACES
    return flow.name == "critical_case" or words_of_it


def _of_the_dead(
    flow: Flow | None, step: Step | None, talk: Talk | None, context: Context, text: str
) -> bool:
    """Whether words that sound like danger tell how somebody died, and not of somebody else."""
    if flow is None or talk is None or flow.name not in ("maternal_death", "woman_death", "child_death"):
        return False
    fields = understand_for(text, context).fields
    name = fields.get("woman_name") or fields.get("mother_name")
    if name and name != talk.answers.get(flow.subject):
        return False
    return flow.name != "child_death" or step is None or (step.free and step.id not in PLACES)


def _hear_beside(heard: Heard, context: Context) -> None:
    """What is no answer: words changed afterwards, a picture, a shared contact. It may tell of danger all the same."""
    message, talk = context.message, heard.state.talk
    if any(told := danger_told(normalise(message.text), context)):
        _raise_danger(heard, context, told)
    own = [one for one in FLOWS[talk.flow].walk(talk) if one.own_phone] if talk is not None else []
    no_reporter = flow_otherwise(context.speaker.role) is not None
    if talk is None and no_reporter and (heard.replies or otherwise(heard, context)):
        return
    if message.kind == "contact" and message.phone and talk is not None and own:
        talk.answers[own[0].id] = message.phone
    elif message.kind == "edited":
        heard.remarks.append(
            T("看到您改了前面那条消息。已经记下的不会跟着变，要改请直接告诉我，比如“不是9月3号，是8月3号”。")
        )
    else:
        heard.remarks.append(T("图片、语音和表情我还看不懂，请用文字告诉我。"))


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
        if name == "on" and heard.state.talk is None and heard.state.waiting:
            return  # 接着报: what waits is taken up
        flow = FLOWS.get(name)
        if flow is not None and context.speaker.role not in flow.roles:
            heard.effects.append(Refused(flow.name))
        elif flow is not None:
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
    if talk is None and context.speaker.role == "unknown":
        otherwise(heard, context)
        return
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
                if key in takes or key.startswith(("children.", EXTRA))
            }
            talk.passed = [ALL_PASSED] if ALL_PASSED in talk.passed else []
            talk.step, talk.trail, talk.offered, talk.shown = None, [], [], {}
            talk.doubt, talk.before = None, None
            if talk is state.talk:
                heard.remarks.append(T("系统刚更新过，您说过的都还在，接着来。"))
