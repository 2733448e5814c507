"""What a woman is told of her own care: what the roster knows, no colour, nothing cheerful after a loss, one SMS."""

from __future__ import annotations

from datetime import date

import pytest

from conversations.care.case import Case
from conversations.care.colours import Grade
from conversations.care.own import own_status
from conversations.care.visits import Born, Done, End
from conversations.text import ROOM, chinese
from tests.support.course import LMP, case

NAMED = ("孕", "宝宝", "胎", "产检", "预产期", "流产", "恭喜")


def said(one: Case, day: str) -> str:
    return chinese(own_status(one, date.fromisoformat(day)))


def test_weeks_due_date_and_the_window_that_is_open() -> None:
    told = said(case(booked=True), "2027-01-07")
    assert told == "您现在孕18周，预产期6月10日。\n现在该做产检了，最好1月27日前去。"


def test_the_appointment_agreed_goes_before_the_window() -> None:
    assert "约在1月15日" in said(case(booked=True, appointment=date(2027, 1, 15)), "2027-01-07")


def test_what_was_missed_can_be_made_up_for_without_a_word_of_blame() -> None:
    told = said(case(booked=True, appointment=date(2027, 2, 26)), "2027-03-05")
    assert "这几天去做一次产检就好" in told


def test_no_dates_no_answer() -> None:
    assert own_status(case(course={"lmp": None}), date(2026, 12, 1)) is None


def test_past_the_due_date_she_is_sent_to_the_hospital() -> None:
    assert "去医院看看" in said(case(booked=True), "2027-06-15")


def test_moved_away_nothing_is_said_of_visits_here() -> None:
    assert "产检" not in said(case(booked=True, course={"left": date(2026, 12, 1)}), "2027-01-07")


@pytest.mark.parametrize(
    "grade", [Grade("red"), Grade("orange"), Grade("yellow", purple=True), Grade(key=True)]
)
def test_her_colour_changes_nothing(grade: Grade) -> None:
    day = "2027-01-07"
    assert said(case(booked=True, grade=grade), day) == said(case(booked=True), day)


LOST = End("loss", date(2027, 1, 10), None, at_home=False)
BORN = End("birth", date(2027, 6, 8), date(2027, 6, 11), at_home=False)
STILLBORN = End("stillbirth", date(2027, 5, 8), None, at_home=False)


@pytest.mark.parametrize("end", [LOST, STILLBORN])
@pytest.mark.parametrize("later", [1, 30, 80])
def test_after_a_loss_nothing_names_it(end: End, later: int) -> None:
    day = date.fromordinal(end.day.toordinal() + later).isoformat()
    told = said(case(booked=True, course={"end": end}, end_told=end.day), day)
    assert not any(word in told for word in NAMED)
    assert "好好歇着" in told


def test_after_a_birth_her_own_check_and_the_childs() -> None:
    one = case(booked=True, course={"end": BORN, "children": (Born("c", BORN.day),)}, end_told=BORN.day)
    told = said(one, "2027-06-20")
    assert "产后42天检查" in told
    assert "宝宝" in told


def test_after_the_death_of_a_child_nothing_mentions_one() -> None:
    course = {"end": BORN, "children": (Born("c", BORN.day, died=date(2027, 6, 12)),)}
    told = said(case(booked=True, course=course, end_told=BORN.day, bereaved=True), "2027-06-20")
    assert not any(word in told for word in NAMED)


@pytest.mark.parametrize("week", range(4, 44))
def test_it_goes_into_one_part(week: int) -> None:
    day = date.fromordinal(LMP.toordinal() + 7 * week + 3).isoformat()
    assert len(said(case(), day)) <= ROOM
    done = (Done("antenatal", date(2026, 11, 1)),)
    assert len(said(case(booked=True, course={"done": done}), day)) <= ROOM
