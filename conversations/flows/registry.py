"""All flows, by name; a flow that is not here does not exist."""

from __future__ import annotations

from functools import cache

from conversations.engine.flow import BrokenFlow, Context, Flow, nothing_first, nothing_heard
from conversations.flows import (
    alerts,
    announce,
    antenatal_visit,
    assign,
    birth,
    birth_defect,
    booking,
    change_phone,
    child_death,
    consent,
    consenting,
    contraceptive_reaction,
    correct,
    critical_case,
    follow_up,
    handover,
    joining,
    language,
    linking,
    lost_contact,
    maternal_death,
    minors,
    monthly,
    moved,
    my_reports,
    newborn_visit,
    not_over,
    number,
    own_status,
    papers,
    pin,
    postnatal_visit,
    preconception,
    preferred,
    pregnancy,
    pregnancy_loss,
    quarterly_counts,
    questions,
    referral,
    reminder_answer,
    risk_grade,
    roster_query,
    staff,
    stranger,
    today,
    told_over,
    unclear,
    unsafe,
    urging,
    verify,
    who_looked,
    woman_death,
)

_ALL: tuple[Flow, ...] = (
    pregnancy.FLOW,
    booking.FLOW,
    antenatal_visit.FLOW,
    risk_grade.FLOW,
    referral.FLOW,
    critical_case.FLOW,
    postnatal_visit.FLOW,
    newborn_visit.FLOW,
    birth.FLOW,
    pregnancy_loss.FLOW,
    maternal_death.FLOW,
    child_death.FLOW,
    woman_death.FLOW,
    birth_defect.FLOW,
    follow_up.FLOW,
    lost_contact.FLOW,
    moved.FLOW,
    preconception.FLOW,
    contraceptive_reaction.FLOW,
    correct.CORRECT,
    correct.WITHDRAW,
    my_reports.FLOW,
    verify.FLOW,
    minors.FLOW,
    assign.FLOW,
    handover.FLOW,
    announce.FLOW,
    announce.GOT_IT,
    announce.RECEIPTS,
    told_over.HERS,
    not_over.HERS,
    told_over.AWAY,
    unsafe.SAYS,
    consent.OPT_OUT,
    consent.WORK,
    consent.WRONG_NUMBER,
    consent.REASON,
    unsafe.SINCE,
    consent.OPT_IN,
    consenting.FLOW,
    consenting.WANTS,
    language.FLOW,
    preferred.FLOW,
    own_status.FLOW,
    reminder_answer.VISIT_DONE,
    reminder_answer.VISIT_LATER,
    change_phone.FLOW,
    change_phone.OWN,
    linking.OPEN,
    joining.FLOW,
    stranger.FLOW,
    questions.ASK,
    questions.REPLY,
    questions.ANSWER,
    number.FLOW,
    change_phone.NEW,
    linking.OFFER,
    linking.CONFIRM,
    today.FLOW,
    today.TASK,
    told_over.SETTLE,
    not_over.SETTLE,
    quarterly_counts.FLOW,
    monthly.FLOW,
    papers.FLOW,
    staff.LIST,
    roster_query.FLOW,
    alerts.FLOW,
    staff.INVITE,
    staff.CONFIRM,
    staff.REVOKE,
    pin.FLOW,
    unclear.FLOW,
    urging.FLOW,
    who_looked.FLOW,
)

FLOWS: dict[str, Flow] = {flow.name: flow for flow in _ALL}

if len(FLOWS) != len(_ALL):
    raise BrokenFlow("two flows share a name")
_intents = [flow.intent for flow in _ALL if flow.intent]
if len(set(_intents)) != len(_intents):
    raise BrokenFlow("two flows answer to one intent")

_BY_INTENT = {flow.intent: flow for flow in _ALL if flow.intent}


def flow_for_intent(intent: str, role: str) -> Flow | None:
    """The flow an intent starts, if this role may."""
    flow = _BY_INTENT.get(intent)
    return flow if flow is not None and role in flow.roles else None


def flow_that_goes_first(text: str, context: Context, *, asked: bool) -> Flow | None:
    """The flow that a message means whatever is in hand, if this role may. `asked`: a question is open."""
    first = _heard_first(context.speaker.role)
    return next((flow for flow in first if flow.first(text, context, asked)), None)


@cache
def flow_otherwise(role: str) -> Flow | None:
    """The flow that answers what no other flow of this role does."""
    return next((flow for flow in flows_of(role) if flow.otherwise), None)


def flow_for_words(text: str, context: Context) -> Flow | None:
    """The flow that a message is in so many words, or starts like, if this role may."""
    role = context.speaker.role
    for flow in _hearing(role):
        if flow.hears(text, context):
            return flow
    lowered = text.lower()
    if lowered.startswith(_beginnings(role)):
        return next(flow for flow in flows_of(role) if flow.words and lowered.startswith(flow.words))
    return None


@cache
def flows_of(role: str) -> tuple[Flow, ...]:
    """All that this role may do."""
    return tuple(flow for flow in _ALL if role in flow.roles)


# every message is held against these: only the flows that have something to say to it are asked
@cache
def _heard_first(role: str) -> tuple[Flow, ...]:
    return tuple(flow for flow in flows_of(role) if flow.first is not nothing_first)


@cache
def _hearing(role: str) -> tuple[Flow, ...]:
    return tuple(flow for flow in flows_of(role) if flow.hears is not nothing_heard)


@cache
def _beginnings(role: str) -> tuple[str, ...]:
    return tuple(word for flow in flows_of(role) for word in flow.words)
