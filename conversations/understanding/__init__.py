"""What a message says: free Chinese (and plain English) or a short code, as an intent and its fields.

`understand` is pure: the same words on the same day mean the same. It never raises, and what has two honest
meanings comes back as `Ambiguous`, never as a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from conversations.text import Ambiguous, Refusal

from . import danger, fields, intents, queries
from .events import Told, decide
from .intents import INTENTS
from .lexicon import DONT_KNOW, NO, YES, fold, listed
from .normalise import LONGEST, normalise
from .people import Person, people, subject_before
from .shortcodes import expand

__all__ = ["INTENTS", "Event", "Understood", "as_json", "understand"]


@dataclass(frozen=True, slots=True)
class Event:
    """One event told in a message: what it is, and what is said of it."""

    intent: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Understood:
    """What one message says.

    `fields` hold JSON-plain values (ISO dates, grams, 11-digit phones). `refusals` are things said that cannot
    be, `ambiguities` things with two meanings; neither is among the fields. `more` are further events of the
    same message. `switching`: the speaker leaves the matter at hand (先不说这个，…). `worded`: words tell of the event;
    without them bare facts stand for one (李梅，9月3号).
    """

    intent: str
    fields: dict[str, Any]
    refusals: tuple[Refusal, ...] = ()
    ambiguities: tuple[Ambiguous, ...] = ()
    more: tuple[Event, ...] = ()
    switching: bool = False
    worded: bool = True


_OF_EACH = listed(
    "woman_name mother_name village date time institution place_kind mode direction to_place from_place colour"
    " loss_kind delivery_mode"
)
"""What is told of each of those listed."""

MOST_EVENTS = 20
"""Events of one message that are taken: more is a list for the office, not a message."""

# 怀孕/田小兰/1999-11-02/塘背村: a separator, where digits do not stand on both sides (120/80, 2026/9/3).
_SLASHED = re.compile(r"(?<=[^\s/])/(?=[^\s\d/])|(?<=[^\s\d/])/(?=\d)")

_SWITCH = re.compile(
    r"^\s*(?:(?:等等|等一下|等下|哎|诶|那个|对了?|哦|噢)[,，、 ]*)?(?:先不说(?:这个|她|这)|先放一?放|先等等|另外|对了还有|对了|还有(?:一个|一件|个)?事?|插一句|顺便|换个|再说一个|先说(?:另外|别的|个急)|急事|by the way)"
)


def understand(
    text: str, *, today: date, speaker: str = "coordinator", villages: tuple[str, ...] = ()
) -> Understood:
    """The intent and fields of a message sent on the day `today` by a `speaker` of the given role.

    `villages` are the villages the speaker may mean. Returns an `Understood` for any text whatever.
    """
    return _understand(text[:LONGEST], today, speaker, villages)


def as_json(understood: Understood) -> dict[str, Any]:
    """`understood` in the shape `yunguan understand --json` prints."""
    return {
        "intent": understood.intent,
        "fields": understood.fields,
        "refusals": [_said(refusal.text) for refusal in understood.refusals],
        "more": [{"intent": event.intent, "fields": event.fields} for event in understood.more],
    }


def _said(text: Any) -> dict[str, Any]:
    return {"id": text.id, "values": {name: _jsonable(value) for name, value in text.values.items()}}


def _jsonable(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@lru_cache(maxsize=2048)
def _understand(text: str, today: date, speaker: str, villages: tuple[str, ...]) -> Understood:
    plain = expand(normalise(text))
    if "/" in plain:
        plain = _SLASHED.sub(",", plain)
    if not plain:
        return Understood("none", {})
    folded = fold(plain)
    if folded in YES or folded in NO or folded in DONT_KNOW:
        return Understood("none", {})
    switching = bool(_SWITCH.match(folded))
    parts = intents.clauses(folded)
    alarms = danger.signs_in(folded).now
    facts = fields.gather(plain, folded, today, speaker, parts, villages)
    facts.shown_wrong = _shown_wrong(folded)
    facts.people = people(plain, folded, fields.taken(facts), speaker)
    asks = any(part.asks for part in parts)
    simple = queries.plain(facts, asks=asks, named=_first(facts.people) is not None)
    blocked = [(person.start, person.end) for person in facts.people]
    found = intents.cues(folded, parts, blocked, speaker)
    if not any(person.role in {"woman", "mother"} for person in facts.people):
        _add_subject(facts, found)
    told = decide(folded, found, facts.people, parts, speaker)
    return _assemble(facts, told[:MOST_EVENTS], alarms, simple, switching)


_JUST = re.compile(r"(?:刚刚?|才|今早|[早晚]上|上午|中午|下午|凌晨|夜里|半夜)(?:刚刚?|才)?$")
_WRONG = re.compile(
    r"不是(?P<wrong>.{1,20}?)[,，、\s]*(?:(?:而|应该|应)?是|改)|\bnot (?P<not>[^,]{1,20}?)(?:,| but) ?(?=\w)"
)


def _shown_wrong(text: str) -> tuple[int, int]:
    """Where 不是9月3号是8月3号 names what was wrong: nothing is read there."""
    match = _WRONG.search(text) if "不是" in text or "not" in text else None
    return match.span(match.lastgroup or 0) if match else (0, 0)


def _add_subject(facts: fields.Facts, found: list[intents.Cue]) -> None:
    for cue in found:
        if cue.intent in {
            "pregnancy",
            "birth",
            "pregnancy_loss",
            "booking",
            "antenatal_visit",
            "moved",
            "death",
        }:
            clause = next(c for c in facts.clauses if c.start <= cue.start < c.end)
            person = subject_before(facts.text, facts.folded, cue.start, clause.start)
            if person:
                facts.people.append(person)
                return


def _assemble(
    facts: fields.Facts,
    told: list[Told],
    alarms: tuple[str, ...],
    simple: queries.Plain | None,
    switching: bool,
) -> Understood:
    events: list[tuple[Event, fields.Taken]] = []
    doubts: list[Ambiguous] = []
    told = queries.allowed(told, facts.speaker, facts.folded)
    if simple is not None and (simple.always or not told):
        got = fields.fields_of(facts, simple.intent, 0, len(facts.folded), 0, _first(facts.people))
        got.fields.update(simple.fields)
        events.append((Event(simple.intent, queries.filters(simple, facts, got.fields)), got))
        told = []
    for one in told:
        got = fields.fields_of(facts, one.intent, one.start, one.end, one.cue, one.person)
        # Told beside a danger, 生的 and 末次月经 are events of their own where they name a day.
        if (
            alarms
            and not one.firm
            and not {"lmp", "due_date", "date"} & got.fields.keys()
            and not (one.intent == "birth" and _JUST.search(facts.folded, max(0, one.cue - 8), one.cue))
        ):
            continue
        if one.listed:  # what is told after a list of names is of each, but not whose phone or age it is
            got = fields.Taken({key: value for key, value in got.fields.items() if key in _OF_EACH})
        if one.more and (before := next((had for event, had in events if _same(event, one)), None)):
            before.fields.update(got.fields)
            before.problems += got.problems
            continue
        events.append((Event(one.intent, got.fields), got))
        if one.doubt:
            doubts.append(
                Ambiguous("intent", tuple((intent, queries.LABELS[intent]) for intent in one.doubt))
            )
    _same_day_of_each([got for event, got in events if event.intent == "pregnancy"])
    asked = [problem for problem in events[0][1].problems if isinstance(problem, Ambiguous)] if events else []
    if alarms:
        her = _at_sign(facts)
        hers = [had for event, had in events if her is None or her.name in _names(event)]
        got = fields.Taken() if hers else fields.fields_of(facts, "danger_sign", 0, len(facts.folded), 0, her)
        shared = {
            k: v
            for k, v in (hers[0].fields if hers else got.fields).items()
            if k
            in {"woman_name", "mother_name", "phone", "village", "gestational_weeks", "systolic", "diastolic"}
        }
        events = [
            (event, had)
            for event, had in events
            if event.intent not in {"critical_case", "lost_contact"} or facts.speaker == "institution"
        ]
        if not (events and events[0][0].intent == "critical_case"):
            events.insert(0, (Event("danger_sign", {**shared, "signs": list(alarms)}), got))
    if not events:
        return _nothing(facts, switching)
    return Understood(
        events[0][0].intent,
        events[0][0].fields,
        tuple(problem for _, got in events for problem in got.problems if isinstance(problem, Refusal)),
        (*doubts, *asked),  # of the first event: of the next ones it is asked in their turn
        tuple(event for event, _ in events[1:]),
        switching,
    )


def _first(persons: list[Person]) -> Person | None:
    return next((person for person in persons if person.role in {"woman", "mother"}), None)


def _names(event: Event) -> set[Any]:
    return {event.fields.get("woman_name"), event.fields.get("mother_name")} - {None}


def _same(event: Event, told: Told) -> bool:
    """Whether this is the event of which more is told."""
    return event.intent == told.intent and told.person is not None and told.person.name in _names(event)


def _same_day_of_each(told: list[fields.Taken]) -> None:
    """陈兰9月1号来的，赵敏是8月20: a bare day beside a pregnancy is what that of another one in the message is called."""
    if any("lmp" in got.fields for got in told):
        for got in told:
            for doubt in [one for one in got.problems if isinstance(one, Ambiguous) and one.field == "lmp"]:
                got.fields.setdefault("lmp", doubt.options[0][0])
                got.problems.remove(doubt)


def _at_sign(facts: fields.Facts) -> Person | None:
    """Of whom a danger sign is told: who is named last before it, or else first."""
    women = [person for person in facts.people if person.role in {"woman", "mother"}]
    at = danger.sign_at(facts.folded) or 0
    return next((person for person in reversed(women) if person.start < at), _first(women))


def _nothing(facts: fields.Facts, switching: bool) -> Understood:
    """No event: a question for a person, the bare facts of an answer, or nothing at all."""
    if any(part.asks for part in facts.clauses):
        return Understood(
            "question" if queries.is_question(facts.folded) else "none", {}, switching=switching
        )
    if not all(part.states for part in facts.clauses):
        return Understood("none", {}, switching=switching)
    got = fields.fields_of(facts, "none", 0, len(facts.folded), 0, _first(facts.people))
    intent = queries.from_facts(got.fields, facts.speaker)
    if intent != "none":
        person = _first(facts.people)
        got = fields.fields_of(facts, intent, 0, len(facts.folded), 0, person)
    return Understood(
        intent,
        got.fields,
        tuple(problem for problem in got.problems if isinstance(problem, Refusal)),
        tuple(problem for problem in got.problems if isinstance(problem, Ambiguous)),
        switching=switching,
        worded=False,
    )
