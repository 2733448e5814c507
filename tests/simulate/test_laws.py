"""A county's year holds to its laws, in every programme and whatever happens; and each law bites."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import pytest

from bot.simulate.run import Settings, World, simulate
from conversations.engine.flow import LOCAL
from tests.simulate.laws import Log, broken, log_of

PROGRAMMES = ("xinfeng", "gaoping", "rencheng", "kaifeng", "yuzhong")
FAILED = Path(__file__).parent / "failed_seeds.txt"
"""Worlds that broke a law once, a line each: programme women months seed. Played again for ever."""


def year(settings: Settings) -> tuple[World, Log]:
    """One year, simulated."""
    world, events = asyncio.run(simulate(settings))
    off = [(one.what, one.begins, one.ends) for one in world.outages]
    return world, log_of(events, datetime.combine(settings.end, datetime.min.time(), LOCAL), off)


def check(settings: Settings) -> None:
    world, log = year(settings)
    assert broken(log) == {}
    assert len(world.lost) <= settings.women // 10, world.lost
    assert world.system.repeats == 0


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_a_year_in_every_county(programme: str) -> None:
    """Into two years whose holidays the library does not know."""
    settings = Settings(programme, 20, 15, 1 + PROGRAMMES.index(programme))
    assert (settings.start.year, settings.end.year) == (2026, 2028)
    check(settings)


def kept() -> list[str]:
    lines = FAILED.read_text("utf-8").splitlines() if FAILED.exists() else []
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("line", kept())
def test_what_failed_once(line: str) -> None:
    programme, women, months, seed = line.split()
    check(Settings(programme, int(women), int(months), int(seed)))
