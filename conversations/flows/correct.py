"""更正、撤回: a new version of an earlier report, the old one kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conversations.engine.flow import Choice, Context, Ended, Flow, ReadBack, Result, Settled, Step
from conversations.engine.heard import understand_for
from conversations.engine.state import Talk
from conversations.facts import Lookup, ReportFact, ReportsBy, ToldBelow
from conversations.flows.filing import INSTITUTION, STAFF, next_version, urgency
from conversations.flows.my_reports import lookups, report_line, reports_of
from conversations.flows.ultrasound import heard
from conversations.message import Notice, Reply, Speaker
from conversations.records import EVENTS, FIELDS, NOT_SAID, flatten, mask_name
from conversations.text import Sayable, T, Text
from conversations.understanding.lexicon import fold
from conversations.understanding.normalise import normalise
from conversations.understanding.reports_named import reports_named

_DATES = re.compile(r"月经|例假|预产|孕周")
_ABOVE = frozenset({"township", "county"})
"""Offices that may put right how a coordinator reported a pregnancy (a due date, a phone), and take back what ended one:
who reported it may have left."""
_TAKEN_BACK = tuple(
    name for name, spec in EVENTS.items() if spec.ends_pregnancy or spec.solemn or name == "pregnancy"
)


def _told_below(talk: Talk, speaker: Speaker) -> ToldBelow | None:
    name = talk.answers.get("woman_name")
    if not name or speaker.role not in (*_ABOVE, "coordinator"):
        return None
    events = _TAKEN_BACK if talk.flow == "withdraw" else ("pregnancy",)
    villages = tuple(village.id for village in speaker.villages)
    return ToldBelow(str(name), villages, events, listed=speaker.role == "coordinator")


def _of_her(talk: Talk, speaker: Speaker) -> ReportsBy | None:
    """Her own of the woman she names, however long ago and whatever she reported since."""
    name = talk.answers.get("woman_name") or talk.answers.get("mother_name")
    return ReportsBy(speaker.staff_id, name=str(name)) if name and speaker.staff_id else None


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    named = (_of_her(talk, speaker), _told_below(talk, speaker))
    return (*lookups(talk, speaker), *(one for one in named if one is not None))


def _reports(talk: Talk, context: Context) -> tuple[ReportFact, ...]:
    """Her newest own; of the woman she names all of them, and what was told below."""
    answers, speaker = context.facts.answers, context.speaker
    hers, below = _of_her(talk, speaker), _told_below(talk, speaker)
    named: Sequence[ReportFact] = answers.get(hers, ()) if hers is not None else ()
    found = [*reports_of(context), *(one for one in named if one.village_id in context.village_ids)]
    found += answers.get(below, ()) if below is not None else ()
    return tuple({one.report_id: one for one in found}.values())


def _open_reports(talk: Talk, context: Context) -> list[ReportFact]:
    """The reports that can be changed; only those about the woman she named, if she named one."""
    name = talk.answers.get("woman_name") or talk.answers.get("mother_name")
    reports = [report for report in _reports(talk, context) if not report.withdrawn]

    def meant(report: ReportFact) -> bool:
        who = report.body.get("woman_name") or report.body.get("mother_name")
        return bool(who) and who == name

    found = [report for report in reports if meant(report)] or ([] if name else reports)
    if told := talk.answers.get("events"):
        of_it = [report for report in found if report.event in told]
        if of_it or (name and any(EVENTS[event].solemn or EVENTS[event].ends_pregnancy for event in told)):
            return of_it  # 撤回孙丽的死亡 is never said of her pregnancy
    if talk.has("discharge_date"):
        return [report for report in found if report.event == "birth"]
    if talk.has("ultrasound_weeks"):
        scanned = [report for report in found if "ultrasound_weeks" in report.body]
        return scanned or [report for report in found if "ultrasound_weeks" in EVENTS[report.event].fields]
    dates = _DATES.search(context.message.text) or any(talk.has(field) for field in _DATING)
    # 李梅的末次月经报错了: it stands in how her pregnancy was reported, whatever was reported since
    return [report for report in found if report.event == "pregnancy"] or found if dates else found


def _none(talk: Talk, context: Context, nothing: Text) -> Text:
    """That there is none of hers; or of the woman she named, never another one's instead."""
    name = talk.answers.get("woman_name") or talk.answers.get("mother_name")
    if name and talk.has("discharge_date"):
        who = mask_name(str(name)) if context.masked else str(name)
        return T("还没有{who}分娩的上报。生了就先报分娩；是看病住的院，说“随访{who}”。", who=who)
    if not name and context.speaker.role in _ABOVE and _DATES.search(context.message.text):
        return T("您要更正谁的？连名字一起说，比如“更正王芳的预产期”。")
    if not name or not _reports(talk, context):
        return nothing
    who = mask_name(str(name)) if context.masked else str(name)
    return T("没有找到{who}的那一份。说“我报了什么”看看报过哪些。", who=who)


def _choices(talk: Talk, context: Context) -> tuple[Choice, ...]:
    return tuple(
        Choice({"report_id": report.report_id}, report_line(report, context))
        for report in _open_reports(talk, context)
    )


def _chosen(talk: Talk, context: Context) -> ReportFact | None:
    """The report meant: chosen, or the only one there is. One that was taken back meanwhile is asked for again."""
    answers = talk.answers
    if isinstance(pressed := answers.pop("go", None), list) and pressed:
        known = (r.report_id for r in _reports(talk, context) if r.report_id.startswith(str(pressed[0])))
        answers["report_id"] = next(known, None)
    chosen = next((r for r in _reports(talk, context) if r.report_id == answers.get("report_id")), None)
    if chosen is not None and not chosen.withdrawn:
        return chosen
    answers.pop("report_id", None)
    reports = _open_reports(talk, context)
    if len(reports) != 1:
        return None
    answers["report_id"] = reports[0].report_id
    return reports[0]


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], None]:
    if not talk.has("report_id", "events"):
        fields |= _named(context.message.text)
    return heard(fields, context), None


def _named(text: str) -> dict[str, Any]:
    """The reports that words name: 李梅那个流产报错了."""
    events = reports_named(fold(normalise(text)))
    return {"events": list(events)} if events else {}


def _settle_correct(talk: Talk, context: Context) -> Settled:
    if not _open_reports(talk, context):
        return Ended(_none(talk, context, T("您还没有可以更正的上报。")))
    report = _chosen(talk, context)
    if report is None:
        return None
    return Talk(
        id=talk.id,
        flow=report.event,
        version=1,
        known_at=report.known_time.isoformat(),
        answers=_answers(report, talk),
        passed=["*"],
        turn=talk.turn,
        opened=True,
        hinted=True,
        amends={"report_id": report.report_id, "version": report.version, "body": dict(report.body)},
        said=talk.said,
    )


_DATING = ("lmp", "due_date", "gestational_weeks", "gestational_days")


def _answers(report: ReportFact, talk: Talk) -> dict[str, Any]:
    """A filed report as the answers that made it, with what is already told of the correction (月经报错了，是8月3号)."""
    answers = flatten(report.body)
    if "children" in report.body:
        answers["child_count"] = len(report.body["children"])
    told = {
        name: talk.answers[name]
        for name in EVENTS[report.event].fields
        if name not in ("woman_name", "mother_name", "village", *NOT_SAID)
        and talk.answers.get(name) is not None
    }
    if any(name in told for name in _DATING):
        answers = {name: value for name, value in answers.items() if name not in _DATING}
    if "ultrasound_weeks" in told:
        answers.pop("ultrasound_days", None)
    answers.update(told)
    answers.update(woman_id=report.woman_id, village_id=report.village_id)
    if report.pregnancy_id:
        answers["pregnancy_id"] = report.pregnancy_id
    if report.woman is not None:
        answers["woman_version"] = report.woman.version
    return answers


def _settle_withdraw(talk: Talk, context: Context) -> Settled:
    if not _open_reports(talk, context):
        return Ended(_none(talk, context, T("您还没有可以撤回的上报。")))
    _chosen(talk, context)
    return None


def _show_withdraw(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    report = _chosen(talk, context)
    assert report is not None
    shown: list[tuple[str | None, Text, Sayable]] = [("report_id", T("撤回"), report_line(report, context))]
    if reason := talk.answers.get("reason"):
        shown.append(("reason", T("原因"), T("已记下") if context.masked else T("{reason}", reason=reason)))
    return shown


def _finish_withdraw(talk: Talk, context: Context) -> Result:
    old = _chosen(talk, context)
    assert old is not None
    spec = EVENTS[old.event]
    reason = talk.answers.get("reason")
    body = {**old.body, "withdrawn_because": reason} if reason else old.body
    report = next_version(old, context, body=body, withdrawn=True)
    text = T(
        "{village}撤回了一份上报：{title}，{who}。",
        village=context.speaker.place_name if context.speaker.role in _ABOVE else old.body.get("village", ""),
        title=spec.title,
        who=mask_name(str(old.body.get("woman_name") or old.body.get("mother_name") or "")),
    )
    township = spec.ends_pregnancy or spec.solemn or old.body.get("problem") is True
    above = ("coordinator",) if context.speaker.role in _ABOVE else ()
    told = tuple(
        Notice(text, role=role, place_id=old.village_id, kind=urgency(old.event))
        for role in (*above, *(spec.told or (("township",) if township else ())))
        if role != context.speaker.role
    )
    return Result(
        replies=(Reply(T("撤回好了，县里会收到撤回的通知，花名册也跟着改回来了。")),),
        reports=(report,),
        effects=told,
    )


def _read_words(text: str, context: Context) -> dict[str, Any]:
    """Whom it is about, and what is right instead, as far as that was said at once."""
    fields = heard(dict(understand_for(text, context).fields), context)
    told = {name: value for name, value in fields.items() if name in FIELDS and value is not None}
    return told | _named(text)


_PICK = Step("report_id", T("是哪一份？"), required=True, choices=_choices)

CORRECT = Flow(
    "correct",
    version=1,
    title=T("更正"),
    intent="correct",
    words=("更正", "/correct"),
    read_words=_read_words,
    roles=STAFF | INSTITUTION,
    lookups=_lookups,
    shows_roster=True,
    settle=_settle_correct,
    extra_fields=(*FIELDS, "events"),
    absorb=_absorb,
    steps=(_PICK,),
    finish=lambda talk, context: Result(),
)

WITHDRAW = Flow(
    "withdraw",
    version=1,
    title=T("撤回"),
    intent="withdraw",
    words=("撤回", "/withdraw"),
    read_words=_read_words,
    roles=STAFF | INSTITUTION,
    lookups=_lookups,
    shows_roster=True,
    settle=_settle_withdraw,
    late_code=True,
    extra_fields=("woman_name", "mother_name", "events"),
    absorb=_absorb,
    steps=(
        replace(_PICK, ask=T("要撤回哪一份？")),
        Step("reason", T("为什么撤回？"), free=True, help=T("比如：报错人了，或重复报了。")),
        ReadBack(_show_withdraw),
    ),
    finish=_finish_withdraw,
)
