"""以后发短信: where somebody wants to be written to, written down.

A woman who has said yes in a chat and wants SMS is asked on her phone first, in words that tell whoever reads it nothing;
until she says yes there her reminders go on in the chat (storage/cases.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from conversations.care.texts import asking
from conversations.care.titles import titled
from conversations.ids import derived_id
from conversations.message import Button, Effect, Prefer, Speaker
from conversations.text import Sayable
from storage.bulk import insert_many, upsert_many
from storage.cases import SMS, Loaded
from storage.crypto import Keyring
from storage.models import Address, Contact, ContactWoman, Outgoing, Pregnancy, Staff, Woman
from storage.organisation import Organisation
from storage.transaction import Transaction
from storage.ways import newest_cases


class Letters(Protocol):
    """Makes letters (bot/writing.py)."""

    @property
    def channels(self) -> Collection[str]: ...

    @property
    def ids(self) -> Callable[[], str]: ...

    def letter(
        self,
        contact: Contact,
        address: Address,
        kind: str,
        text: Sayable,
        buttons: Sequence[Sequence[Button]],
        now: datetime,
    ) -> Outgoing: ...


async def apply(
    tx: Transaction,
    keyring: Keyring,
    speaker: Speaker,
    effects: Iterable[Effect],
    organisation: Organisation,
    make: Letters,
    now: datetime,
) -> list[Outgoing]:
    """Where the speaker wants to be written to, as far as she can be; the questions that must be asked there first."""
    letters: list[Outgoing] = []
    for effect in effects:
        if not isinstance(effect, Prefer):
            continue
        if speaker.staff_id is not None:
            await Staff.filter(id=speaker.staff_id).using_db(tx).update(prefers=effect.channel)
            continue
        for loaded in await newest_cases(tx, speaker.women, organisation, make.channels):
            if effect.channel == SMS and loaded.ways.sms == "ask" and loaded.ways.chats:
                letters += await _ask(tx, keyring, loaded, make, now)
            elif effect.channel not in loaded.ways.chats and (effect.channel, loaded.ways.sms) != (
                SMS,
                "ready",
            ):
                continue
            await Woman.filter(id=loaded.woman.id).using_db(tx).update(prefers=effect.channel)
            await Pregnancy.filter(id=loaded.case.id).using_db(tx).update(next_check_at=now)
    return letters


async def _ask(
    tx: Transaction, keyring: Keyring, loaded: Loaded, make: Letters, now: datetime
) -> list[Outgoing]:
    number = loaded.case.phone
    index = keyring.blind("address", number)
    address = await Address.get_or_none(channel=SMS, address_index=index, using_db=tx)
    if address is None:
        contact = Contact(id=make.ids(), locale="zh_CN", created_at=now)
        address = Address(
            id=make.ids(),
            contact_id=contact.id,
            channel=SMS,
            address=number,
            address_index=index,
            state="active",
        )
        await insert_many(tx, Contact, [contact])
        await insert_many(tx, Address, [address])
    else:
        contact = await Contact.get(id=address.contact_id, using_db=tx)
    link = ContactWoman(
        id=derived_id(contact.id, loaded.woman.id),
        contact_id=contact.id,
        woman_id=loaded.woman.id,
        consent="asked",
        consent_at=now,
    )
    await upsert_many(
        tx, ContactWoman, [link], conflict=("contact_id", "woman_id"), update=("consent", "consent_at")
    )
    text = titled(asking(loaded.case), loaded.case.programme.name)
    return [make.letter(contact, address, "reminder", text, (), now)]
