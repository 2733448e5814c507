"""Whether somebody of 14 to 17 is written to: the township decides, when it verifies or by message (requirements.md §2).

It is kept as a version of a report of hers, by whoever decided, and can be turned round at any time. She is then asked for
her consent like anybody, and the first message names no pregnancy. Under 14 it is never asked.
"""

from __future__ import annotations

import re
from typing import Final

from conversations.care.programme import programme
from conversations.engine.flow import Choice, Context, Flow, Result
from conversations.engine.state import Talk
from conversations.facts import Lookup, ReportFact, ReportsToVerify, ToldBelow
from conversations.flows.filing import errand, next_version
from conversations.message import Notice, Reply, Report, Speaker
from conversations.records import EVENTS, mask_name
from conversations.text import Sayable, T
from conversations.understanding.normalise import normalise

DECIDED: Final = (
    Choice("allowed", T("可以发"), ("可以", "能发", "发", "发吧", "要发", "要")),
    Choice("held", T("先不发"), ("先别发", "不发", "别发", "不要发", "先不", "不要", "暂时不发")),
)
_EVENTS = tuple(name for name, spec in EVENTS.items() if "minor_texts" in spec.fields)
_TEXTS = r"发(?:送)?(?:短信|信息|消息|提醒)(?:了|吧|啦|的)?[\s。.!！]*"
_NAME = r"(?P<{0}>[\u4e00-\u9fff·]{{2,12}}?)"
_HOLD = re.compile(
    rf"(?:先|暂时|暂|还是)*(?:别|不要|不|莫|不能|不可以)(?:再)?(?:给|向){_NAME.format('one')}{_TEXTS}"
    rf"|{_NAME.format('two')}(?:先|暂时|暂|还是)*(?:别|不要|不|不能)(?:再|给她)*{_TEXTS}"
)
_ALLOW = re.compile(
    rf"(?:可以|能|同意|准许|允许|准)(?:给|向){_NAME.format('one')}{_TEXTS}"
    rf"|{_NAME.format('two')}(?:可以|能|同意|准许|允许)(?:给她)?{_TEXTS}"
)


def undecided(report: ReportFact) -> bool:
    """Whether this report tells of somebody of 14 to 17 of whom nothing is decided yet."""
    return report.body.get("restricted") == "minor" and "minor_texts" not in report.body


def _read(text: str) -> tuple[str, str] | None:
    """What was decided, and of whom."""
    plain = normalise(text).strip()
    for decision, pattern in (("held", _HOLD), ("allowed", _ALLOW)):
        if (said := pattern.fullmatch(plain)) is not None:
            return decision, said["one"] or said["two"]
    return None


def _lookup(text: str, speaker: Speaker) -> ToldBelow | None:
    said = _read(text)
    if said is None:
        return None
    name = said[1]
    for village in speaker.villages:
        name = name.removeprefix(village.name).removeprefix("的") or name
    return ToldBelow(name, tuple(village.id for village in speaker.villages), _EVENTS, whoever=True)


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    found = _lookup(str(talk.answers.get("said", "")), speaker)
    return (found, _to_verify(speaker)) if found is not None else ()


def _to_verify(speaker: Speaker) -> ReportsToVerify:
    villages = tuple(village.id for village in speaker.villages)
    return ReportsToVerify(villages, programme(speaker.programme).verification.events)


def _finish(talk: Talk, context: Context) -> Result:
    words = str(talk.answers.get("said", ""))
    lookup, said = _lookup(words, context.speaker), _read(words)
    if lookup is None or said is None:
        return Result((Reply(T("要说的是谁？连名字一起说，比如“可以给周五妹发短信”。")),))
    decision, low = said[0], context.message.channel.trust == "low"
    if decision == "allowed" and low:
        return Result((Reply(T("这件事不能用短信办，请在聊天里说。")),))
    told: tuple[ReportFact, ...] = context.facts[lookup]
    villages = [one for one in context.speaker.villages if one.name in words]
    if villages:
        told = tuple(one for one in told if one.village_id in {village.id for village in villages})
    of_her = [one for one in told if one.body.get("restricted") == "minor"]
    if low and len({one.woman_id for one in of_her}) != 1:
        return Result((Reply(_said(decision, mask_name(said[1]))),))  # a forged sender learns nobody's age
    if any(one.body.get("restricted") == "under_14" for one in told):
        return Result((Reply(T("她不满14周岁，她和家里的手机都不发信息，这一条不能改。")),))
    if not of_her:
        return Result(
            (Reply(T("没有找到这一位未满18周岁的。满18周岁的，不用你们定，由她自己说愿不愿意收。")),)
        )
    if len({one.woman_id for one in of_her}) > 1:
        return Result((Reply(T("同名的不止一位，请连村一起说，比如“可以给杨梅坑村周五妹发短信”。")),))
    newest = max(of_her, key=lambda one: (one.known_time, one.recorded_time))  # what the roster follows last
    name = str(newest.body.get("woman_name") or newest.body.get("mother_name") or "")
    who = mask_name(name) if context.masked or low else name
    if newest.body.get("minor_texts") == decision:
        return Result((Reply(_said(decision, who)),))
    if any(one.report_id == newest.report_id for one in context.facts[_to_verify(context.speaker)]):
        first = T("她那一份还没有核实，请先看一看，核实的时候一起定。")
        return Result(
            (Reply(first),),
            then=(errand("verify", talk, context, {"report_id": newest.report_id}, (newest.report_id,)),),
        )
    report = next_version(
        newest,
        context,
        body={**newest.body, "minor_texts": decision},
        verification=newest.verification,
    )
    return Result((Reply(_said(decision, who)),), reports=(report,), effects=(told_below(report),))


def _said(decision: str, who: str) -> Sayable:
    if decision == "held":
        return T("好，先不给{who}发短信，有事都经过村里的同事。", who=who)
    return T("好，可以给{who}发短信了。我先只问她愿不愿意收，不提怀孕，她同意了才提醒。", who=who)


def told_below(report: Report) -> Notice:
    """To her coordinator, who was told that the township decides."""
    values = {
        "village": report.body.get("village", ""),
        "who": mask_name(str(report.body.get("woman_name") or report.body.get("mother_name") or "")),
    }
    if report.body.get("minor_texts") == "allowed":
        text = T("{township}定了：{village}{who}可以发短信，我先问她愿不愿意收。请照样替她保密。", **values)
    else:
        text = T("{township}定了：先不给{village}{who}发短信，有事请您当面跟她说，也照样替她保密。", **values)
    return Notice(text, role="coordinator", place_id=report.village_id)


FLOW = Flow(
    "minor_texts",
    version=1,
    title=T("给未满18岁的发不发短信"),
    roles=frozenset({"township", "county"}),
    hears=lambda text, context: _read(text) is not None,
    read_words=lambda text, context: {"said": text},
    lookups=_lookups,
    extra_fields=("said",),
    steps=(),
    finish=_finish,
    quick=True,
)
