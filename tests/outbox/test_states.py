from __future__ import annotations

import itertools
from typing import get_args

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.outbox.states import DELIVERY, OUTGOING, IllegalTransition, States, Step

STEPS: tuple[Step, ...] = get_args(Step)

LEGAL = {
    OUTGOING: {
        ("queued", "claim"): "sending",
        ("queued", "expire"): "expired",
        ("queued", "confirm"): "sent",
        ("queued", "deliver"): "delivered",
        ("sending", "accept"): "sent",
        ("sending", "offer"): "offered",
        ("sending", "postpone"): "queued",
        ("sending", "refuse"): "dead",
        ("sending", "expire"): "expired",
        ("sending", "lose"): "unknown",
        ("sending", "confirm"): "sent",
        ("sending", "deliver"): "delivered",
        ("sending", "fail"): "failed",
        ("offered", "fetch"): "fetched",
        ("offered", "expire"): "expired",
        ("offered", "retry"): "queued",
        ("fetched", "confirm"): "sent",
        ("fetched", "deliver"): "delivered",
        ("fetched", "fail"): "failed",
        ("fetched", "lose"): "unknown",
        ("sent", "deliver"): "delivered",
        ("sent", "fail"): "failed",
        ("failed", "deliver"): "delivered",
        ("failed", "retry"): "queued",
        ("dead", "deliver"): "delivered",
        ("dead", "retry"): "queued",
        ("expired", "confirm"): "sent",
        ("expired", "deliver"): "delivered",
        ("unknown", "confirm"): "sent",
        ("unknown", "deliver"): "delivered",
        ("unknown", "fail"): "failed",
        ("unknown", "retry"): "queued",
    },
    DELIVERY: {
        ("queued", "claim"): "sending",
        ("sending", "accept"): "acknowledged",
        ("sending", "postpone"): "queued",
        ("sending", "refuse"): "dead",
        ("dead", "retry"): "queued",
    },
}
UNSENT = ("queued", "sending", "offered")
EVERY = [
    pytest.param(states, state, step, id=f"{states.name}-{state}-{step}")
    for states in LEGAL
    for state, step in itertools.product(states.steps, STEPS)
]


@pytest.mark.parametrize(("states", "state", "step"), EVERY)
def test_every_step_from_every_state(states: States, state: str, step: Step) -> None:
    expected = LEGAL[states].get((state, step))
    if expected is None:
        with pytest.raises(IllegalTransition, match=f"no step '{step}' from '{state}'"):
            states.after(state, step)
        assert state not in states.before(step)
    else:
        assert states.after(state, step) == expected
        assert state in states.before(step)


@pytest.mark.parametrize("states", LEGAL, ids=lambda states: states.name)
def test_a_state_nobody_knows_allows_nothing(states: States) -> None:
    for step in STEPS:
        with pytest.raises(IllegalTransition):
            states.after("lost in the post", step)


@pytest.mark.parametrize("states", LEGAL, ids=lambda states: states.name)
def test_every_step_leads_to_a_state_of_the_table(states: States) -> None:
    for steps in states.steps.values():
        assert set(steps.values()) <= set(states.steps)


class Life(RuleBasedStateMachine):
    """A row that takes legal steps in any order."""

    states = OUTGOING

    def __init__(self) -> None:
        super().__init__()
        self.state = "queued"
        self.came_by: Step | None = None
        self.was = "queued"

    @property
    def open(self) -> tuple[Step, ...]:
        return tuple(step for step in STEPS if self.state in self.states.before(step))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        step = data.draw(st.sampled_from(self.open))
        self.was, self.state, self.came_by = self.state, self.states.after(self.state, step), step

    @rule(step=st.sampled_from(STEPS))
    def illegal(self, step: Step) -> None:
        if step not in self.open:
            with pytest.raises(IllegalTransition):
                self.states.after(self.state, step)

    @invariant()
    def what_was_taken_is_never_sent_again(self) -> None:
        assert self.was not in ("sent", "fetched", "acknowledged") or self.state not in UNSENT

    @invariant()
    def what_was_delivered_stays_so(self) -> None:
        assert self.was != "delivered"

    @invariant()
    def what_is_over_comes_back_by_hand_only(self) -> None:
        over = self.was in ("dead", "failed", "expired", "unknown")
        assert not over or self.state not in UNSENT or self.came_by == "retry"

    @invariant()
    def what_a_gateway_offers_was_never_seen_by_it(self) -> None:
        assert self.state != "offered" or self.was == "sending"


class DeliveryLife(Life):
    states = DELIVERY


TestLetters = Life.TestCase
TestDeliveries = DeliveryLife.TestCase
