"""Days, weeks and clock times, as people write them."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

import cnlunar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.text import Ambiguous, Refusal
from conversations.understanding.dates import (
    Period,
    Weeks,
    due_from_lmp,
    find_dates,
    find_periods,
    find_times,
    find_weeks,
    lmp_from_due,
    lmp_from_weeks,
)
from conversations.understanding.found import Found
from conversations.understanding.normalise import normalise
from tests.support.people import phone, resident_id

SUNDAY = date(2026, 11, 22)


def said(found: list[Found[date]]) -> list[str]:
    """What was found, short: ISO days, `?` for a refusal, `a|b` for two readings."""
    return [
        one.value.isoformat()
        if isinstance(one.value, date)
        else "?"
        if isinstance(one.value, Refusal)
        else "|".join(str(option[0]) for option in one.value.options)
        for one in found
    ]


def days(text: str, today: date = SUNDAY, **how: str) -> list[str]:
    return said(find_dates(normalise(text), today, **how))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        # month and day
        ("9月3号", "2026-09-03"),
        ("9月3日", "2026-09-03"),
        ("9月3", "2026-09-03"),
        ("９月３号", "2026-09-03"),
        ("9 月 3 日", "2026-09-03"),
        ("九月三号", "2026-09-03"),
        ("九月二十三日", "2026-09-23"),
        ("十一月二十一号", "2026-11-21"),
        ("11月22号", "2026-11-22"),
        ("11月23号", "2025-11-23"),
        ("12月3号", "2025-12-03"),
        ("9月份3号", "2026-09-03"),
        ("9月的3号", "2026-09-03"),
        ("9月03日", "2026-09-03"),
        ("9月3號", "2026-09-03"),
        ("元月5号", "2026-01-05"),
        ("9.3", "2026-09-03"),
        ("9-3", "2026-09-03"),
        ("9/3", "2026-09-03"),
        ("9.30", "2026-09-30"),
        ("9.3号", "2026-09-03"),
        ("0903", "2026-09-03"),
        ("2月29号", "2024-02-29"),
        # with the year
        ("2026.9.3", "2026-09-03"),
        ("2026．9．3", "2026-09-03"),
        ("2026-09-03", "2026-09-03"),
        ("2026–9–3", "2026-09-03"),
        ("2026/9/3", "2026-09-03"),
        ("2026 9 3", "2026-09-03"),
        ("2026.9月3号", "2026-09-03"),
        ("20260903", "2026-09-03"),
        ("260903", "2026-09-03"),
        ("950903", "1995-09-03"),
        ("2026年9月3日", "2026-09-03"),
        ("26年9月3号", "2026-09-03"),
        ("26年9.3", "2026-09-03"),
        ("26.9.3", "2026-09-03"),
        ("95年9月3号", "1995-09-03"),
        ("九五年九月三号", "1995-09-03"),
        ("二〇二六年九月三日", "2026-09-03"),
        ("二零二六年九月三日", "2026-09-03"),
        ("1995.9.3", "1995-09-03"),
        ("去年12月3号", "2025-12-03"),
        ("今年3月2号", "2026-03-02"),
        ("今年的3月2号", "2026-03-02"),
        ("前年5月1日", "2024-05-01"),
        ("明年2月8号", "2027-02-08"),
        # seen from today
        ("今天", "2026-11-22"),
        ("今早", "2026-11-22"),
        ("今日", "2026-11-22"),
        ("昨天", "2026-11-21"),
        ("昨晚", "2026-11-21"),
        ("昨夜", "2026-11-21"),
        ("昨儿", "2026-11-21"),
        ("前天", "2026-11-20"),
        ("前天夜里", "2026-11-20"),
        ("大前天半夜", "2026-11-19"),
        ("大大前天", "2026-11-18"),
        ("明天", "2026-11-23"),
        ("后天", "2026-11-24"),
        ("後天", "2026-11-24"),
        ("大后天", "2026-11-25"),
        ("三天前", "2026-11-19"),
        ("3天以前", "2026-11-19"),
        ("十天前", "2026-11-12"),
        ("两周前", "2026-11-08"),
        ("两个星期前", "2026-11-08"),
        ("三天后", "2026-11-25"),
        ("过3天", "2026-11-25"),
        ("上周五", "2026-11-13"),
        ("上個星期五", "2026-11-13"),
        ("上星期五", "2026-11-13"),
        ("上上周五", "2026-11-06"),
        ("这周三", "2026-11-18"),
        ("本周三", "2026-11-18"),
        ("下周二", "2026-11-24"),
        ("周一", "2026-11-16"),
        ("周五9点", "2026-11-20"),
        ("礼拜天", "2026-11-22"),
        ("星期6", "2026-11-21"),
        ("上个月六号", "2026-10-06"),
        ("上月6号", "2026-10-06"),
        ("上个月的6号", "2026-10-06"),
        ("上上个月6号", "2026-09-06"),
        ("这个月3号", "2026-11-03"),
        ("本月15日", "2026-11-15"),
        ("下个月5号", "2026-12-05"),
        ("6号", "2026-11-06"),
        ("二十六号", "2026-10-26"),
        # lunar
        ("农历八月十五", "2026-09-25"),
        ("農曆八月十五", "2026-09-25"),
        ("旧历八月十五", "2026-09-25"),
        ("阴历8月15", "2026-09-25"),
        ("阴历8.15", "2026-09-25"),
        ("农历2026年八月十五", "2026-09-25"),
        ("2026年农历八月十五", "2026-09-25"),
        ("八月十五（农历）", "2026-09-25"),
        ("2026.8.15阴历", "2026-09-25"),
        ("九月初三", "2026-10-12"),
        ("9月初3", "2026-10-12"),
        ("九月廿三", "2026-11-01"),
        ("正月初一", "2026-02-17"),
        ("正月十五", "2026-03-03"),
        ("腊月二十三", "2026-02-10"),
        ("去年腊月二十三", "2026-02-10"),
        ("冬月初五", "2025-12-24"),
        ("大年初二", "2026-02-18"),
        ("年初五", "2026-02-21"),
        ("闰六月初五", "2025-07-29"),
        ("去年闰六月初五", "2025-07-29"),
        ("2025年閏六月初五", "2025-07-29"),
        ("初六", "2026-11-14"),
        ("农历十三", "2026-11-21"),
        ("上个月初六", "2026-10-15"),
        ("阳历九月十五", "2026-09-15"),
        # festivals
        ("中秋那天", "2026-09-25"),
        ("中秋节", "2026-09-25"),
        ("端午", "2026-06-19"),
        ("除夕", "2026-02-16"),
        ("大年三十", "2026-02-16"),
        ("元宵", "2026-03-03"),
        ("春节", "2026-02-17"),
        ("清明", "2026-04-05"),
        ("国庆", "2026-10-01"),
        ("五一", "2026-05-01"),
        ("元旦", "2026-01-01"),
        ("冬至", "2025-12-21"),
        ("国庆后三天", "2026-10-04"),
        ("国庆节过后3天", "2026-10-04"),
        ("国庆第二天", "2026-10-02"),
        ("中秋前两天", "2026-09-23"),
        ("中秋的前一天", "2026-09-24"),
        ("去年中秋", "2025-10-06"),
        ("除夕后两天", "2026-02-18"),
        # English
        ("Sep 3", "2026-09-03"),
        ("3 September 2026", "2026-09-03"),
        ("September 3rd, 2026", "2026-09-03"),
        ("yesterday", "2026-11-21"),
        ("3 days ago", "2026-11-19"),
        ("last Friday", "2026-11-20"),
        # among other words
        ("怀孕李梅9月3号末次月经", "2026-09-03"),
        ("李梅，28岁，末次月经9月3号，电话13800001234", "2026-09-03"),
        ("张桂花昨晚8点生了个带把的6斤8两", "2026-11-21"),
        ("P 周玉梅 20260901 13800001234", "2026-09-01"),
        ("1.9月3号", "2026-09-03"),
        ("末次月经是9.3，孕12+3周", "2026-09-03"),
        ("LMP9.3", "2026-09-03"),
        ("末次月经：9.3", "2026-09-03"),
        ("末次：2026.9.3", "2026-09-03"),
        ("末次:20260903", "2026-09-03"),
        ("11.20 8:30生", "2026-11-20"),
        ("2026-11-20T08:30:00", "2026-11-20"),
        ("11-20 8:30", "2026-11-20"),
        ("孕11周+3 末次9月3 血压120/80", "2026-09-03"),
        ("周六六斤八两生的", "2026-11-21"),
    ],
)
def test_one_day_is_read(text: str, day: str) -> None:
    assert days(text) == [day]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("9月3号", "2027-09-03"),
        ("11月22号", "2026-11-22"),
        ("2.8", "2027-02-08"),
        ("周一", "2026-11-23"),
        ("正月初五", "2027-02-10"),
        ("腊月二十", "2027-01-27"),
        ("除夕", "2027-02-05"),
        ("清明", "2027-04-05"),
        ("6号", "2026-12-06"),
        ("2月29号", "2028-02-29"),
        ("昨天", "2026-11-21"),
        ("next Friday", "2026-11-27"),
    ],
)
def test_appointments_and_due_dates_lie_ahead(text: str, day: str) -> None:
    assert days(text, prefer="future") == [day]


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("九月十五", ["2026-10-24|2026-09-15"]),
        ("八月十五", ["2026-09-25|2026-08-15"]),
        ("三月三", ["2026-04-19|2026-03-03"]),
        ("九月三", ["2026-09-03|2026-10-12"]),
        ("二〇二六年九月十五", ["2026-09-15|2026-10-24"]),
        ("昨晚两点", ["2026-11-22|2026-11-21"]),
        ("昨晚凌晨1点多", ["2026-11-22|2026-11-21"]),
        ("昨晚8点", ["2026-11-21"]),
        ("上周末", ["2026-11-14|2026-11-15"]),
    ],
)
def test_two_honest_readings_are_asked_about(text: str, readings: list[str]) -> None:
    assert days(text) == readings


def test_readings_are_told_apart_by_their_labels() -> None:
    (found,) = find_dates("九月十五", SUNDAY)
    assert isinstance(found.value, Ambiguous)
    assert found.value.field == "date"
    labels = [label.id for _, label in found.value.options]
    assert len(set(labels)) == 2
    assert "农历" in labels[0]


@pytest.mark.parametrize(
    "text",
    [
        "2月30号",
        "13月1日",
        "0月3号",
        "9月31号",
        "9月32号",
        "2026.2.29",
        "2026-13-01",
        "2026年2月29日",
        "20260230",
        "20261301",
        "2.30",
        "农历八月三十一",
        "农历十三月初五",
        "闰五月初五",
        "2026年闰六月初五",
        "月底",
        "9月底",
        "9月初",
        "上个月初",
        "下月中旬",
        "上个月",
        "上周",
        "末次月经9月",
        "正月",
        "3个月前",
        "几天前",
        "前几天",
        "国庆前后",
        "国庆前",
        "八月二十几号",
        "9月十几号",
        "一个多星期前",
        "今年闰六月",
        "中秋前几天",
        "这个月31号",
        "上个月32号",
    ],
)
def test_what_is_no_day_is_refused_with_an_example(text: str) -> None:
    (found,) = find_dates(normalise(text), SUNDAY)
    assert isinstance(found.value, Refusal)
    assert "比如" in found.value.text.id


def test_a_missing_leap_month_names_the_year_that_has_it() -> None:
    (found,) = find_dates("2026年闰六月初五", SUNDAY)
    assert isinstance(found.value, Refusal)
    assert found.value.text.values["near"] == 2025


@pytest.mark.parametrize(
    "text",
    [
        "4",
        "28",
        "28岁",
        "13800001234",
        "138-0000-1234",
        "138 0000 1234",
        resident_id(date(1995, 9, 3), "female"),
        "360722 19950903 000X",
        "3.2公斤",
        "体重3.2",
        "生了个女孩3.2",
        "6斤8两",
        "2900",
        "120/80",
        "血压90/60",
        "12+3周",
        "12+3",
        "孕12周三天",
        "孕周三十二周",
        "15:30",
        "8点30分",
        "三点半",
        "血红蛋白9.8",
        "Hb9.5",
        "血糖5.6",
        "体温37.5",
        "6.5厘米",
        "孕2产1",
        "2-0-1-2",
        "G2P1",
        "5-6个月",
        "9-10周",
        "怀孕3月余",
        "怀了3月了",
        "3个月",
        "月经",
        "坐月子",
        "周三妹",
        "周五妹怀孕了",
        "每周三",
        "12周",
        "28周岁",
        "王国庆",
        "产后3天",
        "产后42天",
        "停经40天",
        "县医院3号楼",
        "王家村12号",
        "读初二",
        "初三学生",
        "十月怀胎",
        "叶酸0.4mg",
        "编号12-3",
        "以前",
        "今后",
        "今年",
        "这个月",
        "这周",
        "对",
        "取消",
        "",
    ],
)
def test_what_is_no_date_is_left_alone(text: str) -> None:
    assert days(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("不是9月3号是8月3号", ["2026-09-03", "2026-08-03"]),
        ("末次月经9月3，预产期2027.6.10", ["2026-09-03", "2027-06-10"]),
        ("9月3号-5号", ["2026-09-03"]),
        ("20260903,13800001234,19950102", ["2026-09-03", "1995-01-02"]),
    ],
)
def test_several_days_come_in_their_order(text: str, found: list[str]) -> None:
    assert days(text) == found


def test_places_are_those_of_the_words() -> None:
    text = "李梅末次月经農曆八月十五,電話13800001234"
    (found,) = find_dates(text, SUNDAY)
    assert text[found.start : found.end] == found.text == "農曆八月十五"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("9月", "2026-09-01", "2026-09-30"),
        ("12月", "2025-12-01", "2025-12-31"),
        ("9月底", "2026-09-21", "2026-09-30"),
        ("9月中旬", "2026-09-11", "2026-09-20"),
        ("上个月", "2026-10-01", "2026-10-31"),
        ("这个月", "2026-11-01", "2026-11-30"),
        ("下个月初", "2026-12-01", "2026-12-10"),
        ("这周", "2026-11-16", "2026-11-22"),
        ("下周", "2026-11-23", "2026-11-29"),
        ("2027年2月", "2027-02-01", "2027-02-28"),
    ],
)
def test_stretches_of_days_for_questions(text: str, start: str, end: str) -> None:
    (found,) = find_periods(text, SUNDAY)
    assert found.value == Period(date.fromisoformat(start), date.fromisoformat(end))


# --- round trips ------------------------------------------------------------------------------------------

DAYS = st.dates(date(2000, 1, 1), date(2035, 12, 31))
_SPELT = "〇一二三四五六七八九"
_TENS = ("", "十", "二十", "三十")


def spelt(number: int) -> str:
    tens, units = divmod(number, 10)
    return _TENS[tens] + (_SPELT[units] if units else "")


FULL = [
    lambda d: f"{d:%Y-%m-%d}",
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d:%Y/%m/%d}",
    lambda d: f"{d.year}.{d.month}.{d.day}",
    lambda d: f"{d.year}-{d.month}-{d.day}",
    lambda d: f"{d.year}/{d.month}/{d.day}",
    lambda d: f"{d.year} {d.month} {d.day}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d.year}年{d.month}月{d.day}号",
    lambda d: f"{d.year}年{d.month}月{d.day}",
    lambda d: f"{d.year}.{d.month}月{d.day}号",
    lambda d: f"{d.year}年{d.month}.{d.day}",
    lambda d: f"{d.year} 年 {d.month} 月 {d.day} 日",
    lambda d: f"{''.join(_SPELT[int(c)] for c in str(d.year))}年{spelt(d.month)}月{spelt(d.day)}日",
    lambda d: f"{''.join(_SPELT[int(c)] for c in str(d.year))}年{spelt(d.month)}月{spelt(d.day)}号".replace(
        "〇", "零"
    ),
    lambda d: f"阳历{d.year}年{spelt(d.month)}月{spelt(d.day)}",
    lambda d: f"{d.day} {calendar.month_abbr[d.month]} {d.year}",
]
TWO_DIGITS = [
    lambda d: f"{d:%y}年{d.month}月{d.day}号",
    lambda d: f"{d:%y}.{d.month}.{d.day}",
    lambda d: f"{d:%y}-{d.month}-{d.day}",
    lambda d: f"{d:%y%m%d}",
]
WITHOUT_YEAR = [
    lambda d: f"{d.month}月{d.day}号",
    lambda d: f"{d.month}月{d.day}日",
    lambda d: f"{d.month}月{d.day}",
    lambda d: f"{d.month}月份{d.day}号",
    lambda d: f"{spelt(d.month)}月{spelt(d.day)}号",
    lambda d: f"{spelt(d.month)}月{spelt(d.day)}日",
    lambda d: f"{d.month}.{d.day}",
    lambda d: f"{d.month}-{d.day}",
    lambda d: f"{d.month}/{d.day}",
    lambda d: f"{d.month:02d}.{d.day:02d}",
    lambda d: f"阳历{d.month}.{d.day}",
]
AROUND = ["{}", "李梅{}末次月经", "怀孕李梅，{}，电话" + phone(7), "末次月经是{}。", "28岁 {} 孕12周+3"]


@given(DAYS, st.sampled_from(FULL), st.sampled_from(AROUND))
@settings(max_examples=400)
def test_a_full_date_in_any_form_is_that_day(day: date, form, around: str) -> None:  # type: ignore[no-untyped-def]
    assert days(around.format(form(day)), SUNDAY) == [day.isoformat()]


@given(DAYS, st.sampled_from(TWO_DIGITS), st.integers(0, 300))
def test_two_digits_of_the_year_are_of_our_time(day: date, form, ago: int) -> None:  # type: ignore[no-untyped-def]
    assert days(form(day), day + timedelta(days=ago)) == [day.isoformat()]


@given(DAYS, st.sampled_from(WITHOUT_YEAR), st.sampled_from(AROUND), st.integers(0, 364))
@settings(max_examples=400)
def test_without_a_year_it_is_the_latest(day: date, form, around: str, ago: int) -> None:  # type: ignore[no-untyped-def]
    assert days(around.format(form(day)), day + timedelta(days=ago)) == [day.isoformat()]
    assert days(around.format(form(day)), day - timedelta(days=ago), prefer="future") == [day.isoformat()]


@given(DAYS, st.integers(0, 6))
def test_weekdays_come_back(day: date, ago: int) -> None:
    for week in ("周", "星期", "礼拜"):
        assert days(week + "一二三四五六日"[day.weekday()], day + timedelta(days=ago)) == [day.isoformat()]
        assert days(
            "上" + week + "一二三四五六天"[day.weekday()], day + timedelta(days=7 - day.weekday() + ago)
        ) == [day.isoformat()]


@given(DAYS, st.integers(1, 400))
def test_days_ago_come_back(day: date, ago: int) -> None:
    today = day + timedelta(days=ago)
    assert days(f"{ago}天前", today) == [day.isoformat()]
    assert days(f"{ago}天后", day) == [today.isoformat()]
    if ago < 100:
        assert days(f"{spelt(ago) if ago < 40 else ago}天前", today) == [day.isoformat()]


_LUNAR_DAYS = [
    *("初" + c for c in "一二三四五六七八九"), "初十", *("十" + c for c in "一二三四五六七八九"), "二十",
    *("廿" + c for c in "一二三四五六七八九"), "三十",
]  # fmt: skip


def by_cnlunar(day: date) -> tuple[int, int, int, bool]:
    other = cnlunar.Lunar(datetime(day.year, day.month, day.day, 12))  # noqa: DTZ001 - wants it without zone
    return other.lunarYear, other.lunarMonth, other.lunarDay, bool(other.isLunarLeapMonth)


@given(DAYS)
@settings(max_examples=300, deadline=None)
def test_lunar_days_agree_with_another_library(day: date) -> None:
    year, month, number, leap = by_cnlunar(day)
    words = f"{'闰' if leap else ''}{spelt(month)}月{_LUNAR_DAYS[number - 1]}"
    assert days(f"农历{year}年{words}") == [day.isoformat()]
    assert days(f"{year}年农历{words}") == [day.isoformat()]
    assert days(f"农历{words}", day) == [day.isoformat()]
    assert days(f"农历{words}", day, prefer="future") == [day.isoformat()]
    assert days(f"农历{words.replace('廿', '二十')}", day) == [day.isoformat()]
    if number <= 10:
        assert days(words, day) == [day.isoformat()]
        assert days(_LUNAR_DAYS[number - 1], day) == [day.isoformat()]
    if leap:
        assert days(words, day) == [day.isoformat()]


@given(DAYS)
@settings(max_examples=200, deadline=None)
def test_festivals_agree_with_another_library(day: date) -> None:
    _, month, number, leap = by_cnlunar(day)
    names = {
        (1, 1): "春节",
        (1, 15): "元宵节",
        (5, 5): "端午",
        (8, 15): "中秋",
        (9, 9): "重阳节",
        (12, 8): "腊八",
    }
    for (at_month, at_day), name in names.items():
        (found,) = find_dates(name, day)
        assert isinstance(found.value, date)
        assert found.value <= day
        assert by_cnlunar(found.value)[1:] == (at_month, at_day, False)
        assert (found.value == day) == ((month, number, leap) == (at_month, at_day, False))


@given(st.text(), st.dates(), st.sampled_from(["past", "future"]))
@settings(max_examples=300)
def test_no_text_and_no_day_breaks_a_parser(text: str, today: date, prefer: str) -> None:
    for one in (text, normalise(text)):
        find_dates(one, today, prefer=prefer)  # type: ignore[arg-type]
        find_periods(one, today, prefer=prefer)  # type: ignore[arg-type]
        assert all(found.text == one[found.start : found.end] for found in find_weeks(one))
        assert all(found.text == one[found.start : found.end] for found in find_times(one))


_WORDS = (
    "9 3 12 2026 年 月 日 号 . - / + 周 天 个 初 廿 十 三 五 农历 阴历 闰 正 腊 前 后 上 下 这 大 昨 今 明 "
    "晚 礼拜 末 底 中秋 国庆 除夕 点 半 时 : 孕 怀 快 多 零 〇 两 斤 岁 两百"
)
_BITS = st.lists(st.sampled_from(_WORDS.split()), max_size=9).map("".join)


@given(_BITS, DAYS | st.just(date.min) | st.just(date.max), st.sampled_from(["past", "future"]))
@settings(max_examples=600)
def test_nor_does_any_heap_of_their_own_words(text: str, today: date, prefer: str) -> None:
    for found in find_dates(text, today, prefer=prefer):  # type: ignore[arg-type]
        assert text[found.start : found.end] == found.text
        assert isinstance(found.value, date | Refusal | Ambiguous)
    find_weeks(text)
    find_times(text)
    find_periods(text, today)


# --- weeks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("孕12周加3天", Weeks(12, 3)),
        ("孕12周+3天", Weeks(12, 3)),
        ("孕12周＋3", Weeks(12, 3)),
        ("12周+3", Weeks(12, 3)),
        ("12+3周", Weeks(12, 3)),
        ("12+3w", Weeks(12, 3)),
        ("12w+3d", Weeks(12, 3)),
        ("孕12+3", Weeks(12, 3)),
        ("12+3", Weeks(12, 3)),
        ("孕 12 周 3 天", Weeks(12, 3)),
        ("12周零三天", Weeks(12, 3)),
        ("12周又3天", Weeks(12, 3)),
        ("孕12周三天", Weeks(12, 3)),
        ("三十二周零两天", Weeks(32, 2)),
        ("怀孕32周", Weeks(32)),
        ("怀孕已经32周了", Weeks(32)),
        ("孕周三十二周", Weeks(32)),
        ("32周了", Weeks(32)),
        ("12个星期", Weeks(12)),
        ("32週", Weeks(32)),
        ("32周多", Weeks(32, rough=True)),
        ("停经40天", Weeks(5, 5)),
        ("停经50多天", Weeks(7, 1, rough=True)),
        ("两个多月了", Weeks(10, rough=True)),
        ("两个半月", Weeks(10, rough=True)),
        ("快5个月", Weeks(19, rough=True)),
        ("快5个月了", Weeks(19, rough=True)),
        ("5个月", Weeks(20, rough=True)),
        ("五个月身孕", Weeks(20, rough=True)),
        ("李梅怀了3个月了", Weeks(12, rough=True)),
        ("怀孕3月余", Weeks(14, rough=True)),
        ("有喜了，三个来月", Weeks(14, rough=True)),
    ],
)
def test_weeks_as_they_are_said(text: str, weeks: Weeks) -> None:
    assert [one.value for one in find_weeks(normalise(text))] == [weeks]


@pytest.mark.parametrize(
    "text",
    [
        "产后6周", "产后42天", "出生2周", "28周岁", "两周前", "三周后", "下周三", "上周五", "上个月",
        "这个月", "每周", "孕12周前建册", "宝宝5个月了", "孩子3个月", "5个月前", "120/80", "咳嗽2周了",
        "3天", "6斤8两", "还有2周生", "周五", "出去打工5个月了", "孕2产1", "上个月6号", "12月3号", "",
    ],
)  # fmt: skip
def test_other_weeks_are_no_gestation(text: str) -> None:
    assert find_weeks(normalise(text)) == []


@pytest.mark.parametrize("text", ["孕12周加8天", "孕56周", "12+7周"])
def test_impossible_weeks_are_refused_with_an_example(text: str) -> None:
    (found,) = find_weeks(text)
    assert isinstance(found.value, Refusal)
    assert "比如" in found.value.text.id


@given(st.integers(1, 45), st.integers(0, 6), DAYS)
def test_weeks_and_dates_fit_together(weeks: int, extra: int, on: date) -> None:
    for text in (
        f"孕{weeks}周加{extra}天",
        f"{weeks}+{extra}周",
        f"怀孕{weeks}周{extra}天",
        f"孕{weeks}+{extra}",
    ):
        assert [one.value for one in find_weeks(text)] == [Weeks(weeks, extra)]
    lmp = lmp_from_weeks(Weeks(weeks, extra), on)
    assert (on - lmp).days == 7 * weeks + extra
    assert lmp_from_due(due_from_lmp(lmp)) == lmp
    assert (due_from_lmp(lmp) - lmp).days == 280


# --- times ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("下午三点半", "15:30"),
        ("下午3点", "15:00"),
        ("15:30", "15:30"),
        ("15：30", "15:30"),
        ("8:05", "08:05"),
        ("凌晨2点", "02:00"),
        ("昨晚8点", "20:00"),
        ("昨晚上8点半", "20:30"),
        ("今早七点", "07:00"),
        ("早上八点十分", "08:10"),
        ("上午9点45分", "09:45"),
        ("中午12点", "12:00"),
        ("中午一点", "13:00"),
        ("晚上12点", "00:00"),
        ("半夜1点", "01:00"),
        ("半夜12点半", "00:30"),
        ("夜里11点", "23:00"),
        ("下午3点一刻", "15:15"),
        ("15点30", "15:30"),
        ("15时20分", "15:20"),
        ("8时15分", "08:15"),
        ("后晌三点", "15:00"),
        ("下午3点左右", "15:00"),
        ("晚上八點", "20:00"),
        ("3pm", "15:00"),
        ("3:20 PM", "15:20"),
        ("12:10 am", "00:10"),
        ("2026-09-03 15:30", "15:30"),
    ],
)
def test_clock_times(text: str, time: str) -> None:
    assert [one.value for one in find_times(normalise(text))] == [time]


@pytest.mark.parametrize(
    ("text", "options"),
    [("3点", ["15:00", "03:00"]), ("八点半", ["08:30", "20:30"]), ("12点", ["12:00", "00:00"])],
)
def test_a_bare_hour_is_asked_about(text: str, options: list[str]) -> None:
    (found,) = find_times(text)
    assert isinstance(found.value, Ambiguous)
    assert [option[0] for option in found.value.options] == options


@pytest.mark.parametrize(
    "text",
    [
        "半夜",
        "昨晚",
        "早上",
        "有一点出血",
        "好一点了",
        "三点二公斤",
        "3点2公斤",
        "疼了3小时",
        "时间",
        "早点来",
        "",
    ],
)
def test_what_is_no_clock_time(text: str) -> None:
    assert find_times(text) == []


@pytest.mark.parametrize("text", ["下午25点", "8:75", "28:00"])
def test_impossible_times_are_refused(text: str) -> None:
    (found,) = find_times(text)
    assert isinstance(found.value, Refusal)


@given(st.integers(0, 23), st.integers(0, 59))
def test_every_minute_of_the_day_comes_back(hour: int, minute: int) -> None:
    assert [one.value for one in find_times(f"昨天{hour}:{minute:02d}生的")] == [f"{hour:02d}:{minute:02d}"]
    part = "凌晨" if hour < 5 else "上午" if hour < 12 else "下午" if hour < 18 else "晚上"
    said_hour = hour if hour < 13 else hour - 12
    if hour == 12:
        part = "中午"
    words = f"{part}{spelt(said_hour) if said_hour else '零'}点" + (f"{minute}分" if minute else "")
    assert [one.value for one in find_times(words)] == [f"{hour:02d}:{minute:02d}"]
