"""Delivery reports: what they change, and how little harm the wrong ones do."""

from __future__ import annotations

import itertools
from datetime import timedelta
from random import Random
from typing import get_args

import pytest

from bot.channels.base import Accepted, Later, Letter, Outcome
from bot.channels.sms.gateway import Receipt, Status
from bot.channels.sms.receipts import STEPS, Receipts
from bot.outbox import Outbox
from bot.outbox.states import OUTGOING
from conversations.message import ChannelTraits
from tests.support.clock import FakeClock
from tests.support.letters import Letters


@pytest.fixture
def receipts(letters: Letters, clock: FakeClock) -> Receipts:
    return Receipts(letters.database, clock)


EVERY = list(itertools.product(OUTGOING.steps, get_args(Status)))


@pytest.mark.parametrize(("state", "status"), EVERY)
async def test_every_report_in_every_state(
    letters: Letters, receipts: Receipts, state: str, status: Status
) -> None:
    (letter,) = await letters.write("你好", state=state, gateway="kannel", attempts=1)
    changed = await receipts.note("kannel", Receipt(letter, status, "words"))
    row = await letters.row(letter)
    step = STEPS.get(status)
    if step is not None and state in OUTGOING.before(step):
        assert (changed, row.state) == (True, OUTGOING.after(state, step))
        assert row.error == ("words" if step == "fail" else None)
    else:
        assert (changed, row.state) == (False, state)


async def test_the_way_of_a_message(letters: Letters, receipts: Receipts) -> None:
    (letter,) = await letters.write("你好", state="sent", gateway="kannel")
    seen = []
    for status in ("sent", "failed", "delivered", "failed", "sent", "delivered", "expired"):
        await receipts.note("kannel", Receipt(letter, status))
        seen += await letters.states([letter])
    assert seen == ["sent", "failed", "delivered", "delivered", "delivered", "delivered", "delivered"]


@pytest.mark.parametrize("name", ["", "nobody", "x" * 999, "'; DROP TABLE outgoing; --", "字"])
async def test_reports_of_nothing_do_nothing(receipts: Receipts, name: str) -> None:
    assert await receipts.note("kannel", Receipt(name, "delivered")) is False


async def test_a_letter_of_another_channel_is_no_business_of_a_gateway(
    letters: Letters, receipts: Receipts
) -> None:
    (letter,) = await letters.write("你好", state="sent", channel="telegram")
    assert await receipts.note("kannel", Receipt(letter, "failed")) is False


async def test_a_gateway_reports_on_its_own_letters_only(letters: Letters, receipts: Receipts) -> None:
    (letter,) = await letters.write("你好", state="sent", gateway="kannel")
    assert await receipts.note("aliyun", Receipt(letter, "failed")) is False
    assert await letters.states([letter]) == ["sent"]


class Quick:
    """A gateway so quick that its report is there before it has answered."""

    traits = ChannelTraits("sms", trust="low", buttons=False)

    def __init__(self, receipts: Receipts, status: Status, answers: Outcome) -> None:
        self.receipts, self.status, self.answers = receipts, status, answers
        self.sent = 0

    async def send(self, address: str, letter: Letter) -> Outcome:
        self.sent += 1
        await self.receipts.note("kannel", Receipt(letter.id, self.status))
        return self.answers


QUICK: list[tuple[Status, Outcome, str]] = [
    ("delivered", Accepted("7", "kannel", 1), "delivered"),
    ("failed", Accepted("7", "kannel", 1), "failed"),
    ("sent", Later("answer lost", doubt=True), "sent"),
    ("delivered", Later("answer lost", doubt=True), "delivered"),
]


@pytest.mark.parametrize(("status", "answers", "state"), QUICK)
async def test_a_report_may_come_before_our_own_mark(
    letters: Letters, receipts: Receipts, clock: FakeClock, status: Status, answers: Outcome, state: str
) -> None:
    (letter,) = await letters.write("你好")
    channel = Quick(receipts, status, answers)
    outbox = Outbox(letters.database, {"sms": channel}, clock, Random(1))
    await outbox.drain()
    clock.advance(hours=1)
    await outbox.drain()
    assert await letters.states([letter]) == [state]
    assert channel.sent == 1


async def test_a_doubt_is_ended_by_a_report_before_the_next_try(
    letters: Letters, receipts: Receipts, clock: FakeClock
) -> None:
    due_at = clock() + timedelta(seconds=5)
    (letter,) = await letters.write("你好", attempts=1, due_at=due_at, error="answer lost")
    assert await receipts.note("kannel", Receipt(letter, "delivered"))
    clock.advance(minutes=1)
    channel = Quick(receipts, "sent", Accepted())
    await Outbox(letters.database, {"sms": channel}, clock, Random(1)).drain()
    assert channel.sent == 0
    assert (await letters.row(letter)).error is None


async def test_the_outbox_is_told_when_a_lane_may_be_free(letters: Letters, clock: FakeClock) -> None:
    told: list[str] = []
    receipts = Receipts(letters.database, clock, lambda: told.append("changed"))
    (letter,) = await letters.write("你好", state="sent")
    await receipts.note("kannel", Receipt(letter, "unknown"))
    assert told == []
    await receipts.note("kannel", Receipt(letter, "delivered"))
    await receipts.note("kannel", Receipt(letter, "delivered"))
    assert told == ["changed"]
