from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.care.programme import PROGRAMMES, programme
from conversations.care.rules import COLOURS
from conversations.care.visits import (
    Born,
    Course,
    Done,
    End,
    Window,
    ahead_on,
    next_appointment,
    plan,
    plan_appointment,
    reminds_mother,
    schedule,
)

NATIONAL = programme("national")
LMP = date(2026, 1, 1)


def weeks(count: int, days: int = 0) -> date:
    return LMP + timedelta(weeks=count, days=days)


def states(course: Course, today: date) -> dict[str, str]:
    return {one.key: one.state for one in schedule(NATIONAL, course, today)}


def window(course: Course, name: str, today: date = LMP) -> Window:
    return next(one for one in schedule(NATIONAL, course, today) if one.key == name)


COURSE = Course(registered=weeks(6), lmp=LMP)


@pytest.mark.parametrize(
    ("name", "opens", "closes", "source"),
    [
        ("antenatal_1", weeks(0), weeks(12, 6), "NS: 孕13周前"),
        ("antenatal_2", weeks(16), weeks(20, 6), "NS: 孕16～20周"),
        ("antenatal_3", weeks(21), weeks(24, 6), "NS: 孕21～24周"),
        ("antenatal_4", weeks(28), weeks(36, 6), "NS: 孕28～36周"),
        ("antenatal_5", weeks(37), weeks(40, 6), "NS: 孕37～40周"),
    ],
)
def test_the_five_visits_are_in_completed_weeks(name: str, opens: date, closes: date, source: str) -> None:
    found = window(COURSE, name)
    assert (found.opens, found.closes) == (opens, closes)


def test_windows_open_close_and_are_missed_on_the_right_day() -> None:
    assert states(COURSE, weeks(12, 6))["antenatal_1"] == "open"
    assert states(COURSE, weeks(13))["antenatal_1"] == "missed"
    assert states(COURSE, weeks(15, 6))["antenatal_2"] == "upcoming"
    assert states(COURSE, weeks(16))["antenatal_2"] == "open"


def test_who_is_registered_late_gets_the_windows_still_open_and_none_held_against_her() -> None:
    late = replace(COURSE, registered=weeks(20, 3))
    found = states(late, weeks(20, 3))
    assert found == {
        "antenatal_1": "past",
        "antenatal_2": "open",
        "antenatal_3": "upcoming",
        "antenatal_4": "upcoming",
        "antenatal_5": "upcoming",
    }
    assert window(late, "antenatal_2").registered_late
    assert not window(late, "antenatal_3").registered_late
    assert plan(NATIONAL, window(late, "antenatal_2")).remind <= late.registered  # that is: at once


def test_who_is_registered_early_in_a_window_is_not_hurried() -> None:
    assert not window(replace(COURSE, registered=weeks(17)), "antenatal_2").registered_late


@pytest.mark.parametrize(
    ("day", "number", "name", "late"),
    [
        (weeks(18), None, "antenatal_2", False),
        (weeks(18), 3, "antenatal_2", False),  # the hospital's third visit is our second
        (weeks(18), 7, "antenatal_2", False),
        (weeks(14), None, "antenatal_1", True),
        (weeks(14), 1, "antenatal_1", True),
        (weeks(15, 5), 2, "antenatal_2", False),  # two days early, and called by its number
        (weeks(26), None, "antenatal_3", True),
        (weeks(41, 2), 5, "antenatal_5", True),
    ],
)
def test_a_visit_is_counted_by_its_day(day: date, number: int | None, name: str, late: bool) -> None:
    course = replace(COURSE, done=(Done("antenatal", day, number),))
    done = [one for one in schedule(NATIONAL, course, weeks(42)) if one.state == "done"]
    assert [(one.key, one.done_on, one.late) for one in done] == [(name, day, late)]


def test_a_second_visit_in_one_window_stands_for_no_other() -> None:
    course = replace(COURSE, done=(Done("antenatal", weeks(29)), Done("antenatal", weeks(32))))
    assert [key for key, state in states(course, weeks(33)).items() if state == "done"] == ["antenatal_4"]


def test_a_number_far_ahead_of_its_time_counts_for_nothing_to_come() -> None:
    course = replace(COURSE, done=(Done("antenatal", weeks(13, 1), 2),))
    assert states(course, weeks(16))["antenatal_2"] == "open"
    assert states(course, weeks(16))["antenatal_1"] == "done"


def test_a_corrected_lmp_counts_the_same_visits_anew() -> None:
    course = replace(COURSE, done=(Done("antenatal", weeks(18)),))
    assert states(course, weeks(20))["antenatal_2"] == "done"
    younger = replace(course, lmp=weeks(6))
    assert states(younger, weeks(20)) | {"antenatal_1": "done", "antenatal_2": "upcoming"} == states(
        younger, weeks(20)
    )


def test_an_end_leaves_no_antenatal_visit_open() -> None:
    course = replace(COURSE, end=End("loss", weeks(18)))
    for day in (weeks(18), weeks(19), weeks(30), weeks(45)):
        found = states(course, day)
        assert {key: state for key, state in found.items() if key.startswith("antenatal")} == {
            "antenatal_1": "missed",
            "antenatal_2": "ended",
        }


@pytest.mark.parametrize(
    "over", [{"end": End("loss", weeks(20, 6))}, {"died": weeks(20, 6)}, {"left": weeks(20, 6)}]
)
def test_an_end_on_the_last_day_of_a_window_ends_it_that_day(over: dict[str, object]) -> None:
    course = replace(COURSE, **over)  # type: ignore[arg-type]
    assert states(course, weeks(20, 6))["antenatal_2"] == "ended"


BIRTH = End("birth", weeks(39), discharged=weeks(39, 3))
MOTHER = replace(COURSE, end=BIRTH, children=(Born("a", weeks(39)),))


@pytest.mark.parametrize(
    ("name", "opens", "closes", "source"),
    [
        ("postnatal", weeks(39, 3), weeks(40, 3), "NS, XF 四(七)2: 出院后1周"),
        ("day42", weeks(45), weeks(47), "NS, XF 四(七)2: 产后42天 (closing u)"),
        ("newborn/a", weeks(39, 3), weeks(40, 3), "NS: 出院后1周内"),
        ("full_month/a", weeks(43), weeks(43, 2), "NS: 28～30天"),
        ("child_3m/a", date(2027, 1, 1), date(2027, 1, 31), "NS: 3月龄"),
        ("child_36m/a", date(2029, 10, 1), date(2029, 10, 31), "NS: 36月龄"),
        ("child_6y/a", date(2032, 10, 1), date(2033, 9, 30), "NS: 每年一次, to six"),
    ],
)
def test_care_after_a_birth(name: str, opens: date, closes: date, source: str) -> None:
    assert weeks(39) == date(2026, 10, 1)
    found = window(MOTHER, name)
    assert (found.opens, found.closes) == (opens, closes)
    assert not found.assumed


def test_all_months_and_years_of_a_child_are_there() -> None:
    names = [one.name for one in schedule(NATIONAL, MOTHER, weeks(40)) if one.child]
    assert names == [
        *("newborn", "full_month", "child_3m", "child_6m", "child_8m", "child_12m", "child_18m", "child_24m"),
        *("child_30m", "child_36m", "child_4y", "child_5y", "child_6y"),
    ]


def test_a_discharge_nobody_reported_is_assumed_and_said_to_be() -> None:
    course = replace(MOTHER, end=End("birth", weeks(39)))
    found = window(course, "postnatal")
    assert found.assumed
    assert found.opens == weeks(39, 3)
    at_home = window(replace(MOTHER, end=End("birth", weeks(39), at_home=True)), "postnatal")
    assert (at_home.opens, at_home.assumed) == (weeks(39), False)


@pytest.mark.parametrize("kind", ["stillbirth", "loss"])
def test_after_a_loss_she_is_cared_for_and_no_child_is_mentioned(kind: str) -> None:
    course = replace(COURSE, end=End(kind, weeks(30)))  # type: ignore[arg-type]
    kinds = {
        one.visit.kind for one in schedule(NATIONAL, course, weeks(31)) if one.state in ("open", "upcoming")
    }
    assert kinds == {"postnatal", "day42"}


def test_one_twin_s_death_ends_its_visits_and_no_other() -> None:
    course = replace(MOTHER, children=(Born("a", weeks(39), died=weeks(40)), Born("b", weeks(39))))
    for day in (weeks(40), weeks(44), weeks(60)):
        found = schedule(NATIONAL, course, day)
        assert all(one.state == "ended" for one in found if one.child == "a" and one.closes >= weeks(40))
        assert any(one.state == "upcoming" for one in found if one.child == "b")


def test_her_death_ends_her_own_and_leaves_the_child_s() -> None:
    course = replace(MOTHER, died=weeks(40))
    found = schedule(NATIONAL, course, weeks(41))
    assert {one.state for one in found if one.child is None and one.closes >= weeks(40)} == {"ended"}
    assert {one.state for one in found if one.child == "a"} == {"missed", "upcoming"}


def test_a_move_ends_everything_here() -> None:
    found = states(replace(MOTHER, left=weeks(40)), weeks(60))
    assert {state for key, state in found.items() if not key.startswith("antenatal")} == {"ended"}


@pytest.mark.parametrize("kind", ["postnatal", "day42", "newborn"])
def test_the_one_visit_of_its_kind_counts_even_when_it_came_early(kind: str) -> None:
    child = "a" if kind == "newborn" else None
    course = replace(MOTHER, done=(Done(kind, weeks(39, 1), child=child),))  # type: ignore[arg-type]
    done = [one for one in schedule(NATIONAL, course, weeks(39, 2)) if one.state == "done"]
    assert [one.visit.kind for one in done] == [kind]


def test_the_next_appointment_is_the_newest_visit_s() -> None:
    first = Done("antenatal", weeks(12), appointment=weeks(17))
    assert next_appointment(COURSE, weeks(12)) is None
    agreed = next_appointment(replace(COURSE, done=(first,)), weeks(17))
    assert agreed is not None
    assert (agreed.day, agreed.missed) == (weeks(17), False)
    late = next_appointment(replace(COURSE, done=(first,)), weeks(17, 1))
    assert late is not None
    assert late.missed
    kept = replace(COURSE, done=(first, Done("antenatal", weeks(17, 2))))
    assert next_appointment(kept, weeks(18)) is None


@pytest.mark.parametrize("over", [{"end": End("loss", weeks(13))}, {"died": weeks(13)}, {"left": weeks(13)}])
def test_no_appointment_outlives_its_reason(over: dict[str, object]) -> None:
    course = replace(COURSE, done=(Done("antenatal", weeks(12), appointment=weeks(17)),), **over)  # type: ignore[arg-type]
    assert next_appointment(course, weeks(14)) is None


def test_she_is_reminded_before_and_after_then_coordinator_then_township() -> None:
    days = plan(NATIONAL, window(COURSE, "antenatal_2"))
    last = weeks(20, 6)
    assert (days.remind, days.missed) == (last - timedelta(7), last + timedelta(1))
    assert days.remind <= last < days.missed <= days.coordinator <= days.township
    assert days.woman


def test_a_high_risk_woman_s_single_miss_reaches_both_the_same_day() -> None:
    """YZ 第六条: 及时追访; the day and the two are (u)."""
    days = plan(programme("yuzhong"), window(COURSE, "antenatal_2"), ["red"])
    assert days.coordinator == days.township == weeks(21)
    calm = plan(programme("yuzhong"), window(COURSE, "antenatal_2"), ["green"])
    assert calm.coordinator < calm.township


def test_of_an_appointment_she_is_reminded_the_day_before() -> None:
    agreed = next_appointment(
        replace(COURSE, done=(Done("antenatal", weeks(12), appointment=weeks(17)),)), weeks(13)
    )
    assert agreed is not None
    days = plan_appointment(NATIONAL, agreed, ["orange"])
    assert (days.remind, days.missed) == (weeks(16, 6), weeks(17, 1))
    assert days.coordinator == days.township == weeks(17, 1)


def test_the_programme_says_how_far_the_mother_is_reminded() -> None:
    told = {one.name for one in schedule(NATIONAL, MOTHER, weeks(40)) if reminds_mother(NATIONAL, one)}
    assert {"postnatal", "newborn", "full_month", "child_12m"} <= told
    assert not {"child_18m", "child_36m", "child_6y"} & told


def test_without_midwifery_she_is_directed_on_from_24_weeks() -> None:
    """RC 三(二)1(1)②: 无助产技术资质的机构，在孕24周后转入有助产技术服务资质的医疗保健机构."""
    course = replace(COURSE, no_midwifery=True)
    rule = programme("rencheng").transfer
    assert ahead_on(rule, course) == weeks(24)
    assert ahead_on(rule, COURSE) is None
    assert ahead_on(NATIONAL.transfer, course) is None
    assert ahead_on(rule, replace(course, end=End("loss", weeks(20)))) is None
    assert programme("rencheng").source("transfer.at") == "RC 三(二)1(1)"


def test_without_midwifery_the_later_visits_are_elsewhere() -> None:
    """GP 四(四)2: 没有助产技术服务资质的基层医疗卫生机构督促孕产妇前往有资质的机构进行相关随访 (孕中期和孕晚期)."""
    rule = programme("gaoping").transfer
    assert ahead_on(rule, replace(COURSE, no_midwifery=True)) == weeks(16)
    assert ahead_on(rule, COURSE) is None
    assert programme("gaoping").source("transfer.at") is None  # from which week on it does not say


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
def test_for_whom_a_plan_of_the_delivery_is_made(name: str) -> None:
    """KF 二(一)3: 橙色、红色…分娩前均需联合多学科、会同上级救治中心制定个性化分娩预案."""
    rule = programme(name).delivery_plan
    planned = {one for one in COLOURS if ahead_on(rule, COURSE, [one]) is not None}
    assert planned == ({"orange", "red", "purple"} if name == "kaifeng" else set())


days_around = st.integers(-30, 500).map(lambda count: LMP + timedelta(days=count))
courses = st.builds(
    Course,
    registered=days_around,
    lmp=st.one_of(st.none(), st.just(LMP)),
    end=st.one_of(
        st.none(),
        st.builds(
            End,
            st.sampled_from(["birth", "stillbirth", "loss"]),
            days_around,
            st.one_of(st.none(), days_around),
        ),
    ),
    died=st.one_of(st.none(), days_around),
    left=st.one_of(st.none(), days_around),
    children=st.lists(
        st.builds(Born, st.just("a"), days_around, st.one_of(st.none(), days_around)), max_size=1
    ).map(tuple),
    done=st.lists(
        st.builds(
            Done,
            st.sampled_from(["antenatal", "postnatal", "day42"]),
            days_around,
            st.one_of(st.none(), st.integers(1, 9)),
        ),
        max_size=8,
    ).map(tuple),
)


@given(courses, days_around, st.sampled_from(sorted(PROGRAMMES)))
def test_whatever_happened_nothing_is_open_without_its_reason(course: Course, today: date, name: str) -> None:
    for one in schedule(PROGRAMMES[name], course, today):
        assert one.opens <= one.closes
        if one.state not in ("open", "upcoming"):
            continue
        assert today <= one.closes
        assert one.closes >= course.registered
        assert course.left is None or course.left > one.closes
        if one.child is None:
            assert course.died is None or course.died > one.closes
        if one.visit.kind == "antenatal":
            assert course.end is None or course.end.day > one.closes
        else:
            assert course.end is not None
            assert course.end.kind in one.visit.after


@given(courses, days_around)
def test_each_visit_stands_for_one_window_at_most(course: Course, today: date) -> None:
    found = schedule(NATIONAL, course, today)
    assert len({one.key for one in found}) == len(found)
    assert sum(one.state == "done" for one in found) <= len(course.done)


@given(courses, days_around, days_around)
def test_what_is_done_or_missed_stays_so(course: Course, one: date, other: date) -> None:
    earlier, later = sorted((one, other))
    before = {w.key: w.state for w in schedule(NATIONAL, course, earlier)}
    after = {w.key: w.state for w in schedule(NATIONAL, course, later)}
    assert before.keys() == after.keys()
    for key, state in before.items():
        if state in ("done", "missed", "past", "ended"):
            assert after[key] == state


@given(courses, days_around, st.sampled_from([[], ["green"], ["red"], ["purple"]]))
def test_nobody_above_her_hears_before_she_does(course: Course, today: date, colours: list[str]) -> None:
    for one in schedule(NATIONAL, course, today):
        days = plan(NATIONAL, one, colours)  # type: ignore[arg-type]
        assert one.opens <= days.remind <= one.closes < days.missed
        assert one.closes < days.coordinator <= days.township
