"""Dates with their meaning: last menstruation, due date, appointment, the day something happened; and weeks told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from conversations.text import Ambiguous, T

from ..dates import find_dates, lmp_from_weeks
from ..found import Found
from ..lexicon import listed
from .gathered import CHILDS, Facts, Problem, Taken
from .limits import OLDEST, YOUNGEST, check_due, check_lmp, check_weeks

_LABELS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "next_appointment",
        re.compile(
            r"下次|下一次|预约|约(?:了|在|到|好|定)|(?<![大节])约$|复诊(?:时间|日期)|再(?:来|去)(?:查|检)"
        ),
    ),
    ("due_date", re.compile(r"预产|edc|edd|due|(?:到|要|快|该)[^,，。]{0,4}生(?!了|的|下)")),
    ("lmp", re.compile(r"末次|月经|例假|大姨妈|来事|lmp|停经|来红|经期|身上|last\s+(?:menstrual\s+)?period")),
    ("discharge_date", re.compile(r"出院")),
    ("birth_date", re.compile(r"生于|出生(?!缺陷)|生日|年生|born")),
)
_AGAIN = re.compile(r"\s*(?:再|要|得|还要)*(?:来|去)?(?:复查|复诊|再查|产检)")
_AFTER_BORN = re.compile(r"\s*(?:生的|出生|生下|生$|生于|生(?=[\s,，。])|born)")
_AFTER_DEAD = re.compile(r"[^,，。]{0,10}?(?:死|没了|走了|去世|过世|夭|不在|没救|没抢救|抢救无效|断气|没气)")
_TOLD = re.compile(r"发现|查出|测出|得知|知道|验出|登记|上报|报告|报的|上门|随访|访视|走访")


def _labelled(facts: Facts, start: int, end: int) -> list[tuple[str, Found[date]]]:
    """The dates of a stretch, each with what it is the date of (`""` where nothing says so)."""
    named: list[tuple[str, Found[date]]] = []
    floor = start
    dates = [found for found in facts.dates if start <= found.start < end]
    for index, found in enumerate(dates):
        clause = next((c for c in facts.clauses if c.start <= found.start < c.end), None)
        clause_start = max(start, clause.start if clause else start)
        clause_end = min(end, clause.end if clause else end)
        label, floor = _label(
            facts.folded,
            max(floor, clause_start),
            found,
            min(clause_end, dates[index + 1].start if index + 1 < len(dates) else end),
            facts.today,
            index + 1 < len(dates) and dates[index + 1].start <= clause_end,
        )
        named.append((label, found))
    return named


def _label(
    text: str, low: int, found: Found[date], high: int, today: date, next_touches: bool
) -> tuple[str, int]:
    before = text[low : found.start]
    best, place = "", -1
    for name, pattern in _LABELS:
        for match in pattern.finditer(before):
            if match.end() > place:
                best, place = name, match.end()
    if best:
        return best, found.end
    after = text[found.end : high]
    if _AFTER_BORN.match(after) and isinstance(found.value, date) and (today - found.value).days > 3650:
        return "birth_date", found.end
    if isinstance(found.value, date) and found.value > today and _AGAIN.match(after):
        return "next_appointment", found.end
    for name, pattern in _LABELS:
        behind = pattern.search(after[:12])
        # 5月6日建的末次月经6月18: what touches the next date is its label.
        if (
            behind
            and behind.start() <= 6
            and not (next_touches and re.fullmatch(r"[是为:：]*", after[behind.end() :]))
        ):
            return name, high
    return "", found.end


_COMES_AGAIN = listed("antenatal_visit booking referral")
_TO_COME = re.compile(
    r"\s*(?:还要|要|得|叫|让)?(?:她|我)?(?:再|还要|要|得)(?:来|去|查|检|复查|复诊|产检)(?!了|过)"
)
_TOLD_TO_COME = re.compile(r"(?:[让叫要嘱]|通知|约)(?:她|我|孕妇|人家|患者)?(?:在|到|等)?$")
_FOR_REVIEW = re.compile(r"\s*(?:来|去)?(?:复查|复诊|再查|产检|检查)(?!了|过)")


_CAME = re.compile(r"来(?:了)?的?(?=\s*(?:$|[,，。;；]))")
"""怀上了，9月1号来的: her last period."""
_ARRIVED = re.compile(r"[搬迁嫁]|从[\u4e00-\u9fff]{2,8}[来回]")
"""从湖南嫁过来，11月18号来的: she herself."""


def _comes_again(facts: Facts, found: Found[date], start: int, end: int) -> bool:
    """12月10号再去, 医生让12月1号复查: the day she is to come again."""
    before, after = facts.folded[start : found.start], facts.folded[found.end : end]
    return bool(_TO_COME.match(after) or (_TOLD_TO_COME.search(before) and _FOR_REVIEW.match(after)))


def _meant(stretch: str) -> str:
    """The one date a correction names, wherever in it: 改预产期，李梅，改成6月20号."""
    named = {name for name, pattern in _LABELS if pattern.search(stretch)}
    return named.pop() if len(named) == 1 else ""


def _due(facts: Facts, found: Found[date]) -> object:
    ahead = find_dates(facts.folded[found.start : found.end], facts.today, prefer="future")
    return ahead[0].value if ahead else found.value


_PREGNANT_NOW = listed(
    "pregnancy booking antenatal_visit risk_grade referral follow_up none own_status moved lost_contact critical_case correct"
)
_NO_DATE = listed("roster_query own_status help question opt_out opt_in wrong_number change_phone")


def take_dates(facts: Facts, start: int, end: int, intent: str, cue: int, got: Taken) -> None:
    if intent in _NO_DATE:
        return
    loose: list[Found[date]] = []
    for label, found in _labelled(facts, start, end):
        value = found.value
        if facts.shown_wrong[0] <= found.start < facts.shown_wrong[1]:
            continue
        if not label and intent in _COMES_AGAIN and _comes_again(facts, found, start, end):
            label = "next_appointment"
        came = intent == "pregnancy" and _CAME.match(facts.folded, found.end, end)
        if not label and came and not _ARRIVED.search(facts.folded):
            label = "lmp"
        if label == "due_date":
            value = _due(facts, found)  # type: ignore[assignment]
            got.put(label, (isinstance(value, date) and check_due(value, facts.today)) or value)
        elif label == "lmp":
            value = _likely(value, lambda day: not check_lmp(day, facts.today))
            got.put(label, (isinstance(value, date) and check_lmp(value, facts.today)) or value)
        elif label == "next_appointment" and intent == "visit_later":
            loose.append(found)
        elif label == "next_appointment":
            got.put(label, _due(facts, found))
        elif label == "discharge_date" and intent == "critical_case":
            got.put("date", value)
        elif label == "discharge_date" and isinstance(value, date):
            ahead = _due(facts, found)  # 预计10月16日出院
            planned = re.search(
                r"预计|打算|准备|拟|要|明|后天|下", facts.folded[max(0, found.start - 4) : found.end]
            )
            near = isinstance(ahead, date) and (
                planned is not None or (ahead - facts.today).days <= 14 < (facts.today - value).days
            )
            got.put(label, ahead if near else value)
        elif label == "discharge_date" or (label == "birth_date" and intent != "birth"):
            got.put(label, value)
        elif intent == "correct" and not label and (meant := _meant(facts.folded[start:end])):
            got.put(meant, _due(facts, found) if meant in {"due_date", "next_appointment"} else value)
        elif intent in CHILDS and _AFTER_BORN.match(facts.folded[found.end : end]):
            got.put("birth_date", value)
        else:
            loose.append(found)
    _event_date(facts, intent, cue, loose, got)


def _event_date(facts: Facts, intent: str, cue: int, loose: list[Found[date]], got: Taken) -> None:
    clause = next((c for c in facts.clauses if c.start <= cue < c.end), None)
    near = (clause.start, clause.end) if clause else (0, 0)
    # The nearest in the clause of the cue wins: 9月1号生的孩子，9月3号走了.
    ordered = sorted(
        loose,
        key=lambda f: (False, abs(f.start - cue)) if near[0] <= f.start < near[1] else (True, f.start),
    )
    if intent == "visit_later" and len(ordered) > 1:  # 今天不去了，明天再去
        ordered.sort(key=lambda f: _due(facts, f) == facts.today)
    for found in ordered:
        value = _due(facts, found) if intent == "visit_later" else found.value
        if intent in _RECENT:
            value = _likely(value, lambda day: 0 <= (facts.today - day).days <= RECENT)
        if intent == "pregnancy":
            _pregnancy_date(facts, found, got)
        elif (
            isinstance(value, date)
            and value > facts.today
            and intent not in {"visit_later", "correct", "referral"}
        ):
            continue
        elif "date" not in got.fields:
            got.put("date", value)
    if intent in _RECENT and not ordered and not _A_DAY.search(facts.folded):
        low = clause.start if clause else 0
        if _TODAY.search(facts.folded, low, cue):
            got.put("date", facts.today)


_RECENT = listed(
    "birth pregnancy_loss maternal_death child_death woman_death postnatal_visit newborn_visit follow_up booking antenatal_visit visit_done critical_case"
)
RECENT = 120
"""Days within which what is told happened, where its day may be understood in two ways."""
_TODAY = re.compile(
    r"一大早|大清早|清早|早上|早晨|上午|中午|晌午|下午|刚才|刚刚|刚(?=去|从|给|打|到|生|来|在)|今儿|上昼|下昼"
)
_A_DAY = re.compile(r"[昨前]|周|星期|礼拜|[天日号月](?!检查|产检)|那|\d[./-]\d")


def _likely(value: object, passes: Callable[[date], bool]) -> Any:
    """Of several readings of a day the one that can be; all of them where it is not one."""
    if not isinstance(value, Ambiguous):
        return value
    days = [day for option, _ in value.options if (day := _as_day(option)) and passes(day)]
    return days[0] if len(days) == 1 else value


def _as_day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None


def _pregnancy_date(facts: Facts, found: Found[date], got: Taken) -> None:
    """A date beside 怀孕 that says not of what: found out then, due then, born then, or to be asked."""
    value = found.value
    if not isinstance(value, date):
        if isinstance(value, Ambiguous) or not {"lmp", "due_date", "gestational_weeks"} & got.fields.keys():
            got.put("lmp", value)
        return
    years = (facts.today - value).days / 365.25
    if YOUNGEST <= years <= OLDEST:
        got.put("birth_date", value)
    elif (
        not re.search(r"\d|[一二三四五六七八九十初]", found.text)
        or (facts.today - value).days < 14
        or {"lmp", "due_date", "gestational_weeks"} & got.fields.keys()
        or _TOLD.search(facts.folded)
        or re.match(r"[^,，。;；\n]{0,4}(?:b超|彩超|超声)", facts.folded[found.end :])
    ):
        if value <= facts.today:
            got.put("date", value)
    elif value > facts.today:
        got.put("due_date", check_due(value, facts.today) or value)
    else:
        got.put(
            "lmp",
            Ambiguous(
                "lmp",
                (
                    (value.isoformat(), T("末次月经是{day}", day=value)),
                    (None, T("{day}是发现怀孕的日子", day=value)),
                ),
            ),
        )


def take_weeks(facts: Facts, start: int, end: int, intent: str, got: Taken) -> None:
    for found in facts.weeks:
        if not start <= found.start < end:
            continue
        value = found.value
        if isinstance(value, Problem):
            got.put("gestational_weeks", value)
            return
        if refused := check_weeks(value.weeks):
            got.put("gestational_weeks", refused)
            return
        got.put("gestational_weeks", value.weeks)
        if value.days is not None and intent in _PREGNANT_NOW:
            told = got.fields.get("date")
            on = (
                date.fromisoformat(told)
                if told and intent in {"booking", "antenatal_visit", "risk_grade", "referral"}
                else facts.today
            )
            got.put("lmp", lmp_from_weeks(value, on))
        return
