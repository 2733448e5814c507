"""One file per thing a person can do, named after it. The registry of all flows stands at the end of `registry`."""

from conversations.flows.registry import (
    FLOWS,
    flow_for_intent,
    flow_for_words,
    flow_otherwise,
    flow_that_goes_first,
    flows_of,
)

__all__ = [
    "FLOWS",
    "flow_for_intent",
    "flow_for_words",
    "flow_otherwise",
    "flow_that_goes_first",
    "flows_of",
]
