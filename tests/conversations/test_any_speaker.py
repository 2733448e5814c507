"""Whoever says whatever, in whatever state: an answer or silence, never an exception; and silence only where it is
meant."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.engine.machine import advance, needs
from conversations.engine.state import State
from conversations.facts import AlertFact, AlertsTold, Facts, Lookup
from conversations.flows.alerts import Caller, Story
from conversations.message import ChannelTraits, CountAttempt, Message, RaiseAlert, Speaker, Turn, Village
from tests.support.memory import Memory

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CHANNELS = (
    ChannelTraits("chat"),
    ChannelTraits("sms", trust="low", buttons=False),
    ChannelTraits("telegram", masked=True, deletes=True),
)
VILLAGE = Village("v1", "杨梅坑村")
OFFICE: dict[str, Any] = {"standing": "active", "staff_id": "s1", "name": "邓小莲", "place_id": "v1"}
SPEAKERS: dict[str, Speaker] = {
    "stranger": Speaker("c1"),
    "pending": Speaker("c1", standing="pending"),
    "revoked": Speaker("c1", standing="revoked", staff_id="s1"),
    "woman": Speaker("c1", role="woman", standing="active", women=("w1",), office_phone="19900000901"),
    "family": Speaker("c1", role="woman", standing="active", women=("w1", "w2")),
    "opted out": Speaker("c1", role="woman", standing="active", women=("w1",), opted_out=True),
    "wrong number": Speaker("c1", women=("w1",), silenced=True),
    "coordinator": Speaker("c1", role="coordinator", villages=(VILLAGE,), **OFFICE),
    "township": Speaker(
        "c1", role="township", villages=(VILLAGE,), townships=(Village("t1", "古陂镇"),), **OFFICE
    ),
    "institution": Speaker("c1", role="institution", **OFFICE),
    "county": Speaker(
        "c1", role="county", villages=(VILLAGE,), townships=(Village("t1", "古陂镇"),), **OFFICE
    ),
}
STAFF = ("coordinator", "township", "institution", "county")

WORDS = (
    "退订", "TD", "T", "n", "恢复", "打错了", "不是她", "我是男的", "别给我发了", "/start", "/stop", "你好", "谢谢", "收到", "收到2",
    "1", "9", "答1", "答 1 可以吃", "答：可以", "答9 不行", "怀孕能吃螃蟹吗", "我有乙肝能喂奶吗", "李梅", "王芳", "我是李梅", "跳过", "取消",
    "帮助", "返回", "重来", "对", "不对", "好", "怀孕", "李梅怀孕了，末次月经9月3号", "更正", "撤回", "我流血了", "昨天流过血，现在没有了", "12345678",
    "我的码是4821 7730", "13700000002", "周小凤", "去过了", "改天", "下次什么时候产检", "我换号码了", "246810", "设置PIN", "发加入码", "", " ", "\n",
    "🙂", "\x00\x01\x1b[2J", "\ud83d", "\u202e退订", "{x} %s", "𠮷野家" * 40, "A" * 5000, "怀孕" * 900, "1" * 400, "答" + "1" * 90,
)  # fmt: skip
BUTTONS = (
    "go:answer:q1", "go:answer:none", "go:answer", "go:number:n1", "go:number", "go:alert:d1:ack", "go:alert:q1:ack", "go:stranger",
    "go:question:x", "go:joining", "go:opt_out", "go:reply:q1", "go:nothing", "go:", "?", "abc.1:0", ":",
)  # fmt: skip

DID = st.one_of(
    st.tuples(st.just("text"), st.sampled_from(WORDS)),
    st.tuples(st.just("text"), st.text(max_size=80)),
    st.tuples(st.just("text"), st.binary(max_size=60).map(lambda raw: raw.decode("latin-1"))),
    st.tuples(st.sampled_from(("edited", "other", "contact")), st.sampled_from(WORDS)),
    st.tuples(st.just("button"), st.sampled_from(BUTTONS)),
    st.tuples(st.just("press"), st.just("")),
)


def story(kind: str, **more: Any) -> dict[str, Any]:
    return Story(
        kind=kind,
        signs=(),
        said_at=NOW,
        words=("能吃螃蟹吗", "我电话13800001234"),
        reporter=Caller("", "19900000101", "woman"),
        women=(Caller("李梅", "19900000101", "woman"),),
        places=("v1",),
        **more,
    ).as_details()


TOLD = (
    AlertFact("q1", "question", 1, "古陂镇杨梅坑村", NOW, story("question")),
    AlertFact(
        "q2", "question", 2, "古陂镇", NOW, story("question", answer="可以"), taken_by="温秀英", mine=False
    ),
    AlertFact("n1", "number", 3, "古陂镇杨梅坑村", NOW, story("number")),
    AlertFact("d1", "danger", 4, "古陂镇杨梅坑村", NOW, story("danger") | {"signs": ["bleeding"]}),
)


class Told(Memory):
    """With questions, a number and a danger that the speaker was told of."""

    def answer(self, lookups: Iterable[Lookup], now: datetime) -> Facts:
        lookups = tuple(lookups)
        told: dict[Lookup, tuple[Any, ...]] = {one: TOLD for one in lookups if isinstance(one, AlertsTold)}
        return Facts({**super().answer(lookups, now).answers, **told})


class Somebody:
    """One speaker on one channel."""

    def __init__(self, speaker: Speaker, channel: ChannelTraits) -> None:
        self.speaker, self.channel = speaker, channel
        self.memory = Told()
        self.session: dict[str, Any] = {}
        self.turn = Turn({})
        self.number = 0

    def do(self, kind: str, what: str, *, late: timedelta = timedelta(0)) -> Turn:
        self.number += 1
        now = NOW + timedelta(minutes=self.number)
        if kind == "press":
            rows = [row for reply in self.turn.replies for row in reply.buttons if row]
            kind, what = ("button", rows[-1][0].value) if rows else ("text", "好")
        message = Message(
            id=f"{self.number:032x}",
            channel=self.channel,
            speaker=self.speaker,
            sent_at=now - late,
            received_at=now,
            provider_id=str(self.number),
            kind=kind,  # type: ignore[arg-type]
            text="" if kind == "button" else what,
            button=what if kind == "button" else "",
            phone="19900000101" if kind == "contact" or self.channel.name == "sms" else "",
            entropy=f"{self.number:032x}",
        )
        facts = self.memory.answer(needs(self.session, message, now), now)
        self.turn = advance(self.session, message, facts, now)
        self.session = json.loads(json.dumps(self.turn.session))
        assert State.load(self.session).dump() == self.session
        self.memory.keep(self.turn)
        return self.turn

    def says(self, text: str) -> Turn:
        return self.do("text", text)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    who=st.sampled_from(sorted(SPEAKERS)),
    channel=st.sampled_from(CHANNELS),
    did=st.lists(DID, min_size=1, max_size=12),
    late=st.sampled_from((timedelta(0), timedelta(days=2))),
)
def test_an_answer_or_silence_never_an_exception(
    who: str, channel: ChannelTraits, did: list[tuple[str, str]], late: timedelta
) -> None:
    one = Somebody(SPEAKERS[who], channel)
    for kind, what in did:
        turn = one.do(kind, what, late=late)
        if who in STAFF:
            assert turn.replies, (kind, what)
            assert not any(
                isinstance(effect, CountAttempt) and effect.purpose == "line" for effect in turn.effects
            )
        elif SPEAKERS[who].role == "unknown":
            asked = {effect.kind for effect in turn.effects if isinstance(effect, RaiseAlert)}
            assert asked <= {"danger", "danger_past"}, "a stranger's words went further"
            assert not turn.reports
        else:
            assert not turn.reports


@settings(max_examples=60, deadline=None)
@given(channel=st.sampled_from(CHANNELS), said=st.lists(st.text(max_size=40), max_size=8))
def test_a_stranger_hears_one_line_a_day(channel: ChannelTraits, said: list[str]) -> None:
    one = Somebody(SPEAKERS["stranger"], channel)
    lines = []
    for text in said:
        turn = one.says("李梅的预产期是哪天" + "".join(ch for ch in text if not ch.isdigit()))
        lines += [reply for reply in turn.replies if reply.kind != "danger"]
    assert len(lines) == (1 if said else 0)


@pytest.mark.parametrize("who", sorted(SPEAKERS))
@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
@pytest.mark.parametrize(
    "before", [(), ("12345678",), ("怀孕",), ("怀孕能吃螃蟹吗",), ("退订",), ("打错了",)]
)
def test_danger_is_answered_whoever_and_whatever(
    who: str, channel: ChannelTraits, before: tuple[str, ...]
) -> None:
    one = Somebody(SPEAKERS[who], channel)
    for text in before:
        one.says(text)
    turn = one.says("她大出血了")
    assert turn.replies[0].kind == "danger"
    assert [effect.kind for effect in turn.effects if isinstance(effect, RaiseAlert)] == ["danger"]


@pytest.mark.parametrize("letter", ["T", "N", "R"])
def test_a_letter_from_staff_is_an_answer(letter: str) -> None:
    for name in STAFF:
        turn = Somebody(SPEAKERS[name], CHANNELS[1]).says(letter)
        assert turn.effects == ()


def test_a_letter_is_an_answer_while_something_is_asked() -> None:
    family = Somebody(SPEAKERS["family"], CHANNELS[1])
    family.says("怀孕能吃螃蟹吗")
    assert "OptOut" not in {type(effect).__name__ for effect in family.says("T").effects}
    assert "OptOut" in {type(effect).__name__ for effect in family.says("退订").effects}
