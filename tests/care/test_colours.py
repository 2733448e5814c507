from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from typing import Literal, get_args

import pytest

from conversations.care.colours import (
    KEY_LABEL,
    Assessment,
    Grade,
    Rhythm,
    advised,
    askable,
    comes_first,
    current,
    follow_up,
    followed_until,
    has_case_file,
    has_responsible,
    highest,
    label,
    managed_higher,
    may_count_by_colour,
    suggest,
    to_expert_group,
)
from conversations.care.programme import PROGRAMMES, programme
from conversations.care.rules import COLOURS, Colour
from conversations.care.unsaid import INFECTION
from conversations.text import Joined, Sayable, Text

KEY_GRADES = [
    Grade("orange"),
    Grade("red"),
    Grade(None, purple=True),
    Grade("green", purple=True),
    Grade("yellow", purple=True),
    Grade("red", purple=True),
    Grade("yellow", purple=True, star=True),
    Grade(key=True),
    Grade("yellow", key=True),
]


def words(text: Sayable) -> str:
    if isinstance(text, Joined):
        return "\n".join(map(words, text.parts))
    return text.id.format(
        **{k: words(v) if isinstance(v, Text | Joined) else v for k, v in text.values.items()}
    )


def day(number: int) -> date:
    return date(2026, 5, number)


def assessed(grade: Grade, on: int, *, recorded: int = 0, by_hospital: bool = True) -> Assessment:
    return Assessment(grade, day(on), datetime(2026, 6, 1 + recorded, tzinfo=UTC), by_hospital)


# ── what holds ──────────────────────────────────────────────────────────────────────────────────────────


def test_within_one_assessment_the_highest_wins_and_purple_stands_beside() -> None:
    assert highest(["yellow", "red", "orange"]) == Grade("red")
    assert highest(["purple", "yellow"]) == Grade("yellow", purple=True)
    assert highest(["purple"]) == Grade(None, purple=True)
    assert highest([]) == Grade()


def test_the_newest_hospital_assessment_replaces_the_older_up_or_down() -> None:
    """XF 四(三)5: 根据病情变化及时调整妊娠风险分级."""
    up = [assessed(Grade("yellow"), 1), assessed(Grade("red"), 9)]
    down = [assessed(Grade("red"), 1), assessed(Grade("yellow"), 9)]
    assert current(up) == up[1]
    assert current(reversed(down)) == down[1]


def test_newest_is_by_its_own_day_however_late_it_was_told() -> None:
    old_told_late = assessed(Grade("green"), 1, recorded=5)
    newer = assessed(Grade("red"), 9)
    assert current([newer, old_told_late]) == newer
    same_day = assessed(Grade("orange"), 9, recorded=1)
    assert current([same_day, newer]) == same_day


def test_a_screening_changes_no_grade() -> None:
    graded = assessed(Grade("orange"), 1)
    assert current([graded, assessed(Grade("green"), 9, by_hospital=False)]) == graded
    assert current([assessed(Grade("red"), 9, by_hospital=False)]) is None


# ── suggesting ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("factors", "grade", "positive"),
    [
        ([], Grade("green"), False),
        (["unheard_of"], Grade(), None),
        (["age_35_18", "unheard_of"], Grade(), True),
        (["pulmonary_hypertension", "unheard_of"], Grade(), True),
        (["height_145"], Grade(), True),
        (["age_35_18"], Grade("yellow"), True),
        (["age_35_18", "age_40"], Grade("orange"), True),
        (["twins", "pulmonary_hypertension", "age_40"], Grade("red"), True),
        (["age_35_18", "infectious_disease"], Grade("yellow", purple=True), True),
        (["age_35_18", "twins", "scar_uterus"], Grade("yellow"), True),
    ],
)
def test_what_factors_suggest(factors: list[str], grade: Grade, positive: bool | None) -> None:
    found = suggest(programme("national"), factors)
    assert (found.grade, found.positive) == (grade, positive)


@pytest.mark.parametrize(
    ("factors", "star"),
    [
        (["age_35_18", "twins"], False),
        (["age_35_18", "twins", "scar_uterus"], True),
        (["age_35_18", "twins", "twins", "twins"], False),
        (["age_35_18", "twins", "scar_uterus", "fibroid"], True),
        (["age_35_18", "twins", "scar_uterus", "age_40"], False),
        (["age_35_18", "twins", "scar_uterus", "infectious_disease"], False),
    ],
)
def test_three_yellow_factors_make_a_star_in_kaifeng(factors: list[str], star: bool) -> None:
    """KF 附件1 一: 同时存在3个及以上“黄色”风险因素…增加“☆”标记; 红橙紫 不再考虑多因素合并存在."""
    assert suggest(programme("kaifeng"), factors).grade.star is star
    assert not suggest(programme("xinfeng"), factors).grade.star


def test_what_is_on_no_list_is_not_taken_for_nothing() -> None:
    """前置胎盘 may be red: with it the list suggests nothing, and says only what the others come to."""
    found = suggest(programme("national"), ["age_40", "前置胎盘"])
    assert found.grade == Grade()
    assert found.at_least == Grade("orange")
    assert suggest(programme("national"), ["前置胎盘"]).at_least == Grade()


@pytest.mark.parametrize(
    ("factors", "open_"),
    [
        (["age_35_18", "twins", "前置胎盘"], True),
        (["age_35_18", "前置胎盘"], False),
        (["age_35_18", "twins", "scar_uterus", "前置胎盘"], False),
        (["age_40", "twins", "age_35_18", "前置胎盘"], False),
    ],
)
def test_a_factor_on_no_list_may_make_up_the_star(factors: list[str], open_: bool) -> None:
    assert suggest(programme("kaifeng"), factors).star_open is open_
    assert not suggest(programme("xinfeng"), factors).star_open


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
@pytest.mark.parametrize("role", ["coordinator", "township", "woman"])
def test_nobody_in_the_village_is_asked_about_infections(name: str, role: str) -> None:
    for permitted in (True, False):
        asked = askable(programme(name), role, permitted=permitted)
        assert not [one for one in asked if INFECTION.search(programme(name).factor[one].what)]
    assert bool(askable(programme(name), role, permitted=True)) is (role != "woman")


@pytest.mark.parametrize("role", ["institution", "county"])
def test_officers_are_asked_on_a_permitted_channel_only(role: str) -> None:
    rules = programme("kaifeng")
    assert {"after_hiv", "infectious_disease"} <= set(askable(rules, role, permitted=True))
    assert not {"after_hiv", "infectious_disease", "drug_use"} & set(askable(rules, role, permitted=False))
    assert askable(rules, role, permitted=False) == askable(rules, "coordinator", permitted=True)


# ── showing ─────────────────────────────────────────────────────────────────────────────────────────────


def hidden_from() -> list[tuple[str, bool]]:
    readers = [(role, named) for role in ("coordinator", "woman") for named in (True, False)]
    return readers + [(role, False) for role in ("township", "institution", "county")]


@pytest.mark.parametrize(("role", "named"), hidden_from())
@pytest.mark.parametrize("name", sorted(PROGRAMMES))
def test_orange_red_purple_and_special_read_exactly_the_same(name: str, role: str, named: bool) -> None:
    shown = {
        (
            words(label(grade, role, named=named, special=special)),
            tuple(
                tuple(
                    words(one)
                    for one in advised(programme(name), grade, stage, role, named=named, special=special)
                )
                for stage in get_args(Literal["care", "delivery"])
            ),
        )
        for grade, special in [*product(KEY_GRADES, (False, True)), (Grade("green"), True), (Grade(), True)]
    }
    assert shown == {("重点随访", (("县里指定的医院",), ("县里指定的医院",)))}


def test_green_and_yellow_are_shown_to_everybody() -> None:
    for role in ("coordinator", "woman", "township"):
        assert words(label(Grade("green"), role, named=True)) == "绿色"
        assert words(label(Grade("yellow"), role, named=False)) == "黄色"
        assert words(label(Grade(), role, named=True)) == "未评估"


@pytest.mark.parametrize("role", ["township", "institution", "county"])
def test_officers_see_the_grade_where_it_may_be_named(role: str) -> None:
    shown = [words(label(grade, role, named=True)) for grade in KEY_GRADES]
    assert shown == [
        *("橙色", "红色", "紫色", "绿色，另标紫色", "黄色，另标紫色", "红色，另标紫色", "黄色，另标紫色"),
        *("重点随访", "黄色"),
    ]
    assert words(label(Grade("yellow", star=True), role, named=True)) == "黄色☆"


def test_coordinators_get_no_counts_by_colour() -> None:
    assert [
        role
        for role in ("woman", "coordinator", "township", "institution", "county")
        if may_count_by_colour(role)
    ] == [
        "township",
        "institution",
        "county",
    ]


CARE = [  # requirements §4, the whole table
    ("xinfeng", "yellow", "care", "二级以上医疗机构，有异常尽快转三级医疗机构", "XF 四(五)1"),
    ("xinfeng", "yellow", "delivery", "二级以上医疗机构", "XF 四(六)1"),
    ("xinfeng", "orange", "care", "县级及以上危重孕产妇救治中心", "XF 四(五)2(1)"),
    ("xinfeng", "orange", "delivery", "三级医疗机构", "XF 四(六)2"),
    ("xinfeng", "red", "care", "先到三级医疗机构，再到县级及以上危重孕产妇救治中心", "XF 四(五)2(2)"),
    ("xinfeng", "red", "delivery", "三级医疗机构", "XF 四(六)2"),
    ("xinfeng", "purple", "care", "按传染病防治要求管理", "XF 四(五)2(3)"),
    ("xinfeng", "purple", "delivery", "按传染病防治要求管理", "XF 四(五)2(3)"),
    *(
        ("gaoping", colour, stage, "二级以上医疗机构", "GP 四(二)1")
        for colour in COLOURS[1:]
        for stage in ("care", "delivery")
    ),
    ("rencheng", "yellow", "care", None, "RC 四(三)"),
    ("rencheng", "yellow", "delivery", None, "RC 四(三)"),
    *(
        ("rencheng", colour, stage, "与上级危重孕产妇救治中心共同制订方案", "RC 四(三)")
        for colour in ("orange", "red")
        for stage in ("care", "delivery")
    ),
    ("rencheng", "purple", "care", None, "RC 四(三)"),
    ("rencheng", "purple", "delivery", None, "RC 四(三)"),
    ("kaifeng", "yellow", "care", "二级以上医疗机构，有异常尽快转三级医疗机构", "KF 二(一)3"),
    ("kaifeng", "yellow", "delivery", "二级以上医疗机构，有异常尽快转三级医疗机构", "KF 二(一)3"),
    ("kaifeng", "orange", "care", "县级及以上危重孕产妇救治中心", "KF 二(一)3"),
    ("kaifeng", "orange", "delivery", "具备条件的县级及以上危重孕产妇救治中心", "KF 二(一)3"),
    ("kaifeng", "red", "care", "市级以上危重孕产妇救治中心", "KF 二(一)3"),
    ("kaifeng", "red", "delivery", "产儿科救治能力较强的三级助产机构", "KF 二(一)3"),
    ("kaifeng", "purple", "care", "按传染病防治要求管理", "KF 二(一)3"),
    ("kaifeng", "purple", "delivery", "按传染病防治要求管理", "KF 二(一)3"),
    *(
        ("yuzhong", colour, stage, "二级以上医疗机构", "YZ 第八条")
        for colour in ("yellow", "purple")
        for stage in ("care", "delivery")
    ),
    *(
        ("yuzhong", colour, stage, "三级医疗机构", "YZ 第八条")
        for colour in ("orange", "red")
        for stage in ("care", "delivery")
    ),
]


@pytest.mark.parametrize(("name", "colour", "stage", "said", "source"), CARE)
def test_where_a_woman_of_each_colour_is_advised_to_go(
    name: str, colour: Colour, stage: Literal["care", "delivery"], said: str | None, source: str
) -> None:
    rules = programme(name)
    shown = advised(rules, highest([colour]), stage, "county", named=True)
    assert [words(one) for one in shown] == ([said] if said else [])
    if said:
        assert {rules.source(f"{stage}.{colour}.level")} == {source}


# ── what follows from it ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "colours", "source"),
    [
        ("xinfeng", {"orange", "red", "purple"}, "XF 四(五)2"),
        ("gaoping", {"orange", "red", "purple"}, "GP 四(二)2"),
        ("rencheng", {"orange", "red", "purple"}, "RC 四(三)"),
        ("kaifeng", {"yellow", "orange", "red", "purple"}, "KF 二(一)3"),
        ("yuzhong", {"orange", "red", "purple"}, "YZ 第六条"),
    ],
)
def test_which_colours_have_a_case_file(name: str, colours: set[str], source: str) -> None:
    rules = programme(name)
    assert {one for one in COLOURS if has_case_file(rules, highest([one]))} == colours
    assert rules.source("case_file.colours") == source
    assert has_case_file(rules, Grade(key=True))


def test_in_kaifeng_the_starred_come_first() -> None:
    """KF 附件1 一: 有条件的可纳入高危孕产妇专案管理; all yellow: 二(一)3."""
    starred = Grade("yellow", star=True)
    assert [name for name in PROGRAMMES if comes_first(programme(name), starred)] == ["kaifeng"]
    for other in (Grade("yellow"), Grade("yellow", purple=True, star=True), Grade("red", star=True)):
        assert not comes_first(programme("kaifeng"), other)
    assert programme("kaifeng").source("star.first") == "KF 附件1 一"


def test_from_yellow_up_somebody_is_responsible_by_name() -> None:
    """RC 四(四): 黄色、橙色、红色和紫色…指定专人包保."""
    rules = programme("rencheng")
    assert {one for one in COLOURS if has_responsible(rules, highest([one]))} == set(COLOURS) - {"green"}
    assert rules.source("responsible.colours") == "RC 四(四)"


@pytest.mark.parametrize(
    ("grade", "factors", "goes"),
    [
        (Grade("orange"), ["severe_preeclampsia"], True),
        (Grade("orange"), ["age_40"], False),
        (Grade("orange"), ["two_caesareans"], False),
        (Grade("orange"), ["two_uterine_operations"], True),
        (Grade("orange"), ["bmi_28"], False),
        (Grade("orange"), ["age_40", "age_35_18"], False),
        (Grade("orange"), ["age_40", "前置胎盘"], True),
        (Grade("orange"), ["age_40", "unexplained_fever"], True),
        (Grade("orange"), [], True),
        (Grade("red"), [], True),
        (Grade(None, purple=True), [], True),
        (Grade("orange", purple=True), ["age_40"], True),
        (Grade("yellow"), ["age_35_18"], False),
        (Grade("green"), [], False),
    ],
)
def test_who_goes_to_the_expert_group(grade: Grade, factors: list[str], goes: bool) -> None:
    """XF 四(三)6: “橙色”（除年龄≥40岁、两次剖腹产史、BMI≥28外的其他高危因素）、“红色”“紫色”."""
    assert to_expert_group(programme("xinfeng"), grade, factors) is goes
    assert not to_expert_group(programme("yuzhong"), grade, factors)


def test_an_adverse_history_is_managed_a_level_higher() -> None:
    """RC 三(二)1(2)."""
    assert managed_higher(programme("rencheng"), ["adverse_history"])
    assert managed_higher(programme("rencheng"), ["twins", "earlier_defect"])
    assert not managed_higher(programme("rencheng"), ["twins"])
    assert not managed_higher(programme("xinfeng"), ["adverse_history"])


@pytest.mark.parametrize(
    ("grade", "rhythm"),
    [
        (Grade("red"), Rhythm(home="month", phone="week")),
        (Grade("orange"), Rhythm(phone="month")),
        (Grade(None, purple=True), Rhythm(phone="month")),
        (Grade("red", purple=True), Rhythm(home="month", phone="week")),
        (Grade("yellow", purple=True), Rhythm(phone="month")),
        (Grade("yellow"), Rhythm()),
        (Grade("green"), Rhythm()),
        (Grade(key=True), Rhythm(home="month", phone="week")),
        (Grade("red", key=True), Rhythm(home="month", phone="week")),
        (Grade("orange", key=True), Rhythm(phone="month")),
    ],
)
def test_how_often_each_colour_is_followed_up(grade: Grade, rhythm: Rhythm) -> None:
    """YZ 第十一条: 红色…每月至少入户随访一次，每周电话随访一次; 橙色、紫色…每月电话随访一次; the others (u)."""
    for name in PROGRAMMES:
        assert follow_up(programme(name), grade) == rhythm
    assert programme("yuzhong").source("follow_up.red.home") == "YZ 第十一条"
    assert programme("xinfeng").source("follow_up.red.home") is None


@pytest.mark.parametrize("colour", ["orange", "red", "purple"])
def test_a_problem_found_goes_to_the_county(colour: Colour) -> None:
    """YZ 第十一条: 发现问题及时向区妇幼保健院报告."""
    assert programme("yuzhong").follow_up[colour].problem_to == "county"


def test_special_groups_are_seen_at_home_urged_and_helped() -> None:
    """YZ 第十二条."""
    rules = programme("yuzhong")
    assert follow_up(rules, Grade("green"), ["disabled"]).home_visits == 1
    assert follow_up(rules, Grade("green"), ["mental_illness"]).home_visits == 1
    poor = follow_up(rules, Grade("red"), ["poor"])
    assert (poor.urged, poor.aid, poor.home, poor.home_visits) == (True, True, "month", 0)
    assert rules.source("special.disabled.home_visits") == "YZ 第十二条"


def test_the_next_follow_up_is_counted_from_the_last_or_from_the_grade() -> None:
    red = follow_up(programme("yuzhong"), Grade("red"))
    assert red.phone_by(day(1), None) == day(8)
    assert red.phone_by(day(1), day(5)) == day(12)
    assert red.phone_by(day(10), day(5)) == day(17)  # a call before she was red is none for red
    assert red.home_by(day(31), None) == date(2026, 6, 30)
    assert Rhythm().phone_by(day(1), None) is None


def test_the_colour_goes_on_to_day_42() -> None:
    """KF 附件1 三(一): 产后家庭访视及42天健康检查时继续执行五色风险评估管理."""
    assert followed_until(programme("kaifeng"), day(1)) == date(2026, 6, 12)
    assert programme("kaifeng").source("follow_up_ends.day") == "KF 附件1 三"


def test_the_label_is_one_text() -> None:
    assert label(Grade("red"), "coordinator", named=True) is KEY_LABEL
