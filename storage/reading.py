"""Reading many rows with one fixed statement, past the cost of building queries and models: the hot path."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, TypeVar

import orjson
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from storage.crypto import Undecryptable
from storage.fields import Table

Row = TypeVar("Row", bound=Table)


async def rows(connection: BaseDBAsyncClient, statement: str, *values: Any) -> Sequence[Any]:
    """The rows of `statement`, columns by position as the database gives them (see `plain`).

    Each `?` takes one of `values`; `IN ?` takes a collection of texts. However many they are, the statement
    stays the same, so that it is prepared once.
    """
    dialect = connection.capabilities.dialect
    bound = [
        value if isinstance(value, str) or not isinstance(value, Collection) else _many(value, dialect)
        for value in values
    ]
    _, found = await connection.execute_query(_spoken(statement, dialect), bound)
    return found


async def readable(rows: QuerySet[Row]) -> tuple[list[Row], list[str]]:
    """The rows of a query that can be read, and the ids of those that cannot: one damaged row must not hold up the
    others."""
    try:
        return await rows, []
    except Undecryptable:
        found: list[Row] = []
        lost: list[str] = []
        for row_id in await rows.values_list("id", flat=True):
            try:
                found += await rows.filter(id=row_id)
            except Undecryptable:
                lost.append(str(row_id))
        return found, lost


def plain(model: type[Table], column: str, stored: Any) -> Any:
    """What a column of a row holds, decrypted. Raises `Undecryptable`."""
    return model._meta.fields_map[column].to_python_value(stored)


def _many(values: Collection[str], dialect: str) -> Any:
    return orjson.dumps(list(values)).decode() if dialect == "sqlite" else list(values)


@cache
def _spoken(statement: str, dialect: str) -> str:
    if dialect == "sqlite":
        return statement.replace("IN ?", "IN (SELECT value FROM json_each(?))")
    head, *rest = statement.replace("IN ?", "= ANY(?)").split("?")
    return head + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
