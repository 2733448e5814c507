"""What may become of a row: one table each for messages to people and deliveries to the county.

A state changes by a named step and in no other way. `retry` is the step a person takes (`yunguan outbox
retry`); nothing else brings back what is dead or in doubt. `confirm`, `deliver` and `fail` are the steps of
delivery reports: they may come late, early (before our own mark), again or out of order, so every state says
which of them still mean something. `offer` and `fetch` are for gateways that come for their letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Step = Literal[
    "claim", "accept", "postpone", "refuse", "expire", "lose", "retry",
    "offer", "fetch", "confirm", "deliver", "fail",
]  # fmt: skip


class IllegalTransition(Exception):
    """A row was to take a step that its state does not allow."""


@dataclass(frozen=True, slots=True, eq=False)
class States:
    """A legal-transition table: for each state, the steps it allows and where each leads."""

    name: str
    steps: Mapping[str, Mapping[Step, str]]

    def after(self, state: str, step: Step) -> str:
        """The state that `step` leads to from `state`; raises IllegalTransition where it is not allowed."""
        try:
            return self.steps[state][step]
        except KeyError:
            raise IllegalTransition(f"{self.name}: no step {step!r} from {state!r}") from None

    def before(self, step: Step) -> tuple[str, ...]:
        """The states that allow `step`."""
        return tuple(state for state, steps in self.steps.items() if step in steps)


OUTGOING = States(
    "outgoing",
    {
        # reports on an attempt that was in doubt, and would be made again
        "queued": {"claim": "sending", "expire": "expired", "confirm": "sent", "deliver": "delivered"},
        "sending": {
            "accept": "sent",
            "offer": "offered",
            "postpone": "queued",
            "refuse": "dead",
            "expire": "expired",
            "lose": "unknown",
            "confirm": "sent",
            "deliver": "delivered",
            "fail": "failed",
        },
        # lies ready for a gateway that comes for it; nobody has seen it yet
        "offered": {"fetch": "fetched", "expire": "expired", "retry": "queued"},
        # the gateway was told it, and may have sent it
        "fetched": {"confirm": "sent", "deliver": "delivered", "fail": "failed", "lose": "unknown"},
        "sent": {"deliver": "delivered", "fail": "failed"},
        "delivered": {},
        "failed": {"deliver": "delivered", "retry": "queued"},
        "dead": {"deliver": "delivered", "retry": "queued"},
        "expired": {"confirm": "sent", "deliver": "delivered"},
        "unknown": {"confirm": "sent", "deliver": "delivered", "fail": "failed", "retry": "queued"},
    },
)

DELIVERY = States(
    "delivery",
    {
        "queued": {"claim": "sending"},
        "sending": {"accept": "acknowledged", "postpone": "queued", "refuse": "dead"},
        "acknowledged": {},
        "dead": {"retry": "queued"},
    },
)

UNFINISHED = ("queued", "sending")
"""The states in which a row holds its place in its lane."""
