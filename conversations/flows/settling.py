"""What colleagues find out about words that came from a woman's phone: which of those that wait one of them settles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from conversations.engine.flow import Context
from conversations.engine.state import Talk
from conversations.facts import AlertFact, AlertsTold, Lookup, UnsettledFact, WordsUnsettled
from conversations.message import Speaker, TakeAlert
from conversations.understanding.normalise import normalise


def lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    """What waits where she works, and what she was told of."""
    return WordsUnsettled(tuple(one.id for one in speaker.villages)), AlertsTold(speaker.contact_id)


def told(kind: str, context: Context) -> list[AlertFact]:
    """The alerts of this kind that she was told of."""
    alerts: tuple[AlertFact, ...] = context.facts[AlertsTold(context.speaker.contact_id)]
    return [one for one in alerts if one.kind == kind]


def meant(
    women: Iterable[UnsettledFact], kind: str, words: re.Pattern[str], talk: Talk, context: Context
) -> Sequence[UnsettledFact]:
    """Those of `women` whose word she settles: that of the button, of the number or of the name (`words` has groups of
    these names); all where she says of none which."""
    pressed, said = talk.answers.get("go"), words.fullmatch(normalise(context.message.text).strip())
    ids: set[str | None] | None = None
    if isinstance(pressed, list) and pressed:
        ids = {one.woman_id for one in told(kind, context) if one.id == pressed[0]}
    elif said is not None and said["number"]:
        ids = {one.woman_id for one in told(kind, context) if one.number == int(said["number"])}
    elif said is not None and said["name"]:
        return [one for one in women if one.name == said["name"]]
    return [one for one in women if ids is None or one.woman_id in ids]


def taken(her: UnsettledFact, kind: str, context: Context) -> tuple[TakeAlert, ...]:
    """Her alerts that nobody else has in hand are hers who settles it."""
    return tuple(
        TakeAlert(one.id, reached=True)
        for one in told(kind, context)
        if one.woman_id == her.woman_id and (one.taken_by is None or one.mine)
    )
