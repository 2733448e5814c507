"""Rows as reports, filed the way a conversation files them: a woman's row in one transaction, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson

from bot.channels.base import Inbound
from bot.importing.rows import Entry
from bot.people import Person
from bot.pipeline import Waiting
from bot.systems import system_person
from bot.writing import Played, Writer
from conversations.care.colours import Grade
from conversations.care.from_county import IMPORTED
from conversations.care.gestation import lmp_from, restriction
from conversations.care.rules import COLOURS
from conversations.facts import Lookup, PregnancyFact, WomanFact, WomenNamed, WomenWithId, WomenWithPhone
from conversations.ids import derived_id
from conversations.local_time import LOCAL
from conversations.message import ChannelTraits, Message, Report, Turn
from conversations.records import assemble
from conversations.text import Sayable, T, Text
from storage.database import Database
from storage.ids import IdSource
from storage.models import Pregnancy
from storage.models import Report as Stored
from storage.organisation import Organisation, load_organisation
from storage.queries import answer, not_erased

TRAITS: Final = ChannelTraits(IMPORTED, trust="high", buttons=False)
TOGETHER: Final = 50
"""Rows that share a transaction."""
SAME: Final = timedelta(days=45)
"""Last menstruations this near are one pregnancy."""


GONE: Final = T("这一行以前导入过，后来撤回或删除了。确实还要登记的，请当作新发现的孕情报上来。")
"""An import brings nobody back whom somebody took off the roster."""


@dataclass(slots=True)
class Outcome:
    """What became of rows, or would: `filed` now, `known` on the roster or from an earlier run, `refused` with why;
    `graded`: of those known, the ones whose grade on the list was new and was filed; `remarks`: what is left out of rows
    that are brought in."""

    filed: list[int] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    graded: list[int] = field(default_factory=list)
    refused: dict[int, list[Sayable]] = field(default_factory=dict)
    remarks: dict[int, list[Sayable]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """A row is about a pregnancy that is on the roster."""

    woman: WomanFact
    pregnancy: PregnancyFact


@dataclass(frozen=True, slots=True)
class Fresh:
    """A row to be filed. `known`: the woman, if she is on the roster; `grade_of`: her pregnancy, where only its grade is
    new."""

    entry: Entry
    known: WomanFact | None = None
    grade_of: str | None = None


class Filing:
    """Files the rows of a list for one place."""

    def __init__(
        self, database: Database, writer: Writer, ids: IdSource, clock: Callable[[], datetime], place_id: str
    ) -> None:
        self._database = database
        self._writer = writer
        self._ids = ids
        self._clock = clock
        self._place_id = place_id

    async def look(self, entries: Sequence[Entry]) -> Outcome:
        """What filing these would do; nothing is written."""
        organisation = await load_organisation(self._database.reading)
        outcome, fresh = await self._sorted(self._database.reading, entries, organisation)
        _done(outcome, fresh)
        return outcome

    async def file(self, entries: Sequence[Entry], progress: Callable[[int], None]) -> Outcome:
        """File what can be filed. May be broken off at any time and begun again: a row is filed whole, and once.
        `progress` is told how many rows are done with."""
        outcome = Outcome()
        for start in range(0, len(entries), TOGETHER):
            some = entries[start : start + TOGETHER]
            try:
                _add(outcome, await self._file(some))
            except Exception:
                for entry in some:
                    try:
                        _add(outcome, await self._file([entry]))
                    except Exception as error:
                        said = T("没能存进去（{error}），再运行一次试试。", error=type(error).__name__)
                        outcome.refused[entry.number] = [said]
            progress(len(some))
        return outcome

    async def _file(self, entries: Sequence[Entry]) -> Outcome:
        now = self._clock()
        async with self._database.transaction() as tx:
            await tx.lock([f"import:{self._place_id}"])
            organisation = await load_organisation(tx)
            outcome, fresh = await self._sorted(tx, entries, organisation)
            if not fresh:
                return outcome
            keyring = self._database.keyring
            person = await system_person(tx, IMPORTED, self._place_id, organisation, keyring, self._ids, now)
            played = self._played(fresh, person, organisation, now)
            if self._database.dialect != "sqlite":
                await tx.lock(self._writer.touches(played))
            await self._writer.write(tx, [played], organisation, now)
            _done(outcome, fresh)
        return outcome

    # ── who is on the roster already ────────────────────────────────────────────────────────────────────

    async def _sorted(
        self, connection: Any, entries: Sequence[Entry], organisation: Organisation
    ) -> tuple[Outcome, list[Fresh]]:
        """Rows to be filed, each with the woman it is about if she is known; and what becomes of the others."""
        outcome = Outcome()
        fresh: list[Fresh] = []
        right = [entry for entry in entries if not entry.problems]
        outcome.refused = {entry.number: list(entry.problems) for entry in entries if entry.problems}
        outcome.remarks = {entry.number: list(entry.remarks) for entry in right if entry.remarks}
        ids = {entry.number: derived_id("import", self._name(entry), "pregnancy") for entry in right}
        grades = {entry.number: derived_id("import", self._name(entry), "risk_grade") for entry in right}
        stored = Stored.filter(report_id__in=[*ids.values(), *grades.values()], is_latest=True)
        before, standing = [
            {str(one) for one in await found.using_db(connection).values_list("report_id", flat=True)}
            for found in (stored, stored.filter(not_erased(), withdrawn=False))
        ]
        villages = tuple(place.id for place in organisation.villages_under(self._place_id))
        lookups = {lookup for entry in right for lookup in _lookups(entry, villages)}
        facts = await answer(connection, lookups, self._clock(), organisation)
        for entry in right:
            if mine := {ids[entry.number], grades[entry.number]} & before:
                if mine & standing:
                    outcome.known.append(entry.number)
                else:
                    outcome.refused[entry.number] = [GONE]
                continue
            match _known(entry, villages, facts, self._today()):
                case Text() as problem:
                    outcome.refused[entry.number] = [problem]
                case Known() as known:
                    match await self._graded(connection, entry, known):
                        case Text() as problem:
                            outcome.refused[entry.number] = [problem]
                        case True:
                            fresh.append(Fresh(entry, known.woman, known.pregnancy.id))
                        case _:
                            outcome.known.append(entry.number)
                case woman:
                    fresh.append(Fresh(entry, woman))
        return outcome, fresh

    async def _graded(self, connection: Any, entry: Entry, known: Known) -> bool | Text:
        """Whether the list tells a grade of a woman on the roster that is not there yet, to be filed as told by it; or why
        it cannot be. It takes its place by its day: what a hospital said later stands (XF 四(三)5). Without a day, where she has
        one already, a graver one is asked about, and the same or a milder one tells nothing."""
        told = entry.told.get("colour")
        if told is None:
            return False
        row = await Pregnancy.filter(id=known.pregnancy.id).using_db(connection).first()
        details: Mapping[str, Any] = row.details if row is not None else {}
        there, grades = (
            Grade(details.get("colour"), bool(details.get("with_purple"))),
            details.get("grades", ()),
        )
        if not grades:
            return True
        if "grade_date" in entry.told:
            day = entry.told["grade_date"]
            return not any(one["date"] == day and told in _colours(one) for one in grades)
        graver = told not in there.colours and (told == "purple" or _graver(told, there.colour))
        if graver:
            return T("名册上已有她，表上的风险更高，可没有评估日期。请补上评估日期再导入，或请乡镇核实。")
        return False

    def _name(self, entry: Entry) -> str:
        """What a row is known by: all it says, keyed, so that it tells nothing."""
        said = orjson.dumps([self._place_id, entry.village_id, entry.told], option=orjson.OPT_SORT_KEYS)
        return self._database.keyring.blind("name", f"import/{said.decode()}")

    def _today(self) -> date:
        return self._clock().astimezone(LOCAL).date()

    # ── reports ─────────────────────────────────────────────────────────────────────────────────────────

    def _played(
        self,
        fresh: Sequence[Fresh],
        person: Person,
        organisation: Organisation,
        now: datetime,
    ) -> Played:
        """Rows as the writer takes them: told in one message by the list."""
        id_ = self._ids()
        inbound = Inbound(IMPORTED, self._place_id, id_, sent_at=now, received_at=now, text="")
        message = Message(
            id=id_,
            channel=TRAITS,
            speaker=person.speaker,
            sent_at=now,
            received_at=now,
            kind="other",
        )
        waiting = Waiting(inbound, (IMPORTED, id_), asyncio.get_running_loop().create_future())
        reports = tuple(
            report
            for one in fresh
            for report in reports_of(
                one.entry,
                one.known,
                self._name(one.entry),
                organisation.programme_of(one.entry.village_id),
                now,
                grade_of=one.grade_of,
            )
        )
        return Played(waiting, message, person, Turn(session={}, reports=reports))


def _add(whole: Outcome, part: Outcome) -> None:
    whole.filed += part.filed
    whole.known += part.known
    whole.graded += part.graded
    whole.refused |= part.refused


def _done(outcome: Outcome, fresh: Sequence[Fresh]) -> None:
    """Note what is filed, or would be: new women, and of known ones the grade."""
    outcome.filed += [one.entry.number for one in fresh if one.grade_of is None]
    graded = [one.entry.number for one in fresh if one.grade_of is not None]
    outcome.graded += graded
    outcome.known += graded


def _colours(grade: Mapping[str, Any]) -> set[str]:
    """The colours of one assessment on the roster."""
    return {str(grade.get("colour"))} | ({"purple"} if grade.get("with_purple") else set())


def _graver(told: Any, there: Any) -> bool:
    return there is None or COLOURS.index(told) > COLOURS.index(there)


def _lookups(entry: Entry, villages: tuple[str, ...]) -> set[Lookup]:
    told = entry.told
    wanted: set[Lookup] = {WomenNamed(told["woman_name"], villages)}
    if "resident_id" in told:
        wanted.add(WomenWithId(told["resident_id"], villages))
    if "phone" in told:
        wanted.add(WomenWithPhone(told["phone"], villages))
    return wanted


def _known(
    entry: Entry, villages: tuple[str, ...], facts: Mapping[Lookup, Sequence[Any]], today: date
) -> WomanFact | Text | Known | None:
    """The woman a row is about: `Known` with this pregnancy, known as a person, not known; or why that is unsure."""
    told = entry.told
    number, phone = told.get("resident_id"), told.get("phone")
    by_number = facts[WomenWithId(number, villages)] if number else ()
    if any(not woman.visible for woman in by_number):
        return T("这个身份证号在别的地方登记过，请先和那边核实。")
    named: Sequence[WomanFact] = [
        woman
        for woman in facts[WomenNamed(told["woman_name"], villages)]
        if not (number and woman.resident_id and woman.resident_id != number)
    ]
    same = [
        woman for woman in named if woman.village_id == entry.village_id or (phone and woman.phone == phone)
    ]
    found = list(by_number) or same
    if len(found) > 1:
        return T("名册上有{count}位和她同名，请补上身份证号。", count=len(found))
    if not found:
        return None
    woman: WomanFact = found[0]
    if not woman.alive:
        return T("名册上记着她已经去世，请先核实。")
    if not by_number and not (phone and woman.phone == phone):
        return T("名册上同村有一位同名的，请补上身份证号或电话，好认出是不是她。")
    open_ = any(pregnancy.ended is None for pregnancy in woman.pregnancies)
    this = [pregnancy for pregnancy in woman.pregnancies if _same(pregnancy, told, today)]
    if not this:
        if open_:
            return T("名册上她还有一次没结束的怀孕，末次月经和表上对不上，请先核实，再更正或上报。")
        return woman
    if "birth_date_of_child" in told and all(pregnancy.ended is None for pregnancy in this):
        return T("名册上她还在孕，表上写已经分娩。请让村里或医院上报分娩，免得再提醒她产检。")
    return Known(woman, this[0])


def _same(one: PregnancyFact, told: Mapping[str, Any], today: date) -> bool:
    lmp = lmp_from(dict(told), today)
    if one.lmp is None or lmp is None:
        return one.ended is None
    return abs(one.lmp - lmp) <= SAME


def reports_of(
    entry: Entry,
    known: WomanFact | None,
    name: str,
    programme: str,
    now: datetime,
    *,
    grade_of: str | None = None,
) -> tuple[Report, ...]:
    """The reports a row makes: the pregnancy; then what the list says has happened in it, in that order. `grade_of`: of a
    pregnancy that is on the roster, its grade alone."""
    told, today = entry.told, now.astimezone(LOCAL).date()
    woman_id = known.id if known else derived_id("import", name, "woman")
    pregnancy_id = grade_of or derived_id("import", name, "pregnancy")
    about = {key: told[key] for key in _ABOUT if key in told} | {"village": entry.village}
    kept = restriction(told, today)
    if kept:
        about["restricted"] = kept
    booked = told.get("booked") or (True if "booking_date" in told or "handbook_number" in told else None)
    facts = [("pregnancy", {**told, **about, "booked": booked})]
    if "booking_date" in told:
        facts.append(
            ("booking", {
                **about, "date": told["booking_date"], "institution": told.get("booking_institution"),
                "handbook_number": told.get("handbook_number"),
            })
        )  # fmt: skip
    if "last_visit" in told:
        appointment = told.get("next_appointment")
        still = appointment if appointment and appointment >= today.isoformat() else None
        facts.append(("antenatal_visit", {**about, "date": told["last_visit"], "next_appointment": still}))
    if "colour" in told:
        facts.append(
            ("risk_grade", {
                **about, "date": told.get("grade_date"), "colour": told["colour"],
                "institution": told.get("grade_institution"),
                "factors": [told["factors"]] if "factors" in told else None,
            })
        )  # fmt: skip
    if "birth_date_of_child" in told:
        facts.append(
            ("birth", {
                **about, "date": told["birth_date_of_child"], "institution": told.get("delivery_institution"),
                "place_kind": "hospital" if told.get("delivery_institution") else None,
                "delivery_mode": told.get("delivery_mode"), "children.0.sex": told.get("child_sex"),
                "children.0.birth_weight_g": told.get("child_weight"), "children.0.alive": True,
            })
        )  # fmt: skip
    return tuple(
        Report(
            report_id=(report_id := derived_id("import", name, event)),
            version=1,
            event=event,
            woman_id=woman_id,
            pregnancy_id=pregnancy_id,
            subject_ids=(
                woman_id,
                pregnancy_id,
                *([derived_id(report_id, "child", "0")] if event == "birth" else []),
            ),
            event_time=values.get("date"),
            known_time=now + timedelta(milliseconds=place),  # told one after the other
            recorded_time=now,
            author_role="county",
            channel=IMPORTED,
            channel_trust="high",
            programme=programme,
            body=assemble(values, event),
            village_id=entry.village_id,
            verification="verified",
            woman_version=known.version if known and (place == 0 or grade_of) else None,
        )
        for place, (event, values) in enumerate(facts)
        if grade_of is None or event == "risk_grade"
    )


_ABOUT: Final = ("woman_name", "resident_id", "birth_date", "age")
