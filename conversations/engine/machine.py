"""The machine that plays flows. Pure: the same session, message, facts and time give the same turn.

`hear` takes a message into the session as far as words alone go; `needs` asks what else must be known for it;
`advance` hears, settles what the facts decide, and says the next thing. The parts: `hearing`, `answering` (the
errand in hand), `errands` (which one), `filling` (answers into one), `playing` (settle, ask, file).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from conversations.engine.flow import Context
from conversations.engine.hearing import hear
from conversations.engine.playing import Playing
from conversations.engine.shown import bound_before, looks
from conversations.engine.state import State
from conversations.engine.trust import trust_lookups
from conversations.engine.unfinished import Begun, begun, first_due, look
from conversations.facts import Facts, Lookup
from conversations.flows import FLOWS
from conversations.message import Looked, Message, Reply, Turn
from conversations.text import T


class Listening:
    """A message taken in as far as words alone go: `needs` says what else must be known, `advance` goes on once
    it is. Both steps of a turn with the hearing done once; it can be advanced once."""

    def __init__(
        self, session: Mapping[str, Any] | None, message: Message, now: datetime, *, given: bool = False
    ) -> None:
        """`given`: nobody needs the session as it was any more."""
        self._bound = bound_before(session)
        self._heard = hear(State.load(session, given=given), message, now)
        self._message = message
        self._now = now

    @property
    def needs(self) -> frozenset[Lookup]:
        """What must be known to answer this message."""
        heard = self._heard
        talks = [*heard.state.waiting, *(t for t in (heard.state.talk, heard.quick) if t is not None)]
        asked = {
            lookup
            for talk in talks
            if (flow := FLOWS.get(talk.flow)) is not None
            for lookup in flow.lookups(talk, self._message.speaker)
        }
        return frozenset(asked.union(trust_lookups(self._message, heard.state.talk, self._now)))

    def advance(self, facts: Facts) -> Turn:
        """The next turn: new session, replies, filed reports and effects, all to be committed together."""
        hand = self._heard.quick or self._heard.state.talk or next(iter(self._heard.state.waiting), None)
        turn = Playing(self._heard, Context(self._message, self._now, facts)).play()
        told = [effect for effect in turn.effects if isinstance(effect, Looked)]
        why = f"flow.{hand.flow}" if hand is not None else "answer"
        seen = looks(self._message.speaker, facts, turn.replies, told, self._bound, why)
        return replace(turn, effects=(*turn.effects, *seen)) if seen else turn


def needs(session: Mapping[str, Any] | None, message: Message, now: datetime) -> frozenset[Lookup]:
    """What must be known to answer this message."""
    return Listening(session, message, now).needs


def advance(session: Mapping[str, Any] | None, message: Message, facts: Facts, now: datetime) -> Turn:
    """The next turn, from the session as it was before the message."""
    return Listening(session, message, now).advance(facts)


def nudge(session: Mapping[str, Any], now: datetime) -> tuple[Turn, tuple[Begun, ...]]:
    """What lies unfinished and its time has come: remind of it, keep it whatever happens; and what others are to be told of
    (engine/unfinished.py)."""
    state = State.load(session)
    asked, told = look(state, now)
    replies: tuple[Reply, ...] = ()
    if asked:
        flow = FLOWS[asked[0].flow]
        text = T(
            "“{title}”还没报完，您说过的我都记着。方便的时候接着回上一个问题就行；不报了回“取消”。",
            title=flow.title if flow.event else T("上报"),
        )
        replies = (Reply(text),)
    after = Turn(session=state.dump(), replies=replies, check_at=first_due(state))
    ids = {talk.id for talk in told}
    return after, tuple(one for one in begun(after.session) if one.id in ids)
