"""The schedule of care of one pregnancy, its mother and its children, as dates.

`schedule` lays a programme's visits over what is known: which windows are done, open, still to come, missed, or
past before anybody knew of her (never held against her). `plan` says on which days whom is told of an open one.
All days are local and both ends are included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from conversations.care.programme import Programme
from conversations.care.rules import Ahead, Colour, Visit

State = Literal["done", "open", "upcoming", "missed", "past", "ended"]
"""`past`: closed before she was registered. `ended`: her pregnancy, her or her child's life, or her stay here
ended before it was done."""
EndKind = Literal["birth", "stillbirth", "loss"]
CHILD_KINDS = ("newborn", "child")
EARLY = timedelta(days=7)  # (u)
"""How long before its window opens a visit that was called by its number counts as that visit."""


# ── what is known ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class End:
    """How and when the pregnancy ended. `stillbirth`: all children stillborn. `at_home`: nobody is discharged."""

    kind: EndKind
    day: date
    discharged: date | None = None
    at_home: bool = False


@dataclass(frozen=True, slots=True)
class Born:
    """A child born alive."""

    id: str
    day: date
    died: date | None = None
    discharged: date | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One visit that took place. `number`: of an antenatal one, if told; `child`: whose, of a child's visit;
    `appointment`: the next one agreed there."""

    kind: Literal["antenatal", "postnatal", "day42", "newborn", "child"]
    day: date
    number: int | None = None
    child: str | None = None
    appointment: date | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """One pregnancy as the roster tells it. `registered`: since when we know of her. `left`: since when she lives
    elsewhere. `no_midwifery`: her township cannot deliver (RC)."""

    registered: date
    lmp: date | None = None
    end: End | None = None
    died: date | None = None
    left: date | None = None
    children: tuple[Born, ...] = ()
    done: tuple[Done, ...] = ()
    no_midwifery: bool = False


# ── windows ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Window:
    """One visit of hers (or of `child`), due from `opens` to `closes`.

    `done_on`, `late`: when it was done, and whether after it closed. `registered_late`: she was registered when
    the reminder would have gone out already, so it is told at once and as 请尽快, never as something she put off.
    `assumed`: nobody reported the discharge it is counted from.
    """

    name: str
    visit: Visit
    opens: date
    closes: date
    state: State
    child: str | None = None
    done_on: date | None = None
    late: bool = False
    registered_late: bool = False
    assumed: bool = False

    @property
    def key(self) -> str:
        """Its name, with the child's id: one key per window of a pregnancy."""
        return f"{self.name}/{self.child}" if self.child else self.name


def schedule(programme: Programme, course: Course, today: date) -> tuple[Window, ...]:
    """Every visit the programme has for her and her children, in the order they open.

    Antenatal visits need an LMP; those that would open after the end of the pregnancy are left out. Visits after
    a birth or loss are there from its day on, children's for each child born alive.
    """
    windows = sorted(_windows(programme, course), key=lambda one: (one.opens, one.closes, one.key))
    done = _matched(windows, course)
    return tuple(_stated(window, course, done, today) for window in windows)


def _windows(programme: Programme, course: Course) -> Iterator[Window]:
    for name, visit in programme.visit.items():
        if visit.kind == "antenatal":
            if course.lmp is not None:
                window = _window(programme, course, name, visit, course.lmp)
                if course.end is None or window.opens <= course.end.day:
                    yield window
        elif course.end is not None and course.end.kind in visit.after:
            for child in course.children if visit.kind in CHILD_KINDS else (None,):
                start, assumed = _start(programme, visit, course.end, child)
                yield _window(programme, course, name, visit, start, child.id if child else None, assumed)


def _window(
    programme: Programme,
    course: Course,
    name: str,
    visit: Visit,
    start: date,
    child: str | None = None,
    assumed: bool = False,
) -> Window:
    opens, closes = visit.opens.first_day(start), visit.closes.last_day(start)
    late = _remind_on(programme, visit, opens, closes) < course.registered
    return Window(name, visit, opens, closes, "upcoming", child, registered_late=late, assumed=assumed)


def _start(programme: Programme, visit: Visit, end: End, child: Born | None) -> tuple[date, bool]:
    """The day a visit is counted from, and whether it is assumed."""
    if visit.counted_from == "birth" and child is not None:
        return child.day, False
    if visit.counted_from != "discharge":
        return end.day, False
    discharged = (child.discharged if child else None) or end.discharged
    if discharged is not None:
        return max(discharged, end.day), False
    if end.at_home:
        return end.day, False
    return end.day + timedelta(days=programme.reminding.postnatal_without_discharge), True


def _matched(windows: Sequence[Window], course: Course) -> dict[str, date]:
    """Which windows are done, and on which day: by the day it was, since a hospital counts visits its own way;
    between two windows by its number, else the last window before that nobody came to. What is left over is an
    extra visit."""
    done: dict[str, date] = {}
    for visit in sorted(course.done, key=lambda one: (one.day, one.number or 0)):
        own = [one for one in windows if one.visit.kind == visit.kind and one.child == visit.child]
        within = next((one for one in own if one.opens <= visit.day <= one.closes), None)
        window = within or _beside(own, visit, done)
        if window is not None and window.key not in done:
            done[window.key] = visit.day
    return done


def _beside(own: Sequence[Window], visit: Done, done: Mapping[str, date]) -> Window | None:
    """The window a visit outside all of them belongs to."""
    waiting = [one for one in own if one.key not in done]
    for one in waiting:
        near = one.closes < visit.day or one.opens - visit.day <= EARLY
        if visit.number is not None and one.visit.number == visit.number and near:
            return one
    before = [one for one in waiting if one.closes < visit.day]
    if before:
        return before[-1]
    if visit.kind in ("antenatal", "child"):
        return None
    return waiting[0] if waiting else None  # there is but one such visit, and it came early


def _stated(window: Window, course: Course, done: Mapping[str, date], today: date) -> Window:
    if (day := done.get(window.key)) is not None:
        return replace(window, state="done", done_on=day, late=day > window.closes)
    state = _state(window, course, today)
    return window if state == window.state else replace(window, state=state)


def _state(window: Window, course: Course, today: date) -> State:
    over = _over(window, course)
    if over is not None and over <= window.closes:
        return "ended"
    if window.closes < course.registered:
        return "past"
    if today > window.closes:
        return "missed"
    return "open" if window.opens <= today else "upcoming"


def _over(window: Window, course: Course) -> date | None:
    """The day that took the reason for this visit away."""
    days = [course.left]
    if window.child is not None:
        days += [child.died for child in course.children if child.id == window.child]
    else:
        days.append(course.died)
        if window.visit.kind == "antenatal" and course.end is not None:
            days.append(course.end.day)
    return min((day for day in days if day is not None), default=None)


# ── appointments ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Appointment:
    """The next visit agreed with her. Missed when it is past and she has not been anywhere since."""

    day: date
    missed: bool


def next_appointment(course: Course, today: date) -> Appointment | None:
    """What was agreed at the newest visit of the pregnancy; nothing once it ended, she died or moved away."""
    if course.end is not None or course.died is not None or course.left is not None:
        return None
    visits = sorted((one for one in course.done if one.kind == "antenatal"), key=lambda one: one.day)
    if not visits or (day := visits[-1].appointment) is None or day <= visits[-1].day:
        return None
    return Appointment(day, missed=day < today)


# ── who is told when ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Plan:
    """On which days whom is told of a visit, as long as it is not done. `woman`: whether she is reminded at all,
    or everything goes to the coordinator from the first day on."""

    remind: date
    missed: date
    coordinator: date
    township: date
    woman: bool = True


def plan(programme: Programme, window: Window, colours: Iterable[Colour] = ()) -> Plan:
    """The days for a window: before it closes (at once when it opens later or she was registered later); again
    when it is missed; then coordinator and township, for high-risk women on the first missed day."""
    remind = _remind_on(programme, window.visit, window.opens, window.closes)
    return _plan(programme, remind, window.closes, colours, woman=reminds_mother(programme, window))


def _remind_on(programme: Programme, visit: Visit, opens: date, closes: date) -> date:
    ahead = visit.before_closing or programme.reminding.before_closing
    return max(opens, closes - timedelta(days=ahead))


def plan_appointment(programme: Programme, appointment: Appointment, colours: Iterable[Colour] = ()) -> Plan:
    """The days for an agreed appointment: before it, and when it was missed."""
    remind = appointment.day - timedelta(days=programme.reminding.before_appointment)
    return _plan(programme, remind, appointment.day, colours, woman=True)


def _plan(programme: Programme, remind: date, last: date, colours: Iterable[Colour], *, woman: bool) -> Plan:
    rule = programme.reminding
    missed = last + timedelta(days=max(rule.missed_after, 1))
    told = {
        "coordinator": last + timedelta(days=max(rule.coordinator_after, 1)),
        "township": last + timedelta(days=max(rule.township_after, 1)),
    }
    if set(colours) & set(programme.tracing.colours):
        first = last + timedelta(days=1)
        told |= {office: first for office in programme.tracing.told if office in told}
    return Plan(remind, missed, told["coordinator"], told["township"], woman)


def reminds_mother(programme: Programme, window: Window) -> bool:
    """Whether a mother is reminded of this visit: of her own always, of a child's as far as the programme says."""
    if window.visit.kind != "child":
        return True
    born = date(2001, 1, 1)  # any: both ages are counted from it
    return window.visit.opens.first_day(born) <= programme.reminding.child_until.last_day(born)


def ahead_on(rule: Ahead | None, course: Course, colours: Iterable[Colour] = ()) -> date | None:
    """The day from which this is to be settled ahead of the delivery (RC 三(二)1(1), GP 四(四)2, KF 二(一)3); None where it
    is not."""
    if rule is None or course.lmp is None or (rule.where == "no_midwifery" and not course.no_midwifery):
        return None
    if rule.colours and not set(rule.colours) & set(colours):
        return None
    day = rule.at.first_day(course.lmp)
    over = [d for d in (course.end.day if course.end else None, course.died, course.left) if d is not None]
    return None if any(d <= day for d in over) else day
