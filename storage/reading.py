"""Reading many rows with one fixed statement, past the cost of building queries and models: the hot path."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
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


def moment(stored: Any) -> datetime:
    """A time as the database gives it."""
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored


async def full_rows(
    connection: BaseDBAsyncClient,
    model: type[Row],
    column: str,
    values: Collection[str],
    order: str = "",
    *,
    where: str = "",
) -> list[Row]:
    """Whole rows whose `column` is one of these texts, in the order of the columns named in `order`; `where`: a further
    condition, in words of our own. Raises `Undecryptable`."""
    if not values:
        return []
    found = await rows(connection, _whole(model, column, order, where), list(values))
    return [model._init_from_db(**row) for row in found]


async def rows_of(connection: BaseDBAsyncClient, model: type[Row], ids: str, *values: Any) -> list[Row]:
    """Whole rows whose ids the query `ids` gives, in their order. Raises `Undecryptable`."""
    found = await rows(connection, _whole_of(model, ids), *values)
    return [model._init_from_db(**row) for row in found]


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


@cache
def _whole(model: type[Table], column: str, order: str, where: str) -> str:
    columns = ", ".join(f'"{name}"' for name in model._meta.fields_db_projection.values())
    last = f" ORDER BY {order}" if order else ""
    besides = f" AND {where}" if where else ""
    return f'SELECT {columns} FROM "{model._meta.db_table}" WHERE {column} IN ?{besides}{last}'  # noqa: S608


@cache
def _whole_of(model: type[Table], ids: str) -> str:
    columns = ", ".join(f'"{name}"' for name in model._meta.fields_db_projection.values())
    return f'SELECT {columns} FROM "{model._meta.db_table}" WHERE id IN ({ids}) ORDER BY id'  # noqa: S608


def _many(values: Collection[str], dialect: str) -> Any:
    return orjson.dumps(list(values)).decode() if dialect == "sqlite" else list(values)


@cache
def _spoken(statement: str, dialect: str) -> str:
    if dialect == "sqlite":
        return statement.replace("IN ?", "IN (SELECT value FROM json_each(?))")
    head, *rest = statement.replace("IN ?", "= ANY(?)").split("?")
    return head + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))
