from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.care.clocks import (
    Act,
    Running,
    Step,
    acts_of,
    happening,
    periodic,
    started,
    stopped_at,
    tells_colour,
    title,
)
from conversations.care.programme import PROGRAMMES, programme
from conversations.care.rules import COLOURS
from conversations.local_time import LOCAL
from conversations.message import Report

COUNTIES = ("xinfeng", "gaoping", "rencheng", "kaifeng", "yuzhong")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


NOON = "2026-03-05 12:00"  # a Thursday, 上旬; no holiday near


def report(
    event: str, *, by: str = "institution", known: str = NOON, when: str | None = None, **body: Any
) -> Report:
    return Report(
        report_id="r1",
        version=1,
        event=event,
        woman_id="w1",
        pregnancy_id="p1",
        subject_ids=("w1", "p1"),
        event_time=when,
        known_time=at(known),
        recorded_time=at(known),
        author_role=by,
        channel="sms",
        channel_trust="high",
        programme="national",
        body=body,
    )


RED = report("risk_grade", colour="red", institution="县医院")
ORANGE = report("risk_grade", colour="orange", institution="县医院")
PURPLE = report("risk_grade", colour="green", with_purple=True, institution="县医院")
BOOKED = report("booking")
SCREENED = report("referral", by="township", feedback=False)
IN_HOSPITAL = report("maternal_death", when="2026-03-05T08:00+08:00", place_kind="hospital")
AT_HOME = report("maternal_death", by="coordinator", when="2026-03-05", place_kind="home")
NEWBORN = report("child_death", when="2026-03-05T08:00+08:00", place_kind="hospital", death_class="neonatal")
CRITICAL = report("critical_case", self_discharge=False)
SELF_DISCHARGE = report("critical_case", when="2026-03-05", self_discharge=True)
FACT = report("birth", by="coordinator")
DEATH = report("child_death", by="coordinator", place_kind="home")

# requirements §3, the table; "(u)" as source: no text says it. 5 March 2026 is a Thursday.
TABLE: list[tuple[str, str, Report, str, str | None, str, str]] = [
    # programme, clock, report, owner, due (None: no such clock), source of its length
    ("xinfeng", "village_fact", FACT, "coordinator", "2026-03-06 12:00", "(u)", "XF 三(一)3"),
    ("gaoping", "village_fact", FACT, "coordinator", "2026-03-06 12:00", "(u)", "(u)"),
    ("rencheng", "village_fact", FACT, "coordinator", "2026-03-06 12:00", "(u)", "RC 三(一)1(4)"),
    ("kaifeng", "village_fact", FACT, "coordinator", "2026-03-06 12:00", "(u)", "(u)"),
    ("yuzhong", "village_fact", FACT, "coordinator", "2026-03-06 12:00", "(u)", "(u)"),
    *(
        (
            name,
            "village_death",
            DEATH,
            "coordinator",
            "2026-03-05 14:00",
            "(u)",
            "XF 三(一)3" if name == "xinfeng" else "(u)",
        )
        for name in COUNTIES
    ),
    ("xinfeng", "red_to_county", RED, "institution", "2026-03-06 12:00", "XF 四(三)3", "XF 四(三)3"),
    ("gaoping", "red_to_county", RED, "institution", "2026-03-06 12:00", "(u)", "(u)"),
    ("rencheng", "red_to_county", RED, "institution", "2026-03-06 12:00", "(u)", "RC 四(三)"),
    ("kaifeng", "red_to_county", RED, "institution", "2026-03-06 12:00", "(u)", "KF 二(二)2"),
    ("yuzhong", "red_to_county", RED, "institution", "2026-03-06 12:00", "YZ 第九条", "YZ 第九条"),
    ("xinfeng", "orange_to_county", ORANGE, "institution", "2026-03-16 00:00", "XF 四(三)3", "XF 四(三)3"),
    ("gaoping", "orange_to_county", ORANGE, "institution", "2026-03-09 00:00", "(u)", "(u)"),
    ("rencheng", "orange_to_county", ORANGE, "institution", "2026-03-09 00:00", "(u)", "RC 四(三)"),
    ("kaifeng", "orange_to_county", ORANGE, "institution", "2026-03-09 00:00", "(u)", "KF 二(二)2"),
    ("yuzhong", "orange_to_county", ORANGE, "institution", "2026-03-09 00:00", "YZ 第九条", "YZ 第九条"),
    ("xinfeng", "purple_to_county", PURPLE, "institution", "2026-03-11 00:00", "XF 四(二)5", "XF 四(二)5"),
    ("gaoping", "purple_to_county", PURPLE, "institution", "2026-03-11 00:00", "(u)", "(u)"),
    ("rencheng", "purple_to_county", PURPLE, "institution", "2026-03-11 00:00", "(u)", "(u)"),
    ("kaifeng", "purple_to_county", PURPLE, "institution", "2026-03-11 00:00", "(u)", "KF 二(一)3"),
    ("yuzhong", "purple_to_county", PURPLE, "institution", "2026-03-11 00:00", "YZ 第九条", "YZ 第九条"),
    ("xinfeng", "lists_to_county", BOOKED, "institution", "2026-03-11 00:00", "XF 四(二)5", "XF 四(二)5"),
    ("gaoping", "lists_to_county", BOOKED, "institution", None, "–", "–"),
    ("rencheng", "lists_to_county", BOOKED, "institution", "2026-03-11 00:00", "(u)", "RC 三(二)1(4)"),
    ("kaifeng", "lists_to_county", BOOKED, "institution", None, "–", "–"),
    ("yuzhong", "lists_to_county", BOOKED, "institution", None, "–", "–"),
    ("xinfeng", "positive_screening", SCREENED, "township", "2026-03-20 00:00", "XF 四(二)4", "(u)"),
    ("gaoping", "positive_screening", SCREENED, "township", "2026-03-20 00:00", "(u)", "GP 四(二)1"),
    ("rencheng", "positive_screening", SCREENED, "township", "2026-03-20 00:00", "(u)", "RC 三(二)1(2)"),
    ("kaifeng", "positive_screening", SCREENED, "township", "2026-03-20 00:00", "(u)", "KF 附件1 三"),
    ("yuzhong", "positive_screening", SCREENED, "township", "2026-03-20 00:00", "(u)", "(u)"),
    (
        "xinfeng",
        "maternal_death_to_county",
        IN_HOSPITAL,
        "institution",
        "2026-03-11 00:00",
        "XF 四(八)2",
        "XF 四(八)2",
    ),
    (
        "gaoping",
        "maternal_death_to_county",
        IN_HOSPITAL,
        "institution",
        "2026-03-05 14:00",
        "(u)",
        "GP 四(二)4",
    ),
    (
        "rencheng",
        "maternal_death_to_county",
        IN_HOSPITAL,
        "institution",
        "2026-03-05 10:00",
        "(u)",
        "RC 四(一)",
    ),
    (
        "kaifeng",
        "maternal_death_to_county",
        IN_HOSPITAL,
        "institution",
        "2026-03-07 08:00",
        "KF 二(四)1",
        "KF 二(四)1",
    ),
    (
        "yuzhong",
        "maternal_death_to_county",
        IN_HOSPITAL,
        "institution",
        "2026-03-06 08:00",
        "YZ 第十九条",
        "YZ 第十九条",
    ),
    ("xinfeng", "death_outside_to_county", AT_HOME, "township", "2026-03-06 12:00", "(u)", "(u)"),
    ("gaoping", "death_outside_to_county", AT_HOME, "township", "2026-03-05 14:00", "(u)", "(u)"),
    ("rencheng", "death_outside_to_county", AT_HOME, "township", "2026-03-05 14:00", "(u)", "(u)"),
    ("kaifeng", "death_outside_to_county", AT_HOME, "township", "2026-03-06 12:00", "(u)", "(u)"),
    ("yuzhong", "death_outside_to_county", AT_HOME, "township", "2026-03-06 12:00", "(u)", "(u)"),
    (
        "xinfeng",
        "newborn_death_to_county",
        NEWBORN,
        "institution",
        "2026-03-11 00:00",
        "XF 四(八)2",
        "XF 四(八)2",
    ),
    *(
        (name, "newborn_death_to_county", NEWBORN, "institution", "2026-03-11 00:00", "(u)", "(u)")
        for name in COUNTIES[1:]
    ),
    (
        "xinfeng",
        "maternal_death_institution_review",
        IN_HOSPITAL,
        "institution",
        "2026-03-17 00:00",
        "XF 四(八)2",
        "XF 四(八)2",
    ),
    (
        "xinfeng",
        "newborn_death_institution_review",
        NEWBORN,
        "institution",
        "2026-03-17 00:00",
        "XF 四(八)2",
        "XF 四(八)2",
    ),
    (
        "gaoping",
        "maternal_death_institution_review",
        IN_HOSPITAL,
        "institution",
        "2026-03-13 00:00",
        "GP 四(二)4",
        "GP 四(二)4",
    ),
    ("rencheng", "maternal_death_institution_review", IN_HOSPITAL, "institution", None, "–", "–"),
    (
        "kaifeng",
        "maternal_death_institution_review",
        IN_HOSPITAL,
        "institution",
        "2026-03-06 08:00",
        "KF 二(四)1",
        "KF 二(四)1",
    ),
    ("yuzhong", "maternal_death_institution_review", IN_HOSPITAL, "institution", None, "–", "–"),
    ("xinfeng", "critical_to_county", CRITICAL, "institution", "2026-03-11 00:00", "(u)", "XF 六(四)"),
    ("gaoping", "critical_to_county", CRITICAL, "institution", "2026-03-06 00:00", "(u)", "GP 三(四)"),
    ("rencheng", "critical_to_county", CRITICAL, "institution", None, "–", "–"),
    ("kaifeng", "critical_to_county", CRITICAL, "institution", None, "–", "–"),
    ("yuzhong", "critical_to_county", CRITICAL, "institution", "2026-03-06 00:00", "(u)", "YZ 第十七条"),
    *(
        (name, "self_discharge_to_county", SELF_DISCHARGE, "institution", None, "–", "–")
        for name in COUNTIES[:4]
    ),
    (
        "yuzhong",
        "self_discharge_to_county",
        SELF_DISCHARGE,
        "institution",
        "2026-03-06 00:00",
        "YZ 第十八条",
        "YZ 第十八条",
    ),
]


@pytest.mark.parametrize(
    ("name", "clock", "told", "owner", "due", "source", "duty_source"),
    TABLE,
    ids=[f"{row[0]}-{row[1]}" for row in TABLE],
)
def test_each_clock_of_the_table(
    name: str, clock: str, told: Report, owner: str, due: str | None, source: str, duty_source: str
) -> None:
    rules = programme(name)
    running = {one.name: one for one in started(rules, happening(told, received=told.known_time))}
    if due is None:
        assert clock not in running
        assert clock not in rules.clock
        return
    assert (running[clock].owner, running[clock].due) == (owner, at(due))
    assert (rules.source(f"clock.{clock}.within") or "(u)") == source
    assert (rules.source(f"clock.{clock}.owner") or "(u)") == duty_source


@pytest.mark.parametrize(
    ("told", "clock"),
    [
        (CRITICAL, "critical_to_county"),
        (report("critical_case"), "critical_to_county"),
        (SELF_DISCHARGE, "self_discharge_to_county"),
    ],
)
def test_one_event_starts_one_clock(told: Report, clock: str) -> None:
    """YZ 第十七条: 收治危急重孕产妇应及时…通报; 第十八条: 自动放弃治疗出院的危重孕产妇…出院当日报告."""
    running = [one.name for one in started(programme("yuzhong"), happening(told))]
    assert running == [clock]


@pytest.mark.parametrize(
    ("name", "clock", "owner", "due", "source"),
    [
        ("xinfeng", "death_verified", "county", "2026-03-18 00:00", "XF 四(八)3"),
        ("xinfeng", "death_reviewed", "county", "2026-04-07 00:00", "XF 四(八)3"),
        ("gaoping", "death_reviewed", "city", "2026-03-28 00:00", "GP 四(二)4"),
    ],
)
def test_the_higher_review_runs_from_receipt(
    name: str, clock: str, owner: str, due: str, source: str
) -> None:
    rules = programme(name)
    before = {one.name for one in started(rules, happening(IN_HOSPITAL))}
    assert clock not in before
    received = {
        one.name: one for one in started(rules, happening(IN_HOSPITAL, received=at("2026-03-06 18:00")))
    }
    assert (received[clock].owner, received[clock].due) == (owner, at(due))
    assert rules.source(f"clock.{clock}.within") == source


@pytest.mark.parametrize(
    ("name", "duty", "owner", "due", "source"),
    [
        ("kaifeng", "high_risk_list", "county", "2026-04-11 00:00", "KF 二(二)1"),
        ("kaifeng", "high_risk_list_province", "city", "2026-04-16 00:00", "KF 二(二)1"),
        ("kaifeng", "analysis", "county", "2026-04-11 00:00", "KF 二(二)1"),
        ("kaifeng", "data_check", "county", "2026-05-01 00:00", "KF 二(四)1"),
        ("kaifeng", "national_entry", "county", "2026-04-11 00:00", "KF 二(四)1"),
        ("kaifeng", "village_session", "county", "2026-05-01 00:00", "KF 二(一)1"),
        ("xinfeng", "national_entry", "county", "2026-04-11 00:00", "XF 四(八)3"),
        ("xinfeng", "bulletin", "county", "2026-04-06 00:00", "XF 四(九)1"),
        ("xinfeng", "institution_counts", "institution", "2026-04-04 00:00", "XF 附表2"),
        ("rencheng", "national_entry", "county", "2026-04-11 00:00", "RC 四(一)"),
        ("rencheng", "township_meeting", "township", "2026-05-01 00:00", "RC 四(二)"),
    ],
)
def test_what_is_owed_every_month_and_quarter(
    name: str, duty: str, owner: str, due: str, source: str
) -> None:
    april = {one.name: one for one in periodic(programme(name), date(2026, 4, 1), date(2026, 4, 30))}
    assert (april[duty].owner, april[duty].due) == (owner, at(due))
    assert programme(name).source(f"periodic.{duty}.every") == source


@pytest.mark.parametrize(
    ("name", "duty", "source"),
    [
        ("rencheng", "death_review", "RC 四(一)"),
        ("rencheng", "county_meeting", "RC 四(二)"),
        ("kaifeng", "review_feedback", "KF 二(四)2"),
    ],
)
def test_what_is_owed_by_the_end_of_the_quarter(name: str, duty: str, source: str) -> None:
    june = {one.name: one.due for one in periodic(programme(name), date(2026, 6, 1), date(2026, 6, 30))}
    assert june[duty] == at("2026-07-01 00:00")
    assert duty not in {one.name for one in periodic(programme(name), date(2026, 5, 1), date(2026, 5, 31))}
    assert programme(name).source(f"periodic.{duty}.every") == source


@pytest.mark.parametrize("name", ["gaoping", "yuzhong"])
def test_where_nothing_periodic_is_written_nothing_is_owed(name: str) -> None:
    assert periodic(programme(name), date(2026, 1, 1), date(2026, 12, 31)) == ()


def test_every_period_is_owed_once() -> None:
    year = periodic(programme("xinfeng"), date(2026, 1, 1), date(2026, 12, 31))
    assert len({one.key for one in year}) == len(year) == 12 + 4 + 4
    parts = [
        one
        for month in range(1, 13)
        for one in periodic(
            programme("xinfeng"),
            date(2026, month, 1),
            min(date(2026, month, 28) + timedelta(3), date(2026, 12, 31)),
        )
    ]
    assert {one.key for one in parts} == {one.key for one in year}


# ── what starts a clock and what does not ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
@pytest.mark.parametrize(
    "told", [RED, PURPLE, BOOKED, SCREENED, IN_HOSPITAL, AT_HOME, NEWBORN, CRITICAL, FACT]
)
def test_what_came_from_the_county_starts_follow_up_and_never_reporting(name: str, told: Report) -> None:
    running = started(programme(name), happening(replace(told, author_role="county"), received=at(NOON)))
    assert all(one.follow_up for one in running)


def test_a_positive_screening_from_the_county_is_followed_up() -> None:
    running = started(programme("xinfeng"), happening(replace(SCREENED, author_role="county")))
    assert [one.name for one in running] == ["positive_screening"]


def test_the_village_owes_only_what_the_village_knew() -> None:
    for by, owes in (("coordinator", True), ("woman", True), ("township", False), ("institution", False)):
        running = started(programme("xinfeng"), happening(report("birth", by=by)))
        assert ("village_fact" in {one.name for one in running}) is owes


def test_danger_reaches_the_township_in_ten_minutes() -> None:
    fact = replace(happening(FACT), event="danger")
    for name in PROGRAMMES:
        running = {one.name: one for one in started(programme(name), fact)}
        assert running["village_danger"].due == at("2026-03-05 12:10")
        assert running["village_danger"].steps[:2] == (
            Step(at("2026-03-05 12:10"), "coordinator"),
            Step(at("2026-03-05 12:10"), "township"),
        )


@pytest.mark.parametrize(
    ("body", "by", "owner"),
    [
        ({"place_kind": "hospital"}, "coordinator", "institution"),
        ({"institution": "县医院"}, "coordinator", "institution"),
        ({}, "institution", "institution"),
        ({"place_kind": "home"}, "institution", "township"),
        ({"place_kind": "road", "institution": "县医院"}, "coordinator", "township"),
        ({"place": "田里"}, "coordinator", "township"),
    ],
)
def test_where_she_died_says_who_owes_the_report(body: dict[str, Any], by: str, owner: str) -> None:
    running = started(
        programme("xinfeng"), happening(report("maternal_death", by=by, when="2026-03-05", **body))
    )
    owed = {one.owner for one in running if one.to == "county" and one.name.endswith("to_county")}
    assert owed == {owner}


def test_a_death_of_which_only_the_day_is_known_is_taken_as_late_as_it_can_have_been() -> None:
    yesterday = report("maternal_death", when="2026-03-04", place_kind="hospital")
    today = report("maternal_death", when="2026-03-05", place_kind="hospital")
    due = {
        one.due
        for told in (yesterday,)
        for one in started(programme("kaifeng"), happening(told))
        if one.name == "maternal_death_to_county"
    }
    assert due == {at("2026-03-07 00:00")}
    same_day = {one.name: one.due for one in started(programme("kaifeng"), happening(today))}
    assert same_day["maternal_death_to_county"] == at("2026-03-07 12:00")


@pytest.mark.parametrize(
    ("born", "died", "owed"),
    [("2026-02-05", "2026-03-04", True), ("2026-02-04", "2026-03-04", False), (None, "2026-03-04", False)],
)
def test_the_class_follows_from_the_age(born: str | None, died: str, owed: bool) -> None:
    """0–27 days: a newborn's."""
    body = {"date": died, "place_kind": "hospital", **({"birth_date": born} if born else {})}
    running = started(programme("xinfeng"), happening(report("child_death", when=died, **body)))
    assert ("newborn_death_to_county" in {one.name for one in running}) is owed


@pytest.mark.parametrize(
    ("told", "positive"),
    [
        (report("referral", by="township"), True),
        (report("referral", by="institution", feedback=True, received=True), False),
        (report("risk_grade", by="coordinator", colour="yellow"), True),
        (report("risk_grade", by="coordinator", key_follow_up=True), True),
        (report("risk_grade", by="coordinator", colour="green"), False),
        (report("risk_grade", by="coordinator", colour="yellow", institution="县医院"), False),
        (report("risk_grade", by="institution", colour="red"), False),
    ],
)
def test_a_screening_waits_for_a_hospital_and_a_hospital_s_grade_does_not(
    told: Report, positive: bool
) -> None:
    running = started(programme("gaoping"), happening(told))
    assert ("positive_screening" in {one.name for one in running}) is positive


def test_after_delivery_a_positive_screening_is_urged_in_kaifeng() -> None:
    """KF 附件1 三(二): 指导并督促产妇及时到有评估资质的医疗保健机构进行评估管理，并加强随访."""
    found = report("postnatal_visit", by="township", screening="positive")
    assert "positive_screening" in {one.name for one in started(programme("kaifeng"), happening(found))}
    assert "positive_screening" not in {one.name for one in started(programme("xinfeng"), happening(found))}
    negative = report("postnatal_visit", by="township", screening="negative")
    assert "positive_screening" not in {
        one.name for one in started(programme("kaifeng"), happening(negative))
    }


def test_orange_with_purple_beside_it_runs_both_clocks() -> None:
    both = report("risk_grade", colour="orange", with_purple=True, institution="县医院")
    names = {one.name for one in started(programme("yuzhong"), happening(both))}
    assert {"orange_to_county", "purple_to_county"} <= names
    assert "red_to_county" not in names


# ── warning and escalation ──────────────────────────────────────────────────────────────────────────────


def one_clock(name: str, clock: str, told: Report) -> Running:
    return next(one for one in started(programme(name), happening(told)) if one.name == clock)


def test_hours_are_warned_of_halfway_and_days_the_morning_before() -> None:
    assert one_clock("yuzhong", "red_to_county", RED).warn == (at("2026-03-06 00:00"),)
    assert one_clock("yuzhong", "orange_to_county", ORANGE).warn == (at("2026-03-07 09:00"),)
    same_day = one_clock("gaoping", "critical_to_county", CRITICAL)
    assert same_day.warn == (at("2026-03-05 18:00"),)


def test_a_clock_climbs_from_its_owner_only() -> None:
    """XF: coordinator → township → the sector's officer (包片负责: 四(五)3) → county; institution → county. Who after whom: (u)."""
    steps = one_clock("xinfeng", "village_fact", FACT).steps
    assert steps == (
        Step(at("2026-03-06 12:00"), "coordinator"),
        Step(at("2026-03-06 12:00"), "township"),
        Step(at("2026-03-06 14:00"), "sector"),
        Step(at("2026-03-06 16:00"), "county"),
    )
    assert [step.office for step in one_clock("yuzhong", "village_fact", FACT).steps] == [
        "coordinator",
        "township",
        "county",
    ]
    for name in COUNTIES:
        assert [step.office for step in one_clock(name, "red_to_county", RED).steps] == [
            "institution",
            "county",
        ]
        assert "institution" not in {
            s.office for s in one_clock(name, "death_outside_to_county", AT_HOME).steps
        }


def test_the_next_moment_is_the_next_thing_to_tell() -> None:
    clock = one_clock("yuzhong", "village_fact", FACT)
    assert clock.next_moment(clock.started) == clock.warn[0]
    assert clock.next_moment(clock.warn[0]) == clock.due
    assert clock.next_moment(clock.due) == clock.steps[2].at
    assert clock.next_moment(clock.steps[-1].at) is None


@given(
    st.sampled_from(
        [RED, ORANGE, PURPLE, BOOKED, SCREENED, IN_HOSPITAL, AT_HOME, NEWBORN, SELF_DISCHARGE, FACT]
    ),
    st.sampled_from(sorted(PROGRAMMES)),
    st.integers(0, 60 * 24 * 400),
)
def test_whatever_starts_is_warned_of_before_it_is_due_and_told_upward_after(
    told: Report, name: str, minutes: int
) -> None:
    known = told.known_time + timedelta(minutes=minutes)
    moved = replace(told, known_time=known, event_time=known.isoformat() if told.event_time else None)
    for one in started(programme(name), happening(moved, received=known)):
        assert one.started < one.due
        assert all(one.started <= warn < one.due for warn in one.warn)
        assert [step.at for step in one.steps] == sorted(step.at for step in one.steps)
        assert one.steps[0].at == one.due


@given(st.integers(0, 700), st.sampled_from(COUNTIES))
def test_periodic_duties_are_warned_of_too(days: int, name: str) -> None:
    since = date(2026, 1, 1) + timedelta(days=days)
    for one in periodic(programme(name), since, since + timedelta(days=100)):
        assert one.started < one.warn[0] < one.due == one.steps[0].at


# ── stopping ────────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_acknowledgement_of_its_addressee_stops_it() -> None:
    clock, rules = one_clock("xinfeng", "red_to_county", RED), programme("xinfeng")
    later = clock.started + timedelta(hours=1)
    assert stopped_at(rules, clock, []) is None
    assert stopped_at(rules, clock, [Act("acknowledged", later, "township")]) is None
    assert stopped_at(rules, clock, [Act("phone_call", later, "county")]) is None
    assert stopped_at(rules, clock, [Act("acknowledged", later, "county")]) == later


def test_who_stands_above_the_addressee_may_acknowledge_and_the_owner_may_not() -> None:
    clock, rules = one_clock("xinfeng", "village_fact", FACT), programme("xinfeng")
    later = clock.started + timedelta(hours=1)
    for by, stops in (("coordinator", False), ("township", True), ("sector", True), ("county", True)):
        assert (stopped_at(rules, clock, [Act("acknowledged", later, by)]) == later) is stops


def test_an_owner_above_the_addressee_does_not_acknowledge_its_own() -> None:
    clock = replace(one_clock("xinfeng", "village_fact", FACT), owner="county")
    later = clock.started + timedelta(hours=1)
    assert stopped_at(programme("xinfeng"), clock, [Act("acknowledged", later, "county")]) is None


def test_an_act_before_it_started_is_about_something_else() -> None:
    clock = one_clock("xinfeng", "red_to_county", RED)
    before = clock.started - timedelta(minutes=1)
    assert stopped_at(programme("xinfeng"), clock, [Act("acknowledged", before, "county")]) is None


def test_in_yuzhong_the_phone_call_and_the_card_are_both_owed() -> None:
    """YZ 第十九条: 24小时内电话通报…，按要求报送《孕产妇死亡个案卡》."""
    clock, rules = one_clock("yuzhong", "maternal_death_to_county", IN_HOSPITAL), programme("yuzhong")
    call = Act("phone_call", clock.started + timedelta(hours=1), "county")
    card = Act("acknowledged", clock.started + timedelta(hours=5), "county")
    assert stopped_at(rules, clock, [card]) is None
    assert stopped_at(rules, clock, [call]) is None
    assert stopped_at(rules, clock, [card, call]) == card.at


def test_a_hospital_s_grade_or_its_feedback_stops_the_fourteen_days() -> None:
    """XF 四(三)4: 接受转诊、完成风险评估的…反馈筛查机构."""
    clock, rules = one_clock("xinfeng", "positive_screening", SCREENED), programme("xinfeng")
    week = "2026-03-12 10:00"
    for told, stops in (
        (report("risk_grade", known=week, colour="yellow"), True),
        (report("risk_grade", by="coordinator", known=week, colour="yellow"), False),
        (report("referral", known=week, feedback=True, received=True), True),
        (report("referral", known=week, feedback=True, received=False), False),
        (report("follow_up", by="township", known=week), False),
    ):
        assert (stopped_at(rules, clock, acts_of(told)) is not None) is stops
    assert stopped_at(rules, clock, acts_of(SCREENED)) is None


def test_the_county_s_word_stands_for_the_city_s() -> None:
    clock = one_clock("gaoping", "maternal_death_institution_review", IN_HOSPITAL)
    act = Act("acknowledged", clock.started + timedelta(days=2), "county")
    assert stopped_at(programme("gaoping"), clock, [act]) == act.at


# ── what a clock may say of itself ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
def test_where_no_diagnosis_may_be_named_all_colours_read_the_same(name: str) -> None:
    shown = set()
    for colour in COLOURS[2:]:
        graded = report("risk_grade", colour=colour, institution="县医院")
        clock = one_clock(name, f"{colour}_to_county", graded)
        assert tells_colour(clock)
        assert title(clock, named=True).id != title(clock, named=False).id
        shown.add(title(clock, named=False).id)
    assert shown == {"有一项重点随访的报送，在聊天里说“催办”就能看到。"}


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
def test_no_clock_a_coordinator_hears_of_tells_a_colour(name: str) -> None:
    rules = programme(name)
    for clock in rules.clock.values():
        if "coordinator" in rules.ladder[clock.owner].rungs:
            assert not any(word in clock.title for word in "绿黄橙红紫")
