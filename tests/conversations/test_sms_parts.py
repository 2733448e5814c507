"""By SMS each question is one part of 70 characters: its 【签名】 and way out counted, its opening and choices too.

Lists of people, places and reports, as long as they happen to be, go out in two parts at most; the rest is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.channels.sms.parts import sms_length
from bot.wording import render
from conversations.engine.flow import Context, Flow, ReadBack, Repeat, Step
from conversations.engine.heard import Heard
from conversations.engine.playing import HINT, Playing
from conversations.engine.state import State, Talk, text_as_plain, text_from_plain
from conversations.facts import (
    AlertFact,
    AlertsTold,
    ChildFact,
    Facts,
    InviteFact,
    InvitesBy,
    Lookup,
    PregnancyFact,
    ReportFact,
    ReportsBy,
    ReportsToVerify,
    StaffBelow,
    StaffFact,
    WomanById,
    WomanFact,
    WomenNamed,
    WomenWithId,
    WomenWithPhone,
)
from conversations.flows import FLOWS
from conversations.message import ChannelTraits, Message, Speaker, Village
from conversations.text import NearDay, T, Text, chinese, shortened
from tests.support.golden import SIGNATURE, TAIL

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
SMS = ChannelTraits("sms", trust="low", buttons=False)
VILLAGES = (Village("v1", "杨梅坑村"), Village("v2", "石桥村"))


def woman(number: int) -> WomanFact:
    child = ChildFact(f"c{number}", "刘小宝", "female", date(2026, 9, number))
    return WomanFact(
        id=f"w{number}",
        version=1,
        name="王小芳",
        age=27 + number,
        phone=f"1380000123{number}",
        village_id="v1",
        village_name="杨梅坑村",
        pregnancies=(PregnancyFact(f"p{number}", lmp=date(2026, 2, 10 + number)),),
        children=(child,),
    )


def report(number: int) -> ReportFact:
    body = {"woman_name": "王小芳", "village": "杨梅坑村"}
    return ReportFact(
        f"r{number}",
        1,
        "pregnancy",
        f"w{number}",
        f"p{number}",
        "v1",
        None,
        NOW,
        NOW,
        body,
        woman=woman(number),
    )


def sample(lookup: Lookup) -> tuple[Any, ...]:
    """Two of whatever is asked for, so that there is something to choose from."""
    match lookup:
        case WomenNamed() | WomenWithId() | WomenWithPhone():
            return (woman(1), woman(2))
        case WomanById():
            return (woman(1),)
        case ReportsBy():
            return (report(1), report(2))
        case ReportsToVerify():
            return (report(1), report(2))
        case InvitesBy():
            return tuple(
                InviteFact(
                    f"i{n}",
                    "coordinator",
                    "v1",
                    "杨梅坑村",
                    "19900000101",
                    "c1",
                    "claimed",
                    NOW,
                    "c9",
                    "周小凤",
                )
                for n in (1, 2)
            )
        case StaffBelow():
            return tuple(
                StaffFact(f"s{n}", "c2", "邓小莲", "19900000011", "coordinator", "v1", "杨梅坑村", "active")
                for n in (1, 2)
            )
        case AlertsTold():
            caller = {"name": "王小芳", "phone": "19900000101", "role": "woman"}
            details = {
                "signs": [],
                "said_at": NOW.isoformat(),
                "words": ["怀孕能吃螃蟹吗"],
                "reporter": caller,
                "women": [caller],
                "places": ["v1"],
            }
            return (AlertFact("a1", "question", 1, "古陂镇杨梅坑村", NOW, details),)
    return ()


class Samples(Mapping[Lookup, tuple[Any, ...]]):
    """Answers to any lookup."""

    def __getitem__(self, lookup: Lookup) -> tuple[Any, ...]:
        return sample(lookup)

    def __iter__(self) -> Iterator[Lookup]:
        return iter(())

    def __len__(self) -> int:
        return 0


ANSWERS: dict[str, Any] = {
    "woman_name": "王小芳",
    "mother_name": "王小芳",
    "village": "杨梅坑村",
    "village_id": "v1",
    "woman_id": "w1",
    "invite_id": "i1",
    "decision": "yes",
    "role": "coordinator",
    "report_id": "r1",
    "staff_id": "s1",
    "meanings": ["pregnancy_loss", "child_death", "maternal_death"],
    "told": {},
    "date": "2026-11-21",
    "go": ["a1"],
}
"""What is told before, as far as a question needs it; a new flow adds what its own questions ask for."""


def asked_by(flow: Flow) -> Speaker:
    role = "coordinator" if "coordinator" in flow.roles else sorted(flow.roles)[0]
    return Speaker(
        "c1",
        role=role,  # type: ignore[arg-type]
        standing="active",
        staff_id="s1",
        place_id="v1",
        villages=VILLAGES,
        townships=(Village("t1", "古陂镇"), Village("t2", "大塘埠镇坪石")),
    )


def steps_of(flow: Flow) -> Iterator[Step]:
    for step in flow.steps:
        if isinstance(step, Repeat):
            talk = Talk("t", flow.name, 1, NOW.isoformat())
            two = Repeat(step.prefix, lambda talk: 2, step.steps)
            yield from two.expand(talk)
            yield from Repeat(step.prefix, lambda talk: 1, step.steps).expand(talk)
        elif not isinstance(step, ReadBack):
            yield step


def spoken(text: Any) -> str:
    """The words as they go out."""
    return f"{SIGNATURE}{render(shortened(text, TODAY))}{TAIL}"


def question(flow: Flow, step: Step) -> str:
    """The question as the engine asks it, the flow's opening before it."""
    message = Message("m", SMS, asked_by(flow), NOW, NOW, text="")
    talk = Talk("t", flow.name, flow.version, NOW.isoformat(), answers=dict(ANSWERS))
    heard = Heard(State(talk), remarks=[flow.opening] if flow.opening else [])
    playing = Playing(heard, Context(message, NOW, Facts(Samples())))
    playing.ask(talk, flow, step)
    return spoken(playing.replies[-1].text)


QUOTING = {("answer", "words"), ("verify", "decision")}
"""Questions about what somebody else has said or reported, which is read out."""

STEPS = [(flow, step) for flow in FLOWS.values() for step in steps_of(flow)]


@pytest.mark.parametrize(("flow", "step"), STEPS, ids=lambda one: getattr(one, "name", None) or one.id)
def test_a_question_is_one_part(flow: Flow, step: Step) -> None:
    asked = question(flow, step)
    most = 2 if callable(step.choices) or (flow.name, step.id) in QUOTING else 1
    assert sms_length(asked).parts <= most, f"{sms_length(asked).units} characters:\n{asked}"


def test_the_hint_comes_where_it_fits() -> None:
    hint = render(shortened(HINT, TODAY))
    hinted = [hint in question(flow, step) for flow, step in STEPS if flow.event and not step.required]
    assert any(hinted)
    assert not all(hinted)


def test_a_long_list_is_cut_to_two_parts_and_says_so() -> None:
    flow = FLOWS["invite"]
    step = next(step for step in steps_of(flow) if step.id == "place_id")
    many = tuple(Village(f"t{n}", f"大塘埠镇第{n}村") for n in range(40))
    message = Message("m", SMS, Speaker("c1", role="township", villages=many, place_id="t"), NOW, NOW)
    talk = Talk("t", flow.name, 1, NOW.isoformat(), answers={"role": "coordinator"})
    playing = Playing(Heard(State(talk)), Context(message, NOW))
    playing.ask(talk, flow, step)
    said = spoken(playing.replies[-1].text)
    assert sms_length(said).parts == 2
    assert "没列出来" in said
    assert len(talk.offered) == 40


# ── the shorter words ───────────────────────────────────────────────────────────────────────────────────


def test_shorter_words_have_the_same_values_and_translations() -> None:
    text = T("早上好，{name}，今天是{date}。", sms=T("{name}早，{date}。"), name="李梅", date=TODAY)
    assert render(text) == "早上好，李梅，今天是2026年11月22日。"
    assert render(shortened(text, TODAY)) == "李梅早，11月22日。"
    assert render(shortened(T("{one}！", one=text), TODAY)) == "李梅早，11月22日。！"
    assert shortened(shortened(text, TODAY), TODAY) == shortened(text, TODAY)


def test_they_survive_a_session() -> None:
    text = T("生下来没有气（死产）", sms=T("死产"))
    assert text_from_plain(text_as_plain(text)) == text


@pytest.mark.parametrize(
    ("day", "said"), [(date(2026, 2, 10), NearDay), (date(2027, 6, 10), NearDay), (date(2025, 12, 1), date)]
)
def test_only_near_days_go_without_their_year(day: date, said: type) -> None:
    short = shortened(T("{day}", day=day), TODAY)
    assert isinstance(short, Text)
    assert type(short.values["day"]) is said


# ── names of the roster ─────────────────────────────────────────────────────────────────────────────────

LISTS = (ReportsBy, ReportsToVerify, InvitesBy, StaffBelow)
NAMES = ("王小芳", "刘小宝", "周小凤", "邓小莲")


@pytest.mark.parametrize("flow", FLOWS.values(), ids=lambda flow: flow.name)
def test_what_shows_people_of_the_roster_says_so(flow: Flow) -> None:
    """So that by SMS her PIN is asked for first (engine/trust.py)."""
    speaker = asked_by(flow)
    talk = Talk("t", flow.name, flow.version, NOW.isoformat(), answers=dict(ANSWERS))
    if any(isinstance(one, LISTS) for one in flow.lookups(talk, speaker)):
        assert flow.shows_roster, f"{flow.name}: shows_roster=True"
    context = Context(Message("m", SMS, speaker, NOW, NOW), NOW, Facts(Samples()))
    for step in steps_of(flow):
        shown = "".join(chinese(choice.label) for choice in step.offers(talk, context))
        if any(name in shown for name in NAMES):
            assert flow.shows_roster or step.reveals(talk, context), f"{flow.name}: shows_roster at {step.id}"
