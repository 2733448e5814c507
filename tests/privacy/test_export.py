"""Her data, to her: all of it, and nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import openpyxl
import orjson
import pytest

from bot import audit, demo
from bot.privacy.handing_over import ExportRefused, hand_over
from storage.database import Database
from storage.models import Audit, Contact
from tests.support.clock import FakeClock
from tests.support.registrar import PHONE, Registrar
from tests.support.town import VILLAGE, Somebody, Town, person, wired

NAME, OTHER = "欧阳小妹", "张桂花"
FINDING = "夜里总是头痛"
STAFF = [one.name for one in demo.PEOPLE if one.role != "woman"] + [one.phone for one in demo.PEOPLE]
NOT_HERS = [*STAFF, OTHER, "19900000151", "黄秀兰"]


@pytest.fixture
async def town(database: Database, clock: FakeClock) -> AsyncIterator[Town]:
    await demo.seed(database, clock)
    async with database.transaction() as tx:
        await Contact.all().using_db(tx).update(locale="zh_CN")
    async with wired(database, clock) as town:
        yield town


@pytest.fixture
async def clerk(town: Town) -> Registrar:
    """Two women; one of them has lived a little."""
    clerk = Registrar(town)
    await clerk.found(NAME)
    await clerk.found(OTHER, phone="19900000151")
    await clerk.settle()
    await clerk.consents(NAME)
    await town.say(person("coordinator-1"), f"{NAME}和{OTHER}都要去产检", "取消")
    await clerk.file("risk_grade", NAME, colour="purple", institution="信丰县妇幼保健院", factors=["梅毒"])
    await clerk.file("antenatal_visit", NAME, problem=True, finding=FINDING)
    await town.submit(town.inbound(Somebody("", PHONE, "sms"), "我今天头晕"))
    await town.app.settle()
    return clerk


async def test_all_of_hers_and_nothing_of_others(clerk: Registrar, tmp_path: Path, told: list[str]) -> None:
    town = clerk.town
    out = tmp_path / "her.json"
    await hand_over(town.database, NAME, VILLAGE, out, town.clock(), told.append)
    text = out.read_text("utf-8")
    known = orjson.loads(text)
    assert out.stat().st_mode & 0o777 == 0o600
    assert known["roster"]["name"] == NAME
    assert known["roster"]["phone"] == PHONE
    assert {one["event"] for one in known["reports"]} == {"pregnancy", "risk_grade", "antenatal_visit"}
    assert FINDING in text
    assert "梅毒" in text  # it is hers
    assert [one["consent"] for one in known["consents"]] == ["yes"]
    assert [one["address"] for one in known["accounts"]] == [PHONE]
    assert known["prefers"] is None
    said = [one["text"] for one in known["messages"]]
    assert "我今天头晕" in said
    assert len(said) >= 3
    assert known["alerts"] or known["reminders"]
    assert [word for word in NOT_HERS if word in text] == []
    assert not any(NAME in line or PHONE in line for line in told)


@pytest.mark.parametrize("kind", ["txt", "xlsx"])
async def test_to_be_read(clerk: Registrar, tmp_path: Path, told: list[str], kind: str) -> None:
    town, out = clerk.town, tmp_path / f"her.{kind}"
    await town.say(person("township-1"), f"查{NAME}", "名单", "核实")
    async with town.database.transaction() as tx:
        audit.looked(tx, "c", "county", [clerk.woman_id(NAME)], "roster.list", "import", town.clock())
    await hand_over(town.database, clerk.woman_id(NAME), None, out, town.clock(), told.append)
    if kind == "txt":
        text = out.read_text("utf-8")
    else:
        book = openpyxl.load_workbook(out)
        text = "\n".join(
            str(cell) for sheet in book for row in sheet.values for cell in row if cell is not None
        )
        assert len(book.sheetnames) == 9
        book.close()
    for word in (NAME, PHONE, FINDING, "梅毒", "紫色", "发现孕情", "愿意", "我今天头晕", "乡镇"):
        assert word in text, word
    assert [word for word in NOT_HERS if word in text] == []
    assert "重点随访" not in text  # what the village reads in place of the colour that is told here
    for code in (
        "woman_name",
        "risk_grade",
        "True",
        "followed_up",
        "coordinator",
        "roster.",
        "flow.",
        "import",
    ):
        assert code not in text, code
    assert out.stat().st_mode & 0o777 == 0o600


async def test_it_is_in_the_audit_log(clerk: Registrar, tmp_path: Path, told: list[str]) -> None:
    town = clerk.town
    await hand_over(town.database, clerk.woman_id(NAME), None, tmp_path / "a.json", town.clock(), told.append)
    rows = await Audit.filter(subject=clerk.woman_id(NAME), why="export.person").using_db(
        town.database.reading
    )
    assert [(row.actor, row.action, row.channel) for row in rows] == [("operator", "look", "cli")]
    again = await hand_over(
        town.database, clerk.woman_id(NAME), None, tmp_path / "b.json", town.clock(), told.append
    )
    assert "export.person" in [one["why"] for one in again["looked_at"]]


async def test_a_number_of_the_family_is_left_out(clerk: Registrar, tmp_path: Path, told: list[str]) -> None:
    town = clerk.town
    await clerk.found("黄秀兰", phone=PHONE)
    known = await hand_over(
        town.database, clerk.woman_id(NAME), None, tmp_path / "a.json", town.clock(), told.append
    )
    assert (known["messages"], known["accounts"], known["messages_left_out"]) == ([], [], 1)
    assert "黄秀兰" not in (tmp_path / "a.json").read_text("utf-8")


async def test_what_it_is_refused_for(clerk: Registrar, tmp_path: Path, told: list[str]) -> None:
    town = clerk.town
    (tmp_path / "there.json").touch()
    for name, why in (
        ("a.pdf", "must end with"),
        ("there.json", "not overwritten"),
        ("no/a.json", "cannot be"),
    ):
        with pytest.raises(ExportRefused, match=why):
            await hand_over(
                town.database, clerk.woman_id(NAME), None, tmp_path / name, town.clock(), told.append
            )
    assert not await Audit.filter(why="export.person").using_db(town.database.reading).exists()
