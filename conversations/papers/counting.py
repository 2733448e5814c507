"""Counting: who is looked at, and of each yes, no, or nobody said. A figure never takes silence for a no."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from conversations.care.programme import Programme
from conversations.papers.facts import Contribution, Death, PregnancyFacts, Told
from conversations.papers.period import Period
from conversations.papers.sheet import NOT_COLLECTED, Cell


@dataclass(frozen=True, slots=True)
class Unit:
    """One that is looked at, and whether it counts; `yes` None: nobody said. `trace`: the report that decides."""

    trace: str
    yes: bool | None = True


@dataclass(frozen=True, slots=True)
class Figure:
    """What came of it. `value` None: nobody collected it. `unknown`: of so many nobody said. `traces`: the reports it
    was counted from, one for each that counts (`…=n` where one report tells a number), so that they add up to it."""

    value: int | None
    traces: tuple[str, ...] = ()
    unknown: int = 0

    @property
    def cell(self) -> Cell:
        """As it is printed."""
        return NOT_COLLECTED if self.value is None else self.value


NOBODY: Final = Figure(None)
"""A figure nobody collected."""


def figure(units: Iterable[Unit]) -> Figure:
    """How many count. Where there are some to look at and nothing is known of any of them, nobody collected it."""
    looked = list(units)
    traces = tuple(unit.trace for unit in looked if unit.yes)
    unknown = sum(unit.yes is None for unit in looked)
    if looked and unknown == len(looked):
        return Figure(None, (), unknown)
    return Figure(len(traces), traces, unknown)


def weight(trace: str) -> int:
    """What one trace adds to its figure."""
    _, given, number = trace.partition("=")
    return int(number) if given else 1


@dataclass(frozen=True, slots=True)
class Institution:
    """A hospital or clinic of the county. `level`: 1, 2 or 3; None: nobody said. `township_id`: where it is, if not a
    hospital of the whole county."""

    id: str
    name: str
    level: int | None = None
    township_id: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """An institution's quarterly counts, in the version newest now (conversations/papers/hospital_counts.py). A count
    that was passed over is not in `counts`."""

    trace: str
    institution_id: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Where:
    """The place a paper is about. `kind`: county, township, village, institution."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a paper is made of, already cut to its place and period. `role`: who reads it. `names`: of places, by
    id; `township_of`: of a village."""

    period: Period
    where: Where
    programme: Programme
    made_on: date
    role: str = "county"
    contributions: tuple[Contribution, ...] = ()
    forms: tuple[Form, ...] = ()
    institutions: tuple[Institution, ...] = ()
    township_of: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def pregnancies(self) -> Iterator[PregnancyFacts]:
        """All of them, in the order of the women's ids."""
        for one in self.contributions:
            yield from one.pregnancies

    @property
    def deaths(self) -> Iterator[Death]:
        """Deaths within the period."""
        for one in self.contributions:
            yield from (death for death in one.deaths if self.period.holds(death.told.day))

    @property
    def own(self) -> tuple[Institution, ...]:
        """The institutions that belong to the place: the county's are all, a township's those in it, a hospital itself.
        `institutions` has the whole county's, whose women may live here."""
        if self.where.kind == "county":
            return self.institutions
        return tuple(i for i in self.institutions if self.where.id in (i.id, i.township_id))

    @property
    def collected(self) -> bool:
        """Whether anything at all was reported here for the period: else every figure is 未采集, not 0."""
        return any(one.during(self.period.first, self.period.last) for one in self.pregnancies) or any(
            self.deaths
        )

    def institution_named(self, name: str) -> Institution | None:
        """The institution a report names, as people write it: 县妇幼保健院 for 信丰县妇幼保健院."""
        return _named(name, self.institutions)

    def here(self, told: Told) -> bool:
        """Whether a fact belongs into this paper: an institution's own holds what happened in it."""
        if self.where.kind != "institution":
            return True
        found = self.institution_named(told.institution)
        return found is not None and found.id == self.where.id

    def above(self, *more: str) -> tuple[str, ...]:
        """The lines over every paper: who, when, of which time."""
        made = f"{self.made_on.year}年{self.made_on.month}月{self.made_on.day}日"
        return (f"单位：{self.where.name}　　期间：{self.period.title}　　制表日期：{made}", *more)


def _named(name: str, institutions: Collection[Institution]) -> Institution | None:
    bare = name.strip()
    if not bare:
        return None
    exact = [one for one in institutions if one.name == bare]
    if exact:
        return exact[0]
    bare = bare.removeprefix("我们").lstrip("县区市镇乡")
    found = [one for one in institutions if len(bare) >= 3 and one.name.endswith(bare)]
    if len(found) != 1 and len(bare) >= 3:  # 古陂卫生院 for 古陂镇中心卫生院
        found = [one for one in institutions if _all_in(bare, one.name)]
    return found[0] if len(found) == 1 else None


def _all_in(said: str, name: str) -> bool:
    """Whether the characters said stand in the name in this order, from its place to its end."""
    rest = iter(name)
    return all(character in rest for character in said) and said[-2:] == name[-2:]
