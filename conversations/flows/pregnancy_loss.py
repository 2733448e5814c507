"""妊娠结局: miscarriage, induced abortion, ectopic pregnancy, stillbirth from 28 weeks (RC 三(一)4)."""

from __future__ import annotations

from conversations.care.gestation import STILLBIRTH_WEEKS
from conversations.engine.flow import Choice, Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.checks import not_in_future
from conversations.flows.filing import INSTITUTION, STAFF, filed
from conversations.flows.reading import read_back
from conversations.flows.unclear import which_of_several
from conversations.flows.where import absorb, place_steps
from conversations.flows.who import AGAIN, WHO, again_settled, bind, weeks_at_end, who_steps, women_lookups
from conversations.text import T

_bind = bind(wants_open=True, ends=True)


def _settle(talk: Talk, context: Context) -> Settled:
    if talk.amends is None and talk.has("one_lost"):
        return which_of_several(talk)
    settled = _bind(talk, context) or again_settled(talk) or weeks_at_end(talk)
    if settled is not None or "gestational_weeks" not in talk.answers:
        return settled
    kind, late = talk.answers.get("loss_kind"), _late(talk)
    if kind == "miscarriage" and late:
        talk.answers["loss_kind"] = "stillbirth"
        return T("满28周了，按死胎死产来报。") if not context.masked else None
    if kind == "stillbirth" and not late:
        talk.answers["loss_kind"] = "miscarriage"
        return T("还不满28周，按自然流产来报。") if not context.masked else None
    return None


def _late(talk: Talk) -> bool:
    return int(talk.answers.get("gestational_weeks") or 0) >= STILLBIRTH_WEEKS


def _stillbirth(talk: Talk) -> bool:
    return talk.answers.get("loss_kind") == "stillbirth"


def _finish(talk: Talk, context: Context) -> Result:
    return filed(
        "pregnancy_loss",
        talk,
        context,
        pregnancy=True,
        said=T("报好了，已经送往县里。请您得空去看看她，身子和心里都要养一养。"),
    )


FLOW = Flow(
    "pregnancy_loss",
    version=1,
    title=T("流产、引产或死胎", sms=T("妊娠结局")),
    intent="pregnancy_loss",
    words=("/loss",),
    event="pregnancy_loss",
    roles=STAFF | INSTITUTION,
    example=T("· 李梅没保住，昨天流产了"),
    opening=T(
        "听到这个消息很难过，您也辛苦了。我们把情况记下来。", sms=T("听到这个消息很难过，您也辛苦了。")
    ),
    absorb=absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    late_code=True,
    drops={"woman_name": WHO, "place_kind": ("institution", "place")},
    checks=(not_in_future("date"),),
    extra_fields=("one_lost", "lost_when", "child_count"),
    steps=(
        *who_steps("woman_name", T("是哪一位？")),
        Step("date", T("是哪天的事？"), required=True, help=T("比如：昨天、9月3号。")),
        AGAIN,
        Step(
            "loss_kind",
            T("是哪种情况？"),
            choices=(
                Choice("miscarriage", T("自然流产"), ("流产", "没保住", "自己掉的", "胎停")),
                Choice("induced_abortion", T("人工流产或引产"), ("人流", "引产", "药流", "打掉了")),
                Choice("ectopic", T("宫外孕"), ("异位妊娠",)),
                Choice(
                    "stillbirth", T("死胎死产（满28周）", sms=T("死胎死产")), ("死胎", "死产", "胎死腹中")
                ),
            ),
        ),
        Step(
            "gestational_weeks",
            T("当时孕几周？"),
            fills=("gestational_weeks", "gestational_days"),
            help=T("比如：9周，或20周加3天。"),
        ),
        *place_steps(T("在哪里？")),
        Step(
            "sex",
            T("看得出是男是女吗？"),
            when=_stillbirth,
            choices=(Choice("male", T("男"), ("男孩", "男的")), Choice("female", T("女"), ("女孩", "女的"))),
        ),
        Step("birth_weight_g", T("称过体重吗，多重？"), when=_stillbirth, help=T("比如：4斤2两，或2100克。")),
        ReadBack(read_back("pregnancy_loss")),
    ),
    finish=_finish,
)
