"""新生儿、婴儿、5岁以下儿童死亡 (XF): the class follows from the age."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from conversations.care.gestation import child_death_class
from conversations.engine.flow import Choice, Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import ChildFact
from conversations.flows.checks import in_order, not_in_future
from conversations.flows.deaths import CAUSE, OPENING, WHEN_WHERE, duty
from conversations.flows.filing import INSTITUTION, STAFF, filed
from conversations.flows.reading import read_back
from conversations.flows.where import absorb
from conversations.flows.who import WHO, bind, bound, who_steps, women_lookups
from conversations.records import FIELDS, mask_name
from conversations.text import Joined, Refusal, Sayable, T, plain

_bind = bind("mother_name", wants_open=False, ends=False, alive=False)


def children_of(talk: Talk, context: Context) -> tuple[ChildFact, ...]:
    """Her living children on the roster who may be meant."""
    woman = bound(talk, context)
    return tuple(child for child in woman.children if child.alive) if woman is not None else ()


def _shown(child: ChildFact, context: Context) -> Sayable:
    name = mask_name(child.name) if child.name and context.masked else child.name
    parts = [
        plain(name) if name else None,
        FIELDS["sex"].say(child.sex, masked=False) if child.sex else None,
        T("{date}生", date=child.birth_date) if child.birth_date else None,
    ]
    return Joined(tuple(part for part in parts if part), "·")


def child_choices(talk: Talk, context: Context) -> tuple[Choice, ...]:
    shown = [
        Choice({"child_id": child.id}, T("{child}", child=_shown(child, context)))
        for child in children_of(talk, context)[:8]
    ]
    return (*shown, Choice({"child_id": "other"}, T("都不是"), ("不是",)))


def settle_child(talk: Talk, context: Context) -> None:
    """One living child that fits what is told: that one. Its birth date and sex follow."""
    answers = talk.answers
    if talk.amends is not None or "child_id" in talk.given:
        return
    children = children_of(talk, context)
    born, sex = answers.get("birth_date"), answers.get("sex")
    fitting = [
        child
        for child in children
        if (not talk.told("birth_date") or child.birth_date is None or child.birth_date.isoformat() == born)
        and (not talk.told("sex") or child.sex in (None, sex))
    ]
    answers["children_found"] = len(fitting)
    if answers.get("child_id") not in (None, "other", *(child.id for child in fitting)):
        answers.pop("child_id")
    talk.draw("child_id", fitting[0].id if len(fitting) == 1 else None)
    chosen = next((child for child in fitting if child.id == answers.get("child_id")), None)
    talk.draw("birth_date", chosen.birth_date.isoformat() if chosen and chosen.birth_date else None)
    talk.draw("sex", chosen.sex if chosen else None)
    talk.draw("child_name", chosen.name if chosen else None)


NO_NAME = Choice("", T("没起名"), ("没起名", "没名字", "没取名", "还没取", "没有", "没"))


def child_steps() -> tuple[Step, ...]:
    return (
        Step(
            "child_id",
            T("是她的哪一个孩子？"),
            required=True,
            when=lambda talk: (talk.answers.get("children_found") or 0) > 1,
            choices=child_choices,
            shows_roster=True,
        ),
    )


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    settle_child(talk, context)
    born, died = talk.day("birth_date"), talk.day("date")
    talk.draw("death_class", child_death_class(born, died) if born and died else None)
    return settled


def _young(answers: Mapping[str, Any], context: Context) -> tuple[tuple[str, ...], Refusal] | None:
    born, died = answers.get("birth_date"), answers.get("date")
    if (
        born
        and died
        and born <= died
        and child_death_class(date.fromisoformat(born), date.fromisoformat(died)) is None
    ):
        return ("birth_date", "date"), Refusal(
            T(
                "按出生日期{born}，孩子已经满5岁，满5岁的孩子不用在这里报。日期说错了的话，请再说一遍，比如：2024年3月5日。",
                born=date.fromisoformat(born),
            )
        )
    return None


def _finish(talk: Talk, context: Context) -> Result:
    return filed("child_death", talk, context, pregnancy=False, said=duty(context))


FLOW = Flow(
    "child_death",
    version=1,
    title=T("儿童死亡"),
    intent="child_death",
    event="child_death",
    roles=STAFF | INSTITUTION,
    subject="mother_name",
    opening=OPENING,
    aliases={"woman_name": "mother_name"},
    extra_fields=("child_id",),
    absorb=absorb,
    lookups=women_lookups("mother_name"),
    settle=_settle,
    late_code=True,
    drops={
        "mother_name": (*WHO, "children_found"),
        "place_kind": ("institution", "place"),
    },
    checks=(
        not_in_future("date", "birth_date"),
        in_order(
            "birth_date",
            "date",
            T("孩子的出生日期{earlier}在去世日期{later}之后，请再说一遍哪个日期对，比如：出生是9月1号。"),
        ),
        _young,
    ),
    steps=(
        *who_steps("mother_name", T("孩子的妈妈叫什么名字？")),
        *child_steps(),
        Step("birth_date", T("孩子是哪天出生的？"), reads="date", help=T("比如：9月1号，或2024年3月5日。")),
        *WHEN_WHERE,
        Step(
            "sex",
            T("是男孩还是女孩？"),
            choices=(
                Choice("male", T("男孩"), ("男", "儿子")),
                Choice("female", T("女孩"), ("女", "女儿")),
            ),
        ),
        Step("child_name", T("孩子叫什么名字？"), choices=(NO_NAME,), help=T("没起名就说“没起名”。")),
        CAUSE,
        ReadBack(
            read_back(
                "child_death",
                labels={"date": T("去世日期"), "time": T("去世时间")},
                steps={"death_class": "birth_date"},
            )
        ),
    ),
    finish=_finish,
)
