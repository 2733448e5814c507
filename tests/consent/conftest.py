from __future__ import annotations

from tests.alerts.conftest import open_towns, town, watch

__all__ = ["open_towns", "town", "watch"]
