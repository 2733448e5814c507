from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.care.colours import followed_until
from conversations.care.programme import programme
from conversations.care.stopping import (
    TABLE,
    Kind,
    Situation,
    To,
    goes_on,
    may_speak_of_child,
    stopped_by,
)

TODAY = date(2026, 5, 1)
CALM = Situation(TODAY)


def ended(kind: str, **more: Any) -> Situation:
    on = TODAY - timedelta(days=1)
    until = followed_until(programme("kaifeng"), on)
    return Situation(TODAY, ended=kind, ended_on=on, follow_up_until=until, **more)  # type: ignore[arg-type]


BIRTH, STILLBIRTH, LOSS = ended("birth"), ended("stillbirth"), ended("loss")
CHILD_DIED = ended("birth", child_died=True)
SHE_DIED = replace(CALM, she_died=True)
DIED_AFTER_BIRTH = ended("birth", she_died=True)
MOVED = replace(CALM, moved_out=True)

SENTENCES: list[tuple[str, Situation, Kind, To, bool]] = [  # requirements §5, sentence by sentence
    ("A birth or loss stops antenatal reminders", BIRTH, "antenatal", "woman", False),
    ("A birth or loss stops antenatal reminders", LOSS, "antenatal", "woman", False),
    ("A birth or loss stops antenatal reminders", STILLBIRTH, "antenatal", "staff", False),
    ("A birth or loss stops antenatal reminders", LOSS, "pregnancy_text", "woman", False),
    ("and starts postnatal care", BIRTH, "postnatal", "woman", True),
    ("and starts postnatal care", LOSS, "postnatal", "woman", True),
    ("and starts postnatal care", STILLBIRTH, "postnatal", "woman", True),
    ("and starts postnatal care", BIRTH, "child", "woman", True),
    ("risk follow-up runs on to day 42", BIRTH, "risk_follow_up", "staff", True),
    ("risk follow-up runs on to day 42", LOSS, "risk_follow_up", "staff", True),
    ("risk follow-up runs on to day 42 (KF 附件1 三: assessment too)", BIRTH, "assessment", "staff", True),
    (
        "After a stillbirth nothing mentions the child or congratulates",
        STILLBIRTH,
        "congratulation",
        "woman",
        False,
    ),
    ("After a stillbirth nothing mentions the child or congratulates", STILLBIRTH, "child", "woman", False),
    (
        "After a child's death nothing mentions the child or congratulates",
        CHILD_DIED,
        "congratulation",
        "woman",
        False,
    ),
    ("After a child's death nothing mentions the child", CHILD_DIED, "child", "woman", False),
    ("After a child's death nothing mentions the child", CHILD_DIED, "child", "staff", False),
    ("After a child's death her own care goes on", CHILD_DIED, "postnatal", "woman", True),
    ("Her death stops her own care", SHE_DIED, "antenatal", "staff", False),
    ("Her death stops her own care", DIED_AFTER_BIRTH, "postnatal", "staff", False),
    ("Her death stops her own care", SHE_DIED, "risk_follow_up", "staff", False),
    ("Her death stops her own care", SHE_DIED, "tracing", "staff", False),
    ("and every message to her number", SHE_DIED, "reply", "woman", False),
    ("and every message to her number", DIED_AFTER_BIRTH, "congratulation", "woman", False),
    ("the death's clocks run", SHE_DIED, "reporting", "staff", True),
    ("the death's clocks run", MOVED, "reporting", "staff", True),
    ("a surviving child's visits go on through the coordinator", DIED_AFTER_BIRTH, "child", "staff", True),
    ("a surviving child's visits go on through the coordinator", DIED_AFTER_BIRTH, "child", "woman", False),
    ("a move: her home district is told, care here ends", MOVED, "antenatal", "woman", False),
    ("a move: her home district is told, care here ends", MOVED, "risk_follow_up", "staff", False),
    ("who writes is answered", MOVED, "reply", "woman", True),
    ("issue: supportive messages after a loss only if she says yes", LOSS, "support", "woman", False),
    (
        "issue: supportive messages after a loss only if she says yes",
        replace(LOSS, wants_support=True),
        "support",
        "woman",
        True,
    ),
    (
        "supportive messages are no matter of a live birth",
        replace(BIRTH, wants_support=True),
        "support",
        "woman",
        False,
    ),
    (
        "an earlier child's death stops no care of this pregnancy",
        replace(CALM, child_died=True),
        "antenatal",
        "woman",
        True,
    ),
]


@pytest.mark.parametrize(("sentence", "situation", "kind", "to", "expected"), SENTENCES)
def test_what_an_end_stops(sentence: str, situation: Situation, kind: Kind, to: To, expected: bool) -> None:
    assert goes_on(kind, to, situation) is expected, sentence


@pytest.mark.parametrize("situation", [CALM, BIRTH, STILLBIRTH, LOSS, CHILD_DIED, SHE_DIED, MOVED])
def test_nothing_stops_danger(situation: Situation) -> None:
    for held in (False, True):
        for to in get_args(To):
            assert goes_on("danger", to, replace(situation, number_held=held))


def test_the_follow_up_ends_with_day_42() -> None:
    """KF 附件1 三."""
    on = date(2026, 5, 1)
    last = followed_until(programme("kaifeng"), on)
    assert last == on + timedelta(days=42)
    born = Situation(last, ended="birth", ended_on=on, follow_up_until=last)
    assert goes_on("risk_follow_up", "staff", born)
    assert stopped_by("risk_follow_up", "staff", replace(born, today=last + timedelta(1))) == "birth"


def test_her_number_is_held_from_everybody_until_the_coordinator_has_said_who_uses_it() -> None:
    other = replace(CALM, number_held=True)  # another woman of the family on the same phone
    assert stopped_by("antenatal", "woman", other) == "her_death"
    assert goes_on("antenatal", "staff", other)
    assert goes_on("antenatal", "woman", replace(other, number_held=False))


def test_the_cause_named_is_the_one_that_stops_the_most() -> None:
    assert stopped_by("antenatal", "woman", replace(LOSS, she_died=True)) == "her_death"
    assert stopped_by("antenatal", "woman", replace(LOSS, moved_out=True)) == "moved_out"
    assert stopped_by("antenatal", "woman", LOSS) == "loss"
    assert stopped_by("antenatal", "woman", CALM) is None


@pytest.mark.parametrize(
    ("situation", "may"),
    [(BIRTH, True), (STILLBIRTH, False), (LOSS, False), (CHILD_DIED, False), (CALM, False)],
)
def test_a_child_is_mentioned_only_where_all_live(situation: Situation, may: bool) -> None:
    assert may_speak_of_child(situation) is may


situations = st.builds(
    Situation,
    today=st.just(TODAY),
    ended=st.sampled_from([None, "birth", "stillbirth", "loss"]),
    follow_up_until=st.one_of(st.none(), st.dates(date(2026, 4, 1), date(2026, 6, 30))),
    child_died=st.booleans(),
    she_died=st.booleans(),
    moved_out=st.booleans(),
    number_held=st.booleans(),
    wants_support=st.booleans(),
)


@given(st.sampled_from(sorted(TABLE)), st.sampled_from(get_args(To)), situations)
def test_a_further_end_never_brings_anything_back(kind: Kind, to: To, situation: Situation) -> None:
    if goes_on(kind, to, situation):
        return
    for more in ({"she_died": True}, {"moved_out": True}, {"child_died": True}, {"number_held": True}):
        assert not goes_on(kind, to, replace(situation, **more))


@given(st.sampled_from(sorted(TABLE)), st.sampled_from(get_args(To)))
def test_without_an_end_everything_goes_on(kind: Kind, to: To) -> None:
    assert goes_on(kind, to, CALM)


@given(st.sampled_from(sorted(TABLE)), situations)
def test_what_may_go_to_her_may_go_to_those_who_look_after_her(kind: Kind, situation: Situation) -> None:
    if goes_on(kind, "woman", situation):
        assert goes_on(kind, "staff", situation)
