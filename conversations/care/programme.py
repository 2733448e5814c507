"""A county's programme: its rules as data, each value with its source.

A programme file is TOML: tables of values, and in each table where they come from,

    [clock.red_to_county]
    within = "24h"
    owner = "institution"
    source = "XF 四(三)3"          # a document declared under [document], and the place in it
    unverified = ["warn_before"]   # keys of this table taken from nowhere; `true`: all of them

A file `inherits` another and says only what differs: key by key, each keeping the source it came with.
`off = true` in a table takes away what was inherited. docs/programmes.md lists all tables.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass as plain_dataclass
from dataclasses import field
from dataclasses import fields as fields_of
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final, cast

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from conversations.care.contradictions import contradictions
from conversations.care.rules import (
    RULE,
    Advice,
    Ahead,
    CaseFile,
    Clock,
    Colour,
    DatingRule,
    Escalation,
    ExpertGroup,
    Factor,
    FlowRules,
    FollowUp,
    FollowUpEnds,
    Indicator,
    Ladder,
    ManagedHigher,
    Masking,
    Notices,
    Office,
    OfficeTitle,
    PassedOn,
    Periodic,
    Question,
    Quiet,
    Reminding,
    Responsible,
    ScreeningGroup,
    SpecialCare,
    SpecialGroup,
    Star,
    Summary,
    Tracing,
    Verification,
    Visit,
    Warnings,
)
from conversations.care.sheet import BadProgramme, Origin, Sheet

__all__ = [
    "PROGRAMMES",
    "BadProgramme",
    "Origin",
    "Programme",
    "Unverified",
    "install",
    "load",
    "parse",
    "programme",
    "read",
]


@plain_dataclass(frozen=True, slots=True)
class Unverified:
    """Values of one table that have no source: `path` such as "clock.red_to_county", and their `keys`."""

    path: str
    keys: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path}: {', '.join(self.keys)}"


@dataclass(frozen=True, kw_only=True, eq=False, config=RULE)
class Programme:
    """One programme, checked: its tables by the names they have in the file, and where each value is from.

    `documents`: what its sources stand for. `origins`: of every value, by path
    ("clock.red_to_county.within"). `table`: the merged table it was made from, for whoever inherits it.
    """

    name: str
    title: str
    inherits: str | None
    documents: Mapping[str, str]
    origins: Mapping[str, Origin] = field(repr=False)
    table: Mapping[str, Any] = field(repr=False)

    office: Mapping[Office, OfficeTitle]
    to_women: Mapping[Office, OfficeTitle]
    visit: Mapping[str, Visit]
    dating: DatingRule
    transfer: Ahead | None = None
    delivery_plan: Ahead | None = None
    reminding: Reminding
    tracing: Tracing
    care: Mapping[Colour, Advice]
    delivery: Mapping[Colour, Advice]
    case_file: CaseFile
    star: Star | None = None
    responsible: Responsible
    expert_group: ExpertGroup | None = None
    managed_higher: ManagedHigher | None = None
    factor: Mapping[str, Factor] = field(default_factory=dict)
    screening: Mapping[str, ScreeningGroup] = field(default_factory=dict)
    follow_up: Mapping[Colour, FollowUp]
    follow_up_ends: FollowUpEnds
    special: Mapping[SpecialGroup, SpecialCare]
    clock: Mapping[str, Clock]
    periodic: Mapping[str, Periodic] = field(default_factory=dict)
    warning: Warnings
    escalation: Escalation
    ladder: Mapping[Office, Ladder]
    verification: Verification
    quiet: Quiet
    summary: Summary
    masking: Mapping[str, Masking]
    indicator: Mapping[str, Indicator]
    passed_on: PassedOn | None = None
    notices: Notices | None = None
    flow: Mapping[str, FlowRules] = field(default_factory=dict)

    def source(self, path: str) -> str | None:
        """The source of a value, by its path; None: taken from nowhere."""
        return self.origins[path].source

    def unverified(self) -> tuple[Unverified, ...]:
        """All values taken from nowhere, table by table in the order of the file."""
        found: dict[str, list[str]] = {}
        for path, origin in self.origins.items():
            if origin.source is None:
                table, _, key = path.rpartition(".")
                found.setdefault(table, []).append(key)
        return tuple(Unverified(table, tuple(keys)) for table, keys in found.items())

    def called(self, office: Office) -> str:
        """What an office is called here: 孕管办, 社区卫生服务中心."""
        return self.office[office].called

    def title_of(self, place: str) -> str:
        """What fills the place of an office in a sentence (`conversations.text.TITLES`)."""
        if place == "doctor":
            return self.to_women["coordinator"].called
        if place == "clinic":
            return self.to_women["township"].called
        name, _, there = place.partition("_")
        office = self.office[cast(Office, name)]
        return (there and office.there) or office.said or office.called

    def masked(self, channel: str) -> Masking:
        """What a channel may not carry; one nobody wrote of carries nothing."""
        return self.masking.get(channel, Masking(people=True, diagnoses=True, files=True))

    def questions(self, flow: str) -> tuple[Question, ...]:
        """The questions this programme adds to a flow."""
        return self.flow[flow].extra if flow in self.flow else ()


# ── reading a file ──────────────────────────────────────────────────────────────────────────────────────

NATIONAL: Final = "national"

_ABOUT = ("title", "inherits", "document")
_SECTIONS: Final[Mapping[str, bool]] = {
    one.name: not str(one.type).startswith("Mapping")
    for one in fields_of(Programme)
    if one.name not in ("name", "title", "inherits", "documents", "origins", "table")
}
"""The tables of a file; True: one rule, not a table of rules."""
_SHAPE: Final[TypeAdapter[Programme]] = TypeAdapter(Programme)
_NAME = re.compile(r"[a-z0-9_-]{1,32}")


def parse(
    name: str,
    table: Mapping[str, Any],
    known: Mapping[str, Programme] = MappingProxyType({}),
    *,
    file: str = "",
) -> Programme:
    """The programme of a TOML table; what it inherits is found in `known`. A fault raises `BadProgramme`."""
    file = file or f"{name}.toml"
    if _NAME.fullmatch(name) is None:
        raise BadProgramme(file, "", "the name of a programme is 1 to 32 of a-z, 0-9, _ and -")
    parent = _parent(table, known, file)
    documents = {**(parent.documents if parent else {}), **_documents(table, file)}
    sheet = Sheet(
        file, documents, _SECTIONS, parent.table if parent else {}, parent.origins if parent else {}
    )
    for section, content in table.items():
        if section not in _ABOUT:
            sheet.add(section, content)
    title = table.get("title", parent.title if parent else None)
    if not isinstance(title, str) or not title:
        raise BadProgramme(file, "title", "is missing: what this programme is called")
    about = {
        "name": name,
        "title": title,
        "inherits": parent.name if parent else None,
        "documents": documents,
        "origins": sheet.origins,
        "table": sheet.merged,
    }
    try:
        programme = _SHAPE.validate_python(sheet.values() | about)
    except ValidationError as wrong:
        raise sheet.fault(wrong) from None
    for key, reason in contradictions(programme):
        raise BadProgramme(file, key, reason)  # what it inherits stood by itself, so it is this file's fault
    return programme


def _parent(table: Mapping[str, Any], known: Mapping[str, Programme], file: str) -> Programme | None:
    name = table.get("inherits")
    if name is None:
        return None
    if name not in known:
        there = ", ".join(sorted(known)) or "none"
        raise BadProgramme(file, "inherits", f"there is no programme {name!r}; there are: {there}")
    return known[name]


def _documents(table: Mapping[str, Any], file: str) -> dict[str, str]:
    documents = table.get("document", {})
    if not isinstance(documents, dict) or not all(isinstance(title, str) for title in documents.values()):
        raise BadProgramme(file, "document", 'is a table of codes and titles, such as XF = "信丰县…"')
    return documents


# ── the programmes there are ────────────────────────────────────────────────────────────────────────────


def load(texts: Mapping[str, str], known: Mapping[str, Programme] | None = None) -> dict[str, Programme]:
    """The programmes of these files (name without `.toml` -> text), parents before those who inherit."""
    tables: dict[str, dict[str, Any]] = {}
    for name, text in texts.items():
        try:
            tables[name] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as wrong:
            raise BadProgramme(f"{name}.toml", "", f"is not TOML: {wrong}") from None
    done: dict[str, Programme] = dict(known or {})
    waiting = dict(tables)
    while waiting:
        ready = [name for name, table in waiting.items() if table.get("inherits") not in waiting]
        for name in ready or list(waiting)[:1]:  # a circle is told as an unknown parent
            done[name] = parse(name, waiting.pop(name), {n: p for n, p in done.items() if n != name})
    return {name: done[name] for name in tables}


def read(directory: Traversable) -> dict[str, str]:
    """The texts of all programme files in a directory (a `pathlib.Path` will do)."""
    found = sorted(
        (one for one in directory.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name
    )
    return {one.name.removesuffix(".toml"): one.read_text("utf-8") for one in found}


_programmes: dict[str, Programme] = load(read(files("conversations.care").joinpath("programmes")))
PROGRAMMES: Final[Mapping[str, Programme]] = MappingProxyType(_programmes)
"""All programmes by name: ours, and those a county installed."""


def install(texts: Mapping[str, str]) -> None:
    """Add or replace programmes, all or none: `install(read(Path("/etc/yunguan/programmes")))` at the start."""
    _programmes.update(load(texts, _programmes))


def programme(name: str) -> Programme:
    """The programme of this name; the national one for a name that is not known."""
    return PROGRAMMES.get(name) or PROGRAMMES[NATIONAL]
