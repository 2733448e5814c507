"""Two databases in one process, of one dialect each: a backup of PostgreSQL is an SQLite file."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.crypto import Keyring
from storage.models import Place
from tests.support.databases import fresh_postgres, opened, sqlite_url
from tests.support.postgres import Server


@pytest.mark.postgres
async def test_the_one_left_open_is_asked_in_its_own_way(
    postgres_server: Server, tmp_path: Path, keyring: Keyring
) -> None:
    async with fresh_postgres(postgres_server) as url, opened(url, keyring) as database:
        async with opened(sqlite_url(tmp_path), keyring) as other:
            async with other.transaction() as tx:
                await Place.create(id="v", kind="village", name="甲村", using_db=tx)
            assert [one.id for one in await Place.all()] == ["v"]
        assert await Place.all().using_db(database.reading) == []
        async with database.transaction() as tx:
            await Place.create(id="w", kind="village", name="乙村", using_db=tx)
        assert [one.id for one in await Place.filter(name__in=["乙村"])] == ["w"]
