"""What `yunguan doctor` finds, and what it looks at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.settings import Settings
from conversations.text import Sayable
from storage.database import Database
from storage.organisation import Organisation

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`check`: a stable name; `level`: "fail" where something is lost or unsafe if nothing is done."""

    check: str
    level: Level
    text: Sayable
    details: tuple[str, ...] = ()
    """The single things meant, by their keys."""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined."""

    database: Database
    settings: Settings
    organisation: Organisation
    now: datetime


Check = Callable[[Patient], AsyncIterator[Finding]]
