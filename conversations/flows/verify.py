"""核实、退回: the township looks at what a coordinator reported; a new version says what it found (design.md).

Which reports wait for it is the programme's to say; deaths, criticals, danger and red never wait. Nothing is held back
meanwhile: the county has every report at once, marked as not yet verified.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from conversations.care.programme import programme
from conversations.care.unsaid import tells_illness
from conversations.engine.flow import Choice, Context, Ended, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import Lookup, ReportFact, ReportsToVerify
from conversations.flows.filing import next_version
from conversations.flows.minors import DECIDED, told_below, undecided
from conversations.flows.reading import read_back
from conversations.local_time import LOCAL
from conversations.message import Button, Notice, Reply, Report, Speaker
from conversations.records import EVENTS, flatten, mask_name
from conversations.text import Refusal, Sayable, T, Text, lines, plain
from conversations.understanding.normalise import normalise

VERIFIERS = frozenset({"township", "county"})


def _lookup(speaker: Speaker) -> ReportsToVerify:
    villages = tuple(village.id for village in speaker.villages)
    return ReportsToVerify(villages, programme(speaker.programme).verification.events)


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (_lookup(speaker),)


def _open(context: Context) -> tuple[ReportFact, ...]:
    """What is not verified, oldest first."""
    found: tuple[ReportFact, ...] = context.facts[_lookup(context.speaker)]
    return found


def _waiting(context: Context) -> list[ReportFact]:
    """What the township has not looked at yet."""
    return [one for one in _open(context) if one.verification == "unverified"]


def _offered(talk: Talk, context: Context) -> list[ReportFact]:
    """Those that wait; of a woman who is named hers, also what was returned: it may be right after all."""
    said = _said(talk)
    return [one for one in _open(context) if (name := _name(one)) and name in said] or _waiting(context)


def _said(talk: Talk) -> str:
    """Her words, or the woman understood from them."""
    return f"{talk.answers.get('said', '')} {talk.answers.get('woman_name', '')}".strip()


def _name(report: ReportFact) -> str:
    return str(report.body.get("woman_name") or report.body.get("mother_name") or "")


def _line(report: ReportFact, context: Context) -> Text:
    """One report in one line: 11月22日 发现孕情 李梅（杨梅坑村）."""
    name = _name(report)
    return T(
        "{date} {title} {who}（{village}）",
        date=report.recorded_time.astimezone(LOCAL).date(),
        title=EVENTS[report.event].title,
        who=plain(mask_name(name) if context.masked else name),
        village=report.body.get("village", ""),
    )


def _choices(talk: Talk, context: Context) -> tuple[Choice, ...]:
    return tuple(
        Choice({"report_id": one.report_id}, _line(one, context)) for one in _offered(talk, context)[:9]
    )


def _chosen(talk: Talk, context: Context) -> ReportFact | None:
    wanted = talk.answers.get("report_id")
    return next((one for one in _open(context) if one.report_id == wanted), None)


_NAMES_NOBODY = re.compile(
    r"接着|待?核实|退回|/verify|一下|那份|那一份|看看|怀孕|孕情|上报|报告|的|了|吧|[\s,，。.!！:：]"
)
"""What in 核实一下 names no woman."""


_ONE_BREATH = re.compile(
    r"(?:(?:退回|打回|不属实)(?:去|给她|一下)?|(?:不对|有误|有问题|错了)(?=[,，:：。;；\s]))"
    r"[\s,，:：。;；]*(?:因为|原因是?|理由是?)?(?P<reason>.{2,})"
)
_NAMES_ONE = re.compile(r"(?:接着|再)?(?:核实|/verify).+", re.I)


def _read_more(text: str, today: date) -> object:
    """退回，日期请再核对: the answer and its reason. 核实李梅: the one she names is looked at, instead of this one."""
    if _NAMES_ONE.fullmatch(text):
        return {"said": text}
    told = _ONE_BREATH.fullmatch(text)
    return {"said": text, "decision": "returned", "reason": told["reason"]} if told is not None else None


def _turned_to(talk: Talk, context: Context) -> None:
    """What was said while one was looked at: of another that waits, it is about that one. Hers named, and nothing else said,
    is no reason to return it."""
    answers, now = talk.answers, _chosen(talk, context)
    answers.pop("woman_name", None)  # from now on the report says whose it is
    said, hers = str(answers.get("said", "")), _name(now) if now is not None else ""
    others = [one for one in _open(context) if (name := _name(one)) and name in said and name != hers]
    if now is None or (hers and hers in said) or not others:
        if not _NAMES_NOBODY.sub("", str(answers.get("reason", "")).replace(hers, "")):
            answers.pop("reason", None)
        return
    for name in ("report_id", "decision", "reason", "seen_version", "minor_texts"):
        answers.pop(name, None)


def _settle(talk: Talk, context: Context) -> Settled:
    answers = talk.answers
    if isinstance(pressed := answers.pop("go", None), list) and pressed:
        meant = [one.report_id for one in _open(context) if one.report_id.startswith(str(pressed[0]))]
        answers["report_id"] = meant[0] if meant else str(pressed[0])
    if answers.get("report_id"):
        _turned_to(talk, context)
    if answers.get("report_id"):
        report = _chosen(talk, context)
        if report is None:
            return Ended(T("这一份已经有人核实过，或者撤回了，您不用再看。"))
        if answers.get("decision") and answers.get("seen_version") != report.version:
            answers.pop("decision")
            answers["seen_version"] = report.version
            return T("这一份刚刚改过，请再看一遍。")
        answers["seen_version"] = report.version
        talk.draw("minor", undecided(report) or None)
        return None
    offered = _offered(talk, context)
    if not offered:
        return Ended(T("现在没有等您核实的上报。"))
    if len(offered) == 1:
        answers["report_id"], answers["seen_version"] = offered[0].report_id, offered[0].version
    named = _NAMES_NOBODY.sub("", _said(talk))
    if named and not any(_name(one) in named for one in offered):
        for name in ("said", "woman_name"):
            answers.pop(name, None)
        return T("您点名的那一份没有在等核实，先看等着的：")
    return None


def _told(report: ReportFact, context: Context) -> list[Sayable]:
    """The report, line by line, as this channel permits."""
    answers = flatten(report.body)
    if "children" in report.body:
        answers["child_count"] = len(report.body["children"])
    shown = Talk("", report.event, 1, report.known_time.isoformat(), answers=answers, amends={"shown": True})
    return [
        T("{label}：{value}", sms=T("{value}"), label=label, value=value)
        if label.sms == Text("")
        else T("{label}：{value}", label=label, value=value)
        for _, label, value in read_back(report.event)(shown, context)
    ]


def _ask_decision(talk: Talk, context: Context) -> Sayable:
    report = _chosen(talk, context)
    assert report is not None
    return lines(_line(report, context), *_told(report, context), T("属实吗？"))


_NO_ILLNESS = Refusal(T("这句话会发到{coordinator}的手机上，请不要写病情，换个说法，比如：有一项请再核对。"))


def _read_reason(text: str, today: date) -> object:
    """Her words go to the coordinator's phone, perhaps by SMS: no illness in them (requirements.md §4)."""
    if tells_illness(text):
        return _NO_ILLNESS
    return text[:200] if len(text.strip()) > 1 else None


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """The reason goes on in her own words, and names no illness."""
    own = context.message.text.strip()
    reason = str(fields.get("reason", ""))
    if reason and normalise(own).endswith(reason):
        fields["reason"] = own[-len(reason) :][:200]
    if tells_illness(reason):
        return {name: value for name, value in fields.items() if name != "reason"}, _NO_ILLNESS
    return fields, None


def _show(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    report = _chosen(talk, context)
    assert report is not None
    verified = talk.answers["decision"] == "verified"
    shown: list[tuple[str | None, Text, Sayable]] = [
        ("report_id", T("哪一份"), _line(report, context)),
        ("decision", T("核实结果"), T("属实") if verified else T("退回，请再核对")),
    ]
    if verified and talk.has("minor_texts"):
        may = talk.answers["minor_texts"] == "allowed"
        shown.append(("minor_texts", T("给她发短信"), T("可以发") if may else T("先不发")))
    if not verified:
        shown.append(("reason", T("请她再看看"), T("{reason}", reason=talk.answers["reason"])))
    return shown


def _finish(talk: Talk, context: Context) -> Result:
    old = _chosen(talk, context)
    assert old is not None
    verified = talk.answers["decision"] == "verified"
    body = {name: value for name, value in old.body.items() if name != "returned_because"}
    if not verified:
        body["returned_because"] = talk.answers["reason"]
    elif decided := talk.answers.get("minor_texts"):
        body["minor_texts"] = decided
    report = next_version(old, context, body=body, verification="verified" if verified else "returned")
    rest = sum(one.report_id != old.report_id for one in _waiting(context))
    said = (
        T("好，这一份核实过了，县里也会知道。")
        if verified
        else T("好，已经请{coordinator}再核对，改好了会再来请您看。")
    )
    more = T("还有{count}份等您核实。", count=rest) if rest else None
    row = ((Button(T("接着核实"), "go:verify"),),) if rest else ()
    return Result(
        replies=(Reply(lines(said, more), row),),
        reports=(report,),
        effects=_told_of_it(report) if verified else (_back_to_author(old, str(talk.answers["reason"])),),
    )


def _told_of_it(report: Report) -> tuple[Notice, ...]:
    return (told_below(report),) if "minor_texts" in report.body else ()


def _back_to_author(old: ReportFact, reason: str) -> Notice:
    """To whoever wrote it, or where she is gone to whoever has her village now."""
    text = T(
        "您报的“{title}”（{who}），{township}想请您再核对一下：{reason}。说“更正”改好就行；没有弄错的话，给{township}打个电话说一声。辛苦您了。",
        title=EVENTS[old.event].title,
        who=mask_name(_name(old)),
        reason=reason,
    )
    buttons = ((Button(T("去更正"), f"go:correct:{old.report_id[:24]}"),),)
    if old.author_contact_id is not None:
        return Notice(text, contact_id=old.author_contact_id, place_id=old.village_id, buttons=buttons)
    return Notice(text, role="coordinator", place_id=old.village_id)


FLOW = Flow(
    "verify",
    version=1,
    title=T("核实"),
    intent="verify",
    words=("核实", "待核实", "接着核实", "退回", "/verify"),
    read_words=lambda text, context: {"said": text},
    roles=VERIFIERS,
    example=T("· 核实（看看村里报来的）"),
    lookups=_lookups,
    settle=_settle,
    absorb=_absorb,
    late_code=True,
    shows_roster=True,
    drops={
        "report_id": ("decision", "reason", "seen_version", "minor_texts"),
        "decision": ("reason", "minor_texts"),
    },
    extra_fields=("said", "woman_name", "minor"),
    steps=(
        Step("report_id", T("先看哪一份？"), required=True, read=_read_more, choices=_choices),
        Step(
            "decision",
            _ask_decision,
            required=True,
            read=_read_more,
            choices=(
                Choice(
                    "verified", T("属实"), ("对", "是", "是的", "没错", "没问题", "核实了", "正确", "核实")
                ),
                Choice("returned", T("退回"), ("不对", "有误", "不属实", "有问题", "错了", "退回去", "打回")),
            ),
            help=T("没问题就说“属实”；要{coordinator}再看看就说“退回”。"),
        ),
        Step(
            "reason",
            T("请她再看看哪里？"),
            required=True,
            read=_read_reason,
            when=lambda talk: talk.answers.get("decision") == "returned",
            choices=(
                Choice("日期请再核对", T("日期请再核对"), ("日期不对", "日期")),
                Choice("看看是不是报重了", T("看看是不是报重了"), ("报重了", "重复了")),
                Choice("人请再核对", T("人请再核对"), ("人不对", "不是这个人")),
            ),
            help=T("比如：日期请再核对。这句话会发到{coordinator}的手机上，不要写病情。"),
        ),
        Step(
            "minor_texts",
            T("她还不满18周岁。要不要给她发短信？可以发的话，我先只问她愿不愿意收，不提怀孕。"),
            required=True,
            when=lambda talk: talk.has("minor") and talk.answers.get("decision") == "verified",
            choices=DECIDED,
            help=T("拿不准就先不发；以后说“可以给她发短信”加上名字，随时能改。"),
        ),
        ReadBack(_show, low_trust_only=True),
    ),
    finish=_finish,
)
