"""风险筛查评估: the grade a hospital gave, filed as it was given (XF 四(二)(三)).

The village tells what it was told; what it reads back names no high colour, and no factor. Infection items are
asked of institution and county only, where nobody else reads along.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from conversations.care.advice import advice
from conversations.care.colours import KEY_LABEL, Grade, label, suggest
from conversations.care.factor_words import factors_told
from conversations.care.programme import programme
from conversations.care.rules import COLOURS, Colour
from conversations.care.unsaid import tells_infection
from conversations.engine.flow import Choice, Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.checks import not_in_future
from conversations.flows.filing import INSTITUTION, STAFF, filed
from conversations.flows.ongoing import AGAIN, PUERPERIUM, along, belongs, bind_ongoing
from conversations.flows.reading import read_back
from conversations.flows.risk import (
    NOTED,
    asks_infection,
    colours_said,
    grade_label,
    grade_told,
    names_diagnoses,
    permitted,
)
from conversations.flows.told import parts
from conversations.flows.where import absorb, here
from conversations.flows.who import WHO, bound, open_pregnancy, who_steps, women_lookups
from conversations.message import Notice, Role
from conversations.records import FIELDS, mask_name
from conversations.text import Joined, Refusal, Sayable, T, Text
from conversations.understanding.normalise import normalise
from conversations.understanding.readers import READERS

_bind = bind_ongoing(after=PUERPERIUM)


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    here(talk, context)
    if talk.amends is not None and talk.has("colour") and talk.has("key_follow_up"):
        old = talk.amends["body"]  # what she says now stands alone
        talk.answers.pop("colour" if old.get("colour") == talk.answers["colour"] else "key_follow_up")
    talk.draw("sees_colour", permitted(context) or None)
    talk.draw("asked_infection", asks_infection(context) or None)
    return settled or _suggested(talk, context)


def _suggested(talk: Talk, context: Context) -> Text | None:
    """What the factors suggest by the programme's list: the ☆ of several yellow ones (KF 附件1 一) is drawn, a graver
    colour than the hospital's only said, once, to who may read it. Grading is the hospital's."""
    answers = talk.answers
    if not answers.get("factors"):
        return None
    rules = programme(context.speaker.programme)
    found, told = suggest(rules, factors_told(rules, answers["factors"])), grade_told(answers)
    by_list = found.at_least
    yellow = answers.get("colour") == "yellow"
    talk.draw("star", True if by_list.star and yellow else None)
    if not told.colours or not permitted(context) or answers.get("suggested"):
        return None
    graver = _gravity(by_list.colour) > _gravity(told.colour) or (by_list.purple and not told.purple)
    if not graver:
        if found.star_open and yellow and not answers.get("star"):
            answers["suggested"] = True
            return T("有的因素表上没有，够不够三个黄色因素要看医院。评估单上标了☆的，请说“黄色☆”。")
        return None
    answers["suggested"] = True
    shown = label(Grade(by_list.colour, by_list.purple), context.speaker.role, named=True)
    if found.grade.colours:
        return T("照因素表看，这些情况一般评{colour}。以医院评的为准，请再看一眼有没有写错。", colour=shown)
    return T("照因素表看，这些情况一般至少评{colour}。以医院评的为准，请再看一眼有没有写错。", colour=shown)


def _gravity(colour: Colour | None) -> int:
    return COLOURS.index(colour) if colour is not None else -1


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """Of several colours the highest, purple beside it; 高危 without a colour is 重点随访."""
    fields, refusal = absorb(fields, talk, context)
    name = fields.get("woman_name") or talk.answers.get("woman_name")
    text = normalise(context.message.text)
    text = text.replace(str(name), " ") if name else text  # 李红 is no colour
    if "colour" in fields:
        said = colours_said(text)
        if said or not re.search(r"[绿黄橙橘红紫]|green|yellow|orange|red|purple", text.lower()):
            del fields["colour"]
        fields |= said
    if tells_infection(str(fields.get("institution", ""))):  # no hospital: why she was graded
        fields.setdefault("factors", [fields.pop("institution")])
    if _STAR.search(text) and programme(context.speaker.programme).star is not None:
        fields.setdefault("star", True)
    if "colour" not in fields and not talk.has("colour") and _HIGH_RISK.search(text):
        fields.setdefault("key_follow_up", True)
    if talk.step is None and not talk.has("factors") and asks_infection(context):
        factors = _told_factors(context, str(name or ""), list(fields.get("factors") or ()))
        fields |= {"factors": factors} if factors else {}
    return fields, refusal


_STAR = re.compile(r"[☆★]|(?<!不)(?<!没)[加贴标打]了?(?:个|一个)?星|星标")
"""The hospital's ☆ (KF 附件1 一): it counts also factors that are on no list of ours."""

_FACTOR = re.compile(
    r"[病症炎癌瘤史肥胖胎盘宫糖压贫矮]|血小板|羊水|[偏过][高低多少大小]|不足|早产|流产|阳性|阴性"
)
_NO_FACTOR = re.compile(
    r"[评定标转][绿黄橙红紫]|[绿黄橙红紫]色|评估|筛查|高危|医院|保健院|妇幼|卫生院|请|建议|随访|复查|转诊|住院$"
)


def _told_factors(context: Context, name: str, known: list[str]) -> list[str]:
    """Every factor an institution tells with the grade, in its words, also those on no list."""
    found = [
        part[:60]
        for part in parts(context.message.text, name, context.today)
        if _FACTOR.search(part) and not _NO_FACTOR.search(part)
    ]
    more = [one for one in known if not any(one in part for part in found)]
    return [*more, *(part for part in found if part not in more)][:20]


_HIGH_RISK = re.compile(r"(?<![不没非无])(?:高危|高风险|重点随访|重点(?:孕妇|对象|人群))")


def _read_grade(text: str, today: date) -> Any:
    """黄色, 橙, 红色和紫色; 高危, where the colour is not known."""
    if said := colours_said(text):
        return said
    colour = READERS["colour"](text, today)
    if isinstance(colour, str):
        return {"colour": colour}
    return {"key_follow_up": True} if _HIGH_RISK.search(text) else None


def _read_factors(text: str, today: date) -> Any:
    """疤痕子宫、贫血: a list."""
    found = [one.strip()[:60] for one in re.split(r"[、,，;；和及\n]|还有", text) if one.strip()]
    return found[:20] or None


def high(talk: Talk) -> bool:
    """Whether what is told makes her 重点随访."""
    return grade_told(talk.answers).is_key


_read = read_back("risk_grade", labels={"date": T("评估日期"), "institution": T("评估医院")})


def _show(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    """What was understood. The three high colours read the same here, and whether purple stands beside is not said,
    unless this reader may know."""
    sees = permitted(context)
    told = [
        line for line in _read(talk, context) if line[0] not in ("colour", "key_follow_up", "with_purple")
    ]
    step = "colour" if sees else "grade"
    grade: tuple[str | None, Text, Sayable] = (
        step,
        FIELDS["colour"].label,
        grade_label(talk.answers, context),
    )
    factors = [line if sees else (line[0], line[1], NOTED) for line in told if line[0] == "factors"]
    return [*(line for line in told if line[0] != "factors"), grade, *factors]


def _pregnant(talk: Talk, context: Context) -> bool:
    """Whether advice for the weeks to come is of use: never of a delivery after a birth or a loss."""
    woman = bound(talk, context)
    return talk.amends is None and woman is not None and open_pregnancy(woman) is not None


def _advice(talk: Talk, context: Context) -> tuple[Text, ...]:
    """To who files it, as this channel permits."""
    if context.masked or not _pregnant(talk, context):
        return ()
    rules, channel = programme(context.speaker.programme), context.message.channel
    factors = factors_told(rules, talk.answers.get("factors") or ())
    grade = grade_told(talk.answers)
    role, named = context.speaker.role, names_diagnoses(context)
    return advice(rules, grade, factors, role, named=named, infection=channel.infection)


def _finish(talk: Talk, context: Context) -> Result:
    if context.speaker.role == "county":
        said = T("报好了，已经送往县里。村里和乡镇会接着跟进。")
    elif context.masked:
        said = T("报好了，已经送往县里。请多留心她，有不舒服马上告诉我。")
    elif high(talk):
        said = T("报好了，已经送往县里。她是重点随访对象，请多留心，有不舒服马上告诉我。")
    else:
        said = T("报好了，已经送往县里。往后请提醒她按时产检。")
    known = belongs(talk)
    result = filed("risk_grade", talk, context, pregnancy=known, said=said)
    if result.replies and (advised := _advice(talk, context)):
        first, *rest = result.replies
        first = replace(first, text=_with(first.text, advised))
        result = replace(result, replies=(first, *rest))
    if talk.amends is None and high(talk):
        report = result.reports[0]
        village, who = report.body["village"], mask_name(str(report.body["woman_name"]))
        text = {
            "township": T("{village}的{who}评估为重点随访，请安排专人跟进。", village=village, who=who),
            "coordinator": T(
                "{village}的{who}评估为重点随访，请多留心，常去看看。", village=village, who=who
            ),
        }
        # a letter may come by any channel: it is what all of 重点随访 is advised
        rules, grade = programme(report.programme), grade_told(talk.answers)
        also = advice(rules, grade, (), "coordinator") if _pregnant(talk, context) else ()
        told = {"township", "coordinator"} - {context.speaker.role}
        at_once = rules.quiet.at_once
        kind: Literal["notice", "urgent"] = "urgent" if "key_follow_up" in at_once else "notice"
        roles: tuple[Role, ...] = ("township", "coordinator")
        notices = tuple(
            Notice(_with(text[role], also), role=role, place_id=report.village_id, kind=kind)
            for role in roles
            if role in told
        )
        result = Result(result.replies, result.reports, (*result.effects, *notices), result.then)
    return along(result, talk, context)


def _with(said: Sayable, advised: tuple[Text, ...]) -> Sayable:
    return T("{said}{advice}", said=said, advice=Joined(advised, "")) if advised else said


FLOW = Flow(
    "risk_grade",
    version=1,
    title=T("风险评估"),
    intent="risk_grade",
    words=("/risk",),
    event="risk_grade",
    roles=STAFF | INSTITUTION,
    example=T("· 李梅昨天在县妇幼评为黄色"),
    absorb=_absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    drops={
        "woman_name": WHO,
        "factors": ("suggested",),
        "colour": ("key_follow_up", "with_purple"),
        "key_follow_up": ("colour", "with_purple"),
    },
    checks=(not_in_future("date"),),
    steps=(
        *who_steps("woman_name", T("评的是谁？"), offer_pregnancy=True),
        Step("date", T("哪天评的？"), required=True, help=T("比如：昨天、9月3号。")),
        AGAIN,
        Step(
            "colour",
            T("评为什么颜色？"),
            fills=("colour", "key_follow_up", "with_purple"),
            required=True,
            when=lambda talk: talk.has("sees_colour"),
            read=_read_grade,
            choices=(
                Choice({"colour": "green"}, T("绿色"), ("绿", "低风险")),
                Choice({"colour": "yellow"}, T("黄色"), ("黄", "一般风险")),
                Choice({"colour": "orange"}, T("橙色"), ("橙", "较高风险")),
                Choice({"colour": "red"}, T("红色"), ("红", "高风险")),
                Choice({"colour": "purple"}, T("紫色"), ("紫",)),
            ),
            help=T("评了几个颜色的，说最高的那个；另标紫色的一起说，比如：红色和紫色。"),
        ),
        Step(
            "grade",
            T("医院评的是哪一级？"),
            fills=("colour", "key_follow_up", "with_purple"),
            required=True,
            when=lambda talk: not talk.has("sees_colour"),
            read=_read_grade,
            choices=(
                Choice({"colour": "green"}, T("绿色"), ("绿", "低风险")),
                Choice({"colour": "yellow"}, T("黄色"), ("黄", "一般风险")),
                Choice({"key_follow_up": True}, KEY_LABEL, ("重点", "高危", "高风险")),
            ),
            help=T("照医院写的说就行，比如：黄色。"),
        ),
        Step("institution", T("哪家医院评的？"), free=True, help=T("比如：县妇幼、镇卫生院。")),
        Step(
            "with_purple",
            T("要不要另标紫色？"),
            when=lambda talk: talk.has("asked_infection") and talk.answers.get("colour") != "purple",
            choices=(
                Choice(False, T("不另标"), ("不用", "不要", "没有", "不标", "不")),
                Choice(True, T("另标紫色"), ("要", "标紫色", "要标", "要标紫色", "紫色", "有")),
            ),
        ),
        Step(
            "factors",
            T("评估单上写了哪些风险因素？"),
            when=lambda talk: talk.has("sees_colour") or talk.has("factors") or "factors" in talk.hers,
            read=_read_factors,
            choices=(Choice("", T("没有"), ("没", "无", "都没有")),),
            help=T("用顿号隔开，比如：疤痕子宫、贫血。"),
        ),
        ReadBack(_show),
    ),
    finish=_finish,
)
