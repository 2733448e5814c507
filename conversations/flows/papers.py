"""出附表2, 三季度附表3, 我的服务清单, 指标: a paper asked for by message. Figures short enough are said at once too."""

from __future__ import annotations

import re
from typing import Any, Final

from conversations.care.unsaid import tells_infection
from conversations.engine.flow import Choice, Context, Flow, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.engine.words import not_yours
from conversations.facts import IndicatorFact, IndicatorsOf, Lookup, ServicesOf
from conversations.flows.quarterly_counts import FLOW as COUNTS
from conversations.flows.risk import permitted
from conversations.ids import derived_id
from conversations.message import Refused, Reply, Speaker, WantFile
from conversations.papers.names import PAPERS, RATE, Paper, paper_named, period_asked, rest
from conversations.papers.period import Period, said_period
from conversations.text import ROOM_OF_TWO, Sayable, T, Text, how_many_fit, lines

ROLES: Final = frozenset({"coordinator", "township", "institution", "county"})
WORST: Final = 3
"""Indicators said at once: those furthest from their targets."""

_VERB = re.compile(r"(?:出|导出?|打印|下载|生成|做|要|发我|给我|看看?)")
_ALONE = frozenset({"附表2", "附表3", "附件2", "ledger", "services", "indicators", "death-notice"})
"""Papers whose name is enough; a list of people is also a question to the roster."""
_LONGEST: Final = 24
"""Characters of a message that asks for a paper and tells nothing besides."""
_ANY = re.compile(
    r"(?:出|要|做|导出|打印|有哪些|什么)(?:个|一?份|一下)?(?:季度|月)?报表|报表(?:有哪些)?|出表"
)


def _paper(text: str) -> Paper | None:
    """The paper a message asks for."""
    bare = text.strip(" ,，.。!！?？")
    if len(bare) > _LONGEST:
        return None
    found = paper_named(bare)
    if found is None or (found.name not in _ALONE and not _VERB.search(bare)):
        return None
    return found


def _hears(text: str, context: Context) -> bool:
    if context.speaker.role in COUNTS.roles and COUNTS.hears(text, context):
        return False  # 填附表2: hers to fill in, not to have
    return _paper(text) is not None or _ANY.fullmatch(text.strip(" ,，.。!！?？")) is not None


def _words(text: str, context: Context) -> dict[str, Any]:
    paper = _paper(text)
    if paper is None:
        return {}
    rate = RATE.search(text)
    asked = {"rate": rate[0]} if rate is not None else {}
    return {"paper": paper.name, "period": _period(text, paper, context).name, **asked}


def _period(text: str, paper: Paper, context: Context) -> Period:
    """What was named; of her own services this month, where she named none."""
    own = context.speaker.role == "coordinator" and said_period(rest(text, paper), context.today) is None
    return Period.month_of(context.today) if own else period_asked(text, paper, context.today)


def _choices(talk: Talk, context: Context) -> tuple[Choice, ...]:
    role = context.speaker.role
    return tuple(Choice(one.name, one.title) for one in PAPERS.values() if role in one.roles)


def _settle(talk: Talk, context: Context) -> Settled:
    paper = PAPERS.get(talk.answers.get("paper", ""))
    if paper is not None:
        talk.draw("period", _period("", paper, context).name)
    return None


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    paper, period = talk.answers.get("paper"), talk.answers.get("period")
    if not period or speaker.place_id is None or speaker.role not in PAPERS[str(paper)].roles:
        return ()
    if paper == "indicators":
        return (IndicatorsOf(speaker.place_id, period, speaker.role),)
    if paper == "services" and speaker.role == "coordinator" and speaker.staff_id:
        return (ServicesOf(speaker.staff_id, speaker.place_id, period),)
    return ()


def _finish(talk: Talk, context: Context) -> Result:
    paper = PAPERS[talk.answers["paper"]]
    if context.speaker.role not in paper.roles:
        return Result((Reply(not_yours(context.speaker.role)),), effects=(Refused("papers"),))
    period = paper.period(talk.answers["period"])
    assert period is not None
    want = WantFile(
        derived_id(context.message.id, talk.id, "file"), "paper", name=paper.name, period=period.name
    )
    said = _at_once(talk, context, paper, period)
    coming = T("好，正在做{period}的{paper}，好了就给您。", period=period.title, paper=paper.title)
    if said is not None:
        coming = T("全表正在做，好了就给您。")
    return Result((Reply(lines(said, coming)),), effects=(want,))


def _at_once(talk: Talk, context: Context, paper: Paper, period: Period) -> Sayable | None:
    for lookup in _lookups(talk, context.speaker):
        found = context.facts.answers.get(lookup, ())
        if isinstance(lookup, IndicatorsOf) and found:
            return _indicators(found, context, period, str(talk.answers.get("rate", "")))
        if isinstance(lookup, ServicesOf) and found:
            return _services(dict(found[0].groups), context, period)
    return None


def _indicators(found: tuple[IndicatorFact, ...], context: Context, period: Period, rate: str) -> Sayable:
    """Those asked for by name, else the worst three, each with what it was worked out from."""
    told = [one for one in found if permitted(context) or not tells_infection(one.title)]
    asked = [one for one in told if rate and rate in one.title]
    told = asked or told
    shown: list[Sayable] = []
    for one in told[:WORST]:
        if one.numerator is None or one.denominator is None:
            shown.append(T("{title}：未采集（目标{target}）", title=one.title, target=one.target))
        elif not one.denominator:
            shown.append(T("{title}：还没有可算的人（目标{target}）", title=one.title, target=one.target))
        else:
            shown.append(
                T(
                    "{title} {rate}%（{numerator}/{denominator}，目标{target}）",
                    title=one.title,
                    rate=f"{100 * one.numerator / one.denominator:.1f}",
                    numerator=one.numerator,
                    denominator=one.denominator,
                    target=one.target,
                )
            )
    first = (
        T("{place}{period}：", sms=T("{period}："))
        if asked
        else T("{place}{period}，离目标最远的几项：", sms=T("{period}离目标最远的："))
    )
    first = first.with_values(
        place=context.speaker.place_name,
        period=period.title,
    )
    if context.message.channel.trust == "low":
        shown = shown[: how_many_fit(first, shown, T("全表正在做，好了就给您。"), ROOM_OF_TWO, context.today)]
    return lines(first, *shown)


def _services(groups: dict[str, int], context: Context, period: Period) -> Sayable:
    done = {title: count for title, count in groups.items() if count}
    if not done:
        return T("{period}还没有您报的服务。", period=period.title)
    parts: list[Text] = [T("{title}{count}次", title=title, count=count) for title, count in done.items()]
    first = T("{period}您做了{total}次服务：", period=period.title, total=sum(done.values()))
    said: list[Sayable] = list(parts)
    if context.message.channel.trust == "low":
        said = said[: how_many_fit(first, said, T("全表正在做，好了就给您。"), ROOM_OF_TWO, context.today)]
    return lines(first, *said)


FLOW = Flow(
    "papers",
    version=1,
    title=T("报表"),
    roles=ROLES,
    hears=_hears,
    read_words=_words,
    example=T("· 报表"),
    lookups=_lookups,
    settle=_settle,
    extra_fields=("period", "rate"),
    steps=(Step("paper", T("要哪一张？"), required=True, choices=_choices),),
    finish=_finish,
)
