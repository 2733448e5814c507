"""Where a sender can be forged, or a phone lie about: tries of codes, and the PIN before names of the roster.

design.md, Trust. A PIN is never kept: not in the session, not with the message (`kept_words`), only as a keyed hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from conversations.engine.flow import Context, Flow, Step
from conversations.engine.heard import UNLOCKING
from conversations.engine.state import State, Talk
from conversations.facts import AttemptsToday, Lookup, PinFact, PinOf
from conversations.flows import FLOWS
from conversations.flows.who import bound
from conversations.local_time import LOCAL
from conversations.message import CountAttempt, Message
from conversations.records import FIELDS
from conversations.understanding.normalise import normalise
from conversations.understanding.pins import names_pin, pin_in

TRIES_A_DAY = 5
"""Wrong codes of a reading back, and wrong PINs, of one contact in a day. New codes do not make them fewer."""
UNLOCKED = timedelta(minutes=30)  # (u)
"""How long a PIN holds on the channel where it was said."""


def kept_words(session: Mapping[str, Any] | None, text: str) -> str:
    """A message as it may be stored: where it holds a PIN, or may be a wrong try at one, without its digits."""
    talk = (session or {}).get("talk") or {}
    step, flow = talk.get("step"), FLOWS.get(talk.get("flow", ""))
    asked = step == UNLOCKING or (flow is not None and step in flow.secrets)
    plain = normalise(text)
    if asked or pin_in(plain) is not None or names_pin(plain):
        return "".join("·" if one.isdigit() else one for one in text)
    return text


def trust_lookups(message: Message, talk: Talk | None, now: datetime) -> tuple[Lookup, ...]:
    """What must be known of codes and the PIN before anything is done for a colleague whose number may be forged."""
    speaker = message.speaker
    if message.channel.trust != "low" or speaker.staff_id is None:
        return ()
    day = now.astimezone(LOCAL).date()
    return (
        AttemptsToday(speaker.contact_id, "code", day),
        AttemptsToday(speaker.contact_id, "pin", day),
        PinOf(speaker.staff_id, talk.secret if talk is not None and talk.step == UNLOCKING else ""),
    )


class Trust:
    """How far the sender of one message is trusted, and what becomes of her codes and PIN."""

    def __init__(self, state: State, context: Context, wrong_codes: int) -> None:
        """`wrong_codes`: those in this very message."""
        self._state = state
        self._context = context
        self._wrong_codes = wrong_codes
        self._wrong_pins = 0
        speaker, channel = context.speaker, context.message.channel
        self.low = channel.trust == "low" and speaker.staff_id is not None

    # ── codes of readings back ──────────────────────────────────────────────────────────────────────────

    @property
    def codes_spent(self) -> bool:
        """Whether nothing that needs a code is filed from here today."""
        return self.low and self._tried("code") + self._wrong_codes >= TRIES_A_DAY

    def _tried(self, purpose: str) -> int:
        context = self._context
        day = context.now.astimezone(LOCAL).date()
        (tried,) = context.facts[AttemptsToday(context.speaker.contact_id, purpose, day)]
        return int(tried)

    # ── the PIN ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def locked(self) -> bool:
        """Whether names of the roster may not be shown here before a PIN is said."""
        if not self.low:
            return False
        since = self._state.unlocked.get(self._context.message.channel.name)
        return since is None or self._context.now - datetime.fromisoformat(since) > UNLOCKED

    @property
    def tries_left(self) -> int:
        """Tries of the PIN that are left today."""
        return max(0, TRIES_A_DAY - self._tried("pin") - self._wrong_pins)

    @property
    def pin(self) -> PinFact:
        """What is known of her PIN, and whether it is what she said."""
        context = self._context
        for lookup, found in context.facts.answers.items():
            if isinstance(lookup, PinOf):
                return found[0]  # type: ignore[no-any-return]
        raise KeyError("PinOf")

    @property
    def can_unlock(self) -> bool:
        """Whether asking for her PIN leads anywhere: she has one, and tries are left today."""
        return self.pin.is_set and self.tries_left > 0

    def unlock(self, talk: Talk) -> CountAttempt | None:
        """Take the PIN said in this message, if one was: the channel is open for a while, or a try is counted."""
        said, talk.secret = talk.secret, ""
        if not said or not self.low or not self.tries_left or not self.pin.is_set:
            return None
        if self.pin.right:
            self._state.unlocked[self._context.message.channel.name] = self._context.now.isoformat()
            return None
        self._wrong_pins = 1
        return CountAttempt("pin")

    def hides(self, talk: Talk, flow: Flow, step: Step | None) -> bool:
        """Whether what comes next (`step`, None: the end) shows what she may see only once her PIN is said."""
        if not self.locked:
            return False
        if flow.reveals(talk) or talk.amends is not None:
            return True
        if step is not None:
            return step.reveals(talk, self._context)
        return flow.reading is not None and _names_untold(talk, flow, self._context)


def _names_untold(talk: Talk, flow: Flow, context: Context) -> bool:
    """Whether a reading back names somebody whom she did not name herself: known by an ID number, or a child."""
    woman = bound(talk, context)
    if woman is not None and woman.name != talk.answers.get(flow.subject):
        return True
    return any(name in FIELDS and FIELDS[name].secrecy == "name" for name in talk.drawn)
