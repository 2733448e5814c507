"""Notices to many: looked at again before they reach a woman, once to everybody, and nobody's but the office's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from storage.models import Announcement, AnnouncementTold, ContactWoman, Outgoing, Woman
from tests.support.town import Town, person

HERS = "19900000101"
TOWNSHIP, COORDINATOR, WOMAN = person("township-1"), person("coordinator-1"), person("woman-1")


async def at(town: Town, moment: str) -> None:
    town.clock.set(datetime.fromisoformat(moment))
    await town.app.settle()


async def announced(town: Town, words: str = "下周三有免费孕妇课堂") -> list[str]:
    """To all women of the township, late in the evening."""
    await town.say(
        COORDINATOR, f"李梅怀孕了，末次月经9月3号，28岁，电话{HERS}，她本人的，可以发短信", "就这些", "对"
    )
    await town.app.settle()
    town.clock.set(town.clock() + timedelta(minutes=1))
    await town.app.settle()
    await town.say(WOMAN.by("sms", HERS), "愿意")
    town.clock.set(datetime.fromisoformat("2026-11-24T22:00:00+08:00"))
    return await town.say(TOWNSHIP, "群发", "孕产妇", "名单", words, "对")


async def hers(town: Town) -> list[Outgoing]:
    told = await AnnouncementTold.filter(pregnancy_id__isnull=False).using_db(town.database.reading)
    return await Outgoing.filter(id__in=[one.letter_id for one in told]).using_db(town.database.reading)


async def test_by_night_it_waits_for_the_morning(town: Town) -> None:
    await announced(town)
    await town.app.settle()
    assert [row.state for row in await hers(town)] == ["queued"]
    await at(town, "2026-11-25T08:01:00+08:00")
    assert [row.state for row in await hers(town)] == ["sent"]


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (WOMAN.by("sms", HERS), ("退订",)),
        (WOMAN.by("sms", HERS), ("打错了",)),
        (COORDINATOR, ("李梅没保住，昨天流产了", "就这些", "对")),
        (COORDINATOR, ("李梅昨天去世了，在县医院", "就这些", "对")),
        (COORDINATOR, ("李梅搬去赣州了，昨天", "就这些", "对")),
    ],
    ids=["opted_out", "wrong_number", "loss", "death", "moved"],
)
async def test_what_happens_in_between_keeps_it_back(town: Town, who: object, said: tuple[str, ...]) -> None:
    await announced(town)
    await town.say(who, *said)  # type: ignore[arg-type]
    await at(town, "2026-11-25T08:01:00+08:00")
    assert [row.state for row in await hers(town)] == ["expired"]


async def test_its_writer_hears_what_became_of_it_once(town: Town) -> None:
    await announced(town)
    for hour in (8, 9, 12):
        await at(town, f"2026-11-25T{hour:02}:40:00+08:00")
    notices = [letter.text for letter in await town.letters(TOWNSHIP, "notice")]
    assert sum("【通知回执】" in text for text in notices) == 1
    row = await Announcement.get(using_db=town.database.reading)
    assert row.next_check_at is None


async def test_a_notice_goes_to_each_colleague_once(town: Town) -> None:
    """Also to one who has two villages, and to nobody of another township."""
    await town.hire("邓小莲", "xf-gupo-shiqiao")
    await town.say(TOWNSHIP, "通知所有孕管员：明天开会", "不用", "对")
    told = await AnnouncementTold.all().using_db(town.database.reading)
    assert len({one.contact_id for one in told}) == len(told)
    elsewhere = await town.letters(person("coordinator-3"), "notice")
    assert not elsewhere


async def test_nobody_says_received_for_another(town: Town) -> None:
    await town.say(TOWNSHIP, "通知所有孕管员：明天开会", "要", "对")
    await town.say(person("coordinator-3"), "收到")
    told = await AnnouncementTold.all().using_db(town.database.reading)
    assert told
    assert not any(one.acknowledged_at for one in told)


async def test_a_coordinator_sends_none(town: Town) -> None:
    await town.say(COORDINATOR, "通知所有孕管员：明天开会", "不用", "对")
    assert not await Announcement.all().using_db(town.database.reading)


SECOND = "王芳怀孕了，末次月经8月3号，30岁，电话{phone}，她本人的，可以发短信"


async def two_on_one_phone(town: Town) -> None:
    """Two women whose phone is one and the same, both of whom said yes; a notice late in the evening."""
    for said in (
        f"李梅怀孕了，末次月经9月3号，28岁，电话{HERS}，她本人的，可以发短信",
        SECOND.format(phone=HERS),
    ):
        await town.say(COORDINATOR, said, "就这些", "对")
        await town.app.settle()
    town.clock.set(town.clock() + timedelta(minutes=1))
    await town.app.settle()
    async with town.database.transaction() as tx:
        links = ContactWoman.all().using_db(tx)
        contact = str((await links.first()).contact_id)  # type: ignore[union-attr]
        for woman in await Woman.all().using_db(tx):
            await ContactWoman.filter(woman_id=woman.id).using_db(tx).delete()
            await ContactWoman.create(
                id=f"link-{woman.id}"[:32], contact_id=contact, woman_id=woman.id, consent="yes", using_db=tx
            )
    town.clock.set(datetime.fromisoformat("2026-11-24T22:00:00+08:00"))
    await town.say(TOWNSHIP, "群发", "孕产妇", "名单", "下周三有免费孕妇课堂", "对")


async def test_women_who_share_a_phone_are_marked_each_and_written_to_once(town: Town) -> None:
    await two_on_one_phone(town)
    told = await AnnouncementTold.filter(pregnancy_id__isnull=False).using_db(town.database.reading)
    assert len({one.pregnancy_id for one in told}) == 2
    assert len(await hers(town)) == 1
    await at(town, "2026-11-25T08:01:00+08:00")
    assert [row.state for row in await hers(town)] == ["sent"]


async def test_the_loss_of_one_keeps_nothing_from_the_other(town: Town) -> None:
    await two_on_one_phone(town)
    await town.say(COORDINATOR, "李梅没保住，昨天流产了", "就这些", "对")
    await at(town, "2026-11-25T08:01:00+08:00")
    assert [row.state for row in await hers(town)] == ["sent"]


async def test_nothing_is_said_when_both_are_not_to_hear_it(town: Town) -> None:
    await two_on_one_phone(town)
    for name in ("李梅", "王芳"):
        await town.say(COORDINATOR, f"{name}没保住，昨天流产了", "就这些", "对")
    await at(town, "2026-11-25T08:01:00+08:00")
    assert [row.state for row in await hers(town)] == ["expired"]
