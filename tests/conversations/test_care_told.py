"""What the reports of care leave on the roster: booked, visits, colour, referrals, visits after birth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from conversations.ids import derived_id
from conversations.message import Report
from conversations.roster import WomanState, fold
from tests.support.reports import FILED, WOMAN, report

PREGNANCY = "b" * 31 + "1"


def told(event: str, number: int, hours: int = 0, **changes: Any) -> Report:
    moment = FILED + timedelta(hours=hours)
    body = changes.pop("body", {})
    values = {"pregnancy_id": PREGNANCY, "known_time": moment, "recorded_time": moment, "village_id": "v1"}
    return report(
        number, event=event, body={"woman_name": "李梅", "village": "杨梅坑村", **body}, **(values | changes)
    )


FOUND = told("pregnancy", 1, body={"lmp": "2026-06-03"})


def pregnancy(*reports: Report) -> dict[str, Any]:
    return fold(WOMAN, reports).pregnancies[PREGNANCY].details


def grade(number: int, day: str, by: str = "institution", **body: Any) -> Report:
    body.setdefault("institution", "县妇幼")
    return told("risk_grade", number, number, author_role=by, body={"date": day, **body})


def test_a_booking_books_her_and_dates_a_pregnancy_nobody_dated() -> None:
    booked = told("booking", 2, 1, body={"date": "2026-11-21", "gestational_weeks": 9})
    assert pregnancy(FOUND, booked)["booked"] is True
    alone = fold(WOMAN, [booked]).pregnancies[PREGNANCY]
    assert alone.open
    assert alone.details["lmp"] == "2026-09-19"
    assert alone.details["booking"] == {"date": "2026-11-21", "gestational_weeks": 9}


def test_visits_stand_in_the_order_of_their_days() -> None:
    late = told("antenatal_visit", 3, 2, body={"date": "2026-11-21", "systolic": 110, "diastolic": 70})
    earlier = told("antenatal_visit", 4, 3, body={"date": "2026-10-01", "institution": "镇卫生院"})
    visits = pregnancy(FOUND, late, earlier)["visits"]
    assert [visit["date"] for visit in visits] == ["2026-10-01", "2026-11-21"]
    assert visits[1] == {
        "report": late.report_id,
        "date": "2026-11-21",
        "systolic": 110,
        "diastolic": 70,
    }


def test_a_withdrawn_visit_was_none() -> None:
    visit = told("antenatal_visit", 3, 2, body={"date": "2026-11-21", "next_appointment": "2026-12-20"})
    assert "next_appointment" not in pregnancy(FOUND, replace(visit, withdrawn=True))
    assert "visits" not in pregnancy(FOUND, replace(visit, withdrawn=True))


def test_an_appointment_holds_until_she_was_there() -> None:
    first = told("antenatal_visit", 3, 1, body={"date": "2026-10-01", "next_appointment": "2026-11-20"})
    between = told("antenatal_visit", 4, 2, body={"date": "2026-10-15"})
    after = told("antenatal_visit", 5, 3, body={"date": "2026-11-20"})
    assert pregnancy(FOUND, first, between)["next_appointment"] == "2026-11-20"
    assert "next_appointment" not in pregnancy(FOUND, first, between, after)


def test_the_newest_assessment_holds_up_or_down_by_its_own_day() -> None:  # XF 四(三)5
    red, yellow = grade(2, "2026-11-01", colour="red"), grade(3, "2026-11-20", colour="yellow")
    for order in permutations([FOUND, red, yellow]):
        details = pregnancy(*order)
        assert details["colour"] == "yellow"
        assert details["key_follow_up"] is False
    known_late = grade(4, "2026-10-01", colour="orange")
    assert pregnancy(FOUND, red, yellow, known_late)["colour"] == "yellow"
    assert [one["colour"] for one in pregnancy(FOUND, red, yellow, known_late)["grades"]] == [
        "orange",
        "red",
        "yellow",
    ]


def test_purple_stands_beside_and_leaves_with_its_assessment() -> None:
    both = grade(2, "2026-11-01", colour="yellow", with_purple=True)
    assert pregnancy(FOUND, both)["with_purple"] is True
    assert pregnancy(FOUND, both)["key_follow_up"] is True
    after = pregnancy(FOUND, both, grade(3, "2026-11-20", colour="green"))
    assert "with_purple" not in after
    assert after["key_follow_up"] is False


def test_key_follow_up_alone_keeps_the_high_colour_that_is_known() -> None:
    red = grade(2, "2026-11-01", colour="red")
    heard = grade(3, "2026-11-20", by="coordinator", key_follow_up=True)
    assert pregnancy(FOUND, red, heard)["colour"] == "red"
    lowered = pregnancy(FOUND, grade(2, "2026-11-01", colour="green"), heard)
    assert "colour" not in lowered
    assert lowered["key_follow_up"] is True


def test_what_no_hospital_gave_gives_way_to_what_one_did() -> None:
    screened = grade(2, "2026-11-20", by="coordinator", colour="yellow", institution=None)
    assert pregnancy(FOUND, screened)["colour"] == "yellow"
    assert pregnancy(FOUND, grade(3, "2026-11-01", colour="orange"), screened)["colour"] == "orange"


def test_of_one_day_the_hospital_is_believed() -> None:
    own, heard = (
        grade(2, "2026-11-20", colour="orange"),
        grade(3, "2026-11-20", by="coordinator", colour="green"),
    )
    assert pregnancy(FOUND, heard, own)["colour"] == "orange"


def test_the_visit_of_day_42_regrades_her() -> None:
    visit = told(
        "postnatal_visit", 5, 9, body={"date": "2026-11-22", "colour": "green", "visit_kind": "day42"}
    )
    details = pregnancy(FOUND, grade(2, "2026-11-01", colour="red"), replace(visit, author_role="county"))
    assert details["colour"] == "green"
    assert details["postnatal"][0]["visit_kind"] == "day42"


def test_a_grade_of_a_woman_with_no_pregnancy_is_hers() -> None:
    woman = fold(WOMAN, [replace(grade(2, "2026-11-01", colour="red"), pregnancy_id=None)])
    assert woman.details["colour"] == "red"
    assert not woman.pregnancies


def test_feedback_answers_the_newest_referral_before_it() -> None:
    first = told("referral", 2, 1, body={"date": "2026-10-01", "feedback": False, "to_place": "县医院"})
    second = told("referral", 3, 2, body={"date": "2026-11-01", "feedback": False, "to_place": "县妇幼"})
    back = told(
        "referral",
        4,
        3,
        body={"date": "2026-11-05", "feedback": True, "received": True, "next_appointment": "2026-12-05"},
    )
    details = pregnancy(FOUND, first, second, back)
    assert "feedback" not in details["referrals"][0]
    assert details["referrals"][1]["feedback"]["received"] is True
    assert details["next_appointment"] == "2026-12-05"


@pytest.mark.parametrize("event", ["postnatal_visit", "critical_case", "newborn_visit"])
def test_what_is_told_beside_a_pregnancy_neither_opens_nor_closes_it(event: str) -> None:
    name = {"mother_name": "李梅"} if event == "newborn_visit" else {}
    beside = told(event, 2, 1, body={"date": "2026-11-21", **name})
    assert fold(WOMAN, [FOUND, beside]).pregnancies[PREGNANCY].open
    assert not fold(WOMAN, [replace(FOUND, withdrawn=True), beside]).pregnancies[PREGNANCY].open
    lost = told("pregnancy_loss", 3, 0, body={"date": "2026-11-20"})
    assert not fold(WOMAN, [FOUND, lost, beside]).pregnancies[PREGNANCY].open


def born(*children: dict[str, Any]) -> Report:
    return told("birth", 7, 5, body={"date": "2026-11-12", "children": list(children)})


def visited(**body: Any) -> Report:
    return told("newborn_visit", 8, 1, body={"mother_name": "李梅", "date": "2026-11-20", **body})


def folded(*reports: Report) -> WomanState:
    return fold(WOMAN, reports)


def test_a_newborn_visit_told_before_the_birth_finds_the_child() -> None:
    woman = folded(FOUND, visited(), born({}))
    assert [child.details.get("newborn_visit") for child in woman.children.values()] == ["2026-11-20"]


def test_a_visit_to_one_of_twins_is_that_ones() -> None:
    birth = born({}, {})
    second = derived_id(birth.report_id, "child", "1")
    woman = folded(FOUND, birth, visited(child_id=second))
    assert [child.details.get("newborn_visit") for child in woman.children.values()] == [None, "2026-11-20"]
    unsaid = folded(FOUND, birth, visited())
    assert all("newborn_visit" not in child.details for child in unsaid.children.values())


def test_a_visit_brings_no_child_onto_the_roster() -> None:
    assert not folded(FOUND, visited()).children
