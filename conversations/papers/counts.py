"""What the indicators count (requirements.md §6), each as the units looked at: docs/papers.md says it in words.

A numerator looks at the women of its own denominator, so that a rate never passes 100 % but where the programme's
denominator is of another kind (live births: of twins both count below, their mother once above).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from conversations.care.colours import has_case_file
from conversations.care.gestation import MATERNAL_DAYS, weeks_on
from conversations.care.rules import Colour, Count
from conversations.papers.counting import Material, Unit
from conversations.papers.facts import Delivery, Graded, PregnancyFacts, Told
from conversations.papers.futable2 import delivered, deliveries, live_births

EARLY_WEEKS: Final = 13
FIVE: Final = 5
VISITED_DAYS: Final = 28

Units = Iterator[Unit]


# ── who is looked at ────────────────────────────────────────────────────────────────────────────────────


def women(material: Material) -> Iterator[PregnancyFacts]:
    """孕产妇 of the period: pregnant or to day 42 after, on some day of it, and living here."""
    period = material.period
    return (one for one in material.pregnancies if one.during(period.first, period.last))


def high_risk(material: Material) -> Iterator[tuple[PregnancyFacts, Graded]]:
    """Those of them whose assessment at the end of the period is high (care/colours.py)."""
    for one in women(material):
        grade = one.grade_on(material.period.last)
        if grade is not None and grade.high:
            yield one, grade


def positive(material: Material) -> Iterator[tuple[PregnancyFacts, Graded]]:
    """Those screened positive: the first result of the pregnancy that was not green, by the end of the period."""
    for one in women(material):
        found = next((g for g in one.graded if g.high and not g.after and g.told.day <= _end(material)), None)
        if found is not None:
            yield one, found


def assessed(material: Material) -> Iterator[tuple[PregnancyFacts, Graded]]:
    """Those of them a hospital assessed, with the assessment that holds at the end of the period (up or down)."""
    for one, first in positive(material):
        own = [g for g in one.graded if g.by_hospital and first.told.day <= g.told.day <= _end(material)]
        if own:
            yield one, own[-1]


def referred(material: Material) -> Iterator[tuple[PregnancyFacts, Told]]:
    """Those screened positive and sent on afterwards, with the referral."""
    for one, first in positive(material):
        for told in one.of("referral"):
            if not told.body.get("feedback") and first.told.day <= told.day <= _end(material):
                yield one, told
                break


def received(material: Material) -> Iterator[tuple[PregnancyFacts, Told]]:
    """Those of them of whom came back that they arrived."""
    for one, sent in referred(material):
        for told in one.of("referral"):
            arrived = told.body.get("feedback") and told.body.get("received") is not False
            if arrived and sent.day <= told.day <= _end(material):
                yield one, told
                break


def _end(material: Material) -> date:
    return material.period.last


# ── what counts ─────────────────────────────────────────────────────────────────────────────────────────


def booked_on(one: PregnancyFacts) -> tuple[date | None, str, int | None]:
    """When she was booked, by which report, in which completed week; a day nobody told is None."""
    for told in one.of("booking"):
        weeks = told.body.get("gestational_weeks")
        if weeks is None and one.lmp is not None:
            weeks = weeks_on(one.lmp, told.day)[0]
        return told.day, told.trace, weeks
    for told in one.of("pregnancy"):
        if told.body.get("booked"):
            # at the latest then: what was early enough when it was told was so before
            weeks = one.weeks_at(told.known)
            return None, told.trace, weeks if weeks is not None and weeks < EARLY_WEEKS else None
    return None, "", None


def _booked(material: Material) -> Units:
    for one in women(material):
        day, trace, _ = booked_on(one)
        yes = bool(trace) and (day is None or day <= _end(material))
        yield Unit(trace if yes else one.first, yes)


def _early(one: PregnancyFacts, delivery: Delivery) -> Unit:
    _, trace, weeks = booked_on(one)
    if not trace:
        return Unit(delivery.told.trace, yes=False)
    return Unit(trace, None if weeks is None else weeks < EARLY_WEEKS)


def _booked_early(material: Material) -> Units:
    return (_early(one, delivery) for one, delivery in delivered(material))


def _electronic(material: Material) -> Units:
    """The county's system has the report of the pregnancy or of its booking."""
    for one in women(material):
        told = one.of("pregnancy", "booking") or one.told
        known = next((t for t in told if t.at_county), None)
        if known is not None:
            yield Unit(known.trace)
        else:
            yield Unit(told[0].trace, None if all(t.at_county is None for t in told) else False)


_CARE = (
    *("booking", "antenatal_visit", "follow_up", "postnatal_visit", "referral", "birth", "critical_case"),
)


def _cared(one: PregnancyFacts, since: date, until: date, events: Iterable[str]) -> Told | None:
    return next((told for told in one.of(*events) if since <= told.day <= until), None)


def _managed(material: Material) -> Units:
    """Seen, called or referred at least once since she was assessed."""
    for one, grade in high_risk(material):
        told = _cared(one, grade.told.day, _end(material), _CARE)
        yield Unit(told.trace if told else grade.told.trace, told is not None)


def _followed_up(material: Material) -> Units:
    for one, grade in high_risk(material):
        told = _cared(one, grade.told.day, _end(material), ("follow_up", "postnatal_visit"))
        yield Unit(told.trace if told else grade.told.trace, told is not None)


def _filed_cases(material: Material) -> Iterator[tuple[PregnancyFacts, Graded]]:
    for one, grade in high_risk(material):
        if has_case_file(material.programme, grade.grade):
            yield one, grade


def _case_files(material: Material) -> Units:
    """专人专案: somebody answers for her by name."""
    for one, grade in _filed_cases(material):
        yield Unit(grade.told.trace, None if one.responsible is None else bool(one.responsible))


def _postnatal(one: PregnancyFacts, delivery: Delivery) -> Unit:
    last = delivery.day + timedelta(days=VISITED_DAYS)
    for told in one.of("postnatal_visit"):
        if kind_of(told, delivery.day) == "home" and delivery.day <= told.day <= last:
            return Unit(told.trace)
    return Unit(delivery.told.trace, yes=False)


def kind_of(told: Told, end: date | None) -> str:
    """home or day42; where nobody said which, by the day (as the roster has it)."""
    kind = told.body.get("visit_kind")
    if kind is not None:
        return str(kind)
    return "day42" if end is not None and (told.day - end).days >= MATERNAL_DAYS - 7 else "home"


def _visited(material: Material) -> Units:
    return (_postnatal(one, delivery) for one, delivery in delivered(material))


def _in_hospital(material: Material) -> Units:
    return (Unit(d.told.trace, d.in_hospital) for _, d in delivered(material))


def _five(one: PregnancyFacts, delivery: Delivery) -> Unit:
    """Five antenatal visits on different days; the booking is one of them, where no visit is of that day."""
    seen = {told.day: told.trace for told in one.of("booking", "antenatal_visit") if told.day <= delivery.day}
    if len(seen) >= FIVE:
        return Unit(seen[sorted(seen)[FIVE - 1]])
    return Unit(delivery.told.trace, yes=False)


def _five_visits(material: Material) -> Units:
    return (_five(one, delivery) for one, delivery in delivered(material))


def _systematic(material: Material) -> Units:
    """Booked early, five visits, delivered in a hospital, visited after it: all four."""
    for one, delivery in delivered(material):
        parts = [
            _early(one, delivery).yes,
            _five(one, delivery).yes,
            delivery.in_hospital,
            _postnatal(one, delivery).yes,
        ]
        yes = False if False in parts else None if None in parts else True
        yield Unit(delivery.told.trace, yes)


def _screened(material: Material) -> Units:
    for one in women(material):
        found = next((g for g in one.graded if not g.after and g.told.day <= _end(material)), None)
        yield Unit(found.told.trace if found else one.first, found is not None)


def _assessed_units(material: Material) -> Units:
    have = {one.id: grade for one, grade in assessed(material)}
    for one, first in positive(material):
        grade = have.get(one.id)
        yield Unit((grade or first).told.trace, grade is not None)


def _graded_as(colour: Colour) -> Callable[[Material], Units]:
    def units(material: Material) -> Units:
        for _, grade in assessed(material):
            colours = grade.grade.colours
            yield Unit(grade.told.trace, colour in colours if colours else None)

    return units


def _received_units(material: Material) -> Units:
    have = {one.id: told for one, told in received(material)}
    for one, sent in referred(material):
        yield Unit((have.get(one.id) or sent).trace, one.id in have)


def _assessed_there(material: Material) -> Units:
    for one, arrived in received(material):
        grade = next(
            (g for g in one.graded if g.by_hospital and arrived.day <= g.told.day <= _end(material)), None
        )
        yield Unit(grade.told.trace if grade else arrived.trace, grade is not None)


_GRAVE: frozenset[Colour] = frozenset({"orange", "red", "purple"})


def _grave(material: Material) -> Iterator[tuple[PregnancyFacts, Graded]]:
    for one, grade in high_risk(material):
        if _GRAVE & set(grade.grade.colours):
            yield one, grade


def _unreported(material: Material) -> Units:
    """漏报: the county has no report of it (KF 附件2 二)."""
    for _, grade in _grave(material):
        at_county = grade.told.at_county
        yield Unit(grade.told.trace, None if at_county is None else not at_county)


def _coloured(material: Material, colour: Colour) -> Iterator[tuple[PregnancyFacts, Delivery]]:
    """Deliveries of the period by women of this colour on that day."""
    for one, delivery in delivered(material):
        grade = one.grade_on(delivery.day)
        if grade is not None and colour in grade.grade.colours:
            yield one, delivery


def _coloured_units(colour: Colour) -> Callable[[Material], Units]:
    return lambda material: (Unit(delivery.told.trace) for _, delivery in _coloured(material, colour))


def _at_level3(colour: Colour) -> Callable[[Material], Units]:
    def units(material: Material) -> Units:
        for _, delivery in _coloured(material, colour):
            there = material.institution_named(delivery.told.institution)
            known = there is not None and there.level is not None
            yes = False if delivery.in_hospital is False else there.level >= 3 if known else None  # type: ignore[union-attr, operator]
            yield Unit(delivery.told.trace, yes)

    return units


def _visits(material: Material, kind: str) -> Iterator[tuple[PregnancyFacts, Told]]:
    """Women visited (once each), by the newest visit of this kind in the period."""
    for one in material.pregnancies:
        told = [
            t
            for t in one.of("postnatal_visit")
            if kind_of(t, one.end) == kind and material.period.holds(t.day) and one.here(t.day)
        ]
        if told:
            yield one, told[-1]


def _visit_units(kind: str) -> Callable[[Material], Units]:
    return lambda material: (Unit(told.trace) for _, told in _visits(material, kind))


def _visit_assessed(kind: str) -> Callable[[Material], Units]:
    """Screened or graded at the visit, or graded within a week after it."""

    def units(material: Material) -> Units:
        for one, told in _visits(material, kind):
            own = told.body.get("screening") is not None or told.body.get("colour") is not None
            later = told.day + timedelta(days=7)
            beside = any(g.after and told.day <= g.told.day <= later for g in one.graded)
            yield Unit(told.trace, own or beside)

    return units


def _units(
    found: Callable[[Material], Iterator[tuple[PregnancyFacts, Graded]]],
) -> Callable[[Material], Units]:
    return lambda material: (Unit(grade.told.trace) for _, grade in found(material))


def _told_units(
    found: Callable[[Material], Iterator[tuple[PregnancyFacts, Told]]],
    of: Callable[[Material], Iterator[tuple[PregnancyFacts, Graded]]],
) -> Callable[[Material], Units]:
    def units(material: Material) -> Units:
        have = {one.id: told for one, told in found(material)}
        for one, grade in of(material):
            told = have.get(one.id)
            yield Unit(told.trace if told else grade.told.trace, told is not None)

    return units


COUNTS: Final[Mapping[Count, Callable[[Material], Iterable[Unit]]]] = {
    "live_births": live_births,
    "deliveries": deliveries,
    "pregnant_women": lambda material: (Unit(one.first) for one in women(material)),
    "booked": _booked,
    "booked_before_13_weeks": _booked_early,
    "electronic_records": _electronic,
    "high_risk": _units(high_risk),
    "high_risk_managed": _managed,
    "case_file_due": _units(_filed_cases),
    "case_files": _case_files,
    "visited_within_28_days": _visited,
    "hospital_deliveries": _in_hospital,
    "five_visits": _five_visits,
    "systematically_managed": _systematic,
    "screened": _screened,
    "screened_positive": _units(positive),
    "assessed": _assessed_units,
    "graded_green": _graded_as("green"),
    "graded_yellow": _graded_as("yellow"),
    "graded_orange": _graded_as("orange"),
    "graded_red": _graded_as("red"),
    "graded_purple": _graded_as("purple"),
    "referred": _told_units(referred, positive),
    "received": _received_units,
    "assessed_on_reception": _assessed_there,
    "orange_red_purple": _units(_grave),
    "orange_red_purple_unreported": _unreported,
    "high_risk_followed_up": _followed_up,
    "red_deliveries": _coloured_units("red"),
    "red_deliveries_level3": _at_level3("red"),
    "orange_deliveries": _coloured_units("orange"),
    "orange_deliveries_level3": _at_level3("orange"),
    "postnatal_visits": _visit_units("home"),
    "postnatal_visits_assessed": _visit_assessed("home"),
    "day42_checks": _visit_units("day42"),
    "day42_checks_assessed": _visit_assessed("day42"),
}
"""Every count a programme may name."""

CALLED: Final[Mapping[Count, str]] = {
    "live_births": "活产数",
    "deliveries": "分娩总人数",
    "pregnant_women": "孕产妇数",
    "booked": "已建册的孕产妇",
    "booked_before_13_weeks": "孕13周前建册的产妇",
    "electronic_records": "县平台有记录的孕产妇",
    "high_risk": "高危孕产妇",
    "high_risk_managed": "评估后管理过的高危孕产妇",
    "case_file_due": "应专案管理的孕产妇",
    "case_files": "有专人负责的专案",
    "visited_within_28_days": "产后28天内访视过的产妇",
    "hospital_deliveries": "住院分娩的产妇",
    "five_visits": "产检满5次的产妇",
    "systematically_managed": "系统管理的产妇",
    "screened": "筛查过的孕产妇",
    "screened_positive": "筛查阳性的孕产妇",
    "assessed": "阳性并由医院评估的",
    "graded_green": "评为绿色的",
    "graded_yellow": "评为黄色的",
    "graded_orange": "评为橙色的",
    "graded_red": "评为红色的",
    "graded_purple": "评为紫色的",
    "referred": "阳性并已转诊的",
    "received": "转诊已接诊的",
    "assessed_on_reception": "接诊后评估过的",
    "orange_red_purple": "橙、红、紫色孕产妇",
    "orange_red_purple_unreported": "县里没有收到的",
    "high_risk_followed_up": "评估后随访过的高危孕产妇",
    "red_deliveries": "红色的分娩",
    "red_deliveries_level3": "红色在三级机构的分娩",
    "orange_deliveries": "橙色的分娩",
    "orange_deliveries_level3": "橙色在三级机构的分娩",
    "postnatal_visits": "产后访视过的产妇",
    "postnatal_visits_assessed": "访视时评估过的",
    "day42_checks": "做过42天检查的产妇",
    "day42_checks_assessed": "42天检查时评估过的",
}
"""What is printed beside each."""
