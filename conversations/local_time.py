"""The time of the county: China keeps one, and has had no summer time since 1991."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Final

LOCAL: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
