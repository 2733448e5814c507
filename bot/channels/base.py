"""What every channel offers, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from conversations.message import ChannelTraits, Kind


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message as a channel received it, nothing decided yet.

    `provider_id` is unique within `channel` (Telegram: the update id) and makes repeats harmless;
    `message_id` is the provider's name of the message itself, for taking it back later. `sent_at` is the
    provider's time. `button` is the data of a pressed button, as signed by us. `phone` is proven by the
    channel to be the sender's own. `locale` is the language the sender's client speaks, if told.
    """

    channel: str
    address: str
    provider_id: str
    sent_at: datetime
    received_at: datetime
    kind: Kind = "text"
    text: str = ""
    button: str = ""
    phone: str = ""
    message_id: str = ""
    locale: str = ""


class Said(str):
    """A text as it is said to somebody, with the words that were `filled` into it (names, places, numbers): who
    must shorten it cuts none of them apart."""

    filled: tuple[str, ...]

    def __new__(cls, text: str, filled: Iterable[str] = ()) -> Said:
        said = super().__new__(cls, text)
        said.filled = tuple(filled)
        return said


@dataclass(frozen=True, slots=True)
class Document:
    """A file that goes with a letter. `name`: what it is called on her side; it says nothing of anybody."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it goes out: words in the reader's language, buttons as rows of (label, data). The words may
    be `Said`.

    `id` is the outbox id, handed on where the provider lets us. `forget` names messages to take off the
    channel instead of (or besides) saying anything. `ask_phone` is the label of a button that shares her own
    number. `document` goes with it where the channel's traits allow: it is fetched when the letter leaves and never
    stored with it.
    """

    id: str
    text: str
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()
    ask_phone: str = ""
    forget: tuple[str, ...] = field(default=())
    document: Document | None = None

    @property
    def filled(self) -> tuple[str, ...]:
        """What was filled into the words, as far as it is known."""
        return self.text.filled if isinstance(self.text, Said) else ()

    def as_payload(self) -> dict[str, Any]:
        """The letter without its id, JSON-plain: what the outbox stores, encrypted."""
        return {
            "text": str(self.text),
            "filled": list(self.filled),
            "buttons": [[list(button) for button in row] for row in self.buttons],
            "ask_phone": self.ask_phone,
            "forget": list(self.forget),
        }

    @classmethod
    def from_payload(
        cls, letter_id: str, payload: dict[str, Any], document: Document | None = None
    ) -> Letter:
        return cls(
            id=letter_id,
            text=Said(payload["text"], payload.get("filled", ())),
            buttons=tuple(tuple((label, data) for label, data in row) for row in payload["buttons"]),
            ask_phone=payload["ask_phone"],
            forget=tuple(payload["forget"]),
            document=document,
        )


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it. `message_id` is its name for it.

    Where a channel has several ways out, `gateway` names the one that took it; `parts` is what it costs.
    """

    message_id: str = ""
    gateway: str = ""
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Offered(Accepted):
    """It lies ready in the outbox for `gateway`, which comes for it and will report on it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will never take it (`reason` without personal data). `blocked`: she blocked the bot."""

    reason: str
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: again after `after` (None: by the outbox's own backoff).

    `doubt` True when the provider may have taken it (the answer was lost), False when it surely did not.
    `gateway`, `parts`: as in `Accepted`, of what may have gone out.
    """

    reason: str
    after: timedelta | None = None
    doubt: bool = False
    gateway: str = ""
    parts: int = 0


Outcome = Accepted | Refused | Later


class Channel(Protocol):
    """A way out. `send` never raises for what a provider does; it says what became of the letter."""

    @property
    def traits(self) -> ChannelTraits: ...

    async def send(self, address: str, letter: Letter) -> Outcome: ...
