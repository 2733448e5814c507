"""What the migrations make is what the models say, on both dialects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tortoise.utils import get_schema_sql

from storage.crypto import Keyring
from storage.database import Database
from storage.migrate import statements
from tests.support.databases import fresh_postgres, opened, sqlite_url
from tests.support.postgres import Server

Schema = dict[str, dict[str, Any]]


async def sqlite_schema(database: Database) -> Schema:
    async def rows(statement: str) -> list[dict[str, Any]]:
        return await database.reading.execute_query_dict(statement)

    schema: Schema = {}
    for table in await database.tables():
        indexes = set()
        for index in await rows(f"PRAGMA index_list({table})"):
            columns = tuple(row["name"] for row in await rows(f"PRAGMA index_info({index['name']})"))
            indexes.add((columns, bool(index["unique"]), bool(index["partial"])))
        schema[table] = {
            "columns": {
                row["name"]: (row["type"].upper(), bool(row["notnull"]), row["dflt_value"], row["pk"])
                for row in await rows(f"PRAGMA table_info({table})")
            },
            "indexes": indexes,
            "references": {
                (row["from"], row["table"], row["to"], row["on_delete"], row["on_update"])
                for row in await rows(f"PRAGMA foreign_key_list({table})")
            },
        }
    return schema


COLUMNS = """
SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    a.attnotnull AS required, pg_get_expr(d.adbin, d.adrelid) AS preset
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
"""
INDEXES = """
SELECT t.relname AS table, i.indisunique AS single, i.indisprimary AS main, i.indpred IS NOT NULL AS partial,
    ARRAY(SELECT pg_get_indexdef(i.indexrelid, k + 1, true)
        FROM generate_subscripts(i.indkey, 1) AS k ORDER BY k)::text AS columns
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE t.relnamespace = 'public'::regnamespace
"""
REFERENCES = """
SELECT conrelid::regclass::text AS table,
    regexp_replace(pg_get_constraintdef(oid), '\\s+', ' ', 'g') AS definition
FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""


async def postgres_schema(database: Database) -> Schema:
    schema: Schema = {
        table: {"columns": {}, "indexes": set(), "references": set()} for table in await database.tables()
    }
    for row in await database.reading.execute_query_dict(COLUMNS):
        schema[row["table"]]["columns"][row["name"]] = (row["type"], row["required"], row["preset"])
    for row in await database.reading.execute_query_dict(INDEXES):
        schema[row["table"]]["indexes"].add((row["columns"], row["single"], row["main"], row["partial"]))
    for row in await database.reading.execute_query_dict(REFERENCES):
        schema[row["table"].strip('"')]["references"].add(row["definition"])
    return schema


async def as_the_models_say(database: Database) -> None:
    async with database.transaction() as tx:
        for statement in statements(get_schema_sql(database.reading, safe=False)):
            await tx.run(statement)


@pytest.fixture
async def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "sqlite":
        (tmp_path / "two").mkdir()
        yield sqlite_url(tmp_path), sqlite_url(tmp_path / "two")
    else:
        server: Server = request.getfixturevalue("postgres_server")
        async with fresh_postgres(server) as one, fresh_postgres(server) as two:
            yield one, two


@pytest.mark.parametrize(
    "urls", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_the_migrated_schema_is_the_schema_of_the_models(
    urls: tuple[str, str], keyring: Keyring
) -> None:
    schemas = []
    for url, from_models in zip(urls, (False, True), strict=True):
        async with opened(url, keyring, migrated=not from_models) as database:
            if from_models:
                await as_the_models_say(database)
            describe = sqlite_schema if database.dialect == "sqlite" else postgres_schema
            schemas.append(await describe(database))
    migrated, modelled = schemas
    del migrated["schema_migration"]
    assert len(modelled) > 15
    assert migrated.keys() == modelled.keys()
    for table in modelled:
        assert migrated[table] == modelled[table], table
    # the comparison compares something
    assert any(table["references"] for table in modelled.values())
    assert all(table["indexes"] and table["columns"] for table in modelled.values())
