"""Every table as it lies there: read and written column by column, ciphertext as ciphertext.

What goes over all tables alike (moving, backing up, new keys, erasing) is built on this, so that a table added
later is never forgotten.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from graphlib import TopologicalSorter
from typing import Any

import orjson
from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient

from storage import models
from storage.fields import Moment, Table
from storage.reading import rows
from storage.transaction import Transaction

PAGE = 500
"""Rows read or written at a time."""
OF_THE_DATABASE = frozenset({"schema_migration", "sqlite_sequence"})
"""Tables that belong to the database itself and are made by whoever makes it."""


def tables() -> list[type[Table]]:
    """Every model, those that are referred to before those that refer to them. Needs an open database."""
    every = [
        one for one in vars(models).values()
        if isinstance(one, type) and issubclass(one, Table) and one is not Table
    ]  # fmt: skip
    graph = {
        model: {target for name in references(model) if (target := _target(model, name)) is not model}
        for model in every
    }
    return list(TopologicalSorter(graph).static_order())


def references(model: type[Table]) -> list[str]:
    """Names of the relations of a model to others."""
    return sorted({*model._meta.fk_fields, *model._meta.o2o_fields})


def _target(model: type[Table], name: str) -> type[Table]:
    return model._meta.fields_map[name].related_model  # type: ignore[attr-defined, no-any-return]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table, in the order in which rows are read and written."""

    table: str
    key: str
    names: tuple[str, ...]
    fields: tuple[fields.Field[Any], ...]
    parent: str | None
    """The column that refers to a row of the same table, if there is one."""


@cache
def columns(model: type[Table]) -> Columns:
    """What a row of `model` consists of."""
    meta = model._meta
    own = [name for name in references(model) if _target(model, name) is model]
    parent = str(meta.fields_map[own[0]].source_field or f"{own[0]}_id") if own else None
    return Columns(
        meta.db_table,
        meta.db_pk_column,
        tuple(meta.fields_db_projection.values()),
        tuple(meta.fields_map[name] for name in meta.fields_db_projection),
        parent,
    )


async def pages(
    connection: BaseDBAsyncClient, model: type[Table], names: Sequence[str] | None = None, size: int = PAGE
) -> AsyncIterator[list[tuple[Any, ...]]]:
    """All rows in the order of their key, as the database gives them, `size` at a time. `names`: other columns than
    all; the key stands before them then."""
    its = columns(model)
    wanted = its.names if names is None else (its.key, *names)
    listed = ", ".join(f'"{name}"' for name in wanted)
    place = wanted.index(its.key)
    last: Any = None
    while True:
        after = f' WHERE "{its.key}" > ?' if last is not None else ""
        statement = f'SELECT {listed} FROM "{its.table}"{after} ORDER BY "{its.key}" LIMIT {int(size)}'  # noqa: S608 (our names)
        found = await rows(connection, statement, *([last] if last is not None else []))
        page = [tuple(row) for row in found]
        if page:
            yield page
        if len(page) < size:
            return
        last = page[-1][place]


async def insert(tx: Transaction, model: type[Table], found: Sequence[Sequence[Any]]) -> None:
    """Write rows that `pages` read, of either dialect."""
    its, dialect = columns(model), tx.capabilities.dialect
    marks = ["?" if dialect == "sqlite" else f"${number}" for number in range(1, len(its.names) + 1)]
    listed = ", ".join(f'"{name}"' for name in its.names)
    statement = f'INSERT INTO "{its.table}" ({listed}) VALUES ({", ".join(marks)})'  # noqa: S608 (our names)
    values = [
        [_given(value, dialect) for value in map(_neutral, its.fields, row)] for row in found
    ]  # fmt: skip
    if values:
        await tx.execute_many(statement, values)


def _neutral(field: fields.Field[Any], value: Any) -> Any:
    """A value as no dialect has it to itself."""
    if value is None:
        return None
    if isinstance(field, Moment):
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    if isinstance(field, fields.BooleanField):
        return bool(value)
    if isinstance(field, fields.JSONField):
        plain = orjson.loads(value) if isinstance(value, str | bytes) else value
        return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()
    return value


def _given(value: Any, dialect: str) -> Any:
    return value.isoformat(" ") if dialect == "sqlite" and isinstance(value, datetime) else value


@dataclass(frozen=True, slots=True)
class Sum:
    """What a table amounts to: equal tables have equal sums, on whatever dialect they lie."""

    count: int = 0
    digest: int = 0

    def plus(self, model: type[Table], found: Sequence[Sequence[Any]]) -> Sum:
        """With these rows besides."""
        digest = self.digest
        for row in found:
            plain = orjson.dumps([_neutral(*one) for one in zip(columns(model).fields, row, strict=True)])
            digest += int.from_bytes(hashlib.sha256(plain).digest())
        return Sum(self.count + len(found), digest % (1 << 256))


async def sum_of(connection: BaseDBAsyncClient, model: type[Table]) -> Sum:
    """The sum of a whole table."""
    total = Sum()
    async for page in pages(connection, model):
        total = total.plus(model, page)
    return total
