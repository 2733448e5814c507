"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)  # a Sunday, 10:00 in Shanghai


class FakeClock:
    """Called, it gives the time in UTC."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: Any) -> None:
        """Move forward: `advance(hours=3)`."""
        self.now += timedelta(**delta)

    def set(self, now: datetime) -> None:
        """Move to a point in time."""
        assert now.tzinfo is not None
        self.now = now.astimezone(UTC)
