"""The answers to what turns ask to know of care: what women were told and may answer, what offices have to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient

from conversations.care.candidates import Act
from conversations.care.case import WORD, Case
from conversations.care.colours import comes_first
from conversations.care.plan import Outlook
from conversations.facts import (
    DigestFact,
    DigestTold,
    EndFact,
    EndsFiled,
    HerCare,
    HerFact,
    LinkAddress,
    LinkByToken,
    LinkFact,
    Lookup,
    TaskFact,
    TasksDue,
    ToldFact,
    UnsettledFact,
    WordsUnsettled,
)
from storage import crypto
from storage.cases import Loaded, load_cases
from storage.models import CareAct, Contact, ContactWoman, Outgoing, Pregnancy, Setting, Woman, WomanLink
from storage.organisation import Organisation
from storage.reading import readable

L = TypeVar("L")
Answers = dict[Lookup, tuple[Any, ...]]

TASKS: Final = "tasks"
"""In a letter's payload: the ids of the acts a colleague is told of; `DIGEST`: whether it is the morning's."""
DIGEST: Final = "digest"
LINKS: Final = "telegram.links"
"""The setting that says how links to the bot begin."""
ANSWERABLE: Final = timedelta(days=30)
"""How long after a reminder her answer is taken for one to it. (u)"""
UNSEEN: Final = ("queued", "expired", "dead", "failed")
"""States of a letter that nobody has seen."""
_LETTERS: Final = 20
"""The newest letters of a contact among which her last digest is looked for."""


async def answer_care(
    connection: BaseDBAsyncClient,
    asked: Collection[Lookup],
    organisation: Organisation,
    channels: Collection[str],
    now: datetime,
) -> Answers:
    """Answer the lookups about care among those asked. `channels`: those there are to write on."""
    return {
        **await _hers(connection, _only(HerCare, asked), organisation, channels, now),
        **await _ends(connection, _only(EndsFiled, asked), organisation, channels),
        **await _tasks(connection, _only(TasksDue, asked), organisation, channels, now),
        **await _digests(connection, _only(DigestTold, asked)),
        **await _unsettled(connection, _only(WordsUnsettled, asked), organisation, channels),
        **await _links(connection, asked, organisation, now),
    }


def _only(kind: type[L], asked: Iterable[object]) -> list[L]:
    return [lookup for lookup in asked if isinstance(lookup, kind)]


# ── hers ────────────────────────────────────────────────────────────────────────────────────────────────


async def _hers(
    connection: BaseDBAsyncClient,
    lookups: Collection[HerCare],
    organisation: Organisation,
    channels: Collection[str],
    now: datetime,
) -> Answers:
    if not lookups:
        return {}
    contacts = {one.contact_id for one in lookups}
    ids = {woman for one in lookups for woman in one.women}
    women = {one.id: one for one in await Woman.filter(id__in=ids).using_db(connection)}
    living = {one.id for one in women.values() if one.details.get("alive", True)}
    rows = await ContactWoman.filter(contact_id__in=contacts, woman_id__in=ids).using_db(connection)
    consents = {(row.contact_id, row.woman_id): row.consent for row in rows}
    wrong = Contact.filter(id__in=contacts, silenced_at__isnull=False).using_db(connection)
    silenced = {str(one) for one in await wrong.values_list("id", flat=True)}
    told = await _told(connection, contacts, ids, now)
    said_yes = {
        woman
        for (contact, woman), consent in consents.items()
        if consent == "yes" and contact not in silenced
    }
    cases = await _newest_cases(connection, said_yes, organisation, channels)

    def fact(contact: str, woman: Woman) -> HerFact:
        consent = consents.get((contact, woman.id))
        loaded = cases.get(woman.id) if consent == "yes" and contact not in silenced else None
        return HerFact(
            woman.id,
            woman.details.get("name") or "",
            consent,
            loaded.case if loaded is not None and _may_hear(loaded) else None,
            tuple(told[contact, woman.id]),
        )

    return {
        one: tuple(fact(one.contact_id, women[woman]) for woman in one.women if woman in living)
        for one in lookups
    }


async def _ends(
    connection: BaseDBAsyncClient,
    lookups: Collection[EndsFiled],
    organisation: Organisation,
    channels: Collection[str],
) -> Answers:
    women = {woman for one in lookups for woman in one.women}
    cases = await _newest_cases(connection, women, organisation, channels)
    ends = {woman: EndFact(woman, one.case.name, frozenset(_filed(one.case))) for woman, one in cases.items()}
    return {
        one: tuple(ends[woman] for woman in one.women if woman in ends and ends[woman].filed)
        for one in lookups
    }


def _filed(case: Case) -> Iterable[str]:
    if case.course.died is not None:
        yield "death"
    if case.course.end is not None:
        yield "birth" if case.course.end.kind == "birth" else "loss"
    if case.bereaved:
        yield "child"


def _may_hear(loaded: Loaded) -> bool:
    """Whether she may be told of herself: her number is no dead woman's, and she is of age, or the township said that
    she may be written to (requirements.md §2)."""
    return not loaded.case.reach.held and not loaded.case.too_young


async def _told(
    connection: BaseDBAsyncClient, contacts: Collection[str], women: Collection[str], now: datetime
) -> defaultdict[tuple[str, str], list[ToldFact]]:
    """What these women were told on these contacts lately, newest first."""
    rows = CareAct.filter(woman_id__in=list(women), to_role="woman", made_at__gt=now - ANSWERABLE)
    acts = await rows.exclude(state="skipped").order_by("-made_at", "-id").using_db(connection)
    ids = [act.letter_id for act in acts if act.letter_id is not None]
    letters = Outgoing.filter(id__in=ids, contact_id__in=list(contacts)).exclude(state__in=UNSEEN)
    seen = dict(await letters.using_db(connection).values_list("id", "contact_id")) if ids else {}
    last = {await _last_letter(connection, str(contact)) for contact in set(seen.values())}
    found: defaultdict[tuple[str, str], list[ToldFact]] = defaultdict(list)
    for act in acts:
        if (contact := seen.get(act.letter_id)) is not None:
            answer: Any = act.answer  # one of the words it is written with
            fact = ToldFact(act.id, act.key, act.made_at, answer, last=act.letter_id in last)
            found[str(contact), act.woman_id].append(fact)
    return found


async def _last_letter(connection: BaseDBAsyncClient, contact_id: str) -> str | None:
    """The newest letter somebody has seen."""
    letters = Outgoing.filter(lane=contact_id).exclude(state__in=UNSEEN).order_by("-seq").limit(1)
    found = await letters.using_db(connection).values_list("id", flat=True)
    return str(found[0]) if found else None


async def _newest_cases(
    connection: BaseDBAsyncClient,
    women: Collection[str],
    organisation: Organisation,
    channels: Collection[str],
) -> dict[str, Loaded]:
    """The newest case of each of these women, if some report stands for it."""
    if not women:
        return {}
    ids = await Pregnancy.filter(woman_id__in=list(women)).using_db(connection).values_list("id", flat=True)
    loaded = await load_cases(connection, [str(one) for one in ids], organisation, channels)
    return {one.case.woman_id: one for one in loaded.values() if one.case.newest and one.case.real}


# ── an office's ─────────────────────────────────────────────────────────────────────────────────────────


async def _tasks(
    connection: BaseDBAsyncClient,
    lookups: Collection[TasksDue],
    organisation: Organisation,
    channels: Collection[str],
    now: datetime,
) -> Answers:
    if not lookups:
        return {}
    villages = {village for one in lookups for village in one.villages}
    rows = CareAct.filter(
        place_id__in=list(villages),
        to_role__in=list({one.role for one in lookups}),
        state__in=("made", "sent", "answered"),
        useful_until__gt=now,
    ).select_related("answered_by__staff")
    acts = (await readable(rows.using_db(connection)))[0] if villages else []
    cases = await load_cases(connection, {act.pregnancy_id for act in acts}, organisation, channels)
    due: list[tuple[CareAct, Act]] = []
    for act in acts:
        outlook = Outlook(cases[act.pregnancy_id].case, now)
        what = outlook.act(act.key)
        if what is not None and outlook.still_due(act.key) is True:
            due.append((act, what))
    due.sort(key=lambda one: _pressing(one[0], cases[one[0].pregnancy_id].case))
    return {
        one: tuple(
            TaskFact(
                act.id,
                what,
                cases[act.pregnancy_id].case,
                _name_of(act) if act.answered_by_id else None,
                act.answered_by_id == one.contact_id,
            )
            for act, what in due
            if act.to_role == one.role and act.place_id in one.villages
        )
        for one in lookups
    }


def _pressing(act: CareAct, case: Case) -> tuple[bool, datetime, bool, str]:
    """What does not wait, then the sooner, of those ☆ where the programme has it first (KF 附件1 一)."""
    starred = comes_first(case.programme, case.grade)
    return act.kind != "notice", act.useful_until, not starred, act.id


async def _unsettled(
    connection: BaseDBAsyncClient,
    lookups: Collection[WordsUnsettled],
    organisation: Organisation,
    channels: Collection[str],
) -> Answers:
    villages = {village for one in lookups for village in one.villages}
    if not villages:
        return dict.fromkeys(lookups, ())
    words = CareAct.filter(kind=WORD, state="answered", woman__village_id__in=list(villages))
    ids = await words.using_db(connection).distinct().values_list("pregnancy_id", flat=True)
    cases = await load_cases(connection, [str(one) for one in ids], organisation, channels)
    women = {
        one.case.woman_id: one.case
        for one in sorted(cases.values(), key=lambda one: (one.case.newest, one.case.id))
        if one.case.told_over is not None
    }
    return {
        one: tuple(
            UnsettledFact(
                case.woman_id,
                case.name,
                case.village_id or "",
                case.village,
                case.course.end is not None,
                case.denied,
            )
            for case in sorted(women.values(), key=lambda case: case.woman_id)
            if case.village_id in one.villages
        )
        for one in lookups
    }


def _name_of(act: CareAct) -> str:
    contact = act.answered_by
    staff = contact.staff if contact is not None else None
    return staff.name if staff is not None else ""


async def _digests(connection: BaseDBAsyncClient, lookups: Collection[DigestTold]) -> Answers:
    answers: Answers = {}
    for one in lookups:  # one query each: it is asked rarely, and each has its own limit
        letters = Outgoing.filter(lane=one.contact_id, kind="notice").exclude(state__in=UNSEEN)
        newest = await letters.order_by("-seq").limit(_LETTERS).using_db(connection)
        found = next((row for row in newest if row.payload.get(DIGEST)), None)
        answers[one] = (DigestFact(found.updated_at, tuple(found.payload[TASKS])),) if found else ()
    return answers


# ── links ───────────────────────────────────────────────────────────────────────────────────────────────


async def _links(
    connection: BaseDBAsyncClient, asked: Collection[Lookup], organisation: Organisation, now: datetime
) -> Answers:
    answers: Answers = {}
    for address in _only(LinkAddress, asked):
        known = await Setting.get_or_none(key=LINKS, using_db=connection)
        answers[address] = (known.value,) if known is not None else ()
    by_index = {one: crypto.current().blind("code", one.token) for one in _only(LinkByToken, asked)}
    if not by_index:
        return answers
    kept = WomanLink.filter(token_index__in=list(by_index.values())).select_related("woman")
    rows = {row.token_index: row for row in await kept.using_db(connection)}
    for lookup, index in by_index.items():
        row = rows.get(index)
        answers[lookup] = () if row is None else (_link(row, organisation, now),)
    return answers


def _link(row: WomanLink, organisation: Organisation, now: datetime) -> LinkFact:
    woman = row.woman
    return LinkFact(
        row.id,
        woman.id,
        woman.details.get("name") or "",
        woman.village_id,
        organisation.name_of(woman.village_id),
        row.state,
        row.expires_at <= now,
    )
