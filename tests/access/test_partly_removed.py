"""Who loses one of her villages: what waits to be sent to her about it is not sent, what is about the other one is."""

from __future__ import annotations

import pytest

from bot.channels.simulated import SimulatedChannel
from bot.offices import Offices
from storage.models import Outgoing, Post
from tests.support.town import VILLAGE, Town, person

TOWNSHIP, COORDINATOR = person("township-1"), person("coordinator-1")
OTHER = "xf-gupo-shiqiao"
STAFF = "staff-coordinator-1"


@pytest.fixture
async def of_two(town: Town) -> Town:
    """邓小莲 has 石桥村, too; she has reported a woman in 杨梅坑村."""
    async with town.database.transaction() as tx:
        await Post.filter(place_id=OTHER, role="coordinator").using_db(tx).delete()
        await Post.create(
            id="post-two", staff_id=STAFF, place_id=OTHER, role="coordinator", state="active",
            since=town.clock(), using_db=tx,
        )  # fmt: skip
    await town.say(COORDINATOR, "杨梅坑村李梅怀孕了，末次月经6月3号，28岁，没有电话", "就这些", "对")
    await town.say(COORDINATOR, "石桥村王芳怀孕了，末次月经6月3号，30岁，没有电话", "就这些", "对")
    assert {report.village_id for report in await town.reports()} == {VILLAGE, OTHER}
    return town


def phone_of(town: Town) -> SimulatedChannel:
    channel = town.app.channels[COORDINATOR.channel]
    assert isinstance(channel, SimulatedChannel)
    return channel


async def loses(town: Town, place: str) -> None:
    offices: Offices = town.app.pipeline._writer._offices
    async with town.database.transaction() as tx:
        await offices.end(tx, STAFF, place, town.clock())


async def became(town: Town, since: int) -> list[tuple[str, str | None]]:
    """State and error of what was written to her after that."""
    letters = Outgoing.filter(contact_id=COORDINATOR.contact_id, seq__gt=since).order_by("seq")
    return [(row.state, row.error) for row in await letters.using_db(town.database.reading)]


async def newest(town: Town) -> int:
    rows = Outgoing.filter(contact_id=COORDINATOR.contact_id).order_by("-seq").using_db(town.database.reading)
    return (await rows)[0].seq


@pytest.mark.parametrize(("name", "sent"), [("李梅", False), ("王芳", True)])
async def test_a_notice_about_a_village_that_is_not_hers_any_more_stays(
    of_two: Town, name: str, sent: bool
) -> None:
    town, before = of_two, await newest(of_two)
    await town.say(TOWNSHIP, f"查{name}")
    await town.submit(town.inbound(TOWNSHIP, "催检"))
    assert await became(town, before) == [("queued", None)]
    await loses(town, VILLAGE)
    await town.app.settle()
    ((state, error),) = await became(town, before)
    assert (state in ("sent", "delivered"), error) == ((True, None) if sent else (False, "not hers any more"))


@pytest.mark.parametrize(("name", "sent"), [("李梅", False), ("王芳", True)])
async def test_a_report_that_is_returned_to_its_author(of_two: Town, name: str, sent: bool) -> None:
    town, before = of_two, await newest(of_two)
    await town.say(TOWNSHIP, f"核实{name}")
    await town.submit(town.inbound(TOWNSHIP, "退回，日期请再核对"))
    assert await became(town, before) == [("queued", None)]
    await loses(town, VILLAGE)
    await town.app.settle()
    ((state, error),) = await became(town, before)
    assert (state in ("sent", "delivered"), error) == ((True, None) if sent else (False, "not hers any more"))


@pytest.mark.parametrize(("name", "sent"), [("李梅", False), ("王芳", True)])
async def test_an_answer_that_shows_a_woman_of_it_stays(of_two: Town, name: str, sent: bool) -> None:
    town, before = of_two, await newest(of_two)
    await town.submit(town.inbound(COORDINATOR, f"查{name}"))
    await loses(town, VILLAGE)
    await town.app.settle()
    ((state, error),) = await became(town, before)
    assert (state in ("sent", "delivered"), error) == ((True, None) if sent else (False, "not hers any more"))


async def test_a_digest_has_the_tasks_of_the_village_she_kept(of_two: Town) -> None:
    town, before = of_two, await newest(of_two)
    await town.app.settle()
    town.clock.advance(days=1)
    await town.app.look()
    waiting = Outgoing.filter(contact_id=COORDINATOR.contact_id, seq__gt=before, state="queued")
    assert await waiting.using_db(town.database.reading).exists()
    await loses(town, VILLAGE)
    await town.app.settle()
    heard = phone_of(town).bubbles(COORDINATOR.address)[-1].text
    assert "李梅" not in heard
    assert "王芳" in heard
