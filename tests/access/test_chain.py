"""The audit log: what is written stays, and what was done to it in secret is found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from jsonschema import Draft202012Validator

from bot import audit
from bot.county import heads
from bot.county.schemas import fits
from bot.doctor import examine
from bot.settings import Settings
from storage import chain
from storage.chain import Broken, Head
from storage.crypto import Keyring
from storage.database import Database
from storage.models import Audit, Delivery, Setting
from storage.transaction import Transaction
from tests.support.clock import FakeClock
from tests.support.databases import fresh_postgres, opened, sqlite_url
from tests.support.postgres import Server
from tests.support.town import Somebody, Town

PREGNANT = ("李梅怀孕了，末次月经9月3号", "就这些", "对")
TRIGGERS = {
    "sqlite": ("DROP TRIGGER audit_is_not_changed", "DROP TRIGGER audit_is_not_deleted"),
    "postgres": ("ALTER TABLE audit DISABLE TRIGGER ALL",),
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
    else:
        server: Server = request.getfixturevalue("postgres_server")
        async with fresh_postgres(server) as fresh:
            yield fresh


@pytest.fixture
async def log(url: str, keyring: Keyring, clock: FakeClock) -> AsyncIterator[Database]:
    """A log of thirty rows, three a transaction."""
    async with opened(url, keyring) as database:
        for number in range(10):
            async with database.transaction() as tx:
                audit.looked(tx, "c1", "township", [f"w{number}", "w", "v"], "roster.card", "chat", clock())
            clock.advance(minutes=1)
        yield database


async def checked(database: Database, *told: Head) -> Broken | None:
    head, broken = await chain.verify(database.reading, database.keyring, told)
    assert broken is not None or head == await chain.last(database.reading)
    return broken


async def run(database: Database, *statements: str) -> None:
    async with database.transaction() as tx:
        for statement in statements:
            await tx.run(statement)


async def secretly(database: Database, *statements: str) -> None:
    """As somebody does who may do all there is in the database."""
    await run(database, *TRIGGERS[database.dialect], *statements)


async def test_rows_are_numbered_and_sealed_in_their_order(log: Database) -> None:
    rows = await Audit.all().using_db(log.reading).order_by("seq")
    assert [row.seq for row in rows] == list(range(1, 31))
    assert len({row.mac for row in rows}) == 30
    assert await checked(log) is None


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET actor = 'x' WHERE seq = 5", "DELETE FROM audit WHERE seq = 5", "DELETE FROM audit"],
)
async def test_the_database_refuses_to_change_it(log: Database, statement: str) -> None:
    with pytest.raises(Exception, match="the audit log is written"):
        await run(log, statement)
    assert await Audit.all().using_db(log.reading).count() == 30


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET actor = 'x' WHERE seq = 5", Broken(5, "changed")),
        ("UPDATE audit SET subject = NULL WHERE seq = 30", Broken(30, "changed")),
        ("UPDATE audit SET mac = (SELECT mac FROM audit WHERE seq = 4) WHERE seq = 5", Broken(5, "changed")),
        ("DELETE FROM audit WHERE seq = 1", Broken(1, "missing")),
        ("DELETE FROM audit WHERE seq = 17", Broken(17, "missing")),
        ("DELETE FROM audit WHERE seq > 20", Broken(21, "cut")),
        ("DELETE FROM audit", Broken(1, "cut")),
    ],
)
async def test_what_was_done_in_secret_is_found(log: Database, statement: str, broken: Broken) -> None:
    await secretly(log, statement)
    assert await checked(log) == broken


async def test_rows_moved_up_into_a_gap_are_found(log: Database) -> None:
    await secretly(
        log,
        "DELETE FROM audit WHERE seq = 10",
        *(f"UPDATE audit SET seq = {n - 1} WHERE seq = {n}" for n in range(11, 31)),  # noqa: S608
    )
    assert await checked(log) == Broken(10, "changed")


async def test_a_tail_cut_off_with_the_head_that_was_kept(log: Database) -> None:
    """Whoever can write to the database can write another head, but not seal it."""
    await secretly(
        log,
        "DELETE FROM audit WHERE seq > 20",
        "UPDATE setting SET value = '20 ' || substr(value, 4) WHERE key = 'audit_head'",
    )
    assert await checked(log) == Broken(20, "changed")
    await run(log, "DELETE FROM setting WHERE key = 'audit_head'")
    assert await checked(log) == Broken(21, "cut")


async def test_an_older_state_put_back_whole_is_found_by_what_the_county_has(log: Database) -> None:
    head = await chain.last(log.reading)
    before = Audit.filter(seq=20).using_db(log.reading)
    async with log.transaction() as tx:
        kept = await Setting.get(key=chain.HEAD, using_db=tx)
        older = Head(20, (await before.get()).mac)
        kept.value = f"20 {chain._head_seal(log.keyring, older)}"  # as the backup had it
        await kept.save(using_db=tx)
    await secretly(log, "DELETE FROM audit WHERE seq > 20")
    assert await checked(log) is None
    assert await checked(log, head) == Broken(21, "cut")
    assert await checked(log, Head(7, "x" * 44)) == Broken(7, "changed")


async def test_a_chain_of_another_key_does_not_hold(log: Database, keyring: Keyring) -> None:
    other = Keyring([bytes(range(32))], bytes(range(32, 64)), b"o" * 32)
    assert (await chain.verify(log.reading, other))[1] == Broken(1, "changed")
    rotated = keyring.rotated().only_newest()
    assert (await chain.verify(log.reading, rotated))[1] is None


async def test_what_is_undone_leaves_no_row_and_no_gap(log: Database, clock: FakeClock) -> None:
    def note(tx: Transaction, action: str) -> None:
        audit.note(tx, actor="c1", role="county", action=action, channel="chat", now=clock())

    async def undone(tx: Transaction) -> None:
        async with tx.savepoint():
            note(tx, "undone")
            async with tx.savepoint():
                note(tx, "undone too")
            raise RuntimeError

    async def never() -> None:
        async with log.transaction() as tx:
            note(tx, "never")
            raise RuntimeError

    async with log.transaction() as tx:
        note(tx, "one")
        with pytest.raises(RuntimeError):
            await undone(tx)
        note(tx, "two")
    with pytest.raises(RuntimeError):
        await never()
    rows = await Audit.filter(seq__gt=30).using_db(log.reading).order_by("seq")
    assert [(row.seq, row.action) for row in rows] == [(31, "one"), (32, "two")]
    assert await checked(log) is None


async def test_several_writers_make_one_chain(
    log: Database, url: str, keyring: Keyring, clock: FakeClock
) -> None:
    async def write(database: Database, who: str) -> None:
        for _ in range(15):
            async with database.transaction() as tx:
                audit.looked(tx, who, "county", ["w1", "w2"], "roster.list", "chat", clock())
                await asyncio.sleep(0)

    async with opened(url, keyring, migrated=False) as second, opened(url, keyring, migrated=False) as third:
        await asyncio.gather(write(log, "c1"), write(second, "c2"), write(third, "c3"), write(second, "c4"))
    assert await Audit.all().using_db(log.reading).count() == 30 + 4 * 15 * 2
    assert await checked(log) is None


async def test_a_row_that_would_not_fit_is_refused_where_it_is_noted(log: Database, clock: FakeClock) -> None:
    async with log.transaction() as tx:
        for wrong in ({"action": "x" * 41}, {"action": None}, {"subject": "x" * 33}, {"why": "a\0b"}):
            told = {"actor": "c", "role": "county", "action": "a", "channel": "chat"} | wrong
            with pytest.raises(ValueError, match="audit: not a"):
                audit.note(tx, now=clock(), **told)
    assert await Audit.all().using_db(log.reading).count() == 30


# ── the county's copy, and the doctor ───────────────────────────────────────────────────────────────────


async def queued(database: Database) -> list[Delivery]:
    return await Delivery.filter(event=heads.EVENT).using_db(database.reading).order_by("seq")


async def test_the_head_of_each_day_goes_to_the_county_once(
    town: Town, coordinator: Somebody, clock: FakeClock
) -> None:
    worker = town.app.heads
    assert await worker.check() == 0  # nothing was written before today
    await town.say(coordinator, *PREGNANT)
    assert await worker.check() == 0
    head = await chain.last(town.database.reading)
    clock.advance(hours=14, minutes=1)
    await town.say(coordinator, "我报了什么")  # of the new day
    assert await worker.check() == 1
    (row,) = await queued(town.database)
    payload = orjson.loads(row.payload)
    assert fits(payload)
    Draft202012Validator.check_schema(heads.schema())
    assert (row.id, row.lane) == ("audit_head.2026-11-22", "audit_head")
    assert payload["data"] == {
        "event": "audit_head", "date": "2026-11-22", "count": head.seq, "mac": head.mac,
    }  # fmt: skip
    assert await worker.check() == 0
    again = heads.AuditHeads(town.database, worker._writer, clock)  # after a restart
    assert await again.check() == 0
    clock.advance(days=3)  # an outage: one head stands for all
    assert await again.check() == 1
    assert [row.id for row in await queued(town.database)] == [
        "audit_head.2026-11-22",
        "audit_head.2026-11-25",
    ]
    assert await heads.queued(town.database) == [head, await chain.last(town.database.reading)]


async def test_the_worker_stops_when_told(town: Town, coordinator: Somebody, clock: FakeClock) -> None:
    await town.say(coordinator, "帮助")
    clock.advance(days=1)
    stop, made = asyncio.Event(), asyncio.Event()
    worker = heads.AuditHeads(town.database, town.app.heads._writer, clock, made.set)
    running = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(10):
        await made.wait()
        stop.set()
        await running
    assert len(await queued(town.database)) == 1


async def said(town: Town, url: str) -> tuple[str, str]:
    settings = Settings.model_validate({"database": {"url": url, "keys": "/elsewhere/keys"}})
    (finding,) = [one for one in await examine(town.database, settings, town.clock()) if one.check == "audit"]
    return finding.level, str(dict(finding.text.values))  # type: ignore[union-attr]


async def test_the_doctor_looks_at_every_row_and_at_what_the_county_has(
    town: Town, database_url: str, coordinator: Somebody, clock: FakeClock
) -> None:
    await town.say(coordinator, *PREGNANT)
    clock.advance(days=1)
    await town.app.heads.check()
    count = (await chain.last(town.database.reading)).seq
    assert await said(town, database_url) == ("ok", f"{{'count': {count}, 'told': {count}}}")
    await secretly(town.database, "DELETE FROM audit WHERE seq = 3")
    level, values = await said(town, database_url)
    assert (level, "'number': 3" in values) == ("fail", True)


async def test_the_doctor_misses_a_log_that_is_gone(
    town: Town, database_url: str, coordinator: Somebody
) -> None:
    await town.say(coordinator, "帮助")
    await secretly(town.database, "DELETE FROM audit", "DELETE FROM setting WHERE key = 'audit_head'")
    level, values = await said(town, database_url)
    assert (level, "'number': 1" in values) == ("fail", True)


def test_a_key_file_keeps_the_audit_key(tmp_path: Path) -> None:
    keys = Keyring.generate()
    keys.to_file(tmp_path / "keys")
    assert Keyring.from_file(tmp_path / "keys").audit_mac(b"row") == keys.audit_mac(b"row")
    older = Keyring([b"k" * 32], b"i" * 32)
    (tmp_path / "older").write_bytes(
        orjson.dumps({k: v for k, v in _content(older, tmp_path).items() if k != "audit_key"})
    )
    (tmp_path / "older").chmod(0o600)
    assert Keyring.from_file(tmp_path / "older").audit_mac(b"row") == older.audit_mac(b"row")
    assert keys.rotated().audit_mac(b"row") == keys.audit_mac(b"row")


def _content(keyring: Keyring, folder: Path) -> dict[str, object]:
    keyring.to_file(folder / "content")
    content: dict[str, object] = orjson.loads((folder / "content").read_bytes())
    return content


async def test_a_day_is_over_at_midnight_here(log: Database, clock: FakeClock) -> None:
    """10:00 in Shanghai: fourteen hours to midnight."""
    assert clock().utcoffset() is not None
    async with log.transaction() as tx:
        today = (clock() + timedelta(hours=8)).date()
        assert (await heads._at_the_end(tx, today)) == await chain.last(tx)
        assert await heads._at_the_end(tx, today - timedelta(days=1)) is None
