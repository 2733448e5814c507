"""What happened in a month, in a few figures: by the same rules as the papers (docs/papers.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Final, Self

from conversations.care.calendar import add_working_days, is_working_day, midnight
from conversations.care.plan import after_quiet
from conversations.care.programme import Programme
from conversations.papers.counting import Material
from conversations.papers.facts import Contribution
from conversations.papers.futable2 import deliveries, live_births, maternal_deaths
from conversations.papers.period import Period

CHILD_DEATHS: Final = frozenset({"neonatal", "infant", "under_five", "child"})


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """`newly`: pregnancies reported for the first time. `deliveries`, `live_births`, `maternal_deaths`: 13, 15 and 20 of
    附表2. `losses`: pregnancies that ended otherwise than by a delivery or a death. `child_deaths`: of children born alive,
    up to five years; `other_deaths`: of women neither pregnant nor within 42 days after."""

    newly: int = 0
    deliveries: int = 0
    live_births: int = 0
    losses: int = 0
    maternal_deaths: int = 0
    child_deaths: int = 0
    other_deaths: int = 0

    def __add__(self, other: MonthCounts) -> MonthCounts:
        return MonthCounts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def nothing(self) -> bool:
        """Whether nothing happened."""
        return self == MonthCounts()

    @classmethod
    def of(cls, material: Material) -> Self:
        """The month's counts of this material."""
        period = material.period
        women = list(material.pregnancies)
        deaths = list(material.deaths)
        return cls(
            newly=sum(period.holds(one.registered) and one.here(one.registered) for one in women),
            deliveries=sum(1 for _ in deliveries(material)),
            live_births=sum(1 for _ in live_births(material)),
            losses=sum(
                one.end_kind == "loss"
                and one.delivery is None
                and one.end is not None
                and period.holds(one.end)
                and one.here(one.end)
                for one in women
            ),
            maternal_deaths=sum(1 for _ in maternal_deaths(material)),
            child_deaths=sum(one.kind in CHILD_DEATHS for one in deaths),
            other_deaths=sum(one.kind == "woman" for one in deaths),
        )


def counted(material: Material, told: Iterable[Contribution], period: Period) -> MonthCounts:
    """The counts of these women in a month. `material`: of their place, whatever its own women and period are."""
    return MonthCounts.of(replace(material, period=period, contributions=tuple(told)))


# ── when it is told ─────────────────────────────────────────────────────────────────────────────────────


def told_at(rules: Programme, month: Period) -> datetime:
    """When the summary of this month is due: on the so-manieth working day after it, by day."""
    day = month.last
    working = add_working_days(day, rules.summary.working_day)
    assert is_working_day(working)
    start = midnight(working)
    at = rules.summary.at
    return after_quiet(rules, start + timedelta(hours=at.hour, minutes=at.minute))


def too_late(rules: Programme, due: datetime, now: datetime) -> bool:
    """Whether it is not told unasked any more."""
    return now >= due + timedelta(days=rules.summary.late)


def month_before(today: date) -> Period:
    """The month that is over."""
    return Period.month_of(today).before()
