"""The audit log against somebody who may write to the database, has a copy of it as it was, and no key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import audit
from bot.county import heads
from bot.doctor import examine
from bot.privacy.retention import Retention
from bot.settings import Settings
from storage import chain
from storage.chain import Broken
from storage.database import Database
from storage.models import Audit, Delivery, Setting
from tests.support.clock import FakeClock
from tests.support.databases import on_postgres
from tests.support.town import Somebody, Town

TRIGGERS = {
    "sqlite": ("DROP TRIGGER IF EXISTS audit_is_not_changed", "DROP TRIGGER IF EXISTS audit_is_not_deleted"),
    "postgres": ("ALTER TABLE audit DISABLE TRIGGER ALL",),
}
sqlite_only = pytest.mark.skipif(on_postgres(), reason="PostgreSQL's columns have types")


@pytest.fixture
async def log(database: Database, clock: FakeClock) -> Database:
    """Thirty rows, and the head as it was kept after twenty."""
    for number in range(30):
        async with database.transaction() as tx:
            audit.looked(tx, "c1", "township", [f"w{number}"], "roster.card", "chat", clock())
        if number == 19:
            kept = await Setting.get(key=chain.HEAD, using_db=database.reading)
            async with database.transaction() as tx:
                await Setting.create(key="stolen", value=kept.value, using_db=tx)
        clock.advance(minutes=1)
    return database


OLDER_HEAD = (
    "UPDATE setting SET value = (SELECT value FROM setting WHERE key = 'stolen') WHERE key = 'audit_head'"
)


async def secretly(database: Database, *statements: str) -> None:
    async with database.transaction() as tx:
        for statement in (*TRIGGERS[database.dialect], *statements):
            await tx.run(statement)


async def broken(database: Database) -> Broken | None:
    return (await chain.verify(database.reading, database.keyring))[1]


def test_a_seal_covers_every_column() -> None:
    assert {*chain._SEALED, "seq", "mac"} == set(Audit._meta.fields_map)


@sqlite_only
@pytest.mark.parametrize("at", ["5", "'the other day'", "''", "x'00'"])
async def test_a_row_whose_time_is_none_has_no_seal(log: Database, at: str) -> None:
    """With the head of row 20 put back nothing else stands against rows without a seal."""
    await secretly(log, OLDER_HEAD, f"UPDATE audit SET at = {at}, actor = 'x', mac = '' WHERE seq > 20")  # noqa: S608
    assert await broken(log) == Broken(21, "changed")


async def test_a_head_that_is_older_than_the_rows_is_put_back(log: Database) -> None:
    """Else the tail could be cut anywhere behind it."""
    await secretly(log, OLDER_HEAD, "DELETE FROM audit WHERE seq > 25")
    assert await broken(log) == Broken(26, "cut")


async def test_rows_written_while_it_is_looked_at_are_no_break(
    log: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = chain._kept

    async def slowly(connection: object) -> object:
        found = await kept(connection)  # type: ignore[arg-type]
        async with log.transaction() as tx:
            audit.looked(tx, "c2", "county", ["w"], "roster.card", "chat", clock())
        return found

    monkeypatch.setattr(chain, "_kept", slowly)
    assert await broken(log) is None


@sqlite_only
async def test_a_row_replaced_past_the_triggers_is_found(log: Database) -> None:
    async with log.transaction() as tx:
        await tx.run(
            "INSERT OR REPLACE INTO audit SELECT seq, at, 'x', role, action, subject, record, why, channel, outcome, mac"
            " FROM audit WHERE seq = 7"
        )
    assert await broken(log) == Broken(7, "changed")


# ── rows below the first ────────────────────────────────────────────────────────────────────────────────

FALSE = (
    "INSERT INTO audit (seq, at, actor, role, action, subject, channel, outcome, mac, why) SELECT {seq}, at,"
    " 'contact-township-1', 'township', 'look', '{woman}', 'chat', 'done', '', 'roster.card' FROM audit WHERE seq = 1"
)


async def found(town: Town, url: str) -> dict[str, str]:
    settings = Settings.model_validate({"database": {"url": url, "keys": "/elsewhere/keys"}})
    return {one.check: one.level for one in await examine(town.database, settings, town.clock())}


async def test_a_look_put_in_below_the_first_row_is_seen_and_told_to_nobody(
    town: Town, database_url: str, coordinator: Somebody, county: Somebody
) -> None:
    """Rows from before there were seals have such numbers: whoever may write could add to them."""
    await town.say(coordinator, "张桂花怀孕了，末次月经9月3号", "就这些", "对")
    assert "audit.unsealed" not in await found(town, database_url)
    (report,) = await town.reports()
    town.clock.advance(hours=1)
    before = await town.say(county, "谁看过张桂花")
    await secretly(town.database, FALSE.format(seq=0, woman=report.woman_id))
    assert (await found(town, database_url))["audit.unsealed"] == "warn"
    town.clock.advance(hours=1)
    await town.say(county, "取消")
    after = await town.say(county, "谁看过张桂花")
    assert str(before).count("温秀英") == str(after).count("温秀英") == 1


async def test_a_year_later_the_doctor_still_knows_the_heads(
    town: Town, database_url: str, coordinator: Somebody, clock: FakeClock
) -> None:
    """Bodies that arrived lose their words; a head has none, and the doctor needs it."""
    await town.say(coordinator, "帮助")
    clock.advance(days=1)
    await town.app.heads.check()
    async with town.database.transaction() as tx:
        await Delivery.all().using_db(tx).update(state="acknowledged")
    told = await heads.queued(town.database)
    assert len(told) == 1
    clock.advance(days=400)
    await Retention(town.database, timedelta(days=365), clock).check()
    assert await heads.queued(town.database) == told
    assert (await found(town, database_url))["audit"] == "ok"


# ── a look that happens ─────────────────────────────────────────────────────────────────────────────────


async def test_each_woman_of_a_shared_phone_is_noted_when_it_calls_for_help(
    town: Town, coordinator: Somebody, township: Somebody
) -> None:
    """Whose danger it is nobody knows yet: whoever is told of it is shown both."""
    for name in ("张桂花", "钟小凤"):
        told = f"{name}怀孕了，28岁，电话19900000102，是家人的，末次月经9月3号"
        await town.say(coordinator, told, "就这些", "对")
    women = {report.woman_id for report in await town.reports()}
    assert len(women) == 2
    before = len(await Audit.all().using_db(town.database.reading))
    await town.say(Somebody("contact-woman-2", "19900000102", "sms"), "我流血了，好多")
    (letter,) = await town.letters(township, "danger")
    assert "张桂花" in letter.text
    assert "钟小凤" in letter.text
    rows = await Audit.filter(action="look", why="alert.danger").using_db(town.database.reading)
    assert {row.subject for row in rows if row.actor == township.contact_id and row.seq > before} == women
