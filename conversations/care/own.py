"""What a woman is told of her own care when she asks: weeks, due date, what comes next.

Short, one part of an SMS; no colour, no 重点随访, no reproach for what was missed; after a loss nothing names it or a
child. Who may hear it is decided before (flows/own_status.py).
"""

from __future__ import annotations

from datetime import date

from conversations.care.candidates import agreed, booking_closed
from conversations.care.case import Case
from conversations.care.gestation import due_date, weeks_on
from conversations.care.texts import short
from conversations.care.visits import Window, reminds_mother, schedule
from conversations.text import Sayable, T, Text, lines, plain


def own_status(case: Case, today: date) -> Sayable | None:
    """Weeks, due date and the next visit, as the roster has them; None where it has no day to count from."""
    if case.grieving:
        return _gently(case, today)
    if case.course.end is not None:
        return _after_birth(case, today)
    lmp = case.course.lmp
    if lmp is None:
        return None
    weeks, days = weeks_on(lmp, today)
    due = due_date(lmp)
    if today > due:
        return T("您的预产期是{due}，已经到日子了，请按医生说的去医院看看。", due=short(due))
    far = T("{weeks}周+{days}天", weeks=weeks, days=days) if days else T("{weeks}周", weeks=weeks)
    said = T("您现在孕{far}，预产期{due}。", far=far, due=_with_year(due, today))
    return lines(said, _next_antenatal(case, today))


def _with_year(day: date, today: date) -> Text:
    if day.year == today.year:
        return short(day)
    return T("{year}年{month}月{day}日", year=day.year, month=day.month, day=day.day)


def _next_antenatal(case: Case, today: date) -> Text | None:
    """The appointment agreed, else the window that is open, else the next one. What was missed can be made up for."""
    if case.course.left is not None:
        return None
    missed = [w for w in schedule(case.programme, case.course, date.max) if w.state == "missed"]
    day = agreed(case, missed)
    if day is not None and day >= today:
        return T("下次产检约在{day}。", day=short(day))
    owed = booking_closed(case)
    if owed is not None and owed.closes < today:
        return T("现在请尽快去{clinic}建册、做一次产检，带上身份证。")
    windows = [w for w in _coming(case, today) if w.visit.kind == "antenatal"]
    windows = [w for w in windows if not (w.visit.booking and case.booked)]
    if (now := next((w for w in windows if w.state == "open"), None)) is not None:
        if now.visit.booking:
            return T("现在请去{clinic}建册、做第一次产检，{day}前最好。", day=short(now.closes))
        if now.registered_late:
            return T("现在请尽快去做一次产检，{day}前最好。", day=short(now.closes))
        return T("现在该做产检了，最好{day}前去。", day=short(now.closes))
    if day is not None:
        return T("这几天去做一次产检就好。")
    coming = next(iter(windows), None)
    if coming is None:
        return T("快到日子了，产检按医生说的去。")
    return T("下次产检在{first}到{last}之间。", first=short(coming.opens), last=short(coming.closes))


def _after_birth(case: Case, today: date) -> Sayable:
    """Her own check, and the next of the child's that she is reminded of."""
    coming = _coming(case, today)
    own = next((w for w in coming if w.visit.kind == "day42"), None)
    child = next((w for w in coming if w.visit.kind == "child" and reminds_mother(case.programme, w)), None)
    found = lines(
        T("产后42天检查在{first}到{last}之间，带宝宝一起去。", **_between(own)) if own else None,
        T("宝宝{title}在{first}到{last}之间。", title=plain(child.visit.title), **_between(child))
        if child
        else None,
    )
    if found.parts:
        return found
    return T("眼下没有定好的检查。身体或宝宝有什么不舒服，随时去医院看看。")


def _gently(case: Case, today: date) -> Text:
    """After a loss. It names nothing that was lost."""
    check = next((w for w in _coming(case, today) if w.visit.kind == "day42"), None)
    if check is None:
        return T("您好好歇着。想看看身体恢复得怎么样，随时可以去{clinic}；心里有话也可以跟{doctor}说。")
    return T(
        "您好好歇着。身体复查{day}前去都行，不着急；心里有话也可以跟{doctor}说。", day=short(check.closes)
    )


def _between(window: Window) -> dict[str, Text]:
    return {"first": short(window.opens), "last": short(window.closes)}


def _coming(case: Case, today: date) -> list[Window]:
    """What is open now or comes, in order."""
    return [w for w in schedule(case.programme, case.course, today) if w.state in ("open", "upcoming")]
