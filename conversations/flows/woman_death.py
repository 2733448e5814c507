"""育龄妇女死亡, 15–49 years (XF). Pregnant, or within 42 days of the end of a pregnancy: a maternal death."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.care.gestation import MATERNAL_DAYS
from conversations.engine.flow import Choice, Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.common import (
    STAFF,
    WHO,
    absorb,
    bind,
    filed,
    named,
    not_in_future,
    read_back,
    who_steps,
    women_lookups,
)
from conversations.flows.deaths import CAUSE, OPENING, WHEN_WHERE, duty
from conversations.text import Refusal, T

_bind = bind(wants_open=False, ends=False)


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    answers = talk.answers
    if answers.get("pregnant_or_postpartum") is None and _known_pregnant(talk, context):
        answers["pregnant_or_postpartum"] = True
    if answers.get("pregnant_or_postpartum") is True and talk.amends is None:
        return Talk(
            id=talk.id,
            flow="maternal_death",
            version=1,
            known_at=talk.known_at,
            answers={key: value for key, value in answers.items() if key != "pregnant_or_postpartum"},
            passed=talk.passed,
            turn=talk.turn,
            hinted=talk.hinted,
            said=talk.said,
        )
    return settled


def _known_pregnant(talk: Talk, context: Context) -> bool:
    """What the roster says of the day she died."""
    day = talk.day("date")
    for woman in named(talk, context, "woman_name"):
        if woman.id == talk.answers.get("woman_id"):
            for pregnancy in woman.pregnancies:
                if pregnancy.ended is None:
                    return True
                if day and pregnancy.end_date and 0 <= (day - pregnancy.end_date).days <= MATERNAL_DAYS:
                    return True
    return False


def _of_age(answers: Mapping[str, Any], context: Context) -> tuple[tuple[str, ...], Refusal] | None:
    age = answers.get("age")
    if isinstance(age, int) and not 10 <= age <= 60:
        return ("age",), Refusal(
            T("育龄妇女指15到49岁，{age}岁不用在这里报。说错了请再说一遍，比如：36。", age=age)
        )
    return None


def _finish(talk: Talk, context: Context) -> Result:
    return filed("woman_death", talk, context, pregnancy=False, said=duty(context))


FLOW = Flow(
    "woman_death",
    version=1,
    title=T("育龄妇女死亡"),
    intent="woman_death",
    event="woman_death",
    roles=STAFF,
    opening=OPENING,
    absorb=absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    late_code=True,
    drops={"woman_name": WHO, "place_kind": ("institution", "place")},
    checks=(not_in_future("date"), _of_age),
    steps=(
        *who_steps("woman_name", T("是哪一位？"), offer_pregnancy=False),
        Step(
            "pregnant_or_postpartum",
            T("她当时怀着孕，或是生产、流产后42天以内吗？"),
            choices=(
                Choice(True, T("是"), ("是的", "怀着", "怀孕了", "产后", "刚生完", "对")),
                Choice(False, T("不是"), ("没有", "没怀", "没怀孕", "否", "不在")),
            ),
        ),
        *WHEN_WHERE,
        Step("age", T("她多大年纪？"), help=T("比如：36。")),
        CAUSE,
        ReadBack(read_back("woman_death")),
    ),
    finish=_finish,
)
