"""What is wanted and what is made, as they are stored: encrypted, by ids, and taken away together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.access import NotAllowed, Subject, demanded, may
from bot.people import colleague
from conversations.message import Effect, Speaker, WantFile
from storage.bulk import insert_many
from storage.models import Address, Contact, FileJob, FilePiece
from storage.organisation import Organisation
from storage.transaction import Transaction

VILLAGES: Final = "villages"
"""Among what is kept of a job: the villages it is made of, whose women it may show."""
BY_DAY: Final = "by_day"
"""Among what is kept of a job: nobody asked for it, so it does not come at night."""
KNOWN_FOR: Final = timedelta(days=1)
"""How long it is known whose a link was that is over. (u)"""
PIECE: Final = 256 * 1024
"""Bytes in one row."""


async def want(
    tx: Transaction, speaker: Speaker, address_id: str, effects: Iterable[Effect], now: datetime
) -> bool:
    """Write down which files a turn asks for, in her present office; whether there are any. Raises `NotAllowed`."""
    wanted = [effect for effect in effects if isinstance(effect, WantFile)]
    if wanted and (speaker.staff_id is None or speaker.place_id is None or speaker.standing != "active"):
        raise NotAllowed("export")
    rows = [
        FileJob(
            id=one.id,
            contact_id=speaker.contact_id,
            staff_id=speaker.staff_id or "",
            address_id=address_id,
            role=speaker.role,
            place_id=speaker.place_id or "",
            what=one.what,
            params={"name": one.name, "period": one.period, "question": dict(one.question)},
            state="wanted",
            tries=0,
            created_at=now,
            next_check_at=now,
        )
        for one in wanted
    ]
    await insert_many(tx, FileJob, rows)
    return bool(rows)


async def unasked(
    tx: Transaction, id_: str, contact: Contact, address: Address, role: str, place_id: str, now: datetime
) -> None:
    """Have a picture of the whole roster of an office made for a colleague of it who did not ask for it: by day."""
    assert contact.staff_id is not None
    job = FileJob(
        id=id_,
        contact_id=contact.id,
        staff_id=contact.staff_id,
        address_id=address.id,
        role=role,
        place_id=place_id,
        what="chart",
        params={"name": "", "period": "", "question": {}, BY_DAY: True},
        state="wanted",
        tries=0,
        created_at=now,
        next_check_at=now,
    )
    await insert_many(tx, FileJob, [job])


async def still_hers(tx: Transaction, job: FileJob, organisation: Organisation) -> Speaker | None:
    """Whoever asked, as she is now, if she may still have it: the account is hers, and she holds the office she asked
    in, over every village it was made of. In another one she asks again: what a question means depends on it."""
    contact = await Contact.filter(id=job.contact_id, staff_id=job.staff_id).using_db(tx).first()
    if contact is None:
        return None
    speaker = await colleague(tx, job.contact_id, job.staff_id, organisation)
    if (speaker.role, speaker.place_id, speaker.standing) != (job.role, job.place_id, "active"):
        return None
    params = job.params
    if not {*params.get(VILLAGES, ())} <= {village.id for village in speaker.villages}:
        return None
    effect = WantFile(job.id, job.what, params["name"], params["period"], params["question"])  # type: ignore[arg-type]
    try:
        action = demanded(speaker, effect)
    except NotAllowed:
        return None
    return speaker if may(speaker, action, Subject(job.place_id), organisation) else None


async def store(tx: Transaction, job_id: str, content: bytes) -> None:
    """Put a file by, encrypted."""
    pieces = [
        FilePiece(
            id=f"{job_id}:{number}", job_id=job_id, number=number, content=content[start : start + PIECE]
        )
        for number, start in enumerate(range(0, len(content), PIECE))
    ]
    await insert_many(tx, FilePiece, pieces)


async def content_of(connection: BaseDBAsyncClient, job_id: str) -> bytes:
    """The whole file."""
    rows = await FilePiece.filter(job_id=job_id).order_by("number").using_db(connection)
    return b"".join(row.content for row in rows)


async def close(tx: Transaction, job: FileJob, now: datetime) -> None:
    """Take away the file of a link that is over, and all that is known of it but whose the link was: whoever tries it
    still is written down."""
    await FilePiece.filter(job_id=job.id).using_db(tx).delete()
    job.state, job.params, job.women, job.name = "over", {}, None, None
    job.next_check_at = now + KNOWN_FOR
    await job.save(using_db=tx, update_fields=["state", "params", "women", "name", "next_check_at"])


async def forget(tx: Transaction, job_id: str) -> None:
    """Take a file away, and what was asked for."""
    await FilePiece.filter(job_id=job_id).using_db(tx).delete()
    await FileJob.filter(id=job_id).using_db(tx).delete()
