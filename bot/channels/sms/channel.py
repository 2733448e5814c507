"""SMS as a channel: the right gateway for a number's area, a text short enough, never to a machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.channels.base import Accepted, Later, Letter, Outcome, Refused
from bot.channels.sms.gateway import CHANNEL, Gateway
from bot.channels.sms.guards import canonical, is_machine
from bot.channels.sms.parts import fit, sms_length
from conversations.message import ChannelTraits

Route = Callable[[str], Awaitable[Sequence[str]]]
"""The gateways that serve a canonical number's area, by name, the one to prefer first."""

MAX_PARTS = 4
NO_GATEWAY = timedelta(minutes=10)
"""Before a letter nobody can take now is looked at again: a configuration may be mended meanwhile."""


class SmsChannel:
    """Letters as SMS. `own`: our own numbers. `max_parts`: longer letters are shortened (see `parts.fit`)."""

    traits = ChannelTraits(name=CHANNEL, trust="low", buttons=False)

    def __init__(
        self,
        gateways: Sequence[Gateway],
        route: Route,
        *,
        max_parts: int = MAX_PARTS,
        own: Collection[str] = (),
    ) -> None:
        self._gateways = {gateway.name: gateway for gateway in gateways}
        if len(self._gateways) < len(gateways):
            raise ValueError("two SMS gateways have the same name")
        self._route = route
        self._max_parts = max_parts
        self._own = frozenset(map(canonical, own))

    async def send(self, address: str, letter: Letter) -> Outcome:
        """Hand the letter to the first gateway of the number's area that carries such words.

        There are no buttons, and nothing can be taken back: a letter that only forgets is done at once.
        """
        if not letter.text.strip():
            return Accepted()
        number = canonical(address)
        if is_machine(number, self._own):
            return Refused("a machine's number")
        names = await self._route(number)
        serving = [self._gateways[name] for name in names if name in self._gateways]
        if not serving:
            return Later("no gateway for this area", NO_GATEWAY)
        for gateway in serving:
            text = words(gateway, letter, self._max_parts)
            if gateway.carries(text):
                outcome = await gateway.send(number, text, letter.id)
                if isinstance(outcome, Accepted) or (isinstance(outcome, Later) and outcome.doubt):
                    return replace(outcome, gateway=gateway.name, parts=sms_length(text).parts)
                return outcome
        return Refused("no gateway here carries these words")


def words(gateway: Gateway, letter: Letter, max_parts: int) -> str:
    """A letter's text as this gateway sends it: signed, and short enough, no name in it cut apart."""
    return fit(letter.text, max_parts, before=gateway.signature, after=gateway.tail, keep=letter.filled)
