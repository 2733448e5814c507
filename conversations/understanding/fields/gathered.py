"""What a message names, each thing with its place, read once; and the fields taken of it for one event."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from conversations.text import Ambiguous, Refusal

from ..dates import find_dates, find_times, find_weeks
from ..found import Found
from ..ids import ResidentId, find_resident_ids
from ..intents import Clause
from ..lexicon import listed
from ..name_words import SURNAME
from ..people import Person
from ..phones import find_phones
from ..weights import find_weights, find_weights_of_children

Problem = Refusal | Ambiguous


@dataclass(slots=True)
class Facts:
    """Everything a message names, each with its place in the text."""

    text: str
    folded: str
    today: date
    speaker: str
    clauses: list[Clause]
    dates: list[Found[date]] = field(default_factory=list)
    phones: list[Found[str]] = field(default_factory=list)
    ids: list[Found[ResidentId]] = field(default_factory=list)
    weights: list[Found[int]] = field(default_factory=list)
    weeks: list[Any] = field(default_factory=list)
    times: list[Found[str]] = field(default_factory=list)
    village: tuple[str, int, int] | None = None
    people: list[Person] = field(default_factory=list)
    shown_wrong: tuple[int, int] = (0, 0)


_DIGIT = re.compile(r"[\d〇一二三四五六七八九十两廿卅半初]")
_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}|\d{6,}")
_DAY = re.compile(r"\d ?[./-] ?\d|\d{6}|[日号天年月周晚早夜晨节初旬\d昨今前后明十期拜]|day|night|morrow")
_WEIGHT = re.compile(r"斤|两|克|kg|g\b|重|\d{4}")
_VILLAGE = re.compile(
    r"(?<![\u4e00-\u9fff])(?:我们?|在|是|住|住在|家住|来自|把|将|给|从|由|和|跟|查|看|到|去|请|让){0,3}([\u4e00-\u9fff]{2,4}?村)(?!委|民|医|里|上|干|长|支|主|卫|级|的?名单里)|([\u4e00-\u9fff]{2}村)(?!委|民|医|里|上|干|长|支|主|卫|级)"
)
_NO_VILLAGE = re.compile(
    r"我们|按村|单|[我俺咱]村|隔壁|本村|全村|外村|哪|那|这|一个|进村|每|各|同村|邻村|别|几|多|有|的村|农村|乡村|在村|到村|回村|城|山村|自然|行政|新村$"
)


def gather(
    text: str, folded: str, today: date, speaker: str, parts: list[Clause], villages: tuple[str, ...]
) -> Facts:
    """Read everything with a place from `text`; `folded` is the same in one spelling."""
    facts = Facts(text, folded, today, speaker, parts)
    if _DAY.search(folded):
        facts.dates = find_dates(folded, today)
    if _LONG_NUMBER.search(folded):
        facts.phones = find_phones(folded)
        facts.ids = find_resident_ids(folded)
    if _DIGIT.search(folded):
        if _WEIGHT.search(folded):
            facts.weights = find_weights(folded)
        if "." in folded and not facts.weights:
            _weigh_children(facts)
        facts.weeks = find_weeks(folded)
        facts.times = find_times(folded)
    facts.village = _village(folded, villages)
    return facts


_HAMLET = re.compile(
    rf"(?:^|[\n,，、。 ]|住在?|在|去|到|俺|我们?)([东西南北上下前后大小老新]?[\u4e00-\u9fff]{{1,2}}[沟湾塘坝庄屯寨坳圩坪垅畈塬峁窑坑坡洼冲])(?:[上里]?的|组|(?={SURNAME}[\u4e00-\u9fff]))"
)


def _village(text: str, villages: tuple[str, ...]) -> tuple[str, int, int] | None:
    for name in sorted(villages, key=len, reverse=True):
        for form in (name, name.removesuffix("村")):
            if len(form) >= 2 and (at := text.find(form)) >= 0:
                return name, at, at + len(form) + (text[at + len(form) : at + len(form) + 1] == "村")
    if "村" in text:
        for match in _VILLAGE.finditer(text):
            group = 1 if match[1] else 2
            if not _NO_VILLAGE.search(match[group]):
                return match[group], match.start(group), match.end(group)
    hamlet = _HAMLET.search(text)
    if hamlet and not _NO_VILLAGE.search(hamlet[1]):
        return hamlet[1], hamlet.start(1), hamlet.end(1)
    return None


def _weigh_children(facts: Facts) -> None:
    """今早剖的，男娃3.2: with its day told besides, the number after the child is what it weighs, and no day."""
    weights = find_weights_of_children(facts.folded)
    days = [day for day in facts.dates if not any(one.start <= day.start < one.end for one in weights)]
    if days:
        facts.weights, facts.dates = weights, days


def taken(facts: Facts) -> list[tuple[int, int]]:
    """The places of `facts` that hold no name."""
    groups: list[list[Any]] = [facts.dates, facts.phones, facts.ids, facts.weights, facts.weeks, facts.times]
    places = [(found.start, found.end) for group in groups for found in group]
    if "岁" in facts.folded:
        places += [match.span() for match in _SPELT_AGE.finditer(facts.folded)]
    if facts.village:
        places.append(facts.village[1:])
    if not PLACE_WORDS.isdisjoint(facts.folded):
        places += [match.span() for match in PLACE.finditer(facts.folded)]
    return places


@dataclass(slots=True)
class Taken:
    """Fields being gathered for one event, with what went wrong on the way."""

    fields: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def put(self, name: str, value: object) -> None:
        """Keep a value, or note the problem it is; what is already known stays."""
        if isinstance(value, Ambiguous):
            options = tuple((_plain(option), label) for option, label in value.options)
            self.problems.append(Ambiguous(name, options))
        elif isinstance(value, Refusal):
            self.problems.append(value)
        elif value is not None:
            self.fields.setdefault(name, _plain(value))


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


CHILDS = listed("child_death birth_defect newborn_visit")
_SPELT_AGE = re.compile(r"[一二三四五六]?十?[一二三四五六七八九十]多?周?岁|\d{1,3}多?周?岁")
PLACE = re.compile(
    r"(?:(?:(?!在|到|去|送|往|从|于|是|了|的|昨|今|前天|晚上|下午|上午|早上|生|我|她|被|给|回|转|来|由|和|院|天|夜|晨)[\u4e00-\u9fff]){2,4}?(?:县|市|区|镇|乡|省))?"
    r"(?:省|市|县|区|镇|乡|村|中心|人民|中医|妇幼|保健|儿童|第[一二三四五六]|附属|红十字|骨科|协和|赣南|医学院|大学|民营|私立|妇产|总|上级|外地|当地){0,8}"
    r"(?:医院|卫生院|保健院|妇幼院|妇保院|妇保所?|妇幼|卫生室|卫生所|卫生服务中心|诊所|急救中心|一附院)"
)
PLACE_WORDS = frozenset("院幼室所诊心保")
"""One of them stands in every `PLACE`."""
