"""The indicators of §6 and KF 附件2, numerator and denominator by hand; then against a second, plain count."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.papers.demonstration import data_set
from conversations.care.programme import PROGRAMMES, programme
from conversations.care.rules import Count
from conversations.message import Report
from conversations.papers.annex2 import annex2
from conversations.papers.counting import Where, figure
from conversations.papers.counts import CALLED, COUNTS
from conversations.papers.facts import contribution
from conversations.papers.indicators import indicators, work_out, worst_first
from conversations.papers.period import Period
from conversations.papers.sheet import NOT_COLLECTED as NO
from tests.papers.county import QUARTER, contributions, material

XINFENG = {
    "早孕建册率": (1, 4),  # 甲
    "产后访视率": (1, 4),  # 甲
    "五次产检率": (1, 4),  # 甲
    "孕产妇系统管理率": (1, 4),  # 甲
    "住院分娩率": (4, 5),  # 戊 at home
    "孕产妇建档率": (3, 9),  # 甲 己 癸
    "电子档案建档率": (9, 9),
    "高危孕产妇管理率": (2, 4),  # 乙 癸; nothing of 丙 and 己 since they were assessed
    "高危专案管理率": (NO, 3),  # 乙 丙 癸
}
KAIFENG = {
    "妊娠风险筛查率": (5, 9),  # 甲 乙 丙 己 癸
    "筛查阳性率": (4, 5),  # 甲 is green
    "评估率": (4, 4),
    "评估分级：绿色": (0, 4),
    "评估分级：黄色": (2, 4),  # 己 癸
    "评估分级：橙色": (1, 4),
    "评估分级：红色": (1, 4),
    "评估分级：紫色": (1, 4),  # 癸, beside yellow
    "筛查阳性转诊率": (1, 4),  # 乙
    "接诊率": (1, 1),
    "接诊评估率": (0, 1),
    "高危专案管理率": (NO, 3),
    "橙红紫漏报率": (1, 3),  # the report of 丙's grade has not arrived
    "高危孕产妇随访率": (1, 4),  # 乙
    "红色风险孕产妇三级机构住院分娩率": (1, 1),  # 乙
    "橙色风险孕产妇三级机构住院分娩率": (0, 1),  # 丙, level 2
    "产后访视风险评估率": (1, 1),  # 甲
    "产后42天检查风险评估率": (1, 1),  # 甲
    "线上质控完成情况": (NO, NO),
    "首诊妊娠风险筛查准确率": (NO, NO),
    "首诊妊娠风险评估准确率": (NO, NO),
}


def test_the_indicators_of_xinfeng_are_those_worked_out_by_hand() -> None:
    (sheet,) = indicators(material())
    assert {row[0]: (row[2], row[4]) for row in sheet.rows} == XINFENG
    rates = {row[0]: row[5] for row in sheet.rows}
    assert rates["早孕建册率"] == pytest.approx(0.25)
    assert rates["高危专案管理率"] == NO


def test_each_is_printed_with_its_period_target_and_source() -> None:
    (sheet,) = indicators(material())
    first = dict(zip((column.title for column in sheet.columns), sheet.rows[0], strict=True))
    assert (first["期间"], first["目标"], first["依据"]) == ("2026年第三季度", "≥95%", "XF 二(一)1")
    assert (first["分子"], first["分母"]) == ("孕13周前建册的产妇", "活产数")


def test_annex_2_of_kaifeng_is_worked_out_by_hand() -> None:
    frame, data, factors = annex2(material())
    assert {row[0]: (row[2], row[4]) for row in data.rows} == KAIFENG
    assert [row[1:] for row in factors.rows] == [
        ("双胎", 1), ("肺动脉高压（≥50mmHg）", 1), ("贫血，血红蛋白60–110g/L", 1),
    ]  # fmt: skip
    assert [str(row[0])[:2] for row in frame.rows] == ["一、", "二、", "三、", "四、", "五、"]


def test_without_a_county_system_nobody_says_what_it_has() -> None:
    made = material(contributions=contributions(acknowledged=False))
    by_title = {one.rule.title: one for one in work_out(made)}
    assert by_title["电子档案建档率"].numerator.value is None


def test_the_level_of_a_hospital_nobody_told_is_not_taken_for_low() -> None:
    unknown = tuple(i for i in material().institutions if i.id != "fuer")
    found = figure(COUNTS["red_deliveries_level3"](material(institutions=unknown)))
    assert (found.value, found.unknown) == (None, 1)


def test_the_traces_add_up_to_numerators_and_denominators() -> None:
    for sheet in (*indicators(material()), annex2(material())[1]):
        for row, traces in zip(sheet.rows, sheet.traces, strict=True):
            for at in (2, 4):
                assert len(traces[at]) == (row[at] if isinstance(row[at], int) else 0), row[0]


def test_the_worst_come_first_and_the_unknown_last() -> None:
    told = [one.rule.title for one in worst_first(work_out(material()))]
    assert told[0] == "早孕建册率"  # 70 % short of 95
    assert told[-1] == "高危专案管理率"


def test_every_count_a_programme_may_name_is_counted_and_called() -> None:
    named: set[Count] = {
        count for rules in PROGRAMMES.values() for one in rules.indicator.values()
        for count in (one.numerator, one.denominator)
    }  # fmt: skip
    assert named <= set(COUNTS) == set(CALLED)


# ── a second, plain count ───────────────────────────────────────────────────────────────────────────────


def newest(reports: list[Report]) -> dict[str, list[Report]]:
    """By pregnancy what stands, in no order."""
    last: dict[str, Report] = {}
    for one in reports:
        if one.report_id not in last or last[one.report_id].version < one.version:
            last[one.report_id] = one
    by_pregnancy: dict[str, list[Report]] = {}
    for one in last.values():
        if not one.withdrawn and one.pregnancy_id:
            by_pregnancy.setdefault(one.pregnancy_id, []).append(one)
    return by_pregnancy


def plainly(reports: list[Report], period: Period) -> dict[str, int]:
    """Some of the counts by going through all reports, one `if` after the other."""
    count = dict.fromkeys(
        ("deliveries", "live_births", "hospital_deliveries", "visited_within_28_days", "booked_before_13_weeks",
         "pregnant_women", "booked", "high_risk", "five_visits"), 0,
    )  # fmt: skip
    for told in newest(reports).values():
        found = [r for r in told if r.event == "pregnancy"]
        if not found:
            continue
        body = found[0].body
        lmp = (
            date.fromisoformat(body["lmp"])
            if "lmp" in body
            else date.fromisoformat(body["due_date"]) - timedelta(280)
        )
        births = [r for r in told if r.event == "birth"]
        losses = [r for r in told if r.event == "pregnancy_loss"]
        still = [r for r in losses if r.body["loss_kind"] == "stillbirth"]
        end = min((date.fromisoformat(r.body["date"]) for r in (*births, *losses)), default=None)
        died = [date.fromisoformat(r.body["date"]) for r in told if r.event == "maternal_death"]
        until = min([(end or lmp + timedelta(308)) + timedelta(42), *died])
        booked = sorted(date.fromisoformat(r.body["date"]) for r in told if r.event == "booking")
        if (births or still) and end is not None and period.first <= end <= period.last:
            count["deliveries"] += 1
            for r in births:
                count["live_births"] += sum(child.get("alive", True) for child in r.body["children"])
            hospital = [r for r in (*births, *still) if r.body.get("place_kind") == "hospital"]
            count["hospital_deliveries"] += bool(hospital)
            visits = [date.fromisoformat(r.body["date"]) for r in told
                      if r.event == "postnatal_visit" and r.body["visit_kind"] == "home"]  # fmt: skip
            count["visited_within_28_days"] += any(0 <= (day - end).days <= 28 for day in visits)
            count["booked_before_13_weeks"] += bool(booked) and (booked[0] - lmp).days < 91
            days = {r.body["date"] for r in told if r.event in ("antenatal_visit", "booking")}
            count["five_visits"] += len([day for day in days if day <= end.isoformat()]) >= 5
        known = min(r.known_time.date() for r in told)
        if lmp <= period.last and known <= period.last and until >= period.first:
            count["pregnant_women"] += 1
            count["booked"] += bool(booked) and booked[0] <= period.last
            graded = sorted(
                (r.body["date"], r.body["colour"]) for r in told
                if r.body.get("colour") and r.author_role == "institution" and r.body["date"] <= period.last.isoformat()
            )  # fmt: skip
            count["high_risk"] += bool(graded) and graded[-1][1] != "green"
    return count


@pytest.mark.parametrize("name", ["2026Q1", "2026Q3", "2025Q4", "2026-08", "2026-02", "2026"])
def test_a_plain_count_of_made_up_counties_agrees(name: str) -> None:
    period = Period.read(name)
    assert period is not None
    reports, _, now = data_set(period)
    last: dict[str, Report] = {}
    for one in reports:
        last[one.report_id] = one
    by_woman: dict[str, list[Any]] = {}
    for one in last.values():
        by_woman.setdefault(one.woman_id, []).append(one)
    made = material(
        period=period,
        where=Where("xf", "信丰县", "county"),
        programme=programme("xinfeng"),
        made_on=now.date(),
        contributions=tuple(contribution(woman, told) for woman, told in by_woman.items()),
    )
    plain = plainly(reports, period)
    counted = {name: figure(rule(made)).value for name, rule in COUNTS.items() if name in plain}
    assert counted == plain
    assert counted["deliveries"]


def test_the_fixed_county_agrees_too() -> None:
    from tests.papers.county import women

    reports = [
        r for her in women() for r in her.reports if her.name != "壬"
    ]  # moving away is not in the plain count
    made = material(contributions=contributions([her for her in women() if her.name != "壬"]))
    plain = plainly(reports, QUARTER)
    assert plain["deliveries"] == figure(COUNTS["deliveries"](made)).value
    assert plain["live_births"] == figure(COUNTS["live_births"](made)).value
    assert plain["high_risk"] == figure(COUNTS["high_risk"](made)).value
