import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tortoise.exceptions import IntegrityError

from storage import crypto
from storage.crypto import Keyring, WrongKey
from storage.database import Database, DatabaseUnusable, Transaction, open_database
from storage.migrate import migrate
from storage.models import Place, Setting
from tests.support.databases import SHIPPED, fresh_postgres, on_postgres, opened, sqlite_url
from tests.support.postgres import Server

sqlite_only = pytest.mark.skipif(on_postgres(), reason="about SQLite's files")
SOON = 5  # seconds in which what does not hang is done


def place(place_id: str) -> Place:
    return Place(id=place_id, kind="village", name=f"村{place_id}")


async def names(tx: Transaction | None = None) -> list[str]:
    return [p.id for p in await Place.all().order_by("id").using_db(tx)]


async def test_what_is_committed_stays(database: Database) -> None:
    async with database.transaction() as tx:
        await place("a").save(using_db=tx)
        assert await names(tx) == ["a"]
        assert await names() == []
    assert await names() == ["a"]


async def test_an_error_undoes_everything(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with database.transaction() as tx:
            await place("a").save(using_db=tx)
            raise ZeroDivisionError
    assert await names() == []
    async with database.transaction() as tx:
        await place("b").save(using_db=tx)
    assert await names() == ["b"]


async def test_cancelling_undoes_everything_and_frees_the_connection(database: Database) -> None:
    written = asyncio.Event()

    async def work() -> None:
        async with database.transaction() as tx:
            await place("a").save(using_db=tx)
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(SOON), database.transaction() as tx:
        assert await names(tx) == []
        await place("b").save(using_db=tx)
    assert await names() == ["b"]


async def test_a_savepoint_is_undone_alone(database: Database) -> None:
    async with database.transaction() as tx:
        await place("a").save(using_db=tx)
        with pytest.raises(IntegrityError):  # noqa: PT012
            async with tx.savepoint():
                await place("b").save(using_db=tx)
                await place("a").save(using_db=tx)
        async with tx.savepoint():
            await place("c").save(using_db=tx)
            with pytest.raises(ZeroDivisionError):  # noqa: PT012
                async with tx.savepoint():
                    await place("d").save(using_db=tx)
                    raise ZeroDivisionError
        await place("e").save(using_db=tx)
    assert await names() == ["a", "c", "e"]


async def test_what_tortoise_nests_is_a_savepoint(database: Database) -> None:
    async with database.transaction() as tx:
        await Place.bulk_create([place("a"), place("b")], using_db=tx)
        async with tx._in_transaction():
            await place("c").save(using_db=tx)
    assert await names() == ["a", "b", "c"]


async def test_reading_never_waits_for_a_transaction(database: Database) -> None:
    async with asyncio.timeout(SOON), database.transaction() as tx:
        await place("a").save(using_db=tx)
        assert await names() == []  # in the same task
        assert await asyncio.gather(*(asyncio.create_task(names()) for _ in range(20))) == [[]] * 20
        assert await Place.all().using_db(database.reading).count() == 0


async def test_writing_outside_a_transaction_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match=r"readonly|read-only"):
        await place("a").save()
    assert await names() == []


async def test_transactions_of_many_tasks_follow_each_other(database: Database) -> None:
    async with database.transaction() as tx:
        await Setting(key="count", value="0").save(using_db=tx)

    async def add() -> None:
        async with database.transaction() as tx:
            await tx.lock(["count"])
            setting = await Setting.get(key="count", using_db=tx)
            await asyncio.sleep(0)
            setting.value = str(int(setting.value) + 1)
            await setting.save(using_db=tx)

    await asyncio.gather(*(add() for _ in range(40)))
    assert (await Setting.get(key="count")).value == "40"


async def test_locks_are_held_until_the_end_and_order_does_not_matter(database: Database) -> None:
    async def take(order: list[str]) -> None:
        for _ in range(10):
            async with database.transaction() as tx:
                await tx.lock(order)
                await asyncio.sleep(0)

    async with asyncio.timeout(SOON):
        await asyncio.gather(take(["a", "b", "c"]), take(["c", "b", "a"]), take(["b", "a"]))
    async with database.transaction() as tx:
        await tx.lock([])


async def test_one_database_after_another(tmp_path: Path, keyring: Keyring) -> None:
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        async with opened(sqlite_url(folder), keyring) as database, database.transaction() as tx:
            assert await names(tx) == []
            await place(name).save(using_db=tx)


@pytest.mark.postgres
async def test_one_dialect_after_the_other(postgres_server: Server, tmp_path: Path, keyring: Keyring) -> None:
    async with fresh_postgres(postgres_server) as postgres:
        for url, dialect in [(sqlite_url(tmp_path), "sqlite"), (postgres, "postgres")] * 2:
            async with opened(url, keyring) as database:
                assert database.dialect == dialect
                async with database.transaction() as tx:
                    await place(str(await Place.all().using_db(tx).count())).save(using_db=tx)
        async with opened(postgres, keyring):
            assert await names() == ["0", "1"]


async def test_two_at_once_models_read_from_the_one_opened_last(tmp_path: Path, keyring: Keyring) -> None:
    (tmp_path / "two").mkdir()
    async with opened(sqlite_url(tmp_path), keyring) as first:
        async with opened(sqlite_url(tmp_path / "two"), keyring) as second:
            async with second.transaction() as tx:
                await place("second").save(using_db=tx)
            async with first.transaction() as tx:
                await place("first").save(using_db=tx)
            assert await names() == ["second"]
            assert [p.id for p in await Place.all().using_db(first.reading)] == ["first"]
        assert await names() == ["first"]
        assert crypto.current() is keyring


async def test_tasks_made_before_opening_see_the_database(database_url: str, keyring: Keyring) -> None:
    ready, done = asyncio.Event(), asyncio.Event()

    async def early() -> list[str]:
        await ready.wait()
        return await names()

    task = asyncio.create_task(early())
    async with opened(database_url, keyring):
        ready.set()
        assert await task == []
        done.set()


async def test_in_memory_leaves_nothing_behind(keyring: Keyring) -> None:
    for url in ("sqlite://:memory:", "sqlite::memory:"):
        async with opened(url, keyring) as database:
            async with database.transaction() as tx:
                await place("a").save(using_db=tx)
            assert await names() == ["a"]
            files = await database.reading.execute_query_dict("PRAGMA database_list")
        assert not Path(files[0]["file"]).parent.exists()


@pytest.mark.postgres
async def test_a_server_or_database_that_is_not_there_is_told(
    postgres_server: Server, keyring: Keyring
) -> None:
    for url in (postgres_server.url("nobody"), "postgres://postgres@127.0.0.1:1/x"):
        with pytest.raises(DatabaseUnusable, match="cannot be opened"):
            await open_database(url, keyring)


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite://", "mssql://a/b"])
async def test_another_kind_of_url_is_refused(url: str, keyring: Keyring) -> None:
    with pytest.raises(DatabaseUnusable, match="database URL"):
        await open_database(url, keyring)
    with pytest.raises(crypto.KeyringError):
        crypto.current()


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path, keyring: Keyring) -> None:
    with pytest.raises(DatabaseUnusable, match="nowhere"):
        await open_database(f"sqlite://{tmp_path}/nowhere/a.db", keyring)


async def test_a_file_that_is_no_database_is_told(tmp_path: Path, keyring: Keyring) -> None:
    (tmp_path / "yunguan.db").write_text("this is a letter, not a database" * 100)
    with pytest.raises(DatabaseUnusable, match="not a database"):
        await open_database(sqlite_url(tmp_path), keyring)


async def test_a_wrong_key_stops_the_start(database_url: str, keyring: Keyring) -> None:
    async with opened(database_url, keyring):
        pass
    with pytest.raises(WrongKey, match="key file"):
        await open_database(database_url, Keyring.generate())
    other_index = Keyring([bytes(range(32))], b"i" * 32)
    assert other_index.newest == keyring.newest
    with pytest.raises(WrongKey, match="index key"):
        await open_database(database_url, other_index)
    async with opened(database_url, keyring.rotated()):
        pass
    async with opened(database_url, keyring):
        pass


@pytest.fixture
def as_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.sqlite.PRAGMAS", SHIPPED)


@sqlite_only
async def test_the_file_is_durable_guarded_and_private(
    as_shipped: None, database: Database, tmp_path: Path
) -> None:
    async def pragmas(connection: object) -> dict[str, object]:
        found: dict[str, object] = {}
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only"):
            rows = await connection.execute_query_dict(f"PRAGMA {name}")  # type: ignore[attr-defined]
            found[name] = next(iter(rows[0].values()))
        return found

    full = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    assert await pragmas(database.reading) == full | {"query_only": 1}
    async with database.transaction() as tx:
        assert await pragmas(tx) == full | {"query_only": 0}
    assert {oct(os.stat(f).st_mode & 0o777) for f in os.scandir(tmp_path)} == {"0o600"}


@sqlite_only
async def test_pragmas_may_be_given_in_the_url(tmp_path: Path, keyring: Keyring) -> None:
    async with (
        opened(sqlite_url(tmp_path) + "?busy_timeout=1234", keyring) as database,
        database.transaction() as tx,
    ):
        assert await tx.execute_query_dict("PRAGMA busy_timeout") == [{"timeout": 1234}]


PROGRAM = """
import asyncio, sys
from storage.database import open_database
from storage.models import Place, Setting
from tests.support.databases import fixed_keyring

async def main():
    database = await open_database(sys.argv[1], fixed_keyring())
    try:
        await {what}(database)
    finally:
        await database.close()

async def count(database):
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(150):
        async with database.transaction() as tx:
            await tx.lock(["count"])
            setting = await Setting.get(key="count", using_db=tx)
            setting.value = str(int(setting.value) + 1)
            await setting.save(using_db=tx)

async def commit_and_wait(database):
    async with database.transaction() as tx:
        await Place(id="kept", kind="village", name="x").save(using_db=tx)
    print("committed", flush=True)
    async with database.transaction() as tx:
        await Place(id="lost", kind="village", name="x").save(using_db=tx)
        print("written", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def start(what: str, url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(what=what), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": "."},
    )


async def test_two_processes_reading_then_writing_never_meet_a_locked_database(
    database_url: str, keyring: Keyring
) -> None:
    async with opened(database_url, keyring) as database, database.transaction() as tx:
        await Setting(key="count", value="0").save(using_db=tx)
    workers = [start("count", database_url) for _ in range(2)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    endings = await asyncio.gather(*(asyncio.to_thread(worker.communicate, "go\n") for worker in workers))
    assert [(worker.returncode, ending[1]) for worker, ending in zip(workers, endings, strict=True)] == [
        (0, "")
    ] * 2
    async with opened(database_url, keyring):
        assert (await Setting.get(key="count")).value == "300"


@pytest.mark.kernel_fault
async def test_a_killed_process_keeps_what_it_committed_and_nothing_else(
    database_url: str, keyring: Keyring
) -> None:
    async with opened(database_url, keyring):
        pass
    process = start("commit_and_wait", database_url)
    assert process.stdout is not None
    assert [process.stdout.readline(), process.stdout.readline()] == ["committed\n", "written\n"]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    async with opened(database_url, keyring) as database:
        assert await migrate(database) == []
        assert await names() == ["kept"]
