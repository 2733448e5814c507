"""Orange, red and purple read the same to the village, whatever is asked, answered, corrected or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conversations.engine.machine import advance, needs
from conversations.message import ChannelTraits, Message, Notice, Speaker, Turn, Village
from conversations.text import Joined, Text
from tests.support.memory import Memory

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
OWN = ChannelTraits("chat")
SMS = ChannelTraits("sms", trust="low", buttons=False)
ABROAD = ChannelTraits("telegram", masked=True, deletes=True)
COORDINATOR = Speaker(
    contact_id="c1",
    role="coordinator",
    standing="active",
    staff_id="s1",
    place_id="v1",
    place_name="杨梅坑村",
    villages=(Village("v1", "杨梅坑村"),),
)
TOWNSHIP = replace(COORDINATOR, role="township", place_id="t1", place_name="古陂镇")
HIGH = ("橙色", "红色", "紫色")
TELLING = ("橙", "红色", "紫", "梅毒", "乙肝", "传染", "orange", "red", "purple")


def words(text: Any) -> str:
    """The Chinese words of a text, with all that is filled in."""
    if isinstance(text, Joined):
        return text.separator.join(words(part) for part in text.parts)
    if isinstance(text, Text):
        return text.id.format_map({name: words(value) for name, value in text.values.items()})
    return str(text)


def heard(turn: Turn) -> list[str]:
    """All that anybody is told by a turn, buttons and notices too."""
    said = [words(reply.text) for reply in turn.replies]
    said += [words(button.label) for reply in turn.replies for row in reply.buttons for button in row]
    return said + [words(effect.text) for effect in turn.effects if isinstance(effect, Notice)]


def told(speaker: Speaker, channel: ChannelTraits, *said: str) -> tuple[list[str], Memory]:
    """What is heard when she says this, on a roster with one woman, pregnant or (for a visit after it) delivered."""
    memory, session, everything = Memory(), dict[str, Any](), list[str]()
    before = ["李梅怀孕了，末次月经3月3号", "就这些", "对"]
    before += (
        ["李梅11月12号生了", "就这些", "对"] if any("42天" in text or "访视" in text for text in said) else []
    )
    for number, text in enumerate((*before, *said), 1):
        now = NOW + timedelta(minutes=number)
        message = Message(
            id=f"{number:032x}",
            channel=channel if number > len(before) else OWN,
            speaker=speaker,
            sent_at=now,
            received_at=now,
            text=text,
            entropy=f"{number:032x}",
        )
        turn = advance(session, message, memory.answer(needs(session, message, now), now), now)
        session = turn.session
        memory.keep(turn)
        if number > len(before):
            everything += heard(turn)
    return everything, memory


WAYS = (
    ("李梅昨天在县妇幼评为{c}，乙肝", "对"),
    ("李梅昨天在县妇幼评为{c}", "改 5", "{c}", "对", "我报了什么"),
    ("/risk", "李梅", "昨天", "{c}", "帮助", "返回", "{c}", "县妇幼", "对", "更正"),
    ("李梅昨天评为{c}", "就这些", "风险改成黄色", "风险改成{c}", "对"),
    ("李梅昨天做了42天检查，风险评为{c}", "就这些", "对", "昨天", "就这些", "对"),
    ("/risk", "{c}孕妇", "李梅", "{c}", "昨天", "梅毒", "{c}", "就这些", "对"),
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way[0])
@pytest.mark.parametrize("channel", [OWN, SMS, ABROAD], ids=lambda channel: channel.name)
def test_the_village_reads_the_same_of_all_three(channel: ChannelTraits, way: tuple[str, ...]) -> None:
    runs = [told(COORDINATOR, channel, *(text.format(c=colour) for text in way)) for colour in HIGH]
    everything = [said for said, _ in runs]
    assert everything[0] == everything[1] == everything[2]
    assert not [line for line in everything[0] if any(word in line for word in TELLING)]
    colours = [
        {report.body.get("colour") for report in memory.reports.values()} - {None} for _, memory in runs
    ]
    assert colours == [{"orange"}, {"red"}, {"purple"}]


@pytest.mark.parametrize("channel", [SMS, ABROAD], ids=lambda channel: channel.name)
def test_an_officer_reads_no_colour_where_others_may_read_along(channel: ChannelTraits) -> None:
    for colour in HIGH:
        said, memory = told(TOWNSHIP, channel, f"李梅昨天在县妇幼评为{colour}，梅毒", "对")
        assert not [line for line in said if any(word in line for word in TELLING)]
        assert len(memory.reports) == 2


def test_an_officer_reads_it_on_a_channel_of_ours() -> None:
    said, _ = told(TOWNSHIP, OWN, "李梅昨天在县妇幼评为橙色", "就这些")
    assert any("风险：橙色" in line for line in said)


def test_the_notice_of_a_high_grade_names_no_colour() -> None:
    said, _ = told(TOWNSHIP, OWN, "李梅昨天在县妇幼评为紫色", "就这些", "对")
    (notice,) = (line for line in said if "评估为" in line)
    assert "重点随访" in notice
    assert not any(word in notice for word in TELLING)
    assert "李梅" not in notice


@pytest.mark.parametrize("role", ["coordinator", "township"])
def test_infection_is_never_asked_of_village_or_township(role: str) -> None:
    speaker = COORDINATOR if role == "coordinator" else TOWNSHIP
    for way in (("李梅昨天评为橙色", "县妇幼", "没有"), ("昨天产后访视李梅", "没有", "跳过")):
        said, _ = told(speaker, OWN, *way)
        asked = [line for line in said if "另标" in line or "化验" in line]
        assert not asked


@pytest.mark.parametrize(
    ("role", "channel", "asked"),
    [
        ("coordinator", OWN, False),
        ("township", OWN, False),
        ("county", OWN, True),
        ("county", SMS, False),
        ("county", ABROAD, False),
    ],
)
def test_the_screening_list_of_kaifeng_names_infections_only_where_it_may(
    role: Any, channel: ChannelTraits, asked: bool
) -> None:  # KF 附件1 产后风险筛查表
    speaker = replace(COORDINATOR, role=role, programme="kaifeng")
    groups, _ = told(speaker, channel, "昨天产后访视李梅")
    assert any("恶露" in line for line in groups)
    assert not any("梅毒" in line or "性病" in line for line in groups)
    after, _ = told(speaker, channel, "昨天产后访视李梅", "都没有")
    assert any("梅毒筛查阳性" in line for line in after) is asked
    assert any("性病史" in line for line in after) is asked


def test_three_yellow_factors_are_starred_where_the_programme_says_so() -> None:  # KF 附件1 一
    stars = {
        name: [
            report.body.get("star")
            for report in told(
                replace(TOWNSHIP, programme=name),
                OWN,
                "李梅昨天在县妇幼评为黄色",
                "疤痕子宫、双胎、贫血",
                "对",
            )[1].reports.values()
            if report.event == "risk_grade"
        ]
        for name in ("kaifeng", "xinfeng")
    }
    assert stars == {"kaifeng": [True], "xinfeng": [None]}
