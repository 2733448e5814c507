"""What is due in a case now, and when to look again: computed, never planned ahead.

`candidates` lists everything a case gives reason for at any time, as acts with the moments between which they are
worth telling; an end, a move, a changed date simply make some of them disappear and others appear. `due`, `next_look` and
`still_due` read that list against what was done already (`Case.acts`) and the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from conversations.care.case import Case, Kind, Reason, To


@dataclass(frozen=True, slots=True)
class Act:
    """Something to be told to somebody because of a case.

    `key` names the rule, once a case: `visit:antenatal_2:soon`. `due`, `until`: between which moments it is worth
    telling. `visit`: the visit of the programme it speaks of; `day`: the day it speaks of. `skip`: why it is not told
    although it would be due, to be recorded.
    """

    key: str
    kind: Kind
    to: To
    due: datetime
    until: datetime
    visit: str | None = None
    day: date | None = None
    skip: Reason | None = None


def candidates(case: Case) -> tuple[Act, ...]:
    """Everything this case gives reason for, past and to come."""
    raise NotImplementedError


def due(case: Case, now: datetime) -> tuple[Act, ...]:
    """What is to be told now, each once: with `skip` what is to be recorded only."""
    raise NotImplementedError


def next_look(case: Case, now: datetime) -> datetime | None:
    """When something is due next, if nothing changes; None: never."""
    raise NotImplementedError


def still_due(case: Case, key: str, now: datetime) -> Literal[True] | Reason:
    """Whether an act made earlier is still to be told to whom it was made for, or why not."""
    raise NotImplementedError
