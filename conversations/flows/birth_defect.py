"""出生缺陷 (XF, RC): which child, what kind, when found."""

from __future__ import annotations

from conversations.engine.flow import Choice, Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.checks import in_order, not_in_future
from conversations.flows.child_death import NO_NAME, child_steps, settle_child
from conversations.flows.filing import STAFF, filed
from conversations.flows.reading import read_back
from conversations.flows.where import absorb
from conversations.flows.who import WHO, bind, who_steps, women_lookups
from conversations.text import T

_bind = bind("mother_name", wants_open=False, ends=False, alive=False)


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    settle_child(talk, context)
    return settled


def _finish(talk: Talk, context: Context) -> Result:
    return filed(
        "birth_defect",
        talk,
        context,
        pregnancy=False,
        said=T("报好了，已经送往县里。请告诉孩子家里：早点带孩子去县妇幼保健院看看，很多情况早治能治好。"),
    )


FLOW = Flow(
    "birth_defect",
    version=1,
    title=T("出生缺陷"),
    intent="birth_defect",
    words=("/defect",),
    event="birth_defect",
    roles=STAFF,
    subject="mother_name",
    aliases={"woman_name": "mother_name", "date": "found_date"},
    extra_fields=("child_id",),
    absorb=absorb,
    lookups=women_lookups("mother_name"),
    settle=_settle,
    drops={"mother_name": (*WHO, "children_found")},
    checks=(
        not_in_future("found_date", "birth_date"),
        in_order(
            "birth_date",
            "found_date",
            T("发现日期{later}早过出生日期{earlier}了，请再核对，比如：9月5号发现。"),
        ),
    ),
    steps=(
        *who_steps("mother_name", T("孩子的妈妈叫什么名字？")),
        *child_steps(),
        Step(
            "defect_kind",
            T("是什么情况？"),
            required=True,
            free=True,
            help=T("照医生说的写，比如：唇裂、先天性心脏病。"),
        ),
        Step("found_date", T("哪天发现的？"), reads="date", help=T("比如：昨天、9月5号。")),
        Step("birth_date", T("孩子是哪天出生的？"), reads="date", help=T("比如：9月1号。")),
        Step(
            "sex",
            T("是男孩还是女孩？"),
            choices=(
                Choice("male", T("男孩"), ("男", "儿子")),
                Choice("female", T("女孩"), ("女", "女儿")),
            ),
        ),
        Step("child_name", T("孩子叫什么名字？"), choices=(NO_NAME,), help=T("没起名就说“没起名”。")),
        ReadBack(read_back("birth_defect")),
    ),
    finish=_finish,
)
