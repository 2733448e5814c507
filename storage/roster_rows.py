"""The lines of the roster (conversations/asking/row.py) as the database has them: of some villages, a chunk at a time.

Only these villages are read and decrypted, and of their women only those who are pregnant or of whom something was told
lately enough to matter: what is asked of one township costs the same however many others there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from tortoise.backends.base.client import BaseDBAsyncClient

from conversations.asking.answering import kept_for
from conversations.asking.row import Row
from conversations.care.case import WORD, ActState
from conversations.care.programme import programme
from conversations.local_time import LOCAL
from storage import crypto
from storage.assignments import responsible
from storage.cases import age_of, case_of, newest_of
from storage.crypto import Undecryptable
from storage.models import CareAct, Child, Post, Pregnancy, Staff, Woman
from storage.organisation import Organisation
from storage.reading import plain, rows

CHUNK: Final = 500
"""Women read at a time."""
VILLAGES: Final = 16
"""Villages whose women are listed at a time."""


_LOOKED_AFTER = """
    SELECT w.id FROM woman w
    WHERE w.village_id IN ? AND (
        w.updated_at >= ? OR (SELECT 1 FROM pregnancy p WHERE p.woman_id = w.id AND p.open LIMIT 1) = 1)"""
"""An end is told on its day at the earliest, so who was told of longer ago than it matters is not looked after any more.
One look a woman: EXISTS would let PostgreSQL read the pregnancies of everybody instead."""
_EVERYBODY = "SELECT id FROM woman WHERE village_id IN ?"
_NAMED = "SELECT id FROM woman WHERE village_id IN ? AND name_index = ?"
_WITH_PHONE = "SELECT id, village_id FROM woman WHERE phone_index = ?"
_WITH_ID = "SELECT id, village_id FROM woman WHERE resident_id_index = ?"
_CARED_FOR = """
    SELECT DISTINCT r.woman_id, w.village_id FROM report r
    JOIN report newest ON newest.report_id = r.report_id AND newest.is_latest AND NOT newest.withdrawn
    JOIN woman w ON w.id = r.woman_id
    WHERE r.author_id IN (SELECT staff_id FROM post WHERE place_id = ? AND role = 'institution')"""
"""A report that the township verified meanwhile is the hospital's all the same."""

_WOMEN = """
    SELECT id, village_id, details, updated_at FROM woman
    WHERE id IN ? AND NOT EXISTS (SELECT 1 FROM erasure e WHERE e.woman_id = woman.id)"""
_PREGNANCIES = "SELECT id, woman_id, open, details FROM pregnancy WHERE woman_id IN ?"
_HELD = "SELECT pregnancy_id, key, made_at, answer FROM care_act WHERE woman_id IN ? AND kind = ? AND state = 'answered'"
_CHILDREN = "SELECT id, woman_id, pregnancy_id, details FROM child WHERE woman_id IN ?"


@dataclass(slots=True)
class Chunk:
    """Lines read together, and how many of them could not be (a damaged row holds up no others)."""

    rows: list[Row] = field(default_factory=list)
    unread: int = 0


async def roster_rows(
    connection: BaseDBAsyncClient, organisation: Organisation, village_ids: Collection[str], now: datetime
) -> list[Row]:
    """The newest pregnancy some report stands for, of each woman of these villages who is looked after (`is_looked_after`,
    conversations/asking/answering.py) or was until lately. All of them at once: for a township at most."""
    return [row async for row in stream_rows(connection, organisation, village_ids, now)]


async def stream_rows(
    connection: BaseDBAsyncClient, organisation: Organisation, village_ids: Collection[str], now: datetime
) -> AsyncIterator[Row]:
    """The same, village after village in the order given; never more than a chunk of them in memory."""
    today = now.astimezone(LOCAL).date()
    async for chunk in read_chunks(
        connection, organisation, looked_after(village_ids, organisation, today), today
    ):
        for row in chunk.rows:
            yield row


# ── whose lines ─────────────────────────────────────────────────────────────────────────────────────────

Ids = Callable[[BaseDBAsyncClient], AsyncIterator[list[str]]]
"""Lists the ids of women, some at a time."""


def looked_after(villages: Collection[str], organisation: Organisation, today: date) -> Ids:
    """Who may be looked after in these villages; some of them are not any more."""
    names = {organisation.programme_of(village) for village in villages}
    kept = max((kept_for(programme(name)) for name in names), default=timedelta(0))
    midnight = datetime(today.year, today.month, today.day, tzinfo=LOCAL)
    since = (midnight - kept).astimezone(UTC)
    return _by_village(villages, _LOOKED_AFTER, since)


def everybody(villages: Collection[str]) -> Ids:
    """Every woman ever reported there."""
    return _by_village(villages, _EVERYBODY)


def named(villages: Collection[str], name: str) -> Ids:
    """The women of exactly this name."""
    return _by_village(villages, _NAMED, crypto.current().blind("name", name))


def with_phone(villages: Collection[str], phone: str) -> Ids:
    return _by_index(villages, _WITH_PHONE, crypto.current().blind("phone", phone))


def with_resident_id(villages: Collection[str], resident_id: str) -> Ids:
    return _by_index(villages, _WITH_ID, crypto.current().blind("resident_id", resident_id))


def cared_for(villages: Collection[str], institution: str) -> Ids:
    """Women of these villages whom this institution has reported on: graded, delivered, referred."""
    return _by_index(villages, _CARED_FOR, institution)


def these(women: Collection[str]) -> Ids:
    """These women."""

    async def ids(connection: BaseDBAsyncClient) -> AsyncIterator[list[str]]:
        for some in _batches(list(women), CHUNK):
            yield list(some)

    return ids


def _by_village(villages: Collection[str], statement: str, *values: Any) -> Ids:
    async def ids(connection: BaseDBAsyncClient) -> AsyncIterator[list[str]]:
        waiting: list[str] = []
        for some in _batches(list(villages), VILLAGES):
            waiting += [found for (found,) in await rows(connection, statement, some, *values)]
            while len(waiting) >= CHUNK:
                yield waiting[:CHUNK]
                waiting = waiting[CHUNK:]
        if waiting:
            yield waiting

    return ids


def _by_index(villages: Collection[str], statement: str, value: str) -> Ids:
    async def ids(connection: BaseDBAsyncClient) -> AsyncIterator[list[str]]:
        inside = frozenset(villages)
        found = [woman for woman, village in await rows(connection, statement, value) if village in inside]
        for some in _batches(found, CHUNK):
            yield list(some)

    return ids


def _batches(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))


# ── reading them ────────────────────────────────────────────────────────────────────────────────────────


async def read_chunks(
    connection: BaseDBAsyncClient,
    organisation: Organisation,
    ids: Ids,
    today: date,
    *,
    every: bool = False,
    coordinators: bool = False,
) -> AsyncIterator[Chunk]:
    """The lines of these women, a chunk at a time. `every`: a line for each of her pregnancies, not for the newest only;
    `coordinators`: with those of her village."""
    keepers = await _coordinators(connection) if coordinators else {}
    async for women in ids(connection):
        chunk = await _chunk(connection, organisation, women, today, every=every)
        if keepers:
            chunk.rows = [
                replace(row, coordinators=keepers.get(row.village_id or "", ())) for row in chunk.rows
            ]
        yield chunk


async def _coordinators(connection: BaseDBAsyncClient) -> dict[str, tuple[tuple[str, str], ...]]:
    """Those in office, id and name, by village."""
    posts = await Post.filter(role="coordinator", state="active").order_by("since", "id").using_db(connection)
    staff = Staff.filter(id__in=list({post.staff_id for post in posts})).using_db(connection)
    names = {one.id: one.name for one in await staff} if posts else {}
    found: defaultdict[str, tuple[tuple[str, str], ...]] = defaultdict(tuple)
    for post in posts:
        found[post.place_id] += ((post.staff_id, names[post.staff_id]),)
    return found


async def _chunk(
    connection: BaseDBAsyncClient,
    organisation: Organisation,
    women: Collection[str],
    today: date,
    *,
    every: bool,
) -> Chunk:
    chunk = Chunk()
    pregnancies = _grouped(await rows(connection, _PREGNANCIES, women), 1)
    children = _grouped(await rows(connection, _CHILDREN, women), 1)
    cases = [one[0] for some in pregnancies.values() for one in some]
    answering = await responsible(connection, cases)
    held = _grouped(await rows(connection, _HELD, women, WORD), 0)
    for stored in await rows(connection, _WOMEN, women):
        woman_id = stored[0]
        try:
            found = list(
                _lines(stored, pregnancies[woman_id], children[woman_id], organisation, today, every=every)
            )
        except Undecryptable:
            chunk.unread += 1
            continue
        for row in found:
            known = answering.get(row.case.id)
            if known is not None:
                row = replace(row, responsible=known.name, responsible_id=known.staff_id)
            if words := held.get(row.case.id):
                row = replace(row, case=replace(row.case, acts=_words(words)))
            chunk.rows.append(row)
    return chunk


def _words(stored: Iterable[Sequence[Any]]) -> Mapping[str, ActState]:
    """The words that hold her reminders (bot/care_over.py)."""
    return {
        plain(CareAct, "key", key): ActState(
            plain(CareAct, "made_at", at), "woman", "answered", answer=plain(CareAct, "answer", answer)
        )
        for _, key, at, answer in stored
    }


def _grouped(found: Iterable[Sequence[Any]], by: int) -> defaultdict[str, list[Sequence[Any]]]:
    groups: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
    for one in found:
        groups[one[by]].append(one)
    return groups


def _lines(
    stored: Sequence[Any],
    her_pregnancies: Sequence[Sequence[Any]],
    her_children: Sequence[Sequence[Any]],
    organisation: Organisation,
    today: date,
    *,
    every: bool,
) -> Iterator[Row]:
    """Her line, or those of `every` pregnancy of hers; none where no report stands for any."""
    woman = Woman(
        id=stored[0],
        village_id=stored[1],
        details=plain(Woman, "details", stored[2]),
        updated_at=plain(Woman, "updated_at", stored[3]),
    )
    hers = {
        one[0]: Pregnancy(
            id=one[0], woman_id=one[1], open=bool(one[2]), details=plain(Pregnancy, "details", one[3])
        )
        for one in her_pregnancies
    }
    newest = newest_of(hers.values(), {woman.id: woman}).get(woman.id, "")
    for pregnancy in hers.values():
        if every or pregnancy.id == newest:
            row = _line(woman, pregnancy, her_children, organisation, today)
            if row.case.real:
                yield replace(row, case=replace(row.case, newest=pregnancy.id == newest))


def _line(
    woman: Woman,
    pregnancy: Pregnancy,
    her_children: Sequence[Sequence[Any]],
    organisation: Organisation,
    today: date,
) -> Row:
    children = [
        Child(id=one[0], woman_id=one[1], pregnancy_id=one[2], details=plain(Child, "details", one[3]))
        for one in sorted(her_children, key=lambda one: str(one[0]))
        if one[2] == pregnancy.id
    ]
    her, details = woman.details, pregnancy.details
    return Row(
        case=case_of(pregnancy, woman, children, organisation),
        village_id=woman.village_id,
        township_id=organisation.township_of(woman.village_id),
        birth_date=_day(her.get("birth_date")),
        age=age_of(her, today),
        resident_id=her.get("resident_id") or "",
        gravida=details.get("gravida"),
        para=details.get("para"),
        migrant=her.get("migrant"),
        lost=her.get("lost_since") is not None,
        last_contact=max(_contacts(her, details, children), default=None),
    )


def _contacts(
    her: Mapping[str, Any], details: Mapping[str, Any], children: Iterable[Child]
) -> Iterator[date]:
    """The days on which somebody saw or reached her in this pregnancy, as far as they were told."""
    told = [details.get("registered"), details.get("booking", {}).get("date")]
    if details.get("ended") not in (None, "maternal_death"):
        told.append(details.get("end_date"))
    for name in ("visits", "postnatal", "critical", "grades"):
        told += [one.get("date") for one in details.get(name) or ()]
    for referral in details.get("referrals") or ():
        told += [referral.get("date"), referral.get("feedback", {}).get("date")]
    told += her.get("followed_up", {}).values()
    told += [child.details.get("newborn_visit") for child in children]
    return (day for one in told if (day := _day(one)) is not None)


def _day(value: object) -> date | None:
    return date.fromisoformat(value[:10]) if isinstance(value, str) and value else None
