"""Keys, backups and erasures against what goes wrong half way, and against files that lie where they must not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot import demo
from bot.papers import report
from bot.papers.making import NoSuchPaper
from bot.privacy import rotation
from bot.privacy.backups import BackupRefused, backup
from bot.privacy.erase import ErasureRefused, Wanted, erase
from bot.privacy.erased import Erased, list_beside, remember, remembered
from bot.privacy.handing_over import ExportRefused, hand_over, known_of
from bot.privacy.health import CHECKS
from bot.privacy.rotation import RotationRefused, finish, rotate
from storage.crypto import Keyring
from storage.database import Database, open_database
from storage.models import Address, Audit, Contact, ContactWoman, Inbound, Woman
from tests.privacy.conftest import key_file, told
from tests.support.clock import FakeClock
from tests.support.databases import on_postgres, opened, sqlite_url
from tests.support.town import Town, person, wired

__all__ = ["key_file", "told"]

sqlite_only = pytest.mark.skipif(on_postgres(), reason="of the files of SQLite")
MODE = 0o777


# ── the list of the erased ──────────────────────────────────────────────────────────────────────────────


def test_who_follows_a_line_that_was_cut_off_is_remembered(tmp_path: Path, clock: FakeClock) -> None:
    """The power failed while a line was written; the next one must not hang on it."""
    keys = tmp_path / "keys"
    remember(keys, [Erased("w1", clock(), "wish")])
    with list_beside(keys).open("ab") as file:
        file.write(b'{"woman": "w2", "at')
    remember(keys, [Erased("w3", clock(), "wish")])
    remember(keys, [Erased("w4", clock(), "retention")])
    assert [one.woman_id for one in remembered(keys)] == ["w1", "w3", "w4"]
    assert list_beside(keys).stat().st_mode & MODE == 0o600


# ── keys ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", [rotate, finish])
async def test_two_who_rotate_at_once_lose_no_key(
    database_url: str, keyring: Keyring, key_file: Path, clock: FakeClock, told: list[str],
    monkeypatch: pytest.MonkeyPatch, step: Any,
) -> None:  # fmt: skip
    """One read the key file, and before she had the database for herself another had put a new key in it."""
    async with opened(database_url, keyring) as database, database.transaction() as tx:
        await Woman.create(id="w", details={"name": "王芳"}, version=1, updated_at=clock(), using_db=tx)
    real, once = open_database, list[int]()

    async def slowly(url: str, ring: Keyring) -> Database:
        first = not once
        once.append(1)
        opened_ = await real(url, ring)
        if first:
            await rotate(url, key_file, told.append, clock)
        return opened_

    monkeypatch.setattr(rotation, "open_database", slowly)
    with pytest.raises(RotationRefused, match="run it again"):
        await step(database_url, key_file, told.append, clock)
    async with opened(database_url, Keyring.from_file(key_file)):
        assert (await Woman.get(id="w")).details == {"name": "王芳"}
    await rotate(database_url, key_file, told.append, clock)
    await finish(database_url, key_file, told.append, clock)
    async with opened(database_url, Keyring.from_file(key_file)):
        assert (await Woman.get(id="w")).details == {"name": "王芳"}


def test_a_key_file_by_another_name_stays_where_it_is(tmp_path: Path, keyring: Keyring) -> None:
    """The configuration names a link: the new key goes where the old one lay, not beside the link."""
    (tmp_path / "safe").mkdir()
    (tmp_path / "etc").mkdir()
    kept, name = tmp_path / "safe" / "keys", tmp_path / "etc" / "keys"
    keyring.to_file(kept)
    name.symlink_to(kept)
    new = keyring.rotated()
    new.to_file(name, replace=True)
    assert name.is_symlink()
    assert Keyring.from_file(kept).newest == new.newest
    assert [one.name for one in (tmp_path / "etc").iterdir()] == ["keys"]


def test_a_new_key_file_belongs_to_whom_the_old_one_did(
    tmp_path: Path, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rotated by root, the service's user must read it at the next start."""
    given: list[tuple[int, int]] = []
    monkeypatch.setattr("os.fchown", lambda descriptor, user, group: given.append((user, group)))
    keyring.to_file(tmp_path / "keys")
    state = (tmp_path / "keys").stat()
    keyring.rotated().to_file(tmp_path / "keys", replace=True)
    assert given == [(state.st_uid, state.st_gid)]


# ── backups ─────────────────────────────────────────────────────────────────────────────────────────────


@sqlite_only
@pytest.mark.parametrize(
    "how", ["a folder that is a link", "a data file that is a link", "a file that is a link"]
)
async def test_a_key_below_the_data_by_any_name_is_refused(
    tmp_path: Path, keyring: Keyring, clock: FakeClock, told: list[str], how: str
) -> None:
    data, safe, out = tmp_path / "data", tmp_path / "safe", tmp_path / "out"
    for folder in (data, safe, out):
        folder.mkdir()
    keys = data / "keys" / "yunguan.keys"
    url = sqlite_url(data)
    if how == "a folder that is a link":
        keyring.to_file(safe / "yunguan.keys")
        (data / "keys").symlink_to(safe)
    elif how == "a data file that is a link":
        (data / "keys").mkdir()
        keyring.to_file(keys)
        (tmp_path / "disk").mkdir()
        (data / "yunguan.db").symlink_to(tmp_path / "disk" / "yunguan.db")
    else:
        (data / "keys").mkdir()
        keyring.to_file(keys)
        keys = safe / "yunguan.keys"
        keys.symlink_to(data / "keys" / "yunguan.keys")
    async with opened(url, keyring) as database:
        with pytest.raises(BackupRefused, match="under the data directory"):
            await backup(database, keys, out, clock(), told.append)
        assert not list(out.iterdir())

        settings = SimpleNamespace(database=SimpleNamespace(keys=keys))
        patient: Any = SimpleNamespace(settings=settings, database=database)
        found = [one async for one in CHECKS[1](patient)]
        assert [one.level for one in found] == ["fail"]


async def test_what_a_killed_backup_left_goes_with_the_others(
    database: Database,
    tmp_path_factory: pytest.TempPathFactory,
    key_file: Path,
    clock: FakeClock,
    told: list[str],
) -> None:
    """Whoever was erased meanwhile would stay in it for good."""
    out = tmp_path_factory.mktemp("out")
    left = [out / f".yunguan-20261001T020000Z.backup.part{end}" for end in ("", "-journal", "-wal")]
    running = out / f".yunguan-{clock() - timedelta(minutes=5):%Y%m%dT%H%M%SZ}.backup.part"
    other = out / ".somebody-elses.part"
    for file in (*left, running, other):
        file.write_bytes(b"x")
    await backup(database, key_file, out, clock(), told.append, 30)
    assert not [file for file in left if file.exists()]
    assert running.exists()
    assert other.exists()


# ── erasing ─────────────────────────────────────────────────────────────────────────────────────────────


@sqlite_only
async def test_while_somebody_reads_the_file_it_is_said_that_old_pages_stay(
    tmp_path: Path, keyring: Keyring, key_file: Path, clock: FakeClock, told: list[str]
) -> None:
    """A backup that runs meanwhile keeps the log from being emptied: she would be in it."""
    url = f"{sqlite_url(tmp_path)}?busy_timeout=50"
    async with opened(url, keyring) as database:
        async with database.transaction() as tx:
            await Woman.create(id="w", details={"name": "王芳"}, version=1, updated_at=clock(), using_db=tx)
        with closing(sqlite3.connect(tmp_path / "yunguan.db")) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT COUNT(*) FROM woman").fetchone()
            with pytest.raises(ErasureRefused, match="still read"):
                await erase(database, key_file, Wanted("w"), clock(), told.append, lambda _: True)
        await erase(database, key_file, Wanted("w"), clock(), told.append, lambda _: True)
    with closing(sqlite3.connect(tmp_path / "yunguan.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM woman").fetchone()
        with pytest.raises(RotationRefused, match="still read"):
            await rotate(url, key_file, told.append, clock)
    with pytest.raises(RotationRefused, match="still read"):
        await _finished_while_read(url, tmp_path, key_file, told, clock)
    assert Keyring.from_file(key_file).old, "the old key stays until nothing of it is left in the files"


async def _finished_while_read(
    url: str, folder: Path, key_file: Path, told: list[str], clock: FakeClock
) -> None:
    with closing(sqlite3.connect(folder / "yunguan.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM woman").fetchone()
        await finish(url, key_file, told.append, clock)


# ── what leaves by the command line ─────────────────────────────────────────────────────────────────────


async def one_woman(database: Database, clock: FakeClock) -> str:
    await demo.seed(database, clock)
    async with wired(database, clock) as town:
        await Town.say(town, person("coordinator-1"), "张桂花怀孕了，末次月经9月3号", "就这些", "对")
        (row,) = await town.reports()
        return row.woman_id


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
async def test_a_paper_by_the_command_line_is_a_look_and_nobody_elses_to_read(
    database: Database, clock: FakeClock, tmp_path: Path, told: list[str], ending: str
) -> None:
    woman = await one_woman(database, clock)
    out = tmp_path / f"a.{ending}"
    out.write_bytes(b"older")
    out.chmod(0o644)
    await report.run(database, "roster", "2026Q4", out, None, None, clock(), told.append)
    assert out.stat().st_mode & MODE == 0o600
    rows = await Audit.filter(actor="operator").using_db(database.reading).order_by("seq")
    assert [(row.action, row.subject, row.record, row.channel) for row in rows] == [
        ("paper", None, "roster 2026Q4", "cli"),
        ("look", woman, "roster 2026Q4", "cli"),
    ]


async def test_the_records_behind_a_figure_are_noted_too(
    database: Database, clock: FakeClock, told: list[str]
) -> None:
    await one_woman(database, clock)
    with pytest.raises(NoSuchPaper, match="no figure there"):
        await report.run(database, "附表2", "2026Q4", None, None, "Z99", clock(), told.append)
    rows = await Audit.filter(actor="operator").using_db(database.reading)
    assert [(row.action, row.record) for row in rows] == [("paper.explain", "附表2 2026Q4")]


async def test_nothing_half_is_left_of_an_export(
    database: Database, clock: FakeClock, tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    woman = await one_woman(database, clock)

    class Full:
        def __init__(self, descriptor: int, mode: str) -> None:
            self._file = open(descriptor, mode)  # noqa: SIM115

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

        def write(self, content: bytes) -> None:
            self._file.write(content[:10])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("bot.privacy.handing_over.os.fdopen", Full)
    with pytest.raises(ExportRefused, match="No space left"):
        await hand_over(database, woman, None, tmp_path / "a.txt", clock(), told.append)
    assert not (tmp_path / "a.txt").exists()


@pytest.mark.parametrize("how", ["another woman has the number", "the number is said to be wrong"])
async def test_of_a_number_she_has_no_more_nothing_is_handed_to_her(
    database: Database, clock: FakeClock, keyring: Keyring, how: str
) -> None:
    """Who writes from it now may be anybody; what came before cannot be told from it."""
    woman = await one_woman(database, clock)
    number, words = "19900000155", "我是新来的，我流血了"
    async with database.transaction() as tx:
        await Contact.create(id="old", created_at=clock(), using_db=tx)
        await Address.create(
            id="a", contact_id="old", channel="sms", address=number,
            address_index=keyring.blind("address", number), using_db=tx,
        )  # fmt: skip
        consent = "yes" if how.startswith("another") else "wrong"
        await ContactWoman.create(
            id="l", contact_id="old", woman_id=woman, consent=consent, consent_at=clock(), using_db=tx
        )
        await Inbound.create(
            id="i", channel="sms", provider_id="1", contact_id="old", payload={"text": words}, sent_at=clock(),
            received_at=clock(), state="done", using_db=tx,
        )  # fmt: skip
        if how.startswith("another"):
            index = keyring.blind("phone", number)
            await Woman.create(
                id="other",
                phone_index=index,
                details={"name": "王芳"},
                version=1,
                updated_at=clock(),
                using_db=tx,
            )
    known = await known_of(database, await Woman.get(id=woman, using_db=database.reading), clock())
    assert words not in str(known)
    assert number not in str(known["accounts"])
    assert known["messages_left_out"] == 1
