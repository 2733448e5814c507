"""Writing many rows with few statements: one prepared statement a table, whatever the number of rows.

Both dialects run it row by row inside the transaction, so a conflict within the rows counts as much as one
with what is stored: with `upsert_many` the last row wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from tortoise import fields
from tortoise.models import Model

from storage.fields import Moment
from storage.transaction import Transaction

_Encoder = Callable[[Any, Any], Any]


async def insert_many(tx: Transaction, model: type[Model], rows: Sequence[Model]) -> None:
    """Insert the rows; any conflict raises `IntegrityError`, and the rows before it stay: use a savepoint."""
    if rows:
        await tx.execute_many(
            _insert(model, tx.capabilities.dialect), _values(model, tx.capabilities.dialect, rows)
        )


async def upsert_many(
    tx: Transaction,
    model: type[Model],
    rows: Sequence[Model],
    *,
    conflict: Sequence[str],
    update: Sequence[str],
) -> None:
    """Insert the rows; where one with the same `conflict` fields stands, set its `update` fields instead.

    `conflict` must be the fields of the primary key or of one unique constraint: a conflict with another one
    raises `IntegrityError`. With no `update` the row that stands stays as it is. Names are those of fields
    (`contact_id` for a foreign key).
    """
    if rows:
        statement = _upsert(model, tx.capabilities.dialect, tuple(conflict), tuple(update))
        await tx.execute_many(statement, _values(model, tx.capabilities.dialect, rows))


def _values(model: type[Model], dialect: str, rows: Sequence[Model]) -> list[list[Any]]:
    attributes, encoders = _encoders(model, dialect)
    return [
        [encode(value, row) for encode, value in zip(encoders, attributes(row), strict=True)] for row in rows
    ]


@cache
def _encoders(model: type[Model], dialect: str) -> tuple[Callable[[Any], tuple[Any, ...]], list[_Encoder]]:
    fields_map = model._meta.fields_map
    names = model._meta.fields_db_projection
    return attrgetter(*names), [_encoder(fields_map[name], dialect) for name in names]


def _encoder(field: fields.Field[Any], dialect: str) -> _Encoder:
    """The field's own conversion, and cheaper ones that give the same."""
    convert = field.to_db_value
    if isinstance(field, fields.CharField):
        longest = field.max_length
        return lambda value, row: (
            value if value is None or (type(value) is str and len(value) <= longest) else convert(value, row)
        )
    if isinstance(field, Moment) and dialect == "sqlite":
        # the adapter Tortoise registers does the same, at the price of half the insert
        return lambda value, row: None if value is None else convert(value, row).isoformat(" ")
    return convert


@cache
def _insert(model: type[Model], dialect: str) -> str:
    columns = list(model._meta.fields_db_projection.values())
    marks = ["?"] * len(columns) if dialect == "sqlite" else [f"${i + 1}" for i in range(len(columns))]
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({", ".join(marks)})'  # noqa: S608 (our names)


@cache
def _upsert(model: type[Model], dialect: str, conflict: tuple[str, ...], update: tuple[str, ...]) -> str:
    column = model._meta.fields_db_projection
    target = ", ".join(f'"{column[name]}"' for name in conflict)
    changes = ", ".join(f'"{column[name]}" = excluded."{column[name]}"' for name in update)
    action = f"DO UPDATE SET {changes}" if update else "DO NOTHING"
    return f"{_insert(model, dialect)} ON CONFLICT ({target}) {action}"


async def update_many(
    tx: Transaction, model: type[Model], rows: Sequence[Sequence[Any]], *, names: Sequence[str]
) -> None:
    """Set the fields `names` of the rows with these ids; each row is the new values, then the id."""
    if not rows:
        return
    dialect = tx.capabilities.dialect
    fields_map, column = model._meta.fields_map, model._meta.fields_db_projection
    encoders = [_encoder(fields_map[name], dialect) for name in (*names, model._meta.pk_attr)]
    marks = iter(
        "?" * (len(names) + 1) if dialect == "sqlite" else [f"${i + 1}" for i in range(len(names) + 1)]
    )
    changes = ", ".join(f'"{column[name]}" = {next(marks)}' for name in names)
    statement = (
        f'UPDATE "{model._meta.db_table}" SET {changes}'  # noqa: S608 (our names)
        f' WHERE "{column[model._meta.pk_attr]}" = {next(marks)}'
    )
    values = [[encode(value, None) for encode, value in zip(encoders, row, strict=True)] for row in rows]
    await tx.execute_many(statement, values)
