"""How programme files write lengths: of a clock ("24h", "3wd", "same day") and of an age ("16w", "3m").

A `Length` is how long somebody has; `conversations.care.calendar.due` turns it into a moment. An `Age` is a
completed age counted from some day, as care schedules are written: "20w" lasts from 20+0 to 20+6.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Self

LengthUnit = Literal["min", "h", "d", "wd", "month", "ten_day"]

_LENGTH = re.compile(r"(?P<count>[1-9]\d{0,3}) ?(?P<unit>min|h|d|wd|month)")
_AGE = re.compile(r"(?P<count>\d{1,4})(?P<unit>[dwmy])")


@dataclass(frozen=True, slots=True)
class Length:
    """How long an owner has. `min`, `h`: exact; `d`, `wd`, `month`: to 24:00 local of the last day, the first
    not counted (0 d: the day it starts); `ten_day`: to the end of the ten-day period (上旬/中旬/下旬)."""

    unit: LengthUnit
    count: int

    @classmethod
    def parse(cls, text: object) -> Self:
        """`"10min"`, `"24h"`, `"10d"`, `"3wd"`, `"1month"`, `"same day"`, `"ten-day period"`."""
        if isinstance(text, cls):
            return text
        if text == "same day":
            return cls("d", 0)
        if text == "ten-day period":
            return cls("ten_day", 1)
        found = _LENGTH.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise ValueError(
                'not a length such as "24h", "10d", "3wd", "1month", "same day", "ten-day period"'
            )
        return cls(found["unit"], int(found["count"]))  # type: ignore[arg-type]  # the pattern allows no other

    def __str__(self) -> str:
        if self.unit == "ten_day":
            return "ten-day period"
        return "same day" if (self.unit, self.count) == ("d", 0) else f"{self.count}{self.unit}"


@dataclass(frozen=True, slots=True)
class Age:
    """A completed age: `count` days, weeks, months or years after some day (a child's birth, the LMP)."""

    unit: Literal["d", "w", "m", "y"]
    count: int

    @classmethod
    def parse(cls, text: object) -> Self:
        """`"7d"`, `"16w"`, `"3m"`, `"4y"`."""
        if isinstance(text, cls):
            return text
        found = _AGE.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise ValueError('not an age such as "7d", "16w", "3m", "4y"')
        return cls(found["unit"], int(found["count"]))  # type: ignore[arg-type]  # the pattern allows no other

    def first_day(self, start: date) -> date:
        """The day this age is reached."""
        if self.unit in "dw":
            return start + timedelta(days=self.count * (7 if self.unit == "w" else 1))
        return add_months(start, self.count * (12 if self.unit == "y" else 1))

    def last_day(self, start: date) -> date:
        """The last day of this age: 20w is 20+6, 3m the day before four months, 7d that day."""
        return type(self)(self.unit, self.count + 1).first_day(start) - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def add_months(day: date, months: int) -> date:
    """The same day of the month later; the month's last where there is none (31 January, 29 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
