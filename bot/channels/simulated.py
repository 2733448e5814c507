"""Phones that exist only on a page or in a terminal: the channels of the demonstration and of training."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.channels.base import Accepted, Document, Inbound, Letter, Outcome
from conversations.message import ChannelTraits

CHAT = ChannelTraits(name="chat", trust="high", buttons=True, documents=True)
SMS = ChannelTraits(name="sms", trust="low", buttons=False)


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message on a phone's screen. `mine`: the phone's owner wrote it. `gone`: taken off the channel. `document`:
    the name of a file that came with it."""

    id: str
    mine: bool
    text: str
    at: datetime
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()
    ask_phone: str = ""
    gone: bool = False
    document: str = ""

    def label(self, data: str) -> str | None:
        """What stands on the button that carries `data`, if this bubble has it."""
        return next((label for row in self.buttons for label, value in row if value == data), None)


Listener = Callable[[str, Bubble], None]
Keep = Callable[[Letter], Awaitable[None]]


class SimulatedChannel:
    """A channel whose phones are lists of bubbles, kept in memory.

    What a person does comes out as an `Inbound` for the pipeline; what the bot sends comes in by `send`.
    Listeners hear of every bubble that appears or changes, with the address it belongs to. `keep`, if set, is given
    every letter before it is shown.
    """

    keep: Keep | None = None

    def __init__(
        self,
        traits: ChannelTraits,
        clock: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._traits = traits
        self._clock = clock
        self._new_id = new_id
        self._bubbles: defaultdict[str, list[Bubble]] = defaultdict(list)
        self._documents: dict[tuple[str, str], Document] = {}
        self._listeners: list[Listener] = []

    @property
    def traits(self) -> ChannelTraits:
        return self._traits

    def bubbles(self, address: str) -> Sequence[Bubble]:
        """What stands on this phone's screen, oldest first."""
        return tuple(self._bubbles[address])

    def document(self, address: str, bubble_id: str) -> Document | None:
        """The file that came with a message on this phone, while the program runs."""
        return self._documents.get((address, bubble_id))

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(address, bubble)` from now on; the returned function ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def write(self, address: str, text: str) -> Inbound:
        """The owner types `text` and sends it."""
        return self._inbound(address, shown=text, text=text)

    def press(self, address: str, data: str) -> Inbound | None:
        """The owner presses the button that carries `data`; None when no message on this phone has it."""
        for bubble in reversed(self._bubbles[address]):
            label = bubble.label(data)
            if label is not None and not bubble.gone:
                return self._inbound(address, shown=label, button=data)
        return None

    def share_phone(self, address: str, phone: str) -> Inbound:
        """The owner lets the channel prove that `phone` is her own."""
        return self._inbound(address, shown=phone, phone=phone)

    async def send(self, address: str, letter: Letter) -> Outcome:
        """Show the letter on the phone. The same letter twice is shown once."""
        if self.keep is not None:
            await self.keep(letter)
        for message_id in letter.forget:
            self._forget(address, message_id)
        if letter.text and not any(bubble.id == letter.id for bubble in self._bubbles[address]):
            bubble = Bubble(letter.id, False, letter.text, self._clock(), letter.buttons, letter.ask_phone)
            if letter.document is not None:
                self._documents[address, letter.id] = letter.document
                bubble = replace(bubble, document=letter.document.name)
            self._show(address, bubble)
        return Accepted(letter.id)

    def put_back(self, address: str, bubble: Bubble, forget: Sequence[str] = ()) -> None:
        """A bubble that stood here before a restart; one without words only takes others off."""
        for message_id in forget:
            self._forget(address, message_id)
        if bubble.text:
            self._show(address, bubble)

    def _inbound(
        self, address: str, *, shown: str, text: str = "", button: str = "", phone: str = ""
    ) -> Inbound:
        now = self._clock()
        message_id = self._new_id()
        self._show(address, Bubble(message_id, True, shown, now))
        return Inbound(
            channel=self._traits.name,
            address=address,
            provider_id=message_id,
            message_id=message_id,
            sent_at=now,
            received_at=now,
            kind="button" if button else "contact" if phone else "text",
            text=text,
            button=button,
            phone=phone,
        )

    def _forget(self, address: str, message_id: str) -> None:
        for position, bubble in enumerate(self._bubbles[address]):
            if bubble.id == message_id and not bubble.gone:
                gone = replace(bubble, gone=True, text="", buttons=(), ask_phone="", document="")
                self._documents.pop((address, message_id), None)
                self._bubbles[address][position] = gone
                self._tell(address, gone)

    def _show(self, address: str, bubble: Bubble) -> None:
        self._bubbles[address].append(bubble)
        self._tell(address, bubble)

    def _tell(self, address: str, bubble: Bubble) -> None:
        for listener in tuple(self._listeners):
            listener(address, bubble)
