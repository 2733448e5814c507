"""A whole database into another, empty one, of whatever dialect: all or nothing, and compared afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from storage.database import Database
from storage.fields import Table
from storage.migrate import pending
from storage.tables import OF_THE_DATABASE, Sum, columns, insert, pages, sum_of, tables
from storage.transaction import Transaction


class CopyRefused(Exception):
    """The copy cannot be made, or did not come out the same; the target is as it was."""


async def copy(
    source: Database, target: Database, told: Callable[[str, int], None] = lambda table, count: None
) -> dict[str, int]:
    """Copy every row as it is, ciphertext as ciphertext; how many, by table.

    Both must be of this program's version, the target empty. What is read is one moment of the source, and nobody
    writes to it meanwhile on SQLite.
    """
    if missing := await pending(source):
        raise CopyRefused(f"the database is older than this program ({', '.join(missing)}): migrate it first")
    async with source.transaction() as reading:
        if source.dialect == "postgres":
            await reading.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        await _known(source)
        async with target.schema_change() as tx:
            await _empty(tx)
            sums = {model: await _copy(reading, tx, model, told) for model in tables()}
            await _same(tx, sums)
    return {columns(model).table: total.count for model, total in sums.items()}


async def _known(source: Database) -> None:
    """Every table there is has a model: none would be left behind."""
    ours = {columns(model).table for model in tables()} | OF_THE_DATABASE
    if unknown := await source.tables() - ours:
        raise CopyRefused(
            f"tables this program does not know would be left behind: {', '.join(sorted(unknown))}"
        )


async def _empty(tx: Transaction) -> None:
    """Nothing stands in the target but what `migrate` wrote."""
    for model in tables():
        its = columns(model)
        beside = " WHERE \"key\" <> 'key_check'" if its.table == "setting" else ""
        found = await tx.execute_query_dict(f'SELECT COUNT(*) AS n FROM "{its.table}"{beside}')  # noqa: S608 (our names)
        if found[0]["n"]:
            raise CopyRefused(
                f"the target is not empty: {its.table} has {found[0]['n']} rows; name an empty one"
            )
    await tx.run("DELETE FROM setting")


async def _copy(
    reading: BaseDBAsyncClient, tx: Transaction, model: type[Table], told: Callable[[str, int], None]
) -> Sum:
    its, total = columns(model), Sum()
    kept: list[tuple[Any, ...]] = []
    async for page in pages(reading, model):
        total = total.plus(model, page)
        if its.parent is not None:
            kept += page
        else:
            await insert(tx, model, page)
            told(its.table, total.count)
    for generation in _generations(model, kept):
        await insert(tx, model, generation)
    told(its.table, total.count)
    return total


def _generations(model: type[Table], found: list[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
    """Rows that refer to each other, those that are referred to first."""
    its = columns(model)
    if its.parent is None or not found:
        return []
    key, parent = its.names.index(its.key), its.names.index(its.parent)
    ordered: list[list[tuple[Any, ...]]] = []
    placed: set[Any] = {None}
    while found:
        ready = [row for row in found if row[parent] in placed]
        if not ready:
            raise CopyRefused(
                f"rows of {its.table} refer to each other in a circle, or to none that is there"
            )
        ordered.append(ready)
        placed |= {row[key] for row in ready}
        found = [row for row in found if row[key] not in placed]
    return ordered


async def _same(tx: Transaction, sums: dict[type[Table], Sum]) -> None:
    """What was written is what was read."""
    for model, total in sums.items():
        written = await sum_of(tx, model)
        if written != total:
            table = columns(model).table
            raise CopyRefused(
                f"{table} did not come out the same: {total.count} rows read, {written.count} there"
            )
    if tx.capabilities.dialect == "sqlite" and (
        broken := await tx.execute_query_dict("PRAGMA foreign_key_check")
    ):
        raise CopyRefused(f"{len(broken)} rows refer to what is not there, the first in {broken[0]['table']}")
