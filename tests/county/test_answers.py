from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from bot.county.answers import following, judge, no_answer

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)

MEANING = {
    "acknowledged": [200, 201, 202, 204, 299, 409],
    "dead": [400, 410, 413, 422],
    "pause": [401, 403, 404, 407, 300, 301, 302, 303, 304, 307, 308, 402, 405, 406, 411, 415, 451],
    "retry": [408, 425, 429, 500, 501, 502, 503, 504, 507, 599],
}
STEP = {"acknowledged": "accept", "dead": "refuse", "pause": "postpone", "retry": "postpone"}


@pytest.mark.parametrize(
    ("status", "verdict"), [(status, verdict) for verdict, found in MEANING.items() for status in found]
)
def test_what_a_status_means(status: int, verdict: str) -> None:
    answer = judge(status, None, NOW)
    assert (answer.verdict, answer.status) == (verdict, status)
    assert following(answer, 1, NOW, Random(0)).step == STEP[verdict]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("Sun, 22 Nov 2026 02:10:00 GMT", 600),
        ("Sun, 22 Nov 2026 01:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("１２", None),
        ("9" * 400, None),
        ("", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(status: int, header: str | None, seconds: int | None) -> None:
    after = judge(status, header, NOW).after
    assert after == (None if seconds is None else timedelta(seconds=seconds))


def test_retry_after_is_honoured() -> None:
    step = following(judge(429, "1800", NOW), 1, NOW, Random(0))
    assert step.due_at is not None
    assert timedelta(minutes=30) <= step.due_at - NOW <= timedelta(minutes=33)


def test_waits_without_an_answer_reach_an_hour_and_stay_there() -> None:
    waits = []
    for attempts in range(1, 40):
        step = following(no_answer("timeout"), attempts, NOW, Random(attempts))
        assert step.due_at is not None
        waits.append(step.due_at - NOW)
    assert waits[0] <= timedelta(seconds=5)
    assert timedelta(minutes=30) <= max(waits) <= timedelta(hours=1)
    assert all(wait >= timedelta(minutes=30) for wait in waits[12:])


def test_what_was_paused_is_due_as_soon_as_the_pause_ends() -> None:
    assert following(judge(401, None, NOW), 3, NOW, Random(0)).due_at == NOW
