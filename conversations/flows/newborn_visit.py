"""新生儿访视: the newborn seen at home, once (RC 三(一)2)."""

from __future__ import annotations

from typing import Any

from conversations.engine.flow import Choice, Context, Ended, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.after_birth import BORN, bind_after_birth, end_along
from conversations.flows.checks import in_order, not_in_future
from conversations.flows.child_death import child_steps, settle_child
from conversations.flows.filing import STAFF, filed
from conversations.flows.reading import read_back
from conversations.flows.where import absorb
from conversations.flows.who import WHO, bound, who_steps, women_lookups
from conversations.text import Refusal, T

_bind = bind_after_birth("mother_name")


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    if isinstance(settled, Ended):
        return settled
    settle_child(talk, context)
    woman = bound(talk, context)
    if (
        talk.amends is None
        and woman is not None
        and woman.children
        and not any(c.alive for c in woman.children)
    ):
        return Ended(T("花名册上她的孩子已经不在了，这份就先不报。要是记错了人，请告诉我是哪一位。"))
    if talk.told("finding"):
        talk.draw("problem", True)
    return settled


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """都好 finds nothing."""
    fields, refusal = absorb(fields, talk, context)
    if fields.get("problem") is False:
        fields.pop("finding", None)
    return fields, refusal


def _finish(talk: Talk, context: Context) -> Result:
    if talk.answers.get("problem"):
        said = T("报好了，已经送往县里。孩子的情况请盯紧些，吃奶差、发烧、黄得厉害，马上抱去医院。")
    else:
        said = T("报好了，已经送往县里。满月时记得提醒她带孩子去体检。")
    return end_along(filed("newborn_visit", talk, context, pregnancy=False, said=said), talk, context)


FLOW = Flow(
    "newborn_visit",
    version=1,
    title=T("新生儿访视"),
    intent="newborn_visit",
    words=("/newborn",),
    event="newborn_visit",
    roles=STAFF,
    subject="mother_name",
    aliases={"woman_name": "mother_name"},
    example=T("· 昨天新生儿访视，李梅的孩子都好"),
    absorb=_absorb,
    lookups=women_lookups("mother_name"),
    settle=_settle,
    drops={
        "mother_name": (
            *WHO,
            "children_found",
            "birth_date",
            "sex",
            "child_name",
            "not_born",
            "ended_by",
            "end_date",
        ),
        "problem": ("finding",),
    },
    checks=(
        not_in_future("date", "birth_date"),
        in_order("birth_date", "date", T("访视日期{later}早过孩子出生的{earlier}了，请再核对，比如：昨天。")),
    ),
    steps=(
        *who_steps("mother_name", T("孩子的妈妈叫什么？")),
        Step("date", T("哪天去看的？"), required=True, help=T("比如：昨天、9月3号。")),
        BORN,
        *child_steps(),
        Step(
            "problem",
            T("孩子有没有什么问题？"),
            choices=(
                Choice(False, T("都好"), ("没有", "没问题", "正常", "都正常", "没事", "很好", "好")),
                Choice(True, T("有问题"), ("有", "有点", "不太好")),
            ),
        ),
        Step(
            "finding",
            T("是什么情况？"),
            free=True,
            when=lambda talk: talk.answers.get("problem") is True,
            help=T("比如：有点黄疸，吃奶还好。"),
        ),
        Step(
            "visited_by",
            T("是谁去看的？"),
            choices=(
                Choice("village", T("村里"), ("我", "我去的", "村医", "我自己")),
                Choice("township", T("乡镇卫生院"), ("卫生院", "镇上", "镇卫生院", "乡卫生院")),
                Choice("hospital", T("医院"), ("县医院", "县里", "县妇幼")),
            ),
        ),
        ReadBack(read_back("newborn_visit", labels={"date": T("访视日期"), "birth_date": T("孩子出生日期")})),
    ),
    finish=_finish,
)
