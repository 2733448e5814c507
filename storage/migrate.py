"""Numbered, forward-only migrations, each applied once, whole, in one transaction.

A migration is `NNNN_name.sqlite.sql` with its `NNNN_name.postgres.sql`, or `NNNN_name.py` with
`async def apply(tx, keyring)` where data must be transformed; they lie in `storage/migrations/`. Once
released, a migration never changes: what was applied is remembered by its checksum.

(Tortoise's own migrations rebuild SQLite tables with foreign keys on, which deletes every child row.)
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources, util
from pathlib import Path

from storage import keycheck
from storage.crypto import Keyring
from storage.database import Database
from storage.transaction import Transaction

_NAME = re.compile(r"(\d{4})_(\w+)\.(?:(sqlite|postgres)\.sql|py)")
_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migration (
    version INT NOT NULL PRIMARY KEY,
    name VARCHAR(80) NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
)
"""


class MigrationRefused(Exception):
    """The database and this program do not fit together, or a migration would break the data."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration as it lies on the disk."""

    version: int
    name: str
    path: Path
    checksum: str

    async def apply(self, tx: Transaction, keyring: Keyring) -> None:
        """Run it."""
        if self.path.suffix == ".py":
            spec = util.spec_from_file_location(f"yunguan_migration_{self.path.stem}", self.path)
            assert spec is not None
            assert spec.loader is not None
            module = util.module_from_spec(spec)
            spec.loader.exec_module(module)
            await module.apply(tx, keyring)
        else:
            for statement in statements(self.path.read_text("utf-8")):
                await tx.run(statement)


def statements(script: str) -> Iterator[str]:
    """The statements of an SQL script, as SQLite tells where they end."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if re.sub(r"--.*", "", pending).strip():
        raise MigrationRefused(
            f"the last statement of a migration lacks its semicolon: {pending.strip()[:60]}"
        )


def shipped(dialect: str, folder: Path | None = None) -> Sequence[Migration]:
    """The migrations of this program for one dialect, in order."""
    folder = folder or Path(str(resources.files("storage") / "migrations"))
    found = []
    for path in sorted(folder.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match and match[3] in (None, dialect):
            text = path.read_text("utf-8")  # read as text: a checkout may change the line ends
            found.append(Migration(int(match[1]), match[2], path, hashlib.sha256(text.encode()).hexdigest()))
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise MigrationRefused(f"migrations for {dialect} must be numbered 1, 2, 3 … without gaps")
    return found


async def pending(db: Database, folder: Path | None = None) -> list[str]:
    """Names of the migrations still to be applied; refuses a database this program does not fit."""
    applied: list[dict[str, object]] = []
    if "schema_migration" in await db.tables():
        applied = await db.reading.execute_query_dict(_APPLIED)
    return [_label(migration) for migration in _remaining(shipped(db.dialect, folder), applied)]


async def migrate(db: Database, folder: Path | None = None) -> list[str]:
    """Bring the database up to date; returns the names of what was applied."""
    migrations = shipped(db.dialect, folder)
    done: list[str] = []
    async with db.transaction() as tx:
        await tx.lock(["schema_migration"])
        await tx.run(_TABLE)
    while True:
        async with db.schema_change() as tx:
            await tx.lock(["schema_migration"])  # two processes may start at once
            remaining = _remaining(migrations, await tx.execute_query_dict(_APPLIED))
            if not remaining:
                break
            migration = remaining[0]
            await migration.apply(tx, db.keyring)
            await _check_references(tx, db.dialect, migration)
            values = f"({migration.version}, '{migration.name}', '{migration.checksum}')"
            await tx.run(f"INSERT INTO schema_migration (version, name, checksum) VALUES {values}")  # noqa: S608
            done.append(_label(migration))
    async with db.transaction() as tx:
        await tx.lock(["schema_migration"])
        if not await keycheck.exists(tx):
            await keycheck.write(tx, db.keyring)
    return done


_APPLIED = "SELECT version, name, checksum FROM schema_migration ORDER BY version"


def _label(migration: Migration) -> str:
    return f"{migration.version:04}_{migration.name}"


def _remaining(migrations: Sequence[Migration], applied: Sequence[dict[str, object]]) -> Sequence[Migration]:
    if len(applied) > len(migrations):
        raise MigrationRefused(
            f"the database is newer than this program: it has migration {applied[-1]['name']}; "
            "install the program that wrote it, or a later one"
        )
    for migration, row in zip(migrations, applied, strict=False):
        if (migration.version, migration.checksum) != (row["version"], row["checksum"]):
            raise MigrationRefused(
                f"migration {_label(migration)} is not the one that was applied to this database; "
                "install the program's files again, unchanged"
            )
    return migrations[len(applied) :]


async def _check_references(tx: Transaction, dialect: str, migration: Migration) -> None:
    """PostgreSQL has checked them itself."""
    if dialect == "sqlite":
        broken = await tx.execute_query_dict("PRAGMA foreign_key_check")
        if broken:
            tables = ", ".join(sorted({row["table"] for row in broken}))
            raise MigrationRefused(
                f"migration {_label(migration)} leaves rows of {tables} without what they refer to"
            )
