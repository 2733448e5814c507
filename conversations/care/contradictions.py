"""What no programme file may say, though it is well-formed: contradictions, and what would betray a woman."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, get_args

from conversations.care.rules import COLOURS, Trigger
from conversations.care.unsaid import INFECTION, tells

if TYPE_CHECKING:
    from conversations.care.programme import Programme

REPORTS: Final = frozenset(
    [
        "pregnancy",
        "booking",
        "antenatal_visit",
        "risk_grade",
        "referral",
        "birth",
        "pregnancy_loss",
        "maternal_death",
        "child_death",
        "woman_death",
        "birth_defect",
        "postnatal_visit",
        "follow_up",
        "lost_contact",
        "moved",
        "critical_case",
        "newborn_visit",
        "preconception",
        "contraceptive_reaction",
    ]
)
NEVER_WAITS: Final = frozenset({"maternal_death", "child_death", "woman_death", "critical_case"})
"""Reports that go on at once, whatever a programme says (design.md); so do danger and a red grade."""
CONDITIONS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "colour": frozenset(COLOURS),
        "place": frozenset({"hospital", "home", "road", "unknown"}),
        "death_class": frozenset({"maternal", "stillbirth", "neonatal", "infant", "under_five"}),
        "screening": frozenset({"positive", "negative"}),
        "self_discharge": frozenset({"yes", "no"}),
    }
)
"""What `where` of a clock may ask, and the answers."""
STOPS: Final = ("acknowledged", "phone_call", "assessed")


def contradictions(programme: Programme) -> Iterator[tuple[str, str]]:
    """What is well-formed and still cannot be meant: (key, reason)."""
    yield from _of_visits(programme)
    yield from _of_clocks(programme)
    yield from _of_offices(programme)
    yield from _of_questions(programme)
    yield from _of_screening(programme)
    for event in programme.verification.events:
        if event not in REPORTS:
            yield "verification.events", f"there is no report {event!r}"
        if event in NEVER_WAITS:
            yield "verification.events", f"{event!r} never waits: deaths and criticals go on at once"
    for key, factors in (
        ("expert_group.except_factors", programme.expert_group and programme.expert_group.except_factors),
        ("managed_higher.factors", programme.managed_higher and programme.managed_higher.factors),
    ):
        for factor in factors or ():
            if factor not in programme.factor:
                yield key, f"there is no [factor.{factor}]"
    for name, one in programme.factor.items():
        if INFECTION.search(one.what) and {"coordinator", "woman", "township"} & set(one.asked_of):
            yield f"factor.{name}.asked_of", "an infection is asked of institution and county only"


def _of_screening(programme: Programme) -> Iterator[tuple[str, str]]:
    asked: dict[str, str] = {}
    for group, rule in programme.screening.items():
        for name, words in rule.items.items():
            key = f"screening.{group}.items"
            if name not in programme.factor or programme.factor[name].stage != "postnatal":
                yield key, f"there is no [factor.{name}] of the stage postnatal"
            elif "coordinator" in programme.factor[name].asked_of and tells(words):
                yield key, f"{name}: a coordinator reads this: it may name no colour and no infection"
            if name in asked:
                yield key, f"{name} is asked in {asked[name]} already"
            asked[name] = group
    if programme.screening:
        for name, factor in programme.factor.items():
            if factor.stage == "postnatal" and name not in asked:
                yield f"factor.{name}", "is asked in no group of [screening]: it would be lost"


def _of_visits(programme: Programme) -> Iterator[tuple[str, str]]:
    day = date(2001, 1, 1)  # any: only which comes first matters
    for name, visit in programme.visit.items():
        if visit.closes.last_day(day) < visit.opens.first_day(day):
            yield f"visit.{name}.closes", f"it closes ({visit.closes}) before it opens ({visit.opens})"
        if (visit.counted_from == "lmp") != (visit.kind == "antenatal"):
            yield f"visit.{name}.counted_from", "antenatal visits, and no others, are counted from the LMP"
        if visit.kind == "antenatal" and visit.number is None:
            yield f"visit.{name}.number", "is missing: which antenatal visit it is"
    rule = programme.reminding
    if not rule.missed_after <= rule.coordinator_after <= rule.township_after:
        yield (
            "reminding.township_after",
            "she is reminded first, then the coordinator is told, then the township",
        )


def _of_clocks(programme: Programme) -> Iterator[tuple[str, str]]:
    for name, clock in programme.clock.items():
        key = f"clock.{name}"
        for event in clock.on:
            if event not in REPORTS and event not in get_args(Trigger):
                yield f"{key}.on", f"there is no report {event!r}"
        for condition, answers in clock.where.items():
            if condition not in CONDITIONS:
                yield (
                    f"{key}.where",
                    f"there is no condition {condition!r}; there are: {', '.join(CONDITIONS)}",
                )
            elif strange := set(answers) - CONDITIONS[condition]:
                yield f"{key}.where", f"{condition} is never {sorted(strange)[0]!r}"
        for stop in clock.stops:
            if stop not in STOPS and stop.removeprefix("record:") not in REPORTS:
                yield f"{key}.stops", f"{stop!r} is none of {', '.join(STOPS)}, record:REPORT"
        if not clock.stops or not clock.on:
            yield key, "nothing starts it, or nothing stops it"
        if clock.owner not in programme.ladder:
            yield f"{key}.owner", f"there is no [ladder.{clock.owner}]"
        elif "coordinator" in programme.ladder[clock.owner].rungs and tells(clock.title):
            yield f"{key}.title", "a coordinator reads this: it may name no colour and no infection"
    for name, periodic in programme.periodic.items():
        if periodic.owner not in programme.ladder:
            yield f"periodic.{name}.owner", f"there is no [ladder.{periodic.owner}]"
        for event in periodic.if_any:
            if event not in REPORTS:
                yield f"periodic.{name}.if_any", f"there is no report {event!r}"
        if periodic.if_any and periodic.owner not in ("county", "city", "province"):
            yield f"periodic.{name}.if_any", "only of what is owed for the whole county"


def _of_offices(programme: Programme) -> Iterator[tuple[str, str]]:
    for office, ladder in programme.ladder.items():
        if len(set(ladder.rungs)) < len(ladder.rungs):
            yield f"ladder.{office}.rungs", "names an office twice"
        if "woman" in ladder.rungs:
            yield f"ladder.{office}.rungs", "a woman is told nothing of what an office owes"
        if office != "city" and ladder.rungs[0] != office:
            yield f"ladder.{office}.rungs", "starts with its owner: she hears of it before anybody above her"
        for rung in ladder.rungs:
            if rung not in programme.office:
                yield f"ladder.{office}.rungs", f"there is no [office.{rung}]"


def _of_questions(programme: Programme) -> Iterator[tuple[str, str]]:
    for flow, rules in programme.flow.items():
        if flow not in REPORTS:
            yield f"flow.{flow}", "there is no such flow"
        for question in rules.extra:
            key = f"flow.{flow}.extra.{question.id}"
            if (question.kind == "choice") != (len(question.choices) > 1):
                yield f"{key}.choices", "two or more, and for the kind choice only"
            if question.kind != "number" and (question.least, question.most) != (None, None):
                yield f"{key}.least", "bounds are for the kind number only"
            if None not in (question.least, question.most) and question.least > question.most:  # type: ignore[operator]
                yield f"{key}.most", "is below least"
            if tells(" ".join((question.ask, question.label, *question.choices.values()))):
                yield f"{key}.ask", "names a colour or hints at an infection, and coordinators are asked it"
