"""What a message states besides its event: dates with their meaning, people, numbers, places, children.

`gather` reads everything once; `fields_of` then takes, for one event and one stretch of the message, what
belongs to it. Values are JSON-plain. What was meant and cannot be (a 15-digit phone) is a refusal, what has
two honest meanings an ambiguity; neither becomes a field.
"""

from __future__ import annotations

from ..lexicon import listed
from ..people import Person
from .children import take_birth, take_children, take_one_lost
from .days import take_dates, take_weeks
from .endings import take_defect, take_loss, take_stage
from .gathered import CHILDS, Facts, Taken, gather, taken
from .measures import take_measures, take_story
from .persons import take_age, take_id, take_phone
from .places import take_places
from .pregnancy import take_pregnancy

__all__ = ["Facts", "Taken", "fields_of", "gather", "taken"]

_WHO_ONLY = listed("wrong_number opt_out opt_in withdraw verify help question")
_WITH_CHILD = listed("birth child_death birth_defect newborn_visit pregnancy_loss correct none")
_WITH_PREGNANCY = listed("pregnancy booking roster_query preconception birth correct none moved")
_WITH_TIME = listed("birth maternal_death child_death woman_death critical_case visit_later correct")


def fields_of(facts: Facts, intent: str, start: int, end: int, cue: int, person: Person | None) -> Taken:
    """The fields of one event told between `start` and `end`, whose cue stands at `cue`."""
    got = Taken()
    child_only = intent in CHILDS
    for one in facts.people:
        if start <= one.start < end and one.role in {"child", "mother"}:
            got.put(
                "child_name" if one.role == "child" else "mother_name" if child_only else "woman_name",
                one.name,
            )
    if person is not None and person.role == "woman":
        got.put("mother_name" if child_only else "woman_name", person.name)
    if facts.village and (start <= facts.village[1] < end or len(facts.people) < 2):
        got.put("village", facts.village[0])
    take_phone(facts, start, end, got)
    take_id(facts, start, end, got)
    if intent in _WHO_ONLY:
        return got
    take_age(facts, start, end, intent, person, got)
    take_dates(facts, start, end, intent, cue, got)
    take_weeks(facts, start, end, intent, got)
    if intent in _WITH_TIME:
        for clock in facts.times:
            if start <= clock.start < end:
                got.put("time", clock.value)
                break
    if intent in _WITH_PREGNANCY:
        take_pregnancy(facts, start, end, got)
    if intent in _WITH_CHILD:
        take_children(facts, start, end, intent, got)
    if intent == "birth":
        take_birth(facts, start, end, got)
    take_places(facts, start, end, intent, got)
    take_measures(facts, start, end, intent, got)
    take_story(facts, start, end, intent, got)
    if intent == "pregnancy_loss":
        take_loss(facts, start, end, got)
    elif intent in {"maternal_death", "woman_death"}:
        take_stage(facts, start, end, intent, got)
    elif intent == "critical_case":
        take_one_lost(facts, start, end, got)
    elif intent == "birth_defect":
        take_defect(facts, start, end, got)
    return got
