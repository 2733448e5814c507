"""分娩: a birth, one child or several (XF 三(一)3). One stillborn twin is told here with `alive: false`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from conversations.engine.flow import Choice, Context, Flow, ReadBack, Repeat, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows import one_lost
from conversations.flows.checks import in_order, not_in_future
from conversations.flows.filing import INSTITUTION, STAFF, errand, filed
from conversations.flows.one_lost import child, count
from conversations.flows.reading import read_back
from conversations.flows.where import absorb_children, here, place_steps
from conversations.flows.who import (
    AGAIN,
    WHO,
    WOMAN,
    again_settled,
    bind,
    weeks_at_end,
    who_steps,
    women_lookups,
)
from conversations.records import CHILD_FIELDS
from conversations.text import Refusal, T
from conversations.understanding.normalise import normalise
from conversations.understanding.several import one_lost as told

_bind = bind(wants_open=True, ends=True)


def _settle(talk: Talk, context: Context) -> Settled:
    if talk.amends is None and talk.answers.get("again") == "same" and one_lost.died_since(talk):
        return one_lost.as_death(talk)
    settled = _bind(talk, context) or again_settled(talk)
    here(talk, context)
    answers = talk.answers
    if talk.amends is None and count(talk) == 1 and answers.get("children.0.alive") is False:
        return _stillborn(talk)
    return settled or one_lost.settle(talk) or weeks_at_end(talk)


def _stillborn(talk: Talk) -> Talk:
    """An only child born dead: told as the end of a pregnancy, with its sex and weight (requirements.md §2)."""
    answers = {key: value for key, value in talk.answers.items() if not key.startswith("children.")}
    for name in ("sex", "birth_weight_g"):
        if (value := talk.answers.get(f"children.0.{name}")) is not None:
            answers[name] = value
    if answers.get("unlisted") == "both":
        answers["unlisted"] = "alone"
    return replace(talk, flow="pregnancy_loss", answers={**answers, "loss_kind": "stillbirth"}, opened=False)


_DIED_LATER = re.compile(r"后来.*(?:没|走|死|夭|不在)|没了|走了|夭|去世|不在了|没留住")
_BORN_DEAD = re.compile(r"(?<!没)(?<!没有)死|没(?:有)?(?:气|活|保住|呼吸|哭|心跳)|没生下")
_BOTH_WELL = re.compile(r"母[子女]都?[平均]安")
_ALL_WELL = re.compile(
    r"(?:^|[,，。;；\s])(?:都|一切|孩子|宝宝|娃|(?:大人(?:和)?(?:小孩|孩子))都?)?平安(?=$|[了的,，。;；!！\s])"
)
"""Told with the birth itself: of everybody, or of the child."""
_BORN_WELL = re.compile(r"没有?死|平安|健康|活|(?<!不)(?<!不太)好(?!像)|正常|没事|挺好")


def _read_alive(text: str, today: date) -> object:
    """平安, 死产, 后来没了. A bare 没有 or 不是 is no answer to this: too much hangs on it."""
    if told(text, several=True) is not None:
        return None  # 一个好的一个死的: of all of them
    if _DIED_LATER.search(text):
        return {"alive": True, "died_later": True}
    if _BORN_DEAD.search(text):
        return False
    return True if _BORN_WELL.search(text) or text in ("是", "是的", "嗯", "对", "对的") else None


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """龙凤胎 and 母女平安 tell of the children too."""
    fields, refusal = absorb_children(fields, talk, context)
    one_lost.absorb(fields, talk, context)
    words = normalise(context.message.text)
    if re.search(r"龙凤胎|龙凤双胎", words):
        fields.setdefault("child_count", 2)
        if not any(talk.has(f"children.{n}.sex") or f"children.{n}.sex" in fields for n in (0, 1)):
            fields |= {"children.0.sex": "male", "children.1.sex": "female"}
    one_is_lost = "one_lost" in fields or talk.has("one_lost")
    said_well = _BOTH_WELL.search(words) or (talk.step is None and _ALL_WELL.search(words))
    if said_well and not talk.has("children.0.alive") and not one_is_lost and not _BORN_DEAD.search(words):
        for number in range(fields.get("child_count") or count(talk)):
            fields.setdefault(f"children.{number}.alive", True)
    return fields, refusal


def _finish(talk: Talk, context: Context) -> Result:
    answers = talk.answers
    children = range(count(talk))
    well = all(
        child(talk, number, "alive") is not False and not child(talk, number, "died_later")
        for number in children
    )
    said = (
        T("报好了，已经送往县里。出院后一周内要上门看看，满42天要做检查，请您记着提醒她。")
        if well and answers.get("mother_state") in (None, "well")
        else T("报好了，已经送往县里。这一家这几天不容易，请您多去看看他们。")
    )
    result = filed("birth", talk, context, pregnancy=True, said=said)
    if talk.amends is not None:
        return result
    report = result.reports[0]
    then: list[Talk] = []

    def follow(flow: str, who: str, **more: object) -> None:
        known = {
            who: answers["woman_name"],
            "village": answers["village"],
            "village_id": answers["village_id"],
            "woman_id": report.woman_id,
            "pregnancy_id": report.pregnancy_id,
            **more,
        }
        then.append(errand(flow, talk, context, known, (talk.id, str(len(then)))))

    if answers.get("mother_state") == "died":
        follow("maternal_death", "woman_name", pregnancy_ended=answers["date"])
    for number in children:
        if child(talk, number, "died_later"):
            sex = child(talk, number, "sex")
            child_id = report.subject_ids[2 + number]
            follow("child_death", "mother_name", child_id=child_id, birth_date=answers["date"], sex=sex)
    if answers.get("unlisted") == "both":
        names = ("gestational_weeks", "gestational_days", *WOMAN)
        told = {key: answers[key] for key in names if talk.told(key) and key != "village_id"}
        follow("pregnancy", "woman_name", of_end=answers["date"], **told)
    return Result(result.replies, result.reports, result.effects, tuple(then))


FLOW = Flow(
    "birth",
    version=1,
    title=T("分娩"),
    intent="birth",
    words=("/birth",),
    event="birth",
    roles=STAFF | INSTITUTION,
    example=T("· 李梅昨晚生了，女孩，6斤8两，县医院顺产"),
    absorb=_absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    late_code=True,
    drops={"woman_name": WHO, "place_kind": ("institution", "place"), "mother_state": ("finding",)},
    extra_fields=(*CHILD_FIELDS, "one_lost"),
    checks=(
        not_in_future("date", "discharge_date"),
        in_order(
            "date", "discharge_date", T("出院日期{later}早过分娩日期{earlier}了，请再核对，比如：昨天出院。")
        ),
    ),
    steps=(
        *who_steps("woman_name", T("是谁生了？"), offer_pregnancy=True),
        Step("date", T("哪天生的？"), required=True, help=T("比如：昨天、9月3号。")),
        AGAIN,
        Step(
            "child_count",
            T("生了几个孩子？"),
            choices=(
                Choice(1, T("一个"), ("单胎", "1个", "就一个")),
                Choice(2, T("双胞胎"), ("两个", "双胎", "一对", "俩")),
                Choice(3, T("三胞胎"), ("三个", "三胎")),
            ),
            when=lambda talk: not talk.has("children.0.sex") or talk.has("children.1.sex", "child_count"),
        ),
        *one_lost.STEPS,
        Repeat(
            "children",
            count,
            (
                Step(
                    "sex",
                    T("是男孩还是女孩？"),
                    ask_each=T("第{number}个孩子是男孩还是女孩？"),
                    choices=(
                        Choice("male", T("男孩"), ("男", "儿子", "带把的", "小子")),
                        Choice("female", T("女孩"), ("女", "女儿", "千金", "闺女", "丫头")),
                    ),
                ),
                Step(
                    "alive",
                    T("孩子平安吗？"),
                    read=_read_alive,
                    ask_each=T("第{number}个孩子平安吗？"),
                    choices=(
                        Choice(True, T("平安"), ("活的", "活产", "好", "好的", "都好", "平安的", "健康")),
                        Choice(
                            False,
                            T("生下来没有气（死产）"),
                            ("死产", "没活", "没保住", "死胎", "没有气", "没气"),
                        ),
                        Choice(
                            {"alive": True, "died_later": True},
                            T("生下来活着，后来没了"),
                            ("后来没了", "没了", "走了", "去世了", "夭折了"),
                        ),
                    ),
                ),
                Step(
                    "birth_weight_g",
                    T("多重？"),
                    ask_each=T("第{number}个孩子多重？"),
                    help=T("比如：6斤8两、3.2公斤，或3400克。"),
                ),
                Step(
                    "defect_kind",
                    T("看得出孩子有先天异常吗？"),
                    ask_each=T("看得出第{number}个孩子有先天异常吗？"),
                    free=True,
                    when_of=lambda talk, number: child(talk, number, "alive") is not False,
                    choices=(Choice("", T("没有"), ("没", "无", "正常", "没看出", "没有异常", "健康")),),
                    help=T("有的话直接说是什么，比如：唇裂。"),
                ),
            ),
        ),
        Step(
            "mother_state",
            T("产妇现在怎么样？"),
            choices=(
                Choice("well", T("平安"), ("好", "很好", "没事", "平安的", "母女平安", "母子平安")),
                Choice("problem", T("不太好"), ("不好", "有问题")),
                Choice("died", T("去世了"), ("没了", "走了", "死了")),
            ),
        ),
        Step(
            "finding",
            T("她是什么情况？"),
            free=True,
            when=lambda talk: talk.answers.get("mother_state") == "problem",
            help=T("比如：产后出血，在县医院。"),
        ),
        *place_steps(T("在哪里生的？")),
        Step(
            "delivery_mode",
            T("怎么生的？"),
            choices=(
                Choice("vaginal", T("顺产"), ("自然分娩", "自己生的", "平产")),
                Choice("caesarean", T("剖宫产"), ("剖的", "剖腹产", "开刀", "剖")),
                Choice("assisted", T("助产"), ("产钳", "吸引", "胎吸")),
            ),
        ),
        Step(
            "discharge_date",
            T("哪天出的院？"),
            reads="date",
            choices=(Choice("", T("还没出院"), ("没出院", "没有", "还没", "没", "还在医院")),),
            help=T("比如：昨天。还没出院就说“还没出院”。"),
            when=lambda talk: (
                talk.answers.get("place_kind") == "hospital" and talk.answers.get("mother_state") != "died"
            ),
        ),
        Step(
            "gestational_weeks",
            T("生的时候孕几周？"),
            fills=("gestational_weeks", "gestational_days"),
            when=lambda talk: talk.has("gestational_weeks") or "gestational_weeks" in talk.hers,
            help=T("比如：39周，或39周加3天。"),
        ),
        ReadBack(read_back("birth", labels={"date": T("分娩日期"), "time": T("分娩时间")})),
    ),
    finish=_finish,
)
