"""What a channel may carry is the programme's word; what the channel or the configuration says besides is stricter only."""

from __future__ import annotations

import pytest

from conversations.care import programme as programme_module
from conversations.care.masking import as_ruled
from conversations.care.programme import PROGRAMMES, load
from conversations.message import ChannelTraits

TELEGRAM = ChannelTraits("telegram", documents=True)
OPEN = """
title = "某县"
inherits = "national"
[document]
AB = "某县方案"
[masking.telegram]
people = false
diagnoses = {diagnoses}
files = false
infection = false
source = "AB 五"
"""


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> str:
    texts = {"open-county": OPEN.format(diagnoses="false"), "open-people": OPEN.format(diagnoses="true")}
    for name, made in load(texts, dict(PROGRAMMES)).items():
        monkeypatch.setitem(programme_module._programmes, name, made)
    return "open-county"


@pytest.mark.parametrize(
    "name", ["national", "xinfeng", "gaoping", "rencheng", "kaifeng", "yuzhong", "nobody"]
)
def test_every_programme_of_ours_masks_telegram(name: str) -> None:
    """Whatever the channel says of itself."""
    traits = as_ruled(TELEGRAM, name)
    assert traits.masked
    assert not traits.documents
    assert not traits.names_diagnoses
    assert not traits.infection


def test_a_county_says_otherwise_in_its_own_file(own: str) -> None:
    traits = as_ruled(TELEGRAM, own)
    assert not traits.masked
    assert traits.documents
    assert traits.names_diagnoses


def test_people_may_be_named_and_diagnoses_not(own: str) -> None:
    traits = as_ruled(TELEGRAM, "open-people")
    assert not traits.masked
    assert not traits.names_diagnoses


def test_a_configuration_may_be_stricter(own: str) -> None:
    assert as_ruled(ChannelTraits("telegram", masked=True), own).masked


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
def test_a_channel_nobody_wrote_of_carries_nothing(name: str) -> None:
    traits = as_ruled(ChannelTraits("wechat", documents=True), name)
    assert traits.masked
    assert not traits.documents
    assert not traits.infection


@pytest.mark.parametrize("name", sorted(PROGRAMMES))
def test_no_sms_names_a_diagnosis(name: str) -> None:
    assert not as_ruled(ChannelTraits("sms", trust="low", buttons=False), name).names_diagnoses
