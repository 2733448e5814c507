"""From SQLite to PostgreSQL and back: every table, every row, as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import demo
from bot.privacy.moving import MoveRefused, move
from storage import chain, copying
from storage.crypto import Keyring
from storage.database import Database
from storage.models import Audit, Place, Setting, Woman
from storage.occupancy import serving
from storage.tables import columns, pages, sum_of, tables
from tests.support.clock import FakeClock
from tests.support.databases import fresh_postgres, opened, sqlite_url
from tests.support.everything import write_every_table
from tests.support.plainly import where_said
from tests.support.postgres import Server
from tests.support.registrar import Registrar
from tests.support.town import person, wired

SECRET = "欧阳秀英19900000142"


@pytest.fixture
async def postgres(postgres_server: Server) -> AsyncIterator[str]:
    async with fresh_postgres(postgres_server) as url:
        yield url


@pytest.fixture
async def sqlite(tmp_path: Path, keyring: Keyring) -> AsyncIterator[Database]:
    async with opened(sqlite_url(tmp_path), keyring) as database:
        yield database


async def sums(database: Database) -> dict[str, object]:
    return {columns(model).table: await sum_of(database.reading, model) for model in tables()}


@pytest.mark.postgres
async def test_there_and_back_again(
    sqlite: Database, postgres: str, keyring: Keyring, clock: FakeClock, tmp_path: Path, told: list[str]
) -> None:
    await write_every_table(sqlite, clock(), SECRET)
    before = await sums(sqlite)
    await move(sqlite, postgres, clock(), told.append)
    async with opened(postgres, keyring, migrated=False) as there:
        moved = await sums(there)
        assert {table for table in before if before[table] != moved[table]} <= {"audit", "setting"}
        assert (await Woman.get(id="one", using_db=there.reading)).details["said"][0] == SECRET
        (tmp_path / "back").mkdir()
        back = sqlite_url(tmp_path / "back")
        await move(there, back, clock(), told.append)
        async with opened(back, keyring, migrated=False) as again:
            home = await sums(again)
            assert {table for table in before if before[table] != home[table]} <= {"audit", "setting"}
            _, broken = await chain.verify(again.reading, keyring)
            assert broken is None
            assert await Audit.filter(action="database.move").using_db(again.reading).count() == 2
    assert any("woman: 1 rows, compared" in line for line in told)


@pytest.mark.postgres
async def test_a_county_goes_on_where_it_was(
    sqlite: Database, postgres: str, keyring: Keyring, clock: FakeClock, told: list[str]
) -> None:
    """A conversation begun on one database ends on the other; nothing is sent again."""
    await demo.seed(sqlite, clock)
    async with wired(sqlite, clock) as town:
        clerk = Registrar(town)
        await clerk.found()
        await town.say(person("coordinator-1"), "张桂花怀孕了，末次月经9月3号")
        await town.app.outbox.drain()
    await move(sqlite, postgres, clock(), told.append)
    async with opened(postgres, keyring, migrated=False) as there, wired(there, clock) as town:
        said = await town.say(person("coordinator-1"), "就这些", "对")
        assert "张桂花" in "".join(said)
        assert [one.event for one in await town.reports()] == ["pregnancy", "pregnancy"]
        _, broken = await chain.verify(there.reading, keyring)
        assert broken is None


@pytest.mark.postgres
async def test_more_rows_than_a_page_and_places_below_each_other(
    sqlite: Database, postgres: str, keyring: Keyring, clock: FakeClock, told: list[str]
) -> None:
    async with sqlite.transaction() as tx:
        for number in range(1203):  # ids in an order in which parents come last
            await Place.create(
                id=f"p{5000 - number:05}", parent_id=f"p{5001 - number:05}" if number % 400 else None, kind="county",
                name="某地", using_db=tx,
            )  # fmt: skip
    counts = await move(sqlite, postgres, clock(), told.append)
    assert counts["place"] == 1203
    async with opened(postgres, keyring, migrated=False) as there:
        assert await Place.all().using_db(there.reading).count() == 1203


async def test_what_it_is_refused_for(
    sqlite: Database, keyring: Keyring, clock: FakeClock, tmp_path: Path, told: list[str]
) -> None:
    await write_every_table(sqlite, clock(), SECRET)
    (tmp_path / "full").mkdir()
    full = sqlite_url(tmp_path / "full")
    async with opened(full, keyring) as other, other.transaction() as tx:
        await Place.create(id="p", kind="county", name="某县", using_db=tx)
    with pytest.raises(MoveRefused, match="not empty: place has 1 rows"):
        await move(sqlite, full, clock(), told.append)
    async with serving(sqlite):
        with pytest.raises(MoveRefused, match="stop it first"):
            await move(sqlite, sqlite_url(tmp_path), clock(), told.append)
    async with sqlite.transaction() as tx:
        await tx.run("CREATE TABLE of_somebody_else (id INT)")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MoveRefused, match="left behind: of_somebody_else"):
        await move(sqlite, sqlite_url(tmp_path / "empty"), clock(), told.append)


async def test_what_does_not_come_out_the_same_is_undone(
    sqlite: Database,
    keyring: Keyring,
    clock: FakeClock,
    tmp_path: Path,
    told: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await write_every_table(sqlite, clock(), SECRET)
    real = copying.insert

    async def loses_one(tx: object, model: type, found: list[object]) -> None:
        await real(tx, model, found[1:] if model is Woman else found)  # type: ignore[arg-type]

    async def alters_one(tx: object, model: type, found: list[tuple[object, ...]]) -> None:
        if model is Place:
            at = columns(model).names.index("name")
            found = [(*row[:at], "别处", *row[at + 1 :]) for row in found]
        await real(tx, model, found)  # type: ignore[arg-type]

    (tmp_path / "empty").mkdir()
    url = sqlite_url(tmp_path / "empty")
    for wrong in (alters_one, loses_one):
        monkeypatch.setattr(copying, "insert", wrong)
        with pytest.raises(MoveRefused, match=r"did not come out the same|refer to what is not there"):
            await move(sqlite, url, clock(), told.append)
    monkeypatch.undo()
    async with opened(url, keyring, migrated=False) as other:
        for model in tables():
            rows = [row async for page in pages(other.reading, model) for row in page]
            assert not rows or model is Setting
    await move(sqlite, url, clock(), told.append)  # and the place is free for another try
    async with opened(url, keyring, migrated=False) as other:
        assert await where_said(other, SECRET)
