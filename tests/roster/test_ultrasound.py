"""An ultrasound is weighed against the last period by the programme's [dating], and nothing that was told is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from conversations.message import Report
from conversations.roster import fold


def report(event: str, number: int, **body: object) -> Report:
    at = datetime(2026, 11, 21, 4, number, tzinfo=UTC)
    return Report(
        report_id=f"r{number}",
        version=1,
        supersedes=None,
        event=event,
        woman_id="w1",
        pregnancy_id="p1",
        subject_ids=("w1", "p1"),
        event_time=None,
        known_time=at,
        recorded_time=at,
        author_role="coordinator",
        channel="chat",
        channel_trust="high",
        programme="xinfeng",
        body={"woman_name": "李梅", "village": "杨梅坑村", **body},
    )


FOUND = report("pregnancy", 1, lmp="2026-08-03")
EARLY = report(
    "booking", 2, date="2026-11-21", ultrasound_weeks=12, ultrasound_days=3, ultrasound_on="2026-11-21"
)


def details(*reports: Report) -> dict[str, object]:
    return fold("w1", reports).pregnancies["p1"].details


def test_an_early_one_far_from_her_period_dates_her_and_the_period_is_kept() -> None:
    found = details(FOUND, EARLY)
    assert (found["lmp"], found["lmp_told"]) == ("2026-08-26", "2026-08-03")


def test_taken_back_it_dates_nothing() -> None:
    assert details(FOUND, replace(EARLY, withdrawn=True))["lmp"] == "2026-08-03"


def test_a_period_corrected_later_is_weighed_again() -> None:
    right = replace(FOUND, version=2, body={**FOUND.body, "lmp": "2026-08-25"})
    assert details(right, EARLY)["lmp"] == "2026-08-25"


def test_a_supplement_that_dates_nothing_leaves_it_as_it_is() -> None:
    more = report("antenatal_visit", 3, date="2026-11-21", gestational_weeks=12)
    assert details(FOUND, EARLY, more)["lmp"] == "2026-08-26"


def test_a_late_one_stands_beside_her_period() -> None:
    late = report("antenatal_visit", 3, date="2027-02-21", ultrasound_weeks=22, ultrasound_days=1)
    found = details(FOUND, late)
    assert (found["lmp"], found["lmp_told"]) == ("2026-08-03", "2026-08-03")


def test_alone_it_dates_her_by_the_day_it_was_made() -> None:
    alone = report(
        "pregnancy", 1, lmp="2026-08-29", ultrasound_weeks=9, ultrasound_days=3, ultrasound_on="2026-11-03"
    )
    found = details(alone)
    assert found["lmp"] == "2026-08-29"
    assert "lmp_told" not in found
