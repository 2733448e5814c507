"""A county's year holds to its laws, in every programme and whatever happens; and each law bites."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.simulate.run import Settings, World, simulate
from tests.simulate.laws import Log, broken, log_of

PROGRAMMES = ("xinfeng", "gaoping", "rencheng", "kaifeng", "yuzhong")
FAILED = Path(__file__).parent / "failed_seeds.txt"
"""Worlds that broke a law once, a line each: programme women months seed. Played again for ever."""


def year(settings: Settings) -> tuple[World, Log]:
    """One year, simulated."""
    world, events = asyncio.run(simulate(settings))
    return world, log_of(events)


def check(settings: Settings) -> None:
    world, log = year(settings)
    assert broken(log) == {}
    assert len(world.lost) <= settings.women // 10, world.lost
    assert world.system.repeats == 0


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_a_year_in_every_county(programme: str) -> None:
    """Into two years whose holidays the library does not know."""
    settings = Settings(programme, 12, 15, 1 + PROGRAMMES.index(programme))
    assert (settings.start.year, settings.end.year) == (2026, 2028)
    check(settings)


def kept() -> list[str]:
    lines = FAILED.read_text("utf-8").splitlines() if FAILED.exists() else []
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("line", kept())
def test_what_failed_once(line: str) -> None:
    """A world that broke a law once."""
    programme, women, months, seed = line.split()
    check(Settings(programme, int(women), int(months), int(seed)))


def test_the_same_seed_gives_the_same_log() -> None:
    """Byte for byte; another seed another one."""
    settings = Settings("kaifeng", 4, 4, 5)
    first, second = (asyncio.run(simulate(settings))[1] for _ in range(2))
    assert [orjson.dumps(one) for one in first] == [orjson.dumps(one) for one in second]
    assert first != asyncio.run(simulate(Settings("kaifeng", 4, 4, 6)))[1]


@hypothesis_settings(
    max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
@given(
    programme=st.sampled_from(PROGRAMMES),
    women=st.integers(2, 5),
    months=st.integers(3, 6),
    seed=st.integers(0, 10**6),
)
def test_whatever_happens(programme: str, women: int, months: int, seed: int) -> None:
    """Histories that hypothesis chooses; what it finds goes into failed_seeds.txt."""
    check(Settings(programme, women, months, seed))
