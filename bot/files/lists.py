"""The roster as a table: one line a woman, the columns an officer works with.

Lines come cut to what their reader may see (conversations/asking/answering.py, `as_seen`). Which columns there are
follows from who reads: a coordinator has 重点随访 in place of grades and special groups, and no ID numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from conversations.asking.answering import due_on, is_pregnant, why
from conversations.asking.row import Row
from conversations.care.colours import label, sees_colour
from conversations.care.gestation import weeks_on
from conversations.local_time import LOCAL
from conversations.message import Role
from conversations.papers.sheet import Cell, Column, Sheet
from conversations.records import mask_name
from conversations.text import chinese

CONFIDENTIAL = "内部资料，含个人信息：只在工作中使用，请勿转发，用完请删除。"
_SPECIAL = {"poor": "生活困难", "disabled": "身有残疾", "mental_illness": "精神疾病"}
_WHY = {
    "booking": "还没建册",
    "appointment": "约好的检查",
    "overdue_due": "过了预产期没消息",
    "visit": "",
    "postnatal": "",
}


@dataclass(frozen=True, slots=True)
class _Line:
    """A line and what its cells depend on."""

    number: int
    row: Row
    today: date
    role: Role


@dataclass(frozen=True, slots=True)
class _Part:
    """One column: `who`: the roles that have it, all where it is empty."""

    column: Column
    cell: Callable[[_Line], Cell]
    who: frozenset[str] = frozenset()


_OFFICERS = frozenset({"township", "county"})


def roster_sheet(role: Role, place: str, asked: str, now: datetime) -> Sheet:
    """The table without its rows. `place`: whose roster; `asked`: how the question was understood."""
    local = now.astimezone(LOCAL)
    told = f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}　{asked}"
    columns = tuple(part.column for part in _parts(role))
    return Sheet(f"{place}孕产妇名单", columns, (), above=(told, CONFIDENTIAL))


def roster_line(number: int, row: Row, role: Role, today: date) -> tuple[Cell, ...]:
    """The `number`th line of it."""
    line = _Line(number, row, today, role)
    return tuple(part.cell(line) for part in _parts(role))


def _parts(role: Role) -> tuple[_Part, ...]:
    return _BY_ROLE[role]


# ── cells ───────────────────────────────────────────────────────────────────────────────────────────────


def _name(line: _Line) -> str:
    """A minor is not named to the village (requirements.md §2, restricted view)."""
    case = line.row.case
    return mask_name(case.name) if _withheld(line) else case.name


def _phone(line: _Line) -> str:
    return "" if _withheld(line) else line.row.case.phone


def _withheld(line: _Line) -> bool:
    return line.role not in _OFFICERS and line.row.case.restricted is not None


def _stands(line: _Line) -> str:
    """How far she is."""
    course = line.row.case.course
    if course.died is not None:
        return "已故"
    if course.left is not None:
        return "已迁出"
    if course.end is not None:
        days = (line.today - course.end.day).days
        return f"产后{days}天" if course.end.kind == "birth" else f"终止妊娠后{days}天"
    if course.lmp is None:
        return "在孕，孕周不详"
    weeks, days = weeks_on(course.lmp, line.today)
    return f"孕{weeks}周{days}天" if days else f"孕{weeks}周"


def _borne(line: _Line) -> str:
    row = line.row
    said = (
        f"孕{row.gravida}" if row.gravida is not None else "",
        f"产{row.para}" if row.para is not None else "",
    )
    return "".join(said)


def _checks(line: _Line) -> int:
    return sum(1 for one in line.row.case.course.done if one.kind == "antenatal")


def _last_check(line: _Line) -> date | None:
    return max((one.day for one in line.row.case.course.done if one.kind == "antenatal"), default=None)


def _to_do(line: _Line) -> str:
    """What presses most, and since or until when."""
    reason = why(line.row, line.today)
    if reason is None:
        return ""
    what = _WHY[reason.what] or reason.title
    day = f"{reason.day.month}月{reason.day.day}日"
    if reason.what == "overdue_due":
        return what
    if reason.what == "appointment" and not reason.late:
        return f"{day}{what}"
    return f"{what}（{day}已过）" if reason.late else f"{what}（{day}前）"


def _grade(line: _Line) -> str:
    return chinese(label(line.row.case.grade, line.role, named=True))


def _ended(line: _Line) -> date | None:
    end = line.row.case.course.end
    return end.day if end is not None else None


def _yes(value: bool | None) -> str:
    return "" if value is None else "是" if value else "否"


def _booked(line: _Line) -> str:
    return "已建" if line.row.case.booked else "未建" if is_pregnant(line.row) else ""


_EVERYBODY: tuple[_Part, ...] = (
    _Part(Column("序号", "number", 3), lambda line: line.number),
    _Part(Column("姓名", "text", 4), _name),
    _Part(Column("年龄", "number", 3), lambda line: line.row.age),
    _Part(Column("身份证号", "text", 10), lambda line: line.row.resident_id, _OFFICERS),
    _Part(Column("电话", "text", 6), _phone),
    _Part(Column("乡镇", "text", 5), lambda line: line.row.case.township, frozenset({"county"})),
    _Part(Column("村", "text", 5), lambda line: line.row.case.village),
    _Part(Column("流动人口", "text", 3), lambda line: _yes(line.row.migrant)),
    _Part(Column("末次月经", "date", 5), lambda line: line.row.case.course.lmp),
    _Part(Column("预产期", "date", 5), lambda line: due_on(line.row)),
    _Part(Column("孕周/产后", "text", 5), _stands),
    _Part(Column("孕产次", "text", 3), _borne),
    _Part(Column("建册", "text", 2), _booked),
    _Part(Column("产检次数", "number", 3), _checks),
    _Part(Column("最近产检", "date", 5), _last_check),
    _Part(Column("下次预约", "date", 5), lambda line: line.row.case.appointment),
    _Part(Column("分娩或终止", "date", 5), _ended),
    _Part(Column("该办的事", "text", 12), _to_do),
    _Part(Column("风险分级", "text", 4), _grade, _OFFICERS),
    _Part(
        Column("特殊帮扶", "text", 4), lambda line: _SPECIAL.get(line.row.case.special or "", ""), _OFFICERS
    ),
    _Part(
        Column("重点随访", "text", 4),
        lambda line: "是" if line.row.case.watched else "",
        frozenset({"coordinator"}),
    ),
    _Part(Column("责任人", "text", 4), lambda line: line.row.responsible),
    _Part(Column("最近联系", "date", 5), lambda line: line.row.last_contact),
)
_ROLES: tuple[Role, ...] = ("coordinator", "township", "county")
_BY_ROLE: dict[Role, tuple[_Part, ...]] = {
    role: tuple(part for part in _EVERYBODY if not part.who or role in part.who) for role in _ROLES
}


def sees(role: Role) -> bool:
    """Whether a file may tell this reader colours: it is no channel, it comes from our own server."""
    return sees_colour(role, named=True)
