"""What an ultrasound says of how far she is: kept beside her last period, with its own day; which of them dates the
pregnancy, and why (the programme's [dating])."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from conversations.care.gestation import Dated, DatingFact, dated_by, lmp_of, ultrasound, weeks_on
from conversations.care.programme import programme
from conversations.engine.flow import Context
from conversations.engine.state import Talk
from conversations.flows.who import bound
from conversations.text import Sayable, T
from conversations.understanding.dates import find_dates
from conversations.understanding.lexicon import fold
from conversations.understanding.weeks import Weeks, find_weeks

TOLD = ("ultrasound_weeks", "ultrasound_days", "ultrasound_on")
_OWN = ("lmp", "due_date", "gestational_weeks")
_SCAN = r"(?:b超|彩超|超声|四维|ultrasound|scan)"
_BEFORE = re.compile(
    rf"{_SCAN}(?:(?!\d)[^,，。;；\n]){{0,14}}"
    r"(?:[,，][^,，。;；\n]{0,8}[做查照]的)?(?:[,，] ?(?:医生|显示|提示|[是说孕约有])*)?$"
)
_AFTER = re.compile(rf"^ ?[(（]? ?(?:按|是)?{_SCAN}")
_CLAUSE = re.compile(r"[,，。;；\n]")
_PERIOD = re.compile(r"末次|月经|例假|大姨妈|预产|停经|lmp|period|due")


def heard(fields: dict[str, Any], context: Context) -> dict[str, Any]:
    """What was told, with the weeks an ultrasound found as its own, days and day kept.

    Only weeks that are told of her: the message may speak of several women.
    """
    weeks = fields.get("gestational_weeks")
    text = fold(context.message.text).lower()
    found = [
        (one.value, one.start)
        for one in find_weeks(text)
        if isinstance(one.value, Weeks)
        and one.value.weeks == weeks
        and (_BEFORE.search(text[: one.start]) or _AFTER.search(text[one.end :]))
    ]
    if not found or len({value for value, _ in found}) > 1:
        return fields
    value, start = found[0]
    kept = {
        name: told for name, told in fields.items() if name not in ("gestational_weeks", "gestational_days")
    }
    if not _PERIOD.search(text):  # an LMP that was only counted back from these weeks
        kept.pop("lmp", None)
    made = _made(text, start, context.today)
    if made is not None and kept.get("date") == made and _days(text, context.today) > 1:
        del kept["date"]
    return kept | {
        "ultrasound_weeks": value.weeks,
        **({"ultrasound_days": value.days} if value.days is not None else {}),
        **({"ultrasound_on": made} if made is not None else {}),
    }


def _made(text: str, start: int, today: date) -> str | None:
    """The day told in the same clause as the weeks."""
    first = max((one.end() for one in _CLAUSE.finditer(text, 0, start)), default=0)
    last = next((one.start() for one in _CLAUSE.finditer(text, start)), len(text))
    days = {one.value for one in find_dates(text[first:last], today) if isinstance(one.value, date)}
    return days.pop().isoformat() if len(days) == 1 else None


def _days(text: str, today: date) -> int:
    return len({one.value for one in find_dates(text, today) if isinstance(one.value, date)})


def settle(talk: Talk, context: Context) -> None:
    """The day it was made: of the visit told with it, else today."""
    if talk.amends is None or not talk.answers.get("ultrasound_on"):
        day = talk.answers.get("date") or context.today.isoformat()
        talk.draw("ultrasound_on", day if talk.has("ultrasound_weeks") else None)


def scanned(talk: Talk) -> DatingFact | None:
    """The ultrasound told."""
    weeks, on = talk.answers.get("ultrasound_weeks"), talk.day("ultrasound_on")
    if weeks is None or on is None:
        return None
    told_at = datetime.fromisoformat(talk.known_at)
    return ultrasound(on, weeks, talk.answers.get("ultrasound_days") or 0, told_at)


def dating(talk: Talk, context: Context) -> Dated | None:
    """What dates her pregnancy with the ultrasound told now; None where none was told, or where what else dates it is
    not known here (a correction)."""
    scan = scanned(talk)
    if scan is None:
        return None
    told: list[DatingFact] = [scan]
    own, woman = talk.day("lmp"), bound(talk, context)
    current = next(
        (one for one in (woman.pregnancies if woman else ()) if one.id == talk.answers.get("pregnancy_id")),
        None,
    )
    alone = own == scan.lmp and ("lmp" in talk.drawn or talk.amends is not None)
    if alone:
        own = None
    if own is None and (due := talk.day("due_date")) is not None:
        told.append(DatingFact("due_date", lmp_of(due=due), context.today, scan.told_at))
    elif own is None and current is not None:
        own = current.lmp_told or (current.lmp if not current.scans else None)
        if alone and own == scan.lmp:
            own = None
    if own is not None:
        told.append(DatingFact("lmp", own, context.today, scan.told_at))
    if current is not None:
        told.extend(ultrasound(*one, scan.told_at) for one in current.scans if one[0] != scan.on)
    if talk.amends is not None and len(told) == 1 and not alone:
        return None
    return dated_by(told, programme(context.speaker.programme).dating)


def line(talk: Talk, context: Context) -> Sayable:
    """As it is read back: 12周+3（9月1日做的）。早孕B超和原来的推算相差12天，按B超推算，预产期…。"""
    scan = scanned(talk)
    assert scan is not None  # it is read back because it was told
    days = talk.answers.get("ultrasound_days")
    weeks = talk.answers["ultrasound_weeks"]
    how_far = T("{weeks}周", weeks=weeks) if days is None else T("{weeks}周+{days}", weeks=weeks, days=days)
    known = dating(talk, context)
    if known is None:
        return T("{how_far}（{day}做的）", how_far=how_far, day=scan.on)
    if known.fact.basis != "ultrasound":
        return T("{how_far}（{day}做的）。{why}", how_far=how_far, day=scan.on, why=known.reason)
    return T(
        "{how_far}（{day}做的）。{why}预产期{due}。",
        how_far=how_far,
        day=scan.on,
        why=known.reason,
        due=known.due,
    )


def dates_alone(talk: Talk) -> bool:
    """Whether nothing else was told that dates the pregnancy."""
    scan = scanned(talk)
    return scan is not None and not any(talk.told(name) for name in _OWN)


def counted_back(talk: Talk, old: Mapping[str, Any]) -> None:
    """In a correction: an LMP that was only counted back from the ultrasound follows it, and weeks of that day do."""
    weeks, on, scan, answers = (
        old.get("ultrasound_weeks"),
        old.get("ultrasound_on"),
        scanned(talk),
        talk.answers,
    )
    if weeks is None or on is None or scan is None:
        return
    names = ("gestational_weeks", "gestational_days")
    if on == old.get("date") and all(
        answers.get(name) == old.get(name) == old.get(name.replace("gestational", "ultrasound"))
        for name in names
    ):
        answers.update(zip(names, weeks_on(scan.lmp, date.fromisoformat(on)), strict=True))
    before = ultrasound(date.fromisoformat(on), weeks, old.get("ultrasound_days") or 0, scan.told_at)
    if answers.get("lmp") == old.get("lmp") == before.lmp.isoformat():
        answers["lmp"] = scan.lmp.isoformat()


def wins(talk: Talk, context: Context) -> bool:
    """Whether an ultrasound dates the pregnancy now."""
    known = dating(talk, context)
    return known is not None and known.fact.basis == "ultrasound"
