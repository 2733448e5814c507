"""The last look before a letter with a file leaves: whether it may still be had. Then the file goes with it, or its link
begins to run out.

A link is 128 random bits, of which we keep a keyed hash only. It is no key by itself: it opens with the PIN of whoever
asked (bot/files/door.py).
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.channels.base import Document, Later, Letter
from bot.files import keeping
from bot.outbox.letters import Drop, Recheck, as_stored
from bot.outbox.states import UNFINISHED
from storage.crypto import Keyring
from storage.database import Database
from storage.models import FileJob, Outgoing
from storage.organisation import Organisation, load_organisation
from storage.transaction import Transaction

FILE = "file"
"""In a letter's payload: the id of the job whose file it hands over."""
DOCUMENT = "file_name"
"""Beside it, where it goes as a document: what it is called."""
PATH = "/files/"
"""Where links lead, on our own server."""
LINK_FOR = timedelta(minutes=10)
"""How long a link works, from when it was sent."""
TOKEN_BYTES = 16


def new_token(random_bytes: Callable[[int], bytes]) -> str:
    """128 bits, in letters and digits that can be read from one screen and typed on another."""
    return b32encode(random_bytes(TOKEN_BYTES)).decode().rstrip("=").lower()


def token_index(keyring: Keyring, token: str) -> str:
    """By what a link is found."""
    return keyring.blind("code", f"file:{token}")


class FileRecheck:
    """A `Recheck` for letters that hand over a file; it asks `then` for everything else."""

    def __init__(self, database: Database, clock: Callable[[], datetime], then: Recheck = as_stored) -> None:
        self._database = database
        self._clock = clock
        self._then = then
        self._organisation: Organisation | None = None

    async def __call__(self, row: Outgoing) -> Letter | Drop | Later:
        if not (job_id := row.payload.get(FILE)):
            return await self._then(row)
        now = self._clock()
        async with self._database.transaction() as tx:
            await tx.lock([f"file:{job_id}"])
            job = await FileJob.filter(id=job_id, state="made", letter_id=row.id).using_db(tx).first()
            if job is None:
                return Drop("file gone")
            self._organisation = await load_organisation(tx, self._organisation)
            if await keeping.still_hers(tx, job, self._organisation) is None:
                await keeping.forget(tx, job.id)
                return Drop("not hers any more")
            if job.token_index is None:
                document = Document(job.name or "", await keeping.content_of(tx, job.id))
                return Letter.from_payload(row.id, row.payload, document)
            job.expires_at = job.next_check_at = now + LINK_FOR
            await job.save(using_db=tx, update_fields=["expires_at", "next_check_at"])
        return await self._then(row)


async def under_way(tx: Transaction, job: FileJob, now: datetime) -> bool:
    """Whether the letter that hands it over may still leave."""
    letter = Outgoing.filter(id=job.letter_id, state__in=UNFINISHED, expires_at__gt=now)
    return await letter.using_db(tx).exists()
