"""催办: the duties that run, the most pressing first; and a colleague's word on one of them.

Whoever stands above an owner may send her a friendly word; whoever the duty is owed to may say that she has it; where
the rule asks for a telephone call as well (YZ 十九), that it was made.
"""

from __future__ import annotations

from conversations.care.clocks import may_acknowledge, tells_colour, title
from conversations.care.programme import programme
from conversations.engine.flow import Choice, Context, Ended, Flow, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import ClockFact, ClocksRunning, Lookup
from conversations.flows.filing import INSTITUTION, STAFF
from conversations.flows.overdue import OFFICES, moment, warning_text
from conversations.message import ClockWord, Notice, Reply, Role, Speaker
from conversations.records import mask_name
from conversations.text import Sayable, T, lines

SHOWN = 6
ABOVE: dict[str, frozenset[str]] = {
    "township": frozenset({"coordinator"}),
    "county": frozenset({"coordinator", "township", "institution"}),
}
"""Whose duties somebody may send a word about."""


def _lookup(speaker: Speaker) -> ClocksRunning:
    villages = tuple(village.id for village in speaker.villages)
    return ClocksRunning(speaker.role, speaker.place_id or "", villages)


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (_lookup(speaker),)


def _running(context: Context) -> tuple[ClockFact, ...]:
    found: tuple[ClockFact, ...] = context.facts[_lookup(context.speaker)]
    return found[:SHOWN]


def _named(context: Context) -> bool:
    """Whether a colour may be named here: to officers, on a channel that carries diagnoses."""
    return context.speaker.role != "coordinator" and context.message.channel.names_diagnoses


def _line(fact: ClockFact, context: Context) -> Sayable:
    """One duty: where, of whom, what, until when. Where its name may not be told its time would tell it."""
    named = _named(context)
    who = fact.woman_name if _named(context) or not context.masked else mask_name(fact.woman_name)
    what = title(fact.running, named=named)
    if fact.woman_id and fact.hospital and context.speaker.role != "institution":
        what = T("{what}（{hospital}）", what=what, hospital=fact.hospital)
    values = {"place": fact.place_name, "who": who, "what": what}
    if tells_colour(fact.running) and not named:
        return T("{place}{who}：{what}").with_values(**values)
    due = moment(fact.running.due)
    if context.now >= fact.running.due:
        return T("{place}{who}：{what}，原定{due}前").with_values(**values, due=due)
    return T("{place}{who}：{what}，{due}前").with_values(**values, due=due)


def _ask(talk: Talk, context: Context) -> Sayable:
    count = len(context.facts[_lookup(context.speaker)])
    if count > SHOWN:
        return T("在办的有{count}件，最急的是这些。要说哪一件？", count=count)
    return T("在办的有{count}件，急的在前。要说哪一件？", count=count)


def _which(talk: Talk, context: Context) -> tuple[Choice, ...]:
    shown = tuple(Choice(fact.id, T("{line}", line=_line(fact, context))) for fact in _running(context))
    return (*shown, Choice("none", T("只看看"), ("不说了", "没事", "看看", "好的", "好")))


def _chosen(talk: Talk, context: Context) -> ClockFact | None:
    clock_id = talk.answers.get("clock")
    found: tuple[ClockFact, ...] = context.facts[_lookup(context.speaker)]
    return next((fact for fact in found if fact.id == clock_id), None)


def _deeds(talk: Talk, context: Context) -> tuple[Choice, ...]:
    """What this colleague may do about it."""
    fact, role = _chosen(talk, context), context.speaker.role
    if fact is None:
        return ()
    running = fact.running
    deeds = []
    own = fact.woman_id is None and role == OFFICES.get(running.owner)
    if own:
        deeds.append(
            Choice("done", T("办好了"), ("录好了", "报上去了", "交了", "报好了", "完成了", "做完了"))
        )
    if OFFICES.get(running.owner) in ABOVE.get(role, ()):
        deeds.append(Choice("urge", T("提醒一下"), ("催一下", "催", "提醒")))
    if (
        not own
        and "acknowledged" in running.stops
        and may_acknowledge(programme(fact.programme), running, role)
    ):
        deeds.append(Choice("acknowledged", T("收到了"), ("收到", "已收到", "报来了")))
    if "phone_call" in running.stops:
        deeds.append(Choice("phone_call", T("电话报过了"), ("打过电话", "电话报了", "已电话报告")))
    return (*deeds, Choice("wait", T("先放着"), ("放着", "不用", "算了")))


def _settle(talk: Talk, context: Context) -> Settled:
    if not context.facts[_lookup(context.speaker)]:
        return Ended(T("眼下没有要催的，都办好了。"))
    chosen = talk.answers.get("clock")
    if chosen == "none":
        return Ended(T("好的。"))
    if chosen is not None and _chosen(talk, context) is None:
        return Ended(T("这一件刚刚办好了。"))
    if chosen is not None and len(_deeds(talk, context)) == 1:
        return Ended(T("这一件在您手上，办好报上来就行。有难处请告诉上级，一起想办法。"))
    return None


def _finish(talk: Talk, context: Context) -> Result:
    fact = _chosen(talk, context)
    assert fact is not None
    match talk.answers["deed"]:
        case "urge":
            role = OFFICES[fact.running.owner]
            place = fact.owner_place_id
            who = mask_name(fact.woman_name) if fact.woman_name else ""
            text = lines(
                warning_text(fact.running, who, fact.place_name),
                T("{office}请您看一下，有难处说一声。", office=context.speaker.place_name),
            )
            return Result((Reply(T("好，已经提醒了。")),), effects=(_to_owner(text, role, place, fact),))
        case "acknowledged" | "phone_call" | "done" as word:
            return Result((Reply(T("好，记下了。")),), effects=(ClockWord(fact.id, word),))
        case _:
            return Result((Reply(T("好的。")),))


def _to_owner(text: Sayable, role: Role, place: str, fact: ClockFact) -> Notice:
    return Notice(text, role=role, place_id=place, about=(fact.woman_id,) if fact.woman_id else ())


FLOW = Flow(
    "urging",
    version=1,
    title=T("催办"),
    words=("催办", "在办的", "哪些要催", "快到期", "what is due", "/due"),
    roles=STAFF | INSTITUTION,
    example=T("· 催办"),
    lookups=_lookups,
    settle=_settle,
    steps=(
        Step("clock", _ask, required=True, choices=_which),
        Step("deed", T("要怎么办？"), required=True, choices=_deeds),
    ),
    finish=_finish,
    shows_roster=True,
)
