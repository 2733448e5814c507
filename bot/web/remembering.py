"""What stood on the phones and in the inbox before a restart: put back from the demonstration's own database.

The words of a reminder or a digest are made when it leaves and stored nowhere; here, where everything is invented, they
are kept with the letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import orjson

from bot.channels.base import Letter
from bot.channels.simulated import Bubble, SimulatedChannel
from bot.demo import PEOPLE
from bot.files.leaving import DOCUMENT
from bot.web.inbox import CountyInbox
from storage.database import Database
from storage.models import Address, Delivery, Inbound, Outgoing

SHOWN = 1000
"""Letters, messages and deliveries each that are put back, the newest."""
NUMBERS = {person.address(channel): person.phone for person in PEOPLE for channel in person.channels}
"""What is shown of a number that was shared."""
SENT = ("sent", "delivered", "unknown")


async def keep(database: Database, letter: Letter) -> None:
    """Keep the words of a letter as it is sent."""
    row = await Outgoing.get_or_none(id=letter.id, using_db=database.reading)
    if row is None or row.payload.get("text") == letter.text:
        return
    async with database.transaction() as tx:
        await Outgoing.filter(id=letter.id).using_db(tx).update(payload=row.payload | letter.as_payload())


async def put_back(database: Database, channels: Mapping[str, SimulatedChannel], inbox: CountyInbox) -> None:
    """Everything that was said, on every phone in its order, and what the county has."""
    happened = [*await _sent(database), *await _said(database)]
    for _, channel, address, bubble, forget in sorted(happened, key=lambda one: (one[0], not one[3].mine)):
        if channel in channels:
            shown = _labelled(bubble, channels[channel].bubbles(address))
            channels[channel].put_back(address, shown, forget)
    deliveries = Delivery.filter(state="acknowledged").order_by("-seq").limit(SHOWN)
    for row in reversed(await deliveries.using_db(database.reading)):
        inbox.put_back(row.id, orjson.loads(row.payload), row.updated_at)


Happened = tuple[datetime, str, str, Bubble, tuple[str, ...]]


async def _sent(database: Database) -> list[Happened]:
    rows = Outgoing.filter(state__in=SENT).order_by("-seq").limit(SHOWN)
    found: list[Happened] = []
    for row in reversed(await rows.using_db(database.reading)):
        letter = Letter.from_payload(row.id, row.payload)
        bubble = Bubble(row.id, False, str(letter.text), row.updated_at, letter.buttons, letter.ask_phone)
        bubble = replace(bubble, document=row.payload.get(DOCUMENT, ""))
        # an answer stands where it was given, though it may be noted as sent after what was said next
        at = row.created_at if row.kind == "reply" else row.updated_at
        found.append((at, row.channel, row.address, bubble, letter.forget))
    return found


async def _said(database: Database) -> list[Happened]:
    places = await Address.all().using_db(database.reading)
    addresses = {(row.contact_id, row.channel): row.address for row in places}
    rows = Inbound.all().order_by("-received_at", "-id").limit(SHOWN)
    found: list[Happened] = []
    for row in reversed(await rows.using_db(database.reading)):
        address = addresses.get((row.contact_id or "", row.channel))
        if address is not None:
            words = row.payload.get("text") or row.payload.get("button") or NUMBERS.get(address, address)
            found.append(
                (
                    row.received_at,
                    row.channel,
                    address,
                    Bubble(row.provider_id, True, words, row.received_at),
                    (),
                )
            )
    return found


def _labelled(bubble: Bubble, earlier: Iterable[Bubble]) -> Bubble:
    """A pressed button as it read."""
    if not bubble.mine:
        return bubble
    labels = [label for one in earlier if (label := one.label(bubble.text)) is not None]
    return Bubble(bubble.id, True, labels[-1], bubble.at) if labels else bubble
