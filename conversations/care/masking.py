"""What a channel may carry where a programme rules: the programme's word, and what the channel itself says stricter."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from conversations.care.programme import Programme, programme
from conversations.message import ChannelTraits


def as_ruled(traits: ChannelTraits, name: str) -> ChannelTraits:
    """A channel as the programme of this name lets it be used. Never looser than it says of itself."""
    return _ruled(traits, programme(name))


@lru_cache(256)
def _ruled(traits: ChannelTraits, rules: Programme) -> ChannelTraits:
    rule = rules.masked(traits.name)
    return replace(
        traits,
        masked=traits.masked or rule.people,
        documents=traits.documents and not rule.files,
        diagnoses=traits.diagnoses and not rule.diagnoses,
        infection=traits.infection and not rule.infection,
    )
