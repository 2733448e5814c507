"""我报了什么: the newest reports of the one who asks, each with its state."""

from __future__ import annotations

from conversations.care.programme import programme
from conversations.engine.flow import Context, Flow, Result
from conversations.engine.state import Talk
from conversations.facts import Lookup, ReportFact, ReportsBy
from conversations.flows.filing import INSTITUTION, STAFF
from conversations.local_time import LOCAL
from conversations.message import Reply, Speaker
from conversations.records import EVENTS, mask_name
from conversations.text import ROOM_OF_TWO, Sayable, T, Text, how_many_fit, lines, plain


def lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (ReportsBy(speaker.staff_id),) if speaker.staff_id else ()


def reports_of(context: Context) -> tuple[ReportFact, ...]:
    """Her newest reports, of the villages that are hers today: what she handed over is no longer hers to see."""
    staff = context.speaker.staff_id
    found = context.facts[ReportsBy(staff)] if staff else ()
    return tuple(report for report in found if report.village_id in context.village_ids)


def report_line(report: ReportFact, context: Context) -> Text:
    """One report in one line: 11月22日 发现孕情 李梅（已到县里）."""
    name = str(report.body.get("woman_name") or report.body.get("mother_name") or "")
    who = plain(mask_name(name) if context.masked else name)
    day = report.recorded_time.astimezone(LOCAL).date()
    if report.withdrawn:
        state = T("已撤回")
    elif report.verification == "returned":
        state = T("请您再核对", sms=T("再核对"))
    elif report.verification == "verified":
        state = T("{township}已核实", sms=T("已核实"))
    elif report.delivered:
        state = T("县里已收到", sms=T("已收到"))
    elif report.event in programme(context.speaker.programme).verification.events:
        state = T("等{township}核实", sms=T("待核实"))
    else:
        state = T("正在送往县里", sms=T("送往中"))
    return T(
        "{date} {title} {who}（{state}）",
        date=day,
        title=EVENTS[report.event].title,
        who=who,
        state=state,
    )


def _finish(talk: Talk, context: Context) -> Result:
    reports = reports_of(context)
    if not reports:
        return Result(replies=(Reply(T("您还没有报过什么。")),))
    shown: list[Sayable] = [
        T("{number} {line}", number=number, line=report_line(report, context))
        for number, report in enumerate(reports, 1)
    ]
    first, last = T("您最近报的："), T("要改说“更正”，要撤回说“撤回”。")
    if not context.message.channel.buttons:
        shown = shown[: how_many_fit(first, shown, last, ROOM_OF_TWO, context.today)]
    return Result(replies=(Reply(lines(first, *shown, last)),))


FLOW = Flow(
    "my_reports",
    version=1,
    title=T("我报了什么"),
    words=("我报了什么", "我报过什么", "我报了哪些", "我的上报", "看看我报的", "my reports", "/my"),
    roles=STAFF | INSTITUTION,
    example=T("· 我报了什么 / 更正 / 撤回"),
    lookups=lookups,
    steps=(),
    finish=_finish,
    quick=True,
    shows_roster=True,
)
