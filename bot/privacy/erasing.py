"""Erasing a woman: her wish, or the end of the time she is kept. What is counted stays (conversations/paring.py).

Gone from every table: names, ID numbers, phones, accounts, what was written by her, to her and about her. Reports are
pared, every version, and the roster follows from them as ever. The audit log stays: it knows her by her id only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot import audit
from bot.channels.base import Letter
from bot.county.envelope import Village, as_body, envelope
from bot.outbox.states import UNFINISHED
from bot.privacy.marks import Marks
from conversations.message import Report
from conversations.paring import GONE, names_of, pared
from conversations.roster import WomanState, fold
from storage import models
from storage.bulk import update_many
from storage.crypto import Undecryptable
from storage.database import Database
from storage.fields import Table, encrypted_fields
from storage.models import (
    Address,
    Alert,
    CareAct,
    Child,
    Clock,
    Contact,
    ContactWoman,
    Delivery,
    Erasure,
    FileJob,
    FilePiece,
    Inbound,
    Outgoing,
    Pregnancy,
    Session,
    Staff,
    Woman,
    WomanLink,
)
from storage.organisation import Organisation
from storage.reading import plain
from storage.reports import as_report
from storage.tables import columns, pages, tables
from storage.transaction import Transaction

PUERPERIUM = timedelta(days=42)
"""After the end of a pregnancy her care goes on for so long (requirements.md §5)."""
NO_MESSAGE: dict[str, Any] = {"kind": "text", "text": "", "button": ""}
"""In place of what somebody wrote to us."""
NO_LETTER: dict[str, Any] = Letter("", "").as_payload()
"""In place of what we wrote."""
UNSENT = ("queued", "sending", "offered", "fetched")
OPEN = ("made", "sent", "answered")

OF_OTHERS = frozenset(
    {
        "staff",
        "invitation",
        "address",
        "woman",
        "pregnancy",
        "child",
        "report",
        "delivery",
        "care_act",
        "clock",
    }
)
"""Tables whose rows belong to one person each: those that are not hers are not touched, whatever name they bear."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go. `hindrances`: why it should not go now, in words for the operator; `rows`: how many of what."""

    woman_id: str
    village_id: str | None
    rows: dict[str, int]
    hindrances: tuple[str, ...]
    deaths: int
    """Reports of a death, which the law has the county keep: they went there, and here only their figures stay."""


async def plan(database: Database, woman_id: str, now: datetime) -> Plan:
    """What erasing her would take, and what speaks against it today."""
    async with database.transaction() as tx:
        hers = await _Hers.load(tx, woman_id)
        found = await hers.mentions(tx)
        rows = Counter({table: len(keys) for table, keys in found.items()})
        rows["report"], rows["contact"] = len(hers.reports), len(hers.contacts)
        rows["address"] = await Address.filter(contact_id__in=hers.contacts).using_db(tx).count()
        against = await _hindrances(tx, hers, found, now)
    deaths = sum(
        row.event in ("maternal_death", "woman_death", "child_death") and row.is_latest
        for row in hers.reports
    )
    return Plan(woman_id, hers.woman.village_id, dict(sorted((+rows).items())), tuple(against), deaths)


async def _hindrances(tx: Transaction, hers: _Hers, found: dict[str, list[Any]], now: datetime) -> list[str]:
    against: list[str] = []
    for one in await Pregnancy.filter(woman_id=hers.woman.id).using_db(tx):
        ended = one.details.get("end_date")
        recent = bool(ended) and datetime.fromisoformat(ended).date() > (now - PUERPERIUM).date()
        if one.open or (recent and hers.woman.details.get("alive", True)):
            against.append(
                "she is pregnant, or gave birth within 42 days: her care and every reminder would stop"
            )
    running = await Clock.filter(woman_id=hers.woman.id, state="running").using_db(tx).count()
    if running:
        against.append(f"{running} duties because of her still run: have them done first")
    waiting = Alert.filter(woman_id=hers.woman.id, acknowledged_at__isnull=True, next_check_at__isnull=False)
    if await waiting.using_db(tx).exists():
        against.append("an alert about her waits for somebody to take it")
    ids = [row.id for row in hers.reports]
    undelivered = await Delivery.filter(id__in=ids).exclude(state="acknowledged").using_db(tx).count()
    if undelivered:
        against.append(
            f"{undelivered} of her reports have not reached the county: they would go there without her name"
        )
    unsent = Outgoing.filter(id__in=found.get("outgoing", []), state__in=UNSENT).using_db(tx)
    if count := await unsent.count():
        against.append(f"{count} messages that name her, or somebody of her name, are still to be sent")
    return against


async def forget(tx: Transaction, organisation: Organisation, woman_id: str, now: datetime, why: str) -> None:
    """Erase her within this transaction. Whoever is not there is only noted: a backup may be older than she is."""
    if await Woman.filter(id=woman_id).using_db(tx).exists():
        hers = await _Hers.load(tx, woman_id)
        found = await hers.mentions(tx)
        await _messages(tx, hers, found, now)
        await _everywhere_else(tx, hers, found)
        await _care(tx, hers, now)
        await _ways_to_her(tx, hers)
        await _records(tx, hers, organisation)
    if not await Erasure.filter(woman_id=woman_id).using_db(tx).exists():
        await Erasure.create(woman_id=woman_id, at=now, why=why, using_db=tx)
    audit.by_operator(tx, "erase", now, subject=woman_id, record=why)


@dataclass(slots=True)
class _Hers:
    """Her own rows. `contacts`: those who are nobody else's."""

    woman: Woman
    reports: list[models.Report]
    contacts: list[str]
    marks: Marks

    @classmethod
    async def load(cls, tx: Transaction, woman_id: str) -> _Hers:
        woman = await Woman.get(id=woman_id, using_db=tx)
        reports = await models.Report.filter(woman_id=woman_id).using_db(tx).order_by("recorded_time", "id")
        details = woman.details
        words = {*names_of(map(as_report, reports))}
        words |= {str(details[key]) for key in ("name", "phone", "resident_id") if details.get(key)}
        for child in await Child.filter(woman_id=woman_id).using_db(tx):
            words |= {child.details["name"]} if child.details.get("name") else set()
        words -= await _of_the_family(tx, woman, words)
        contacts = await _own_contacts(tx, woman, words)
        words |= {row.address for row in await Address.filter(contact_id__in=contacts).using_db(tx)}
        pregnancies = await Pregnancy.filter(woman_id=woman_id).using_db(tx).values_list("id", flat=True)
        names = await _of_everybody_else(tx, woman)
        return cls(woman, reports, contacts, Marks.of(words, {woman_id, *map(str, pregnancies)}, names))

    async def mentions(self, tx: Transaction) -> dict[str, list[Any]]:
        """The keys of the rows that name her, besides her own, by table. What cannot be read names nobody."""
        found: dict[str, list[Any]] = {}
        for model in tables():
            names, its = encrypted_fields(model), columns(model)
            if not names or its.table in OF_OTHERS:
                continue
            where = [model._meta.fields_db_projection[name] for name in names]
            about = ["woman_id"] if "woman_id" in its.names else []
            async for page in pages(tx, model, [*where, *about]):
                for key, *values in page:
                    of = values.pop() if about else None
                    if of not in (None, self.woman.id):
                        continue
                    if any(
                        self._names_her(model, name, one) for name, one in zip(names, values, strict=True)
                    ):
                        found.setdefault(its.table, []).append(key)
        inbound = {row.inbound_id for row in self.reports if row.inbound_id}
        for model, key in ((Inbound, "inbound"), (Outgoing, "outgoing")):
            mine = await model.filter(contact_id__in=self.contacts).using_db(tx).values_list("id", flat=True)
            found[key] = sorted(
                {*found.get(key, ()), *map(str, mine), *(inbound if key == "inbound" else ())}
            )
        return {table: keys for table, keys in found.items() if keys}

    def _names_her(self, model: type[Table], name: str, stored: Any) -> bool:
        try:
            return stored is not None and self.marks.stand_in(plain(model, name, stored))
        except Undecryptable:
            return False


async def _of_everybody_else(tx: Transaction, woman: Woman) -> set[str]:
    """The names of all other women and of colleagues, as far as they can be read."""
    found: set[str] = set()
    for model, field in ((Woman, "details"), (Staff, "name")):
        async for page in pages(tx, model, [model._meta.fields_db_projection[field]]):
            for key, stored in page:
                with suppress(Undecryptable):
                    value = plain(model, field, stored) if key != woman.id and stored is not None else ""
                    found.add(str(value.get("name") or "") if isinstance(value, dict) else str(value))
    return found


async def _of_the_family(tx: Transaction, woman: Woman, words: Collection[str]) -> set[str]:
    """Numbers that are another woman's or a colleague's, too: theirs stay, with what was written there."""
    blind = _keyring().blind
    numbers = {blind("phone", word): word for word in words if word.isdigit()}
    others = Woman.filter(phone_index__in=list(numbers)).exclude(id=woman.id).using_db(tx)
    staff = Staff.filter(phone_index__in=list(numbers)).using_db(tx)
    shared = {
        *await others.values_list("phone_index", flat=True),
        *await staff.values_list("phone_index", flat=True),
    }
    return {numbers[str(one)] for one in shared}


async def _own_contacts(tx: Transaction, woman: Woman, words: Collection[str]) -> list[str]:
    """Contacts that lead to her and to nobody else: no colleague, no other woman's number."""
    indexes = [_keyring().blind("address", word) for word in words if word.isdigit()]
    linked = await ContactWoman.filter(woman_id=woman.id).using_db(tx).values_list("contact_id", flat=True)
    by_number = Address.filter(address_index__in=indexes).using_db(tx)
    ids = {*map(str, linked), *map(str, await by_number.values_list("contact_id", flat=True))}
    found: list[str] = []
    for contact in await Contact.filter(id__in=list(ids), staff_id__isnull=True).using_db(tx).order_by("id"):
        others = ContactWoman.filter(contact_id=contact.id).exclude(woman_id=woman.id).using_db(tx)
        numbers = {row.address for row in await Address.filter(contact_id=contact.id).using_db(tx)}
        if not await others.exists() and not await _of_the_family(tx, woman, numbers):
            found.append(contact.id)
    return found


def _keyring() -> Any:
    from storage import crypto

    return crypto.current()


# ── what was said and written ───────────────────────────────────────────────────────────────────────────


async def _messages(tx: Transaction, hers: _Hers, found: dict[str, list[Any]], now: datetime) -> None:
    inbound = found.pop("inbound", [])
    await update_many(tx, Inbound, [(NO_MESSAGE, key) for key in inbound], names=("payload",))
    letters = found.pop("outgoing", [])
    await update_many(tx, Outgoing, [(NO_LETTER, key) for key in letters], names=("payload",))
    to_her = await Outgoing.filter(contact_id__in=hers.contacts).using_db(tx).values_list("id", flat=True)
    await update_many(tx, Outgoing, [("", key) for key in to_her], names=("address",))
    waiting = Outgoing.filter(id__in=letters, state__in=UNSENT).using_db(tx)
    await waiting.update(
        state="expired", error="erased", lease_until=None, next_check_at=None, updated_at=now
    )
    await Session.filter(contact_id__in=hers.contacts).using_db(tx).delete()
    for session in await Session.filter(contact_id__in=found.pop("session", [])).using_db(tx):
        await update_many(tx, Session, [(_without_drafts(session.data, hers.marks), session.version + 1, session.contact_id)],
                          names=("data", "version"))  # fmt: skip


def _without_drafts(data: dict[str, Any], marks: Marks) -> dict[str, Any]:
    """A conversation without the errands that are about her; what else names her is struck out."""
    kept = dict(data)
    if marks.stand_in(kept.get("talk")):
        kept["talk"] = None
    kept["waiting"] = [one for one in kept.get("waiting") or () if not marks.stand_in(one)]
    for name in ("about", "listed"):
        if marks.stand_in(kept.get(name)):
            kept[name] = {}
    return kept if not marks.stand_in(kept) else {}


async def _everywhere_else(tx: Transaction, hers: _Hers, found: dict[str, list[Any]]) -> None:
    """Her names and numbers struck out of whatever else names her."""
    # files may show her, and what is in them is not looked through: whoever asked for one asks again
    await FilePiece.all().using_db(tx).delete()
    await FileJob.filter(state="made").using_db(tx).delete()
    by_table = {columns(model).table: model for model in tables()}
    for table, keys in found.items():
        model = by_table[table]
        names = encrypted_fields(model)
        for row in await model.filter(pk__in=keys).using_db(tx):
            values: list[Any] = [hers.marks.without(getattr(row, name)) for name in names]
            if table == "alert":
                values = [_without_words(values[names.index("details")])]
            await update_many(tx, model, [(*values, row.pk)], names=names)


def _without_words(details: dict[str, Any]) -> dict[str, Any]:
    """What was said of a danger, and who said it, is about her; what it was is counted."""
    nobody = {"name": GONE, "phone": ""}
    said: dict[str, Any] = {"words": [], "women": [one | nobody for one in details.get("women", ())]}
    if details.get("answer"):
        said["answer"] = GONE
    if details.get("reporter", {}).get("role") == "woman":
        said["reporter"] = details["reporter"] | nobody
    return details | said


# ── care ────────────────────────────────────────────────────────────────────────────────────────────────


async def _care(tx: Transaction, hers: _Hers, now: datetime) -> None:
    """What was due to her ends; that something was done stays, without what she said."""
    acts = await CareAct.filter(woman_id=hers.woman.id).using_db(tx)
    for act in acts:
        open_ = act.state in OPEN
        state = ("skipped" if act.state == "made" else "done") if open_ else act.state
        await update_many(tx, CareAct, [(None, state, "ended" if open_ else act.reason, None, act.id)],
                          names=("said", "state", "reason", "next_check_at"))  # fmt: skip
    clocks = Clock.filter(woman_id=hers.woman.id, state="running").using_db(tx)
    await clocks.update(state="stopped", ended="void", stopped_at=now, next_check_at=None)
    alerts = Alert.filter(woman_id=hers.woman.id).using_db(tx)
    for alert in await alerts:
        await update_many(
            tx, Alert, [(_without_words(hers.marks.without(alert.details)), alert.id)], names=("details",)
        )
    await alerts.filter(acknowledged_at__isnull=True).update(acknowledged_at=now, next_check_at=None)


async def _ways_to_her(tx: Transaction, hers: _Hers) -> None:
    await WomanLink.filter(woman_id=hers.woman.id).using_db(tx).delete()
    await ContactWoman.filter(woman_id=hers.woman.id).using_db(tx).delete()
    await Address.filter(contact_id__in=hers.contacts).using_db(tx).delete()
    await Contact.filter(id__in=hers.contacts).using_db(tx).update(opt_out_reason=None)


# ── her records ─────────────────────────────────────────────────────────────────────────────────────────


async def _records(tx: Transaction, hers: _Hers, organisation: Organisation) -> None:
    """Her reports pared, what goes to the county with them, and the roster as it follows from them."""
    few = [pared(as_report(row)) for row in hers.reports]
    await update_many(
        tx,
        models.Report,
        [(dict(one.body), one.event_time, row.id) for one, row in zip(few, hers.reports, strict=True)],
        names=("body", "event_time"),
    )
    by_id = {row.id: one for one, row in zip(few, hers.reports, strict=True)}
    deliveries = await Delivery.filter(id__in=list(by_id)).using_db(tx).only("id", "state")
    payloads = [(_body(by_id[row.id], row.state, organisation), row.id) for row in deliveries]
    await update_many(tx, Delivery, payloads, names=("payload",))
    latest = [one for one, row in zip(few, hers.reports, strict=True) if row.is_latest]
    await _roster(tx, hers.woman, fold(hers.woman.id, latest))


def _body(report: Report, state: str, organisation: Organisation) -> str:
    """What the county still has to get, without the person; nothing where it has it."""
    if state not in (*UNFINISHED, "dead"):
        return ""
    path = organisation.path(report.village_id)
    village = Village(path[-1].id, path[-1].name, tuple(place.name for place in path)) if path else None
    return as_body(envelope(report, village))


async def _roster(tx: Transaction, woman: Woman, state: WomanState) -> None:
    row = (None, None, None, state.details | {"name": GONE}, woman.version + 1, woman.id)
    indexes = ("name_index", "resident_id_index", "phone_index")
    await update_many(tx, Woman, [row], names=(*indexes, "details", "version"))
    known = await Pregnancy.filter(woman_id=woman.id).using_db(tx)
    told_of = {one.id: one.details for one in state.pregnancies.values()}
    await update_many(
        tx,
        Pregnancy,
        [(False, told_of.get(one.id, {}), None, one.id) for one in known],
        names=("open", "details", "next_check_at"),
    )
    children = await Child.filter(woman_id=woman.id).using_db(tx)
    told = {one.id: one.details for one in state.children.values()}
    await update_many(tx, Child, [(told.get(one.id, {}), one.id) for one in children], names=("details",))


async def long_gone(database: Database, before: datetime) -> list[str]:
    """Women of whom nothing was told since then, and whose care is over."""
    recent = models.Report.filter(recorded_time__gte=before)
    reading = database.reading
    kept = {str(one) for one in await recent.using_db(reading).distinct().values_list("woman_id", flat=True)}
    kept |= {
        str(one)
        for one in await Pregnancy.filter(open=True).using_db(reading).values_list("woman_id", flat=True)
    }
    kept |= {str(one) for one in await Erasure.all().using_db(reading).values_list("woman_id", flat=True)}
    every = (
        await Woman.filter(updated_at__lt=before)
        .using_db(reading)
        .order_by("id")
        .values_list("id", flat=True)
    )
    return [str(one) for one in every if str(one) not in kept]
