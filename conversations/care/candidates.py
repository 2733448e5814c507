"""Everything a case gives reason for: who is to be told what between which days (requirements.md §5).

To her only with her consent, on a number that is hers and safe; else the same thing is the coordinator's to do. An
end, a move or a death takes acts away, a withdrawn one brings them back: nothing here remembers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal

from conversations.care import stopping
from conversations.care.calendar import end_of, midnight
from conversations.care.case import WORD, ActState, Case, Kind, Reason, To
from conversations.care.colours import follow_up, followed_until
from conversations.care.gestation import due_date
from conversations.care.lengths import Age
from conversations.care.rules import COLOURS, Colour
from conversations.care.visits import (
    CHILD_KINDS,
    Appointment,
    Plan,
    Window,
    ahead_on,
    plan,
    plan_appointment,
    schedule,
)
from conversations.local_time import LOCAL

WAIT_FOR_CONSENT: Final = timedelta(days=2)
"""How long a reminder waits for her answer before the coordinator is asked to tell her. (u)"""
UNANSWERED: Final = timedelta(days=7)
"""After this the coordinator asks in person whether she wants reminders. (u)"""
WORTH_A_SECOND: Final = 7
"""Days between a late registration and the reminder before the window closes that make it worth telling her twice. (u)"""
GAP_KEPT: Final = 30
"""Days that a gap is worth telling a colleague of. (u)"""
HER_DAY: Final = 14
"""Days after the last one of a visit for which a day that was agreed, or her own (改天，周六去), is waited for. (u)"""
MISSED_KEPT: Final = 13
"""Days after the second reminder in which it is still worth sending. (u)"""
NO_END: Final = {"coordinator": 7, "township": 14}
"""Days past the due date after which a missing end is asked for. (u)"""
LONGEST: Final = timedelta(days=84)
"""Past the due date: then a pregnancy nobody ended gives reason for nothing more. (u)"""
SUPPORT: Final = (("ask", 5, 21), ("first", 14, 20), ("second", 42, 20))
"""After a loss: when she is asked whether she wants to hear from us, and when she does; days, and for how many. (u)"""
UNSETTLED: Final = {"coordinator": 2, "township": 4}
"""Days after her word that it is over until who has not settled it is asked to, and then every week. (u)"""
LEAD: Final[Mapping[Literal["week", "month"], int]] = {"week": 2, "month": 7}
"""Days before a period of the follow-up is over on which it is asked for, counted from when she was last seen. (u)"""
UNBOOKED: Final = timedelta(days=28)
"""How often it is asked for that she is booked, once the time for it is over. (u)"""
AFTER_YES: Final = timedelta(days=7)
APART: Final = timedelta(days=28)
"""From her yes to the first message after a loss at least, and from that to the second. (u)"""
URGED: Final = Age("w", 36)
"""From when on who is urged is asked where she will deliver. (u)"""
HOLD: Final = 3
"""Days a home visit to somebody of a special group may wait after she is known. (u)"""

STAGES: Final[tuple[tuple[str, Age, Age], ...]] = (
    ("folic_acid", Age("w", 0), Age("w", 11)),
    ("movements", Age("w", 28), Age("w", 30)),
    ("danger_signs", Age("w", 31), Age("w", 34)),
    ("bag", Age("w", 35), Age("w", 36)),
    ("labour", Age("w", 37), Age("w", 39)),
)  # (u)
"""Short texts by stage, to her only: their names, the first and the last week (completed) they are worth telling."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something to be told to somebody because of a case.

    `key` names the rule, once a case: `visit:antenatal_2:soon`. `about`: what an end does to it (stopping.py). `due`, `until`: between which moments it is worth
    telling. `visit`: the visit of the programme it speaks of; `day`: the day it speaks of. `skip`: why it is not told
    although it would be due, to be recorded. `since`: when its time began, however long it then waits for her answer.
    `urge`: told as 请尽快, because she was registered when its time was almost over, or because nobody saw to it last time.
    """

    key: str
    kind: Kind
    to: To
    about: stopping.Kind
    since: datetime
    due: datetime
    until: datetime
    visit: str | None = None
    day: date | None = None
    skip: Reason | None = None
    urge: bool = False


def morning(case: Case, day: date) -> datetime:
    """When the quiet hours of that day end: before that nobody is told anything but danger."""
    return datetime.combine(day, case.programme.quiet.ends, LOCAL)


def unreached(case: Case) -> Reason | None:
    """Why she herself is not written to; None: she may be."""
    reach = case.reach
    if case.course.died is not None:
        return "ended"
    if case.course.left is not None:
        return "moved"
    if case.too_young or reach.held:
        return "unsafe"
    if reach.silenced or came_back(case):
        return "wrong_number"
    if reach.mark and not (reach.hers and reach.safe):
        return "unsafe"
    if reach.opted_out:
        return "opted_out"
    return None if reach.consent == "yes" and reach.there else "no_consent"


def came_back(case: Case) -> bool:
    """Whether the last thing sent to her was refused for good there."""
    told = [
        one
        for key, one in case.acts.items()
        if one.to == "woman" and one.state != "made" and base_of(key) != WORD
    ]
    last = max(told, key=lambda one: one.at, default=None)
    since = case.reach.consent_at
    return last is not None and last.reason == "wrong_number" and since is not None and since <= last.at


def askable(case: Case) -> Reason | None:
    """Why she cannot be asked whether she wants reminders; None: she can, or was."""
    reason = unreached(case)
    if reason not in (None, "no_consent"):
        return reason
    if reason == "no_consent" and (case.reach.consent == "no" or not case.reach.there):
        return "no_consent"
    if case.told_over is not None:
        return "ended"
    end = case.course.end
    if end is not None and (case.grieving or case.end_told is None):
        return "ended"
    return None


def candidates(case: Case, today: date) -> tuple[Act, ...]:
    """Everything this case gives reason for: all of it, but of what comes again and again only what is about
    `today`. Nothing that was over before we knew of her."""
    if not case.real:
        return ()
    known = midnight(case.course.registered)
    reasons: dict[tuple[stopping.Kind, bool], Reason | None] = {}

    def goes_on(act: Act) -> bool:
        which = act.about, act.to == "woman"
        if which not in reasons:
            reasons[which] = stopped(case, act.about, act.to, today)
        # that her number is held is noted like any other reason she is not written to
        return reasons[which] is None or (act.skip is not None and reasons[which] == "unsafe")

    return tuple(act for act in _all(case, today) if act.until > max(act.due, known) and goes_on(act))


def stopped(case: Case, about: stopping.Kind, to: To, today: date) -> Reason | None:
    """Whether an end has taken the reason away, by the table of ends (stopping.py)."""
    end, ask = case.course.end, newest(case, "support:ask")
    situation = stopping.Situation(
        today=today,
        ended=end.kind if end else None,
        ended_on=end.day if end else None,
        follow_up_until=followed_until(case.programme, end.day) if end else None,
        child_died=case.bereaved and about != "child",  # of children only those who live have candidates
        she_died=case.course.died is not None,
        moved_out=case.course.left is not None,
        number_held=case.reach.held,
        told_over=case.told_over is not None,
        wants_support=ask is not None and ask.answer == "yes",
    )
    cause = stopping.stopped_by(about, "woman" if to == "woman" else "staff", situation)
    if cause is None:
        return None
    if case.reach.held and to == "woman":
        return "unsafe"
    return "moved" if cause == "moved_out" else "ended"


def _all(case: Case, today: date) -> Iterator[Act]:
    windows = [w for w in schedule(case.programme, case.course, date.max) if w.state == "missed"]
    yield from _children(case, windows)
    if not case.newest:
        return
    yield from _consent(case)
    yield from _told_over(case, today)
    if case.course.end is None:
        yield from _pregnant(case, windows, today)
    else:
        yield from _after_the_end(case, windows)
        yield from _support(case)
    yield from _follow_up(case, today)
    yield from _special(case)


# ── to her, or to the coordinator instead ───────────────────────────────────────────────────────────────


def _act(
    case: Case,
    key: str,
    kind: Kind,
    to: To,
    first: date,
    last: date,
    window: Window | None = None,
    day: date | None = None,
) -> Act:
    if to == "coordinator" and case.restricted == "under_14":
        to = "township"  # the village keeps the secret, and goes to no house about it (requirements.md §2)
    return Act(
        key,
        kind,
        to,
        about_of(key),
        morning(case, first),
        morning(case, first),
        end_of(last),
        window.name if window else None,
        day or (window.closes if window else None),
    )


def _to_her(
    case: Case, key: str, first: date, last: date, window: Window | None = None, day: date | None = None
) -> Iterator[Act]:
    """A reminder; where she is not written to, the coordinator's to tell her. Her answer to the question of consent
    is waited for a little, but not past the last day. Who is urged to come (YZ 第十二条: 督促其按时产检) is told by both,
    unless she has answered."""
    reason, before = unreached(case), newest(case, key, to="woman")
    lost = before is not None and before.state == "skipped" and before.reason == "outage"
    if reason is None and not lost:
        yield _act(case, key, "remind", "woman", first, last, window, day)
        if about_of(key) == "antenatal" and _urged(case) and (before is None or before.answer is None):
            yield _act(case, f"{key}:urge", "task", "coordinator", first, last, window, day)
        return
    task = _act(case, key, "task", "coordinator", first, last, window, day)
    if reason == "no_consent" and case.reach.consent in (None, "asked") and askable(case) is None:
        asked = case.reach.consent_at or morning(case, case.course.registered)
        wait = min(asked + WAIT_FOR_CONSENT, morning(case, last))
        task = _at(task, max(task.due, wait))
    yield task


def _at(act: Act, due: datetime) -> Act:
    return replace(act, due=due)


def _consent(case: Case) -> Iterator[Act]:
    """Once a number, and before anything else. It names no pregnancy (requirements.md §5)."""
    reach, registered = case.reach, case.course.registered
    until = registered + timedelta(days=400)
    if unreached(case) == "wrong_number":
        yield _act(case, f"number:{reach.mark}", "task", "coordinator", registered, until)
    if askable(case) is not None:
        return
    key = f"consent:{reach.mark}"
    if reach.consent is None or (reach.consent == "asked" and key in case.acts):
        yield _act(case, key, "consent", "woman", registered, until)
    if reach.consent == "asked" and reach.consent_at is not None:
        day = (reach.consent_at + UNANSWERED).astimezone(LOCAL).date()
        yield _act(case, f"{key}:coordinator", "task", "coordinator", day, day + timedelta(days=GAP_KEPT))


# ── her own word that it is over ────────────────────────────────────────────────────────────────────────


def _told_over(case: Case, today: date) -> Iterator[Act]:
    """Until somebody settles what she said the coordinator is asked week by week to do so, and then the township. That
    both heard of it at once is an alert (flows/told_over.py)."""
    since = case.told_over
    if since is None:
        return
    said = since.astimezone(LOCAL).date()
    for role, after in UNSETTLED.items():
        to: To = "township" if role == "township" else "coordinator"
        day = said + timedelta(days=after)
        while True:
            following = day + timedelta(days=7)
            if following + timedelta(days=GAP_KEPT) > today:
                yield _act(case, f"{WORD}:{role}:{day}", "task", to, day, following - timedelta(days=1))
            if day > today:
                break
            day = following


# ── while she is pregnant ───────────────────────────────────────────────────────────────────────────────


def _pregnant(case: Case, windows: list[Window], today: date) -> Iterator[Act]:
    course = case.course
    day = agreed(case, windows)
    appointment = Appointment(day, missed=False) if day is not None else None
    if appointment is not None:
        yield from _appointment(case, appointment)
    seen = [one.day for one in course.done if one.kind == "antenatal"]
    for window in windows:
        if window.visit.kind != "antenatal" or (window.visit.booking and case.booked):
            continue
        if any(day > window.closes for day in seen):
            continue  # she went later: that is what matters now
        yield from _unless_agreed(case, window, appointment)
    yield from _unbooked(case, today)
    yield from _stages(case)
    yield from _ahead(case)
    if course.lmp is not None:
        due = due_date(course.lmp)
        for role, days in NO_END.items():
            first = due + timedelta(days=days)
            to: To = "township" if role == "township" else "coordinator"
            yield _act(case, f"overdue:{role}", "task", to, first, due + LONGEST, day=due)


def _ahead(case: Case) -> Iterator[Act]:
    """What is to be settled ahead of the delivery: where nobody may deliver she is directed on; a plan is made for it; who
    is to be managed a level higher is sent there (RC 三(二)1(2)); who is urged to come is urged to deliver in a hospital
    (YZ 第十二条)."""
    rules, course, colours = case.programme, case.course, _traced(case)
    if case.managed_higher:
        yield _act(case, "higher", "task", "township", course.registered, _risk_ends(case))
    if course.lmp is None:
        return
    last = due_date(course.lmp)
    if (day := ahead_on(rules.transfer, course, colours)) is not None:
        yield from _to_her(case, "transfer", max(day, course.registered), last)
    if (day := ahead_on(rules.delivery_plan, course, colours)) is not None:
        yield _act(case, "delivery_plan", "task", "township", max(day, course.registered), last)
    if _urged(case):
        day = max(URGED.first_day(course.lmp), course.registered)
        yield _act(case, "hospital", "task", "coordinator", day, last)


def _urged(case: Case) -> bool:
    return case.special is not None and follow_up(case.programme, case.grade, (case.special,)).urged


def agreed(case: Case, windows: Iterable[Window]) -> date | None:
    """The day agreed for her next check-up: told at the last one, or her own word on a reminder since (改天，3月2日去).

    Her word counts within a window nobody came to, or a little after it or after the day she had (`HER_DAY`). Of a
    high-risk woman, whose single miss is told the same day (YZ 第六条), no later than the window or that day itself.
    """
    last = max((one.day for one in case.course.done if one.kind == "antenatal"), default=date.min)
    spare = timedelta(0) if case.traced_at_once else timedelta(days=HER_DAY)
    antenatal = [one for one in windows if one.visit.kind == "antenatal"]
    found: list[tuple[datetime, date]] = []
    for key, told in case.acts.items():
        asked, day = told.at.astimezone(LOCAL).date(), told.day
        if told.to != "woman" or told.answer != "later" or day is None or not _asks_to_go(key):
            continue
        ends = [one.closes for one in antenatal if one.opens <= asked]
        if case.appointment is not None:
            ends = [*([] if case.traced_at_once else ends), case.appointment]
        if asked >= last < day and any(day <= end + spare for end in ends):
            found.append((told.at, day))
    return max(found, default=(None, case.appointment))[1]


def _asks_to_go(key: str) -> bool:
    return base_of(key).partition(":")[0] in ("visit", "appointment")


def _unless_agreed(case: Case, window: Window, appointment: Appointment | None) -> Iterator[Act]:
    """A visit that is not done. Where it is agreed when she comes, in its window or soon after, that day counts until it
    is missed and has been asked after; then what is left of the window's own reminders."""
    acts = _visit(case, window)
    if appointment is None or not window.opens <= appointment.day <= window.closes + timedelta(days=HER_DAY):
        yield from acts
        return
    asked_after = plan_appointment(case.programme, appointment).township
    if plan(case.programme, window).remind > asked_after:
        yield from (act for act in acts if act.due > morning(case, asked_after))


def _visit(case: Case, window: Window) -> Iterator[Act]:
    """A visit whose window is open or was missed. Registered late, she is told at once as well: 请尽快. Who says then
    that she went is not asked to go once more before it closes: her coordinator is to note it."""
    days, registered = plan(case.programme, window, _traced(case)), case.course.registered
    base = f"visit:{window.name}"
    remind = max(days.remind, registered)
    if _twice(window, registered, remind):
        now = _to_her(case, f"{base}:now", registered, remind - timedelta(days=1), window)
        yield from (replace(act, urge=True) for act in now)
    told = newest(case, f"{base}:now", to="woman")
    if told is not None and told.answer == "went":
        soon = _act(case, f"{base}:soon", "remind", "woman", remind, window.closes, window)
        yield replace(soon, skip="answered_already")
    else:
        before = _to_her(case, f"{base}:soon", remind, window.closes, window)
        yield from (replace(act, urge=window.registered_late) for act in before)
    yield from _gap(case, base, window.closes, days, window, asked=(f"{base}:now", f"{base}:soon"))


def _twice(window: Window, registered: date, remind: date) -> bool:
    """Whether a window was open when she was registered, and closes so much later that she is told of it twice."""
    return window.opens < registered and (remind - registered).days >= WORTH_A_SECOND


def booking_closed(case: Case) -> Window | None:
    """The window of a booking that is still owed after its time (XF 四(一)1), whenever she was registered."""
    if case.booked or case.course.end is not None:
        return None
    windows = schedule(case.programme, case.course, date.max)
    return next((one for one in windows if one.visit.booking), None)


def _unbooked(case: Case, today: date) -> Iterator[Act]:
    """After the time for a booking she and her coordinator are told 请尽快, and then the township, every four weeks until
    she is booked (XF 四(一)1 建档率100%) or due. Where she is told 请尽快 of a visit on the same day anyway, that says it
    too."""
    window, lmp, registered = booking_closed(case), case.course.lmp, case.course.registered
    if window is None or lmp is None:
        return
    late = window.closes < registered
    day = registered if late else _next(window.closes)
    if window.state == "missed":  # its own gap comes first
        day = window.closes + UNBOOKED
    while day <= due_date(lmp):
        if day + UNBOOKED + timedelta(days=GAP_KEPT) > today:
            said = late and day == registered and _told_of_a_visit(case)
            said = (
                said or window.state == "done"
            )  # she was there: whether she was booked her coordinator finds out
            yield from _booking(case, window, day, said=said)
        if day > today:
            break
        day += UNBOOKED


def _told_of_a_visit(case: Case) -> bool:
    """Whether she is told 请尽快 of a visit on the day she was registered, or was, and went."""
    registered = case.course.registered
    if any(
        one.to == "woman" and one.state != "skipped" and re.fullmatch(r"visit:\w+:now", base_of(key))
        for key, one in case.acts.items()
    ):
        return True
    for window in schedule(case.programme, case.course, date.max):
        if window.visit.kind == "antenatal" and window.state == "missed" and window.opens < registered:
            remind = max(plan(case.programme, window, _traced(case)).remind, registered)
            if window.registered_late or _twice(window, registered, remind):
                return True
    return False


def _booking(case: Case, window: Window, day: date, *, said: bool) -> Iterator[Act]:
    base, last = f"booking:{day}", day + UNBOOKED - timedelta(days=1)
    if unreached(case) is None and not said:
        hers = _act(case, f"{base}:now", "remind", "woman", day, day + timedelta(days=13), window, day)
        yield replace(hers, urge=True)
    asked = newest(case, f"{base}:now", to="woman")
    word = asked.answer if asked is not None else None
    if asked is not None and word in ("went", "cannot"):
        step = "record" if word == "went" else "help"
        first = asked.at.astimezone(LOCAL).date()
        yield _act(case, f"{base}:{step}", "task", "coordinator", first, last, window, day)
    if word != "went":
        yield _act(case, f"{base}:coordinator", "task", "coordinator", day, last, window, day)
    rule = case.programme.reminding
    township = day + timedelta(days=rule.township_after - rule.coordinator_after)
    yield from _township(case, base, Plan(day, day, day, township, woman=False), day, window)


def _appointment(case: Case, appointment: Appointment) -> Iterator[Act]:
    base, day = f"appointment:{appointment.day}", appointment.day
    days = plan_appointment(case.programme, appointment, _traced(case))
    noon = midnight(day) + timedelta(hours=12)
    for act in _to_her(case, base, max(days.remind, case.course.registered), day, day=day):
        yield replace(act, until=noon)
    yield from _gap(case, base, day, days, None, asked=(base,))


def _gap(
    case: Case, base: str, last: date, days: Plan, window: Window | None, asked: tuple[str, ...]
) -> Iterator[Act]:
    """Nobody has told of a visit although its time is over: she is reminded again, then the coordinator hears of it,
    then the township, never before the coordinator had her days. Of a high-risk woman both hear at once (YZ 6).

    `asked`: keys she may have answered before.
    """
    kept = timedelta(days=GAP_KEPT)
    answers = {newest(case, key, to="woman") for key in (*asked, f"{base}:missed")}
    words = {one.answer for one in answers if one is not None}
    first_asked = min((one.at for one in answers if one is not None), default=None)
    if "went" in words and first_asked is not None:
        day = first_asked.astimezone(LOCAL).date()
        yield _act(case, f"{base}:record", "task", "coordinator", day, last + kept, window, last)
    if "cannot" in words and first_asked is not None:
        day = first_asked.astimezone(LOCAL).date()
        yield _act(case, f"{base}:help", "task", "coordinator", day, last + kept, window, last)
    hers = [one.day for one in answers if one is not None and one.answer == "later" and one.day is not None]
    after = _next(min(max(hers, default=date.min), last + timedelta(days=HER_DAY)))
    wait = max(after - days.missed, timedelta(0))
    reached = unreached(case) is None and days.woman
    if reached and "went" not in words:
        missed = days.missed + wait
        until = missed + timedelta(days=MISSED_KEPT)
        yield _act(case, f"{base}:missed", "remind", "woman", missed, until, window, last)
    if case.traced_at_once and days.township == days.coordinator == last + timedelta(days=1):
        for to in _TOLD:
            key = f"miss:{base}:{to}"
            yield _act(case, key, "notice", to, days.coordinator, days.coordinator + kept, window, last)
        return
    if "went" not in words:
        first = (days.coordinator if reached else min(days.missed, days.coordinator)) + wait
        yield _act(case, f"{base}:coordinator", "task", "coordinator", first, first + kept, window, last)
    yield from _township(case, base, days, last, window)


_TOLD: tuple[Literal["coordinator", "township"], ...] = ("coordinator", "township")


def _township(case: Case, base: str, days: Plan, last: date, window: Window | None) -> Iterator[Act]:
    """Once the coordinator has had it for as long as the programme gives her, and has not said that it is done."""
    known = [one for key in ("coordinator", "record") if (one := newest(case, f"{base}:{key}")) is not None]
    if any(one.state == "done" and one.reason is None for one in known):
        return
    told = min((one.at.astimezone(LOCAL).date() for one in known if one.state != "skipped"), default=None)
    if told is None:
        return
    first = max(days.township, told + (days.township - days.coordinator))
    kept = timedelta(days=GAP_KEPT)
    yield _act(case, f"{base}:township", "task", "township", first, first + kept, window, last)


def newest(case: Case, key: str, to: To | None = None) -> ActState | None:
    """What became of the last act of this key, a second one (`key~2`) counting as it."""
    found, name, number = None, key, 1
    while (state := case.acts.get(name)) is not None:
        if to is None or state.to == to:
            found = state
        number += 1
        name = f"{key}~{number}"
    return found


def _traced(case: Case) -> tuple[Colour, ...]:
    """Her colours; who is 重点随访 of no known colour is traced as the gravest."""
    return COLOURS if case.grade.key else case.grade.colours


_ABOUT: Final[Mapping[str, stopping.Kind]] = {
    **dict.fromkeys(("visit", "appointment", "booking", "overdue"), "antenatal"),
    **dict.fromkeys(("transfer", "delivery_plan", "higher", "hospital"), "antenatal"),
    "stage": "pregnancy_text",
    **dict.fromkeys(("postnatal", "day42", "consent", "number", "unseen"), "postnatal"),
    **dict.fromkeys(("newborn", "child"), "child"),
    **dict.fromkeys(("followup", "special"), "risk_follow_up"),
    "support": "support",
    WORD: "reporting",
}


def about_of(key: str) -> stopping.Kind:
    """What an act of this key is about, for the table of ends. Asking whether she wants support is no support yet."""
    return (
        "postnatal" if base_of(key) == "support:ask" else _ABOUT[key.removeprefix("miss:").split(":", 1)[0]]
    )


def base_of(key: str) -> str:
    """The key of the rule an act was made for."""
    return key.partition("~")[0]


def _stages(case: Case) -> Iterator[Act]:
    """Short texts by stage, to her alone; where she is not written to, that is noted when their time is over."""
    lmp, registered = case.course.lmp, case.course.registered
    if lmp is None:
        return
    reason = unreached(case)
    for name, opens, closes in STAGES:
        first, last = max(opens.first_day(lmp), registered + timedelta(days=2)), closes.last_day(lmp)
        if first > last:
            continue
        act = _act(case, f"stage:{name}", "remind", "woman", first, last)
        if reason is None:
            yield act
        else:
            yield replace(act, due=morning(case, last), skip=reason)


# ── after a birth or a loss ─────────────────────────────────────────────────────────────────────────────


def _after_the_end(case: Case, windows: list[Window]) -> Iterator[Act]:
    """The visit at home and the 42-day check, after a birth and after a loss (XF 四(七), NS). She hears nothing on the
    day we are told: a report of the wrong woman is mostly taken back the same day."""
    told = case.end_told or case.course.registered
    for window in windows:
        if window.visit.kind not in ("postnatal", "day42") or window.closes < told:
            continue
        base = window.name
        days = plan(case.programme, window, _traced(case))
        lead = timedelta(days=case.programme.reminding.before_appointment)
        first = max(window.opens - lead if window.visit.kind == "day42" else window.opens, _next(told))
        if window.visit.kind == "postnatal":
            start = max(window.opens, told)
            yield _act(case, f"{base}:visit", "task", "coordinator", start, window.closes, window)
            if unreached(case) is None:
                yield _act(case, f"{base}:soon", "remind", "woman", first, window.closes, window)
            colleagues = Plan(days.remind, days.missed, days.missed, days.township, woman=False)
            yield from _gap(case, base, window.closes, colleagues, window, asked=(f"{base}:soon",))
        else:
            yield from _to_her(case, f"{base}:soon", first, window.closes, window)
            yield from _gap(case, base, window.closes, days, window, asked=(f"{base}:soon",))


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _children(case: Case, windows: list[Window]) -> Iterator[Act]:
    """The visits of children, those of twins told as one. The mother is told as far as the programme says, and never
    after the death of a child; who looks after a dead woman's child is the coordinator's to find."""
    told = case.end_told or case.course.registered
    seen: set[str] = set()
    for window in windows:
        if window.visit.kind not in CHILD_KINDS or window.closes < told or window.name in seen:
            continue
        seen.add(window.name)
        days = plan(case.programme, window)
        if window.visit.kind == "newborn":
            if case.course.died is not None:
                start = max(window.opens, told)
                yield _act(case, "newborn:visit", "task", "coordinator", start, window.closes, window)
            colleagues = Plan(days.remind, days.missed, days.missed, days.township, woman=False)
            first = colleagues.coordinator
            kept = timedelta(days=GAP_KEPT)
            key = "newborn:coordinator"
            yield _act(case, key, "task", "coordinator", first, first + kept, window)
            yield from _township(case, "newborn", colleagues, window.closes, window)
            continue
        key = f"child:{window.name}"
        short = (window.closes - window.opens).days < WORTH_A_SECOND
        first = max(window.opens - timedelta(days=int(short)), _next(told))
        if days.woman and not case.grieving:
            yield from _to_her(case, key, first, window.closes, window)
            if (asked := newest(case, key, to="woman")) is not None and asked.answer == "cannot":
                day = asked.at.astimezone(LOCAL).date()
                yield _act(case, f"{key}:help", "task", "coordinator", day, window.closes, window)
        elif case.told_over is None:
            yield _act(case, key, "task", "coordinator", first, window.closes, window)


def _support(case: Case) -> Iterator[Act]:
    """After a loss she is asked once whether she wants to hear from us, and does only after a yes."""
    end = case.course.end
    if end is None or not case.grieving or unreached(case) is not None:
        return
    died = [child.died for child in case.course.children if child.died is not None]
    start = max([case.end_told or end.day, end.day, *died])
    ask = newest(case, "support:ask")
    said = ask.answered.astimezone(LOCAL).date() if ask is not None and ask.answered else None
    yes = ask is not None and ask.answer == "yes"
    earliest = said + AFTER_YES if said is not None else start  # from her yes on, however late it came
    for name, after, days in SUPPORT:
        first = start + timedelta(days=after)
        if name != "ask":
            first = max(first, earliest)
            earliest = first + APART
        if name == "ask" or yes:
            yield _act(case, f"support:{name}", "remind", "woman", first, first + timedelta(days=days))


# ── risk ────────────────────────────────────────────────────────────────────────────────────────────────


def _follow_up(case: Case, today: date) -> Iterator[Act]:
    """The rhythm of her colours to day 42 after the end (YZ 第十一条: 每月至少入户一次, 每周电话; KF 附件1 三): the first time
    within the first period after she was graded, and then within one of the last. Asked at once, and a little before
    the period is over where she was seen at its beginning. What was not done by then is asked again, and the township
    hears of it; it is not added up. Of the last one the township hears too, unless she was seen so late that it need not
    have been before day 42."""
    last, rhythm = _risk_ends(case), follow_up(case.programme, case.grade)
    rule = case.programme.reminding
    modes: tuple[Literal["phone"], Literal["home"]] = ("phone", "home")
    unseen = False
    for mode in modes:
        every = rhythm.phone if mode == "phone" else rhythm.home
        if every is None:
            continue
        graded, seen = case.graded_on or case.course.registered, last_seen(case, mode)
        start = opens = _next(seen) if seen >= graded else graded
        missed = False
        while opens <= last:
            following = _later(start, opens, every)
            closes = min(following - timedelta(days=1), last)
            key = f"followup:{mode}:{opens}"
            if closes + timedelta(days=GAP_KEPT) >= today:
                wait = seen >= graded and opens == start
                asked = max(opens, closes - timedelta(days=LEAD[every])) if wait else opens
                task = _act(case, key, "task", "coordinator", asked, closes, day=closes)
                yield replace(task, urge=missed)
                told = newest(case, key)
                missed = told is not None and told.state != "skipped" and not _handled(case, key)
                if missed and closes < last:
                    late = min(
                        _next(closes) + timedelta(days=rule.township_after - rule.coordinator_after), last
                    )
                    until = min(late + timedelta(days=6), last)
                    yield _act(case, f"{key}:township", "task", "township", late, until, day=closes)
                elif missed and case.course.end is not None:
                    unseen = unseen or not wait or following <= _next(last)
            if opens > today:
                break
            opens = following
    if unseen:
        late = _next(last) + timedelta(days=rule.township_after - rule.coordinator_after)
        yield _act(case, f"unseen:{last}", "task", "township", late, late + timedelta(days=6), day=last)


def last_seen(case: Case, mode: Literal["phone", "home"]) -> date:
    """When she was last seen or called, as far as this counts for it: who saw her at home need not call as well."""
    at_home = case.seen.get("home", date.min)
    return at_home if mode == "home" else max(at_home, case.seen.get("phone", date.min))


def _later(start: date, day: date, every: Literal["week", "month"]) -> date:
    """The next day of a rhythm that began at `start`."""
    if every == "week":
        return day + timedelta(days=7)
    months = (day.year - start.year) * 12 + day.month - start.month + 1
    return Age("m", months).first_day(start)


def _handled(case: Case, key: str) -> bool:
    state = newest(case, key)
    return state is not None and state.state == "done" and state.reason is None


def _risk_ends(case: Case) -> date:
    course = case.course
    if course.end is not None:
        return followed_until(case.programme, course.end.day)
    if course.lmp is not None:
        return due_date(course.lmp) + LONGEST
    return course.registered + timedelta(days=280) + LONGEST


def _special(case: Case) -> Iterator[Act]:
    """Disabled and mentally ill women are visited at home at least once, poor ones helped to aid (YZ 12). To the
    coordinator it is a home visit like any other."""
    if case.special is None:
        return
    rule = follow_up(case.programme, case.grade, (case.special,))
    registered = case.course.registered
    first = registered + timedelta(days=HOLD)
    if rule.home_visits and case.seen.get("home", date.min) < registered:
        yield _act(case, "special:home", "task", "coordinator", first, _risk_ends(case))
    if rule.aid:
        yield _act(case, "special:aid", "task", "township", first, first + timedelta(days=GAP_KEPT))
