"""Forgetting a woman: nothing of her is left in any table, nobody else loses anything, and the figures stay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot import demo
from bot.organise import NotPossible
from bot.privacy.erase import ErasureRefused, Wanted, erase
from bot.privacy.erased import list_beside, remembered
from bot.privacy.marks import Marks
from conversations.papers.facts import Contribution, contribution
from conversations.paring import GONE
from conversations.records import EVENTS
from storage.database import Database
from storage.models import (
    Address,
    Alert,
    Audit,
    Clock,
    Delivery,
    Erasure,
    Outgoing,
    Pregnancy,
    Report,
    Session,
    Woman,
)
from storage.occupancy import serving
from storage.organisation import load_organisation
from storage.reports import as_report
from storage.roster_rows import roster_rows
from tests.support.clock import FakeClock
from tests.support.people import resident_id
from tests.support.plainly import where_said
from tests.support.registrar import PHONE, Registrar
from tests.support.town import VILLAGE, Town, person, wired

NAME, CHILD, OTHER = "欧阳小妹", "欧阳冬冬", "李梅"
IDENTITY = resident_id(date(1996, 2, 29), "female", 7)
HANDBOOK = "XF-2026-00417"
FINDING = "她婆婆说夜里总是头痛"
HERS = (NAME, CHILD, IDENTITY, PHONE, HANDBOOK, FINDING)


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with wired(database, clock) as town:
        yield town


@pytest.fixture
def clerk(town: Town) -> Registrar:
    return Registrar(town)


async def lived(clerk: Registrar) -> None:
    """A whole course: found, booked, visited, reminded, a danger, a birth, a defect; and another woman beside her."""
    town = clerk.town
    await clerk.found(
        NAME, resident_id=IDENTITY, age=None, special_group="poor", gravida=2, para=1, migrant=True
    )
    await clerk.found(OTHER, phone="19900000151")
    await clerk.settle()
    await clerk.consents(NAME)
    await clerk.file(
        "booking", NAME, institution="信丰县妇幼保健院", handbook_number=HANDBOOK, gestational_weeks=11
    )
    await clerk.file("antenatal_visit", NAME, problem=True, finding=FINDING, systolic=150, diastolic=95)
    await clerk.file(
        "risk_grade", NAME, colour="red", institution="信丰县妇幼保健院", factors=["妊娠期高血压"]
    )
    await town.say(person("coordinator-1"), f"{NAME}的电话是{PHONE}，{FINDING}")
    await town.say(person("coordinator-1"), f"{NAME}大出血了")
    await clerk.until("2027-01-22", 9)
    clerk.off("2027-06-12", 9)
    report = await clerk.file(
        "birth", NAME, institution="信丰县妇幼保健院", place_kind="hospital", delivery_mode="caesarean",
        children=[{"sex": "male", "birth_weight_g": 2450, "alive": True}], gestational_weeks=39, discharge_date="2027-06-14",
    )  # fmt: skip
    await clerk.correct(report, delivery_mode="vaginal")
    await clerk.file("birth_defect", NAME, defect_kind=f"唇裂，{NAME}的孩子", child_name=CHILD, sex="male")
    await clerk.file(
        "postnatal_visit",
        NAME,
        visit_kind="home",
        visited_by="village",
        screening="positive",
        finding=FINDING,
    )
    await clerk.settle()


async def over(clerk: Registrar) -> None:
    """Months later; the county has everything, nobody waits for anything."""
    town = clerk.town
    clerk.off("2027-12-01", 9)
    await clerk.settle()
    async with town.database.transaction() as tx:
        await Delivery.all().using_db(tx).update(state="acknowledged")
        await Outgoing.filter(state__in=("queued", "sending")).using_db(tx).update(state="sent")
        await Clock.filter(state="running").using_db(tx).update(state="stopped", next_check_at=None)
        await Alert.all().using_db(tx).update(acknowledged_at=town.clock(), next_check_at=None)


async def figures(database: Database, woman_id: str) -> Contribution:
    rows = await Report.filter(woman_id=woman_id, is_latest=True).using_db(database.reading)
    return contribution(woman_id, [as_report(row) for row in rows])


def counted(facts: Contribution) -> Any:
    """A contribution without what the person is: everything that is counted of her."""
    return [
        (
            p.id, p.village_id, p.registered, p.lmp, p.end, p.end_kind, p.para, p.gravida, p.migrant, p.left, p.died, p.until,
            [(t.trace, t.event, t.day, t.known, t.by, t.institution) for t in p.told],
            [(g.told.trace, g.grade, g.by_hospital, g.after, g.high) for g in p.graded],
            p.delivery and (p.delivery.day, p.delivery.weeks, p.delivery.mode, p.delivery.in_hospital, p.delivery.babies),
        )
        for p in facts.pregnancies
    ], [(d.told.trace, d.kind, d.village_id, d.weeks, d.also) for d in facts.deaths], [t.trace for t in facts.loose]  # fmt: skip


def yes(question: str) -> bool:
    return True


async def test_nothing_of_her_is_left_and_the_figures_stay(
    clerk: Registrar, key_file: Path, told: list[str]
) -> None:
    await lived(clerk)
    await over(clerk)
    town, woman_id = clerk.town, clerk.woman_id(NAME)
    database, now = town.database, town.clock()
    found = {where.partition(".")[0] for where in await where_said(database, *HERS)}
    assert {
        "woman",
        "report",
        "inbound",
        "outgoing",
        "address",
        "alert",
        "delivery",
        "child",
    } <= found
    before = counted(await figures(database, woman_id))
    assert before[0][0][-1] is not None
    valid = {
        row.id
        for row in await Report.filter(woman_id=woman_id).using_db(database.reading)
        if Draft202012Validator(EVENTS[row.event].body_schema()).is_valid(row.body)
    }
    assert len(valid) >= 6
    rest = await where_said(database, OTHER, "19900000151")
    audited = await Audit.all().using_db(database.reading).order_by("seq").values_list("seq", "mac")

    assert await erase(database, key_file, Wanted(person=woman_id), now, told.append, yes) == 1

    assert await where_said(database, *HERS) == []
    assert counted(await figures(database, woman_id)) == before
    assert await where_said(database, OTHER, "19900000151") == rest
    after = await Audit.all().using_db(database.reading).order_by("seq").values_list("seq", "mac")
    assert after[: len(audited)] == audited
    last = await Audit.filter(subject=woman_id).using_db(database.reading).order_by("-seq").first()
    assert (last and last.action, last and last.record) == ("erase", "wish")
    for row in await Report.filter(woman_id=woman_id).using_db(database.reading):
        if row.id in valid:
            Draft202012Validator(EVENTS[row.event].body_schema()).validate(row.body)
    woman = await Woman.get(id=woman_id, using_db=database.reading)
    assert (woman.name_index, woman.phone_index, woman.resident_id_index) == (None, None, None)
    assert woman.details["name"] == GONE
    assert not any(word in line for line in told for word in HERS)


async def test_nobody_is_written_to_about_her_any_more(
    clerk: Registrar, key_file: Path, told: list[str]
) -> None:
    await lived(clerk)
    await over(clerk)
    town = clerk.town
    await erase(town.database, key_file, Wanted(person=clerk.woman_id(NAME)), town.clock(), told.append, yes)
    heard, others = clerk.heard(), len(await clerk.outgoing("reminder", "notice"))
    await clerk.until("2028-07-01", 9)
    assert clerk.heard() == heard
    assert len(await clerk.outgoing("reminder", "notice")) >= others
    assert await where_said(town.database, *HERS) == []
    assert (
        not await Pregnancy.filter(woman_id=clerk.woman_id(NAME), open=True)
        .using_db(town.database.reading)
        .exists()
    )
    answered = "".join(await town.say(person("coordinator-1"), f"{NAME}现在什么情况"))
    assert PHONE[-4:] not in answered
    assert GONE not in answered


async def test_the_same_name_elsewhere_is_untouched(
    clerk: Registrar, key_file: Path, told: list[str]
) -> None:
    await lived(clerk)
    town = clerk.town
    async with town.database.transaction() as tx:
        blind = town.database.keyring.blind
        other = Woman(
            id="namesake", village_id="xf-gupo-shiqiao", name_index=blind("name", NAME), version=1,
            details={"name": NAME, "phone": "19900000199", "alive": True}, updated_at=town.clock(),
        )  # fmt: skip
        await other.save(using_db=tx, force_create=True)
    await over(clerk)
    wanted = Wanted(person=NAME, place=VILLAGE)
    await erase(town.database, key_file, wanted, town.clock(), told.append, yes)
    kept = await Woman.get(id="namesake", using_db=town.database.reading)
    assert (kept.details["name"], kept.name_index) == (NAME, town.database.keyring.blind("name", NAME))
    assert [row.woman_id for row in await Erasure.all().using_db(town.database.reading)] == [
        clerk.woman_id(NAME)
    ]


async def test_a_longer_name_that_holds_hers_is_somebody_elses(
    clerk: Registrar, key_file: Path, told: list[str]
) -> None:
    """王芳 goes and 王芳芳 stays, with the draft about her; what is no name of anybody's goes with 王芳."""
    town = clerk.town
    for name, number in (("王芳", PHONE), ("王芳芳", "19900000151")):
        await clerk.found(name, phone=number)
    await town.say(person("coordinator-2"), "王芳芳和王芳都来了，还有小王芳")
    await town.say(person("coordinator-1"), "王芳芳昨天产检了")
    await over(clerk)
    wanted = Wanted(person=clerk.woman_id("王芳"), force=True, reason="本人要求")
    await erase(town.database, key_file, wanted, town.clock(), told.append, yes)
    drafts = await Session.all().using_db(town.database.reading)
    assert any("王芳芳" in str(row.data) for row in drafts)
    marks = Marks.of({"王芳"}, (), ["王芳芳", "李梅"])
    assert marks.without("王芳芳和王芳，小王芳") == f"王芳芳和{GONE}，小{GONE}"
    assert not marks.stand_in({"who": "王芳芳"})
    assert Marks.of({"王芳", "王芳芳"}, (), ["王芳芳"]).stand_in("王芳芳")  # hers, too
    for word in ("王芳和", "王芳都"):
        assert await where_said(town.database, word) == []


async def test_a_phone_of_the_family_stays_the_others(
    clerk: Registrar, key_file: Path, told: list[str]
) -> None:
    await lived(clerk)
    await clerk.found("黄秀兰", phone=PHONE, nth=1)
    await over(clerk)
    town, before = clerk.town, await clerk.states("黄秀兰")
    await erase(town.database, key_file, Wanted(person=clerk.woman_id(NAME)), town.clock(), told.append, yes)
    addresses = await Address.filter(channel="sms").using_db(town.database.reading)
    assert PHONE in [row.address for row in addresses]
    assert (await clerk.woman("黄秀兰")).details["phone"] == PHONE
    waiting = await clerk.states("黄秀兰")
    assert waiting == before
    assert await where_said(town.database, NAME, IDENTITY, HANDBOOK) == []


async def test_while_care_goes_on_it_is_refused_unless_forced(
    clerk: Registrar, key_file: Path, told: list[str]
) -> None:
    town = clerk.town
    await clerk.found(NAME)
    await clerk.settle()
    woman_id, now = clerk.woman_id(NAME), town.clock()
    with pytest.raises(
        ErasureRefused, match=r"her care and every reminder would stop[^$]*have not reached the county"
    ):
        await erase(town.database, key_file, Wanted(person=woman_id), now, told.append, yes)
    with pytest.raises(ErasureRefused, match="--reason"):
        await erase(town.database, key_file, Wanted(person=woman_id, force=True), now, told.append, yes)
    short = Wanted(person=woman_id, force=True, reason=" 要求 ")
    with pytest.raises(ErasureRefused, match="at least 4 characters"):
        await erase(town.database, key_file, short, now, told.append, yes)
    assert await Erasure.all().using_db(town.database.reading).count() == 0
    assert not list_beside(key_file).exists()
    organisation = await load_organisation(town.database.reading)

    async def on_the_roster() -> bool:
        rows = await roster_rows(town.database.reading, organisation, [VILLAGE], now)
        return woman_id in {row.case.woman_id for row in rows}

    assert await on_the_roster()
    forced = Wanted(person=woman_id, force=True, reason="本人要求")
    await erase(town.database, key_file, forced, now, told.append, yes)
    heard = clerk.heard()
    assert not await on_the_roster()
    assert await where_said(town.database, NAME, PHONE) == []
    await clerk.until("2027-07-01", 9)
    assert clerk.heard() == heard
    # the report still reaches the county, without her
    rows = await Delivery.filter(state="queued").using_db(town.database.reading)
    assert [GONE in row.payload and NAME not in row.payload for row in rows] == [True]


async def test_a_danger_nobody_has_taken_stands_in_the_way(
    clerk: Registrar, key_file: Path, told: list[str]
) -> None:
    town = clerk.town
    await clerk.found(NAME)
    await town.say(person("coordinator-1"), f"{NAME}大出血了")
    with pytest.raises(ErasureRefused, match="an alert about her waits"):
        await erase(
            town.database, key_file, Wanted(person=clerk.woman_id(NAME)), town.clock(), told.append, yes
        )


async def test_asked_once_more(clerk: Registrar, key_file: Path, told: list[str]) -> None:
    await lived(clerk)
    await over(clerk)
    town, asked = clerk.town, []

    def no(question: str) -> bool:
        asked.append(question)
        return False

    with pytest.raises(ErasureRefused, match="not confirmed"):
        await erase(
            town.database, key_file, Wanted(person=clerk.woman_id(NAME)), town.clock(), told.append, no
        )
    assert asked == ["1 to be erased; this cannot be taken back"]
    assert await where_said(town.database, NAME)
    assert any("outgoing" in line and "report" in line for line in told)


async def test_who_is_meant(clerk: Registrar, key_file: Path, told: list[str]) -> None:
    town = clerk.town
    await clerk.found(NAME)

    async def refused(wanted: Wanted) -> str:
        with pytest.raises((ErasureRefused, NotPossible)) as error:
            await erase(town.database, key_file, wanted, town.clock(), told.append, yes)
        return str(error.value)

    assert "give --place" in await refused(Wanted(person=NAME))
    assert "nobody of this name" in await refused(Wanted(person="黄秀兰", place=VILLAGE))
    assert "--person" in await refused(Wanted())
    assert "at least 3 years" in await refused(Wanted(years=2))
    async with serving(town.database):
        assert "stop it first" in await refused(Wanted(person=NAME, place=VILLAGE))


async def test_after_the_years_it_is_kept(clerk: Registrar, key_file: Path, told: list[str]) -> None:
    await lived(clerk)
    await over(clerk)
    town = clerk.town
    later = town.clock() + timedelta(days=365 * 4)
    async with town.database.transaction() as tx:
        others = Pregnancy.filter(woman_id=clerk.woman_id(OTHER)).using_db(tx)
        await others.update(open=True)
    assert await erase(town.database, key_file, Wanted(years=3), later, told.append, yes) == 1
    assert await where_said(town.database, *HERS) == []
    assert await where_said(town.database, OTHER)
    assert [(one.woman_id, one.why) for one in remembered(key_file)] == [(clerk.woman_id(NAME), "retention")]
    assert await erase(town.database, key_file, Wanted(years=3), later, told.append, yes) == 0


async def test_a_colleagues_draft_about_her_goes_and_another_stays(
    clerk: Registrar, key_file: Path, told: list[str]
) -> None:
    await lived(clerk)
    await over(clerk)
    town = clerk.town
    await town.say(person("coordinator-1"), f"{NAME}今天去产检了")
    await town.say(person("coordinator-3"), "黄秀兰怀孕了")
    async with town.database.transaction() as tx:
        await Outgoing.filter(state="queued").using_db(tx).update(state="sent")
    await erase(town.database, key_file, Wanted(person=clerk.woman_id(NAME)), town.clock(), told.append, yes)
    sessions = {row.contact_id: row.data for row in await Session.all().using_db(town.database.reading)}
    assert sessions[person("coordinator-3").contact_id]["talk"] is not None
    assert not sessions[person("coordinator-1").contact_id].get("talk")
    assert await where_said(town.database, *HERS) == []
    assert await town.say(person("coordinator-1"), "帮助")  # the conversation goes on


async def test_no_byte_of_it_is_left(
    clerk: Registrar, key_file: Path, told: list[str], tmp_path: Path, database: Database
) -> None:
    """The very ciphertexts are gone from the file and its log, not only from the tables."""
    if database.path is None:
        pytest.skip("PostgreSQL keeps its files to itself")
    await lived(clerk)
    await over(clerk)
    woman_id = clerk.woman_id(NAME)
    sealed = [
        row["sealed"].encode()
        for table, column, key in (("report", "body", "woman_id"), ("woman", "details", "id"))
        for row in await database.reading.execute_query_dict(
            f"SELECT {column} AS sealed FROM {table} WHERE {key} = '{woman_id}'"  # noqa: S608
        )
    ]
    assert len(sealed) >= 8

    def files() -> bytes:
        return b"".join(file.read_bytes() for file in database.path.parent.glob(f"{database.path.name}*"))  # type: ignore[union-attr]

    # a long value lies on several pages: its beginning is whole
    assert all(one[:60] in files() for one in sealed)
    await erase(database, key_file, Wanted(person=woman_id), clerk.town.clock(), told.append, yes)
    left = files()
    assert not [one for one in sealed if one[:60] in left or one[-60:] in left]
