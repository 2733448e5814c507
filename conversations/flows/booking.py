"""建册建档: she has her handbook, early when before 13 weeks (XF 二, NS)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from conversations.engine.flow import Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.checks import not_in_future
from conversations.flows.filing import STAFF, filed
from conversations.flows.ongoing import AGAIN, WEEKS, along, bind_ongoing, weeks_then
from conversations.flows.reading import read_back
from conversations.flows.ultrasound import counted_back, heard
from conversations.flows.where import absorb
from conversations.flows.who import WHO, who_steps, women_lookups
from conversations.text import Refusal, T

EARLY = 13
"""Completed weeks before which booking is early (NS)."""

_bind = bind_ongoing()


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    if talk.amends is not None:
        counted_back(talk, talk.amends["body"])
    else:
        weeks_then(talk, context)
    return settled


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    return absorb(heard(fields, context), talk, context)


_NUMBER = re.compile(r"(?:手?册号?|编?号|是|[:： ])*([0-9A-Za-z]{3,}(?:-[0-9A-Za-z]+)*)")


def _read_number(text: str, today: date) -> Any:
    """The number on the handbook: letters and figures."""
    found = _NUMBER.fullmatch(text.strip(" 。."))
    if found is None:
        return None
    number = found[1]
    if not 3 <= len(number) <= 20 or not any(sign.isdigit() for sign in number):
        return Refusal(T("手册号是封面上那串字母和数字，3到20位，比如：XF20260315。"))
    return number.upper()


def _finish(talk: Talk, context: Context) -> Result:
    weeks = talk.answers.get("gestational_weeks")
    if talk.answers.get("again") == "same":
        said = T("报好了，已经送往县里。")
    elif weeks is not None and weeks < EARLY:
        said = T("报好了，已经送往县里。13周前就建好了册，很及时，您费心了。")
    else:
        said = T("报好了，已经送往县里。往后请提醒她按时产检。")
    return along(filed("booking", talk, context, pregnancy=True, said=said), talk, context)


FLOW = Flow(
    "booking",
    version=1,
    title=T("建册建档"),
    intent="booking",
    words=("/booking",),
    event="booking",
    roles=STAFF,
    example=T("· 李梅昨天在镇卫生院建册了"),
    absorb=_absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    drops={"woman_name": WHO},
    checks=(not_in_future("date", "ultrasound_on"),),
    steps=(
        *who_steps("woman_name", T("是谁建册了？"), offer_pregnancy=True),
        Step("date", T("哪天建的册？"), required=True, help=T("比如：昨天、9月3号。")),
        AGAIN,
        Step("institution", T("在哪里建的？"), free=True, help=T("比如：镇卫生院、县妇幼。")),
        WEEKS,
        Step(
            "handbook_number",
            T("手册号是多少？"),
            read=_read_number,
            help=T("封面上那串字母和数字，比如：XF20260315。"),
        ),
        ReadBack(
            read_back(
                "booking", labels={"date": T("建册日期")}, steps={"ultrasound_weeks": "gestational_weeks"}
            )
        ),
    ),
    finish=_finish,
)
