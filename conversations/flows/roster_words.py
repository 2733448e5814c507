"""What an asker is told of the roster: a line, a card, a count by place, month or colour, in one place to be reviewed.

Every line was cut to what its reader may see before (conversations/asking/answering.py, `as_seen`); here it is put as her
channel permits: masked where its servers stand abroad, short and without any grade by SMS.
"""

from __future__ import annotations

from collections.abc import Iterable

from conversations.asking.answering import Why, due_on, why
from conversations.asking.row import Row
from conversations.care.case import Case
from conversations.care.colours import Grade, label
from conversations.care.gestation import weeks_on
from conversations.care.programme import programme
from conversations.care.texts import short
from conversations.care.visits import schedule
from conversations.engine.flow import Context
from conversations.flows.risk import permitted, where_to
from conversations.local_time import LOCAL
from conversations.message import Role
from conversations.records import mask_name
from conversations.text import Joined, Sayable, T, Text, lines, plain


def is_brief(context: Context) -> bool:
    """Whether there is room for little, and anybody may read along: by SMS."""
    return context.message.channel.trust == "low"


def shown_name(case: Case, context: Context) -> str:
    """Her name, masked where it must be; of a minor outside the offices (requirements.md §2)."""
    officer = context.speaker.role in ("township", "county")
    return case.name if not context.masked and (officer or case.restricted is None) else mask_name(case.name)


def may_ring(case: Case, role: Role) -> bool:
    """Whether her number is this colleague's to ring: no institution's, and of a girl under 14 not the village's
    (requirements.md §2)."""
    return role != "institution" and not (role == "coordinator" and case.restricted == "under_14")


def who(row: Row, context: Context) -> list[Text]:
    """Who she is: 李梅, 28岁 — or 李*, 尾号5678."""
    case = row.case
    parts = [plain(shown_name(case, context))]
    if context.masked:
        if case.phone and may_ring(case, context.speaker.role):
            parts.append(T("尾号{tail}", tail=case.phone[-4:]))
    elif row.age is not None and not is_brief(context):
        parts.append(T("{value}岁", value=row.age))
    return parts


def how_far(row: Row, context: Context) -> Text | None:
    """Weeks, or days after. What ended otherwise than by a birth is not named."""
    course, day = row.case.course, context.today
    if course.died is not None:
        return T("已去世")
    if course.end is not None:
        days = (day - course.end.day).days
        if course.end.kind == "birth":
            return T("产后{days}天", days=days)
        return T("孕期已结束{days}天", days=days)
    if course.lmp is None:
        return T("孕周还不清楚")
    weeks, more = weeks_on(course.lmp, day)
    if context.masked or is_brief(context) or not more:
        return T("孕{weeks}周", weeks=weeks)
    return T("孕{weeks}周+{days}", weeks=weeks, days=more)


def grade_of(row: Row, context: Context) -> Sayable | None:
    """Her grade as it may be read here; none by SMS, and nothing where there is none."""
    case = row.case
    if is_brief(context) or not (case.grade.colours or case.watched):
        return None
    if not permitted(context) and not case.watched:
        return None
    return label(case.grade, context.speaker.role, named=permitted(context), special=case.special is not None)


def line(row: Row, context: Context) -> Sayable:
    """She in one line, with why she is listed."""
    parts: list[Sayable | None] = [*who(row, context), how_far(row, context)]
    due = due_on(row)
    if due is not None and not is_brief(context):
        parts.append(T("预产期{day}", day=short(due)))
    if row.case.village and len(context.speaker.villages) > 1 and not is_brief(context):
        parts.append(plain(row.case.village))
    parts.append(grade_of(row, context))
    if row.case.course.left is not None:
        parts.append(T("已迁出"))
    elif row.lost:
        parts.append(T("联系不上"))
    told = Joined(tuple(part for part in parts if part), "·")
    if row.case.told_over is not None:
        return T("{who}：{why}", who=told, why=held_text(row.case, brief=True))
    reason = why(row, context.today)
    return told if reason is None else T("{who}：{why}", who=told, why=why_text(reason))


def held_text(case: Case, *, brief: bool = False) -> Text:
    """Why nothing is asked of her now."""
    if brief:
        return T("听说有变故，等着核实", sms=T("等核实"))
    since = case.told_over
    assert since is not None
    day = since.astimezone(LOCAL).date()
    if case.denied:
        return T("{day}她手机上发来的话跟报的不一样，还没有核实。", day=short(day))
    if case.own_word:
        return T(
            "{day}她手机上发来的话像是没保住、没怀或者人走了，还没有核实，提醒和催检都停着。", day=short(day)
        )
    return T("{day}有人开始报她的情况，还没有报完，提醒和催检都停着。", day=short(day))


def why_text(reason: Why) -> Text:
    """Why she is listed, without a word of blame."""
    day, title = short(reason.day), plain(reason.title)
    match reason.what:
        case "overdue_due":
            return T("预产期{day}过了，还没有分娩的消息", sms=T("预产期过了"), day=day)
        case "appointment" if reason.late:
            return T("{day}约的产检还没有消息", sms=T("约的产检没消息"), day=day)
        case "appointment":
            return T("约了{day}产检", sms=T("{day}产检"), day=day)
        case "booking":
            return T("还没建册（{day}前该建）", sms=T("还没建册"), day=day)
        case "postnatal" if not reason.late:
            return T("{title}，{day}前做", sms=T("{title}"), title=title, day=day)
        case "visit" if not reason.late:
            return T("该做{title}，{day}前", sms=T("该产检"), title=title, day=day)
        case _:
            return T("{title}还没有消息（{day}前该做）", sms=T("{title}没消息"), title=title, day=day)


# ── one woman ───────────────────────────────────────────────────────────────────────────────────────────


def card(row: Row, context: Context) -> Sayable:
    """What the roster has of her, as far as the asker may see it."""
    case, due, end = row.case, due_on(row), row.case.course.end
    first: list[Sayable | None] = [*who(row, context)]
    if case.village and not is_brief(context):
        first.append(plain(_place(row, context)))
    if case.phone and not context.masked and not is_brief(context) and may_ring(case, context.speaker.role):
        first.append(T("电话{phone}", phone=case.phone))
    head = Joined(tuple(part for part in first if part), "·")
    if case.course.died is not None:
        return lines(head, T("她已经去世了（{date}）。", date=case.course.died))
    state: list[Sayable | None] = [
        how_far(row, context),
        T("预产期{date}", date=due) if due is not None else None,
        T("{date}分娩", sms=T(""), date=end.day) if end is not None and end.kind == "birth" else None,
        T("生过{count}个", sms=T(""), count=row.para) if row.para is not None and due is not None else None,
        T("已迁出") if case.course.left is not None else T("联系不上") if row.lost else None,
    ]
    grade = grade_of(row, context)
    return lines(
        head,
        Joined(tuple(part for part in state if part), "，"),
        T("风险：{grade}", grade=grade) if grade is not None else None,
        *_plans(row, context),
        T("最近联系：{day}", day=short(row.last_contact)) if row.last_contact is not None else None,
        T("负责人：{name}", name=mask_name(row.responsible) if context.masked else row.responsible)
        if row.responsible and not is_brief(context)
        else None,
    )


def _plans(row: Row, context: Context) -> Iterable[Sayable | None]:
    """What is advised, done and due; of one whose word waits to be settled, that alone."""
    if row.case.told_over is not None:
        return (held_text(row.case),)
    return (*_advice(row, context), _booking(row, context), *_visits(row, context))


def _advice(row: Row, context: Context) -> tuple[Text | None, ...]:
    """Where she is advised to go, while she is pregnant and where her grade may be read."""
    case = row.case
    if case.course.end is not None or grade_of(row, context) is None:
        return ()
    rules = programme(context.speaker.programme)
    care, delivery = where_to(rules, case.grade, context, special=case.special is not None)
    if care is not None and care == delivery:
        return (T("建议产检、分娩：{where}", where=care),)
    return (
        T("建议产检：{where}", where=care) if care is not None else None,
        T("建议分娩：{where}", where=delivery) if delivery is not None else None,
    )


def _place(row: Row, context: Context) -> str:
    county = context.speaker.role == "county"
    return row.case.township + row.case.village if county else row.case.village


def _booking(row: Row, context: Context) -> Text | None:
    if row.case.course.end is not None or is_brief(context):
        return None
    return T("建册：已建") if row.case.booked else T("建册：还没建")


def _visits(row: Row, context: Context) -> Iterable[Sayable]:
    """What was done, and what is due or next."""
    case, today = row.case, context.today
    windows = schedule(case.programme, case.course, today)
    kinds = ("antenatal",) if case.course.end is None else ("postnatal", "day42")
    done = sorted(one.day for one in case.course.done if one.kind in kinds)
    if case.course.end is None:
        yield (
            T("产检：做过{count}次，最近{day}", count=len(done), day=short(done[-1]))
            if done
            else T("产检：还没有记录")
        )
    elif done:
        yield T("产后看过{count}次，最近{day}", count=len(done), day=short(done[-1]))
    reason = why(row, today)
    if reason is not None:
        yield T("要办：{why}", why=why_text(reason))
        if reason.late:
            return
    if case.course.left is not None:
        return
    coming = [one for one in windows if one.state == "upcoming" and one.visit.kind in kinds]
    if coming and reason is None:
        one = coming[0]
        yield T(
            "下一次：{title}，{first}到{last}",
            sms=T("下一次{first}到{last}"),
            title=plain(one.visit.title),
            first=short(one.opens),
            last=short(one.closes),
        )


# ── counts ──────────────────────────────────────────────────────────────────────────────────────────────


def group_line(by: str, key: str, name: str, count: int) -> Sayable:
    """One place, month or colour and how many there are."""
    return T("{what} {count}位", what=group_name(by, key, name), count=count)


def group_name(by: str, key: str, name: str) -> Sayable:
    if by == "month":
        if not key:
            return T("没有预产期的")
        year, month = key.split("-")
        return T("{year}年{month}月", sms=T("{month}月"), year=int(year), month=int(month))
    if by == "colour":
        return _colour_name(key)
    return plain(name) if name else T("没说哪个村的")


def _colour_name(key: str) -> Sayable:
    if key == "purple":
        grade = Grade(purple=True)
    elif key == "key":
        grade = Grade(key=True)
    else:
        grade = Grade(key or None)  # type: ignore[arg-type]  # one of the colours
    return label(grade, "county", named=True)
