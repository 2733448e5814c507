"""Contacts side by side; each one's messages, and each woman's reports, one after the other."""

from __future__ import annotations

from itertools import cycle

import pytest

from bot import pipeline
from storage.models import Inbound, Session, Woman
from tests.support.town import NAMES, Somebody, Town, person

PREGNANCY = ("怀孕", "李梅", "9月3号", "就这些", "对")


async def test_many_contacts_report_side_by_side(town: Town) -> None:
    crew = await town.crew(40)
    for number, text in enumerate(PREGNANCY):
        said = NAMES if number == 1 else cycle((text,))
        await town.together(*zip(crew, said, strict=False))

    reports = await town.reports()
    assert {report.body["woman_name"] for report in reports} == set(NAMES[:40])
    for who in crew:
        assert (await town.letters(who))[-1].text.startswith("报好了")


async def test_what_waits_together_shares_a_commit(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    crew = await town.crew(30)
    batches: list[int] = []
    work = pipeline.Pipeline._work

    async def counted(self: pipeline.Pipeline, batch: list[pipeline.Waiting]) -> None:
        batches.append(len(batch))
        await work(self, batch)

    monkeypatch.setattr(pipeline.Pipeline, "_work", counted)
    monkeypatch.setattr(pipeline, "MAX_BATCH", 12)
    await town.together(*((who, "怀孕") for who in crew))
    assert batches == [12, 12, 6]


async def test_one_contact_is_heard_in_order(town: Town, coordinator: Somebody) -> None:
    await town.together(*((coordinator, text) for text in PREGNANCY))
    one_by_one = await town.hire("other", "xf-gupo-shiqiao")
    for text in PREGNANCY:
        await town.say(one_by_one, text)

    def shown(letters: list[str]) -> list[str]:
        return [text.replace("杨梅坑村", "村").replace("石桥村", "村") for text in letters]

    at_once = [letter.text for letter in await town.letters(coordinator)]
    assert shown(at_once) == shown([letter.text for letter in await town.letters(one_by_one)])
    assert len(await town.reports()) == 2


async def test_one_contact_is_heard_in_order_over_two_channels(town: Town, coordinator: Somebody) -> None:
    phone = coordinator.by("sms", "19900000011")
    await town.together(*zip(cycle((coordinator, phone)), PREGNANCY, strict=False))

    (report,) = await town.reports()
    assert (report.body["woman_name"], report.body["lmp"]) == ("李梅", "2026-09-03")
    rows = await Inbound.filter(contact_id=coordinator.contact_id).using_db(town.database.reading)
    assert sorted(row.channel for row in rows) == ["chat", "chat", "chat", "sms", "sms"]
    (session,) = await Session.all().using_db(town.database.reading)
    assert session.version == len(PREGNANCY)


async def test_a_message_put_off_keeps_its_place_before_her_next_one(
    town: Town, coordinator: Somebody
) -> None:
    """Her 对 waits for a colleague's report about the same woman; what she asks next waits behind."""
    colleague = await town.hire("colleague")
    for who in (colleague, coordinator):
        await town.say(who, *PREGNANCY[:-1])
    told = len(await town.letters(coordinator))
    await town.together(
        (colleague, "对"), (coordinator, "对"), (coordinator.by("sms", "19900000011"), "帮助")
    )
    first, second = [letter.text for letter in await town.letters(coordinator)][told:]
    assert "花名册上有一位很像的" in first
    assert "现在在报" in second


async def test_two_report_the_same_woman_at_once(town: Town, coordinator: Somebody) -> None:
    """The second is played again on what the first made of the roster; nobody is there twice."""
    colleague = await town.hire("colleague")
    for who in (coordinator, colleague):
        await town.say(who, "李梅怀孕了，末次月经9月3号，手机13800001234", "就这些")
    await town.together((coordinator, "对"), (colleague, "对"))

    (report,) = await town.reports()
    assert report.author_id == "staff-coordinator-1"
    assert "花名册上有一位很像的" in (await town.letters(colleague))[-1].text
    assert (await town.say(colleague, "1"))[0].startswith("她这次怀孕已经报过了")
    await town.say(colleague, "不用报了")
    assert await Woman.all().using_db(town.database.reading).count() == 1


async def test_namesakes_in_different_villages_do_not_wait_for_each_other(town: Town) -> None:
    here, there = person("coordinator-1"), person("coordinator-3")
    for who in (here, there):
        await town.say(who, "李梅怀孕了，末次月经9月3号", "就这些")
    await town.together((here, "对"), (there, "对"))
    assert len(await town.reports()) == 2


async def test_many_report_the_same_woman_at_once(town: Town) -> None:
    crew = await town.crew(25)  # more than a message may be put off
    for who in crew:
        await town.say(who, "李梅怀孕了，末次月经9月3号", "就这些")
    await town.together(*((who, "对") for who in crew))
    assert len(await town.reports()) == 1
    assert await Woman.all().using_db(town.database.reading).count() == 1
    states = await Inbound.all().using_db(town.database.reading).values_list("state", flat=True)
    assert set(states) == {"done"}
