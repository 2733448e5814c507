"""Where a woman is, as the reports tell it: moved away, come back, lost, found; nothing of it touches the pregnancy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from conversations.message import Report
from conversations.roster import WomanState, fold
from tests.support.reports import FILED, WOMAN, report

PREGNANCY = "b" * 31 + "1"


def told(event: str, number: int, hours: int, **body: Any) -> Report:
    moment = FILED + timedelta(hours=hours)
    return report(
        number,
        event=event,
        pregnancy_id=PREGNANCY,
        known_time=moment,
        recorded_time=moment,
        village_id="v1",
        body={"woman_name": "李梅", "village": "杨梅坑村", **body},
    )


FOUND = told("pregnancy", 1, 0, lmp="2026-04-01", phone="13800001234")
AWAY = told("moved", 2, 1, direction="out", date="2026-11-20", to_place="赣州")
BACK = told("moved", 3, 2, direction="in", date="2026-11-22")
LOST = told("lost_contact", 4, 3, tried="电话打不通")
CALLED = told("follow_up", 5, 4, mode="phone", date="2026-11-22", problem=False)


def folded(*reports: Report) -> WomanState:
    return fold(WOMAN, reports)


def test_who_moved_away_lives_elsewhere_until_she_comes_back() -> None:
    assert folded(FOUND, AWAY).details["moved_out"] == "2026-11-20"
    back = folded(FOUND, AWAY, BACK).details
    assert "moved_out" not in back
    assert back["moved_in"] == "2026-11-22"


def test_a_move_taken_back_never_was() -> None:
    assert "moved_out" not in folded(FOUND, replace(AWAY, version=2, withdrawn=True)).details


def test_a_day_nobody_told_is_the_day_it_was_reported() -> None:
    body = {name: value for name, value in AWAY.body.items() if name != "date"}
    assert folded(FOUND, replace(AWAY, body=body)).details["moved_out"] == "2026-11-22"


def test_who_is_lost_is_lost_until_somebody_knows_where_she_is() -> None:
    assert folded(FOUND, LOST).details["lost_since"] == "2026-11-22"
    assert "lost_since" not in folded(FOUND, LOST, CALLED).details


def test_more_told_of_the_pregnancy_does_not_find_her() -> None:
    again = told("pregnancy", 6, 5, phone="13900001234")
    assert folded(FOUND, LOST, again).details["lost_since"] == "2026-11-22"


@pytest.mark.parametrize("one", [AWAY, BACK, LOST, CALLED], ids=lambda one: one.event)
def test_it_leaves_the_pregnancy_as_it_is(one: Report) -> None:
    assert folded(FOUND, one).pregnancies[PREGNANCY] == folded(FOUND).pregnancies[PREGNANCY]
    assert not folded(one).pregnancies[PREGNANCY].open


def test_the_last_call_and_the_last_visit_are_known() -> None:
    visited = told("follow_up", 7, 5, mode="home", date="2026-11-10", problem=False)
    earlier = told("follow_up", 8, 6, mode="phone", date="2026-11-01", problem=False)
    assert folded(FOUND, CALLED, visited, earlier).details["followed_up"] == {
        "phone": "2026-11-22",
        "home": "2026-11-10",
    }


def test_the_order_they_are_read_in_is_nothing() -> None:
    assert len({str(folded(*order)) for order in permutations([FOUND, AWAY, BACK, LOST, CALLED])}) == 1


def test_who_wants_a_child_has_no_pregnancy() -> None:
    wants = replace(told("preconception", 9, 0, phone="13800001234", folic_acid=True), pregnancy_id=None)
    woman = folded(wants)
    assert not woman.pregnancies
    assert woman.details["folic_acid"] is True
    assert woman.details["preconception"] == "2026-11-22"
