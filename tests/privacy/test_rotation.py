"""New keys: everything is sealed anew, whatever moment the process is killed at, and the old key goes last."""

from __future__ import annotations

import signal
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from pathlib import Path

import pytest

from bot.privacy.rotation import RotationRefused, finish, rotate, sealed_with
from storage.crypto import Keyring, KeyringError, WrongKey
from storage.database import open_database
from storage.fields import encrypted_fields
from storage.models import Inbound, Woman
from storage.occupancy import serving
from storage.tables import tables
from tests.support.clock import FakeClock
from tests.support.databases import opened
from tests.support.everything import write_every_table
from tests.support.program import environment

SECRET = "欧阳秀英19900000142"


async def filled(url: str, keyring: Keyring, clock: FakeClock) -> None:
    async with opened(url, keyring) as database:
        for number in range(3):
            await write_every_table(
                database, clock(), f"{SECRET}{number}", f"row{number}"
            ) if not number else None
        async with database.transaction() as tx:
            for number in range(1200):
                await Inbound.create(
                    id=f"i{number:05}", channel="x", provider_id=str(number), payload={"text": SECRET},
                    sent_at=clock(), received_at=clock(), state="done", using_db=tx,
                )  # fmt: skip


async def test_everything_is_sealed_anew_and_the_old_key_goes_last(
    database_url: str, keyring: Keyring, key_file: Path, clock: FakeClock, told: list[str]
) -> None:
    await filled(database_url, keyring, clock)
    await rotate(database_url, key_file, told.append, clock)
    both = Keyring.from_file(key_file)
    assert both.old == (keyring.newest,)
    assert both.newest not in (keyring.newest, *both.old)
    assert key_file.stat().st_mode & 0o777 == 0o600
    async with opened(database_url, both) as database:
        used = await sealed_with(database)
        assert set(used) == {both.newest}
        with_secrets = {model._meta.db_table for model in tables() if encrypted_fields(model)}
        assert set(used[both.newest]) == with_secrets
        assert (await Inbound.get(id="i00000")).payload == {"text": SECRET}
    await finish(database_url, key_file, told.append, clock)
    alone = Keyring.from_file(key_file)
    assert (alone.newest, alone.old) == (both.newest, ())
    async with opened(database_url, alone) as database:
        assert (await Inbound.get(id="i01199")).payload == {"text": SECRET}
        assert (await Woman.get(id="row0")).details["said"][0] == f"{SECRET}0"
    with pytest.raises(WrongKey):
        await open_database(database_url, keyring)
    with pytest.raises(RotationRefused, match="nothing to finish"):
        await finish(database_url, key_file, told.append, clock)


async def test_what_was_searched_for_is_still_found(
    database_url: str, keyring: Keyring, key_file: Path, clock: FakeClock, told: list[str]
) -> None:
    async with opened(database_url, keyring) as database, database.transaction() as tx:
        await Woman.create(
            id="w", name_index=keyring.blind("name", "王芳"), details={"name": "王芳"}, version=1,
            updated_at=clock(), using_db=tx,
        )  # fmt: skip
    await rotate(database_url, key_file, told.append, clock)
    new = Keyring.from_file(key_file)
    async with opened(database_url, new):
        assert await Woman.filter(name_index=new.blind("name", "王芳")).count() == 1


@pytest.mark.parametrize(
    "point", ["rotation.begun", "rotation.chunk", "rotation.chunk:2", "rotation.chunk:9"]
)
async def test_killed_at_any_moment_and_run_again(
    point: str, database_url: str, keyring: Keyring, key_file: Path, clock: FakeClock, told: list[str]
) -> None:
    await filled(database_url, keyring, clock)
    code = (
        "import asyncio, sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from bot.privacy.rotation import rotate\n"
        "asyncio.run(rotate(sys.argv[1], Path(sys.argv[2]), print, lambda: datetime.now(UTC)))\n"
    )
    process = await create_subprocess_exec(
        sys.executable, "-c", code, database_url, str(key_file), stdout=PIPE, stderr=PIPE,
        env=environment({"YUNGUAN_FAULT": point}),
    )  # fmt: skip
    _, said = await process.communicate()
    assert process.returncode == -signal.SIGKILL, said.decode()
    half = Keyring.from_file(key_file)
    assert half.old == (keyring.newest,)
    async with opened(database_url, half) as database:  # everything can be read at every moment
        used = await sealed_with(database)
        assert keyring.newest in used
        assert await Inbound.all().count() == 1201
    with pytest.raises(RotationRefused, match="still in use"):
        await finish(database_url, key_file, told.append, clock)
    await rotate(database_url, key_file, told.append, clock)
    assert Keyring.from_file(key_file).newest == half.newest  # no third key
    await finish(database_url, key_file, told.append, clock)


async def test_a_running_service_is_not_disturbed(
    database_url: str, keyring: Keyring, key_file: Path, clock: FakeClock, told: list[str]
) -> None:
    async with opened(database_url, keyring) as database, serving(database):
        for step in (rotate, finish):
            with pytest.raises(RotationRefused, match="the service runs on this database; stop it first"):
                await step(database_url, key_file, told.append, clock)
    assert Keyring.from_file(key_file).old == ()


async def test_a_row_nobody_can_read_keeps_the_old_key(
    database_url: str, keyring: Keyring, key_file: Path, clock: FakeClock, told: list[str]
) -> None:
    await filled(database_url, keyring, clock)
    async with opened(database_url, keyring) as database, database.transaction() as tx:
        sealed = keyring.encrypt(b"{}", b"another.column")
        await tx.execute_query(f"UPDATE inbound SET payload = '{sealed}' WHERE id = 'i00007'")  # noqa: S608
    await rotate(database_url, key_file, told.append, clock)
    assert any("i00007" in line for line in told)
    with pytest.raises(RotationRefused, match="inbound 1"):
        await finish(database_url, key_file, told.append, clock)
    assert Keyring.from_file(key_file).old == (keyring.newest,)


async def test_nothing_of_the_old_key_is_left_in_the_files(
    tmp_path: Path, keyring: Keyring, key_file: Path, clock: FakeClock, told: list[str]
) -> None:
    url = f"sqlite://{tmp_path}/yunguan.db"
    await filled(url, keyring, clock)
    async with opened(url, keyring) as database:
        rows = await database.reading.execute_query_dict("SELECT payload FROM inbound")
    sealed = [row["payload"].encode() for row in rows]
    assert any(one in b"".join(file.read_bytes() for file in tmp_path.iterdir()) for one in sealed)
    await rotate(url, key_file, told.append, clock)
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not [one for one in sealed if one in files]


def test_a_key_file_of_somebody_else_is_refused(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.crypto.os.geteuid", lambda: key_file.stat().st_uid + 4711)
    if key_file.stat().st_uid == 0:
        assert Keyring.from_file(key_file).old == ()  # root's is safe
    else:
        with pytest.raises(KeyringError, match="belongs to another user"):
            Keyring.from_file(key_file)
