"""A text read as a question, from left to right, at each place the longest phrase."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from conversations.asking.question import Question

from ..people import Person
from .keepers import keeper_at
from .phrases import ANCHORS, RULES, Anchor, Changes, Kind, Phrase
from .places import LEADS, PLACE, bare_place, known_place, unknown_run
from .when import SOON, Days, Stretch, stretches

LONGEST: Final = 60
"""Characters of a question; what is longer tells something."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A text read as a question. `question`: all filters found. `unread`: what no phrase covers.

    `stray`: days of which nobody said what is to happen then. `listing`: those meant are to be named (都有谁).
    """

    text: str
    question: Question
    phrases: tuple[Phrase, ...]
    unread: tuple[str, ...]
    stray: Stretch | None = None
    listing: bool = False

    def has(self, *kinds: Kind) -> bool:
        """Whether a phrase of one of these kinds is in it."""
        return any(one.kind in kinds for one in self.phrases)

    def places_counted(self, *others: int) -> bool:
        """Whether 三个村 stands beside the names of three, or beside as many as `others` allow: else some were missed."""
        counts = [one.changes["n"] for one in self.phrases if one.kind == "several"]
        return all(count in (len(self.question.places), *others) for count in counts)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────


def read_whole(
    folded: str, today: date, people: Iterable[Person] = (), places: Collection[str] = ()
) -> Asked | None:
    """A folded text that is a question to the roster and nothing else, of no woman by name; None where it is not."""
    asked = _read(folded, today, people, places, whole=True) if len(folded) <= LONGEST else None
    return asked if asked is not None and _is_complete(asked) else None


def read_asked(
    folded: str, today: date, people: Iterable[Person] = (), places: Collection[str] = ()
) -> Asked:
    """All that a folded text asks for. `people`: who is named in it; `places`: the places known to the asker."""
    asked = _read(folded, today, people, places, whole=False)
    assert asked is not None
    return asked


def _read(
    folded: str, today: date, people: Iterable[Person], places: Collection[str], *, whole: bool
) -> Asked | None:
    text = folded[:LONGEST]
    known = sorted(places, key=len, reverse=True)
    days: dict[int, Stretch] = {}
    for one in stretches(text, today):
        if one.start not in days or days[one.start].end < one.end:
            days[one.start] = one
    named = {person.start: person for person in people if person.role in {"woman", "mother"}}
    phrases: list[Phrase] = []
    unread: list[str] = []
    at = 0
    while at < len(text):
        best = _at(text, at, days.get(at), known, named.get(at))
        if best is None:
            run = unknown_run(text, at) if not places else None
            if run is not None:
                best = Phrase(at, at + len(run), "name", {"place": run})
        if best is not None and best.kind == "narrow" and any(one.kind in _WITHIN for one in phrases):
            best = replace(best, kind="filler")  # 黄色的里头: of those just named in it
        if whole and (best is None or best.kind in ("name", "narrow") or "" in best.changes):
            return None
        if best is None:
            unread.append(text[at])
            at += 1
            continue
        if "" in best.changes:
            unread.append(text[best.start : best.end])
        else:
            phrases.append(best)
        at = best.end
    if len(folded) > LONGEST:
        unread.append(folded[LONGEST:])
    return _assembled(text, phrases, unread, today)


def _at(
    text: str, at: int, stretch: Stretch | None, places: list[str], person: Person | None
) -> Phrase | None:
    """The longest phrase that begins at `at`; of equally long ones the first of the table."""
    if place := known_place(text, at, places):
        return Phrase(at, place[0], "place", {"places": (place[1],)})
    if keeper := keeper_at(text, at):
        return Phrase(at, keeper[0], "filter", keeper[1])
    best: Phrase | None = None
    for kind, pattern, changes in RULES:
        match = pattern.match(text, at)
        if match and match.end() > (best.end if best else at):
            best = Phrase(at, match.end(), kind, changes(match) if callable(changes) else changes)
    for pattern, anchor, soon in ANCHORS:
        match = pattern.match(text, at)
        if match and match.end() > (best.end if best else at):
            best = Phrase(at, match.end(), "anchor", {"soon": True} if soon else {}, anchor)
    if stretch and stretch.end > (best.end if best else at):
        best = Phrase(at, stretch.end, "stretch", {}, None, stretch)
    if best is not None and (best.kind not in ("filler", "narrow") or best.end - at > 3):
        return best
    if (
        (place_match := PLACE.match(text, at))
        and not (text[at] in LEADS and len(place_match["name"]) > 2)
        and not (best and best.end - at > 1 and PLACE.match(text, best.end))
        and not (best and best.end - at >= 2)
    ):
        return Phrase(at, place_match.end(), "place", {"places": (bare_place(place_match[0]),)})
    if person is not None and person.end > (best.end if best else at):
        return Phrase(at, person.end, "name", {"woman_name": person.name})
    return best


_WITHIN: Final = frozenset({"filter", "weak", "place", "whole"})
_SAME_TEXT_UNITES: Final = frozenset({"colours", "special"})


def _assembled(text: str, phrases: list[Phrase], unread: list[str], today: date) -> Asked:
    question = Question()
    for one in phrases:
        if one.kind in ("filter", "weak", "faint", "output", "place"):
            question = _with(question, one.changes)
    question, stray = _dated(question, phrases, text, today)
    if (question.postnatal_due or question.ended) and question.stage is not None:
        question = replace(question, stage=None)
    listing = any(one.kind == "list" for one in phrases)
    return Asked(text, question, tuple(phrases), tuple(unread), stray, listing)


def _with(question: Question, changes: Changes) -> Question:
    """The question with further filters of the same text."""
    values: dict[str, Any] = {}
    for name, value in changes.items():
        had = getattr(question, name)
        if name in _SAME_TEXT_UNITES:
            value = had | value
        elif name == "places":
            value = (*had, *(place for place in value if place not in had))
        elif name in ("para_from", "para_to") or value is None:
            continue
        elif had is not None and name.endswith("_from"):
            value = max(had, value)
        elif had is not None and name.endswith("_to"):
            value = min(had, value)
        values[name] = value
    if "para_from" in changes:
        low, high = changes["para_from"], changes["para_to"]
        if question.para_from is not None:  # 二胎三胎: either
            low = min(low, question.para_from)
            high = None if high is None or question.para_to is None else max(high, question.para_to)
        values |= {"para_from": low, "para_to": high}
    return replace(question, **values)


def _dated(
    question: Question, phrases: list[Phrase], text: str, today: date
) -> tuple[Question, Stretch | None]:
    """The question with its days: each stretch belongs to the nearest word that says of what it is."""
    anchors = [(one, of) for one in phrases if (of := one.anchor or _anchor(one, text)) is not None]
    free = list(anchors)
    values: dict[str, Any] = {}
    stray: Stretch | None = None
    for one in phrases:
        if one.stretch is None:
            continue
        near = min(
            free,
            key=lambda pair: (
                pair[0].start - one.end if pair[0].start >= one.end else one.start - pair[0].end + 0.5
            ),
            default=None,
        )
        if near is None:
            stray = one.stretch
            continue
        free.remove(near)
        phrase, of = near
        said = text[phrase.start : phrase.end]
        if of == "due" and said in ("生", "分娩") and _is_past(one.stretch, today):
            of = "ended"  # 上个月生的 asks for births, not for due dates
            values["ended"] = "birth"
        elif of == "ended":
            values.setdefault("ended", phrase.changes.get("ended", "birth"))  # 上个月生了的
        elif said in _BARE_VISITS and _is_over(one.stretch, today):
            values |= {"seen": _BARE_VISITS[said], "postnatal_due": False, "check_due": False, "visit": None}
            of = "seen"  # 上个月产检的 were
        days: Days = one.stretch.days("past" if of in _PAST else "future")
        values |= {f"{of}_from": days[0], f"{of}_to": days[1]}
    for phrase, of in free if question.by != "month" else ():
        if of in ("ended", "seen") and phrase.changes.get(of):
            first = today.replace(day=1)
            values.setdefault(f"{of}_from", first)
            values.setdefault(f"{of}_to", (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
        if of == "due" and (phrase.changes.get("soon") or text[phrase.start : phrase.end][-1:] in "生了娩"):
            if text[phrase.start : phrase.end] not in ("生", "分娩"):
                values.setdefault("due_from", today)
                values.setdefault("due_to", today + timedelta(days=SOON))
        elif of == "reported":
            first = today.replace(day=1)
            values.setdefault("reported_from", first)
            values.setdefault("reported_to", (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    return replace(question, **values), stray


_PAST: Final = frozenset({"reported", "ended", "seen"})
_BARE_VISITS: Final = {
    "产检": "antenatal",
    "孕检": "antenatal",
    "产前检查": "antenatal",
    "产后访视": "home",
    "访视": "home",
    "产后随访": "home",
    "产后家访": "home",
    "42天检查": "day42",
    "产后42天检查": "day42",
}
"""Said without 该 or 过 they are those to come, unless the days are over."""
_BORN: Final = re.compile(r"[生娩]")


def _anchor(one: Phrase, text: str) -> Anchor | None:
    """What days beside this phrase are of; None: of nothing."""
    if one.changes.get("postnatal_due"):
        return "visit"
    if one.changes.get("check_due"):
        return "check"
    if one.changes.get("seen"):
        return "seen"
    born = one.changes.get("stage") == "postnatal" and _BORN.search(text, one.start, one.end)
    return "ended" if one.changes.get("ended") or born else None


def _is_over(stretch: Stretch, today: date) -> bool:
    """Whether days named outright lie behind us."""
    last = stretch.ahead[1]
    return last is not None and last < today


def _is_past(stretch: Stretch, today: date) -> bool:
    """Whether days beside a bare 生的 are those behind us: they have begun, or the last such are much nearer than the next
    (10月, asked in November)."""
    first, last = stretch.ahead[0], stretch.back[1]
    if first is None or first <= today:
        return True
    return last is not None and last < today and first - today > today - last


# ── whether it is a question ────────────────────────────────────────────────────────────────────────────

_ANY = re.compile(r"有(?:没有|没|吗)|[^几]*好多[^几]*")


def _happened(one: Phrase, text: str) -> bool:
    """Whether it says that something was done, and does not ask whose it was."""
    telling = one.changes.get("ended") or one.changes.get("seen")
    return (
        bool(telling)
        and text[one.start : one.end].endswith(("了", "过", "完"))
        and text[one.end : one.end + 1] != "的"
    )


_MARKED = re.compile(r"的|[?？]|吗|呢")
_HAPPENED = re.compile(r"了(?!的)")


def _is_complete(asked: Asked) -> bool:
    """Whether the whole text is one question to the roster, of no woman by name.

    A report in the same words is none: it names a woman (李梅高危), says that something happened (高危了), or is
    denied or explained in words no phrase covers (不是高危的, 高危妊娠能坐飞机吗).
    """
    if asked.unread or asked.stray or asked.has("name", "narrow") or not asked.places_counted():
        return False
    asks = [asked.text[one.start : one.end] for one in asked.phrases if one.kind in ("list", "output")]
    if any(not _ANY.fullmatch(one) for one in asks) or (asks and asked.has("filter", "weak", "faint")):
        return True
    if any(_HAPPENED.search(asked.text, one.start, one.end) for one in asked.phrases if one.kind == "filler"):
        return False
    if not asks and any(one.kind == "faint" and one.changes.get("stage") for one in asked.phrases):
        return False  # 那个高危的还没生 answers what was asked of one woman
    if not asks and any(_happened(one, asked.text) for one in asked.phrases):
        return False  # 上个月生了 tells
    question = asked.question
    dated = question.due_from or question.due_to or question.reported_from
    dated = dated or (question.ended_from if asked.has("stretch") else None)
    if dated or asked.has("filter", "place"):
        return True
    return asked.has("weak") and _MARKED.search(asked.text) is not None
