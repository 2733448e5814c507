"""All flows, by name; a flow that is not here does not exist."""

from __future__ import annotations

from conversations.engine.flow import BrokenFlow, Flow
from conversations.flows import (
    alerts,
    birth,
    birth_defect,
    child_death,
    correct,
    joining,
    maternal_death,
    my_reports,
    pin,
    pregnancy,
    pregnancy_loss,
    staff,
    unclear,
    woman_death,
)

_ALL: tuple[Flow, ...] = (
    pregnancy.FLOW,
    birth.FLOW,
    pregnancy_loss.FLOW,
    maternal_death.FLOW,
    child_death.FLOW,
    woman_death.FLOW,
    birth_defect.FLOW,
    correct.CORRECT,
    correct.WITHDRAW,
    my_reports.FLOW,
    joining.FLOW,
    alerts.FLOW,
    staff.INVITE,
    staff.CONFIRM,
    staff.REVOKE,
    pin.FLOW,
    unclear.FLOW,
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


def flow_for_words(text: str, role: str) -> Flow | None:
    """The flow that a message starting with one of its words means, if this role may."""
    if alerts.is_taking(text) and role in alerts.FLOW.roles:
        return alerts.FLOW
    lowered = text.lower()
    for flow in _ALL:
        if role in flow.roles and flow.words and lowered.startswith(flow.words):
            return flow
    return None


def flows_of(role: str) -> tuple[Flow, ...]:
    return tuple(flow for flow in _ALL if role in flow.roles)
