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

from storage import crypto
from storage.fields import Encrypted, Moment
from storage.transaction import Transaction

_TEXT = frozenset({str, type(None)})
_Encoder = Callable[[Sequence[Any]], Sequence[Any]]
"""Makes what the database is given of a column."""


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


def _values(model: type[Model], dialect: str, rows: Sequence[Model]) -> list[Any]:
    names, encoders = _encoders(model, dialect)
    columns = zip(*map(attrgetter(*names), rows), strict=True)
    return list(zip(*(encode(column) for encode, column in zip(encoders, columns, strict=True)), strict=True))


@cache
def _encoders(model: type[Model], dialect: str) -> tuple[tuple[str, ...], list[_Encoder]]:
    fields_map = model._meta.fields_map
    names = tuple(model._meta.fields_db_projection)
    return names, [_encoder(fields_map[name], dialect) for name in names]


def _encoder(field: fields.Field[Any], dialect: str) -> _Encoder:
    """The field's own conversion of a column, and cheaper ones that give the same."""
    nobody: Any = None  # no field looks at the row

    def convert(column: Sequence[Any]) -> Sequence[Any]:
        return [field.to_db_value(value, nobody) for value in column]

    def texts(column: Sequence[Any]) -> Sequence[Any]:
        as_it_is = (
            _TEXT.issuperset(map(type, column)) and max(map(len, filter(None, column)), default=0) <= longest
        )
        return column if as_it_is else convert(column)

    def numbers(column: Sequence[Any]) -> Sequence[Any]:
        return column if {kind, type(None)}.issuperset(map(type, column)) else convert(column)

    def sealed(column: Sequence[Any]) -> Sequence[Any]:
        encrypt, context = crypto.current().encrypt, field.context  # type: ignore[attr-defined]
        seal = field.seal  # type: ignore[attr-defined]
        return [None if value is None else encrypt(seal(value), context) for value in column]

    def moments(column: Sequence[Any]) -> Sequence[Any]:
        # as the adapter Tortoise registers does, at the price of half the insert; most are one and the same
        said = {id(value): value for value in column}
        written = {
            key: value and field.to_db_value(value, nobody).isoformat(" ") for key, value in said.items()
        }
        return [written[id(value)] for value in column]

    if isinstance(field, fields.CharField):
        longest = field.max_length
        return texts
    if isinstance(field, Moment) and dialect == "sqlite":
        return moments
    if isinstance(field, Encrypted):
        return sealed
    if isinstance(field, fields.IntField | fields.BooleanField) and not field.validators:
        kind: type = field.field_type
        return numbers
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
    columns = zip(*rows, strict=True)
    values: list[Any] = list(
        zip(*(encode(column) for encode, column in zip(encoders, columns, strict=True)), strict=True)
    )
    await tx.execute_many(statement, values)
