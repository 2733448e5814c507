"""产后访视和42天检查: seen after the birth or the loss, and screened for what may go wrong (XF 四(七), KF 附件1 三).

After a stillbirth or a loss nothing here mentions a child. What of the screening would name an infection is asked
of institution and county only, where nobody else reads along.
"""

from __future__ import annotations

import re
from typing import Any

from conversations.engine.flow import Choice, Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows import screening
from conversations.flows.after_birth import BORN, bind_after_birth, end_along
from conversations.flows.checks import not_in_future
from conversations.flows.filing import STAFF, filed
from conversations.flows.reading import read_back
from conversations.flows.risk import NOTED, asks_infection, grade_label, permitted
from conversations.flows.where import absorb
from conversations.flows.who import WHO, who_steps, women_lookups
from conversations.text import Refusal, Sayable, T, Text, plain
from conversations.understanding.normalise import normalise

HOME_UNTIL, DAY42_FROM = 28, 38
"""Days after the end up to which a visit is the home visit, and from which it is the 42-day check, where nobody says
which. (u)"""

_bind = bind_after_birth("woman_name")


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    end, day = talk.day("end_date"), talk.day("date")
    days = (day - end).days if end and day else None
    if talk.amends is None:
        by_day = None
        if days is not None and (days <= HOME_UNTIL or days >= DAY42_FROM):
            by_day = "home" if days <= HOME_UNTIL else "day42"
        talk.draw("visit_kind", by_day)
    if talk.told("finding") and talk.answers.get("problem_told") is True:
        talk.draw("screening", "positive")
    talk.draw("asked_infection", asks_infection(context) or None)
    talk.draw("sees_colour", permitted(context) or None)
    said = screening.settle(talk, context)
    return said if settled is None else settled


_DAY42 = re.compile(r"(?:42|四十二)天")
_HOME = re.compile(r"产后访视|家访|上门|月子")


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """Which of the two it was, and whether something was wrong, as far as the words say."""
    fields, refusal = absorb(fields, talk, context)
    text = normalise(context.message.text)
    if not talk.has("visit_kind") or talk.step is None:
        if _DAY42.search(text):
            fields.setdefault("visit_kind", "day42")
        elif _HOME.search(text):
            fields.setdefault("visit_kind", "home")
    if "problem" in fields:
        fields["problem_told"] = fields.pop("problem")
        if fields["problem_told"] is False:
            fields.pop("finding", None)  # 都正常 finds nothing
    return screening.hear(fields, talk, context), refusal


_ASK = T(
    "问问看：发热、头痛头晕、心慌胸闷、口渴多汗、恶露不正常、伤口红肿、腿肿腿痛、没力气、情绪低落睡不好，这些有没有？",  # KF 附件1 三, table 3
    sms=T(
        "发热、头痛头晕、心慌胸闷、口渴多汗、恶露异常、伤口红肿、腿肿痛、没力气、情绪低落、睡不好，有没有？"
    ),
)
"""Where the programme has no list of its own."""


def _apart(talk: Talk, context: Context) -> tuple[Choice, ...]:
    """What is asked of institution and county only, by the programme's list."""
    items = [Choice(words, plain(words)) for words in screening.asked_apart(context).values()]
    return (*items, Choice("", T("没有"), ("没", "无", "都没有", "阴性")))


_read = read_back("postnatal_visit", labels={"date": T("访视日期"), "institution": T("在哪里")})


def _show(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    shown: list[tuple[str | None, Text, Sayable]] = []
    for step, name, value in _read(talk, context):
        if step == "colour":
            value = grade_label(talk.answers, context)
        elif step == "lab_finding" and not permitted(context):
            value = NOTED
        elif step == "screening_items" and not context.masked:
            value = screening.shown(talk)
        if step in ("screening", "screening_items") and talk.has(screening.GROUPED):
            step = "group"
        shown.append((step, name, value))
    return shown


def _finish(talk: Talk, context: Context) -> Result:
    answers = talk.answers
    if context.masked:
        said = T("报好了，已经送往县里。请照看好她，有不舒服马上告诉我。")
    elif answers.get("screening") == "positive":
        said = T("报好了，已经送往县里。筛查有情况的，请督促她尽快去县里指定的医院评估，过几天再去看看她。")
    elif answers.get("ended_by") in ("pregnancy_loss", "maternal_death"):
        said = T("报好了，已经送往县里。谢谢您去看她，她这段时间多歇着，心里有事请您多听听。")
    elif answers.get("visit_kind") == "day42":
        said = T("报好了，已经送往县里。42天检查做完了，您一路照看到现在，辛苦了。")
    else:
        said = T("报好了，已经送往县里。满42天要做检查，请到时提醒她。")
    return end_along(filed("postnatal_visit", talk, context, pregnancy=False, said=said), talk, context)


FLOW = Flow(
    "postnatal_visit",
    version=1,
    title=T("产后访视"),
    intent="postnatal_visit",
    words=("/postnatal",),
    event="postnatal_visit",
    roles=STAFF,
    example=T("· 昨天产后访视李梅，都正常 / 李梅做了42天检查"),
    absorb=_absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    drops={
        "woman_name": (*WHO, "not_born", "ended_by", "end_date"),
        "screening": ("finding",),
    },
    extra_fields=("problem", "problem_told", *screening.KEPT),
    checks=(not_in_future("date"),),
    steps=(
        *who_steps("woman_name", T("看的是哪一位？")),
        Step("date", T("哪天去看的？"), required=True, help=T("比如：昨天、9月3号。")),
        BORN,
        Step(
            "visit_kind",
            T("是上门的产后访视，还是42天检查？"),
            choices=(
                Choice("home", T("产后访视"), ("上门", "访视", "家访")),
                Choice("day42", T("42天检查"), ("42天", "四十二天", "满42天", "产后42天检查")),
            ),
        ),
        Step(
            "screening",
            _ASK,
            when=lambda talk: not talk.has(screening.GROUPED),
            choices=(
                Choice("negative", T("都没有"), ("没有", "没", "无", "都好", "正常", "都正常", "没事")),
                Choice("positive", T("有"), ("有的", "有一点", "有点", "有一样")),
            ),
        ),
        Step(
            "finding",
            T("是哪一样？"),
            free=True,
            when=lambda talk: (
                (not talk.has(screening.GROUPED) and talk.answers.get("screening") == "positive")
                or talk.has("finding")
            ),
            help=T("照她说的讲就行，比如：伤口有点红。"),
        ),
        Step(
            "group",
            screening.ask_group,
            free=True,
            fills=("screening", "group"),
            when=lambda talk: talk.has(screening.GROUPED),
            choices=screening.group_choices,
            help=T("回前面的数字，或者照她说的讲，比如：伤口红、腿肿。都没有就回“都没有”。"),
        ),
        Step(
            "item",
            screening.ask_item,
            free=True,
            when=lambda talk: talk.has(screening.GROUPED) and talk.has("group") and not talk.has("screening"),
            choices=screening.item_choices,
            help=T("回前面的数字，几样就回几个，比如：2 5；也可以照她说的讲。"),
        ),
        Step(
            "lab_finding",
            T("化验和病史里有阳性的吗？"),  # KF 附件1 三, tables 1 and 2
            free=True,
            when=lambda talk: talk.has("asked_infection"),
            choices=_apart,
            help=T("比如：血红蛋白98；没有就说“没有”。"),
        ),
        Step(
            "visited_by",
            T("是谁看的？"),
            choices=(
                Choice("village", T("村里"), ("我", "我去的", "村医", "我自己")),
                Choice("township", T("乡镇卫生院"), ("卫生院", "镇上", "镇卫生院", "乡卫生院")),
                Choice("hospital", T("医院"), ("县医院", "县里", "县妇幼")),
            ),
        ),
        Step(
            "colour",
            T("重新评了风险的话，是什么颜色？"),
            when=lambda talk: talk.has("sees_colour") or talk.has("colour"),
            help=T("照医院写的说就行，比如：黄色。"),
        ),
        ReadBack(_show),
    ),
    finish=_finish,
)
