"""The commands as an operator types them."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from bot import cli, demo
from bot.refusals import CommandRefused
from storage.crypto import Keyring
from storage.occupancy import alone
from tests.support.clock import FakeClock
from tests.support.databases import opened
from tests.support.program import yunguan, yunguan_serve
from tests.support.registrar import PHONE, Registrar
from tests.support.town import VILLAGE, wired

NAME = "欧阳小妹"


@pytest.fixture
async def config(tmp_path: Path, clock: FakeClock) -> Path:
    """A county with one woman on its roster."""
    assert (await yunguan("init", folder=tmp_path)).code == 0
    path = tmp_path / "yunguan.toml"
    async with opened(
        f"sqlite://{tmp_path}/data/yunguan.db", Keyring.from_file(tmp_path / "keys" / "yunguan.keys")
    ) as database:
        await demo.seed(database, clock)
        async with wired(database, clock) as town:
            await Registrar(town).found(NAME)
    return path


async def test_a_round_through_all_of_them(config: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    ran = await yunguan("backup", "--config", config, "--out", tmp_path / "backups", "--keep-days", 30)
    assert (ran.code, ran.err) == (0, "")
    (file,) = (tmp_path / "backups").iterdir()

    ran = await yunguan(
        "export", "--config", config, "--person", NAME, "--place", VILLAGE, "--out", tmp_path / "a.txt"
    )
    assert (ran.code, ran.err) == (0, "")
    assert PHONE in (tmp_path / "a.txt").read_text("utf-8")

    ran = await yunguan("rotate-key", "--config", config)
    assert (ran.code, ran.err) == (0, "")
    assert "everything has the new key" in ran.out

    erase = ("erase", "--config", config, "--person", NAME, "--place", VILLAGE)
    ran = await yunguan(*erase)
    assert (ran.code, "her care and every reminder would stop" in ran.err) == (1, True)
    forced = (*erase, "--force", "--reason", "her written wish")
    ran = await yunguan(*forced, said="no\n")
    assert (ran.code, "nobody was erased" in ran.err) == (1, True)
    ran = await yunguan(*forced, said="是\n")
    assert (ran.code, ran.err) == (0, "")
    assert NAME not in ran.out + ran.err

    ran = await yunguan("rotate-key", "--config", config, "--finish")
    assert (ran.code, ran.err) == (0, "")

    moved = f"sqlite://{tmp_path}/data/moved.db"
    ran = await yunguan("move-database", "--config", config, "--to", moved)
    assert (ran.code, ran.err) == (0, "")

    ran = await yunguan("restore", "--config", config, file)
    assert (ran.code, "nothing is overwritten" in ran.err) == (1, True)
    config.write_text(config.read_text().replace("yunguan.db", "restored.db"))
    ran = await yunguan("restore", "--config", config, file)
    assert ran.code == 1  # its keys are gone with the rotation
    assert "needs the key file of that time" in ran.err

    ran = await yunguan("doctor", "--config", config)
    assert "Traceback" not in ran.err


async def test_a_running_service_is_left_alone_but_backed_up(config: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    async with yunguan_serve(config, {"YUNGUAN_HTTP__PORT": "0"}) as serving:
        for command in (
            ("rotate-key",), ("erase", "--person", NAME, "--place", VILLAGE, "--yes"),
            ("move-database", "--to", f"sqlite://{tmp_path}/data/x.db"),
        ):  # fmt: skip
            ran = await yunguan(*command, "--config", config)
            assert (ran.code, "stop it first" in ran.err) == (1, True), command
        ran = await yunguan("backup", "--config", config, "--out", tmp_path / "backups")
        assert (ran.code, ran.err) == (0, "")
        serving.process.send_signal(signal.SIGTERM)
        assert await serving.ended() == 0
    assert list((tmp_path / "backups").iterdir())
    assert Keyring.from_file(tmp_path / "keys" / "yunguan.keys").old == ()


async def test_nothing_else_is_written_while_a_command_has_the_database_for_itself(
    config: Path, tmp_path: Path
) -> None:
    """What an import wrote during a move would stay behind, and during a rotation have the old key."""
    (tmp_path / "backups").mkdir()
    url, keys = f"sqlite://{tmp_path}/data/yunguan.db", tmp_path / "keys" / "yunguan.keys"
    async with opened(url, Keyring.from_file(keys), migrated=False) as database, alone(database):
        for command in (
            ("import-roster", tmp_path / "a.xlsx", "--place", "xf"), ("invite", "--places"),
            ("backup", "--out", tmp_path / "backups"), ("outbox", "list"),
            ("export", "--person", NAME, "--place", VILLAGE, "--out", tmp_path / "a.txt"),
            ("report", "roster", "--period", "2026Q4", "--out", tmp_path / "a.xlsx"),
        ):  # fmt: skip
            given = cli._parser().parse_args([*map(str, command), "--config", str(config)])
            with pytest.raises(CommandRefused, match="wait for its end"):
                await given.run(given)
    assert not list((tmp_path / "backups").iterdir())
    assert not (tmp_path / "a.txt").exists()


async def test_restored_into_the_place_of_what_was_lost(config: Path, tmp_path: Path) -> None:
    (tmp_path / "backups").mkdir()
    assert (await yunguan("backup", "--config", config, "--out", tmp_path / "backups")).code == 0
    for file in (tmp_path / "data").iterdir():
        file.unlink()
    (file,) = (tmp_path / "backups").iterdir()
    ran = await yunguan("restore", "--config", config, file)
    assert (ran.code, ran.err) == (0, "")
    assert (tmp_path / "data" / "yunguan.db").stat().st_mode & 0o777 == 0o600
    ran = await yunguan(
        "export", "--config", config, "--person", NAME, "--place", VILLAGE, "--out", tmp_path / "a.json"
    )
    assert ran.code == 0
    async with yunguan_serve(config, {"YUNGUAN_HTTP__PORT": "0"}) as serving:
        serving.process.send_signal(signal.SIGTERM)
        assert await serving.ended() == 0
