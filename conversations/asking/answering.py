"""Which lines of the roster a question means, which of them presses most, and why: pure, one line at a time.

Every part of a `Question` narrows. What can only be asked of a pregnancy (weeks, due date, 没来产检, 还没建册) is not true of
one that ended. Who is not named is on the roster while somebody looks after her: she lives here, and is pregnant, or her
pregnancy ended so lately that her grade is followed up (KF 附件1 三) or a visit of her own is still to be done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from conversations.asking.question import ME, Question
from conversations.asking.row import Row
from conversations.care.candidates import GAP_KEPT
from conversations.care.case import Case
from conversations.care.colours import Grade, comes_first, followed_until, has_responsible
from conversations.care.gestation import due_date, weeks_on
from conversations.care.programme import Programme
from conversations.care.visits import Window, schedule

OWN_VISITS: Final = frozenset({"postnatal", "day42"})
"""Kinds of visits after the end that are the mother's own."""
TITLES: Final = (
    *(
        "医生",
        "大夫",
        "医师",
        "护士长",
        "护士",
        "主任",
        "院长",
        "所长",
        "站长",
        "书记",
        "专干",
        "干部",
        "老师",
    ),
    *("大姐", "姐", "阿姨", "嫂"),
)
"""What colleagues are called beside a family name, longer ones first where one ends like another."""

# ── where she stands ────────────────────────────────────────────────────────────────────────────────────


def is_pregnant(row: Row) -> bool:
    """在孕: no end of it was told, and she lives."""
    return row.case.course.end is None and row.case.course.died is None


def is_postnatal(row: Row, today: date) -> bool:
    """产后: a birth or loss, and her grade is still followed up (day 42 included)."""
    end, case = row.case.course.end, row.case
    return end is not None and case.course.died is None and today <= followed_until(case.programme, end.day)


def is_looked_after(row: Row, today: date) -> bool:
    """Whether she is on the roster of today without being named."""
    case = row.case
    if not (case.real and case.newest) or case.course.died is not None:
        return False
    if is_pregnant(row) or is_postnatal(row, today):
        return True
    return any(window.closes >= today for window in own_windows(case, today))


def due_on(row: Row) -> date | None:
    """Her due date, while she is pregnant."""
    lmp = row.case.course.lmp
    return due_date(lmp) if lmp is not None and is_pregnant(row) else None


def weeks_today(row: Row, today: date) -> int | None:
    """Completed weeks, while she is pregnant."""
    lmp = row.case.course.lmp
    return weeks_on(lmp, today)[0] if lmp is not None and is_pregnant(row) else None


def kept_for(programme: Programme) -> timedelta:
    """How long after the last word on a woman whose pregnancies have all ended she may still be asked for without being
    named: longer ago, and her line need not be read."""
    start = date(2001, 1, 1)  # any: ages are counted from it
    own = [visit for visit in programme.visit.values() if visit.kind in OWN_VISITS]
    last = max(((visit.closes.last_day(start) - start).days for visit in own), default=0)
    wait = programme.reminding.postnatal_without_discharge
    return timedelta(days=max(last + wait, programme.follow_up_ends.day) + GAP_KEPT + 1)


# ── visits ──────────────────────────────────────────────────────────────────────────────────────────────


def missed_visits(case: Case, today: date) -> tuple[Window, ...]:
    """Check-ups of this pregnancy whose time is over and that nobody made up for: she was at none since. A booking is late
    however late she was registered; every other visit that was over before we knew of her is nobody's fault."""
    if case.course.end is not None or case.course.died is not None:
        return ()
    seen = max((one.day for one in case.course.done if one.kind == "antenatal"), default=date.min)
    return tuple(
        window
        for window in schedule(case.programme, case.course, today)
        if window.visit.kind == "antenatal" and _is_missed(window, case, seen)
    )


def _is_missed(window: Window, case: Case, seen: date) -> bool:
    if window.visit.booking:
        return window.state in ("missed", "past") and not case.booked and seen <= window.closes
    return window.state == "missed" and seen <= window.closes


def missed_appointment(case: Case, today: date) -> date | None:
    """The day of the next appointment agreed, where it is past and she has not been anywhere since."""
    day = case.appointment
    if case.course.end is not None or case.course.died is not None or day is None:
        return None
    return day if day < today else None


def own_windows(case: Case, today: date) -> tuple[Window, ...]:
    """Visits of her own after the end that are not done: open, to come, or missed."""
    if case.course.end is None:
        return ()
    return tuple(
        window
        for window in schedule(case.programme, case.course, today)
        if window.visit.kind in OWN_VISITS and window.state in ("open", "upcoming", "missed")
    )


def owed_visits(
    case: Case, today: date, first: date | None = None, last: date | None = None
) -> tuple[Window, ...]:
    """Visits of her own after the end that are due and not done. With days: those that can be made between them; without a
    first one: not those missed longer ago than a gap is worth telling of; without a last one: those due by today, or by then
    if the first is later."""
    if first is None:
        first = today - timedelta(days=GAP_KEPT)
        last = last or today
    elif last is None:
        last = max(first, today)
    return tuple(one for one in own_windows(case, today) if one.opens <= last and one.closes >= first)


def is_check_due(case: Case, today: date, first: date | None = None, last: date | None = None) -> bool:
    """该产检: a check-up of hers that is not done can be had between these days. A day agreed stands for the time it lies
    in. Without days: one that can be had today, or is missed."""
    course = case.course
    if course.end is not None or course.died is not None:
        return False
    if first is None and last is None and is_overdue(case, today):
        return True
    low = first or today
    high = last or max(low, today)
    agreed = case.appointment
    if agreed is not None and low <= agreed <= high:
        return True
    open_ = (
        window
        for window in schedule(case.programme, course, today)
        if window.visit.kind == "antenatal"
        and window.state in ("open", "upcoming")
        and not (window.visit.booking and case.booked)
        and not (agreed is not None and max(window.opens, today) <= agreed <= window.closes)
    )
    return any(one.opens <= high and one.closes >= low for one in (*open_, *missed_visits(case, today)))


def is_overdue(case: Case, today: date) -> bool:
    """没来产检: a check-up or an appointment is missed, or the booking late."""
    return bool(missed_visits(case, today)) or missed_appointment(case, today) is not None


# ── what is meant ───────────────────────────────────────────────────────────────────────────────────────


def names_somebody(question: Question) -> bool:
    """Whether it asks for a person, rather than for whoever is such and such."""
    return bool(question.woman_name or question.phone or question.resident_id)


def asks_what_was(question: Question) -> bool:
    """Whether it asks for what happened (上个月生的, 访视过的), whoever is still looked after today and whichever of her
    pregnancies it was."""
    return question.ended is not None or question.seen is not None


def since(question: Question, today: date) -> date | None:
    """The day from which on women must have been looked after to be meant, today at the latest; None: ever."""
    days = [today, question.visit_from or today]
    for asked, first in ((question.ended, question.ended_from), (question.seen, question.seen_from)):
        if asked is not None and first is None:
            return None
        days.append(first or today)
    return min(days)


def matches(
    row: Row, question: Question, today: date, *, part_of_name: bool = False, asker: str = ""
) -> bool:
    """Whether this line is meant. `part_of_name`: the name asked for may be a part of hers. `asker`: her id as a colleague."""
    if names_somebody(question):
        if not _is_named(row, question, part_of_name):
            return False
    elif asks_what_was(question):
        if not row.case.real or (question.moved_out and row.case.course.left is None):
            return False
    elif question.moved_out != (row.case.course.left is not None):
        return False
    elif question.postnatal_due:
        if not (row.case.real and row.case.newest) or row.case.course.died is not None:
            return False
    elif not is_looked_after(row, today):
        return False
    return (
        _is_such(row, question)
        and _is_dated(row, question, today)
        and _is_due(row, question, today)
        and _was(row, question)
        and (not question.responsible or _answers_for(row, question, asker))
    )


def _is_named(row: Row, question: Question, part_of_name: bool) -> bool:
    if question.woman_name:
        asked, name = _plain(question.woman_name), _plain(row.case.name)
        if asked != name and not (part_of_name and len(asked) > 1 and asked in name):
            return False
    if question.phone and question.phone != row.case.phone:
        return False
    return not question.resident_id or question.resident_id.upper() == row.resident_id.upper()


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def _is_such(row: Row, question: Question) -> bool:
    """What she is, whatever the day."""
    case = row.case
    return (
        (not question.places or _is_there(row, question.places))
        and (not question.colours or bool(question.colours & set(case.grade.colours)))
        and (not question.high_risk or case.grade.is_high)
        and (not question.watched or case.watched)
        and (not question.special or case.special in question.special)
        and (question.migrant is None or row.migrant is question.migrant)
        and (not question.lost or row.lost)
        and _between(row.para, question.para_from, question.para_to)
        and _between(row.age, question.age_from, question.age_to)
        and (question.booked is None or _is_booked(row, question.booked))
        and (not question.unassigned or (has_responsible(case.programme, case.grade) and not row.responsible))
    )


def _is_there(row: Row, places: tuple[str, ...]) -> bool:
    names = {bare_place(row.case.village), bare_place(row.case.township)}
    return any(bare_place(place) in names for place in places)


def bare_place(name: str) -> str:
    """A place's name as it may be said: 古陂镇 and 古陂 are the same."""
    bare = name.strip()
    for ending in ("街道", "新村", "村", "镇", "乡", "县"):
        if bare.endswith(ending) and len(bare) > len(ending) + 1:
            return bare.removesuffix(ending)
    return bare


def _is_booked(row: Row, booked: bool) -> bool:
    """还没建册 is asked while there is still something to book."""
    return row.case.booked if booked else is_pregnant(row) and not row.case.booked


def _is_dated(row: Row, question: Question, today: date) -> bool:
    due, weeks = due_on(row), weeks_today(row, today)
    return (
        (question.stage != "pregnant" or is_pregnant(row))
        and (question.stage != "postnatal" or is_postnatal(row, today))
        and _between(due, question.due_from, question.due_to)
        and _between(row.case.course.registered, question.reported_from, question.reported_to)
        and _between(weeks, question.weeks_from, question.weeks_to)
    )


def _is_due(row: Row, question: Question, today: date) -> bool:
    due = due_on(row)
    return (
        (not question.overdue or is_overdue(row.case, today))
        and (not question.unseen or _is_unseen(row))
        and (not question.overdue_due or (due is not None and due < today))
        and (not question.postnatal_due or _is_owed(row, question, today))
        and (not question.check_due or is_check_due(row.case, today, question.check_from, question.check_to))
    )


def _is_unseen(row: Row) -> bool:
    """没做过产检: pregnant, and nobody told of a check-up."""
    return is_pregnant(row) and all(one.kind != "antenatal" for one in row.case.course.done)


def _is_owed(row: Row, question: Question, today: date) -> bool:
    kind = {"home": "postnatal", "day42": "day42"}.get(question.visit or "")
    owed = owed_visits(row.case, today, question.visit_from, question.visit_to)
    return any(kind is None or window.visit.kind == kind for window in owed)


def _was(row: Row, question: Question) -> bool:
    """What happened while she lived here (GP 四(一)2)."""
    course = row.case.course
    if question.ended is not None:
        end = course.end
        if end is None or (end.kind == "loss") != (question.ended == "loss"):
            return False
        if not _between(end.day, question.ended_from, question.ended_to) or not _lived_here(row, end.day):
            return False
    if question.seen is None:
        return True
    kind = {"antenatal": "antenatal", "home": "postnatal", "day42": "day42"}[question.seen]
    days = [one.day for one in course.done if one.kind == kind]
    return any(_between(day, question.seen_from, question.seen_to) and _lived_here(row, day) for day in days)


def _lived_here(row: Row, day: date) -> bool:
    left = row.case.course.left
    return left is None or day <= left


def _answers_for(row: Row, question: Question, asker: str) -> bool:
    """Whether whoever was asked for answers for her: by name, or where nobody does as the coordinator of her village."""
    by_name = [(row.responsible_id, row.responsible)] if row.responsible else []
    whose = by_name if by_name or question.by_name else row.coordinators
    said = question.responsible or ""
    if said == ME:
        return any(id_ == asker for id_, _ in whose if id_)
    return any(is_called(name, said) for _, name in whose)


def is_called(name: str, said: str) -> bool:
    """Whether a colleague of this name may be called so: 孙桂花, or 孙医生."""
    for title in TITLES:
        if said.endswith(title) and len(said) > len(title):
            return _plain(name).startswith(_plain(said.removesuffix(title)))
    return _plain(name) == _plain(said)


def _between(value: date | int | None, low: date | int | None, high: date | int | None) -> bool:
    """Whether it lies there, both ends included; what is not known lies nowhere."""
    if low is None and high is None:
        return True
    if value is None:
        return False
    return (low is None or low <= value) and (high is None or value <= high)  # type: ignore[operator]


# ── what the asker may see ──────────────────────────────────────────────────────────────────────────────


def as_may_ask(question: Question, *, sees: bool) -> Question:
    """The question as somebody may ask it who does not see colours (`sees`: care/colours.py, `sees_colour`): whatever graver
    colour or special group it names is 重点随访, so that the answer to one is the answer to all (requirements.md §4).

    Yellow alone stays: it is of those whose line says so, and the line of who is 重点随访 too does not (`as_seen`);
    with graver ones it is 高危, which there is yellow and all of 重点随访 (`seen_as_asked`), so that neither tells the
    colours of the other apart."""
    if sees:
        return question
    alone = question.colours == {"yellow"}
    yellow = "yellow" in question.colours
    graver = not yellow and (bool(question.colours) or question.by == "colour")
    return replace(
        question,
        colours=question.colours if alone else frozenset(),
        special=frozenset(),
        high_risk=question.high_risk or (yellow and not alone),
        watched=question.watched or graver or bool(question.special),
        by=None if question.by == "colour" else question.by,
        count=question.count or question.by == "colour",
    )


def as_seen(row: Row, *, sees: bool) -> Row:
    """The line without what its reader may not see: 重点随访 in place of a high colour or a special group, nobody's ID number."""
    case = row.case
    if not sees:
        low = case.grade.colour if case.grade.colour in ("green", "yellow") and not case.watched else None
        case = replace(
            case, grade=Grade(low, key=case.watched), graded_on=None, special=None, managed_higher=False
        )  # the day tells which hospital's grade it is
    return replace(row, case=case, resident_id="")


def seen_as_asked(row: Row, *, sees: bool) -> Row:
    """The line to hold a question against: for who does not see colours, one in which there are none, so that no filter
    can tell one from another."""
    return replace(as_seen(row, sees=False), resident_id=row.resident_id) if not sees else row


# ── order, reasons, counts ──────────────────────────────────────────────────────────────────────────────

_GRAVITY: Final = {"red": 0, "orange": 1, "purple": 1, "yellow": 3, "green": 4}


def gravity(grade: Grade, *, watched: bool = False) -> int:
    """How grave a grade is: 0 red, 1 orange and purple, 2 重点随访 of no known colour or for another reason, then the rest."""
    ranks = [_GRAVITY[colour] for colour in grade.colours]
    if grade.key or watched:
        ranks.append(2)
    return min(ranks, default=5)


def pressing(row: Row, today: date) -> tuple[bool, int, bool, date, str, str]:
    """What lines are sorted by, the most pressing first: what is late before what is not, the graver grade, ☆ where the
    programme has it first, the earlier day. Of a line cut to what its reader may see (`as_seen`) it tells no more than the line does."""
    case = row.case
    late = (reason := why(row, today)) is not None and reason.late
    end = case.course.end
    day = due_on(row) or (end.day if end is not None else date.max)
    starred = comes_first(case.programme, case.grade)
    return not late, gravity(case.grade, watched=case.watched), not starred, day, case.name, case.id


@dataclass(frozen=True, slots=True)
class Why:
    """What is to be done for her first. `title`: of the visit, as the programme has it; `day`: its last day, the day agreed, or
    her due date; `late`: that day is over."""

    what: Literal["visit", "booking", "appointment", "overdue_due", "postnatal"]
    day: date
    late: bool
    title: str = ""


def why(row: Row, today: date) -> Why | None:
    """The most pressing reason to look at this line today, if there is one."""
    return next(_reasons(row, today), None)


def _reasons(row: Row, today: date) -> Iterator[Why]:
    case, due = row.case, due_on(row)
    if case.course.died is not None or case.course.left is not None:
        return
    if due is not None and due < today:
        yield Why("overdue_due", due, True)
    if (day := missed_appointment(case, today)) is not None:
        yield Why("appointment", day, True)
    for window in reversed(missed_visits(case, today)):
        kind: Literal["visit", "booking"] = "booking" if window.visit.booking else "visit"
        yield Why(kind, window.closes, True, window.visit.title)
    for window in owed_visits(case, today):
        yield Why("postnatal", window.closes, window.state == "missed", window.visit.title)
    if is_pregnant(row):
        if case.appointment is not None and case.appointment >= today:
            yield Why("appointment", case.appointment, False)
        for window in schedule(case.programme, case.course, today):
            if (
                window.state == "open"
                and window.visit.kind == "antenatal"
                and not (window.visit.booking and case.booked)
            ):
                yield Why("visit", window.closes, False, window.visit.title)


def groups_of(row: Row, by: Literal["township", "village", "month", "colour"]) -> tuple[str, ...]:
    """Where a line is counted: the id of its township or village, the month of its due date (2026-12), its colours (a woman
    of two is counted with both). The empty word: where that is not known, or there is none any more."""
    match by:
        case "township":
            return (row.township_id or "",)
        case "village":
            return (row.village_id or "",)
        case "month":
            due = due_on(row)
            return (f"{due:%Y-%m}" if due is not None else "",)
        case "colour":
            return row.case.grade.colours or (("key",) if row.case.grade.key else ("",))
