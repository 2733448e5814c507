"""How fast the bot talks."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.telegram import Pace


class Seconds:
    """Time that passes when somebody sleeps: everyone asleep wakes in order."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        wake = asyncio.Event()
        self._sleepers.append((self.now + seconds, len(self._sleepers), wake))
        await wake.wait()

    async def pass_by(self, tasks: list[asyncio.Task[float]]) -> None:
        while not all(task.done() for task in tasks):
            for _ in range(5):
                await asyncio.sleep(0)
            if self._sleepers:
                at, _, wake = min(self._sleepers)
                self._sleepers.remove(min(self._sleepers))
                self.now = max(self.now, at)
                wake.set()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def pace(seconds: Seconds, **options: float) -> Pace:
    return Pace(now=seconds, sleep=seconds.sleep, **options)


async def said_at(seconds: Seconds, pace: Pace, chats: list[str]) -> list[tuple[str, float]]:
    said: list[tuple[str, float]] = []

    async def say(chat: str) -> float:
        late = await pace.turn(chat)
        if not late:
            said.append((chat, round(seconds.now, 3)))
        return late

    tasks = [asyncio.create_task(say(chat)) for chat in chats]
    await seconds.pass_by(tasks)
    return said


async def test_the_first_message_goes_at_once(seconds: Seconds) -> None:
    assert await said_at(seconds, pace(seconds), ["a"]) == [("a", 0)]


async def test_a_chat_gets_one_message_a_second(seconds: Seconds) -> None:
    assert await said_at(seconds, pace(seconds), ["a", "a", "a"]) == [("a", 0), ("a", 1), ("a", 2)]


async def test_all_together_get_thirty_a_second(seconds: Seconds) -> None:
    said = await said_at(seconds, pace(seconds), [str(chat) for chat in range(90)])
    times = [at for _, at in said]
    assert len(said) == 90
    assert all(sum(start <= at < start + 0.999 for at in times) <= 30 for start in times)
    assert times[-1] < 3


async def test_a_chat_that_waits_for_itself_does_not_hold_up_the_rest(seconds: Seconds) -> None:
    said = await said_at(seconds, pace(seconds), ["a", "a", "a", "b", "c"])
    assert max(at for chat, at in said if chat in "bc") < 0.1


async def test_a_turn_too_far_off_is_not_waited_for(seconds: Seconds) -> None:
    calm = pace(seconds, patience=2)
    tasks = [asyncio.create_task(calm.turn("a")) for _ in range(5)]
    await seconds.pass_by(tasks)
    assert [task.result() for task in tasks] == [0, 0, 0, 3, 3]  # the last two: seconds to come back in


async def test_a_chat_told_to_be_left_alone_is(seconds: Seconds) -> None:
    calm = pace(seconds)
    calm.hold("a", 30)
    assert await calm.turn("a") == 30
    assert await said_at(seconds, calm, ["b"]) == [("b", 0)]


async def test_without_limits_nobody_waits() -> None:
    async def never(_: float) -> None:
        raise AssertionError("slept")

    free = Pace(float("inf"), float("inf"), sleep=never)
    assert [await free.turn("a") for _ in range(1000)] == [0] * 1000
