"""A question to the roster, as it was understood: every part narrows, what is None or False does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from conversations.care.rules import SpecialGroup

Stage = Literal["pregnant", "postnatal"]
"""在孕; within 42 days of a birth or loss (产后)."""
Colour = Literal["green", "yellow", "orange", "red", "purple"]
Grouping = Literal["place", "month", "colour"]
"""各村/各乡镇, by the month of the due date, by grade."""
End = Literal["birth", "loss"]
"""分娩 (a stillbirth is one, too); a loss."""
OwnVisit = Literal["home", "day42"]
"""Of her own visits after the end: 产后访视, 42天检查."""
Care = Literal["antenatal", "home", "day42"]
"""What was done for her: 产检, 产后访视, 42天检查."""
ME: Final = "我"
"""In place of a name: the asker herself."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who is meant. Days are local and inclusive.

    `places`: villages or townships as they were named, without 村 or 镇; none: all the asker may ask about.
    `due_from`…`due_to`: the due date. `reported_from`…`reported_to`: when she was reported. `weeks_from`…`weeks_to`:
    completed weeks today; `age_from`…`age_to`: full years. `overdue`: a visit is missed or a booking late (没来产检);
    `unseen`: no check-up of this pregnancy is known (没做过产检); `overdue_due`: past her due date and nothing heard; `postnatal_due`: a postnatal visit or the 42-day check is due and
    not done, between `visit_from` and `visit_to` where they are given; `visit`: only that one of the two. `check_due`: a
    check-up is to be had (该产检), between `check_from` and `check_to` where they are given. `watched`: 重点随访;
    `high_risk`: 高危.
    What was, whoever she is now: `ended` so between `ended_from` and `ended_to` (上个月生的); `seen`: such a visit was made
    between `seen_from` and `seen_to`. `responsible`: who answers for her, as it was said (张医生, 孙桂花), or `ME`: by name
    (包保), or where nobody does the coordinator of her village; `by_name`: by name only.
    `parity`: how many she has borne before, at least `para_from`, at most `para_to` (二胎: exactly 1).
    `count`: only how many; `export`: as a file; `chart`: as a picture; `by`: counted by place, month or colour.
    """

    woman_name: str | None = None
    phone: str | None = None
    resident_id: str | None = None
    places: tuple[str, ...] = ()
    stage: Stage | None = None
    colours: frozenset[Colour] = frozenset()
    high_risk: bool = False
    watched: bool = False
    overdue: bool = False
    unseen: bool = False
    overdue_due: bool = False
    postnatal_due: bool = False
    visit: OwnVisit | None = None
    visit_from: date | None = None
    visit_to: date | None = None
    check_due: bool = False
    check_from: date | None = None
    check_to: date | None = None
    ended: End | None = None
    ended_from: date | None = None
    ended_to: date | None = None
    seen: Care | None = None
    seen_from: date | None = None
    seen_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    reported_from: date | None = None
    reported_to: date | None = None
    weeks_from: int | None = None
    weeks_to: int | None = None
    age_from: int | None = None
    age_to: int | None = None
    para_from: int | None = None
    para_to: int | None = None
    booked: bool | None = None
    migrant: bool | None = None
    special: frozenset[SpecialGroup] = frozenset()
    lost: bool = False
    moved_out: bool = False
    unassigned: bool = False
    """高危 without a responsible person (包保)."""
    responsible: str | None = None
    by_name: bool = False
    count: bool = False
    export: bool = False
    chart: bool = False
    by: Grouping | None = None
