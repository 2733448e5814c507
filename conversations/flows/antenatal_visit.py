"""产前检查: she has been; which visit, where, what was measured, when she is to come again (XF 四(四))."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from conversations.care.gestation import TERM
from conversations.engine.flow import Choice, Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.checks import not_in_future
from conversations.flows.filing import STAFF, filed, trouble_told
from conversations.flows.ongoing import AGAIN, along, bind_ongoing, weeks_then
from conversations.flows.reading import read_back
from conversations.flows.ultrasound import counted_back, heard
from conversations.flows.where import absorb
from conversations.flows.who import WHO, bound, open_pregnancy, who_steps, women_lookups
from conversations.message import Role
from conversations.records import mask_name
from conversations.text import Refusal, T
from conversations.understanding.normalise import normalise
from conversations.understanding.readers import READERS

_bind = bind_ongoing()

FARTHEST = TERM
"""No appointment of this pregnancy lies farther ahead."""


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    if talk.amends is not None:
        counted_back(talk, talk.amends["body"])
    else:
        weeks_then(talk, context)
        woman = bound(talk, context)
        over = woman is not None and bool(woman.pregnancies) and open_pregnancy(woman) is None
        talk.draw("over", (over and talk.answers.get("again") != "new") or None)
    if talk.told("finding"):
        talk.draw("problem", True)
    return settled


_WRONG = re.compile(
    r"(?<![无没])(?<!没有)异常|(?<![没无])(?<!没有)(?:有|出)[点些]?问题|不(?:太|大)?正常|偏[高低]|超标"
)
_FINE = re.compile(
    r"正常|没(?:有|什么|啥)?(?:问题|异常|事)|无异常|(?:一切|都|情况|大人|孩子)[^,，。没不]{0,4}好"
)


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """都正常, 有异常, where she begins with it."""
    fields, refusal = absorb(heard(fields, context), talk, context)
    if talk.step is None and not talk.has("problem"):
        text = normalise(context.message.text)
        if _WRONG.search(text):
            fields.setdefault("problem", True)
        elif _FINE.search(text):
            fields.setdefault("problem", False)
    if isinstance(weight := fields.get("weight_kg"), float) and weight.is_integer():
        fields["weight_kg"] = int(weight)
    return fields, refusal


def appointment(answers: Mapping[str, Any], context: Context) -> tuple[tuple[str, ...], Refusal] | None:
    """The next appointment lies after the day she was there, and before the pregnancy can be over."""
    told = answers.get("next_appointment")
    if not told:
        return None
    day, next_day = answers.get("date"), date.fromisoformat(told)
    if day and told <= day:
        return ("next_appointment", "date"), Refusal(
            T("下次预约{next}要在这次检查之后，请再核对，比如：下个月5号。", next=next_day)
        )
    if next_day > context.today + timedelta(days=FARTHEST.days):
        return ("next_appointment",), Refusal(
            T("下次预约{next}太远了，请再核对，比如：下个月5号。", next=next_day)
        )
    return None


def _read_measures(text: str, today: date) -> Any:
    """血压120/80，体重62公斤，血红蛋白110, as far as it says; the first figure without a name is no answer."""
    found: dict[str, Any] = {}
    pressure = READERS["blood_pressure"](text, today)
    if isinstance(pressure, Refusal):
        return pressure
    if isinstance(pressure, dict):
        found |= pressure
    if "重" in text or "斤" in text or "kg" in text.lower():
        weight = READERS["weight_kg"](_after(text, ("体重", "重")), today)
        if isinstance(weight, Refusal):
            return weight
        if weight is not None:
            found["weight_kg"] = weight
    if any(word in text for word in ("血红蛋白", "血色素", "红蛋白")):
        level = READERS["haemoglobin"](_after(text, ("红蛋白", "血色素")), today)
        if isinstance(level, Refusal):
            return level
        if level is not None:
            found["haemoglobin"] = level
    return found or None


def _after(text: str, words: tuple[str, ...]) -> str:
    """The text from the first of these words on."""
    return next((text[text.index(word) :] for word in words if word in text), text)


def _finish(talk: Talk, context: Context) -> Result:
    if talk.answers.get("again") == "same" or talk.has("over"):
        said = T("报好了，已经送往县里。")
    elif talk.answers.get("problem"):
        said = T("报好了，已经送往县里。检查有问题的，请提醒她照医生说的复查，别拖。")
    elif appointment_day := talk.day("next_appointment"):
        said = T("报好了，已经送往县里。下次产检是{day}，请到时提醒她。", day=appointment_day)
    else:
        said = T("报好了，已经送往县里。请提醒她下次按时去。")
    result = filed("antenatal_visit", talk, context, pregnancy=True, said=said)
    body = result.reports[0].body
    text = T(
        "{village}产检报来：{who}检查有些情况，请问问{coordinator_there}，帮着跟进。",
        village=body["village"],
        who=mask_name(str(body["woman_name"])),
    )
    roles: tuple[Role, ...] = ("township",) if talk.answers.get("problem") else ()
    return along(trouble_told(result, talk, context, text, roles), talk, context)


FLOW = Flow(
    "antenatal_visit",
    version=1,
    title=T("产前检查"),
    intent="antenatal_visit",
    words=("/visit",),
    event="antenatal_visit",
    roles=STAFF,
    example=T("· 李梅昨天去县妇幼产检了，血压110/70，都正常"),
    absorb=_absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    drops={"woman_name": WHO, "problem": ("finding",)},
    extra_fields=("over",),
    checks=(not_in_future("date", "ultrasound_on"), appointment),
    steps=(
        *who_steps("woman_name", T("是谁去产检了？"), offer_pregnancy=True),
        Step("date", T("哪天去的？"), required=True, help=T("比如：昨天、9月3号。")),
        AGAIN,
        Step("institution", T("在哪里查的？"), free=True, help=T("比如：镇卫生院、县妇幼。")),
        Step(
            "visit_number",
            T("这是第几次产检？"),
            when=lambda talk: not talk.has("lmp_known"),
            help=T("比如：第2次。"),
        ),
        Step(
            "problem",
            T("检查有没有问题？"),
            choices=(
                Choice(
                    False, T("都正常"), ("没问题", "没有问题", "没有", "正常", "都好", "没事", "一切正常")
                ),
                Choice(True, T("有问题"), ("有", "有异常", "不正常", "异常", "不太好", "有点问题")),
            ),
        ),
        Step(
            "finding",
            T("是什么问题？照医生说的讲就行。"),
            free=True,
            when=lambda talk: talk.answers.get("problem") is True,
            help=T("比如：血压偏高，医生让下周复查。"),
        ),
        Step(
            "measures",
            T("血压、体重、血红蛋白，知道哪个说哪个。"),
            fills=("systolic", "diastolic", "weight_kg", "haemoglobin"),
            read=_read_measures,
            help=T("比如：血压110/70，体重62公斤，血红蛋白115。"),
        ),
        Step(
            "next_appointment",
            T("约了下次哪天来？"),
            when=lambda talk: not talk.has("over"),
            help=T("比如：12月20号、下个月5号。"),
        ),
        ReadBack(
            read_back(
                "antenatal_visit",
                labels={"date": T("检查日期")},
                steps={
                    "systolic": "measures",
                    "weight_kg": "measures",
                    "haemoglobin": "measures",
                    "gestational_weeks": "date",
                    "ultrasound_weeks": "date",
                },
            )
        ),
    ),
    finish=_finish,
)
