"""How a report is made of the answers, and who is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from conversations.care.gestation import restriction
from conversations.care.waiting import waits
from conversations.engine.flow import Context, Result
from conversations.engine.state import Talk
from conversations.facts import ReportFact
from conversations.flows.unmatched import unmatched
from conversations.ids import derived_id
from conversations.message import Effect, Notice, Reply, Report, Role
from conversations.records import EVENTS, assemble, flatten, mask_name
from conversations.text import T, Text

STAFF = frozenset({"coordinator", "township", "county"})
INSTITUTION = frozenset({"institution"})
"""Added to `STAFF` where a hospital reports too (requirements.md §1)."""


def _follows(name: str, answers: Mapping[str, Any]) -> bool:
    """Whether a field is said by another line already. A birth date beside the tail of her ID number would, on a
    masked channel, be her whole number."""
    said_by = {"gestational_weeks": "lmp", "birth_date": "resident_id"}.get(name)
    return said_by is not None and said_by in answers


def make_report(event: str, talk: Talk, context: Context, *, pregnancy: bool) -> Report:
    """The report the answers make. `pregnancy`: it belongs to a pregnancy, a new one where none is bound."""
    answers = talk.answers
    woman_id = str(answers.get("woman_id") or derived_id(context.message.id, talk.id, "woman"))
    pregnancy_id = answers.get("pregnancy_id")
    if pregnancy_id is None and pregnancy:
        pregnancy_id = derived_id(context.message.id, talk.id, "pregnancy")
    amends = talk.amends
    report_id = str(amends["report_id"]) if amends else derived_id(context.message.id, talk.id, "report")
    children = children_of_report(event, report_id, answers)
    follows = {"restricted": restricted(answers, context), "child_id": children[0] if children else None}
    body = assemble({**answers, **follows}, event)
    return Report(
        report_id=report_id,
        version=int(amends["version"]) + 1 if amends else 1,
        supersedes=int(amends["version"]) if amends else None,
        event=event,
        woman_id=woman_id,
        pregnancy_id=pregnancy_id,
        subject_ids=subjects(event, report_id, woman_id, pregnancy_id, answers),
        event_time=event_time(answers),
        known_time=datetime.fromisoformat(talk.known_at),
        recorded_time=context.now,
        author_role=context.speaker.role,
        channel=context.message.channel.name,
        channel_trust=context.message.channel.trust,
        programme=context.speaker.programme,
        body=body,
        village_id=answers.get("village_id"),
        woman_version=answers.get("woman_version"),
    )


def next_version(old: ReportFact, context: Context, **changes: Any) -> Report:
    """A version after `old` that says the same but for `changes`: taken back, verified, returned."""
    report = Report(
        report_id=old.report_id,
        version=old.version + 1,
        supersedes=old.version,
        event=old.event,
        woman_id=old.woman_id,
        pregnancy_id=old.pregnancy_id,
        subject_ids=subjects(old.event, old.report_id, old.woman_id, old.pregnancy_id, flatten(old.body)),
        event_time=old.event_time,
        known_time=old.known_time,
        recorded_time=context.now,
        author_role=context.speaker.role,
        channel=context.message.channel.name,
        channel_trust=context.message.channel.trust,
        programme=context.speaker.programme,
        body=old.body,
        village_id=old.village_id,
        woman_version=old.woman.version if old.woman else None,
    )
    return replace(report, **changes)


BRINGS_CHILD = frozenset({"child_death", "birth_defect"})
"""Reports of a child that put one on the roster it did not have; a visit to one does not."""


def children_of_report(event: str, report_id: str, answers: Mapping[str, Any]) -> list[str]:
    """Ids of the children a report speaks of: those it brings follow from its own id (conversations/roster.py)."""
    if EVENTS[event].children:
        count = int(answers.get("child_count") or 1)
        return [derived_id(report_id, "child", str(number)) for number in range(count)]
    if "child_id" in EVENTS[event].fields:
        known = answers.get("child_id")
        if known and known != "other":
            return [str(known)]
        return [derived_id(report_id, "child")] if event in BRINGS_CHILD else []
    return []


def subjects(
    event: str, report_id: str, woman_id: str, pregnancy_id: str | None, answers: Mapping[str, Any]
) -> tuple[str, ...]:
    """Everything a report speaks of: the woman, the pregnancy, the children."""
    children = children_of_report(event, report_id, answers)
    return tuple(dict.fromkeys([woman_id, *([pregnancy_id] if pregnancy_id else []), *children]))


def event_time(answers: Mapping[str, Any]) -> str | None:
    """When it happened as far as known: a day, or a local time with its offset."""
    day, time = answers.get("date") or answers.get("found_date"), answers.get("time")
    if day and time:
        return f"{day}T{time}:00+08:00"
    return str(day) if day else None


def restricted(answers: Mapping[str, Any], context: Context) -> str | None:
    """Under 14: mandatory reporting; under 18: restricted view (requirements.md §2)."""
    return restriction(answers, context.today)


_OF_A_PREGNANCY = frozenset({"pregnancy", "birth", "pregnancy_loss", "maternal_death"})
_OF_CARE = frozenset(
    {"booking", "antenatal_visit", "risk_grade", "referral", "critical_case", "postnatal_visit"}
)
"""These tell of a pregnancy too, where they are the first that is heard of her."""


def minor_notices(report: Report, context: Context) -> tuple[tuple[Reply, ...], tuple[Effect, ...]]:
    """Under 14: coordinator reminded, township and county told at once of the duty of mandatory reporting.
    14–17: the township decides whether she may be written to (requirements.md §2)."""
    told_first = report.event in _OF_CARE and report.woman_version is None
    concerned = report.event in _OF_A_PREGNANCY or told_first
    restriction = report.body.get("restricted") if concerned else None
    village = report.body.get("village", "")
    if restriction == "under_14":
        text = T(
            "【强制报告】{village}报告了一名未满14周岁的女孩怀孕。请立即核实，并按强制报告制度向公安机关报案。她和家里的电话都不会收到我们的信息。",
            village=village,
        )
        reply = T(
            "她不满14周岁，按强制报告制度要马上向公安机关报案。我已经通知{township}和县里，请您也守好秘密，不要给她家打电话发短信提这件事。"
        )
        return (Reply(reply),), tuple(
            Notice(text, role=role, place_id=report.village_id, kind="danger")
            for role in ("township", "county")
        )
    if restriction == "minor" and (report.event == "pregnancy" or report.woman_version is None):
        text = T(
            "{village}新报的一位孕妇未满18周岁，资料已限制查看，我们先不给她发短信。要不要发由你们定：定了说“可以给她发短信”，带上她的名字。",
            village=village,
        )
        reply = T("她还不满18周岁，资料会限制查看，我们先不给她发短信，等{township}定。请您也替她保密。")
        return (Reply(reply),), (Notice(text, role="township", place_id=report.village_id),)
    return (), ()


def tell(
    texts: Text | Mapping[str, Text],
    report: Report,
    talk: Talk,
    context: Context,
    *,
    changing: tuple[str, ...] = (),
) -> tuple[Notice, ...]:
    """Tell the roles that `records.EVENTS` names for this report, each its text if they differ, but for the speaker's
    own; of a correction only where one of these fields changed."""
    old = talk.amends["body"] if talk.amends is not None else None
    if old is not None and all(old.get(name) == report.body.get(name) for name in changing):
        return ()
    return tuple(
        Notice(
            texts if isinstance(texts, Text) else texts[role],
            role=role,
            place_id=report.village_id,
            kind=urgency(report.event),
        )
        for role in EVENTS[report.event].told
        if role != context.speaker.role
    )


def urgency(event: str) -> Literal["notice", "urgent"]:
    """The kind of notice that tells of such a report, or that it was taken back."""
    return "urgent" if EVENTS[event].at_once else "notice"


def trouble_told(
    result: Result,
    talk: Talk,
    context: Context,
    text: Text,
    roles: Iterable[Role],
    kind: Literal["notice", "urgent"] = "notice",
) -> Result:
    """With the word that something is wrong with her, once, to `roles` but the speaker's own."""
    if talk.amends is not None and talk.amends["body"].get("problem") is True:
        return result
    report = result.reports[0]
    notices = (
        Notice(text, role=role, place_id=report.village_id, kind=kind)
        for role in roles
        if role != context.speaker.role
    )
    return Result(result.replies, result.reports, (*result.effects, *notices), result.then)


def errand_next(flow: str, talk: Talk, report: Report, context: Context, **more: object) -> Talk:
    """The errand that a report leads to, about the same woman: a move here that tells of a pregnancy."""
    known = {
        "woman_name": report.body["woman_name"],
        "village": report.body["village"],
        "village_id": report.village_id,
        "woman_id": report.woman_id,
        **more,
    }
    return errand(flow, talk, context, known)


_ABOUT_HER = ("woman_name", "woman_id", "pregnancy_id", "village", "village_id", "village_told")


def told_besides(
    result: Result, flow: str, talk: Talk, context: Context, *kept: str, **more: object
) -> Result:
    """With the errand that was told in the same words, about the same woman, to be read back next. `kept`: what else of this one
    it says too."""
    answers = talk.answers
    known = {name: answers[name] for name in (*_ABOUT_HER, *kept) if answers.get(name) is not None} | more
    then = (*result.then, errand(flow, talk, context, known))
    return Result(result.replies, result.reports, result.effects, then)


def errand(
    flow: str, talk: Talk, context: Context, known: Mapping[str, Any], about: tuple[str, ...] = ()
) -> Talk:
    """An errand that another one begins, with what that one knows. `about`: ids that tell it from others of its kind that
    the same message begins; the other errand's own where nothing is said."""
    from conversations.flows.registry import FLOWS

    return Talk(
        id=derived_id(context.message.id, *(about or (talk.id,)), flow)[:8],
        flow=flow,
        version=FLOWS[flow].version,
        known_at=talk.known_at,
        answers=dict(known),
        given=list(known),
    )


def _from_institution(report: Report, context: Context) -> tuple[Effect, ...]:
    """What a hospital reports reaches the village too; whom it could not name for sure the township looks up."""
    body, spec = report.body, EVENTS[report.event]
    said = {
        "place": context.speaker.place_name,
        "title": spec.title,
        "who": mask_name(str(body.get("woman_name") or body.get("mother_name") or "")),
        "village": body["village"],
    }
    notices: list[Effect] = []
    if spec.ends_pregnancy or spec.solemn:
        text = T("{place}报来：{title}，{village}的{who}。请您跟进。", **said)
        kind = urgency(report.event)
        notices.append(Notice(text, role="coordinator", place_id=report.village_id, kind=kind))
    if report.woman_version is None:
        notices.append(unmatched(report))
    return tuple(notices)


def _put_right(report: Report, context: Context) -> Notice:
    """To the coordinator: an office above has changed what stands of a woman of hers."""
    text = T("【更正】{office}更正了{village}{who}的{title}，您说“查”加她的名字能看到。").with_values(
        office=context.speaker.place_name,
        village=report.body.get("village", ""),
        who=mask_name(str(report.body.get("woman_name") or report.body.get("mother_name") or "")),
        title=EVENTS[report.event].title,
    )
    return Notice(text, role="coordinator", place_id=report.village_id)


def _to_verify(report: Report) -> Notice:
    """To the township: something waits for its word before the county has it."""
    text = T("【待核实】{village}报来：{title}，{who}。核实后才送往县里，说“核实”就能看。").with_values(
        village=report.body.get("village", ""),
        title=EVENTS[report.event].title,
        who=mask_name(str(report.body.get("woman_name") or report.body.get("mother_name") or "")),
    )
    return Notice(text, role="township", place_id=report.village_id)


def filed(
    event: str,
    talk: Talk,
    context: Context,
    *,
    pregnancy: bool,
    said: Text,
    waiting: Text | None = None,
    then: tuple[Talk, ...] = (),
) -> Result:
    """File the report, answer (`waiting`: where the township looks at it before the county has it), and tell whom
    the rules name."""
    report = make_report(event, talk, context, pregnancy=pregnancy)
    replies, effects = minor_notices(report, context)
    if waits(report):
        said = waiting or T("报好了，{township}核实后送往县里，谢谢您。")
    if talk.amends is not None:
        said = (
            T("更正好了，新的一版也报上去了，旧的也留着底。")
            if waits(report)
            else T("更正好了，新的一版已经送往县里，旧的也留着底。")
        )
    elif context.speaker.role == "institution":
        said = T("报好了，已经送往县里。村里和乡镇会接着跟进。")
    spec = EVENTS[event]
    told: tuple[Effect, ...] = ()
    if talk.amends is not None:
        if talk.amends["body"].get("restricted") == report.body.get("restricted"):
            replies, effects = (), ()
    elif (spec.ends_pregnancy or spec.solemn) and context.speaker.role != "township":
        who = mask_name(str(report.body.get("woman_name") or report.body.get("mother_name") or ""))
        told = (
            Notice(
                T(
                    "{village}报来：{title}，{who}。请核实跟进。",
                    village=report.body["village"],
                    title=spec.title,
                    who=who,
                ),
                role="township",
                place_id=report.village_id,
                kind=urgency(event),
            ),
        )
    elif waits(report):
        told = (_to_verify(report),)
    if talk.amends is None and context.speaker.role == "institution":
        told = (*told, *_from_institution(report, context))
    if talk.amends is not None and context.speaker.role in ("township", "county"):
        told = (_put_right(report, context),)
    return Result(replies=(Reply(said), *replies), reports=(report,), effects=(*effects, *told), then=then)
