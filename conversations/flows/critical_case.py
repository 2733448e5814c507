"""危重或自动出院 (YZ 17, 18): where she is, in what state; or that she left the hospital against advice."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from conversations.engine.flow import Choice, Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.checks import not_in_future
from conversations.flows.filing import INSTITUTION, STAFF, filed, tell, told_besides
from conversations.flows.ongoing import AGAIN, PUERPERIUM, along, bind_ongoing
from conversations.flows.reading import read_back
from conversations.flows.told import parts, together
from conversations.flows.where import absorb, here, place_steps
from conversations.flows.who import WHO, who_steps, women_lookups
from conversations.message import Notice
from conversations.records import mask_name
from conversations.text import Refusal, T
from conversations.understanding.normalise import normalise

_bind = bind_ongoing(after=PUERPERIUM)


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    here(talk, context)
    return settled


_LEFT = re.compile(r"自动出院|自行出院|自己出院|强行出院|签字(?:要求)?出院|要求出院|不听劝|放弃治疗|出院了")
_CRITICAL = re.compile(
    r"危重|病危|重症|抢救|icu|切(?:除|了)子宫|子宫切除|昏迷|休克|危急|很危险", re.IGNORECASE
)


def _read_which(text: str, today: date) -> object:
    """Which of the two. A bare 是 or 对 is no answer to this: too much hangs on it."""
    return True if _LEFT.search(text) else False if _CRITICAL.search(text) else None


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """Who left is somewhere else now: the place is that of the hospital she left."""
    fields, refusal = absorb(fields, talk, context)
    if (
        talk.step is None
        and (which := _read_which(normalise(context.message.text), context.today)) is not None
    ):
        fields.setdefault("self_discharge", which)
    if fields.get("self_discharge") and fields.get("place_kind") == "home":
        del fields["place_kind"]
        fields.pop("place", None)
    if words := fields.pop("one_lost", None):
        name = str(fields.get("woman_name") or talk.answers.get("woman_name") or "")
        fields |= {"self_discharge": False, "finding": together(parts(words, name, context.today))}
    if talk.step is None and not fields.get("self_discharge") and not talk.has("finding"):
        name = str(fields.get("woman_name") or talk.answers.get("woman_name") or "")
        told = [part for part in parts(context.message.text, name, context.today) if "反馈" not in part]
        ill = [_CONDITION.search(part) is not None for part in told]
        if True in ill:
            fields.setdefault("finding", together(told[ill.index(True) :]))
        if context.speaker.role == "institution" and "反馈" in context.message.text:
            talk.answers["answers_referral"] = True
    return fields, refusal


_CONDITION = re.compile(
    r"子痫|出血|栓塞|昏迷|休克|心衰|衰竭|破裂|早剥|血压|抽搐|感染|脂肪肝|hellp|dic|败血|切[除了]",
    re.IGNORECASE,
)


def _feedback_next(result: Result, talk: Talk, context: Context) -> Result:
    """转诊反馈：昨天子痫，在ICU: it answers the referral too."""
    if talk.amends is not None or not talk.answers.get("answers_referral"):
        return result
    return told_besides(result, "referral", talk, context, "date", "finding", feedback=True, received=True)


def _left(talk: Talk) -> bool:
    return talk.answers.get("self_discharge") is True


def _finish(talk: Talk, context: Context) -> Result:
    if _left(talk):
        said = T("报好了，已经送往县里，也告诉{township}了。请尽快去看看她，劝她回医院；有不舒服马上打120。")
    else:
        said = T("报好了，已经送往县里，也告诉{township}了。请跟家里人保持联系，有变化马上告诉我。")
    result = filed("critical_case", talk, context, pregnancy=False, said=said)
    report = result.reports[0]
    who, village = mask_name(str(report.body["woman_name"])), report.body["village"]
    text = (
        T("{village}的{who}自动出院了，请马上跟进。", village=village, who=who)
        if _left(talk)
        else T("{village}的{who}病情危重，请马上跟进。", village=village, who=who)
    )
    told: tuple[Notice, ...] = tell({"township": text}, report, talk, context, changing=("self_discharge",))
    if talk.amends is None and context.speaker.role != "coordinator":
        told = (*told, Notice(text, role="coordinator", place_id=report.village_id, kind="urgent"))
    result = Result(result.replies, result.reports, (*result.effects, *told), result.then)
    return _feedback_next(along(result, talk, context), talk, context)


FLOW = Flow(
    "critical_case",
    version=1,
    title=T("危重或自动出院"),
    intent="critical_case",
    words=("/critical",),
    event="critical_case",
    roles=STAFF | INSTITUTION,
    example=T("· 李梅昨晚进了县医院重症监护 / 李梅自动出院了"),
    opening=T("好，我们尽快把情况记下来。"),
    absorb=_absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    drops={"woman_name": WHO, "place_kind": ("institution", "place"), "self_discharge": ("finding",)},
    checks=(not_in_future("date"),),
    extra_fields=("answers_referral", "one_lost"),
    steps=(
        *who_steps("woman_name", T("是哪一位？")),
        Step(
            "self_discharge",
            T("是病情危重，还是自动出院？"),
            required=True,
            read=_read_which,
            choices=(
                Choice(False, T("病情危重"), ("危重", "病危", "重症", "在抢救")),
                Choice(True, T("自动出院"), ("自己出院", "签字出院", "出院了", "强行出院")),
            ),
        ),
        Step("date", T("是哪天的事？"), required=True, help=T("比如：今天、9月3号。")),
        AGAIN,
        *place_steps(T("人在哪里？")),
        Step(
            "finding",
            T("是什么情况？"),
            free=True,
            help=T("照您知道的说就行，比如：血压很高，在重症监护。"),
        ),
        ReadBack(read_back("critical_case")),
    ),
    finish=_finish,
)
