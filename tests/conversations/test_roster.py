"""The roster is a fold over reports: whatever order they come in, whatever is corrected or withdrawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

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


FOUND = told("pregnancy", 1, body={"lmp": "2026-02-10", "phone": "13800001234", "age": 28})
BORN = told(
    "birth",
    2,
    1,
    body={"date": "2026-11-20", "children": [{"sex": "male"}, {"sex": "female", "alive": False}]},
)
CHILD = derived_id(BORN.report_id, "child", "0")


def folded(*reports: Report) -> WomanState:
    return fold(WOMAN, reports)


def test_a_pregnancy_brings_her_in() -> None:
    woman = folded(FOUND)
    assert woman.village_id == "v1"
    assert woman.details == {
        "alive": True,
        "name": "李梅",
        "phone": "13800001234",
        "phone_on": "2026-11-22",
        "age": 28,
        "age_on": "2026-11-22",
    }
    pregnancy = woman.pregnancies[PREGNANCY]
    assert pregnancy.open
    assert pregnancy.details == {"lmp": "2026-02-10", "registered": "2026-11-22"}


def test_the_birth_date_told_at_a_visit_to_the_child_is_not_the_mothers() -> None:
    """Else she were under 14, and nothing were written to her any more."""
    visit = told(
        "newborn_visit", 3, 2, body={"date": "2026-11-25", "birth_date": "2026-11-20", "child_id": CHILD}
    )
    woman = folded(FOUND, BORN, visit)
    assert "birth_date" not in woman.details
    assert woman.details["age"] == 28
    assert woman.children[CHILD].details["birth_date"] == "2026-11-20"


def test_weeks_and_due_date_give_the_lmp_of_the_day_they_were_told() -> None:
    weeks = folded(told("pregnancy", 1, body={"gestational_weeks": 11, "gestational_days": 3}))
    due = folded(told("pregnancy", 1, body={"due_date": "2027-06-10"}))
    assert weeks.pregnancies[PREGNANCY].details["lmp"] == "2026-09-03"
    assert due.pregnancies[PREGNANCY].details["lmp"] == "2026-09-03"


def test_a_birth_ends_it_and_brings_children() -> None:
    woman = folded(FOUND, BORN)
    assert not woman.pregnancies[PREGNANCY].open
    assert woman.pregnancies[PREGNANCY].details["ended"] == "birth"
    assert [child.details for child in woman.children.values()] == [
        {"birth_date": "2026-11-20", "alive": True, "sex": "male"},
        {"birth_date": "2026-11-20", "alive": False, "sex": "female"},
    ]


def test_the_order_they_are_read_in_is_nothing() -> None:
    died = told("child_death", 3, 2, body={"mother_name": "李梅", "child_id": CHILD, "date": "2026-11-21"})
    assert len({str(folded(*order)) for order in permutations([FOUND, BORN, died])}) == 1


def test_a_corrected_report_keeps_its_place_among_the_others() -> None:
    moved = told("pregnancy", 4, 1, body={"phone": "13900001234"})
    corrected = replace(
        FOUND, version=2, recorded_time=FILED + timedelta(days=3), body={**FOUND.body, "age": 29}
    )
    assert folded(corrected, moved).details["phone"] == "13900001234"
    assert folded(corrected, moved).details["age"] == 29


def test_a_withdrawn_end_opens_it_again() -> None:
    woman = folded(FOUND, replace(BORN, version=2, withdrawn=True))
    assert woman.pregnancies[PREGNANCY].open
    assert not woman.children


def test_withdrawing_everything_leaves_an_empty_record() -> None:
    woman = folded(replace(FOUND, withdrawn=True))
    assert woman.details == {"alive": True}
    assert not woman.pregnancies[PREGNANCY].open


def test_a_correction_with_another_date_replaces_the_first() -> None:
    again = told("pregnancy", 5, 1, body={"due_date": "2026-12-01"})
    assert folded(FOUND, again).pregnancies[PREGNANCY].details == {
        "due_date": "2026-12-01",
        "lmp": "2026-02-24",
        "registered": "2026-11-22",
    }


def test_a_death_after_birth_does_not_end_what_has_ended() -> None:
    died = told("maternal_death", 6, 5, body={"date": "2026-11-25", "death_stage": "postpartum"})
    woman = folded(FOUND, BORN, died)
    assert woman.details["alive"] is False
    assert woman.details["death_date"] == "2026-11-25"
    assert woman.pregnancies[PREGNANCY].details["ended"] == "birth"


def test_a_death_in_pregnancy_ends_it() -> None:
    died = told("maternal_death", 6, 5, body={"date": "2026-11-25", "death_stage": "pregnant"})
    assert folded(FOUND, died).pregnancies[PREGNANCY].details["ended"] == "maternal_death"


def test_a_childs_death_is_the_childs_and_its_correction_too() -> None:
    died = told("child_death", 7, 5, body={"mother_name": "李梅", "child_id": CHILD, "date": "2026-11-21"})
    corrected = replace(died, version=2, body={**died.body, "date": "2026-11-22"})
    for one, day in ((died, "2026-11-21"), (corrected, "2026-11-22")):
        woman = folded(FOUND, BORN, one)
        assert len(woman.children) == 2
        assert woman.children[CHILD].details["death_date"] == day


def test_a_child_known_only_by_its_death_is_remembered() -> None:
    died = told("child_death", 8, body={"mother_name": "李梅", "child_name": "王小宝", "date": "2026-11-21"})
    woman = folded(died)
    assert [child.details["name"] for child in woman.children.values()] == ["王小宝"]
    assert woman.details["name"] == "李梅"


def test_what_happened_before_is_not_undone_by_a_later_assessment() -> None:
    """RC 三(二)1(2): 对有不良孕产史，生育过缺陷儿的，转入上一级机构管理; in other counties nothing follows from it."""
    for rules, higher in (("rencheng", [True, None]), ("xinfeng", [None, None])):
        first = told(
            *("risk_grade", 3, 2),
            body={"date": "2026-11-20", "colour": "yellow", "factors": ["早产史", "贫血"]},
            programme=rules,
        )
        then = told(*("risk_grade", 4, 3), body={"date": "2026-11-21", "colour": "green"}, programme=rules)
        grades = folded(FOUND, first, then).pregnancies[PREGNANCY].details["grades"]
        assert [one.get("managed_higher") for one in grades] == higher


def test_a_move_within_the_county_hands_her_to_the_other_village_and_stops_nothing() -> None:
    """GP 四(一)2: she counts where she lives."""
    body = {"direction": "out", "date": "2026-11-20", "to_place": "石桥村", "to_village_id": "v2"}
    move = told("moved", 3, 1, body=body)
    woman = folded(FOUND, move)
    assert woman.village_id == "v2"
    assert "moved_out" not in woman.details
    assert folded(FOUND, replace(move, version=2, withdrawn=True)).village_id == "v1"
