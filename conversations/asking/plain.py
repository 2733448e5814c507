"""A question as plain data for sessions and files asked for, and in words for the head of an answer."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Final

from conversations.asking.question import ME, Care, Grouping, Question
from conversations.care.colours import COLOUR_LABELS, KEY, KEY_LABEL
from conversations.records import mask_name
from conversations.text import Joined, Sayable, T, Text, plain

_BLANK: Final = Question()
_DAYS: Final = frozenset(one.name for one in fields(Question) if "date" in str(one.type))
_SETS: Final = frozenset({"colours", "special"})


def to_plain(question: Question) -> dict[str, Any]:
    """The question as JSON has it, only what is asked for: {"places": ["古陂"], "high_risk": true}."""
    said: dict[str, Any] = {}
    for one in fields(Question):
        value = getattr(question, one.name)
        if value == getattr(_BLANK, one.name):
            continue
        if one.name in _DAYS:
            value = value.isoformat()
        elif one.name in _SETS:
            value = sorted(value)
        elif one.name == "places":
            value = list(value)
        said[one.name] = value
    return said


def from_plain(said: Mapping[str, Any]) -> Question:
    """The question that `to_plain` made plain. What a later version may have added is a `ValueError`, not left out:
    a question without one of its filters asks for more than was asked."""
    unknown = said.keys() - {one.name for one in fields(Question)}
    if unknown:
        raise ValueError(f"no part of a question: {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {}
    for name, value in said.items():
        if name in _DAYS:
            value = None if value is None else date.fromisoformat(value)
        elif name in _SETS:
            value = frozenset(value)
        elif name == "places":
            value = tuple(value)
        values[name] = value
    return Question(**values)


_SPECIAL: Mapping[str, Text] = {"poor": T("低保困难"), "disabled": T("残疾"), "mental_illness": T("精神障碍")}
_FLAGS: Mapping[str, Text] = {
    "high_risk": T("高危"),
    "watched": KEY_LABEL,
    "overdue": T("没来产检"),
    "unseen": T("还没产检过"),
    "overdue_due": T("过了预产期没消息"),
    "lost": T("失访"),
    "moved_out": T("迁出"),
    "unassigned": T("没人包保"),
}
_BY: Mapping[Grouping, Text] = {"place": T("按地方分"), "month": T("按预产期月份分"), "colour": T("按颜色分")}


def say(question: Question, *, named: bool = False, masked: bool = False) -> Sayable:
    """How the question was understood, in few words: 古陂·高危·没来产检.

    `named`: the asker may read colours and special groups, here (`sees_colour`); else they are 重点随访. `masked`: the
    channel shows no whole names.
    """
    parts: list[Sayable] = [*_who(question, masked), *(plain(place) for place in question.places)]
    labels = [_FLAGS[name] for name in _FLAGS if getattr(question, name)]
    graded = [COLOUR_LABELS[colour] for colour in COLOUR_LABELS if colour in question.colours]
    groups = [_SPECIAL[group] for group in _SPECIAL if group in question.special]
    if not named and (question.special or question.colours & KEY):
        labels = [KEY_LABEL, *(label for label in labels if label != KEY_LABEL)]
        graded, groups = [], []
    if graded:
        parts.append(Joined(tuple(graded), "、"))
    parts += [*labels, *_stage(question), *_visits(question)]
    if groups:
        parts.append(Joined(tuple(groups), "、"))
    parts += [*_numbers(question), *_dates(question), *_what_was(question), *_whose(question)]
    if question.by is not None and (named or question.by != "colour"):
        parts.append(_BY[question.by])
    return Joined(tuple(parts), "·") if parts else T("全部孕产妇")


def _who(question: Question, masked: bool) -> list[Sayable]:
    said: list[Sayable] = []
    if question.woman_name:
        said.append(plain(mask_name(question.woman_name) if masked else question.woman_name))
    if question.phone:
        said.append(T("尾号{tail}", tail=question.phone[-4:]))
    if question.resident_id:
        said.append(T("身份证尾号{tail}", tail=question.resident_id[-4:]))
    return said


def _stage(question: Question) -> list[Sayable]:
    said: list[Sayable] = []
    if question.stage == "pregnant":
        said.append(T("在孕"))
    elif question.stage == "postnatal":
        said.append(T("产后"))
    if question.booked is not None:
        said.append(T("已建册") if question.booked else T("还没建册"))
    if question.migrant is not None:
        said.append(T("流动人口") if question.migrant else T("本地户口"))
    return said


def _visits(question: Question) -> list[Sayable]:
    said: list[Sayable] = []
    if question.check_due:
        when = _span(question.check_from, question.check_to)
        said.append(T("{when}该产检", when=when) if when else T("该产检"))
    if question.postnatal_due:
        when = _span(question.visit_from, question.visit_to)
        if question.visit == "day42":
            said.append(T("{when}该做42天检查", when=when) if when else T("该做42天检查"))
        else:
            said.append(T("{when}该产后访视", when=when) if when else T("该产后访视"))
    return said


_SEEN: Mapping[Care, Text] = {
    "antenatal": T("产检过"),
    "home": T("产后访视过"),
    "day42": T("做过42天检查"),
}


def _what_was(question: Question) -> list[Sayable]:
    """What happened. A loss is not named by what it was."""
    said: list[Sayable] = []
    if question.ended is not None:
        what = T("分娩") if question.ended == "birth" else T("怀孕没能保住")
        when = _span(question.ended_from, question.ended_to)
        said.append(T("{when}{what}", when=when, what=what) if when else what)
    if question.seen is not None:
        what, when = _SEEN[question.seen], _span(question.seen_from, question.seen_to)
        said.append(T("{when}{what}", when=when, what=what) if when else what)
    return said


def _whose(question: Question) -> list[Sayable]:
    if not question.responsible:
        return []
    who = T("我") if question.responsible == ME else plain(question.responsible)
    return [T("{who}包保", who=who) if question.by_name else T("{who}负责", who=who)]


def _numbers(question: Question) -> list[Sayable]:
    said: list[Sayable] = []
    for low, high, exact, least, most, between in (
        (
            question.weeks_from,
            question.weeks_to,
            T("孕{n}周"),
            T("孕{n}周以上"),
            T("孕{n}周以内"),
            T("孕{low}到{high}周"),
        ),
        (
            question.age_from,
            question.age_to,
            T("{n}岁"),
            T("{n}岁以上"),
            T("{n}岁以下"),
            T("{low}到{high}岁"),
        ),
        (
            None if question.para_from is None else question.para_from + 1,
            None if question.para_to is None else question.para_to + 1,
            T("第{n}胎"),
            T("第{n}胎以上"),
            T("第{n}胎以下"),
            T("第{low}到{high}胎"),
        ),
    ):
        if low is not None and low == high:
            said.append(exact.with_values(n=low))
        elif low is not None and high is not None:
            said.append(between.with_values(low=low, high=high))
        elif low is not None:
            said.append(least.with_values(n=low))
        elif high is not None:
            said.append(most.with_values(n=high))
    return said


def _dates(question: Question) -> list[Sayable]:
    said: list[Sayable] = []
    if when := _span(question.due_from, question.due_to):
        said.append(T("预产期{when}", when=when))
    if when := _span(question.reported_from, question.reported_to):
        said.append(T("{when}新报", when=when))
    return said


def _span(first: date | None, last: date | None) -> Text | None:
    """The days in words; a whole month as such."""
    if first is None and last is None:
        return None
    if first is None:
        return T("{last}以前", last=last)
    if last is None:
        return T("{first}以后", first=first)
    if first == last:
        return T("{day}", day=first)
    if first.day == 1 and (last.year, last.month) == (first.year, first.month) and _ends_month(last):
        return T("{year}年{month}月", sms=T("{month}月"), year=first.year, month=first.month)
    return T("{first}到{last}", first=first, last=last)


def _ends_month(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]
