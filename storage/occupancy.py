"""Who works on a database: services beside each other, or a command that wants it for itself.

On SQLite a lock on a file beside the database, on PostgreSQL an advisory lock of a session: both end with the
process, however it ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from storage.database import Database
from storage.transaction import lock_number

_NAME = "yunguan.occupancy"


class InUse(Exception):
    """The service runs on this database, or a command that wants it for itself."""


@asynccontextmanager
async def serving(database: Database) -> AsyncIterator[None]:
    """Work beside other services. Raises `InUse` while somebody is `alone` with it."""
    async with _held(
        database, alone=False, refusal="a command has the database for itself; wait for its end"
    ):
        yield


@asynccontextmanager
async def alone(database: Database) -> AsyncIterator[None]:
    """Have the database for oneself. Raises `InUse` while a service runs."""
    async with _held(
        database,
        alone=True,
        refusal="the service runs on this database; stop it first, and start it afterwards",
    ):
        yield


@asynccontextmanager
async def _held(database: Database, *, alone: bool, refusal: str) -> AsyncIterator[None]:
    path = database.path
    if path is None:
        function = "pg_try_advisory_lock" if alone else "pg_try_advisory_lock_shared"
        async with database.session() as session:
            question = f"SELECT {function}({lock_number(_NAME)}) AS taken"
            if not (await session.execute_query_dict(question))[0]["taken"]:
                raise InUse(refusal)
            yield  # the pool lets go of it when it takes the session back
        return
    with _locked(path, alone=alone, refusal=refusal):
        yield


@contextmanager
def alone_at(path: Path) -> Iterator[None]:
    """The same for a file that is not open, or not there yet."""
    with _locked(path, alone=True, refusal="the service runs on this database; stop it first"):
        yield


@contextmanager
def _locked(path: Path, *, alone: bool, refusal: str) -> Iterator[None]:
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.geteuid() == 0 and path.exists():  # made by root, the service's user could not open it
            os.fchown(descriptor, (state := path.stat()).st_uid, state.st_gid)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(refusal) from None
        yield
    finally:
        os.close(descriptor)
