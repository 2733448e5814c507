"""Where a colleague wants what the program begins; danger goes where it always went, answers where she asked."""

from __future__ import annotations

import pytest

from storage.models import Outgoing, Staff
from tests.support.town import Somebody, Town, person

TOWNSHIP, HERS = person("township-1"), person("coordinator-1")
TEXT = HERS.by("sms", "19900000011")


async def told(town: Town, kind: str) -> list[str]:
    """The channels on which she was told things of a kind, in order."""
    rows = (
        Outgoing.filter(contact_id=HERS.contact_id, kind=kind).order_by("seq").using_db(town.database.reading)
    )
    return [row.channel for row in await rows]


@pytest.fixture
async def chooses_sms(town: Town) -> None:
    """She writes in a chat last, and wants SMS."""
    await town.say(TEXT, "你好")
    await town.say(HERS, "以后发短信")


async def test_notices_go_where_she_wants_them(town: Town, chooses_sms: None) -> None:
    await town.say(HERS, "帮助")
    await town.say(TOWNSHIP, "通知所有孕管员：明天开会", "不用", "对")
    assert await told(town, "notice") == ["sms"]


async def test_she_changes_her_mind(town: Town, chooses_sms: None) -> None:
    await town.say(HERS, "以后在这里发")
    await town.say(TEXT, "你好")
    await town.say(TOWNSHIP, "通知所有孕管员：明天开会", "不用", "对")
    assert await told(town, "notice") == ["chat"]


async def test_danger_goes_where_she_wrote_last(town: Town, chooses_sms: None) -> None:
    await town.say(person("coordinator-2"), "我这里有人大出血了")
    await town.say(HERS, "帮助")
    await town.say(Somebody("", "19900000101", "sms"), "你好")
    await town.say(TOWNSHIP, "李梅怀孕了，28岁，末次月经9月3号，杨梅坑村", "就这些", "对")
    await town.say(TOWNSHIP, "李梅大出血了")
    assert set(await told(town, "danger")) == {"chat"}


async def test_answers_stay_where_she_asks(town: Town, chooses_sms: None) -> None:
    await town.say(HERS, "我报了什么")
    assert (await told(town, "reply"))[-1] == "chat"


async def test_who_has_blocked_her_choice_is_reached_elsewhere(town: Town, chooses_sms: None) -> None:
    await town.app.blocked("sms", TEXT.address, True)
    await town.say(TOWNSHIP, "通知所有孕管员：明天开会", "不用", "对")
    assert await told(town, "notice") == ["chat"]


async def test_a_number_she_never_wrote_from_is_not_used(town: Town) -> None:
    officer = person("county-1")
    (said,) = await town.say(officer, "以后发短信")
    assert "请先从那里发" in said
    assert (await Staff.get(id="staff-county-1", using_db=town.database.reading)).prefers is None
