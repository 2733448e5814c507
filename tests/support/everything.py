"""A row in every table there is, made from what the models say: a table added later is in it by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tortoise import fields

from storage.bulk import insert_many
from storage.database import Database
from storage.fields import Moment, Table, encrypted_fields
from storage.tables import references, tables

LONG = {"a": ["b"] * 3}


def row(model: type[Table], now: datetime, secret: str, name: str) -> Table:
    """A row of `model` with `secret` wherever something is encrypted, and no field left out."""
    relations = set(references(model))
    values: dict[str, Any] = {}
    own_key = model._meta.pk_attr
    sources = {f"{one}_id": model._meta.fields_map[one].related_model for one in relations}  # type: ignore[attr-defined]
    for column in model._meta.fields_db_projection:
        field = model._meta.fields_map[column]
        if column in sources:
            values[column] = None if sources[column] is model else name
        elif column in encrypted_fields(model):
            values[column] = {dict: {"said": [secret, {"by": secret}]}, str: secret, bytes: secret.encode()}[
                field.field_type
            ]
        elif isinstance(field, Moment):
            values[column] = now
        elif isinstance(field, fields.BooleanField):
            values[column] = True
        elif isinstance(field, fields.IntField | fields.BigIntField | fields.SmallIntField):
            values[column] = 1
        elif isinstance(field, fields.JSONField):
            values[column] = [name]
        elif isinstance(field, fields.CharField | fields.TextField):
            values[column] = name if column == own_key else "x"
        else:
            raise AssertionError(
                f"{model.__name__}.{column}: say what to write into a {type(field).__name__}"
            )
    return model(**values)


async def write_every_table(database: Database, now: datetime, secret: str, name: str = "one") -> list[str]:
    """Write one row each; the names of the tables."""
    written = []
    async with database.transaction() as tx:
        for model in tables():
            if model._meta.db_table in ("setting", "audit"):
                continue  # written by whatever opens the database, and by what is noted
            await insert_many(tx, model, [row(model, now, secret, name)])
            written.append(model._meta.db_table)
    return written
