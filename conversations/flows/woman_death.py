"""育龄妇女死亡, 15–49 years (XF). Pregnant, or within 42 days of the end of a pregnancy: a maternal death."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from conversations.care.gestation import MATERNAL_DAYS, age_on
from conversations.engine.flow import Choice, Context, Ended, Flow, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.deaths import CAUSE, DECLARED, OF_A_PLACE, WHEN_WHERE, WHO_DIED, duty, of_her
from conversations.flows.filing import filed
from conversations.flows.who import WHO, bind, bound
from conversations.text import T
from conversations.understanding.readers import READERS

_bind = bind(wants_open=False, ends=False)


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    answers = talk.answers
    if talk.amends is not None:
        return settled
    talk.draw("pregnant_or_postpartum", True if _known_pregnant(talk, context) else None)
    if answers.get("pregnant_or_postpartum") is True:
        kept = {
            key: value for key, value in answers.items() if key not in ("pregnant_or_postpartum", "outside")
        }
        return replace(talk, flow="maternal_death", answers=kept)
    talk.draw("age", answers.get("her_age"))
    if answers.get("outside") == "drop":
        return Ended(T("好，那就不报了。您费心了。"))
    if answers.get("outside") == "age":
        for name in ("age", "birth_date", "resident_id", "outside"):
            answers.pop(name, None)
        talk.hers.append("age")
    return settled


def _known_pregnant(talk: Talk, context: Context) -> bool:
    """What the roster says of the day she died."""
    day, woman = talk.day("date"), bound(talk, context)
    if woman is None:
        return False
    return any(
        pregnancy.ended is None
        or bool(day and pregnancy.end_date and 0 <= (day - pregnancy.end_date).days <= MATERNAL_DAYS)
        for pregnancy in woman.pregnancies
    )


_YEARS = re.compile(r"\D{0,6}(\d{1,3})\s*(?:周?岁|来岁)?\D{0,3}")


def _read_age(text: str, today: date) -> object:
    """Her age whatever it is, or a birth date."""
    match = _YEARS.fullmatch(text)
    if match is not None and int(match[1]) <= 120 and not re.search(r"[月号日年虚]", text):
        return {"age": int(match[1])}
    return READERS["identity"](text, today)


def _outside(talk: Talk) -> bool:
    """Not of 15 to 49 years, as far as known (XF): asked about, never refused."""
    age, died, born = talk.answers.get("age"), talk.day("date"), talk.day("birth_date")
    if born and died:
        age = age_on(born, died)
    return isinstance(age, int) and not 15 <= age <= 49


def _finish(talk: Talk, context: Context) -> Result:
    return filed("woman_death", talk, context, pregnancy=False, said=duty(context))


FLOW = Flow(
    "woman_death",
    version=1,
    title=T("育龄妇女死亡"),
    intent="woman_death",
    event="woman_death",
    settle=_settle,
    drops={
        "woman_name": WHO,
        "age": ("outside",),
        "birth_date": ("outside",),
        **OF_A_PLACE,
    },
    steps=(
        *WHO_DIED,
        Step(
            "pregnant_or_postpartum",
            T("她当时怀着孕，或是生产、流产后42天以内吗？", sms=T("她当时怀着孕，或产后、流产后42天内吗？")),
            choices=(
                Choice(True, T("是"), ("是的", "怀着", "怀孕了", "产后", "刚生完", "对")),
                Choice(False, T("不是"), ("没有", "没怀", "没怀孕", "否", "不在")),
            ),
        ),
        Step("age", T("她多大年纪？"), fills=("age", "birth_date"), read=_read_age, help=T("比如：36。")),
        Step(
            "outside",
            T("育龄妇女死亡只报15到49岁的。她的年龄对吗？", sms=T("这里只报15到49岁的，她的年龄对吗？")),
            required=True,
            when=_outside,
            choices=(
                Choice("file", T("年龄没错，要报"), ("要报", "没错", "还是报", "报", "是")),
                Choice("age", T("年龄说错了"), ("说错了", "错了", "年龄错了")),
                Choice("drop", T("不用报了"), ("不报", "不用", "不用了")),
            ),
        ),
        *WHEN_WHERE,
        CAUSE,
        of_her("woman_death"),
    ),
    finish=_finish,
    **DECLARED,
)
