"""No message holds what its reader may not read there. Every golden conversation is checked as it is played; here it
is shown that the check bites, and that all alerts and the letters of simulated years keep to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.wording import render
from conversations.care.unsaid import INFECTION
from conversations.flows.alerts import Caller, Seen, Story
from conversations.flows.ladders import KINDS
from conversations.message import ChannelTraits, Speaker
from tests.simulate.laws import COLOURS, INFECTIONS
from tests.support.said import TELLING, wrong

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CHAT = ChannelTraits("chat")
SMS = ChannelTraits("sms", trust="low", buttons=False)
ABROAD = ChannelTraits("telegram", masked=True, deletes=True)
OURS = {"clock", "new_phone"}
"""Alerts whose words are not a person's: the title of a duty, a telephone number."""
WORDS = ("她有乙肝，流血了", "县妇幼评为紫色", "梅毒阳性，肚子痛", "HIV的，破水了")


@pytest.mark.parametrize(
    ("text", "role", "channel"),
    [
        ("李梅评为紫色", "coordinator", CHAT),
        ("您的风险是橙色", "woman", SMS),
        ("李梅：红色", "township", SMS),
        ("您有乙肝", "woman", CHAT),
        ("请查梅毒", "county", ABROAD),
        ("Grade: orange", "coordinator", CHAT),
        ("李梅，孕12周", "township", ABROAD),
        ("电话13800001234", "township", ABROAD),
        ("欧阳雪莲怀孕了", "coordinator", CHAT),
        ("欧***怀孕了", "coordinator", SMS),
    ],
)
def test_the_check_finds_it(text: str, role: str, channel: ChannelTraits) -> None:
    assert list(wrong(text, role, channel, names=("李梅",), foreign=("欧阳雪莲",)))


@pytest.mark.parametrize(
    ("text", "role", "channel"),
    [
        ("李梅评为紫色", "township", CHAT),
        ("李梅是重点随访", "coordinator", SMS),
        ("李*·尾号1234，孕12周", "township", ABROAD),
        ("· 李梅怀孕了，末次月经9月3号", "coordinator", ABROAD),
        ("李梅怀孕了", "coordinator", CHAT),
    ],
)
def test_and_lets_pass_what_may_be_read(text: str, role: str, channel: ChannelTraits) -> None:
    assert not list(wrong(text, role, channel, names=("李梅",), foreign=("欧阳雪莲",)))


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("kind", sorted(KINDS.keys() - OURS))
def test_no_alert_says_more_than_its_reader_may_know(kind: str, words: str) -> None:
    story = Story(
        kind=kind,
        signs=("bleeding",) if kind == "danger" else (),
        said_at=NOW - timedelta(minutes=3),
        words=(words,),
        reporter=Caller("邓小莲", "19900000011", "coordinator"),
        women=(Caller("欧阳雪莲", "19900000101", "woman"),),
        places=("v",),
    )
    taker = Speaker("c", role="township", standing="active", name="温秀英", place_name="古陂镇")
    for channel in (SMS, ABROAD):
        seen = Seen(channel, "古陂镇杨梅坑村", 1, False, NOW)
        texts = [
            KINDS[kind].tell(story, seen, 10),
            KINDS[kind].more(story, seen, False),
            KINDS[kind].taken(story, seen, taker, False),
        ]
        for text in texts:
            said = render(text)
            assert not INFECTION.search(said), said
            if channel is ABROAD and kind == "danger":
                assert not list(wrong(said, "township", channel, names=("欧阳雪莲",))), said


def test_the_laws_of_simulated_years_look_for_the_same() -> None:
    """tests/simulate holds every letter of a simulated county against its law of telling words."""
    assert all(TELLING.search(word) for word in COLOURS if word != "标紫")
    assert all(INFECTION.search(word) for word in INFECTIONS)
