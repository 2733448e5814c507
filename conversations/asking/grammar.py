"""Reading a question to the roster, as a colleague asks it: 古陂村高危没产检的有几个; 其中二胎的呢; 导出.

The words themselves are read in `conversations.understanding.asked`; here is decided whether they are a question of the
roster at all, whom a name means, what may be asked in this office, and how a question follows up the one before.
docs/roster-questions.md describes the language.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from conversations.asking.answering import as_may_ask
from conversations.asking.plain import say
from conversations.asking.question import Question
from conversations.text import Sayable
from conversations.understanding import understand
from conversations.understanding.asked import Asked, bare_place, read_asked, read_whole
from conversations.understanding.asked.when import Stretch, month
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

    A coordinator asks as somebody who sees no colours (`as_may_ask`). What only green women are she may not ask, because it
    would tell who is none of the others.
    """
    if role not in OFFICES:
        return None
    if role == "coordinator" and question.colours == {"green"}:
        return None
    return as_may_ask(question, sees=role != "coordinator")


# ── one woman ───────────────────────────────────────────────────────────────────────────────────────────


_OF_MANY: Final = re.compile(
    r"的(?:孕产?妇|产妇|大肚子)|^(?:包保|责任|负责)人|(?:名单|花名册|台账|有多少(?:个|人|位)?|有(?:好几|几)个|有哪些(?:人)?|哪些人)[\s呀啊呢的?？。]*$"
)
"""Asks of many: what stands before it is no woman's name, but a word mistyped or a village."""


def _of_a_woman(text: str, today: date, role: str, places: Places) -> Question | None:
    """查王芳, 王芳现在什么情况, 李梅几周了: who is meant, as the front door hears it."""
    heard = understand(text, today=today, speaker=role, villages=tuple(places))
    told = heard.fields
    if _OF_MANY.search(text):
        return None
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

_SEVERAL: Final = re.compile(
    r"(?P<names>[\u4e00-\u9fff]{2,3}?(?:\s*(?:[、,，/\s]|和|跟|与|及|以及)\s*[\u4e00-\u9fff]{2,3}?){1,8})(?=[这那]?[两二三四五六七八九十]个(?:自然|行政)?(?:村|乡镇|镇|乡|社区|街道))"
)
_BETWEEN: Final = re.compile(r"\s*(?:[、,，/\s]|以及|和|跟|与|及)\s*")
_SEND: Final = re.compile(r"发(?:来|过来|一?份|一下|个)?(?:给)?我")
_KEEPERS: Final = ("管", "负责", "包保", "名下", "手上", "手里", "跟")


def _with_a_bare_place(words: str, folded: str, today: date) -> Question | None:
    """古陂高危没产检的: a name in front of what is asked, which is a village's rather than a woman's; 太平、坪石两个村: as
    many as are counted."""
    if listed := _SEVERAL.search(folded):
        runs = tuple(_BETWEEN.split(listed["names"]))
        whole = read_whole(folded, today, (), runs)
        return whole.question if whole is not None and whole.has("several") else None
    asked = read_asked(folded, today, people(words, folded, ()))
    names = [one for one in asked.phrases if one.kind == "name"]
    if asked.unread or asked.stray or not names:
        return None
    runs = tuple(folded[one.start : one.end] for one in names)
    if any(not _BETWEEN.fullmatch(folded, one.end, two.start) for one, two in pairwise(names)):
        return None
    after = folded[names[-1].end :]
    if (
        after.startswith(_KEEPERS)
        or any(run in _KEEPERS for run in runs)
        or any(len(run) > 3 or (len(run) > 2 and is_name(run)) for run in runs)
    ):
        return None
    if len(runs) > 1 and all(is_name(run) for run in runs):
        return None  # 李梅、王芳的名单 may be of two women
    filters = sum(one.kind == "filter" for one in asked.phrases)
    named = any(is_name(run) for run in runs)
    sent = _SEND.search(after) is not None and asked.has("filter", "weak")
    sure = asked.has("list", "output") or ("的" in after and (sent or filters >= (2 if named else 1)))
    whole = read_whole(folded, today, (), runs) if sure else None
    return whole.question if whole is not None else None


# ── following up ────────────────────────────────────────────────────────────────────────────────────────

_PARTS: Final[tuple[tuple[str, ...], ...]] = (
    ("places",),
    ("stage",),
    ("colours",),
    ("high_risk",),
    ("watched",),
    ("overdue",),
    ("unseen",),
    ("overdue_due",),
    ("postnatal_due", "visit", "visit_from", "visit_to"),
    ("check_due", "check_from", "check_to"),
    ("ended", "ended_from", "ended_to"),
    ("seen", "seen_from", "seen_to"),
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
    ("responsible", "by_name"),
)
"""What a follow-up replaces together: 那12月的呢 the due date, 那35岁以下的呢 the age."""
_BLANK: Final = Question()
_ENDS: Final = " 。.？?！!，,~～"
_LEAD: Final = re.compile(r"那么|那(?![些个]|几[个位名])|换成|换到|改成|改看|再看看?")
_SAME: Final = re.compile(r"具体|刚才|上面|这些|那些|[这那]几[个位名]|她们")
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
    if asked.unread or not asked.places_counted(len(before.places)):
        return None
    asks_on = lead is not None or plain.rstrip(_ENDS).endswith("呢")
    narrows = asked.has("narrow")
    if all(one.kind in _TALK for one in asked.phrases) and not _narrows(asked.question):
        return _answered_otherwise(asked, before, on=asks_on or _SAME.search(folded) is not None)
    if not (asks_on or narrows or _other_days(asked, before)):
        return None
    return _narrowed(asked, today, before, narrows=narrows)


def _other_days(asked: Asked, before: Question) -> bool:
    """1月的, 下下个月的有谁: days and nothing else, after a question about days."""
    return (
        asked.stray is not None
        and "的" in asked.text
        and _days_of(before) != (None, None)
        and all(one.kind in _TALK or one.stretch is not None for one in asked.phrases)
    )


def _narrows(question: Question) -> bool:
    """Whether it says itself who is meant: 红橙各几个 counts, and names the colours."""
    return any(getattr(question, name) != getattr(_BLANK, name) for part in _PARTS for name in part)


def _answered_otherwise(asked: Asked, before: Question, *, on: bool) -> Question | None:
    """有几个, 都有谁, 导出, 图, 按村数: the same women, told otherwise. A bare 名单 asks anew."""
    new = asked.question
    said = [asked.text[one.start : one.end] for one in asked.phrases if one.kind in ("list", "output")]
    if not said and _SEND.search(asked.text):
        return replace(before, count=False, by=None, export=False, chart=False)
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
        stretch = _moved_on(asked.stray, before, today)
        if stretch is None:
            return None
        new = _dated(new, stretch, before)
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


def _dated(new: Question, stretch: Stretch, before: Question) -> Question:
    """12月的呢: of what the days before were."""
    first, last = stretch.days("past")
    if before.reported_from or before.reported_to:
        return replace(new, reported_from=first, reported_to=last)
    if before.ended is not None:
        return replace(new, ended=before.ended, ended_from=first, ended_to=last)
    if before.seen is not None:
        return replace(new, seen=before.seen, seen_from=first, seen_to=last)
    first, last = stretch.days("future")
    if before.postnatal_due and not (before.due_from or before.due_to):
        return replace(new, postnatal_due=True, visit=before.visit, visit_from=first, visit_to=last)
    if before.check_due and not (before.due_from or before.due_to):
        return replace(new, check_due=True, check_from=first, check_to=last)
    return replace(new, due_from=first, due_to=last)


def _moved_on(stretch: Stretch, before: Question, today: date) -> Stretch | None:
    """再下个月呢, 上个月呢: which month (or week) is meant after a question about one; None where it may be two.

    Seen from today or from the one spoken of: where both are the same it is that one; where seen from today it would be
    what was just answered, or where 再 says so, it is the next one on. The same days are never answered twice.
    """
    first, last = _days_of(before)
    if stretch.unit is None or stretch.step == 0 or first is None or last is None:
        return stretch
    held = _units(stretch, first, last, today)
    if held is None:
        return None if stretch.ahead == (first, last) else stretch
    begins, ends = held
    side = 1 if stretch.step > 0 else -1
    edge = ends if side > 0 else begins
    if stretch.again:
        return _unit(stretch, edge + side, today) if edge * side > 0 else None
    if abs(stretch.step) > 1:
        return stretch if (begins, ends) != (stretch.step,) * 2 else None
    if edge in (0, side):
        return _unit(stretch, edge + side, today)
    return None


def _days_of(before: Question) -> tuple[date | None, date | None]:
    if before.reported_from or before.reported_to:
        return before.reported_from, before.reported_to
    if before.ended is not None:
        return before.ended_from, before.ended_to
    if before.seen is not None:
        return before.seen_from, before.seen_to
    if before.check_due and not (before.due_from or before.due_to):
        return before.check_from, before.check_to
    if before.postnatal_due and not (before.due_from or before.due_to):
        return before.visit_from, before.visit_to
    return before.due_from, before.due_to


def _units(stretch: Stretch, first: date, last: date, today: date) -> tuple[int, int] | None:
    """The first and the last month (week) of whole ones, counted from this one."""
    if stretch.unit == "month":
        if first.day != 1 or (last + timedelta(days=1)).day != 1:
            return None
        this = today.year * 12 + today.month
        return first.year * 12 + first.month - this, last.year * 12 + last.month - this
    if first.weekday() or last.weekday() != 6:
        return None
    monday = today - timedelta(days=today.weekday())
    return (first - monday).days // 7, (last - monday).days // 7


def _unit(stretch: Stretch, away: int, today: date) -> Stretch:
    """The month or week so many on from this one, said where `stretch` is."""
    if stretch.unit == "month":
        days = month(today.year * 12 + today.month - 1 + away)
    else:
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=away)
        days = monday, monday + timedelta(days=6)
    return replace(stretch, ahead=days, back=days, step=away)


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
    if whom and not _OF_MANY.search(asked.text):
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
