"""失访: nobody can reach her. Township and county are told at once and help to trace her (YZ 第六条)."""

from __future__ import annotations

import re
from typing import Any

from conversations.engine.flow import Choice, Context, Flow, ReadBack, Result, Step
from conversations.engine.state import Talk
from conversations.flows.checks import not_in_future
from conversations.flows.filing import STAFF, filed, tell
from conversations.flows.ongoing import along
from conversations.flows.reading import read_back
from conversations.flows.told import parts, together
from conversations.flows.where import absorb
from conversations.flows.who import WHO, bind, who_steps, women_lookups
from conversations.records import mask_name
from conversations.text import Refusal, T


def _finish(talk: Talk, context: Context) -> Result:
    result = filed(
        "lost_contact",
        talk,
        context,
        pregnancy=False,
        said=T("报好了，已经请{township}和县里一起帮着找。您已经尽力了；一有她的消息，告诉我一声就好。"),
    )
    report = result.reports[0]
    text = T(
        "{village}报来：{who}联系不上了。请帮着找找，找到了告诉{coordinator_there}。",
        village=report.body["village"],
        who=mask_name(str(report.body["woman_name"])),
    )
    effects = (
        *result.effects,
        *tell(text, report, talk, context, changing=("woman_name",)),
    )
    return along(Result(result.replies, result.reports, effects), talk, context)


_TRIED = re.compile(
    r"电话|手机|关机|停机|空号|没人接|不接|打不通|微信|上门|上了门|家里|锁|去[她他了过].{0,4}|问了?.{0,4}(?:邻居|婆婆|家里|家人|亲戚)|托人|三次|几次"
)


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """How she was looked for, said with the errand itself: 李梅联系不上了，打了三次电话没人接，也上门了."""
    fields, refusal = absorb(fields, talk, context)
    if talk.step is None and not talk.has("tried"):
        name = str(fields.get("woman_name") or talk.answers.get("woman_name") or "")
        if tried := [
            part for part in parts(context.message.text, name, context.today) if _TRIED.search(part)
        ]:
            fields.setdefault("tried", together(tried))
    return fields, refusal


FLOW = Flow(
    "lost_contact",
    version=1,
    title=T("失访"),
    intent="lost_contact",
    words=("/lost",),
    event="lost_contact",
    roles=STAFF,
    example=T("· 李梅联系不上了"),
    absorb=_absorb,
    lookups=women_lookups("woman_name"),
    settle=bind(wants_open=True, ends=False),
    drops={"woman_name": WHO},
    checks=(not_in_future("date"),),
    steps=(
        *who_steps("woman_name", T("联系不上的是哪一位？"), offer_pregnancy=True),
        Step(
            "tried",
            T("您怎么找过她？"),
            free=True,
            choices=(
                Choice("电话打不通", T("电话打不通"), ("打不通", "关机", "没人接", "空号", "停机")),
                Choice("上门没见到人", T("上门没见到人"), ("家里没人", "没见到人", "门锁着")),
                Choice("打了电话，也上了门", T("打了电话，也上了门"), ("都试过", "都找过", "都试了")),
            ),
            help=T("比如：打了三次电话都关机，去她家也没人。"),
        ),
        Step("date", T("从哪天起联系不上的？"), help=T("比如：昨天、9月3号。")),
        ReadBack(read_back("lost_contact", labels={"date": T("从哪天起")})),
    ),
    finish=_finish,
)
