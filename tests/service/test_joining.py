"""Joining, from the first officer of a county down to a coordinator: over Telegram, and by command line."""

from __future__ import annotations

import re

import pytest

from bot.organise import NotPossible, confirm, first_code, waiting_lines
from storage.database import Database
from storage.models import Address, Audit, Contact, Inbound, Invitation, Post, Report, Staff
from tests.support.botapi import BotApi, User
from tests.support.clock import FakeClock
from tests.support.people import phone
from tests.support.serving import (
    COUNTY,
    TOWNSHIP,
    VILLAGE,
    Start,
    employ,
    hears_of,
    talk,
)
from tests.support.waiting import PATIENCE, until

GUI, XIU, LIAN, OTHER = 41, 21, 11, 12
"""Telegram ids, and numbers of phones, of a county officer, a township officer and two coordinators."""

NOT_IN = "加入码"
"""What somebody who is nobody yet is asked for."""


def code_in(text: str) -> str:
    match = re.search(r"\d{4} \d{4}", text)
    assert match is not None, text
    return match[0]


async def invited(issuer: User, role: str | None, place: str, number: int) -> str:
    """The issuer asks for a code by chat; the code she gets."""
    await talk(issuer, "发加入码")
    if role is not None:
        await talk(issuer, role)
    reading = await talk(issuer, place, phone(number))
    issuer.presses("对", reading)
    return code_in((await hears_of(issuer, "只能用一次")).text)


async def uses(joiner: User, code: str, number: int, name: str) -> None:
    """Somebody uses a code, up to the word that the issuer is asked."""
    answer = await talk(joiner, code, phone(number), name)
    assert "已经请发码的人确认" in answer.text


async def office_of(database: Database, user: User) -> list[tuple[str, str, str]]:
    """Role, place and state of every post of the person behind this chat."""
    address = await Address.filter(channel="telegram").using_db(database.reading)
    contact_id = next(row.contact_id for row in address if row.address == str(user.id))
    contact = await Contact.get(id=contact_id, using_db=database.reading)
    if contact.staff_id is None:
        return []
    posts = await Post.filter(staff_id=contact.staff_id).using_db(database.reading)
    return [(post.role, post.place_id, post.state) for post in posts]


async def test_a_county_comes_to_life_from_one_code(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    gui, xiu, lian = (telegram.user(each) for each in (GUI, XIU, LIAN))
    async with start() as service:
        line = await first_code(database, "county", COUNTY, phone(GUI), clock())
        await uses(gui, code_in(line), GUI, "刘桂兰")
        (waiting,) = await waiting_lines(database)
        assert "刘桂兰" in waiting
        assert phone(GUI)[-4:] in waiting
        assert phone(GUI) not in waiting
        await confirm(database, waiting.split()[0], clock())
        assert await waiting_lines(database) == []
        assert await office_of(database, gui) == [("county", COUNTY, "active")]

        gui.says("帮助")  # wakes the outbox: the word to her was queued by another process
        assert any("欢迎" in said.text for said in await gui.hears_all(2))

        code = await invited(gui, "孕管办", "古陂镇", XIU)
        await talk(xiu, "/start")
        await talk(xiu, code)
        xiu.taps_key(xiu.inbox[-1].keys[-1], "+86" + phone(XIU))  # her own number, proven by Telegram
        await xiu.hears(within=PATIENCE)
        await talk(xiu, "温秀英")
        gui.presses("是，确认", await hears_of(gui, "要加入古陂镇"))
        await hears_of(xiu, "欢迎")
        assert await office_of(database, xiu) == [("township", TOWNSHIP, "active")]

        code = await invited(xiu, None, "杨梅坑村", LIAN)
        await uses(lian, code, LIAN, "邓小莲")
        xiu.presses("是，确认", await hears_of(xiu, "要加入杨梅坑村"))
        await hears_of(lian, "欢迎")
        assert await office_of(database, lian) == [("coordinator", VILLAGE, "active")]

        await talk(lian, "李梅怀孕了，末次月经9月3号", "就这些", "对")
        (report,) = await service.arrived()
    assert report["data"]["author_role"] == "coordinator"
    actions = set(await Audit.all().using_db(database.reading).values_list("action", flat=True))
    assert {"staff.invite", "staff.confirm", "staff.claiminvite", "staff.decidejoiner"} <= actions


async def test_a_code_is_nowhere_to_be_read(database: Database, start: Start, clock: FakeClock) -> None:
    code = code_in(await first_code(database, "county", COUNTY, phone(GUI), clock())).replace(" ", "")
    (row,) = await Invitation.all().using_db(database.reading)
    assert code not in repr([getattr(row, name) for name in row._meta.db_fields])
    assert row.code_index == database.keyring.blind("code", code)


@pytest.mark.parametrize(
    ("role", "place", "number", "why"),
    [
        ("county", "xf-nowhere", phone(1), "no such place"),
        ("county", TOWNSHIP, phone(1), "held at a county"),
        ("coordinator", COUNTY, phone(1), "held at a village"),
        ("county", COUNTY, "1380000", "11 digits"),
        ("county", COUNTY, "02012345678", "11 digits"),
    ],
)
async def test_a_first_code_for_nobody_is_refused(
    start: Start, database: Database, clock: FakeClock, role: str, place: str, number: str, why: str
) -> None:
    with pytest.raises(NotPossible, match=why) as refused:
        await first_code(database, role, place, number, clock())
    assert number not in str(refused.value)
    assert not await Invitation.all().using_db(database.reading).exists()


@pytest.fixture
async def township(telegram: BotApi, database: Database, start: Start, clock: FakeClock) -> User:
    """A township officer who may invite."""
    xiu = telegram.user(XIU)
    await employ(database, xiu, "温秀英", "township", TOWNSHIP, clock())
    return xiu


async def test_a_code_is_bound_to_its_phone(
    start: Start, telegram: BotApi, township: User, database: Database
) -> None:
    async with start():
        code = await invited(township, None, "杨梅坑村", LIAN)
        refusal = await talk(telegram.user(OTHER), code, phone(OTHER))
        assert "对不上" in refusal.text
        assert "邓" not in refusal.text
        assert "杨梅坑" not in refusal.text
        await uses(telegram.user(LIAN), code, LIAN, "邓小莲")  # the right one still can
    assert await office_of(database, telegram.user(OTHER)) == []


async def test_five_wrong_codes_a_day_and_no_more(
    start: Start, telegram: BotApi, township: User, clock: FakeClock
) -> None:
    lian = telegram.user(LIAN)
    async with start():
        code = await invited(township, None, "杨梅坑村", LIAN)
        for wrong in range(5):
            assert "对不上" in (await talk(lian, f"0000 000{wrong}", phone(LIAN))).text
        assert "明天" in (await talk(lian, code)).text
        clock.advance(days=1)
        await uses(lian, code, LIAN, "邓小莲")


async def test_a_code_expires_after_72_hours(
    start: Start, telegram: BotApi, township: User, clock: FakeClock
) -> None:
    lian, other = telegram.user(LIAN), telegram.user(OTHER)
    async with start():
        code = await invited(township, None, "杨梅坑村", LIAN)
        later = await invited(township, None, "石桥村", OTHER)
        clock.advance(hours=72)
        assert "过期" in (await talk(lian, code, phone(LIAN))).text
        clock.advance(minutes=-1)
        await uses(other, later, OTHER, "谢春香")


async def test_a_code_works_once(start: Start, telegram: BotApi, township: User, database: Database) -> None:
    lian, other = telegram.user(LIAN), telegram.user(OTHER)
    async with start():
        code = await invited(township, None, "杨梅坑村", LIAN)
        await uses(lian, code, LIAN, "邓小莲")
        assert "用过" in (await talk(other, code, phone(LIAN))).text
        township.presses("是，确认", await hears_of(township, "要加入杨梅坑村"))
        await hears_of(lian, "欢迎")
        assert "用过" in (await talk(other, code, phone(LIAN))).text
    assert await office_of(database, other) == []
    assert len(await Post.filter(role="coordinator").using_db(database.reading)) == 1


async def test_only_the_issuer_can_confirm(
    start: Start, telegram: BotApi, township: User, database: Database, clock: FakeClock
) -> None:
    lian, neighbour = telegram.user(LIAN), telegram.user(22)
    await employ(database, neighbour, "赖燕", "township", TOWNSHIP, clock())
    async with start():
        code = await invited(township, None, "杨梅坑村", LIAN)
        await uses(lian, code, LIAN, "邓小莲")
        asked = await hears_of(township, "要加入杨梅坑村")
        button = asked.buttons["是，确认"]
        shown = await talk(neighbour, "帮助")
        neighbour.presses_data(button, shown)  # another's button
        assert "按钮" in (await neighbour.hears(within=PATIENCE)).text
        assert "没有等您确认" in (await talk(neighbour, "确认加入")).text
        lian.presses_data(button, lian.inbox[-1])  # the joiner herself
        await lian.hears(within=PATIENCE)
        assert await office_of(database, lian) == []
        township.presses("是，确认", asked)
        await hears_of(lian, "欢迎")
        assert await office_of(database, lian) == [("coordinator", VILLAGE, "active")]
        township.presses("是，确认", asked)  # once more
        assert "没有等您确认" in (await hears_of(township, "没有")).text
    assert len(await Post.filter(role="coordinator").using_db(database.reading)) == 1


async def test_whom_the_issuer_does_not_know_stays_outside(
    start: Start, telegram: BotApi, township: User, database: Database
) -> None:
    lian = telegram.user(LIAN)
    async with start():
        code = await invited(township, None, "杨梅坑村", LIAN)
        await uses(lian, code, LIAN, "邓小莲")
        township.presses("不是", await hears_of(township, "要加入杨梅坑村"))
        assert "没有通过" in (await hears_of(lian, "申请")).text
        assert NOT_IN in (await talk(lian, "你好")).text
        assert "用过" in (await talk(lian, code, phone(LIAN))).text
    assert await office_of(database, lian) == []
    assert await Staff.all().using_db(database.reading).count() == 1


async def test_nothing_is_visible_before_the_issuer_has_confirmed(
    start: Start, telegram: BotApi, township: User, database: Database
) -> None:
    lian = telegram.user(LIAN)
    async with start():
        answer = await talk(lian, "你好")
        assert "杨梅坑" not in answer.text
        for line in ("我报了什么", "帮助", "李梅怀孕了，末次月经9月3号", "取消"):
            lian.says(line)  # a stranger gets one line a day: what she hears next answers the code
        code = await invited(township, None, "杨梅坑村", LIAN)
        for line in (code, phone(LIAN)):
            assert "杨梅坑" not in (await talk(lian, line)).text
        await talk(lian, "邓小莲")
        for line in ("我报了什么", "李梅怀孕了，末次月经9月3号", "就这些", "对", "帮助"):
            assert "确认" in (await talk(lian, line)).text
    assert await Report.all().using_db(database.reading).count() == 0


async def test_no_code_grants_what_is_above_or_beside(
    start: Start, telegram: BotApi, township: User, database: Database, clock: FakeClock
) -> None:
    gui, lian = telegram.user(GUI), telegram.user(LIAN)
    await employ(database, gui, "刘桂兰", "county", COUNTY, clock())
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    async with start():
        offered = await talk(township, "发加入码")
        assert not {"孕管办", "孕管中心", "助产机构"} & offered.buttons.keys()
        for said in ("孕管办", "孕管中心", "大阿镇", "信丰县"):
            answer = await talk(township, said)
            assert "对" not in answer.buttons
        await talk(township, "取消")
        offered = await talk(gui, "发加入码")
        assert "孕管中心" not in offered.buttons
        answer = await talk(lian, "发加入码")
        assert not answer.buttons
    assert not await Invitation.exclude(role="coordinator").using_db(database.reading).exists()


async def test_who_is_revoked_is_out_at_once_on_every_channel(
    start: Start, telegram: BotApi, township: User, database: Database, clock: FakeClock
) -> None:
    lian, second_phone = telegram.user(LIAN), telegram.user(99)
    contact_id = await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    async with database.transaction() as tx:  # the same person on another account
        staff = await Contact.get(id=contact_id, using_db=tx)
        await Contact.create(id="contact-99", staff_id=staff.staff_id, created_at=clock(), using_db=tx)
        await Address.create(
            id="address-99",
            contact_id="contact-99",
            channel="telegram",
            address="99",
            address_index=database.keyring.blind("address", "99"),
            state="active",
            using_db=tx,
        )
    async with start() as service:
        await talk(second_phone, "张桂花怀孕了，末次月经9月3号", "就这些", "对")
        township.presses("对", await talk(township, "停用"))
        await hears_of(township, "停用好了")
        for user in (lian, second_phone):
            for line in ("对", "我报了什么", "李梅怀孕了，末次月经9月3号", "帮助"):
                answer = await talk(user, line)
                assert "停用" in answer.text
                assert "桂花" not in answer.text
        (report,) = await service.arrived()
    assert report["data"]["body"]["woman_name"] == "张桂花"
    assert await office_of(database, lian) == [("coordinator", VILLAGE, "revoked")]
    assert await Report.all().using_db(database.reading).count() == 1


async def test_who_is_revoked_in_mid_report_sees_nothing_of_it_and_files_nothing(
    start: Start, telegram: BotApi, township: User, database: Database, clock: FakeClock
) -> None:
    lian = telegram.user(LIAN)
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    async with start():
        reading = await talk(lian, "李梅怀孕了，末次月经9月3号", "就这些")
        township.presses("对", await talk(township, "停用"))
        await hears_of(township, "停用好了")
        for line in ("对", "你好", "帮助"):
            answer = await talk(lian, line)
            assert "停用" in answer.text
            assert "末次月经" not in answer.text
        lian.presses("对", reading)
        answer = await lian.hears(within=PATIENCE)
        assert "停用" in answer.text
        assert "末次月经" not in answer.text
    assert await Report.all().using_db(database.reading).count() == 0
    assert not await Inbound.filter(state="set_aside").using_db(database.reading).exists()


async def test_the_operator_can_refuse_and_only_what_is_hers(
    start: Start, telegram: BotApi, township: User, database: Database, clock: FakeClock
) -> None:
    gui, lian = telegram.user(GUI), telegram.user(LIAN)
    async with start():
        line = await first_code(database, "county", COUNTY, phone(GUI), clock())
        await uses(gui, code_in(line), GUI, "刘桂兰")
        (waiting,) = await waiting_lines(database)
        invitation = waiting.split()[0]
        await confirm(database, invitation, clock(), accepted=False)
        with pytest.raises(NotPossible, match="nobody waits"):
            await confirm(database, invitation, clock())
        assert await office_of(database, gui) == []
        gui.says("你好")  # what the command line left in the outbox goes out beside the answer
        heard = [(await gui.hears(within=PATIENCE)).text for _ in range(2)]
        assert any("没有通过" in text for text in heard)
        assert any(NOT_IN in text for text in heard)

        await uses(lian, await invited(township, None, "杨梅坑村", LIAN), LIAN, "邓小莲")
        assert await waiting_lines(database) == []
        claimed = await Invitation.filter(state="claimed").using_db(database.reading).first()
        assert claimed is not None
        with pytest.raises(NotPossible, match="officer gave"):
            await confirm(database, claimed.id, clock())
        assert await office_of(database, lian) == []


async def test_the_joiner_is_told_by_the_running_service(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    """`yunguan invite --confirm` is another process: its letter is found without a call."""
    gui = telegram.user(GUI)
    line = await first_code(database, "county", COUNTY, phone(GUI), clock())
    async with start():
        await uses(gui, code_in(line), GUI, "刘桂兰")
        (waiting,) = await waiting_lines(database)
        await confirm(database, waiting.split()[0], clock())
    async with start():
        await hears_of(gui, "欢迎")

    async def sent() -> bool:
        return (await office_of(database, gui)) == [("county", COUNTY, "active")]

    await until(sent)
