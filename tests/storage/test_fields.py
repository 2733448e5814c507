from datetime import UTC, datetime, timedelta, timezone

import pytest
from tortoise.exceptions import FieldError

from storage.crypto import Keyring, Undecryptable
from storage.database import Database
from storage.fields import encrypted_fields
from storage.models import Contact, Place, Report, Session, Staff, Woman
from tests.support.clock import FakeClock
from tests.support.databases import opened

NAME = "阿依古丽·买买提"


async def add_woman(database: Database, clock: FakeClock, **more: object) -> None:
    async with database.transaction() as tx:
        woman = Woman(id="w", details={"name": NAME, "age": 28}, version=1, updated_at=clock(), **more)
        await woman.save(using_db=tx)


async def test_plain_values_go_in_and_come_out(database: Database, clock: FakeClock) -> None:
    await add_woman(database, clock)
    woman = await Woman.get(id="w")
    assert woman.details == {"name": NAME, "age": 28}
    assert await Woman.all().values("details") == [{"details": {"name": NAME, "age": 28}}]
    async with database.transaction() as tx:
        woman.details = {"name": "王芳"}
        await woman.save(using_db=tx, update_fields=["details"])
        assert (await Woman.get(id="w", using_db=tx)).details == {"name": "王芳"}
        await Woman.filter(id="w").using_db(tx).update(details=["list"])
    assert (await Woman.get(id="w")).details == ["list"]


async def test_the_table_holds_ciphertext(database: Database, keyring: Keyring, clock: FakeClock) -> None:
    await add_woman(database, clock)
    rows = await database.reading.execute_query_dict("SELECT details FROM woman")
    assert NAME not in rows[0]["details"]
    assert NAME.encode() in keyring.decrypt(rows[0]["details"], b"woman.details")


async def test_a_ciphertext_moved_to_another_column_does_not_open(database: Database) -> None:
    async with database.transaction() as tx:
        await Staff(id="s", name="李梅", phone="13800001111", phone_index="i").save(using_db=tx)
        await tx.run("UPDATE staff SET name = phone")
    with pytest.raises(Undecryptable, match=r"staff\.name"):
        await Staff.get(id="s")


async def test_null_stays_null(database: Database, clock: FakeClock, ids: object) -> None:
    await add_woman(database, clock)
    async with database.transaction() as tx:
        await report(clock(), event_time=None).save(using_db=tx)
    assert (await Report.get(report_id="r")).event_time is None


def report(now: datetime, **more: object) -> Report:
    values = {
        "id": "r.1",
        "report_id": "r",
        "version": 1,
        "is_latest": True,
        "withdrawn": False,
        "event": "pregnancy",
        "woman_id": "w",
        "subject_ids": ["w"],
        "known_time": now,
        "recorded_time": now,
        "author_role": "coordinator",
        "channel": "simulated",
        "channel_trust": "high",
        "verification": "unverified",
        "programme": "national",
        "schema_version": 1,
        "body": {},
    }
    return Report(**values | more)


async def test_encrypted_columns_cannot_be_searched(database: Database) -> None:
    with pytest.raises(FieldError, match="blind index"):
        await Staff.filter(name="李梅")
    with pytest.raises(FieldError, match="blind index"):
        await Staff.filter(phone__in=["1", "2"])


async def test_relations_may_be_given_as_objects(database: Database, clock: FakeClock) -> None:
    async with database.transaction() as tx:
        place = Place(id="p", kind="village", name="某村")
        await place.save(using_db=tx)
        await Woman(id="w", village=place, details={"name": NAME}, version=1, updated_at=clock()).save(
            using_db=tx
        )
    woman = await Woman.get(id="w").select_related("village")
    assert woman.village is not None
    assert (woman.village_id, woman.village.name, woman.details) == ("p", "某村", {"name": NAME})


async def test_times_are_kept_in_utc(database: Database, clock: FakeClock) -> None:
    shanghai = timezone(timedelta(hours=8))
    async with database.transaction() as tx:
        for number, moment in enumerate(
            [clock(), clock().astimezone(shanghai), clock() + timedelta(microseconds=5)]
        ):
            await Contact(id=str(number), created_at=moment).save(using_db=tx)
    found = await Contact.filter(created_at__lte=clock().astimezone(shanghai)).order_by("id")
    assert [contact.id for contact in found] == ["0", "1"]
    assert {contact.created_at for contact in found} == {clock()}
    assert found[1].created_at.utcoffset() == timedelta(0)
    assert await Contact.filter(created_at__gt=clock()).count() == 1


async def test_a_time_without_zone_is_refused(database: Database) -> None:
    async with database.transaction() as tx:
        with pytest.raises(FieldError, match="time zone"):
            await Contact(id="c", created_at=datetime(2026, 11, 22)).save(using_db=tx)  # noqa: DTZ001


async def test_defaults_are_there(database: Database) -> None:
    contact = Contact(id="c", created_at=datetime(2026, 11, 22, tzinfo=UTC))
    assert (contact.locale, contact.staff_id) == ("zh_CN", None)


async def test_an_unknown_column_is_refused(database: Database) -> None:
    with pytest.raises(TypeError, match="nonsense"):
        Contact(id="c", nonsense=1)


def test_the_encrypted_columns_are_the_ones_we_think(database: Database) -> None:
    assert set(encrypted_fields(Session)) == {"data"}
    assert set(encrypted_fields(Report)) == {"event_time", "body"}


async def test_rows_of_an_old_key_are_read_beside_those_of_a_new_one(
    database_url: str, keyring: Keyring, clock: FakeClock
) -> None:
    async with opened(database_url, keyring) as database:
        await add_woman(database, clock)
    rotated = keyring.rotated()
    async with opened(database_url, rotated) as database:
        async with database.transaction() as tx:
            await Staff(id="s", name="李梅", phone="13800001111", phone_index="i").save(using_db=tx)
        assert (await Woman.get(id="w")).details["name"] == NAME
        assert (await Staff.get(id="s")).name == "李梅"
        sealed = (await database.reading.execute_query_dict("SELECT name FROM staff"))[0]["name"]
        assert rotated.is_newest(sealed)
