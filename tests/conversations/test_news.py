"""What is told in the middle of a report is never swallowed by the open question, in any flow, at any question; and an
answer that sounds like an event stays one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from conversations.engine.flow import Flow, Repeat, Step, always
from conversations.engine.heard import Heard
from conversations.engine.hearing import hear
from conversations.engine.news import ANSWERED, passes_on
from conversations.engine.state import State, Talk, text_as_plain
from conversations.flows import FLOWS
from conversations.message import ChannelTraits, Message, Role, Speaker, Village

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
DANGER = "danger"

TOLD: dict[str, frozenset[str]] = {
    "李梅死了，昨天在县医院": frozenset({"woman_death", "maternal_death"}),
    "李梅昨晚没了": frozenset({"woman_death", "maternal_death"}),
    "大人没救过来": frozenset({"woman_death", "maternal_death"}),
    "孩子没了": frozenset({"child_death"}),
    "李梅的孩子昨天死了": frozenset({"child_death"}),
    "李梅流产了，昨天，县医院": frozenset({"pregnancy_loss"}),
    "流产了": frozenset({"pregnancy_loss"}),
    "孩子没保住": frozenset({"pregnancy_loss"}),
    "今天查出来胎停了": frozenset({"pregnancy_loss"}),
    "李梅生了，昨天在县医院": frozenset({"birth"}),
    "她昨晚生了个男孩": frozenset({"birth"}),
    "李梅进了ICU，昨天": frozenset({"critical_case"}),
    "正在抢救": frozenset({"critical_case"}),
    "大出血了": frozenset({DANGER}),
    "李梅昏过去了": frozenset({DANGER}),
    "搬走了": frozenset({"moved"}),
    "李梅昨天搬去广东了": frozenset({"moved"}),
    "评估橙色": frozenset({"risk_grade"}),
    "李梅昨天评了橙色": frozenset({"risk_grade"}),
    "李梅今天转到市医院了": frozenset({"referral"}),
    "转诊到市医院了": frozenset({"referral"}),
    "查李梅": frozenset({"roster_query"}),
    "今天要做什么": frozenset({"today"}),
}
"""What a villager says in mid-report, and what it is."""

DEATHS = frozenset({"maternal_death", "woman_death"})
COLLEAGUES: tuple[Role, ...] = ("coordinator", "institution", "county")
REPORTING = sorted(
    name
    for name, flow in FLOWS.items()
    if not flow.quick and name != "unclear" and not flow.roles.isdisjoint(COLLEAGUES)
)


def loose(flow: Flow) -> Flow:
    """The same flow with all its questions applying at once, those about a child once."""

    def of_one(step: Any) -> Any:
        if isinstance(step, Repeat):
            each = tuple(replace(one, when=always, when_of=None) for one in step.steps)
            return replace(step, steps=each, count=lambda talk: 1)
        return replace(step, when=always) if isinstance(step, Step) else step

    return replace(flow, steps=tuple(of_one(step) for step in flow.steps))


def questions(flow: Flow) -> Iterator[Step]:
    for one in flow.steps:
        if isinstance(one, Repeat):
            yield from one.expand(Talk("t", flow.name, 1, ""))
        elif isinstance(one, Step) and not one.secret:
            yield one


def say(text: str, flow: Flow, step: Step | None, role: Role) -> Heard:
    """The message, where this question (None: the reading back) of a report about 李梅 is open."""
    asked = step.id if step is not None else "reading"
    talk = Talk("t1", flow.name, flow.version, NOW.isoformat(), "xinfeng", step=asked, opened=True)
    talk.trail = [asked]
    if flow.event is not None and asked != flow.subject:
        talk.answers[flow.subject] = "李梅"
    if step is not None and step.choices and not callable(step.choices):
        talk.offered = [[one.value, text_as_plain(one.label), list(one.words)] for one in step.choices]
    speaker = Speaker("c1", role, staff_id="s1", place_id="v1", villages=(Village("v1", "杨梅坑村"),))
    message = Message("1" * 32, ChannelTraits("chat"), speaker, NOW, NOW, text=text)
    return hear(State(talk=talk), message, NOW)


def taken_as(heard: Heard) -> set[str]:
    """The errands in hand after it, begun or waiting; and whether danger was heard."""
    talks = [one for one in (heard.state.talk, heard.quick, *heard.state.waiting) if one is not None]
    found = {one.flow for one in talks}
    for one in talks:
        found.update(one.answers.get("meanings", ()))
    return found | ({DANGER} if heard.replies and heard.effects else set())


def is_the_answer(flow: Flow, step: Step, text: str, events: frozenset[str], role: Role) -> bool:
    """Whether the question asks for this very thing, or the report in hand tells it: of the dead, of a hospital's own."""
    asked = step.id.rpartition(".")[2]
    if flow.name in events or passes_on(flow, step):
        return True
    if flow.name == "pregnancy_loss" and text == "孩子没了":  # the loss in hand
        return True
    if flow.name in DEATHS and "孩子" not in text and not events & {"roster_query", "today"}:
        return True  # nothing else happens to her after that
    if asked == "alive" and "孩子" in text:
        return True
    if asked == "born" and text == "流产了":  # a choice of it
        return True
    if DANGER in events:
        hospitals = role == "institution" and (
            step.free or step.read is not None or flow.name == "critical_case"
        )
        return hospitals or (flow.name == "child_death" and asked == "cause")
    if flow.name in ("critical_case", "child_death") and "referral" in events and "李梅" not in text:
        return True  # where she is now
    if flow.name == "child_death" and asked == "cause" and text == "正在抢救":
        return True
    return bool(events & ANSWERED.get(asked, frozenset()))


@pytest.mark.parametrize("name", REPORTING)
def test_no_open_question_swallows_an_event(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = loose(FLOWS[name])
    monkeypatch.setitem(FLOWS, name, flow)
    role = next(one for one in COLLEAGUES if one in flow.roles)
    tried = 0
    for step in questions(flow):
        for text, events in TOLD.items():
            if is_the_answer(flow, step, text, events, role):
                continue
            if not any(event == DANGER or role in FLOWS[event].roles for event in events):
                continue  # nothing this role tells
            heard = say(text, flow, step, role)
            assert taken_as(heard) & events, (step.id, text, heard.state.talk)
            assert {name, "roster_query", "today"} & taken_as(heard), (step.id, text, "the first is lost")
            tried += 1
    assert tried or name in ("answer", "announce", "pin")


GRAVE_WORDS = ("李梅死了，昨天在县医院", "流产了", "评估橙色", "李梅进了ICU，昨天", "李梅的孩子昨天死了")


@pytest.mark.parametrize("name", [name for name in REPORTING if "institution" in FLOWS[name].roles])
def test_a_hospitals_report_swallows_none_either(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = loose(FLOWS[name])
    monkeypatch.setitem(FLOWS, name, flow)
    for step in questions(flow):
        for text in GRAVE_WORDS:
            if not is_the_answer(flow, step, text, TOLD[text], "institution"):
                heard = say(text, flow, step, "institution")
                assert taken_as(heard) & TOLD[text], (step.id, text, heard.state.talk)


@pytest.mark.parametrize("name", [name for name in REPORTING if FLOWS[name].event])
@pytest.mark.parametrize(
    "text", ["李梅死了，昨天在县医院", "李梅的孩子昨天死了", "流产了", "评估橙色", "搬走了"]
)
def test_nor_does_a_reading_back(name: str, text: str) -> None:
    flow = FLOWS[name]
    role = next(one for one in COLLEAGUES if one in flow.roles)
    if name in TOLD[text] or (name in DEATHS and "孩子" not in text):
        return
    assert taken_as(say(text, flow, None, role)) & TOLD[text]


ANSWERS = [
    ("booking", "date", "昨天", "date", "2026-11-21"),
    ("booking", "date", "昨天在县医院建的", "date", "2026-11-21"),
    ("antenatal_visit", "date", "昨天在县医院", "date", "2026-11-21"),
    ("antenatal_visit", "date", "昨天去的，今天回来了", "date", "2026-11-21"),
    ("risk_grade", "date", "昨天产检的时候评的", "date", "2026-11-21"),
    ("risk_grade", "institution", "县医院", "institution", "县医院"),
    ("antenatal_visit", "institution", "县医院产科", "institution", "县医院产科"),
    ("referral", "to_place", "市医院ICU", "to_place", "市医院ICU"),
    ("referral", "reason", "先兆流产", "reason", "先兆流产"),
    ("referral", "reason", "两次剖宫产", "reason", "两次剖宫产"),
    ("referral", "reason", "没有流产过，血压高", "reason", "没有流产过，血压高"),
    ("child_death", "cause", "早产", "cause", "早产"),
    ("child_death", "birth_date", "昨天剖的", "birth_date", "2026-11-21"),
    ("maternal_death", "cause", "引产大出血", "cause", "引产大出血"),
    ("maternal_death", "death_stage", "生完以后", "death_stage", "postpartum"),
    ("pregnancy_loss", "loss_kind", "人流", "loss_kind", "induced_abortion"),
    ("pregnancy", "gravida_para", "第二次怀孕，生过一个", "para", 1),
    ("pregnancy", "gravida_para", "生过两个", "para", 2),
    ("birth", "mother_state", "平安", "mother_state", "well"),
    ("birth", "mother_state", "大人没救过来", "mother_state", "died"),
    ("birth", "children.0.alive", "没死", "children.0.alive", True),
    ("birth", "children.0.alive", "生下来就死了", "children.0.alive", False),
    ("postnatal_visit", "date", "昨天，她上周剖的", "date", "2026-11-21"),
    ("follow_up", "finding", "想下个月搬回娘家", "finding", "想下个月搬回娘家"),
    ("antenatal_visit", "next_appointment", "下周一去产检", "next_appointment", "2026-11-23"),
    ("pregnancy", "booked", "昨天建的册", "booked", True),
    ("pregnancy", "phone_owner", "她老公的，在广东打工", "phone_owner", "husband"),
    ("referral", "finding", "住院保胎，没流产", "finding", "住院保胎，没流产"),
    ("antenatal_visit", "finding", "医生说孩子偏小，怕保不住", "finding", "医生说孩子偏小，怕保不住"),
    ("booking", "date", "昨天从广东回来就建了", "date", "2026-11-21"),
    ("lost_contact", "tried", "打了三次电话没人接，也上门了", "tried", "打了三次电话没人接，也上门了"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "asked", "text", "field", "value"), ANSWERS)
def test_an_answer_that_sounds_like_an_event_stays_an_answer(
    name: str, asked: str, text: str, field: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = loose(FLOWS[name])
    monkeypatch.setitem(FLOWS, name, flow)
    step = next(one for one in questions(flow) if one.id == asked)
    heard = say(text, flow, step, "coordinator")
    assert heard.state.talk is not None
    assert (heard.state.talk.flow, heard.state.talk.answers.get(field)) == (name, value)
    assert not heard.state.waiting


@pytest.mark.parametrize(
    "text", ["人流", "人流一次", "上次剖的", "没有流产过", "流产过一次", "头胎剖的，二胎人流"]
)
def test_what_happened_in_earlier_pregnancies_is_no_event_now(text: str) -> None:
    flow = loose(FLOWS["pregnancy"])
    step = next(one for one in questions(flow) if one.id == "gravida_para")
    assert taken_as(say(text, flow, step, "coordinator")) == {"pregnancy"}


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("昨天流产的", "pregnancy_loss"),
        ("昨天死的，在县医院", "woman_death"),
        ("李梅昨天引产的", "pregnancy_loss"),
        ("孩子没心跳了", "pregnancy_loss"),
        ("引产了，昨天", "pregnancy_loss"),
        ("人没了，昨天", "woman_death"),
        ("没救过来", "maternal_death"),
        ("小孩夭折了，昨天", "child_death"),
        ("昨天晚上生了", "birth"),
        ("昨天进的重症监护", "critical_case"),
        ("昨天医院定的橙色", "risk_grade"),
        ("昨天回娘家住了", "moved"),
        ("昨天转到市里去了", "referral"),
        ("双胞胎没保住一个", "unclear"),
    ],
)
@pytest.mark.parametrize("asked", ["date", "problem", "finding", "measures", "next_appointment"])
def test_villagers_words_are_heard_at_every_question_of_a_visit(
    text: str, event: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = loose(FLOWS["antenatal_visit"])
    monkeypatch.setitem(FLOWS, "antenatal_visit", flow)
    step = next(one for one in questions(flow) if one.id == asked)
    assert taken_as(say(text, flow, step, "coordinator")) >= {"antenatal_visit", event}


def test_a_loss_told_beside_the_grade_in_hand_is_the_next_errand() -> None:
    flow = FLOWS["risk_grade"]
    step = next(one for one in questions(flow) if one.id == "date")
    heard = say("昨天评的橙色，今天孩子流掉了", flow, step, "coordinator")
    assert heard.state.talk is not None
    assert heard.state.talk.flow == "risk_grade"
    assert [(one.flow, one.answers.get("woman_name")) for one in heard.state.waiting] == [
        ("pregnancy_loss", "李梅")
    ]


def test_why_she_is_sent_on_is_kept_where_it_is_a_loss_too(monkeypatch: pytest.MonkeyPatch) -> None:
    flow = loose(FLOWS["referral"])
    monkeypatch.setitem(FLOWS, "referral", flow)
    step = next(one for one in questions(flow) if one.id == "reason")
    heard = say("胎停了", flow, step, "coordinator")
    assert heard.state.talk is not None
    assert heard.state.talk.flow == "pregnancy_loss"
    assert heard.state.waiting[0].answers["reason"] == "胎停了"


def test_a_critical_case_is_told_to_its_end_before_the_birth(monkeypatch: pytest.MonkeyPatch) -> None:
    flow = loose(FLOWS["critical_case"])
    monkeypatch.setitem(FLOWS, "critical_case", flow)
    step = next(one for one in questions(flow) if one.id == "finding")
    heard = say("剖宫产后大出血，切了子宫", flow, step, "coordinator")
    assert heard.state.talk is not None
    assert (heard.state.talk.flow, heard.state.talk.answers["finding"]) == (
        "critical_case",
        "剖宫产后大出血，切了子宫",
    )
    assert [one.flow for one in heard.state.waiting] == ["birth"]


@pytest.mark.parametrize(
    ("asked", "text"), [("dating", "上个月流产后就没来过"), ("migrant", "从贵州嫁过来的")]
)
def test_how_a_pregnancy_came_about_is_no_event_of_its_own(
    asked: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = loose(FLOWS["pregnancy"])
    monkeypatch.setitem(FLOWS, "pregnancy", flow)
    step = next(one for one in questions(flow) if one.id == asked)
    assert taken_as(say(text, flow, step, "coordinator")) == {"pregnancy"}


def test_a_mother_in_danger_is_a_critical_case_after_the_birth() -> None:
    flow = FLOWS["birth"]
    step = next(one for one in questions(flow) if one.id == "mother_state")
    heard = say("在抢救", flow, step, "coordinator")
    assert taken_as(heard) >= {"birth", "critical_case"}
