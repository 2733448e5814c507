"""The runner, with migrations made up for the purpose on top of the real first ones."""

import asyncio
import shutil
from pathlib import Path

import pytest

from storage import keycheck
from storage.crypto import Keyring
from storage.database import Database
from storage.migrate import MigrationRefused, migrate, pending, shipped, statements
from storage.models import Child, Place, Pregnancy, Setting, Woman
from tests.support.clock import FakeClock
from tests.support.databases import opened

SHIPPED = Path(__file__).parents[2] / "storage" / "migrations"

# The way SQLite's own documentation tells to change a column: make, copy, drop, rename
REBUILD_WOMAN_SQLITE = """
-- resident_id_index becomes shorter; a comment; with a semicolon
CREATE TABLE woman_new (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    name_index VARCHAR(44),
    resident_id_index VARCHAR(40),
    phone_index VARCHAR(44),
    details TEXT NOT NULL,
    version INT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    village_id VARCHAR(32) REFERENCES place (id) ON DELETE RESTRICT
);
INSERT INTO woman_new
    SELECT id, name_index, resident_id_index, phone_index, details, version, updated_at, village_id
    FROM woman;
DROP TABLE woman;
ALTER TABLE woman_new RENAME TO woman;
CREATE INDEX woman_by_resident_id_index ON woman (resident_id_index);
"""
REBUILD_WOMAN_POSTGRES = "ALTER TABLE woman ALTER COLUMN resident_id_index TYPE VARCHAR(40);"
TRANSFORM = """
from storage.models import Woman

async def apply(tx, keyring):
    assert keyring.newest
    for woman in await Woman.all().using_db(tx):
        woman.details = woman.details | {"moved": True}
        await woman.save(using_db=tx)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "migrations"
    target.mkdir()
    for file in SHIPPED.glob("*.sql"):
        shutil.copy(file, target)
    return target


def number(folder: Path) -> int:
    return 1 + len(list(folder.glob("*.sqlite.sql"))) + len(list(folder.glob("*.py")))


def add(folder: Path, name: str, sqlite: str, postgres: str | None = None) -> str:
    label = f"{number(folder):04}_{name}"
    (folder / f"{label}.sqlite.sql").write_text(sqlite)
    (folder / f"{label}.postgres.sql").write_text(postgres or sqlite)
    return label


def add_python(folder: Path, name: str, source: str) -> str:
    label = f"{number(folder):04}_{name}"
    (folder / f"{label}.py").write_text(source)
    return label


def change(folder: Path, label: str, old: str, new: str) -> None:
    for file in folder.glob(f"{label}.*"):
        content = file.read_bytes()
        assert old.encode() in content
        file.write_bytes(content.replace(old.encode(), new.encode()))


async def fill(database: Database, clock: FakeClock) -> None:
    async with database.transaction() as tx:
        await Place(id="v", kind="village", name="某村").save(using_db=tx)
        for n in ("1", "2"):
            woman = Woman(id=f"w{n}", village_id="v", details={"name": "王芳"}, version=1, updated_at=clock())
            await woman.save(using_db=tx)
            await Pregnancy(id=f"p{n}", woman_id=f"w{n}", open=False, details={}).save(using_db=tx)
            await Child(id=f"c{n}", woman_id=f"w{n}", pregnancy_id=f"p{n}", details={}).save(using_db=tx)


async def counts() -> list[int]:
    return [await model.all().count() for model in (Place, Woman, Pregnancy, Child)]


async def test_a_fresh_database_gets_all_once(database_url: str, keyring: Keyring) -> None:
    async with opened(database_url, keyring, migrated=False) as database:
        labels = await pending(database)
        assert labels[0] == "0001_first"
        assert await migrate(database) == labels
        assert await migrate(database) == []
        assert await pending(database) == []
        rows = await database.reading.execute_query_dict("SELECT * FROM schema_migration ORDER BY version")
        assert (rows[0]["version"], rows[0]["name"]) == (1, "first")
        assert all(len(row["checksum"]) == 64 and row["applied_at"] for row in rows)


async def test_rebuilding_a_table_keeps_parents_children_and_references(
    database: Database, folder: Path, clock: FakeClock
) -> None:
    await fill(database, clock)
    label = add(folder, "rebuild", REBUILD_WOMAN_SQLITE, REBUILD_WOMAN_POSTGRES)
    assert await migrate(database, folder) == [label]
    assert await counts() == [1, 2, 2, 2]
    assert (await Woman.get(id="w1")).details == {"name": "王芳"}
    async with database.transaction() as tx:  # the children still hold on to the new table
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            async with tx.savepoint():
                await Woman.filter(id="w1").using_db(tx).delete()
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            async with tx.savepoint():
                await Pregnancy(id="p9", woman_id="nobody", open=True, details={}).save(using_db=tx)


async def test_a_python_migration_transforms_encrypted_rows(
    database: Database, folder: Path, clock: FakeClock
) -> None:
    await fill(database, clock)
    label = add_python(folder, "transform", TRANSFORM)
    assert await migrate(database, folder) == [label]
    assert [woman.details for woman in await Woman.all()] == [{"name": "王芳", "moved": True}] * 2
    assert await migrate(database, folder) == []


@pytest.mark.parametrize("failure", ["SELECT * FROM nothing;", "INSERT INTO setting (key) VALUES ('x');"])
async def test_a_failing_migration_leaves_nothing_of_itself(
    database: Database, folder: Path, clock: FakeClock, failure: str
) -> None:
    await fill(database, clock)
    add(folder, "good", "CREATE TABLE good (id INT);")
    bad = add(folder, "bad", f"CREATE TABLE bad (id INT);\nDELETE FROM child;\n{failure}")
    with pytest.raises(Exception, match=r"nothing|null|NULL"):
        await migrate(database, folder)
    assert await counts() == [1, 2, 2, 2]
    tables = await database.tables()
    assert "good" in tables
    assert "bad" not in tables
    assert (await pending(database, folder))[0] == bad


async def test_a_python_migration_that_fails_leaves_nothing(
    database: Database, folder: Path, clock: FakeClock
) -> None:
    await fill(database, clock)
    add_python(folder, "bad", TRANSFORM + "    raise ValueError('no')\n")
    with pytest.raises(ValueError, match="no"):
        await migrate(database, folder)
    assert [woman.details for woman in await Woman.all()] == [{"name": "王芳"}] * 2


async def test_a_migration_may_not_leave_children_without_parents(
    database: Database, folder: Path, clock: FakeClock
) -> None:
    await fill(database, clock)
    add(folder, "orphans", "DELETE FROM woman WHERE id = 'w1';")
    with pytest.raises(Exception, match=r"child, pregnancy|foreign key"):
        await migrate(database, folder)
    assert await counts() == [1, 2, 2, 2]


async def test_foreign_keys_hold_again_after_a_migration_whether_it_succeeds_or_fails(
    database: Database, folder: Path
) -> None:
    async def refuses_orphans() -> None:
        async with database.transaction() as tx:
            with pytest.raises(Exception, match=r"(?i)foreign key"):
                async with tx.savepoint():
                    await Pregnancy(id="p", woman_id="nobody", open=True, details={}).save(using_db=tx)

    await refuses_orphans()
    add(folder, "good", "CREATE TABLE good (id INT);")
    await migrate(database, folder)
    await refuses_orphans()
    add(folder, "bad", "SELECT * FROM nothing;")
    with pytest.raises(Exception, match="nothing"):
        await migrate(database, folder)
    await refuses_orphans()


async def test_a_newer_database_is_refused(database: Database, folder: Path) -> None:
    add(folder, "future", "CREATE TABLE future (id INT);")
    await migrate(database, folder)
    for refused in (migrate(database), pending(database)):
        with pytest.raises(MigrationRefused, match=r"newer than this program.*future"):
            await refused


async def test_a_changed_migration_is_refused(database: Database, folder: Path) -> None:
    label = add(folder, "extra", "CREATE TABLE extra (id INT);")
    await migrate(database, folder)
    change(folder, label, "CREATE TABLE extra (id INT);", "CREATE TABLE extra (id INT, more INT);")
    with pytest.raises(MigrationRefused, match=f"{label} is not the one"):
        await migrate(database, folder)
    with pytest.raises(MigrationRefused, match=f"{label} is not the one"):
        await pending(database, folder)


async def test_line_ends_do_not_change_a_checksum(database: Database, folder: Path) -> None:
    change(folder, "0001_first", "\n", "\r\n")
    assert await migrate(database, folder) == []


async def test_two_starting_at_once_apply_each_once(database_url: str, keyring: Keyring) -> None:
    async with (
        opened(database_url, keyring, migrated=False) as one,
        opened(database_url, keyring, migrated=False) as two,
    ):
        done = await asyncio.gather(migrate(one), migrate(two))
        assert sorted(done[0] + done[1]) == [f"{m.version:04}_{m.name}" for m in shipped(one.dialect)]
        assert await keycheck.exists(two.reading)


async def test_the_key_check_is_written_once(database: Database) -> None:
    note = (await Setting.get(key="key_check")).value
    await migrate(database)
    assert (await Setting.get(key="key_check")).value == note
    await keycheck.check(database.reading, database.keyring.rotated())


def test_gaps_in_the_numbers_are_refused(folder: Path) -> None:
    (folder / "0009_late.sqlite.sql").write_text("SELECT 1;")
    with pytest.raises(MigrationRefused, match="without gaps"):
        shipped("sqlite", folder)


def test_both_dialects_have_the_same_migrations() -> None:
    assert [(m.version, m.name) for m in shipped("sqlite")] == [
        (m.version, m.name) for m in shipped("postgres")
    ]


def test_a_script_is_cut_where_its_statements_end() -> None:
    script = """-- a; comment
    INSERT INTO t VALUES ('a;b');
    CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM t; SELECT 1; END;
    -- the end
    """
    found = list(statements(script))
    assert [part.strip().splitlines()[-1].split()[0] for part in found] == ["INSERT", "CREATE"]
    with pytest.raises(MigrationRefused, match="semicolon"):
        list(statements("SELECT 1"))
