"""Who may read which colour, and in what words.

Purple says "infectious disease", and orange or red would say it by being missing. So wherever a coordinator or a
woman reads, and on every channel that could be read by others, orange, red and purple are one label, 重点随访
(requirements.md §4). Township, institution and county see the grade on a channel of our own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from conversations.care.advice import levels
from conversations.care.colours import Grade, highest, label, sees_colour
from conversations.care.programme import Programme
from conversations.care.unsaid import COLOUR_OF
from conversations.engine.flow import Context
from conversations.text import Sayable, T

ASKED_OF_INFECTION = frozenset({"institution", "county"})
"""Who is asked what would name an infection."""

NOTED = T("已记下")


def names_diagnoses(context: Context) -> bool:
    """Whether this channel may name a diagnosis: not SMS, not through servers abroad."""
    return context.message.channel.names_diagnoses


def permitted(context: Context) -> bool:
    """Whether a colour may be written to whom and where this goes."""
    return sees_colour(context.speaker.role, named=names_diagnoses(context))


def asks_infection(context: Context) -> bool:
    """Whether infection, STI and drug items may be asked of this speaker here."""
    allowed = context.message.channel.infection
    return allowed and permitted(context) and context.speaker.role in ASKED_OF_INFECTION


def grade_told(answers: Mapping[str, Any]) -> Grade:
    """The grade that is told."""
    colour = answers.get("colour")
    purple = colour == "purple" or bool(answers.get("with_purple"))
    return Grade(
        None if colour == "purple" else colour, purple=purple, key=bool(answers.get("key_follow_up"))
    )


def grade_label(answers: Mapping[str, Any], context: Context) -> Sayable:
    """The grade as it may be read here."""
    if context.masked:
        return NOTED
    return label(grade_told(answers), context.speaker.role, named=names_diagnoses(context))


def where_to(
    rules: Programme, grade: Grade, context: Context, *, special: bool = False
) -> tuple[Sayable | None, Sayable | None]:
    """Where she is advised to have her care and her delivery (requirements.md §4), as it may be read here."""
    if context.masked:
        return None, None
    role, infection = context.speaker.role, context.message.channel.infection
    named = names_diagnoses(context)
    return levels(rules, grade, role, named=named, infection=infection, special=special)


_SAID = re.compile(
    r"([绿黄橙橘红紫])(?=色|标识?|级|[、和加+及]+[绿黄橙橘红紫])|(?<=[、和加+及])([绿黄橙橘红紫])(?=$|[,，。;；\s])"
)


def colours_said(text: str) -> dict[str, Any]:
    """The colour an assessment says: the highest of several, purple beside it (requirements.md §4)."""
    grade = highest(COLOUR_OF[match[1] or match[2]] for match in _SAID.finditer(text))
    if grade.colour is None:
        return {"colour": "purple"} if grade.purple else {}
    return {"colour": grade.colour, **({"with_purple": True} if grade.purple else {})}
