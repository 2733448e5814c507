from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import pytest

from conversations.facts import (
    AttemptsToday,
    ChildFact,
    InviteByCode,
    InvitesBy,
    Lookup,
    PregnancyFact,
    ReportById,
    ReportsBy,
    StaffBelow,
    WomanById,
    WomanFact,
    WomenNamed,
    WomenWithId,
    WomenWithPhone,
)
from storage.bulk import insert_many
from storage.database import Database
from storage.models import (
    Attempt,
    Child,
    Contact,
    Delivery,
    Invitation,
    Place,
    Post,
    Pregnancy,
    Report,
    Staff,
    Woman,
)
from storage.organisation import load_organisation, save_places
from storage.queries import answer
from tests.support import people
from tests.support.clock import FakeClock

MINE, HERS = ("v1", "v2"), ("v3",)
PHONE = people.phone(1)
IDENTITY = people.resident_id(date(1996, 11, 23), "female")


def county() -> list[Place]:
    return [
        Place(id="c", kind="county", name="信丰县"),
        Place(id="t1", parent_id="c", kind="township", name="某镇"),
        Place(id="t2", parent_id="c", kind="township", name="另镇"),
        Place(id="v1", parent_id="t1", kind="village", name="一村"),
        Place(id="v2", parent_id="t1", kind="village", name="二村"),
        Place(id="v3", parent_id="t2", kind="village", name="三村"),
    ]


class Filler:
    """Writes rows with what matters to a test, the rest made up."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.database, self.clock = database, clock

    async def write(self, *rows: Any) -> None:
        async with self.database.transaction() as tx:
            for row in rows:
                await insert_many(tx, type(row), [row])

    def woman(self, woman_id: str, village: str | None, **details: Any) -> Woman:
        blind = self.database.keyring.blind
        index = {
            kind: blind(kind, details[kind]) if kind in details else None
            for kind in ("name", "resident_id", "phone")
        }
        return Woman(
            id=woman_id,
            village_id=village,
            name_index=index["name"],
            resident_id_index=index["resident_id"],
            phone_index=index["phone"],
            details=details,
            version=3,
            updated_at=self.clock(),
        )

    def report(self, report_id: str, version: int = 1, **more: Any) -> Report:
        values: dict[str, Any] = {
            "id": f"{report_id}.{version}",
            "report_id": report_id,
            "version": version,
            "is_latest": True,
            "withdrawn": False,
            "event": "birth",
            "woman_id": "w1",
            "village_id": "v1",
            "subject_ids": ["w1"],
            "event_time": "2026-11-21",
            "known_time": self.clock(),
            "recorded_time": self.clock(),
            "author_id": "s1",
            "author_role": "coordinator",
            "channel": "simulated",
            "channel_trust": "high",
            "verification": "unverified",
            "programme": "national",
            "schema_version": 1,
            "body": {"place": "hospital"},
        }
        return Report(**values | more)

    def delivery(self, delivery_id: str, state: str) -> Delivery:
        now = self.clock()
        return Delivery(
            id=delivery_id,
            seq=1,
            lane="w1",
            destination="county",
            event="birth",
            payload="{}",
            state=state,
            attempts=1,
            due_at=now,
            created_at=now,
            updated_at=now,
        )

    def staff(self, staff_id: str, name: str) -> Staff:
        phone = people.phone(int(staff_id[1:]))
        return Staff(
            id=staff_id, name=name, phone=phone, phone_index=self.database.keyring.blind("phone", phone)
        )


@pytest.fixture
async def filler(database: Database, clock: FakeClock) -> Filler:
    async with database.transaction() as tx:
        await save_places(tx, county())
    return Filler(database, clock)


async def ask(filler: Filler, lookup: Lookup) -> tuple[Any, ...]:
    return (await answer(filler.database.reading, [lookup], filler.clock()))[lookup]


def found(facts: tuple[Any, ...]) -> list[str]:
    return [fact.id for fact in facts]


async def test_women_are_found_by_name_in_the_villages_asked_for(filler: Filler) -> None:
    await filler.write(
        filler.woman("w1", "v1", name="王芳"),
        filler.woman("w2", "v2", name="王芳"),
        filler.woman("w3", "v3", name="王芳"),
        filler.woman("w4", "v1", name="王方"),
        filler.woman("w5", None, name="王芳"),
    )
    assert found(await ask(filler, WomenNamed("王芳", MINE))) == ["w1", "w2"]
    assert found(await ask(filler, WomenNamed(" 王 芳", ("v1",)))) == ["w1"]
    assert found(await ask(filler, WomenNamed("王芳", HERS))) == ["w3"]
    assert await ask(filler, WomenNamed("王芳", ())) == ()
    assert await ask(filler, WomenNamed("李梅", MINE)) == ()


async def test_a_woman_is_told_as_the_roster_has_her(filler: Filler) -> None:
    details = {
        "name": "王芳",
        "resident_id": IDENTITY,
        "birth_date": "1996-11-23",
        "age": 1,
        "phone": PHONE,
        "alive": True,
    }
    await filler.write(filler.woman("w1", "v1", **details))
    assert await ask(filler, WomanById("w1", MINE)) == (
        WomanFact(
            id="w1",
            version=3,
            name="王芳",
            resident_id=IDENTITY,
            birth_date=date(1996, 11, 23),
            age=29,  # thirty tomorrow
            phone=PHONE,
            village_id="v1",
            village_name="一村",
            township_id="t1",
        ),
    )
    filler.clock.advance(hours=14)  # midnight in Shanghai, still the 22nd in UTC
    assert (await ask(filler, WomanById("w1", MINE)))[0].age == 30


async def test_an_age_once_told_grows(filler: Filler) -> None:
    await filler.write(
        filler.woman("w1", "v1", age=28, age_on="2025-11-23"), filler.woman("w2", "v1", age=28)
    )
    assert [(await ask(filler, WomanById(w, MINE)))[0].age for w in ("w1", "w2")] == [28, 28]
    filler.clock.advance(days=1)
    assert [(await ask(filler, WomanById(w, MINE)))[0].age for w in ("w1", "w2")] == [29, 28]


async def test_a_woman_of_another_village_is_none_of_ours(filler: Filler) -> None:
    await filler.write(filler.woman("w3", "v3", name="王芳", phone=PHONE))
    assert await ask(filler, WomanById("w3", MINE)) == ()
    assert await ask(filler, WomenWithPhone(PHONE, MINE)) == ()
    assert found(await ask(filler, WomenWithPhone(PHONE, HERS))) == ["w3"]
    assert await ask(filler, WomanById("nobody", HERS)) == ()


async def test_by_her_id_a_woman_elsewhere_is_known_to_exist_and_no_more(filler: Filler) -> None:
    await filler.write(
        filler.woman("w1", "v1", name="王芳", resident_id=IDENTITY),
        filler.woman("w3", "v3", name="王芳", resident_id=IDENTITY, phone=PHONE),
        Pregnancy(id="p", woman_id="w3", open=True, details={}),
    )
    mine, hers = await ask(filler, WomenWithId(IDENTITY.lower(), MINE))
    assert (mine.id, mine.visible, mine.name) == ("w1", True, "王芳")
    assert hers == WomanFact(id="w3", version=3, visible=False, township_id="t2")


async def test_pregnancies_come_newest_first_with_their_children(filler: Filler) -> None:
    def pregnancy(pregnancy_id: str, **details: Any) -> Pregnancy:
        return Pregnancy(id=pregnancy_id, woman_id="w1", open="ended" not in details, details=details)

    await filler.write(
        filler.woman("w1", "v1"),
        pregnancy("p0", ended="pregnancy_loss"),
        pregnancy("p1", ended="birth", end_date="2024-05-01"),
        pregnancy("p2", lmp="2026-03-01"),
        pregnancy("p3", ended="birth", due_date="2022-02-02"),
        Child(
            id="k1",
            woman_id="w1",
            pregnancy_id="p1",
            details={"sex": "male", "birth_date": "2024-05-01T03:10:00+08:00"},
        ),
        Child(id="k2", woman_id="w1", pregnancy_id="p1", details={"sex": "female", "alive": False}),
        Child(id="k3", woman_id="w1", details={"name": "小宝"}),
    )
    (woman,) = await ask(filler, WomanById("w1", MINE))
    assert found(woman.pregnancies) == ["p2", "p1", "p3", "p0"]
    assert woman.pregnancies[0] == PregnancyFact(id="p2", lmp=date(2026, 3, 1))
    assert woman.pregnancies[1] == PregnancyFact(
        id="p1",
        ended="birth",
        end_date=date(2024, 5, 1),
        children=(
            ChildFact("k1", sex="male", birth_date=date(2024, 5, 1)),
            ChildFact("k2", sex="female", alive=False),
        ),
    )
    assert woman.children == (*woman.pregnancies[1].children, ChildFact("k3", name="小宝"))


async def test_reports_come_newest_version_and_newest_first(filler: Filler) -> None:
    await filler.write(
        filler.staff("s1", "张桂花"), filler.staff("s2", "李梅"), filler.woman("w1", "v1", name="王芳")
    )
    rows = [
        filler.report("r1", is_latest=False),
        filler.report("r1", 2, withdrawn=True),
        filler.delivery("r1.1", "acknowledged"),
    ]
    filler.clock.advance(hours=1)
    rows += [filler.report("r2", body={"place": "road"}), filler.delivery("r2.1", "acknowledged")]
    filler.clock.advance(hours=1)
    rows += [filler.report("r3", author_id="s2"), filler.delivery("r3.1", "queued")]
    await filler.write(*rows)
    two, one = await ask(filler, ReportsBy("s1"))
    assert (two.report_id, two.version, two.delivered, two.withdrawn) == ("r2", 1, True, False)
    assert (one.report_id, one.version, one.delivered, one.withdrawn) == ("r1", 2, False, True)
    assert two.body == {"place": "road"}
    assert two.event_time == "2026-11-21"
    assert two.recorded_time - one.recorded_time == timedelta(hours=1)
    assert two.woman.name == "王芳"
    assert [r.report_id for r in await ask(filler, ReportsBy("s1", limit=1))] == ["r2"]
    assert [r.report_id for r in await ask(filler, ReportsBy("s1", name="王芳"))] == ["r2", "r1"]
    assert await ask(filler, ReportsBy("s1", name="李梅")) == ()
    assert [r.version for r in await ask(filler, ReportById("r1", "s1"))] == [2]
    assert await ask(filler, ReportById("r1", "s2")) == ()
    assert await ask(filler, ReportsBy("nobody")) == ()


async def test_a_code_is_found_by_what_was_said(filler: Filler) -> None:
    now = filler.clock()

    def invitation(invitation_id: str, code: str, state: str, **more: Any) -> Invitation:
        return Invitation(
            id=invitation_id,
            code_index=filler.database.keyring.blind("code", code),
            role="coordinator",
            place_id="v1",
            issuer_id="s1",
            issuer_contact_id="k1",
            phone=PHONE,
            state=state,
            created_at=now,
            expires_at=now + timedelta(hours=72),
            **more,
        )

    await filler.write(
        filler.staff("s1", "张桂花"),
        Contact(id="k1", staff_id="s1", created_at=now),
        Contact(id="k2", created_at=now),
        invitation("i1", "K7M2Q9", "open"),
        invitation("i2", "A1B2C3", "claimed", claimed_by_id="k2", claimed_name="李梅"),
    )
    (invite,) = await ask(filler, InviteByCode("k7m2q9"))
    assert (invite.id, invite.state, invite.place_name, invite.phone) == ("i1", "open", "一村", PHONE)
    assert (invite.issuer_contact_id, invite.claimed_by, invite.claimed_name) == ("k1", None, "")
    assert invite.expires_at == now + timedelta(hours=72)
    assert await ask(filler, InviteByCode("000000")) == ()
    (waiting,) = await ask(filler, InvitesBy("s1"))
    assert (waiting.id, waiting.claimed_by, waiting.claimed_name) == ("i2", "k2", "李梅")
    assert await ask(filler, InvitesBy("nobody")) == ()


async def test_attempts_are_counted_by_contact_purpose_and_day(filler: Filler) -> None:
    day = date(2026, 11, 22)
    await filler.write(Attempt(id="k:code:2026-11-22", count=4))
    assert await ask(filler, AttemptsToday("k", "code", day)) == (4,)
    await filler.write(Attempt(id="k:code:2026-11-20", count=9))
    # a message that was long on its way asks for a day gone by: today's tries count as well
    assert await ask(filler, AttemptsToday("k", "code", date(2026, 11, 21))) == (4,)
    assert await ask(filler, AttemptsToday("k", "code", date(2026, 11, 20))) == (9,)
    for other in (
        AttemptsToday("k", "pin", day),
        AttemptsToday("x", "code", day),
    ):
        assert await ask(filler, other) == (0,)


async def test_staff_below_a_place(filler: Filler) -> None:
    now = filler.clock()

    def post(staff: str, place: str, state: str = "active") -> Post:
        return Post(
            id=f"{staff}{place}", staff_id=staff, place_id=place, role="coordinator", state=state, since=now
        )

    await filler.write(
        *(
            filler.staff(f"s{n}", name)
            for n, name in enumerate(("县里人", "镇里人", "村里人", "走了的", "新来的"))
        ),
        Contact(id="k2", staff_id="s2", created_at=now),
        Contact(id="k2b", staff_id="s2", created_at=now + timedelta(days=1)),
        post("s0", "c"),
        post("s1", "t1"),
        post("s2", "v1"),
        post("s3", "v1", "revoked"),
        post("s4", "v3", "pending"),
    )
    assert sorted(found(await ask(filler, StaffBelow("c")))) == ["s1", "s2", "s4"]
    (fact,) = await ask(filler, StaffBelow("t1"))
    assert (fact.id, fact.name, fact.phone, fact.contact_id) == ("s2", "村里人", people.phone(2), "k2")
    assert (fact.place_id, fact.place_name, fact.state) == ("v1", "一村", "active")
    assert await ask(filler, StaffBelow("v1")) == ()


@asynccontextmanager
async def counted(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    statements: list[str] = []
    reading = database.reading
    original = reading.execute_query

    async def execute_query(query: str, values: list[Any] | None = None) -> Any:
        statements.append(query)
        return await original(query, values)

    with monkeypatch.context() as patch:
        patch.setattr(reading, "execute_query", execute_query)
        yield statements


async def test_a_batch_of_hundreds_takes_a_few_queries(
    filler: Filler, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"王{chr(0x4E00 + n)}" for n in range(200)]
    await filler.write(
        *(
            filler.woman(f"w{n}", MINE[n % 2], name=name, phone=people.phone(n))
            for n, name in enumerate(names)
        )
    )
    lookups: list[Lookup] = [WomenNamed(name, MINE) for name in names]
    lookups += [WomenWithPhone(people.phone(n), MINE) for n in range(200)]
    lookups += [
        WomenWithId(IDENTITY, MINE),
        AttemptsToday("k", "code", date(2026, 11, 22)),
        InviteByCode("x"),
    ]
    tree = await load_organisation(filler.database.reading)
    async with counted(filler.database, monkeypatch) as statements:
        answers = await answer(filler.database.reading, lookups, filler.clock(), tree)
    assert answers.keys() == set(lookups)
    assert [found(answers[lookup]) for lookup in lookups[:400]] == [[f"w{n}"] for n in range(200)] * 2
    assert len(statements) <= 5, statements


async def test_no_lookups_ask_nothing(filler: Filler, monkeypatch: pytest.MonkeyPatch) -> None:
    async with counted(filler.database, monkeypatch) as statements:
        assert await answer(filler.database.reading, [], filler.clock()) == {}
    assert statements == []


async def test_within_a_transaction_its_own_writes_are_seen(filler: Filler) -> None:
    async with filler.database.transaction() as tx:
        await insert_many(tx, Woman, [filler.woman("w1", "v1", name="王芳")])
        lookup = WomenNamed("王芳", MINE)
        assert found((await answer(tx, [lookup], filler.clock()))[lookup]) == ["w1"]
        assert await ask(filler, lookup) == ()
