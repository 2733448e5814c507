"""Which places a question means, of those its asker may ask about: hers by her office, never by her words."""

from __future__ import annotations

from collections.abc import Iterable

from conversations.asking.answering import bare_place
from conversations.message import Speaker


def place_names(speaker: Speaker) -> tuple[str, ...]:
    """The names of all places the asker may ask about."""
    own = (speaker.place_name,) if speaker.place_name and speaker.role != "institution" else ()
    return (*own, *(one.name for one in (*speaker.townships, *speaker.villages)))


def places_asked(places: Iterable[str], speaker: Speaker) -> tuple[str, ...] | None:
    """The villages and townships named, by id; none where all of hers are meant. None: one of them is not hers, or is no
    place at all, which is not told apart."""
    found: dict[str, None] = {}
    everywhere = False
    for place in places:
        name = bare_place(place)
        if speaker.place_name and name == bare_place(speaker.place_name) and speaker.role != "institution":
            everywhere = True
            continue
        hers = [
            one.id
            for one in (*speaker.townships, *speaker.villages)
            if name == bare_place(one.name) or place.strip() == f"{speaker.place_name}{one.name}"
        ]
        if not hers:
            return None
        found |= dict.fromkeys(hers)
    return () if everywhere else tuple(found)
