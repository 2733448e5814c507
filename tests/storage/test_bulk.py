from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from tortoise.exceptions import FieldError, IntegrityError, ValidationError

from storage.bulk import insert_many, update_many, upsert_many
from storage.database import Database
from storage.ids import IdSource
from storage.models import Attempt, Contact, Inbound, Place, Report, Session, Staff, Woman
from tests.support.clock import FakeClock

UNIQUE = ("channel", "provider_id")


def inbound(now: datetime, number: int, text: str = "怀孕", **more: Any) -> Inbound:
    return Inbound(
        id=f"{number:032x}",
        channel="telegram",
        provider_id=str(number),
        payload={"text": text},
        sent_at=now,
        received_at=now,
        state="done",
        **more,
    )


async def stored() -> dict[str, str]:
    return {row.id[-1]: row.payload["text"] for row in await Inbound.all()}


async def test_rows_written_in_bulk_are_the_rows_tortoise_writes(
    database: Database, clock: FakeClock
) -> None:
    def report(number: int) -> Report:
        return Report(
            id=f"r{number}.1",
            report_id=f"r{number}",
            version=1,
            supersedes=None,
            is_latest=True,
            withdrawn=False,
            event="birth",
            woman_id="w",
            subject_ids=["w", "孩子"],
            event_time="2026-11-21T05:00:00+08:00",
            known_time=clock(),
            recorded_time=clock(),
            author_role="coordinator",
            channel="telegram",
            channel_trust="high",
            verification="unverified",
            programme="national",
            schema_version=1,
            body={"weight_g": 3400, "names": ["王", None]},
        )

    async with database.transaction() as tx:
        woman = Woman(id="w", details={}, version=1, updated_at=clock())
        await insert_many(tx, Woman, [woman])
        await insert_many(tx, Report, [report(1)])
        await report(2).save(using_db=tx)
    one, two = await Report.all().order_by("id").values()
    assert one | {"id": "", "report_id": ""} == two | {"id": "", "report_id": ""}
    plain = "id, subject_ids, is_latest, withdrawn, known_time, recorded_time, supersedes"
    raw = await database.reading.execute_query_dict(f"SELECT {plain} FROM report ORDER BY id")  # noqa: S608
    assert [dict(row) | {"id": ""} for row in raw] == [dict(raw[1]) | {"id": ""}] * 2


async def test_nothing_to_write_is_nothing(database: Database) -> None:
    async with database.transaction() as tx:
        await insert_many(tx, Inbound, [])
        await upsert_many(tx, Inbound, [], conflict=("id",), update=("state",))
    assert await Inbound.all().count() == 0


async def test_inserting_what_stands_raises_and_can_be_undone(database: Database, clock: FakeClock) -> None:
    async with database.transaction() as tx:
        await insert_many(tx, Inbound, [inbound(clock(), 1)])
        with pytest.raises(IntegrityError):
            async with tx.savepoint():
                await insert_many(tx, Inbound, [inbound(clock(), 2), inbound(clock(), 1, "again")])
        await insert_many(tx, Inbound, [inbound(clock(), 3)])
    assert await stored() == {"1": "怀孕", "3": "怀孕"}


async def test_with_nothing_to_update_what_stands_stays(database: Database, clock: FakeClock) -> None:
    async with database.transaction() as tx:
        await insert_many(tx, Inbound, [inbound(clock(), 1)])
        again = inbound(clock(), 1, "again")
        again.id = "f" * 32
        await upsert_many(tx, Inbound, [again, inbound(clock(), 2)], conflict=UNIQUE, update=())
    assert await stored() == {"1": "怀孕", "2": "怀孕"}


async def test_only_the_named_fields_are_updated(database: Database, clock: FakeClock) -> None:
    async with database.transaction() as tx:
        await insert_many(tx, Inbound, [inbound(clock(), 1)])
        clock.advance(hours=1)
        again = inbound(clock(), 1, "again", error="why")
        again.id = "f" * 32
        await upsert_many(tx, Inbound, [again], conflict=UNIQUE, update=("payload", "error"))
    row = await Inbound.get()
    assert (row.id, row.payload, row.error) == (f"{1:032x}", {"text": "again"}, "why")
    assert row.received_at < clock()


async def test_of_two_rows_in_conflict_with_each_other_the_last_wins(
    database: Database, clock: FakeClock
) -> None:
    rows = [inbound(clock(), 1, text) for text in ("first", "second", "third")]
    async with database.transaction() as tx:
        await upsert_many(tx, Inbound, rows, conflict=("id",), update=("payload",))
    assert await stored() == {"1": "third"}


async def test_a_conflict_with_another_constraint_raises(database: Database, clock: FakeClock) -> None:
    other = inbound(clock(), 1, "again")
    other.id = "f" * 32
    async with database.transaction() as tx:
        await insert_many(tx, Inbound, [inbound(clock(), 1)])
        for update in (("payload",), ()):
            with pytest.raises(IntegrityError):
                async with tx.savepoint():
                    await upsert_many(tx, Inbound, [other], conflict=("id",), update=update)
    assert await stored() == {"1": "怀孕"}


async def test_a_foreign_key_may_be_the_conflict(database: Database, clock: FakeClock) -> None:
    def session(version: int) -> Session:
        return Session(contact_id="c", data={"v": version}, version=version, updated_at=clock())

    async with database.transaction() as tx:
        await insert_many(tx, Contact, [Contact(id="c", created_at=clock())])
        for version in (1, 2):
            rows = [session(version)]
            await upsert_many(tx, Session, rows, conflict=("contact_id",), update=("data", "version"))
    row = await Session.get()
    assert (row.contact_id, row.data, row.version) == ("c", {"v": 2}, 2)


async def test_counting_up_in_place(database: Database) -> None:
    async with database.transaction() as tx:
        for count in (1, 2):
            await upsert_many(
                tx, Attempt, [Attempt(id="c:code:d", count=count)], conflict=("id",), update=("count",)
            )
    assert (await Attempt.get()).count == 2


async def test_named_fields_of_many_rows_are_set_by_id(database: Database, clock: FakeClock) -> None:
    first = clock()
    async with database.transaction() as tx:
        await insert_many(tx, Inbound, [inbound(first, number) for number in (1, 2, 3)])
        clock.advance(hours=1)
        rows = [({"text": f"set {n}"}, clock(), f"{n:032x}") for n in (1, 3, 9)]  # 9 is not there
        await update_many(tx, Inbound, rows, names=("payload", "received_at"))
        await update_many(tx, Inbound, [], names=("state",))
    assert await stored() == {"1": "set 1", "2": "怀孕", "3": "set 3"}
    assert [row.received_at for row in await Inbound.all().order_by("id")] == [clock(), first, clock()]


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda now: Place(id="x" * 33, kind="village", name="村"), ValidationError),
        (lambda now: Place(id="x", kind="village", name=None), Exception),
        (lambda now: Contact(id="c", created_at=now.replace(tzinfo=None)), FieldError),
        (lambda now: Staff(id="s", name="n", phone="p", phone_index="1" * 45), ValidationError),
    ],
)
async def test_what_does_not_fit_is_refused_on_both_servers(
    database: Database, clock: FakeClock, make: Callable[[datetime], Any], error: type[Exception]
) -> None:
    row = make(clock())
    with pytest.raises(error):
        async with database.transaction() as tx:
            await insert_many(tx, type(row), [row])


async def test_thousands_of_rows(database: Database, clock: FakeClock, ids: IdSource) -> None:
    rows = [inbound(clock(), number) for number in range(5000)]
    async with database.transaction() as tx:
        await insert_many(tx, Inbound, rows)
    assert await Inbound.all().count() == 5000
