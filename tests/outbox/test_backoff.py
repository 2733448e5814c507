from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Accepted, Later, Refused
from bot.outbox.backoff import AT_LEAST, AT_MOST, COUNTY, PATIENT, URGENT, Backoff, Next, after_crash, retry

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
KINDS = ("reply", "danger", "reminder", "condolence", "notice", "urgent")
AGAIN = ("reply", "danger")


@given(st.sampled_from([URGENT, PATIENT, COUNTY]), st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_waits_grow_to_the_cap_and_are_never_nothing(backoff: Backoff, attempts: int, random: Random) -> None:
    wait = backoff.wait(attempts, random)
    assert AT_LEAST <= wait <= backoff.cap
    if attempts >= 20:
        assert wait >= backoff.cap / 2


def test_a_county_is_tried_at_least_every_hour() -> None:
    assert COUNTY.cap == timedelta(hours=1)


@given(st.timedeltas(timedelta(-5), timedelta(30)), st.randoms(use_true_random=False))
def test_what_the_other_side_asks_for_is_honoured(asked: timedelta, random: Random) -> None:
    wait = URGENT.wait(1, random, asked)
    assert AT_LEAST <= wait <= AT_MOST
    assert wait >= min(asked, AT_MOST)


def test_jitter_spreads_what_failed_together() -> None:
    random = Random(1)
    assert len({COUNTY.wait(5, random) for _ in range(50)}) == 50


@pytest.mark.parametrize("kind", KINDS)
def test_accepted(kind: str) -> None:
    assert retry(kind, 1, TOMORROW, Accepted("7"), NOW, Random(0)) == Next("accept")


@pytest.mark.parametrize("kind", KINDS)
def test_refused(kind: str) -> None:
    assert retry(kind, 1, TOMORROW, Refused("no such chat"), NOW, Random(0)) == Next(
        "refuse", error="no such chat"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_later_without_doubt_is_tried_again_whatever_the_kind(kind: str) -> None:
    step = retry(kind, 1, TOMORROW, Later("busy", timedelta(seconds=30)), NOW, Random(0))
    assert step.step == "postpone"
    assert step.due_at is not None
    assert timedelta(seconds=30) <= step.due_at - NOW <= timedelta(seconds=33)


@pytest.mark.parametrize("kind", KINDS)
def test_doubt_is_decided_by_kind(kind: str) -> None:
    doubted = retry(kind, 1, TOMORROW, Later("answer lost", doubt=True), NOW, Random(0))
    crashed = after_crash(kind, NOW)
    expected = "postpone" if kind in AGAIN else "lose"
    assert (doubted.step, crashed.step) == (expected, expected)


@pytest.mark.parametrize(("kind", "hours", "most"), [("reply", 24, 40), ("danger", 72, 100)])
def test_what_stays_in_doubt_for_days_does_not_become_a_flood(kind: str, hours: int, most: int) -> None:
    """A gateway that takes everything and never says so: some dozen copies, not one a minute."""
    now, attempts, random = NOW, 0, Random(0)
    while True:
        attempts += 1
        step = retry(
            kind, attempts, NOW + timedelta(hours=hours), Later("no answer", doubt=True), now, random
        )
        if step.due_at is None:
            break
        now = step.due_at
    assert step.step == "expire"
    assert attempts <= most


def test_a_wait_beyond_the_expiry_is_the_end() -> None:
    soon = NOW + timedelta(minutes=5)
    step = retry("reminder", 1, soon, Later("busy", timedelta(minutes=6)), NOW, Random(0))
    assert step == Next("expire", error="busy")


def test_reasons_are_kept_short_and_without_nul() -> None:
    step = retry("reply", 1, TOMORROW, Refused("a\0b" * 500), NOW, Random(0))
    assert step.error == ("ab" * 500)[:200]
