"""Every item of the county's postnatal screening list (KF 附件1 三) can be said in the village, and is filed as that item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from conversations.care.programme import PROGRAMMES, BadProgramme, load
from conversations.engine.flow import Context
from conversations.engine.state import Talk
from conversations.flows import FLOWS, screening
from conversations.message import ChannelTraits, Message, Role, Speaker, Village
from conversations.records import EVENTS, assemble
from conversations.text import ROOM_OF_TWO, chinese, shortened
from tests.support.clock import FakeClock

KAIFENG = PROGRAMMES["kaifeng"]
ITEMS = {name: one for name, one in KAIFENG.factor.items() if one.stage == "postnatal"}
COMMON = [name for name, one in ITEMS.items() if "coordinator" in one.asked_of]
APART = [name for name in ITEMS if name not in COMMON]
CHAT, SMS = ChannelTraits("chat"), ChannelTraits("sms", trust="low", buttons=False)


def context(text: str = "", role: Role = "coordinator", channel: ChannelTraits = CHAT) -> Context:
    now = FakeClock()()
    speaker = Speaker(
        "c1",
        role,
        "active",
        staff_id="s1",
        place_id="v",
        villages=(Village("v", "杨梅坑村"),),
        programme="kaifeng",
    )
    return Context(Message("m1", channel, speaker, now, now, text=text), now)


def talk() -> Talk:
    one = Talk("t", "postnatal_visit", 1, "2026-11-22T10:00:00+08:00", programme="kaifeng")
    one.answers = {"woman_name": "李梅", "village": "杨梅坑村", "date": "2026-11-20"}
    screening.settle(one, context())
    return one


def choose(one: Talk, step: str, value: Any) -> None:
    """A choice that is offered there is taken."""
    choices = {"group": screening.group_choices, "item": screening.item_choices}[step](one, context())
    assert value in [choice.value for choice in choices]
    one.answers |= dict(value) if isinstance(value, dict) else {step: value}
    screening.settle(one, context())


def said(one: Talk, step: str, words: str, offered: Sequence[str] = ()) -> None:
    """Words at that step."""
    one.step, one.offered = step, [[value, ""] for value in offered]
    one.answers |= screening.hear({step: words}, one, context(words))
    screening.settle(one, context())


def filed(one: Talk) -> dict[str, Any]:
    return dict(assemble(one.answers, "postnatal_visit"))


def group_of(item: str) -> str:
    (found,) = [name for name, group in KAIFENG.screening.items() if item in group.items]
    return found


@pytest.mark.parametrize("item", COMMON)
def test_each_item_of_the_list_is_reached_by_choosing_and_filed(item: str) -> None:
    assert (KAIFENG.source(f"factor.{item}.what") or "").startswith("KF 附件1 ")
    one = talk()
    choose(one, "group", group_of(item))
    choose(one, "item", item)
    choose(one, "item", screening.NONE)
    choose(one, "group", {"screening": "positive"})
    told = filed(one)
    assert told["screening"] == "positive"
    assert [found["item"] for found in told["screening_items"]] == [item]


@pytest.mark.parametrize("item", COMMON)
def test_each_item_is_recognised_in_its_own_words(item: str) -> None:
    one = talk()
    words = KAIFENG.screening[group_of(item)].items[item]
    said(one, "group", words)
    found = [told["item"] for told in filed(one)["screening_items"]]
    assert item in found or words in str(one.answers.get("finding"))


def test_nothing_of_the_list_is_lost() -> None:
    asked = [item for group in KAIFENG.screening.values() for item in group.items]
    assert sorted(asked) == sorted(ITEMS)
    assert len(ITEMS) == 44


@pytest.mark.parametrize("role", ["coordinator", "township"])
def test_what_would_tell_an_infection_is_asked_of_nobody_in_the_village(role: Role) -> None:
    shown = {item for group in screening.groups(context(role=role)).values() for item in group.items}
    assert not shown & set(APART)
    assert screening.asked_apart(context(role=role)) == {}


def test_what_would_tell_an_infection_is_asked_of_the_county_apart() -> None:
    assert set(screening.asked_apart(context(role="county"))) == set(APART)
    shown = {item for group in screening.groups(context(role="county")).values() for item in group.items}
    assert not shown & set(APART)


def test_none_of_it_is_one_word() -> None:
    one = talk()
    choose(one, "group", {"screening": "negative"})
    assert filed(one)["screening"] == "negative"
    assert "screening_items" not in filed(one)


def test_several_groups_and_several_items_by_number() -> None:
    one = talk()
    said(one, "group", "1 3", ["body", "chest", "head"])
    assert one.answers["group"] == "body"
    said(one, "item", "2、3", ["after_fever", "after_lochia", "after_wound"])
    choose(one, "item", screening.NONE)
    assert one.answers["group"] == "head"
    choose(one, "item", screening.NONE)
    choose(one, "group", {"screening": "positive"})
    assert [told["item"] for told in filed(one)["screening_items"]] == ["after_lochia", "after_wound"]


def test_what_she_denies_is_not_found_and_what_is_on_no_list_is_kept_as_said() -> None:
    one = talk()
    said(one, "group", "没有发热，恶露不正常，乳头裂了")
    told = filed(one)
    assert [found["item"] for found in told["screening_items"]] == ["after_lochia"]
    assert told["finding"] == "乳头裂了"


def test_every_question_fits_two_parts_of_an_sms() -> None:
    one = talk()
    here = context(channel=SMS)
    question = chinese(shortened(screening.ask_group(one, here), here.today))
    listed = [f"{number} {group.title}" for number, group in enumerate(screening.groups(here).values(), 1)]
    assert len("\n".join([question, *listed, "6 都没有"])) <= ROOM_OF_TWO
    assert all(len(words) <= 24 for group in KAIFENG.screening.values() for words in group.items.values())


def test_a_county_without_a_list_asks_one_question() -> None:
    one = Talk("t", "postnatal_visit", 1, "2026-11-22T10:00:00+08:00", programme="xinfeng")
    speaker = Speaker("c1", "coordinator", "active", programme="xinfeng")
    here = Context(Message("m1", CHAT, speaker, FakeClock()(), FakeClock()()), FakeClock()())
    screening.settle(one, here)
    steps = [step.id for step in FLOWS["postnatal_visit"].walk(one)]
    assert "screening" in steps
    assert "group" not in steps


def test_the_body_is_what_the_schema_says() -> None:
    assert "screening_items" in EVENTS["postnatal_visit"].fields


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (
            '[screening.x]\ntitle = "x"\nunverified = true\n[screening.x.items]\nage_40 = "四十岁"',
            "screening.x.items",
        ),
        (
            '[factor.after_x]\nwhat = "发热"\nstage = "postnatal"\nunverified = true\n'
            '[factor.after_y]\nwhat = "恶露"\nstage = "postnatal"\nunverified = true\n'
            '[screening.x]\ntitle = "x"\nunverified = true\n[screening.x.items]\nafter_x = "发热"',
            "factor.after_y",
        ),
        (
            '[factor.after_x]\nwhat = "发热"\nstage = "postnatal"\nunverified = true\n'
            '[screening.x]\ntitle = "x"\nunverified = true\n[screening.x.items]\nafter_x = "乙肝阳性"',
            "screening.x.items",
        ),
    ],
)
def test_a_list_that_would_lose_or_tell_something_is_refused(text: str, key: str) -> None:
    with pytest.raises(BadProgramme) as refused:
        load({"sixth": f'title = "六"\ninherits = "national"\n{text}'}, PROGRAMMES)
    assert key in str(refused.value)
