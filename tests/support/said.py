"""What may stand in a message, by who reads it and on which channel: every message of every golden conversation is held
against it (tests/support/golden.py), whoever wrote the flow."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from conversations.care.unsaid import INFECTION
from conversations.message import ChannelTraits
from conversations.records import mask_name

TELLING = re.compile(
    r"橙|紫|红(?:色|标|牌|码|级|区)|\b(?:orange|purple)\b|\bred (?:grade|flag|label)", re.IGNORECASE
)
"""Words for the colours that are one label to the village: 重点随访 (requirements.md §4)."""
NUMBER = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx])(?!\d)")
EXAMPLE = re.compile(
    r"^· .*|比如.*|for example.*|such as.*|孕管办电话.*|call .*", re.IGNORECASE | re.MULTILINE
)
"""What is shown to everybody: examples, the office's own number."""
READ_BY_ALL = frozenset({"coordinator", "woman", "unknown"})


def wrong(
    text: str,
    role: str,
    channel: ChannelTraits,
    names: Collection[str] = (),
    foreign: Collection[str] = (),
    own: str | None = None,
) -> Iterator[str]:
    """What stands in this message and must not. `names`: of women reported so far; `foreign`: of those this reader may
    not know of; `own`: the message without what is handed on as somebody wrote it, whose colour is that writer's word."""
    said = EXAMPLE.sub("", text)
    open_to_others = channel.trust == "low" or channel.masked
    if open_to_others or role in READ_BY_ALL:
        if found := INFECTION.search(said):
            yield f"{role} on {channel.name} reads of an infection: {found[0]}"
        if found := TELLING.search(said if own is None or open_to_others else own):
            yield f"{role} on {channel.name} reads a colour: {found[0]}"
    if channel.masked:
        if found := NUMBER.search(said):
            yield f"{role} on {channel.name} reads a number: {found[0]}"
        yield from (f"{role} on {channel.name} reads the name {one}" for one in names if one in said)
    for one in foreign:
        if one in said or (len(one) > 2 and mask_name(one) in said):
            yield f"{role} reads of {one}, who is not hers"
