"""Reading a question to the roster, as a colleague asks it: 古陂村高危没产检的有几个; 其中二胎的呢; 导出.

The words themselves are read in `conversations.understanding.asked`; here is decided whether they are a question of the
roster at all, whom a name means, what may be asked in this office, and how a question follows up the one before.
docs/roster-questions.md describes the language.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import Any, Final

from conversations.asking.plain import say
from conversations.asking.question import Question
from conversations.care.colours import KEY
from conversations.text import Sayable
from conversations.understanding import understand
from conversations.understanding.asked import Asked, bare_place, read_asked, read_whole
from conversations.understanding.lexicon import fold
from conversations.understanding.names import is_name
from conversations.understanding.normalise import LONGEST, normalise
from conversations.understanding.people import people

OFFICES: Final = frozenset({"coordinator", "township", "institution", "county"})
Places = Collection[str]


def read_question(
    text: str, today: date, role: str, before: Question | None = None, *, places: Places = ()
) -> Question | None:
    """The question these words ask of the roster; None where they are none: a report, a question for a person.

    `before`: the question answered last, which 其中二胎的呢, 那古陂的呢, 有几个 or 导出 follow up. `places`: the villages
    and townships the asker may ask about, by name; without them a name that lacks 村 and 镇 is guessed at.
    A coordinator's question is of no colour and no special group: it is of 重点随访 (requirements.md §4).
    """
    if role not in OFFICES:
        return None
    words = normalise(text[:LONGEST])
    folded = fold(words)
    if not folded:
        return None
    if before is not None and (followed := _follow_up(words, folded, today, before, places)) is not None:
        return for_role(followed, role)
    named = people(words, folded, (), role)
    whole = read_whole(folded, today, named, places)
    if whole is not None:
        return for_role(whole.question, role)
    question = _of_a_woman(text, today, role, places)
    if question is None and role != "coordinator" and not places:
        question = _with_a_bare_place(words, folded, today)
    return for_role(question, role) if question is not None else None


def for_role(question: Question, role: str) -> Question | None:
    """The question as this office may ask it; None where nothing of it may be asked there.

    For a coordinator every colour of 重点随访 and every special group is 重点随访, yellow is 高危, and nothing is counted
    by colour; what only green women are she may not ask, because it would tell who is none of the others.
    """
    if role not in OFFICES:
        return None
    if role != "coordinator":
        return question
    if question.colours == {"green"}:
        return None
    yellow = bool(question.colours) and not question.colours <= KEY
    watched = bool(question.special) or (not yellow and (bool(question.colours) or question.by == "colour"))
    return replace(
        question,
        colours=frozenset(),
        special=frozenset(),
        watched=question.watched or watched,
        high_risk=question.high_risk or yellow,
        by=None if question.by == "colour" else question.by,
        count=question.count or question.by == "colour",
    )


# ── one woman ───────────────────────────────────────────────────────────────────────────────────────────


def _of_a_woman(text: str, today: date, role: str, places: Places) -> Question | None:
    """查王芳, 王芳现在什么情况, 李梅几周了: who is meant, as the front door hears it."""
    heard = understand(text, today=today, speaker=role, villages=tuple(places))
    told = heard.fields
    if heard.intent != "roster_query" or heard.more:
        return None
    if not {"woman_name", "phone", "resident_id"} & told.keys():
        return None
    village = told.get("village")
    return Question(
        woman_name=told.get("woman_name"),
        phone=told.get("phone"),
        resident_id=told.get("resident_id"),
        places=(bare_place(village),) if village else (),
    )


# ── a village without 村 ────────────────────────────────────────────────────────────────────────────────

_KEEPERS: Final = ("管", "负责", "包保", "名下", "手上", "手里", "跟")


def _with_a_bare_place(words: str, folded: str, today: date) -> Question | None:
    """古陂高危没产检的: a name in front of what is asked, which is a village's rather than a woman's."""
    asked = read_asked(folded, today, people(words, folded, ()))
    names = [one for one in asked.phrases if one.kind == "name"]
    if asked.unread or asked.stray or len(names) != 1:
        return None
    run = folded[names[0].start : names[0].end]
    after = folded[names[0].end :]
    if len(run) > 3 or after.startswith(_KEEPERS) or (len(run) > 2 and is_name(run)):
        return None
    filters = sum(one.kind == "filter" for one in asked.phrases)
    sure = asked.has("list", "output") or ("的" in after and filters >= (2 if is_name(run) else 1))
    whole = read_whole(folded, today, (), (run,)) if sure else None
    return whole.question if whole is not None else None


# ── following up ────────────────────────────────────────────────────────────────────────────────────────

_PARTS: Final[tuple[tuple[str, ...], ...]] = (
    ("places",),
    ("stage",),
    ("colours",),
    ("high_risk",),
    ("watched",),
    ("overdue",),
    ("overdue_due",),
    ("postnatal_due", "visit_from", "visit_to"),
    ("due_from", "due_to"),
    ("reported_from", "reported_to"),
    ("weeks_from", "weeks_to"),
    ("age_from", "age_to"),
    ("para_from", "para_to"),
    ("booked",),
    ("migrant",),
    ("special",),
    ("lost",),
    ("moved_out",),
    ("unassigned",),
)
"""What a follow-up replaces together: 那12月的呢 the due date, 那35岁以下的呢 the age."""
_BLANK: Final = Question()
_ENDS: Final = " 。.？?！!，,~～"
_LEAD: Final = re.compile(r"那么|那(?![些个])|换成|换到|改成|改看|再看看?")
_SAME: Final = re.compile(r"具体|刚才|上面|这些|那些|她们")
_ANY: Final = re.compile(r"有(?:没有|没|吗)")
_HERS: Final = re.compile(r"的(?=呢|$)|的?(?:高危|孕妇)")
_TALK: Final = frozenset({"filler", "list", "output"})
_NOUNS: Final = ("名单", "花名册", "清单", "列表", "台账")


def _follow_up(words: str, folded: str, today: date, before: Question, places: Places) -> Question | None:
    """The question before, made narrower, of another part, or answered in another way."""
    lead = _LEAD.match(folded)
    skip = lead.end() if lead else 0
    spoken = " " * skip + words[skip:]
    plain = " " * skip + folded[skip:]
    asked = read_asked(plain, today, people(spoken, plain, ()), places)
    if asked.unread:
        return None
    asks_on = lead is not None or plain.rstrip(_ENDS).endswith("呢")
    narrows = asked.has("narrow")
    if all(one.kind in _TALK for one in asked.phrases):
        return _answered_otherwise(asked, before, on=asks_on or _SAME.search(folded) is not None)
    if not (asks_on or narrows):
        return None
    return _narrowed(asked, today, before, narrows=narrows)


def _answered_otherwise(asked: Asked, before: Question, *, on: bool) -> Question | None:
    """有几个, 都有谁, 导出, 图, 按村数: the same women, told otherwise. A bare 名单 asks anew."""
    new = asked.question
    said = [asked.text[one.start : one.end] for one in asked.phrases if one.kind in ("list", "output")]
    if not said or all(_ANY.fullmatch(one) for one in said):
        return None  # 还有吗 turns the page
    if not on and len(said) == 1 and said[0].endswith(_NOUNS) and not new.export:
        return None
    told = replace(before, export=new.export, chart=new.chart)
    if new.by is not None:
        told = replace(told, by=new.by)
    if new.count:
        return replace(told, count=True)
    if asked.listing and not (new.by or new.chart or new.export):
        return replace(told, count=False, by=None)
    if new.export and told.by is None:
        return replace(told, count=False)
    return told


def _narrowed(asked: Asked, today: date, before: Question, *, narrows: bool) -> Question | None:
    new = asked.question
    for one in asked.phrases:
        if one.kind != "name":
            continue
        name = asked.text[one.start : one.end]
        if "woman_name" in one.changes and not _HERS.match(asked.text, one.end):
            return replace(_BLANK, woman_name=one.changes["woman_name"], places=before.places)
        new = replace(new, places=(*new.places, name))
    if asked.stray is not None:
        new = _dated(new, asked, before)
    base = replace(before, export=False, chart=False)
    if before.woman_name or before.phone or before.resident_id:
        base = replace(_BLANK, places=before.places)
    values: dict[str, Any] = {}
    for part in _PARTS:
        if all(getattr(new, name) == getattr(_BLANK, name) for name in part):
            continue
        for name in part:
            values[name] = (
                _closer(name, getattr(base, name), getattr(new, name)) if narrows else getattr(new, name)
            )
    if not values and not asked.has("whole"):
        return None
    if asked.has("whole") and not narrows and not new.places:
        values["places"] = ()
    if new.postnatal_due and base.stage == "pregnant":
        values["stage"] = None
    told = replace(base, **values)
    told = replace(
        told, export=new.export, chart=new.chart, by=new.by or told.by, count=told.count or new.count
    )
    if asked.listing and not new.count and new.by is None:
        told = replace(told, count=False, by=None)
    return told


def _dated(new: Question, asked: Asked, before: Question) -> Question:
    """12月的呢: of what the days before were."""
    assert asked.stray is not None
    if before.reported_from or before.reported_to:
        first, last = asked.stray.days("past")
        return replace(new, reported_from=first, reported_to=last)
    first, last = asked.stray.days("future")
    if before.postnatal_due and not (before.due_from or before.due_to):
        return replace(new, postnatal_due=True, visit_from=first, visit_to=last)
    return replace(new, due_from=first, due_to=last)


def _closer(name: str, had: Any, new: Any) -> Any:
    """其中: within what there was, as far as it goes."""
    if name.endswith("_from") and had is not None and new is not None:
        return max(had, new)
    if name.endswith("_to") and had is not None and new is not None:
        return min(had, new)
    if name.endswith(("_from", "_to")):
        return new if new is not None else had
    return new


# ── not understood ──────────────────────────────────────────────────────────────────────────────────────

OFFERED: Final = 3
_USUAL: Final = (_BLANK, Question(high_risk=True), Question(overdue=True))


def nearest(
    text: str, today: date, role: str, *, places: Places = (), named: bool = False, masked: bool = False
) -> tuple[tuple[Sayable, Question], ...]:
    """The two or three questions nearest to words that were not understood, each with its label, to be offered.

    First what was understood of them, then its parts, then what is asked most. `named`, `masked`: as for `say`.
    """
    if role not in OFFICES:
        return ()
    words = normalise(text[:LONGEST])
    folded = fold(words)
    asked = read_asked(folded, today, people(words, folded, ()), places)
    found: list[Question] = []
    for question in (*_partly(asked), *_USUAL):
        allowed = for_role(question, role)
        if allowed is not None and allowed not in found:
            found.append(allowed)
    return tuple((say(one, named=named, masked=masked), one) for one in found[:OFFERED])


def _partly(asked: Asked) -> list[Question]:
    found: list[Question] = []
    whom = next((one.changes["woman_name"] for one in asked.phrases if "woman_name" in one.changes), None)
    if whom:
        found.append(Question(woman_name=whom))
    question = asked.question
    parts = [
        {name: getattr(question, name) for name in part}
        for part in _PARTS
        if any(getattr(question, name) != getattr(_BLANK, name) for name in part)
    ]
    if parts:
        found.append(question)
    if asked.stray is not None:
        (first, last), (since, until) = asked.stray.days("future"), asked.stray.days("past")
        found.append(replace(question, due_from=first, due_to=last))
        found.append(replace(question, reported_from=since, reported_to=until))
    if len(parts) > 1:
        found += [replace(_BLANK, **part) for part in parts]
    return found
