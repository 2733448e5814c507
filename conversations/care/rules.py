"""The tables of a programme file as types: what each says, in which units, and what is refused.

`conversations.care.programme` reads the files; docs/programmes.md shows each table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import time
from typing import Annotated, Final, Literal, get_args

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from conversations.care.lengths import Age, Length

Colour = Literal["green", "yellow", "orange", "red", "purple"]
COLOURS: Final[tuple[Colour, ...]] = get_args(Colour)
"""By gravity, purple beside the others."""
Office = Literal["woman", "coordinator", "township", "institution", "sector", "county", "city", "province"]
"""Who owes, is told, or reads. `sector`: the county's officer of a 片区; `city`, `province`: no users of ours."""
Trigger = Literal["danger"]
"""What starts a clock and is no report."""
SpecialGroup = Literal["poor", "disabled", "mental_illness"]
Level = Literal[
    "level2",
    "level3",
    "strong_level3",
    "county_centre",
    "able_county_centre",
    "city_centre",
    "higher_centre",
    "infectious_rules",
]
"""Where she is advised to go: 二级以上, 三级, 救治能力较强的三级, 县级及以上危重孕产妇救治中心, 具备条件的…,
市级以上危重…, 与上级危重孕产妇救治中心共同制订方案, 按传染病防治要求."""

_LENGTH = Annotated[Length, BeforeValidator(Length.parse)]
_AGE = Annotated[Age, BeforeValidator(Age.parse)]


def _time(text: object) -> time:
    """A TOML time, or "21:00"; never a number, which would be seconds."""
    try:
        return (
            text if isinstance(text, time) else time.fromisoformat(str(text) if isinstance(text, str) else "")
        )
    except ValueError:
        raise ValueError("not a time of day such as 21:00:00") from None


_TIME = Annotated[time, BeforeValidator(_time)]
RULE = ConfigDict(extra="forbid", strict=False, arbitrary_types_allowed=True)


@dataclass(frozen=True, kw_only=True, config=RULE)
class OfficeTitle:
    """What an office is called here, as people read it. `said`: in the middle of a sentence, where that is long.
    `there`: by colleagues of another office (村里的孕管员), where it is more than that."""

    called: str
    said: str = ""
    there: str = ""


@dataclass(frozen=True, kw_only=True, config=RULE)
class Visit:
    """One piece of care: due while the woman or child is between two completed ages, both included.

    `counted_from`: her LMP, the end of her pregnancy, her (the child's) discharge, the child's birth.
    `number`: of an antenatal visit; `booking`: she is booked at it. `after`: which ends of a pregnancy it
    follows. `free`: it costs her nothing, and she is told so, but never after a loss. `before_closing`: days before its window closes that she is
    reminded, where the window is so wide that the programme's own are late.
    """

    title: str
    kind: Literal["antenatal", "postnatal", "day42", "newborn", "child"]
    counted_from: Literal["lmp", "end", "discharge", "birth"]
    opens: _AGE
    closes: _AGE
    number: int | None = None
    booking: bool = False
    after: tuple[Literal["birth", "stillbirth", "loss"], ...] = ()
    free: bool = False
    before_closing: int | None = Field(default=None, ge=1, le=60)


@dataclass(frozen=True, kw_only=True, config=RULE)
class DatingRule:
    """When an ultrasound dates a pregnancy instead of the LMP: made at this completed age or before it, and more
    than so many days apart from the LMP."""

    ultrasound_until: _AGE
    differs_by: int = Field(ge=0, le=28)


@dataclass(frozen=True, kw_only=True, config=RULE)
class Ahead:
    """What is to be settled ahead of the delivery, from this age of the pregnancy on. `where`: only where the township
    has no midwifery; `colours`: only of women of these."""

    at: _AGE
    where: Literal["no_midwifery"] | None = None
    colours: tuple[Colour, ...] = ()


@dataclass(frozen=True, kw_only=True, config=RULE)
class Reminding:
    """When women are reminded, and who hears of it when they do not come. All counted in whole days.

    `before_closing`: before a window closes; `before_appointment`; `missed_after`: the second reminder, after
    the window closed or the appointment passed; then `coordinator_after` and `township_after`.
    `child_until`: visits of children due at a later age go to the coordinator only.
    `postnatal_without_discharge`: days after delivery that stand for the discharge nobody reported.
    """

    before_closing: int = Field(ge=1, le=60)
    before_appointment: int = Field(ge=0, le=14)
    missed_after: int = Field(ge=0, le=60)
    coordinator_after: int = Field(ge=0, le=90)
    township_after: int = Field(ge=0, le=90)
    child_until: _AGE
    postnatal_without_discharge: int = Field(ge=0, le=14)


@dataclass(frozen=True, kw_only=True, config=RULE)
class Tracing:
    """A high-risk woman who misses one visit: who is told at once, the day after."""

    colours: tuple[Colour, ...]
    told: tuple[Office, ...]


@dataclass(frozen=True, kw_only=True, config=RULE)
class Advice:
    """Where a woman of a colour is advised to go. `first`: before that; `abnormal`: when something is wrong."""

    level: Level
    first: Level | None = None
    abnormal: Level | None = None


@dataclass(frozen=True, kw_only=True, config=RULE)
class CaseFile:
    """Which colours have a case file (专案)."""

    colours: tuple[Colour, ...]


@dataclass(frozen=True, kw_only=True, config=RULE)
class Star:
    """☆: from how many factors of one colour the mark is added; `first`: they come first among the case files of
    that colour (KF: where there are the means, 有条件的)."""

    colour: Colour
    factors: int = Field(ge=2, le=20)
    first: bool = False


@dataclass(frozen=True, kw_only=True, config=RULE)
class Responsible:
    """Which colours have a person responsible for them by name (包保)."""

    colours: tuple[Colour, ...]


@dataclass(frozen=True, kw_only=True, config=RULE)
class ExpertGroup:
    """Which colours go to the county's expert group, and the factors that alone do not take her there."""

    colours: tuple[Colour, ...]
    except_factors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, config=RULE)
class ManagedHigher:
    """Factors whose women are managed by the institution one level up."""

    factors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, config=RULE)
class Factor:
    """A risk factor. `colour`: what it suggests alone; None: it makes the screening positive, no more.

    `stage`: when it is screened for. `asked_of`: whom it may be asked of, on a permitted channel.
    """

    what: str
    colour: Colour | None = None
    stage: Literal["pregnancy", "postnatal"] = "pregnancy"
    asked_of: tuple[Office, ...] = ("coordinator", "township", "institution", "county")


@dataclass(frozen=True, kw_only=True, config=RULE)
class ScreeningGroup:
    """Items of the postnatal screening that are asked together, as one asks them in a village. `title`: what the group is
    called; `items`: factor -> its few words."""

    title: str
    items: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, config=RULE)
class FollowUp:
    """How often a woman of this colour is seen and called: once in each such period at least."""

    home: Literal["week", "month"] | None = None
    phone: Literal["week", "month"] | None = None
    problem_to: Office = "county"


@dataclass(frozen=True, kw_only=True, config=RULE)
class FollowUpEnds:
    """Until which day after the end of the pregnancy the colour and its follow-up go on."""

    day: int = Field(ge=0, le=365)


@dataclass(frozen=True, kw_only=True, config=RULE)
class SpecialCare:
    """What a special group is given: home visits at least, urging, help to aid."""

    home_visits: int = Field(default=0, ge=0, le=40)
    urged: bool = False
    aid: bool = False
    problem_to: Office = "county"


@dataclass(frozen=True, kw_only=True, config=RULE)
class Clock:
    """A duty with a time.

    `on`: the reports (or `danger`) that start it; `where`: the values their facts must have, see
    `conversations.care.clocks.Happening`; `authors`: from whom (default: anybody but the county).
    `duty`: what came from the county starts only `follow_up`.
    `start`: when it happened (`event`), when its owner knew (`known`), when the county had it (`received`).
    `stops`: all of these must have come: `acknowledged` by `to`, `phone_call` confirmed, `assessed` by a
    hospital of level 2 or above, or a later report (`record:follow_up`). `warn_before`: instead of the programme's `[warning]`.
    """

    title: str
    on: tuple[str, ...]
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    authors: tuple[Office, ...] = ("woman", "coordinator", "township", "institution")
    duty: Literal["report", "follow_up", "review"] = "report"
    owner: Office
    to: Office
    start: Literal["event", "known", "received"]
    within: _LENGTH
    stops: tuple[str, ...] = ("acknowledged",)
    warn_before: tuple[_LENGTH, ...] = ()


@dataclass(frozen=True, kw_only=True, config=RULE)
class Periodic:
    """Something owed every period: by `day` of the month after it, or by its end. `if_any`: only for a period in which
    one of these reports told of something; of such a report taken back nothing is owed."""

    title: str
    every: Literal["ten_day", "month", "quarter"]
    owner: Office
    to: Office
    day: int | None = Field(default=None, ge=1, le=28)
    if_any: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, config=RULE)
class Warnings:
    """When an owner is warned: clocks in hours after this share of their time, in days at `at` so many days
    before they are due, periodic duties likewise."""

    hours_share: float = Field(gt=0, lt=1)
    days_before: int = Field(ge=0, le=10)
    period_days_before: int = Field(ge=0, le=20)
    at: _TIME


@dataclass(frozen=True, kw_only=True, config=RULE)
class Escalation:
    """How long each rung has before the next is told: of a clock in minutes, in hours, and of all others.

    `taken_again`: how long after somebody took what is overdue all are told again, one rung higher, if it still runs.
    """

    minutes_step: _LENGTH
    hours_step: _LENGTH
    days_step: _LENGTH
    taken_again: _LENGTH


@dataclass(frozen=True, kw_only=True, config=RULE)
class Ladder:
    """Who is told when an owner is late, from itself upward."""

    rungs: tuple[Office, ...] = Field(min_length=1)


@dataclass(frozen=True, kw_only=True, config=RULE)
class Verification:
    """Reports by a coordinator that wait for the township's verification before they go to the county; after `at_most`
    they go as they are, `unverified`."""

    events: tuple[str, ...]
    at_most: _LENGTH


@dataclass(frozen=True, kw_only=True, config=RULE)
class Quiet:
    """Local hours in which only danger is told, and what `at_once` names of what the county tells: `tracing` (find
    her), `key_follow_up` (an assessment read as 重点随访: all colours of that label, which the hour may not tell apart)."""

    begins: _TIME
    ends: _TIME
    at_once: tuple[Literal["tracing", "key_follow_up"], ...] = ()


@dataclass(frozen=True, kw_only=True, config=RULE)
class Summary:
    """When each office is sent the summary of a month: on the `working_day`-th working day after it, at `at`; after an
    outage up to `late` days later, then only to who asks."""

    working_day: int = Field(ge=1, le=15)
    at: _TIME
    late: int = Field(ge=1, le=20)


@dataclass(frozen=True, kw_only=True, config=RULE)
class Masking:
    """What a channel may not carry. `people`: 李*·尾号5678; `diagnoses`: no factor, cause or defect is named;
    `files`: links to our own server instead; `infection`: infection items may not be asked there."""

    people: bool
    diagnoses: bool
    files: bool
    infection: bool = True


Count = Literal[
    "live_births",
    "deliveries",
    "pregnant_women",
    "booked",
    "booked_before_13_weeks",
    "electronic_records",
    "high_risk",
    "high_risk_managed",
    "case_file_due",
    "case_files",
    "visited_within_28_days",
    "hospital_deliveries",
    "five_visits",
    "systematically_managed",
    "screened",
    "screened_positive",
    "assessed",
    "graded_green",
    "graded_yellow",
    "graded_orange",
    "graded_red",
    "graded_purple",
    "referred",
    "received",
    "assessed_on_reception",
    "orange_red_purple",
    "orange_red_purple_unreported",
    "high_risk_followed_up",
    "red_deliveries",
    "red_deliveries_level3",
    "orange_deliveries",
    "orange_deliveries_level3",
    "postnatal_visits",
    "postnatal_visits_assessed",
    "day42_checks",
    "day42_checks_assessed",
]
"""What an indicator counts; each is worked out from the reports of a period."""


@dataclass(frozen=True, kw_only=True, config=RULE)
class Indicator:
    """A rate. `target` in per cent: at least so many (`at_most`: no more); None: watched only."""

    title: str
    numerator: Count
    denominator: Count
    target: float | None = Field(default=None, ge=0, le=100)
    at_most: bool = False


@dataclass(frozen=True, kw_only=True, config=RULE)
class PassedOn:
    """Of a woman from elsewhere, who may not live here for good: who is asked to pass her on to her home district."""

    told: tuple[Literal["township", "county"], ...]


@dataclass(frozen=True, kw_only=True, config=RULE)
class Notices:
    """What the county has coordinators tell people of."""

    topics: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, config=RULE)
class Question:
    """One more question in a flow; its answer reaches the county under `extra` by its `id`.

    `ask`: short enough for one SMS. `choices`: of kind choice, value = wording. `least`, `most`: bounds of a number.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    ask: str = Field(min_length=2, max_length=45)
    kind: Literal["text", "yes_no", "number", "date", "choice"]
    required: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    least: float | None = None
    most: float | None = None
    label: str = Field(default="", max_length=12)
    """Short, for the reading back; else the id's question itself is used."""


@dataclass(frozen=True, kw_only=True, config=RULE)
class FlowRules:
    """What a programme changes in one flow."""

    extra: tuple[Question, ...] = ()
