"""`yunguan move-database`: everything from one database into another, empty one, either way between SQLite and
PostgreSQL, ciphertext as ciphertext."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot import audit
from bot.refusals import CommandRefused
from bot.settings import without_password
from storage.copying import CopyRefused, copy
from storage.database import Database, open_database
from storage.migrate import migrate
from storage.occupancy import InUse, alone


class MoveRefused(CommandRefused):
    """Nothing was moved; the message says why."""


async def move(database: Database, url: str, now: datetime, tell: Callable[[str], None]) -> dict[str, int]:
    """Copy every table and compare; how many rows, by table. The source stays as it is, for the operator to remove.
    Raises `MoveRefused`."""
    try:
        async with alone(database):
            target = await open_database(url, database.keyring)
            try:
                async with alone(target):
                    await migrate(target)
                    counts = await copy(database, target)
                    async with target.transaction() as tx:
                        audit.by_operator(tx, "database.move", now)
            finally:
                await target.close()
    except InUse as error:
        raise MoveRefused(str(error)) from None
    except CopyRefused as error:
        raise MoveRefused(f"{error}; nothing was moved") from None
    for table, count in counts.items():
        tell(f"{table}: {count} rows, compared")
    tell(f"now set database.url to {without_password(url)}, start the service, and remove the old database")
    return counts
