"""What the papers that list women share: how one is written in a line."""

from __future__ import annotations

from datetime import date
from typing import Final

from conversations.care.colours import Grade
from conversations.care.gestation import age_on, due_date, weeks_on
from conversations.papers.counting import Material
from conversations.papers.facts import LONGEST_DAYS, PregnancyFacts
from conversations.papers.sheet import NOT_COLLECTED, Cell

COLOURS: Final = {"green": "绿", "yellow": "黄", "orange": "橙", "red": "红", "purple": "紫"}
OUTCOMES: Final = {"birth": "分娩", "loss": "妊娠终止", "death": "死亡"}


def left_out(number: int) -> tuple[str, ...]:
    """What is noted under a list of those who are in no list any more."""
    return (f"另有{number}人的个人信息已按规定删除，只计入各项数字，不列入名单。",) if number else ()


def village(material: Material, village_id: str | None) -> str:
    """The name of her village."""
    return material.names.get(village_id or "", "")


def township(material: Material, village_id: str | None) -> str:
    """The name of its township."""
    return material.names.get(material.township_of.get(village_id or "", ""), "")


def age(one: PregnancyFacts, day: date) -> Cell:
    """Full years on that day, as far as known."""
    if one.birth_date is not None:
        return age_on(one.birth_date, day)
    return one.age if one.age is not None else NOT_COLLECTED


def due(one: PregnancyFacts) -> Cell:
    """Her due date."""
    return NOT_COLLECTED if one.lmp is None else due_date(one.lmp)


def weeks(one: PregnancyFacts, day: date) -> Cell:
    """孕20+3 as of that day; after the end what it was."""
    if one.end is not None:
        return OUTCOMES[one.end_kind or "birth"]
    if one.lmp is None:
        return NOT_COLLECTED
    whole, days = weeks_on(one.lmp, day)
    if whole >= LONGEST_DAYS // 7:
        return "结局未报"
    return f"{whole}+{days}" if whole >= 0 else NOT_COLLECTED


def outcome(one: PregnancyFacts) -> Cell:
    """How and when it ended, if it did."""
    if one.end_kind is None or one.end is None:
        return ""
    return f"{OUTCOMES[one.end_kind]} {one.end.isoformat()}"


def colours(grade: Grade, *, purple: bool = True) -> str:
    """红, 橙、紫, 黄☆."""
    said = [COLOURS[one] for one in grade.colours if purple or one != "purple"]
    if grade.key and not said:
        return "重点随访"
    return "、".join(said) + ("☆" if grade.star else "")
