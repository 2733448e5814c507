"""A broken declaration refuses to import, and says where; every flow can be drawn."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.engine.diagram import diagram
from conversations.engine.flow import BrokenFlow, Choice, Flow, ReadBack, Repeat, Result, Step
from conversations.flows import FLOWS
from conversations.text import T

NAME = Step("woman_name", T("她叫什么名字？"), required=True)
DATE = Step("date", T("哪天？"), required=True)
READ = ReadBack(lambda talk, context: [])


def flow(*steps: Any, **changes: Any) -> Flow:
    values: dict[str, Any] = {
        "name": "try",
        "version": 1,
        "title": T("试一试"),
        "roles": frozenset({"coordinator"}),
        "steps": steps,
        "finish": lambda talk, context: Result(),
    }
    return Flow(**(values | changes))


@pytest.mark.parametrize(
    ("steps", "changes", "why"),
    [
        ((READ, NAME), {}, "step 1: the reading back must be the last"),
        ((NAME, NAME), {}, "step 2: two steps are called 'woman_name'"),
        (
            (
                Repeat(
                    "children",
                    lambda talk: 1,
                    (Step("sex", T("？"), choices=(Choice("male", T("男")),)),) * 2,
                ),
            ),
            {},
            "two steps are called 'sex'",
        ),
        ((Step("shoe_size", T("鞋多大？")),), {}, "nobody reads 'shoe_size'"),
        ((Step("cause", T(""), free=True),), {}, "'cause' asks nothing"),
        ((NAME, READ), {"event": "wedding"}, "no event 'wedding'"),
        ((NAME,), {"event": "pregnancy_loss"}, "must end with its reading back"),
        ((NAME, READ), {"event": "pregnancy_loss"}, r"never asks for \['date'\]"),
        ((DATE, NAME, READ), {"event": "pregnancy_loss", "subject": "mother_name"}, "never asks who"),
        ((NAME,), {"roles": frozenset()}, "nobody may use it"),
    ],
)
def test_a_broken_flow_refuses_to_be(steps: tuple[Any, ...], changes: dict[str, Any], why: str) -> None:
    with pytest.raises(BrokenFlow, match=why):
        flow(*steps, **changes)


def test_a_sound_one_is_taken() -> None:
    assert flow(NAME, DATE, READ, event="pregnancy_loss").reading is READ


@pytest.mark.parametrize("name", sorted(FLOWS))
def test_every_flow_is_drawn(name: str) -> None:
    drawn = diagram(FLOWS[name])
    assert drawn.startswith(f"%% {name} v{FLOWS[name].version}\nflowchart TD\n")
    assert drawn.count("-->") + drawn.count("-.->") == 1 + sum(
        len(step.steps) if isinstance(step, Repeat) else 1 for step in FLOWS[name].steps
    )
