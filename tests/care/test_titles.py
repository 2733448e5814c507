"""Offices are called what the programme calls them, wherever a text is read."""

import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file

from bot.wording import render
from conversations.care.programme import PROGRAMMES
from conversations.care.titles import labelled, rules_where, titled
from conversations.engine.state import text_as_plain, text_from_plain
from conversations.message import Speaker
from conversations.text import TITLES, T, Text, chinese, lines, shortened

ROOT = Path(__file__).parents[2]
COURSES = sorted((ROOT / "tests/conversations/golden/course").glob("*.txt"))
OF_XINFENG = re.compile("孕管员|孕管办|孕管中心")
LITERAL = {
    "在孕管员的手机上写“怀孕”，答完几个问题，报告就会送到这里。": "the page of the demonstration, which plays in 信丰",
    "在孕管员的手机上报一个孕情，再拨动上面的时间。": "the page of the demonstration, which plays in 信丰",
    "村孕管员": "the page of the demonstration, which plays in 信丰",
    "乡镇孕管办": "the page of the demonstration, which plays in 信丰",
    "县孕管中心": "the page of the demonstration, which plays in 信丰",
    "孕管员花名册": "the name of a form, XF 附表4",
    "全部的说“出孕管员花名册”": "the name of a form, XF 附表4",
    "全部的说“出孕管员花名册”。": "the name of a form, XF 附表4",
}
"""Sentences that say an office of 信丰 literally, and why they may."""
ANYWHERE = {"乡镇卫生院", "镇卫生院", "卫生院", "县妇幼保健院"}
"""Titles that are also where somebody was seen, which every county may read."""


def _sentences() -> set[str]:
    found = set()
    for folder in ("conversations", "bot", "storage"):
        for path in (ROOT / folder).rglob("*.py"):
            for _, said, _, _ in extract_from_file("python", str(path), keywords={"T": None}):
                found |= set(said) if isinstance(said, tuple) else {said}
    return found - {""}


@pytest.mark.filterwarnings("ignore")
def test_no_sentence_says_an_office_of_one_county() -> None:
    said = _sentences()
    assert len(said) > 1000
    literal = {one for one in said if OF_XINFENG.search(one)}
    assert literal <= set(LITERAL), literal - set(LITERAL)


@pytest.mark.parametrize("path", COURSES, ids=lambda path: path.stem)
def test_nobody_is_told_of_an_office_of_another_county(path: Path) -> None:
    text = path.read_text("utf-8")
    head = re.search(r"^programme: (\w+)$", text, re.M)
    name = head[1] if head else "xinfeng"
    own = "、".join(PROGRAMMES[name].title_of(title) for title in TITLES)
    written = "\n".join(re.findall(r"^\w*> (.*)$", text, re.M))
    others = {PROGRAMMES[other].title_of(title) for other in PROGRAMMES for title in TITLES}
    foreign = {one for one in others if one not in own and one not in written} - ANYWHERE
    heard = "\n".join(re.findall(r"^(?:# )?\w*<(.*)$", text, re.M))
    if name != "xinfeng":
        assert {"孕管员", "孕管办", "孕管中心"} <= foreign
    assert heard
    assert {one for one in foreign if one in heard.replace(own, "")} == set()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("xinfeng", "请孕管员找孕管办，告诉村里的孕管员"),
        ("yuzhong", "请社区医生找社区卫生服务中心，告诉社区医生"),
        ("rencheng", "请乡村医生找镇卫生院，告诉乡村医生"),
        ("gaoping", "请村医找乡镇卫生院，告诉村医"),
        ("a county nobody wrote of", "请村医找乡镇卫生院，告诉村医"),
        (None, "请村里的同事找镇上的同事，告诉村里的同事"),
    ],
)
def test_a_sentence_is_filled_where_it_is_read(name: str | None, said: str) -> None:
    text = T("请{coordinator}找{township}，告诉{coordinator_there}")
    assert render(titled(text, name)) == said
    assert chinese(titled(text, name)) == said
    assert render(titled(lines(T("{one}", one=text)), name)) == said


def test_short_words_have_the_titles_too() -> None:
    text = titled(T("等{name}", sms=T("找{county}"), name="李梅"), "xinfeng")
    assert render(shortened(text, date(2026, 11, 22))) == "找孕管中心"


def test_what_was_filled_stays() -> None:
    once = titled(T("找{township}"), "yuzhong")
    assert render(titled(once, "xinfeng")) == "找社区卫生服务中心"
    assert text_from_plain(text_as_plain(once)) == once


def test_a_label_is_what_she_reads_and_writes() -> None:
    label = labelled(T("{coordinator}"), "yuzhong")
    assert isinstance(label, Text)
    assert chinese(label) == "社区医生"


def test_who_is_known_nowhere_has_no_programme() -> None:
    assert rules_where(Speaker("c")) is None
    assert rules_where(Speaker("c", place_id="p", programme="yuzhong")) == "yuzhong"
    assert rules_where(Speaker("c", women=("w",), programme="kaifeng")) == "kaifeng"
