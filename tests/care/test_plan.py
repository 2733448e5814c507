"""What is due, day by day: to her, to the coordinator, to the township (requirements.md §5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from conversations.care.case import ActState, Case, Reach
from conversations.care.colours import Grade
from conversations.care.plan import Outlook, after_quiet, due, next_look, still_due
from conversations.care.texts import task, to_her
from conversations.care.visits import Born, Done, End
from conversations.local_time import LOCAL
from conversations.message import ChannelTraits
from conversations.text import ROOM, chinese
from tests.support.course import FOUND, LMP, REACHED, Days, at, case

UNASKED = Reach(hers=True, safe=True, there=True, mark="m")


def with_course(one: Case, **changes: Any) -> Case:
    return replace(one, course=replace(one.course, **changes))


def seen(one: Case, *days: str, appointment: str | None = None) -> Case:
    done = tuple(Done("antenatal", date.fromisoformat(day)) for day in days)
    when = date.fromisoformat(appointment) if appointment else None
    return replace(with_course(one, done=one.course.done + done), appointment=when, booked=True)


def born(one: Case, day: str, *, told: str | None = None, **end: Any) -> Case:
    on = date.fromisoformat(day)
    children = (Born("k", on),)
    one = with_course(one, end=End("birth", on, **end), children=children)
    return replace(one, end_told=date.fromisoformat(told or day), appointment=None)


def lost(one: Case, day: str, kind: Any = "loss") -> Case:
    on = date.fromisoformat(day)
    return replace(with_course(one, end=End(kind, on)), end_told=on, appointment=None)


# ── the whole course ────────────────────────────────────────────────────────────────────────────────────


def test_a_course_in_which_everything_is_done_in_time() -> None:
    visits = {"2026-11-01", "2027-01-10", "2027-02-10", "2027-04-20", "2027-05-28"}

    def events(day: date, one: Case) -> Case:
        if day.isoformat() in visits:
            one = seen(one, day.isoformat())
        if day == date(2027, 6, 9):
            one = born(one, "2027-06-09", discharged=date(2027, 6, 12))
        if day == date(2027, 6, 15):
            one = with_course(
                one, done=(*one.course.done, Done("postnatal", day), Done("newborn", day, child="k"))
            )
        if day == date(2027, 7, 22):
            one = with_course(one, done=(*one.course.done, Done("day42", day)))
        return one

    days = Days(case(reach=UNASKED))
    days.until("2026-10-21")
    days.case = replace(days.case, reach=REACHED)
    assert days.until("2028-01-15", events).lines() == [
        "2026-10-20 woman consent:m",
        "2026-10-21 woman visit:antenatal_1:now",
        "2026-10-22 woman stage:folic_acid",
        "2027-03-18 woman stage:movements",
        "2027-04-08 woman stage:danger_signs",
        "2027-05-06 woman stage:bag",
        "2027-05-20 woman stage:labour",
        "2027-05-27 woman visit:antenatal_5:soon",
        "2027-06-12 woman postnatal:soon",
        "2027-06-12 coordinator postnatal:visit",
        "2027-07-06 woman child:full_month",
        "2027-07-20 woman day42:soon",
        "2027-09-09 woman child:child_3m",
        "2027-12-09 woman child:child_6m",
    ]


def test_nothing_done_in_the_second_window_climbs_step_by_step() -> None:
    """She, she again, the coordinator, the township: national: 7 days before, 1, 3 and 7 days after."""
    days = Days(seen(case(), "2026-10-25")).until("2027-02-10")
    assert [line for line in days.lines() if "antenatal_2" in line] == [
        "2027-01-20 woman visit:antenatal_2:soon",
        "2027-01-28 woman visit:antenatal_2:missed",
        "2027-01-30 coordinator visit:antenatal_2:coordinator",
        "2027-02-03 township visit:antenatal_2:township",
    ]


def test_a_visit_told_on_any_day_ends_its_ladder() -> None:
    for told, left in (("2027-01-19", 0), ("2027-01-27", 1), ("2027-01-29", 2), ("2027-02-02", 3)):

        def events(day: date, one: Case, told: str = told) -> Case:
            return seen(one, told) if day.isoformat() == told else one

        days = Days(seen(case(), "2026-10-25")).until("2027-02-20", events)
        assert len([line for line in days.lines() if "antenatal_2" in line]) == left, told


def test_a_visit_between_windows_ends_the_ladder_of_the_one_before() -> None:
    days = Days(seen(case(), "2026-10-25")).until("2027-01-29")
    days.case = seen(days.case, "2027-01-28")  # 21 weeks: in the third window
    assert "visit:antenatal_2:coordinator" not in days.until("2027-02-16").made()


def test_the_township_hears_only_after_the_coordinator_had_her_days() -> None:
    """Off for two weeks: the coordinator is told late, and has as long as always."""
    days = Days(seen(case(), "2026-10-25")).until("2027-01-20")
    days.today = date(2027, 2, 10)
    days.until("2027-02-16")
    told = {line.split()[2]: line.split()[0] for line in days.lines("coordinator", "township")}
    assert told == {
        "visit:antenatal_2:coordinator": "2027-02-10",
        "visit:antenatal_2:township": "2027-02-14",
    }


def test_a_coordinator_who_says_it_is_done_keeps_it_from_the_township() -> None:
    days = Days(seen(case(), "2026-10-25")).until("2027-01-31")
    state = days.case.acts["visit:antenatal_2:coordinator"]
    done = {**days.case.acts, "visit:antenatal_2:coordinator": replace(state, state="done")}
    days.case = replace(days.case, acts=done)
    assert "visit:antenatal_2:township" not in days.until("2027-02-16").made()


def test_a_taken_task_still_goes_up() -> None:
    days = Days(seen(case(), "2026-10-25")).until("2027-01-31")
    days.answer("visit:antenatal_2:coordinator", "taken")
    assert "visit:antenatal_2:township" in days.until("2027-02-16").made()


@pytest.mark.parametrize("grade", [Grade("orange"), Grade("red"), Grade(None, purple=True), Grade(key=True)])
def test_a_single_miss_of_a_high_risk_woman_reaches_both_the_same_day(grade: Grade) -> None:
    days = Days(seen(case(grade=grade, graded_on=FOUND), "2026-10-25")).until("2027-02-10")
    missed = [line for line in days.lines() if "antenatal_2" in line]
    assert missed == [
        "2027-01-20 woman visit:antenatal_2:soon",
        "2027-01-28 coordinator miss:visit:antenatal_2:coordinator",
        "2027-01-28 township miss:visit:antenatal_2:township",
        "2027-01-28 woman visit:antenatal_2:missed",
    ]
    assert {act.kind for _, act in days.told if act.key.startswith("miss:")} == {"notice"}


@pytest.mark.parametrize("grade", [Grade(), Grade("green"), Grade("yellow")])
def test_a_miss_of_others_goes_step_by_step(grade: Grade) -> None:
    days = Days(seen(case(grade=grade, graded_on=FOUND), "2026-10-25")).until("2027-02-10")
    assert not [key for key in days.made() if key.startswith("miss:")]
    assert "visit:antenatal_2:township" in days.made()


# ── what she answers ────────────────────────────────────────────────────────────────────────────────────


def test_been_there_asks_the_coordinator_to_note_it_and_asks_her_no_more() -> None:
    days = Days(seen(case(), "2026-10-25")).until("2027-01-22")
    days.answer("visit:antenatal_2:soon", "went")
    days.until("2027-02-16")
    assert [line for line in days.lines() if "antenatal_2" in line] == [
        "2027-01-20 woman visit:antenatal_2:soon",
        "2027-01-22 coordinator visit:antenatal_2:record",
        "2027-02-03 township visit:antenatal_2:township",
    ]


def test_who_says_at_once_that_she_went_is_not_asked_to_go_again_before_the_window_closes() -> None:
    days = Days(case()).until("2026-10-24")
    days.answer("visit:antenatal_1:now", "went")
    lines = [line for line in days.until("2026-12-10").lines() if "antenatal_1" in line]
    assert "2026-10-24 coordinator visit:antenatal_1:record" in lines
    assert [line for line in lines if " woman " in line] == [
        "2026-10-20 woman visit:antenatal_1:now",
        "2026-11-25 woman visit:antenatal_1:soon (answered_already)",
    ]


def test_i_cannot_asks_the_coordinator_to_help() -> None:
    days = Days(seen(case(), "2026-10-25")).until("2027-01-22")
    days.answer("visit:antenatal_2:soon", "cannot")
    assert "2027-01-22 coordinator visit:antenatal_2:help" in days.until("2027-01-24").lines()


# ── appointments ────────────────────────────────────────────────────────────────────────────────────────


def test_an_appointment_is_reminded_of_the_day_before_and_its_window_is_left_alone() -> None:
    days = Days(seen(case(), "2026-10-25", appointment="2027-01-22")).until("2027-02-10")
    assert days.lines() == [
        "2026-10-22 woman stage:folic_acid",
        "2027-01-21 woman appointment:2027-01-22",
        "2027-01-23 woman appointment:2027-01-22:missed",
        "2027-01-25 coordinator appointment:2027-01-22:coordinator",
        "2027-01-29 township appointment:2027-01-22:township",
    ]


def test_an_appointment_is_still_told_on_its_morning_but_not_after_noon() -> None:
    one = seen(
        case(acts={"stage:folic_acid": ActState(at(FOUND), "woman", "sent")}),
        "2026-10-25",
        appointment="2027-01-22",
    )
    assert [act.skip for act in due(one, at("2027-01-22", 11)) if act.key == "appointment:2027-01-22"] == [
        None
    ]
    assert [act.skip for act in due(one, at("2027-01-22", 12)) if act.key == "appointment:2027-01-22"] == [
        "stale"
    ]


def test_another_appointment_takes_the_place_of_the_first() -> None:
    one = seen(case(), "2026-10-25", appointment="2027-01-22")
    days = Days(one).until("2027-01-22")
    days.case = replace(days.case, appointment=date(2027, 1, 26))
    days.until("2027-01-27")
    assert [key for key in days.made("woman") if key.startswith("appointment")] == [
        "appointment:2027-01-22",
        "appointment:2027-01-26",
    ]


def test_an_appointment_soon_after_the_window_counts_until_it_is_missed() -> None:
    """Agreed at the last check-up for a day a little later than the programme's: nobody is chased before it."""
    days = Days(seen(case("gaoping"), "2026-10-25", "2027-01-19", appointment="2027-03-02")).until(
        "2027-03-20"
    )
    assert [line for line in days.lines() if "stage" not in line] == [
        "2027-03-01 woman appointment:2027-03-02",
        "2027-03-03 woman appointment:2027-03-02:missed",
        "2027-03-05 coordinator appointment:2027-03-02:coordinator",
        "2027-03-09 township appointment:2027-03-02:township",
    ]


def test_an_appointment_far_after_the_window_is_another_visit() -> None:
    days = Days(seen(case(), "2026-10-25", "2027-01-19", appointment="2027-04-01")).until("2027-03-20")
    assert "2027-02-17 woman visit:antenatal_3:soon" in days.lines()


def test_after_a_missed_appointment_the_window_is_still_spoken_of_before_it_closes() -> None:
    """28 to 36 weeks are long: an appointment at their beginning is not the end of it."""
    days = Days(seen(case(), "2026-10-25", "2027-01-19", "2027-02-10", appointment="2027-03-20")).until(
        "2027-05-30"
    )
    lines = days.lines()
    assert lines.index("2027-03-27 township appointment:2027-03-20:township") < lines.index(
        "2027-05-05 woman visit:antenatal_4:soon"
    )


def answered_later(days: Days, key: str, day: str) -> None:
    days.answer(key, "later")
    state = replace(days.case.acts[key], day=date.fromisoformat(day))
    days.case = replace(days.case, acts={**days.case.acts, key: state})


def test_the_day_she_names_herself_counts_until_it_is_missed() -> None:
    """改天，1月30日去: reminded the day before like any appointment, asked after when it was missed."""
    days = Days(seen(case(), "2026-10-25")).until("2027-01-21")
    answered_later(days, "visit:antenatal_2:soon", "2027-01-30")
    told = len(days.lines())
    assert days.until("2027-02-10").lines()[told:] == [
        "2027-01-29 woman appointment:2027-01-30",
        "2027-01-31 woman appointment:2027-01-30:missed",
        "2027-02-02 coordinator appointment:2027-01-30:coordinator",
        "2027-02-06 township appointment:2027-01-30:township",
    ]


def test_the_day_she_names_takes_the_place_of_the_appointment_but_not_for_ever() -> None:
    days = Days(seen(case(), "2026-10-25", appointment="2027-01-22")).until("2027-01-22")
    answered_later(days, "appointment:2027-01-22", "2027-01-28")
    days.until("2027-01-28")
    answered_later(days, "appointment:2027-01-28", "2027-06-01")  # half a year on: no day for this visit
    assert [line for line in days.until("2027-02-16").lines() if "appointment" in line] == [
        "2027-01-21 woman appointment:2027-01-22",
        "2027-01-27 woman appointment:2027-01-28",
        "2027-02-12 woman appointment:2027-01-28:missed",
        "2027-02-14 coordinator appointment:2027-01-28:coordinator",
    ]


def test_a_day_she_named_before_she_went_is_over() -> None:
    days = Days(seen(case(), "2026-10-25")).until("2027-01-21")
    answered_later(days, "visit:antenatal_2:soon", "2027-01-30")
    days.case = seen(days.case, "2027-01-25")
    assert not [line for line in days.until("2027-02-08").lines() if "appointment" in line]


def test_a_high_risk_woman_who_puts_it_off_past_the_window_is_asked_after_the_same_day() -> None:
    """YZ 第六条: her single miss reaches the coordinator and the township at once, her own later day or not."""
    days = Days(seen(case(grade=Grade("red"), graded_on=FOUND), "2026-10-25")).until("2027-01-21")
    answered_later(days, "visit:antenatal_2:soon", "2027-02-05")
    lines = days.until("2027-02-04").lines()
    assert "2027-01-28 coordinator miss:visit:antenatal_2:coordinator" in lines
    assert "2027-01-28 township miss:visit:antenatal_2:township" in lines


# ── consent, and everything through the coordinator ─────────────────────────────────────────────────────


def test_the_question_of_consent_goes_first_and_once() -> None:
    days = Days(case(reach=UNASKED)).until("2026-10-28")
    assert days.lines("woman") == ["2026-10-20 woman consent:m"]


def test_who_does_not_answer_is_told_by_the_coordinator_after_two_days() -> None:
    days = Days(case(reach=UNASKED)).until("2027-02-10")
    assert days.lines()[:4] == [
        "2026-10-20 woman consent:m",
        "2026-10-22 coordinator visit:antenatal_1:now",
        "2026-10-27 coordinator consent:m:coordinator",
        # texts by stage are for her alone: noted when their time is over, and told to nobody
        "2026-11-25 woman stage:folic_acid (no_consent)",
    ]


UNREACHED = {
    "no phone": (Reach(), "no_consent"),
    "not hers": (replace(REACHED, hers=False), "unsafe"),
    "not safe": (replace(REACHED, safe=False), "unsafe"),
    "said no": (replace(REACHED, consent="no"), "no_consent"),
    "opted out": (replace(REACHED, opted_out=True), "opted_out"),
    "wrong number": (replace(REACHED, silenced=True), "wrong_number"),
    "number of a woman who died": (replace(REACHED, held=True), "unsafe"),
    "no channel": (replace(REACHED, there=False), "no_consent"),
}


@pytest.mark.parametrize(("reach", "reason"), UNREACHED.values(), ids=list(UNREACHED))
def test_everything_through_the_coordinator(reach: Reach, reason: str) -> None:
    one = seen(case(reach=reach), "2026-10-25", appointment="2027-02-20")
    days = Days(one).until("2027-02-22")
    assert days.made("woman") == []
    assert {act.skip for _, act in days.told if act.skip} == {reason}
    told = days.lines("coordinator")
    assert "2027-01-20 coordinator visit:antenatal_2:soon" in told
    assert "2027-01-28 coordinator visit:antenatal_2:coordinator" in told  # a day after the miss, not three
    assert "2027-02-19 coordinator appointment:2027-02-20" in told
    assert "2027-02-03 township visit:antenatal_2:township" in days.lines("township")


@pytest.mark.parametrize(("reach", "reason"), UNREACHED.values(), ids=list(UNREACHED))
def test_a_reminder_still_open_ends_for_the_reason_she_is_not_written_to_any_more(
    reach: Reach, reason: str
) -> None:
    days = Days(seen(case(), "2026-10-25")).until("2027-01-30")
    assert days.case.acts["visit:antenatal_2:missed"].open
    over = dict(Outlook(replace(days.case, reach=reach), at("2027-01-30")).over())
    assert over["visit:antenatal_2:missed"] == reason
    been = seen(days.case, "2027-01-29")
    assert dict(Outlook(been, at("2027-01-30")).over())["visit:antenatal_2:missed"] == "answered_already"


@pytest.mark.parametrize("restricted", ["under_14", "minor"])
def test_a_girl_is_never_written_to(restricted: Any) -> None:
    for reach in (UNASKED, REACHED):
        days = Days(case(reach=reach, restricted=restricted))
        days.until("2027-06-09").case = born(days.case, "2027-06-09")
        days.until("2027-09-01")
        assert days.made("woman") == []
        assert bool(days.made("coordinator")) == (restricted == "minor"), (
            "of a girl under 14 the township is told"
        )
        assert days.made("township")


def test_a_changed_number_is_asked_anew_and_told_nothing_before() -> None:
    days = Days(case()).until("2026-11-01")
    days.case = replace(days.case, reach=replace(UNASKED, mark="new"))
    days.until("2027-01-30")
    assert days.made("woman")[2:] == ["consent:new"]


def test_a_wrong_number_asks_the_coordinator_for_the_right_one() -> None:
    days = Days(case(reach=replace(REACHED, silenced=True))).until("2026-10-25")
    assert days.made("coordinator")[0] == "number:m"


def test_a_question_of_consent_lost_in_an_outage_is_asked_again_three_times_at_most() -> None:
    one = case(reach=UNASKED)
    asked = []
    for day in range(5):
        act = next((act for act in due(one, at(FOUND + timedelta(days=day))) if act.kind == "consent"), None)
        if act is None:
            break
        asked.append(act.key)
        lost_one = ActState(at(FOUND + timedelta(days=day)), "woman", "skipped", "outage")
        one = replace(one, acts={**one.acts, act.key: lost_one})
    assert asked == ["consent:m", "consent:m~2", "consent:m~3"]


def test_what_an_outage_kept_from_her_the_coordinator_tells() -> None:
    one = seen(case(), "2026-10-25")
    gone = {"visit:antenatal_2:soon": ActState(at("2027-01-20"), "woman", "skipped", "outage")}
    found = due(replace(one, acts=gone), at("2027-01-26"))
    assert [(act.key, act.to) for act in found if "antenatal_2" in act.key] == [
        ("visit:antenatal_2:soon~2", "coordinator")
    ]


def test_what_was_refused_for_good_goes_through_the_coordinator_from_then_on() -> None:
    one = seen(case(), "2026-10-25")
    refused = {"visit:antenatal_2:soon": ActState(at("2027-01-20"), "woman", "skipped", "wrong_number")}
    days = Days(replace(one, acts=refused))
    days.today = date(2027, 1, 21)
    days.until("2027-03-30")
    assert "visit:antenatal_2:soon~2" in days.made("coordinator")
    assert "number:m" in days.made("coordinator")
    assert "visit:antenatal_3:soon" not in days.made("woman")


# ── late, corrected, away ───────────────────────────────────────────────────────────────────────────────


def test_registered_late_she_gets_the_windows_still_open_and_no_reproach() -> None:
    found = LMP + timedelta(weeks=30)
    days = Days(case(booked=True, course={"registered": found}))
    days.until("2027-05-13")
    lines = days.lines()
    assert lines[0] == "2027-04-01 woman visit:antenatal_4:now"
    assert not [line for line in lines if any(f"antenatal_{n}" in line for n in (1, 2, 3))]
    assert "2027-05-05 woman visit:antenatal_4:soon" in lines


def test_a_date_corrected_by_weeks_is_told_anew_one_by_days_is_not() -> None:
    for days_later, again in ((42, True), (5, False)):
        days = Days(seen(case(), "2026-10-25")).until("2027-01-21")
        assert "visit:antenatal_2:soon" in days.made()
        days.case = with_course(days.case, lmp=LMP + timedelta(days=days_later))
        days.until("2027-03-08")
        assert ("visit:antenatal_2:soon~2" in days.made()) is again


def test_three_days_off_tell_useful_things_once_and_stale_ones_not_at_all() -> None:
    days = Days(seen(case(), "2026-10-25", appointment="2027-01-22")).until("2027-01-21")
    days.today = date(2027, 1, 24)
    days.until("2027-01-25")
    assert days.lines()[-2:] == [
        "2027-01-24 woman appointment:2027-01-22 (stale)",
        "2027-01-24 woman appointment:2027-01-22:missed",
    ]


def test_months_off_make_no_heap() -> None:
    days = Days(case(booked=True)).until("2026-10-21")
    days.today = date(2027, 5, 1)
    told = len(days.told)
    days.until("2027-05-02")
    sent = [act.key for _, act in days.told[told:] if act.skip is None]
    assert sent == ["stage:danger_signs"]
    assert {act.skip for _, act in days.told[told:] if act.skip} == {"stale"}


# ── ends ────────────────────────────────────────────────────────────────────────────────────────────────


def ends() -> dict[str, Any]:
    return {
        "birth": lambda one: born(one, "2027-01-26"),
        "stillbirth": lambda one: lost(one, "2027-01-26", "stillbirth"),
        "loss": lambda one: lost(one, "2027-01-26"),
        "her death": lambda one: with_course(one, died=date(2027, 1, 26)),
        "moved away": lambda one: with_course(one, left=date(2027, 1, 26)),
        "taken back": lambda one: replace(one, real=False),
    }


@pytest.mark.parametrize("end", ends().values(), ids=list(ends()))
def test_an_end_takes_away_all_that_was_for_the_pregnancy(end: Any) -> None:
    days = Days(seen(case(grade=Grade("red"), graded_on=FOUND), "2026-10-25", appointment="2027-02-01"))
    days.until("2027-01-26")
    days.case = end(days.case)
    told = len(days.told)
    days.until("2028-01-01")
    after = {act.key.removeprefix("miss:").split(":")[0] for _, act in days.told[told:]}
    assert not after & {"visit", "appointment", "stage", "overdue", "transfer"}


@pytest.mark.parametrize("end", ["her death", "moved away", "taken back"])
def test_after_these_ends_there_is_nothing_more_at_all(end: str) -> None:
    days = Days(case(grade=Grade("red"), graded_on=FOUND)).until("2027-01-26")
    days.case = ends()[end](days.case)
    told = len(days.told)
    days.until("2028-06-01")
    assert days.told[told:] == []
    assert next_look(days.case, at("2028-06-01")) is None


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("birth", "ended"), ("stillbirth", "ended"), ("loss", "ended"), ("her death", "ended"),
        ("moved away", "moved"), ("taken back", "ended"),
    ],
)  # fmt: skip
def test_the_reason_is_told_for_what_was_waiting(end: str, reason: str) -> None:
    days = Days(seen(case(), "2026-10-25")).until("2027-01-21")
    one = ends()[end](days.case)
    assert still_due(days.case, "visit:antenatal_2:soon", at("2027-01-21")) is True
    assert still_due(one, "visit:antenatal_2:soon", at("2027-01-26")) == reason


def test_a_withdrawn_end_brings_everything_back() -> None:
    whole = Days(seen(case(), "2026-10-25")).until("2027-03-30").lines()
    days = Days(seen(case(), "2026-10-25")).until("2027-01-22")
    days.case = lost(days.case, "2027-01-22")
    days.until("2027-01-25")
    days.case = replace(with_course(days.case, end=None), end_told=None)
    days.until("2027-03-30")
    mine = [line for line in days.lines() if "postnatal" not in line]
    assert mine == whole


def test_after_a_loss_nothing_mentions_it_and_support_comes_only_after_a_yes() -> None:
    for answer, support in ((None, ["ask"]), ("no", ["ask"]), ("yes", ["ask", "first", "second"])):
        days = Days(case()).until("2027-01-10")
        days.case = lost(days.case, "2027-01-10")
        days.until("2027-01-16")
        if answer is not None:
            days.answer("support:ask", answer)
        days.until("2027-04-01")
        assert [key.split(":")[1] for key in days.made("woman") if key.startswith("support")] == support


def test_support_is_not_offered_to_who_never_said_yes() -> None:
    days = Days(case(reach=replace(REACHED, consent="asked"))).until("2027-01-10")
    days.case = lost(days.case, "2027-01-10")
    days.until("2027-04-01")
    assert [line for line in days.lines("woman") if "support" in line] == []
    assert "postnatal:visit" in days.made("coordinator")


@pytest.mark.parametrize("end", ["stillbirth", "loss", "child died"])
def test_who_was_never_asked_is_not_asked_after_a_loss(end: str) -> None:
    one = case(reach=UNASKED, course={"registered": date(2027, 1, 5)})
    if end == "child died":
        one = replace(born(one, "2027-01-05"), bereaved=True)
    else:
        one = lost(one, "2027-01-05", end)
    assert "consent:m" not in [act.key for act in due(one, at("2027-01-06"))]


def test_after_the_death_of_her_child_its_visits_end_and_hers_go_on() -> None:
    days = Days(case()).until("2027-06-09")
    days.case = born(days.case, "2027-06-09")
    days.until("2027-06-13")
    dead = (Born("k", date(2027, 6, 9), died=date(2027, 6, 13)),)
    days.case = replace(with_course(days.case, children=dead), bereaved=True)
    told = len(days.told)
    days.until("2028-06-01")
    after = [act.key for _, act in days.told[told:]]
    assert not [key for key in after if key.startswith(("child", "newborn"))]
    assert "day42:soon" in after
    assert "postnatal:coordinator" in after


def test_of_twins_one_dead_the_other_is_visited_through_the_coordinator() -> None:
    days = Days(case()).until("2027-06-09")
    day = date(2027, 6, 9)
    twins = (Born("a", day, died=date(2027, 6, 11)), Born("b", day))
    days.case = replace(with_course(born(days.case, "2027-06-09"), children=twins), bereaved=True)
    days.until("2027-10-01")
    assert "child:full_month" in days.made("coordinator")
    assert not [key for key in days.made("woman") if key.startswith("child")]


def test_twins_are_one_message() -> None:
    days = Days(case()).until("2027-06-09")
    day = date(2027, 6, 9)
    days.case = with_course(born(days.case, "2027-06-09"), children=(Born("a", day), Born("b", day)))
    assert days.until("2027-10-01").made().count("child:full_month") == 1


def test_her_death_leaves_her_child_to_the_coordinator() -> None:
    days = Days(case()).until("2027-06-09")
    days.case = with_course(born(days.case, "2027-06-09"), died=date(2027, 6, 10))
    told = len(days.told)
    days.until("2028-01-01")
    assert {act.to for _, act in days.told[told:]} == {"coordinator", "township"}
    assert {act.key.split(":")[0] for _, act in days.told[told:]} == {"newborn", "child"}


def test_nothing_reaches_her_the_day_an_end_is_told() -> None:
    days = Days(case()).until("2027-06-09")
    days.case = born(days.case, "2027-06-01", told="2027-06-09", discharged=date(2027, 6, 3))
    days.until("2027-06-11")
    assert [line for line in days.lines("woman") if "postnatal" in line] == [
        "2027-06-10 woman postnatal:soon"
    ]


def test_an_end_told_months_late_asks_for_nothing_that_is_over() -> None:
    days = Days(case()).until("2027-03-01")
    days.case = lost(days.case, "2026-12-01")
    days.case = replace(days.case, end_told=date(2027, 3, 1))
    told = len(days.told)
    days.until("2027-06-01")
    assert not [act for _, act in days.told[told:] if act.key.split(":")[0] in ("postnatal", "day42")]


def test_of_an_earlier_pregnancy_only_its_children_are_looked_after() -> None:
    days = Days(born(case(newest=False), "2027-06-09"))
    days.until("2028-01-01")
    assert {key.split(":")[0] for key in days.made()} == {"newborn", "child"}


def test_a_birth_nobody_told_is_asked_for() -> None:
    days = Days(seen(case(), "2026-10-25", "2027-01-10", "2027-02-10", "2027-04-20", "2027-05-28"))
    days.until("2027-07-01")
    assert days.lines("coordinator", "township") == [
        "2027-06-17 coordinator overdue:coordinator",
        "2027-06-24 township overdue:township",
    ]


# ── booking after its time ──────────────────────────────────────────────────────────────────────────────


def test_registered_unbooked_after_its_time_she_and_the_coordinator_are_told_until_she_is_booked() -> None:
    """XF 四(一)1: 建档率100%. Registered at 14+0: no window is open."""
    found = LMP + timedelta(weeks=14)
    days = Days(case(course={"registered": found})).until("2027-01-20")
    assert [line for line in days.lines() if "booking" in line] == [
        "2026-12-10 coordinator booking:2026-12-10:coordinator",
        "2026-12-10 woman booking:2026-12-10:now",
        "2026-12-14 township booking:2026-12-10:township",
        "2027-01-07 coordinator booking:2027-01-07:coordinator",
        "2027-01-07 woman booking:2027-01-07:now",
        "2027-01-11 township booking:2027-01-07:township",
    ]
    days.case = replace(days.case, booked=True)
    assert still_due(days.case, "booking:2027-01-07:coordinator", at("2027-01-20")) == "answered_already"
    told = len(days.lines())
    assert not [line for line in days.until("2027-03-01").lines()[told:] if "booking" in line]


def test_a_window_that_is_open_says_it_too() -> None:
    """Registered at 20+5, the window closing the next day: one message, 请尽快, and the coordinator's task."""
    found = LMP + timedelta(weeks=20, days=5)
    days = Days(case(course={"registered": found})).until(found + timedelta(days=2))
    hers = [act for day, act in days.told if act.to == "woman" and act.key.startswith(("visit", "booking"))]
    assert [act.key for act in hers] == ["visit:antenatal_2:soon"]
    text = chinese(to_her(days.case, hers[0], found))
    assert "尽快" in text
    assert "建册" in text
    assert f"{found} coordinator booking:{found}:coordinator" in days.lines()


def test_who_goes_the_day_she_is_told_is_not_told_the_same_again() -> None:
    """Told 请尽快 of visit and booking in one on the day she was registered; her visit leaves the booking alone."""
    found = LMP + timedelta(weeks=17)
    days = Days(case(course={"registered": found})).until(found + timedelta(days=1))
    assert days.made("woman") == ["visit:antenatal_2:now"]
    days.case = replace(seen(days.case, (found + timedelta(days=1)).isoformat()), booked=False)
    days.until(found + timedelta(days=20))
    assert not [key for key in days.made("woman") if key.startswith("booking")]
    days.until(found + timedelta(days=35))
    assert [key for key in days.made("woman") if key.startswith("booking")], (
        "four weeks later she is told again"
    )


def test_booked_and_registered_late_she_is_told_to_go_soon() -> None:
    found = LMP + timedelta(weeks=20, days=5)
    days = Days(case(booked=True, course={"registered": found})).until(found + timedelta(days=2))
    [hers] = [act for day, act in days.told if act.key == "visit:antenatal_2:soon"]
    assert chinese(to_her(days.case, hers, found)).startswith("您好，请尽快去做一次产检")


def test_nobody_is_chased_for_a_booking_after_its_end_or_her_due_date() -> None:
    found = LMP + timedelta(weeks=40, days=6)
    late = Days(case(course={"registered": found})).until(found + timedelta(days=40))
    assert not [line for line in late.lines() if "booking" in line]
    gone = Days(lost(case(course={"registered": LMP + timedelta(weeks=14)}), "2026-12-20")).until(
        "2027-02-01"
    )
    assert not [line for line in gone.lines() if "booking" in line]


# ── what she said ───────────────────────────────────────────────────────────────────────────────────────


def test_who_said_that_she_was_there_is_not_told_of_as_missing() -> None:
    days = Days(case()).until("2026-11-27")
    days.answer("visit:antenatal_1:soon", "went")
    days.until("2026-12-20")
    told = [act for _, act in days.told if act.to == "township"]
    assert told
    text = chinese(task(days.case, told[0], date(2026, 12, 20), ChannelTraits("chat"), "township"))
    assert "她说去过了，还没有补报" in text
    assert "没有消息" not in text


def test_support_is_counted_from_her_yes() -> None:
    days = Days(lost(case(), "2026-12-01")).until("2026-12-20")
    days.answer("support:ask", "yes")
    days.until("2027-03-01")
    support = [line for line in days.lines("woman") if "support" in line]
    assert support == [
        "2026-12-06 woman support:ask",
        "2026-12-27 woman support:first",
        "2027-01-24 woman support:second",
    ]


@pytest.mark.parametrize(
    ("rules", "kind", "free"),
    [
        ("xinfeng", "birth", True),
        ("xinfeng", "stillbirth", True),
        ("xinfeng", "loss", False),
        ("gaoping", "birth", False),
    ],
)
def test_what_is_free_is_said_where_the_text_says_so(rules: str, kind: str, free: bool) -> None:
    """XF 二(一)3: 孕产妇享有5次产前检查和2次产后访视的免费基本公共卫生服务; 四(七)2: those are of a 产妇. Of who miscarried it
    says nothing."""
    one = case(rules)
    days = Days(born(one, "2026-12-01") if kind == "birth" else lost(one, "2026-12-01", kind))
    days.until("2027-01-20")
    hers = [act for _, act in days.told if act.key in ("postnatal:soon", "day42:soon")]
    assert len(hers) == 2
    assert {"免费" in chinese(to_her(days.case, act, act.due.date())) for act in hers} == {free}


@pytest.mark.parametrize(("rules", "free"), [("xinfeng", True), ("gaoping", False)])
def test_that_check_ups_are_free_is_said_too(rules: str, free: bool) -> None:
    """XF 三(二): 免费为孕产妇提供…5次产前检查. The rest of what is done there is not (五(一)2): 基本检查. One part of an SMS."""
    days = Days(seen(case(rules), "2026-10-25")).until("2027-02-10")
    (soon,) = [act for _, act in days.told if act.key == "visit:antenatal_2:soon"]
    assert ("基本检查免费" in chinese(to_her(days.case, soon, soon.due.date()))) is free
    called = replace(days.case, name="欧阳梅梅", reach=replace(REACHED, shared=True))
    assert len(chinese(to_her(called, soon, date(2026, 12, 31)))) <= ROOM


# ── risk ────────────────────────────────────────────────────────────────────────────────────────────────


def calls(days: Days) -> list[str]:
    return [line for line in days.lines("coordinator") if "followup" in line]


def test_red_is_called_weekly_and_visited_monthly_until_day_42() -> None:
    """YZ 11: 每月至少入户随访一次，每周电话随访一次; KF 附件1 三: 产后家庭访视及42天健康检查时继续执行."""
    graded = date(2027, 5, 20)
    days = Days(case(grade=Grade("red"), graded_on=graded, course={"registered": graded}))
    days.until("2027-06-01")
    days.case = born(days.case, "2027-06-01")
    days.until("2027-06-05")
    days.case = replace(days.case, seen={"phone": date(2027, 6, 4)})  # called
    days.until("2027-09-01")
    assert calls(days) == [
        "2027-05-20 coordinator followup:home:2027-05-20",
        "2027-05-20 coordinator followup:phone:2027-05-20",
        "2027-05-27 coordinator followup:phone:2027-05-27",
        "2027-06-03 coordinator followup:phone:2027-06-03",
        "2027-06-09 coordinator followup:phone:2027-06-05",
        "2027-06-12 coordinator followup:phone:2027-06-12",
        "2027-06-19 coordinator followup:phone:2027-06-19",
        "2027-06-20 coordinator followup:home:2027-06-20",
        "2027-06-26 coordinator followup:phone:2027-06-26",
        "2027-07-03 coordinator followup:phone:2027-07-03",
        "2027-07-10 coordinator followup:phone:2027-07-10",
    ]
    urged = {act.key for _, act in days.told if act.urge}
    assert {"followup:phone:2027-05-27", "followup:home:2027-06-20"} <= urged
    assert not urged & {"followup:phone:2027-05-20", "followup:home:2027-05-20", "followup:phone:2027-06-05"}
    missed = [line for line in days.lines("township") if "followup" in line]
    assert missed[:2] == [
        "2027-05-31 township followup:phone:2027-05-20:township",
        "2027-06-16 township followup:phone:2027-06-05:township",
    ]
    assert "2027-06-24 township followup:home:2027-05-20:township" in missed
    assert not [line for line in days.lines() if "followup" in line and line > "2027-07-14"]


def unseen(days: Days) -> list[str]:
    return [line for line in days.lines() if "unseen" in line]


def test_of_a_last_follow_up_nobody_did_the_township_hears_after_day_42() -> None:
    """KF 附件1 三: to day 42; told like every other that was not done."""
    graded = date(2027, 5, 20)
    red = case(grade=Grade("red"), graded_on=graded, course={"registered": graded})

    def born_then(day: date, one: Case) -> Case:
        return born(one, "2027-06-01") if day == date(2027, 6, 1) else one

    days = Days(red).until("2027-09-01", born_then)
    assert unseen(days) == [
        "2027-07-18 township unseen:2027-07-13",
    ]
    act = next(act for _, act in days.told if act.key.startswith("unseen"))
    said = chinese(task(days.case, act, date(2027, 7, 18), ChannelTraits("chat"), "township"))
    assert "最后一次随访到7月13日还没有做" in said

    for called in ("2027-07-12", "2027-07-16"):  # in its time, or before the township would hear

        def events(day: date, one: Case, called: str = called) -> Case:
            if day.isoformat() == called:
                one = replace(one, seen={"home": day})
            return born_then(day, one)

        assert unseen(Days(red).until("2027-09-01", events)) == []


def test_who_died_or_moved_is_not_asked_after_past_day_42() -> None:
    graded = date(2027, 5, 20)
    red = case(grade=Grade("red"), graded_on=graded, course={"registered": graded})
    for gone in ({"died": date(2027, 7, 14)}, {"left": date(2027, 7, 14)}):
        days = Days(red).until("2027-06-01")
        days.case = born(days.case, "2027-06-01")
        days.until("2027-07-14")
        days.case = with_course(days.case, **gone)
        assert unseen(days.until("2027-09-01")) == []


@pytest.mark.parametrize("grade", [Grade("orange"), Grade(None, purple=True)])
def test_orange_and_purple_are_called_monthly(grade: Grade) -> None:
    days = Days(case(booked=True, grade=grade, graded_on=FOUND)).until("2027-01-25")
    assert calls(days) == [
        "2026-10-20 coordinator followup:phone:2026-10-20",
        "2026-11-20 coordinator followup:phone:2026-11-20",
        "2026-12-20 coordinator followup:phone:2026-12-20",
        "2027-01-20 coordinator followup:phone:2027-01-20",
    ]
    assert [line for line in days.lines("township") if "followup" in line] == [
        "2026-11-24 township followup:phone:2026-10-20:township",
        "2026-12-24 township followup:phone:2026-11-20:township",
        "2027-01-24 township followup:phone:2026-12-20:township",
    ]


def test_a_call_made_early_moves_the_next() -> None:
    days = Days(case(booked=True, grade=Grade("orange"), graded_on=FOUND)).until("2026-11-10")
    days.case = replace(days.case, seen={"phone": date(2026, 11, 9)})
    assert calls(days.until("2026-12-09")) == [
        "2026-10-20 coordinator followup:phone:2026-10-20",
        "2026-12-02 coordinator followup:phone:2026-11-10",
    ]


def test_who_saw_her_at_home_need_not_call_as_well() -> None:
    days = Days(case(booked=True, grade=Grade("orange"), graded_on=FOUND)).until("2026-11-21")
    days.case = replace(days.case, seen={"home": date(2026, 11, 22)})
    assert not [line for line in days.until("2026-12-20").lines("township") if "followup" in line]
    assert still_due(days.case, "followup:phone:2026-11-20", at("2026-11-23")) == "answered_already"
    assert calls(days.until("2026-12-23"))[-1] == "2026-12-15 coordinator followup:phone:2026-11-23"


def test_the_newest_grade_replaces_the_older_up_and_down() -> None:
    days = Days(case(grade=Grade("red"), graded_on=FOUND)).until("2026-11-05")
    days.case = replace(days.case, grade=Grade("green"), graded_on=date(2026, 11, 5))
    told = len(calls(days))
    assert len(calls(days.until("2027-02-01"))) == told
    assert still_due(days.case, "followup:phone:2026-11-03", at("2026-11-06")) == "ended"


@pytest.mark.parametrize("group", ["disabled", "mental_illness"])
def test_special_groups_are_visited_once_at_home(group: Any) -> None:
    days = Days(case(special=group)).until("2027-01-01")
    assert days.made("coordinator").count("special:home") == 1
    days = Days(case(special=group, seen={"home": date(2026, 10, 21)})).until("2027-01-01")
    assert "special:home" not in days.made()


def test_poor_women_are_helped_to_aid_by_the_township() -> None:
    assert "special:aid" in Days(case(special="poor")).until("2026-11-01").made("township")


def test_poor_women_are_urged_to_come_and_to_deliver_in_a_hospital() -> None:
    """YZ 第十二条: 贫困孕产妇…督促其按时产检和住院分娩. In the words in which anybody is to be reminded: they name no group."""
    days = Days(seen(case("yuzhong", special="poor"), "2026-10-25")).until("2027-06-10")
    for visit in ("2", "3", "4", "5"):
        hers = [day for day, act in days.told if act.key == f"visit:antenatal_{visit}:soon"]
        urged = [(day, act.to) for day, act in days.told if act.key == f"visit:antenatal_{visit}:soon:urge"]
        assert urged == [(hers[0], "coordinator")]
    assert "2027-05-13 coordinator hospital" in days.lines()
    traits = ChannelTraits("chat")
    for _, act in days.told:
        if act.to == "coordinator" and act.about == "antenatal":
            said = chinese(task(days.case, act, date(2027, 1, 20), traits, "coordinator"))
            assert not [word for word in ("困难", "贫困", "补助", "低保") if word in said]
    others = Days(seen(case("yuzhong", special="disabled"), "2026-10-25")).until("2027-06-10").made()
    assert not [key for key in others if key.endswith(":urge") or key == "hospital"]


def test_who_is_not_written_to_is_urged_once() -> None:
    unreached = seen(case("yuzhong", special="poor", reach=Reach()), "2026-10-25")
    made = Days(unreached).until("2027-02-01").made("coordinator")
    assert "visit:antenatal_2:soon" in made
    assert not [key for key in made if key.endswith(":urge")]


def test_who_says_that_she_went_is_not_urged_any_more() -> None:
    days = Days(seen(case("yuzhong", special="poor"), "2026-10-25")).until("2027-01-22")
    key = "visit:antenatal_2:soon:urge"
    assert key in days.made("coordinator")
    days.answer("visit:antenatal_2:soon", "went")
    assert still_due(days.case, key, at("2027-01-22")) == "answered_already"


def test_rencheng_directs_her_on_at_24_weeks() -> None:
    """RC 三(二)1(1): 在孕24周后转入有助产技术服务资质的医疗保健机构."""
    days = Days(case("rencheng", course={"no_midwifery": True})).until("2027-03-01")
    assert "2027-02-18 woman transfer" in days.lines()
    days = Days(case("rencheng")).until("2027-03-01")
    assert "transfer" not in days.made()


def test_who_is_known_late_is_directed_on_at_once() -> None:
    known = date(2027, 4, 10)  # at 31 weeks
    days = Days(case("rencheng", course={"no_midwifery": True, "registered": known}))
    assert "2027-04-10 woman transfer" in days.until("2027-04-12").lines()


@pytest.mark.parametrize("grade", [Grade("orange"), Grade("red"), Grade(None, purple=True), Grade(key=True)])
def test_in_kaifeng_the_township_sees_to_a_plan_of_the_delivery(grade: Grade) -> None:
    """KF 二(一)3: 分娩前均需…制定个性化分娩预案. Purple alike, or it were told by what is left out (requirements §4)."""
    days = Days(case("kaifeng", grade=grade, graded_on=FOUND)).until("2027-04-20")
    assert "2027-04-15 township delivery_plan" in days.lines()
    days.case = born(days.case, "2027-04-20")
    assert still_due(days.case, "delivery_plan", at("2027-04-20")) == "ended"


@pytest.mark.parametrize("grade", [Grade("green"), Grade("yellow"), Grade("yellow", star=True)])
def test_others_need_no_plan_of_the_delivery(grade: Grade) -> None:
    assert "delivery_plan" not in Days(case("kaifeng", grade=grade)).until("2027-05-20").made()


def test_an_adverse_history_has_the_township_send_her_a_level_up() -> None:
    """RC 三(二)1(2): 对有不良孕产史，生育过缺陷儿的，转入上一级机构管理."""
    days = Days(case("rencheng", grade=Grade("yellow"), managed_higher=True)).until("2026-10-25")
    assert "2026-10-20 township higher" in days.lines()
    act = next(act for _, act in days.told if act.key == "higher")
    said = chinese(task(days.case, act, FOUND, ChannelTraits("sms", masked=True), "township"))
    assert "请把她转到上一级机构管理" in said
    assert "史" not in said  # why is nobody's to read on a phone
    days.case = lost(days.case, "2026-10-25")
    assert still_due(days.case, "higher", at("2026-10-26")) == "ended"


# ── the clockwork ───────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_due_before_the_quiet_hours_end_and_the_next_look_is_in_the_morning() -> None:
    look = next_look(seen(case(), "2026-10-25"), at("2026-12-01"))
    assert look is not None
    assert look.astimezone(LOCAL).hour == 8


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-22T20:59", "2026-11-22T20:59"), ("2026-11-22T21:00", "2026-11-23T08:00"),
        ("2026-11-23T00:00", "2026-11-23T08:00"), ("2026-11-23T07:59", "2026-11-23T08:00"),
        ("2026-11-23T08:00", "2026-11-23T08:00"),
    ],
)  # fmt: skip
def test_quiet_hours(now: str, then: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=LOCAL)
    assert after_quiet(case().programme, moment) == datetime.fromisoformat(then).replace(tzinfo=LOCAL)


def test_looking_twice_tells_nothing_twice() -> None:
    days = Days(case()).until("2026-12-30")
    days.look(at("2026-12-30"))
    assert days.look(at("2026-12-30")) == ()
    assert days.look(at("2026-12-30", 11)) == ()
    assert len(days.made()) == len(set(days.made()))


def test_the_next_look_misses_nothing() -> None:
    """Looking only when told to finds what looking every morning finds."""
    one = seen(case(grade=Grade("orange"), graded_on=FOUND), "2026-10-25", appointment="2027-02-01")
    daily = Days(one).until("2027-06-01")
    lazy = Days(one)
    now: datetime | None = at(FOUND)
    while now is not None and now < at("2027-06-01"):
        lazy.look(now)
        now = Outlook(lazy.case, now).next_look()
    assert lazy.lines() == daily.lines()
