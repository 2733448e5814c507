"""Backups: one moment, nothing readable in them, never beside the keys; restored without sending anything twice."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from bot import demo
from bot.privacy import backups
from bot.privacy.backups import BackupRefused, backup, made_at
from bot.privacy.erase import Wanted, erase
from bot.privacy.restoring import Restored, RestoreRefused, restore
from storage import chain, migrations
from storage.crypto import Keyring
from storage.database import Database
from storage.migrate import migrate
from storage.models import Audit, CareAct, Contact, Delivery, Erasure, Outgoing, Report, Setting, Woman
from storage.occupancy import serving
from storage.tables import columns, sum_of, tables
from tests.support.clock import FakeClock
from tests.support.databases import fresh_postgres, on_postgres, opened
from tests.support.everything import write_every_table
from tests.support.leaks import assert_nothing_leaks
from tests.support.plainly import where_said
from tests.support.registrar import PHONE, Registrar
from tests.support.town import Town, person, wired

SECRET = "欧阳秀英19900000142"
CHANNELS = ("chat", "sms")


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backups")


@pytest.fixture
async def empty_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """Where a backup is restored to."""
    if on_postgres():
        async with fresh_postgres(request.getfixturevalue("postgres_server")) as url:
            yield url
    else:
        yield f"sqlite://{tmp_path_factory.mktemp('restored')}/yunguan.db"


@asynccontextmanager
async def restored(
    url: str, key_file: Path, file: Path, clock: FakeClock, told: list[str]
) -> AsyncIterator[tuple[Database, Restored]]:
    done = await restore(url, key_file, file, clock(), CHANNELS, told.append)
    async with opened(url, Keyring.from_file(key_file), migrated=False) as database:
        yield database, done


@asynccontextmanager
async def living(database: Database, clock: FakeClock, *, new: bool = True) -> AsyncIterator[Registrar]:
    if new:
        await demo.seed(database, clock)
        async with database.transaction() as tx:
            await Contact.all().using_db(tx).update(locale="zh_CN")
    async with wired(database, clock) as town:
        yield Registrar(town)


async def test_everything_is_in_it_and_nothing_can_be_read(
    database: Database, key_file: Path, clock: FakeClock, folder: Path, empty_url: str, told: list[str]
) -> None:
    await write_every_table(database, clock(), SECRET)
    file = await backup(database, key_file, folder, clock(), told.append)
    assert file.name == "yunguan-20261122T020000Z.backup"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in folder.iterdir()] == [file.name]
    assert made_at(file) == clock()
    assert_nothing_leaks([folder], [SECRET, SECRET[:4], SECRET[4:]])
    kept = {"setting", "audit", "outgoing"}
    sums = {columns(m).table: await sum_of(database.reading, m) for m in tables()}
    async with restored(empty_url, key_file, file, clock, told) as (copy, _):
        for model in tables():
            table = columns(model).table
            assert table in kept or await sum_of(copy.reading, model) == sums[table], table
        assert await where_said(copy, SECRET)
        last = await Audit.all().using_db(copy.reading).order_by("-seq").first()
        assert last is not None
        assert (last.action, last.actor, last.record) == ("restore", "operator", "2026-11-22T02:00:00+00:00")
        _, broken = await chain.verify(copy.reading, copy.keyring)
        assert broken is None
        assert not await Setting.filter(key="backup").using_db(copy.reading).exists()


async def test_while_the_service_writes(
    database: Database, key_file: Path, clock: FakeClock, folder: Path, told: list[str]
) -> None:
    async with serving(database), living(database, clock) as clerk:
        await clerk.found()
        async with database.transaction() as tx:
            await Report.all().using_db(tx).update(withdrawn=True)
            if database.path is not None:  # a transaction that is not over is not in it
                first = await backup_elsewhere(database, folder)
                with closing(sqlite3.connect(first)) as connection:
                    assert connection.execute("SELECT withdrawn FROM report").fetchone() == (0,)
        file = await backup(database, key_file, folder / "two.backup", clock(), told.append)
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("SELECT withdrawn FROM report").fetchone() == (1,)


async def backup_elsewhere(database: Database, folder: Path) -> Path:
    assert database.path is not None
    backups._sqlite_into(database.path, folder / "first")
    return folder / "first"


async def test_what_a_backup_is_refused_for(
    database: Database, key_file: Path, clock: FakeClock, folder: Path, told: list[str]
) -> None:
    async def refused(out: Path, keys: Path = key_file, keep: int | None = None) -> str:
        with pytest.raises(BackupRefused) as error:
            await backup(database, keys, out, clock(), told.append, keep)
        return str(error.value)

    assert "carry both" in await refused(key_file.parent)
    (key_file.parent / "below").mkdir()
    assert "carry both" in await refused(key_file.parent / "below" / "file")
    (folder / "keys").mkdir()
    inside = folder / "keys" / "yunguan.keys"
    database.keyring.to_file(inside)
    assert "carry both" in await refused(folder, inside)
    if database.path is not None:
        beside = database.path.parent / "keys"
        database.keyring.to_file(beside)
        assert "lies under the data directory" in await refused(folder, beside)
        beside.unlink()
    inside.unlink()
    assert "no such folder" in await refused(folder / "nowhere" / "file")
    assert "no such folder" in await refused(key_file.parent / "backups")
    (folder / "there").touch()
    assert "never overwritten" in await refused(folder / "there")
    assert "--keep-days" in await refused(folder / "new", keep=3)
    assert "--keep-days" in await refused(folder, keep=0)
    assert sorted(one.name for one in folder.iterdir()) == ["keys", "there"]


async def test_backups_expire(
    database: Database, key_file: Path, clock: FakeClock, folder: Path, told: list[str]
) -> None:
    (folder / "yunguan.toml").touch()
    (folder / "yunguan-20200101T000000Z.backup.mine").touch()
    made = []
    for _ in range(5):
        made.append(await backup(database, key_file, folder, clock(), told.append, 2))
        clock.advance(days=1)
    assert {one for one in folder.iterdir() if one.suffix == ".backup"} == set(made[2:])
    assert (folder / "yunguan-20200101T000000Z.backup.mine").exists()
    assert sum("expired" in line for line in told) == 2


async def test_what_a_restore_is_refused_for(
    database: Database, key_file: Path, clock: FakeClock, folder: Path, empty_url: str, told: list[str]
) -> None:
    await write_every_table(database, clock(), SECRET)
    file = await backup(database, key_file, folder, clock(), told.append)

    async def refused(which: Path, keys: Path = key_file, url: str = empty_url) -> str:
        with pytest.raises(RestoreRefused) as error:
            await restore(url, keys, which, clock(), CHANNELS, told.append)
        return str(error.value)

    assert "no such file" in await refused(folder / "nothing")
    torn = folder / "torn"
    content = bytearray(file.read_bytes())
    content[len(content) // 3 : len(content) // 2] = os.urandom(len(content) // 2 - len(content) // 3)
    torn.write_bytes(content)
    assert "damaged" in await refused_any(torn, key_file, empty_url, clock, told)
    other_keys = key_file.with_name("others")
    Keyring.generate().to_file(other_keys)
    assert "needs the key file of that time" in await refused(file, other_keys)
    plain = folder / "plain"
    with closing(sqlite3.connect(plain)) as connection, connection:
        connection.execute("CREATE TABLE setting (key, value)")
    assert "no backup made by" in await refused_any(plain, key_file, empty_url, clock, told)
    if database.path is not None:
        assert "nothing is overwritten" in await refused(file, url=f"sqlite://{database.path}")
        target = Path(empty_url.removeprefix("sqlite://"))
        assert [one for one in target.parent.iterdir() if not one.name.endswith(".lock")] == []
    assert await where_said(database, SECRET)


async def refused_any(file: Path, keys: Path, url: str, clock: FakeClock, told: list[str]) -> str:
    with pytest.raises(BackupRefused) as error:
        await restore(url, keys, file, clock(), CHANNELS, told.append)
    return str(error.value)


async def test_a_backup_before_a_rotation_needs_the_keys_of_then(
    database: Database, key_file: Path, clock: FakeClock, folder: Path, empty_url: str, told: list[str]
) -> None:
    await write_every_table(database, clock(), SECRET)
    file = await backup(database, key_file, folder, clock(), told.append)
    database.keyring.rotated().to_file(key_file, replace=True)  # not finished: the old one is still there
    async with restored(empty_url, key_file, file, clock, told) as (copy, _):
        assert await where_said(copy, SECRET)


async def test_who_was_erased_since_is_erased_again(
    database: Database, key_file: Path, clock: FakeClock, folder: Path, empty_url: str, told: list[str]
) -> None:
    async with living(database, clock) as clerk:
        await clerk.found("欧阳小妹")
        await clerk.found("李梅", phone="19900000151")
        file = await backup(database, key_file, folder, clock(), told.append)
        clock.advance(days=1)
        await clerk.found("王晓芳", phone="19900000152")
        for name in ("欧阳小妹", "王晓芳"):  # the second is not in the backup
            wanted = Wanted(person=clerk.woman_id(name), force=True, reason="her written wish")
            await erase(database, key_file, wanted, clock(), told.append, lambda question: True)
        erased = {clerk.woman_id("欧阳小妹"), clerk.woman_id("王晓芳")}
    assert_nothing_leaks([key_file.with_name(f"{key_file.name}.erased")], ["欧阳小妹", "王晓芳", PHONE])
    clock.advance(days=1)
    async with restored(empty_url, key_file, file, clock, told) as (copy, done):
        assert done.erased == 2
        assert await where_said(copy, "欧阳小妹", PHONE, "王晓芳") == []
        assert await where_said(copy, "李梅")
        assert {row.woman_id for row in await Erasure.all().using_db(copy.reading)} == erased
        assert await Woman.all().using_db(copy.reading).count() == 2


async def test_no_reminder_goes_out_twice(
    database: Database, key_file: Path, clock: FakeClock, folder: Path, empty_url: str, told: list[str]
) -> None:
    """The night's backup; the morning's reminder; the disk breaks; the backup is restored at noon."""
    async with living(database, clock) as clerk:
        await clerk.found()
        await clerk.settle()
        await clerk.consents()
        await clerk.file("antenatal_visit")
        await clerk.until("2027-01-19", 20)
        clerk.off("2027-01-20", 2)
        file = await backup(database, key_file, folder, clock(), told.append)
        before = len(clerk.heard())
        await clerk.until("2027-01-20", 9)
        assert len(clerk.heard()) == before + 1  # reminded, after the backup
    clerk.off("2027-01-20", 12)
    async with (
        restored(empty_url, key_file, file, clock, told) as (copy, done),
        living(copy, clock, new=False) as again,
    ):
        assert done.outage == 1
        assert again.heard() == []
        await again.until("2027-01-21", 12)
        assert again.heard() == []
        act = await CareAct.get(reason="outage", using_db=copy.reading)
        assert (act.state, act.to_role) == ("skipped", "woman")
        await again.until("2027-03-20", 12)
        assert again.heard() != []  # what falls due later is told as ever


async def test_letters_under_way_are_in_doubt_and_danger_is_told_again(
    database: Database, key_file: Path, clock: FakeClock, folder: Path, empty_url: str, told: list[str]
) -> None:
    async with living(database, clock) as clerk:
        town: Town = clerk.town
        await clerk.found()
        await town.say(person("coordinator-1"), "李梅大出血了")
        await town.say(person("coordinator-3"), "帮助")
        await clerk.town.app.care.check()
        queued = {
            row.id: row.kind for row in await Outgoing.filter(state="queued").using_db(database.reading)
        }
        assert {"reply", "danger", "reminder"} <= set(queued.values())
        waiting = await Delivery.filter(state="queued").using_db(database.reading).count()
        file = await backup(database, key_file, folder, clock(), told.append)
    clock.advance(minutes=30)
    async with restored(empty_url, key_file, file, clock, told) as (copy, done):
        rows = {row.id: row for row in await Outgoing.all().using_db(copy.reading)}
        for id_, kind in queued.items():
            assert rows[id_].state == ("queued" if kind == "danger" else "unknown"), kind
        assert done.unknown == sum(kind != "danger" for kind in queued.values())
        # reports are delivered again: the county knows them by their ids
        assert await Delivery.filter(state="queued").using_db(copy.reading).count() == waiting > 0
        async with living(copy, clock, new=False) as again:
            await again.town.app.outbox.drain()
            sent = await Outgoing.filter(state__in=("sent", "delivered")).using_db(copy.reading)
            assert {row.kind for row in sent if row.id in queued} == {"danger"}


async def test_nobody_uses_the_place_meanwhile(
    database: Database, key_file: Path, clock: FakeClock, folder: Path, empty_url: str, told: list[str]
) -> None:
    file = await backup(database, key_file, folder, clock(), told.append)
    async with opened(empty_url, database.keyring, migrated=False) as other, serving(other):
        with pytest.raises(RestoreRefused, match="the service runs"):
            await restore(empty_url, key_file, file, clock(), CHANNELS, told.append)


async def test_an_old_backup_is_brought_up_to_date(
    tmp_path: Path, key_file: Path, clock: FakeClock, folder: Path, empty_url: str, told: list[str]
) -> None:
    shipped = Path(migrations.__file__).parent
    (tmp_path / "migrations").mkdir()
    for file in shipped.glob("00*.sql"):
        if int(file.name[:4]) <= 11:
            (tmp_path / "migrations" / file.name).write_bytes(file.read_bytes())
    keyring = Keyring.from_file(key_file)
    async with opened(f"sqlite://{tmp_path}/old.db", keyring, migrated=False) as old:
        await migrate(old, tmp_path / "migrations")
        assert "erasure" not in await old.tables()
    file = folder / "old.backup"
    backups._sqlite_into(tmp_path / "old.db", file)
    backups._stamp_and_check(file, "sqlite", clock())
    async with restored(empty_url, key_file, file, clock, told) as (copy, done):
        assert done.migrations >= 3
        assert "erasure" in await copy.tables()
