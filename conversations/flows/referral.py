"""转诊和反馈: she is sent on to a better place; what became of her there (XF 四(二)4).

One flow for both: 反馈 or 接诊 in the words, or an institution saying that it received her, makes it feedback.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from conversations.engine.flow import Choice, Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.antenatal_visit import appointment
from conversations.flows.checks import not_in_future
from conversations.flows.filing import INSTITUTION, STAFF, filed, told_besides
from conversations.flows.ongoing import AGAIN, PUERPERIUM, along, belongs, bind_ongoing
from conversations.flows.reading import read_back
from conversations.flows.risk import colours_said
from conversations.flows.told import parts, together
from conversations.flows.where import absorb
from conversations.flows.who import WHO, who_steps, women_lookups
from conversations.message import Notice
from conversations.records import mask_name
from conversations.text import Refusal, T
from conversations.understanding.normalise import normalise

ASSESSED_WITHIN = timedelta(days=14)
"""A positive screening is assessed at level 2 or above (XF 四(二)4)."""

_bind = bind_ongoing(after=PUERPERIUM)

_FEEDBACK = re.compile(r"反馈|(?:已经?|没|未)?接诊|回来了|看过了|没去成|没有去(?!过)|(?:已经?)?收治")
_ARRIVED = re.compile(r"(?:已经?)?接诊了?|收治|到了|看过了|去了")
_HOSPITAL = re.compile(r"[院所室站]|妇幼|中心|县里|市里|省里|县上")
_NOT_ARRIVED = re.compile(r"(?:没|未)(?:有)?(?:去|到|接诊|来)")


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    if context.speaker.role == "coordinator":
        talk.draw("feedback", False)
    if context.speaker.role == "institution" and talk.amends is None:
        ours = "to_place" if talk.answers.get("feedback") else "from_place"
        other = "from_place" if ours == "to_place" else "to_place"
        if talk.has("feedback"):
            talk.draw(other, None)
            talk.draw(ours, context.speaker.place_name)
    if talk.answers.get("feedback") and talk.told("reason") and not talk.has("finding"):
        talk.answers["finding"] = talk.answers.pop("reason")  # 筛查阳性, said before it was clear which
    return settled


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """反馈, 接诊: what came of it, not a new one. Once it is clear which, words of the answers change it no more."""
    fields, refusal = absorb(fields, talk, context)
    text = normalise(context.message.text)
    if not talk.told("feedback") and talk.step is None and _FEEDBACK.search(text):
        fields.setdefault("feedback", True)
        if _NOT_ARRIVED.search(text):
            fields.setdefault("received", False)
        elif _ARRIVED.search(text):
            fields.setdefault("received", True)
        if fields.get("received") is not False:
            _told_there(fields, talk, context)
    if "to_place" in fields and not _HOSPITAL.search(str(fields["to_place"])) and talk.step != "to_place":
        del fields["to_place"]
    return fields, refusal


_GRADED = re.compile(r"[评定标][了为成]?(?:[绿黄橙红紫]|高危)|评估|[绿黄橙红紫]色")
_NO_FINDING = re.compile(r"转诊|反馈|^(?:已经?)?(?:接诊|收治|回来|看过|去过?|到)(?:了|过)?$|已接诊")
_HAS_FINDING = re.compile(r"[\u4e00-\u9fff]{2}|icu|hellp", re.I)


def _told_there(fields: dict[str, Any], talk: Talk, context: Context) -> None:
    """接诊，评估橙色，住院观察: what was found, and the grade, which is a report of its own."""
    name = str(fields.get("woman_name") or talk.answers.get("woman_name") or "")
    told = parts(context.message.text, name, context.today)
    graded = [part for part in told if _GRADED.search(part)]
    found = [
        part
        for part in told
        if part not in graded and not _NO_FINDING.search(part) and _HAS_FINDING.search(part)
    ]
    if context.speaker.role == "institution" and graded and (colours := colours_said(" ".join(graded))):
        talk.answers["graded"] = colours
    if found and "finding" not in fields and context.speaker.role == "institution":
        fields["finding"] = together(found)
    elif talk.has("graded"):
        talk.passed.append("finding")


def _grade_next(result: Result, talk: Talk, context: Context) -> Result:
    """The grade that came with the feedback, to be read back next."""
    if talk.amends is not None or not (graded := talk.answers.get("graded")):
        return result
    return told_besides(result, "risk_grade", talk, context, "date", **graded)


def _is_feedback(talk: Talk) -> bool:
    return talk.answers.get("feedback") is True


def _is_referral(talk: Talk) -> bool:
    return talk.answers.get("feedback") is False


def _finish(talk: Talk, context: Context) -> Result:
    answers = talk.answers
    if not _is_feedback(talk):
        due = talk.day("date")
        said = (
            T("报好了，已经送往县里。请提醒她带好手册尽快去，{due}前要有结果；去了没有，到时告诉我一声。",
              due=due + ASSESSED_WITHIN)
            if due is not None
            else T("报好了，已经送往县里。请提醒她带好手册尽快去。")
        )  # fmt: skip
    elif answers.get("received") is False:
        said = T("报好了，已经送往县里。她还没去，请再劝一劝，有难处跟{township}说。")
    else:
        said = T("报好了，已经送往县里。谢谢您把结果告诉我。")
    known = belongs(talk)
    result = filed("referral", talk, context, pregnancy=known, said=said)
    report = result.reports[0]
    if talk.amends is None and context.speaker.role in ("institution", "county"):
        text = (
            T("{village}的{who}有转诊反馈了，请跟进。", village=report.body["village"], who=_who(report.body))
            if _is_feedback(talk)
            else T(
                "{village}的{who}要转诊，请督促她尽快去。",
                village=report.body["village"],
                who=_who(report.body),
            )
        )
        told = tuple(
            Notice(text, role=role, place_id=report.village_id) for role in ("township", "coordinator")
        )
        result = Result(result.replies, result.reports, (*result.effects, *told), result.then)
    return _grade_next(along(result, talk, context), talk, context)


def _who(body: Any) -> str:
    return mask_name(str(body["woman_name"]))


FLOW = Flow(
    "referral",
    version=1,
    title=T("转诊"),
    intent="referral",
    words=("/referral",),
    event="referral",
    roles=STAFF | INSTITUTION,
    example=T("· 李梅今天转到县妇幼，血压高 / 李梅转诊反馈"),
    absorb=_absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    drops={"woman_name": WHO, "received": ("finding",)},
    extra_fields=("graded",),
    checks=(not_in_future("date"), appointment),
    steps=(
        *who_steps("woman_name", T("是哪一位？"), offer_pregnancy=True),
        Step(
            "feedback",
            T("是要转出去，还是转诊有结果了？"),
            required=True,
            choices=(
                Choice(False, T("要转出去"), ("转出去", "转出", "转诊", "转走", "转上去")),
                Choice(True, T("转诊有结果了"), ("有结果了", "反馈", "接诊反馈", "接诊", "结果", "有结果")),
            ),
        ),
        Step("date", T("是哪天的事？"), required=True, help=T("比如：今天、9月3号。")),
        AGAIN,
        Step(
            "to_place",
            T("转到哪家医院？"),
            free=True,
            when=_is_referral,
            help=T("比如：县妇幼、市医院。"),
        ),
        Step(
            "reason",
            T("为什么要转？"),
            free=True,
            when=_is_referral,
            help=T("照医生说的讲就行，比如：血压高，要进一步检查。"),
        ),
        Step(
            "from_place",
            T("从哪里转的？"),
            free=True,
            when=lambda talk: _is_referral(talk) and (talk.has("from_place") or "from_place" in talk.hers),
        ),
        Step(
            "received",
            T("她去了没有？"),
            when=_is_feedback,
            choices=(
                Choice(True, T("去了"), ("到了", "已经去了", "接诊了", "去过了", "看过了")),
                Choice(False, T("没去"), ("没有去", "还没去", "没到", "没有", "没去成", "还没")),
            ),
        ),
        Step(
            "finding",
            T("那边怎么说？"),
            free=True,
            when=lambda talk: _is_feedback(talk) and talk.answers.get("received") is not False,
            help=T("照医生说的讲就行，比如：住院观察，血压降下来了。"),
        ),
        Step(
            "next_appointment",
            T("约了下次哪天去？"),
            when=lambda talk: _is_feedback(talk) and talk.answers.get("received") is not False,
            help=T("比如：12月20号、下个月5号。"),
        ),
        ReadBack(
            read_back(
                "referral",
                labels={
                    "from_place": T("从哪里转"),
                    "to_place": T("转到哪里"),
                    "finding": T("那边怎么说"),
                },
            )
        ),
    ),
    finish=_finish,
)
