"""A line of the roster: a pregnancy with what is asked about its mother, beyond what her care looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from conversations.care.case import Case


@dataclass(frozen=True, slots=True)
class Row:
    """`case`: her newest pregnancy (conversations/care/case.py); all else as far as it was told.

    `age`: full years today. `para`: borne before this pregnancy. `lost`: nobody finds her (失访), and she was not seen
    since. `responsible`: the colleague who looks after her case (包保), by name and id. `coordinators`: those of her
    village, id and name; only where it was asked who answers for her. `last_contact`: the last day a colleague or a
    hospital saw or reached her.
    """

    case: Case
    village_id: str | None
    township_id: str | None
    birth_date: date | None = None
    age: int | None = None
    resident_id: str = ""
    gravida: int | None = None
    para: int | None = None
    migrant: bool | None = None
    lost: bool = False
    responsible: str = ""
    responsible_id: str = ""
    coordinators: tuple[tuple[str, str], ...] = ()
    last_contact: date | None = None
