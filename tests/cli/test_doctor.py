"""`yunguan doctor`: each thing that can be wrong, made wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot import demo, doctor
from bot.doctor import Finding, as_text, examine
from bot.settings import Settings
from bot.wording import operator_locale, render
from storage.crypto import Keyring
from storage.database import Database
from storage.models import Destination, Outgoing, Place, Post, Setting
from storage.organisation import save_places
from tests.support.clock import FakeClock
from tests.support.program import yunguan
from tests.support.town import Town, person, wired

COUNTY = {"url": "https://county.example/reports", "secret": "whsec_" + "bm9ib2R5IGlzIHRoZXJlIGF0IGFsbA=="}


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with wired(database, clock) as town:
        yield town


@pytest.fixture
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring) -> Settings:
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keyring.to_file(keys)
    return with_county(database_url, COUNTY, keys=str(keys), key_escrow="the safe of the county's office")


def with_county(
    url: str, county: dict[str, Any] | None, keys: str = "/elsewhere/keys", **more: Any
) -> Settings:
    tables: dict[str, Any] = {"database": {"url": url, "keys": keys, **more}, "county": county}
    return Settings(**tables)


async def found(town: Town, settings: Settings) -> dict[str, Finding]:
    return {f.check: f for f in await examine(town.database, settings, town.clock())}


async def test_a_county_in_good_order(town: Town, settings: Settings) -> None:
    async with town.database.transaction() as tx:
        await Setting.create(key="last_backup", value=town.clock().isoformat(), using_db=tx)
    findings = await found(town, settings)
    assert {f.check for f in findings.values() if f.level == "fail"} <= {"no_phone", "no_township"}
    assert [findings[name].level for name in ("migrations", "outbox", "alerts", "county")] == ["ok"] * 4
    assert findings["danger_advice"].level == "warn"  # nobody has approved the texts yet


async def test_an_office_without_a_person_or_a_number(town: Town, settings: Settings) -> None:
    async with town.database.transaction() as tx:
        await Post.filter(role="county").using_db(tx).update(state="revoked")
        place = Place(id="xf-0", parent_id="xf", kind="township", name="某镇", programme=None)
        await save_places(tx, [place])
        await Place.all().using_db(tx).update(phone=None)
        await save_places(tx, [place])
    findings = await found(town, settings)
    assert findings["no_county"].level == findings["no_phone"].level == "fail"
    assert "xf-0" in render(findings["no_township"].text)
    assert "offices" not in findings


async def test_what_is_stuck(town: Town, settings: Settings) -> None:
    await town.say(person("coordinator-1"), "怀孕")
    async with town.database.transaction() as tx:
        await Outgoing.all().using_db(tx).update(state="dead")
        await Destination.create(name="county", paused=True, reason="401", since=town.clock(), using_db=tx)
    finding = (await found(town, settings))["outbox"]
    assert finding.level == "fail"
    assert "dead" in render(finding.text)
    assert "paused" in render(finding.text)


async def test_a_danger_alert_nobody_takes(town: Town, settings: Settings) -> None:
    await town.say(person("coordinator-1"), "李梅大出血了")
    town.clock.advance(minutes=59)
    assert (await found(town, settings))["alerts"].level == "ok"
    town.clock.advance(minutes=1)
    assert (await found(town, settings))["alerts"].level == "fail"


@pytest.mark.parametrize(
    ("county", "level"),
    [
        (None, "warn"),
        (COUNTY | {"url": "http://county.example/reports"}, "fail"),
        (COUNTY | {"url": "http://127.0.0.1:9000/reports"}, "ok"),
    ],
)
async def test_the_way_to_the_county(
    town: Town, database_url: str, county: dict[str, Any] | None, level: str
) -> None:
    assert (await found(town, with_county(database_url, county)))["county"].level == level


async def test_the_programmes_in_use(town: Town, settings: Settings) -> None:
    async with town.database.transaction() as tx:
        await save_places(
            tx, [Place(id="xx", parent_id=None, kind="county", name="某县", programme="nobodys")]
        )
    findings = await found(town, settings)
    assert findings["programme.nobodys"].level == "fail"
    unverified = findings["programme.xinfeng"]
    assert unverified.level == "warn"
    assert "clock.village_death: within" in unverified.details
    assert "programme.gaoping" not in findings
    text = as_text([unverified], render)
    assert "    clock.village_death: within\n" in text


async def test_years_whose_holidays_are_guessed(town: Town, settings: Settings) -> None:
    assert "2027" in render((await found(town, settings))["holidays"].text)
    town.clock.advance(days=-400)
    assert "holidays" not in await found(town, settings)


async def test_a_county_brings_its_own_programme(tmp_path: Path) -> None:
    own = tmp_path / "programmes"
    own.mkdir()
    (own / "sixth.toml").write_text('title = "第六县"\ninherits = "national"\n', encoding="utf-8")
    await yunguan("init", folder=tmp_path)
    config = tmp_path / "yunguan.toml"
    config.write_text(config.read_text() + f'\n[programmes]\ndirectory = "{own}"\n')
    assert (await yunguan("migrate", "--config", config)).code == 0
    (own / "sixth.toml").write_text('title = "第六县"\ninherits = "nowhere"\n', encoding="utf-8")
    ran = await yunguan("doctor", "--config", config)
    assert ran.code == 1
    assert "programmes.directory: sixth.toml: inherits: there is no programme 'nowhere'" in ran.err


async def test_holidays_that_cannot_be(tmp_path: Path) -> None:
    days = tmp_path / "holidays.toml"
    days.write_text("[2027]\noff = [2027-01-02]\nwork = []\n", encoding="utf-8")
    await yunguan("init", folder=tmp_path)
    config = tmp_path / "yunguan.toml"
    config.write_text(config.read_text() + f'\n[programmes]\nholidays = "{days}"\n')
    ran = await yunguan("migrate", "--config", config)
    assert ran.code == 1
    assert "programmes.holidays" in ran.err
    assert "2027-01-02" in ran.err


async def test_little_space(town: Town, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    if town.database.dialect != "sqlite":
        pytest.skip("PostgreSQL looks after its own disk")
    monkeypatch.setattr(doctor, "LITTLE_SPACE", 1 << 60)
    assert (await found(town, settings))["space"].level == "fail"


async def test_the_worst_stands_first(town: Town, settings: Settings) -> None:
    town.clock.advance(hours=1)
    lines = as_text(await examine(town.database, settings, town.clock()), render).splitlines()
    marks = [line[0] for line in lines if not line.startswith(" ")]
    assert marks == sorted(marks, key="✗!✓".index)
    assert len(lines) > 4


async def test_a_database_of_an_older_program(tmp_path: Path) -> None:
    await yunguan("init", folder=tmp_path)
    ran = await yunguan("doctor", "--json", "--config", tmp_path / "yunguan.toml")
    assert ran.code == 1
    (finding,) = map(orjson.loads, ran.out.splitlines())
    assert (finding["check"], finding["level"]) == ("migrations", "fail")
    assert "0001_first" in finding["text"]


async def test_a_fresh_county_is_told_what_to_do(tmp_path: Path) -> None:
    await yunguan("init", folder=tmp_path)
    await yunguan("migrate", "--config", tmp_path / "yunguan.toml")
    ran = await yunguan("doctor", "--config", tmp_path / "yunguan.toml")
    assert (ran.code, ran.err) == (1, "")
    assert "✗ offices" in ran.out
    assert "yunguan places" in ran.out


@pytest.mark.parametrize(
    ("environment", "locale"),
    [({}, "zh_CN"), ({"LANG": "C.UTF-8"}, "zh_CN"), ({"LANG": "en_GB.UTF-8"}, "en"),
     ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh_CN")],
)  # fmt: skip
def test_an_operator_reads_her_language(environment: dict[str, str], locale: str) -> None:
    assert operator_locale(environment) == locale


async def test_what_a_programme_must_know_of_places(town: Town, settings: Settings) -> None:
    """Xinfeng is led by sectors, Rencheng directs women on from townships that cannot deliver."""
    findings = await found(town, settings)
    assert findings["no_sector"].level == "warn"
    assert not {"sector", "midwifery"} & findings.keys()
    async with town.database.transaction() as tx:
        places = {place.id: place for place in await Place.all().using_db(tx)}
        places["xf-gupo"].sector = None
        await save_places(tx, places.values())
        await Post.create(
            id="all", staff_id="staff-county-1", place_id="xf", role="county", state="active", sector="片区一",
            since=town.clock(), using_db=tx,
        )  # fmt: skip
    findings = await found(town, settings)
    assert "xf-gupo" in render(findings["sector"].text, "zh_CN")
    assert "片区一" not in render(findings["no_sector"].text, "zh_CN")
    async with town.database.transaction() as tx:
        places["xf"].programme = "rencheng"
        places["xf-gupo-clinic"].midwifery = True
        await save_places(tx, places.values())
    findings = await found(town, settings)
    assert not {"sector", "no_sector"} & findings.keys()
    said = render(findings["midwifery"].text, "zh_CN")
    assert said.startswith("20")


async def test_a_configuration_looser_than_the_programme(town: Town, settings: Settings) -> None:
    telegram = {"token": "123:" + "a" * 30, "masked": False}
    loose = Settings(database=settings.database, county=settings.county, telegram=telegram)
    assert (await found(town, loose))["masking"].level == "fail"
    assert "masking" not in await found(town, settings)
