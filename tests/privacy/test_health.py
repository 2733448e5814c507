"""The doctor on keys, backups and retention: each thing that can be wrong, made wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.doctor import examine
from bot.findings import Finding
from bot.privacy.backups import LAST, backup
from bot.settings import Settings
from bot.wording import render
from storage.database import Database
from storage.models import Setting
from tests.support.clock import FakeClock


async def found(database: Database, key_file: Path, clock: FakeClock, **more: Any) -> dict[str, Finding]:
    tables: dict[str, Any] = {"database": {"url": "sqlite:////tmp/y.db", "keys": str(key_file), **more}}
    return {one.check: one for one in await examine(database, Settings(**tables), clock())}


async def test_a_copy_of_the_keys_must_have_been_thought_of(
    database: Database, key_file: Path, clock: FakeClock
) -> None:
    missing = (await found(database, key_file, clock))["key_escrow"]
    assert missing.level == "fail"
    assert "database.key_escrow" in render(missing.text)
    assert (await found(database, key_file, clock, key_escrow="  "))["key_escrow"].level == "fail"
    told = (await found(database, key_file, clock, key_escrow="县局保险柜，王主任"))["key_escrow"]
    assert told.level == "ok"
    assert "王主任" not in render(told.text)


async def test_the_key_file_and_its_folder(database: Database, key_file: Path, clock: FakeClock) -> None:
    assert (await found(database, key_file, clock))["key_file"].level == "ok"
    key_file.chmod(0o640)
    assert (await found(database, key_file, clock))["key_file"].level == "fail"
    key_file.chmod(0o600)
    key_file.parent.chmod(0o777)
    finding = (await found(database, key_file, clock))["key_file"]
    assert (finding.level, "chmod 700" in render(finding.text)) == ("fail", True)
    key_file.parent.chmod(0o700)
    missing = await found(database, key_file.with_name("nothing"), clock)
    assert missing["key_file"].level == "fail"


async def test_keys_beside_the_data(database: Database, key_file: Path, clock: FakeClock) -> None:
    if database.path is None:
        pytest.skip("where PostgreSQL has its data is not ours to know")
    beside = database.path.with_name("keys")
    database.keyring.to_file(beside)
    assert (await found(database, beside, clock))["key_file"].level == "fail"
    database.path.chmod(0o644)
    assert (await found(database, key_file, clock))["data_file"].level == "fail"


async def test_a_rotation_that_was_not_finished(database: Database, key_file: Path, clock: FakeClock) -> None:
    assert "key_rotation" not in await found(database, key_file, clock)
    database.keyring = database.keyring.rotated()
    finding = (await found(database, key_file, clock))["key_rotation"]
    assert finding.level == "warn"
    assert database.keyring.old[0] in render(finding.text)


async def test_how_long_ago_the_last_backup_was(
    database: Database, key_file: Path, clock: FakeClock, tmp_path: Path, told: list[str]
) -> None:
    assert (await found(database, key_file, clock))["backup"].level == "fail"
    (tmp_path / "backups").mkdir()
    await backup(database, key_file, tmp_path / "backups", clock(), told.append)
    assert (await found(database, key_file, clock))["backup"].level == "ok"
    assert await Setting.filter(key=LAST).using_db(database.reading).exists()
    clock.advance(days=3)
    assert (await found(database, key_file, clock))["backup"].level == "warn"
    clock.advance(days=5)
    assert (await found(database, key_file, clock))["backup"].level == "fail"


async def test_the_retention_is_told(database: Database, key_file: Path, clock: FakeClock) -> None:
    finding = (await found(database, key_file, clock))["retention"]
    assert (finding.level, "365" in render(finding.text)) == ("ok", True)
