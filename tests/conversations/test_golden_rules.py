"""What holds over all golden conversations: each flow is shown whole, deaths are told with care, masks hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from conversations.flows import FLOWS
from conversations.records import EVENTS, FIELDS
from tests.support.golden import TRAITS, Golden, goldens

ALL = goldens()

TO_BE_SHOWN = {
    name
    for name, flow in FLOWS.items()
    if flow.event or flow.reading or len(flow.steps) > 1 or name in ("correct", "my_reports")
}
"""Flows that can be answered wrongly, gone back in, corrected and interrupted: all but a single question."""

OFFERED = [label.id for field in FIELDS.values() for _, label in field.values]

NUMBER = re.compile(r"(?<!\d)(?:1\d{10}|\d{17}[\dX])(?!\d)")


def heard(golden: Golden) -> Iterator[str]:
    """Every line somebody hears, buttons too."""
    said = tuple(f"{name}<" for name in ("", *(key.removeprefix("as ") for key in golden.head)))
    for line in golden.steps:
        if line.startswith(said) or (line.startswith("#") and not line.startswith("##")):
            yield line


def bodies(golden: Golden) -> Iterator[dict[str, object]]:
    for line in golden.steps:
        if line.startswith("= ") and "{" in line:
            yield json.loads(line[line.index("{") :])


def test_there_are_enough() -> None:
    assert len(ALL) >= 60


@pytest.mark.parametrize("flow", sorted(TO_BE_SHOWN))
def test_each_flow_is_shown_refusing_going_back_correcting_and_restarted(flow: str) -> None:
    mine = [golden for golden in ALL if golden.flow == flow]
    assert mine, f"no golden conversation shows {flow}"
    # where nothing is read back there is nothing to correct: the last answer is the deed
    tags = ("refused", "back", *(("corrected",) if FLOWS[flow].reading else ()))
    for tag in tags:
        assert any(golden.shows(tag) for golden in mine), f"{flow}: nothing is {tag}"
    assert any(golden.restarted_in_the_middle for golden in mine), f"{flow}: never restarted in the middle"


@pytest.mark.parametrize("flow", sorted(FLOWS))
def test_each_flow_has_an_example(flow: str) -> None:
    assert any(golden.flow == flow for golden in ALL)


CHEERFUL = (
    "恭喜",
    "祝贺",
    "太好了",
    "开心",
    "高兴",
    "喜讯",
    "喜得",
    "棒",
    "加油",
    "哈",
    "🎉",
    "😊",
    "~",
    "congratulat",
)


@pytest.mark.parametrize(
    "golden",
    [one for one in ALL if one.flow in EVENTS and EVENTS[one.flow].solemn],
    ids=lambda golden: golden.name,
)
def test_what_is_sad_is_told_with_care(golden: Golden) -> None:
    for line in heard(golden):
        assert "！" not in line
        assert "!" not in line
        assert not any(word in line.lower() for word in CHEERFUL), line


def test_nobody_is_shouted_at() -> None:
    assert not [line for golden in ALL if golden.flow != "alert" for line in heard(golden) if "！" in line]


@pytest.mark.parametrize(
    "golden", [one for one in ALL if TRAITS[one.channel].masked], ids=lambda golden: golden.name
)
def test_a_masked_channel_shows_no_name_number_or_diagnosis(golden: Golden) -> None:
    secret: set[str] = set()
    for body in bodies(golden):
        children = body.get("children", [])
        assert isinstance(children, list)
        for said in (body, *children):
            for name, value in said.items():
                field = FIELDS.get(name)
                if field is not None and field.secrecy != "open" and value != "none":
                    secret.add(str(value))
                    secret.update(label.id for known, label in field.values if known == value)
    for line in heard(golden):
        if "比如" in line or "孕管办电话" in line:
            continue  # an example; an office
        for choice in OFFERED:  # to anybody
            line = line.replace(f"[{choice}]", "")
        assert not NUMBER.search(line), line
        assert not any(word in line for word in secret), line


def test_the_masked_channel_is_shown_for_every_report() -> None:
    shown = {golden.flow for golden in ALL if TRAITS[golden.channel].masked}
    assert set(EVENTS) <= shown
