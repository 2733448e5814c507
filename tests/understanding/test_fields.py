"""What a message states besides its event, and what is asked or refused instead of guessed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from conversations.understanding import understand

TODAY = date(2026, 11, 22)


def said(text: str, speaker: str = "coordinator") -> dict[str, Any]:
    return understand(text, today=TODAY, speaker=speaker).fields


@pytest.mark.parametrize(
    ("text", "label", "day"),
    [
        ("李梅怀孕了，末次月经9月3号", "lmp", "2026-09-03"),
        ("李梅怀孕了，9月3号来的月经", "lmp", "2026-09-03"),
        ("李梅怀孕了，LMP 9.3", "lmp", "2026-09-03"),
        ("李梅怀孕了，预产期6月10号", "due_date", "2027-06-10"),
        ("李梅怀孕了，6月10号的预产期", "due_date", "2027-06-10"),
        ("李梅怀孕了，1998年5月6日出生", "birth_date", "1998-05-06"),
        ("昨天发现李梅怀孕了", "date", "2026-11-21"),
        ("李梅11月18号生的，昨天出院", "discharge_date", "2026-11-21"),
        ("李梅产检了，下次12月15号", "next_appointment", "2026-12-15"),
        ("李梅的孩子9月1号生的，9月3号没了", "birth_date", "2026-09-01"),
    ],
)
def test_each_date_is_the_date_of_something(text: str, label: str, day: str) -> None:
    assert said(text)[label] == day


def test_several_dates_keep_apart() -> None:
    fields = said("李梅怀孕了，末次月经9月3号预产期6月10号")
    assert (fields["lmp"], fields["due_date"]) == ("2026-09-03", "2027-06-10")
    fields = said("怀孕李梅9月3号末次月经6月10号预产期")
    assert (fields["lmp"], fields["due_date"]) == ("2026-09-03", "2027-06-10")


def test_a_date_that_says_not_of_what_is_asked_about() -> None:
    understood = understand("李梅怀孕了，9月3号", today=TODAY)
    assert "lmp" not in understood.fields
    assert [one.field for one in understood.ambiguities] == ["lmp"]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("李梅怀孕了，末次月经明年3月1号", "lmp"),
        ("李梅怀孕了，末次月经2024年9月3号", "lmp"),
        ("李梅怀孕了，电话1370797123", "phone"),
        ("李梅怀孕了，8岁", "age"),
        ("李梅昨天生了个女儿，20斤", "birth_weight_g"),
    ],
)
def test_what_cannot_be_is_refused_and_the_rest_kept(text: str, missing: str) -> None:
    understood = understand(text, today=TODAY)
    assert missing not in understood.fields
    assert understood.fields["woman_name"] == "李梅"
    assert [refusal for refusal in understood.refusals if "比如" in refusal.text.id]


def test_an_identity_number_tells_the_birthday_too() -> None:
    fields = said("李梅怀孕了，身份证36072219980506002X")
    assert fields.get("resident_id", "") in {"", "36072219980506002X"}
    good = said("李梅怀孕了，身份证 " + _with_checksum("36072219980506002"))
    assert good["birth_date"] == "1998-05-06"


def _with_checksum(seventeen: str) -> str:
    weights = [2 ** (17 - i) % 11 for i in range(17)]
    return seventeen + "10X98765432"[sum(int(d) * w for d, w in zip(seventeen, weights, strict=True)) % 11]


@pytest.mark.parametrize(
    ("text", "children"),
    [
        ("陈丽生了龙凤胎", [{"sex": "female"}, {"sex": "male"}]),
        ("陈丽生了两个男孩", [{"sex": "male"}, {"sex": "male"}]),
        ("陈丽生了双胞胎，一男一女", [{"sex": "male"}, {"sex": "female"}]),
        (
            "陈丽生了双胞胎女儿，大的6斤小的5斤2两",
            [{"sex": "female", "birth_weight_g": 3000}, {"sex": "female", "birth_weight_g": 2600}],
        ),
        (
            "陈丽生了双胞胎，大的男孩5斤，小的女孩4斤8两没活",
            [
                {"sex": "male", "birth_weight_g": 2500, "alive": True},
                {"sex": "female", "birth_weight_g": 2400, "alive": False},
            ],
        ),
    ],
)
def test_each_child_has_an_entry(text: str, children: list[dict[str, Any]]) -> None:
    fields = said(text)
    assert fields["children"] == children
    assert fields["child_count"] == 2
    assert "sex" not in fields


def test_a_single_child_stands_at_the_top_too() -> None:
    fields = said("李梅昨天生了个女儿，6斤8两")
    assert fields["children"] == [{"sex": "female", "birth_weight_g": 3400}]
    assert (fields["sex"], fields["birth_weight_g"]) == ("female", 3400)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张三家的媳妇怀孕了", None),
        ("王强的老婆生了", None),
        ("我是村医刘强，李梅怀孕了", "李梅"),
        ("李梅怀孕了，丈夫刘强", "李梅"),
        ("懷孕李梅9月3號", "李梅"),
        ("欧阳小红怀孕了", "欧阳小红"),
        ("吴晓云怀孕了", "吴晓云"),
        ("高秀英怀孕了", "高秀英"),
        ("陳麗怀孕了", "陳麗"),
        ("卓玛怀孕了", "卓玛"),
    ],
)
def test_whose_name_it_is(text: str, name: str | None) -> None:
    assert said(text).get("woman_name") == name


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        (
            "古陂村高危没产检的有几个",
            {"village": "古陂村", "high_risk": True, "overdue": True, "count": True},
        ),
        ("下个月要生的都有谁", {"due_from": "2026-12-01", "due_to": "2026-12-31"}),
        ("2月预产期的名单", {"due_from": "2027-02-01", "due_to": "2027-02-28"}),
        ("下周要生的", {"due_from": "2026-11-23", "due_to": "2026-11-29"}),
        ("还没建册的流动人口", {"booked": False, "migrant": True}),
        ("导出红色名单", {"colour": "red", "export": True}),
    ],
)
def test_a_roster_question_is_its_filters(text: str, filters: dict[str, Any]) -> None:
    understood = understand(text, today=TODAY, speaker="township")
    assert (understood.intent, understood.fields) == ("roster_query", filters)


def test_weeks_with_days_date_the_pregnancy_and_weeks_alone_do_not() -> None:
    assert said("李梅怀孕12周加3天") == {"woman_name": "李梅", "gestational_weeks": 12, "lmp": "2026-08-27"}
    assert said("李梅怀孕12周") == {"woman_name": "李梅", "gestational_weeks": 12}


def test_short_codes_are_read_by_place() -> None:
    fields = said("P 周玉梅 20260901 13707971234")
    assert fields == {"woman_name": "周玉梅", "lmp": "2026-09-01", "phone": "13707971234"}
    assert said("生 王芳 11.20 女 6斤8两")["date"] == "2026-11-20"


def test_a_number_behind_her_name_is_her_age() -> None:
    assert said("李梅，28，头胎，怀孕")["age"] == 28
    assert "age" not in said("李梅 9.28 末次月经")
    assert "age" not in said("李梅怀孕28周")


@pytest.mark.parametrize("text", ["李梅98年的怀孕了", "98年生的李梅怀孕了", "李梅 1998年的 怀孕3个月"])
def test_a_year_of_birth_leaves_two_ages(text: str) -> None:
    doubts = {
        one.field: [value for value, _ in one.options] for one in understand(text, today=TODAY).ambiguities
    }
    assert doubts["age"] == [28, 27]


def test_a_woman_who_died_may_be_of_any_age() -> None:
    assert said("李梅去世了，70岁")["age"] == 70
    understood = understand("李梅怀孕了，70岁", today=TODAY)
    assert "age" not in understood.fields
    assert understood.refusals


def test_a_birth_told_with_a_danger_is_told_too() -> None:
    understood = understand("李梅大出血了，孩子早上刚生的", today=TODAY)
    assert [understood.intent, *(event.intent for event in understood.more)] == ["danger_sign", "birth"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("田家沟的史芳芳怀孕了", "史芳芳"),
        ("黄泥塘温素珍昨天产检了", "温素珍"),
        ("孕妇周小兰生了", "周小兰"),
        ("孕妇钟小芹昨天生了", "钟小芹"),
        ("俺庄东头赵二妮怀上啦", "赵二妮"),
        ("周莉 顺产 男 3.5公斤 母婴安返病房", "周莉"),
    ],
)
def test_hamlets_and_other_words_are_no_names(text: str, name: str) -> None:
    understood = understand(text, today=TODAY)
    assert understood.fields["woman_name"] == name
    assert not understood.more


def test_what_a_day_may_mean_is_weighed_by_what_can_have_been() -> None:
    # 11月18日 by either calendar: a birth eleven months ago is not told today.
    assert understand("李梅生了，十一月十八", today=TODAY).fields["date"] == "2026-11-18"
