"""What a county's operator does at the command line: load the organisation, let its first officer in."""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot import audit
from bot.offices import Offices
from bot.refusals import CommandRefused
from bot.wording import render
from bot.writing import Writer
from conversations.flows.staff import CODE_HOURS
from conversations.message import Notice
from conversations.text import T
from storage.bulk import insert_many
from storage.database import Database
from storage.ids import id_source
from storage.models import Invitation, Outgoing, Place, Post, Staff
from storage.organisation import TOLD, Organisation, load_organisation, save_places
from storage.transaction import Transaction

PARENTS: Mapping[str, tuple[str, ...]] = {
    "county": (),
    "township": ("county",),
    "village": ("township",),
    "institution": ("county", "township"),
}
"""Inside which kind of place each kind lies."""

WORKPLACE: Mapping[str, str] = {
    "county": "county",
    "township": "township",
    "institution": "institution",
    "coordinator": "village",
}
"""At which kind of place each office is held."""


class NotPossible(CommandRefused):
    """What the operator asked for cannot be done; the message says why, and what to do."""


class _Entry(BaseModel):
    """One `[[place]]` of an organisation file."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    id: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$")
    kind: Literal["county", "township", "village", "institution"]
    name: str = Field(min_length=1, max_length=60, pattern=r"^\S(.*\S)?$")
    parent: str | None = None
    programme: str | None = Field(default=None, pattern=r"^[a-z0-9_-]{1,32}$")
    phone: str | None = Field(default=None, pattern=r"^[0-9][0-9-]{1,18}[0-9]$")
    """The office's own number, named to whoever tells of a danger sign."""
    level: Literal[1, 2, 3] | None = None
    """Of a hospital, as it is accredited: 一级, 二级, 三级."""
    midwifery: bool | None = None
    """Of an institution, or of a township's own: whether deliveries are permitted there (助产技术)."""
    sector: str | None = Field(default=None, min_length=1, max_length=60, pattern=r"^\S(.*\S)?$")
    """Of a township: the part of the county (片区) it belongs to."""


# ── places ──────────────────────────────────────────────────────────────────────────────────────────────


async def load_file(database: Database, path: Path) -> str:
    """Add and change places as the file says (`[[place]]` in TOML, or JSON of the same shape); what is not in
    the file stays. All of it or nothing: raises `NotPossible` with a line for each mistake."""
    entries = _parsed(path)
    async with database.transaction() as tx:
        await tx.lock(["organisation"])
        known = (await load_organisation(tx)).places
        if mistakes := _mistakes(entries, known):
            raise NotPossible("\n".join(f"{path}: {mistake}" for mistake in mistakes))
        places = _parents_first(entries)
        new = [place for place in places if place.id not in known]
        changed = [place for place in places if place.id in known and _differs(place, known[place.id])]
        if new or changed:
            await save_places(tx, [*new, *changed])
    same = len(places) - len(new) - len(changed)
    return f"{len(new)} places added, {len(changed)} changed, {same} as they were"


async def place_lines(database: Database) -> list[str]:
    """All places, one a line: id, kind, name; indented as they lie in each other."""
    organisation = await load_organisation(database.reading)
    tops = [place for place in organisation.places.values() if place.parent_id is None]
    return [
        f"{'  ' * depth}{place.id}  {place.kind}  {place.name}"
        for top in sorted(tops, key=lambda place: place.id)
        for place, depth in _with_depth(organisation, top)
    ]


def _with_depth(organisation: Organisation, top: Place) -> Iterable[tuple[Place, int]]:
    return [(place, len(organisation.path(place.id)) - 1) for place in (top, *organisation.below(top.id))]


def _parsed(path: Path) -> list[_Entry]:
    try:
        text = path.read_text(encoding="utf-8")
        told: Any = orjson.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise NotPossible(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NotPossible(f"{path}: not UTF-8; save it as UTF-8") from None
    except (orjson.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise NotPossible(f"{path}: {error}") from None
    rows = told.get("place") if isinstance(told, dict) else told
    if not isinstance(rows, list) or not rows or (isinstance(told, dict) and len(told) > 1):
        raise NotPossible(f"{path}: must hold [[place]] tables and nothing else; see docs/configuration.md")
    entries: list[_Entry] = []
    mistakes: list[str] = []
    for number, row in enumerate(rows, 1):
        try:
            entries.append(_Entry.model_validate(row))
        except ValidationError as error:
            mistakes += [_mistake(number, row, one) for one in error.errors()]
    if mistakes:
        raise NotPossible("\n".join(f"{path}: {mistake}" for mistake in mistakes))
    return entries


def _mistake(number: int, row: Any, error: Any) -> str:
    key = ".".join(str(part) for part in error["loc"])
    value = row.get(key) if isinstance(row, dict) else None
    return f"place {number}: {key}{'' if value is None else f' = {value!r}'}: {error['msg']}"


def _mistakes(entries: list[_Entry], known: Mapping[str, Place]) -> list[str]:
    """What the shape of single entries does not tell."""
    kinds = {place.id: place.kind for place in known.values()} | {entry.id: entry.kind for entry in entries}
    names = {place.id: (place.parent_id, place.name) for place in known.values()}
    names |= {entry.id: (entry.parent, entry.name) for entry in entries}
    mistakes = []
    seen: set[str] = set()
    for number, entry in enumerate(entries, 1):
        at = f"place {number} ({entry.id})"
        if entry.id in seen:
            mistakes.append(f"{at}: is in the file twice")
        seen.add(entry.id)
        if entry.id in known and known[entry.id].kind != entry.kind:
            mistakes.append(f"{at}: is a {known[entry.id].kind} already; a place keeps its kind")
        if entry.kind == "county" and entry.parent is not None:
            mistakes.append(f"{at}: parent = {entry.parent!r}: a county lies in no other place; remove it")
        elif entry.kind != "county" and entry.parent not in kinds:
            told = "missing" if entry.parent is None else f"{entry.parent!r}: there is no such place"
            mistakes.append(f"{at}: parent = {told}; name the place it lies in")
        elif entry.parent is not None and kinds[entry.parent] not in PARENTS[entry.kind]:
            mistakes.append(
                f"{at}: parent = {entry.parent!r}: a {kinds[entry.parent]}; "
                f"a {entry.kind} lies in a {' or a '.join(PARENTS[entry.kind])}"
            )
        if entry.midwifery is not None and entry.kind not in ("institution", "township"):
            mistakes.append(
                f"{at}: midwifery: said of an institution or a township, not of a {entry.kind}; remove it"
            )
        if entry.sector is not None and entry.kind != "township":
            mistakes.append(
                f"{at}: sector = {entry.sector!r}: said of a township, not of a {entry.kind}; remove it"
            )
        twins = [other for other, name in names.items() if other != entry.id and name == names[entry.id]]
        if twins:
            mistakes.append(f"{at}: {entry.name} is also the name of {twins[0]}, in the same place")
    return mistakes


def _parents_first(entries: list[_Entry]) -> list[Place]:
    order = ("county", "township", "village", "institution")
    return [
        Place(
            id=one.id,
            parent_id=one.parent,
            kind=one.kind,
            name=one.name,
            programme=one.programme,
            phone=one.phone,
            level=one.level,
            midwifery=one.midwifery,
            sector=one.sector,
        )
        for one in sorted(entries, key=lambda entry: order.index(entry.kind))
    ]


def _differs(place: Place, known: Place) -> bool:
    return any(getattr(place, name) != getattr(known, name) for name in TOLD)


# ── the first officer ───────────────────────────────────────────────────────────────────────────────────


async def first_code(
    database: Database, role: str, place_id: str, phone: str, now: datetime, sector: str | None = None
) -> str:
    """A staff code that no officer gives: for the first of a county. Single use, 72 hours, bound to the
    phone; only its keyed hash is kept, so this line is the only place where it can be read. `sector`: the part of
    the county (片区) its officer answers for from then on, in place of whoever did; one who has joined needs no code."""
    organisation = await load_organisation(database.reading)
    place = organisation.places.get(place_id)
    if place is None:
        raise NotPossible(f"--place {place_id}: there is no such place; `yunguan invite --places` lists them")
    if place.kind != WORKPLACE.get(role):
        raise NotPossible(
            f"--place {place_id}: a {place.kind}; the office of {role} is held at a {WORKPLACE.get(role)}"
        )
    sectors = {one.sector for one in organisation.below(place_id) if one.sector}
    if sector is not None and (role != "county" or sector not in sectors):
        there = "、".join(sorted(sectors)) or "none; write `sector` to the townships in the organisation file"
        raise NotPossible(
            f"--sector {sector}: a county's officer answers for one of its sectors; there are: {there}"
        )
    number = re.sub(r"[\s-]", "", phone)
    if not re.fullmatch(r"1[3-9]\d{9}", number):
        raise NotPossible(f"--phone: not a mobile number of 11 digits ({len(number)} given)")
    if sector is not None and await _held_by(database, place_id, number, sector, now):
        return f"{sector}: held by the officer with the phone ending {number[-4:]} from now on; she needs no code"
    code = f"{secrets.randbelow(10**8):08d}"
    invitation = Invitation(
        id=id_source(lambda: now, os.urandom)(),
        code_index=database.keyring.blind("code", code),
        role=role,
        place_id=place_id,
        phone=number,
        state="open",
        created_at=now,
        expires_at=now + timedelta(hours=CODE_HOURS),
        sector=sector,
    )
    async with database.transaction() as tx:
        await invitation.save(using_db=tx, force_create=True)
        audit.by_operator(tx, "staff.invite", now, record=invitation.id)
    return (
        f"code {code[:4]} {code[4:]}  (for {role} at {place.name}, phone ending {number[-4:]}; "
        f"single use, {CODE_HOURS} hours; confirm with `yunguan invite --waiting` once it is used)"
    )


async def _held_by(database: Database, place_id: str, phone: str, sector: str, now: datetime) -> bool:
    """Give a sector to the county's officer with this phone, if one has joined."""
    offices = Offices(database.keyring, id_source(lambda: now, os.urandom))
    async with database.transaction() as tx:
        for staff in await Staff.filter(phone_index=database.keyring.blind("phone", phone)).using_db(tx):
            if await offices.hold_sector(tx, staff.id, place_id, sector, now):
                audit.by_operator(tx, "staff.sector", now, record=staff.id)
                return True
    return False


async def waiting_lines(database: Database) -> list[str]:
    """Who used a code that no officer gave and waits to be confirmed: id, name, phone's end, office."""
    organisation = await load_organisation(database.reading)
    claimed = Invitation.filter(state="claimed", issuer_id=None).using_db(database.reading)
    return [
        f"{row.id}  {row.claimed_name}  phone ending {row.phone[-4:]}"
        f"  {row.role} at {organisation.name_of(row.place_id)}{f', {row.sector}' if row.sector else ''}"
        for row in await claimed.order_by("id")
    ]


async def confirm(
    database: Database,
    invitation_id: str,
    now: datetime,
    *,
    accepted: bool = True,
    replaces: str | None = None,
) -> str:
    """Let in (or not) who used a code that no officer gave, and tell her. `replaces`: the phone by which she was known till
    now, which is hers no more from then on."""
    ids = id_source(lambda: now, os.urandom)
    offices = Offices(database.keyring, ids)
    writer = Writer(database.keyring, ids, render)
    async with database.transaction() as tx:
        await tx.lock([f"invitation:{invitation_id}"])
        row = await Invitation.filter(id=invitation_id, state="claimed").using_db(tx).first()
        if row is None:
            raise NotPossible(f"--confirm {invitation_id}: nobody waits under this id; see --waiting")
        if row.issuer_id is not None:
            raise NotPossible(f"--confirm {invitation_id}: an officer gave this code; it is hers to confirm")
        word = (
            T(
                "欢迎您，已经确认好了。直接用平时的话告诉我就行，"
                "比如“李梅怀孕了，末次月经9月3号”。不清楚就说“帮助”。"
            )
            if accepted
            else T("您的加入申请没有通过。要是弄错了，请联系发码的人。")
        )
        same_as = await _officer(tx, database, "--replaces", row.place_id, replaces) if replaces else None
        await offices.decide(tx, row, accepted, now, same_as=same_as)
        organisation = await load_organisation(tx)
        told = Notice(word, contact_id=row.claimed_by_id)
        letters = [
            writer.letter(contact, address, told.kind, told.text, (), now)
            for contact, address in await offices.recipients(tx, told, organisation)
        ]
        await insert_many(tx, Outgoing, letters)
        audit.by_operator(tx, "staff.confirm" if accepted else "staff.refuse", now, record=row.id)
    return f"{row.id}  {'confirmed' if accepted else 'refused'}"


async def revoke(database: Database, place_id: str, phone: str, now: datetime) -> str:
    """End every office at this place of whoever is registered with this phone: an officer of the county is below nobody
    who could do it in a chat."""
    offices = Offices(database.keyring, id_source(lambda: now, os.urandom))
    async with database.transaction() as tx:
        staff_id = await _officer(tx, database, "--revoke", place_id, phone)
        await tx.lock([f"staff:{staff_id}"])
        await offices.end(tx, staff_id, place_id, now)
        audit.by_operator(tx, "staff.revoke", now, record=staff_id)
    return f"{place_id}: the office of the phone ending {phone[-4:]} is over, on every channel"


async def _officer(tx: Transaction, database: Database, option: str, place_id: str, phone: str) -> str:
    """The id of the one who holds an office at this place and is registered with this phone. Raises `NotPossible`."""
    number = re.sub(r"[\s-]", "", phone)
    index = database.keyring.blind("phone", number)
    held = Post.filter(place_id=place_id, state="active", staff__phone_index=index).using_db(tx)
    found = {str(one) for one in await held.values_list("staff_id", flat=True)}
    if len(found) != 1:
        many = "nobody" if not found else f"{len(found)} people"
        raise NotPossible(f"{option}: {many} with the phone ending {number[-4:]} in an office at {place_id}")
    return found.pop()
