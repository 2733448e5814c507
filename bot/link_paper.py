"""A link for a woman on paper: by `yunguan link`, its QR code printed or in a file, to be handed to her.

The same link a coordinator gets by message (conversations/flows/linking.py), which on servers abroad goes as text only.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import segno

from bot import audit
from bot.organise import NotPossible
from conversations.flows.linking import LINK_HOURS
from storage.care_facts import LINKS
from storage.database import Database
from storage.ids import id_source
from storage.models import Setting, Woman, WomanLink

BORDER = 4
"""Modules of white around the code, as its standard asks."""
SCALE = 8


async def make_link(database: Database, village_id: str, name: str, now: datetime) -> str:
    """A new link for the one woman of this name in this village; earlier ones that nobody opened end. Raises
    `NotPossible`."""
    address = await Setting.get_or_none(key=LINKS, using_db=database.reading)
    if address is None:
        raise NotPossible(
            "no chat that takes links was ever connected; set [telegram] and run `yunguan serve`"
        )
    found = Woman.filter(village_id=village_id, name_index=database.keyring.blind("name", name))
    women = [one for one in await found.using_db(database.reading) if one.details.get("alive", True)]
    if len(women) != 1:
        there = "nobody" if not women else f"{len(women)} women"
        raise NotPossible(f"--name: {there} of this name on the roster of {village_id}")
    token = secrets.token_hex(16)
    link_id = id_source(lambda: now, os.urandom)()
    async with database.transaction() as tx:
        before = WomanLink.filter(woman_id=women[0].id, state="open").using_db(tx)
        await before.update(state="refused", decided_at=now)
        await WomanLink.create(
            id=link_id,
            token_index=database.keyring.blind("code", token),
            woman_id=women[0].id,
            state="open",
            created_at=now,
            expires_at=now + timedelta(hours=LINK_HOURS),
            using_db=tx,
        )
        audit.by_operator(tx, "link.offer", now, subject=women[0].id, record=link_id)
    return f"{address.value}{token}"


def draw(link: str, out: Path | None, say: Callable[[str], None]) -> None:
    """The QR code of a link: into `out` (.svg or .png by its name), else in the terminal. The file's name is the
    caller's; nothing in it says whose it is."""
    code = segno.make_qr(link)
    if out is None:
        code.terminal(compact=True, border=BORDER)
        return
    if out.suffix not in (".svg", ".png"):
        raise NotPossible(f"--out {out.name}: a name that ends in .svg or .png")
    code.save(str(out), scale=SCALE, border=BORDER)
    os.chmod(out, 0o600)
    say(str(out))
