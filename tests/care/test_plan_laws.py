"""Laws of the plan, over histories chosen by hypothesis: whatever happens in whatever order, looked at whenever."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from conversations.care.candidates import about_of, base_of, unreached
from conversations.care.case import REASONS, Case, Reach
from conversations.care.colours import Grade
from conversations.care.plan import Outlook, after_quiet
from conversations.care.visits import Born, Done, End
from conversations.local_time import LOCAL
from tests.support.course import FOUND, LMP, REACHED, Days, at, case

UNASKED = Reach(hers=True, safe=True, there=True, mark="m")
REACHES = (
    UNASKED,
    REACHED,
    replace(REACHED, consent="no"),
    replace(REACHED, opted_out=True),
    replace(REACHED, silenced=True),
    replace(REACHED, held=True),
    replace(UNASKED, hers=False),
    replace(UNASKED, mark="n"),
    Reach(),
)
GRADES = (Grade(), Grade("yellow"), Grade("orange"), Grade("red"), Grade(None, purple=True), Grade(key=True))
PROGRAMMES = ("national", "xinfeng", "gaoping", "rencheng", "kaifeng", "yuzhong")


def _visit(one: Case, day: date, draw: Any) -> Case:
    return replace(
        one, course=replace(one.course, done=(*one.course.done, Done("antenatal", day))), appointment=None
    )


def _appointment(one: Case, day: date, draw: Any) -> Case:
    return replace(one, appointment=day + timedelta(days=draw % 40)) if one.course.end is None else one


def _reach(one: Case, day: date, draw: Any) -> Case:
    reach = REACHES[draw % len(REACHES)]
    since = at(day, 7) if reach.consent else None
    return replace(one, reach=replace(reach, consent_at=since))


def _grade(one: Case, day: date, draw: Any) -> Case:
    return replace(one, grade=GRADES[draw % len(GRADES)], graded_on=day)


def _date(one: Case, day: date, draw: Any) -> Case:
    return replace(one, course=replace(one.course, lmp=LMP + timedelta(days=draw % 90 - 45)))


def _end(one: Case, day: date, draw: Any) -> Case:
    kind = ("birth", "stillbirth", "loss")[draw % 3]
    children = (Born("k", day),) if kind == "birth" else ()
    course = replace(one.course, end=End(kind, day), children=children)  # type: ignore[arg-type]
    return replace(one, course=course, end_told=day, appointment=None)


def _taken_back(one: Case, day: date, draw: Any) -> Case:
    return replace(
        one, course=replace(one.course, end=None, children=(), died=None, left=None), end_told=None
    )


def _child_died(one: Case, day: date, draw: Any) -> Case:
    children = tuple(replace(child, died=day) for child in one.course.children)
    return replace(one, course=replace(one.course, children=children), bereaved=bool(children))


def _died(one: Case, day: date, draw: Any) -> Case:
    return replace(one, course=replace(one.course, died=day))


def _left(one: Case, day: date, draw: Any) -> Case:
    return replace(one, course=replace(one.course, left=day))


def _called(one: Case, day: date, draw: Any) -> Case:
    return replace(one, seen={**one.seen, "phone" if draw % 2 else "home": day})


HAPPENINGS = {
    one.__name__[1:]: one
    for one in (
        _visit, _appointment, _reach, _grade, _date, _end, _taken_back, _child_died, _died, _left, _called,
    )
}  # fmt: skip

Step = tuple[int, str, int]
"""Days that pass, what happens, and a number that says how."""
STEPS = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([*HAPPENINGS, "nothing"]), st.integers(0, 1000)),
    max_size=12,
)


def check(before: Case, days: Days, day: date, acts: Any) -> None:
    """What must hold of everything told at one look."""
    one = replace(days.case, acts=before.acts, reach=before.reach)
    for act in acts:
        if act.skip is not None:
            assert act.skip in REASONS
            continue
        assert act.due <= at(day) < act.until
        if act.to == "woman" and act.kind == "remind":
            assert unreached(one) is None, act
        if act.to == "woman":
            assert one.course.died is None
            assert one.course.left is None
            assert one.restricted is None
            assert one.reach.hers
            assert one.reach.safe
            assert not one.reach.silenced
            assert not one.reach.opted_out
            assert not one.reach.held
        about = about_of(act.key)
        if about in ("antenatal", "pregnancy_text"):
            assert one.course.end is None
        if about == "child":
            assert any(child.died is None for child in one.course.children)
            assert act.to != "woman" or not one.grieving
        if about == "risk_follow_up" and one.course.end is not None:
            assert (day - one.course.end.day).days <= one.programme.follow_up_ends.day
        if one.course.left is not None:
            raise AssertionError(act)


@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@example(steps=[(0, "grade", 2), (0, "end", 0)], programme="national", reach=UNASKED, special=False)
@example(steps=[(400, "grade", 123), (28, "end", 0)], programme="national", reach=UNASKED, special=False)
@example(steps=[(0, "date", 745), (15, "reach", 0)], programme="national", reach=REACHED, special=False)
@given(
    steps=STEPS, programme=st.sampled_from(PROGRAMMES), reach=st.sampled_from(REACHES), special=st.booleans()
)
def test_whatever_happens(steps: list[Step], programme: str, reach: Reach, special: bool) -> None:
    since = at(FOUND, 7) if reach.consent else None
    one = case(programme, reach=replace(reach, consent_at=since), special="disabled" if special else None)
    days, day = Days(one), FOUND
    moved = 0
    for pause, what, draw in [*steps, (200, "nothing", 0)]:
        until = day + timedelta(days=pause)
        while day < until:
            before = days.case
            acts = days.look(at(day))
            check(before, days, day, acts)
            assert Outlook(days.case, at(day)).due() == ()  # looking again finds nothing
            look = Outlook(days.case, at(day)).next_look()
            if look is None or look >= at(until):
                break
            day = look.astimezone(LOCAL).date()
        day = until
        if what != "nothing":
            moved += what in ("date", "taken_back", "reach", "end", "left", "died", "child_died", "visit")
            days.case = HAPPENINGS[what](days.case, day, draw)
    told = Counter(base_of(act.key) for _, act in days.told if act.skip is None and act.to == "woman")
    assert all(times <= 1 + moved for times in told.values()), told
    if not moved:
        assert set(told.values()) <= {1}


@settings(max_examples=60, deadline=None)
@given(hours=st.lists(st.integers(1, 24 * 40), min_size=1, max_size=12), reach=st.sampled_from(REACHES[:2]))
def test_nothing_is_told_in_quiet_hours_whenever_it_is_looked_at(hours: list[int], reach: Reach) -> None:
    days, now = Days(case(reach=reach)), at(FOUND)
    for pause in hours:
        now += timedelta(hours=pause)
        if days.look(now):
            assert 8 <= now.hour < 21
        later = after_quiet(days.case.programme, now)
        assert later >= now
        assert 8 <= later.hour < 21
