"""What an English message offers or names can be typed as it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from conversations.engine import words
from conversations.engine.english import in_english
from conversations.engine.filling import pick
from conversations.engine.flow import Choice, Context, Repeat, Step
from conversations.engine.state import Talk, text_as_plain
from conversations.flows import FLOWS
from conversations.flows.registry import flow_for_words
from conversations.message import ChannelTraits, Message, Role, Speaker

with Path("locales/en/LC_MESSAGES/yunguan.po").open("rb") as _file:
    CATALOGUE = {message.id: str(message.string) for message in read_po(_file) if message.id}


def steps() -> Iterator[Step]:
    for flow in FLOWS.values():
        for one in flow.steps:
            if isinstance(one, Repeat):
                yield from one.steps
            elif isinstance(one, Step):
                yield one


NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)

OFFERED = {
    choice.label.id: choice for step in steps() if not callable(step.choices) for choice in step.choices
}


SHORTER = [choice.label.sms.id for choice in OFFERED.values() if choice.label.sms is not None]
"""Labels as SMS has them."""


@pytest.mark.parametrize("label", [*OFFERED, *SHORTER])
def test_a_choice_may_be_typed_as_its_english_label(label: str) -> None:
    assert in_english(label, CATALOGUE[label])


@pytest.mark.parametrize(
    ("text", "role", "flow"),
    [
        ("my reports", "coordinator", "my_reports"),
        ("My reports", "township", "my_reports"),
        ("staff code", "county", "invite"),
        ("confirm joining", "township", "confirm_joiner"),
        ("close access", "county", "revoke"),
    ],
)
def test_flows_start_by_their_english_names(text: str, role: Role, flow: str) -> None:
    speaker = Speaker("c", role=role, standing="active", staff_id="s")
    found = flow_for_words(
        text, Context(Message("m", ChannelTraits("chat"), speaker, NOW, NOW, text=text), NOW)
    )
    assert found is not None
    assert found.name == flow


def test_an_english_label_is_picked() -> None:
    choices = [Choice("local", OFFERED["本地人"].label), Choice("out", OFFERED["外地来的"].label)]
    talk = Talk("t", "pregnancy", 1, "2026-11-22T00:00:00+00:00", step="migrant")
    talk.offered = [[one.value, text_as_plain(one.label)] for one in choices]
    assert pick(talk, "Local", None) == (True, "local")
    assert pick(talk, "from elsewhere.", None) == (True, "out")
    talk.offered = [["died", text_as_plain(OFFERED["生下来活着，后来没了"].label)]]
    assert pick(talk, "Born alive, died later", None) == (True, "died")
    assert not pick(talk, "elsewhere or not", None)[0]


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("不是9月3号，是8月3号", "9月3号", "8月3号"),
        ("not 3 September, 3 August", "3 September", "3 August"),
        ("Not a girl but a boy", "a girl", "a boy"),
    ],
)
def test_corrections(text: str, old: str, new: str) -> None:
    match = words.NOT_BUT.fullmatch(text.replace("，", ","))
    assert match is not None
    assert (match["old"], match["new"]) == (old, new)


@pytest.mark.parametrize("text", ["not yet, tomorrow", "not sure, ask later", "nothing, really"])
def test_what_corrects_nothing(text: str) -> None:
    assert words.NOT_BUT.fullmatch(text) is None
