"""月报, 本月汇总, 上个月小结: the summary of a month of an office, in figures and without a name.

The same words go to every township and the county unasked, once a month (bot/monthly.py). What happened is compared with
the month before; what waits is said as it is today, and how to see whose it is. By SMS it is one short line.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from conversations.engine.flow import Context, Flow, Result
from conversations.engine.state import Talk
from conversations.facts import Lookup, MonthFact, MonthOf
from conversations.flows.roster_query import WORTH_A_CHART
from conversations.ids import derived_id
from conversations.message import Effect, Reply, Speaker, WantFile, WantSummary
from conversations.papers.month import month_before
from conversations.papers.period import Period, said_period
from conversations.text import Joined, Sayable, T, Text, lines
from conversations.understanding.normalise import normalise

ROLES: Final = frozenset({"township", "county"})
PLACES_NAMED: Final = 3
"""Places named beside a figure, those with most."""

_WHAT = r"(?:月度?(?:报(?!表)|小结|总结|汇总|简报|情况)|(?<=[月的])(?:报(?!表)|汇总|小结|总结|情况汇总|工作汇总|简报))"
_ASKS = re.compile(
    r"(?:请|帮我|给我|我要|我想|想|要|看一?下|看看|看|出|发|发我|做|来|一下)*"
    r"(?:一?[份个张])?"
    r"(?P<when>(?:今年|去年|20\d\d年)?(?:上个?月|上一个月|本月|这个?月|当月|(?:\d{1,2}|十[一二]?|[一二三四五六七八九])月份?))?"
    rf"的?(?:{_WHAT})(?:的)?(?P<chart>图表?|图片)?(?:发我|给我|看看|一下|呢)*",
)
_END: Final = " \t,.。,!！?？~吗呢呀啊"


def _asked(text: str, today: date) -> tuple[Period, bool] | None:
    """The month these words ask for, and whether as a picture only; None: they ask for none."""
    bare = normalise(text).strip(_END)
    match = _ASKS.fullmatch(bare)
    if match is None or not (match["when"] or "月" in bare):
        return None
    said = said_period(match["when"], today) if match["when"] else None
    period = said if said is not None and "-" in said.name else month_before(today)
    return period, bool(match["chart"])


def _words(text: str, context: Context) -> dict[str, Any]:
    asked = _asked(text, context.today)
    return {} if asked is None else {"period": asked[0].name, "chart": asked[1]}


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    period = talk.answers.get("period")
    if not period or talk.answers.get("chart") or speaker.place_id is None or speaker.role not in ROLES:
        return ()
    return (MonthOf(speaker.place_id, period, speaker.role),)


def _finish(talk: Talk, context: Context) -> Result:
    picture = WantFile(derived_id(context.message.id, talk.id, "file"), "chart")
    if talk.answers.get("chart"):
        return Result((Reply(T("好，正在画图，好了就给您。")),), effects=(picture,))
    lookups = _lookups(talk, context.speaker)
    found: tuple[MonthFact, ...] = context.facts[lookups[0]] if lookups else ()
    period = str(talk.answers["period"])
    if not found:
        wanted = WantSummary(derived_id(context.message.id, talk.id, "month"), period)
        said = T("好，{month}的数字正在算，算好就发给您。", month=_month(period))
        return Result((Reply(said),), effects=(wanted,))
    effects: tuple[Effect, ...] = ()
    drawn = None
    if has_picture(found[0]):
        effects = (picture,) if context.message.channel.documents else ()
        drawn = T("图正在画，好了就给您。", sms=Text("")) if effects else HOW_TO_SEE
    return Result((Reply(lines(summary(found[0]), drawn)),), effects=effects)


# ── the words ───────────────────────────────────────────────────────────────────────────────────────────

HOW_TO_SEE: Final = T("要图就说“月报图”。", sms=Text(""))


def has_picture(fact: MonthFact) -> bool:
    """Whether there are enough women that looking beats reading."""
    return fact.pregnant >= WORTH_A_CHART


def is_empty(fact: MonthFact) -> bool:
    """Whether nothing happened in the month and nothing waits."""
    waits = fact.overdue or fact.owed or fact.to_verify or fact.returned or fact.untaken
    return fact.month.nothing and not waits


def summary(fact: MonthFact) -> Sayable:
    """The month in a few lines, none of which is there only to say nothing; by SMS in one."""
    month = _month(fact.period)
    if is_empty(fact):
        return T(
            "{place}{month}没有新报的情况，也没有等着办的事，都按部就班。辛苦大家了。",
            sms=T("{place}{month}没有新情况，也没有等着办的事。"),
            place=fact.place_name,
            month=month,
        )
    short = Joined(tuple(_in_short(fact)), "，")
    over = fact.period != Period.month_of(fact.day).name
    first = T("{place}{month}小结：") if over else T("{place}{month}到今天为止：")
    first = Text(
        first.id,
        {"place": fact.place_name, "month": month, "short": short},
        sms=T("{place}{month}：{short}。"),
    )
    return lines(first, *_happened(fact), *_deaths(fact), *_now(fact), *_waiting(fact), _how(fact))


def _month(period: str) -> Text:
    return T("{number}月", number=int(period[-2:]))


def _in_short(fact: MonthFact) -> list[Text]:
    """The figures that are no zeros, the gravest not left out where there is little room."""
    month = fact.month
    deaths = month.maternal_deaths + month.child_deaths + month.other_deaths
    late = sum(count for _, count in fact.overdue)
    parts = (
        (T("新报{n}"), month.newly),
        (T("分娩{n}"), month.deliveries),
        (T("死亡{n}"), deaths),
        (T("高危{n}"), fact.high_risk),
        (T("没产检{n}"), late),
        (T("待核实{n}"), fact.to_verify),
        (T("没人接的提醒{n}"), fact.untaken),
    )
    return [text.with_values(n=number) for text, number in parts if number]


def _happened(fact: MonthFact) -> list[Text]:
    """What happened, beside the month before where something did; that nothing did only where it had then."""
    month, before = fact.month, fact.before
    said: list[Text | None] = [
        _beside(
            T("新报孕情{n}人", sms=_NONE),
            T("新报孕情{n}人（前一个月{m}人）", sms=_NONE),
            month.newly,
            before.newly,
            T("没有新报的孕情（前一个月{m}人）", sms=_NONE),
        ),
        _beside(
            T("分娩{n}人，活产{live}个", sms=_NONE),
            T("分娩{n}人，活产{live}个（前一个月分娩{m}人）", sms=_NONE),
            month.deliveries,
            before.deliveries,
            T("没有分娩的（前一个月{m}人）", sms=_NONE),
            live=month.live_births,
        ),
        _beside(
            T("怀孕没能保住的{n}人", sms=_NONE),
            T("怀孕没能保住的{n}人（前一个月{m}人）", sms=_NONE),
            month.losses,
            before.losses,
        ),
    ]
    return [one for one in said if one is not None]


def _deaths(fact: MonthFact) -> list[Text]:
    month, before = fact.month, fact.before
    said: list[Text | None] = [
        _beside(
            T("孕产妇死亡{n}例", sms=_NONE),
            T("孕产妇死亡{n}例（前一个月{m}例）", sms=_NONE),
            month.maternal_deaths,
            before.maternal_deaths,
        ),
        _beside(
            T("婴幼儿死亡{n}例", sms=_NONE),
            T("婴幼儿死亡{n}例（前一个月{m}例）", sms=_NONE),
            month.child_deaths,
            before.child_deaths,
        ),
        _beside(
            T("其他育龄妇女死亡{n}例", sms=_NONE),
            T("其他育龄妇女死亡{n}例（前一个月{m}例）", sms=_NONE),
            month.other_deaths,
            before.other_deaths,
        ),
    ]
    return [one for one in said if one is not None]


_NONE: Final = Text("")


def _beside(
    alone: Text, beside: Text, n: int, m: int, none: Text | None = None, **values: int
) -> Text | None:
    """A figure, beside that of the month before where there was one. Where it is 0, `none` says so, if the month before had
    some."""
    if not n:
        return none.with_values(m=m) if none is not None and m else None
    return (beside if m else alone).with_values(n=n, m=m, **values)


def _now(fact: MonthFact) -> list[Text]:
    if not (fact.pregnant or fact.high_risk):
        return []
    if not fact.high_risk:
        return [T("眼下在孕{n}人，没有高危的", sms=_NONE, n=fact.pregnant)]
    return [T("眼下在孕{n}人，高危{m}人", sms=_NONE, n=fact.pregnant, m=fact.high_risk)]


def _waiting(fact: MonthFact) -> list[Text]:
    said: list[Text] = []
    none = Text("")
    if late := sum(count for _, count in fact.overdue):
        said.append(T("没来产检{n}人：{places}", sms=none, n=late, places=_places(fact)))
    if fact.owed:
        said.append(T("该产后访视还没做的{n}人", sms=none, n=fact.owed))
    if fact.to_verify:
        said.append(T("等着核实的报告{n}份（说“核实”来看）", sms=none, n=fact.to_verify))
    if fact.returned:
        said.append(T("退回去还没改好的报告{n}份", sms=none, n=fact.returned))
    if fact.untaken:
        said.append(T("还没有人接的提醒{n}条", sms=none, n=fact.untaken))
    return said


def _places(fact: MonthFact) -> Sayable:
    shown = [
        T("{place}{n}", place=name, n=count) if name else T("没说哪里的{n}", n=count)
        for name, count in fact.overdue[:PLACES_NAMED]
    ]
    rest = len(fact.overdue) - PLACES_NAMED
    more = (
        [T("其他{n}处{count}", n=rest, count=sum(c for _, c in fact.overdue[PLACES_NAMED:]))]
        if rest > 0
        else []
    )
    return Joined((*shown, *more), "、")


def _how(fact: MonthFact) -> Text | None:
    """How to see whose they are: the questions of the roster that answer with the same figures."""
    if fact.overdue:
        return T("想看是谁，就说“没来产检的”。", sms=Text(""))
    if fact.owed:
        return T("想看是谁，就说“该产后访视的”。", sms=Text(""))
    return None


FLOW = Flow(
    "monthly",
    version=1,
    title=T("月报"),
    roles=ROLES,
    hears=lambda text, context: _asked(text, context.today) is not None,
    read_words=_words,
    example=T("· 月报 / 看完名单再说“导出”“图”"),
    lookups=_lookups,
    extra_fields=("period", "chart"),
    steps=(),
    finish=_finish,
    quick=True,
)
