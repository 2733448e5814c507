"""Which errand a message is about: one begun, several, the one in hand, or one parked before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conversations.engine import words
from conversations.engine.filling import merge, offer_meanings, readable
from conversations.engine.flow import Context, Flow, Step
from conversations.engine.heard import Heard, new_talk, understand_for
from conversations.engine.state import Talk
from conversations.flows import FLOWS, flow_for_intent, flow_for_words, flows_of
from conversations.message import Button, Reply
from conversations.records import flatten
from conversations.text import Ambiguous, Sayable, T, Text, lines
from conversations.understanding import Understood


def start(heard: Heard, context: Context, text: str, command: words.Command | None) -> None:
    """No errand in hand: what does she want?"""
    role = context.speaker.role
    if command == "help":
        heard.action = "idle"
        heard.replies.append(menu(context, T("您直接用平时的话告诉我就行，比如：")))
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
    heard.replies.append(menu(context, T("这句我没看懂。您可以这样说：")))


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
        return [new_talk(flow, context, flow.read_words(text, context))]
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
        talk = new_talk(flow, context, {}, number)
        refusal = merge(talk, flow, context, flatten(fields))
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
            offer_meanings(talk, Ambiguous(name, one.options))
            return


def park(heard: Heard) -> None:
    """Put the errand in hand aside, to be offered again; nothing said is lost."""
    talk = heard.state.talk
    if talk is None:
        return
    heard.state.talk = None
    if talk.begun or talk.answers:
        heard.state.waiting.insert(0, talk)
        heard.remarks.append(T("好，先说这个，刚才那份我给您留着。"))


def switches(
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
        heard.quick = new_talk(named, context, {})
        return True
    other = named or flow_for_intent(understood.intent, role)
    if other is None or (named is None and other.event is None):
        return False  # 错了, 报错了: about the report in hand, whatever is meant
    if other.quick:
        heard.quick = new_talk(other, context, {})
        return True
    if named is None and not understood.switching:
        name = understood.fields.get("woman_name") or understood.fields.get("mother_name")
        mine = talk.answers.get("woman_name") or talk.answers.get("mother_name")
        someone_else = bool(name and mine and name != mine)
        if other.name == flow.name and not someone_else:
            return False
        if not someone_else and (name or readable(direct) or (step is not None and step.free)):
            # an answer that only sounds like an event ("生过一个"), or more about the same woman
            if not (
                name is None and other.name != flow.name and not readable(direct) and step and not step.free
            ):
                return False
    talks = _talks_in(heard, context, text)
    if not talks:
        return False
    park(heard)
    return _begin(heard, talks)


def help_text(talk: Talk, flow: Flow, step: Step | None) -> Sayable:
    return lines(
        step.help if step is not None and step.help else None,
        T(
            "现在在报“{title}”。随时可以说：返回（上一步）、跳过（不知道的）、就这些（直接核对）、重来、取消。",
            title=flow.title,
        ),
    )


def menu(context: Context, opening: Text) -> Reply:
    examples = [flow.example for flow in flows_of(context.speaker.role) if flow.example]
    return Reply(lines(opening, *examples))
