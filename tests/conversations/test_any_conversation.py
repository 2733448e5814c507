"""Whatever is said in whatever order: nothing is raised, nothing told is lost, every session survives storing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from conversations.engine.machine import advance, needs
from conversations.engine.state import State
from conversations.flows import FLOWS
from conversations.message import ChannelTraits, Message, Speaker, Turn, Village
from conversations.records import EVENTS
from tests.support.memory import Memory

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CHANNELS = (
    ChannelTraits("chat"),
    ChannelTraits("sms", trust="low", buttons=False),
    ChannelTraits("telegram", masked=True, deletes=True),
)
SPEAKER = Speaker(
    contact_id="c1",
    role="coordinator",
    standing="active",
    staff_id="s1",
    name="邓小莲",
    place_id="v1",
    place_name="杨梅坑村",
    villages=(Village("v1", "杨梅坑村"), Village("v2", "石桥村")),
)

KEEPING = (
    "帮助", "跳过", "不知道", "就这些", "对", "嗯", "杨梅坑村", "昨天", "11月10号", "9月3号", "28岁", "13岁",
    "13800001234", "女孩", "龙凤胎", "双胞胎", "6斤8两", "平安", "县医院", "家里", "顺产", "自然流产", "32周", "一个",
    "1", "2", "3", "第三个", "没有", "是", "不是", "方便", "本人", "本地人", "头胎", "我报了什么", "今天天气不错",
    "360722199805060027", "后来没了", "怀孕期间", "晚上8点", "心脏病", "八月十五", "对 1234", "后年", "8岁", "九十斤",
)  # fmt: skip
"""What leaves every answer that was told as it was."""
CHANGING = (
    "返回",
    "重来",
    "取消",
    "改 3",
    "改 1",
    "不是9月3号，是8月3号",
    "年龄改成30",
    "名字改成王芳",
    "名字说错了",
)
BEGINNING = (
    "李梅怀孕了，末次月经9月3号", "李梅昨天生了", "王芳怀孕，28岁；刘小燕怀孕，孕20周", "李梅没保住，昨天流产了",
    "孕妇李梅昨天走了，在家里", "李梅的孩子没了", "王芳昨天没了", "李梅的孩子有唇裂", "更正", "撤回", "先不说这个，张桂花昨晚生了",
    "李梅的末次月经报错了，是8月13号", "怀孕", "生了", "新生儿死亡", "她现在大出血了",
    "上门看了李梅", "李梅联系不上了", "李梅搬去赣州了", "从赣州搬来一个孕妇王芳，孕20周", "刘燕备孕", "刘燕放环后腰酸",
    "李梅昨天在镇卫生院建册了", "李梅昨天产检了，血压110/70", "李梅昨天评为橙色", "李梅今天转到县妇幼", "李梅转诊反馈，昨天接诊了",
    "李梅昨天进了县医院ICU", "李梅今天自动出院了", "昨天产后访视李梅，都好", "昨天新生儿访视，李梅的孩子都好", "李梅昨天做了42天检查",
)  # fmt: skip

SAID = st.lists(
    st.one_of(st.sampled_from(BEGINNING), st.sampled_from(KEEPING), st.sampled_from(CHANGING), st.just("↓")),
    min_size=1,
    max_size=25,
)


class Conversation:
    """One person talking to the engine, with what it files remembered."""

    def __init__(self, channel: ChannelTraits) -> None:
        self.channel = channel
        self.memory = Memory()
        self.session: dict[str, Any] = {}
        self.turn: Turn | None = None
        self.number = 0

    def say(self, text: str) -> Turn:
        """What follows; `↓` presses the last button of the newest message that has any."""
        self.number += 1
        now = NOW + timedelta(minutes=self.number)
        button = ""
        if text == "↓":
            rows = [row for reply in (self.turn.replies if self.turn else ()) for row in reply.buttons if row]
            text, button = ("", rows[-1][-1].value) if rows else ("好", "")
        message = Message(
            id=f"{self.number:032x}",
            channel=self.channel,
            speaker=SPEAKER,
            sent_at=now,
            received_at=now,
            provider_id=str(self.number),
            kind="button" if button else "text",
            text=text,
            button=button,
            entropy=f"{self.number:032x}",
        )
        before = json.dumps(self.session)
        facts = self.memory.answer(needs(self.session, message, now), now)
        turn = advance(self.session, message, facts, now)
        assert json.dumps(self.session) == before, "the session it was given is changed"
        assert turn == advance(self.session, message, facts, now), "the same again is not the same"
        self.session = json.loads(json.dumps(turn.session))
        assert self.session == turn.session
        assert State.load(self.session).dump() == self.session
        assert turn.replies
        for report in turn.reports:
            Draft202012Validator(EVENTS[report.event].body_schema()).validate(dict(report.body))
        self.memory.keep(turn)
        self.turn = turn
        return turn

    def talks(self) -> dict[str, dict[str, Any]]:
        """The errands under way, by id."""
        waiting = self.session.get("waiting", [])
        return {talk["id"]: talk for talk in (self.session.get("talk"), *waiting) if talk}


def told(talk: dict[str, Any]) -> dict[str, Any]:
    """What she said herself, of what a report holds."""
    fields = set(EVENTS[event].fields) if (event := FLOWS[talk["flow"]].event) else set()
    fields.discard("village")
    return {
        name: value
        for name, value in talk["answers"].items()
        if name not in talk["drawn"] and (name in fields or name.startswith("children."))
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(channel=st.sampled_from(CHANNELS), said=SAID)
def test_no_conversation_breaks_it_and_nothing_told_is_lost(channel: ChannelTraits, said: list[str]) -> None:
    conversation = Conversation(channel)
    for text in said:
        before = conversation.talks()
        conversation.say(text)
        after = conversation.talks()
        if text not in KEEPING:
            continue
        for talk_id, talk in before.items():
            now = after.get(talk_id)
            if now is None or now["flow"] != talk["flow"]:
                continue  # filed, ended, or told on as what it turned out to be
            lost = set(told(talk)) - set(now["answers"])
            changed = {k for k in now["answers"] if now["answers"][k] != talk["answers"].get(k)}
            void = {gone for k in changed | lost for gone in FLOWS[talk["flow"]].drops.get(k, ())}
            assert not lost - void - EXCHANGED, (text, lost)


EXCHANGED = frozenset(
    {"woman_name", "mother_name", "lmp", "due_date", "gestational_weeks", "gestational_days"}
)
"""不是 to 名字对吗, and one date for another, take an answer back in so many words."""


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_answered(text: str) -> None:
    conversation = Conversation(CHANNELS[0])
    conversation.say(text)
    conversation.say("李梅怀孕了")
    conversation.say(text)
