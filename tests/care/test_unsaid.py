"""Words that tell, in one place: whatever was known to one of the lists is known to it still."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import conversations
from conversations.care.unsaid import (
    INFECTION,
    NOT_QUOTED,
    infection_found,
    tells,
    tells_illness,
    tells_infection,
)

INFECTIONS = (
    *("艾滋", "爱滋", "HIV", "梅毒", "乙肝", "丙肝", "肝炎", "淋病", "尖锐湿疣", "疱疹", "性病", "结核"),
)
HINTS = {
    INFECTION: (*INFECTIONS, *("传染", "感染", "AIDS", "syphilis", "hepatitis", "大三阳", "小三阳"), "性传播",
        "tuberculosis", "infect", "吸毒", "毒品", "生殖器溃疡", "流脓"),
    NOT_QUOTED: (*INFECTIONS, "愛滋", "aids", "肺炎", "新冠", "流感", "传染", "感染", "病毒", "阳性", "携带",
        "大三阳", "小三阳", "syphilis", "hepatitis", "infect", "tuberculosis"),
}  # fmt: skip


@pytest.mark.parametrize(("list_", "words"), HINTS.items(), ids=["INFECTION", "NOT_QUOTED"])
def test_every_word_of_a_list_is_known(list_: re.Pattern[str], words: tuple[str, ...]) -> None:
    assert [word for word in words if not list_.search(f"她说{word}了")] == []


@pytest.mark.parametrize(
    "word", [*INFECTIONS, "传染病", "吸毒", "毒品", "红色", "橙标", "紫色预警", "评为橙"]
)
def test_what_is_not_repeated(word: str) -> None:
    assert tells_infection(word)


@pytest.mark.parametrize(
    "word", [*INFECTIONS, "传染", "感染", "阳性", "吸毒", "毒品", "橙色", "红色", "紫色", "精神病"]
)
def test_what_goes_to_no_colleagues_phone(word: str) -> None:
    assert tells_illness(word)


@pytest.mark.parametrize("word", ["头晕", "血压高", "红糖", "黄瓜", "日期不对", "肝好", "尿糖阳"])
def test_everyday_words_tell_nothing(word: str) -> None:
    assert not tells(word)
    assert not tells_infection(word)
    assert not tells_illness(word)


def test_they_are_written_in_one_place() -> None:
    """A list of infections anywhere else is one that somebody forgets; what understands a form's words is no such list."""
    folder = Path(conversations.__file__).parent
    understands = {"care/factor_words.py", "understanding/fields/measures.py", "understanding/lexicon.py"}
    found = {
        str(path.relative_to(folder))
        for path in folder.rglob("*.py")
        if re.search(r"梅毒\|", path.read_text("utf-8"))
    }
    assert found - understands == {"care/unsaid.py"}


@pytest.mark.parametrize(
    ("words", "clause"),
    [
        ("昨天，县妇幼，梅毒阳性", "梅毒阳性"),
        ("血压好，医生讲她有HIV，别的都好", "医生讲她有HIV"),
        ("查出乙肝", "查出乙肝"),
        ("乙肝大三阳", "乙肝大三阳"),
        ("她是小三阳", "她是小三阳"),
        ("梅毒+", "梅毒+"),
        ("确诊了肺结核，要吃药", "确诊了肺结核"),
    ],
)
def test_what_is_found(words: str, clause: str) -> None:
    assert infection_found(words) == clause


@pytest.mark.parametrize(
    "words",
    [
        "梅毒阴性，HIV阴性",
        "乙肝疫苗打了",
        "没有乙肝",
        "排除了结核",
        "做了梅毒筛查",
        "艾滋病的免费检测也做了",
        "宣传了预防艾滋病",
        "未见感染",
        "都正常",
    ],
)
def test_what_is_only_spoken_of(words: str) -> None:
    assert infection_found(words) is None
