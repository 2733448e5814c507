"""药具不良反应: what a woman suffers from a contraceptive, and since when (RC 三(一)3)."""

from __future__ import annotations

import re
from typing import Any

from conversations.engine.flow import Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.checks import not_in_future
from conversations.flows.filing import STAFF, filed
from conversations.flows.newcomers import SAME, settle_newcomer
from conversations.flows.reading import read_back
from conversations.flows.where import VILLAGE, absorb
from conversations.flows.who import WHO, women_lookups
from conversations.text import Refusal, T


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """What she suffers is told in the whole clause: 刘燕吃避孕药后头晕 -> 吃避孕药后头晕."""
    fields, refusal = absorb(fields, talk, context)
    if (part := fields.get("finding")) and talk.step is None:
        clauses = re.split(r"[,，。;；!！?？\n]", context.message.text)
        whole = next((clause for clause in clauses if part in clause), part).strip()
        told = whole.removeprefix(str(fields.get("woman_name") or ""))
        fields["finding"] = None if told.endswith(FLOW.title.id) else told
    return {key: value for key, value in fields.items() if value is not None}, refusal


def _settle(talk: Talk, context: Context) -> Settled:
    return settle_newcomer(talk, context)


def _finish(talk: Talk, context: Context) -> Result:
    return filed(
        "contraceptive_reaction",
        talk,
        context,
        pregnancy=False,
        said=T("报好了，已经送往县里。请劝她到镇卫生院看看，接下来怎么用听医生的。"),
    )


FLOW = Flow(
    "contraceptive_reaction",
    version=1,
    title=T("药具不良反应"),
    intent="contraceptive_reaction",
    words=("药具不良反应", "/reaction"),
    event="contraceptive_reaction",
    roles=STAFF,
    absorb=_absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    drops={"woman_name": WHO},
    checks=(not_in_future("date"),),
    extra_fields=("not_same",),
    steps=(
        Step("woman_name", T("是哪一位？"), required=True, help=T("说她的姓名就行，比如：李梅。")),
        SAME,
        VILLAGE,
        Step(
            "finding",
            T("用了什么，有什么反应？"),
            required=True,
            free=True,
            help=T("比如：放环后一直腰酸；吃避孕药恶心。"),
        ),
        Step("date", T("哪天开始的？"), help=T("比如：昨天、9月3号。")),
        ReadBack(read_back("contraceptive_reaction", labels={"date": T("开始的日期")})),
    ),
    finish=_finish,
)
