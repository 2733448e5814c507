"""Whose death or loss is told: a child's is never its mother's, one of twins never the whole pregnancy."""

from __future__ import annotations

from datetime import date

import pytest

from conversations.understanding import Understood, understand
from conversations.understanding.reports_named import reports_named
from conversations.understanding.several import one_lost

TODAY = date(2026, 11, 22)


def heard(text: str) -> Understood:
    return understand(text, today=TODAY, speaker="coordinator", villages=("杨梅坑村",))


def intents(understood: Understood) -> list[str]:
    return [understood.intent, *(event.intent for event in understood.more)]


def meanings(understood: Understood) -> set[str]:
    return {str(value) for one in understood.ambiguities if one.field == "intent" for value, _ in one.options}


@pytest.mark.parametrize(
    ("text", "children"),
    [
        ("孙丽前天半夜生的双胞胎，一个没保住", [{"alive": True}, {"alive": False}]),
        ("李梅昨天生了两个，一个没活", [{"alive": True}, {"alive": False}]),
        ("李梅生了双胞胎，一个死胎一个活的", [{"alive": True}, {"alive": False}]),
        ("李梅生了双胞胎，一个3天后走了", [{"alive": True}, {"alive": True, "died_later": True}]),
        ("李梅生了双胞胎，死了一个", [{"alive": True}, {}]),
        ("李梅生了三胞胎，只活了一个", [{"alive": True}, {}, {}]),
        (
            "李梅昨天生了龙凤胎，女孩没保住",
            [{"sex": "female", "alive": False}, {"sex": "male", "alive": True}],
        ),
        ("李梅生了双胞胎，大的好，小的没保住", [{"alive": True}, {"alive": False}]),
        ("李梅生的双胞胎，老大没了", [{}, {"alive": True}]),
        (
            "李梅生双胞胎，男孩死了，女孩3斤好的",
            [{"sex": "male"}, {"sex": "female", "birth_weight_g": 1500, "alive": True}],
        ),
    ],
)
def test_one_of_those_born_that_is_lost_is_told_with_the_birth(
    text: str, children: list[dict[str, object]]
) -> None:
    understood = heard(text)
    assert intents(understood) == ["birth"]
    assert understood.fields["children"] == children
    assert understood.fields["child_count"] == len(children)
    assert not understood.ambiguities


@pytest.mark.parametrize(
    "text",
    [
        "李梅双胎一个胎死腹中，另一个好的",
        "李梅怀的双胞胎，没了一个",
        "李梅怀双胎，一个胎停了",
        "李梅双胎，有一个没胎心了",
    ],
)
def test_one_lost_in_the_womb_is_no_end(text: str) -> None:
    understood = heard(text)
    assert intents(understood) == ["critical_case"]
    assert understood.fields["woman_name"] == "李梅"


@pytest.mark.parametrize(
    "text",
    [
        "孙丽双胞胎，死了一个",
        "孙丽的双胞胎走了一个",
        "孙丽双胞胎一个活一个没活",
        "孙丽双胎一胎死亡，另一个好的",
    ],
)
def test_where_it_is_not_told_whether_they_are_born_it_is_asked(text: str) -> None:
    assert meanings(heard(text)) == {"birth", "critical_case", "child_death"}


def test_the_mother_that_died_too_is_told_beside_the_birth() -> None:
    assert intents(heard("李梅生了双胞胎，一个没保住，大人也没了")) == ["birth", "maternal_death"]


@pytest.mark.parametrize(
    "text",
    [
        "双胞胎，两个都好",
        "李梅怀了双胞胎，一个多月了",
        "李梅生了两个女儿，一个6斤一个5斤，都好",
        "李梅怀双胞胎，老大五岁",
        "李梅生了双胞胎，没奶，一个没吃饱",
        "李梅双胞胎一个没问题，一个偏小",
        "李梅双胞胎都没保住",
        "李梅怀双胎，没保住",
        "李梅一胎剖的，二胎是双胞胎",
        "李梅第一胎没保住，这胎双胎好的",
        "孩子一个月没了",
    ],
)
def test_where_not_one_of_several_is_lost(text: str) -> None:
    assert one_lost(text) is None


@pytest.mark.parametrize(
    "text",
    ["一个好的一个死的", "一个没了，一个好好的", "一个平安，一个没保住", "一死一活", "双胞胎死一个活一个"],
)
def test_one_well_and_one_dead(text: str) -> None:
    told = one_lost(text)
    assert told is not None
    assert (told.count, told.lost) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "李梅家的小毛头没了",
        "李梅的二宝昨晚没气了",
        "李梅家老大没了",
        "李梅的娃没了",
        "李梅的娃死了",
        "李梅的宝宝没了",
        "李梅的孩子昨天走了",
        "李梅的闺女没了",
        "李梅的儿子去世了",
        "李梅小的那个娃今天早上没了",
        "李梅大的那个也走了",
        "李梅小的没了",
        "李梅小宝没了",
        "李梅大女儿没了",
        "李梅那个娃没了",
        "李梅生的那个没了",
    ],
)
def test_a_childs_death_is_not_its_mothers(text: str) -> None:
    understood = heard(text)
    assert "child_death" in intents(understood)
    assert {"woman_death", "maternal_death"}.isdisjoint({*intents(understood), *meanings(understood)})
    told = next(
        fields
        for intent, fields in (
            (understood.intent, understood.fields),
            *((one.intent, one.fields) for one in understood.more),
        )
        if intent == "child_death"
    )
    assert told["mother_name"] == "李梅"


@pytest.mark.parametrize(
    "text", ["李梅家的没了", "李梅家的昨晚走了", "李梅家的幺妹去世了", "李梅家里昨晚没了"]
)
def test_where_it_is_not_told_whose_it_is_asked(text: str) -> None:
    assert {"woman_death", "child_death"} <= meanings(heard(text))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("李梅昨天去世了", "woman_death"),
        ("李梅的死亡时间是昨天", "woman_death"),
        ("李梅家属说她昨晚走了", "woman_death"),
        ("李梅在家没了", "woman_death"),
        ("李梅12号没了", "woman_death"),
        ("李梅喝药死了", "woman_death"),
        ("张桂花怀的第二胎，人在县医院没了", "maternal_death"),
        ("李梅的胎心没了", "pregnancy_loss"),
        ("李梅怀孕28周，孩子没了", "pregnancy_loss"),
    ],
)
def test_her_own_death_and_her_loss_stay_what_they_are(text: str, intent: str) -> None:
    understood = heard(text)
    assert intents(understood) == [intent]
    assert not meanings(understood)


@pytest.mark.parametrize(
    "text",
    [
        "李梅的预约没了",
        "李梅的号没了",
        "李梅的手机没了",
        "李梅电话没了",
        "李梅家的电话没了",
        "李梅预约没了",
        "李梅的宫缩没了",
        "李梅孩子的户口没了",
        "李梅家的老人没了",
        "李梅家的奶奶昨天走了",
        "李梅家的爷爷昨天死了",
        "李梅的老公没了",
        "李梅家的猪死了",
        "李梅老大上学了",
        "李梅家老二走了亲戚",
        "李梅家老大走了，打工去了",
        "李梅家老大在学校",
    ],
)
def test_no_death_of_ours(text: str) -> None:
    understood = heard(text)
    assert {"woman_death", "maternal_death", "child_death", "pregnancy_loss"}.isdisjoint(intents(understood))
    assert not meanings(understood)


@pytest.mark.parametrize("name", ["李小宝", "王小小", "李大宝", "欧阳小宝"])
def test_such_words_stay_part_of_a_name_that_ends_in_them(name: str) -> None:
    assert heard(f"{name}怀孕了").fields.get("woman_name") == name


@pytest.mark.parametrize(
    ("text", "intent", "events"),
    [
        ("李梅那个流产报错了，撤回", "withdraw", ("pregnancy_loss",)),
        ("撤回孙丽的死亡", "withdraw", ("maternal_death", "woman_death")),
        ("撤回孙丽孩子的死亡", "withdraw", ("child_death",)),
        ("李梅没怀孕，是月经不调", "withdraw", ("pregnancy",)),
        ("李梅流产是前天不是昨天", "correct", ("pregnancy_loss",)),
        ("李梅流产不是昨天，是前天", "correct", ("pregnancy_loss",)),
        ("更正李梅的预产期", "correct", ()),
    ],
)
def test_the_report_that_is_named_is_meant(text: str, intent: str, events: tuple[str, ...]) -> None:
    assert heard(text).intent == intent
    assert reports_named(text) == events


@pytest.mark.parametrize(
    "text", ["李梅没怀孕", "李梅还没怀上，是备孕", "李梅没怀孕是吗", "李梅是怀孕了，不是胖了"]
)
def test_nothing_is_taken_back_by(text: str) -> None:
    assert heard(text).intent != "withdraw"


def test_one_child_that_was_born_and_lost_is_no_loss_besides() -> None:
    understood = heard("李梅昨天生了个男孩，没保住")
    assert intents(understood) == ["birth"]
    assert understood.fields["children"] == [{"sex": "male", "alive": False}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("李梅怀孕了，以前生过双胞胎，一个没保住", ["pregnancy"]),
        ("李梅头胎双胞胎没保住一个，现在又怀了，末次月经9月3号", ["pregnancy"]),
        ("李梅前面生了两个女儿，怀的这一个没保住", ["birth", "pregnancy_loss"]),
        ("李梅去年怀的，昨天生的双胞胎，一个没保住", ["birth"]),
        ("李梅去年生的双胞胎，一个没保住", ["none"]),
    ],
)
def test_what_was_lost_before_is_told_apart(text: str, expected: list[str]) -> None:
    assert intents(heard(text)) == expected
