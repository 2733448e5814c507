"""Everything a database says, decrypted: what somebody with the keys could read of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson

from storage.database import Database
from storage.fields import encrypted_fields
from storage.reading import plain
from storage.tables import columns, pages, tables


async def said_in(database: Database) -> AsyncIterator[tuple[str, str]]:
    """Each value with where it stands (`table.column key`), as text."""
    for model in tables():
        its, sealed = columns(model), encrypted_fields(model)
        names = dict(zip(its.names, model._meta.fields_db_projection, strict=True))
        async for page in pages(database.reading, model):
            for row in page:
                found = dict(zip(its.names, row, strict=True))
                for column, value in found.items():
                    if value is None:
                        continue
                    if names[column] in sealed:
                        value = plain(model, names[column], value)
                    yield f"{its.table}.{column} {found[its.key]}", _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


async def where_said(database: Database, *words: str) -> list[str]:
    """Where any of these words stands."""
    return [f"{where}: {word}" async for where, text in said_in(database) for word in words if word in text]
