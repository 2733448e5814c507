"""What one woman contributes to the papers: her pregnancies, births and deaths as the newest versions tell them.

Made of reports alone, by the same fold as the roster. Each fact keeps the report version it came from (`trace`,
`report_id.version`), so that any figure can be followed back. Withdrawn reports and superseded versions never come in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from conversations.care.colours import Grade
from conversations.care.gestation import MATERNAL_DAYS, STILLBIRTH_WEEKS, child_death_class, weeks_on
from conversations.ids import derived_id
from conversations.local_time import LOCAL
from conversations.message import Report
from conversations.paring import GONE
from conversations.roster import ChildState, PregnancyState, WomanState, fold

DeathKind = Literal["maternal", "woman", "neonatal", "infant", "under_five", "child"]
"""`woman`: of 15–49 years and neither pregnant nor within 42 days after; `child`: of an age nobody told."""
LONGEST_DAYS = 308
"""44 weeks: a pregnancy of which nobody reported the end is over by then (u)."""


@dataclass(frozen=True, slots=True)
class Told:
    """One report in its newest version. `day`: when it happened; where nobody said, when it became known.
    `at_county`: whether the county's system has it; None where there is none to ask."""

    trace: str
    event: str
    day: date
    known: date
    by: str
    body: Mapping[str, Any]
    at_county: bool | None = None

    @property
    def institution(self) -> str:
        """The hospital it names, as it was written."""
        return str(self.body.get("institution") or "")


@dataclass(frozen=True, slots=True)
class Graded:
    """One assessment. `after`: made after the pregnancy had ended; `by_hospital`: by one that may grade, else it is a
    screening (conversations/roster_care.py)."""

    told: Told
    grade: Grade
    by_hospital: bool
    after: bool

    @property
    def high(self) -> bool:
        """高危, as the roster is asked for it too."""
        return self.grade.is_high


@dataclass(frozen=True, slots=True)
class Baby:
    """One child of a birth. `alive`: born alive, as a child is that nobody said otherwise of. `defects`: the reports
    that told of one."""

    alive: bool
    weight_g: int | None = None
    sex: str | None = None
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """A birth, or a stillbirth from 28 weeks on: both are deliveries. `weeks`: completed at that day, None unknown."""

    told: Told
    weeks: int | None
    babies: tuple[Baby, ...]

    @property
    def day(self) -> date:
        return self.told.day

    @property
    def mode(self) -> str | None:
        """vaginal, caesarean, assisted, or None."""
        return self.told.body.get("delivery_mode")

    @property
    def in_hospital(self) -> bool | None:
        """Whether in a hospital; one that is named is one."""
        kind = self.told.body.get("place_kind")
        if kind is None and not self.told.institution:
            return None
        return kind == "hospital" or kind is None


@dataclass(frozen=True, slots=True)
class Death:
    """One death, by what it is: of one who is on the roster or was known by this report only. `also`: further reports
    of the same death."""

    told: Told
    kind: DeathKind
    woman_id: str
    village_id: str | None
    name: str = ""
    age: int | None = None
    weeks: int | None = None
    also: tuple[str, ...] = ()

    @property
    def erased(self) -> bool:
        """Whether she was erased (conversations/paring.py): she counts, and is in no list."""
        return self.name == GONE


@dataclass(frozen=True, slots=True)
class PregnancyFacts:
    """One pregnancy. `village_id`: where she lives now (GP 四(一)2: migrants count where they live); `left`: since when
    she lives elsewhere: what happened later counts there. `para`: borne before. `responsible`: who answers for her by
    name (包保): None where nobody keeps that."""

    id: str
    woman_id: str
    village_id: str | None
    registered: date
    told: tuple[Told, ...]
    lmp: date | None = None
    end: date | None = None
    end_kind: Literal["birth", "loss", "death"] | None = None
    delivery: Delivery | None = None
    graded: tuple[Graded, ...] = ()
    para: int | None = None
    gravida: int | None = None
    migrant: bool | None = None
    left: date | None = None
    died: date | None = None
    name: str = ""
    phone: str = ""
    age: int | None = None
    birth_date: date | None = None
    responsible: str | None = None

    @property
    def erased(self) -> bool:
        """Whether she was erased (conversations/paring.py): she counts, and is in no list."""
        return self.name == GONE

    def of(self, *events: str) -> tuple[Told, ...]:
        """Its reports of these kinds, by their days."""
        return tuple(one for one in self.told if one.event in events)

    @property
    def first(self) -> str:
        """The report that stands for the pregnancy itself: where it was found, else the first of it."""
        found = self.of("pregnancy")
        return (found or self.told)[-1 if found else 0].trace

    @property
    def until(self) -> date:
        """The last day she is 孕产妇: day 42 after the end, her death, or the day she moved. An end nobody reported is
        taken to have come after 44 weeks."""
        end = self.end or self.since + timedelta(days=LONGEST_DAYS)
        days = [self.left, self.died, end + timedelta(days=MATERNAL_DAYS)]
        return min(day for day in days if day is not None)

    @property
    def since(self) -> date:
        """The first day she is: of her last period, or when she was reported where nobody dated it."""
        return self.lmp or self.registered

    def during(self, first: date, last: date) -> bool:
        """Whether she was pregnant, or within 42 days after, on some day from `first` to `last`, and known by then."""
        return self.since <= last and self.registered <= last and self.until >= first

    def here(self, day: date) -> bool:
        """Whether she lived here on that day, as far as told."""
        return self.left is None or day <= self.left

    def grade_on(self, day: date, *, after: bool | None = None) -> Graded | None:
        """The assessment that held on that day: the newest by a hospital, else the newest screening (XF 四(三)5).
        `after`: only those made after the end, or only those before."""
        until = [one for one in self.graded if one.told.day <= day and (after is None or one.after == after)]
        own = [one for one in until if one.by_hospital] or until
        return own[-1] if own else None

    def weeks_at(self, day: date) -> int | None:
        """Completed weeks on a day of the pregnancy."""
        return None if self.lmp is None else weeks_on(self.lmp, day)[0]


@dataclass(frozen=True, slots=True)
class Contribution:
    """All that one woman contributes."""

    woman_id: str
    village_id: str | None
    pregnancies: tuple[PregnancyFacts, ...] = ()
    deaths: tuple[Death, ...] = ()
    loose: tuple[Told, ...] = field(default=())
    """What belongs to no pregnancy: a defect of a child whose birth nobody reported, a follow-up."""


def contribution(
    woman_id: str,
    reports: Iterable[Report],
    *,
    village_id: str | None = None,
    at_county: Collection[str] | None = None,
    responsible: Mapping[str, str] | None = None,
) -> Contribution:
    """What a woman contributes, by the newest version of each report about her. `village_id`: where she lives, if that
    is known better than by the reports; `at_county`: the versions the county has (None: there is no county system);
    `responsible`: the name of who answers for a pregnancy."""
    standing = [report for report in reports if not report.withdrawn]
    state = fold(woman_id, standing)
    told = [_told(report, at_county) for report in sorted(standing, key=_order)]
    where = village_id or state.village_id
    mine: dict[str | None, list[Told]] = {}
    for one, report in zip(told, sorted(standing, key=_order), strict=True):
        mine.setdefault(report.pregnancy_id, []).append(one)
    pregnancies = [
        _pregnancy(
            state,
            one,
            tuple(sorted(mine[one.id], key=lambda t: (t.day, t.known, t.trace))),
            standing,
            where,
            None if responsible is None else responsible.get(one.id, ""),
        )
        for one in state.pregnancies.values()
        if one.id in mine
    ]
    loose = tuple(t for key, group in mine.items() if key is None for t in group)
    pregnancies.sort(key=lambda one: (one.since, one.id))
    return Contribution(
        woman_id, where, tuple(pregnancies), _deaths(state, pregnancies, told, standing, where), loose
    )


def _order(report: Report) -> tuple[datetime, datetime, str]:
    return report.known_time, report.recorded_time, report.report_id


_LEFT_OUT = frozenset(
    {"woman_name", "mother_name", "child_name", "resident_id", "phone", "birth_date", "tried"}
)
"""Of a body no figure needs these."""


def _told(report: Report, at_county: Collection[str] | None) -> Told:
    known = report.known_time.astimezone(LOCAL).date()
    body = {key: value for key, value in report.body.items() if key not in _LEFT_OUT}
    said = report.body.get("date") or report.body.get("found_date")
    trace = f"{report.report_id}.{report.version}"
    return Told(
        trace,
        report.event,
        date.fromisoformat(said) if said else known,
        known,
        report.author_role,
        body,
        None if at_county is None else trace in at_county or report.author_role == "county",
    )


def _pregnancy(
    state: WomanState,
    one: PregnancyState,
    told: tuple[Told, ...],
    reports: Collection[Report],
    village_id: str | None,
    responsible: str | None,
) -> PregnancyFacts:
    details, her = one.details, state.details
    lmp = _day(details.get("lmp"))
    end, kind = _day(details.get("end_date")), _END_KINDS.get(details.get("ended") or "")
    ended = next((t for t in told if t.event == details.get("ended")), None)
    if kind is not None and end is None and ended is not None:
        end = ended.day
    graded = [
        _graded(t, end)
        for t in told
        if t.body.get("colour") is not None or t.body.get("key_follow_up") is not None
    ]
    registered = min((t.known for t in told), default=date.max)
    return PregnancyFacts(
        id=one.id,
        woman_id=state.id,
        village_id=village_id,
        registered=registered,
        told=told,
        lmp=lmp,
        end=end,
        end_kind=kind,
        delivery=_delivery(state, one.id, ended, lmp, reports),
        graded=tuple(graded),
        para=details.get("para"),
        gravida=details.get("gravida"),
        migrant=her.get("migrant"),
        left=_day(her.get("moved_out")),
        died=None if her.get("alive", True) else _day(her.get("death_date")),
        name=her.get("name") or "",
        phone=her.get("phone") or "",
        age=her.get("age"),
        birth_date=_day(her.get("birth_date")),
        responsible=responsible,
    )


_END_KINDS: Mapping[str, Literal["birth", "loss", "death"]] = {
    "birth": "birth",
    "pregnancy_loss": "loss",
    "maternal_death": "death",
}


def _graded(told: Told, end: date | None) -> Graded:
    body = told.body
    colour = body.get("colour")
    purple = bool(body.get("with_purple")) or colour == "purple"
    grade = Grade(
        None if colour == "purple" else colour,
        purple=purple,
        star=bool(body.get("star")),
        key=bool(body.get("key_follow_up")) and colour is None and not purple,
    )
    by_hospital = told.by in ("institution", "county") or bool(told.institution)
    after = told.event == "postnatal_visit" or (end is not None and told.day > end)
    return Graded(told, grade, by_hospital, after)


def _delivery(
    state: WomanState,
    pregnancy_id: str,
    ended: Told | None,
    lmp: date | None,
    reports: Collection[Report],
) -> Delivery | None:
    """The delivery a pregnancy ended with, if it did: a loss is one only from 28 weeks on (§2)."""
    if ended is None or ended.event not in ("birth", "pregnancy_loss"):
        return None
    weeks = ended.body.get("gestational_weeks")
    if weeks is None and lmp is not None:
        weeks = weeks_on(lmp, ended.day)[0]
    if ended.event == "pregnancy_loss":
        if ended.body.get("loss_kind") != "stillbirth" or (weeks is not None and weeks < STILLBIRTH_WEEKS):
            return None
        baby = Baby(False, ended.body.get("birth_weight_g"), ended.body.get("sex"))
        return Delivery(ended, weeks, (baby,))
    born_dead = {
        child_id
        for report in reports
        if report.event == "child_death" and report.body.get("death_class") == "stillbirth"
        for child_id in (
            *([report.body["child_id"]] if "child_id" in report.body else ()),
            *report.subject_ids,
        )
    }
    defects: dict[str, list[str]] = {}
    for report in reports:
        if report.event == "birth_defect":
            for child_id in {report.body.get("child_id"), *report.subject_ids} - {None}:
                defects.setdefault(str(child_id), []).append(f"{report.report_id}.{report.version}")
    babies = []
    report_id = ended.trace.rpartition(".")[0]
    for number, said in enumerate(ended.body.get("children", ())):
        child_id = derived_id(report_id, "child", str(number))
        child = state.children.get(child_id) or ChildState(child_id, pregnancy_id, dict(said))
        named = [ended.trace] if said.get("defect_kind") else []
        babies.append(
            Baby(
                said.get("alive") is not False and child_id not in born_dead,
                said.get("birth_weight_g"),
                child.details.get("sex"),
                tuple(dict.fromkeys([*defects.get(child_id, ()), *named])),
            )
        )
    return Delivery(ended, weeks, tuple(babies) or (Baby(alive=True),))


# ── deaths ──────────────────────────────────────────────────────────────────────────────────────────────


def _deaths(
    state: WomanState,
    pregnancies: Collection[PregnancyFacts],
    told: Collection[Told],
    reports: Collection[Report],
    village_id: str | None,
) -> tuple[Death, ...]:
    bodies = {f"{report.report_id}.{report.version}": report for report in reports}
    found: list[Death] = []
    hers = [one for one in told if one.event in ("maternal_death", "woman_death")]
    if hers:
        # the report by the most telling event stands; one death is counted once
        stands = next((one for one in reversed(hers) if one.event == "maternal_death"), hers[-1])
        kind: DeathKind = "maternal" if any(_maternal(one, pregnancies) for one in hers) else "woman"
        last = next((p for p in reversed(list(pregnancies)) if p.since <= stands.day), None)
        weeks = None if last is None or last.end_kind in ("birth", "loss") else last.weeks_at(stands.day)
        found.append(
            Death(
                stands,
                kind,
                state.id,
                village_id,
                name=state.details.get("name") or "",
                age=state.details.get("age"),
                weeks=weeks,
                also=tuple(one.trace for one in hers if one is not stands),
            )
        )
    for one in told:
        if one.event != "child_death" or one.body.get("death_class") == "stillbirth":
            continue
        report = bodies[one.trace]
        found.append(
            Death(
                one,
                _class_of(report, state),
                state.id,
                village_id,
                name=str(report.body.get("child_name") or state.details.get("name") or ""),
            )
        )
    return tuple(found)


def _maternal(told: Told, pregnancies: Collection[PregnancyFacts]) -> bool:
    """Whether a woman's death is a maternal one: pregnant, or to day 42 after the end of it (§2)."""
    after = told.body.get("days_after")
    ends = [one.end for one in pregnancies if one.end_kind in ("birth", "loss") and one.end is not None]
    late = all((told.day - end).days > MATERNAL_DAYS for end in ends) if ends else None
    if told.event == "maternal_death":
        if told.body.get("death_stage") == "postpartum" and after is None:
            return late is not True
        return after is None or after <= MATERNAL_DAYS
    return told.body.get("pregnant_or_postpartum") is True


def _class_of(report: Report, state: WomanState) -> DeathKind:
    """From the age at death; what was told where the birth is not known."""
    child_id = report.body.get("child_id") or next(
        (one for one in report.subject_ids if one in state.children), None
    )
    child = state.children.get(child_id) if child_id else None
    born = _day(report.body.get("birth_date")) or (_day(child.details.get("birth_date")) if child else None)
    died = _day(report.body.get("date"))
    if born is not None and died is not None:
        return child_death_class(born, died) or "child"
    told = report.body.get("death_class")
    return told if told in ("neonatal", "infant", "under_five") else "child"


def _day(value: object) -> date | None:
    return date.fromisoformat(value[:10]) if isinstance(value, str) and value else None
