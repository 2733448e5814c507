"""The files searched as bytes for everybody in them: the database, its log, a backup; and once more after an erasure."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot import demo
from bot.privacy.backups import backup
from bot.privacy.erase import Wanted, erase
from storage.database import Database
from storage.models import Contact, Outgoing
from tests.support.clock import FakeClock
from tests.support.databases import files_of
from tests.support.leaks import assert_nothing_leaks
from tests.support.people import resident_id
from tests.support.postgres import Server
from tests.support.registrar import Registrar
from tests.support.town import person, wired

WOMEN = {
    "欧阳小妹": (resident_id(date(1996, 2, 29), "female", 7), "19900000150"),
    "李梅花": (resident_id(date(1989, 12, 1), "female", 1), "19900000151"),
    "阿依古丽·买买提": (resident_id(date(2001, 7, 15), "female", 3), "19900000152"),
}
SAID = "夜里总是头痛得厉害"
CHILD = "欧阳冬冬"
STAFF = [one for one in demo.PEOPLE if one.role != "woman"]
SECRETS = [
    *WOMEN, *(part for both in WOMEN.values() for part in both), SAID, CHILD,
    *(one.name for one in STAFF if len(one.name.encode()) >= 6), *(one.phone for one in STAFF),
]  # fmt: skip


async def live(database: Database, clock: FakeClock) -> Registrar:
    """Weeks in the life of a county: reports, reminders, dangers, replies, the county's deliveries."""
    await demo.seed(database, clock)
    async with database.transaction() as tx:
        await Contact.all().using_db(tx).update(locale="zh_CN")
    async with wired(database, clock) as town:
        clerk = Registrar(town)
        for name, (identity, phone) in WOMEN.items():
            await clerk.found(name, resident_id=identity, phone=phone)
        await clerk.settle()
        await clerk.consents("欧阳小妹")
        await town.say(person("coordinator-1"), f"欧阳小妹{SAID}", f"李梅花的电话是{WOMEN['李梅花'][1]}")
        await town.say(person("coordinator-1"), "欧阳小妹大出血了")
        await town.app.settle()
        await clerk.until("2026-12-20", 9)
        await clerk.file("pregnancy_loss", "欧阳小妹", loss_kind="miscarriage")
        await clerk.file("birth_defect", "李梅花", defect_kind="唇裂", child_name=CHILD)
        await clerk.settle()
    return clerk


async def test_nobody_can_be_read_in_any_file(
    database: Database,
    clock: FakeClock,
    key_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
    told: list[str],
    request: pytest.FixtureRequest,
) -> None:
    server: Server | None = (
        request.getfixturevalue("postgres_server") if database.dialect == "postgres" else None
    )
    clerk = await live(database, clock)
    files = await files_of(database, server)
    if database.path is not None:
        assert any(file.name.endswith("-wal") and file.stat().st_size for file in files)
    assert_nothing_leaks(files, SECRETS)
    folder = tmp_path_factory.mktemp("backups")
    await backup(database, key_file, folder, clock(), told.append)
    assert_nothing_leaks([folder], SECRETS)
    async with database.transaction() as tx:
        await Outgoing.filter(state="queued").using_db(tx).update(state="sent")
    wanted = Wanted(person=clerk.woman_id("欧阳小妹"), force=True, reason="her written wish")
    await erase(database, key_file, wanted, clock(), told.append, lambda question: True)
    clock.advance(days=1)
    await backup(database, key_file, folder, clock(), told.append)
    beside = [one for one in key_file.parent.iterdir() if one != key_file]
    assert beside
    assert_nothing_leaks([*await files_of(database, server), folder, *beside], SECRETS)
    assert not any(secret in line for line in told for secret in SECRETS)
