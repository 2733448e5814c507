"""Every message of every test is listened to (tests/support/overheard.py): here it is shown that each check bites, for whom
a message was written, and that a test in which one slipped through fails."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from subprocess import run

import pytest

from bot.channels.base import Letter
from storage.crypto import Keyring
from storage.database import Database
from storage.models import Contact, Outgoing, Post
from tests.support import overheard
from tests.support.clock import FakeClock
from tests.support.databases import opened, sqlite_url
from tests.support.town import Town, person

HERE, ELSEWHERE = "上官玉兰", "欧阳雪莲"
"""A woman of coordinator-1, and one of another township."""
STRANGER = "contact-stranger"


@pytest.fixture
async def county(town: Town) -> AsyncIterator[Town]:
    for who, name in (("coordinator-1", HERE), ("coordinator-3", ELSEWHERE)):
        await town.say(person(who), f"{name}怀孕了，28岁，末次月经9月3号", "就这些", "对")
    assert len(await town.reports()) == 2
    async with town.database.transaction() as tx:
        await Contact.create(id=STRANGER, created_at=town.clock(), using_db=tx)
    assert await overheard.complaints(town.database) == []
    yield town
    async with town.database.transaction() as tx:
        await Outgoing.filter(id="planted").using_db(tx).delete()


async def plant(
    town: Town, contact: str, text: str, channel: str = "chat", buttons: tuple[str, ...] = ()
) -> list[str]:
    """Somebody is written this; what is found."""
    letter = Letter("planted", text, (tuple((label, "x") for label in buttons),))
    row = Outgoing(
        id="planted", seq=10**15, lane=contact, contact_id=contact, channel=channel, address="x", kind="notice",
        payload=letter.as_payload(), state="sent", attempts=1, due_at=town.clock(), expires_at=town.clock(),
        created_at=town.clock(), updated_at=town.clock(),
    )  # fmt: skip
    async with town.database.transaction() as tx:
        await row.save(using_db=tx, force_create=True)
    return [one.partition("\n")[0] for one in await overheard.complaints(town.database)]


def contact(key: str) -> str:
    return key if key == STRANGER else f"contact-{key}"


@pytest.mark.parametrize(
    ("who", "channel", "text", "found"),
    [
        ("coordinator-1", "chat", "她是橙色", "coordinator on chat reads a colour: 橙"),
        ("coordinator-1", "chat", "请做梅毒复查", "coordinator on chat reads of an infection: 梅毒"),
        ("woman-1", "sms", "您的风险是紫色", "on sms reads a colour: 紫"),
        ("woman-1", "sms", "您有乙肝", "on sms reads of an infection: 乙肝"),
        ("township-1", "sms", "评为红色", "township on sms reads a colour: 红色"),
        ("county-1", "abroad", "HIV阳性", "county on abroad reads of an infection: HIV"),
        ("township-1", "telegram", "电话13800001234", "township on telegram reads a number: 13800001234"),
        ("county-1", "telegram", f"{HERE}，孕12周", f"county on telegram reads the name {HERE}"),
        (
            "coordinator-1",
            "chat",
            f"{ELSEWHERE}，孕12周",
            f"coordinator reads of {ELSEWHERE}, who is not hers",
        ),
        ("coordinator-1", "sms", "欧***，孕12周", "coordinator reads of 欧***, who is not hers"),
        ("township-1", "chat", f"{ELSEWHERE}，孕12周", f"township reads of {ELSEWHERE}, who is not hers"),
        ("woman-1", "sms", f"您是{HERE}吗", f"unknown reads of {HERE}, who is not hers"),
        (STRANGER, "chat", f"{HERE}，孕12周", f"unknown reads of {HERE}, who is not hers"),
        ("county-1", "chat", f"{HERE}，孕12周", f"county is shown {HERE}, and the audit log does not say so"),
        ("coordinator-3", "chat", f"{HERE}，孕12周", f"coordinator reads of {HERE}, who is not hers"),
    ],
)
async def test_it_is_found(county: Town, who: str, channel: str, text: str, found: str) -> None:
    assert any(found in one for one in await plant(county, contact(who), text, channel))


async def test_buttons_are_listened_to(county: Town) -> None:
    assert await plant(county, contact("coordinator-1"), "哪一个？", buttons=("紫色", ELSEWHERE)) == [
        "coordinator on chat reads a colour: 紫",
        f"coordinator reads of {ELSEWHERE}, who is not hers",
    ]


@pytest.mark.parametrize(
    ("who", "channel", "text"),
    [
        ("coordinator-1", "chat", f"{HERE}是重点随访"),
        ("township-1", "chat", f"{HERE}评为橙色"),
        ("coordinator-3", "chat", f"没有找到{ELSEWHERE}"),
        ("county-1", "telegram", "上***，孕12周"),
    ],
)
async def test_what_may_be_read_is_not(county: Town, who: str, channel: str, text: str) -> None:
    assert await plant(county, contact(who), text, channel) == []


async def test_what_somebody_wrote_is_handed_on_as_her_words(county: Town) -> None:
    await county.say(person("coordinator-3"), f"帮我问问{ELSEWHERE}")
    text = "提问：“{}”"
    assert await plant(county, contact("coordinator-1"), text.format(f"帮我问问{ELSEWHERE}")) == []
    assert await overheard.complaints(county.database) == []


async def test_who_lost_her_office_may_read_what_she_could_then(county: Town) -> None:
    async with county.database.transaction() as tx:
        posts = Post.filter(staff_id="staff-coordinator-3").using_db(tx)
        await posts.update(state="revoked", until=county.clock())
    county.clock.advance(seconds=1)
    assert await plant(county, contact("coordinator-1"), "好") == []
    async with county.database.transaction() as tx:
        await Outgoing.filter(id="planted").using_db(tx).delete()
    assert any(
        "unknown reads of" in one for one in await plant(county, contact("coordinator-3"), f"{HERE}好")
    )


async def test_every_database_is_listened_to_when_it_is_closed(
    tmp_path: Path, keyring: Keyring, clock: FakeClock
) -> None:
    async with opened(sqlite_url(tmp_path), keyring) as database:
        await _plain_letter(database, clock)
    assert [one.partition("\n")[0] for one in overheard.take()] == ["unknown on chat reads a colour: 橙"]
    assert overheard.take() == []


async def _plain_letter(database: Database, clock: FakeClock) -> None:
    async with database.transaction() as tx:
        await Contact.create(id="c", created_at=clock(), using_db=tx)
        await Outgoing.create(
            id="o", seq=1, lane="c", contact_id="c", channel="chat", address="x", kind="reply",
            payload=Letter("o", "她是橙色").as_payload(), state="sent", attempts=1, due_at=clock(),
            expires_at=clock(), created_at=clock(), updated_at=clock(), using_db=tx,
        )  # fmt: skip


PLANTED = """
from tests.access.test_overheard import _plain_letter

async def test_it(database, clock):
    await _plain_letter(database, clock)
"""


def test_a_test_in_which_one_slipped_through_fails(tmp_path: Path) -> None:
    (tmp_path / "test_planted.py").write_text(PLANTED)
    root = Path(__file__).parents[2]
    done = run(
        [
            sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "-p", "no:xdist",
            "-c", str(root / "pyproject.toml"), "--rootdir", str(tmp_path), str(tmp_path / "test_planted.py"),
        ],
        cwd=root, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "reads a colour: 橙" in done.stdout
