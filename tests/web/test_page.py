"""What the people on the phones do reaches the program, and what it answers reaches the page."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest

from bot.demo import SimClock, restored_clock
from bot.web.simulator import LONGEST_TEXT
from tests.support.clock import FakeClock
from tests.support.demo_page import Page

CHAT = "chat:coordinator-1"
SMS = "sms:woman-1"


async def test_text_reaches_the_program_and_the_answer_the_phone(page: Page) -> None:
    assert await page.post("demo/say", {"phone": CHAT, "text": "怀孕"}) == 200
    [inbound] = page.program.pipeline.heard
    assert (inbound.channel, inbound.kind, inbound.text) == ("chat", "text", "怀孕")
    assert inbound.sent_at == page.clock()
    assert [(b["mine"], b["text"]) for b in await page.bubbles(CHAT)] == [
        (True, "怀孕"),
        (False, "收到：怀孕"),
    ]
    assert page.program.woken == 1


async def test_a_button_comes_back_with_its_data_and_shows_its_label(page: Page) -> None:
    await page.post("demo/say", {"phone": CHAT, "text": "怀孕"})
    assert await page.post("demo/say", {"phone": CHAT, "button": "yes"}) == 200
    assert page.program.pipeline.heard[-1].kind == "button"
    assert page.program.pipeline.heard[-1].button == "yes"
    assert (await page.bubbles(CHAT))[2]["text"] == "对"


@pytest.mark.parametrize("phone", ["chat:coordinator-3", SMS])
async def test_a_button_of_another_phone_cannot_be_pressed(page: Page, phone: str) -> None:
    await page.post("demo/say", {"phone": CHAT, "text": "怀孕"})
    assert await page.post("demo/say", {"phone": phone, "button": "yes"}) == 404
    assert len(page.program.pipeline.heard) == 1


async def test_sharing_the_own_number(page: Page) -> None:
    assert await page.post("demo/say", {"phone": CHAT, "contact": True}) == 200
    assert page.program.pipeline.heard[0].kind == "contact"
    assert page.program.pipeline.heard[0].phone == "19900000011"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"phone": "chat:nobody", "text": "喂"}, 404),
        ({"text": "喂"}, 404),
        ({"phone": CHAT}, 400),
        ({"phone": CHAT, "text": "  "}, 400),
        ({"phone": CHAT, "text": "长" * (LONGEST_TEXT + 1)}, 400),
        ({"phone": CHAT, "text": 7}, 400),
        ([], 404),
    ],
)
async def test_what_makes_no_sense_is_refused(page: Page, said: object, status: int) -> None:
    assert await page.post("demo/say", said) == status
    assert page.program.pipeline.heard == []


async def test_an_sms_says_how_many_parts_it_took(page: Page) -> None:
    await page.post("demo/say", {"phone": SMS, "text": "好" * 68})
    said, answer = await page.bubbles(SMS)
    assert (said["parts"], answer["parts"]) == (1, 2)
    assert answer["buttons"] == []


async def test_the_clock_goes_forward_and_stays_there(page: Page, clock: FakeClock) -> None:
    before = page.clock()
    assert await page.post("demo/clock", {"days": 7}) == 200
    assert (page.clock() - before).days == 7
    assert page.program.woken == 8, "a look at the start, and one a day"
    again = await restored_clock(page.program.database, clock)
    assert again() == page.clock()


@pytest.mark.parametrize(
    "leap", [{}, {"hours": -1}, {"days": 0}, {"days": 401}, {"days": "x"}, {"hours": 1e400}]
)
async def test_the_clock_does_not_go_elsewhere(page: Page, leap: dict[str, Any]) -> None:
    before = page.clock.ahead
    assert await page.post("demo/clock", leap) == 400
    assert page.clock.ahead == before


def test_a_clock_moved_back_is_an_error(clock: FakeClock) -> None:
    with pytest.raises(ValueError, match="forward"):
        SimClock(clock).advance(timedelta(seconds=-1))


async def test_events_bring_the_state_first_and_then_what_happens(page: Page) -> None:
    async with page.http.get(page.url + "demo/events") as stream, asyncio.timeout(10):
        name, state = await _event(stream.content)
        assert name == "state"
        assert state["clock"]["lunar"] == "农历十月十四"
        await page.post("demo/say", {"phone": CHAT, "text": "怀孕"})
        events = [await _event(stream.content) for _ in range(2)]
        assert [(n, d["phone"], d["bubble"]["text"]) for n, d in events] == [
            ("bubble", CHAT, "怀孕"),
            ("bubble", CHAT, "收到：怀孕"),
        ]
        await page.post("demo/clock", {"hours": 1})
        (name, moved), (_, there) = [await _event(stream.content) for _ in range(2)]
        assert (name, moved["now"][:13], moved["moving"]) == ("clock", "2026-11-22T12", True)
        assert (there["now"], there["moving"]) == (moved["now"], False)


async def test_the_page_speaks_the_language_asked_for_and_people_their_own(page: Page) -> None:
    state = await page.state("en")
    assert state["strings"]["inbox"] == "en:县平台收件箱"
    hints = {phone["id"]: phone["hints"][0] for phone in state["phones"]}
    assert hints[CHAT] == "怀孕"
    assert hints["chat:coordinator-2"] == "en:怀孕"


async def _event(stream: asyncio.StreamReader | Any) -> tuple[str, dict[str, Any]]:
    name = (await stream.readline()).decode().removeprefix("event: ").strip()
    data = (await stream.readline()).decode().removeprefix("data: ")
    assert await stream.readline() == b"\n"
    return name, orjson.loads(data)
