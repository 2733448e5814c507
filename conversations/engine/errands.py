"""Which errand a message is about: one begun, several, the one in hand, or one parked before."""

from __future__ import annotations

import re
from typing import Any

from conversations.engine import words
from conversations.engine.filling import as_fields, merge, offer_meanings, opened, readable
from conversations.engine.flow import Context, Flow, Step
from conversations.engine.heard import Heard, new_talk, understand_for
from conversations.engine.news import DEATHS, keeps_words, may_be_born, passes_on, told_anew
from conversations.engine.state import Talk
from conversations.flows import FLOWS, flow_for_intent, flow_for_words, flow_otherwise, flows_of, unclear
from conversations.flows.alerts import is_number
from conversations.flows.roster_query import follows, is_plain, is_question
from conversations.flows.today import BARE, wants_list
from conversations.flows.who import WOMAN
from conversations.message import Refused, Reply
from conversations.records import flatten, mask_name
from conversations.text import ROOM_OF_TWO, Ambiguous, Sayable, T, Text, how_many_fit, lines
from conversations.understanding import Understood
from conversations.understanding.likely import denied, likely, long_ago
from conversations.understanding.normalise import normalise

CHANGES = frozenset({"correct", "withdraw"})
"""Flows about earlier reports."""

_THANKS = re.compile(
    r"(?:好的?[,，]?)?(?:谢谢|多谢|感谢|辛苦|麻烦)(?:你|您|了|啦|哈|呀|啊|[!！。~,， ])*|thanks?(?: you)?|thx",
    re.I,
)
_NOTED = re.compile(
    r"(?:好的?|嗯+|哦+|噢+)?[,， ]*(?:收到|知道|晓得|明白|了解|记住|懂)了?(?:的|啦|哈)?|ok+|got it", re.I
)
_GREETING = re.compile(r"(?:您|你)?好+(?:呀|啊|吗)?|在(?:吗|不在|么)|有人吗|喂+|hi|hello", re.I)


def start(heard: Heard, context: Context, text: str, command: words.Command | None) -> None:
    """No errand in hand: what does she want?"""
    if heard.state.waiting and words.ON.fullmatch(text):
        return
    if command is None and begin(heard, context, _talks_in(heard, context, text)):
        return
    if not heard.replies and heard.quick is None and _otherwise(heard, context, text, command):
        return
    heard.action = "idle"
    if command is None and heard.quick is None and follows(text, heard.state.roster, context):
        heard.quick = new_talk(FLOWS["roster_query"], context, {"text": text})
    if is_number(text) and context.speaker.role in FLOWS["alert"].roles:
        heard.quick = new_talk(FLOWS["alert"], context, {})
    elif BARE.fullmatch(text.strip()) and context.speaker.role in FLOWS["today"].roles:
        heard.quick = new_talk(FLOWS["today"], context, {})
    if heard.replies or heard.quick is not None:
        return
    if command == "help":
        heard.replies.append(menu(context, T("您直接用平时的话告诉我就行，比如：")))
    elif command in ("yes", "no") or _THANKS.fullmatch(text):
        heard.replies.append(Reply(T("好的，有事随时跟我说。")))
    elif command is not None:
        heard.replies.append(Reply(T("现在没有没报完的内容。要报什么，直接说就行。")))
    elif (others := of_others(context, text)) is not None:
        heard.effects.append(Refused(others))
        heard.replies.append(Reply(words.not_yours(context.speaker.role)))
    elif context.speaker.role in _ABOVE and _OF_MANY.search(text.strip(" .。!！?？~")):
        heard.quick = new_talk(FLOWS["roster_query"], context, {"text": text})  # offers the nearest questions
    elif (code := words.CODE.fullmatch(text)) is not None:
        filed = code[1] == heard.state.filed
        heard.replies.append(
            Reply(T("这一份刚才已经报好了，不用再回。"))
            if filed
            else Reply(T("现在没有等您核对的，也没有重复报。"))
        )
    elif long_ago(text):
        heard.replies.append(Reply(T("好，知道了。从前的事不用报；她现在怀着的话，请提醒她产检时告诉医生。")))
    elif denied(text):
        heard.replies.append(Reply(T("好，知道了，现在不用报。有了消息再告诉我。")))
    elif not begin(heard, context, _guesses(context, text)):
        heard.replies.append(menu(context, T("这句我没看懂。您可以这样说：")))
    else:
        heard.action = "ask"


_ABOVE = frozenset({"township", "county"})
_OF_MANY = re.compile(r"^.{1,24}(?:的|哪些|有谁|是谁|几个|几位|多少|名单|名册)[吗呢啊呀]?$")
"""How an office asks of many: 双胞胎的, 没手机号的有哪些. It tells of them in sentences with a verb at the end."""
_OUTSIDE = frozenset({"woman", "unknown"})
"""Who has nothing that a colleague could be refused: T from one is no 退订."""


def of_others(context: Context, text: str) -> str | None:
    """The flow these words start for other roles than this one; None: they start none, or one of hers.

    A woman tells of herself in the words colleagues report in; only what is asked of the roster is not hers.
    """
    role, lowered = context.speaker.role, text.lower()
    for flow in FLOWS.values():
        if (
            role not in flow.roles
            and flow.roles - _OUTSIDE
            and (flow.hears(text, context) or (flow.words and lowered.startswith(flow.words)))
        ):
            return flow.name
    if role == "woman":
        return None
    intent = understand_for(text, context).intent
    meant = next((flow for flow in FLOWS.values() if flow.intent == intent), None)
    others = meant is not None and role not in meant.roles and meant.roles - _OUTSIDE
    return meant.name if meant is not None and others else None


def _guesses(context: Context, text: str) -> list[Talk]:
    """What words that were not understood may mean, to be chosen from; of what this role may tell."""
    speaker = context.speaker
    if understand_for(text, context).intent != "none":
        return []  # understood, and nothing this role tells
    among = frozenset(
        intent
        for intent in unclear.GUESSABLE
        if (flow := flow_for_intent(intent, speaker.role)) is not None and not flow.quick
    )
    meanings = likely(
        text,
        today=context.today,
        speaker=speaker.role,
        among=among,
        villages=tuple(village.name for village in speaker.villages),
    )
    return [_unclear(context, unclear.guess(meanings), 0)] if meanings else []


def _otherwise(heard: Heard, context: Context, text: str, command: words.Command | None) -> bool:
    """Whether it is for the flow of this role that answers the rest. Who has something to say here besides is
    greeted and thanked, and shown what that is."""
    if any(flow.example for flow in flows_of(context.speaker.role)):
        bare = text.strip(" .。,，!！?？~")
        if command is not None or _THANKS.fullmatch(text) or flow_otherwise(context.speaker.role) is None:
            return False
        if _GREETING.fullmatch(bare) or _NOTED.fullmatch(bare):
            greeted = T("您好。有想问的直接说，我转给村里的同事；身体不舒服请马上去医院或打120。")
            heard.replies.append(Reply(greeted if _GREETING.fullmatch(bare) else T("好的，有事随时跟我说。")))
            heard.action = "idle"
            return True
    return otherwise(heard, context)


def otherwise(heard: Heard, context: Context) -> bool:
    """Answer it by the flow that answers the rest, if this role has one."""
    flow = flow_otherwise(context.speaker.role)
    if flow is None:
        return False
    if context.message.kind == "text" and (others := of_others(context, normalise(context.message.text))):
        heard.effects.append(Refused(others))  # the answer is the one everybody gets
    talk = new_talk(flow, context, {})
    if flow.quick:
        heard.quick, heard.action = talk, "idle"
        return True
    return begin(heard, context, [talk], parked=park(heard))


def _talks_in(heard: Heard, context: Context, text: str) -> list[Talk]:
    """The errands a message starts: one, or several when it tells of several women or events."""
    role = context.speaker.role
    flow = flow_for_words(text, context)
    if flow is not None:
        talk = _started(heard, context, flow, text)
        if flow.quick:
            heard.quick = talk
            return []
        return [talk]
    understood = understand_for(text, context)
    doubt = _which_intent(understood, role)
    talks: list[Talk] = []
    told = [
        (understood.intent, understood.fields),
        *((event.intent, event.fields) for event in understood.more),
    ]
    for number, (intent, fields) in enumerate(told):
        if doubt is not None and intent in doubt:
            answers = {"told": dict(fields), "meanings": doubt}
            talks.append(_unclear(context, answers, number))
            doubt = None
            continue
        flow = flow_for_intent(intent, role)
        if flow is None:
            continue
        if flow.quick:
            heard.quick = heard.quick or _started(heard, context, flow, text, number)
            continue
        talk = new_talk(flow, context, {}, number)
        refusal = merge(talk, flow, context, flatten(fields))
        if refusal is not None:
            heard.remarks.append(refusal.text)
        talks.append(talk)
    if doubt is not None and not talks:
        talks.append(_unclear(context, {"told": {}, "meanings": doubt}, 0))
    if talks:
        _hear_doubts(heard, talks[0], FLOWS[talks[0].flow], understood)
    return talks


def _started(heard: Heard, context: Context, flow: Flow, text: str, number: int = 0) -> Talk:
    """The errand that these words start, with what they tell of it besides, as far as that can be."""
    told, refusal = opened(flow, context, text)
    if refusal is not None:
        heard.remarks.append(refusal.text)
    return new_talk(flow, context, told, number)


def _unclear(context: Context, answers: dict[str, Any], number: int) -> Talk:
    talk = new_talk(FLOWS["unclear"], context, answers, number)
    talk.given = list(answers)
    return talk


def _which_intent(understood: Understood, role: str) -> list[str] | None:
    """The intents a message may mean, when it is not clear which and this role may tell of them."""
    for one in understood.ambiguities:
        if one.field == "intent":
            meant = [str(value) for value, _ in one.options if flow_for_intent(str(value), role) is not None]
            if len(meant) > 1:
                return meant
    return None


def begin(heard: Heard, context: Context, talks: list[Talk], *, parked: bool = False) -> bool:
    """Take up the first of these errands, the others after it. One that was put aside before goes on where it
    stood. `parked`: another one was left for them."""
    if not talks:
        return False
    left = heard.state.waiting[0] if parked and heard.state.waiting else None
    first, *rest = [taken_up(talk, heard.state.waiting) for talk in talks]
    heard.state.talk = first
    heard.state.waiting = [*rest, *heard.state.waiting]
    who = first.answers.get(FLOWS[first.flow].subject)
    shown = mask_name(str(who)) if context.masked and who else who
    if parked:
        same = left not in (None, first) and left.answers.get(FLOWS[left.flow].subject) == who
        heard.remarks.append(
            T("好，先说{who}，刚才那份我给您留着。", who=shown)
            if shown and not same
            else T("好，先说这个，刚才那份我给您留着。")
        )
    elif rest and shown:
        heard.remarks.append(T("记下了，一共{count}份，先报{who}这份：", count=len(talks), who=shown))
    return True


def taken_up(talk: Talk, waiting: list[Talk]) -> Talk:
    """This errand, or the one that waits and is the same, with what is now told too."""
    parked = next((one for one in waiting if _same_errand(one, talk)), None)
    if parked is None:
        return talk
    waiting.remove(parked)
    parked.answers = {**parked.answers, **talk.answers}
    return parked


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
    takes = flow.takes
    for one in understood.ambiguities:
        name = flow.aliases.get(one.field, one.field)
        if name in takes and name != "intent" and not talk.has(name):
            offer_meanings(talk, Ambiguous(name, one.options))
            return


# ── leaving the errand in hand ──────────────────────────────────────────────────────────────────────────


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
    """Whether the message tells of something else; then the errand in hand is parked and that one begun."""
    role = context.speaker.role
    named = flow_for_words(text, context)
    answers = step is not None and readable(direct) and not any(sign.isdigit() for sign in text)
    if named is not None and named.quick and (passes_on(flow, step) or (answers and not wants_list(text))):
        return False  # 还没做 to a question is its answer, and no word on a task
    if named is not None and named.quick:
        heard.quick = _started(heard, context, named, text)
        return True
    if named is flow and (readable(direct) or named.hears(text, context)):
        named = None  # more of the same, not another one
    if named is not None and step is not None and step.free:
        named = None  # her own words for a cause or a reason
    other = named or flow_for_intent(understood.intent, role)
    if other is None and understood.intent == "danger_sign":  # heard already; what it led to is told too
        other = next((found for one in understood.more if (found := flow_for_intent(one.intent, role))), None)
    if other is None:
        return False
    name = understood.fields.get("woman_name") or understood.fields.get("mother_name")
    mine = talk.answers.get(flow.subject)
    # 王芳怀孕28岁,刘小燕怀孕20周: what is told of another woman must not be taken for this one
    names = {name, *(e.fields.get("woman_name") or e.fields.get("mother_name") for e in understood.more)}
    someone_else = bool(mine and names - {None, mine})
    if named is None and other.name == "roster_query" and not (understood.switching or is_plain(text)):
        return False  # 红色, 12月: an answer, and no question while one is asked
    if named is None and not understood.switching and not someone_else:
        anew = _told_anew(context, talk, flow, step, understood, direct, text)
        if other is flow or other.name in CHANGES:  # 错了, 报错了: about the report in hand
            _take_besides(heard, context, talk, flow, anew, text)
            return False
        if other.event is not None and not anew:
            if flow.name == "woman_death" and other.name == "maternal_death":
                merge(talk, flow, context, {"pregnant_or_postpartum": True})
            if step is not None and step.id == "mother_state" and other.name == "critical_case":
                _take_besides(heard, context, talk, flow, frozenset({other.name}), text)
            return False
        asked = other.name == "roster_query" and step is not None and not passes_on(flow, step)
        if other.event is None and readable(direct) and not (asked and is_question(text, context)):
            return False  # what is all a question is nobody's cause, place or name
        if flow.name == "critical_case" and anew and not anew & {*DEATHS, "child_death"} and not name:
            _take_besides(heard, context, talk, flow, anew, text)  # 剖宫产后大出血: she comes first
            return False
        if flow.intent in (_which_intent(understood, role) or ()):
            return False
        if flow.name in ("woman_death", "maternal_death") and not anew and not asked:
            return False  # nothing else happens to her after that
    talks = _talks_in(heard, context, text)
    if not talks:
        return heard.quick is not None
    if keeps_words(step, understood.fields) and isinstance(direct, str):
        merge(talk, flow, context, as_fields(step, direct), override=True, own=True)
    if may_be_born(flow, talks[0].flow, text):
        meant = {"told": dict(understood.fields), "meanings": ["child_death", "pregnancy_loss"]}
        talks[0] = _unclear(context, meant, 0)
    if not name and not understood.switching and flow.event:
        _carry_woman(talk, flow, talks[0])
    return begin(heard, context, talks, parked=park(heard))


def _told_anew(
    context: Context,
    talk: Talk,
    flow: Flow,
    step: Step | None,
    understood: Understood,
    direct: Any,
    text: str,
) -> frozenset[str]:
    """Names of the flows whose events the message tells besides what was asked (engine/news.py)."""
    found: set[str] = set()
    for intent, fields in (
        (understood.intent, understood.fields),
        *((event.intent, event.fields) for event in understood.more),
    ):
        other = flow_for_intent(intent, context.speaker.role)
        if other is None or other is flow or other.event is None:
            continue
        if told_anew(flow, talk, step, other.name, fields, direct, text, understood):
            found.add(other.name)
    return frozenset(found)


def _take_besides(
    heard: Heard, context: Context, talk: Talk, flow: Flow, anew: frozenset[str], text: str
) -> None:
    """评了橙色，孩子没保住, where the grade is in hand: the loss is the next errand."""
    if not anew:
        return
    told = [one for one in _talks_in(heard, context, text) if one.flow in {*anew, "unclear"}]
    for one in told:
        if flow.event and not one.answers.get(FLOWS[one.flow].subject):
            _carry_woman(talk, flow, one)
    heard.state.waiting = [*(taken_up(one, heard.state.waiting) for one in told), *heard.state.waiting]
    for one in told:
        heard.remarks.append(T("“{title}”也听到了，这份报完就接着报。", title=FLOWS[one.flow].title))


def _carry_woman(talk: Talk, flow: Flow, to: Talk) -> None:
    """生了, said in mid-report: it is the same woman."""
    if not (who := talk.answers.get(flow.subject)):
        return
    if to.flow == "unclear":
        to.answers["told"] = {"woman_name": who, **to.answers["told"]}
    elif FLOWS[to.flow].event:
        to.answers.setdefault(FLOWS[to.flow].subject, who)
        for name in WOMAN:
            if talk.told(name):
                to.answers.setdefault(name, talk.answers[name])


def park(heard: Heard) -> bool:
    """Put the errand in hand aside, to be offered again; nothing said is lost. False: there was none."""
    talk, heard.state.talk = heard.state.talk, None
    if talk is None or unclear.is_guess(talk):  # what it was, she has said by now
        return False
    heard.state.waiting.insert(0, talk)
    return True


# ── help ────────────────────────────────────────────────────────────────────────────────────────────────


def help_text(flow: Flow, step: Step | None) -> Sayable:
    """What 帮助 says in the middle of an errand."""
    return lines(
        step.help if step is not None and step.help else None,
        T(
            "现在在报“{title}”。随时可以说：返回（上一步）、跳过（不知道的）、就这些（直接核对）、重来、取消。",
            title=flow.title,
        )
        if flow.event
        else T("随时可以说：返回（上一步）、重来、取消。"),
    )


_OFFICE_WORK = ("roster_query", "verify", "urging", "assign", "announce", "monthly", "papers")
"""What offices above say most, in the order they are shown."""
_REPORTS = 2
"""Reports they are shown: mostly they are told of them."""


def _shown_to(role: str) -> list[Text]:
    """Examples of what this role can say, those it needs most first."""
    flows = [flow for flow in flows_of(role) if flow.example]
    if role in _ABOVE:
        work = [flow for flow in flows if flow.event is None]
        work.sort(key=lambda flow: (*_OFFICE_WORK, flow.name).index(flow.name))
        flows = [*work, *[flow for flow in flows if flow.event is not None][:_REPORTS]]
    return [flow.example for flow in flows if flow.example]


def menu(context: Context, opening: Text) -> Reply:
    """What somebody of this role can say, by example."""
    examples = _shown_to(context.speaker.role)
    if not examples:
        return Reply(T("您好。您这边暂时还不能在这里上报，有事请先打{county}的电话。"))
    if context.message.channel.trust != "low":
        return Reply(lines(opening, *examples))
    more = T("别的也直接说，比如“生了”“产检了”“名单”。")
    shown = examples[: how_many_fit(opening, examples, more, ROOM_OF_TWO, context.today)]
    return Reply(lines(opening, *shown, more if len(shown) < len(examples) else None))
